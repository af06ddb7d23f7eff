import RESP

/// A range of scores: `1 5`, `(1 (5`, `-inf +inf`.
struct ScoreRange {
    var minimum: Double
    var maximum: Double
    var excludesMinimum = false
    var excludesMaximum = false

    /// Nil when one of the bounds is no number.
    init?(_ minimum: ByteSlice, _ maximum: ByteSlice) {
        guard let lower = Self.bound(minimum), let upper = Self.bound(maximum) else { return nil }
        self.init(lower.value, upper.value, lower.isExclusive, upper.isExclusive)
    }

    init(_ minimum: Double, _ maximum: Double, _ excludesMinimum: Bool = false, _ excludesMaximum: Bool = false) {
        self.minimum = minimum
        self.maximum = maximum
        self.excludesMinimum = excludesMinimum
        self.excludesMaximum = excludesMaximum
    }

    private static func bound(_ text: ByteSlice) -> (value: Double, isExclusive: Bool)? {
        let isExclusive = text.count > 0 && text[0] == UInt8(ascii: "(")
        return Score.parseBound(isExclusive ? text.dropFirst(1) : text).map { ($0, isExclusive) }
    }

    @inline(__always)
    func isAboveMinimum(_ score: Double) -> Bool { excludesMinimum ? score > minimum : score >= minimum }

    @inline(__always)
    func isBelowMaximum(_ score: Double) -> Bool { excludesMaximum ? score < maximum : score <= maximum }
}

/// A range of members: `[a (c`, `- +`.
struct LexRange {
    private enum Bound {
        case lowest, highest
        case member(ByteSlice, isExclusive: Bool)
    }

    private let minimum: Bound
    private let maximum: Bound

    /// Nil when one of the bounds is malformed. The bounds' bytes must outlive the range.
    init?(_ minimum: ByteSlice, _ maximum: ByteSlice) {
        guard let lower = Self.bound(minimum), let upper = Self.bound(maximum) else { return nil }
        self.minimum = lower
        self.maximum = upper
    }

    private static func bound(_ text: ByteSlice) -> Bound? {
        guard text.count > 0 else { return nil }
        // Redis looks at the second byte as C does: a NUL ends the text.
        let endsHere = text.count == 1 || text[1] == 0
        switch text[0] {
        case UInt8(ascii: "-"): return endsHere ? .lowest : nil
        case UInt8(ascii: "+"): return endsHere ? .highest : nil
        case UInt8(ascii: "["): return .member(text.dropFirst(1), isExclusive: false)
        case UInt8(ascii: "("): return .member(text.dropFirst(1), isExclusive: true)
        default: return nil
        }
    }

    func isAboveMinimum(_ member: ByteSlice) -> Bool {
        switch minimum {
        case .lowest: true
        case .highest: false
        case .member(let bound, let isExclusive): isExclusive ? bound.precedes(member) : !member.precedes(bound)
        }
    }

    func isBelowMaximum(_ member: ByteSlice) -> Bool {
        switch maximum {
        case .lowest: false
        case .highest: true
        case .member(let bound, let isExclusive): isExclusive ? member.precedes(bound) : !bound.precedes(member)
        }
    }
}
