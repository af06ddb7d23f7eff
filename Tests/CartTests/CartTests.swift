import Commerce
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceRuntime
import Testing

@testable import Cart

/// The cart's calls over carts in memory.
struct CartTests {
    private static let secret = "cart-test"

    private func test(
        _ body: @Sendable (any TestClientProtocol, _ token: String) async throws -> Void
    ) async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let service = try CartService(
            .init(
                service: .init(name: "cart", bind: Endpoint(host: "127.0.0.1", port: 0)),
                cartData: Endpoint(host: "127.0.0.1", port: 1),
                sessionSecrets: [Self.secret]
            ),
            resources,
            repository: MemoryCartRepository()
        )
        var generator = SystemRandomNumberGenerator()
        let token = try SessionSigner(secrets: [Self.secret]).token(for: SessionID(using: &generator))
        try await service.http.application.test(.router) { try await body($0, token) }
        try await resources.shutdown()
    }

    private static func session(_ token: String) -> ByteBuffer {
        ByteBuffer(string: #"{"session_id":"\#(token)"}"#)
    }

    private static func success(_ data: String) -> ByteBuffer {
        ByteBuffer(string: #"{"message":"success","data":\#(data)}"#)
    }

    @Test func fillsAndEmptiesACart() async throws {
        try await test { client, token async throws in
            let session = Self.session(token)
            func call(_ method: HTTPRequest.Method, _ path: String) async throws -> ByteBuffer {
                let response = try await client.execute(uri: path, method: method, body: session)
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "application/json")
                return response.body
            }
            #expect(try await call(.post, "/") == Self.success("{}"))
            #expect(try await call(.put, "/f95e2475/1") == Self.success("1"))
            #expect(try await call(.put, "/f95e2475/3") == Self.success("0"))
            #expect(try await call(.put, "/d0a9442c/999") == Self.success("1"))
            #expect(try await call(.post, "/") == Self.success(#"{"f95e2475":"3","d0a9442c":"999"}"#))
            #expect(try await call(.delete, "/d0a9442c") == Self.success("1"))
            #expect(try await call(.delete, "/d0a9442c") == Self.success("0"))
            #expect(try await call(.put, "/f95e2475/0") == Self.success("1"))
            #expect(try await call(.put, "/f95e2475/0") == Self.success("0"))
            #expect(try await call(.delete, "/") == Self.success("0"))
            #expect(try await call(.put, "/f95e2475/2") == Self.success("1"))
            #expect(try await call(.delete, "/") == Self.success("1"))
            #expect(try await call(.post, "/") == Self.success("{}"))
        }
    }

    @Test func takesTheCookieWhenTheBodyNamesNoSession() async throws {
        try await test { client, token async throws in
            let headers: HTTPFields = [.cookie: "theme=dark; session_id=\(token)"]
            _ = try await client.execute(uri: "/f95e2475/2", method: .put, headers: headers)
            for body in [
                nil, ByteBuffer(string: "{}"), ByteBuffer(string: #"{"session_id":null}"#),
                ByteBuffer(string: #"{"session_id":""}"#), Self.session(token),
            ] {
                let response = try await client.execute(uri: "/", method: .post, headers: headers, body: body)
                #expect(response.body == Self.success(#"{"f95e2475":"2"}"#))
            }
        }
    }

    @Test func keepsCartsApart() async throws {
        try await test { client, token async throws in
            var generator = SystemRandomNumberGenerator()
            let other = try SessionSigner(secrets: [Self.secret]).token(for: SessionID(using: &generator))
            _ = try await client.execute(uri: "/f95e2475/2", method: .put, body: Self.session(token))
            let response = try await client.execute(uri: "/", method: .post, body: Self.session(other))
            #expect(response.body == Self.success("{}"))
        }
    }

    @Test func refusesWhoeverIsNotSigned() async throws {
        try await test { client, token async throws in
            let bare = String(token.prefix { $0 != "." })
            for forged in [bare, bare + ".", token + "A", "x", "s:*", "a.b.c"] {
                let response = try await client.execute(uri: "/", method: .post, body: Self.session(forged))
                #expect(response.status == .unauthorized)
                #expect(response.headers[.contentType] == "application/problem+json")
            }
            #expect(try await client.execute(uri: "/", method: .post).status == .badRequest)
            let number = ByteBuffer(string: #"{"session_id":7}"#)
            #expect(try await client.execute(uri: "/", method: .post, body: number).status == .badRequest)
        }
    }

    @Test(arguments: ["-1", "1000", "1.5", "x", "%20", "1e2", "99999999999999999999"])
    func refusesQuantities(text: String) async throws {
        try await test { client, token async throws in
            let response = try await client.execute(uri: "/f95e2475/\(text)", method: .put, body: Self.session(token))
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func refusesWhatIsNoCall() async throws {
        try await test { client, token async throws in
            let session = Self.session(token)
            #expect(try await client.execute(uri: "/short/1", method: .put, body: session).status == .badRequest)
            #expect(try await client.execute(uri: "/f95e2475", method: .put, body: session).status == .methodNotAllowed)
            #expect(try await client.execute(uri: "/", method: .patch, body: session).status == .methodNotAllowed)
            #expect(try await client.execute(uri: "/a/b/c", method: .put, body: session).status == .notFound)
            let broken = ByteBuffer(string: "{")
            #expect(try await client.execute(uri: "/", method: .post, body: broken).status == .badRequest)
            let large = ByteBuffer(repeating: 32, count: 100_000)
            #expect(try await client.execute(uri: "/", method: .post, body: large).status == .contentTooLarge)
            let root = try await client.execute(uri: "/", method: .get)
            #expect(root.status == .ok)
            #expect(String(buffer: root.body).contains(#""name":"cart""#))
            #expect(try await client.execute(uri: "/", method: .head).body.readableBytes == 0)
        }
    }

    @Test func holdsALimitedNumberOfLines() async throws {
        try await test { client, token async throws in
            for line in 0..<maximumLines {
                let id = String(10_000_000 + line)
                _ = try await client.execute(uri: "/\(id)/1", method: .put, body: Self.session(token))
            }
            let more = try await client.execute(uri: "/f95e2475/1", method: .put, body: Self.session(token))
            #expect(more.status == .conflict)
            let old = try await client.execute(uri: "/10000000/5", method: .put, body: Self.session(token))
            #expect(old.status == .ok)
        }
    }

    /// With nobody listening at cart-data's address: an honest 503, soon, with a time to come back.
    @Test(.timeLimit(.minutes(1))) func saysWhenItsDataIsGone() async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let service = try CartService(
            configuration: .init(
                service: .init(name: "cart", bind: Endpoint(host: "127.0.0.1", port: 0)),
                cartData: Endpoint(host: "127.0.0.1", port: 1),
                sessionSecrets: [Self.secret]
            ),
            resources: resources
        )
        var generator = SystemRandomNumberGenerator()
        let token = try SessionSigner(secrets: [Self.secret]).token(for: SessionID(using: &generator))
        try await service.http.application.test(.router) { client async throws in
            let response = try await client.execute(uri: "/", method: .post, body: Self.session(token))
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "1")
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .serviceUnavailable)
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
        }
        try await resources.shutdown()
    }
}
