import Hummingbird
import KVClient
import ServiceLifecycle
import ServiceRuntime

/// The web gateway: what a browser talks to.
///
///     /<page>, /<asset>    files of the storefront
///     /api/v1/…            ──▶ api-gateway
///     session_id cookie    ──▶ session-data (string s:<sid>, five minutes from the last use)
public struct WebGatewayService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// `SERVICE_HOST_API_GATEWAY`, `SERVICE_PORT_API_GATEWAY`
        public var apiGateway: Endpoint
        /// `SERVICE_HOST_SESSION_DATA`, `SERVICE_PORT_SESSION_DATA`
        public var sessionData: Endpoint
        /// `SERVICE_PASSWORD_SESSION_DATA`
        public var sessionDataPassword: String?
        /// `STATIC_PATH`: the built storefront; nil when there is none.
        public var staticPath: String?
        /// `SESSION_SECRETS` or `SESSION_SECRET`: the first one signs, all of them verify.
        public var sessionSecrets: [String]

        public init(
            service: ServiceConfiguration,
            apiGateway: Endpoint,
            sessionData: Endpoint,
            staticPath: String?,
            sessionSecrets: [String]
        ) {
            self.service = service
            self.apiGateway = apiGateway
            self.sessionData = sessionData
            self.staticPath = staticPath
            self.sessionSecrets = sessionSecrets
        }

        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            self.init(
                service: try ServiceConfiguration(name: "web-gateway", environment: environment),
                apiGateway: try environment.endpoint("api-gateway"),
                sessionData: try environment.endpoint("session-data"),
                staticPath: environment.string("STATIC_PATH"),
                sessionSecrets: try SessionSecrets.load(environment)
            )
            sessionDataPassword = environment.string("SERVICE_PASSWORD_SESSION_DATA")
        }
    }

    let http: HTTPService
    private let client: KVPool?

    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        let data = configuration.sessionData
        var client = KVPool.Configuration(
            host: data.host,
            port: data.port,
            password: configuration.sessionDataPassword
        )
        client.clientName = "web-gateway"
        // A visitor should not wait long for a store that only remembers the visit.
        client.commandTimeout = .milliseconds(500)
        let connection = KVPool(client, eventLoopGroup: resources.eventLoopGroup, logger: resources.logger)
        let repository = KVSessionRepository(client: connection, clock: .system)
        try self.init(configuration, resources, repository: repository, client: connection, onRunning: onRunning)
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any SessionRepository,
        client: KVPool? = nil,
        clock: WallClock = .system,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        self.client = client
        let sessions = Sessions(
            repository: repository,
            signer: try SessionSigner(secrets: configuration.sessionSecrets),
            clock: clock
        )
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: webGatewayRoutes(
                storefront: configuration.staticPath.map { FileStore(root: $0) },
                sessions: sessions,
                proxy: ReverseProxy(client: resources.httpClient, limits: configuration.service.limits),
                apiGateway: Upstream(name: "api-gateway", endpoint: configuration.apiGateway)
            ),
            checks: [ReadinessCheck("session-data") { try await repository.ping() }],
            onRunning: onRunning
        )
    }

    public func run() async throws {
        do {
            try await http.run()
        } catch {
            await client?.shutdown()
            throw error
        }
        await client?.shutdown()
    }
}
