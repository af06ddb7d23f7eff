import Bytes
import RESP

/// Consumer groups: making and removing them, acknowledging, handing over, asking what is pending.
enum StreamGroupCommands {
    /// The group a request names; nil with NOGROUP or WRONGTYPE written.
    private static func group(
        _ engine: inout Engine,
        _ call: Call,
        _ name: ByteSlice
    ) -> (stream: UnsafeMutablePointer<Stream>, group: UnsafeMutablePointer<StreamGroup>)? {
        let slot = engine.look(up: call.key, call.hash)
        return group(&engine, call, name, in: slot)
    }

    private static func group(
        _ engine: inout Engine,
        _ call: Call,
        _ name: ByteSlice,
        in slot: Slot?
    ) -> (stream: UnsafeMutablePointer<Stream>, group: UnsafeMutablePointer<StreamGroup>)? {
        if let slot {
            guard slot.entry.type == .stream else {
                engine.wrongType()
                return nil
            }
            let stream = StreamValue.stream(slot.entry)
            if let group = stream.pointee.groups.find(name) { return (stream, group) }
        }
        engine.fail(
            Array("NOGROUP No such key '".utf8) + Engine.excerpt(call.key, .max) + Array("' or consumer group '".utf8)
                + Engine.excerpt(name, .max) + Array("'".utf8)
        )
        return nil
    }

    // MARK: XGROUP

    /// XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries-read]
    static func create(_ engine: inout Engine, _ call: Call) {
        guard let options = GroupOptions(&engine, call, allowsMakingStream: true) else { return }
        var slot: Slot?
        guard engine.find(call[2], call.hash, .stream, &slot) else { return }
        guard slot != nil || options.makesStream else { return missingKey(&engine) }
        guard call.count <= 8 else { return engine.wrongSubcommandUse(call) }
        var id = slot.map { StreamValue.stream($0.entry).pointee.lastID } ?? .least
        if call[4].array != [UInt8(ascii: "$")] {
            guard let given = engine.streamID(call[4]) else { return }
            id = given
        }
        if slot != nil { engine.unconcerned = [.watchers, .waiting] }
        let entry = slot?.entry ?? StreamCommands.makeStream(&engine, call[2], call.hash)
        let stream = StreamValue.stream(entry)
        guard stream.pointee.groups.find(call[3]) == nil else {
            engine.unconcerned = []
            return engine.fail("BUSYGROUP Consumer Group name already exists")
        }
        _ = stream.pointee.groups.insert(
            StreamGroup(name: call[3], lastID: id, entriesRead: options.entriesRead)
        )
        engine.reply.ok()
        engine.dirty += 1
        engine.notify(.stream, "xgroup-create", call[2])
    }

    /// XGROUP SETID key group id|$ [ENTRIESREAD entries-read]
    static func setID(_ engine: inout Engine, _ call: Call) {
        guard let options = GroupOptions(&engine, call, allowsMakingStream: false) else { return }
        guard let (stream, group) = existingGroup(&engine, call) else { return }
        guard call.count == 5 || call.count == 7 else { return engine.wrongSubcommandUse(call) }
        var id = stream.pointee.lastID
        if call[4].array != [UInt8(ascii: "$")] {
            guard let given = engine.streamID(call[4], .bound) else { return }
            id = given
        }
        group.pointee.lastID = id
        group.pointee.entriesRead = options.entriesRead
        engine.reply.ok()
        changed(&engine, "xgroup-setid", call[2])
    }

