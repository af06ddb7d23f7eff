import Commerce
import Hummingbird
import NIOCore

/// An error a client is told about: `application/problem+json` (RFC 9457).
///
///     {"type":"about:blank","title":"Not Found","status":404,"detail":"there is no product 12345678"}
///
/// `detail` is written for the client. What went wrong inside belongs in `cause`, which is logged and never sent.
public struct Problem: Error, Sendable {
    public var status: HTTPResponse.Status
    public var detail: String?
    public var headers: HTTPFields
    /// Further members of the object, such as the contract's `message`.
    public var members: [JSONValue.Member]
    /// For the log alone.
    public var cause: (any Error)?

    public init(
        _ status: HTTPResponse.Status,
        _ detail: String? = nil,
        headers: HTTPFields = [:],
        members: [JSONValue.Member] = [],
        cause: (any Error)? = nil
    ) {
        self.status = status
        self.detail = detail
        self.headers = headers
        self.members = members
        self.cause = cause
    }

    /// 503 with a time to come back.
    public static func unavailable(_ detail: String, retryAfter seconds: Int = 1, cause: (any Error)? = nil) -> Problem
    {
        Problem(.serviceUnavailable, detail, headers: [.retryAfter: String(seconds)], cause: cause)
    }

    /// The body: members first, so that clients of the original find theirs where they were.
    public var body: ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            for member in members {
                json.key(member.name)
                json.value(member.value)
            }
            json.member("type", "about:blank")
            json.member("title", status.reasonPhrase.isEmpty ? "Error" : status.reasonPhrase)
            json.member("status", status.code)
            if let detail { json.member("detail", detail) }
        }
        return ByteBuffer(bytes: json.bytes)
    }

    public var response: Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: body))
    }
}

extension Problem: CustomStringConvertible {
    public var description: String {
        "\(status.code) \(detail ?? status.reasonPhrase)" + (cause.map { " (\($0))" } ?? "")
    }
}
