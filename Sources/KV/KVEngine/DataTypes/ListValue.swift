import Glibc
import RESP

/// A list: one block behind the key while it is small, a ring of blocks when it is not.
///
///     single   ListBlock's description 16 │ its memory
///     deque    count 8 │ ring 8 │ ring's capacity 4 │ first 4 │ used 4
///              ring ─▶ [ block │ block │ … ] ─▶ up to 4 KiB of elements each
///
/// Both ends are pushed and popped in constant time. An index is found by adding up the blocks' counts, which lie side
/// by side in the ring: a list of a million elements of 20 bytes has five thousand of them. An element that is larger
/// than a block has a block of its own. `OBJECT ENCODING` is always `quicklist`, as in redis 7.0.
enum ListValue {
    /// One block, in the entry's own memory.
    static let single: UInt8 = 0
    /// A ring of blocks.
    static let deque: UInt8 = 1

    /// The bytes of a block that may get another element: sixteen such blocks fill a slab of `EntryMemory`.
    static let blockSize = EntryMemory.largest
    /// The size with which a block begins, and by which it grows: lists end with a block that is partly empty.
    private static let blockStep = blockSize / 4
    /// A deque that has shrunk to one block of so many bytes becomes single again.
    private static let shrunkSize = 256
    private static let dequeSize = 32
    private static let firstRing: Int32 = 4

    typealias End = ListBlock.End

    private struct Deque {
        var count: Int
        var ring: UnsafeMutablePointer<ListBlock>
        /// A power of two.
        var capacity: Int32
        var first: Int32
        var used: Int32

        /// The block at a place counted from the head.
        @inline(__always)
        subscript(index: Int) -> UnsafeMutablePointer<ListBlock> {
            ring + ((Int(first) &+ index) & (Int(capacity) &- 1))
        }

        @inline(__always) var last: UnsafeMutablePointer<ListBlock> { self[Int(used) &- 1] }
    }

    // MARK: Reading

    @inline(__always)
    static func count(_ entry: Entry) -> Int {
        entry.encoding == single
            ? Int(entry.valueStart.loadUnaligned(as: Int32.self)) : entry.valueStart.loadUnaligned(as: Int.self)
    }

    /// The first or last element; the list has one.
    static func element(at end: End, of entry: Entry) -> ByteSlice {
        if entry.encoding == single { return loadBlock(entry).element(at: end) }
        let deque = loadDeque(entry)
        return (end == .head ? deque[0] : deque.last).pointee.element(at: end)
    }

    /// The element at an index, which must be within the list.
    static func element(_ index: Int, of entry: Entry) -> ByteSlice {
        let place = locate(index, entry)
        return block(place.block, entry).element(index: place.index)
    }

    /// Shows elements from an index on, towards the tail or, `reversed`, the head, until `body` returns false.
    static func forEach(_ entry: Entry, from first: Int = 0, reversed: Bool = false, _ body: (ByteSlice) -> Bool) {
        guard first >= 0, first < count(entry) else { return }
        let blocks = blockCount(entry)
        let place = locate(first, entry)
        var number = place.block
        var start: Int? = place.index
        while number >= 0, number < blocks {
            let block = block(number, entry)
            if reversed {
                let left = start.map { $0 + 1 } ?? block.count
                var offset = left == block.count ? block.end : block.offset(of: left)
                for _ in 0..<left {
                    let (element, before) = block.element(endingAt: offset)
                    guard body(element) else { return }
                    offset = before
                }
                number -= 1
            } else {
                var offset = start.map { block.offset(of: $0) } ?? block.start
                for _ in (start ?? 0)..<block.count {
                    let (element, next) = block.element(at: offset)
                    guard body(element) else { return }
                    offset = next
                }
                number += 1
            }
            start = nil
        }
    }

    /// Writes `number` elements from an index on; they must be there. This is LRANGE's loop.
    static func write(_ entry: Entry, from first: Int, _ number: Int, to reply: inout ReplyWriter) {
        guard number > 0 else { return }
        var left = number
        var (blockNumber, index) = locate(first, entry)
        while left > 0 {
            let block = block(blockNumber, entry)
            let here = min(left, block.count - index)
            block.write(from: index, here, to: &reply)
            left -= here
            blockNumber += 1
            index = 0
        }
    }

    /// Where an element is; a list has at least as many.
    private static func locate(_ index: Int, _ entry: Entry) -> (block: Int, index: Int) {
        if entry.encoding == single { return (0, index) }
        let deque = loadDeque(entry)
        if index > deque.count / 2 {
            var number = Int(deque.used)
            var end = deque.count
            repeat {
                number -= 1
                end -= deque[number].pointee.count
            } while index < end
            return (number, index - end)
        }
        var number = 0
        var rest = index
        while rest >= deque[number].pointee.count {
            rest -= deque[number].pointee.count
            number += 1
        }
        return (number, rest)
    }

