import HTTPTypes
import Hummingbird
import NIOCore

/// What a route knows about its request besides the request itself.
public struct ServiceContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id`, or one made here; it goes into the log, the answer and calls to other services.
    public var requestID = ""
    /// The address of the peer, without the port; nil in tests that use no socket.
    public let peerAddress: String?
    var captures: [(name: String, value: String)] = []

    public init(source: Source) {
        coreContext = .init(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress
    }

    /// The percent-decoded segment that the route's pattern calls `{name}`.
    public func capture(_ name: String) -> String? {
        captures.first { $0.name == name }?.value
    }
}

extension HTTPField.Name {
    /// `X-Request-Id`
    public static var requestID: Self { Self("X-Request-Id")! }
    /// `X-Forwarded-For`
    public static var forwardedFor: Self { Self("X-Forwarded-For")! }
    /// `X-Forwarded-Host`
    public static var forwardedHost: Self { Self("X-Forwarded-Host")! }
    /// `X-Forwarded-Proto`
    public static var forwardedProto: Self { Self("X-Forwarded-Proto")! }
    /// `traceparent` (W3C Trace Context)
    public static var traceParent: Self { Self("traceparent")! }
    /// `Idempotency-Key`
    public static var idempotencyKey: Self { Self("Idempotency-Key")! }
    /// `Keep-Alive`
    public static var keepAlive: Self { Self("Keep-Alive")! }
    /// `Proxy-Connection`
    public static var proxyConnection: Self { Self("Proxy-Connection")! }
}
