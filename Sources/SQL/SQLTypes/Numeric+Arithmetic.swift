/// Arithmetic of numeric: schoolbook algorithms in base 10000, with PostgreSQL's rules for the scale of a result.
extension Numeric {
    /// Decimal digits behind which a quotient shows at least.
    private static let minimumSignificantDigits = 16
    private static let maximumDisplayScale = 1000

    // MARK: Order

    /// -1, 0, 1. NaN equals NaN and is greater than everything else, so that numbers can be sorted.
    public static func compare(_ left: Numeric, _ right: Numeric) -> Int {
        if left.kind != .finite || right.kind != .finite {
            let order: (Numeric) -> Int = {
                switch $0.kind {
                case .negativeInfinity: 0
                case .finite: 1
                case .positiveInfinity: 2
                case .notANumber: 3
                }
            }
            return (order(left) - order(right)).signum()
        }
        if left.isNegative != right.isNegative { return left.isNegative ? -1 : 1 }
        let size = compareMagnitudes(left, right)
        return left.isNegative ? -size : size
    }

    private static func compareMagnitudes(_ left: Numeric, _ right: Numeric) -> Int {
        if left.digits.isEmpty || right.digits.isEmpty {
            return left.digits.isEmpty ? (right.digits.isEmpty ? 0 : -1) : 1
        }
        if left.weight != right.weight { return left.weight < right.weight ? -1 : 1 }
        for position in 0..<max(left.digits.count, right.digits.count) {
            let first = position < left.digits.count ? left.digits[position] : 0
            let second = position < right.digits.count ? right.digits[position] : 0
            if first != second { return first < second ? -1 : 1 }
        }
        return 0
    }

    // MARK: Sum and difference

    public func negated() -> Numeric {
        var result = self
        switch kind {
        case .finite: result.isNegative = !digits.isEmpty && !isNegative
        case .notANumber: break
        case .positiveInfinity: return .negativeInfinity
        case .negativeInfinity: return .infinity
        }
        return result
    }

    public var magnitude: Numeric { signum < 0 ? negated() : self }

    /// - Throws: 22003 when the result has more than 131072 digits before the point.
    public func adding(_ other: Numeric) throws(SQLError) -> Numeric {
        guard kind == .finite, other.kind == .finite else {
            if isNaN || other.isNaN { return .notANumber }
            if kind == .finite { return other }
            if other.kind == .finite || kind == other.kind { return self }
            return .notANumber
        }
        let scale = max(self.scale, other.scale)
        let result: Numeric
        if isNegative == other.isNegative {
            result = Numeric.addMagnitudes(self, other, isNegative: isNegative, scale: scale)
        } else {
            let order = Numeric.compareMagnitudes(self, other)
            if order == 0 {
                result = Numeric(isNegative: false, weight: 0, scale: scale, digits: [])
            } else if order > 0 {
                result = Numeric.subtractMagnitudes(self, other, isNegative: isNegative, scale: scale)
            } else {
                result = Numeric.subtractMagnitudes(other, self, isNegative: other.isNegative, scale: scale)
            }
        }
        try result.checkRange()
        return result
    }

    public func subtracting(_ other: Numeric) throws(SQLError) -> Numeric { try adding(other.negated()) }

    /// The digit that stands at a power of 10000.
    private func digit(at power: Int) -> Int {
        let position = weight - power
        return position >= 0 && position < digits.count ? Int(digits[position]) : 0
    }

    private var lowestPower: Int { weight - digits.count + 1 }

    private static func addMagnitudes(_ left: Numeric, _ right: Numeric, isNegative: Bool, scale: Int) -> Numeric {
        if left.digits.isEmpty || right.digits.isEmpty {
            var result = left.digits.isEmpty ? right : left
            result.scale = scale
            return result
        }
        let high = max(left.weight, right.weight) + 1
        let low = min(left.lowestPower, right.lowestPower)
        var sum = [UInt16](repeating: 0, count: high - low + 1)
        var carry = 0
        for power in low...high {
            let total = left.digit(at: power) + right.digit(at: power) + carry
            carry = total >= 10_000 ? 1 : 0
            sum[high - power] = UInt16(total - carry * 10_000)
        }
        return Numeric(isNegative: isNegative, weight: high, scale: scale, digits: sum)
    }

