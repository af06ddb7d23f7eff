// A B+tree of index entries in raw memory: nodes of 2 KiB, leaves linked both ways.
//
//     entry: prefix (8 bytes of the key, order-preserving) | payload (8 bytes)
//       exact:  payload = null rank (2 bits) | row            the prefix is the whole key
//       keyed:  payload = address of { row, length, bytes }   the prefix is its first 8 bytes
//     leaf:   head 32 | 126 entries                            inner: head 32 | 83 separators | 84 children
//
// Invariants: entries ascend by (key, row) and are unique; separator i is at most every entry under child i + 1 and above every
// entry under child i; a separator of a keyed tree owns a copy of its key; an empty leaf is unlinked at once, other underfull
// nodes stay (as in PostgreSQL: deletions are usually followed by insertions nearby). Checked by `checkInvariants`.

import Glibc

struct BTreeEntry {
    var prefix: UInt64
    var payload: UInt64
}

struct BTree: ~Copyable {
    typealias Node = UnsafeMutableRawPointer
    static let nodeSize = 2048
    static let leafCapacity = 126
    static let innerCapacity = 84
    static let childrenOffset = 32 + 83 * 16

    let isExact: Bool
    private(set) var root: Node
    private(set) var count = 0
    private(set) var nodeCount = 1
    private(set) var keyBytes = 0
    /// Changes with every insert and removal: a cursor that finds another value seeks anew.
    private(set) var version = 0

    init(isExact: Bool) {
        self.isExact = isExact
        root = BTree.makeNode(isLeaf: true)
    }

    deinit { BTree.freeTree(root, isExact) }

    private static func freeTree(_ node: Node, _ isExact: Bool) {
        if isLeaf(node) {
            if !isExact { for position in 0..<count(node) { free(address(entries(node)[position].payload)) } }
        } else {
            for position in 0..<count(node) { freeTree(children(node)[position], isExact) }
            if !isExact, count(node) > 1 {
                for position in 0..<(count(node) - 1) { free(address(entries(node)[position].payload)) }
            }
        }
        free(node)
    }

    var byteCount: Int { nodeCount * Self.nodeSize + keyBytes }

    // MARK: nodes

