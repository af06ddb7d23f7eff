/// The catalog's key of a product: exactly eight ASCII letters or digits, such as `f95e2475`.
///
/// An id that parsed is safe in a key, a URL and a log. It says nothing about whether such a product exists.
public struct ProductID: Sendable, Hashable {
    public let text: String

    public static let length = 8

    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count == Self.length else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                continue
            default: return nil
            }
        }
        self.text = String(text)
    }
}

extension ProductID: CustomStringConvertible {
    public var description: String { text }
}