    private static func blockCount(_ entry: Entry) -> Int {
        entry.encoding == single ? 1 : Int(loadDeque(entry).used)
    }

    @inline(__always)
    private static func block(_ index: Int, _ entry: Entry) -> ListBlock {
        entry.encoding == single ? loadBlock(entry) : loadDeque(entry)[index].pointee
    }

    @inline(__always)
    private static func loadBlock(_ entry: Entry) -> ListBlock {
        ListBlock.load(from: entry.valueStart, size: entry.valueCount)
    }

    @inline(__always)
    private static func loadDeque(_ entry: Entry) -> Deque { entry.valueStart.loadUnaligned(as: Deque.self) }

    @inline(__always)
    private static func save(_ deque: Deque, _ entry: Entry) { entry.valueStart.storeBytes(of: deque, as: Deque.self) }

    // MARK: Writing

    /// A list without elements, with room for `capacity` bytes of them; a `push` follows at once.
    static func makeEmpty(key: ByteSlice, expiry: Int64?, clock: UInt32, capacity: Int) -> Entry {
        let entry = Entry.allocate(
            type: .list,
            encoding: single,
            key: key,
            valueCount: ListBlock.savedSize + capacity,
            expiry: expiry,
            clock: clock
        )
        useWholeMemory(of: entry)
        ListBlock(base: entry.valueStart, capacity: 0).save(to: entry.valueStart)
        return entry
    }

    /// What the allocator gave beyond the request is room too.
    private static func useWholeMemory(of entry: Entry) {
        // When the header cannot tell so many bytes they stay unused.
        _ = entry.resizeValue(to: entry.valueCapacity)
    }

    /// Adds an element at an end; `slot` is given a larger entry where needed. It must not lie in the list itself.
    static func push(_ element: ByteSlice, _ end: End, in slot: Slot) {
        let entry = slot.entry
        if entry.encoding == single {
            var block = loadBlock(entry)
            let needed = block.room(for: element.count)
            if needed <= block.capacity {
                block.push(element, end)
                return block.save(to: entry.valueStart)
            }
            if needed <= blockSize || block.count == 0 {
                block = grow(slot, to: needed, end)
                block.push(element, end)
                return block.save(to: slot.entry.valueStart)
            }
            makeDeque(slot)
        }
        pushToDeque(element, end, slot.entry)
    }

    private static func pushToDeque(_ element: ByteSlice, _ end: End, _ entry: Entry) {
        var deque = loadDeque(entry)
        var block = end == .head ? deque[0] : deque.last
        let needed = block.pointee.room(for: element.count)
        if needed > block.pointee.capacity {
            if needed <= blockSize {
                grow(block, to: needed, end)
            } else {
                insertBlock(capacity: max(blockStep, element.count), at: end == .head ? 0 : Int(deque.used), &deque)
                block = end == .head ? deque[0] : deque.last
            }
        }
        block.pointee.push(element, end)
        deque.count &+= 1
        save(deque, entry)
    }

    /// Drops the first or last element. The caller removes the key when the list is empty.
    static func pop(_ end: End, in slot: Slot) {
        let entry = slot.entry
        guard entry.encoding == deque else {
            var block = loadBlock(entry)
            block.pop(end)
            return block.save(to: entry.valueStart)
        }
        var deque = loadDeque(entry)
        let block = end == .head ? deque[0] : deque.last
        block.pointee.pop(end)
        deque.count &-= 1
        if block.pointee.count == 0, deque.used > 1 { dropBlock(end, &deque) }
        save(deque, entry)
        if deque.used == 1, deque[0].pointee.byteCount <= shrunkSize { makeSingle(slot) }
    }

