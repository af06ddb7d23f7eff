import CLinux
import Glibc
import RESP

/// Scores as text: what redis reads with strtod and writes with `%.17g`.
enum Score {
    /// The number that `text` spells from its first to its last byte; nil for blanks, NaN, what overflows, anything else.
    @inline(__always)
    static func parse(_ text: ByteSlice) -> Double? {
        if let value = parseShort(text) { return value }
        return parseLong(text)
    }

    @inline(never)
    private static func parseLong(_ text: ByteSlice) -> Double? {
        guard text.count > 0, text[0] != 32, !(text[0] >= 9 && text[0] <= 13) else { return nil }
        errno = 0
        let (value, end) = strtod(text)
        guard end == text.count, !value.isNaN else { return nil }
        // Too large, or too small for anything but zero.
        if errno == ERANGE, value.isInfinite || value == 0 { return nil }
        return value
    }

    /// A bound of a range: also blanks and nothing at all are numbers here, and a NUL ends the text.
    static func parseBound(_ text: ByteSlice) -> Double? {
        if let value = parseShort(text) { return value }
        let (value, end) = strtod(text)
        guard !value.isNaN, end == text.count || text[end] == 0 else { return nil }
        return value
    }

    /// Up to fifteen digits with at most one point among them: exact without strtod, since both the digits and the power of
    /// ten are whole numbers that a double holds, and dividing them rounds once.
    @inline(__always)
    private static func parseShort(_ text: ByteSlice) -> Double? {
        let count = text.count
        var index = 0
        let isNegative = count > 0 && text.start[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        guard count > index, count &- index <= 16 else { return nil }
        var digits: Int64 = 0
        var digitCount = 0
        var decimals = -1
        while index < count {
            let byte = text.start[index]
            let digit = byte &- 48
            if digit < 10 {
                digits = digits &* 10 &+ Int64(digit)
                digitCount &+= 1
                if decimals >= 0 { decimals &+= 1 }
            } else if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
            } else {
                return nil
            }
            index &+= 1
        }
        guard digitCount > 0, digitCount <= 15 else { return nil }
        var value = Double(digits)
        if decimals > 0 { value /= powerOfTen(decimals) }
        return isNegative ? -value : value
    }

    /// 10 to the power of 1 … 15, exactly.
    @inline(__always)
    private static func powerOfTen(_ exponent: Int) -> Double {
        var power: Int64 = 1
        for _ in 0..<exponent { power &*= 10 }
        return Double(power)
    }

    private static func strtod(_ text: ByteSlice) -> (value: Double, end: Int) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy -> (Double, Int) in
            guard let start = copy.baseAddress else { return (.nan, 0) }
            UnsafeMutableRawPointer(start).copyMemory(from: text.raw, byteCount: text.count)
            start[text.count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = Glibc.strtod(start, &end)
            return (value, end.map { $0 - start } ?? 0)
        }
    }

    /// Whether the score is a whole number that `%.17g` writes without an exponent.
    @inline(__always)
    static func plainInteger(_ score: Double) -> Int64? {
        guard score > -1e17, score < 1e17 else { return nil }
        let integer = Int64(score)
        guard Double(integer) == score, integer != 0 || score.sign == .plus else { return nil }
        return integer
    }

    /// Calls `body` with the score as redis's listpack keeps it: whole numbers up to 2^62 with all their digits.
    static func withListpackText(_ score: Double, _ body: (ByteSlice) -> Void) {
        guard score.magnitude <= 0x1p62, score == score.rounded() else { return withText(score, body) }
        StringCommands.withDecimal(Int64(score), body)
    }

    /// Calls `body` with the score as `%.17g` writes it; inf and -inf for the infinities.
    static func withText<Result>(_ score: Double, _ body: (ByteSlice) -> Result) -> Result {
        if score.isInfinite { return body(ByteSlice(score > 0 ? "inf" : "-inf")) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { buffer in
            guard let start = buffer.baseAddress else { return body(ByteSlice("")) }
            let count = clinux_format_double(start, 40, score)
            return body(ByteSlice(UnsafeRawPointer(start), count: Int(count)))
        }
    }
}

extension ReplyWriter {
    /// A floating-point number: RESP3's double, in RESP2 a bulk string with the same text.
    public mutating func double(_ value: Double) {
        if let integer = Score.plainInteger(value) {
            if version == 2 { return bulk(decimal: integer) }
            buffer.append(UInt8(ascii: ","))
            buffer.append(decimal: integer)
            return buffer.append("\r\n")
        }
        Score.withText(value) { text in
            if version == 2 { return bulk(text) }
            buffer.append(UInt8(ascii: ","))
            buffer.append(text.raw, count: text.count)
            buffer.append("\r\n")
        }
    }
}
