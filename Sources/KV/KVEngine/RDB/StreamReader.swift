import Bytes
import RESP

/// Reads a stream of RDB piece by piece: a node, the counters, a group. See `StreamWriter` for the form.
///
/// Each piece is read completely or not at all, so that the reading may go on where the bytes ended.
struct StreamReader {
    private let type: UInt8
    private let stream: UnsafeMutablePointer<Stream>
    private var remainingNodes: Int?
    private var remainingGroups: Int?

    init(type: UInt8, _ stream: UnsafeMutablePointer<Stream>) {
        self.type = type
        self.stream = stream
    }

    /// Reads the next piece; true when there is none left.
    mutating func readPiece(_ cursor: inout RDBCursor) throws(RDBError) -> Bool {
        guard let nodes = remainingNodes else {
            remainingNodes = try cursor.length()
            return false
        }
        if nodes > 0 {
            try node(&cursor)
            remainingNodes = nodes - 1
            return false
        }
        guard let groups = remainingGroups else {
            remainingGroups = try counters(&cursor)
            return false
        }
        if groups == 0 { return true }
        try group(&cursor)
        remainingGroups = groups - 1
        return false
    }

    private func words(_ cursor: inout RDBCursor) throws(RDBError) -> StreamID {
        StreamID(try cursor.word(), try cursor.word())
    }

