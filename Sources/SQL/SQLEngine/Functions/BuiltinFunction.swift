import SQLTypes

/// A built-in function: signature, properties and body. Operators and casts are functions too.
///
/// The OID is PostgreSQL's where the function exists there, so `pg_proc` and plans can name it. `body` works a row at
/// a time on `Value`s; `form` describes the hot ones (comparison, arithmetic, LIKE) by structure, so the executor can run
/// its own batch code for them instead of calling `body`.
public final class BuiltinFunction: Sendable {
    /// Arguments in, value out. A strict function is never called with a null.
    public typealias Body =
        @Sendable (_ arguments: UnsafeBufferPointer<Value>, _ environment: any EvaluationEnvironment) throws(SQLError)
        -> Value

    public enum Kind: Sendable {
        case scalar(Body)
        case aggregate(@Sendable () -> any AggregateState)
        /// All rows at once: each element is one row (one value unless the result is a record).
        case setReturning(
            @Sendable (UnsafeBufferPointer<Value>, any EvaluationEnvironment) throws(SQLError) -> [[Value]]
        )
    }

    /// What the function does, where the executor may know a faster way.
    public enum Form: Sendable, Equatable {
        case general
        case comparison(ComparisonOperator, Domain)
        case arithmetic(ArithmeticOperator, Domain)
        /// text LIKE pattern (escape is backslash); `bpchar` operands ignore trailing blanks only when cast to text.
        case like(isCaseInsensitive: Bool, isNegated: Bool)
        /// A cast that keeps the representation of `Value` (varchar → text, int4 → int8 …).
        case relabel
        case convert(Domain, Domain)
    }

    public enum ComparisonOperator: Sendable { case equal, notEqual, less, lessEqual, greater, greaterEqual }
    public enum ArithmeticOperator: Sendable { case add, subtract, multiply, divide, modulo, negate }

    /// Representation classes of operands. int2/int4/int8 differ in their overflow checks only.
    public enum Domain: Sendable {
        case bool, int2, int4, int8, float4, float8, numeric, text, bpchar, bytea, date, time, timestamp, interval,
            uuid, oid
        case other
    }

    public enum Volatility: Sendable { case immutable, stable, volatile }

    public let oid: OID
    public let name: String
    public let arguments: [OID]
    /// May be a pseudo-type (anyelement …); the call's real type is in the expression.
    public let result: OID
    public let kind: Kind
    public let form: Form
    public let isStrict: Bool
    public let volatility: Volatility
    /// The last argument is the element type of a variadic array.
    public let isVariadic: Bool
    /// Trailing arguments that may be left out, with the values that stand for them.
    public let defaults: [Value]
    /// Applies a length or precision (made by the binder, has no catalog entry).
    public let isLengthCoercion: Bool
    /// A window function: refused without OVER.
    public let isWindow: Bool
    /// Result columns of a set-returning function that yields records.
    public let resultColumns: [(name: String, type: OID)]

    public init(
        _ oid: OID,
        _ name: String,
        _ arguments: [OID],
        _ result: OID,
        kind: Kind,
        form: Form = .general,
        isStrict: Bool = true,
        volatility: Volatility = .immutable,
        isVariadic: Bool = false,
        defaults: [Value] = [],
        isWindow: Bool = false,
        isLengthCoercion: Bool = false,
        resultColumns: [(name: String, type: OID)] = []
    ) {
        self.oid = oid
        self.name = name
        self.arguments = arguments
        self.result = result
        self.kind = kind
        self.form = form
        self.isStrict = isStrict
        self.volatility = volatility
        self.isVariadic = isVariadic
        self.defaults = defaults
        self.isWindow = isWindow
        self.isLengthCoercion = isLengthCoercion
        self.resultColumns = resultColumns
    }

    /// Runs a scalar function; strictness is honoured here. XX000 for an aggregate or set-returning function.
    public func call(_ arguments: UnsafeBufferPointer<Value>, _ environment: any EvaluationEnvironment) throws(SQLError)
        -> Value
    {
        guard case .scalar(let body) = kind else {
            throw SQLError(.internalError, "function \(name) is not a scalar function")
        }
        if isStrict {
            for index in arguments.indices where arguments[index].isNull { return .null }
        }
        return try body(arguments, environment)
    }
}

/// The running state of one aggregate over one group.
public protocol AggregateState: AnyObject {
    /// One input row. Strict aggregates (all but count(*), array_agg, …) are still shown nulls: they skip them here.
    func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError)
    func result() throws(SQLError) -> Value
}

/// What a function may ask of the session it runs in. The engine's clock, random source and settings come through here.
public protocol EvaluationEnvironment: AnyObject {
    /// Microseconds since 2000-01-01 UTC: start of the transaction, of the statement, and right now.
    var transactionTimestamp: Int64 { get }
    var statementTimestamp: Int64 { get }
    var clockTimestamp: Int64 { get }
    func randomUInt64() -> UInt64
    /// Replaces the state of random() (setseed).
    func seedRandom(_ seed: Double)
    /// Settings that text input and output depend on, with the time of the transaction.
    var textContext: TextContext { get }
    /// The catalog as this statement sees it.
    var catalog: CatalogState { get }
    /// The database of the session.
    var database: OID { get }
    var databaseName: String { get }
    var currentUser: String { get }
    var sessionUser: String { get }
    /// Schemas to look in, resolved, in order, without the implicit pg_catalog.
    var searchPath: [String] { get }
    var backendProcessID: Int32 { get }
    /// current_setting: nil if there is no such parameter.
    func parameter(_ name: String) -> String?
    func setParameter(_ name: String, _ value: String, isLocal: Bool) throws(SQLError)
    /// All run-time parameters, for pg_settings.
    var allParameters: [(name: String, value: String)] { get }
    /// Sequence values this session has drawn (currval, lastval).
    var sequenceValues: SessionSequences { get }
    /// Bytes and row counts for pg_table_size, pg_class.reltuples, …; 0 when unknown.
    func storageSize(of relation: OID) -> Int64
    func rowEstimate(of relation: OID) -> Double
    /// The number of the running transaction, for txid_current.
    var transactionID: UInt64 { get }
    /// Rows of pg_stat_activity are asked here: (pid, user, database, application, state, query).
    var activity: [(pid: Int32, user: String, database: String, application: String, state: String, query: String)] {
        get
    }
}
