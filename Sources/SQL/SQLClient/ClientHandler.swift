import Logging
import NIOCore
import PGWire

/// Drives `ClientState` on a channel: bytes in, messages to the state, its actions out. Confined to the channel's event loop.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    typealias Completion = @Sendable (Result<[Row], SQLClientError>) -> Void

    private var state: ClientState
    private let configuration: SQLPool.Configuration
    private let logger: Logger
    private var unread = ByteBuffer()
    private var context: ChannelHandlerContext?
    private let started: EventLoopPromise<Void>
    private var isStarted = false
    private var completion: Completion?
    private var timeout: Scheduled<Void>?

    init(
        configuration: SQLPool.Configuration,
        nonce: [UInt8],
        started: EventLoopPromise<Void>,
        logger: Logger
    ) {
        self.configuration = configuration
        self.started = started
        self.logger = logger
        state = ClientState(user: configuration.user, password: configuration.password, nonce: nonce)
    }

    var transactionStatus: UInt8 { state.transactionStatus }
    var cancelKey: (processID: Int32, secret: Int32) { (state.processID, state.secret) }
    var parameters: [String: String] { state.parameters }

    // MARK: Requests

    /// Sends a statement; `completion` is called exactly once.
    func submit(_ bytes: [UInt8], timeout limit: Duration?, _ completion: @escaping Completion) {
        guard let context, context.channel.isActive else {
            return completion(.failure(SQLClientError(.connectionClosed, "the connection is closed")))
        }
        guard state.submit() else {
            return completion(.failure(SQLClientError(.protocolViolation, "the connection is busy")))
        }
        self.completion = completion
        if let limit {
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            timeout = context.eventLoop.scheduleTask(in: .init(limit)) {
                bound.value.abandon(SQLClientError(.queryTimeout, "no answer within \(limit)"))
            }
        }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    /// Fails the statement under way and gives the connection up, because its answer would come at another's time.
    func abandon(_ error: SQLClientError) {
        guard completion != nil else { return }
        complete(.failure(error))
        context?.close(promise: nil)
    }

    private func complete(_ result: Result<[Row], SQLClientError>) {
        timeout?.cancel()
        timeout = nil
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    // MARK: Channel events

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        var encoder = FrontendEncoder()
        encoder.startup(
            user: configuration.user,
            database: configuration.database,
            parameters: [
                .init(name: "client_encoding", value: "UTF8"),
                .init(name: "application_name", value: configuration.applicationName),
            ]
        )
        send(encoder.take(), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        broke(SQLClientError(isStarted ? .connectionClosed : .connectFailed, "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        broke(SQLClientError(isStarted ? .connectionClosed : .connectFailed, "\(error)"))
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        if unread.readableBytes == 0 {
            unread = received
        } else {
            unread.writeBuffer(&received)
        }
        while true {
            let next: (message: BackendMessage, size: Int)?
            do throws(ErrorReport) {
                next = try unread.nextMessage()
            } catch {
                return perform(.breakOff(SQLClientError(.protocolViolation, error.message)), context)
            }
            guard let next else { break }
            unread.moveReaderIndex(forwardBy: next.size)
            perform(state.receive(next.message), context)
            if !context.channel.isActive { return }
        }
        if unread.readableBytes == 0 {
            unread = ByteBuffer()
        } else {
            unread.discardReadBytes()
        }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private func perform(_ action: ClientState.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .send(let bytes): send(bytes, context)
        case .started:
            isStarted = true
            started.succeed()
        case .startFailed(let error):
            isStarted = true
            started.fail(error)
            context.close(promise: nil)
        case .finish(let rows): complete(.success(rows))
        case .fail(let error): complete(.failure(error))
        case .breakOff(let error):
            broke(error)
            context.close(promise: nil)
        case .notice(let text): logger.debug("\(text)")
        }
    }

    private func broke(_ error: SQLClientError) {
        if !isStarted {
            isStarted = true
            started.fail(error)
        }
        complete(.failure(error))
    }
}

extension ByteBuffer {
    fileprivate func nextMessage() throws(ErrorReport) -> (message: BackendMessage, size: Int)? {
        var result: Result<(message: BackendMessage, size: Int)?, ErrorReport> = .success(nil)
        withUnsafeReadableBytes { bytes in
            do throws(ErrorReport) {
                result = .success(try BackendDecoder.next(bytes))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }
}
