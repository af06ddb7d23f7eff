import Commerce
import Hummingbird
import ServiceRuntime

/// The one call of payment.
///
///     POST /process {"card":{"number":text},"amount":n}
///         200 {"message":"success"}                                     after the processor's time
///         400 {"message":"failure","reason":"Invalid card number"}      at once
///
/// With an `Idempotency-Key`, requests that carry the same key are charged once and get the same answer.
func paymentRoutes(_ repository: any ChargeRepository) -> RouteTable {
    var routes = RouteTable()
    routes.on("/process", .post) { request, _ in
        let body = try await request.json(upTo: 64 << 10)
        guard let body, body.isObject else { throw Problem(.badRequest, "the body must be a JSON object") }
        guard let card = number(of: body).flatMap({ CardNumber(parsing: $0) }) else { throw invalidCard }
        var amount: Money?
        if let value = body["amount"], !value.isNull {
            guard let money = Money(json: value), money >= .zero else {
                throw Problem(.badRequest, "amount must be a number that is not negative")
            }
            amount = money
        }
        var key: IdempotencyKey?
        if let text = request.headers[.idempotencyKey] {
            guard let parsed = IdempotencyKey(parsing: text) else {
                throw Problem(.badRequest, "Idempotency-Key must be 1 to 128 visible ASCII characters")
            }
            key = parsed
        }
        try await repository.charge(card, amount, key)
        var json = JSONWriter(capacity: 32)
        json.object { $0.member("message", "success") }
        return Response(json: json)
    }
    return routes
}

private let invalidCard = Problem(
    .badRequest,
    "the card's number is missing or its check digit is wrong",
    members: [.init("message", .string("failure")), .init("reason", .string("Invalid card number"))]
)

private func number(of body: JSONValue) -> String? {
    switch body["card"]?["number"] {
    case .string(let text)?: text
    case .number(let number)?: number.int.map(String.init)
    default: nil
    }
}
