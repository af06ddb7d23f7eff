/// What a buyer sends to have a cart charged and shipped.
///
///     {"amount": 7.5, "shipping": {…}, "billing": {"card": {"number": "…", …}, …}, "session_id": "<sid>.<signature>"}
///
/// Only what the shop acts on is read; addresses stay as they came. The card is never part of a description.
public struct Order: Sendable, Equatable {
    /// What to charge; nil when the client did not say (the original allowed that).
    public var amount: Money?
    public var shipping: JSONValue
    /// `billing.card` as it came, for the payment service alone.
    public var card: JSONValue
    /// The signed session token of the body, if any.
    public var sessionToken: String?
    /// `idempotency_key` of the body, if any.
    public var idempotencyKey: IdempotencyKey?

    public init(json: JSONValue) throws(InvalidOrder) {
        guard json.isObject else { throw InvalidOrder("the body must be an object") }
        if let amount = json["amount"], !amount.isNull {
            guard let money = Money(json: amount), money >= .zero else {
                throw InvalidOrder("amount must be a number that is not negative")
            }
            self.amount = money
        }
        guard let card = json["billing"]?["card"], card.isObject else {
            throw InvalidOrder("billing.card must be an object")
        }
        self.card = card
        shipping = json["shipping"] ?? .null
        if let token = json["session_id"], !token.isNull {
            guard let text = token.string else { throw InvalidOrder("session_id must be a string") }
            sessionToken = text
        }
        if let key = json["idempotency_key"], !key.isNull {
            guard let text = key.string, let parsed = IdempotencyKey(parsing: text) else {
                throw InvalidOrder("idempotency_key must be 1 to 128 visible ASCII characters")
            }
            idempotencyKey = parsed
        }
    }
}

extension Order: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "Order(amount: \(amount.map(\.description) ?? "-"))" }
    public var debugDescription: String { description }
}

/// Why a body is no order.
public struct InvalidOrder: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
