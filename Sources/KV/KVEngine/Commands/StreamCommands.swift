import Bytes
import RESP

/// Streams: adding, reading and removing entries. Groups are `StreamGroupCommands`', XREAD is `StreamReadCommands`'.
enum StreamCommands {
    // MARK: Adding

    /// XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value …
    static func add(_ engine: inout Engine, _ call: Call) {
        guard let options = StreamTrimOptions(&engine, call, isAdd: true) else { return }
        let first = options.idIndex + 1
        guard call.count - first >= 2, (call.count - first) % 2 == 0 else { return engine.wrongArity("xadd") }
        if options.id == .least, !options.isOpen {
            return engine.fail("ERR The ID specified in XADD must be greater than 0-0")
        }
        var existing: Slot?
        guard engine.find(call.key, call.hash, .stream, &existing) else { return }
        if existing == nil, !options.makesStream { return engine.reply.null() }
        let last = existing.map { StreamValue.stream($0.entry).pointee.lastID } ?? .least
        if last == .greatest {
            return engine.fail("ERR The stream has exhausted the last possible ID, unable to add more items")
        }
        if options.isOpen, let id = options.id, id.milliseconds == last.milliseconds, last.sequence == .max {
            // The sequence has run out; these are redis's words for it.
            return engine.fail("ERR Elements are too large to be stored")
        }
        guard let id = identifier(options, behind: last, now: engine.now) else {
            return engine.fail("ERR The ID specified in XADD is equal or smaller than the target stream top item")
        }
        var size = 0
        for index in first..<call.count { size &+= call[index].count }
        guard size <= Stream.Limits.most else { return engine.fail("ERR Elements are too large to be stored") }

        let entry = existing?.entry ?? makeStream(&engine, call.key, call.hash)
        let stream = StreamValue.stream(entry)
        stream.pointee.append(
            id,
            call.arguments + first,
            fieldCount: (call.count - first) / 2,
            size: size,
            Stream.Limits(bytes: engine.settings.streamNodeMaxBytes, entries: engine.settings.streamNodeMaxEntries)
        )
        engine.reply.bulk(id)
        engine.notify(.stream, "xadd", call.key)
        engine.dirty += 1
        if options.thresholdIndex > 0 {
            let removed = stream.pointee.trim(
                options.trim,
                isApproximate: options.isApproximate,
                limit: options.limit
            )
            if removed > 0 { engine.notify(.stream, "xtrim", call.key) }
        }
        if engine.effects.isRecording {
            record(&engine, call, options, id: options.id == nil || options.isOpen ? id : nil, stream)
        }
    }

    /// The identifier of a new entry; nil when the one that was asked for is not behind the last.
    @inline(__always)
    private static func identifier(_ options: StreamTrimOptions, behind last: StreamID, now: Int64) -> StreamID? {
        guard var id = options.id else { return .following(last, now: now) }
        if options.isOpen, id.milliseconds == last.milliseconds { id.sequence = last.sequence &+ 1 }
        return id > last ? id : nil
    }

    static func makeStream(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64) -> Entry {
        engine.database.pointee.insert(StreamValue.make(key: key, clock: engine.clock), hash).entry
    }

    /// Records the request with what was left to the server decided: the identifier, and how far `~` went.
    private static func record(
        _ engine: inout Engine,
        _ call: Call,
        _ options: StreamTrimOptions,
        id: StreamID?,
        _ stream: UnsafeMutablePointer<Stream>
    ) {
        engine.isEffectRecorded = true
        engine.effects.begin(call.count, database: engine.databaseIndex)
        for index in 0..<call.count {
            if index == options.idIndex, let id {
                engine.effects.append(id)
            } else if options.isApproximate, index == options.thresholdIndex - 1 {
                engine.effects.append("=")
            } else if options.isApproximate, index == options.thresholdIndex {
                switch options.trim {
                case .from:
                    // Where the first entry is, or was: nothing below it is left.
                    engine.effects.append(stream.pointee.count == 0 ? .greatest : stream.pointee.firstID)
                default: engine.effects.append(decimal: Int64(stream.pointee.count))
                }
            } else {
                engine.effects.append(call[index])
            }
        }
    }

    // MARK: Reading

