import Glibc
import RESP

/// The order of a large sorted set: a counted B+ tree over entries, by score and, where scores are equal, by member.
///
///     inner   header │ first scores 8 × 62 │ first entries │ children │ numbers of entries below 4 × 62
///     leaf    header │ scores 8 × 62 │ entries            next ⇄ previous
///
/// An entry's key is the member, its value the score; the tree keeps addresses and a copy of the scores side by side,
/// so that a descent reads members only where scores are equal. Counts make rank and "the element at rank n" a
/// descent, and every range of scores or members becomes a range of ranks. 24 bytes a member when filled at random,
/// 17 when filled in order.
///
/// Invariants: `first*` of a child are exactly its smallest element; no node but an only leaf is empty; leaves are
/// linked in order. Not here: finding a member (the table beside it does that) and freeing entries.
struct ScoreTree: ~Copyable {
    private var root: ScoreTreeNode
    private(set) var count = 0
    /// Bytes of nodes.
    private(set) var memory: Int

    init() {
        root = ScoreTreeNode.make(level: 0)
        memory = root.size
    }

    deinit { Self.free(root) }

    private static func free(_ node: ScoreTreeNode) {
        if node.level > 0 { for index in 0..<node.count { free(node.children[index]) } }
        node.free()
    }

    /// Gives some nodes back, from the end; the tree is good for nothing else from the first call on.
    /// - Returns: whether only the root is left.
    mutating func dismantle(_ pieces: Int) -> Bool {
        for _ in 0..<pieces {
            guard root.level > 0, root.count > 0 else { break }
            var node = root
            while node.children[node.count - 1].level > 0, node.children[node.count - 1].count > 0 {
                node = node.children[node.count - 1]
            }
            node.children[node.count - 1].free()
            node.count -= 1
        }
        return root.level == 0 || root.count == 0
    }

    // MARK: Change

    /// Adds an entry that is not in the tree. Logarithmic.
    mutating func insert(_ entry: Entry, _ score: Double) {
        if let sibling = insert(entry, score, into: root, isLast: true) {
            let parent = makeNode(level: root.level + 1)
            parent.insertChild(root, at: 0)
            parent.insertChild(sibling, at: 1)
            root = parent
        }
        count += 1
    }

    /// Removes an entry that is in the tree with this score. Logarithmic.
    mutating func remove(_ entry: Entry, _ score: Double) {
        remove(entry, score, from: root)
        while root.level > 0, root.count == 1 {
            let only = root.children[0]
            release(root)
            root = only
        }
        count -= 1
    }

    /// Gives an entry another score; in place when it keeps its neighbours.
    mutating func move(_ entry: Entry, from old: Double, to new: Double) {
        var node = root
        while node.level > 0 { node = node.children[node.childIndex(of: entry, old)] }
        let index = node.lowerIndex(old, entry.key)
        if index > 0, ScoreTreeNode.precedes(node.scores[index - 1], node.entries[index - 1], new, entry.key) {
            var follows = true
            if index + 1 < node.count {
                follows = !ScoreTreeNode.precedes(node.scores[index + 1], node.entries[index + 1], new, entry.key)
            } else if let next = node.next {
                follows = !ScoreTreeNode.precedes(next.scores[0], next.entries[0], new, entry.key)
            }
            if follows {
                node.scores[index] = new
                return
            }
        }
        remove(entry, old)
        insert(entry, new)
    }

    private mutating func makeNode(level: Int) -> ScoreTreeNode {
        let node = ScoreTreeNode.make(level: level)
        memory += node.size
        return node
    }

    private mutating func release(_ node: ScoreTreeNode) {
        memory -= node.size
        node.free()
    }

    /// - Parameter isLast: whether no node of this level stands to the right: then elements probably come in order, and a
    ///   split leaves the full node full.
    /// - Returns: the new node to the right when the node had to be split.
    private mutating func insert(
        _ entry: Entry,
        _ score: Double,
        into node: ScoreTreeNode,
        isLast: Bool
    ) -> ScoreTreeNode? {
        let lower = node.lowerIndex(score, entry.key)
        if node.level == 0 {
            guard node.isFull else {
                node.insertEntry(entry, score, at: lower)
                return nil
            }
            let sibling = splitOff(node, at: isLast && lower == node.count ? node.count : node.count / 2)
            if lower > node.count || node.count == ScoreTreeNode.capacity {
                sibling.insertEntry(entry, score, at: lower - node.count)
            } else {
                node.insertEntry(entry, score, at: lower)
            }
            return sibling
        }
        let index = max(0, lower - 1)
        let child = node.children[index]
        let added = insert(entry, score, into: child, isLast: isLast && index == node.count - 1)
        node.refreshFirst(index)
        guard let added else {
            node.counts[index] &+= 1
            return nil
        }
        node.counts[index] = child.total
        guard node.isFull else {
            node.insertChild(added, at: index + 1)
            return nil
        }
        let place = index + 1
        let sibling = splitOff(node, at: isLast && place == node.count ? node.count : node.count / 2)
        if place > node.count || node.count == ScoreTreeNode.capacity {
            sibling.insertChild(added, at: place - node.count)
        } else {
            node.insertChild(added, at: place)
        }
        return sibling
    }