    /// Puts an element before the one at an index, or behind the last. It must not lie in the list itself.
    static func insert(_ element: ByteSlice, at index: Int, in slot: Slot) {
        if index == 0 { return push(element, .head, in: slot) }
        if index == count(slot.entry) { return push(element, .tail, in: slot) }
        let place = locate(index, slot.entry)
        let needed = block(place.block, slot.entry).room(for: element.count)
        if slot.entry.encoding == single {
            if needed <= blockSize {
                var block = loadBlock(slot.entry)
                if needed > block.capacity { block = grow(slot, to: needed, .tail) }
                block.insert(element, at: place.index)
                return block.save(to: slot.entry.valueStart)
            }
            makeDeque(slot)
        }
        var deque = loadDeque(slot.entry)
        if needed <= blockSize {
            let block = deque[place.block]
            if needed > block.pointee.capacity { grow(block, to: needed, .tail) }
            block.pointee.insert(element, at: place.index)
        } else {
            // The block is divided, and the element gets one of its own in between; later ones may join it there.
            var number = place.block
            if place.index > 0 {
                divide(number, at: place.index, &deque)
                number += 1
            }
            insertBlock(capacity: max(blockStep, element.count), at: number, &deque)
            deque[number].pointee.push(element, .tail)
        }
        deque.count += 1
        save(deque, slot.entry)
    }

    /// Puts an element in place of the one at an index. It must not lie in the list itself.
    static func set(_ index: Int, to element: ByteSlice, in slot: Slot) {
        let place = locate(index, slot.entry)
        let block = block(place.block, slot.entry)
        if block.element(index: place.index).count == element.count {
            return block.overwrite(place.index, with: element)
        }
        insert(element, at: index, in: slot)
        remove(index + 1, 1, in: slot)
    }

    /// Drops `number` elements from an index on; they must be there. The caller removes the key when none is left.
    static func remove(_ first: Int, _ number: Int, in slot: Slot) {
        guard number > 0 else { return }
        var (blockNumber, index) = locate(first, slot.entry)
        if slot.entry.encoding == single {
            var block = loadBlock(slot.entry)
            block.remove(at: index, number)
            return block.save(to: slot.entry.valueStart)
        }
        var deque = loadDeque(slot.entry)
        var left = number
        while left > 0 {
            let block = deque[blockNumber]
            let here = min(left, block.pointee.count - index)
            block.pointee.remove(at: index, here)
            left -= here
            blockNumber += 1
            index = 0
        }
        let isInside = first > 0 && first + number < deque.count
        deque.count -= number
        dropEmptyBlocks(&deque, alsoInside: isInside)
        save(deque, slot.entry)
        if deque.used == 1, deque[0].pointee.byteCount <= shrunkSize { makeSingle(slot) }
    }

    /// Drops elements that are `element`, the first `limit` of them or, `reversed`, the last.
    /// - Returns: how many. The caller removes the key when none is left.
    static func removeMatches(of element: ByteSlice, limit: Int, reversed: Bool, in slot: Slot) -> Int {
        if slot.entry.encoding == single {
            var block = loadBlock(slot.entry)
            let found = block.matches(element)
            let removed = min(found, limit)
            block.removeMatches(of: element, skipping: reversed ? found - removed : 0, removed)
            block.save(to: slot.entry.valueStart)
            return removed
        }
        var deque = loadDeque(slot.entry)
        var removed = 0
        for step in 0..<Int(deque.used) where removed < limit {
            let block = deque[reversed ? Int(deque.used) - 1 - step : step]
            let found = block.pointee.matches(element)
            guard found > 0 else { continue }
            let number = min(found, limit - removed)
            block.pointee.removeMatches(of: element, skipping: reversed ? found - number : 0, number)
            if block.pointee.count > 0, block.pointee.byteCount < block.pointee.capacity / 4 { shrink(block) }
            removed += number
        }
        guard removed > 0 else { return 0 }
        deque.count -= removed
        dropEmptyBlocks(&deque, alsoInside: true)
        save(deque, slot.entry)
        if deque.used == 1, deque[0].pointee.byteCount <= shrunkSize { makeSingle(slot) }
        return removed
    }

    // MARK: Life

    /// Frees what the entry points at, not the entry.
    static func disposeContents(_ entry: Entry) {
        guard entry.encoding == deque else { return }
        let deque = loadDeque(entry)
        for index in 0..<Int(deque.used) { free(deque[index].pointee) }
        freeRing(deque)
    }

    /// Bytes of what the entry points at; `samples` blocks are looked at, 0 for all.
    static func contentSize(_ entry: Entry, _ samples: Int) -> Int {
        guard entry.encoding == deque else { return 0 }
        let deque = loadDeque(entry)
        let used = Int(deque.used)
        let seen = samples == 0 ? used : min(samples, used)
        let sum = (0..<seen).reduce(0) { $0 + size(of: deque[$1].pointee) }
        return Int(deque.capacity) * MemoryLayout<ListBlock>.stride + Keyspace.scaled(sum, max(1, seen), used)
    }

    /// Whether giving the list back at once would take long.
    static func isBig(_ entry: Entry) -> Bool {
        entry.encoding == deque && loadDeque(entry).used > LazyFree.mostPiecesAtOnce / 16
    }

