import AsyncHTTPClient
import Logging
import NIOCore
import NIOPosix

/// What the services of one process share: event loops, one HTTP client, the logger.
///
/// Sharing is what keeps the whole shop small: one connection pool and a handful of threads instead of seven of each.
public struct ServiceResources: Sendable {
    public let eventLoopGroup: any EventLoopGroup
    public let httpClient: HTTPClient
    public let logger: Logger

    public init(eventLoopGroup: any EventLoopGroup, httpClient: HTTPClient, logger: Logger) {
        self.eventLoopGroup = eventLoopGroup
        self.httpClient = httpClient
        self.logger = logger
    }

    /// Resources with a client of their own; `shutdown` must be called in the end.
    public init(eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger) {
        self.init(
            eventLoopGroup: eventLoopGroup,
            httpClient: HTTPClient(
                eventLoopGroupProvider: .shared(eventLoopGroup),
                configuration: Self.clientConfiguration
            ),
            logger: logger
        )
    }

    /// Closes the client's connections.
    public func shutdown() async throws {
        try await httpClient.shutdown().get()
    }

    /// HTTP/1.1, no redirects and no decompression (a proxy passes both on), three seconds to look a name up and to connect,
    /// no retry of that (see `executeOnceConnected`), idle connections dropped well before our own servers drop them (60 s).
    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3), read: .seconds(30), write: .seconds(30)),
            decompression: .disabled
        )
        configuration.connectionPool.idleTimeout = .seconds(20)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }
}
