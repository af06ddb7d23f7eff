import Glibc
import RESP

/// A run of list elements in one piece of memory, with room at both ends.
///
///     alike   free │ element │ element │ element │ free            all of one length, which is kept once
///     mixed   free │ length 1-5 │ element │ length 1-5 │ … │ free   the second length is written backwards
///             0    start                               end      capacity
///
/// A block begins alike and stays so while all its elements have the length of the first: ids, tokens and numbers of
/// jobs cost their bytes and nothing more, and the element at an index is found by multiplication. The first element
/// of another length makes it mixed, where each can be passed in both directions.
///
/// It is a description of memory that its user owns: the end of a key's entry, or a piece from `malloc`. Blocks do not
/// grow; `room(for:)` tells beforehand what is needed. Indices count elements, offsets are bytes from `base`.
struct ListBlock {
    enum End {
        case head, tail
    }

    var base: UnsafeMutableRawPointer
    private var storedCount: Int32 = 0
    private var storedWidth: Int32 = 0
    private var storedStart: Int32 = 0
    private var storedEnd: Int32 = 0
    private var storedCapacity: Int32

    /// An empty block over `capacity` bytes.
    init(base: UnsafeMutableRawPointer, capacity: Int) {
        self.base = base
        storedCapacity = Int32(truncatingIfNeeded: capacity)
    }

