/// An error or notice as PostgreSQL reports it: severity, SQLSTATE, message and the optional fields a client may show.
///
/// The rare fields live in one shared box, so an `SQLError` is four words to pass through a typed throw.
public struct SQLError: Error, Sendable, CustomStringConvertible {
    /// What happens after the report: `fatal` ends the session, `error` the statement, the others nothing.
    public enum Severity: String, Sendable {
        case panic = "PANIC"
        case fatal = "FATAL"
        case error = "ERROR"
        case warning = "WARNING"
        case notice = "NOTICE"
        case debug = "DEBUG"
        case info = "INFO"
        case log = "LOG"
    }

    public var severity: Severity
    public var state: SQLState
    /// Primary text, one line, no trailing full stop.
    public var message: String
    private var fields: Fields?

    /// Fields that most errors lack. Copied on write; every instance is immutable once shared.
    private struct FieldValues: Sendable {
        var detail: String?
        var hint: String?
        var position: Int?
        var internalPosition: Int?
        var internalQuery: String?
        var context: String?
        var schema: String?
        var table: String?
        var column: String?
        var dataType: String?
        var constraint: String?
    }
    private final class Fields: Sendable {
        let values: FieldValues
        init(_ values: FieldValues) { self.values = values }
    }

    /// - Parameter position: 1-based index of the offending *character* (not byte) in the statement's text.
    public init(
        _ state: SQLState,
        _ message: String,
        detail: String? = nil,
        hint: String? = nil,
        position: Int? = nil,
        severity: Severity = .error
    ) {
        self.severity = severity
        self.state = state
        self.message = message
        if detail != nil || hint != nil || position != nil {
            fields = Fields(FieldValues(detail: detail, hint: hint, position: position))
        }
    }

    /// A FATAL error: the session ends after it was sent.
    public static func fatal(_ state: SQLState, _ message: String, detail: String? = nil, hint: String? = nil)
        -> SQLError
    {
        SQLError(state, message, detail: detail, hint: hint, severity: .fatal)
    }

    /// A NOTICE: shown to the client, changes nothing.
    public static func notice(_ message: String, state: SQLState = .successfulCompletion, detail: String? = nil)
        -> SQLError
    {
        SQLError(state, message, detail: detail, severity: .notice)
    }

    /// A WARNING: shown to the client, changes nothing.
    public static func warning(_ state: SQLState, _ message: String, hint: String? = nil) -> SQLError {
        SQLError(state, message, hint: hint, severity: .warning)
    }

    private subscript<T>(_ path: WritableKeyPath<FieldValues, T?>) -> T? {
        get { fields.flatMap { $0.values[keyPath: path] } }
        set {
            var values = fields?.values ?? FieldValues()
            values[keyPath: path] = newValue
            fields = Fields(values)
        }
    }

    /// Second line: the facts of this case.
    public var detail: String? {
        get { self[\.detail] }
        set { self[\.detail] = newValue }
    }
    /// What the user could do.
    public var hint: String? {
        get { self[\.hint] }
        set { self[\.hint] = newValue }
    }
    /// 1-based character position in the statement text.
    public var position: Int? {
        get { self[\.position] }
        set { self[\.position] = newValue }
    }
    /// Position in `internalQuery`, a statement the server made itself.
    public var internalPosition: Int? {
        get { self[\.internalPosition] }
        set { self[\.internalPosition] = newValue }
    }
    public var internalQuery: String? {
        get { self[\.internalQuery] }
        set { self[\.internalQuery] = newValue }
    }
    /// The call stack as text, e.g. `COPY products, line 3, column price: "x"`.
    public var context: String? {
        get { self[\.context] }
        set { self[\.context] = newValue }
    }
    public var schema: String? {
        get { self[\.schema] }
        set { self[\.schema] = newValue }
    }
    public var table: String? {
        get { self[\.table] }
        set { self[\.table] = newValue }
    }
    public var column: String? {
        get { self[\.column] }
        set { self[\.column] = newValue }
    }
    public var dataType: String? {
        get { self[\.dataType] }
        set { self[\.dataType] = newValue }
    }
    public var constraint: String? {
        get { self[\.constraint] }
        set { self[\.constraint] = newValue }
    }

    /// The same error pointing at `position` unless it already points somewhere.
    public func at(_ position: Int?) -> SQLError {
        guard let position, self.position == nil else { return self }
        var copy = self
        copy.position = position
        return copy
    }

    /// The same error with the names of the constraint that was violated.
    public func naming(schema: String?, table: String?, column: String? = nil, constraint: String? = nil) -> SQLError {
        var copy = self
        copy.schema = schema
        copy.table = table
        copy.column = column
        copy.constraint = constraint
        return copy
    }

    public var description: String {
        var text = "\(severity.rawValue): \(state): \(message)"
        if let detail { text += " DETAIL: \(detail)" }
        if let hint { text += " HINT: \(hint)" }
        return text
    }
}
