import Commerce
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import ServiceRuntime
import Testing

@testable import WebGateway

/// Pages, assets, sessions and the way to the api gateway.
@Suite(.timeLimit(.minutes(2)))
struct WebGatewayTests {
    private static let secret = "web-test"
    /// 2026-01-01T00:00:00Z
    private static let clock = WallClock { 1_767_225_600 }

    private struct Fixture: Sendable {
        let client: any TestClientProtocol
        let sessions: MemorySessionRepository
        let signer: SessionSigner

        func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
            try await client.execute(uri: path, method: .get, headers: headers)
        }
    }

    /// The gateway over a little storefront; the api gateway is a service that tells which cookies it saw.
    private func test(hasStorefront: Bool = true, _ body: @Sendable @escaping (Fixture) async throws -> Void)
        async throws
    {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("web-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root + "/img", withIntermediateDirectories: true)
        if hasStorefront { try Data("<html>".utf8).write(to: URL(fileURLWithPath: root + "/index.html")) }
        for (name, text) in [("main-3XJH5K2Q.js", "plain"), ("main-3XJH5K2Q.js.gz", "zipped"), ("img/a.svg", "<svg/>")]
        {
            try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + name))
        }
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var routes = RouteTable()
        routes.on("/api/v1/{path*}", .get, .post) { request, _ in
            let cookies = request.headers[values: .cookie].joined(separator: "; ")
            return Response(
                status: .accepted,
                headers: [.contentType: "text/x"],
                body: .init(byteBuffer: ByteBuffer(string: cookies))
            )
        }
        let (bound, continuation) = AsyncStream.makeStream(of: Endpoint.self)
        let api = HTTPService(
            configuration: .init(name: "api-gateway", bind: Endpoint(host: "127.0.0.1", port: 0)),
            resources: resources,
            routes: routes
        ) { continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [api], logger: resources.logger))
        let sessions = MemorySessionRepository()
        let signer = try SessionSigner(secrets: [Self.secret])
        let outcome = await capture {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let service = try WebGatewayService(
                    .init(
                        service: .init(name: "web-gateway", bind: Endpoint(host: "127.0.0.1", port: 0)),
                        apiGateway: try #require(await bound.first { _ in true }),
                        sessionData: Endpoint(host: "127.0.0.1", port: 1),
                        staticPath: root,
                        sessionSecrets: [Self.secret]
                    ),
                    resources,
                    repository: sessions,
                    clock: Self.clock
                )
                let result: Result<Void, any Error>
                do {
                    result = .success(
                        try await service.http.application.test(.router) { client async throws in
                            try await body(Fixture(client: client, sessions: sessions, signer: signer))
                        }
                    )
                } catch {
                    result = .failure(error)
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                try result.get()
            }
        }
        try await resources.shutdown()
        try outcome.get()
        try FileManager.default.removeItem(atPath: root)
    }

    private static func token(_ response: TestResponse) throws -> String {
        let cookie = try #require(response.headers[.setCookie])
        #expect(cookie.hasSuffix("; Expires=Thu, 01 Jan 2026 00:05:00 GMT; Path=/; HttpOnly; SameSite=Lax"))
        return String(cookie.dropFirst("session_id=".count).prefix { $0 != ";" })
    }

    @Test func servesThePageForPaths() async throws {
        try await test { fixture async throws in
            for path in ["/", "/cart", "/checkout/done", "/product/f95e2475?x=1.5"] {
                let page = try await fixture.get(path)
                #expect(page.status == .ok)
                #expect(String(buffer: page.body) == "<html>")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.headers[.cacheControl] == "no-cache")
            }
            #expect(try await fixture.client.execute(uri: "/cart", method: .post).status == .methodNotAllowed)
        }
    }

    @Test func servesAssets() async throws {
        try await test { fixture async throws in
            let plain = try await fixture.get("/main-3XJH5K2Q.js")
            #expect(String(buffer: plain.body) == "plain")
            #expect(plain.headers[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(plain.headers[.vary] == "Accept-Encoding")
            #expect(plain.headers[.setCookie] == nil)
            let zipped = try await fixture.get("/main-3XJH5K2Q.js", [.acceptEncoding: "br, gzip;q=0.5"])
            #expect(String(buffer: zipped.body) == "zipped")
            #expect(zipped.headers[.contentEncoding] == "gzip")
            #expect(zipped.headers[.contentType] == "text/javascript; charset=utf-8")
            #expect(zipped.headers[.eTag] != plain.headers[.eTag])
            #expect(
                try await fixture.get("/main-3XJH5K2Q.js", [.acceptEncoding: "gzip;q=0"]).headers[.contentEncoding]
                    == nil
            )
            let image = try await fixture.get("/img/a.svg")
            #expect(image.headers[.cacheControl] == "no-cache")
            let tag = try #require(image.headers[.eTag])
            #expect(try await fixture.get("/img/a.svg", [.ifNoneMatch: tag]).status == .notModified)
            for path in [
                "/none.js", "/../x.txt", "/..%2f..%2fetc%2fpasswd.txt", "/.env", "/img/.a.svg", "/index.html/x.js",
            ] {
                let missing = try await fixture.get(path)
                #expect(missing.status == .notFound, "\(path)")
                #expect(missing.headers[.contentType] == "application/problem+json")
            }
            #expect(fixture.sessions.touched.withLock { $0 }.isEmpty)
        }
    }

    @Test func givesAndRenewsSessions() async throws {
        try await test { fixture async throws in
            let token = try Self.token(try await fixture.get("/"))
            let session = try #require(fixture.signer.session(of: token))
            #expect(fixture.sessions.touched.withLock { $0 } == [session])
            let again = try Self.token(try await fixture.get("/cart", [.cookie: "a=b; session_id=\(token)"]))
            #expect(again == token)
            #expect(fixture.sessions.touched.withLock { $0 } == [session, session])
            for forged in [session.text, token + "x", session.text + ".AAAA", "nonsense"] {
                let fresh = try Self.token(try await fixture.get("/", [.cookie: "session_id=\(forged)"]))
                #expect(fixture.signer.session(of: fresh) != nil)
                #expect(fixture.signer.session(of: fresh) != session)
            }
            let secure = try await fixture.get("/", [.forwardedProto: "https"])
            #expect(secure.headers[.setCookie]?.hasSuffix("; Secure") == true)
        }
    }

    @Test func givesProbesNoSession() async throws {
        try await test { fixture async throws in
            for path in ["/healthz", "/readyz"] { #expect(try await fixture.get(path).headers[.setCookie] == nil) }
            let head = try await fixture.client.execute(uri: "/", method: .head)
            #expect(head.status == .ok)
            #expect(head.headers[.setCookie] == nil)
            #expect(try await fixture.get("/api/v1/content/a.jpeg").headers[.setCookie] == nil)
            #expect(fixture.sessions.touched.withLock { $0 }.isEmpty)
        }
    }

    @Test func passesCallsOnWithTheSession() async throws {
        try await test { fixture async throws in
            let first = try await fixture.client.execute(
                uri: "/api/v1/cart",
                method: .post,
                headers: [.cookie: "a=b; session_id=forged"],
                body: ByteBuffer(string: "{}")
            )
            #expect(first.status == .accepted)
            #expect(first.headers[.contentType] == "text/x")
            let token = try Self.token(first)
            #expect(String(buffer: first.body) == "a=b; session_id=\(token)")
            let second = try await fixture.get("/api/v1/cart", [.cookie: "session_id=\(token)"])
            #expect(String(buffer: second.body) == "session_id=\(token)")
            #expect(try Self.token(second) == token)
        }
    }

    @Test func worksWhileSessionDataIsGone() async throws {
        try await test { fixture async throws in
            fixture.sessions.isAvailable.withLock { $0 = false }
            let page = try await fixture.get("/")
            #expect(page.status == .ok)
            #expect(fixture.signer.session(of: try Self.token(page)) != nil)
            #expect(try await fixture.get("/readyz").status == .serviceUnavailable)
            #expect(try await fixture.get("/healthz").status == .ok)
        }
    }

    @Test func saysWhenNoStorefrontWasBuilt() async throws {
        try await test(hasStorefront: false) { fixture async throws in
            let page = try await fixture.get("/")
            #expect(page.status == .serviceUnavailable)
            #expect(page.headers[.contentType] == "application/problem+json")
            #expect(try await fixture.get("/api/v1/cart").status == .accepted)
        }
    }

    @Test(arguments: [
        ("main-3XJH5K2Q.js", true), ("logo.9f2c1e7a.svg", true), ("index.html", false), ("main.js", false),
        ("cinnamon-tea-latte.jpeg", false), ("jquery-3.7.1.min.js", false), ("sweet-tea.jpeg", false),
        ("a-b_c12345.css", true),
    ])
    func knowsHashedNames(name: String, isHashed: Bool) {
        #expect(WebGateway.isHashed(name[...]) == isHashed)
    }
}

/// What `body` ends with, as a value: so that cleaning up can come first.
private func capture(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}