    /// - Precondition: the left magnitude is not smaller.
    private static func subtractMagnitudes(_ left: Numeric, _ right: Numeric, isNegative: Bool, scale: Int) -> Numeric {
        if right.digits.isEmpty {
            var result = left
            result.isNegative = isNegative
            result.scale = scale
            return result
        }
        let high = left.weight
        let low = min(left.lowestPower, right.lowestPower)
        var difference = [UInt16](repeating: 0, count: high - low + 1)
        var borrow = 0
        for power in low...high {
            var total = left.digit(at: power) - right.digit(at: power) - borrow
            borrow = total < 0 ? 1 : 0
            if total < 0 { total += 10_000 }
            difference[high - power] = UInt16(total)
        }
        return Numeric(isNegative: isNegative, weight: high, scale: scale, digits: difference)
    }

    // MARK: Product

    /// The scale of a product is the sum of the scales (at most 16383).
    public func multiplied(by other: Numeric) throws(SQLError) -> Numeric {
        guard kind == .finite, other.kind == .finite else {
            if isNaN || other.isNaN || signum == 0 || other.signum == 0 { return .notANumber }
            return signum == other.signum ? .infinity : .negativeInfinity
        }
        let scale = self.scale + other.scale
        guard !digits.isEmpty, !other.digits.isEmpty else {
            return Numeric(isNegative: false, weight: 0, scale: min(scale, Numeric.maximumScale), digits: [])
        }
        var words = [UInt64](repeating: 0, count: digits.count + other.digits.count)
        for (position, digit) in digits.enumerated().reversed() where digit != 0 {
            var carry: UInt64 = 0
            for second in other.digits.indices.reversed() {
                let total = words[position + second + 1] + UInt64(digit) * UInt64(other.digits[second]) + carry
                words[position + second + 1] = total % 10_000
                carry = total / 10_000
            }
            words[position] += carry
        }
        var result = Numeric(
            isNegative: isNegative != other.isNegative,
            weight: weight + other.weight + 1,
            scale: scale,
            digits: words.map { UInt16($0) }
        )
        if scale > Numeric.maximumScale { result = result.rounded(toScale: Numeric.maximumScale) }
        try result.checkRange()
        return result
    }

    // MARK: Quotient

    /// At least 16 significant digits, and no fewer decimals than either operand shows; rounded half away from zero.
    /// - Throws: 22012 `division by zero`.
    public func divided(by other: Numeric) throws(SQLError) -> Numeric {
        if isNaN || other.isNaN { return .notANumber }
        if other.signum == 0 { throw SQLError(.divisionByZero, "division by zero") }
        if kind != .finite {
            if other.kind != .finite { return .notANumber }
            return signum == other.signum ? .infinity : .negativeInfinity
        }
        if other.kind != .finite { return .zero }
        let scale = Numeric.quotientScale(self, other)
        // One guard digit behind the scale decides the rounding exactly: the remainder can only break no tie downwards.
        let result = Numeric.quotient(self, other, scale: scale + 4, exactlyTruncated: true).rounded(toScale: scale)
        try result.checkRange()
        return result
    }

    // MARK: Root

    /// The square root with as many decimals as PostgreSQL's sqrt(numeric) shows.
    /// - Throws: 2201F `cannot take square root of a negative number`.
    public func squareRoot() throws(SQLError) -> Numeric {
        let scale = Numeric.minimumSignificantDigits - ((digits.isEmpty ? 0 : weight + 1) * 2 - 1)
        return try squareRoot(toScale: min(max(scale, self.scale, 0), Numeric.maximumDisplayScale))
    }

    /// The square root rounded to `scale` decimals, by Newton's method from the root of the nearest double.
    public func squareRoot(toScale scale: Int) throws(SQLError) -> Numeric {
        if isNaN { return self }
        if signum < 0 {
            throw SQLError(.invalidArgumentForPowerFunction, "cannot take square root of a negative number")
        }
        if kind != .finite { return self }
        if signum == 0 { return Numeric(isNegative: false, weight: 0, scale: scale, digits: []) }
        let near = asDouble
        var root =
            near.isNormal
            ? Numeric(near.squareRoot())
            : Numeric(isNegative: false, weight: weight >= 0 ? weight / 2 + 1 : -(-weight / 2), scale: 0, digits: [1])
        let half = Numeric(isNegative: false, weight: -1, scale: 1, digits: [5000])
        let working = scale + 8
        for _ in 0..<64 {
            let quotient = Numeric.quotient(self, root, scale: working, exactlyTruncated: true)
            let next = try root.adding(quotient).multiplied(by: half).rounded(toScale: working)
            let isDone = Numeric.compare(next, root) == 0
            root = next
            if isDone { break }
        }
        return root.rounded(toScale: scale)
    }

