import AsyncHTTPClient
import Commerce
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import ServiceRuntime
import Testing

@testable import APIGateway

/// The gateway in front of a service on a loopback socket.
@Suite(.timeLimit(.minutes(2)))
struct APIGatewayTests {
    /// Tells what reached it.
    private static func routes() -> RouteTable {
        var routes = RouteTable()
        routes.on("/echo/{path*}", .get, .post, .put, .delete) { request, context in
            var headers: HTTPFields = [.contentType: "text/plain", .eTag: "\"kept\""]
            headers.append(HTTPField(name: .setCookie, value: "a=1"))
            headers.append(HTTPField(name: .setCookie, value: "b=2"))
            headers[.init("X-Seen")!] = request.headers.map { "\($0.name.canonicalName)=\($0.value)" }.joined(
                separator: "|"
            )
            headers[.init("X-Target")!] = "\(request.method.rawValue) \(request.head.path ?? "")"
            let body = try await request.bytes(upTo: 32 << 20)
            return Response(status: .init(code: 299), headers: headers, body: .init(byteBuffer: body))
        }
        routes.on("/stream", .get) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    for piece in 0..<100 { try await writer.write(ByteBuffer(string: "\(piece),")) }
                    try await writer.finish(nil)
                }
            )
        }
        routes.on("/refuse", .post) { _, _ in throw Problem(.contentTooLarge) }
        routes.on("/early", .post) { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "early")))
        }
        routes.on("/", .get) { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "root"))) }
        return routes
    }

    private struct Shop: Sendable {
        let client: HTTPClient
        let gateway: Endpoint

        func call(
            _ method: HTTPMethod,
            _ path: String,
            _ headers: HTTPHeaders = [:],
            _ body: HTTPClientRequest.Body? = nil
        ) async throws -> (status: Int, headers: HTTPHeaders, body: ByteBuffer) {
            var request = HTTPClientRequest(url: "http://\(gateway)\(path)")
            request.method = method
            request.headers = headers
            request.body = body
            let response = try await client.execute(request, timeout: .seconds(20))
            return (Int(response.status.code), response.headers, try await response.body.collect(upTo: 64 << 20))
        }
    }

    /// Runs an upstream (as `cart`) and the gateway; `payment` points at a port where nobody listens.
    private func test(_ body: @Sendable @escaping (Shop) async throws -> Void) async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let loopback = Endpoint(host: "127.0.0.1", port: 0)
        let outcome = await capture {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                var groups: [ServiceGroup] = []
                func start(_ service: any Service, _ bound: AsyncStream<Endpoint>) async throws -> Endpoint {
                    let group = ServiceGroup(configuration: .init(services: [service], logger: resources.logger))
                    groups.append(group)
                    tasks.addTask { try await group.run() }
                    return try #require(await bound.first { _ in true })
                }
                let (upstreamBound, upstreamContinuation) = AsyncStream.makeStream(of: Endpoint.self)
                let upstream = HTTPService(
                    configuration: .init(name: "cart", bind: loopback),
                    resources: resources,
                    routes: Self.routes()
                ) { upstreamContinuation.yield($0) }
                let cart = try await start(upstream, upstreamBound)
                let (gatewayBound, gatewayContinuation) = AsyncStream.makeStream(of: Endpoint.self)
                let gateway = APIGatewayService(
                    configuration: .init(
                        service: .init(name: "api-gateway", bind: loopback),
                        upstreams: ["cart": cart, "payment": Endpoint(host: "127.0.0.1", port: 1)]
                    ),
                    resources: resources
                ) { gatewayContinuation.yield($0) }
                let shop = Shop(client: resources.httpClient, gateway: try await start(gateway, gatewayBound))
                let result: Result<Void, any Error>
                do {
                    result = .success(try await body(shop))
                } catch {
                    result = .failure(error)
                }
                for group in groups.reversed() { await group.triggerGracefulShutdown() }
                try await tasks.waitForAll()
                try result.get()
            }
        }
        try await resources.shutdown()
        try outcome.get()
    }

    @Test func passesRequestsAndAnswersThrough() async throws {
        try await test { shop async throws in
            for method in [HTTPMethod.GET, .POST, .PUT, .DELETE] {
                let hasBody = method != .GET
                let answer = try await shop.call(
                    method,
                    "/api/v1/cart/echo/a%20b/c?x=1&y=%2F",
                    [
                        "X-Custom": "kept", "Connection": "X-Hop", "X-Hop": "dropped", "X-Forwarded-For": "192.0.2.1",
                        "X-Request-Id": "r1",
                    ],
                    hasBody ? .bytes(ByteBuffer(string: "body")) : nil
                )
                #expect(answer.status == 299)
                #expect(answer.headers.first(name: "X-Target") == "\(method.rawValue) /echo/a%20b/c?x=1&y=%2F")
                let seen = answer.headers.first(name: "X-Seen") ?? ""
                #expect(seen.contains("x-custom=kept"))
                #expect(!seen.contains("x-hop"))
                #expect(seen.contains("x-forwarded-for=192.0.2.1, 127.0.0.1"))
                #expect(seen.contains("x-request-id=r1"))
                #expect(seen.contains("traceparent=00-"))
                #expect(seen.contains("x-forwarded-host=\(shop.gateway)"))
                #expect(answer.headers["Set-Cookie"] == ["a=1", "b=2"])
                #expect(answer.headers.first(name: "ETag") == "\"kept\"")
                #expect(answer.headers["Access-Control-Allow-Origin"] == ["*"])
                #expect(answer.headers.first(name: "X-Request-Id") == "r1")
                #expect(answer.body == (hasBody ? ByteBuffer(string: "body") : ByteBuffer()))
            }
            #expect(try await shop.call(.GET, "/api/v1/cart").body == ByteBuffer(string: "root"))
            #expect(try await shop.call(.GET, "/api/v1/cart/").body == ByteBuffer(string: "root"))
        }
    }

    @Test func streamsLargeAndChunkedBodies() async throws {
        try await test { shop async throws in
            let large = ByteBuffer(repeating: 7, count: 8 << 20)
            let known = try await shop.call(.POST, "/api/v1/cart/echo/", [:], .bytes(large))
            #expect(known.body == large)
            let pieces = AsyncStream { continuation in
                for piece in 0..<1000 { continuation.yield(ByteBuffer(string: "\(piece);")) }
                continuation.finish()
            }
            let chunked = try await shop.call(.POST, "/api/v1/cart/echo/", [:], .stream(pieces, length: .unknown))
            #expect(String(buffer: chunked.body) == (0..<1000).map { "\($0);" }.joined())
            let streamed = try await shop.call(.GET, "/api/v1/cart/stream")
            #expect(String(buffer: streamed.body) == (0..<100).map { "\($0)," }.joined())
        }
    }

    /// An upstream that answers before it has read the body must not leave two readers on the client's connection.
    @Test(arguments: ["/refuse", "/early"]) func survivesAnswersBeforeTheEndOfTheBody(path: String) async throws {
        try await test { shop async throws in
            var interrupted = 0
            for round in 0..<20 {
                let pieces = AsyncStream { continuation in
                    let producer = Task {
                        for _ in 0..<50 {
                            continuation.yield(ByteBuffer(repeating: 7, count: 20_000))
                            if round.isMultiple(of: 2) { try await Task.sleep(for: .milliseconds(1)) }
                        }
                        continuation.finish()
                    }
                    continuation.onTermination = { _ in producer.cancel() }
                }
                let length: HTTPClientRequest.Body.Length =
                    round.isMultiple(of: 3) ? .known(Int64(1_000_000)) : .unknown
                do {
                    let answer = try await shop.call(.POST, "/api/v1/cart" + path, [:], .stream(pieces, length: length))
                    #expect(answer.status == (path == "/refuse" ? 413 : 200))
                } catch {
                    // The connection may end while the client still sends: then it sees no answer, which is no failure
                    // of the gateway. That it goes on answering is checked below.
                    interrupted += 1
                }
            }
            #expect(interrupted < 20)
            #expect(try await shop.call(.GET, "/api/v1/cart/").status == 200)
        }
    }

    @Test func answersHEADWithTheLength() async throws {
        try await test { shop async throws in
            let head = try await shop.call(.HEAD, "/api/v1/cart/")
            #expect(head.status == 200)
            #expect(head.headers.first(name: "Content-Length") == "4")
            #expect(head.body.readableBytes == 0)
        }
    }

    @Test func reachesNothingElse() async throws {
        try await test { shop async throws in
            for path in [
                "/api/v1/unknown/x", "/api/v1/127.0.0.1:\(shop.gateway.port)/healthz", "/api/v1/cart@example.org/",
                "/api/v1/",
                "/api/v2/cart", "/other", "/api/v1/http:%2F%2Fexample.org/", "/api/v1/CART",
            ] {
                let answer = try await shop.call(.GET, path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.headers.first(name: "Content-Type") == "application/problem+json")
                #expect(answer.headers["Access-Control-Allow-Origin"] == ["*"])
            }
            let patch = try await shop.call(.PATCH, "/api/v1/cart/echo/x")
            #expect(patch.status == 405)
            #expect(patch.headers.first(name: "Allow") == "GET, POST, PUT, DELETE, HEAD, OPTIONS")
        }
    }

    @Test func saysWhenAServiceIsGone() async throws {
        try await test { shop async throws in
            let first = try await shop.call(.GET, "/api/v1/payment/")
            #expect(first.status == 502)
            #expect(first.headers.first(name: "Content-Type") == "application/problem+json")
            var statuses: Set<Int> = []
            for _ in 0..<20 {
                statuses.insert(
                    try await shop.call(.POST, "/api/v1/payment/process", [:], .bytes(ByteBuffer(string: "{}"))).status
                )
            }
            // After some failures in a row the gateway no longer asks.
            #expect(statuses == [502, 503])
            let open = try await shop.call(.GET, "/api/v1/payment/")
            #expect(open.status == 503)
            #expect(open.headers.first(name: "Retry-After") == "1")
            #expect(try await shop.call(.GET, "/api/v1/cart/").status == 200)
        }
    }

    @Test func readsItsMap() throws {
        let configuration = try APIGatewayService.Configuration(
            environment: ServiceEnvironment([
                "SERVICE_HOST_CART": "10.0.0.1", "SERVICE_PORT_CART": "8080", "SERVICE_BIND_PORT": "81",
            ])
        )
        #expect(configuration.upstreams["cart"] == Endpoint(host: "10.0.0.1", port: 8080))
        #expect(configuration.upstreams["product"] == Endpoint(host: "product", port: 80))
        #expect(configuration.upstreams.count == 5)
        #expect(configuration.service.bind.port == 81)
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
