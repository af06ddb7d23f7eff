import Glibc
import RESP

/// A node of a `ScoreTree` in raw memory: parallel arrays behind a header; see there for the picture.
///
///     header   count │ level (0 for a leaf) │ next │ previous (leaves only)
struct ScoreTreeNode {
    /// A leaf has exactly 1024 bytes with it.
    static let capacity = 62
    private static let headerCount = 32
    private static let leafSize = headerCount + 16 * capacity
    private static let innerSize = headerCount + 28 * capacity

    private let base: UnsafeMutableRawPointer

    @inline(__always)
    private init(_ base: UnsafeMutableRawPointer) { self.base = base }

    static func make(level: Int) -> ScoreTreeNode {
        let size = level == 0 ? leafSize : innerSize
        let base = EntryMemory.allocate(size)
        memset(base, 0, headerCount)
        base.storeBytes(of: level, toByteOffset: 8, as: Int.self)
        return ScoreTreeNode(base)
    }

    func free() { EntryMemory.free(base) }

    var size: Int { level == 0 ? Self.leafSize : Self.innerSize }

    // MARK: Fields

    @inline(__always)
    var count: Int {
        get { base.load(as: Int.self) }
        nonmutating set { base.storeBytes(of: newValue, as: Int.self) }
    }

    @inline(__always) var level: Int { base.load(fromByteOffset: 8, as: Int.self) }
    @inline(__always) var isFull: Bool { count == Self.capacity }

    @inline(__always)
    var next: ScoreTreeNode? {
        get { base.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self).map { ScoreTreeNode($0) } }
        nonmutating set { base.storeBytes(of: newValue?.base, toByteOffset: 16, as: UnsafeMutableRawPointer?.self) }
    }

    @inline(__always)
    var previous: ScoreTreeNode? {
        get { base.load(fromByteOffset: 24, as: UnsafeMutableRawPointer?.self).map { ScoreTreeNode($0) } }
        nonmutating set { base.storeBytes(of: newValue?.base, toByteOffset: 24, as: UnsafeMutableRawPointer?.self) }
    }

    @inline(__always)
    private func column<Element>(_ offset: Int, _: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
        (base + (Self.headerCount + offset * Self.capacity)).assumingMemoryBound(to: Element.self)
    }

    @inline(__always) var scores: UnsafeMutablePointer<Double> { column(0) }
    @inline(__always) var entries: UnsafeMutablePointer<Entry> { column(8) }
    /// Inner nodes only, as `counts`.
    @inline(__always) var children: UnsafeMutablePointer<ScoreTreeNode> { column(16) }
    @inline(__always) var counts: UnsafeMutablePointer<UInt32> { column(24) }

    /// The number of elements below.
    var total: UInt32 {
        level == 0 ? UInt32(truncatingIfNeeded: count) : UInt32(truncatingIfNeeded: total(below: count))
    }

    /// The number of elements in the first `index` children.
    @inline(__always)
    func total(below index: Int) -> Int {
        var sum = 0
        for child in 0..<index { sum &+= Int(counts[child]) }
        return sum
    }

    // MARK: Search

    /// Whether an element comes before the place of `score` and `member`.
    @inline(__always)
    static func precedes(_ own: Double, _ entry: Entry, _ score: Double, _ member: ByteSlice) -> Bool {
        own < score || own == score && entry.key.precedes(member)
    }

    /// The number of elements (or children's first elements) before the place of `score` and `member`.
    @inline(__always)
    func lowerIndex(_ score: Double, _ member: ByteSlice) -> Int {
        let scores = self.scores
        let count = self.count
        guard count > 0 else { return 0 }
        // Without branches that depend on the data: scores are as good as random.
        var lower = 0
        var length = count
        while length > 1 {
            let half = length &>> 1
            lower = scores[lower &+ half &- 1] < score ? lower &+ half : lower
            length &-= half
        }
        if scores[lower] < score { lower &+= 1 }
        guard lower < count, scores[lower] == score else { return lower }
        var upper = count
        while lower < upper {
            let middle = (lower &+ upper) &>> 1
            if scores[middle] == score, entries[middle].key.precedes(member) {
                lower = middle &+ 1
            } else {
                upper = middle
            }
        }
        return lower
    }

    /// The child below which an entry of the tree is.
    @inline(__always)
    func childIndex(of entry: Entry, _ score: Double) -> Int {
        let lower = lowerIndex(score, entry.key)
        return lower < count && entries[lower].base == entry.base ? lower : max(0, lower &- 1)
    }

    // MARK: Change

    @inline(__always)
    private func shift<Element>(_ column: UnsafeMutablePointer<Element>, from index: Int, to target: Int) {
        memmove(column + target, column + index, (count &- index) &* MemoryLayout<Element>.stride)
    }

    func insertEntry(_ entry: Entry, _ score: Double, at index: Int) {
        shift(scores, from: index, to: index + 1)
        shift(entries, from: index, to: index + 1)
        scores[index] = score
        entries[index] = entry
        count += 1
    }

    func removeEntry(at index: Int) {
        shift(scores, from: index + 1, to: index)
        shift(entries, from: index + 1, to: index)
        count -= 1
    }

    func insertChild(_ child: ScoreTreeNode, at index: Int) {
        shift(children, from: index, to: index + 1)
        shift(counts, from: index, to: index + 1)
        insertEntry(child.entries[0], child.scores[0], at: index)
        children[index] = child
        counts[index] = child.total
    }

    func removeChild(at index: Int) {
        shift(children, from: index + 1, to: index)
        shift(counts, from: index + 1, to: index)
        removeEntry(at: index)
    }

    /// The first element of a child may have changed.
    @inline(__always)
    func refreshFirst(_ index: Int) {
        let child = children[index]
        scores[index] = child.scores[0]
        entries[index] = child.entries[0]
    }

    func moveTail(from index: Int, toFrontOf other: ScoreTreeNode) {
        let moved = count - index
        other.shiftAll(by: moved)
        copyColumns(from: index, count: moved, to: other, at: 0)
        other.count += moved
        count = index
    }

    func moveHead(_ moved: Int, toEndOf other: ScoreTreeNode) {
        copyColumns(from: 0, count: moved, to: other, at: other.count)
        other.count += moved
        shift(scores, from: moved, to: 0)
        shift(entries, from: moved, to: 0)
        if level > 0 {
            shift(children, from: moved, to: 0)
            shift(counts, from: moved, to: 0)
        }
        count -= moved
    }

    private func shiftAll(by distance: Int) {
        shift(scores, from: 0, to: distance)
        shift(entries, from: 0, to: distance)
        if level > 0 {
            shift(children, from: 0, to: distance)
            shift(counts, from: 0, to: distance)
        }
    }

    private func copyColumns(from index: Int, count: Int, to other: ScoreTreeNode, at target: Int) {
        (other.scores + target).update(from: scores + index, count: count)
        (other.entries + target).update(from: entries + index, count: count)
        if level > 0 {
            (other.children + target).update(from: children + index, count: count)
            (other.counts + target).update(from: counts + index, count: count)
        }
    }

    /// Makes a new leaf the right neighbour of `node`.
    func link(after node: ScoreTreeNode) {
        next = node.next
        previous = node
        node.next?.previous = self
        node.next = self
    }

    func unlink() {
        previous?.next = next
        next?.previous = previous
    }
}

extension ByteSlice {
    /// Byte order, a prefix before what it begins.
    @inline(__always)
    func precedes(_ other: ByteSlice) -> Bool {
        let order = memcmp(raw, other.raw, min(count, other.count))
        return order != 0 ? order < 0 : count < other.count
    }
}
