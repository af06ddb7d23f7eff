import Bytes
import Glibc

/// Text input and output of float4 and float8.
///
/// Output is the shortest decimal that reads back as the same number, laid out as PostgreSQL does: plain digits for decimal
/// exponents -4…14 (float4: -4…5), else `d.ddde±XX`. Costs: 20-30 ns for numbers with up to 15 digits, about 100 ns for others.
extension TextFormat {
    public static func parseFloat8(_ text: UnsafeRawBufferPointer) throws(SQLError) -> Double {
        let word = trimmed(text)
        if let exact = exactDouble(word) { return exact }
        if let special = specialDouble(word) { return special }
        let (value, consumed, failed) = withCString(word) { start in
            errno = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(start, &end)
            return (value, end.map { UnsafePointer($0) - start } ?? 0, errno == ERANGE)
        }
        guard !word.isEmpty, consumed == word.count else { throw invalidSyntax("double precision", text) }
        // ERANGE for a denormal is no error; overflow to infinity and underflow to zero are.
        if failed, value == 0 || value.isInfinite { throw floatOutOfRange(word, "double precision") }
        return value
    }

    public static func parseFloat4(_ text: UnsafeRawBufferPointer) throws(SQLError) -> Float {
        let word = trimmed(text)
        if let special = specialDouble(word) { return Float(special) }
        let (value, consumed, failed) = withCString(word) { start in
            errno = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = strtof(start, &end)
            return (value, end.map { UnsafePointer($0) - start } ?? 0, errno == ERANGE)
        }
        guard !word.isEmpty, consumed == word.count else { throw invalidSyntax("real", text) }
        if failed, value == 0 || value.isInfinite { throw floatOutOfRange(word, "real") }
        return value
    }

    private static func floatOutOfRange(_ word: UnsafeRawBufferPointer, _ typeName: String) -> SQLError {
        SQLError(
            .numericValueOutOfRange,
            "\"\(String(decoding: word, as: UTF8.self))\" is out of range for type \(typeName)"
        )
    }

    /// Digits with at most 15 significant ones and a small exponent: both parts are exact, so one division is correctly rounded.
    private static func exactDouble(_ word: UnsafeRawBufferPointer) -> Double? {
        var index = 0
        var isNegative = false
        if let sign = word.first, sign == 0x2d || sign == 0x2b {
            isNegative = sign == 0x2d
            index = 1
        }
        guard word.count - index <= 16, index < word.count else { return nil }
        var digits: UInt64 = 0
        var count = 0
        var fraction = 0
        var sawPoint = false
        while index < word.count {
            let byte = word[index]
            if isDigit(byte) {
                digits = digits &* 10 &+ UInt64(byte &- 0x30)
                count += 1
                if sawPoint { fraction += 1 }
            } else if byte == UInt8(ascii: "."), !sawPoint {
                sawPoint = true
            } else {
                return nil
            }
            index += 1
        }
        guard count > 0, count <= 15 else { return nil }
        let value = Double(digits) / powersOfTen[fraction]
        return isNegative ? -value : value
    }

    /// 10^0 … 10^22: exact as doubles.
    static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    private static func specialDouble(_ word: UnsafeRawBufferPointer) -> Double? {
        guard let first = word.first, word.count <= 9, !isDigit(first) else { return nil }
        if ASCII.equalsIgnoringCase(word, "nan") { return .nan }
        if ASCII.equalsIgnoringCase(word, "infinity") || ASCII.equalsIgnoringCase(word, "inf")
            || ASCII.equalsIgnoringCase(word, "+infinity") || ASCII.equalsIgnoringCase(word, "+inf")
        {
            return .infinity
        }
        if ASCII.equalsIgnoringCase(word, "-infinity") || ASCII.equalsIgnoringCase(word, "-inf") { return -.infinity }
        return nil
    }

