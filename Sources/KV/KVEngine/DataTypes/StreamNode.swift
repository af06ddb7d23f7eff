import Bytes
import Glibc
import RESP

/// A run of a stream's entries in one piece of memory.
///
///     header 64 │ field │ field │ … │ entry │ entry │ … │ room
///     entry     flags 1 │ milliseconds behind the master 1-10 │ [sequence 1-10] │ bytes 1-5 │ [fields 1-5] │ item …
///     item      length × 2, 1-5 │ bytes             a string
///               width × 2 + 1   │ 1-8 bytes         a whole number whose digits would take more
///
/// The first entry is the node's *master*: identifiers are told as distances from it, and an entry with its very fields
/// lists only the values. Removed entries stay, marked, until all are: which entries share a node decides how much `~`
/// trims, so it follows redis exactly, and `listpackSize` is what the same entries take there.
///
/// It is an address; whoever takes it out of the stream frees it. Appending may move it.
struct StreamNode {
    let base: UnsafeMutableRawPointer

    @inline(__always) init(_ base: UnsafeMutableRawPointer) { self.base = base }

    static let headerCount = 64
    /// Memory grows by doubling up to this, and by halves beyond.
    private static let usualCapacity = 4096

    @inline(__always)
    private func field<Value>(_ offset: Int, _: Value.Type = Value.self) -> UnsafeMutablePointer<Value> {
        (base + offset).assumingMemoryBound(to: Value.self)
    }

