import Crypto
import Glibc
import Hummingbird
import NIOCore
import NIOPosix
import Synchronization

/// Serves the files of one directory: the storefront's assets and the catalog's pictures.
///
///     path ─▶ safe name? ─▶ stat ─▶ same as cached? ─▶ Representation ─▶ 200 / 206 / 304
///                                        └─ no: read, hash, cache
///
/// - A name can not leave the directory: empty, dot and hidden segments, separators and NULs are "not found", and the
///   last segment is opened without following a symbolic link.
/// - `file.gz` beside `file` is sent to clients that accept it.
/// - At most `cacheCapacity` bytes are kept, the least recently used go first; every use compares size and time of
///   the file, so a changed file is seen at once. The entity tag is a hash of the content: equal on every machine.
public final class FileStore: Sendable {
    private struct Entry: Sendable {
        let identity: Identity
        let bytes: ByteBuffer
        let entityTag: String
        var lastUse: UInt64
    }

    private struct Identity: Sendable, Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let inode: UInt64
    }

    private struct Cache: Sendable {
        var entries: [String: Entry] = [:]
        var size = 0
        var clock: UInt64 = 0
    }

    private let root: String
    private let threads: NIOThreadPool
    private let cacheCapacity: Int
    private let maximumFile: Int
    private let cache = Mutex(Cache())

    public init(
        root: String,
        threads: NIOThreadPool = .singleton,
        cacheCapacity: Int = 16 << 20,
        maximumFile: Int = 64 << 20
    ) {
        self.root = root
        self.threads = threads
        self.cacheCapacity = cacheCapacity
        self.maximumFile = maximumFile
    }

    /// Whether there is a regular file at `path` (segments joined by slashes).
    public func contains(_ path: String) -> Bool {
        Self.isSafe(path) && identity(of: path) != nil
    }

    /// The file at `path`; nil when there is none.
    public func representation(
        of path: String,
        for request: Request,
        cacheControl: String
    ) async throws -> Representation? {
        guard Self.isSafe(path), let plain = identity(of: path) else { return nil }
        let mediaType = Self.mediaType(of: path)
        let compressed = identity(of: path + ".gz")
        let usesGzip = compressed != nil && Self.acceptsGzip(request)
        guard
            let entry = try await entry(
                usesGzip ? path + ".gz" : path,
                usesGzip ? compressed ?? plain : plain
            )
        else { return nil }
        var representation = Representation(
            bytes: entry.bytes,
            mediaType: mediaType,
            entityTag: entry.entityTag,
            lastModified: HTTPDate(seconds: Int64(plain.seconds)),
            cacheControl: cacheControl
        )
        representation.variesByEncoding = compressed != nil
        if usesGzip { representation.contentEncoding = "gzip" }
        return representation
    }

    /// Whether `path` is a directory that can be looked at.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func entry(_ path: String, _ identity: Identity) async throws -> Entry? {
        let cached = cache.withLock { cache -> Entry? in
            guard let entry = cache.entries[path], entry.identity == identity else { return nil }
            cache.clock += 1
            cache.entries[path]?.lastUse = cache.clock
            return entry
        }
        if let cached { return cached }
        guard identity.size <= maximumFile else {
            throw Problem(.internalServerError, "the file is too large to be served")
        }
        let file = root + "/" + path
        guard let bytes = try await threads.runIfActive({ Self.read(file, size: identity.size) }) else { return nil }
        let digest = bytes.withUnsafeReadableBytes { raw in
            SHA256.hash(data: raw).prefix(12).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        let entry = Entry(identity: identity, bytes: bytes, entityTag: "\"\(digest)\"", lastUse: 0)
        if identity.size <= cacheCapacity / 4 { keep(entry, at: path) }
        return entry
    }

    private func keep(_ entry: Entry, at path: String) {
        cache.withLock { cache in
            cache.clock += 1
            var entry = entry
            entry.lastUse = cache.clock
            if let old = cache.entries.updateValue(entry, forKey: path) { cache.size -= old.bytes.readableBytes }
            cache.size += entry.bytes.readableBytes
            while cache.size > cacheCapacity,
                let oldest = cache.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                cache.size -= oldest.value.bytes.readableBytes
                cache.entries[oldest.key] = nil
            }
        }
    }

    private static func isSafe(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 1024, !path.utf8.contains(0), !path.utf8.contains(UInt8(ascii: "\\"))
        else {
            return false
        }
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
    }

    /// A call of a microsecond or two on a local file system: not worth a trip to another thread.
    private func identity(of path: String) -> Identity? {
        var status = stat()
        guard lstat(root + "/" + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Identity(
            size: status.st_size,
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec,
            inode: UInt64(status.st_ino)
        )
    }

    private static func read(_ file: String, size: Int) -> ByteBuffer? {
        let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        while buffer.readableBytes < size {
            let missing = size - buffer.readableBytes
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { raw in
                max(0, Glibc.read(descriptor, raw.baseAddress, min(raw.count, missing)))
            }
            if count == 0 { return nil }
        }
        return buffer
    }

    private static func acceptsGzip(_ request: Request) -> Bool {
        request.headers[values: .acceptEncoding].contains { field in
            field.split(separator: ",").contains { item in
                let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
                return parts.first == "gzip" && !parts.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" }
            }
        }
    }

    /// The media type that a file's ending stands for.
    public static func mediaType(of path: String) -> String {
        switch path.split(separator: ".").last.map({ $0.lowercased() }) {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "map": "application/json"
        case "webmanifest": "application/manifest+json"
        case "txt": "text/plain; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "avif": "image/avif"
        case "gif": "image/gif"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        default: "application/octet-stream"
        }
    }
}
