import SQLTypes

/// Where the families put their bodies, under the names that PostgreSQL's catalog gives them (`pg_proc.prosrc`).
struct FunctionRegistry {
    typealias Rows = @Sendable (UnsafeBufferPointer<Value>, any EvaluationEnvironment) throws(SQLError) -> [[Value]]

    private(set) var bodies: [String: BuiltinFunction.Body] = [:]
    private(set) var forms: [String: BuiltinFunction.Form] = [:]
    private(set) var rowBodies: [String: Rows] = [:]
    /// By name; the argument types choose among overloads.
    private(set) var aggregates: [String: @Sendable (_ arguments: [SQLType]) -> (@Sendable () -> any AggregateState)?] =
        [:]

    mutating func add(
        _ symbol: String,
        _ form: BuiltinFunction.Form = .general,
        _ body: @escaping BuiltinFunction.Body
    ) {
        bodies[symbol] = body
        if form != .general { forms[symbol] = form }
    }

    mutating func addRows(_ symbol: String, _ body: @escaping Rows) { rowBodies[symbol] = body }

    mutating func addAggregate(
        _ name: String,
        _ make: @escaping @Sendable (_ arguments: [SQLType]) -> (@Sendable () -> any AggregateState)?
    ) {
        aggregates[name] = make
    }
}
