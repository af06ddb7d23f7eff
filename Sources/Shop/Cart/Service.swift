import Hummingbird
import KVClient
import ServiceLifecycle
import ServiceRuntime

/// The cart: what a visitor means to buy, kept in cart-data.
///
///     web-gateway ─▶ api-gateway ─▶ CartService ─▶ cart-data (hash s:<sid>: product id → quantity)
public struct CartService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// `SERVICE_HOST_CART_DATA`, `SERVICE_PORT_CART_DATA`
        public var cartData: Endpoint
        /// `SERVICE_PASSWORD_CART_DATA`
        public var cartDataPassword: String?
        /// The web gateway's secrets: the first one signs, all of them verify.
        public var sessionSecrets: [String]
        /// How long an untouched cart is kept (`CART_LIFETIME_SECONDS`): well beyond the session's five minutes.
        public var lifetimeSeconds = 7 * 86_400

        public init(service: ServiceConfiguration, cartData: Endpoint, sessionSecrets: [String]) {
            self.service = service
            self.cartData = cartData
            self.sessionSecrets = sessionSecrets
        }

        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            self.init(
                service: try ServiceConfiguration(name: "cart", environment: environment),
                cartData: try environment.endpoint("cart-data"),
                sessionSecrets: try SessionSecrets.load(environment)
            )
            cartDataPassword = environment.string("SERVICE_PASSWORD_CART_DATA")
            lifetimeSeconds = try environment.int("CART_LIFETIME_SECONDS", in: 600...31_536_000) ?? lifetimeSeconds
        }
    }

    let http: HTTPService
    private let client: KVPool?

    /// Wires the service to cart-data; nothing is opened before `run`.
    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        let data = configuration.cartData
        var client = KVPool.Configuration(host: data.host, port: data.port, password: configuration.cartDataPassword)
        client.clientName = "cart"
        let connection = KVPool(client, eventLoopGroup: resources.eventLoopGroup, logger: resources.logger)
        let repository = KVCartRepository(client: connection, lifetimeSeconds: configuration.lifetimeSeconds)
        try self.init(configuration, resources, repository: repository, client: connection, onRunning: onRunning)
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any CartRepository,
        client: KVPool? = nil,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        self.client = client
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: cartRoutes(repository, try SessionVerifier(secrets: configuration.sessionSecrets)),
            checks: [ReadinessCheck("cart-data") { try await repository.ping() }],
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
