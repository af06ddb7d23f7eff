import Hummingbird
import ServiceLifecycle
import ServiceRuntime

/// The payment service: stands for a card processor. It checks the number and takes its time.
public struct PaymentService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// A charge takes a random time of this range: `PAYMENT_DELAY_MIN` and `PAYMENT_DELAY_MAX`, in seconds.
        public var delay: ClosedRange<Duration>

        public init(
            service: ServiceConfiguration,
            delay: ClosedRange<Duration> = .milliseconds(500) ... .milliseconds(1000)
        ) {
            self.service = service
            self.delay = delay
        }

        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            let least = try environment.seconds("PAYMENT_DELAY_MIN") ?? .milliseconds(500)
            let most = try environment.seconds("PAYMENT_DELAY_MAX") ?? max(least, .milliseconds(1000))
            guard least <= most else { throw ConfigurationError("PAYMENT_DELAY_MIN is greater than PAYMENT_DELAY_MAX") }
            self.init(
                service: try ServiceConfiguration(name: "payment", environment: environment),
                delay: least...most
            )
        }
    }

    let http: HTTPService

    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        self.init(
            configuration,
            resources,
            repository: MemoryChargeRepository(delay: configuration.delay),
            onRunning: onRunning
        )
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any ChargeRepository,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: paymentRoutes(repository),
            onRunning: onRunning
        )
    }

    public func run() async throws {
        try await http.run()
    }
}
