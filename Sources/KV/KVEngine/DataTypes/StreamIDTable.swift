import Glibc

/// Something that a stream's identifier names.
protocol StreamIdentified {
    var id: StreamID { get }
}

extension StreamID: StreamIdentified {
    var id: StreamID { self }
}

/// Elements of one size in the order of their identifiers: what is pending in a group, and with a consumer.
///
///     chunks ─▶ [ count 4 │ room 4 │ pad 8 │ element │ element │ … ]   up to 64 elements
///
/// Most are added at the end and taken near the front, which touches one chunk. A chunk that lost most of its elements
/// is joined with its neighbour. Addresses of elements are good until the next insertion or removal.
struct StreamIDTable<Element: StreamIdentified & BitwiseCopyable> {
    private var chunks = PointerList()
    private(set) var count = 0

    /// A place in the table.
    struct Position {
        fileprivate var chunk: Int
        fileprivate var index: Int
    }

    private static var largestChunk: Int { 64 }
    private static var headerCount: Int { 16 }

    // MARK: Chunks

    private struct Chunk {
        let base: UnsafeMutableRawPointer

        var count: Int {
            get { Int(base.load(as: UInt32.self)) }
            nonmutating set { base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self) }
        }
        var capacity: Int {
            get { Int(base.load(fromByteOffset: 4, as: UInt32.self)) }
            nonmutating set {
                base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt32.self)
            }
        }
        var elements: UnsafeMutablePointer<Element> {
            (base + StreamIDTable.headerCount).assumingMemoryBound(to: Element.self)
        }

        static func allocate(_ capacity: Int) -> Chunk {
            let size = StreamIDTable.headerCount + capacity * MemoryLayout<Element>.stride
            let chunk = Chunk(base: DataMemory.allocate(size))
            chunk.count = 0
            chunk.capacity = capacity
            return chunk
        }

        /// The index of the first element not below `id`.
        func lowerBound(_ id: StreamID) -> Int {
            var low = 0
            var high = count
            while low < high {
                let middle = (low &+ high) / 2
                if elements[middle].id < id { low = middle &+ 1 } else { high = middle }
            }
            return low
        }
    }

    private func chunk(_ index: Int) -> Chunk { Chunk(base: chunks[index]) }

    /// The chunk in which `id` is, if it is anywhere: the last that does not begin behind it, else the first.
    private func chunkIndex(for id: StreamID) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low &+ high) / 2
            if chunk(middle).elements[0].id <= id { low = middle &+ 1 } else { high = middle }
        }
        return max(0, low &- 1)
    }

    // MARK: Looking

    subscript(position: Position) -> UnsafeMutablePointer<Element> {
        chunk(position.chunk).elements + position.index
    }

    /// The first place whose identifier is not below `id`.
    func position(from id: StreamID) -> Position? {
        guard count > 0 else { return nil }
        let index = chunkIndex(for: id)
        let place = chunk(index).lowerBound(id)
        if place < chunk(index).count { return Position(chunk: index, index: place) }
        return index + 1 < chunks.count ? Position(chunk: index + 1, index: 0) : nil
    }

    func position(after position: Position) -> Position? {
        if position.index + 1 < chunk(position.chunk).count {
            return Position(chunk: position.chunk, index: position.index + 1)
        }
        return position.chunk + 1 < chunks.count ? Position(chunk: position.chunk + 1, index: 0) : nil
    }

    func find(_ id: StreamID) -> UnsafeMutablePointer<Element>? {
        guard let position = position(from: id) else { return nil }
        let element = self[position]
        return element.pointee.id == id ? element : nil
    }

    var first: Element? { count == 0 ? nil : chunk(0).elements[0] }
    var last: Element? {
        guard count > 0 else { return nil }
        let last = chunk(chunks.count - 1)
        return last.elements[last.count - 1]
    }

    /// Shows every element, in order.
    func forEach(_ body: (Element) -> Void) {
        for index in 0..<chunks.count {
            let chunk = chunk(index)
            for place in 0..<chunk.count { body(chunk.elements[place]) }
        }
    }

    // MARK: Changing

    /// Adds an element whose identifier is not there yet.
    mutating func insert(_ element: Element) {
        count += 1
        guard !chunks.isEmpty else {
            let chunk = Chunk.allocate(2)
            chunk.elements[0] = element
            chunk.count = 1
            chunks.append(chunk.base)
            return
        }
        var index = chunkIndex(for: element.id)
        var target = chunk(index)
        var place = target.lowerBound(element.id)
        if target.count == target.capacity {
            if target.capacity < Self.largestChunk {
                target = replace(index, capacity: target.capacity * 2)
            } else if place == target.count {
                // At the end of a full one: a chunk of its own, so that growing at the end leaves full chunks.
                index += 1
                target = Chunk.allocate(index == chunks.count ? Self.largestChunk : 4)
                chunks.insert(target.base, at: index)
                place = 0
            } else {
                split(index)
                if place > chunk(index).count {
                    place -= chunk(index).count
                    index += 1
                }
                target = chunk(index)
            }
        }
        let start = target.elements + place
        memmove(start + 1, start, (target.count - place) * MemoryLayout<Element>.stride)
        start.pointee = element
        target.count += 1
    }

    /// Takes an element out; nil when there is none with that identifier.
    @discardableResult
    mutating func remove(_ id: StreamID) -> Element? {
        guard let position = position(from: id) else { return nil }
        let target = chunk(position.chunk)
        let place = target.elements + position.index
        guard place.pointee.id == id else { return nil }
        let element = place.pointee
        memmove(place, place + 1, (target.count - position.index - 1) * MemoryLayout<Element>.stride)
        target.count -= 1
        count -= 1
        if target.count == 0 {
            DataMemory.free(target.base)
            chunks.remove(at: position.chunk)
        } else if target.count * 4 < target.capacity, target.capacity > 4 {
            tidy(position.chunk)
        }
        return element
    }

    /// Joins a chunk that became sparse with the next one, or makes it smaller.
    private mutating func tidy(_ index: Int) {
        let sparse = chunk(index)
        if index + 1 < chunks.count {
            let next = chunk(index + 1)
            let sum = sparse.count + next.count
            if sum <= Self.largestChunk / 2 {
                let joined = replace(index, capacity: max(4, sum * 2))
                memcpy(joined.elements + joined.count, next.elements, next.count * MemoryLayout<Element>.stride)
                joined.count = sum
                DataMemory.free(next.base)
                chunks.remove(at: index + 1)
                return
            }
        }
        _ = replace(index, capacity: sparse.capacity / 2)
    }

    /// Gives a chunk other memory.
    private mutating func replace(_ index: Int, capacity: Int) -> Chunk {
        let old = chunk(index)
        let new = Chunk.allocate(capacity)
        memcpy(new.elements, old.elements, old.count * MemoryLayout<Element>.stride)
        new.count = old.count
        chunks[index] = new.base
        DataMemory.free(old.base)
        return new
    }

    private mutating func split(_ index: Int) {
        let full = chunk(index)
        let half = full.count / 2
        let upper = Chunk.allocate(full.capacity)
        memcpy(upper.elements, full.elements + half, (full.count - half) * MemoryLayout<Element>.stride)
        upper.count = full.count - half
        full.count = half
        chunks.insert(upper.base, at: index + 1)
    }

    /// Bytes, about: chunks have as much room as the last.
    var size: Int {
        guard !chunks.isEmpty else { return 0 }
        return chunks.size + chunks.count * (DataMemory.capacity(of: chunks[chunks.count - 1]) + 8)
    }

    /// Gives some chunks back, the last first. Returns whether none is left; the table is good for nothing else then.
    mutating func dismantle(_ pieces: Int) -> Bool {
        for _ in 0..<min(pieces, chunks.count) {
            DataMemory.free(chunks[chunks.count - 1])
            chunks.remove(at: chunks.count - 1)
        }
        if chunks.isEmpty { count = 0 }
        return chunks.isEmpty
    }

    /// Gives all memory back.
    mutating func free() {
        for index in 0..<chunks.count { DataMemory.free(chunks[index]) }
        chunks.free()
        count = 0
    }
}
