/// An amount of money, exact: a whole number of cents, no currency (the shop knows one).
///
/// Amounts arrive as JSON numbers that a browser added up in binary floating point (10.200000000000001), so reading
/// rounds to the nearest cent, half away from zero; after that nothing rounds any more.
public struct Money: Sendable, Hashable, Comparable {
    public let cents: Int64

    /// Far above any cart, far below overflow.
    public static let maximum = Money(cents: 1_000_000_000_00)
    public static let zero = Money(cents: 0)

    public init(cents: Int64) {
        self.cents = cents
    }

    /// Reads a decimal number such as `12`, `12.5`, `-0.015` or `1e2`. Nil when it is no number or beyond `maximum`.
    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count <= 64, !text.isEmpty else { return nil }
        var significand: Int64 = 0
        var isNegative = false
        var fractionDigits: Int?
        var roundsUp = false
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: isNegative = true
            case UInt8(ascii: ".") where fractionDigits == nil: fractionDigits = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int64(byte - UInt8(ascii: "0"))
                if let count = fractionDigits {
                    if count == 2 { roundsUp = digit >= 5 }
                    fractionDigits = count + 1
                    if count >= 2 { continue }
                }
                // Cannot overflow: checked against the maximum after each digit.
                significand = significand * 10 + digit
                guard significand <= Self.maximum.cents else { return nil }
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                // An exponent is legal JSON and never written by hand: binary precision is good enough.
                guard let value = Double(text), value.magnitude * 100 <= Double(Self.maximum.cents) else { return nil }
                self.init(cents: Int64((value * 100).rounded()))
                return
            default: return nil
            }
        }
        guard let last = text.last, last != ".", last != "-" else { return nil }
        for _ in min(fractionDigits ?? 0, 2)..<2 { significand *= 10 }
        if roundsUp { significand += 1 }
        guard significand <= Self.maximum.cents else { return nil }
        self.init(cents: isNegative ? -significand : significand)
    }

    /// Reads the amount of a request: a JSON number, or a string that holds one.
    public init?(json: JSONValue) {
        switch json {
        case .number(let number): self.init(parsing: number.text)
        case .string(let text): self.init(parsing: text)
        default: return nil
        }
    }

    public static func < (left: Money, right: Money) -> Bool { left.cents < right.cents }

    /// The sum, nil beyond `maximum`.
    public func adding(_ other: Money) -> Money? {
        let (sum, overflow) = cents.addingReportingOverflow(other.cents)
        return overflow || sum > Self.maximum.cents ? nil : Money(cents: sum)
    }

    /// The price of `quantity` pieces, nil beyond `maximum`.
    public func times(_ quantity: Quantity) -> Money? {
        let (product, overflow) = cents.multipliedReportingOverflow(by: Int64(quantity.count))
        return overflow || product > Self.maximum.cents ? nil : Money(cents: product)
    }
}

extension Money: CustomStringConvertible {
    /// Always two decimals: `12.50`.
    public var description: String {
        let fraction = cents.magnitude % 100
        return "\(cents < 0 ? "-" : "")\(cents.magnitude / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
