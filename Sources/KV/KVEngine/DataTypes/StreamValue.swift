import Glibc
import RESP

/// A stream: entries in nodes, what was ever added, and the groups that read it.
///
///     entry ─▶ Stream ─┬─ nodes    [ node 1-0 … ] [ node 105-0 … ] …     in the order of identifiers
///                      └─ groups   name → StreamGroup
///
/// The counters beside the entries are redis's, which tell a group how far it lags: `entriesAdded` never falls, and
/// `maxDeletedID` is the greatest identifier XDEL removed. An empty stream stays.
struct Stream {
    private(set) var nodes = PointerList()
    /// Entries that are there.
    private(set) var count = 0
    /// Entries that were ever added.
    var entriesAdded: Int64 = 0
    /// The greatest identifier given so far.
    var lastID = StreamID.least
    /// The first entry that is there; 0-0 when there is none.
    private(set) var firstID = StreamID.least
    var maxDeletedID = StreamID.least
    var groups = StreamNameTable<StreamGroup>()

    /// When a node is full, in redis's measure.
    struct Limits {
        var bytes: Int
        var entries: Int

        /// The listpack of redis holds 1 GiB.
        static let most = 1 << 30

        init(bytes: Int, entries: Int) {
            self.bytes = bytes <= 0 || bytes > Limits.most ? Limits.most : bytes
            self.entries = entries
        }
    }

    @inline(__always)
    func node(_ index: Int) -> StreamNode { StreamNode(nodes[index]) }

    // MARK: Adding

    /// Appends an entry; the identifier is greater than `lastID`. `size` are the bytes of all fields and values.
    mutating func append(
        _ id: StreamID,
        _ pairs: UnsafePointer<ByteSlice>,
        fieldCount: Int,
        size: Int,
        _ limits: Limits
    ) {
        var last = nodes.count &- 1
        if last >= 0 {
            let node = node(last)
            let isFull =
                node.listpackSize &+ size >= limits.bytes
                || (limits.entries > 0 && node.count &+ node.removedCount >= limits.entries)
            if isFull {
                nodes[last] = node.closed().base
                last = -1
            }
        }
        if last < 0 {
            nodes.append(StreamNode.make(master: id, pairs, fieldCount: fieldCount).base)
            last = nodes.count &- 1
        }
        nodes[last] = node(last).appending(id, pairs, fieldCount: fieldCount).base
        entriesAdded &+= 1
        lastID = id
        count &+= 1
        if count == 1 { firstID = id }
    }

    // MARK: Looking

