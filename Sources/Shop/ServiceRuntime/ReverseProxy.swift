import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOPosix

/// Passes a request on to another service and its answer back: the one mechanism of both gateways.
///
///     client ──request──▶ copy head (end-to-end fields) ──▶ upstream
///     client ◀─response── copy head (end-to-end fields) ◀── upstream        bodies stream in both directions
///
/// - Hop-by-hop fields end here; X-Forwarded-For/Host/Proto, X-Request-Id and traceparent are added.
/// - The deadline covers the time to the response's head; a body may then take as long as bytes keep coming.
/// - While no connection can be made the request waits for a second, if its body is at hand. Once it was sent, only
///   idempotent methods whose body is at hand are tried a second time, and only when no answer had begun.
/// - Upstream unreachable 502, too late 504, known to be down 503 with Retry-After.
///
/// Not here: who may be reached. The caller chooses the upstream from a fixed map, never from the request's text.
public struct ReverseProxy: Sendable {
    private let client: HTTPClient
    private let maximumStreamedBody: Int
    private let bodyTimeout: Duration

    /// Bodies up to this size are held in memory: one write instead of a stream, and a retry becomes possible.
    private static let smallBody = 64 << 10

    public init(client: HTTPClient, limits: ServiceConfiguration.Limits) {
        self.client = client
        maximumStreamedBody = limits.maximumStreamedBody
        bodyTimeout = limits.bodyTimeout
    }

    /// - Parameters:
    ///   - target: path and query as they go on the wire, beginning with a slash.
    ///   - headers: replaces fields of the request, such as a cookie that was just issued.
    public func forward(
        _ request: Request,
        context: ServiceContext,
        to upstream: Upstream,
        target: String,
        deadline: Duration,
        replacing headers: HTTPFields = [:]
    ) async throws -> Response {
        guard upstream.admits else { throw Problem.unavailable("\(upstream.name) is not available") }
        var outgoing = HTTPClientRequest(url: "http://\(upstream.endpoint)\(target)")
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        outgoing.headers = Self.requestHeaders(request, context, replacing: headers)
        let relay = try await attachBody(of: request, to: &outgoing)
        let expires = NIODeadline.now() + TimeAmount(deadline)
        do {
            let response =
                if relay != nil {
                    try await client.execute(outgoing, deadline: expires)
                } else {
                    try await execute(outgoing, expires, mayRetry: Self.idempotent.contains(request.method), context)
                }
            upstream.succeeded()
            // A refusal that came before the whole body did ends the upload; a good answer waits for it.
            if response.status.code < 300 { await relay?.wait(atMost: bodyTimeout) }
            await relay?.stop()
            return try await Self.response(response, relay, isHead: request.method == .head)
        } catch {
            await relay?.stop()
            relay?.finish(error)
            throw Self.problem(error, upstream)
        }
    }

    private static let idempotent: Set<HTTPRequest.Method> = [.get, .head, .options, .put, .delete]

    private func execute(
        _ request: HTTPClientRequest,
        _ deadline: NIODeadline,
        mayRetry: Bool,
        _ context: ServiceContext
    ) async throws -> HTTPClientResponse {
        do {
            return try await client.executeOnceConnected(request, deadline: deadline)
        } catch  where mayRetry && Self.isBroken(error) && NIODeadline.now() < deadline {
            context.logger.debug("trying again after: \(error)")
            return try await client.executeOnceConnected(request, deadline: deadline)
        }
    }

    // MARK: Request

    /// Small bodies are collected; others are streamed through the relay that is returned.
    private func attachBody(of request: Request, to outgoing: inout HTTPClientRequest) async throws -> BodyRelay? {
        let length = try request.announcedLength()
        guard length != 0 else { return nil }
        if let length, length <= Self.smallBody {
            outgoing.body = .bytes(try await request.bytes(upTo: Self.smallBody))
            return nil
        }
        if let length, length > maximumStreamedBody { throw Request.tooLarge(maximumStreamedBody) }
        let relay = BodyRelay(request.body, limit: maximumStreamedBody)
        outgoing.body = .stream(relay, length: length.map { .known(Int64($0)) } ?? .unknown)
        return relay
    }