    /// The bytes with a terminating zero, on the stack where they are short.
    private static func withCString<Result>(
        _ word: UnsafeRawBufferPointer,
        _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: word.count + 1, alignment: 1) { buffer in
            buffer.copyMemory(from: word)
            buffer[word.count] = 0
            return buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress.unsafelyUnwrapped) }
        }
    }

    // MARK: Output

    public static func append(float8 value: Double, to output: inout ByteBuffer, extraDigits: Int = 1) {
        if appendSpecial(value, to: &output) { return }
        if extraDigits <= 0 { return appendPrintf(value, digits: max(1, 15 + extraDigits), to: &output) }
        // Prices and ratings: m / 10^k with a small k. m < 2^53 and 10^k are exact, so the test proves the round trip; fewer
        // decimals are tried first, and with at most 15 digits no shorter decimal can mean the same number.
        let magnitude = value.magnitude
        if magnitude < 1e15, magnitude >= 1e-4 || magnitude == 0 {
            for decimals in 0...4 {
                let scaled = magnitude * powersOfTen[decimals]
                guard scaled < 1e15 else { break }
                let digits = scaled.rounded(.toNearestOrEven)
                if digits / powersOfTen[decimals] == magnitude {
                    if value.sign == .minus { output.append(UInt8(ascii: "-")) }
                    appendFixed(UInt64(digits), decimals: decimals, to: &output)
                    return
                }
            }
        }
        var decimal =
            value.magnitude >= 0x1p54 ? ShortestDecimal(exclusive: value) : ShortestDecimal(description: value)
        decimal.write(isNegative: value.sign == .minus, fixedUpTo: 15, to: &output)
    }

    public static func append(float4 value: Float, to output: inout ByteBuffer, extraDigits: Int = 1) {
        if appendSpecial(Double(value), to: &output) { return }
        if extraDigits <= 0 { return appendPrintf(Double(value), digits: max(1, 6 + extraDigits), to: &output) }
        var decimal =
            value.magnitude >= 0x1p25 ? ShortestDecimal(exclusive: value) : ShortestDecimal(description: value)
        decimal.write(isNegative: value.sign == .minus, fixedUpTo: 6, to: &output)
    }

    private static func appendSpecial(_ value: Double, to output: inout ByteBuffer) -> Bool {
        if value.isNaN {
            output.append("NaN")
        } else if value.isInfinite {
            output.append(value < 0 ? "-Infinity" : "Infinity")
        } else if value == 0 {
            output.append(value.sign == .minus ? "-0" : "0")
        } else {
            return false
        }
        return true
    }

    /// `digits` / 10^decimals, without a trailing point; the caller made sure that the last digit is not a needless zero.
    private static func appendFixed(_ digits: UInt64, decimals: Int, to output: inout ByteBuffer) {
        if decimals == 0 { return output.append(decimal: digits) }
        var scale: UInt64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let (whole, fraction) = digits.quotientAndRemainder(dividingBy: scale)
        output.append(decimal: whole)
        output.append(UInt8(ascii: "."))
        for _ in ASCII.decimalDigits(in: fraction)..<decimals { output.append(UInt8(ascii: "0")) }
        output.append(decimal: fraction)
    }

    /// `%.*g`, the rule for extra_float_digits of 0 and less.
    private static func appendPrintf(_ value: Double, digits: Int, to output: inout ByteBuffer) {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = withVaList([CInt(digits), value]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
        for byte in buffer.prefix(Int(max(0, count))) { output.append(UInt8(bitPattern: byte)) }
    }
}

/// The shortest decimal digits of a binary floating-point number, and their scientific exponent: d.ddd × 10^exponent.
///
/// PostgreSQL (its Ryu) does not take a decimal that lies exactly half-way to a neighbour, Swift's `description` does. Such
/// decimals exist only among large numbers (from 2^54, float4 2^25), which take the exact way here: the free-format algorithm of
/// Steele and White as refined by Burger and Dybvig (1996), with the interval's ends excluded, over big integers.
private struct ShortestDecimal {
    /// Digit values 0…9, without leading and trailing zeros.
    private var digits: [UInt8]
    private var exponent: Int

    /// Digits as Swift finds them.
    init(description value: some BinaryFloatingPoint & LosslessStringConvertible) {
        digits = []
        exponent = 0
        var pointAfter: Int?
        var written = 0
        var sawDigit = false
        var shift = 0
        var text = value.magnitude.description[...].utf8
        while let byte = text.popFirst() {
            if byte == UInt8(ascii: ".") {
                pointAfter = written
            } else if byte == UInt8(ascii: "e") {
                shift = Int(String(decoding: text, as: UTF8.self)) ?? 0
                break
            } else {
                let digit = byte &- 0x30
                if digit != 0 { sawDigit = true }
                if sawDigit { digits.append(digit) }
                written += 1
            }
        }
        let leadingZeros = written - digits.count
        exponent = (pointAfter ?? written) - leadingZeros - 1 + shift
        while digits.last == 0 { digits.removeLast() }
    }

