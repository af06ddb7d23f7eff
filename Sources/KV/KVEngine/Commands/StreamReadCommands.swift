import Bytes
import RESP

/// XREAD and XREADGROUP: entries behind a place, of several streams, waiting for them if wanted.
///
///     something there     reply with all streams that have something
///     nothing, BLOCK      wait; `$` becomes the place it stands for
///     a key is ready      the request runs again for that key alone (`serve`)
///
/// A group's reading changes it: what was delivered is pending, and goes to replicas as XCLAIM and XGROUP SETID.
enum StreamReadCommands {
    /// What a request asks for.
    private struct Request {
        var limit = 0
        /// When waiting ends, milliseconds since 1970; nil for not waiting.
        var deadline: Int64?
        var firstKey = 0
        var count = 0
        var group: ByteSlice?
        var consumer = ByteSlice("")
        var acknowledgesAtOnce = false
    }

    /// Most entries for a client that waited and named no COUNT.
    private static let limitAfterWaiting = 1000

    /// XREAD [COUNT count] [BLOCK milliseconds] STREAMS key … id …
    static func read(_ engine: inout Engine, _ call: Call) {
        guard let request = parse(&engine, call, isGroup: false) else { return }
        if let key = engine.blocked.readyKey { return serve(&engine, call, request, key) }
        // Where each stream is read from.
        var places: [StreamID] = []
        for index in 0..<request.count {
            let word = call[request.firstKey + request.count + index]
            let key = call[request.firstKey + index]
            var slot: Slot?
            guard engine.look(up: key, engine.hash(key), .stream, &slot) else { return }
            if word.isByte("$") {
                places.append(slot.map { StreamValue.stream($0.entry).pointee.lastID } ?? .least)
            } else if word.isByte(">") {
                return engine.fail(
                    """
                    ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
                    """
                )
            } else {
                guard let id = engine.streamID(word) else { return }
                places.append(id)
            }
        }
        let limit = request.limit == 0 ? Int.max : request.limit
        var served = 0
        let written = engine.reply.buffer.count
        for (index, place) in places.enumerated() {
            let key = call[request.firstKey + index]
            guard let slot = engine.look(up: key), slot.entry.type == .stream else { continue }
            let stream = StreamValue.stream(slot.entry)
            guard let last = stream.pointee.lastValidID, last > place else { continue }
            served += 1
            beginStream(&engine, key)
            engine.reply.entries(of: stream, from: place.next ?? .greatest, through: .greatest, limit: limit)
        }
        if served > 0 { return endStreams(&engine, served, written) }
        guard let deadline = request.deadline else { return engine.reply.nullArray() }
        wait(&engine, call, request, until: deadline, places)
    }

    /// XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key … id …
    static func readGroup(_ engine: inout Engine, _ call: Call) {
        guard let request = parse(&engine, call, isGroup: true), let groupName = request.group else { return }
        if let key = engine.blocked.readyKey { return serve(&engine, call, request, key) }
        // Nil for `>`, what nobody of the group has read.
        var places: [StreamID?] = []
        for index in 0..<request.count {
            let word = call[request.firstKey + request.count + index]
            let key = call[request.firstKey + index]
            var slot: Slot?
            guard engine.look(up: key, engine.hash(key), .stream, &slot) else { return }
            guard let slot, StreamValue.stream(slot.entry).pointee.groups.find(groupName) != nil else {
                return engine.fail(
                    Array("NOGROUP No such key '".utf8) + Engine.excerpt(key, .max)
                        + Array("' or consumer group '".utf8)
                        + Engine.excerpt(groupName, .max) + Array("' in XREADGROUP with GROUP option".utf8)
                )
            }
            if word.isByte("$") {
                return engine.fail(
                    """
                    ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this \
                    consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just \
                    return an empty result set.
                    """
                )
            } else if word.isByte(">") {
                places.append(nil)
            } else {
                guard let id = engine.streamID(word) else { return }
                // The greatest identifier is how redis keeps `>`.
                places.append(id == .greatest ? nil : id)
            }
        }
        let limit = request.limit == 0 ? Int.max : request.limit
        var served = 0
        let written = engine.reply.buffer.count
        for (index, place) in places.enumerated() {
            let key = call[request.firstKey + index]
            guard let slot = engine.look(up: key), slot.entry.type == .stream else { continue }
            let stream = StreamValue.stream(slot.entry)
            guard let group = stream.pointee.groups.find(groupName) else { continue }
            if place == nil {
                guard let last = stream.pointee.lastValidID, last > group.pointee.lastID else { continue }
            }
            served += 1
            var delivery = StreamDelivery(engine, key, stream, group, consumer: request.consumer)
            beginStream(&engine, key)
            if let place {
                delivery.history(&engine, from: place, limit: limit)
            } else {
                delivery.news(&engine, limit: limit, acknowledgesAtOnce: request.acknowledgesAtOnce)
            }
            delivery.end(&engine)
        }
        if served > 0 { return endStreams(&engine, served, written) }
        guard let deadline = request.deadline else { return engine.reply.nullArray() }
        wait(&engine, call, request, until: deadline, nil)
    }

