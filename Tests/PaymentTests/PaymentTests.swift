import Commerce
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceRuntime
import Testing

@testable import Payment

/// Card numbers, and the one call of payment.
struct PaymentTests {
    @Test(arguments: [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005",
        "6011111111111117", "30569309025904", "79927398713",
    ])
    func acceptsGoodNumbers(text: String) {
        #expect(CardNumber(parsing: text) != nil)
    }

    @Test(arguments: ["", " ", "abc", "4111111111111112", "79927398710", "1", "٤١١١١١١١١١١١١١١١", "4111111111111111 2"])
    func refusesBadNumbers(text: String) {
        #expect(CardNumber(parsing: text) == nil)
    }

    @Test func hidesNumbers() throws {
        let card = try #require(CardNumber(parsing: "4111111111111111"))
        var dumped = ""
        dump(card, to: &dumped)
        for text in ["\(card)", String(reflecting: card), String(describing: [card]), dumped] {
            #expect(!text.contains("1111"))
            #expect(!text.contains("[4, 1"))
        }
    }

    private func test(
        delay: ClosedRange<Duration> = .zero ... .zero,
        _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let configuration = PaymentService.Configuration(
            service: .init(name: "payment", bind: Endpoint(host: "127.0.0.1", port: 0)),
            delay: delay
        )
        let service = PaymentService(configuration: configuration, resources: resources)
        try await service.http.application.test(.router, body)
        try await resources.shutdown()
    }

    private static let good = ByteBuffer(string: #"{"card":{"number":"4111 1111 1111 1111","cvv":"1"},"amount":7.5}"#)

    @Test func chargesGoodCards() async throws {
        try await test { client async throws in
            for body in [
                Self.good, ByteBuffer(string: #"{"card":{"number":"4111111111111111"}}"#),
                ByteBuffer(string: #"{"card":{"number":4111111111111111},"amount":"12.00"}"#),
            ] {
                let response = try await client.execute(uri: "/process", method: .post, body: body)
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == #"{"message":"success"}"#)
            }
        }
    }

    @Test func refusesBadCardsAtOnce() async throws {
        try await test(delay: .seconds(600) ... .seconds(600)) { client async throws in
            for text in [
                #"{"card":{"number":"4111111111111112"}}"#, #"{"card":{"number":""}}"#, #"{"card":{}}"#, "{}",
                #"{"card":null,"amount":1}"#,
            ] {
                let response = try await client.execute(uri: "/process", method: .post, body: ByteBuffer(string: text))
                #expect(response.status == .badRequest)
                #expect(response.headers[.contentType] == "application/problem+json")
                let body = String(buffer: response.body)
                #expect(body.hasPrefix(#"{"message":"failure","reason":"Invalid card number","#))
                #expect(!body.contains("4111"))
            }
        }
    }

    @Test func refusesWhatIsNoPayment() async throws {
        try await test { client async throws in
            for text in [
                "", "[]", "{", "7", #"{"card":{"number":"4111111111111111"},"amount":-1}"#,
                #"{"card":{"number":"4111111111111111"},"amount":"x"}"#,
            ] {
                let response = try await client.execute(uri: "/process", method: .post, body: ByteBuffer(string: text))
                #expect(response.status == .badRequest, "\(text)")
            }
            #expect(try await client.execute(uri: "/process", method: .get).status == .methodNotAllowed)
            let spaced = try await client.execute(
                uri: "/process",
                method: .post,
                headers: [.idempotencyKey: "a b"],
                body: Self.good
            )
            #expect(spaced.status == .badRequest)
        }
    }

    /// A hundred charges of 300 ms take about as long as one.
    @Test(.timeLimit(.minutes(1))) func waitsSideBySide() async throws {
        try await test(delay: .milliseconds(300) ... .milliseconds(300)) { client async throws in
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let response = try await client.execute(uri: "/process", method: .post, body: Self.good)
                        #expect(response.status == .ok)
                    }
                }
                try await group.waitForAll()
            }
            let duration = start.duration(to: .now)
            #expect(duration >= .milliseconds(300))
            #expect(duration < .seconds(10))
        }
    }

    @Test func chargesAKeyOnce() async throws {
        try await test(delay: .seconds(2) ... .seconds(2)) { client async throws in
            let headers: HTTPFields = [.idempotencyKey: "order-1"]
            _ = try await client.execute(uri: "/process", method: .post, headers: headers, body: Self.good)
            let start = ContinuousClock.now
            let again = try await client.execute(uri: "/process", method: .post, headers: headers, body: Self.good)
            #expect(again.status == .ok)
            #expect(start.duration(to: .now) < .milliseconds(1500))
            let other = ByteBuffer(string: #"{"card":{"number":"4111 1111 1111 1111"},"amount":8}"#)
            let mixed = try await client.execute(uri: "/process", method: .post, headers: headers, body: other)
            #expect(mixed.status == .unprocessableContent)
        }
    }

    @Test func readsItsDelay() throws {
        let configuration = try PaymentService.Configuration(
            environment: ServiceEnvironment(["PAYMENT_DELAY_MIN": "0", "PAYMENT_DELAY_MAX": "0.1"])
        )
        #expect(configuration.delay == .zero ... .milliseconds(100))
        #expect(
            try PaymentService.Configuration(environment: ServiceEnvironment([:])).delay == .milliseconds(500)
                ... .seconds(1)
        )
        #expect(throws: ConfigurationError.self) {
            try PaymentService.Configuration(
                environment: ServiceEnvironment(["PAYMENT_DELAY_MIN": "2", "PAYMENT_DELAY_MAX": "1"])
            )
        }
    }
}