    /// The index of the node in which `id` is, if it is anywhere: the last whose master is not behind it, else the first.
    func nodeIndex(for id: StreamID) -> Int {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low &+ high) / 2
            if node(middle).master <= id { low = middle &+ 1 } else { high = middle }
        }
        return max(0, low &- 1)
    }

    /// The entry with an identifier, if it is there.
    func find(_ id: StreamID) -> (node: StreamNode, record: StreamNode.Record)? {
        guard count > 0 else { return nil }
        let node = node(nodeIndex(for: id))
        return node.find(id).map { (node, $0) }
    }

    /// The first entry that is there, or the last.
    func edge(isFirst: Bool) -> (node: StreamNode, record: StreamNode.Record)? {
        // A node without entries stays when something removed lies behind the place up to which it was trimmed.
        var index = isFirst ? 0 : nodes.count - 1
        while index >= 0, index < nodes.count {
            let node = node(index)
            if node.count > 0, let record = node.edge(isFirst: isFirst) { return (node, record) }
            index += isFirst ? 1 : -1
        }
        return nil
    }

    /// The identifier of the last entry that is there; nil when there is none.
    @inline(__always)
    var lastValidID: StreamID? {
        guard count > 0 else { return nil }
        let node = node(nodes.count &- 1)
        return node.isLastRemoved ? edge(isFirst: false)?.record.id : node.last
    }

    /// Shows the entries from `start` to `end`, both included, until `body` says no.
    @inline(__always)
    func forEach(from start: StreamID, through end: StreamID, _ body: (StreamNode, StreamNode.Record) -> Bool) {
        guard count > 0, start <= end else { return }
        var index = nodeIndex(for: start)
        while index < nodes.count {
            let node = node(index)
            if node.master > end { return }
            var offset = node.start
            while offset < node.end {
                let record = node.record(at: offset)
                if !record.isRemoved, record.id >= start {
                    if record.id > end { return }
                    if !body(node, record) { return }
                }
                offset = record.end
            }
            index &+= 1
        }
    }

    /// As `forEach`, from the end to the start.
    func forEachReversed(
        from start: StreamID,
        through end: StreamID,
        _ body: (StreamNode, StreamNode.Record) -> Bool
    ) {
        guard count > 0, start <= end else { return }
        var index = nodeIndex(for: end)
        // A node is read forwards only; where its entries begin is noted on the way.
        var places: [Int] = []
        while index >= 0 {
            let node = node(index)
            places.removeAll(keepingCapacity: true)
            var offset = node.start
            while offset < node.end {
                let record = node.record(at: offset)
                if !record.isRemoved, record.id >= start, record.id <= end { places.append(offset) }
                offset = record.end
            }
            for place in places.reversed() where !body(node, node.record(at: place)) { return }
            if node.master <= start { return }
            index -= 1
        }
    }

    /// How many entries lie between, both included; counts no further than `limit`. Whole nodes are not read.
    func count(from start: StreamID, through end: StreamID, limit: Int) -> Int {
        guard count > 0, start <= end else { return 0 }
        if start <= firstID, end >= lastID { return min(count, limit) }
        var result = 0
        var index = nodeIndex(for: start)
        while index < nodes.count, result < limit {
            let node = node(index)
            if node.master > end { break }
            let isWhole =
                node.master >= start && (index + 1 < nodes.count ? self.node(index + 1).master <= end : lastID <= end)
            if isWhole {
                result += node.count
            } else {
                var offset = node.start
                while offset < node.end, result < limit {
                    let record = node.record(at: offset)
                    if !record.isRemoved, record.id >= start {
                        if record.id > end { break }
                        result += 1
                    }
                    offset = record.end
                }
            }
            index += 1
        }
        return min(result, limit)
    }

    // MARK: Removing

    /// Removes an entry; false when it is not there.
    mutating func remove(_ id: StreamID) -> Bool {
        guard count > 0 else { return false }
        let index = nodeIndex(for: id)
        let node = node(index)
        guard let record = node.find(id) else { return false }
        if node.count == 1 {
            node.free()
            nodes.remove(at: index)
        } else {
            node.remove(record)
        }
        count -= 1
        return true
    }

    /// After entries were removed at the front.
    mutating func updateFirstID() {
        firstID = edge(isFirst: true)?.record.id ?? .least
    }

    /// Puts a node back that was kept elsewhere, behind the others.
    mutating func restore(_ node: StreamNode) {
        let node = node.closed()
        nodes.append(node.base)
        count += node.count
    }

    /// What is left by a trim.
    enum Trim {
        case none
        case count(Int)
        case from(StreamID)
    }

    /// Removes entries at the front: whole nodes, and unless `isApproximate` also those at the front of the last node.
    /// `limit` bounds how many (0: none). Nodes and their bounds being redis's, so is the number that goes.
    mutating func trim(_ trim: Trim, isApproximate: Bool, limit: Int) -> Int {
        var removed = 0
        while !nodes.isEmpty {
            let node = node(0)
            let nodeCount = node.count
            let isWhole: Bool
            switch trim {
            case .none: return 0
            case .count(let wanted):
                if count <= wanted { return finishTrim(removed) }
                isWhole = count - nodeCount >= wanted
            case .from(let id): isWhole = node.last < id
            }
            if limit > 0, removed + nodeCount > limit { break }
            guard isWhole else {
                if !isApproximate { removed += trimFront(of: node, trim) }
                break
            }
            node.free()
            nodes.remove(at: 0)
            count -= nodeCount
            removed += nodeCount
        }
        return finishTrim(removed)
    }

    private mutating func finishTrim(_ removed: Int) -> Int {
        if removed > 0 { updateFirstID() }
        return removed
    }

    private mutating func trimFront(of node: StreamNode, _ trim: Trim) -> Int {
        var removed = 0
        var offset = node.start
        while offset < node.end {
            let record = node.record(at: offset)
            switch trim {
            case .none: return removed
            case .count(let wanted): if count <= wanted { return removed }
            case .from(let id): if record.id >= id { return removed }
            }
            if !record.isRemoved {
                node.remove(record)
                count -= 1
                removed += 1
            }
            offset = record.end
        }
        return removed
    }

    // MARK: Life

    /// Bytes; `samples` nodes are looked at, 0 for all.
    func size(_ samples: Int) -> Int {
        let seen = samples == 0 ? nodes.count : min(samples, nodes.count)
        let sum = (0..<seen).reduce(0) { $0 + node($1).size }
        var size = MemoryLayout<Stream>.size + nodes.size + Keyspace.scaled(sum, max(1, seen), nodes.count)
        groups.forEach { size += $0.pointee.size }
        return size
    }

    /// Whether giving the stream back at once would take long.
    var isBig: Bool {
        if nodes.count > LazyFree.mostPiecesAtOnce / 16 { return true }
        for index in 0..<groups.count where groups[index].pointee.isBig { return true }
        return groups.count > LazyFree.mostPiecesAtOnce
    }

    /// Gives some nodes, or what some groups hold, back. Returns whether little is left for `free`.
    mutating func dismantle(_ pieces: Int) -> Bool {
        for _ in 0..<min(pieces, nodes.count) {
            let last = nodes.count - 1
            node(last).free()
            nodes.remove(at: last)
        }
        guard nodes.isEmpty else { return false }
        for index in 0..<groups.count where !groups[index].pointee.dismantle(pieces) { return false }
        return true
    }

    /// Frees everything the stream consists of.
    mutating func free() {
        for index in 0..<nodes.count { node(index).free() }
        nodes.free()
        groups.free()
    }

    /// A deep copy.
    func copy() -> Stream {
        var copy = self
        copy.nodes = PointerList()
        for index in 0..<nodes.count { copy.nodes.append(node(index).copy().base) }
        copy.groups = StreamNameTable()
        groups.forEach { _ = copy.groups.insert($0.pointee.copy()) }
        return copy
    }
}

