/// Whether bytes are UTF-8 as PostgreSQL accepts it (no zero byte, no surrogates, no overlong forms).
public enum UTF8Check {
    /// The offset of the first byte that does not start a valid character, nil when all is well. O(n), 8 bytes at a time
    /// over ASCII.
    public static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        let count = bytes.count
        while index < count {
            if index + 8 <= count, let base = bytes.baseAddress {
                let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
                // No byte has its high bit and none is zero.
                if word & 0x8080_8080_8080_8080 == 0,
                    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                    continue
                }
            }
            let length = characterLength(bytes, index)
            if length == 0 { return index }
            index += length
        }
        return nil
    }

    /// Bytes of the valid character at `index`, 0 if it is invalid.
    private static func characterLength(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let first = bytes[index]
        if first < 0x80 { return first == 0 ? 0 : 1 }
        func part(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        func isPart(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
        switch first {
        case 0xC2...0xDF: return isPart(part(1)) ? 2 : 0
        case 0xE0...0xEF:
            guard isPart(part(1)), isPart(part(2)) else { return 0 }
            if first == 0xE0, part(1) < 0xA0 { return 0 }
            if first == 0xED, part(1) > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard isPart(part(1)), isPart(part(2)), isPart(part(3)) else { return 0 }
            if first == 0xF0, part(1) < 0x90 { return 0 }
            if first == 0xF4, part(1) > 0x8F { return 0 }
            return 4
        default: return 0
        }
    }

    /// PostgreSQL's complaint about the sequence at `index`.
    public static func error(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> SyntaxError {
        let first = bytes[index]
        let declared =
            first < 0x80 ? 1 : first & 0xE0 == 0xC0 ? 2 : first & 0xF0 == 0xE0 ? 3 : first & 0xF8 == 0xF0 ? 4 : 1
        let digits = Array("0123456789abcdef".utf8)
        var shown: [String] = []
        for position in index..<min(index + declared, bytes.count) {
            let byte = bytes[position]
            shown.append("0x" + String(decoding: [digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self))
        }
        return SyntaxError(
            sqlState: "22021",
            "invalid byte sequence for encoding \"UTF8\": \(shown.joined(separator: " "))"
        )
    }
}