    /// Gives some blocks back. Returns whether only the entry is left.
    static func dismantle(_ entry: Entry, _ pieces: Int) -> Bool {
        var deque = loadDeque(entry)
        // The newest first, where addresses rise: then the C library's heap, where the blocks of large elements lie, shrinks
        // in small steps, not in one long step at the end.
        let last = Int(deque.used) - 1
        let end: End = last > 0 && deque[last].pointee.base < deque[last - 1].pointee.base ? .head : .tail
        for _ in 0..<min(pieces, Int(deque.used)) { dropBlock(end, &deque) }
        save(deque, entry)
        if deque.used > 0 { return false }
        freeRing(deque)
        return true
    }

    /// Copies what the entry points at, so that a shallow copy of the entry becomes a deep one.
    static func copyContents(of source: Entry, into copy: Entry) {
        guard source.encoding == deque else { return }
        var deque = loadDeque(source)
        let ring = makeRing(deque.capacity)
        for index in 0..<Int(deque.used) {
            let block = deque[index].pointee
            let capacity = max(block.byteCount, min(block.capacity, blockStep))
            (ring + index).initialize(to: block.moved(to: allocate(capacity), capacity: capacity, growing: .tail))
        }
        deque.ring = ring
        deque.first = 0
        save(deque, copy)
    }

    // MARK: Blocks

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer { DataMemory.allocateBlock(size) }

    private static func free(_ block: ListBlock) { DataMemory.freeBlock(block.base, block.capacity) }

    private static func size(of block: ListBlock) -> Int { DataMemory.size(ofBlock: block.base, block.capacity) }

    private static func makeRing(_ capacity: Int32) -> UnsafeMutablePointer<ListBlock> {
        DataMemory.allocate(Int(capacity) * MemoryLayout<ListBlock>.stride).assumingMemoryBound(to: ListBlock.self)
    }

    private static func freeRing(_ deque: Deque) { DataMemory.free(deque.ring) }

    /// Gives a single list an entry with more memory.
    private static func grow(_ slot: Slot, to needed: Int, _ end: End) -> ListBlock {
        let old = slot.entry
        let block = loadBlock(old)
        let capacity = needed < blockSize ? min(blockSize, needed + max(16, needed / 4)) : needed
        return replace(slot, block, capacity, end)
    }

    /// Gives a single list another entry, in which its block has `capacity` bytes.
    private static func replace(_ slot: Slot, _ block: ListBlock, _ capacity: Int, _ end: End) -> ListBlock {
        let old = slot.entry
        let entry = makeEmpty(
            key: old.key,
            expiry: old.hasExpiry ? old.expiry : nil,
            clock: old.accessClock,
            capacity: capacity
        )
        let start = entry.valueStart
        let moved = block.moved(
            to: start + ListBlock.savedSize,
            capacity: entry.valueCount - ListBlock.savedSize,
            growing: end
        )
        moved.save(to: start)
        slot.replace(with: entry)
        old.deallocate()
        return moved
    }

    /// Gives a block more memory.
    private static func grow(_ block: UnsafeMutablePointer<ListBlock>, to needed: Int, _ end: End) {
        move(block, capacity: min(blockSize, max(needed, block.pointee.capacity + blockStep)), end)
    }

    private static func shrink(_ block: UnsafeMutablePointer<ListBlock>) {
        move(block, capacity: block.pointee.byteCount, .tail)
    }

    private static func move(_ block: UnsafeMutablePointer<ListBlock>, capacity: Int, _ end: End) {
        let memory = allocate(capacity)
        let old = block.pointee
        block.pointee = old.moved(to: memory, capacity: capacity, growing: end)
        free(old)
    }

    /// Makes a deque of one block out of a single list.
    private static func makeDeque(_ slot: Slot) {
        let old = slot.entry
        let block = loadBlock(old)
        let ring = makeRing(firstRing)
        // Room is made when it is needed: nobody knows at which end.
        let size = block.byteCount
        ring.initialize(to: block.moved(to: allocate(size), capacity: size, growing: .tail))
        let entry = Entry.allocate(
            type: .list,
            encoding: deque,
            key: old.key,
            valueCount: dequeSize,
            expiry: old.hasExpiry ? old.expiry : nil,
            clock: old.accessClock
        )
        save(Deque(count: block.count, ring: ring, capacity: firstRing, first: 0, used: 1), entry)
        slot.replace(with: entry)
        old.deallocate()
    }

