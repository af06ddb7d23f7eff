import Bytes
import CLinux
import Glibc

/// One thread's loop over epoll: the heart of both data servers.
///
///     epoll_wait ─▶ every ready connection: recv, handler ─▶ timers, mailbox ─▶ turnEnded ─▶ one send each
///
/// Replies leave only after the whole turn was executed, so a log or a replica feed that hangs on `turnEnded` sees
/// the effects of all commands before any client sees a reply, and the kernel is entered once per connection.
/// Confined to the thread that calls `run`; other threads use the `mailbox`.
public final class EventLoop {
    /// How a loop waits.
    public struct Configuration: Sendable {
        /// How long to look for events before the thread sleeps, while looking has lately paid off. A sleep and a
        /// wake-up cost more than a short request; zero never looks.
        public var spin: Duration

        public init(spin: Duration = .zero) {
            self.spin = spin
        }
    }

    /// What one connection gives to do at a time: a few hundred short requests, less than a millisecond.
    static let receiveSize = 16 << 10
    private static let eventsPerTurn = 256

    /// The door for other threads.
    public let mailbox: Mailbox
    /// Called once per turn after all ready connections were handled and before output is sent.
    public var turnEnded: (() -> Void)?
    /// Monotonic time of this turn.
    public private(set) var monotonicNanoseconds: Int64
    /// Wall-clock time of this turn, since 1970.
    public private(set) var wallMicroseconds: Int64
    public var wallMilliseconds: Int64 { wallMicroseconds / 1000 }
    /// What the wall clock said when it was last looked at, and the monotonic clock then.
    private var wallClockRead: (at: Int64, nanoseconds: Int64)

    /// Finds the longest pause between two things the loop does; off until somebody asks.
    public private(set) var stopwatch = Stopwatch()

    /// Seconds of silence after which the kernel asks whether a peer is still there; 0 never asks.
    public var keepAlive = 300

    private(set) var receiveBuffer: UnsafeMutableRawBufferPointer
    private let epoll: Int32
    var epollDescriptor: Int32 { epoll }
    private let events: UnsafeMutablePointer<epoll_event>
    private var timers = TimerQueue()
    private(set) var connections: [UInt64: Connection] = [:]
    private var listeners: [ObjectIdentifier: Listener] = [:]
    private var connectors: [ObjectIdentifier: Connector] = [:]
    /// What closed in this turn: epoll may still name it in events already fetched.
    private var graveyard: [AnyObject] = []
    /// Connections that keep the memory of a large message, and how much: fresh memory costs more than a message, since the
    /// kernel clears each page.
    private var keepers: [Connection] = []
    private(set) var keptMemory = 0
    private static let mostKeptMemory = 64 << 20
    private static let memoryIsKept = Duration.seconds(1)
    /// Connections whose output is to be sent at the end of the turn: open ones, or of the graveyard.
    private var flushes: [Unmanaged<Connection>] = []
    private var shows: [Connection] = []
    private var lastIdentifier: UInt64 = 0
    private var isStopping = false
    private var spin: AdaptiveSpin