    /// Exact digits of a number of 2^54 (2^25) and more; both are integers times a power of two.
    init<Number: BinaryFloatingPoint>(exclusive value: Number) {
        let significand = UInt64(value.significandBitPattern) | (1 << UInt64(Number.significandBitCount))
        let power = Int(value.exponent) - Number.significandBitCount
        // value = remainder / scale; lower and upper are the distances to the middle of the neighbours, in the same scale.
        var remainder = BigUInt(significand)
        var scale = BigUInt(2)
        var lower = BigUInt(1)
        lower.shiftLeft(power)
        var upper = lower
        remainder.shiftLeft(power + 1)
        if value.significandBitPattern == 0 {
            // The neighbour below is half as far away.
            remainder.shiftLeft(1)
            scale.shiftLeft(1)
            upper.shiftLeft(1)
        }
        var exponent = 0
        while true {
            // remainder + upper > scale × 10 means another digit stands before.
            var next = scale
            next.multiply(by: 10)
            var top = remainder
            top.add(upper)
            if top <= next { break }
            scale = next
            exponent += 1
        }
        var digits: [UInt8] = []
        while true {
            var digit: UInt8 = 0
            while scale <= remainder {
                remainder.subtract(scale)
                digit += 1
            }
            let isLow = remainder < lower
            var top = remainder
            top.add(upper)
            let isHigh = scale < top
            if !isLow && !isHigh {
                digits.append(digit)
                remainder.multiply(by: 10)
                lower.multiply(by: 10)
                upper.multiply(by: 10)
                continue
            }
            var twice = remainder
            twice.add(remainder)
            let roundsUp = isHigh && (!isLow || scale < twice || (scale == twice && digit % 2 == 1))
            digits.append(digit + (roundsUp ? 1 : 0))
            break
        }
        // A last digit of ten carries.
        var index = digits.count - 1
        while index >= 0, digits[index] == 10 {
            digits[index] = 0
            if index == 0 {
                digits.insert(1, at: 0)
                exponent += 1
                break
            }
            digits[index - 1] += 1
            index -= 1
        }
        while digits.count > 1, digits.last == 0 { digits.removeLast() }
        self.digits = digits
        self.exponent = exponent
    }

    mutating func write(isNegative: Bool, fixedUpTo limit: Int, to output: inout ByteBuffer) {
        if isNegative { output.append(UInt8(ascii: "-")) }
        if exponent >= -4 && exponent < limit {
            if exponent < 0 {
                output.append("0.")
                for _ in 0..<(-exponent - 1) { output.append(UInt8(ascii: "0")) }
                for digit in digits { output.append(digit + 0x30) }
                return
            }
            for index in 0..<max(digits.count, exponent + 1) {
                if index == exponent + 1 { output.append(UInt8(ascii: ".")) }
                output.append(index < digits.count ? digits[index] + 0x30 : 0x30)
            }
            return
        }
        output.append(digits[0] + 0x30)
        if digits.count > 1 {
            output.append(UInt8(ascii: "."))
            for digit in digits[1...] { output.append(digit + 0x30) }
        }
        output.append(UInt8(ascii: "e"))
        output.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        let size = UInt64(exponent.magnitude)
        if size < 10 { output.append(UInt8(ascii: "0")) }
        output.append(decimal: size)
    }
}

/// A natural number of any size: 32-bit limbs, lowest first, no leading zero limb.
private struct BigUInt: Comparable {
    private var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        normalize()
    }

    private mutating func normalize() {
        while limbs.last == 0 { limbs.removeLast() }
    }

    mutating func multiply(by factor: UInt32) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * UInt64(factor) + carry
            limbs[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    mutating func shiftLeft(_ bits: Int) {
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 32)
        if rest > 0 { multiply(by: 1 << UInt32(rest)) }
        if whole > 0 { limbs.insert(contentsOf: repeatElement(0, count: whole), at: 0) }
    }

    mutating func add(_ other: BigUInt) {
        var carry: UInt64 = 0
        for index in 0..<max(limbs.count, other.limbs.count) {
            if index == limbs.count { limbs.append(0) }
            let sum = UInt64(limbs[index]) + (index < other.limbs.count ? UInt64(other.limbs[index]) : 0) + carry
            limbs[index] = UInt32(truncatingIfNeeded: sum)
            carry = sum >> 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// - Precondition: `other` is not greater.
    mutating func subtract(_ other: BigUInt) {
        var borrow: Int64 = 0
        for index in limbs.indices {
            var difference = Int64(limbs[index]) - borrow - (index < other.limbs.count ? Int64(other.limbs[index]) : 0)
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            limbs[index] = UInt32(truncatingIfNeeded: difference)
        }
        precondition(borrow == 0, "a larger number was subtracted")
        normalize()
    }

    static func < (left: BigUInt, right: BigUInt) -> Bool {
        if left.limbs.count != right.limbs.count { return left.limbs.count < right.limbs.count }
        for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
            return left.limbs[index] < right.limbs[index]
        }
        return false
    }
}
