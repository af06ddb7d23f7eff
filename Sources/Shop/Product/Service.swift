import Hummingbird
import SQLClient
import ServiceLifecycle
import ServiceRuntime

/// The catalog: look-up by id and search, read from product-data.
public struct ProductService: Service {
    public struct Configuration: Sendable {
        public var service: ServiceConfiguration
        /// `SERVICE_HOST_PRODUCT_DATA`, `SERVICE_PORT_PRODUCT_DATA`
        public var productData: Endpoint
        /// `SERVICE_USERNAME_PRODUCT_DATA`
        public var user = "postgres"
        /// `SERVICE_PASSWORD_PRODUCT_DATA`
        public var password: String?
        /// `SERVICE_DATABASE_PRODUCT_DATA`
        public var database = "products"
        public var maximumConnections = 8
        /// `PRODUCT_FAULT`
        var fault: FaultyCatalogRepository.Fault?

        public init(service: ServiceConfiguration, productData: Endpoint) {
            self.service = service
            self.productData = productData
        }

        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            self.init(
                service: try ServiceConfiguration(name: "product", environment: environment),
                productData: try environment.endpoint("product-data")
            )
            user = environment.string("SERVICE_USERNAME_PRODUCT_DATA") ?? user
            password = environment.string("SERVICE_PASSWORD_PRODUCT_DATA")
            database = environment.string("SERVICE_DATABASE_PRODUCT_DATA") ?? database
            if let name = environment.string("PRODUCT_FAULT") {
                guard let fault = FaultyCatalogRepository.Fault(rawValue: name) else {
                    let known = FaultyCatalogRepository.Fault.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ConfigurationError("PRODUCT_FAULT: '\(name)' is none of \(known)")
                }
                self.fault = fault
            }
        }
    }

    let http: HTTPService
    private let pool: SQLPool?

    /// Wires the service to product-data; nothing is opened before the first request.
    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        let pool = SQLPool(
            SQLPool.Configuration(
                host: configuration.productData.host,
                port: configuration.productData.port,
                user: configuration.user,
                password: configuration.password,
                database: configuration.database,
                applicationName: configuration.service.name,
                maximumConnections: configuration.maximumConnections,
                connectTimeout: .seconds(10),
                acquireTimeout: .seconds(3),
                queryTimeout: .seconds(4)
            ),
            eventLoopGroup: resources.eventLoopGroup,
            logger: resources.logger
        )
        let sound = SQLCatalogRepository(pool: pool)
        var repository: any CatalogRepository = sound
        if let fault = configuration.fault { repository = FaultyCatalogRepository(fault: fault, sound: sound) }
        self.init(
            configuration,
            resources,
            repository: repository,
            pool: pool,
            onRunning: onRunning
        )
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any CatalogRepository,
        pool: SQLPool? = nil,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        self.pool = pool
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: productRoutes(repository),
            checks: [ReadinessCheck("product-data") { try await repository.ping() }],
            onRunning: onRunning
        )
    }

    public func run() async throws {
        do {
            try await http.run()
        } catch {
            await pool?.shutdown()
            throw error
        }
        await pool?.shutdown()
    }
}