    // Cannot overflow: an element has at most 512 MiB, and a block beyond `ListValue.blockSize` holds a single one.
    @inline(__always) private(set) var count: Int {
        get { Int(storedCount) }
        set { storedCount = Int32(truncatingIfNeeded: newValue) }
    }
    /// The length of every element; negative in a mixed block.
    @inline(__always) private(set) var width: Int {
        get { Int(storedWidth) }
        set { storedWidth = Int32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) private(set) var start: Int {
        get { Int(storedStart) }
        set { storedStart = Int32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) private(set) var end: Int {
        get { Int(storedEnd) }
        set { storedEnd = Int32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) var capacity: Int { Int(storedCapacity) }

    /// Bytes that the elements take.
    @inline(__always) var byteCount: Int { end &- start }

    // MARK: Kept elsewhere

    /// The bytes `load` and `save` use.
    static let savedSize = 16

    /// The block whose description was saved in front of its memory; `size` bytes for both.
    @inline(__always)
    static func load(from memory: UnsafeMutableRawPointer, size: Int) -> ListBlock {
        var block = ListBlock(base: memory + savedSize, capacity: size &- savedSize)
        block.storedCount = memory.loadUnaligned(as: Int32.self)
        block.storedWidth = memory.loadUnaligned(fromByteOffset: 4, as: Int32.self)
        block.storedStart = memory.loadUnaligned(fromByteOffset: 8, as: Int32.self)
        block.storedEnd = memory.loadUnaligned(fromByteOffset: 12, as: Int32.self)
        return block
    }

    /// Saves the description in front of the block's memory.
    @inline(__always)
    func save(to memory: UnsafeMutableRawPointer) {
        memory.storeBytes(of: storedCount, as: Int32.self)
        memory.storeBytes(of: storedWidth, toByteOffset: 4, as: Int32.self)
        memory.storeBytes(of: storedStart, toByteOffset: 8, as: Int32.self)
        memory.storeBytes(of: storedEnd, toByteOffset: 12, as: Int32.self)
    }

    /// The same elements in other memory, where they lie at the end that leaves room at `growing`.
    /// `target` may begin with the elements already (a `realloc`): they are only moved when they must.
    func moved(to target: UnsafeMutableRawPointer, capacity: Int, growing: End) -> ListBlock {
        var copy = ListBlock(base: target, capacity: capacity)
        copy.storedCount = storedCount
        copy.storedWidth = storedWidth
        copy.start = growing == .head ? capacity - byteCount : 0
        copy.end = copy.start + byteCount
        memmove(target + copy.start, base + start, byteCount)
        return copy
    }

    // MARK: Reading

    /// The bytes a length of its own costs an element of a mixed block.
    @inline(__always)
    private static func lengths(_ count: Int) -> Int { Varint.count(count) &* 2 }

    /// The element at an offset and the offset behind it.
    @inline(__always)
    func element(at offset: Int) -> (element: ByteSlice, next: Int) {
        if width >= 0 { return (ByteSlice(base + offset, count: width), offset &+ width) }
        var cursor = offset
        let count = Varint.load(UnsafeRawPointer(base), &cursor)
        return (ByteSlice(base + cursor, count: count), cursor &+ count &+ Varint.count(count))
    }

    /// The element that ends at an offset and the offset where it begins.
    @inline(__always)
    func element(endingAt offset: Int) -> (element: ByteSlice, start: Int) {
        if width >= 0 { return (ByteSlice(base + (offset &- width), count: width), offset &- width) }
        var cursor = offset &- 1
        var byte = base.load(fromByteOffset: cursor, as: UInt8.self)
        var count = Int(byte & 127)
        var shift = 7
        while byte >= 128 {
            cursor &-= 1
            byte = base.load(fromByteOffset: cursor, as: UInt8.self)
            count |= Int(byte & 127) &<< shift
            shift &+= 7
        }
        return (ByteSlice(base + (cursor &- count), count: count), cursor &- count &- Varint.count(count))
    }

    /// Where the element at an index begins; `end` for the count.
    func offset(of index: Int) -> Int {
        if width >= 0 { return start + index * width }
        if index > count / 2 {
            var offset = end
            for _ in index..<count { offset = element(endingAt: offset).start }
            return offset
        }
        var offset = start
        for _ in 0..<index { offset = element(at: offset).next }
        return offset
    }

    func element(index: Int) -> ByteSlice { element(at: offset(of: index)).element }

    /// The first or last element; there must be one.
    @inline(__always)
    func element(at place: End) -> ByteSlice {
        place == .head ? element(at: start).element : element(endingAt: end).element
    }

    // MARK: Writing

    /// The bytes all elements take when one of `length` bytes is added.
    @inline(__always)
    func room(for length: Int) -> Int {
        if width == length || count == 0 { return byteCount &+ length }
        let added = length &+ Self.lengths(length)
        return byteCount &+ added &+ (width < 0 ? 0 : count &* Self.lengths(width))
    }

    /// Adds an element at an end; there must be room. It must not lie in the block.
    @inline(__always)
    mutating func push(_ element: ByteSlice, _ place: End) {
        if width != element.count { prepare(for: element.count) }
        let size = width < 0 ? element.count &+ Self.lengths(element.count) : element.count
        if place == .head {
            if start < size { slide(leaving: size, .head) }
            start &-= size
            write(element, at: start)
        } else {
            if capacity &- end < size { slide(leaving: size, .tail) }
            write(element, at: end)
            end &+= size
        }
        count &+= 1
    }

    /// Puts an element before the one at an index; there must be room. It must not lie in the block.
    mutating func insert(_ element: ByteSlice, at index: Int) {
        if index == 0 { return push(element, .head) }
        if index == count { return push(element, .tail) }
        if width != element.count { prepare(for: element.count) }
        let size = width < 0 ? element.count + Self.lengths(element.count) : element.count
        if start < size, capacity - end < size { slide(leaving: size, .tail) }
        let offset: Int
        if capacity - end >= size {
            offset = self.offset(of: index)
            memmove(base + offset + size, base + offset, end - offset)
            end += size
        } else {
            let head = self.offset(of: index) - start
            memmove(base + start - size, base + start, head)
            start -= size
            offset = start + head
        }
        write(element, at: offset)
        count += 1
    }

    /// Drops `number` elements from an index on.
    mutating func remove(at index: Int, _ number: Int = 1) {
        let first = offset(of: index)
        var last = first
        if index + number == count {
            last = end
        } else {
            for _ in 0..<number { last = element(at: last).next }
        }
        if first - start < end - last {
            memmove(base + start + (last - first), base + start, first - start)
            start += last - first
        } else {
            memmove(base + first, base + last, end - last)
            end -= last - first
        }
        count -= number
    }

    /// Drops the first or last element.
    @inline(__always)
    mutating func pop(_ place: End) {
        if place == .head { start = element(at: start).next } else { end = element(endingAt: end).start }
        count &-= 1
    }

    /// How many elements are `element`.
    func matches(_ element: ByteSlice) -> Int {
        if width >= 0, width != element.count { return 0 }
        var found = 0
        var offset = start
        for _ in 0..<count {
            let (other, next) = self.element(at: offset)
            if other.equals(element) { found += 1 }
            offset = next
        }
        return found
    }

    /// Drops `number` elements that are `element`, after having passed by `skipped` such.
    mutating func removeMatches(of element: ByteSlice, skipping skipped: Int, _ number: Int) {
        var (skip, left, kept) = (skipped, number, 0)
        var source = start
        var target = start
        for _ in 0..<count {
            let (other, next) = self.element(at: source)
            let size = next - source
            if left > 0, other.equals(element) {
                if skip == 0 {
                    left -= 1
                    source = next
                    continue
                }
                skip -= 1
            }
            if target != source { memmove(base + target, base + source, size) }
            target += size
            source = next
            kept += 1
        }
        end = target
        count = kept
    }

    /// Puts other bytes of the same length in place of an element of that length.
    func overwrite(_ index: Int, with element: ByteSlice) {
        UnsafeMutableRawPointer(mutating: self.element(index: index).raw)
            .copyMemory(from: element.raw, byteCount: element.count)
    }

    /// Adds the elements from an index on to the tail of an empty block that has room for them.
    func copyElements(from index: Int, _ number: Int, to target: inout ListBlock) {
        let first = offset(of: index)
        let last = index + number == count ? end : offset(of: index + number)
        target.storedWidth = storedWidth
        target.count = number
        target.start = 0
        target.end = last - first
        memcpy(target.base, base + first, last - first)
    }

    @inline(__always)
    private func write(_ element: ByteSlice, at offset: Int) {
        var target = base + offset
        if width < 0 { target += Varint.store(element.count, at: target) }
        target.copyMemory(from: element.raw, byteCount: element.count)
        if width < 0 { Varint.storeBackwards(element.count, at: target + element.count) }
    }

    /// An element of another length comes: an empty block becomes one of that length, any other mixed.
    @inline(never)
    private mutating func prepare(for length: Int) {
        if count == 0 {
            width = length
        } else if width >= 0 {
            mix()
        }
    }

    /// Gives each element its own lengths.
    private mutating func mix() {
        let old = byteCount
        let length = width
        let size = length + Self.lengths(length)
        let total = count * size
        precondition(total <= capacity, "a list block is too small to become mixed")
        withUnsafeTemporaryAllocation(byteCount: max(1, old), alignment: 1) { copy in
            guard let copy = copy.baseAddress else { return }
            memcpy(copy, base + start, old)
            width = -1
            // Where it was, or as near as there is room.
            start = min(start, capacity - total)
            end = start + total
            for index in 0..<count {
                write(ByteSlice(copy + index * length, count: length), at: start + index * size)
            }
        }
    }

    /// Moves the elements so that `size` bytes are free at an end, and half of what is free beyond that.
    @inline(never)
    private mutating func slide(leaving size: Int, _ place: End) {
        let total = byteCount
        let spare = (capacity - total - size) / 2
        precondition(spare >= 0, "a list block has no room")
        let target = place == .head ? size + spare : spare
        memmove(base + target, base + start, total)
        start = target
        end = target + total
    }
}

extension ByteSlice {
    /// Whether the bytes are those of `other`.
    @inline(__always)
    func equals(_ other: ByteSlice) -> Bool { count == other.count && memcmp(raw, other.raw, count) == 0 }
}
