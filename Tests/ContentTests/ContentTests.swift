import AsyncHTTPClient
import Commerce
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import ServiceRuntime
import Synchronization
import Testing

@testable import Content

/// Pictures from a directory and from an HTTP base.
@Suite(.timeLimit(.minutes(2)))
struct ContentTests {
    private static let picture = ByteBuffer(bytes: (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    private func resources() -> ServiceResources {
        ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func serve(
        _ source: ContentService.Configuration.Source,
        _ resources: ServiceResources,
        _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let service = ContentService(
            configuration: .init(
                service: .init(name: "content", bind: Endpoint(host: "127.0.0.1", port: 0)),
                source: source
            ),
            resources: resources
        )
        try await service.http.application.test(.router, body)
    }

    /// A directory with a picture, a hidden file, a link out of it, and a secret beside it.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("content-\(UUID().uuidString)").path
        let root = base + "/pictures"
        try FileManager.default.createDirectory(atPath: root + "/more", withIntermediateDirectories: true)
        try Data(Self.picture.readableBytesView).write(to: URL(fileURLWithPath: root + "/tea.jpeg"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/more/a b.txt"))
        try Data("secret".utf8).write(to: URL(fileURLWithPath: root + "/.hidden"))
        try Data("secret".utf8).write(to: URL(fileURLWithPath: base + "/secret.txt"))
        try FileManager.default.createSymbolicLink(
            atPath: root + "/link.txt",
            withDestinationPath: base + "/secret.txt"
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(root))
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(atPath: base)
        try result.get()
    }

    @Test func servesADirectory() async throws {
        let resources = resources()
        try await withDirectory { root in
            try await serve(.directory(root), resources) { client async throws in
                let whole = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(whole.status == .ok)
                #expect(whole.body == Self.picture)
                #expect(whole.headers[.contentType] == "image/jpeg")
                #expect(whole.headers[.acceptRanges] == "bytes")
                let tag = try #require(whole.headers[.eTag])
                let unchanged = try await client.execute(uri: "/tea.jpeg", method: .get, headers: [.ifNoneMatch: tag])
                #expect(unchanged.status == .notModified)
                #expect(unchanged.body.readableBytes == 0)
                let part = try await client.execute(uri: "/tea.jpeg", method: .get, headers: [.range: "bytes=100-199"])
                #expect(part.status == .partialContent)
                #expect(part.body == Self.picture.getSlice(at: 100, length: 100))
                let head = try await client.execute(uri: "/tea.jpeg", method: .head)
                #expect(head.headers[.contentLength] == "10000")
                #expect(head.headers[.eTag] == tag)
                #expect(head.body.readableBytes == 0)
                #expect(try await client.execute(uri: "/more/a%20b.txt", method: .get).status == .ok)
                #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
            }
            try await serve(.directory(root + "/none"), resources) { client async throws in
                let missing = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(missing.status == .notFound)
                #expect(try await client.execute(uri: "/readyz", method: .get).status == .serviceUnavailable)
            }
        }
        try await resources.shutdown()
    }

    @Test func staysInItsDirectory() async throws {
        let resources = resources()
        try await withDirectory { root in
            try await serve(.directory(root), resources) { client async throws in
                for path in [
                    "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/more/../../secret.txt", "/.hidden",
                    "/link.txt",
                    "/tea.jpeg%00.txt", "/more", "/more/", "/..\\secret.txt", "//etc/passwd", "/%2fetc/passwd",
                    "/none.jpeg",
                ] {
                    let response = try await client.execute(uri: path, method: .get)
                    #expect(response.status == .notFound, "\(path)")
                    #expect(!String(buffer: response.body).contains("secret\""))
                    #expect(response.headers[.accessControlAllowOrigin] == "*")
                }
                #expect(try await client.execute(uri: "/tea.jpeg", method: .put).status == .methodNotAllowed)
            }
        }
        try await resources.shutdown()
    }

    @Test func seesAChangedFile() async throws {
        let resources = resources()
        try await withDirectory { root in
            try await serve(.directory(root), resources) { client async throws in
                let before = try await client.execute(uri: "/tea.jpeg", method: .get)
                try Data("new".utf8).write(to: URL(fileURLWithPath: root + "/tea.jpeg"))
                let after = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(String(buffer: after.body) == "new")
                #expect(after.headers[.eTag] != before.headers[.eTag])
            }
        }
        try await resources.shutdown()
    }

    // MARK: An HTTP base

    /// What a bucket was asked, and how it behaves.
    private final class Bucket: Sendable {
        let requests = Mutex<[String]>([])
        let isBroken = Mutex(false)

        func routes() -> RouteTable {
            var routes = RouteTable()
            routes.on("/shop/tea.jpeg", .get) { request, _ in
                self.requests.withLock { $0.append(request.headers[.ifNoneMatch] ?? "-") }
                if self.isBroken.withLock({ $0 }) { throw Problem(.internalServerError) }
                if request.headers[.ifNoneMatch] == "\"v1\"" {
                    return Response(status: .notModified, headers: [.eTag: "\"v1\""])
                }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: "image/jpeg", .eTag: "\"v1\"", .cacheControl: "max-age=0",
                        .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT",
                    ],
                    body: .init(byteBuffer: ContentTests.picture)
                )
            }
            return routes
        }
    }

    @Test func passesAnHTTPBaseOnWithValidation() async throws {
        let resources = resources()
        let bucket = Bucket()
        let (bound, continuation) = AsyncStream.makeStream(of: Endpoint.self)
        let upstream = HTTPService(
            configuration: .init(name: "bucket", bind: Endpoint(host: "127.0.0.1", port: 0)),
            resources: resources,
            routes: bucket.routes()
        ) { continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [upstream], logger: resources.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let endpoint = try #require(await bound.first { _ in true })
            try await serve(.upstream("http://\(endpoint)/shop"), resources) { client async throws in
                let first = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(first.status == .ok)
                #expect(first.body == Self.picture)
                #expect(first.headers[.eTag] == "\"v1\"")
                #expect(first.headers[.lastModified] == "Sun, 06 Nov 1994 08:49:37 GMT")
                #expect(first.headers[.cacheControl] == "max-age=0")
                let second = try await client.execute(uri: "/tea.jpeg", method: .get, headers: [.range: "bytes=0-9"])
                #expect(second.status == .partialContent)
                #expect(second.body == Self.picture.getSlice(at: 0, length: 10))
                #expect(bucket.requests.withLock { $0 } == ["-", "\"v1\""])
                let missing = try await client.execute(uri: "/none.jpeg", method: .get)
                #expect(missing.status == .notFound)
                #expect(try await client.execute(uri: "/../x", method: .get).status == .notFound)
                // The probe gives the store one second, which a machine full of compilers may not have: it may be asked again.
                var readiness = try await client.execute(uri: "/readyz", method: .get).status
                for _ in 0..<10 where readiness != .ok {
                    try await Task.sleep(for: .milliseconds(200))
                    readiness = try await client.execute(uri: "/readyz", method: .get).status
                }
                #expect(readiness == .ok)
                // A store that fails later costs nothing that is known already.
                bucket.isBroken.withLock { $0 = true }
                let stale = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(stale.status == .ok)
                #expect(stale.body == Self.picture)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try await serve(.upstream("http://\(endpoint)/shop"), resources) { client async throws in
                let gone = try await client.execute(uri: "/tea.jpeg", method: .get)
                #expect(gone.status == .badGateway)
                #expect(try await client.execute(uri: "/readyz", method: .get).status == .serviceUnavailable)
            }
        }
        try await resources.shutdown()
    }

    @Test(
        arguments: [
            (nil, Duration?.some(.seconds(60))), ("max-age=5", .seconds(5)),
            ("public, max-age=99999999", .seconds(86_400)),
            ("no-cache", .zero), ("no-store, max-age=9", nil), ("private", nil), ("max-age=-1", .zero),
            ("max-age=x", .zero),
        ] as [(String?, Duration?)]
    )
    func knowsFreshness(header: String?, lifetime: Duration?) {
        #expect(HTTPContentRepository.freshness(header) == lifetime)
    }

    @Test func readsItsSource() throws {
        #expect(ContentService.Configuration.source("/srv/pictures/") == .directory("/srv/pictures"))
        #expect(ContentService.Configuration.source("https://a/b/") == .upstream("https://a/b"))
        #expect(HTTPContentRepository.percentEncoded("a b/é?.jpeg") == "a%20b/%C3%A9%3F.jpeg")
        #expect(throws: ConfigurationError.self) {
            try ContentService.Configuration(environment: ServiceEnvironment([:]))
        }
    }
}
