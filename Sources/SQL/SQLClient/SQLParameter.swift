/// A bound parameter: a value that travels beside the statement's text and so can never be read as SQL.
///
///     try await pool.query("SELECT name FROM products WHERE price < $1 AND type = ANY($2)", [5.0, .array(["tea", "juice"])])
///
/// Parameters are sent as text with the type named where it is certain, and left to the server to infer where a literal
/// would be (`.text`).
public enum SQLParameter: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    /// Sent without a type, as a quoted literal would be: the server infers text, char(8), date, uuid … from the context.
    case text(String)
    /// An array of texts; the server infers the element type.
    case array([String])
    case bytes([UInt8])

    public static func int(_ value: Int) -> SQLParameter { .integer(Int64(value)) }
}

extension SQLParameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}
