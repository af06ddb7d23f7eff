/// A client's name for one attempt to buy: requests that carry the same key are charged once.
///
/// Any 1 to 128 visible ASCII characters; a client takes a random UUID.
public struct IdempotencyKey: Sendable, Hashable {
    public let text: String

    public init?(parsing text: some StringProtocol) {
        guard 1...128 ~= text.utf8.count, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        self.text = String(text)
    }
}

extension IdempotencyKey: CustomStringConvertible {
    public var description: String { text }
}
