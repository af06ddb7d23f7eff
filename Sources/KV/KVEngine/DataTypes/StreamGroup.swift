import Glibc
import RESP

/// A consumer group of a stream: how far it has read, what it delivered and nobody acknowledged, and to whom.
///
///     group ─┬─ pending     id → delivery time, deliveries, consumer      in the order of identifiers
///            └─ consumers   name → seen time, pending ids                 in the order of names
///
/// Invariant: an identifier is pending with exactly one consumer when it is pending in the group.
/// Groups and consumers lie in memory of their own: the addresses are good until they are freed.
struct StreamGroup: StreamNamed {
    /// An entry that was delivered and not acknowledged.
    struct Pending: StreamIdentified, BitwiseCopyable {
        let id: StreamID
        /// Milliseconds since 1970.
        var deliveredAt: Int64
        var deliveryCount: Int64
        var consumer: UnsafeMutablePointer<StreamConsumer>
    }

    let name: StreamName
    /// The greatest identifier that was delivered.
    var lastID: StreamID
    /// How many entries there ever were up to `lastID`; -1 when that cannot be told.
    var entriesRead: Int64
    private(set) var pending = StreamIDTable<Pending>()
    var consumers = StreamNameTable<StreamConsumer>()

    init(name: ByteSlice, lastID: StreamID, entriesRead: Int64) {
        self.name = StreamName(name)
        self.lastID = lastID
        self.entriesRead = entriesRead
    }

    static let unknownEntriesRead: Int64 = -1

    /// The consumer of that name, which is made when missing.
    mutating func consumer(named name: ByteSlice, now: Int64, isNew: inout Bool) -> UnsafeMutablePointer<StreamConsumer>
    {
        if let found = consumers.find(name) {
            found.pointee.seenAt = now
            return found
        }
        isNew = true
        return consumers.insert(StreamConsumer(name: name, seenAt: now))
    }

    /// Notes that an entry was delivered to a consumer, who takes it over if somebody else had it.
    mutating func deliver(
        _ id: StreamID,
        to consumer: UnsafeMutablePointer<StreamConsumer>,
        at time: Int64,
        count: Int64
    ) {
        if let known = pending.find(id) {
            if known.pointee.consumer != consumer {
                known.pointee.consumer.pointee.pending.remove(id)
                consumer.pointee.pending.insert(id)
                known.pointee.consumer = consumer
            }
            known.pointee.deliveredAt = time
            known.pointee.deliveryCount = count
            return
        }
        pending.insert(Pending(id: id, deliveredAt: time, deliveryCount: count, consumer: consumer))
        consumer.pointee.pending.insert(id)
    }

    /// Ends the waiting for an entry; false when nobody waited for it.
    @discardableResult
    mutating func acknowledge(_ id: StreamID) -> Bool {
        guard let element = pending.remove(id) else { return false }
        element.consumer.pointee.pending.remove(id)
        return true
    }

    /// Removes a consumer with all that is pending with it.
    /// - Returns: how many entries that were.
    mutating func remove(_ consumer: UnsafeMutablePointer<StreamConsumer>) -> Int {
        let count = consumer.pointee.pending.count
        consumer.pointee.pending.forEach { pending.remove($0) }
        consumers.remove(consumer)
        return count
    }

    mutating func free() {
        pending.free()
        consumers.free()
        name.free()
    }

    /// Gives some of what is pending back. Returns whether nothing is pending any more.
    mutating func dismantle(_ pieces: Int) -> Bool {
        guard pending.dismantle(pieces) else { return false }
        for index in 0..<consumers.count where !consumers[index].pointee.dismantle(pieces) { return false }
        return true
    }

    var size: Int {
        var size = MemoryLayout<StreamGroup>.size + name.slice.count + pending.size
        consumers.forEach {
            size += MemoryLayout<StreamConsumer>.size + $0.pointee.name.slice.count + $0.pointee.pending.size
        }
        return size
    }

