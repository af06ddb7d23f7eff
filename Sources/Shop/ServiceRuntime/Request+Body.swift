import Commerce
import Hummingbird
import NIOCore

extension Request {
    /// The whole body, at most `limit` bytes: else 413. A body that ends before its Content-Length is 400.
    public func bytes(upTo limit: Int) async throws -> ByteBuffer {
        let announced = try announcedLength()
        if announced == 0 { return ByteBuffer() }
        if let announced, announced > limit { throw Self.tooLarge(limit) }
        var collected = ByteBuffer()
        for try await chunk in body {
            guard collected.readableBytes + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
            if collected.readableBytes == 0 { collected = chunk } else { collected.writeImmutableBuffer(chunk) }
        }
        if let announced, collected.readableBytes < announced {
            throw Problem(.badRequest, "the body ended too early")
        }
        return collected
    }

    /// The body as JSON; an empty body is `nil`, malformed JSON is 400.
    public func json(upTo limit: Int = 1 << 20) async throws -> JSONValue? {
        let buffer = try await bytes(upTo: limit)
        guard buffer.readableBytes > 0 else { return nil }
        return try buffer.withUnsafeReadableBytes { raw in
            do {
                return try JSONValue(parsing: raw)
            } catch {
                throw Problem(.badRequest, "the body is not JSON: \(error)")
            }
        }
    }

    /// `Content-Length`; 0 without one unless the body is chunked (then nil).
    func announcedLength() throws -> Int? {
        if let text = headers[.contentLength] {
            guard let length = Int(text), length >= 0 else { throw Problem(.badRequest, "Content-Length is no number") }
            return length
        }
        return headers[.transferEncoding] == nil ? 0 : nil
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "the body may have \(limit) bytes at most")
    }

    /// The value of a cookie; the first one where a name is repeated.
    public func cookie(_ name: String) -> Substring? {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
                return pair[pair.index(after: equals)...]
            }
        }
        return nil
    }
}

extension Response {
    /// An `application/json` answer.
    public init(json: JSONWriter, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes))
        )
    }
}