    private func raw(_ cursor: inout RDBCursor) throws(RDBError) -> StreamID {
        let bytes = try cursor.take(16)
        return StreamID(
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    // MARK: Nodes

    private func node(_ cursor: inout RDBCursor) throws(RDBError) {
        guard try cursor.length() == 16 else { throw .corrupt("a stream's node key") }
        let master = try raw(&cursor)
        let count = stream.pointee.nodes.count
        guard count == 0 || stream.pointee.node(count - 1).master < master else {
            throw .corrupt("the order of a stream's nodes")
        }
        let node = try cursor.string { (bytes) throws(RDBError) in try NodeReader(bytes).node(master) }
        stream.pointee.restore(node)
    }

    /// The counters, and the number of groups that follow.
    private func counters(_ cursor: inout RDBCursor) throws(RDBError) -> Int {
        let count = try cursor.length()
        guard count == stream.pointee.count else { throw .corrupt("a stream's length") }
        let last = try words(&cursor)
        var maxDeleted = StreamID.least
        var added = Int64(count)
        if type != RDBType.streamListpacks {
            _ = try words(&cursor)
            maxDeleted = try words(&cursor)
            added = Int64(bitPattern: try cursor.word())
        }
        let groups = try cursor.length()
        if let greatest = stream.pointee.lastValidID, greatest > last { throw .corrupt("a stream's last entry") }
        stream.pointee.lastID = last
        stream.pointee.maxDeletedID = maxDeleted
        stream.pointee.entriesAdded = added
        stream.pointee.updateFirstID()
        return groups
    }

    // MARK: Groups

    private func group(_ cursor: inout RDBCursor) throws(RDBError) {
        let name = try cursor.array()
        let last = try words(&cursor)
        let read =
            type == RDBType.streamListpacks
            ? stream.pointee.entriesRead(upTo: last) : Int64(bitPattern: try cursor.word())
        var group = name.withSlice { StreamGroup(name: $0, lastID: last, entriesRead: read) }
        do throws(RDBError) {
            guard stream.pointee.groups.find(group.name.slice) == nil else { throw .corrupt("a group twice") }
            try members(of: &group, &cursor)
        } catch {
            group.free()
            throw error
        }
        _ = stream.pointee.groups.insert(group)
    }

    private func members(of group: inout StreamGroup, _ cursor: inout RDBCursor) throws(RDBError) {
        // What is pending comes first, whose it is later.
        var pending: [(id: StreamID, time: Int64, count: Int64)] = []
        for _ in 0..<(try cursor.length()) {
            let id = try raw(&cursor)
            let time = try cursor.littleEndian(Int64.self)
            let count = Int64(bitPattern: try cursor.word())
            guard pending.last.map({ $0.id < id }) ?? true else { throw .corrupt("the order of what is pending") }
            pending.append((id, time, count))
        }
        for _ in 0..<(try cursor.length()) {
            let name = try cursor.array()
            let seen = try cursor.littleEndian(Int64.self)
            if type == RDBType.streamListpacks3 { _ = try cursor.littleEndian(Int64.self) }
            guard name.withSlice({ group.consumers.find($0) }) == nil else { throw .corrupt("a consumer twice") }
            let consumer = group.consumers.insert(name.withSlice { StreamConsumer(name: $0, seenAt: seen) })
            for _ in 0..<(try cursor.length()) {
                let id = try raw(&cursor)
                guard group.pending.find(id) == nil, let index = place(of: id, pending) else {
                    throw .corrupt("what is pending with a consumer")
                }
                group.deliver(id, to: consumer, at: pending[index].time, count: pending[index].count)
            }
        }
        guard group.pending.count == pending.count else { throw .corrupt("what is pending with nobody") }
    }

    private func place(of id: StreamID, _ pending: [(id: StreamID, time: Int64, count: Int64)]) -> Int? {
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < pending.count && pending[low].id == id ? low : nil
    }
}

/// Makes a node of redis's listpack of it.
private struct NodeReader {
    private var reader: ListpackReader
    /// The fields and values of one entry, as text behind each other.
    private var text: [UInt8] = []
    private var ends: [Int] = []

    init(_ bytes: ByteSlice) throws(RDBError) { reader = try ListpackReader(bytes) }

    private mutating func integer() throws(RDBError) -> Int64 {
        guard let value = try reader.next()?.integer else { throw .corrupt("a number of a stream's node") }
        return value
    }

    private mutating func count(_ range: ClosedRange<Int64>) throws(RDBError) -> Int {
        let value = try integer()
        guard range.contains(value) else { throw .corrupt("a count of a stream's node") }
        return Int(value)
    }

    /// Takes the next element as text.
    private mutating func take() throws(RDBError) {
        switch try reader.next() {
        case nil: throw .corrupt("the end of a stream's node")
        case .bytes(let bytes): text.append(contentsOf: bytes.bytes)
        case .integer(let value): text.append(contentsOf: String(value).utf8)
        }
        ends.append(text.count)
    }

    /// Shows what was taken from an element on.
    private func withSlices<Result>(_ body: (UnsafePointer<ByteSlice>) -> Result) throws(RDBError) -> Result {
        let result: Result? = text.withSlice { bytes in
            var start = 0
            var slices: [ByteSlice] = []
            for end in ends {
                slices.append(ByteSlice(start: bytes.start + start, count: end - start))
                start = end
            }
            return slices.withUnsafeBufferPointer { $0.baseAddress.map(body) }
        }
        guard let result else { throw .corrupt("an entry without fields") }
        return result
    }

    private mutating func clear() {
        text.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    consuming func node(_ master: StreamID) throws(RDBError) -> StreamNode {
        var this = self
        return try this.read(master)
    }

    private mutating func read(_ master: StreamID) throws(RDBError) -> StreamNode {
        let limit: ClosedRange<Int64> = 0...Int64(Int32.max)
        let count = try self.count(limit)
        let removed = try self.count(limit)
        let fields = try self.count(1...Int64(Int32.max))
        // The master's fields with empty values between them, in the form of a request.
        for _ in 0..<fields {
            try take()
            ends.append(text.count)
        }
        guard try integer() == 0 else { throw .corrupt("the master of a stream's node") }
        let names = (text, ends)
        var node = try withSlices { StreamNode.make(master: master, $0, fieldCount: fields) }
        do throws(RDBError) {
            for _ in 0..<(count + removed) { try entry(&node, master, names, fields) }
            guard try reader.next() == nil, node.count == count, node.removedCount == removed else {
                throw .corrupt("the entries of a stream's node")
            }
        } catch {
            node.free()
            throw error
        }
        return node
    }

    private mutating func entry(
        _ node: inout StreamNode,
        _ master: StreamID,
        _ names: (text: [UInt8], ends: [Int]),
        _ fields: Int
    ) throws(RDBError) {
        let flags = try integer()
        guard 0...3 ~= flags else { throw .corrupt("the flags of an entry") }
        let milliseconds = UInt64(bitPattern: try integer())
        let sequence = UInt64(bitPattern: try integer())
        let id = StreamID(master.milliseconds &+ milliseconds, master.sequence &+ sequence)
        // Nothing is below the master, and what is there is in order.
        guard id >= master, node.count + node.removedCount == 0 || id > node.last || node.removedCount > 0 else {
            throw .corrupt("the order of entries")
        }
        clear()
        var own = fields
        if flags & 2 != 0 {
            var start = 0
            for index in 0..<fields {
                let end = names.ends[index * 2]
                text.append(contentsOf: names.text[start..<end])
                ends.append(text.count)
                start = end
                try take()
            }
        } else {
            own = try count(1...Int64(Int32.max))
            for _ in 0..<(own * 2) { try take() }
        }
        guard try integer() == Int64(flags & 2 != 0 ? own + 3 : own * 2 + 4) else {
            throw .corrupt("the length of an entry")
        }
        node = try withSlices { node.appending(id, $0, fieldCount: own) }
        if flags & 1 != 0, !node.removeLast() { throw .corrupt("an entry") }
    }
}
