import Hummingbird
import Logging
import ServiceLifecycle
import ServiceRuntime

/// Checkout: charge the card, then empty the cart, both through the api gateway.
public struct CheckoutService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// `SERVICE_HOST_API_GATEWAY`, `SERVICE_PORT_API_GATEWAY`
        public var apiGateway: Endpoint
        /// The web gateway's secrets: a forged session is refused before anything is charged.
        public var sessionSecrets: [String]

        public init(service: ServiceConfiguration, apiGateway: Endpoint, sessionSecrets: [String]) {
            self.service = service
            self.apiGateway = apiGateway
            self.sessionSecrets = sessionSecrets
        }

        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            self.init(
                service: try ServiceConfiguration(name: "checkout", environment: environment),
                apiGateway: try environment.endpoint("api-gateway"),
                sessionSecrets: try SessionSecrets.load(environment)
            )
        }
    }

    let http: HTTPService
    let clearings: PendingClearings

    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        let shop = HTTPShopRepository(client: resources.httpClient, apiGateway: configuration.apiGateway)
        try self.init(configuration, resources, repository: shop, onRunning: onRunning)
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any ShopRepository,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) throws(ConfigurationError) {
        clearings = PendingClearings(repository: repository, logger: resources.logger)
        let verifier = try SessionVerifier(secrets: configuration.sessionSecrets)
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: checkoutRoutes(Purchase(repository: repository, clearings: clearings), verifier),
            checks: [ReadinessCheck("api-gateway") { try await repository.ping() }],
            onRunning: onRunning
        )
    }

    /// Answers requests; beside them, empties carts that could not be emptied at once. On shutdown these get one more
    /// chance, and what is still left is written to the log by name.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await clearings.run() }
            defer { group.cancelAll() }
            try await http.run()
        }
        await clearings.finish()
    }
}
