import AsyncHTTPClient
import Commerce
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import ServiceRuntime

/// What every service does with every request.
@Suite(.timeLimit(.minutes(2)))
struct ServiceTests {
    private static func routes() -> RouteTable {
        var routes = RouteTable()
        routes.on("/echo", .post) { request, _ in
            Response(status: .ok, body: .init(byteBuffer: try await request.bytes(upTo: 1000)))
        }
        routes.on("/json", .post) { request, _ in
            var json = JSONWriter()
            json.value(try await request.json() ?? .null)
            return Response(json: json)
        }
        routes.on("/{id}/{count}", .put) { _, context in
            Response(
                status: .ok,
                body: .init(byteBuffer: ByteBuffer(string: "\(context.capture("id")!) \(context.capture("count")!)"))
            )
        }
        routes.on("/fails", .get) { _, _ in throw Secret() }
        routes.on("/slow", .get) { _, _ in
            try await Task.sleep(for: .milliseconds(400))
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "done")))
        }
        return routes
    }

    private struct Secret: Error, CustomStringConvertible {
        let description = "the password is swordfish"
    }

    private func test(
        checks: [ReadinessCheck] = [],
        limits: ServiceConfiguration.Limits = .init(),
        _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await withResources { resources in
            var configuration = ServiceConfiguration(
                name: "test",
                version: "7.8.9",
                bind: Endpoint(host: "127.0.0.1", port: 0)
            )
            configuration.limits = limits
            let service = HTTPService(
                configuration: configuration,
                resources: resources,
                routes: Self.routes(),
                checks: checks
            )
            try await service.application.test(.router, body)
        }
    }

    @Test func tellsItsHealthAndItsName() async throws {
        try await test(checks: [ReadinessCheck("store") {}]) { client async throws in
            let health = try await client.execute(uri: "/healthz", method: .get)
            #expect(health.status == .ok)
            #expect(String(buffer: health.body) == #"{"healthy":true}"#)
            #expect(health.headers[.contentType] == "application/json")
            #expect(health.headers[.accessControlAllowOrigin] == "*")
            let ready = try await client.execute(uri: "/readyz", method: .get)
            #expect(String(buffer: ready.body) == #"{"ready":true,"checks":{"store":"ok"}}"#)
            let root = try await client.execute(uri: "/", method: .get)
            #expect(String(buffer: root.body).hasPrefix(#"{"name":"test","version":"7.8.9","uptime_seconds":"#))
        }
    }

    @Test func isNotReadyWithoutItsStores() async throws {
        var limits = ServiceConfiguration.Limits()
        limits.readinessTimeout = .milliseconds(50)
        let checks = [
            ReadinessCheck("good") {}, ReadinessCheck("gone") { throw Secret() },
            ReadinessCheck("stuck") { try await Task.sleep(for: .seconds(60)) },
        ]
        try await test(checks: checks, limits: limits) { client async throws in
            let ready = try await client.execute(uri: "/readyz", method: .get)
            #expect(ready.status == .serviceUnavailable)
            let body = String(buffer: ready.body)
            #expect(body == #"{"ready":false,"checks":{"good":"ok","gone":"unavailable","stuck":"unavailable"}}"#)
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
        }
    }

    @Test func answersWrongMethodsAndPaths() async throws {
        try await test { client async throws in
            let wrong = try await client.execute(uri: "/echo", method: .get)
            #expect(wrong.status == .methodNotAllowed)
            #expect(wrong.headers[.allow] == "POST, OPTIONS")
            #expect(wrong.headers[.contentType] == "application/problem+json")
            #expect(wrong.headers[.accessControlAllowOrigin] == "*")
            #expect(try await client.execute(uri: "/healthz", method: .delete).headers[.allow] == "GET, HEAD, OPTIONS")
            #expect(try await client.execute(uri: "/a/b", method: .patch).status == .methodNotAllowed)
            for path in ["/nothing", "/a/b/c", "/echo/x/y", "/%zz/1"] {
                let missing = try await client.execute(uri: path, method: .put)
                #expect(missing.status == .notFound, "\(path)")
                #expect(missing.headers[.accessControlAllowOrigin] == "*")
                #expect(String(buffer: missing.body).contains(#""status":404"#))
            }
            let options = try await client.execute(uri: "/echo", method: .options)
            #expect(options.status == .noContent)
            #expect(options.headers[.accessControlAllowMethods] == "POST, OPTIONS")
        }
    }

    @Test func answersHEADWhereverGET() async throws {
        try await test { client async throws in
            let head = try await client.execute(uri: "/healthz", method: .head)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == "16")
            #expect(head.body.readableBytes == 0)
            #expect(try await client.execute(uri: "/echo", method: .head).status == .methodNotAllowed)
        }
    }

    @Test func decodesPathSegments() async throws {
        try await test { client async throws in
            let answer = try await client.execute(uri: "/a%2Fb/%C3%A9", method: .put)
            #expect(String(buffer: answer.body) == "a/b é")
            #expect(try await client.execute(uri: "/a%00b/1", method: .put).status == .notFound)
            #expect(try await client.execute(uri: "/%ff/1", method: .put).status == .notFound)
        }
    }

    @Test func readsBodiesWithinLimits() async throws {
        try await test { client async throws in
            let full = ByteBuffer(repeating: 65, count: 1000)
            #expect(try await client.execute(uri: "/echo", method: .post, body: full).body == full)
            let large = try await client.execute(
                uri: "/echo",
                method: .post,
                body: ByteBuffer(repeating: 65, count: 1001)
            )
            #expect(large.status == .contentTooLarge)
            #expect(large.headers[.contentType] == "application/problem+json")
            let broken = try await client.execute(uri: "/json", method: .post, body: ByteBuffer(string: "{\"a\":"))
            #expect(broken.status == .badRequest)
            #expect(broken.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func neverTellsWhatWentWrongInside() async throws {
        try await test { client async throws in
            let answer = try await client.execute(uri: "/fails", method: .get)
            #expect(answer.status == .internalServerError)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            #expect(!String(buffer: answer.body).contains("swordfish"))
        }
    }

    @Test func keepsSaneRequestIDs() async throws {
        try await test { client async throws in
            let kept = try await client.execute(uri: "/healthz", method: .get, headers: [.requestID: "abc-1"])
            #expect(kept.headers[.requestID] == "abc-1")
            let long = String(repeating: "x", count: 200)
            let made = try await client.execute(uri: "/healthz", method: .get, headers: [.requestID: long])
            #expect(made.headers[.requestID]?.count == 32)
        }
    }

    @Test func shedsLoad() async throws {
        var limits = ServiceConfiguration.Limits()
        limits.maximumInFlight = 2
        try await test(limits: limits) { client async throws in
            let statuses = try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for _ in 0..<5 { group.addTask { try await client.execute(uri: "/slow", method: .get) } }
                return try await group.reduce(into: [TestResponse]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0.status == .ok }.count == 2)
            let shed = statuses.filter { $0.status == .serviceUnavailable }
            #expect(shed.count == 3)
            #expect(shed.allSatisfy { $0.headers[.retryAfter] == "1" })
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
        }
    }

    // MARK: On a real socket

    @Test func answersGarbageWithAProblem() async throws {
        try await withResources { resources in
            try await Running.serving(Self.routes(), resources) { running async throws in
                let answer = try await RawClient.exchange(running.endpoint, ["NONSENSE\r\n\r\n"])
                #expect(answer.hasPrefix("HTTP/1.1 400 "))
                #expect(answer.contains("Access-Control-Allow-Origin: *"))
                #expect(answer.contains("application/problem+json"))
                let headers = (0..<2000).map { "X-\($0): \(String(repeating: "y", count: 100))\r\n" }.joined()
                let flooded = try await RawClient.exchange(
                    running.endpoint,
                    ["GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"]
                )
                #expect(flooded.hasPrefix("HTTP/1.1 4"))
            }
        }
    }

    @Test func cutsSlowClientsOff() async throws {
        var limits = ServiceConfiguration.Limits()
        limits.headTimeout = .milliseconds(200)
        limits.bodyTimeout = .milliseconds(200)
        limits.idleTimeout = .milliseconds(500)
        try await withResources { [limits] resources in
            try await Running.serving(Self.routes(), resources, limits: limits) { running async throws in
                #expect(try await RawClient.exchange(running.endpoint, []) == "")
                #expect(try await RawClient.exchange(running.endpoint, ["GET /healthz HT"]) == "")
                let start = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc"
                let dripped = [start] + (0..<20).map { _ in "x" }
                let answer = try await RawClient.exchange(running.endpoint, dripped, pause: .milliseconds(50))
                #expect(!answer.contains("200 OK"))
                #expect(!answer.hasSuffix("(still open)"))
                let idle = try await RawClient.exchange(running.endpoint, ["GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"])
                #expect(idle.hasSuffix(#"{"healthy":true}"#))
            }
        }
    }

    @Test func sendsContinueAndKeepsConnections() async throws {
        try await withResources { resources in
            try await Running.serving(Self.routes(), resources) { running async throws in
                let first = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
                let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                let answer = try await RawClient.exchange(
                    running.endpoint,
                    [first, "abc", last],
                    pause: .milliseconds(50)
                )
                #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
                #expect(answer.contains("\r\n\r\nabcHTTP/1.1 200 OK"))
                #expect(answer.hasSuffix(#"{"healthy":true}"#))
            }
        }
    }

    @Test func drainsWithoutFailingARequest() async throws {
        let inFlight = RequestLoad()
        let isDrainSeen = Mutex(false)
        var routes = RouteTable()
        routes.on("/slow", .get) { _, _ in
            _ = inFlight.enter(maximum: .max)
            while !isDrainSeen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "done")))
        }
        routes.on("/quick", .get) { _, _ in
            _ = inFlight.enter(maximum: .max)
            return Response(status: .ok)
        }
        try await withResources { [routes] resources in
            try await Running.serving(routes, resources) { running async throws in
                let slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
                async let first = RawClient.exchange(running.endpoint, [slow])
                async let second = RawClient.exchange(running.endpoint, [slow])
                async let idle = RawClient.exchange(running.endpoint, ["GET /quick HTTP/1.1\r\nHost: a\r\n\r\n"])
                while inFlight.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
                await running.group.triggerGracefulShutdown()
                // All connections are told to drain in one go, and an idle one is closed a moment after it was told: from
                // then on an answer says that it is the last one, however busy the machine is.
                #expect(try await idle.hasPrefix("HTTP/1.1 200 OK"))
                isDrainSeen.withLock { $0 = true }
                let answers = try await [first, second]
                for answer in answers {
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
                    #expect(answer.contains("Connection: close"))
                    #expect(answer.hasSuffix("done"))
                }
            }
        }
    }

    @Test func saysWhichAddressIsTaken() async throws {
        try await withResources { resources in
            try await Running.serving(Self.routes(), resources) { running async throws in
                let configuration = ServiceConfiguration(name: "second", bind: running.endpoint)
                let second = HTTPService(configuration: configuration, resources: resources, routes: RouteTable())
                let error = await #expect(throws: CannotListen.self) { try await second.run() }
                #expect(error?.description == "cannot listen on \(running.endpoint): address already in use")
            }
        }
    }
}
