import Bytes
import RESP

/// Streams in RDB: each node as the listpack redis would have, then the counters, then the groups.
///
///     nodes    master 16 │ listpack: count, removed, fields, field …, 0 │ flags, ms, seq, [fields], item …, elements │ …
///     counters length │ last id │ first id │ greatest removed id │ entries added
///     groups   name │ last id │ entries read │ pending: id 16, time 8, deliveries │ consumers: name, seen 8, id 16 …
///
/// Removed entries are written too, marked: which entries share a node decides what XTRIM with `~` removes.
extension RDBWriter {
    mutating func stream(_ entry: Entry) {
        let stream = StreamValue.stream(entry)
        length(stream.pointee.nodes.count)
        for index in 0..<stream.pointee.nodes.count { node(stream.pointee.node(index)) }
        length(stream.pointee.count)
        words(stream.pointee.lastID)
        words(stream.pointee.firstID)
        words(stream.pointee.maxDeletedID)
        length(word: UInt64(bitPattern: stream.pointee.entriesAdded))
        length(stream.pointee.groups.count)
        for index in 0..<stream.pointee.groups.count { group(stream.pointee.groups[index]) }
    }

    private mutating func node(_ node: StreamNode) {
        length(16)
        raw(node.master)
        beginListpack()
        appendToListpack(Int64(node.count))
        appendToListpack(Int64(node.removedCount))
        appendToListpack(Int64(node.fieldCount))
        var elements = 4 + node.fieldCount
        node.forEachField { appendToListpack($0) }
        appendToListpack(Int64(0))
        var offset = node.start
        while offset < node.end {
            let record = node.record(at: offset)
            offset = record.end
            let fields = node.fieldCount(of: record)
            // The flags are redis's: 1 removed, 2 the master's fields.
            appendToListpack(Int64(record.flags & (StreamNode.Record.removedFlag | StreamNode.Record.masterFieldsFlag)))
            appendToListpack(Int64(bitPattern: record.id.milliseconds &- node.master.milliseconds))
            appendToListpack(Int64(bitPattern: record.id.sequence &- node.master.sequence))
            if !record.hasMasterFields { appendToListpack(Int64(fields)) }
            node.forEachPair(of: record) { field, value in
                if !record.hasMasterFields { appendToListpack(field) }
                appendToListpack(value)
            }
            let own = record.hasMasterFields ? fields + 3 : fields * 2 + 4
            appendToListpack(Int64(own))
            elements += own + 1
        }
        endListpack(count: elements)
        takeScratch()
    }

    private mutating func appendToListpack(_ item: StreamItem) {
        if item.isNumber { appendToListpack(item.number) } else { appendToListpack(item.string) }
    }

    private mutating func group(_ group: UnsafeMutablePointer<StreamGroup>) {
        string(group.pointee.name.slice)
        words(group.pointee.lastID)
        length(word: UInt64(bitPattern: group.pointee.entriesRead))
        length(group.pointee.pending.count)
        group.pointee.pending.forEach { pending in
            raw(pending.id)
            littleEndian(pending.deliveredAt)
            length(word: UInt64(bitPattern: pending.deliveryCount))
        }
        length(group.pointee.consumers.count)
        group.pointee.consumers.forEach { consumer in
            string(consumer.pointee.name.slice)
            littleEndian(consumer.pointee.seenAt)
            length(consumer.pointee.pending.count)
            consumer.pointee.pending.forEach { raw($0) }
        }
    }

    private mutating func words(_ id: StreamID) {
        length(word: id.milliseconds)
        length(word: id.sequence)
    }

    private mutating func raw(_ id: StreamID) {
        buffer.append(bigEndian: id.milliseconds)
        buffer.append(bigEndian: id.sequence)
    }
}
