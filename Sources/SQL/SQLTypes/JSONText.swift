import Bytes

/// json and jsonb as text: a strict RFC 8259 reader that validates, and for jsonb rewrites into the canonical form.
///
/// Canonical (jsonb): object keys ordered by length, then bytes; the last of equal keys wins; one space after `:` and `,`;
/// numbers as numeric prints them. Nesting is limited, because the reader recurses.
public enum JSONText {
    /// Levels of arrays and objects; PostgreSQL's limit is its stack's depth.
    static let maximumDepth = 1_000

    /// json's input: the text itself when it is valid JSON. - Throws: 22P02 `invalid input syntax for type json`.
    public static func validate(_ text: UnsafeRawBufferPointer) throws(SQLError) -> [UInt8] {
        try TextFormat.checkEncoding(text)
        var reader = JSONReader(text)
        _ = try reader.document()
        return Array(text)
    }

    /// jsonb's input: the canonical text.
    public static func canonical(_ text: UnsafeRawBufferPointer) throws(SQLError) -> [UInt8] {
        try TextFormat.checkEncoding(text)
        var reader = JSONReader(text)
        let value = try reader.document()
        var output: [UInt8] = []
        output.reserveCapacity(text.count + 16)
        value.write(to: &output)
        return output
    }
}

/// A parsed JSON value.
indirect enum JSONValue {
    /// null, true, false, or a number: the text to write.
    case scalar([UInt8])
    case string([UInt8])
    case array([JSONValue])
    case object([(key: [UInt8], value: JSONValue)])

    func write(to output: inout [UInt8]) {
        switch self {
        case .scalar(let text): output += text
        case .string(let text): JSONValue.write(string: text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output += [UInt8(ascii: ","), UInt8(ascii: " ")] }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output += [UInt8(ascii: ","), UInt8(ascii: " ")] }
                JSONValue.write(string: member.key, to: &output)
                output += [UInt8(ascii: ":"), UInt8(ascii: " ")]
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    static func write(string: [UInt8], to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0x08: output += [UInt8(ascii: "\\"), UInt8(ascii: "b")]
            case 0x09: output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0x0a: output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0c: output += [UInt8(ascii: "\\"), UInt8(ascii: "f")]
            case 0x0d: output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0..<0x20:
                output += Array("\\u00".utf8)
                output += [TextFormat.hexDigitByte(byte >> 4), TextFormat.hexDigitByte(byte & 15)]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Orders keys by length, then bytes, and keeps the last of equal ones.
    static func sorted(_ members: [(key: [UInt8], value: JSONValue)]) -> [(key: [UInt8], value: JSONValue)] {
        let order = members.indices.sorted { left, right in
            let first = members[left].key
            let second = members[right].key
            if first.count != second.count { return first.count < second.count }
            let result = Value.compare(first[...], second[...])
            return result != 0 ? result < 0 : left < right
        }
        var result: [(key: [UInt8], value: JSONValue)] = []
        for index in order {
            if result.last?.key == members[index].key { result.removeLast() }
            result.append(members[index])
        }
        return result
    }
}

/// Recursive-descent reader over valid UTF-8.
struct JSONReader {
    private let text: UnsafeRawBufferPointer
    private var index = 0
    private var depth = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    mutating func document() throws(SQLError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard index == text.count else { throw unexpected("end of input") }
        return value
    }

    private mutating func skipSpace() {
        while index < text.count,
            text[index] == 0x20 || text[index] == 0x09 || text[index] == 0x0a || text[index] == 0x0d
        {
            index += 1
        }
    }

    private func fail(_ detail: String, tokenEnd: Int? = nil) -> SQLError {
        var error = SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: detail)
        error.context = "JSON data, line \(line): \(contextText(upTo: tokenEnd ?? index))"
        return error
    }

    private var line: Int { 1 + text[..<min(index, text.count)].reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) } }

    /// The offending line up to the offending token, cut to about 50 bytes.
    private func contextText(upTo end: Int) -> String {
        var start = min(index, text.count)
        while start > 0, text[start - 1] != 0x0a { start -= 1 }
        var prefix = ""
        if end - start > 50 {
            var cut = end - 50
            while cut < end, text[cut] & 0xc0 == 0x80 { cut += 1 }
            start = cut
            prefix = "..."
        }
        var suffix = ""
        if end < text.count, text[end] != 0x0a, text[end] != 0x0d { suffix = "..." }
        return prefix + String(decoding: text[start..<min(end, text.count)], as: UTF8.self) + suffix
    }

    /// The token at the cursor, as the error message quotes it.
    private func unexpected(_ wanted: String) -> SQLError {
        guard index < text.count else { return fail("The input string ended unexpectedly.") }
        let end = tokenEnd
        let token = String(decoding: text[index..<end], as: UTF8.self)
        let first = text[index]
        let isWord = first >= 0x80 || TextFormat.isDigit(first) || (first | 0x20 >= 0x61 && first | 0x20 <= 0x7a)
        let isKnown =
            ["true", "false", "null"].contains(token) || "{}[]:,\"-".utf8.contains(first) || TextFormat.isDigit(first)
        if !isKnown || (!isWord && !"{}[]:,\"-".utf8.contains(first)) {
            return fail("Token \"\(token)\" is invalid.", tokenEnd: end)
        }
        return fail("Expected \(wanted), but found \"\(token)\".", tokenEnd: end)
    }

    private var tokenEnd: Int {
        let first = text[index]
        var end = index + 1
        if first == UInt8(ascii: "\"") {
            while end < text.count, text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
            return min(text.count, end + 1)
        }
        func isWordByte(_ byte: UInt8) -> Bool {
            byte >= 0x80 || TextFormat.isDigit(byte) || byte == UInt8(ascii: "_")
                || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a)
        }
        if isWordByte(first) || first == UInt8(ascii: "-") {
            while end < text.count, isWordByte(text[end]) || text[end] == 0x2e || text[end] == 0x2b || text[end] == 0x2d
            {
                end += 1
            }
        } else {
            end = min(text.count, index + TextFormat.sequenceLength(first))
        }
        return end
    }

    private mutating func value(_ wanted: String = "JSON value") throws(SQLError) -> JSONValue {
        skipSpace()
        guard index < text.count else { throw fail("The input string ended unexpectedly.") }
        switch text[index] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default:
            for word in ["true", "false", "null"] {
                let bytes = Array(word.utf8)
                if tokenEnd - index == bytes.count, text[index..<tokenEnd].elementsEqual(bytes) {
                    index += bytes.count
                    return .scalar(bytes)
                }
            }
            throw unexpected(wanted)
        }
    }

    private mutating func enter() throws(SQLError) {
        depth += 1
        guard depth <= JSONText.maximumDepth else {
            throw SQLError(
                .statementTooComplex,
                "stack depth limit exceeded",
                hint: "JSON may be nested \(JSONText.maximumDepth) levels deep."
            )
        }
    }

    private mutating func array() throws(SQLError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        index += 1
        skipSpace()
        if index < text.count, text[index] == UInt8(ascii: "]") {
            index += 1
            return .array([])
        }
        var elements: [JSONValue] = []
        while true {
            elements.append(try value(elements.isEmpty ? "array element or \"]\"" : "JSON value"))
            skipSpace()
            guard index < text.count else { throw fail("The input string ended unexpectedly.") }
            if text[index] == UInt8(ascii: ",") {
                index += 1
            } else if text[index] == UInt8(ascii: "]") {
                index += 1
                return .array(elements)
            } else {
                throw unexpected("\",\" or \"]\"")
            }
        }
    }

    private mutating func object() throws(SQLError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        index += 1
        skipSpace()
        if index < text.count, text[index] == UInt8(ascii: "}") {
            index += 1
            return .object([])
        }
        var members: [(key: [UInt8], value: JSONValue)] = []
        while true {
            skipSpace()
            guard index < text.count else { throw fail("The input string ended unexpectedly.") }
            guard text[index] == UInt8(ascii: "\"") else {
                throw unexpected(members.isEmpty ? "string or \"}\"" : "string")
            }
            let key = try string()
            skipSpace()
            guard index < text.count else { throw fail("The input string ended unexpectedly.") }
            guard text[index] == UInt8(ascii: ":") else { throw unexpected("\":\"") }
            index += 1
            members.append((key, try value()))
            skipSpace()
            guard index < text.count else { throw fail("The input string ended unexpectedly.") }
            if text[index] == UInt8(ascii: ",") {
                index += 1
            } else if text[index] == UInt8(ascii: "}") {
                index += 1
                return .object(JSONValue.sorted(members))
            } else {
                throw unexpected("\",\" or \"}\"")
            }
        }
    }

    private mutating func number() throws(SQLError) -> JSONValue {
        let start = index
        var end = index
        func digits() -> Int {
            var count = 0
            while end + count < text.count, TextFormat.isDigit(text[end + count]) { count += 1 }
            return count
        }
        if text[end] == UInt8(ascii: "-") { end += 1 }
        let whole = digits()
        let hasLeadingZero = whole > 1 && text[end] == UInt8(ascii: "0")
        end += whole
        var isValid = whole > 0 && !hasLeadingZero
        if end < text.count, text[end] == UInt8(ascii: ".") {
            end += 1
            let count = digits()
            isValid = isValid && count > 0
            end += count
        }
        if end < text.count, text[end] | 0x20 == UInt8(ascii: "e") {
            end += 1
            if end < text.count, text[end] == 0x2b || text[end] == 0x2d { end += 1 }
            let count = digits()
            isValid = isValid && count > 0
            end += count
        }
        guard isValid, end == tokenEnd else {
            let token = String(decoding: text[start..<tokenEnd], as: UTF8.self)
            throw fail("Token \"\(token)\" is invalid.", tokenEnd: tokenEnd)
        }
        let number = try Numeric(parsing: UnsafeRawBufferPointer(rebasing: text[start..<end]))
        index = end
        return .scalar(Array(number.description.utf8))
    }

    private mutating func string() throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var end = index + 1
        while true {
            guard end < text.count else { throw fail("Token \"\(rest)\" is invalid.", tokenEnd: text.count) }
            let byte = text[end]
            if byte == UInt8(ascii: "\"") {
                index = end + 1
                return result
            }
            if byte < 0x20 {
                let hex = String(
                    decoding: [TextFormat.hexDigitByte(byte >> 4), TextFormat.hexDigitByte(byte & 15)],
                    as: UTF8.self
                )
                throw fail("Character with value 0x\(hex) must be escaped.", tokenEnd: end)
            }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                end += 1
                continue
            }
            guard end + 1 < text.count else { throw fail("Token \"\(rest)\" is invalid.", tokenEnd: text.count) }
            let escape = text[end + 1]
            end += 2
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var unit = try codeUnit(&end)
                if (0xd800..<0xdc00).contains(unit) {
                    guard end + 1 < text.count, text[end] == UInt8(ascii: "\\"), text[end + 1] == UInt8(ascii: "u")
                    else {
                        throw fail("Unicode low surrogate must follow a high surrogate.", tokenEnd: end)
                    }
                    end += 2
                    let low = try codeUnit(&end)
                    guard (0xdc00..<0xe000).contains(low) else {
                        throw fail("Unicode low surrogate must follow a high surrogate.", tokenEnd: end)
                    }
                    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else if (0xdc00..<0xe000).contains(unit) {
                    throw fail("Unicode low surrogate must follow a high surrogate.", tokenEnd: end)
                }
                guard unit != 0, let scalar = Unicode.Scalar(unit) else {
                    var error = SQLError(
                        .untranslatableCharacter,
                        "unsupported Unicode escape sequence",
                        detail: "\\u0000 cannot be converted to text."
                    )
                    error.context = fail("", tokenEnd: end).context
                    throw error
                }
                result += Array(Character(scalar).utf8)
            default:
                let length = min(TextFormat.sequenceLength(escape), text.count - end + 1)
                let shown = String(decoding: text[(end - 1)..<(end - 1 + length)], as: UTF8.self)
                throw fail("Escape sequence \"\\\(shown)\" is invalid.", tokenEnd: end - 1 + length)
            }
        }
    }

    private var rest: String { String(decoding: text[index...], as: UTF8.self) }

    private mutating func codeUnit(_ end: inout Int) throws(SQLError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard end < text.count, let digit = TextFormat.hexValue(text[end]) else {
                throw fail("\"\\u\" must be followed by four hexadecimal digits.", tokenEnd: min(end + 1, text.count))
            }
            unit = (unit << 4) | UInt32(digit)
            end += 1
        }
        return unit
    }
}