    public init(configuration: Configuration = Configuration()) throws(NetError) {
        mailbox = try Mailbox()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw NetError(attempt: "create an epoll instance", code: errno) }
        receiveBuffer = .allocate(byteCount: Self.receiveSize, alignment: 64)
        events = .allocate(capacity: Self.eventsPerTurn)
        events.initialize(repeating: epoll_event(), count: Self.eventsPerTurn)
        spin = AdaptiveSpin(limit: configuration.spin)
        monotonicNanoseconds = Self.readClock(CLOCK_MONOTONIC)
        wallClockRead = (monotonicNanoseconds, Self.readClock(CLOCK_REALTIME))
        wallMicroseconds = wallClockRead.nanoseconds / 1000
        // Tag 0 is the mailbox: no object lives at address 0.
        guard clinux_epoll_control(epoll, EPOLL_CTL_ADD, mailbox.descriptor, EPOLLIN.rawValue, 0) == 0 else {
            throw NetError(attempt: "watch an eventfd", code: errno)
        }
    }

    deinit {
        close(epoll)
        receiveBuffer.deallocate()
        events.deallocate()
    }

    /// The number of open connections.
    public var connectionCount: Int { connections.count }

    // MARK: - Life

    /// Listens for TCP connections; `accept` is called for each and sets its handler.
    /// - Parameters:
    ///   - host: a numeric address or a name; `*` for every address.
    ///   - port: 0 for any free one; the listener tells which.
    public func listen(
        host: String,
        port: Int,
        backlog: Int = 511,
        tls: TLSContext? = nil,
        accept: @escaping (Connection) -> Void
    ) throws(NetError) -> Listener {
        let listener = try Listener(host: host, port: port, backlog: backlog, loop: self, accept: accept)
        listener.tls = tls
        listeners[ObjectIdentifier(listener)] = listener
        register(listener.descriptor, EPOLLIN.rawValue, .listener, tag: listener, operation: EPOLL_CTL_ADD)
        return listener
    }

    /// Listens on a socket in the file system.
    /// - Parameter permissions: the file's mode; 0 leaves what the process gives.
    public func listen(
        path: String,
        permissions: Int = 0,
        backlog: Int = 511,
        accept: @escaping (Connection) -> Void
    ) throws(NetError) -> Listener {
        let listener = try Listener(
            path: path,
            permissions: permissions,
            backlog: backlog,
            loop: self,
            accept: accept
        )
        listeners[ObjectIdentifier(listener)] = listener
        register(listener.descriptor, EPOLLIN.rawValue, .listener, tag: listener, operation: EPOLL_CTL_ADD)
        return listener
    }

    /// Connects to a server without blocking the loop, name look-up included.
    public func connect(
        host: String,
        port: Int,
        timeout: Duration = .seconds(5),
        tls: TLSContext? = nil,
        _ completion: @escaping (Result<Connection, NetError>) -> Void
    ) {
        let connector = Connector(host: host, port: port, tls: tls, loop: self, completion: completion)
        connectors[ObjectIdentifier(connector)] = connector
        connector.start(timeout: timeout)
    }

    /// Runs until `stop`; on return every connection and listener is closed.
    public func run() {
        while !isStopping {
            turn()
        }
        finish()
    }

    /// Ends `run` after the present turn; output that the sockets take within half a second is still sent.
    public func stop() {
        isStopping = true
    }

    /// Calls `body` after a while, and then at every interval if one is given.
    @discardableResult
    public func schedule(
        after delay: Duration,
        repeating interval: Duration? = nil,
        _ body: @escaping () -> Void
    ) -> TimerID {
        let now = Self.readClock(CLOCK_MONOTONIC)
        return timers.schedule(at: now + delay.nanoseconds, interval: interval?.nanoseconds, body)
    }

    public func cancel(_ timer: TimerID) {
        timers.cancel(timer)
    }

    /// The longest that one connection's input, one timer or the end of a turn took since the last call, in nanoseconds
    /// of the thread's time; the first call begins to measure.
    public func takeLongestPause() -> Int64 { stopwatch.take() }

    // MARK: - A turn

    private func turn() {
        let ready = waitForEvents()
        updateTime()
        stopwatch.start()
        for index in 0..<ready {
            let event = events + index
            dispatch(tag: clinux_epoll_event_tag(event), bits: clinux_epoll_event_bits(event))
            stopwatch.lap()
        }
        while !shows.isEmpty {
            let again = shows
            shows = []
            for connection in again { connection.showAgain() }
        }
        while let body = timers.takeDue(at: monotonicNanoseconds) {
            body()
            stopwatch.lap()
        }
        turnEnded?()
        flushAll()
        stopwatch.lap()
        if !graveyard.isEmpty, flushes.isEmpty { graveyard.removeAll() }
    }

    /// Serves connections that are ready in the middle of a handler that takes long, and sends their replies. Only
    /// handlers that allow it are called; timers, the mailbox and `turnEnded` wait for the end of the turn.
    /// - Parameter held: the connection whose handler is running: it is left alone, also when its peer has gone.
    public func serveOthers(besides held: Connection) {
        let capacity = 64
        // The events of the turn and what was received are still in use.
        let within = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        within.initialize(repeating: epoll_event(), count: capacity)
        let outer = receiveBuffer
        receiveBuffer = .allocate(byteCount: Self.receiveSize, alignment: 64)
        let ready = clinux_epoll_wait(epoll, within, Int32(capacity), 0)
        for index in 0..<max(0, Int(ready)) {
            let tag = clinux_epoll_event_tag(within + index)
            guard let address = UnsafeRawPointer(bitPattern: UInt(tag)) else { continue }
            // Safe: as in `dispatch`.
            switch SourceKind(rawValue: tag & SourceKind.mask) {
            case .connection:
                let connection = Unmanaged<Connection>.fromOpaque(address).takeUnretainedValue()
                guard connection !== held, connection.handler?.isServedWithinTurn == true else { continue }
                connection.ready(clinux_epoll_event_bits(within + index))
            case .listener: Unmanaged<Listener>.fromOpaque(address - 1).takeUnretainedValue().ready()
            default: continue
            }
        }
        let scheduled = flushes
        flushes = []
        for reference in scheduled {
            let connection = reference.takeUnretainedValue()
            if connection === held {
                flushes.append(reference)
            } else {
                connection.isFlushScheduled = false
                connection.flush()
            }
        }
        receiveBuffer.deallocate()
        receiveBuffer = outer
        within.deallocate()
    }

    private func waitForEvents() -> Int {
        var timeout: Int64 = -1
        if let deadline = timers.nextDeadline {
            // By the time of the turn that ends here: a timer late by its length is as late as if more had been asked for in it.
            timeout = max(0, deadline - monotonicNanoseconds)
        }
        if !shows.isEmpty || !flushes.isEmpty { timeout = 0 }
        if timeout != 0 && spin.isWorthTrying {
            let ready = spinForEvents()
            if ready > 0 { return ready }
        }
        // Rounded up: a timer a little late is harmless, a loop that turns until it is due is not.
        let milliseconds = timeout < 0 ? -1 : Int32(clamping: (timeout + 999_999) / 1_000_000)
        let before = spin.isEnabled ? Self.readClock(CLOCK_MONOTONIC) : 0
        let ready = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), milliseconds)
        if spin.isEnabled { spin.slept(nanoseconds: Self.readClock(CLOCK_MONOTONIC) - before) }
        return max(0, Int(ready))
    }

    private func spinForEvents() -> Int {
        let deadline = Self.readClock(CLOCK_MONOTONIC) + spin.limit
        repeat {
            let ready = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), 0)
            if ready > 0 {
                spin.found()
                return Int(ready)
            }
        } while Self.readClock(CLOCK_MONOTONIC) < deadline
        spin.failed()
        return 0
    }

    private func updateTime() {
        let now = Self.readClock(CLOCK_MONOTONIC)
        // The wall clock goes as the other does, unless it is set: it is looked at once in a millisecond.
        if now - wallClockRead.at < 1_000_000 {
            wallMicroseconds = (wallClockRead.nanoseconds + now - wallClockRead.at) / 1000
        } else {
            wallClockRead = (now, Self.readClock(CLOCK_REALTIME))
            wallMicroseconds = wallClockRead.nanoseconds / 1000
        }
        monotonicNanoseconds = now
    }

    private func dispatch(tag: UInt64, bits: UInt32) {
        guard let address = UnsafeRawPointer(bitPattern: UInt(tag)) else {
            for work in mailbox.takeAll() { work(self) }
            return
        }
        // Safe: every tag is the address of an object that `connections`, `listeners`, `connectors` or, for the rest of
        // the turn in which it closed, `graveyard` keeps alive, with its kind in the low bits.
        switch SourceKind(rawValue: tag & SourceKind.mask) {
        case .connection: Unmanaged<Connection>.fromOpaque(address)._withUnsafeGuaranteedRef { $0.ready(bits) }
        case .listener: Unmanaged<Listener>.fromOpaque(address - 1).takeUnretainedValue().ready()
        case .connector: Unmanaged<Connector>.fromOpaque(address - 2).takeUnretainedValue().ready()
        case nil: break
        }
    }

    private func flushAll() {
        var index = 0
        // A drain callback may schedule further flushes, so the count is read anew; beyond so many they wait for the next turn.
        while index < flushes.count, index < 100_000 {
            // Safe: see `flushes`.
            flushes[index]._withUnsafeGuaranteedRef {
                $0.isFlushScheduled = false
                $0.flush()
            }
            index += 1
        }
        if index == flushes.count {
            flushes.removeAll(keepingCapacity: true)
        } else {
            flushes.removeFirst(index)
        }
    }

    private func finish() {
        for listener in listeners.values { listener.close() }
        let deadline = Self.readClock(CLOCK_MONOTONIC) + 500_000_000
        for connection in connections.values { connection.flush() }
        while connections.values.contains(where: { !$0.output.isEmpty }), Self.readClock(CLOCK_MONOTONIC) < deadline {
            usleep(1000)
            for connection in connections.values where !connection.output.isEmpty { connection.flush() }
        }
        for connection in connections.values { connection.close() }
        for connector in connectors.values {
            connector.fail(NetError(attempt: "connect", reason: "the loop has ended"))
        }
        mailbox.close()
        graveyard.removeAll()
        flushes.removeAll()
        shows.removeAll()
        keepers.removeAll()
        // Whoever these closures keep alive holds the loop in turn.
        timers = TimerQueue()
        turnEnded = nil
    }

    // MARK: - Called by connections, listeners and connectors

    func register(_ descriptor: Int32, _ bits: UInt32, _ kind: SourceKind, tag: AnyObject, operation: Int32) {
        let address = Unmanaged.passUnretained(tag).toOpaque()
        // Fails only for descriptors that are not open, and ours are; EPOLL_CTL_ADD may lack memory, which shows as a
        // connection that never becomes ready.
        _ = clinux_epoll_control(epoll, operation, descriptor, bits, UInt64(UInt(bitPattern: address)) | kind.rawValue)
    }

    /// Makes a connection of a connected descriptor and hands it to `accept`.
    /// - Parameter path: of the socket it came through; nil for TCP.
    func adopt(
        _ descriptor: Int32,
        path: String? = nil,
        tls context: TLSContext? = nil,
        isServer: Bool = true,
        refused: (() -> Void)? = nil,
        _ accept: @escaping (Connection) -> Void
    ) {
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Fails on unix sockets, where there is nothing to set.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
        if keepAlive > 0, path == nil {
            setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, size)
            var idle = Int32(clamping: keepAlive)
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, &idle, size)
            var interval = max(1, idle / 3)
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, &interval, size)
            var probes: Int32 = 3
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, &probes, size)
        }
        var tls: TLSSession?
        if let context {
            tls = TLSSession(context, descriptor: descriptor, isServer: isServer)
            // Without memory for a session there is nothing to be said to the peer.
            guard tls != nil else {
                close(descriptor)
                return
            }
        }
        lastIdentifier += 1
        let connection = Connection(
            descriptor: descriptor,
            identifier: lastIdentifier,
            path: path,
            tls: tls,
            loop: self
        )
        connections[connection.identifier] = connection
        register(descriptor, EPOLLIN.rawValue, .connection, tag: connection, operation: EPOLL_CTL_ADD)
        if tls != nil { return connection.begin(accept, refused: refused) }
        accept(connection)
        if !connection.output.isEmpty { connection.scheduleFlush() }
    }

    func forget(_ connection: Connection) {
        // First, since the loop runs its handlers without a reference of its own.
        graveyard.append(connection)
        connections[connection.identifier] = nil
    }

    func forget(_ listener: Listener) {
        listeners[ObjectIdentifier(listener)] = nil
        graveyard.append(listener)
    }

    func forget(_ connector: Connector) {
        connectors[ObjectIdentifier(connector)] = nil
        graveyard.append(connector)
    }

    /// Whether a connection may keep so many bytes of empty buffers for a while.
    func lets(_ connection: Connection, keep bytes: Int) -> Bool {
        let more = bytes - connection.keptMemory
        if more <= 0 { return true }
        guard keptMemory + more <= Self.mostKeptMemory else { return false }
        if keepers.isEmpty { schedule(after: Self.memoryIsKept) { [unowned self] in releaseKeptMemory() } }
        if connection.keptMemory == 0 { keepers.append(connection) }
        connection.keptMemory = bytes
        keptMemory += more
        return true
    }

    private func releaseKeptMemory() {
        for connection in keepers {
            connection.keptMemory = 0
            connection.releaseMemory()
        }
        keepers = []
        keptMemory = 0
    }

    /// Looks away from a listener for a while.
    func rest(_ listener: Listener, for pause: Duration) {
        register(listener.descriptor, 0, .listener, tag: listener, operation: EPOLL_CTL_MOD)
        schedule(after: pause) { [weak listener, unowned self] in
            guard let listener, !listener.isClosed else { return }
            self.register(listener.descriptor, EPOLLIN.rawValue, .listener, tag: listener, operation: EPOLL_CTL_MOD)
        }
    }

    func scheduleFlush(_ connection: Connection) {
        connection.isFlushScheduled = true
        flushes.append(Unmanaged.passUnretained(connection))
    }

    func showAgain(_ connection: Connection) {
        shows.append(connection)
    }

    /// Nanoseconds of the monotonic clock now, not at the beginning of the turn.
    public static func readMonotonicClock() -> Int64 { readClock(CLOCK_MONOTONIC) }
    /// Microseconds since 1970 now.
    public static func readWallClock() -> Int64 { readClock(CLOCK_REALTIME) / 1000 }

    private static func readClock(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What an epoll tag points at: kept in the low bits of the address, which are free since objects are 16-byte aligned.
enum SourceKind: UInt64 {
    case connection = 0
    case listener = 1
    case connector = 2

    static let mask: UInt64 = 7
}

extension Duration {
    /// Whole nanoseconds, clamped to about 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? Int64.min / 4 : Int64.max / 4 }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? Int64.max / 4 : min(sum, Int64.max / 4)
    }
}