    /// XGROUP DESTROY key group
    static func destroy(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call[2], call.hash, .stream, &slot) else { return }
        guard let slot else { return missingKey(&engine) }
        let stream = StreamValue.stream(slot.entry)
        guard let group = stream.pointee.groups.find(call[3]) else { return engine.reply.integer(0) }
        stream.pointee.groups.remove(group)
        engine.reply.integer(1)
        changed(&engine, "xgroup-destroy", call[2])
        // Who waits as a member hears that the group is gone.
        engine.noteReady(call[2])
    }

    /// XGROUP CREATECONSUMER key group consumer
    static func createConsumer(_ engine: inout Engine, _ call: Call) {
        guard let (_, group) = existingGroup(&engine, call) else { return }
        guard group.pointee.consumers.find(call[4]) == nil else { return engine.reply.integer(0) }
        _ = group.pointee.consumers.insert(StreamConsumer(name: call[4], seenAt: engine.now))
        engine.reply.integer(1)
        changed(&engine, "xgroup-createconsumer", call[2])
    }

    /// XGROUP DELCONSUMER key group consumer
    static func deleteConsumer(_ engine: inout Engine, _ call: Call) {
        guard let (_, group) = existingGroup(&engine, call) else { return }
        guard let consumer = group.pointee.consumers.find(call[4]) else { return engine.reply.integer(0) }
        engine.reply.integer(group.pointee.remove(consumer))
        changed(&engine, "xgroup-delconsumer", call[2])
    }

    /// A change of a group that is no change of the key.
    private static func changed(_ engine: inout Engine, _ event: StaticString, _ key: ByteSlice) {
        engine.dirty += 1
        engine.unconcerned = [.watchers, .waiting]
        engine.notify(.stream, event, key)
    }

    private static func missingKey(_ engine: inout Engine) {
        engine.fail(
            """
            ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
            option to create an empty stream automatically.
            """
        )
    }

    /// The group of an XGROUP subcommand that needs it; nil with the error written.
    private static func existingGroup(
        _ engine: inout Engine,
        _ call: Call
    ) -> (stream: UnsafeMutablePointer<Stream>, group: UnsafeMutablePointer<StreamGroup>)? {
        var slot: Slot?
        guard engine.find(call[2], call.hash, .stream, &slot) else { return nil }
        guard let slot else {
            missingKey(&engine)
            return nil
        }
        let stream = StreamValue.stream(slot.entry)
        guard let group = stream.pointee.groups.find(call[3]) else {
            engine.missingGroup(call[3], of: call[2])
            return nil
        }
        return (stream, group)
    }

    /// The options behind the identifier in XGROUP CREATE and SETID.
    private struct GroupOptions {
        var makesStream = false
        var entriesRead = StreamGroup.unknownEntriesRead

        init?(_ engine: inout Engine, _ call: Call, allowsMakingStream: Bool) {
            var index = 5
            while index < call.count {
                if allowsMakingStream, call.isWord(index, "MKSTREAM") {
                    makesStream = true
                } else if call.isWord(index, "ENTRIESREAD"), index + 1 < call.count {
                    index += 1
                    guard let value = engine.integer(call[index]) else { return nil }
                    guard value >= StreamGroup.unknownEntriesRead else {
                        engine.fail("ERR value for ENTRIESREAD must be positive or -1")
                        return nil
                    }
                    entriesRead = value
                } else {
                    engine.wrongSubcommandUse(call)
                    return nil
                }
                index += 1
            }
        }
    }

    /// XGROUP HELP
    static func help(_ engine: inout Engine, _ call: Call) {
        engine.help("XGROUP", helpLines, call)
    }

    // MARK: XACK

    /// XACK key group id …
    static func acknowledge(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .stream, &slot) else { return }
        guard let slot, let group = StreamValue.stream(slot.entry).pointee.groups.find(call[2]) else {
            return engine.reply.integer(0)
        }
        for index in 3..<call.count where engine.streamID(call[index]) == nil { return }
        var count = 0
        for index in 3..<call.count {
            guard let id = StreamID.parse(call[index]), group.pointee.acknowledge(id) else { continue }
            count += 1
        }
        if count > 0 {
            engine.dirty += Int64(count)
            engine.unconcerned = [.watchers, .waiting]
        }
        engine.reply.integer(count)
    }

    // MARK: XCLAIM, XAUTOCLAIM

    /// XCLAIM key group consumer min-idle id … [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE] [JUSTID] [LASTID id]
    static func claim(_ engine: inout Engine, _ call: Call) {
        guard let (stream, group) = group(&engine, call, call[2]) else { return }
        guard let minIdle = ASCII.parseInt64(call[4].buffer) else {
            return engine.fail("ERR Invalid min-idle-time argument for XCLAIM")
        }
        guard let options = ClaimOptions(&engine, call) else { return }
        var hasMoved = false
        if options.lastID > group.pointee.lastID {
            group.pointee.lastID = options.lastID
            hasMoved = true
        }
        let now = engine.now
        let time = options.time < 0 || options.time > now ? now : options.time
        var delivery = StreamDelivery(engine, call.key, stream, group, consumer: call[3])
        let dirty = engine.dirty
        let written = engine.reply.buffer.count
        var shown = 0
        for index in 5..<options.firstOption {
            guard let id = StreamID.parse(call[index]) else { continue }
            let pending = group.pointee.pending.find(id)?.pointee
            guard let (node, record) = stream.pointee.find(id) else {
                if let pending { delivery.dropMissing(&engine, pending) }
                continue
            }
            guard pending != nil || options.isForced else { continue }
            if let pending, minIdle > 0, now &- pending.deliveredAt < minIdle { continue }
            delivery.claim(
                &engine,
                id,
                at: time,
                count: options.deliveryCount,
                isDelivery: !options.isBare
            )
            shown += 1
            if options.isBare { engine.reply.bulk(id) } else { engine.reply.entry(node, record) }
        }
        if hasMoved, engine.dirty == dirty {
            delivery.recordPlace(&engine)
            engine.dirty += 1
        }
        engine.reply.insertHeader(at: written) { $0.array(shown) }
        delivery.end(&engine)
    }

    private struct ClaimOptions {
        /// Behind the identifiers.
        var firstOption: Int
        var isForced = false
        var isBare = false
        var deliveryCount: Int64?
        /// Milliseconds since 1970; -1 for now.
        var time: Int64 = -1
        var lastID = StreamID.least

        init?(_ engine: inout Engine, _ call: Call) {
            firstOption = 5
            while firstOption < call.count, StreamID.parse(call[firstOption]) != nil { firstOption += 1 }
            var index = firstOption
            while index < call.count {
                let hasMore = index + 1 < call.count
                if call.isWord(index, "FORCE") {
                    isForced = true
                } else if call.isWord(index, "JUSTID") {
                    isBare = true
                } else if hasMore, call.isWord(index, "IDLE") {
                    index += 1
                    guard let idle = ASCII.parseInt64(call[index].buffer) else {
                        engine.fail("ERR Invalid IDLE option argument for XCLAIM")
                        return nil
                    }
                    time = engine.now &- idle
                } else if hasMore, call.isWord(index, "TIME") {
                    index += 1
                    guard let value = ASCII.parseInt64(call[index].buffer) else {
                        engine.fail("ERR Invalid TIME option argument for XCLAIM")
                        return nil
                    }
                    time = value
                } else if hasMore, call.isWord(index, "RETRYCOUNT") {
                    index += 1
                    guard let value = ASCII.parseInt64(call[index].buffer) else {
                        engine.fail("ERR Invalid RETRYCOUNT option argument for XCLAIM")
                        return nil
                    }
                    deliveryCount = value >= 0 ? value : nil
                } else if hasMore, call.isWord(index, "LASTID") {
                    index += 1
                    guard let value = engine.streamID(call[index]) else { return nil }
                    lastID = value
                } else {
                    engine.fail(
                        Array("ERR Unrecognized XCLAIM option '".utf8) + Engine.excerpt(call[index], .max)
                            + Array("'".utf8)
                    )
                    return nil
                }
                index += 1
            }
        }
    }

    /// Most that XAUTOCLAIM's COUNT may be in redis's arithmetic, and most that it finds memory for.
    private static let greatestCount = Int64.max / 16
    private static let mostClaims = Int64(1) << 40

    /// XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID]
    static func autoClaim(_ engine: inout Engine, _ call: Call) {
        // Before the arguments are read: a key that is missing is told in any case.
        let slot = engine.look(up: call.key, call.hash)
        guard let minIdle = ASCII.parseInt64(call[4].buffer) else {
            return engine.fail("ERR Invalid min-idle-time argument for XAUTOCLAIM")
        }
        guard let start = engine.streamIntervalStart(call[5]) else { return }
        var limit = Int64(100)
        var isBare = false
        var index = 6
        while index < call.count {
            if call.isWord(index, "COUNT"), index + 1 < call.count {
                index += 1
                guard let value = ASCII.parseInt64(call[index].buffer), value >= 1, value <= greatestCount else {
                    return engine.fail("ERR COUNT must be > 0")
                }
                limit = value
            } else if call.isWord(index, "JUSTID") {
                isBare = true
            } else {
                return engine.syntaxError()
            }
            index += 1
        }
        guard let (stream, group) = group(&engine, call, call[2], in: slot) else { return }
        guard limit <= mostClaims else {
            return engine.fail(
                "ERR Insufficient memory, failed allocating transient memory, COUNT too high."
            )
        }
        var delivery = StreamDelivery(engine, call.key, stream, group, consumer: call[3])
        var attempts = limit * 10
        var missing: [StreamID] = []
        var shown = 0
        let written = engine.reply.buffer.count
        var position = group.pointee.pending.position(from: start)
        while let current = position, attempts > 0, limit > 0 {
            attempts -= 1
            let pending = group.pointee.pending[current].pointee
            if let (node, record) = stream.pointee.find(pending.id) {
                position = group.pointee.pending.position(after: current)
                if minIdle > 0, engine.now &- pending.deliveredAt < minIdle { continue }
                delivery.claim(&engine, pending.id, at: engine.now, count: nil, isDelivery: !isBare)
                shown += 1
                if isBare { engine.reply.bulk(pending.id) } else { engine.reply.entry(node, record) }
            } else {
                delivery.dropMissing(&engine, pending)
                missing.append(pending.id)
                position = group.pointee.pending.position(from: pending.id)
            }
            limit -= 1
        }
        let next = position.map { group.pointee.pending[$0].pointee.id } ?? .least
        engine.reply.insertHeader(at: written) { writer in
            writer.array(3)
            writer.bulk(next)
            writer.array(shown)
        }
        engine.reply.array(missing.count)
        for id in missing { engine.reply.bulk(id) }
        delivery.end(&engine)
    }

    // MARK: XPENDING

    /// XPENDING key group [[IDLE min-idle] start end count [consumer]]
    static func pending(_ engine: inout Engine, _ call: Call) {
        guard call.count == 3 || 6...9 ~= call.count else { return engine.syntaxError() }
        guard call.count > 3 else {
            guard let (_, group) = group(&engine, call, call[2]) else { return }
            return summary(&engine, group)
        }
        var first = 3
        var minIdle = Int64(0)
        if call.isWord(3, "IDLE") {
            guard let value = engine.integer(call[4]) else { return }
            minIdle = value
            guard call.count >= 8 else { return engine.syntaxError() }
            first = 5
        }
        guard let limit = engine.integer(call[first + 2]) else { return }
        guard let start = engine.streamIntervalStart(call[first]),
            let end = engine.streamIntervalEnd(call[first + 1])
        else { return }
        guard let (_, group) = group(&engine, call, call[2]) else { return }
        var consumer: UnsafeMutablePointer<StreamConsumer>?
        if first + 3 < call.count {
            consumer = group.pointee.consumers.find(call[first + 3])
            guard consumer != nil else { return engine.reply.array(0) }
        }
        list(&engine, group, consumer, start, end, limit: limit, minIdle: minIdle)
    }

    private static func summary(_ engine: inout Engine, _ group: UnsafeMutablePointer<StreamGroup>) {
        engine.reply.array(4)
        engine.reply.integer(group.pointee.pending.count)
        guard let first = group.pointee.pending.first, let last = group.pointee.pending.last else {
            engine.reply.null()
            engine.reply.null()
            return engine.reply.nullArray()
        }
        engine.reply.bulk(first.id)
        engine.reply.bulk(last.id)
        var busy = 0
        group.pointee.consumers.forEach { if $0.pointee.pending.count > 0 { busy += 1 } }
        engine.reply.array(busy)
        group.pointee.consumers.forEach { consumer in
            guard consumer.pointee.pending.count > 0 else { return }
            engine.reply.array(2)
            engine.reply.bulk(consumer.pointee.name.slice)
            engine.reply.bulk(decimal: Int64(consumer.pointee.pending.count))
        }
    }

    private static func list(
        _ engine: inout Engine,
        _ group: UnsafeMutablePointer<StreamGroup>,
        _ consumer: UnsafeMutablePointer<StreamConsumer>?,
        _ start: StreamID,
        _ end: StreamID,
        limit: Int64,
        minIdle: Int64
    ) {
        let written = engine.reply.buffer.count
        var shown = 0
        let now = engine.now
        let show = { (engine: inout Engine, pending: StreamGroup.Pending) in
            let idle = now &- pending.deliveredAt
            if minIdle != 0, idle < minIdle { return }
            shown += 1
            engine.reply.array(4)
            engine.reply.bulk(pending.id)
            engine.reply.bulk(pending.consumer.pointee.name.slice)
            engine.reply.integer(max(0, idle))
            engine.reply.integer(pending.deliveryCount)
        }
        if let consumer {
            let own = consumer.pointee.pending
            var position = own.position(from: start)
            while let current = position, shown < limit, own[current].pointee <= end {
                if let pending = group.pointee.pending.find(own[current].pointee) { show(&engine, pending.pointee) }
                position = own.position(after: current)
            }
        } else {
            let all = group.pointee.pending
            var position = all.position(from: start)
            while let current = position, shown < limit, all[current].pointee.id <= end {
                show(&engine, all[current].pointee)
                position = all.position(after: current)
            }
        }
        engine.reply.insertHeader(at: written) { $0.array(shown) }
    }
}

extension Engine {
    mutating func missingGroup(_ group: ByteSlice, of key: ByteSlice) {
        fail(
            Array("NOGROUP No such consumer group '".utf8) + Engine.excerpt(group, .max)
                + Array("' for key name '".utf8) + Engine.excerpt(key, .max) + Array("'".utf8)
        )
    }
}
