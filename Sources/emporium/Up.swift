import ArgumentParser
import Glibc
import KVServer
import Logging
import NIOPosix
import SQLServer
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
        let directory = try DataDirectory(path: dataDirectory)
        defer { directory.removeIfTemporary() }
        let values = try ProcessEnvironment.values()
        let logger = try Log.make(label: "emporium", environment: ServiceEnvironment(values), default: .warning)
        let installation = Installation(environment: ServiceEnvironment(values))
        if installation.storefront == nil { logger.warning("the storefront is not built: run `make storefront`") }
        let ports = try choosePorts()
        let board = Board(roles: ports.dataRoles + ShopRole.allCases.map(\.rawValue))

        let catalog = try ProductData.serverConfiguration(
            environment: ServiceEnvironment(values),
            bind: bind,
            port: ports.productData,
            dataDirectory: try directory.make("product-data"),
            catalog: installation.catalog,
            logger: logger
        )
        let data = try dataTier(ports, catalog, directory, board, logger)
        let environment = try serviceEnvironment(values, ports, catalog, directory, installation)
        // A few threads serve all seven: the data servers have their own.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let resources = ServiceResources(eventLoopGroup: group, logger: logger)
        let services = Tier(
            services: try [ShopRole.cart, .checkout, .content, .payment, .product].map { role in
                try makeService(role, environment, ports, resources, board)
            }
        )
        let apiGateway = try makeService(.apiGateway, environment, ports, resources, board)
        let webGateway = try makeService(.webGateway, environment, ports, resources, board)
        try await Group.run([data, services, apiGateway, webGateway], logger: logger)
        try await resources.shutdown()
        try await group.shutdownGracefully()
    }

    /// A port for every role, all of them different.
    private struct RolePorts {
        var cartData = 0
        var cartDataReplica = 0
        var sessionData = 0
        var sessionDataReplica = 0
        var productData = 0
        var services: [ShopRole: Int] = [:]

        let dataRoles = ["cart-data", "cart-data-replica", "session-data", "session-data-replica", "product-data"]
    }

    private func choosePorts() throws -> RolePorts {
        var free = Ports(host: bind)
        var ports = RolePorts()
        ports.services[.webGateway] = try free.take(webPort, preferring: ShopRole.webGateway.preferredPort)
        ports.cartData = try free.take(cartDataPort, preferring: 6379)
        ports.cartDataReplica = try free.take(cartDataReplicaPort, preferring: 6380)
        ports.sessionData = try free.take(sessionDataPort, preferring: 6381)
        ports.sessionDataReplica = try free.take(sessionDataReplicaPort, preferring: 6382)
        ports.productData = try free.take(productDataPort, preferring: 5432)
        let first = ShopRole.apiGateway.preferredPort
        for role in ShopRole.allCases where role != .webGateway {
            ports.services[role] = try free.take(nil, preferring: (servicePort ?? first) + role.preferredPort - first)
        }
        return ports
    }

    /// Tier 1: the data servers.
    private func dataTier(
        _ ports: RolePorts,
        _ catalog: SQLServer.Configuration,
        _ directory: DataDirectory,
        _ board: Board,
        _ logger: Logger
    ) throws -> Tier {
        let keyValueRoles: [(name: String, port: Int, primary: Int?)] = [
            ("cart-data", ports.cartData, nil),
            ("cart-data-replica", ports.cartDataReplica, ports.cartData),
            ("session-data", ports.sessionData, nil),
            ("session-data-replica", ports.sessionDataReplica, ports.sessionData),
        ]
        var services: [any Service] = []
        for role in keyValueRoles {
            var configuration = KVServer.Configuration()
            configuration.host = bind
            configuration.port = role.port
            configuration.dataDirectory = try directory.make(role.name)
            if let primary = role.primary { configuration.replicaOf = .init(host: peerHost, port: primary) }
            configuration.logger = logger
            let name = role.name
            services.append(
                KeyValueService(configuration: configuration) { board.running(name, at: "redis://\($0)") }
            )
        }
        services.append(
            CatalogService(configuration: catalog) {
                board.running("product-data", at: ProductData.address(catalog, $0))
            }
        )
        return Tier(services: services)
    }

    /// What every service is told: where everything is, as a container would be.
    private func serviceEnvironment(
        _ values: [String: String],
        _ ports: RolePorts,
        _ catalog: SQLServer.Configuration,
        _ directory: DataDirectory,
        _ installation: Installation
    ) throws -> [String: String] {
        var environment = values
        environment["SERVICE_NAME"] = nil
        environment["SERVICE_BIND_HOST"] = bind
        environment["SERVICE_USERNAME_PRODUCT_DATA"] = catalog.user
        environment["SERVICE_PASSWORD_PRODUCT_DATA"] = catalog.password
        environment["SERVICE_DATABASE_PRODUCT_DATA"] = catalog.database
        if values["SESSION_SECRET"] == nil && values["SESSION_SECRETS"] == nil {
            environment["SESSION_SECRET"] = try directory.sessionSecret()
        }
        if values["CONTENT_PATH"] == nil { environment["CONTENT_PATH"] = installation.pictures }
        if values["STATIC_PATH"] == nil { environment["STATIC_PATH"] = installation.storefront }
        var peers = ["cart-data": ports.cartData, "session-data": ports.sessionData, "product-data": ports.productData]
        for (role, port) in ports.services { peers[role.rawValue] = port }
        for (peer, port) in peers {
            let name = peer.uppercased().replacing("-", with: "_")
            environment["SERVICE_HOST_\(name)"] = peerHost
            environment["SERVICE_PORT_\(name)"] = String(port)
        }
        return environment
    }

    private func makeService(
        _ role: ShopRole,
        _ environment: [String: String],
        _ ports: RolePorts,
        _ resources: ServiceResources,
        _ board: Board
    ) throws -> any Service {
        var mine = environment
        mine["SERVICE_BIND_PORT"] = String(ports.services[role] ?? 0)
        return try role.makeService(environment: ServiceEnvironment(mine), resources: resources) {
            board.running(role.rawValue, at: "http://\($0)")
        }
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
