/// Numbers and letters as ASCII bytes, without `String`: both wire protocols speak them on every message.
public enum ASCII {
    /// The number of decimal digits of `value`; 1 for zero.
    @inlinable
    public static func decimalDigits(in value: UInt64) -> Int {
        var digits = 1
        var bound: UInt64 = 10
        while value >= bound {
            digits &+= 1
            if digits == 20 { break }
            // Cannot overflow: 10^19 fits, and the loop ends there.
            bound = bound &* 10
        }
        return digits
    }

    /// Writes the digits of `value`, of which there are `digits`, at `target`.
    @inlinable
    @inline(__always)
    public static func store(decimal value: UInt64, digits: Int, at target: UnsafeMutableRawPointer) {
        var position = digits
        var rest = value
        while position > 0 {
            position &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target.storeBytes(of: UInt8(truncatingIfNeeded: digit) &+ 48, toByteOffset: position, as: UInt8.self)
            rest = quotient
        }
    }

    /// Parses a whole, strictly written integer: an optional `-`, no `+`, no leading zeros, no blanks, no overflow.
    /// - Returns: nil when `bytes` is anything else. These are the rules of redis's `string2ll`.
    @inlinable
    public static func parseInt64(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        let count = bytes.count
        guard count > 0, count <= 20 else { return nil }
        var index = 0
        var isNegative = false
        if bytes[0] == UInt8(ascii: "-") {
            isNegative = true
            index = 1
            guard count > 1 else { return nil }
        }
        let first = bytes[index]
        if first == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
        guard first >= 49, first <= 57 else { return nil }
        var magnitude: UInt64 = 0
        while index < count {
            let digit = bytes[index] &- 48
            guard digit <= 9 else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            magnitude = sum
            index &+= 1
        }
        if isNegative {
            guard magnitude <= 1 << 63 else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        guard magnitude <= UInt64(Int64.max) else { return nil }
        return Int64(truncatingIfNeeded: magnitude)
    }

    /// The lower-case form of an ASCII letter; every other byte unchanged.
    @inlinable
    public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }

    /// The upper-case form of an ASCII letter; every other byte unchanged.
    @inlinable
    public static func uppercased(_ byte: UInt8) -> UInt8 {
        byte &- 97 < 26 ? byte & 0xDF : byte
    }

    /// Whether `bytes` spells `text` when letter case is ignored.
    @inlinable
    public static func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        let expected = text.utf8Start
        for index in 0..<bytes.count where lowercased(bytes[index]) != lowercased(expected[index]) { return false }
        return true
    }
}