    /// The scale PostgreSQL gives to the quotient of these operands.
    public static func quotientScale(_ left: Numeric, _ right: Numeric) -> Int {
        let leftFirst = left.digits.first ?? 0
        let rightFirst = right.digits.first ?? 0
        var weight = (left.digits.isEmpty ? 0 : left.weight) - right.weight
        if leftFirst <= rightFirst { weight -= 1 }
        var scale = minimumSignificantDigits - weight * 4
        scale = max(scale, left.scale, right.scale, 0)
        return min(scale, maximumDisplayScale)
    }

    /// The quotient cut off after `scale` decimals (rounded up to a whole group). Knuth's algorithm D in base 10000.
    private static func quotient(_ left: Numeric, _ right: Numeric, scale: Int, exactlyTruncated: Bool) -> Numeric {
        guard !left.digits.isEmpty else { return Numeric(isNegative: false, weight: 0, scale: scale, digits: []) }
        let groupsAfterPoint = (scale + 3) / 4
        // Shift the dividend so that the integer quotient of the digit strings has that many groups after its point.
        let quotientLow = -groupsAfterPoint
        let shift = (left.lowestPower - right.lowestPower) - quotientLow
        var dividend = left.digits.map { UInt32($0) }
        if shift > 0 {
            dividend.append(contentsOf: repeatElement(0, count: shift))
        } else if shift < 0 {
            dividend.removeLast(min(dividend.count, -shift))
        }
        let divisor = right.digits.map { UInt32($0) }
        let digits = divide(dividend, by: divisor).quotient
        return Numeric(
            isNegative: left.isNegative != right.isNegative,
            weight: quotientLow + digits.count - 1,
            scale: scale,
            digits: digits.map { UInt16($0) }
        )
    }

    /// Natural division of base-10000 digit strings, highest first.
    private static func divide(_ dividend: [UInt32], by divisor: [UInt32]) -> (quotient: [UInt32], remainder: [UInt32])
    {
        guard dividend.count >= divisor.count else { return ([], dividend) }
        if divisor.count == 1 {
            var rest: UInt32 = 0
            let quotient = dividend.map { digit in
                let total = rest * 10_000 + digit
                rest = total % divisor[0]
                return total / divisor[0]
            }
            return (quotient, [rest])
        }
        // Normalise: the divisor's first digit at least half the base makes each guess off by at most two.
        let factor = 10_000 / (divisor[0] + 1)
        var rest = scaled([0] + dividend, by: factor)
        let divisor = Array(scaled([0] + divisor, by: factor).dropFirst())
        let count = divisor.count
        var quotient: [UInt32] = []
        quotient.reserveCapacity(dividend.count - count + 1)
        for position in 0...(dividend.count - count) {
            let top = UInt64(rest[position]) * 10_000 + UInt64(rest[position + 1])
            var guess = min(top / UInt64(divisor[0]), 9_999)
            while guess > 0,
                guess * UInt64(divisor[1]) > (top - guess * UInt64(divisor[0])) * 10_000 + UInt64(rest[position + 2])
            {
                guess -= 1
            }
            var borrow: Int64 = 0
            for index in (0..<count).reversed() {
                var total = Int64(rest[position + 1 + index]) - Int64(guess) * Int64(divisor[index]) - borrow
                borrow = 0
                if total < 0 {
                    borrow = (-total + 9_999) / 10_000
                    total += borrow * 10_000
                }
                rest[position + 1 + index] = UInt32(total)
            }
            let first = Int64(rest[position]) - borrow
            if first < 0 {
                // The guess was one too high: add the divisor back.
                guess -= 1
                var carry: UInt32 = 0
                for index in (0..<count).reversed() {
                    let total = rest[position + 1 + index] + divisor[index] + carry
                    carry = total >= 10_000 ? 1 : 0
                    rest[position + 1 + index] = total - carry * 10_000
                }
            }
            rest[position] = 0
            quotient.append(UInt32(guess))
        }
        return (quotient, rest)
    }

