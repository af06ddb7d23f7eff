import Logging
import NIOCore
import NIOPosix
import RESP
import Synchronization

/// A pipelining client of one key-value server, shared by all requests of a service.
///
///     send ──▶ pick a connection ──▶ write at once, do not wait for earlier replies ──▶ reply
///                    │ none open: connect (everybody who comes meanwhile waits for the same attempt)
///                    └ the last attempt failed: fail at once until the back-off is over
///
/// A handful of connections is a pool, since every connection carries any number of commands at the same time.
/// Commands are never sent a second time by themselves: whether one ran is unknown once the connection is lost.
/// Not here: transactions, blocking commands and subscriptions, which need a connection of their own.
public final class KVPool: Sendable {
    public struct Configuration: Sendable {
        public var host: String
        public var port: Int
        public var username: String?
        public var password: String?
        /// Speak RESP3 (`HELLO 3`); by default RESP2, which every server understands.
        public var usesRESP3 = false
        /// Shown by `CLIENT LIST`; nil sends no name.
        public var clientName: String?
        public var connections = 2
        /// How long an attempt to connect may take, the look-up of the name included.
        public var connectTimeout: Duration = .seconds(5)
        /// How long a command may wait for its reply, and before that for a connection.
        public var commandTimeout: Duration = .seconds(2)
        /// The first and the longest pause after failed attempts to connect; doubled each time, with jitter.
        public var backoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)
        /// Bytes of the longest string a reply may hold.
        public var maximumReply = 64 << 20