// MARK: - Counting what is not there any more

extension Stream {
    /// Whether XDEL may have removed entries behind `id`, itself included.
    func hasTombstones(from id: StreamID) -> Bool {
        count > 0 && maxDeletedID != .least && maxDeletedID >= firstID && id <= maxDeletedID
    }

    /// How many entries there ever were up to `id`; -1 when that cannot be told.
    func entriesRead(upTo id: StreamID) -> Int64 {
        if entriesAdded == 0 { return 0 }
        if count == 0, id <= lastID { return entriesAdded }
        if id == lastID { return entriesAdded }
        if id > lastID { return StreamGroup.unknownEntriesRead }
        if maxDeletedID == .least || maxDeletedID < firstID {
            if id < firstID { return entriesAdded &- Int64(count) }
            if id == firstID { return entriesAdded &- Int64(count) &+ 1 }
        }
        return StreamGroup.unknownEntriesRead
    }

    /// How many entries the group has still to read; nil when that cannot be told.
    func lag(of group: StreamGroup) -> Int64? {
        if entriesAdded == 0 { return 0 }
        if group.entriesRead != StreamGroup.unknownEntriesRead, !hasTombstones(from: group.lastID) {
            return entriesAdded &- group.entriesRead
        }
        let read = entriesRead(upTo: group.lastID)
        return read == StreamGroup.unknownEntriesRead ? nil : entriesAdded &- read
    }

    /// The nodes that redis's radix tree of this stream has, whose keys are the nodes' masters.
    ///
    /// The keys have sixteen bytes each, so none is the beginning of another and the tree's form follows from them
    /// alone: a leaf for each key, a branch for each place where keys part, and a node for each run of bytes without
    /// branches between those.
    var radixNodeCount: Int {
        guard !nodes.isEmpty else { return 1 }
        var result = 0
        // Depths of the branches on the way to the present key.
        var branches: [Int] = []
        for index in 0..<nodes.count {
            let shared = index == 0 ? -1 : Stream.sharedBytes(node(index - 1).master, node(index).master)
            if index > 0 {
                // Runs below the branches that are left behind are counted when their upper end is known.
                var lower = 16
                while let branch = branches.last, branch > shared {
                    branches.removeLast()
                    result += 1 + (lower - branch - 1 > 0 ? 1 : 0)
                    lower = branch
                }
                if branches.last != shared { branches.append(shared) }
                result += lower - shared - 1 > 0 ? 1 : 0
            }
            result += 1
        }
        var lower = 16
        while let branch = branches.popLast() {
            result += 1 + (lower - branch - 1 > 0 ? 1 : 0)
            lower = branch
        }
        return result + (lower > 0 ? 1 : 0)
    }

    private static func sharedBytes(_ left: StreamID, _ right: StreamID) -> Int {
        let first = left.milliseconds ^ right.milliseconds
        if first != 0 { return first.leadingZeroBitCount / 8 }
        return 8 + (left.sequence ^ right.sequence).leadingZeroBitCount / 8
    }
}

/// What an entry of the keyspace holds when it is a stream: the address of a `Stream`.
enum StreamValue {
    static func make(key: ByteSlice, clock: UInt32, expiry: Int64? = nil) -> Entry {
        let entry = Entry.allocate(type: .stream, key: key, valueCount: 8, expiry: expiry, clock: clock)
        entry.pointer = UnsafeMutableRawPointer(allocate(Stream()))
        return entry
    }

    @inline(__always)
    static func stream(_ entry: Entry) -> UnsafeMutablePointer<Stream> {
        guard let pointer = entry.pointer else { preconditionFailure("a stream's entry holds no stream") }
        return pointer.assumingMemoryBound(to: Stream.self)
    }

    private static func allocate(_ stream: Stream) -> UnsafeMutablePointer<Stream> {
        let pointer = UnsafeMutablePointer<Stream>.allocate(capacity: 1)
        pointer.initialize(to: stream)
        return pointer
    }

    /// Frees what the entry points at, not the entry.
    static func disposeContents(_ entry: Entry) {
        let stream = stream(entry)
        stream.pointee.free()
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    static func isBig(_ entry: Entry) -> Bool { stream(entry).pointee.isBig }

    /// Copies what the entry points at, so that a shallow copy of the entry becomes a deep one.
    static func copyContents(of source: Entry, into copy: Entry) {
        copy.pointer = UnsafeMutableRawPointer(allocate(stream(source).pointee.copy()))
    }
}
