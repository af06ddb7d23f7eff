import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A pool of connections to one database, shared by every request of a service.
///
///     query ─▶ free connection │ wait in line (acquireTimeout), and where there is room a new one is opened meanwhile
///           ◀─ given back, or opened: to the next in line, else kept
///
/// Whoever waits gets the first connection that is free, so a slow look-up of the server's name holds up nobody whom a
/// connection that is there can serve. Connections are kept; one that broke is replaced, with growing pauses while the
/// server is away.
/// Invariant: connections lent + kept + being opened ≤ maximumConnections; a waiter is answered exactly once.
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
        /// How long an attempt to connect may take, the look-up of the name included.
        public var connectTimeout: Duration
        /// How long a query may wait for a free connection, be it one that is given back or a new one.
        public var acquireTimeout: Duration
        /// How long to try again while the server refuses connections, before the query fails.
        public var reconnectTimeout: Duration
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
            reconnectTimeout: Duration = .seconds(1),
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
            self.reconnectTimeout = reconnectTimeout
            self.queryTimeout = queryTimeout
            self.healthCheckAfter = healthCheckAfter
        }
    }

    /// What a waiter gets.
    private typealias Grant = Result<SQLConnection, SQLClientError>

    private struct Idle {
        var connection: SQLConnection
        var since: ContinuousClock.Instant
    }

    private struct Waiter {
        var identifier: UInt64
        var continuation: CheckedContinuation<Grant, Never>
        /// Whether a connection is being opened that this one is told about when it fails.
        var isOpening: Bool
    }

    private struct State {
        /// Last given back is last: it is taken first, so that surplus connections stay unused.
        var idle: [Idle] = []
        /// Lent, kept and being opened.
        var count = 0
        var waiters: [Waiter] = []
        var lastIdentifier: UInt64 = 0
        var isShutDown = false
    }

    public let configuration: Configuration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())

    private static let firstPause: Duration = .milliseconds(25)
    private static let longestPause: Duration = .milliseconds(500)

    /// Makes a pool; no connection is opened before the first query.
    public init(
        _ configuration: Configuration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sql-client")
    ) {
        self.configuration = configuration
        group = eventLoopGroup
        self.logger = logger
    }

    // MARK: Use

    /// Runs one statement with bound parameters (`$1` …) and returns its rows (empty for statements without a result).
    /// Any free connection may serve it, so session state (SET, BEGIN) must not be relied upon: use `withConnection`.
    public func query(
        _ sql: String,
        _ parameters: [SQLParameter] = [],
        binaryResults: Bool = false
    ) async throws(SQLClientError) -> [Row] {
        let connection = try await acquire()
        let result: Result<[Row], SQLClientError>
        do throws(SQLClientError) {
            result = .success(try await connection.query(sql, parameters, binaryResults: binaryResults))
        } catch {
            result = .failure(error)
        }
        await release(connection)
        return try result.get()
    }

    /// Lends one connection for several statements, as a transaction needs. What is left open is rolled back.
    public func withConnection<Result: Sendable>(
        _ body: (SQLConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await acquire()
        do {
            let result = try await body(connection)
            await release(connection)
            return result
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Whether the database answers within the time-outs: runs an empty statement.
    public func isHealthy() async -> Bool {
        do {
            _ = try await query("")
            return true
        } catch {
            logger.debug("not healthy: \(error)")
            return false
        }
    }

    /// Closes every connection; queries that wait or come later fail with `.shutDown`. Lent connections close when they are
    /// given back. Idempotent.
    public func shutdown() async {
        let (idle, waiters) = state.withLock { state in
            state.isShutDown = true
            let taken = (state.idle, state.waiters)
            state.count -= state.idle.count
            state.idle = []
            state.waiters = []
            return taken
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.shutDown)) }
        for item in idle { await item.connection.close() }
    }

    private static var shutDown: SQLClientError { SQLClientError(.shutDown, "the pool was shut down") }

    // MARK: Lending

    private func acquire() async throws(SQLClientError) -> SQLConnection {
        while true {
            let connection = if let kept = await kept() { kept } else { try await wait().get() }
            if connection.isOpen { return connection }
            // Closed by the server since it was given back.
            freePlace()
        }
    }

    /// A connection that nobody uses, asked whether it still answers when it was unused for long.
    private func kept() async -> SQLConnection? {
        guard let idle = state.withLock({ $0.idle.popLast() }) else { return nil }
        if idle.connection.isOpen, ContinuousClock.now - idle.since > configuration.healthCheckAfter {
            do {
                _ = try await idle.connection.query("")
            } catch {
                logger.debug("a kept connection no longer answers: \(error)")
                await idle.connection.close()
            }
        }
        return idle.connection
    }

    private func wait() async -> Grant {
        let identifier = state.withLock { state in
            state.lastIdentifier += 1
            return state.lastIdentifier
        }
        let timeout = Task { [self] in
            do {
                try await Task.sleep(for: configuration.acquireTimeout)
                answer(identifier, .failure(SQLClientError(.poolTimeout, "no connection became free in time")))
            } catch is CancellationError {
                // The waiter was served.
            }
        }
        defer { timeout.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (immediate, hasRoom) = state.withLock { state -> (Grant?, Bool) in
                    if state.isShutDown { return (.failure(Self.shutDown), false) }
                    if Task.isCancelled {
                        return (.failure(SQLClientError(.cancelled, "the calling task was cancelled")), false)
                    }
                    // A connection may have been given back since.
                    if let idle = state.idle.popLast() { return (.success(idle.connection), false) }
                    let hasRoom = state.count < max(1, configuration.maximumConnections)
                    if hasRoom { state.count += 1 }
                    state.waiters.append(
                        Waiter(identifier: identifier, continuation: continuation, isOpening: hasRoom)
                    )
                    return (nil, hasRoom)
                }
                if let immediate { continuation.resume(returning: immediate) }
                if hasRoom { open(for: identifier) }
            }
        } onCancel: {
            answer(identifier, .failure(SQLClientError(.cancelled, "the calling task was cancelled")))
        }
    }

    /// Answers one waiter unless it was answered before.
    private func answer(_ identifier: UInt64, _ grant: Grant) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.identifier == identifier }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: grant)
    }

    /// Opens a connection for a place that is already counted, and hands it to the next in line. That it failed is told to
    /// `identifier`, if nobody served that one meanwhile.
    private func open(for identifier: UInt64) {
        Task { [self] in
            do throws(SQLClientError) {
                give(try await connect())
            } catch {
                answer(identifier, .failure(error))
                freePlace()
            }
        }
    }

    private func connect() async throws(SQLClientError) -> SQLConnection {
        let deadline = ContinuousClock.now + configuration.reconnectTimeout
        var pause = Self.firstPause
        while true {
            do throws(SQLClientError) {
                return try await SQLConnection.connect(configuration, on: group, logger: logger)
            } catch {
                let isLate = ContinuousClock.now + pause > deadline
                if error.code != .connectFailed || isLate || isShutDown { throw error }
                // Some jitter, so that many services do not return at the same moment.
                let jitter = Double.random(in: 0.5...1)
                do {
                    try await Task.sleep(for: pause * jitter)
                } catch {
                    throw SQLClientError(.cancelled, "the pool's task was cancelled")
                }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private var isShutDown: Bool { state.withLock { $0.isShutDown } }

    private func release(_ connection: SQLConnection) async {
        if connection.isOpen, await connection.transactionStatus() != UInt8(ascii: "I") {
            do {
                _ = try await connection.query("ROLLBACK")
            } catch {
                await connection.close()
            }
        }
        guard connection.isOpen else { return freePlace() }
        give(connection)
    }

    /// An open connection is free: for the next in line, else kept.
    private func give(_ connection: SQLConnection) {
        let now = ContinuousClock.now
        let (waiter, mustClose) = state.withLock { state -> (Waiter?, Bool) in
            if state.isShutDown {
                state.count -= 1
                return (nil, true)
            }
            if state.waiters.isEmpty {
                state.idle.append(Idle(connection: connection, since: now))
                return (nil, false)
            }
            return (state.waiters.removeFirst(), false)
        }
        waiter?.continuation.resume(returning: .success(connection))
        if mustClose { Task { await connection.close() } }
    }

    /// A place became free without a connection: one is opened for the next in line who has none on the way.
    private func freePlace() {
        let identifier = state.withLock { state -> UInt64? in
            guard let index = state.waiters.firstIndex(where: { !$0.isOpening }) else {
                state.count -= 1
                return nil
            }
            state.waiters[index].isOpening = true
            return state.waiters[index].identifier
        }
        if let identifier { open(for: identifier) }
    }
}
