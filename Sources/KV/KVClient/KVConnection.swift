import NIOCore
import RESP

/// Commands written together, and the replies they still wait for.
final class KVBatch: Sendable {
    let commands: [KVCommand]
    let promise: EventLoopPromise<[Reply]>

    init(_ commands: [KVCommand], _ promise: EventLoopPromise<[Reply]>) {
        self.commands = commands
        self.promise = promise
    }
}

/// One connection: writes batches as they come, hands out replies in the same order.
///
///     write(batch) ─▶ bytes ─▶ server            waiting: [batch, batch, …]
///     bytes ─▶ ReplyParser ─▶ replies ─▶ first batch of `waiting`
///
/// A batch that timed out or was cancelled stays in line, because its replies will still come; they fall on a promise
/// that is already done. A reply that nobody waits for, or bytes that are not RESP, close the connection.
final class KVConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = KVBatch
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        let batch: KVBatch
        var replies: [Reply]
    }

    private var parser: ReplyParser
    private var waiting = CircularBuffer<Waiting>()
    /// Counts reads, so that a time-out can tell a slow command from a dead peer.
    private(set) var readCount = 0

    init(maximumReply: Int) {
        var limits = ReplyParser.Limits()
        limits.maximumStringLength = maximumReply
        limits.maximumElements = 1 << 20
        parser = ReplyParser(limits: limits)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let batch = unwrapOutboundIn(data)
        guard context.channel.isActive else {
            batch.promise.fail(KVClientError.connectionClosed)
            promise?.fail(KVClientError.connectionClosed)
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: batch.commands.reduce(0) { $0 + $1.encodedSize })
        for command in batch.commands { command.encode(into: &buffer) }
        waiting.append(Waiting(batch: batch, replies: []))
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        readCount &+= 1
        let buffer = unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { parser.append($0) }
        do {
            while let reply = try parser.next() {
                if case .push = reply { continue }
                guard !waiting.isEmpty else {
                    return fail(context, .unexpectedReply("a reply without a command"))
                }
                waiting[waiting.startIndex].replies.append(reply)
                let first = waiting[waiting.startIndex]
                if first.replies.count == first.batch.commands.count {
                    waiting.removeFirst()
                    first.batch.promise.succeed(first.replies)
                }
            }
        } catch {
            fail(context, .unexpectedReply("\(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failAll(.connectionClosed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, .connectionClosed)
    }

    /// A batch did not get its replies in time. When nothing at all has come since it was written, the peer is taken
    /// for dead and the connection is closed; the next command opens another.
    func timedOut(_ batch: KVBatch, readCountBefore: Int, context: ChannelHandlerContext) {
        batch.promise.fail(KVClientError.timedOut)
        if readCount == readCountBefore { fail(context, .timedOut) }
    }

    private func fail(_ context: ChannelHandlerContext, _ error: KVClientError) {
        failAll(error)
        context.close(promise: nil)
    }

    private func failAll(_ error: KVClientError) {
        while let first = waiting.popFirst() { first.batch.promise.fail(error) }
    }
}

@available(*, unavailable)
extension KVConnectionHandler: Sendable {}