    /// Makes a single list out of a deque of one block.
    private static func makeSingle(_ slot: Slot) {
        let old = slot.entry
        let deque = loadDeque(old)
        let block = deque[0].pointee
        _ = replace(slot, block, block.byteCount, .tail)
        free(block)
        freeRing(deque)
    }

    private static func insertBlock(capacity: Int, at index: Int, _ deque: inout Deque) {
        if deque.used == deque.capacity { doubleRing(&deque) }
        if index < Int(deque.used) / 2 {
            deque.first = (deque.first &- 1) & (deque.capacity &- 1)
            deque.used += 1
            for number in 0..<index { deque[number].pointee = deque[number + 1].pointee }
        } else {
            deque.used += 1
            for number in stride(from: Int(deque.used) - 1, to: index, by: -1) {
                deque[number].pointee = deque[number - 1].pointee
            }
        }
        deque[index].initialize(to: ListBlock(base: allocate(capacity), capacity: capacity))
    }

    private static func doubleRing(_ deque: inout Deque) {
        // 2^30 blocks are four terabytes.
        precondition(deque.capacity < 1 << 30, "a list has too many blocks")
        let ring = makeRing(deque.capacity * 2)
        for index in 0..<Int(deque.used) { (ring + index).initialize(to: deque[index].pointee) }
        freeRing(deque)
        deque.ring = ring
        deque.first = 0
        deque.capacity *= 2
    }

    private static func dropBlock(_ end: End, _ deque: inout Deque) {
        free((end == .head ? deque[0] : deque.last).pointee)
        if end == .head { deque.first = (deque.first &+ 1) & (deque.capacity &- 1) }
        deque.used -= 1
    }

    /// Drops blocks without elements, but for one when all are empty.
    private static func dropEmptyBlocks(_ deque: inout Deque, alsoInside: Bool) {
        while deque.used > 1, deque[0].pointee.count == 0 { dropBlock(.head, &deque) }
        while deque.used > 1, deque.last.pointee.count == 0 { dropBlock(.tail, &deque) }
        guard alsoInside else { return }
        var kept = 0
        for number in 0..<Int(deque.used) {
            let block = deque[number].pointee
            if block.count == 0, deque.used > 1 {
                free(block)
            } else {
                if kept != number { deque[kept].pointee = block }
                kept += 1
            }
        }
        deque.used = Int32(truncatingIfNeeded: kept)
    }

    /// Makes two blocks of one: the elements from `index` on go into a new one behind it.
    private static func divide(_ number: Int, at index: Int, _ deque: inout Deque) {
        let block = deque[number].pointee
        let moved = block.count - index
        insertBlock(capacity: block.end - block.offset(of: index), at: number + 1, &deque)
        block.copyElements(from: index, moved, to: &deque[number + 1].pointee)
        deque[number].pointee.remove(at: index, moved)
        shrink(deque[number])
    }
}

extension ListBlock {
    /// Writes `number` elements from an index on as bulk strings.
    func write(from index: Int, _ number: Int, to reply: inout ReplyWriter) {
        var offset = self.offset(of: index)
        guard width >= 0, width <= ListValue.blockSize else {
            for _ in 0..<number {
                let (element, next) = element(at: offset)
                reply.bulk(element)
                offset = next
            }
            return
        }
        // All have the same header: it is made once, and stored whole before each element.
        var header: UInt64 = UInt64(UInt8(ascii: "$"))
        var length = 1
        for divisor in [1000, 100, 10, 1] where width >= divisor || divisor == 1 {
            header |= UInt64(48 + width / divisor % 10) << UInt64(length * 8)
            length += 1
        }
        header |= 0x0A0D << UInt64(length * 8)
        length += 2
        let size = length + width + 2
        // The header's eight bytes may be more than a whole element of no length.
        var target = reply.buffer.reserve(number &* size &+ 8)
        var source = UnsafeRawPointer(base) + offset
        for _ in 0..<number {
            target.storeBytes(of: header, as: UInt64.self)
            Self.copy(source, to: target + length, width)
            target.storeBytes(of: 0x0A0D, toByteOffset: length &+ width, as: UInt16.self)
            target += size
            source += width
        }
        reply.buffer.advance(number &* size)
    }

    /// Copies up to 32 bytes as overlapping words: a call of memcpy would cost more than the bytes.
    @inline(__always)
    private static func copy(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
        func word(_ offset: Int) {
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                toByteOffset: offset,
                as: UInt64.self
            )
        }
        if count >= 8, count <= 32 {
            word(0)
            if count > 16 {
                word(8)
                if count > 24 { word(16) }
            }
            word(count &- 8)
        } else {
            target.copyMemory(from: source, byteCount: count)
        }
    }
}
