import Commerce
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Runs one service's routes over HTTP until it is told to stop: the part all seven share.
///
///     routes + checks ──▶ HTTPService ──run()──▶ listening ──graceful shutdown──▶ drained
///
/// Adds `/healthz`, `/readyz` and, unless the service has a page there, `GET /` with name, version and uptime.
/// Invariant: `run` returns only when every connection is closed, at most `drainLimit` after the shutdown began.
public struct HTTPService: Service {
    public typealias OnRunning = @Sendable (Endpoint) async -> Void

    private let configuration: ServiceConfiguration
    private let resources: ServiceResources
    private let routes: RouteTable
    private let load: RequestLoad
    private let onRunning: OnRunning

    /// - Parameter onRunning: called once with the address that was bound (a port of 0 is filled in).
    public init(
        configuration: ServiceConfiguration,
        resources: ServiceResources,
        routes: RouteTable,
        checks: [ReadinessCheck] = [],
        onRunning: @escaping OnRunning = { _ in }
    ) {
        self.configuration = configuration
        self.resources = resources
        self.onRunning = onRunning
        load = RequestLoad()
        let readiness = Readiness(checks: checks, timeout: configuration.limits.readinessTimeout, load: load)
        let started = ContinuousClock.now
        var routes = routes
        routes.on("/healthz", .get) { _, _ in
            var json = JSONWriter(capacity: 16)
            json.object { $0.member("healthy", true) }
            return Response(json: json)
        }
        routes.on("/readyz", .get) { _, context in await readiness.response(context) }
        if !routes.answers(.get, "/") { Self.addIntroduction(to: &routes, configuration, started) }
        self.routes = routes
    }

    /// `GET /`: who this is and for how long it has been running; nothing that would be a secret.
    private static func addIntroduction(
        to routes: inout RouteTable,
        _ configuration: ServiceConfiguration,
        _ started: ContinuousClock.Instant
    ) {
        routes.on("/", .get) { _, _ in
            var json = JSONWriter()
            json.object { json in
                json.member("name", configuration.name)
                json.member("version", configuration.version)
                if let deployment = configuration.deployment { json.member("environment", deployment) }
                json.member("uptime_seconds", Int(started.duration(to: .now).components.seconds))
            }
            return Response(json: json)
        }
    }

    /// The Hummingbird application; tests drive it without a socket.
    public var application: Application<ServiceResponder> {
        let limits = configuration.limits
        let onRunning = onRunning
        let bind = configuration.bind
        var logger = resources.logger
        logger[metadataKey: "service"] = .string(configuration.name)
        return Application(
            responder: ServiceResponder(routes: routes, limits: limits, load: load),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionHandler(limits: limits)],
                    idleTimeout: TimeAmount(limits.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10,
                        maxHeaderListSize: 64 << 10,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(bind.host, port: bind.port),
                backlog: 511,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.maximumConnections)
            ),
            onServerRunning: { channel in
                await onRunning(Endpoint(host: bind.host, port: channel.localAddress?.port ?? bind.port))
            },
            eventLoopGroupProvider: .shared(resources.eventLoopGroup),
            logger: logger
        )
    }

    /// Listens and answers until graceful shutdown or cancellation. Throws `CannotListen` when the address is taken.
    public func run() async throws {
        let load = load
        try await withGracefulShutdownHandler {
            do {
                try await application.run()
            } catch let error as IOError {
                throw CannotListen(endpoint: configuration.bind, reason: error)
            }
        } onGracefulShutdown: {
            load.drain()
        }
    }
}

/// The address of a service cannot be bound.
public struct CannotListen: Error, CustomStringConvertible {
    public let endpoint: Endpoint
    public let reason: IOError

    public var description: String {
        let text = reason.errnoCode == 98 ? "address already in use" : reason.description
        return "cannot listen on \(endpoint): \(text)"
    }
}
