import RESP

/// XINFO: what a stream, its groups and their consumers look like inside.
enum StreamInfoCommands {
    private static func found(_ engine: inout Engine, _ call: Call) -> UnsafeMutablePointer<Stream>? {
        guard let slot = engine.look(up: call[2], call.hash) else {
            engine.fail("ERR no such key")
            return nil
        }
        guard slot.entry.type == .stream else {
            engine.wrongType()
            return nil
        }
        return StreamValue.stream(slot.entry)
    }

    /// XINFO STREAM key [FULL [COUNT count]]
    static func stream(_ engine: inout Engine, _ call: Call) {
        guard let stream = found(&engine, call) else { return }
        var limit = Int64(10)
        let isFull = call.count > 3
        if isFull {
            guard call.count == 4 || call.count == 6, call.isWord(3, "FULL") else {
                return engine.wrongSubcommandUse(call)
            }
            if call.count == 6 {
                guard call.isWord(4, "COUNT") else { return engine.wrongSubcommandUse(call) }
                guard let value = engine.integer(call[5]) else { return }
                if value >= 0 { limit = value }
            }
        }
        engine.reply.map(isFull ? 9 : 10)
        engine.reply.bulk("length")
        engine.reply.integer(stream.pointee.count)
        engine.reply.bulk("radix-tree-keys")
        engine.reply.integer(stream.pointee.nodes.count)
        engine.reply.bulk("radix-tree-nodes")
        engine.reply.integer(stream.pointee.radixNodeCount)
        engine.reply.bulk("last-generated-id")
        engine.reply.bulk(stream.pointee.lastID)
        engine.reply.bulk("max-deleted-entry-id")
        engine.reply.bulk(stream.pointee.maxDeletedID)
        engine.reply.bulk("entries-added")
        engine.reply.integer(stream.pointee.entriesAdded)
        engine.reply.bulk("recorded-first-entry-id")
        engine.reply.bulk(stream.pointee.firstID)
        if isFull {
            let limit = limit == 0 ? Int.max : Int(limit)
            engine.reply.bulk("entries")
            engine.reply.entries(of: stream, from: .least, through: .greatest, limit: limit)
            engine.reply.bulk("groups")
            engine.reply.array(stream.pointee.groups.count)
            stream.pointee.groups.forEach { whole(&engine, stream, $0, limit: limit) }
        } else {
            engine.reply.bulk("groups")
            engine.reply.integer(stream.pointee.groups.count)
            for (name, isFirst) in [("first-entry", true), ("last-entry", false)] as [(StaticString, Bool)] {
                engine.reply.bulk(name)
                if let (node, record) = stream.pointee.edge(isFirst: isFirst) {
                    engine.reply.entry(node, record)
                } else {
                    engine.reply.null()
                }
            }
        }
    }

    /// A group as XINFO STREAM FULL shows it.
    private static func whole(
        _ engine: inout Engine,
        _ stream: UnsafeMutablePointer<Stream>,
        _ group: UnsafeMutablePointer<StreamGroup>,
        limit: Int
    ) {
        engine.reply.map(7)
        engine.reply.bulk("name")
        engine.reply.bulk(group.pointee.name.slice)
        place(&engine, stream, group)
        let pending = group.pointee.pending
        engine.reply.bulk("pel-count")
        engine.reply.integer(pending.count)
        engine.reply.bulk("pending")
        engine.reply.array(min(limit, pending.count))
        var position = pending.position(from: .least)
        var left = limit
        while let current = position, left > 0 {
            let element = pending[current].pointee
            engine.reply.array(4)
            engine.reply.bulk(element.id)
            engine.reply.bulk(element.consumer.pointee.name.slice)
            engine.reply.integer(element.deliveredAt)
            engine.reply.integer(element.deliveryCount)
            position = pending.position(after: current)
            left -= 1
        }
        engine.reply.bulk("consumers")
        engine.reply.array(group.pointee.consumers.count)
        group.pointee.consumers.forEach { whole(&engine, group, $0, limit: limit) }
    }

    /// A consumer as XINFO STREAM FULL shows it.
    private static func whole(
        _ engine: inout Engine,
        _ group: UnsafeMutablePointer<StreamGroup>,
        _ consumer: UnsafeMutablePointer<StreamConsumer>,
        limit: Int
    ) {
        let own = consumer.pointee.pending
        engine.reply.map(4)
        engine.reply.bulk("name")
        engine.reply.bulk(consumer.pointee.name.slice)
        engine.reply.bulk("seen-time")
        engine.reply.integer(consumer.pointee.seenAt)
        engine.reply.bulk("pel-count")
        engine.reply.integer(own.count)
        engine.reply.bulk("pending")
        engine.reply.array(min(limit, own.count))
        var position = own.position(from: .least)
        var left = limit
        while let current = position, left > 0 {
            let id = own[current].pointee
            guard let element = group.pointee.pending.find(id)?.pointee else {
                preconditionFailure("an entry is pending with a consumer but not in its group")
            }
            engine.reply.array(3)
            engine.reply.bulk(id)
            engine.reply.integer(element.deliveredAt)
            engine.reply.integer(element.deliveryCount)
            position = own.position(after: current)
            left -= 1
        }
    }

    /// How far a group has read.
    private static func place(
        _ engine: inout Engine,
        _ stream: UnsafeMutablePointer<Stream>,
        _ group: UnsafeMutablePointer<StreamGroup>
    ) {
        engine.reply.bulk("last-delivered-id")
        engine.reply.bulk(group.pointee.lastID)
        engine.reply.bulk("entries-read")
        if group.pointee.entriesRead == StreamGroup.unknownEntriesRead {
            engine.reply.null()
        } else {
            engine.reply.integer(group.pointee.entriesRead)
        }
        engine.reply.bulk("lag")
        if let lag = stream.pointee.lag(of: group.pointee) { engine.reply.integer(lag) } else { engine.reply.null() }
    }

    /// XINFO GROUPS key
    static func groups(_ engine: inout Engine, _ call: Call) {
        guard let stream = found(&engine, call) else { return }
        engine.reply.array(stream.pointee.groups.count)
        stream.pointee.groups.forEach { group in
            engine.reply.map(6)
            engine.reply.bulk("name")
            engine.reply.bulk(group.pointee.name.slice)
            engine.reply.bulk("consumers")
            engine.reply.integer(group.pointee.consumers.count)
            engine.reply.bulk("pending")
            engine.reply.integer(group.pointee.pending.count)
            place(&engine, stream, group)
        }
    }

    /// XINFO CONSUMERS key group
    static func consumers(_ engine: inout Engine, _ call: Call) {
        guard let stream = found(&engine, call) else { return }
        guard let group = stream.pointee.groups.find(call[3]) else { return engine.missingGroup(call[3], of: call[2]) }
        engine.reply.array(group.pointee.consumers.count)
        group.pointee.consumers.forEach { consumer in
            engine.reply.map(3)
            engine.reply.bulk("name")
            engine.reply.bulk(consumer.pointee.name.slice)
            engine.reply.bulk("pending")
            engine.reply.integer(consumer.pointee.pending.count)
            engine.reply.bulk("idle")
            engine.reply.integer(max(0, engine.now &- consumer.pointee.seenAt))
        }
    }

    /// XINFO HELP
    static func help(_ engine: inout Engine, _ call: Call) {
        engine.help("XINFO", helpLines, call)
    }
}
