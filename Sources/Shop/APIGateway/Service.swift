import Hummingbird
import ServiceLifecycle
import ServiceRuntime

/// The api gateway: one door to the shop's services.
///
///     /api/v1/<service>/<path> ──▶ http://<service's endpoint>/<path>
public struct APIGatewayService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// The only services that can be reached, by the name in the path.
        public var upstreams: [String: Endpoint]

        /// The shop's services that stand behind this gateway.
        public static let serviceNames = ["cart", "checkout", "content", "payment", "product"]

        public init(service: ServiceConfiguration, upstreams: [String: Endpoint]) {
            self.service = service
            self.upstreams = upstreams
        }

        /// Each service is at its own name, port 80, unless `SERVICE_HOST_<NAME>` and `SERVICE_PORT_<NAME>` say otherwise.
        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            var upstreams: [String: Endpoint] = [:]
            for name in Self.serviceNames { upstreams[name] = try environment.endpoint(name) }
            self.init(
                service: try ServiceConfiguration(name: "api-gateway", environment: environment),
                upstreams: upstreams
            )
        }
    }

    let http: HTTPService

    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: apiGatewayRoutes(
                UpstreamMap(configuration.upstreams),
                ReverseProxy(client: resources.httpClient, limits: configuration.service.limits)
            ),
            onRunning: onRunning
        )
    }

    public func run() async throws {
        try await http.run()
    }
}
