/// The identity of a visitor: a random UUID, the part of the session cookie before its first dot.
///
///     session_id = <uuid4>.<signature>          data servers' key: s:<uuid4>
///
/// Parsing proves the form only; whether it is genuine is proved by the signature (`SessionSigner`).
public struct SessionID: Sendable, Hashable {
    /// 36 characters, lower-case.
    public let text: String

    /// Reads a version 4 UUID in its usual form.
    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count == 36 else { return nil }
        for (index, byte) in text.utf8.enumerated() {
            switch (index, byte) {
            case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")), (23, UInt8(ascii: "-")):
                continue
            case (8, _), (13, _), (18, _), (23, _): return nil
            case (14, let version) where version != UInt8(ascii: "4"): return nil
            case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")): continue
            default: return nil
            }
        }
        self.text = String(text)
    }

    /// A new identity from 122 random bits.
    public init(using generator: inout some RandomNumberGenerator) {
        let high: UInt64 = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low: UInt64 = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text = ""
        text.reserveCapacity(36)
        for (index, byte) in [high, low].flatMap({ word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        })
        .enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        self.text = text
    }

    /// The key of the visitor's data in session-data (a string) and in cart-data (a hash).
    public var dataKey: String { "s:" + text }
}

extension SessionID: CustomStringConvertible {
    public var description: String { text }
}
