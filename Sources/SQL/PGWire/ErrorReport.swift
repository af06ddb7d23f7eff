import Bytes

/// An ErrorResponse or NoticeResponse as its fields: what the wire knows of an error, whoever made it.
///
/// Also this module's thrown error: a peer that breaks the protocol gets exactly PostgreSQL's words.
public struct ErrorReport: Error, Sendable, Hashable, CustomStringConvertible {
    public var severity: String
    /// Five-character SQLSTATE.
    public var code: String
    public var message: String
    public var detail: String?
    public var hint: String?
    /// 1-based character position in the statement.
    public var position: Int?
    public var internalPosition: Int?
    public var internalQuery: String?
    public var context: String?
    public var schema: String?
    public var table: String?
    public var column: String?
    public var dataType: String?
    public var constraint: String?

    public init(severity: String = "ERROR", code: String, message: String, detail: String? = nil, hint: String? = nil) {
        self.severity = severity
        self.code = code
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// FATAL: the connection ends after it.
    public static func fatal(_ code: String, _ message: String, detail: String? = nil, hint: String? = nil)
        -> ErrorReport
    {
        ErrorReport(severity: "FATAL", code: code, message: message, detail: detail, hint: hint)
    }

    /// ERROR 08P01: a message whose body is not what its type promises.
    public static func protocolViolation(_ message: String) -> ErrorReport {
        ErrorReport(code: "08P01", message: message)
    }

    public var description: String { "\(severity): \(code): \(message)" }
}