    private static func makeNode(isLeaf: Bool) -> Node {
        guard let node = malloc(nodeSize) else { preconditionFailure("out of memory") }
        node.initializeMemory(as: UInt8.self, repeating: 0, count: 32)
        node.storeBytes(of: isLeaf ? 1 : 0, toByteOffset: 4, as: UInt8.self)
        return node
    }
    static func isLeaf(_ node: Node) -> Bool { node.load(fromByteOffset: 4, as: UInt8.self) == 1 }
    /// Entries of a leaf, children of an inner node.
    static func count(_ node: Node) -> Int { Int(node.load(as: UInt32.self)) }
    static func setCount(_ node: Node, _ count: Int) { node.storeBytes(of: UInt32(count), as: UInt32.self) }
    static func next(_ node: Node) -> Node? { node.load(fromByteOffset: 8, as: Node?.self) }
    static func setNext(_ node: Node, _ next: Node?) { node.storeBytes(of: next, toByteOffset: 8, as: Node?.self) }
    static func previous(_ node: Node) -> Node? { node.load(fromByteOffset: 16, as: Node?.self) }
    static func setPrevious(_ node: Node, _ node2: Node?) {
        node.storeBytes(of: node2, toByteOffset: 16, as: Node?.self)
    }
    static func entries(_ node: Node) -> UnsafeMutablePointer<BTreeEntry> {
        (node + 32).assumingMemoryBound(to: BTreeEntry.self)
    }
    static func children(_ node: Node) -> UnsafeMutablePointer<Node> {
        (node + childrenOffset).assumingMemoryBound(to: Node.self)
    }
    static func address(_ payload: UInt64) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: UInt(payload))
    }

    // MARK: entries

    /// rank: 0 NULL first, 1 a value, 2 NULL last.
    static func exactEntry(_ prefix: UInt64, rank: UInt64, _ row: RowID) -> BTreeEntry {
        BTreeEntry(prefix: prefix, payload: rank << 62 | UInt64(row))
    }

    /// An entry that owns a copy of the key.
    static func keyedEntry(_ key: UnsafeRawBufferPointer, _ row: RowID) -> BTreeEntry {
        guard let block = malloc(8 + key.count) else { preconditionFailure("out of memory") }
        block.storeBytes(of: row, as: UInt32.self)
        block.storeBytes(of: UInt32(key.count), toByteOffset: 4, as: UInt32.self)
        if let source = key.baseAddress { (block + 8).copyMemory(from: source, byteCount: key.count) }
        return BTreeEntry(prefix: prefix(key), payload: UInt64(UInt(bitPattern: block)))
    }

    static func prefix(_ key: UnsafeRawBufferPointer) -> UInt64 {
        if key.count >= 8 { return UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) }
        var word: UInt64 = 0
        for position in 0..<8 { word = (word << 8) | (position < key.count ? UInt64(key[position]) : 0) }
        return word
    }

    func key(_ entry: BTreeEntry) -> UnsafeRawBufferPointer {
        guard !isExact, let block = BTree.address(entry.payload) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: block + 8, count: Int(block.load(fromByteOffset: 4, as: UInt32.self)))
    }

    func row(_ entry: BTreeEntry) -> RowID {
        if isExact { return UInt32(truncatingIfNeeded: entry.payload) }
        return BTree.address(entry.payload)?.load(as: UInt32.self) ?? 0
    }

    func discard(_ entry: BTreeEntry) {
        if !isExact { free(BTree.address(entry.payload)) }
    }

    func isLess(_ a: BTreeEntry, _ b: BTreeEntry) -> Bool {
        if isExact {
            let ra = a.payload >> 62
            let rb = b.payload >> 62
            if ra != rb { return ra < rb }
            if a.prefix != b.prefix { return a.prefix < b.prefix }
            return a.payload < b.payload
        }
        if a.prefix != b.prefix { return a.prefix < b.prefix }
        let order = BTree.compare(key(a), key(b))
        return order != 0 ? order < 0 : row(a) < row(b)
    }

    static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let shared = min(a.count, b.count)
        if shared > 0, let x = a.baseAddress, let y = b.baseAddress {
            let order = memcmp(x, y, shared)
            if order != 0 { return Int(order) }
        }
        return a.count - b.count
    }

    // MARK: change

    /// Adds the entry; takes over its key. An entry that is there already is dropped.
    mutating func insert(_ entry: BTreeEntry) {
        version &+= 1
        guard let (separator, right) = insert(entry, into: root) else { return }
        let top = BTree.makeNode(isLeaf: false)
        nodeCount += 1
        BTree.children(top)[0] = root
        BTree.children(top)[1] = right
        BTree.entries(top)[0] = separator
        BTree.setCount(top, 2)
        root = top
    }

    private func separator(_ entry: BTreeEntry) -> BTreeEntry {
        isExact ? entry : BTree.keyedEntry(key(entry), row(entry))
    }

    /// First position whose entry is not less.
    private func lowerBound(_ node: Node, _ entry: BTreeEntry) -> Int {
        var low = 0
        var high = BTree.count(node)
        let entries = BTree.entries(node)
        while low < high {
            let middle = (low + high) >> 1
            if isLess(entries[middle], entry) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func childPosition(_ node: Node, _ entry: BTreeEntry) -> Int {
        var low = 0
        var high = BTree.count(node) - 1
        let separators = BTree.entries(node)
        while low < high {
            let middle = (low + high) >> 1
            if isLess(entry, separators[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private mutating func insert(_ entry: BTreeEntry, into node: Node) -> (BTreeEntry, Node)? {
        if BTree.isLeaf(node) {
            let position = lowerBound(node, entry)
            let count = BTree.count(node)
            let entries = BTree.entries(node)
            if position < count, !isLess(entry, entries[position]) {
                discard(entry)
                return nil
            }
            self.count += 1
            if !isExact { keyBytes += 8 + key(entry).count }
            if count < Self.leafCapacity {
                (entries + position + 1).update(from: entries + position, count: count - position)
                entries[position] = entry
                BTree.setCount(node, count + 1)
                return nil
            }
            let right = BTree.makeNode(isLeaf: true)
            nodeCount += 1
            // Ascending insertion leaves full leaves behind.
            let split = position == count && BTree.next(node) == nil ? count : count / 2
            let moved = count - split
            if moved > 0 { BTree.entries(right).update(from: entries + split, count: moved) }
            BTree.setCount(right, moved)
            BTree.setCount(node, split)
            let after = BTree.next(node)
            BTree.setNext(right, after)
            BTree.setPrevious(right, node)
            if let after { BTree.setPrevious(after, right) }
            BTree.setNext(node, right)
            let (target, at) = position >= split ? (right, position - split) : (node, position)
            let targetCount = BTree.count(target)
            let targetEntries = BTree.entries(target)
            (targetEntries + at + 1).update(from: targetEntries + at, count: targetCount - at)
            targetEntries[at] = entry
            BTree.setCount(target, targetCount + 1)
            return (separator(BTree.entries(right)[0]), right)
        }
        let position = childPosition(node, entry)
        guard let (separator, child) = insert(entry, into: BTree.children(node)[position]) else { return nil }
        let count = BTree.count(node)
        if count < Self.innerCapacity {
            addChild(node, at: position, separator, child)
            return nil
        }
        let right = BTree.makeNode(isLeaf: false)
        nodeCount += 1
        let split = position == count - 1 ? count - 1 : count / 2
        // Children split… go right; the separator before them goes up.
        let moved = count - split
        BTree.children(right).update(from: BTree.children(node) + split, count: moved)
        if moved > 1 { BTree.entries(right).update(from: BTree.entries(node) + split, count: moved - 1) }
        let up = BTree.entries(node)[split - 1]
        BTree.setCount(right, moved)
        BTree.setCount(node, split)
        if position >= split {
            addChild(right, at: position - split, separator, child)
        } else {
            addChild(node, at: position, separator, child)
        }
        return (up, right)
    }

    private func addChild(_ node: Node, at position: Int, _ separator: BTreeEntry, _ child: Node) {
        let count = BTree.count(node)
        let children = BTree.children(node)
        let separators = BTree.entries(node)
        (children + position + 2).update(from: children + position + 1, count: count - position - 1)
        children[position + 1] = child
        (separators + position + 1).update(from: separators + position, count: count - 1 - position)
        separators[position] = separator
        BTree.setCount(node, count + 1)
    }

    /// Removes the entry if it is there. Does not take over its key.
    mutating func remove(_ entry: BTreeEntry) {
        version &+= 1
        _ = remove(entry, from: root)
        while !BTree.isLeaf(root), BTree.count(root) == 1 {
            let child = BTree.children(root)[0]
            free(root)
            nodeCount -= 1
            root = child
        }
        if !BTree.isLeaf(root), BTree.count(root) == 0 {
            free(root)
            root = BTree.makeNode(isLeaf: true)
        }
    }

    /// - Returns: true if the node is now empty.
    private mutating func remove(_ entry: BTreeEntry, from node: Node) -> Bool {
        let count = BTree.count(node)
        if BTree.isLeaf(node) {
            let position = lowerBound(node, entry)
            let entries = BTree.entries(node)
            guard position < count, !isLess(entry, entries[position]) else { return false }
            self.count -= 1
            if !isExact { keyBytes -= 8 + key(entries[position]).count }
            discard(entries[position])
            (entries + position).update(from: entries + position + 1, count: count - position - 1)
            BTree.setCount(node, count - 1)
            return count == 1
        }
        let position = childPosition(node, entry)
        let child = BTree.children(node)[position]
        guard remove(entry, from: child) else { return false }
        if BTree.isLeaf(child) {
            if let before = BTree.previous(child) { BTree.setNext(before, BTree.next(child)) }
            if let after = BTree.next(child) { BTree.setPrevious(after, BTree.previous(child)) }
        }
        free(child)
        nodeCount -= 1
        let children = BTree.children(node)
        let separators = BTree.entries(node)
        (children + position).update(from: children + position + 1, count: count - position - 1)
        if count > 1 {
            let gone = max(position - 1, 0)
            discard(separators[gone])
            (separators + gone).update(from: separators + gone + 1, count: count - 2 - gone)
        }
        BTree.setCount(node, count - 1)
        return count == 1
    }

    /// Fills an empty tree from ascending, unique entries.
    mutating func build(_ sorted: UnsafeBufferPointer<BTreeEntry>) {
        precondition(count == 0, "only an empty tree is built")
        guard !sorted.isEmpty else { return }
        version &+= 1
        free(root)
        nodeCount = 0
        var level: [(node: Node, first: BTreeEntry)] = []
        var position = 0
        var previous: Node?
        while position < sorted.count {
            let take = min(Self.leafCapacity - 8, sorted.count - position)
            let leaf = BTree.makeNode(isLeaf: true)
            nodeCount += 1
            if let source = sorted.baseAddress { BTree.entries(leaf).update(from: source + position, count: take) }
            BTree.setCount(leaf, take)
            BTree.setPrevious(leaf, previous)
            if let previous { BTree.setNext(previous, leaf) }
            previous = leaf
            level.append((leaf, sorted[position]))
            position += take
        }
        count = sorted.count
        if !isExact { for entry in sorted { keyBytes += 8 + key(entry).count } }
        while level.count > 1 {
            var above: [(node: Node, first: BTreeEntry)] = []
            var start = 0
            while start < level.count {
                var take = min(Self.innerCapacity - 4, level.count - start)
                if level.count - start - take == 1 { take += 1 }
                let inner = BTree.makeNode(isLeaf: false)
                nodeCount += 1
                for offset in 0..<take {
                    BTree.children(inner)[offset] = level[start + offset].node
                    if offset > 0 { BTree.entries(inner)[offset - 1] = separator(level[start + offset].first) }
                }
                BTree.setCount(inner, take)
                above.append((inner, level[start].first))
                start += take
            }
            level = above
        }
        root = level[0].node
    }

    // MARK: search

    /// Where a search begins or ends: a key or the beginning of one. In an exact tree the key is the rank and the word.
    struct Bound {
        var rank: UInt64 = 1
        var word: UInt64 = 0
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Negative, 0, positive: the entry's key (cut to the bound's length) against the bound.
    func compare(_ entry: BTreeEntry, _ bound: Bound) -> Int {
        if isExact {
            let rank = entry.payload >> 62
            if rank != bound.rank { return rank < bound.rank ? -1 : 1 }
            return entry.prefix == bound.word ? 0 : entry.prefix < bound.word ? -1 : 1
        }
        let full = key(entry)
        let cut = UnsafeRawBufferPointer(start: full.baseAddress, count: min(full.count, bound.key.count))
        return BTree.compare(cut, bound.key)
    }

    /// A place in the leaves: the entry at `position` comes next going forward, the one before it going backward.
    struct Place {
        var leaf: Node
        var position: Int
    }

    /// The place before the first entry at least (`after`: greater than) the bound.
    func seek(_ bound: Bound, after: Bool) -> Place {
        var node = root
        while true {
            var low = 0
            let isLeaf = BTree.isLeaf(node)
            var high = isLeaf ? BTree.count(node) : BTree.count(node) - 1
            let entries = BTree.entries(node)
            while low < high {
                let middle = (low + high) >> 1
                let order = compare(entries[middle], bound)
                if order < 0 || (after && order == 0) { low = middle + 1 } else { high = middle }
            }
            if isLeaf { return Place(leaf: node, position: low) }
            node = BTree.children(node)[low]
        }
    }

    /// The place behind (`true`) or before the entry itself, present or not.
    func seek(_ entry: BTreeEntry, behind: Bool) -> Place {
        var node = root
        while !BTree.isLeaf(node) { node = BTree.children(node)[childPosition(node, entry)] }
        var position = lowerBound(node, entry)
        if behind, position < BTree.count(node), !isLess(entry, BTree.entries(node)[position]) { position += 1 }
        return Place(leaf: node, position: position)
    }

    var first: Place {
        var node = root
        while !BTree.isLeaf(node) { node = BTree.children(node)[0] }
        return Place(leaf: node, position: 0)
    }

    var last: Place {
        var node = root
        while !BTree.isLeaf(node) { node = BTree.children(node)[BTree.count(node) - 1] }
        return Place(leaf: node, position: BTree.count(node))
    }

    func next(_ place: inout Place) -> BTreeEntry? {
        while place.position >= BTree.count(place.leaf) {
            guard let next = BTree.next(place.leaf) else { return nil }
            place = Place(leaf: next, position: 0)
        }
        place.position += 1
        return BTree.entries(place.leaf)[place.position - 1]
    }

    func previous(_ place: inout Place) -> BTreeEntry? {
        while place.position == 0 {
            guard let previous = BTree.previous(place.leaf) else { return nil }
            place = Place(leaf: previous, position: BTree.count(previous))
        }
        place.position -= 1
        return BTree.entries(place.leaf)[place.position]
    }

    // MARK: invariants

    /// What is wrong with the tree, nil if nothing. O(n); for tests.
    func checkInvariants() -> String? {
        var place = first
        var seen = 0
        var last: BTreeEntry?
        while let entry = next(&place) {
            if let last, !isLess(last, entry) { return "entries do not ascend at \(seen)" }
            last = entry
            seen += 1
        }
        if seen != count { return "\(seen) entries in the leaves, \(count) counted" }
        return check(root, low: nil, high: nil, depth: 0).problem
    }

    private func check(_ node: Node, low: BTreeEntry?, high: BTreeEntry?, depth: Int) -> (problem: String?, height: Int)
    {
        let count = BTree.count(node)
        if BTree.isLeaf(node) {
            if count == 0, node != root { return ("an empty leaf is linked", 0) }
            for position in 0..<count {
                let entry = BTree.entries(node)[position]
                if let low, isLess(entry, low) { return ("an entry is below its separator", 0) }
                if let high, !isLess(entry, high) { return ("an entry is above its separator", 0) }
            }
            return (nil, 1)
        }
        if count == 0 { return ("an inner node without children", 0) }
        var height = -1
        for position in 0..<count {
            let lower = position == 0 ? low : BTree.entries(node)[position - 1]
            let upper = position == count - 1 ? high : BTree.entries(node)[position]
            let below = check(BTree.children(node)[position], low: lower, high: upper, depth: depth + 1)
            if let problem = below.problem { return (problem, 0) }
            if height >= 0, height != below.height { return ("leaves at different depths", 0) }
            height = below.height
        }
        return (nil, height + 1)
    }
}
