/// Strict JSON (RFC 8259) over raw bytes, with limits.
///
/// Refused, because a lenient reader is how two services come to disagree about one body: comments, trailing commas,
/// single quotes, leading zeros, NaN, control characters in strings, ill-formed UTF-8, lone surrogates, a byte order
/// mark, anything after the value. Depth is limited (default 32), size is limited by whoever collected the bytes.
struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private let maximumDepth: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("unexpected text after the value") }
        return value
    }

    private func error(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= maximumDepth else { throw error("nested too deeply") }
        skipSpace()
        guard let first = next else { throw error("unexpected end") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error("unexpected character")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length else { throw error("unexpected character") }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] {
            throw error("unexpected character")
        }
        position += length
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member's name must be a string") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("':' is missing") }
            members.append(.init(name, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw error("',' or '}' is missing") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw error("',' or ']' is missing") }
        }
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, byte &- UInt8(ascii: "0") < 10 { position += 1 }
        return position - start
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), digits() == 0 { throw error("a number needs digits") }
        if take(UInt8(ascii: ".")), digits() == 0 { throw error("a fraction needs digits") }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw error("an exponent needs digits") }
        }
        guard position - start <= 64 else { throw error("a number is too long") }
        return JSONNumber(validated: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        // Most strings have no escape: one scan, one copy.
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if next == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try validated(bytes[start..<position])
        }
        var unescaped = [UInt8](bytes[start..<position])
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try validated(unescaped)
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case 0..<0x20: throw error("a control character in a string")
            default: unescaped.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private func validated(_ slice: some Sequence<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return text
    }

    private mutating func escape(into output: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw error("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(byte)
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexQuad()
            if 0xD800..<0xDC00 ~= code {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("a lone surrogate") }
                let low = try hexQuad()
                guard 0xDC00..<0xE000 ~= low else { throw error("a lone surrogate") }
                code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("a lone surrogate") }
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.EncodedScalar())
        default: throw error("an unknown escape")
        }
    }

    private mutating func hexQuad() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("\\u needs four hexadecimal digits")
            }
            code = code * 16 + UInt32(digit)
            position += 1
        }
        return code
    }
}

/// Why bytes are not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    public let reason: String
    /// Bytes from the start of the document.
    public let offset: Int

    public var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
    /// Reads one JSON document. Linear time; throws `JSONError` on anything that RFC 8259 does not allow.
    public init(parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = 32) throws(JSONError) {
        var parser = JSONParser(bytes, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// Reads one JSON document from text.
    public init(parsing text: String, maximumDepth: Int = 32) throws(JSONError) {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONError) in try JSONValue(parsing: raw, maximumDepth: maximumDepth) }
        }
        self = try result.get()
    }
}