    /// The identifier of the entry the node began with, whether or not it is still there.
    @inline(__always) var master: StreamID {
        get { field(0).pointee }
        nonmutating set { field(0).pointee = newValue }
    }
    /// The identifier of the entry added last, whether or not it is still there.
    @inline(__always) var last: StreamID {
        get { field(16).pointee }
        nonmutating set { field(16).pointee = newValue }
    }
    /// Entries that are there.
    @inline(__always) var count: Int {
        get { Int(field(32, UInt32.self).pointee) }
        nonmutating set { field(32).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    /// Entries that are marked as removed.
    @inline(__always) var removedCount: Int {
        get { Int(field(36, UInt32.self).pointee) }
        nonmutating set { field(36).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    /// Bytes of the header, the fields and the entries.
    @inline(__always) var end: Int {
        get { Int(field(40, UInt32.self).pointee) }
        nonmutating set { field(40).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) private var capacity: Int {
        get { Int(field(44, UInt32.self).pointee) }
        nonmutating set { field(44).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) var fieldCount: Int {
        get { Int(field(48, UInt32.self).pointee) }
        nonmutating set { field(48).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    /// Where the fields end and the entries begin.
    @inline(__always) var start: Int {
        get { Int(field(52, UInt32.self).pointee) }
        nonmutating set { field(52).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    /// In redis's listpack, what does not change when entries are removed.
    @inline(__always) private var elementSize: Int {
        get { Int(field(56, UInt32.self).pointee) }
        nonmutating set { field(56).pointee = UInt32(truncatingIfNeeded: newValue) }
    }
    /// The entry added last was removed.
    @inline(__always) private(set) var isLastRemoved: Bool {
        get { field(60, UInt32.self).pointee != 0 }
        nonmutating set { field(60).pointee = UInt32(newValue ? 1 : 0) }
    }

    /// The size of redis's listpack of the same entries.
    @inline(__always) var listpackSize: Int {
        ListpackSize.empty &+ elementSize &+ ListpackSize.integer(Int64(count))
            &+ ListpackSize.integer(Int64(removedCount))
    }

    // MARK: Life

    /// A node whose master has these fields (every other of `pairs`); the entry itself is to be appended.
    static func make(master: StreamID, _ pairs: UnsafePointer<ByteSlice>, fieldCount: Int) -> StreamNode {
        var needed = headerCount
        for index in 0..<fieldCount { needed &+= itemBound(pairs[index &* 2]) }
        let node = allocate(needed &+ 64)
        node.master = master
        node.last = master
        node.count = 0
        node.removedCount = 0
        node.fieldCount = fieldCount
        node.isLastRemoved = false
        var size = ListpackSize.integer(Int64(fieldCount)) &+ ListpackSize.integer(0)
        var offset = headerCount
        for index in 0..<fieldCount { store(pairs[index &* 2], in: node.base, &offset, &size) }
        node.elementSize = size
        node.start = offset
        node.end = offset
        return node
    }

    private static func allocate(_ capacity: Int) -> StreamNode {
        let node = StreamNode(DataMemory.allocateBlock(capacity))
        node.capacity = capacity
        return node
    }

    func free() { DataMemory.freeBlock(base, capacity) }

    /// Bytes of memory.
    var size: Int { DataMemory.size(ofBlock: base, capacity) }

    func copy() -> StreamNode { copy(capacity: end) }

    private func copy(capacity: Int) -> StreamNode {
        let copy = StreamNode.allocate(capacity)
        memcpy(copy.base, base, end)
        // That is in the header, too.
        copy.capacity = capacity
        return copy
    }

    /// The node in memory of another size.
    private func moved(to capacity: Int) -> StreamNode {
        let node = copy(capacity: capacity)
        free()
        return node
    }

    /// No more entries will come: gives spare memory back.
    func closed() -> StreamNode { capacity > end &+ 32 ? moved(to: end) : self }

    // MARK: Appending

    /// Adds an entry behind the others; the node it then is. The identifier is not less than the master's.
    func appending(_ id: StreamID, _ pairs: UnsafePointer<ByteSlice>, fieldCount count: Int) -> StreamNode {
        let hasMasterFields = count == fieldCount && sharesFields(pairs, count)
        var bound = hasMasterFields ? 0 : Varint.count(count)
        for index in 0..<count {
            if !hasMasterFields { bound &+= StreamNode.itemBound(pairs[index &* 2]) }
            bound &+= StreamNode.itemBound(pairs[index &* 2 &+ 1])
        }
        // Flags, two varints of an identifier and a length; a number is stored in whole words.
        let needed = end &+ 1 &+ 10 &+ 10 &+ 5 &+ bound &+ 8
        let node = needed > capacity ? moved(to: StreamNode.grown(capacity, needed)) : self
        node.store(id, pairs, count, hasMasterFields: hasMasterFields, bound: bound)
        return node
    }

    private static func grown(_ capacity: Int, _ needed: Int) -> Int {
        // Cannot overflow: entries are capped at 1 GiB.
        max(needed, capacity < usualCapacity ? capacity &* 2 : capacity &+ capacity / 2)
    }

    @inline(__always)
    private func store(
        _ id: StreamID,
        _ pairs: UnsafePointer<ByteSlice>,
        _ count: Int,
        hasMasterFields: Bool,
        bound: Int
    ) {
        let (milliseconds, sequence) = distance(of: id)
        var flags: UInt8 = hasMasterFields ? Record.masterFieldsFlag : 0
        if sequence != 0 { flags |= Record.sequenceFlag }
        var offset = end
        base.storeBytes(of: flags, toByteOffset: offset, as: UInt8.self)
        offset &+= 1
        Varint.store(unsigned: milliseconds, in: base, &offset)
        if sequence != 0 { Varint.store(unsigned: sequence, in: base, &offset) }
        let lengthOffset = offset
        let lengthWidth = Varint.count(bound)
        offset &+= lengthWidth
        let bodyStart = offset
        var size =
            ListpackSize.integer(Int64(hasMasterFields ? 2 : 0))
            &+ ListpackSize.integer(Int64(bitPattern: milliseconds))
            &+ ListpackSize.integer(Int64(bitPattern: id.sequence &- master.sequence))
        if !hasMasterFields {
            size &+= ListpackSize.integer(Int64(count))
            offset &+= Varint.store(count, at: base + offset)
        }
        for index in 0..<count {
            if !hasMasterFields { StreamNode.store(pairs[index &* 2], in: base, &offset, &size) }
            StreamNode.store(pairs[index &* 2 &+ 1], in: base, &offset, &size)
        }
        size &+= ListpackSize.integer(Int64(hasMasterFields ? count &+ 3 : count &* 2 &+ 4))
        Varint.store(offset &- bodyStart, width: lengthWidth, at: base + lengthOffset)
        end = offset
        elementSize &+= size
        self.count &+= 1
        last = id
        isLastRemoved = false
    }

    /// An identifier as the node tells it: milliseconds behind the master, and the sequence, which within the master's
    /// own millisecond counts from the master's.
    @inline(__always)
    private func distance(of id: StreamID) -> (milliseconds: UInt64, sequence: UInt64) {
        let master = self.master
        let milliseconds = id.milliseconds &- master.milliseconds
        return (milliseconds, milliseconds == 0 ? id.sequence &- master.sequence : id.sequence)
    }

    /// Whether the fields are the master's, in its order.
    @inline(__always)
    private func sharesFields(_ pairs: UnsafePointer<ByteSlice>, _ count: Int) -> Bool {
        var offset = StreamNode.headerCount
        for index in 0..<count {
            guard StreamItem(base, &offset).equals(pairs[index &* 2]) else { return false }
        }
        return true
    }

    // MARK: Items

    /// Bytes an item takes at most.
    @inline(__always)
    private static func itemBound(_ item: ByteSlice) -> Int { Varint.count(item.count &* 2) &+ item.count }

    @inline(__always)
    private static func store(
        _ item: ByteSlice,
        in base: UnsafeMutableRawPointer,
        _ offset: inout Int,
        _ size: inout Int
    ) {
        let count = item.count
        if count > 0, count <= 20, item[0] <= UInt8(ascii: "9"), let value = ASCII.parseInt64(item.buffer) {
            size &+= ListpackSize.integer(value)
            let width = (64 &- (value ^ (value &>> 63)).leadingZeroBitCount &+ 8) &>> 3
            if width < count {
                base.storeBytes(of: UInt8(truncatingIfNeeded: width &* 2 &+ 1), toByteOffset: offset, as: UInt8.self)
                base.storeBytes(of: value, toByteOffset: offset &+ 1, as: Int64.self)
                offset &+= width &+ 1
                return
            }
        } else {
            size &+= ListpackSize.string(count)
        }
        if count < 64 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: count &* 2), toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        } else {
            offset &+= Varint.store(count &* 2, at: base + offset)
        }
        (base + offset).copyMemory(from: item.raw, byteCount: count)
        offset &+= count
    }
}

// MARK: - Records

extension StreamNode {
    /// One entry as it lies in its node.
    struct Record {
        static let removedFlag: UInt8 = 1
        static let masterFieldsFlag: UInt8 = 2
        static let sequenceFlag: UInt8 = 4

        let id: StreamID
        let flags: UInt8
        let offset: Int
        let bodyStart: Int
        /// Where the next entry begins.
        let end: Int

        @inline(__always) var isRemoved: Bool { flags & Record.removedFlag != 0 }
        @inline(__always) var hasMasterFields: Bool { flags & Record.masterFieldsFlag != 0 }
    }

    /// The entry at an offset, which must be less than `end`.
    @inline(__always)
    func record(at offset: Int) -> Record {
        let flags = base.load(fromByteOffset: offset, as: UInt8.self)
        var position = offset &+ 1
        let milliseconds = Varint.load(unsigned: base, &position)
        var sequence: UInt64 = flags & Record.sequenceFlag != 0 ? Varint.load(unsigned: base, &position) : 0
        let master = self.master
        if milliseconds == 0 { sequence = sequence &+ master.sequence }
        let length = Varint.load(base, &position)
        return Record(
            id: StreamID(master.milliseconds &+ milliseconds, sequence),
            flags: flags,
            offset: offset,
            bodyStart: position,
            end: position &+ length
        )
    }

    /// The entry with an identifier, if it is there.
    func find(_ id: StreamID) -> Record? {
        guard id <= last || removedCount > 0 else { return nil }
        var offset = start
        while offset < end {
            let record = record(at: offset)
            if record.id == id, !record.isRemoved { return record }
            offset = record.end
        }
        return nil
    }

    /// The entry that is there and comes first, or last.
    func edge(isFirst: Bool) -> Record? {
        var found: Record?
        var offset = start
        while offset < end {
            let record = record(at: offset)
            if !record.isRemoved {
                if isFirst { return record }
                found = record
            }
            offset = record.end
        }
        return found
    }

    /// Marks an entry that is there.
    func remove(_ record: Record) {
        base.storeBytes(of: record.flags | Record.removedFlag, toByteOffset: record.offset, as: UInt8.self)
        count &-= 1
        removedCount &+= 1
        if record.end == end { isLastRemoved = true }
    }

    /// Marks the entry added last, which is there; false when there is none.
    func removeLast() -> Bool {
        var offset = start
        while offset < end {
            let record = record(at: offset)
            offset = record.end
            guard offset == end else { continue }
            remove(record)
            return true
        }
        return false
    }

    /// The number of fields of an entry.
    @inline(__always)
    func fieldCount(of record: Record) -> Int {
        if record.hasMasterFields { return fieldCount }
        var offset = record.bodyStart
        return Varint.load(base, &offset)
    }

    /// Shows the fields of an entry with their values.
    @inline(__always)
    func forEachPair(of record: Record, _ body: (StreamItem, StreamItem) -> Void) {
        var offset = record.bodyStart
        if record.hasMasterFields {
            var fieldOffset = StreamNode.headerCount
            for _ in 0..<fieldCount { body(StreamItem(base, &fieldOffset), StreamItem(base, &offset)) }
            return
        }
        for _ in 0..<Varint.load(base, &offset) {
            let field = StreamItem(base, &offset)
            body(field, StreamItem(base, &offset))
        }
    }

    /// Shows the master's fields.
    func forEachField(_ body: (StreamItem) -> Void) {
        var offset = StreamNode.headerCount
        for _ in 0..<fieldCount { body(StreamItem(base, &offset)) }
    }
}

/// A field or a value of a stream's entry: a string, or a number packed into as few bytes as it needs.
struct StreamItem {
    private let start: UnsafeRawPointer
    private let head: Int

    /// Reads the item at an offset and passes it.
    @inline(__always)
    init(_ base: UnsafeMutableRawPointer, _ offset: inout Int) {
        head = Varint.load(base, &offset)
        start = UnsafeRawPointer(base + offset)
        offset &+= head &>> 1
    }

    @inline(__always) var isNumber: Bool { head & 1 != 0 }
    @inline(__always) private var count: Int { head &>> 1 }
    /// Only when it is no number.
    @inline(__always) var string: ByteSlice { ByteSlice(start, count: count) }

    /// Only when it is one.
    var number: Int64 {
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(start.load(fromByteOffset: index, as: UInt8.self)) &<< (index &* 8) }
        let unused = 64 &- count &* 8
        return Int64(truncatingIfNeeded: word &<< unused) &>> unused
    }

    @inline(__always)
    func equals(_ other: ByteSlice) -> Bool {
        if isNumber { return ASCII.parseInt64(other.buffer) == number }
        return count == other.count && memcmp(start, other.raw, count) == 0
    }

    /// The item as text; good until `body` returns.
    func withBytes(_ body: (ByteSlice) -> Void) {
        if isNumber { StringCommands.withDecimal(number, body) } else { body(string) }
    }
}

extension ReplyWriter {
    @inline(__always)
    mutating func bulk(_ item: StreamItem) {
        if item.isNumber { bulk(decimal: item.number) } else { bulk(item.string) }
    }
}
