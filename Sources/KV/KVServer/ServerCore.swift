import Bytes
import CLinux
import Glibc
import KVEngine
import KVReplication
import Logging
import Net
import RESP

/// What the server's thread owns: it joins loop, sessions, engine and replication, and knows no command itself.
///
///     connection ─▶ ClientSession ─▶ process: parse a batch, execute, until the input is used up
///     turn ended ─▶ effects ─▶ replication (backlog and replicas)
///     ten times a second ─▶ Cron
///
/// Confined to the loop's thread. Handlers run while `engine` is borrowed: they use the engine they are given and
/// must not reach for `core.engine`.
final class ServerCore {
    let configuration: Configuration
    let loop: EventLoop
    let logger: Logger
    private let storage: UnsafeMutablePointer<Engine>
    /// The engine as a long script lends it, while others are served in the middle of its run.
    private var lent: UnsafeMutablePointer<Engine>?
    /// For what is read in every turn: lending by `engine` may take memory for its coroutine.
    private var place: UnsafeMutablePointer<Engine> { lent ?? storage }
    var engine: Engine {
        _read { yield place.pointee }
        _modify { yield &place.pointee }
    }
    var directives: Directives
    let startedAt: Int64
    /// Bytes of memory before the first client.
    let startMemory = ServerCore.allocatedBytes()
    let runIdentifier: String
    var port = 0
    var listeners: [Listener] = []
    var encryptedListeners: [Listener] = []
    var encryptedPort = 0
    /// For clients that come, and for the link to a primary; nil without TLS.
    var encryption: TLSContext?
    var linkEncryption: TLSContext?
    private var batch = RequestBatch()
    /// For requests in the middle of a script, when `batch` is in use.
    private var busyBatch = RequestBatch()
    /// Whose requests run; good for the length of `process`.
    private var served: Unmanaged<Connection>?
    private var isShuttingDown = false
    private(set) var clients: [Int64: ClientSession] = [:]
    private var lastClient: Int64 = 0
    private let stopRequest: StopRequest
    private var isDraining = false
    private var areFreesScheduled = false
    var isExpiryScheduled = false
    /// When the first waiting client's time is over, and the timer for it.
    private var blockedTimer: (deadline: Int64, timer: TimerID)?
    var traffic = Traffic()
    var cron = Cron()
    var limits = ClientLimits()
    /// `replicaof`, from the start.
    var primary: Configuration.Address?
    private(set) var replication: Replication!

    /// Counters of connections and bytes for INFO.
    struct Traffic {
        var connectionsReceived: Int64 = 0
        var connectionsRejected: Int64 = 0
        var inputBytes: Int64 = 0
        var outputBytes: Int64 = 0
        var reads: Int64 = 0
        var writes: Int64 = 0
        var replicationInput: Int64 = 0
        var replicationOutput: Int64 = 0
        var peakMemory: Int = 0
    }

    /// Listens and returns the bound port.
    static func start(
        _ configuration: Configuration,
        on loop: EventLoop,
        _ stopRequest: StopRequest
    ) throws -> Int {
        clinux_shrink_heap_in_steps()
        let core = try ServerCore(configuration, loop, stopRequest)
        core.countMemory()
        // The loop's callbacks keep the core alive until the loop lets go of them at its end.
        loop.turnEnded = { core.turnEnded() }
        loop.schedule(after: .milliseconds(100), repeating: .milliseconds(100)) { core.tick() }
        try core.configure()
        try core.openListeners()
        core.writePIDFile()
        loop.keepAlive = core.directives.number("tcp-keepalive")
        if let primary = core.primary {
            core.replication.follow(host: primary.host, port: primary.port, &core.engine)
        }
        core.logger.notice("Ready to accept connections")
        return core.port
    }

