import Logging
import NIOCore
import NIOPosix
import PGWire

/// One connection to a server: statements one after the other. Services use it through `SQLPool`.
public final class SQLConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ClientHandler>
    private let configuration: SQLPool.Configuration

    private init(channel: any Channel, handler: NIOLoopBound<ClientHandler>, configuration: SQLPool.Configuration) {
        self.channel = channel
        self.handler = handler
        self.configuration = configuration
    }

    /// Connects, authenticates (trust, md5, SCRAM-SHA-256) and waits until the server is ready.
    public static func connect(
        _ configuration: SQLPool.Configuration,
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sql-client")
    ) async throws(SQLClientError) -> SQLConnection {
        let eventLoop = group.next()
        let started = eventLoop.makePromise(of: Void.self)
        let nonce = (0..<18).map { _ in UInt8.random(in: 0...255) }
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(.init(configuration.connectTimeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = ClientHandler(
                            configuration: configuration,
                            nonce: nonce,
                            started: started,
                            logger: logger
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: configuration.host, port: configuration.port)
                .get()
        } catch {
            started.fail(error)
            let isTimeout = if case ChannelError.connectTimeout = error { true } else { false }
            throw SQLClientError(
                isTimeout ? .connectTimeout : .connectFailed,
                "cannot connect to \(configuration.host):\(configuration.port): \(error)"
            )
        }
        let deadline = eventLoop.scheduleTask(in: .init(configuration.connectTimeout)) {
            started.fail(SQLClientError(.connectTimeout, "the server did not finish the startup in time"))
        }
        do {
            try await started.futureResult.get()
            deadline.cancel()
            let handler = try await channel.eventLoop.submit {
                NIOLoopBound(
                    try channel.pipeline.syncOperations.handler(type: ClientHandler.self),
                    eventLoop: eventLoop
                )
            }.get()
            return SQLConnection(channel: channel, handler: handler, configuration: configuration)
        } catch {
            deadline.cancel()
            channel.close(promise: nil)
            throw error as? SQLClientError ?? SQLClientError(.connectFailed, "\(error)")
        }
    }

    /// Whether the socket is open; a server that vanished silently shows only at the next statement.
    public var isOpen: Bool { channel.isActive }

    /// Runs one statement with bound parameters and returns its rows.
    /// When the calling task is cancelled or the time-out passes, the server is asked to cancel and the connection is given up.
    public func query(
        _ sql: String,
        _ parameters: [SQLParameter] = [],
        binaryResults: Bool = false
    ) async throws(SQLClientError) -> [Row] {
        let bytes = ClientState.encode(sql, parameters, binaryResults: binaryResults)
        let limit = configuration.queryTimeout
        let result: Result<[Row], SQLClientError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                channel.eventLoop.execute { [handler] in
                    handler.value.submit(bytes, timeout: limit) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            channel.eventLoop.execute { [self] in
                cancelOnServer(handler.value.cancelKey)
                handler.value.abandon(SQLClientError(.cancelled, "the calling task was cancelled"))
            }
        }
        if case .failure(let error) = result, error.code == .queryTimeout {
            channel.eventLoop.execute { [self] in cancelOnServer(handler.value.cancelKey) }
        }
        return try result.get()
    }

    /// ReadyForQuery's last status: I idle, T in a transaction, E in a failed one.
    func transactionStatus() async -> UInt8 {
        await withCheckedContinuation { continuation in
            channel.eventLoop.execute { [handler] in continuation.resume(returning: handler.value.transactionStatus) }
        }
    }

    /// The server's run-time parameters as last reported (server_version, TimeZone …).
    public func parameters() async -> [String: String] {
        await withCheckedContinuation { continuation in
            channel.eventLoop.execute { [handler] in continuation.resume(returning: handler.value.parameters) }
        }
    }

    /// Asks the server over a second connection to cancel what this one does; the answer does not matter.
    private func cancelOnServer(_ key: (processID: Int32, secret: Int32)) {
        guard key.processID != 0 else { return }
        var encoder = FrontendEncoder()
        encoder.cancelRequest(processID: key.processID, secret: key.secret)
        let bytes = encoder.take()
        ClientBootstrap(group: channel.eventLoop)
            .connectTimeout(.init(configuration.connectTimeout))
            .connect(host: configuration.host, port: configuration.port)
            .whenSuccess { side in
                // The server closes the side connection by itself; a dead server has nothing to cancel.
                side.writeAndFlush(side.allocator.buffer(bytes: bytes)).whenComplete { _ in side.close(promise: nil) }
            }
    }

    /// Says goodbye and closes; returns when the socket is closed.
    public func close() async {
        var encoder = FrontendEncoder()
        encoder.terminate()
        let bytes = encoder.take()
        if channel.isActive {
            channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
            channel.close(promise: nil)
        }
        // Fails only when the channel was closed before, which is what is wanted.
        _ = try? await channel.closeFuture.get()
    }
}
