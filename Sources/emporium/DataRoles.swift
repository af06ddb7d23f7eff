import ArgumentParser
import Glibc
import KVServer
import Logging
import SQLServer
import ServiceRuntime

/// What both kinds of data role take on the command line.
struct DataOptions: ParsableArguments {
    @Option(help: "The address to listen on (SERVICE_BIND_HOST; default: loopback).")
    var bind: String?

    @Option(help: "The port to listen on (SERVICE_BIND_PORT); 0 takes any free one.")
    var port: Int?

    @Option(name: .customLong("data-dir"), help: "The server's directory (DATA_DIR; default: where it is started).")
    var dataDirectory: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Follow a primary (REPLICAOF).", valueName: "host port"))
    var replicaof: [String] = []

    @OptionGroup var settings: SettingOptions

    mutating func validate() throws {
        if let port, !(0...65535).contains(port) { throw ValidationError("--port: \(port) is not a port") }
        guard replicaof.isEmpty || replicaof.count == 2 else {
            throw ValidationError("--replicaof takes a host and a port, as in: --replicaof 127.0.0.1 6379")
        }
        if replicaof.count == 2, Int(replicaof[1]).map({ !(1...65535).contains($0) }) ?? true {
            throw ValidationError("--replicaof: '\(replicaof[1])' is not a port")
        }
    }

    func environment(_ more: [String: String?] = [:]) throws(ConfigurationError) -> ServiceEnvironment {
        let flags = [
            "SERVICE_BIND_HOST": bind, "SERVICE_BIND_PORT": port.map(String.init), "DATA_DIR": dataDirectory,
            "REPLICAOF": replicaof.isEmpty ? nil : replicaof.joined(separator: " "),
        ]
        return try settings.load(flags: flags.merging(more) { $1 })
    }

    /// The primary to follow.
    private static func primary(_ environment: ServiceEnvironment) throws(ConfigurationError) -> Endpoint? {
        guard let text = environment.string("REPLICAOF") else { return nil }
        let parts = text.split(separator: " ")
        guard parts.count == 2, let port = Int(parts[1]), 1...65535 ~= port else {
            throw ConfigurationError("REPLICAOF: '\(text)' is not a host and a port, as in: 127.0.0.1 6379")
        }
        return Endpoint(host: String(parts[0]), port: port)
    }

    func runKeyValue(role: String) async throws {
        let environment = try environment()
        let logger = try Log.make(label: role, environment: environment, default: .info)
        let bind = try environment.bind(defaultPort: 6379)
        var configuration = KVServer.Configuration()
        configuration.host = bind.host
        configuration.port = bind.port
        configuration.dataDirectory = environment.string("DATA_DIR")
        configuration.replicaOf = try Self.primary(environment).map { .init(host: $0.host, port: $0.port) }
        configuration.password = environment.string("REDIS_PASSWORD")
        configuration.logger = logger
        let service = KeyValueService(configuration: configuration) { endpoint in
            logger.notice("\(role) answers at redis://\(endpoint)")
        }
        try await Group.run([service], logger: logger)
    }
}

struct CartData: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cart-data",
        abstract: "The Redis-compatible server that holds carts, or a replica of it.",
        discussion: "REDIS_PASSWORD asks clients for a password. Data is kept in memory."
    )
    @OptionGroup var options: DataOptions
    func run() async throws { try await options.runKeyValue(role: "cart-data") }
}

struct SessionData: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session-data",
        abstract: "The Redis-compatible server that holds sessions, or a replica of it.",
        discussion: "REDIS_PASSWORD asks clients for a password. Data is kept in memory."
    )
    @OptionGroup var options: DataOptions
    func run() async throws { try await options.runKeyValue(role: "session-data") }
}

/// Listed for its help; `Entry` runs it before the parser sees its arguments.
struct RedisServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redis-server",
        abstract:
            "The Redis-compatible server with redis-server's own arguments: [redis.conf] [--directive value ...].",
        discussion: "Also what the executable is when it is called redis-server or emporium-redis-server."
    )
    @Argument(parsing: .captureForPassthrough, help: "A redis.conf and directives.")
    var arguments: [String] = []

    func run() { Glibc.exit(ServerProcess(arguments: arguments).run()) }
}

struct ProductData: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product-data",
        abstract: "The PostgreSQL-compatible server that holds the catalog.",
        discussion: """
            POSTGRES_USER (default postgres), POSTGRES_PASSWORD (none: every client is trusted), POSTGRES_DB (default \
            products); POSTGRES_HOST_AUTH_METHOD is scram-sha-256 (default), md5 or trust. Data is kept in memory.
            """
    )
    @OptionGroup var options: DataOptions

    @Option(help: "The CSV that fills the table products at start (default: the shipped one).")
    var catalog: String?

    @Flag(name: .customLong("no-catalog"), help: "Start with an empty database.")
    var isEmpty = false

    mutating func validate() throws {
        guard options.replicaof.isEmpty else {
            throw ValidationError("--replicaof: product-data cannot follow a primary yet")
        }
    }

    func run() async throws {
        let environment = try options.environment(["CATALOG_CSV": isEmpty ? "none" : catalog])
        let logger = try Log.make(label: "product-data", environment: environment, default: .info)
        let bind = try environment.bind(defaultPort: 5432)
        var csv = environment.string("CATALOG_CSV") ?? Installation(environment: environment).catalog
        if csv == nil { logger.warning("no catalog was found: the database starts empty") }
        if csv == "none" { csv = nil }
        let configuration = try Self.serverConfiguration(
            environment: environment,
            bind: bind.host,
            port: bind.port,
            dataDirectory: environment.string("DATA_DIR"),
            catalog: csv,
            logger: logger
        )
        let service = CatalogService(configuration: configuration) { endpoint in
            logger.notice("product-data answers at \(Self.address(configuration, endpoint))")
        }
        try await Group.run([service], logger: logger)
    }

    /// The same configuration for the role alone and under `emporium up`.
    static func serverConfiguration(
        environment: ServiceEnvironment,
        bind: String,
        port: Int,
        dataDirectory: String?,
        catalog: String?,
        logger: Logger
    ) throws(ConfigurationError) -> SQLServer.Configuration {
        var configuration = SQLServer.Configuration()
        configuration.host = bind
        configuration.port = port
        configuration.dataDirectory = dataDirectory
        configuration.user = environment.string("POSTGRES_USER") ?? "postgres"
        configuration.password = environment.string("POSTGRES_PASSWORD")
        configuration.database = environment.string("POSTGRES_DB") ?? CatalogSeed.database
        switch environment.string("POSTGRES_HOST_AUTH_METHOD") ?? "scram-sha-256" {
        case "trust": configuration.authentication = .trust
        case "md5": configuration.authentication = configuration.password == nil ? .trust : .md5
        case "scram-sha-256": configuration.authentication = configuration.password == nil ? .trust : .scramSHA256
        case let other:
            throw ConfigurationError("POSTGRES_HOST_AUTH_METHOD: '\(other)' is none of scram-sha-256, md5, trust")
        }
        configuration.initialSQL = catalog.map(CatalogSeed.statements) ?? []
        configuration.logger = logger
        return configuration
    }

    /// A URL that psql takes.
    static func address(_ configuration: SQLServer.Configuration, _ endpoint: Endpoint) -> String {
        "postgres://\(configuration.user)@\(endpoint)/\(configuration.database)"
    }
}