    private init(_ configuration: Configuration, _ loop: EventLoop, _ stopRequest: StopRequest) throws {
        self.stopRequest = stopRequest
        self.configuration = configuration
        self.loop = loop
        logger = configuration.logger
        startedAt = loop.wallMilliseconds
        directives = Directives(configuration)
        var generator = SystemRandomNumberGenerator()
        runIdentifier = Self.makeIdentifier(&generator)
        var settings = Engine.Settings()
        // The engine is made with its databases, so this directive is looked for before the others.
        let databases = configuration.lines.last { $0.name == "databases" }.flatMap { Int($0.words.last ?? "") }
        settings.databaseCount = databases ?? configuration.databaseCount
        settings.maximumBulkLength = configuration.maximumBulkLength
        let commands = ServerCommands()
        storage = .allocate(capacity: 1)
        storage.initialize(
            to: Engine(
                settings: settings,
                seed: (generator.next(), generator.next() | 1),
                random: { UInt64.random(in: 0...UInt64.max) },
                serverCommands: commands.table + commands.absentTable + commands.memoryTable
                    + AccessCommands.table(load: commands.loadUsers, save: commands.saveUsers)
            )
        )
        engine.setTime(milliseconds: loop.wallMilliseconds)
        commands.core.value = self
        engine.setDefaultPassword(Array((configuration.password ?? "").utf8))
        engine.setClocks(
            monotonic: { EventLoop.readMonotonicClock() },
            wall: { EventLoop.readWallClock() }
        )
        engine.describeSession = { [unowned self] in self.clients[$0.identifier].map(commands.describe) ?? "" }
        primary = configuration.replicaOf
        replication = Replication(core: self, identifier: Self.makeIdentifier(&generator))
        connectScripts()
    }

    deinit {
        storage.deinitialize(count: 1)
        storage.deallocate()
    }