        public init(host: String, port: Int, password: String? = nil) {
            self.host = host
            self.port = port
            self.password = password
        }
    }

    private enum Slot: Sendable {
        case idle(failures: Int, notBefore: ContinuousClock.Instant?)
        case connecting(EventLoopFuture<any Channel>, failures: Int)
        case connected(any Channel)

        /// The last attempt to connect failed a moment ago.
        var isPausing: Bool {
            if case .idle(_, let notBefore?) = self { notBefore > .now } else { false }
        }
    }

    private struct State: Sendable {
        var slots: [Slot]
        /// The turn of the next command; wraps around.
        var next: UInt = 0
        var isShutDown = false

        /// The slot whose turn it is; those whose last attempt failed a moment ago are passed over, nil when all are.
        mutating func takeTurn() -> Int? {
            for _ in slots.indices {
                let index = Int(next % UInt(slots.count))
                next &+= 1
                if !slots[index].isPausing { return index }
            }
            return nil
        }

        /// Any connection that is open.
        var liveChannel: (any Channel)? {
            for case .connected(let channel) in slots where channel.isActive { return channel }
            return nil
        }
    }

    public let configuration: Configuration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let state: Mutex<State>

    /// Makes a client; no connection is opened before the first command.
    public init(
        _ configuration: Configuration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        let slots = [Slot](repeating: .idle(failures: 0, notBefore: nil), count: max(1, configuration.connections))
        state = Mutex(State(slots: slots))
    }

    /// Sends one command and returns its reply; an error reply is thrown.
    public func send(_ command: KVCommand) async throws(KVClientError) -> Reply {
        let replies = try await send([command])
        guard let reply = replies.first else { throw .unexpectedReply("no reply") }
        if let message = reply.errorMessage { throw .server(message) }
        return reply
    }

    /// Sends one command of raw arguments.
    public func send(_ arguments: [ByteBuffer]) async throws(KVClientError) -> Reply {
        try await send(KVCommand(arguments.map { Array($0.readableBytesView) }))
    }

    /// Sends commands in one write and returns their replies in order; error replies are among them, not thrown.
    public func send(_ commands: [KVCommand]) async throws(KVClientError) -> [Reply] {
        guard !commands.isEmpty else { return [] }
        guard !Task.isCancelled else { throw .cancelled }
        do {
            let channel = try await channel()
            let promise = channel.eventLoop.makePromise(of: [Reply].self)
            let batch = KVBatch(commands, promise)
            return try await withTaskCancellationHandler {
                write(batch, to: channel)
                return try await promise.futureResult.get()
            } onCancel: {
                promise.fail(KVClientError.cancelled)
            }
        } catch let error as KVClientError {
            throw error
        } catch {
            throw .connectionClosed
        }
    }

    /// Closes every connection; commands that wait or come later fail. Idempotent.
    public func shutdown() async {
        let channels = state.withLock { state -> [any Channel] in
            state.isShutDown = true
            let channels = state.slots.compactMap { if case .connected(let channel) = $0 { channel } else { nil } }
            state.slots = state.slots.map { _ in .idle(failures: 0, notBefore: nil) }
            return channels
        }
        for channel in channels {
            channel.close(promise: nil)
            // A channel that was closed by its peer in the meantime is just as good.
            _ = try? await channel.closeFuture.get()
        }
    }

    // MARK: Writing

    private func write(_ batch: KVBatch, to channel: any Channel) {
        let timeout = TimeAmount(configuration.commandTimeout)
        channel.eventLoop.execute {
            guard let context = try? channel.pipeline.syncOperations.context(handlerType: KVConnectionHandler.self),
                let handler = context.handler as? KVConnectionHandler
            else { return batch.promise.fail(KVClientError.connectionClosed) }
            channel.writeAndFlush(batch, promise: nil)
            let readCount = handler.readCount
            let timer = channel.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
                handler.timedOut(batch, readCountBefore: readCount, context: context)
            }
            batch.promise.futureResult.whenComplete { _ in timer.cancel() }
        }
    }

    // MARK: Connecting

    /// A live connection: the one whose turn it is. While that one is being opened, which a slow name server can make long,
    /// another live one serves; only without any does a command wait, and no longer than for a reply.
    private func channel() async throws -> any Channel {
        enum Choice {
            case ready(any Channel)
            case wait(EventLoopFuture<any Channel>)
        }
        let (choice, opening) = try state.withLock { state -> (Choice, (Int, EventLoopPromise<any Channel>)?) in
            guard !state.isShutDown else { throw KVClientError.shutDown }
            guard let index = state.takeTurn() else {
                throw KVClientError.unavailable(
                    "\(configuration.host):\(configuration.port) did not answer a moment ago"
                )
            }
            let failures: Int
            switch state.slots[index] {
            case .connected(let channel) where channel.isActive: return (.ready(channel), nil)
            case .connecting(let future, _):
                return (state.liveChannel.map { .ready($0) } ?? .wait(future), nil)
            case .connected: failures = 0
            case .idle(let count, _): failures = count
            }
            let promise = eventLoopGroup.next().makePromise(of: (any Channel).self)
            let future = promise.futureResult
            state.slots[index] = .connecting(future, failures: failures)
            return (state.liveChannel.map { .ready($0) } ?? .wait(future), (index, promise))
        }
        if let (index, promise) = opening { connect(index, promise) }
        switch choice {
        case .ready(let channel): return channel
        case .wait(let future): return try await soon(future)
        }
    }

    /// What `future` gives, unless that takes longer than a command may.
    private func soon(_ future: EventLoopFuture<any Channel>) async throws -> any Channel {
        let promise = future.eventLoop.makePromise(of: (any Channel).self)
        future.cascade(to: promise)
        let place = "\(configuration.host):\(configuration.port)"
        let timer = future.eventLoop.scheduleTask(in: TimeAmount(configuration.commandTimeout)) {
            promise.fail(KVClientError.unavailable("no connection to \(place) in time"))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return try await promise.futureResult.get()
    }

    private func connect(_ index: Int, _ promise: EventLoopPromise<any Channel>) {
        let maximumReply = configuration.maximumReply
        ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(KVConnectionHandler(maximumReply: maximumReply))
                }
            }
            .connect(host: configuration.host, port: configuration.port)
            .flatMap { channel in self.greet(channel).map { channel } }
            .whenComplete { result in self.connected(index, result, promise) }
    }

    /// AUTH, HELLO and CLIENT SETNAME in one go; nothing at all when none is configured.
    private func greet(_ channel: any Channel) -> EventLoopFuture<Void> {
        var commands: [KVCommand] = []
        let credentials = configuration.password.map { [configuration.username ?? "default", $0] }
        if configuration.usesRESP3 {
            let arguments = ["HELLO", "3"] + (credentials.map { ["AUTH"] + $0 } ?? [])
            commands.append(KVCommand(arguments.map { Array($0.utf8) }))
        } else if let password = configuration.password {
            let arguments = ["AUTH"] + (configuration.username.map { [$0] } ?? []) + [password]
            commands.append(KVCommand(arguments.map { Array($0.utf8) }))
        }
        if let name = configuration.clientName { commands.append(KVCommand("CLIENT", "SETNAME", name)) }
        guard let first = commands.first else { return channel.eventLoop.makeSucceededVoidFuture() }
        // A server without CLIENT SETNAME serves as well; one that refuses HELLO or AUTH does not.
        let mustSucceed = first.arguments.first != Array("CLIENT".utf8)
        let promise = channel.eventLoop.makePromise(of: [Reply].self)
        write(KVBatch(commands, promise), to: channel)
        return promise.futureResult.flatMapThrowing { replies in
            if mustSucceed, let message = replies.first?.errorMessage { throw KVClientError.unavailable(message) }
        }.flatMapError { error in
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func connected(
        _ index: Int,
        _ result: Result<any Channel, any Error>,
        _ promise: EventLoopPromise<any Channel>
    ) {
        switch result {
        case .success(let channel):
            let isShutDown = state.withLock { state in
                if !state.isShutDown { state.slots[index] = .connected(channel) }
                return state.isShutDown
            }
            if isShutDown {
                channel.close(promise: nil)
                promise.fail(KVClientError.shutDown)
            } else {
                logger.debug("connected to \(configuration.host):\(configuration.port)")
                promise.succeed(channel)
            }
        case .failure(let error):
            let pause = state.withLock { state -> Duration in
                let failures = if case .connecting(_, let failures) = state.slots[index] { failures + 1 } else { 1 }
                let pause = backoff(afterFailures: failures)
                // Half to all of the pause, so that many clients do not come back at the same moment.
                let jittered = pause / 2 + pause / 2 * Double.random(in: 0...1)
                state.slots[index] = .idle(failures: failures, notBefore: .now.advanced(by: jittered))
                return jittered
            }
            logger.warning("no connection to \(configuration.host):\(configuration.port), pause \(pause): \(error)")
            let reported =
                error as? KVClientError ?? .unavailable("\(configuration.host):\(configuration.port): \(error)")
            promise.fail(reported)
        }
    }

    /// Doubles from the first pause to the longest.
    func backoff(afterFailures failures: Int) -> Duration {
        var pause = configuration.backoff.lowerBound
        for _ in 1..<max(2, min(failures, 32)) where pause < configuration.backoff.upperBound { pause = pause * 2 }
        return failures <= 1
            ? configuration.backoff.lowerBound : min(pause, configuration.backoff.upperBound)
    }
}
