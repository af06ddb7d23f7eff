/// How parameters travel: text for all but bytes.
extension SQLParameter {
    /// The declared type; 0 lets the server infer.
    var typeOID: UInt32 {
        switch self {
        case .null, .text, .array: 0
        case .bool: 16
        case .integer(let value): Int32(exactly: value) != nil ? 23 : 20
        case .double: 701
        case .bytes: 17
        }
    }

    var isBinary: Bool { if case .bytes = self { true } else { false } }

    /// nil is NULL.
    var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .bool(let value): [value ? UInt8(ascii: "t") : UInt8(ascii: "f")]
        case .integer(let value): Array(String(value).utf8)
        case .double(let value):
            // Swift's own words for the special ones are nan and inf, which the server reads as well.
            Array(value.description.utf8)
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .array(let elements): SQLParameter.arrayLiteral(elements)
        }
    }

    /// `{"a","b\"c"}`: every element quoted, so that none can be read as NULL or as a brace.
    private static func arrayLiteral(_ elements: [String]) -> [UInt8] {
        var literal: [UInt8] = [UInt8(ascii: "{")]
        for (index, element) in elements.enumerated() {
            if index > 0 { literal.append(UInt8(ascii: ",")) }
            literal.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
                literal.append(byte)
            }
            literal.append(UInt8(ascii: "\""))
        }
        literal.append(UInt8(ascii: "}"))
        return literal
    }
}