    /// Forty random hexadecimal digits, as run and replication identifiers are.
    static func makeIdentifier(_ generator: inout some RandomNumberGenerator) -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<40).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
    }

    // MARK: - Connections

    func accept(_ connection: Connection) {
        traffic.connectionsReceived += 1
        guard isWelcome(connection) else { return }
        guard clients.count < directives.maximumClients else {
            traffic.connectionsRejected += 1
            connection.output.append("-ERR max number of clients reached\r\n")
            connection.closeAfterFlush()
            return
        }
        lastClient += 1
        let session = engine.makeSession(identifier: lastClient)
        session.address = connection.peerAddress
        let client = ClientSession(core: self, connection: connection, session: session, now: loop.wallMilliseconds)
        clients[lastClient] = client
        connection.handler = client
    }

    func closed(_ client: ClientSession) {
        clients[client.session.identifier] = nil
        engine.forget(client.session)
        replication.closed(client)
    }

    // MARK: - Requests

    /// Runs every complete request of `bytes`. Returns how many bytes they were.
    func process(_ bytes: UnsafeRawBufferPointer, _ client: ClientSession, _ connection: Connection) -> Int {
        let session = client.session
        guard !session.isClosing else { return bytes.count }
        guard bytes.count <= directives.maximumQueryBuffer else {
            logger.warning(
                "closing a client that reached the query buffer limit",
                metadata: ["id": "\(session.identifier)"]
            )
            connection.close()
            return bytes.count
        }
        if lent != nil { return processWhileBusy(bytes, client, connection) }
        served = Unmanaged.passUnretained(connection)
        traffic.reads &+= 1
        engine.setTime(milliseconds: loop.wallMilliseconds)
        client.lastInteraction = loop.wallMilliseconds
        var limits = RequestParser.Limits()
        limits.maximumBulkLength = engine.settings.maximumBulkLength
        var position = 0
        var outputBefore = connection.output.count
        swap(&engine.reply.buffer, &connection.output)
        while !session.isBlocked {
            limits.isUnauthenticated = !session.isAuthenticated
            // Before AUTH each request may change the limits of the next.
            let maximum = limits.isUnauthenticated ? 1 : RequestBatch.capacity
            let progress = client.parser.parse(bytes, from: position, limits: limits, maximum: maximum, into: &batch)
            if batch.count > 0 {
                let executed = engine.execute(batch, session: session)
                if executed < batch.count || session.isClosing {
                    if executed > 0 { position = batch[executed - 1].end }
                    client.parser.forgetPartial()
                    break
                }
            }
            position = progress.consumed
            if let error = progress.error {
                engine.fail(error.message)
                session.isClosing = true
                break
            }
            if position == bytes.count { break }
            if batch.count < maximum {
                connection.minimumInput = progress.needed
                break
            }
            if engine.reply.buffer.count > Connection.highWaterMark {
                client.waitForDrain(connection)
                break
            }
        }
        swap(&engine.reply.buffer, &connection.output)
        client.peakOutput = max(client.peakOutput, connection.output.count)
        outputBefore = connection.output.count - outputBefore
        traffic.inputBytes &+= Int64(position)
        traffic.outputBytes &+= Int64(max(0, outputBefore))
        if outputBefore > 0 { traffic.writes &+= 1 }
        if session.isClosing {
            end(client)
            return bytes.count
        }
        if session.isBlocked { connection.pauseReading(noticingEnd: true) }
        return position
    }

    // MARK: - In the middle of a script

    private func connectScripts() {
        var host = ScriptHost()
        host.monotonicMilliseconds = { EventLoop.readMonotonicClock() / 1_000_000 }
        host.serveOthers = { [unowned self] engine in self.serveOthers(engine) }
        host.log = { [unowned self] level, text in self.log(level, text) }
        engine.setScriptHost(host)
    }

    /// A script runs for long: other clients are answered, most of them that the server is busy.
    /// - Returns: whether the server is stopping, which ends the script.
    private func serveOthers(_ engine: UnsafeMutablePointer<Engine>) -> Bool {
        guard let held = served?.takeUnretainedValue() else { return stopRequest.isMade || isShuttingDown }
        lent = engine
        loop.serveOthers(besides: held)
        lent = nil
        served = Unmanaged.passUnretained(held)
        guard stopRequest.isMade || isShuttingDown else { return false }
        // The script ends without a reply: its client sees the connection end.
        if let client = held.handler as? ClientSession { engine.pointee.disconnect(client.session) }
        return true
    }

    /// As `process`, one request at a time and with a batch of its own: the script's request is still in the other.
    private func processWhileBusy(
        _ bytes: UnsafeRawBufferPointer,
        _ client: ClientSession,
        _ connection: Connection
    ) -> Int {
        let session = client.session
        var limits = RequestParser.Limits()
        limits.maximumBulkLength = engine.settings.maximumBulkLength
        var position = 0
        swap(&engine.reply.buffer, &connection.output)
        while position < bytes.count, !session.isClosing {
            limits.isUnauthenticated = !session.isAuthenticated
            let progress = client.parser.parse(bytes, from: position, limits: limits, maximum: 1, into: &busyBatch)
            if busyBatch.count > 0 { _ = engine.executeWhileBusy(busyBatch, session: session) }
            position = progress.consumed
            if let error = progress.error {
                engine.fail(error.message)
                session.isClosing = true
            } else if busyBatch.count == 0 {
                connection.minimumInput = progress.needed
                break
            }
        }
        swap(&engine.reply.buffer, &connection.output)
        if session.isClosing {
            end(client)
            return bytes.count
        }
        return position
    }

    private func log(_ level: Int, _ text: [UInt8]) {
        let levels: [Logger.Level] = [.trace, .debug, .notice, .warning]
        logger.log(level: levels[level], "\(String(decoding: text, as: UTF8.self))")
    }

    // MARK: - The end of a turn

    /// Gives what the turn changed to the replicas. The engine keeps no effects between turns.
    private func turnEnded() {
        replication.flushEffects(&engine)
        replication.turnEnded()
        engine.broadcastInvalidations()
        deliver()
        scheduleFrees()
        if stopRequest.isMade, !isDraining { drain() }
    }

    /// Sends what the turn's requests made other clients hear, and lets go on who waits no longer.
    private func deliver() {
        guard place.pointee.hasDeliveries else { return scheduleBlockedDeadline() }
        var closing: [ClientSession] = []
        engine.takeDeliveries { session, outbox in
            guard let client = clients[session.identifier] else { return }
            if client.connection.output.isEmpty {
                swap(&client.connection.output, &outbox)
            } else {
                client.connection.output.append(outbox.bytes)
            }
            if session.isClosing { return closing.append(client) }
            if limits.isExceeded(by: client, now: loop.wallMilliseconds) {
                logOverflow(of: client)
                session.isClosing = true
                session.dropsOutput = true
                return closing.append(client)
            }
            client.connection.scheduleFlush()
            if !session.isBlocked { client.connection.resumeReading() }
        }
        // Closing comes back here for the engine, which was lent until now.
        for client in closing { end(client) }
        scheduleBlockedDeadline()
    }

    private func end(_ client: ClientSession) {
        if client.session.dropsOutput { client.connection.close() } else { client.connection.closeAfterFlush() }
    }

    /// Wakes the loop when the first waiting client's time is over.
    private func scheduleBlockedDeadline() {
        guard let deadline = place.pointee.blockedDeadline else { return }
        if let (scheduled, timer) = blockedTimer {
            guard deadline < scheduled else { return }
            loop.cancel(timer)
        }
        let delay = max(1, deadline - loop.wallMilliseconds)
        let timer = loop.schedule(after: .milliseconds(delay)) { [unowned self] in
            self.blockedTimer = nil
            self.engine.setTime(milliseconds: self.loop.wallMilliseconds)
            self.engine.expireBlocked()
        }
        blockedTimer = (deadline, timer)
    }

    // MARK: - Lazy free

    /// Nanoseconds of freeing at a time, and the rest between two of them, in which requests are served.
    private static let freeing: Int64 = 400_000
    private static let restBetweenFrees = Duration.milliseconds(1)

    /// After a turn that left big values to be freed.
    private func scheduleFrees() {
        guard !areFreesScheduled, engine.hasPendingFrees || engine.hasUnfinishedEviction else { return }
        areFreesScheduled = true
        loop.schedule(after: Self.restBetweenFrees) { [unowned self] in self.free() }
    }

    private func free() {
        areFreesScheduled = false
        let deadline = EventLoop.readMonotonicClock() + Self.freeing
        engine.setTime(milliseconds: loop.wallMilliseconds)
        if engine.hasUnfinishedEviction { engine.evictMore() }
        while engine.freeSlice() {
            guard EventLoop.readMonotonicClock() > deadline else { continue }
            areFreesScheduled = true
            loop.schedule(after: Self.restBetweenFrees) { [unowned self] in self.free() }
            return
        }
        scheduleFrees()
    }

    /// Stops in order: no new connections, then requests are answered until none has come for a moment, at most for
    /// 400 ms; the loop then flushes and closes.
    private func drain() {
        isDraining = true
        for listener in listeners + encryptedListeners { listener.close() }
        let deadline = loop.monotonicNanoseconds + 400_000_000
        var reads: Int64 = -1
        loop.schedule(after: .milliseconds(10), repeating: .milliseconds(10)) { [unowned self] in
            if self.traffic.reads == reads || self.loop.monotonicNanoseconds > deadline { self.loop.stop() }
            reads = self.traffic.reads
        }
    }

    private func tick() {
        engine.setTime(milliseconds: loop.wallMilliseconds)
        cron.tick(self)
        enforceClientLimits()
        countMemory()
        evictClients()
        // Also what was freed one by one leaves memory that nobody uses.
        if !areFreesScheduled { free() }
        if cron.ticks % 10 == 0 {
            replication.tick()
            closeIdleClients()
        }
    }

    /// Ends the process's part of this server: SHUTDOWN.
    func shutDown() {
        logger.notice("stopping on a client's request")
        isShuttingDown = true
        loop.stop()
    }
}
