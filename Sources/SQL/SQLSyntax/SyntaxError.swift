/// What the lexer or parser refuses, in PostgreSQL's words.
///
/// SQLSyntax knows no SQLTypes, so the engine turns this into its `SQLError`.
public struct SyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The five-character SQLSTATE, for instance `42601`.
    public var sqlState: String
    /// PostgreSQL's primary message.
    public var message: String
    public var detail: String?
    public var hint: String?
    /// 1-based character (not byte) in the statement text; 0 when the error points nowhere.
    public var position: Int

    public init(
        sqlState: String = "42601",
        _ message: String,
        detail: String? = nil,
        hint: String? = nil,
        position: Int = 0
    ) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position
    }

    public var description: String { "\(sqlState) \(message) at \(position)" }
}

/// Thrown inside the parser; the details wait in `Parser.error`, so that a throw carries nothing and costs little.
struct Failure: Error {}
