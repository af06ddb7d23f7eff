import Bytes

/// numeric: an exact decimal number of any size, or NaN, or an infinity.
///
///     value = ± Σ digits[i] × 10000^(weight - i), shown with `scale` digits after the point
///
/// PostgreSQL's own representation (base 10000), because the binary wire format exposes it and because the scale of every
/// result follows from it. Arithmetic: `Numeric+Arithmetic.swift`.
///
/// Invariants: no leading and no trailing zero digit; zero has no digits, weight 0 and a positive sign; every digit < 10000.
public struct Numeric: Sendable {
    enum Kind: UInt8, Sendable { case finite, notANumber, positiveInfinity, negativeInfinity }

    var kind: Kind
    var isNegative: Bool
    /// Exponent of the first digit, in powers of 10000.
    var weight: Int
    /// Display scale: digits after the decimal point, 0…16383.
    public internal(set) var scale: Int
    var digits: [UInt16]

    /// Digits that may stand before and after the point.
    static let maximumWeight = 131_072 / 4
    static let maximumScale = 16_383

    init(kind: Kind) {
        self.kind = kind
        isNegative = kind == .negativeInfinity
        weight = 0
        scale = 0
        digits = []
    }

    /// A finite number; strips zeros from both ends.
    init(isNegative: Bool, weight: Int, scale: Int, digits: [UInt16]) {
        kind = .finite
        self.isNegative = isNegative
        self.weight = weight
        self.scale = scale
        self.digits = digits
        strip()
    }

    mutating func strip() {
        if let first = digits.first, first != 0, let last = digits.last, last != 0 { return }
        let leading = digits.prefix { $0 == 0 }.count
        if leading > 0 {
            digits.removeFirst(leading)
            weight -= leading
        }
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty {
            weight = 0
            isNegative = false
        }
    }

    public static let zero = Numeric(0)
    public static let notANumber = Numeric(kind: .notANumber)
    public static let infinity = Numeric(kind: .positiveInfinity)
    public static let negativeInfinity = Numeric(kind: .negativeInfinity)

    public var isNaN: Bool { kind == .notANumber }
    public var isFinite: Bool { kind == .finite }
    public var isZero: Bool { kind == .finite && digits.isEmpty }
    /// -1, 0 or 1; 0 for NaN.
    public var signum: Int {
        switch kind {
        case .finite: digits.isEmpty ? 0 : isNegative ? -1 : 1
        case .notANumber: 0
        case .positiveInfinity: 1
        case .negativeInfinity: -1
        }
    }

    // MARK: Conversions

    public init(_ value: Int64) {
        var rest = value.magnitude
        var reversed: [UInt16] = []
        while rest > 0 {
            reversed.append(UInt16(rest % 10_000))
            rest /= 10_000
        }
        self.init(isNegative: value < 0, weight: max(0, reversed.count - 1), scale: 0, digits: reversed.reversed())
    }

    /// float8 → numeric: 15 significant digits, as PostgreSQL's cast (`%.15g`). float4 has 6.
    public init(_ value: Double, significantDigits: Int = 15) {
        if value.isNaN {
            self = .notANumber
        } else if value.isInfinite {
            self = value < 0 ? .negativeInfinity : .infinity
        } else {
            var buffer = ByteBuffer()
            // extra_float_digits 0 writes %.15g; 9 fewer digits are float4's 6.
            TextFormat.append(float8: value, to: &buffer, extraDigits: min(0, significantDigits - 15))
            self = (try? Numeric(parsing: buffer.bytes)) ?? .notANumber
        }
    }

