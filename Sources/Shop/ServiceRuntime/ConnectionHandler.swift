import Commerce
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What a service does with a connection, below the requests: manners, patience and a good end.
///
///     socket ─▶ HTTP/1.1 codec ─▶ ConnectionHandler ─▶ Hummingbird
///
/// - `Expect: 100-continue` is answered at once.
/// - Slow clients are cut off: a first head that does not come, a body that does not end, an answer nobody reads.
/// - An answer to a malformed request is a problem document with the headers every answer has.
/// - On shutdown (the quiesce event) requests in flight are answered with `Connection: close`; an idle connection may
///   still send a request for `drainGrace`, since it could be on its way; after `drainLimit` whatever is left is cut.
///
/// Invariant: the quiesce event stops here, so Hummingbird's own handler never closes under a request on its way.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ServiceConfiguration.Limits
    private var requestsInProgress = 0
    private var isReceiving = false
    private var sawHead = false
    private var sawParserError = false
    private var isDraining = false
    /// The client said that its latest request is its last one; earlier ones may still be waiting for their answers.
    private var isLastRequestSeen = false
    /// The answer being written ends the connection.
    private var closesAfterResponse = false
    private var headTimer: Scheduled<Void>?
    private var bodyTimer: Scheduled<Void>?
    private var writeTimer: Scheduled<Void>?
    private var closeTimer: Scheduled<Void>?

    init(limits: ServiceConfiguration.Limits) {
        self.limits = limits
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        headTimer = schedule(limits.headTimeout, context) { handler, context in
            if !handler.sawHead { context.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimers()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        context.fireChannelInactive()
    }

    private func cancelTimers() {
        for timer in [headTimer, bodyTimer, writeTimer, closeTimer] { timer?.cancel() }
        (headTimer, bodyTimer, writeTimer, closeTimer) = (nil, nil, nil, nil)
    }

    private func schedule(
        _ delay: Duration,
        _ context: ChannelHandlerContext,
        _ action: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { action(self, context) }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            sawHead = true
            headTimer?.cancel()
            headTimer = nil
            requestsInProgress += 1
            isReceiving = true
            if head.headerFields[.connection]?.lowercased() == "close" { isLastRequestSeen = true }
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end:
            isReceiving = false
            bodyTimer?.cancel()
            bodyTimer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests arrive whole; only a body that is still missing deserves a timer.
        if isReceiving, bodyTimer == nil {
            bodyTimer = schedule(limits.bodyTimeout, context) { handler, context in
                guard handler.isReceiving else { return }
                context.fireErrorCaught(SlowClient())
                context.close(promise: nil)
            }
        }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { sawParserError = true }
        context.fireErrorCaught(error)
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard head.status.kind != .informational else { return context.write(data, promise: promise) }
            if head.headerFields[.accessControlAllowOrigin] == nil {
                head.headerFields[.accessControlAllowOrigin] = "*"
            }
            var problem: ByteBuffer?
            if sawParserError, head.status == .badRequest, head.headerFields[.contentLength] == "0" {
                let body = Problem(.badRequest, "the request is not HTTP").body
                head.headerFields[.contentType] = "application/problem+json"
                head.headerFields[.contentLength] = String(body.readableBytes)
                problem = body
                closesAfterResponse = true
            }
            if head.headerFields[.connection]?.lowercased() == "close" { closesAfterResponse = true }
            if isLastRequestSeen, requestsInProgress <= 1 { closesAfterResponse = true }
            // A request that is still being sent when its answer is known (413) ends the connection.
            if isReceiving, requestsInProgress <= 1, head.status.code >= 400 { closesAfterResponse = true }
            if closesAfterResponse || isDraining && requestsInProgress <= 1 { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: problem == nil ? promise : nil)
            if let problem { context.write(wrapOutboundOut(.body(problem)), promise: promise) }
        case .body:
            context.write(data, promise: promise)
        case .end:
            requestsInProgress = max(0, requestsInProgress - 1)
            guard closesAfterResponse || isDraining && requestsInProgress == 0 else {
                return context.write(data, promise: promise)
            }
            context.writeAndFlush(data, promise: promise)
            closeGently(context)
        }
    }

    /// Closes after what was written. While the client still sends, closing outright would reset the connection and
    /// could take the answer with it, so only our side is closed and the client gets a moment.
    private func closeGently(_ context: ChannelHandlerContext) {
        guard isReceiving || sawParserError else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        closeTimer?.cancel()
        closeTimer = schedule(isDraining ? .milliseconds(100) : .seconds(1), context) { _, context in
            context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        writeTimer =
            context.channel.isWritable
            ? nil : schedule(limits.writeTimeout, context) { _, context in context.close(promise: nil) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Shutdown

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        guard !isDraining else { return }
        isDraining = true
        _ = schedule(limits.drainGrace, context) { handler, context in
            if handler.requestsInProgress == 0 { context.close(promise: nil) }
        }
        closeTimer?.cancel()
        closeTimer = schedule(limits.drainLimit, context) { _, context in context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension ConnectionHandler: Sendable {}

/// A request's body did not arrive in time.
struct SlowClient: Error {}
