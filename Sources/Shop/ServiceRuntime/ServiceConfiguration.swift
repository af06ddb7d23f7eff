/// What every service is told at start: its name, where to listen, and the limits it keeps.
///
/// `init(name:environment:)` reads the contract's variables; `emporium up` builds the value in code.
public struct ServiceConfiguration: Sendable {
    /// `SERVICE_NAME`
    public var name: String
    /// `SERVICE_VERSION`
    public var version: String
    /// `DEPLOYMENT_ENVIRONMENT`
    public var deployment: String?
    /// `SERVICE_BIND_HOST`, `SERVICE_BIND_PORT`; port 0 takes any free one.
    public var bind: Endpoint
    public var limits = Limits()

    public struct Limits: Sendable {
        /// Bytes of a body that a route reads as a whole; more is 413.
        public var maximumBody = 1 << 20
        /// Bytes of a body that is streamed through; more is 413.
        public var maximumStreamedBody = 64 << 20
        /// Requests being answered at once; more are shed with 503.
        public var maximumInFlight = 1024
        /// Open connections; more wait in the listen queue.
        public var maximumConnections = 4096
        /// A connection without a request is closed after this time.
        public var idleTimeout: Duration = .seconds(60)
        /// The first request's head must be complete within this time.
        public var headTimeout: Duration = .seconds(15)
        /// A request's body must be complete within this time.
        public var bodyTimeout: Duration = .seconds(30)
        /// A client that reads nothing of its answer for this time is cut off.
        public var writeTimeout: Duration = .seconds(30)
        /// On shutdown, how long an idle keep-alive connection may still send a request.
        public var drainGrace: Duration = .milliseconds(50)
        /// On shutdown, how long a request in flight may take.
        public var drainLimit: Duration = .milliseconds(1400)
        /// How long one readiness check may take.
        public var readinessTimeout: Duration = .seconds(1)

        public init() {}
    }

    public init(name: String, version: String = "0.1.0", bind: Endpoint) {
        self.name = name
        self.version = version
        self.bind = bind
    }

    /// Reads `SERVICE_NAME` (without it `name`), `SERVICE_VERSION`, `DEPLOYMENT_ENVIRONMENT`, `SERVICE_BIND_HOST` and
    /// `SERVICE_BIND_PORT` (without it `defaultPort`).
    public init(name: String, environment: ServiceEnvironment, defaultPort: Int = 80) throws(ConfigurationError) {
        self.init(
            name: environment.string("SERVICE_NAME") ?? name,
            bind: try environment.bind(defaultPort: defaultPort)
        )
        version = environment.string("SERVICE_VERSION") ?? version
        deployment = environment.string("DEPLOYMENT_ENVIRONMENT")
    }
}
