import Bytes
import RESP

/// Sending messages to subscribers of channels and patterns.
///
///     PUBLISH news hi ──▶ `*3⏎$7⏎message⏎$4⏎news⏎$2⏎hi⏎`, encoded once ──▶ each subscriber's outbox
///
/// RESP2 and RESP3 differ in the first byte only, which is set for each subscriber: a delivery is one copy.
extension Engine {
    /// How many channels, patterns and shard channels somebody listens to.
    public var subscriptionCounts: (channels: Int, patterns: Int, shards: Int) {
        (subscriptions.channels.count, subscriptions.patterns.count, subscriptions.shards.count)
    }

    /// Sends `message` to everybody who listens to `channel`.
    /// - Returns: how many received it.
    @discardableResult
    mutating func publish(channel: [UInt8], message: [UInt8]) -> Int {
        channel.withUnsafeBufferPointer { channel in
            message.withUnsafeBufferPointer { message in
                // An empty array may have no address.
                publish(
                    channel: channel.baseAddress.map { ByteSlice(start: $0, count: channel.count) } ?? ByteSlice(""),
                    message: message.baseAddress.map { ByteSlice(start: $0, count: message.count) } ?? ByteSlice("")
                )
            }
        }
    }

    /// Sends `message` to everybody who listens to `channel`, or to a pattern that it matches.
    /// - Returns: how many received it; who listens twice receives twice.
    @discardableResult
    mutating func publish(channel: ByteSlice, message: ByteSlice) -> Int {
        var receivers = 0
        if let found = subscriptions.channels.find(channel, hash(channel)) {
            encode("message", nil, channel, message)
            receivers += deliverMessage(to: found)
        }
        if !subscriptions.patterns.isEmpty {
            for pattern in subscriptions.patterns where matches(pattern, channel) {
                encode("pmessage", pattern, channel, message)
                receivers += deliverMessage(to: pattern)
            }
        }
        return receivers
    }

    /// Sends `message` to everybody who listens to the shard channel.
    mutating func publish(shard: ByteSlice, message: ByteSlice) -> Int {
        guard let found = subscriptions.shards.find(shard, hash(shard)) else { return 0 }
        encode("smessage", nil, shard, message)
        return deliverMessage(to: found)
    }

    private func matches(_ pattern: Subscriptions.Channel, _ channel: ByteSlice) -> Bool {
        pattern.name.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return channel.isEmpty }
            return GlobPattern.matches(ByteSlice(start: start, count: bytes.count), channel)
        }
    }

    private mutating func encode(
        _ kind: StaticString,
        _ pattern: Subscriptions.Channel?,
        _ channel: ByteSlice,
        _ message: ByteSlice
    ) {
        messageWriter.buffer.removeAll()
        messageWriter.array(pattern == nil ? 3 : 4)
        messageWriter.bulk(kind)
        if let pattern { messageWriter.bulk(pattern.name) }
        messageWriter.bulk(channel)
        messageWriter.bulk(message)
    }

    /// Appends the encoded message to the outbox of each subscriber.
    private mutating func deliverMessage(to channel: Subscriptions.Channel) -> Int {
        let bytes = messageWriter.buffer.bytes
        guard let start = bytes.baseAddress else { return 0 }
        // Safe: nothing in the loop writes a message.
        let first = UnsafeMutableRawPointer(mutating: start)
        // The channel holds its subscribers, and nobody leaves it meanwhile: two changes of a reference count for each
        // delivery would be a tenth of its cost.
        let count = channel.subscribers.withUnsafeBufferPointer { subscribers in
            for index in subscribers.indices {
                Unmanaged.passUnretained(subscribers[index])._withUnsafeGuaranteedRef { session in
                    let kind = UInt8(ascii: session.protocolVersion == 2 ? "*" : ">")
                    first.storeBytes(of: kind, as: UInt8.self)
                    push(bytes, to: session)
                }
            }
            return subscribers.count
        }
        if messageWriter.buffer.count > 1 << 20 {
            messageWriter.buffer.removeAll(keepingCapacity: false)
        }
        return count
    }
}
