import Logging
import NIOCore
import NIOPosix

/// A pool of connections to one database, shared by every request of a service.
public final class SQLPool: Sendable {
    /// Where the database is and how patient the pool is.
    public struct Configuration: Sendable {
        public var host: String
        public var port: Int
        public var user: String
        /// nil: no password is sent (the server must trust the client).
        public var password: String?
        public var database: String
        public var applicationName: String
        /// The greatest number of connections open at once.
        public var maximumConnections: Int
        public var connectTimeout: Duration
        /// How long a query may wait for a free connection.
        public var acquireTimeout: Duration
        /// How long a statement may run; nil: without limit.
        public var queryTimeout: Duration?
        /// A connection unused for so long is checked before it is used again.
        public var healthCheckAfter: Duration

        public init(
            host: String = "127.0.0.1",
            port: Int = 5432,
            user: String = "postgres",
            password: String? = nil,
            database: String = "postgres",
            applicationName: String = "emporium",
            maximumConnections: Int = 8,
            connectTimeout: Duration = .seconds(5),
            acquireTimeout: Duration = .seconds(5),
            queryTimeout: Duration? = .seconds(30),
            healthCheckAfter: Duration = .seconds(30)
        ) {
            self.host = host
            self.port = port
            self.user = user
            self.password = password
            self.database = database
            self.applicationName = applicationName
            self.maximumConnections = maximumConnections
            self.connectTimeout = connectTimeout
            self.acquireTimeout = acquireTimeout
            self.queryTimeout = queryTimeout
            self.healthCheckAfter = healthCheckAfter
        }
    }

    public let configuration: Configuration

    /// Makes a pool; no connection is opened before the first query.
    public init(
        _ configuration: Configuration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sql-client")
    ) {
        self.configuration = configuration
    }

    /// Runs one statement with bound parameters (`$1` …) and returns its rows (empty for statements without a result).
    /// Any free connection may serve it, so session state (SET, BEGIN) must not be relied upon: use `withConnection`.
    public func query(_ sql: String, _ parameters: [SQLParameter] = []) async throws(SQLClientError) -> [Row] {
        throw SQLClientError(.shutDown, "not yet connected: the connection lands next")
    }

    /// Whether the database answers: takes a connection and runs an empty statement.
    public func isHealthy() async -> Bool { false }

    /// Closes every connection; queries that wait or come later fail with `.shutDown`. Idempotent.
    public func shutdown() async {}
}
