/// A token: what kind, where in the source, and its text after folding and unescaping.
struct Token {
    enum Kind: UInt8 {
        case end
        /// Key words too: `keyword` tells.
        case identifier
        case string, bitString, hexString
        case integer, numeric
        case parameter
        // Punctuation.
        case leftParenthesis, rightParenthesis, leftBracket, rightBracket, comma, semicolon, colon, dot
        case typecast, dotDot, colonEquals, equalsGreater
        // Operators with a place of their own in the grammar …
        case plus, minus, star, slash, percent, caret
        case less, greater, equal, lessEqual, greaterEqual, notEqual
        /// … and any other.
        case op
        /// A character that starts no token.
        case other
    }

    var kind: Kind
    var keyword: Keyword
    /// Source bytes of the token.
    var start: UInt32
    var end: UInt32
    /// Text pair of the value (identifier, string) or of the digits / operator characters.
    var valueOffset: UInt32
    var valueLength: UInt32

    static let none = Token(kind: .end, keyword: .identifier, start: 0, end: 0, valueOffset: 0, valueLength: 0)
}
