import RESP

/// One reading of a stream by a consumer of a group: what is shown, what becomes pending, what replicas are told.
struct StreamDelivery {
    private let key: ByteSlice
    private let stream: UnsafeMutablePointer<Stream>
    private let group: UnsafeMutablePointer<StreamGroup>
    private let name: ByteSlice
    /// Nil until it gets something.
    private var consumer: UnsafeMutablePointer<StreamConsumer>?
    private let dirtyBefore: Int64

    init(
        _ engine: borrowing Engine,
        _ key: ByteSlice,
        _ stream: UnsafeMutablePointer<Stream>,
        _ group: UnsafeMutablePointer<StreamGroup>,
        consumer name: ByteSlice
    ) {
        dirtyBefore = engine.dirty
        self.key = key
        self.stream = stream
        self.group = group
        self.name = name
    }

    /// Finds the consumer or makes it, and notes that it was seen.
    private mutating func present(_ engine: inout Engine) -> UnsafeMutablePointer<StreamConsumer> {
        if let consumer { return consumer }
        var isNew = false
        let consumer = group.pointee.consumer(named: name, now: engine.now, isNew: &isNew)
        self.consumer = consumer
        guard isNew else { return consumer }
        engine.dirty += 1
        engine.notify(.stream, "xgroup-createconsumer", key)
        guard engine.effects.isRecording else { return consumer }
        // An entry that follows would make it on a replica, but none may follow.
        engine.effects.begin(5, database: engine.databaseIndex)
        engine.effects.append("XGROUP")
        engine.effects.append("CREATECONSUMER")
        engine.effects.append(key)
        engine.effects.append(group.pointee.name.slice)
        engine.effects.append(name)
        return consumer
    }

    /// What the command did besides replying is recorded, or is nobody's concern.
    func end(_ engine: inout Engine) {
        guard engine.dirty != dirtyBefore else { return }
        engine.isEffectRecorded = true
        engine.unconcerned = [.watchers, .waiting]
    }

    /// Shows what nobody of the group has read, and makes it pending.
    mutating func news(_ engine: inout Engine, limit: Int, acknowledgesAtOnce: Bool) {
        let consumer = present(&engine)
        engine.dirty += 1
        let start = group.pointee.lastID.next ?? .greatest
        var left = stream.pointee.count(from: start, through: .greatest, limit: limit)
        engine.reply.array(left)
        guard left > 0 else { return }
        stream.pointee.forEach(from: start, through: .greatest) { node, record in
            advance(to: record.id)
            engine.reply.entry(node, record)
            if !acknowledgesAtOnce {
                group.pointee.deliver(record.id, to: consumer, at: engine.now, count: 1)
                recordClaim(&engine, record.id, at: engine.now, count: 1)
            }
            left -= 1
            return left > 0
        }
        recordPlace(&engine)
    }

    /// Moves the group's place to an entry behind it and counts it as read.
    private func advance(to id: StreamID) {
        if group.pointee.entriesRead != StreamGroup.unknownEntriesRead, !stream.pointee.hasTombstones(from: id) {
            group.pointee.entriesRead &+= 1
        } else if stream.pointee.entriesAdded != 0 {
            group.pointee.entriesRead = stream.pointee.entriesRead(upTo: id)
        }
        group.pointee.lastID = id
    }

    /// Shows what is pending with the consumer behind `place`; each counts as delivered once more.
    mutating func history(_ engine: inout Engine, from place: StreamID, limit: Int) {
        let consumer = present(&engine)
        engine.dirty += 1
        let written = engine.reply.buffer.count
        var shown = 0
        var position = consumer.pointee.pending.position(from: place.next ?? .greatest)
        while let current = position, shown < limit {
            let id = consumer.pointee.pending[current].pointee
            shown += 1
            if let (node, record) = stream.pointee.find(id) {
                engine.reply.entry(node, record)
                if let pending = group.pointee.pending.find(id) {
                    pending.pointee.deliveredAt = engine.now
                    pending.pointee.deliveryCount &+= 1
                    recordClaim(&engine, id, at: engine.now, count: pending.pointee.deliveryCount)
                }
            } else {
                // It waits for an acknowledgement, but was removed from the stream.
                engine.reply.array(2)
                engine.reply.bulk(id)
                engine.reply.nullArray()
            }
            position = consumer.pointee.pending.position(after: current)
        }
        engine.reply.insertHeader(at: written) { $0.array(shown) }
    }

    // MARK: Claims

    /// Makes the consumer the owner of what is pending.
    /// - Parameter count: deliveries; nil for those so far, and one more if `isDelivery`.
    mutating func claim(_ engine: inout Engine, _ id: StreamID, at time: Int64, count: Int64?, isDelivery: Bool) {
        let consumer = present(&engine)
        let known = group.pointee.pending.find(id)?.pointee.deliveryCount ?? 1
        let count = count ?? (isDelivery ? known &+ 1 : known)
        group.pointee.deliver(id, to: consumer, at: time, count: count)
        engine.dirty += 1
        recordClaim(&engine, id, at: time, count: count)
    }

    /// Takes what is pending but no longer in the stream from whoever had it.
    func dropMissing(_ engine: inout Engine, _ pending: StreamGroup.Pending) {
        // On a replica the claim finds as well that the entry is gone.
        let owner = pending.consumer.pointee.name.slice
        recordClaim(&engine, pending.id, at: pending.deliveredAt, count: pending.deliveryCount, consumer: owner)
        group.pointee.acknowledge(pending.id)
        engine.dirty += 1
    }

    // MARK: Effects

    /// Records who an entry is pending with, in a form that makes it so whatever was before.
    private func recordClaim(
        _ engine: inout Engine,
        _ id: StreamID,
        at time: Int64,
        count: Int64,
        consumer owner: ByteSlice? = nil
    ) {
        guard engine.effects.isRecording else { return }
        engine.effects.begin(14, database: engine.databaseIndex)
        engine.effects.append("XCLAIM")
        engine.effects.append(key)
        engine.effects.append(group.pointee.name.slice)
        engine.effects.append(owner ?? name)
        engine.effects.append("0")
        engine.effects.append(id)
        engine.effects.append("TIME")
        engine.effects.append(decimal: time)
        engine.effects.append("RETRYCOUNT")
        engine.effects.append(decimal: count)
        engine.effects.append("FORCE")
        engine.effects.append("JUSTID")
        engine.effects.append("LASTID")
        engine.effects.append(group.pointee.lastID)
    }

    /// Records how far the group has read.
    func recordPlace(_ engine: inout Engine) {
        guard engine.effects.isRecording else { return }
        engine.effects.begin(7, database: engine.databaseIndex)
        engine.effects.append("XGROUP")
        engine.effects.append("SETID")
        engine.effects.append(key)
        engine.effects.append(group.pointee.name.slice)
        engine.effects.append(group.pointee.lastID)
        engine.effects.append("ENTRIESREAD")
        engine.effects.append(decimal: group.pointee.entriesRead)
    }
}