    /// XLEN key
    static func length(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .stream, &slot) else { return }
        engine.reply.integer(slot.map { StreamValue.stream($0.entry).pointee.count } ?? 0)
    }

    /// XRANGE key start end [COUNT count]
    static func range(_ engine: inout Engine, _ call: Call) {
        guard let start = engine.streamIntervalStart(call[2]), let end = engine.streamIntervalEnd(call[3]) else {
            return
        }
        range(&engine, call, start, end, isReversed: false)
    }

    /// XREVRANGE key end start [COUNT count]
    static func reversedRange(_ engine: inout Engine, _ call: Call) {
        guard let start = engine.streamIntervalStart(call[3]), let end = engine.streamIntervalEnd(call[2]) else {
            return
        }
        range(&engine, call, start, end, isReversed: true)
    }

    private static func range(
        _ engine: inout Engine,
        _ call: Call,
        _ start: StreamID,
        _ end: StreamID,
        isReversed: Bool
    ) {
        var limit = Int64(-1)
        var index = 4
        while index < call.count {
            guard call.isWord(index, "COUNT"), index + 1 < call.count else { return engine.syntaxError() }
            guard let value = engine.integer(call[index + 1]) else { return }
            limit = max(0, value)
            index += 2
        }
        guard let slot = engine.look(up: call.key, call.hash) else { return engine.reply.array(0) }
        guard slot.entry.type == .stream else { return engine.wrongType() }
        if limit == 0 { return engine.reply.nullArray() }
        let stream = StreamValue.stream(slot.entry)
        engine.reply.entries(of: stream, from: start, through: end, limit: limit < 0 ? .max : Int(limit), isReversed)
    }

    // MARK: Removing

    /// XDEL key id …
    static func delete(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .stream, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        // All or nothing: a malformed identifier removes none.
        for index in 2..<call.count where engine.streamID(call[index]) == nil { return }
        let stream = StreamValue.stream(slot.entry)
        var removed = 0
        var isFirstRemoved = false
        for index in 2..<call.count {
            guard let id = StreamID.parse(call[index]), stream.pointee.remove(id) else { continue }
            removed += 1
            if id == stream.pointee.firstID { isFirstRemoved = true }
            if id > stream.pointee.maxDeletedID { stream.pointee.maxDeletedID = id }
        }
        if removed > 0 {
            if isFirstRemoved || stream.pointee.count == 0 { stream.pointee.updateFirstID() }
            engine.notify(.stream, "xdel", call.key)
            engine.dirty += Int64(removed)
            engine.unconcerned = .waiting
        }
        engine.reply.integer(removed)
    }

    /// XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count]
    static func trim(_ engine: inout Engine, _ call: Call) {
        guard let options = StreamTrimOptions(&engine, call, isAdd: false) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .stream, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        let stream = StreamValue.stream(slot.entry)
        let removed = stream.pointee.trim(options.trim, isApproximate: options.isApproximate, limit: options.limit)
        if removed > 0 {
            engine.notify(.stream, "xtrim", call.key)
            engine.dirty += Int64(removed)
            engine.unconcerned = .waiting
            if options.isApproximate, engine.effects.isRecording { record(&engine, call, options, id: nil, stream) }
        }
        engine.reply.integer(removed)
    }

    /// XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]
    static func setID(_ engine: inout Engine, _ call: Call) {
        guard let id = engine.streamID(call[2]) else { return }
        var entriesAdded: Int64?
        var maxDeletedID = StreamID.least
        var index = 3
        while index < call.count {
            if call.isWord(index, "ENTRIESADDED"), index + 1 < call.count {
                guard let value = engine.integer(call[index + 1]) else { return }
                guard value >= 0 else { return engine.fail("ERR entries_added must be positive") }
                entriesAdded = value
            } else if call.isWord(index, "MAXDELETEDID"), index + 1 < call.count {
                guard let value = engine.streamID(call[index + 1]) else { return }
                guard id >= value else {
                    return engine.fail(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
                    )
                }
                maxDeletedID = value
            } else {
                return engine.syntaxError()
            }
            index += 2
        }
        guard let slot = engine.find(call.key, call.hash) else { return engine.fail("ERR no such key") }
        guard slot.entry.type == .stream else { return engine.wrongType() }
        let stream = StreamValue.stream(slot.entry)
        if let last = stream.pointee.lastValidID {
            guard id >= last else {
                return engine.fail("ERR The ID specified in XSETID is smaller than the target stream top item")
            }
            if let entriesAdded, entriesAdded < stream.pointee.count {
                return engine.fail("ERR The entries_added specified in XSETID is smaller than the target stream length")
            }
        }
        stream.pointee.lastID = id
        if let entriesAdded { stream.pointee.entriesAdded = entriesAdded }
        if maxDeletedID != .least { stream.pointee.maxDeletedID = maxDeletedID }
        engine.reply.ok()
        engine.dirty += 1
        engine.unconcerned = [.watchers, .waiting]
        engine.notify(.stream, "xsetid", call.key)
    }
}

extension EffectBuffer {
    mutating func append(_ id: StreamID) {
        id.text.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { append(ByteSlice(start: start, count: bytes.count)) }
        }
    }
}

extension ReplyWriter {
    /// An entry: its identifier, then its fields and values.
    @inline(__always)
    mutating func entry(_ node: StreamNode, _ record: StreamNode.Record) {
        array(2)
        bulk(record.id)
        array(node.fieldCount(of: record) &* 2)
        node.forEachPair(of: record) { field, value in
            bulk(field)
            bulk(value)
        }
    }

    /// The entries of an interval.
    mutating func entries(
        of stream: UnsafeMutablePointer<Stream>,
        from start: StreamID,
        through end: StreamID,
        limit: Int,
        _ isReversed: Bool = false
    ) {
        var left = stream.pointee.count(from: start, through: end, limit: limit)
        array(left)
        guard left > 0 else { return }
        let show = { (writer: inout ReplyWriter, node: StreamNode, record: StreamNode.Record) -> Bool in
            writer.entry(node, record)
            left -= 1
            return left > 0
        }
        if isReversed {
            stream.pointee.forEachReversed(from: start, through: end) { show(&self, $0, $1) }
        } else {
            stream.pointee.forEach(from: start, through: end) { show(&self, $0, $1) }
        }
    }
}
