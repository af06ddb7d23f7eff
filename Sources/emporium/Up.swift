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

    @Option(help: "The address that every role listens on (SERVICE_BIND_HOST; default: loopback).")
    var bind: String?

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

    @OptionGroup var settings: SettingOptions

    private var flags: [String: String?] {
        [
            "SERVICE_BIND_HOST": bind, "DATA_DIR": dataDirectory, "UP_WEB_PORT": webPort.map(String.init),
            "UP_CART_DATA_PORT": cartDataPort.map(String.init),
            "UP_CART_DATA_REPLICA_PORT": cartDataReplicaPort.map(String.init),
            "UP_SESSION_DATA_PORT": sessionDataPort.map(String.init),
            "UP_SESSION_DATA_REPLICA_PORT": sessionDataReplicaPort.map(String.init),
            "UP_PRODUCT_DATA_PORT": productDataPort.map(String.init), "UP_SERVICE_PORT": servicePort.map(String.init),
        ]
    }

    func run() async throws {
        let environment = try settings.load(flags: flags)
        let logger = try Log.make(label: "emporium", environment: environment, default: .warning)
        let installation = Installation(environment: environment)
        if installation.storefront == nil { logger.warning("the storefront is not built: run `make storefront`") }
        let host = try environment.bind(defaultPort: 0).host
        let ports = try choosePorts(host, environment)
        let directory = try DataDirectory(path: environment.string("DATA_DIR"))
        defer { directory.removeIfTemporary() }
        let board = Board(roles: ports.dataRoles + ShopRole.allCases.map(\.rawValue))

        let catalog = try ProductData.serverConfiguration(
            environment: environment,
            bind: host,
            port: ports.productData,
            dataDirectory: try directory.make("product-data"),
            catalog: installation.catalog,
            logger: logger
        )
        let data = try dataTier(host, ports, catalog, directory, board, logger)
        let told = serviceEnvironment(environment, host, ports, catalog, directory, installation)
        // A few threads serve all seven: the data servers have their own.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let resources = ServiceResources(eventLoopGroup: group, logger: logger)
        let services = Tier(
            services: try [ShopRole.cart, .checkout, .content, .payment, .product].map { role in
                try makeService(role, told, ports, resources, board)
            }
        )
        let apiGateway = try makeService(.apiGateway, told, ports, resources, board)
        let webGateway = try makeService(.webGateway, told, ports, resources, board)
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

    private func choosePorts(_ host: String, _ environment: ServiceEnvironment) throws -> RolePorts {
        var free = Ports(host: host)
        func take(_ setting: String, preferring port: Int) throws -> Int {
            try free.take(try environment.int(setting, in: 0...65535), preferring: port)
        }
        var ports = RolePorts()
        ports.services[.webGateway] = try take("UP_WEB_PORT", preferring: ShopRole.webGateway.preferredPort)
        ports.cartData = try take("UP_CART_DATA_PORT", preferring: 6379)
        ports.cartDataReplica = try take("UP_CART_DATA_REPLICA_PORT", preferring: 6380)
        ports.sessionData = try take("UP_SESSION_DATA_PORT", preferring: 6381)
        ports.sessionDataReplica = try take("UP_SESSION_DATA_REPLICA_PORT", preferring: 6382)
        ports.productData = try take("UP_PRODUCT_DATA_PORT", preferring: 5432)
        let usual = ShopRole.apiGateway.preferredPort
        let first = try environment.int("UP_SERVICE_PORT", in: 0...65535) ?? usual
        for role in ShopRole.allCases where role != .webGateway {
            ports.services[role] = try free.take(nil, preferring: first + role.preferredPort - usual)
        }
        return ports
    }

    /// Tier 1: the data servers.
    private func dataTier(
        _ host: String,
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
            configuration.host = host
            configuration.port = role.port
            configuration.dataDirectory = try directory.make(role.name)
            if let primary = role.primary { configuration.replicaOf = .init(host: peer(of: host), port: primary) }
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
        _ environment: ServiceEnvironment,
        _ host: String,
        _ ports: RolePorts,
        _ catalog: SQLServer.Configuration,
        _ directory: DataDirectory,
        _ installation: Installation
    ) -> ServiceEnvironment {
        var values = [
            "SERVICE_USERNAME_PRODUCT_DATA": catalog.user, "SERVICE_PASSWORD_PRODUCT_DATA": catalog.password ?? "",
            "SERVICE_DATABASE_PRODUCT_DATA": catalog.database,
        ]
        var peers = ["cart-data": ports.cartData, "session-data": ports.sessionData, "product-data": ports.productData]
        for (role, port) in ports.services where role != .webGateway { peers[role.rawValue] = port }
        for (role, port) in peers {
            values[Setting.hostName(role)] = peer(of: host)
            values[Setting.portName(role)] = String(port)
        }
        let signs = ["SESSION_SECRETS", "SESSION_SECRET", "SESSION_SECRET_FILE"]
        if signs.allSatisfy({ environment.string($0) == nil }) {
            values["SESSION_SECRET_FILE"] = directory.sessionSecretFile
        }
        return environment.overridden(by: values).defaulting(
            to: ["CONTENT_PATH": installation.pictures, "STATIC_PATH": installation.storefront]
        )
    }

    private func makeService(
        _ role: ShopRole,
        _ environment: ServiceEnvironment,
        _ ports: RolePorts,
        _ resources: ServiceResources,
        _ board: Board
    ) throws -> any Service {
        let mine = ["SERVICE_NAME": role.rawValue, "SERVICE_BIND_PORT": String(ports.services[role] ?? 0)]
        return try role.makeService(environment: environment.overridden(by: mine), resources: resources) {
            board.running(role.rawValue, at: "http://\($0)")
        }
    }

    /// Where roles that listen on `host` reach each other: there, or on loopback if that is every address.
    private func peer(of host: String) -> String {
        switch host {
        case "0.0.0.0", "*", "": "127.0.0.1"
        case "::": "::1"
        default: host
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
