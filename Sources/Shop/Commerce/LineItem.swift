/// How many pieces: a whole number from 0 to 999. Zero means "remove the line".
public struct Quantity: Sendable, Hashable, Comparable {
    public let count: Int

    public static let maximum = 999

    public init?(_ count: Int) {
        guard 0...Self.maximum ~= count else { return nil }
        self.count = count
    }

    /// Reads plain decimal digits; a sign, a fraction or spaces are refused.
    public init?(parsing text: some StringProtocol) {
        guard 1...6 ~= text.utf8.count, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let count = Int(text)
        else { return nil }
        self.init(count)
    }

    public var isZero: Bool { count == 0 }

    public static func < (left: Quantity, right: Quantity) -> Bool { left.count < right.count }
}

extension Quantity: CustomStringConvertible {
    public var description: String { String(count) }
}

/// One line of a cart: a product and how many of it.
public struct LineItem: Sendable, Hashable {
    public var product: ProductID
    public var quantity: Quantity

    public init(product: ProductID, quantity: Quantity) {
        self.product = product
        self.quantity = quantity
    }
}

extension LineItem {
    /// The shape of a cart on the wire: `{"<product id>":"<quantity as text>", …}`.
    public static func write(_ items: [LineItem], to json: inout JSONWriter) {
        json.object { json in
            for item in items { json.member(item.product.text, item.quantity.description) }
        }
    }
}
