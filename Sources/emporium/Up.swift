import ArgumentParser
import Glibc
import KVServer
import Logging
import NIOPosix
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// `emporium up`: the whole shop in one process.
///
///     tier 1   cart-data ─▶ replica   session-data ─▶ replica   product-data      a thread each
///     tier 2   cart  checkout  content  payment  product                          on shared event loops
///     tier 3   api-gateway
///     tier 4   web-gateway                                                        stops first
///
/// Ports are chosen before anything starts, so that every role can be told where the others are: through the same
/// environment names as in a container.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the whole shop in one process: every role, both replicas included.",
        discussion: """
            A port that is not given is the well-known one or the next free one after it. Data is kept in memory; \
            --data-dir keeps the secret that signs sessions, so that cookies outlive a restart.
            """
    )

    @Option(help: "The address that every role listens on.")
    var bind: String = "127.0.0.1"

    @Option(name: .customLong("data-dir"), help: "A directory for the data servers (default: a temporary one).")
    var dataDirectory: String?

    @Option(help: "The port of the web page (default: 8080).")
    var webPort: Int?

    @Option(help: "The port of cart-data (default: 6379).")
    var cartDataPort: Int?

    @Option(help: "The port of cart-data's replica (default: 6380).")
    var cartDataReplicaPort: Int?

    @Option(help: "The port of session-data (default: 6381).")
    var sessionDataPort: Int?

    @Option(help: "The port of session-data's replica (default: 6382).")
    var sessionDataReplicaPort: Int?

    @Option(help: "The port of product-data (default: 5432).")
    var productDataPort: Int?

    @Option(help: "The first port of the services behind the page (default: 8081).")
    var servicePort: Int?

    mutating func validate() throws {
        let ports = [
            webPort, cartDataPort, cartDataReplicaPort, sessionDataPort, sessionDataReplicaPort, productDataPort,
            servicePort,
        ]
        for case let port? in ports where !(0...65535).contains(port) {
            throw ValidationError("\(port) is not a port")
        }
    }

    func run() async throws {
        let values = try ProcessEnvironment.values()
        let environment = ServiceEnvironment(values)
        let logger = try Log.make(label: "emporium", environment: environment, default: .warning)
        let directory = try DataDirectory(path: dataDirectory)
        defer { directory.removeIfTemporary() }

        var ports = Ports(host: bind)
        let web = try ports.take(webPort, preferring: ShopRole.webGateway.preferredPort)
        let cartData = try ports.take(cartDataPort, preferring: 6379)
        let cartDataReplica = try ports.take(cartDataReplicaPort, preferring: 6380)
        let sessionData = try ports.take(sessionDataPort, preferring: 6381)
        let sessionDataReplica = try ports.take(sessionDataReplicaPort, preferring: 6382)
        let productData = try ports.take(productDataPort, preferring: 5432)
        var servicePorts: [ShopRole: Int] = [.webGateway: web]
        for role in ShopRole.allCases where role != .webGateway {
            let offset = role.preferredPort - ShopRole.apiGateway.preferredPort
            servicePorts[role] = try ports.take(nil, preferring: (servicePort ?? 8081) + offset)
        }

        let board = Board(
            roles: [
                "cart-data", "cart-data-replica", "session-data", "session-data-replica", "product-data", "api-gateway",
                "cart", "checkout", "content", "payment", "product", "web-gateway",
            ]
        )
        let installation = Installation(environment: environment)
        if installation.storefront == nil { logger.warning("the storefront is not built: run `make storefront`") }

        // Tier 1: the data servers.
        func keyValue(_ role: String, port: Int, following primary: Int? = nil) throws -> KeyValueService {
            var configuration = KVServer.Configuration()
            configuration.host = bind
            configuration.port = port
            configuration.dataDirectory = try directory.make(role)
            configuration.replicaOf = primary.map { .init(host: peerHost, port: $0) }
            configuration.logger = logger
            return KeyValueService(configuration: configuration) { board.running(role, at: "redis://\($0)") }
        }
        let catalog = try ProductData.serverConfiguration(
            environment: environment,
            bind: bind,
            port: productData,
            dataDirectory: try directory.make("product-data"),
            catalog: installation.catalog,
            logger: logger
        )
        let data = Tier(
            services: [
                try keyValue("cart-data", port: cartData),
                try keyValue("cart-data-replica", port: cartDataReplica, following: cartData),
                try keyValue("session-data", port: sessionData),
                try keyValue("session-data-replica", port: sessionDataReplica, following: sessionData),
                CatalogService(configuration: catalog) {
                    board.running("product-data", at: ProductData.address(catalog, $0))
                },
            ]
        )

        // Tiers 2 to 4: the services, told where everything is as a container would be.
        var shared: [String: String] = [
            "SERVICE_BIND_HOST": bind,
            "SERVICE_HOST_CART_DATA": peerHost, "SERVICE_PORT_CART_DATA": String(cartData),
            "SERVICE_HOST_SESSION_DATA": peerHost, "SERVICE_PORT_SESSION_DATA": String(sessionData),
            "SERVICE_HOST_PRODUCT_DATA": peerHost, "SERVICE_PORT_PRODUCT_DATA": String(productData),
            "SERVICE_USERNAME_PRODUCT_DATA": catalog.user,
        ]
        shared["SERVICE_DATABASE_PRODUCT_DATA"] = catalog.database
        if let password = catalog.password { shared["SERVICE_PASSWORD_PRODUCT_DATA"] = password }
        if values["SESSION_SECRET"] == nil && values["SESSION_SECRETS"] == nil {
            shared["SESSION_SECRET"] = try directory.sessionSecret()
        }
        if let path = installation.pictures, values["CONTENT_PATH"] == nil { shared["CONTENT_PATH"] = path }
        if let path = installation.storefront, values["STATIC_PATH"] == nil { shared["STATIC_PATH"] = path }
        for (role, port) in servicePorts {
            let name = role.rawValue.uppercased().replacing("-", with: "_")
            shared["SERVICE_HOST_\(name)"] = peerHost
            shared["SERVICE_PORT_\(name)"] = String(port)
        }
        // A few threads serve all seven: the data servers have their own.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let resources = ServiceResources(eventLoopGroup: group, logger: logger)
        func service(_ role: ShopRole) throws -> any Service {
            var mine = values.merging(shared) { _, ours in ours }
            mine["SERVICE_NAME"] = nil
            mine["SERVICE_BIND_PORT"] = servicePorts[role].map(String.init)
            return try role.makeService(environment: ServiceEnvironment(mine), resources: resources) {
                board.running(role.rawValue, at: "http://\($0)")
            }
        }
        let services = Tier(services: try [.cart, .checkout, .content, .payment, .product].map(service))
        try await Group.run([data, services, service(.apiGateway), service(.webGateway)], logger: logger)
        try await resources.shutdown()
        try await group.shutdownGracefully()
    }

    /// Where the roles reach each other: the address they listen on, or loopback if that is every address.
    private var peerHost: String {
        switch bind {
        case "0.0.0.0", "*", "": "127.0.0.1"
        case "::": "::1"
        default: bind
        }
    }
}

/// Collects the roles' addresses and prints them once, in a fixed order, when all of them answer.
private final class Board: Sendable {
    private let roles: [String]
    private let addresses = Mutex<[String: String]>([:])

    init(roles: [String]) {
        self.roles = roles
    }

    func running(_ role: String, at address: String) {
        let complete = addresses.withLock { addresses in
            addresses[role] = address
            return addresses.count == roles.count ? addresses : nil
        }
        guard let complete else { return }
        let width = roles.map(\.count).max() ?? 0
        var text = ""
        for role in roles {
            text += role + String(repeating: " ", count: width + 2 - role.count) + (complete[role] ?? "") + "\n"
        }
        text += "\nopen \(complete["web-gateway"] ?? "")\n"
        print(text, terminator: "")
        fflush(nil)
    }
}
