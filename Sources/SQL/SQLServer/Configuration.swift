import Logging

/// How a catalog server is started. Everything has PostgreSQL's default where it has that setting.
public struct Configuration: Sendable {
    public enum AuthenticationMethod: Sendable {
        case trust
        case md5
        case scramSHA256
    }

    /// A numeric address or a name; `*` for every address.
    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 5432
    /// For the log and checkpoints; nil keeps everything in memory.
    public var dataDirectory: String?
    /// The superuser: the only role until CREATE ROLE exists.
    public var user = "postgres"
    /// nil: every client that can connect is trusted.
    public var password: String?
    /// Created at start beside postgres and template1.
    public var database = "postgres"
    /// How the password is asked for; without one everybody is trusted.
    public var authentication: AuthenticationMethod = .scramSHA256
    /// `max_connections`
    public var maximumConnections = 1000
    /// `authentication_timeout`
    public var authenticationTimeout: Duration = .seconds(60)
    /// How long the event loop looks for events before it sleeps; see `EventLoop.Configuration`.
    public var spin: Duration = .microseconds(60)
    /// Run in `database` as superuser before the first client is served, each as one simple query.
    public var initialSQL: [String] = []
    public var logger: Logger

    public init(
        host: String = "127.0.0.1",
        port: Int = 5432,
        dataDirectory: String? = nil,
        user: String = "postgres",
        password: String? = nil,
        database: String = "postgres",
        authentication: AuthenticationMethod = .scramSHA256,
        initialSQL: [String] = [],
        logger: Logger = Logger(label: "sql-server")
    ) {
        self.host = host
        self.port = port
        self.dataDirectory = dataDirectory
        self.user = user
        self.password = password
        self.database = database
        self.authentication = authentication
        self.initialSQL = initialSQL
        self.logger = logger
    }
}

/// Why a server could not start: one line for the person who started it.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