    private static func parse(_ engine: inout Engine, _ call: Call, isGroup: Bool) -> Request? {
        var request = Request()
        var index = 1
        while index < call.count, request.firstKey == 0 {
            let more = call.count - index - 1
            if more >= 1, call.isWord(index, "BLOCK") {
                index += 1
                guard let deadline = blockDeadline(&engine, call[index]) else { return nil }
                request.deadline = deadline
            } else if more >= 1, call.isWord(index, "COUNT") {
                index += 1
                guard let count = engine.integer(call[index]) else { return nil }
                request.limit = Int(max(0, count))
            } else if more >= 1, call.isWord(index, "STREAMS") {
                guard more % 2 == 0 else {
                    engine.fail(
                        """
                        ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
                        """
                    )
                    return nil
                }
                request.firstKey = index + 1
                request.count = more / 2
            } else if more >= 2, call.isWord(index, "GROUP") {
                guard isGroup else {
                    engine.fail("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
                    return nil
                }
                request.group = call[index + 1]
                request.consumer = call[index + 2]
                index += 2
            } else if call.isWord(index, "NOACK") {
                guard isGroup else {
                    engine.fail("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
                    return nil
                }
                request.acknowledgesAtOnce = true
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        guard request.firstKey > 0 else {
            engine.syntaxError()
            return nil
        }
        if isGroup, request.group == nil {
            engine.fail("ERR Missing GROUP option for XREADGROUP")
            return nil
        }
        return request
    }

    /// BLOCK's milliseconds as an instant; `Int64.max` for 0 and for more than there are.
    private static func blockDeadline(_ engine: inout Engine, _ argument: ByteSlice) -> Int64? {
        guard let timeout = ASCII.parseInt64(argument.buffer) else {
            engine.fail("ERR timeout is not an integer or out of range")
            return nil
        }
        guard timeout >= 0 else {
            engine.fail("ERR timeout is negative")
            return nil
        }
        let (deadline, overflow) = engine.now.addingReportingOverflow(timeout)
        return timeout == 0 || overflow ? .max : deadline
    }

    // MARK: Reply

    private static func beginStream(_ engine: inout Engine, _ key: ByteSlice) {
        if engine.reply.version == 2 { engine.reply.array(2) }
        engine.reply.bulk(key)
    }

    /// Puts the number of streams in front of what was written since `written`.
    private static func endStreams(_ engine: inout Engine, _ count: Int, _ written: Int) {
        let isMap = engine.reply.version != 2
        engine.reply.insertHeader(at: written) { isMap ? $0.map(count) : $0.array(count) }
    }

    // MARK: Waiting

    private static func wait(
        _ engine: inout Engine,
        _ call: Call,
        _ request: Request,
        until deadline: Int64,
        _ places: [StreamID]?
    ) {
        var arguments = (0..<call.count).map { call[$0].array }
        // `$` is a place by now.
        for (index, place) in (places ?? []).enumerated() {
            arguments[request.firstKey + request.count + index] = place.text
        }
        engine.block(
            call,
            on: (0..<request.count).map { call[request.firstKey + $0] },
            // A group's reader is to hear when the stream is gone.
            type: request.group == nil ? .stream : nil,
            until: deadline,
            arguments: arguments
        )
    }

    /// Replies to a client that waited with what came to one of its keys, or lets it wait on.
    private static func serve(_ engine: inout Engine, _ call: Call, _ request: Request, _ ready: WatchedKey) {
        let position = (0..<request.count).first { index in
            let key = call[request.firstKey + index]
            return key.count == ready.key.count && key.bytes.elementsEqual(ready.key)
        }
        guard let position else { return waitOn(&engine, call) }
        let key = call[request.firstKey + position]
        guard let slot = engine.find(key), slot.entry.type == .stream else {
            guard request.group != nil else { return waitOn(&engine, call) }
            return engine.fail("UNBLOCKED the stream key no longer exists")
        }
        let stream = StreamValue.stream(slot.entry)
        let limit = request.limit == 0 ? limitAfterWaiting : request.limit
        let written = engine.reply.buffer.count
        if let groupName = request.group {
            guard let group = stream.pointee.groups.find(groupName) else {
                return engine.fail("NOGROUP the consumer group this client was blocked on no longer exists")
            }
            guard stream.pointee.lastID > group.pointee.lastID else { return waitOn(&engine, call) }
            var delivery = StreamDelivery(engine, key, stream, group, consumer: request.consumer)
            beginStream(&engine, key)
            delivery.news(&engine, limit: limit, acknowledgesAtOnce: request.acknowledgesAtOnce)
            delivery.end(&engine)
            // Even when nothing came out of it (added and removed in one transaction), the waiting is over.
        } else {
            let place = StreamID.parse(call[request.firstKey + request.count + position]) ?? .least
            guard stream.pointee.lastID > place else { return waitOn(&engine, call) }
            beginStream(&engine, key)
            engine.reply.entries(of: stream, from: place.next ?? .greatest, through: .greatest, limit: limit)
        }
        endStreams(&engine, 1, written)
    }

    private static func waitOn(_ engine: inout Engine, _ call: Call) {
        engine.block(call, on: [], type: nil, until: .max)
    }
}

extension ByteSlice {
    /// Whether this is the one character.
    @inline(__always)
    fileprivate func isByte(_ character: Unicode.Scalar) -> Bool { count == 1 && self[0] == UInt8(ascii: character) }
}
