import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceRuntime
import Synchronization

/// Where pictures come from.
protocol ContentRepository: Sendable {
    /// Answers a GET or HEAD for a file; a missing one is a 404 problem.
    func response(for path: String, to request: Request, _ context: ServiceContext) async throws -> Response
    /// Throws when the pictures cannot be reached.
    func ping() async throws
}

/// Pictures in a directory: the built-in store.
struct DirectoryContentRepository: ContentRepository {
    private let path: String
    private let files: FileStore

    init(_ path: String) {
        self.path = path
        files = FileStore(root: path)
    }

    func response(for path: String, to request: Request, _ context: ServiceContext) async throws -> Response {
        let picture = try await files.representation(of: path, for: request, cacheControl: "public, max-age=3600")
        guard let picture else { throw Problem(.notFound, "there is no such file") }
        return picture.response(to: request)
    }

    func ping() async throws {
        guard FileStore.isDirectory(path) else { throw Problem(.serviceUnavailable, "the directory is missing") }
    }
}

/// Pictures behind an HTTP base, such as a public S3 or GCS bucket.
///
///     fresh in the cache        answered from it
///     stale in the cache        If-None-Match upstream: 304 ▶ fresh again, 200 ▶ replaced
///     upstream fails            what the cache holds, however old, else the upstream's status
///
/// Whole pictures are fetched and cached, ranges and conditions are answered here. At most `capacity` bytes are kept.
final class HTTPContentRepository: ContentRepository {
    private struct Entry: Sendable {
        var representation: Representation
        var freshUntil: ContinuousClock.Instant
        var lastUse: UInt64
    }

    private struct Cache: Sendable {
        var entries: [String: Entry] = [:]
        var size = 0
        var clock: UInt64 = 0
    }

    private static let maximumFile = 8 << 20
    private let base: String
    private let client: HTTPClient
    private let capacity: Int
    private let cache = Mutex(Cache())

    init(base: String, client: HTTPClient, capacity: Int = 32 << 20) {
        self.base = base
        self.client = client
        self.capacity = capacity
    }

    func response(for path: String, to request: Request, _ context: ServiceContext) async throws -> Response {
        guard !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }), path.utf8.count <= 1024 else {
            throw Problem(.notFound, "there is no such file")
        }
        let cached = cache.withLock { cache -> Entry? in
            cache.clock += 1
            cache.entries[path]?.lastUse = cache.clock
            return cache.entries[path]
        }
        if let cached, cached.freshUntil > .now { return cached.representation.response(to: request) }
        do {
            return try await fetch(path, cached, request)
        } catch let error as Problem where error.status.kind == .serverError {
            guard let cached else { throw error }
            context.logger.warning("answering from the cache: \(error)")
            return cached.representation.response(to: request)
        }
    }

    func ping() async throws {
        var request = HTTPClientRequest(url: base + "/")
        request.method = .HEAD
        // Any answer at all shows that the store is there: buckets do not list themselves.
        let response = try await client.execute(request, timeout: .seconds(1))
        for try await _ in response.body {}
    }

    private func fetch(_ path: String, _ cached: Entry?, _ request: Request) async throws -> Response {
        var outgoing = HTTPClientRequest(url: base + "/" + Self.percentEncoded(path))
        if let tag = cached?.representation.entityTag { outgoing.headers.add(name: "If-None-Match", value: tag) }
        if let date = cached?.representation.lastModified {
            outgoing.headers.add(name: "If-Modified-Since", value: date.description)
        }
        let (response, bytes) = try await execute(outgoing)
        let lifetime = Self.freshness(response.headers.first(name: "Cache-Control"))
        if response.status == .notModified, let cached {
            keep(cached.representation, at: path, for: lifetime)
            return cached.representation.response(to: request)
        }
        let type = response.headers.first(name: "Content-Type")
        guard response.status == .ok else {
            // The upstream's own status and text, as the original did; only its failures become ours.
            let code = Int(response.status.code)
            guard code < 500 else { throw Problem(.badGateway, "the image store failed with \(code)") }
            return Response(
                status: .init(code: code),
                headers: type.map { [.contentType: $0] } ?? [:],
                body: .init(byteBuffer: bytes)
            )
        }
        let representation = Representation(
            bytes: bytes,
            mediaType: type ?? FileStore.mediaType(of: path),
            entityTag: response.headers.first(name: "ETag"),
            lastModified: response.headers.first(name: "Last-Modified").flatMap { HTTPDate(parsing: $0) },
            cacheControl: response.headers.first(name: "Cache-Control") ?? "public, max-age=3600"
        )
        keep(representation, at: path, for: lifetime)
        return representation.response(to: request)
    }

    private func execute(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, ByteBuffer) {
        do {
            let response = try await client.execute(request, timeout: .seconds(5))
            return (response, try await response.body.collect(upTo: Self.maximumFile))
        } catch let error as HTTPClientError
            where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout
        {
            throw Problem(.gatewayTimeout, "the image store did not answer in time", cause: error)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem(.badGateway, "the image store cannot be reached", cause: error)
        }
    }

    private func keep(_ representation: Representation, at path: String, for lifetime: Duration?) {
        guard let lifetime else { return }
        cache.withLock { cache in
            cache.clock += 1
            let entry = Entry(
                representation: representation,
                freshUntil: .now.advanced(by: lifetime),
                lastUse: cache.clock
            )
            if let old = cache.entries.updateValue(entry, forKey: path) {
                cache.size -= old.representation.bytes.readableBytes
            }
            cache.size += representation.bytes.readableBytes
            while cache.size > capacity, let oldest = cache.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                cache.size -= oldest.value.representation.bytes.readableBytes
                cache.entries[oldest.key] = nil
            }
        }
    }

    /// How long an answer stays fresh: max-age, zero for no-cache, a minute when nothing is said; nil: do not keep.
    static func freshness(_ cacheControl: String?) -> Duration? {
        guard let cacheControl else { return .seconds(60) }
        let directives = cacheControl.lowercased().split(separator: ",").map { $0.filter { $0 != " " } }
        if directives.contains("no-store") || directives.contains("private") { return nil }
        if directives.contains("no-cache") { return .zero }
        for directive in directives where directive.hasPrefix("max-age=") {
            return .seconds(min(max(Int(directive.dropFirst(8)) ?? 0, 0), 86_400))
        }
        return .seconds(60)
    }

    /// Letters, digits, `-._~` and slashes stay; everything else is escaped.
    static func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                String(Unicode.Scalar(byte))
            default: "%" + String(byte >> 4, radix: 16).uppercased() + String(byte & 15, radix: 16).uppercased()
            }
        }.joined()
    }
}
