import Commerce
import Hummingbird
import ServiceRuntime

/// The one call of checkout.
///
///     POST /process {"amount":7.5,"shipping":{…},"billing":{"card":{…}},"session_id":"…"}
///         200 {"message":"success"}                       bought, cart emptied
///         200 {"message":"success","cart":"pending"}      bought, the cart will be emptied as soon as that works
///         400 {"message":"failure", …}                    the card was declined, the cart is as it was
///
/// With an `Idempotency-Key` header (or `idempotency_key` in the body), a retry gets the first answer and is not
/// charged again.
func checkoutRoutes(_ purchase: Purchase, _ verifier: SessionVerifier) -> RouteTable {
    var routes = RouteTable()
    routes.on("/process", .post) { request, context in
        guard let body = try await request.json(upTo: 256 << 10) else {
            throw Problem(.badRequest, "the body must be a JSON object")
        }
        let order: Order
        do {
            order = try Order(json: body)
        } catch {
            throw Problem(.badRequest, "\(error)")
        }
        let session = try verifier.session(of: request, body: body)
        let headers = CallHeaders(requestID: context.requestID, traceParent: request.headers[.traceParent])
        let key = try idempotencyKey(of: request, order)
        switch try await purchase.make(order, sessionToken: session.token, key: key, headers: headers) {
        case .bought(let cartCleared):
            var json = JSONWriter(capacity: 48)
            json.object { json in
                json.member("message", "success")
                if !cartCleared { json.member("cart", "pending") }
            }
            return Response(json: json)
        case .declined(let reason):
            throw Problem(
                .badRequest,
                reason,
                members: [.init("message", .string("failure")), .init("reason", .string(reason))]
            )
        }
    }
    return routes
}

/// The client's key, or one of our own, so that our own retries towards payment are charged once too.
private func idempotencyKey(of request: Request, _ order: Order) throws -> IdempotencyKey {
    if let text = request.headers[.idempotencyKey] {
        guard let key = IdempotencyKey(parsing: text) else {
            throw Problem(.badRequest, "Idempotency-Key must be 1 to 128 visible ASCII characters")
        }
        return key
    }
    if let key = order.idempotencyKey { return key }
    var generator = SystemRandomNumberGenerator()
    guard let key = IdempotencyKey(parsing: SessionID(using: &generator).text) else {
        preconditionFailure("a UUID is a valid idempotency key")
    }
    return key
}
