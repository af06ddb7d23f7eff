import Hummingbird
import NIOCore

/// A file's bytes and what HTTP says about them; answers conditional and range requests (RFC 9110 §13, §14).
///
///     If-None-Match / If-Modified-Since still true   304 without a body
///     Range: bytes=a-b, and If-Range holds           206 with Content-Range
///     Range beyond the end                           416
///     anything else (several ranges too)             200 with everything
public struct Representation: Sendable {
    public var bytes: ByteBuffer
    public var mediaType: String
    /// With its quotes.
    public var entityTag: String?
    public var lastModified: HTTPDate?
    public var cacheControl: String
    /// `gzip` when the bytes are compressed.
    public var contentEncoding: String?
    /// True when the same path has an encoded and a plain form.
    public var variesByEncoding = false

    public init(
        bytes: ByteBuffer,
        mediaType: String,
        entityTag: String?,
        lastModified: HTTPDate?,
        cacheControl: String
    ) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.entityTag = entityTag
        self.lastModified = lastModified
        self.cacheControl = cacheControl
    }

    public func response(to request: Request) -> Response {
        var headers: HTTPFields = [.cacheControl: cacheControl, .acceptRanges: "bytes"]
        if let entityTag { headers[.eTag] = entityTag }
        if let lastModified { headers[.lastModified] = lastModified.description }
        if variesByEncoding { headers[.vary] = "Accept-Encoding" }
        if isUnchanged(for: request.headers) {
            var response = Response(status: .notModified, headers: headers)
            response.headers[.contentLength] = nil
            return response
        }
        headers[.contentType] = mediaType
        if let contentEncoding { headers[.contentEncoding] = contentEncoding }
        if request.method == .get, let range = request.headers[.range], rangeApplies(request.headers) {
            switch ByteRange(parsing: range, length: bytes.readableBytes) {
            case .satisfiable(let range):
                headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.readableBytes)"
                let part = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
                return Response(status: .partialContent, headers: headers, body: .init(byteBuffer: part))
            case .unsatisfiable:
                return Problem(
                    .rangeNotSatisfiable,
                    "there are \(bytes.readableBytes) bytes",
                    headers: [.contentRange: "bytes */\(bytes.readableBytes)"]
                ).response
            case .ignored: break
            }
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
    }

    /// If-None-Match wins over If-Modified-Since.
    private func isUnchanged(for headers: HTTPFields) -> Bool {
        let tags = headers[values: .ifNoneMatch]
        if !tags.isEmpty {
            guard let entityTag else { return false }
            return tags.contains { field in
                field.split(separator: ",").contains { tag in
                    var tag = tag.drop { $0 == " " }
                    while tag.last == " " { tag.removeLast() }
                    return tag == "*" || Self.strong(tag) == Self.strong(entityTag[...])
                }
            }
        }
        guard let text = headers[.ifModifiedSince], let since = HTTPDate(parsing: text), let lastModified else {
            return false
        }
        return lastModified <= since
    }

    private func rangeApplies(_ headers: HTTPFields) -> Bool {
        guard let condition = headers[.ifRange] else { return true }
        if let date = HTTPDate(parsing: condition) { return date == lastModified }
        return condition == entityTag && !condition.hasPrefix("W/")
    }

    /// Weak comparison looks at the opaque part only.
    private static func strong(_ tag: Substring) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
    }
}

/// One range of bytes as a request asks for it.
enum ByteRange: Equatable {
    case satisfiable(Range<Int>)
    case unsatisfiable
    /// Not understood, or several ranges: the whole is a correct answer.
    case ignored

    init(parsing text: String, length: Int) {
        self = .ignored
        guard text.hasPrefix("bytes="), !text.contains(",") else { return }
        let ends = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        func number(_ text: Substring) -> Int? {
            !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int(text) : nil
        }
        switch (number(ends[0]), number(ends[1])) {
        case (nil, let suffix?) where ends[0].isEmpty:
            self = suffix == 0 || length == 0 ? .unsatisfiable : .satisfiable(max(0, length - suffix)..<length)
        case (let first?, nil) where ends[1].isEmpty:
            self = first < length ? .satisfiable(first..<length) : .unsatisfiable
        case (let first?, let last?) where first <= last:
            self = first < length ? .satisfiable(first..<min(last, length - 1) + 1) : .unsatisfiable
        default: return
        }
    }
}