    /// numeric → bigint, rounding half away from zero; nil when out of range or not finite.
    public var roundedToInt64: Int64? {
        guard kind == .finite else { return nil }
        let whole = rounded(toScale: 0)
        var value: Int64 = 0
        for position in 0..<max(0, whole.weight + 1) {
            let digit = position < whole.digits.count ? Int64(whole.digits[position]) : 0
            let (product, first) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, second) = product.subtractingReportingOverflow(digit)
            if first || second { return nil }
            value = sum
        }
        if whole.isNegative { return value }
        return value == Int64.min ? nil : -value
    }

    /// numeric → float8, correctly rounded; beyond the range an infinity.
    public var asDouble: Double {
        switch kind {
        case .notANumber: return .nan
        case .positiveInfinity: return .infinity
        case .negativeInfinity: return -.infinity
        case .finite: return Double(description) ?? 0
        }
    }

    // MARK: Text

    /// Decimal digits with optional sign, point and exponent; NaN, Infinity, inf, with white space around.
    public init(parsing text: UnsafeRawBufferPointer) throws(SQLError) {
        let word = TextFormat.trimmed(text)
        var index = 0
        var isNegative = false
        if let sign = word.first, sign == 0x2d || sign == 0x2b {
            isNegative = sign == 0x2d
            index = 1
        }
        let rest = UnsafeRawBufferPointer(rebasing: word[index...])
        if let first = rest.first, !TextFormat.isDigit(first), first != UInt8(ascii: ".") {
            if index == 0, ASCII.equalsIgnoringCase(rest, "nan") {
                self = .notANumber
            } else if ASCII.equalsIgnoringCase(rest, "infinity") || ASCII.equalsIgnoringCase(rest, "inf") {
                self = isNegative ? .negativeInfinity : .infinity
            } else {
                throw TextFormat.invalidSyntax("numeric", text)
            }
            return
        }
        var decimals: [UInt8] = []
        decimals.reserveCapacity(rest.count)
        var pointAfter = -1
        while index < word.count {
            let byte = word[index]
            if TextFormat.isDigit(byte) {
                decimals.append(byte - 0x30)
            } else if byte == UInt8(ascii: "."), pointAfter < 0 {
                pointAfter = decimals.count
            } else {
                break
            }
            index += 1
        }
        guard !decimals.isEmpty else { throw TextFormat.invalidSyntax("numeric", text) }
        var exponent = 0
        if index < word.count {
            guard word[index] | 0x20 == UInt8(ascii: "e") else { throw TextFormat.invalidSyntax("numeric", text) }
            index += 1
            var negativeExponent = false
            if index < word.count, word[index] == 0x2d || word[index] == 0x2b {
                negativeExponent = word[index] == 0x2d
                index += 1
            }
            guard index < word.count else { throw TextFormat.invalidSyntax("numeric", text) }
            while index < word.count {
                guard TextFormat.isDigit(word[index]) else { throw TextFormat.invalidSyntax("numeric", text) }
                exponent = min(exponent * 10 + Int(word[index] - 0x30), 1 << 40)
                index += 1
            }
            if exponent >= Int(Int32.max) / 2 { throw Numeric.overflow }
            if negativeExponent { exponent = -exponent }
        }
        if pointAfter < 0 { pointAfter = decimals.count }
        let scale = max(0, decimals.count - pointAfter - exponent)
        self = Numeric.make(isNegative: isNegative, decimals: decimals, pointAfter: pointAfter + exponent, scale: scale)
        try checkRange()
    }

    /// Groups decimal digits (0…9) in fours. `pointAfter` counts the digits before the point and may lie outside.
    private static func make(isNegative: Bool, decimals: [UInt8], pointAfter: Int, scale: Int) -> Numeric {
        let leading = decimals.prefix { $0 == 0 }.count
        if leading == decimals.count { return Numeric(isNegative: false, weight: 0, scale: scale, digits: []) }
        let significant = decimals[leading...]
        // Decimal exponent of the first significant digit.
        let exponent = pointAfter - leading - 1
        let weight = floorDivide(exponent, 4)
        let padding = 3 - (exponent - weight * 4)
        var groups: [UInt16] = []
        groups.reserveCapacity((significant.count + padding + 3) / 4)
        var group: UInt16 = 0
        var filled = padding
        for digit in significant {
            group = group * 10 + UInt16(digit)
            filled += 1
            if filled == 4 {
                groups.append(group)
                group = 0
                filled = 0
            }
        }
        if filled > 0 {
            for _ in filled..<4 { group *= 10 }
            groups.append(group)
        }
        return Numeric(isNegative: isNegative, weight: weight, scale: scale, digits: groups)
    }

    static func floorDivide(_ value: Int, _ by: Int) -> Int { value >= 0 ? value / by : -((by - 1 - value) / by) }

    static var overflow: SQLError { SQLError(.numericValueOutOfRange, "value overflows numeric format") }

    func checkRange() throws(SQLError) {
        guard kind == .finite else { return }
        if weight >= Numeric.maximumWeight || scale > Numeric.maximumScale { throw Numeric.overflow }
    }

    /// Appends the digits with exactly `scale` of them after the point.
    public func write(to output: inout ByteBuffer) {
        switch kind {
        case .notANumber: return output.append("NaN")
        case .positiveInfinity: return output.append("Infinity")
        case .negativeInfinity: return output.append("-Infinity")
        case .finite: break
        }
        if isNegative { output.append(UInt8(ascii: "-")) }
        if weight < 0 || digits.isEmpty {
            output.append(UInt8(ascii: "0"))
        } else {
            output.append(decimal: UInt64(digits[0]))
            for position in 1..<max(1, weight + 1) { appendGroup(position, count: 4, to: &output) }
        }
        guard scale > 0 else { return }
        output.append(UInt8(ascii: "."))
        var written = 0
        var position = weight + 1
        if digits.isEmpty { position = 0 }
        // Groups between the point and the first stored digit are zeros.
        var skipped = digits.isEmpty ? Int.max : max(0, -weight - 1)
        while written < scale {
            let count = min(4, scale - written)
            if skipped > 0 {
                for _ in 0..<count { output.append(0x30) }
                skipped -= 1
                if weight < 0 { position = 0 }
            } else {
                appendGroup(max(0, position), count: count, to: &output)
                position = max(0, position) + 1
            }
            written += count
        }
    }

    /// The first `count` of a group's four decimal digits.
    private func appendGroup(_ position: Int, count: Int, to output: inout ByteBuffer) {
        var group = position < digits.count ? digits[position] : 0
        for place in 0..<count {
            let unit: UInt16 = place == 0 ? 1000 : place == 1 ? 100 : place == 2 ? 10 : 1
            output.append(0x30 + UInt8(group / unit))
            group %= unit
        }
    }

    public var description: String {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    // MARK: Modifier

    /// numeric(p, s): rounds to the scale, then checks the digits before the point.
    public func coerced(toModifier modifier: Int32) throws(SQLError) -> Numeric {
        let type = SQLType(oid: .numeric, modifier: modifier)
        guard let (precision, scale) = type.numericPrecisionAndScale, kind != .notANumber else { return self }
        let whole = precision - scale
        guard kind == .finite else {
            throw SQLError(
                .numericValueOutOfRange,
                "numeric field overflow",
                detail: "A field with precision \(precision), scale \(scale) cannot hold an infinite value."
            )
        }
        var result = rounded(toScale: scale)
        result.scale = max(0, scale)
        if !result.digits.isEmpty {
            let places = result.weight * 4 + ASCII.decimalDigits(in: UInt64(result.digits[0]))
            if places > whole {
                throw SQLError(
                    .numericValueOutOfRange,
                    "numeric field overflow",
                    detail:
                        "A field with precision \(precision), scale \(scale) must round to an absolute value less than "
                        + (whole != 0 ? "10^\(whole)" : "1") + "."
                )
            }
        }
        return result
    }

    // MARK: Binary

    /// Count, weight, sign, scale, digits: each a 16-bit word.
    init(receiving reader: inout BinaryReader) throws(SQLError) {
        let count = Int(try reader.integer(UInt16.self))
        let weight = Int(try reader.integer(Int16.self))
        let sign = try reader.integer(UInt16.self)
        let scale = Int(try reader.integer(UInt16.self))
        switch sign {
        case 0, 0x4000: break
        case 0xC000: self = .notANumber
        case 0xD000: self = .infinity
        case 0xF000: self = .negativeInfinity
        default: throw SQLError(.invalidBinaryRepresentation, "invalid sign in external \"numeric\" value")
        }
        guard scale <= Numeric.maximumScale else {
            throw SQLError(.invalidBinaryRepresentation, "invalid scale in external \"numeric\" value")
        }
        var digits: [UInt16] = []
        guard count <= reader.remaining / 2 else {
            throw SQLError(.protocolViolation, "insufficient data left in message")
        }
        digits.reserveCapacity(count)
        for _ in 0..<count {
            let digit = try reader.integer(UInt16.self)
            guard digit < 10_000 else {
                throw SQLError(.invalidBinaryRepresentation, "invalid digit in external \"numeric\" value")
            }
            digits.append(digit)
        }
        if sign == 0 || sign == 0x4000 {
            let sent = Numeric(isNegative: sign == 0x4000, weight: weight, scale: scale, digits: digits)
            // Digits hidden behind the scale are cut off.
            self = sent.truncated(toScale: scale)
        } else {
            self = sign == 0xC000 ? .notANumber : sign == 0xD000 ? .infinity : .negativeInfinity
        }
    }

    func send(to output: inout ByteBuffer) {
        let sign: UInt16 =
            switch kind {
            case .finite: isNegative ? 0x4000 : 0
            case .notANumber: 0xC000
            case .positiveInfinity: 0xD000
            case .negativeInfinity: 0xF000
            }
        output.append(bigEndian: UInt16(truncatingIfNeeded: digits.count))
        output.append(bigEndian: Int16(truncatingIfNeeded: weight))
        output.append(bigEndian: sign)
        // PostgreSQL packs an infinity's kind where the scale is unpacked from: its clients see 32.
        let isInfinite = kind == .positiveInfinity || kind == .negativeInfinity
        output.append(bigEndian: UInt16(truncatingIfNeeded: isInfinite ? 32 : scale))
        for digit in digits { output.append(bigEndian: digit) }
    }
}
