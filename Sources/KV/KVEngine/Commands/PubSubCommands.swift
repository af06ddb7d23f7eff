import RESP

/// Messages between clients: SUBSCRIBE and its kin, PUBLISH, PUBSUB.
///
/// (Un)subscribing answers once per channel, as a push in RESP3.
enum PubSubCommands {
    /// SUBSCRIBE channel …
    static func subscribe(_ engine: inout Engine, _ call: Call) { join(&engine, call, .channel) }
    /// PSUBSCRIBE pattern …
    static func patternSubscribe(_ engine: inout Engine, _ call: Call) { join(&engine, call, .pattern) }
    /// SSUBSCRIBE shardchannel …
    static func shardSubscribe(_ engine: inout Engine, _ call: Call) { join(&engine, call, .shard) }
    /// UNSUBSCRIBE [channel …]
    static func unsubscribe(_ engine: inout Engine, _ call: Call) { leave(&engine, call, .channel) }
    /// PUNSUBSCRIBE [pattern …]
    static func patternUnsubscribe(_ engine: inout Engine, _ call: Call) { leave(&engine, call, .pattern) }
    /// SUNSUBSCRIBE [shardchannel …]
    static func shardUnsubscribe(_ engine: inout Engine, _ call: Call) { leave(&engine, call, .shard) }

    private static func join(_ engine: inout Engine, _ call: Call, _ kind: SubscriptionKind) {
        let session = call.session
        for index in 1..<call.count {
            let name = call[index]
            engine.subscriptions.join(session, kind, name, engine.hash(name))
            confirm(&engine, session, kind, joined: true, name)
        }
    }

    private static func leave(_ engine: inout Engine, _ call: Call, _ kind: SubscriptionKind) {
        let session = call.session
        if call.count > 1 {
            for index in 1..<call.count {
                let name = call[index]
                if let channel = engine.subscriptions[kind].find(name, engine.hash(name)) {
                    engine.subscriptions.leave(session, kind, channel)
                }
                confirm(&engine, session, kind, joined: false, name)
            }
            return
        }
        let joined = Array(session.subscriptions[kind].values)
        for channel in joined {
            engine.subscriptions.leave(session, kind, channel)
            channel.name.withUnsafeBufferPointer { bytes in
                let name = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
                confirm(&engine, session, kind, joined: false, name)
            }
        }
        if joined.isEmpty { confirm(&engine, session, kind, joined: false, nil) }
    }

    private static func confirm(
        _ engine: inout Engine,
        _ session: Session,
        _ kind: SubscriptionKind,
        joined: Bool,
        _ name: ByteSlice?
    ) {
        engine.push(to: session) { engine in
            engine.reply.push(3)
            switch (kind, joined) {
            case (.channel, true): engine.reply.bulk("subscribe")
            case (.channel, false): engine.reply.bulk("unsubscribe")
            case (.pattern, true): engine.reply.bulk("psubscribe")
            case (.pattern, false): engine.reply.bulk("punsubscribe")
            case (.shard, true): engine.reply.bulk("ssubscribe")
            case (.shard, false): engine.reply.bulk("sunsubscribe")
            }
            if let name { engine.reply.bulk(name) } else { engine.reply.null() }
            engine.reply.integer(session.subscriptions.count(kind))
        }
    }

    /// PUBLISH channel message
    static func publish(_ engine: inout Engine, _ call: Call) {
        let receivers = engine.publish(channel: call[1], message: call[2])
        recordForReplicas(&engine, call)
        engine.reply.integer(receivers)
    }

    /// SPUBLISH shardchannel message
    static func shardPublish(_ engine: inout Engine, _ call: Call) {
        let receivers = engine.publish(shard: call[1], message: call[2])
        recordForReplicas(&engine, call)
        engine.reply.integer(receivers)
    }

    /// A message changes nothing here, but replicas have subscribers of their own.
    private static func recordForReplicas(_ engine: inout Engine, _ call: Call) {
        guard engine.effects.isRecording else { return }
        engine.effects.record(call.arguments, count: call.count, database: engine.databaseIndex)
    }

    /// Whether a client that listens in RESP2, where messages and replies look alike, may send this.
    static func isAllowedToSubscribers(_ call: Call) -> Bool {
        switch call.fullName {
        case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "ping", "quit",
            "reset":
            true
        default: false
        }
    }

    // MARK: PUBSUB

    /// PUBSUB CHANNELS [pattern]
    static func channels(_ engine: inout Engine, _ call: Call) { list(&engine, call, .channel) }
    /// PUBSUB SHARDCHANNELS [pattern]
    static func shardChannels(_ engine: inout Engine, _ call: Call) { list(&engine, call, .shard) }
    /// PUBSUB NUMSUB [channel …]
    static func subscriberCounts(_ engine: inout Engine, _ call: Call) { count(&engine, call, .channel) }
    /// PUBSUB SHARDNUMSUB [shardchannel …]
    static func shardSubscriberCounts(_ engine: inout Engine, _ call: Call) { count(&engine, call, .shard) }

    private static func list(_ engine: inout Engine, _ call: Call, _ kind: SubscriptionKind) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        let pattern = call.count == 3 ? call[2] : nil
        var found: [[UInt8]] = []
        engine.subscriptions[kind].forEach { channel in
            let isWanted = channel.name.withUnsafeBufferPointer { bytes -> Bool in
                guard let pattern else { return true }
                let name = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
                return GlobPattern.matches(pattern, name)
            }
            if isWanted { found.append(channel.name) }
        }
        engine.reply.array(found.count)
        for name in found { engine.reply.bulk(name) }
    }

    private static func count(_ engine: inout Engine, _ call: Call, _ kind: SubscriptionKind) {
        engine.reply.array((call.count - 2) * 2)
        for index in 2..<call.count {
            engine.reply.bulk(call[index])
            let channel = engine.subscriptions[kind].find(call[index], engine.hash(call[index]))
            engine.reply.integer(channel?.subscribers.count ?? 0)
        }
    }

    /// PUBSUB NUMPAT
    static func patternCount(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(engine.subscriptions.patterns.count)
    }

    /// PUBSUB HELP
    static func help(_ engine: inout Engine, _ call: Call) {
        engine.help("PUBSUB", helpLines, call)
    }
}