    /// Whether more is pending than is given back at once.
    var isBig: Bool { pending.count + consumers.count > LazyFree.mostPiecesAtOnce }

    /// A deep copy.
    func copy() -> StreamGroup {
        var copy = StreamGroup(name: name.slice, lastID: lastID, entriesRead: entriesRead)
        consumers.forEach { consumer in
            _ = copy.consumers.insert(
                StreamConsumer(name: consumer.pointee.name.slice, seenAt: consumer.pointee.seenAt)
            )
        }
        pending.forEach { element in
            guard let owner = copy.consumers.find(element.consumer.pointee.name.slice) else {
                preconditionFailure("an entry is pending with a consumer that its group does not have")
            }
            copy.deliver(element.id, to: owner, at: element.deliveredAt, count: element.deliveryCount)
        }
        return copy
    }
}

/// A member of a group.
struct StreamConsumer: StreamNamed {
    let name: StreamName
    /// Milliseconds since 1970, when it last asked for entries.
    var seenAt: Int64
    fileprivate(set) var pending = StreamIDTable<StreamID>()

    init(name: ByteSlice, seenAt: Int64) {
        self.name = StreamName(name)
        self.seenAt = seenAt
    }

    mutating func free() {
        pending.free()
        name.free()
    }

    fileprivate mutating func dismantle(_ pieces: Int) -> Bool { pending.dismantle(pieces) }
}

// MARK: - Names

/// The name of a group or consumer, in memory of its own.
struct StreamName {
    let slice: ByteSlice

    init(_ name: ByteSlice) {
        let memory = DataMemory.allocate(name.count)
        memory.copyMemory(from: name.raw, byteCount: name.count)
        slice = ByteSlice(UnsafeRawPointer(memory), count: name.count)
    }

    func free() { DataMemory.free(UnsafeMutableRawPointer(mutating: slice.raw)) }
}

/// Something found by its name, which gives all its memory back when told.
protocol StreamNamed {
    var name: StreamName { get }
    mutating func free()
}

/// Things in the order of their names, each at an address of its own.
struct StreamNameTable<Element: StreamNamed> {
    private var elements = PointerList()

    var count: Int { elements.count }

    subscript(index: Int) -> UnsafeMutablePointer<Element> { elements[index].assumingMemoryBound(to: Element.self) }

    /// The index of the first whose name is not before `name`, and whether it is that name.
    private func place(of name: ByteSlice) -> (index: Int, isFound: Bool) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let other = self[middle].pointee.name.slice
            let common = memcmp(other.raw, name.raw, min(other.count, name.count))
            if common == 0, other.count == name.count { return (middle, true) }
            if common < 0 || common == 0 && other.count < name.count { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    func find(_ name: ByteSlice) -> UnsafeMutablePointer<Element>? {
        let place = place(of: name)
        return place.isFound ? self[place.index] : nil
    }

    /// Adds an element whose name is not there yet.
    mutating func insert(_ element: Element) -> UnsafeMutablePointer<Element> {
        DataMemory.note(MemoryLayout<Element>.stride)
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: 1)
        pointer.initialize(to: element)
        elements.insert(UnsafeMutableRawPointer(pointer), at: place(of: element.name.slice).index)
        return pointer
    }

    /// Removes an element and frees it.
    mutating func remove(_ element: UnsafeMutablePointer<Element>) {
        let place = place(of: element.pointee.name.slice)
        precondition(place.isFound && self[place.index] == element, "removed what is not in the table")
        elements.remove(at: place.index)
        element.pointee.free()
        element.deinitialize(count: 1)
        element.deallocate()
        DataMemory.note(-MemoryLayout<Element>.stride)
    }

    func forEach(_ body: (UnsafeMutablePointer<Element>) -> Void) {
        for index in 0..<count { body(self[index]) }
    }

    mutating func free() {
        forEach { element in
            element.pointee.free()
            element.deinitialize(count: 1)
            element.deallocate()
            DataMemory.note(-MemoryLayout<Element>.stride)
        }
        elements.free()
    }
}
