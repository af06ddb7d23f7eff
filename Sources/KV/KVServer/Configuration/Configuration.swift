import Logging

/// How a key-value server is started. Everything has redis's default, but the host is loopback.
public struct Configuration: Sendable {
    /// Where another server is found.
    public struct Address: Sendable, Equatable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 6379
    /// For the log and snapshots; nil keeps everything in memory.
    public var dataDirectory: String?
    /// The primary to follow from the start.
    public var replicaOf: Address?
    /// `requirepass`
    public var password: String?
    /// `masterauth`
    public var primaryPassword: String?
    /// `maxclients`
    public var maximumClients = 10_000
    /// `databases`
    public var databaseCount = 16
    /// `proto-max-bulk-len`, bytes.
    public var maximumBulkLength = 512 << 20
    /// `client-query-buffer-limit`, bytes.
    public var maximumQueryBuffer = 1 << 30
    /// `repl-backlog-size`, bytes.
    public var backlogSize = 1 << 20
    /// `client-output-buffer-limit replica`, the hard limit in bytes.
    public var maximumReplicaOutput = 256 << 20
    /// `repl-timeout`: a silent peer is given up after this long.
    public var replicationTimeout: Duration = .seconds(60)
    /// How long the event loop looks for events before it sleeps; see `EventLoop.Configuration`.
    public var spin: Duration = .zero
    /// `protected-mode`: without a password only loopback is served.
    public var isProtected = false
    /// Whether port 0 means no TCP at all, as in redis.conf, or any free port.
    public var allowsNoPort = false
    /// Directives of redis.conf; they win over what is said here.
    public var lines: [ConfigurationLine] = []
    /// `pidfile`: written when the server listens, removed by the process.
    public var pidFile: String?
    /// The file that CONFIG REWRITE writes; nil without one.
    public var file: String?
    /// Where `loglevel` goes; nil when the log is not ours.
    public var log: ServerLog?
    public var logger: Logger

    public init(
        host: String = "127.0.0.1",
        port: Int = 6379,
        dataDirectory: String? = nil,
        replicaOf: Address? = nil,
        password: String? = nil,
        maximumClients: Int = 10_000,
        logger: Logger = Logger(label: "kv-server")
    ) {
        self.host = host
        self.port = port
        self.dataDirectory = dataDirectory
        self.replicaOf = replicaOf
        self.password = password
        self.maximumClients = maximumClients
        self.logger = logger
    }
}

/// Why a server did not start.
public struct ServerError: Error, CustomStringConvertible, Sendable {
    public let description: String
    /// A mistake in the configuration, whose text stands alone.
    public let isConfiguration: Bool

    public init(_ description: String, isConfiguration: Bool = false) {
        self.description = description
        self.isConfiguration = isConfiguration
    }
}