    /// Moves everything from `index` on into a new node to the right, which may stay empty for a moment.
    private mutating func splitOff(_ node: ScoreTreeNode, at index: Int) -> ScoreTreeNode {
        let sibling = makeNode(level: node.level)
        node.moveTail(from: index, toFrontOf: sibling)
        if node.level == 0 { sibling.link(after: node) }
        return sibling
    }

    private mutating func remove(_ entry: Entry, _ score: Double, from node: ScoreTreeNode) {
        if node.level == 0 { return node.removeEntry(at: node.lowerIndex(score, entry.key)) }
        let index = node.childIndex(of: entry, score)
        let child = node.children[index]
        remove(entry, score, from: child)
        node.counts[index] &-= 1
        if child.count == 0 {
            drop(index, of: node)
            return
        }
        node.refreshFirst(index)
        if child.count < ScoreTreeNode.capacity / 4, node.count > 1 { refill(index, of: node) }
    }

    private mutating func drop(_ index: Int, of node: ScoreTreeNode) {
        let child = node.children[index]
        if child.level == 0 { child.unlink() }
        node.removeChild(at: index)
        release(child)
    }

    /// A child became small: it is joined with a neighbour, or they share evenly.
    private mutating func refill(_ index: Int, of node: ScoreTreeNode) {
        let left = index + 1 < node.count ? index : index - 1
        let (first, second) = (node.children[left], node.children[left + 1])
        if first.count + second.count <= ScoreTreeNode.capacity * 3 / 4 {
            second.moveHead(second.count, toEndOf: first)
            node.counts[left] = first.total
            drop(left + 1, of: node)
        } else {
            let middle = (first.count + second.count) / 2
            if first.count > middle {
                first.moveTail(from: middle, toFrontOf: second)
            } else {
                second.moveHead(middle - first.count, toEndOf: first)
            }
            node.counts[left] = first.total
            node.counts[left + 1] = second.total
            node.refreshFirst(left + 1)
        }
    }

    // MARK: Look-up

    /// How many elements stand before an entry that is in the tree.
    func rank(of entry: Entry, _ score: Double) -> Int {
        var rank = 0
        var node = root
        while node.level > 0 {
            let index = node.childIndex(of: entry, score)
            rank += node.total(below: index)
            node = node.children[index]
        }
        return rank + node.lowerIndex(score, entry.key)
    }

    /// How many elements satisfy `isBefore`, which must be true for all elements up to some rank and then no more.
    @inline(__always)
    func count(where isBefore: (Double, Entry) -> Bool) -> Int {
        var rank = 0
        var node = root
        while true {
            var lower = 0
            var upper = node.count
            while lower < upper {
                let middle = (lower + upper) / 2
                if isBefore(node.scores[middle], node.entries[middle]) { lower = middle + 1 } else { upper = middle }
            }
            if node.level == 0 { return rank + lower }
            if lower == 0 { return rank }
            rank += node.total(below: lower - 1)
            node = node.children[lower - 1]
        }
    }

    /// A place in the order, to walk from in either direction. It is good until the tree changes.
    struct Cursor {
        fileprivate var node: ScoreTreeNode?
        fileprivate var index: Int

        /// The element here, after which the cursor steps on; nil behind the last.
        @inline(__always)
        mutating func next() -> (entry: Entry, score: Double)? {
            guard let node, node.count > 0 else { return nil }
            let result = (node.entries[index], node.scores[index])
            index &+= 1
            if index == node.count {
                self.node = node.next
                index = 0
            }
            return result
        }

        /// The element here, after which the cursor steps back; nil before the first.
        @inline(__always)
        mutating func previous() -> (entry: Entry, score: Double)? {
            guard let node, node.count > 0 else { return nil }
            let result = (node.entries[index], node.scores[index])
            index &-= 1
            if index < 0 {
                self.node = node.previous
                index = (self.node?.count ?? 1) &- 1
            }
            return result
        }
    }

    /// The place of the element at `rank`, which must be less than `count`.
    func cursor(at rank: Int) -> Cursor {
        precondition(rank >= 0 && rank < count, "a rank outside of the sorted set")
        var rest = rank
        var node = root
        while node.level > 0 {
            var index = 0
            while rest >= Int(node.counts[index]) {
                rest -= Int(node.counts[index])
                index += 1
            }
            node = node.children[index]
        }
        return Cursor(node: node, index: rest)
    }

    /// Checks the invariants; for tests.
    func validate() -> Bool { Self.validate(root, isRoot: true) == count }

    /// The number of elements below a sound node, -1 for an unsound one.
    private static func validate(_ node: ScoreTreeNode, isRoot: Bool) -> Int {
        if !isRoot, node.count == 0 { return -1 }
        for index in 1..<max(1, node.count) {
            let before = ScoreTreeNode.precedes(
                node.scores[index - 1],
                node.entries[index - 1],
                node.scores[index],
                node.entries[index].key
            )
            if !before { return -1 }
        }
        if node.level == 0 { return node.count }
        var total = 0
        for index in 0..<node.count {
            let child = node.children[index]
            let below = validate(child, isRoot: false)
            let isFirst = child.entries[0].base == node.entries[index].base && child.scores[0] == node.scores[index]
            if child.level != node.level - 1 || below != Int(node.counts[index]) || !isFirst { return -1 }
            total += below
        }
        return total
    }
}