    private static func requestHeaders(
        _ request: Request,
        _ context: ServiceContext,
        replacing replaced: HTTPFields
    ) -> HTTPHeaders {
        var headers = HTTPHeaders()
        let dropped = hopByHop(request.headers)
        for field in request.headers where !dropped.contains(field.name) && !replaced.contains(field.name) {
            headers.add(name: field.name.rawName, value: field.value)
        }
        for field in replaced { headers.add(name: field.name.rawName, value: field.value) }
        let forwarded = request.headers[values: .forwardedFor] + (context.peerAddress.map { [$0] } ?? [])
        if !forwarded.isEmpty {
            headers.replaceOrAdd(name: "X-Forwarded-For", value: forwarded.joined(separator: ", "))
        }
        if let host = request.head.authority, request.headers[.forwardedHost] == nil {
            headers.add(name: "X-Forwarded-Host", value: host)
        }
        if request.headers[.forwardedProto] == nil { headers.add(name: "X-Forwarded-Proto", value: "http") }
        headers.replaceOrAdd(name: "X-Request-Id", value: context.requestID)
        if request.headers[.traceParent] == nil { headers.add(name: "traceparent", value: newTraceParent()) }
        return headers
    }

    /// The fields that speak about one connection (RFC 9110 §7.6.1), those that Connection names, and those that the
    /// HTTP client writes itself.
    private static func hopByHop(_ headers: HTTPFields) -> Set<HTTPField.Name> {
        var names: Set<HTTPField.Name> = [
            .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .host,
            .contentLength,
            .expect, .proxyAuthorization, .proxyAuthenticate,
        ]
        for value in headers[values: .connection] {
            for name in value.split(separator: ",") {
                if let name = HTTPField.Name(name.filter { $0 != " " && $0 != "\t" }) { names.insert(name) }
            }
        }
        return names
    }

    /// A trace that begins here: random ids, sampled (W3C Trace Context).
    private static func newTraceParent() -> String {
        var generator = SystemRandomNumberGenerator()
        return
            "00-\(hexadecimal(generator.next() | 1))\(hexadecimal(generator.next()))-\(hexadecimal(generator.next() | 1))-01"
    }

    // MARK: Response

    private static func response(
        _ upstream: HTTPClientResponse,
        _ relay: BodyRelay?,
        isHead: Bool
    ) async throws -> Response {
        var headers = HTTPFields()
        for (name, value) in upstream.headers {
            if let name = HTTPField.Name(name), HTTPField.isValidValue(value) {
                headers.append(HTTPField(name: name, value: value))
            }
        }
        let length = headers[.contentLength]
        for name in hopByHop(headers) where headers.contains(name) { headers[values: name] = [] }
        // The answering service stamps its own; ours are set again on the way out.
        headers[.date] = nil
        let status = HTTPResponse.Status(code: Int(upstream.status.code), reasonPhrase: upstream.status.reasonPhrase)
        if isHead || status == .noContent || status == .notModified {
            for try await _ in upstream.body {}
            relay?.finish(nil)
            var response = Response(status: status, headers: headers)
            response.headers[.contentLength] = length
            return response
        }
        let count = length.flatMap { Int($0) }
        if let count, count <= smallBody {
            let body = try await upstream.body.collect(upTo: smallBody)
            relay?.finish(nil)
            return Response(status: status, headers: headers, body: .init(byteBuffer: body))
        }
        let body = upstream.body
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: count) { writer in
                defer { relay?.finish(nil) }
                for try await chunk in body { try await writer.write(chunk) }
                try await writer.finish(nil)
            }
        )
    }

    // MARK: Failures

    /// Whether the connection broke under the request.
    private static func isBroken(_ error: any Error) -> Bool {
        switch error {
        case is IOError, is ChannelError: true
        case let error as HTTPClientError: error == .remoteConnectionClosed
        default: false
        }
    }

    private static func problem(_ error: any Error, _ upstream: Upstream) -> any Error {
        switch error {
        case let problem as Problem: return problem
        case is CancellationError: return error
        case let error as HTTPClientError:
            switch error {
            case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .getConnectionFromPoolTimeout:
                upstream.failed()
                return Problem(.gatewayTimeout, "\(upstream.name) did not answer in time", cause: error)
            case .cancelled, .requestStreamCancelled: return CancellationError()
            case .bodyLengthMismatch: return Problem(.badRequest, "the body does not have its announced length")
            default: break
            }
        // The client's own stream broke while it was passed on: not the upstream's fault.
        case is HTTPParserError, is SlowClient: return error
        default: break
        }
        upstream.failed()
        return Problem(.badGateway, "\(upstream.name) cannot be reached", cause: error)
    }
}

extension HTTPField.Name {
    static var host: Self { Self("Host")! }
}
