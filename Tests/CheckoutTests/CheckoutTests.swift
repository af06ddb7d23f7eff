import Commerce
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceRuntime
import Testing

@testable import Checkout

/// A purchase and its failures, over a shop in memory.
struct CheckoutTests {
    private static let secret = "checkout-test"

    private func test(
        _ shop: MemoryShopRepository,
        _ body: @Sendable (any TestClientProtocol, CheckoutService, _ token: String) async throws -> Void
    ) async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let service = try CheckoutService(
            .init(
                service: .init(name: "checkout", bind: Endpoint(host: "127.0.0.1", port: 0)),
                apiGateway: Endpoint(host: "127.0.0.1", port: 1),
                sessionSecrets: [Self.secret]
            ),
            resources,
            repository: shop
        )
        var generator = SystemRandomNumberGenerator()
        let token = try SessionSigner(secrets: [Self.secret]).token(for: SessionID(using: &generator))
        try await service.http.application.test(.router) { try await body($0, service, token) }
        try await resources.shutdown()
    }

    private static func order(_ token: String, amount: String = "7.5") -> ByteBuffer {
        ByteBuffer(
            string:
                #"{"amount":\#(amount),"shipping":{},"billing":{"card":{"number":"4111"}},"session_id":"\#(token)"}"#
        )
    }

    @Test func buysAndClears() async throws {
        let shop = MemoryShopRepository()
        try await test(shop) { client, _, token async throws in
            let response = try await client.execute(uri: "/process", method: .post, body: Self.order(token))
            #expect(response.status == .ok)
            #expect(String(buffer: response.body) == #"{"message":"success"}"#)
            let state = shop.state.withLock { $0 }
            #expect(state.chargedKeys.count == 1)
            #expect(state.clearedTokens == [token])
        }
    }

    @Test func keepsTheCartOfADeclinedCard() async throws {
        let shop = MemoryShopRepository(.init(chargeResult: .declined(reason: "Invalid card number")))
        try await test(shop) { client, _, token async throws in
            let headers: HTTPFields = [.idempotencyKey: "one"]
            let response = try await client.execute(
                uri: "/process",
                method: .post,
                headers: headers,
                body: Self.order(token)
            )
            #expect(response.status == .badRequest)
            #expect(String(buffer: response.body).hasPrefix(#"{"message":"failure","#))
            #expect(shop.state.withLock { $0.clearedTokens }.isEmpty)
            // The same key works again once the card is good, whatever else changed.
            shop.state.withLock { $0.chargeResult = .charged }
            let corrected = Self.order(token, amount: "8")
            let retry = try await client.execute(uri: "/process", method: .post, headers: headers, body: corrected)
            #expect(retry.status == .ok)
        }
    }

    @Test func chargesARetryOnce() async throws {
        let shop = MemoryShopRepository(.init(chargeTime: .milliseconds(50)))
        try await test(shop) { client, _, token async throws in
            let headers: HTTPFields = [.idempotencyKey: "retry"]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let response = try await client.execute(
                            uri: "/process",
                            method: .post,
                            headers: headers,
                            body: Self.order(token)
                        )
                        #expect(response.status == .ok)
                    }
                }
                try await group.waitForAll()
            }
            #expect(shop.state.withLock { $0.chargedKeys }.map(\.text) == ["retry"])
            let other = try await client.execute(
                uri: "/process",
                method: .post,
                headers: headers,
                body: Self.order(token, amount: "9")
            )
            #expect(other.status == .unprocessableContent)
            let inBody = ByteBuffer(
                string: #"{"billing":{"card":{}},"session_id":"\#(token)","idempotency_key":"in-body"}"#
            )
            for _ in 0..<2 { _ = try await client.execute(uri: "/process", method: .post, body: inBody) }
            #expect(shop.state.withLock { $0.chargedKeys }.map(\.text) == ["retry", "in-body"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func reportsAndRetriesAFailedClear() async throws {
        let shop = MemoryShopRepository(.init(clearFailures: 2))
        try await test(shop) { client, service, token async throws in
            let response = try await client.execute(uri: "/process", method: .post, body: Self.order(token))
            #expect(response.status == .ok)
            #expect(String(buffer: response.body) == #"{"message":"success","cart":"pending"}"#)
            #expect(await service.clearings.count == 1)
            let runner = Task { await service.clearings.run() }
            while await service.clearings.count > 0 { try await Task.sleep(for: .milliseconds(20)) }
            runner.cancel()
            #expect(shop.state.withLock { $0.clearedTokens } == [token])
            #expect(shop.state.withLock { $0.chargedKeys }.count == 1)
        }
    }

    @Test func clearsOnceMoreOnTheWayOut() async throws {
        let shop = MemoryShopRepository(.init(clearFailures: 1))
        try await test(shop) { client, service, token async throws in
            _ = try await client.execute(uri: "/process", method: .post, body: Self.order(token))
            await service.clearings.finish()
            #expect(shop.state.withLock { $0.clearedTokens } == [token])
        }
    }

    @Test func passesFailuresOn() async throws {
        let shop = MemoryShopRepository(.init(chargeFailures: 1))
        try await test(shop) { client, _, token async throws in
            let headers: HTTPFields = [.idempotencyKey: "again"]
            let first = try await client.execute(
                uri: "/process",
                method: .post,
                headers: headers,
                body: Self.order(token)
            )
            #expect(first.status == .badGateway)
            #expect(first.headers[.contentType] == "application/problem+json")
            #expect(shop.state.withLock { $0.clearedTokens }.isEmpty)
            let second = try await client.execute(
                uri: "/process",
                method: .post,
                headers: headers,
                body: Self.order(token)
            )
            #expect(second.status == .ok)
        }
    }

    @Test func refusesWhatIsNoOrderBeforeCharging() async throws {
        let shop = MemoryShopRepository()
        try await test(shop) { client, _, token async throws in
            for text in [
                "", "{", "[]", "{}", #"{"session_id":"\#(token)"}"#, #"{"billing":{"card":{}}}"#,
                #"{"amount":-1,"billing":{"card":{}},"session_id":"\#(token)"}"#,
            ] {
                let response = try await client.execute(uri: "/process", method: .post, body: ByteBuffer(string: text))
                #expect(response.status == .badRequest, "\(text)")
            }
            let forged = try await client.execute(uri: "/process", method: .post, body: Self.order(token + "x"))
            #expect(forged.status == .unauthorized)
            #expect(try await client.execute(uri: "/process", method: .get).status == .methodNotAllowed)
            #expect(try await client.execute(uri: "/process/x", method: .post).status == .notFound)
            #expect(shop.state.withLock { $0.chargedKeys }.isEmpty)
        }
    }
}