    private static func scaled(_ digits: [UInt32], by factor: UInt32) -> [UInt32] {
        var result = digits
        var carry: UInt32 = 0
        for index in digits.indices.reversed() {
            let total = digits[index] * factor + carry
            result[index] = total % 10_000
            carry = total / 10_000
        }
        return result
    }

    /// The quotient without its decimals (towards zero), as `div()`.
    public func wholeQuotient(by other: Numeric) throws(SQLError) -> Numeric {
        if isNaN || other.isNaN { return .notANumber }
        if other.signum == 0 { throw SQLError(.divisionByZero, "division by zero") }
        if kind != .finite {
            if other.kind != .finite { return .notANumber }
            return signum == other.signum ? .infinity : .negativeInfinity
        }
        if other.kind != .finite { return .zero }
        return Numeric.quotient(self, other, scale: 0, exactlyTruncated: true)
    }

    /// `%`: the sign is the dividend's; the scale the larger one.
    public func remainder(dividingBy other: Numeric) throws(SQLError) -> Numeric {
        if isNaN || other.isNaN { return .notANumber }
        if other.signum == 0 { throw SQLError(.divisionByZero, "division by zero") }
        if kind != .finite { return .notANumber }
        if other.kind != .finite { return self }
        let whole = Numeric.quotient(self, other, scale: 0, exactlyTruncated: true)
        var result = try subtracting(try whole.multiplied(by: other))
        result.scale = max(scale, other.scale)
        return result
    }

    // MARK: Rounding

    /// Half away from zero. A negative scale rounds before the point; the shown scale is then 0.
    public func rounded(toScale scale: Int) -> Numeric { cut(toScale: scale, rounding: true) }

    /// Towards zero.
    public func truncated(toScale scale: Int) -> Numeric { cut(toScale: scale, rounding: false) }

    private func cut(toScale scale: Int, rounding: Bool) -> Numeric {
        guard kind == .finite else { return self }
        let shown = max(0, min(scale, Numeric.maximumScale))
        var result = self
        result.scale = shown
        // Decimal digits kept, counted from the start of the first group.
        let keep = (weight + 1) * 4 + scale
        if digits.isEmpty || keep >= digits.count * 4 { return result }
        if keep < 0 { return Numeric(isNegative: false, weight: 0, scale: shown, digits: []) }
        let (whole, part) = keep.quotientAndRemainder(dividingBy: 4)
        var kept = Array(result.digits[..<whole])
        let group = Int(result.digits[whole])
        let unit = part == 0 ? 10_000 : part == 1 ? 1000 : part == 2 ? 100 : 10
        let rest = group % unit
        var carry = rounding && rest * 2 >= unit ? 1 : 0
        if part > 0 {
            let total = group - rest + carry * unit
            carry = total >= 10_000 ? 1 : 0
            kept.append(UInt16(total - carry * 10_000))
        }
        var index = whole - 1
        while carry > 0, index >= 0 {
            let total = Int(kept[index]) + carry
            carry = total >= 10_000 ? 1 : 0
            kept[index] = UInt16(total - carry * 10_000)
            index -= 1
        }
        if carry > 0 {
            kept.insert(1, at: 0)
            return Numeric(isNegative: isNegative, weight: weight + 1, scale: shown, digits: kept)
        }
        return Numeric(isNegative: isNegative, weight: weight, scale: shown, digits: kept)
    }

    /// The smallest whole number that is not less.
    public func roundedUp() throws(SQLError) -> Numeric {
        let whole = truncated(toScale: 0)
        return kind == .finite && !isNegative && Numeric.compare(self, whole) != 0
            ? try whole.adding(Numeric(1)) : whole
    }

    /// The greatest whole number that is not greater.
    public func roundedDown() throws(SQLError) -> Numeric {
        let whole = truncated(toScale: 0)
        return kind == .finite && isNegative && Numeric.compare(self, whole) != 0
            ? try whole.subtracting(Numeric(1)) : whole
    }
}
