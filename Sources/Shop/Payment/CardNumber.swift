/// A card number whose check digit is right (Luhn, ISO/IEC 7812-1).
///
/// It can be made, compared and charged, but not read: no description, mirror or log shows a digit of it.
struct CardNumber: Sendable, Hashable {
    private let digits: [UInt8]

    /// Drops everything that is not an ASCII digit; nil when nothing is left or the check digit is wrong.
    init?(parsing text: String) {
        let digits = text.utf8.compactMap { byte -> UInt8? in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? byte - UInt8(ascii: "0") : nil
        }
        guard !digits.isEmpty, Self.checksum(digits) % 10 == 0 else { return nil }
        self.digits = digits
    }

    /// From the right, every second digit counts twice, and a two-digit result counts as the sum of its digits.
    private static func checksum(_ digits: [UInt8]) -> Int {
        digits.reversed().enumerated().reduce(0) { sum, digit in
            let value = Int(digit.element)
            guard !digit.offset.isMultiple(of: 2) else { return sum + value }
            return sum + (value > 4 ? 2 * value - 9 : 2 * value)
        }
    }
}

extension CardNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "CardNumber(hidden)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
