import Bytes

/// The leaf functions of text input and output for booleans, integers, texts and bytea. Floats: `TextFormat+Float.swift`.
///
/// Each parse function follows PostgreSQL's input function: surrounding white space is skipped where that skips it, and the
/// error quotes the whole input.
public enum TextFormat {
    /// `isspace` of the C locale.
    @inlinable
    public static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    @inlinable
    public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Without surrounding white space.
    public static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var low = 0
        var high = text.count
        while low < high, isSpace(text[low]) { low += 1 }
        while high > low, isSpace(text[high - 1]) { high -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[low..<high])
    }

    /// 22P02 `invalid input syntax for type … : "…"`.
    public static func invalidSyntax(_ typeName: String, _ text: UnsafeRawBufferPointer) -> SQLError {
        SQLError(
            .invalidTextRepresentation,
            "invalid input syntax for type \(typeName): \"\(String(decoding: text, as: UTF8.self))\""
        )
    }

    static func outOfRange(_ typeName: String, _ text: UnsafeRawBufferPointer) -> SQLError {
        SQLError(
            .numericValueOutOfRange,
            "value \"\(String(decoding: text, as: UTF8.self))\" is out of range for type \(typeName)"
        )
    }

    // MARK: Boolean

    /// Any unambiguous prefix of true, false, yes, no, on, off, in any case; or 1, 0.
    public static func parseBool(_ text: UnsafeRawBufferPointer) throws(SQLError) -> Bool {
        let word = trimmed(text)
        func isPrefix(of name: StaticString, atLeast least: Int) -> Bool {
            guard word.count >= least, word.count <= name.utf8CodeUnitCount else { return false }
            for index in 0..<word.count where (word[index] | 0x20) != name.utf8Start[index] { return false }
            return true
        }
        if isPrefix(of: "true", atLeast: 1) || isPrefix(of: "yes", atLeast: 1) || isPrefix(of: "on", atLeast: 2) {
            return true
        }
        if isPrefix(of: "false", atLeast: 1) || isPrefix(of: "no", atLeast: 1) || isPrefix(of: "off", atLeast: 2) {
            return false
        }
        if word.count == 1 {
            if word[0] == UInt8(ascii: "1") { return true }
            if word[0] == UInt8(ascii: "0") { return false }
        }
        throw invalidSyntax("boolean", text)
    }

    // MARK: Integers

    /// Optional sign and decimal digits, white space around.
    @inlinable
    public static func parseInteger<Integer: FixedWidthInteger & SignedInteger>(
        _ text: UnsafeRawBufferPointer,
        typeName: String,
        _: Integer.Type
    ) throws(SQLError) -> Int64 {
        var index = 0
        while index < text.count, isSpace(text[index]) { index &+= 1 }
        var isNegative = false
        if index < text.count, text[index] == 0x2d || text[index] == 0x2b {
            isNegative = text[index] == 0x2d
            index &+= 1
        }
        let firstDigit = index
        var value: Int64 = 0
        var overflow = false
        while index < text.count, isDigit(text[index]) {
            // Accumulated as a negative number, because its range is one larger.
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.subtractingReportingOverflow(Int64(text[index] &- 0x30))
            overflow = overflow || first || second
            value = sum
            index &+= 1
        }
        let hasDigits = index > firstDigit
        while index < text.count, isSpace(text[index]) { index &+= 1 }
        guard hasDigits, index == text.count else { throw TextFormat.invalidSyntax(typeName, text) }
        if !isNegative {
            if value == Int64.min { overflow = true } else { value = -value }
        }
        guard !overflow, Integer(exactly: value) != nil else { throw TextFormat.outOfRangeError(typeName, text) }
        return value
    }

    @usableFromInline
    static func outOfRangeError(_ typeName: String, _ text: UnsafeRawBufferPointer) -> SQLError {
        outOfRange(typeName, text)
    }

    /// An unsigned 32-bit number; a minus sign wraps, as `strtoul` does.
    public static func parseOID(_ text: UnsafeRawBufferPointer, typeName: String) throws(SQLError) -> OID {
        let word = trimmed(text)
        var digits = word[...]
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { throw invalidSyntax(typeName, text) }
        var value: UInt64 = 0
        for digit in digits {
            value = value * 10 + UInt64(digit - 0x30)
            guard value <= 0xffff_ffff else { throw outOfRange(typeName, text) }
        }
        if isNegative {
            // A negative number must fit 32 bits as a signed one.
            guard value <= 0x8000_0000 else { throw outOfRange(typeName, text) }
            return OID(truncatingIfNeeded: 0 &- value)
        }
        return OID(truncatingIfNeeded: value)
    }

    // MARK: Text

    /// The bytes as an array when they are valid UTF-8 without zero bytes.
    /// - Throws: 22021 `invalid byte sequence for encoding "UTF8": 0x…`.
    public static func validated(_ text: UnsafeRawBufferPointer) throws(SQLError) -> [UInt8] {
        if let position = firstInvalid(text) { throw invalidEncoding(text, at: position) }
        return Array(text)
    }

    /// Throws 22021 unless the bytes are valid UTF-8 without zero bytes. About 0.1 ns a byte for ASCII.
    public static func checkEncoding(_ text: UnsafeRawBufferPointer) throws(SQLError) {
        if let position = firstInvalid(text) { throw invalidEncoding(text, at: position) }
    }

    /// Offset of the first byte that starts no valid UTF-8 sequence (RFC 3629: no overlong forms, no surrogates) or is zero.
    static func firstInvalid(_ text: UnsafeRawBufferPointer) -> Int? {
        let count = text.count
        var index = 0
        while index < count {
            if index &+ 8 <= count {
                let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                // No high bit and no zero byte: (x - 0x01…) borrows into a high bit only below a zero byte.
                if (word | ((word &- 0x0101_0101_0101_0101) & ~word)) & 0x8080_8080_8080_8080 == 0 {
                    index &+= 8
                    continue
                }
            }
            let lead = text[index]
            if lead < 0x80 {
                if lead == 0 { return index }
                index &+= 1
                continue
            }
            let length = sequenceLength(lead)
            guard length > 1, index &+ length <= count else { return index }
            let second = text[index &+ 1]
            switch lead {
            case 0xe0: guard second >= 0xa0, second <= 0xbf else { return index }
            case 0xed: guard second >= 0x80, second <= 0x9f else { return index }
            case 0xf0: guard second >= 0x90, second <= 0xbf else { return index }
            case 0xf4: guard second >= 0x80, second <= 0x8f else { return index }
            case 0xc2...0xf3: guard second & 0xc0 == 0x80 else { return index }
            default: return index
            }
            for offset in 2..<max(2, length) where text[index &+ offset] & 0xc0 != 0x80 { return index }
            index &+= length
        }
        return nil
    }

    /// Bytes of the UTF-8 sequence that starts with this byte; 1 for bytes that start none.
    @inlinable
    public static func sequenceLength(_ lead: UInt8) -> Int {
        lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1
    }

    private static func invalidEncoding(_ text: UnsafeRawBufferPointer, at position: Int) -> SQLError {
        let length = min(sequenceLength(text[position]), text.count - position)
        let bytes = (0..<length).map { offset in
            let byte = text[position + offset]
            return "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return SQLError(
            .characterNotInRepertoire,
            "invalid byte sequence for encoding \"UTF8\": \(bytes.joined(separator: " "))"
        )
    }

    /// Characters (code points) of a UTF-8 text.
    @inlinable
    public static func characterCount(_ text: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in text where byte & 0xc0 != 0x80 { count &+= 1 }
        return count
    }

    /// Bytes taken by the first `limit` characters.
    @inlinable
    public static func byteLength(_ text: UnsafeRawBufferPointer, ofCharacters limit: Int) -> Int {
        if text.count <= limit { return text.count }
        var characters = 0
        for index in 0..<text.count where text[index] & 0xc0 != 0x80 {
            if characters == limit { return index }
            characters &+= 1
        }
        return text.count
    }

    /// varchar(n): too many characters are an error unless the excess is spaces; a cast cuts silently.
    public static func varchar(_ text: [UInt8], modifier: Int32, explicit: Bool) throws(SQLError) -> [UInt8] {
        guard modifier >= 4 else { return text }
        return try fitted(text, limit: Int(modifier) - 4, explicit: explicit, typeName: "character varying")
    }

    /// char(n): as varchar(n), then padded with spaces to n characters.
    public static func bpchar(_ text: [UInt8], modifier: Int32, explicit: Bool) throws(SQLError) -> [UInt8] {
        guard modifier >= 4 else { return text }
        let limit = Int(modifier) - 4
        var result = try fitted(text, limit: limit, explicit: explicit, typeName: "character")
        let missing = limit - result.withUnsafeBytes { characterCount($0) }
        if missing > 0 { result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: missing)) }
        return result
    }

    private static func fitted(
        _ text: [UInt8],
        limit: Int,
        explicit: Bool,
        typeName: String
    ) throws(SQLError) -> [UInt8] {
        let keep = text.withUnsafeBytes { byteLength($0, ofCharacters: limit) }
        if keep == text.count { return text }
        if !explicit, text[keep...].contains(where: { $0 != UInt8(ascii: " ") }) {
            throw SQLError(.stringDataRightTruncation, "value too long for type \(typeName)(\(limit))")
        }
        return Array(text[..<keep])
    }

    /// name: at most 63 bytes, cut at a character's border.
    public static func name(_ text: [UInt8]) -> [UInt8] {
        guard text.count > 63 else { return text }
        var end = 63
        while end > 0, text[end] & 0xc0 == 0x80 { end -= 1 }
        return Array(text[..<end])
    }

    /// "char": the first byte; the empty text is the zero byte.
    static func parseChar(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        guard let first = text.first, first != 0 else { return [] }
        return [first]
    }

    /// Bytes beyond ASCII are written in octal, so that the output stays valid UTF-8.
    static func append(char bytes: [UInt8], to output: inout ByteBuffer) {
        guard let byte = bytes.first, byte != 0 else { return }
        if byte < 0x80 {
            output.append(byte)
        } else {
            output.append(UInt8(ascii: "\\"))
            output.append(0x30 + (byte >> 6))
            output.append(0x30 + ((byte >> 3) & 7))
            output.append(0x30 + (byte & 7))
        }
    }

    // MARK: bytea

    /// `\x` and hex digits (white space between pairs allowed), or the escape format (`\\`, `\ooo`).
    public static func parseBytea(_ text: UnsafeRawBufferPointer) throws(SQLError) -> [UInt8] {
        if text.count >= 2, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") {
            return try parseHex(UnsafeRawBufferPointer(rebasing: text[2...]))
        }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte != UInt8(ascii: "\\") {
                result.append(byte)
                index += 1
            } else if index + 1 < text.count, text[index + 1] == UInt8(ascii: "\\") {
                result.append(byte)
                index += 2
            } else if index + 3 < text.count, (0x30...0x33).contains(text[index + 1]),
                (0x30...0x37).contains(text[index + 2]), (0x30...0x37).contains(text[index + 3])
            {
                result.append(
                    ((text[index + 1] - 0x30) << 6) | ((text[index + 2] - 0x30) << 3) | (text[index + 3] - 0x30)
                )
                index += 4
            } else {
                throw SQLError(.invalidTextRepresentation, "invalid input syntax for type bytea")
            }
        }
        return result
    }

    private static func parseHex(_ text: UnsafeRawBufferPointer) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 2)
        var index = 0
        while index < text.count {
            if isSpace(text[index]) {
                index += 1
                continue
            }
            let high = try hexDigit(text, index)
            guard index + 1 < text.count else {
                throw SQLError(.invalidParameterValue, "invalid hexadecimal data: odd number of digits")
            }
            let low = try hexDigit(text, index + 1)
            result.append((high << 4) | low)
            index += 2
        }
        return result
    }

    private static func hexDigit(_ text: UnsafeRawBufferPointer, _ index: Int) throws(SQLError) -> UInt8 {
        guard let value = hexValue(text[index]) else {
            let length = min(sequenceLength(text[index]), text.count - index)
            let character = String(decoding: text[index..<(index + length)], as: UTF8.self)
            throw SQLError(.invalidParameterValue, "invalid hexadecimal digit: \"\(character)\"")
        }
        return value
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func hexDigitByte(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

    public static func append(
        bytea bytes: [UInt8],
        to output: inout ByteBuffer,
        _ format: TextContext.ByteaOutput = .hex
    ) {
        switch format {
        case .hex:
            output.append("\\x")
            for byte in bytes {
                output.append(hexDigitByte(byte >> 4))
                output.append(hexDigitByte(byte & 15))
            }
        case .escape:
            for byte in bytes {
                if byte == UInt8(ascii: "\\") {
                    output.append("\\\\")
                } else if byte < 0x20 || byte > 0x7e {
                    output.append(UInt8(ascii: "\\"))
                    output.append(0x30 + (byte >> 6))
                    output.append(0x30 + ((byte >> 3) & 7))
                    output.append(0x30 + (byte & 7))
                } else {
                    output.append(byte)
                }
            }
        }
    }
}
