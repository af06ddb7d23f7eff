import AsyncHTTPClient
import Commerce
import NIOCore
import NIOHTTP1
import ServiceRuntime
import Synchronization

/// The rest of the shop, as checkout needs it.
protocol ShopRepository: Sendable {
    /// Asks payment to charge an order; the same key is charged once.
    func charge(_ order: Order, key: IdempotencyKey, _ headers: CallHeaders) async throws -> ChargeResult
    /// Asks cart to empty a session's cart.
    func clearCart(_ sessionToken: String, _ headers: CallHeaders) async throws
    /// Throws when the shop cannot be reached.
    func ping() async throws
}

enum ChargeResult: Sendable, Equatable {
    case charged
    case declined(reason: String)
}

/// What connects a call to the request it is made for.
struct CallHeaders: Sendable {
    var requestID: String?
    var traceParent: String?
}

/// The rest of the shop behind the api gateway.
struct HTTPShopRepository: ShopRepository {
    let client: HTTPClient
    let apiGateway: Endpoint

    func charge(_ order: Order, key: IdempotencyKey, _ headers: CallHeaders) async throws -> ChargeResult {
        var json = JSONWriter()
        json.object { json in
            json.key("card")
            json.value(order.card)
            if let amount = order.amount { json.member("amount", Double(amount.cents) / 100) }
        }
        var request = request("/api/v1/payment/process", .POST, json, headers)
        request.headers.add(name: "Idempotency-Key", value: key.text)
        // The key makes the call idempotent, so one that got no answer may be sent again.
        var (status, body) = try await send(request, "payment", retries: 1)
        if status == 400 {
            let reason = body?["reason"]?.string ?? body?["detail"]?.string ?? "the card was declined"
            return .declined(reason: reason)
        }
        if status == 502 || status == 503 { (status, body) = try await send(request, "payment", retries: 0) }
        guard status == 200 else { throw Self.problem("payment", status) }
        return .charged
    }

    func clearCart(_ sessionToken: String, _ headers: CallHeaders) async throws {
        var json = JSONWriter()
        json.object { $0.member(SessionVerifier.name, sessionToken) }
        let (status, _) = try await send(request("/api/v1/cart/", .DELETE, json, headers), "cart", retries: 1)
        guard status == 200 else { throw Self.problem("cart", status) }
    }

    func ping() async throws {
        let response = try await client.execute(
            HTTPClientRequest(url: "http://\(apiGateway)/healthz"),
            timeout: .seconds(1)
        )
        for try await _ in response.body {}
        guard response.status == .ok else { throw Problem(.badGateway, "api-gateway is not healthy") }
    }

    private func request(
        _ path: String,
        _ method: HTTPMethod,
        _ body: JSONWriter,
        _ headers: CallHeaders
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://\(apiGateway)\(path)")
        request.method = method
        request.headers.add(name: "Content-Type", value: "application/json")
        if let id = headers.requestID { request.headers.add(name: "X-Request-Id", value: id) }
        if let trace = headers.traceParent { request.headers.add(name: "traceparent", value: trace) }
        request.body = .bytes(ByteBuffer(bytes: body.bytes))
        return request
    }

    private func send(
        _ request: HTTPClientRequest,
        _ service: String,
        retries: Int
    ) async throws -> (status: Int, body: JSONValue?) {
        do {
            let response = try await client.executeOnceConnected(request, deadline: .now() + .seconds(10))
            let bytes = try await response.body.collect(upTo: 64 << 10)
            let body = bytes.withUnsafeReadableBytes { try? JSONValue(parsing: $0) }
            return (Int(response.status.code), body)
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw Problem(.gatewayTimeout, "\(service) did not answer in time", cause: error)
        } catch is CancellationError {
            throw CancellationError()
        } catch  where retries > 0 {
            return try await send(request, service, retries: retries - 1)
        } catch {
            throw Problem(.badGateway, "\(service) cannot be reached", cause: error)
        }
    }

    /// What an unexpected answer of another service means for our client.
    private static func problem(_ service: String, _ status: Int) -> Problem {
        switch status {
        case 504: Problem(.gatewayTimeout, "\(service) did not answer in time")
        case 503: .unavailable("\(service) is not available")
        case 400..<500: Problem(.unprocessableContent, "\(service) refused the request with \(status)")
        default: Problem(.badGateway, "\(service) failed with \(status)")
        }
    }
}

/// A shop in memory: for tests. It counts, and fails as often as it is told.
final class MemoryShopRepository: ShopRepository {
    struct State: Sendable {
        var chargedKeys: [IdempotencyKey] = []
        var clearedTokens: [String] = []
        var chargeResult = ChargeResult.charged
        var chargeFailures = 0
        var clearFailures = 0
        var chargeTime = Duration.zero
    }

    let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    func charge(_ order: Order, key: IdempotencyKey, _ headers: CallHeaders) async throws -> ChargeResult {
        let time = state.withLock { $0.chargeTime }
        if time > .zero { try await Task.sleep(for: time) }
        return try state.withLock { state in
            if state.chargeFailures > 0 {
                state.chargeFailures -= 1
                throw Problem(.badGateway, "payment cannot be reached")
            }
            if state.chargeResult == .charged { state.chargedKeys.append(key) }
            return state.chargeResult
        }
    }

    func clearCart(_ sessionToken: String, _ headers: CallHeaders) async throws {
        try state.withLock { state in
            if state.clearFailures > 0 {
                state.clearFailures -= 1
                throw Problem(.badGateway, "cart cannot be reached")
            }
            state.clearedTokens.append(sessionToken)
        }
    }

    func ping() async throws {}
}
