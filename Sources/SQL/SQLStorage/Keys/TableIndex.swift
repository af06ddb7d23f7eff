// An index of a table: a B+tree in key order and, for a unique key, a hash beside it.
//
//     point look-up ─▶ hash (unique) or tree      range, order ─▶ tree
//
// Invariant: for each row there is an entry per distinct key among its versions, so whoever finds a row here must look whether the
// version it sees has the key.

import Bytes

public final class TableIndex {
    public let name: String
    /// The index relation's OID.
    public let identifier: UInt32
    public let columns: [KeyColumn]
    public let isUnique: Bool
    unowned let table: TableStore
    private var hash: HashIndex
    private var tree: BTree
    private let seed: UInt64
    private var scratch = ByteBuffer()

    init(name: String, identifier: UInt32, columns: [KeyColumn], isUnique: Bool, table: TableStore, seed: UInt64) {
        self.name = name
        self.identifier = identifier
        self.columns = columns
        self.isUnique = isUnique
        self.table = table
        self.seed = seed
        hash = HashIndex()
        tree = BTree(isExact: columns.count == 1 && columns[0].isExact)
    }

    public var byteCount: Int { tree.byteCount + hash.byteCount }
    public var entryCount: Int { tree.count }

    // MARK: keys of rows

    private func entry(_ row: UnsafeMutableRawPointer, _ slot: RowID) -> BTreeEntry {
        if tree.isExact { return exactEntry(table.datum(row, columns[0].column), slot) }
        scratch.removeAll(keepingCapacity: true)
        for column in columns { column.encode(table.datum(row, column.column), to: &scratch) }
        return BTree.keyedEntry(scratch.bytes, slot)
    }

    private func exactEntry(_ datum: Datum, _ slot: RowID) -> BTreeEntry {
        if datum.isNull { return BTree.exactEntry(0, rank: columns[0].nullsFirst ? 0 : 2, slot) }
        return BTree.exactEntry(columns[0].word(datum), rank: 1, slot)
    }

    private func tag(_ row: UnsafeMutableRawPointer) -> UInt32 {
        var state = seed
        for column in columns { column.hash(table.datum(row, column.column), into: &state) }
        return UInt32(truncatingIfNeeded: state >> 16)
    }

    /// `values`: one per key column.
    private func tag(_ values: UnsafePointer<Datum>) -> UInt32 {
        var state = seed
        for position in columns.indices { columns[position].hash(values[position], into: &state) }
        return UInt32(truncatingIfNeeded: state >> 16)
    }

    private func hasNull(_ row: UnsafeMutableRawPointer) -> Bool {
        for column in columns where table.isNull(row, column.column) { return true }
        return false
    }

    /// True if the version has these key values.
    public func matches(_ row: UnsafeMutableRawPointer, _ values: UnsafePointer<Datum>) -> Bool {
        for position in columns.indices
        where !columns[position].areEqual(table.datum(row, columns[position].column), values[position]) {
            return false
        }
        return true
    }

    /// True if the two versions have different keys.
    func differs(_ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer) -> Bool {
        for column in columns {
            let x = table.datum(a, column.column)
            let y = table.datum(b, column.column)
            if x.word == y.word, x.count == y.count { continue }
            if !column.areEqual(x, y) { return true }
        }
        return false
    }

    func isKeyShared(_ row: UnsafeMutableRawPointer, withVersionsFrom slot: UInt32) -> Bool {
        table.anyVersion(from: slot) { other in other != row && !differs(other, row) }
    }

    // MARK: entries

    func add(_ row: UnsafeMutableRawPointer, _ slot: RowID) {
        tree.insert(entry(row, slot))
        if isUnique, !hasNull(row) { hash.insert(tag: tag(row), slot) }
    }

    func remove(_ row: UnsafeMutableRawPointer, _ slot: RowID) {
        let gone = entry(row, slot)
        tree.remove(gone)
        tree.discard(gone)
        guard isUnique, !hasNull(row) else { return }
        // Another version may have a different key of the same tag: then the shared entry stays.
        let tag = tag(row)
        if table.anyVersion(from: slot, { $0 != row && !hasNull($0) && self.tag($0) == tag }) { return }
        hash.remove(tag: tag, slot)
    }

    /// Fills the index from the table's present rows, all versions of them.
    func build() {
        var entries: [BTreeEntry] = []
        entries.reserveCapacity(table.liveRows)
        if isUnique { hash = HashIndex(expected: table.liveRows) }
        var isAscending = true
        for slot in 0..<table.slotCount {
            let head = table.pointer(slot)
            guard head.xminWord & RowHeader.head != 0 else { continue }
            var version = head
            while true {
                if version == head || !isKeyShared(version, after: head) {
                    let entry = entry(version, slot)
                    if let last = entries.last, !tree.isLess(last, entry) { isAscending = false }
                    entries.append(entry)
                    if isUnique, !hasNull(version) { hash.insert(tag: tag(version), slot) }
                }
                guard version.older != TableStore.none else { break }
                version = table.pointer(version.older)
            }
        }
        if !isAscending {
            let isExact = tree.isExact
            if isExact {
                entries.sort { a, b in
                    let ra = a.payload >> 62
                    let rb = b.payload >> 62
                    if ra != rb { return ra < rb }
                    if a.prefix != b.prefix { return a.prefix < b.prefix }
                    return a.payload < b.payload
                }
            } else {
                entries.sort { tree.isLess($0, $1) }
            }
        }
        entries.withUnsafeBufferPointer { tree.build($0) }
    }

    /// True if a version between `head` and `version` has the same key: its entry serves both.
    private func isKeyShared(_ version: UnsafeMutableRawPointer, after head: UnsafeMutableRawPointer) -> Bool {
        var other = head
        while other != version {
            if !differs(other, version) { return true }
            other = table.pointer(other.older)
        }
        return false
    }

    // MARK: look-up

    /// The visible row with this key; only for a unique index and values without NULL. O(1).
    public func find(_ values: UnsafePointer<Datum>, _ snapshot: Snapshot) -> (
        slot: RowID, row: UnsafeMutableRawPointer
    )? {
        let tag = tag(values)
        var position = -1
        while let slot = hash.next(tag: tag, &position) {
            guard let row = table.visible(slot, snapshot), matches(row, values) else { continue }
            return (slot, row)
        }
        return nil
    }

    /// The outcome of a uniqueness check.
    public enum UniqueCheck: Equatable {
        case free
        case taken(RowID)
        /// Another open transaction decides: wait for it.
        case blocked(on: TransactionID)
    }

    /// Whether a row with this key may be stored. NULL in a key never collides. `except`: the row being updated.
    public func check(_ values: UnsafePointer<Datum>, _ transaction: Transaction, except: RowID? = nil) -> UniqueCheck {
        for position in columns.indices where values[position].isNull { return .free }
        let tag = tag(values)
        var position = -1
        while let slot = hash.next(tag: tag, &position) {
            if slot == except { continue }
            let row = table.pointer(slot)
            let maker = row.xminWord & RowHeader.idMask
            if maker != transaction.id, transaction.manager.isOpen(maker) {
                // Taken if it commits with this key, or if it aborts and the version before has it.
                if matches(row, values) { return .blocked(on: maker) }
                if row.older != TableStore.none,
                    table.anyVersion(from: row.older, { matches($0, values) })
                {
                    return .blocked(on: maker)
                }
                continue
            }
            guard matches(row, values) else { continue }
            let xmax = row.xmaxWord
            if xmax == 0 || xmax & RowHeader.lock != 0 { return .taken(slot) }
            let deleter = xmax & RowHeader.idMask
            if deleter != transaction.id, transaction.manager.isOpen(deleter) { return .blocked(on: deleter) }
        }
        return .free
    }

    // MARK: scan

    /// One end of a range: values for the first key columns.
    public struct Limit {
        public var values: [Datum]
        public var isInclusive: Bool
        public init(values: [Datum], isInclusive: Bool) {
            self.values = values
            self.isInclusive = isInclusive
        }
    }

    /// Walks entries in key order. A chunk at a time, so that changes between chunks do no harm.
    public final class Cursor {
        private let index: TableIndex
        private let lower: Limit?
        private let upper: Limit?
        private let isBackward: Bool
        private var lowerKey = ByteBuffer()
        private var upperKey = ByteBuffer()
        private var last: BTreeEntry?
        private var isDone = false
        private var started = false
        private var chunk: [RowID] = []
        private var position = 0

        init(_ index: TableIndex, _ lower: Limit?, _ upper: Limit?, isBackward: Bool) {
            self.index = index
            self.lower = lower
            self.upper = upper
            self.isBackward = isBackward
            if let lower { index.encode(lower, to: &lowerKey) }
            if let upper { index.encode(upper, to: &upperKey) }
        }

        deinit {
            if let last { index.tree.discard(last) }
        }

        /// The next row id; the caller looks for the visible version and tests the condition again.
        public func next() -> RowID? {
            if position == chunk.count {
                if isDone { return nil }
                refill()
                if chunk.isEmpty { return nil }
            }
            position += 1
            return chunk[position - 1]
        }

        /// A row whose key was changed stands in the index once per key: true the second time it comes by.
        fileprivate func isRepeated(_ row: RowID) -> Bool { !seenChanged.insert(row).inserted }
        private var seenChanged: Set<RowID> = []

        private func refill() {
            let wanted = started ? 256 : 16
            chunk.removeAll(keepingCapacity: true)
            position = 0
            var place: BTree.Place
            if let last {
                place = index.tree.seek(last, behind: !isBackward)
            } else if isBackward {
                place =
                    upper.map { index.tree.seek(index.bound($0, upperKey.bytes), after: $0.isInclusive) }
                    ?? index.tree.last
            } else {
                place =
                    lower.map { index.tree.seek(index.bound($0, lowerKey.bytes), after: !$0.isInclusive) }
                    ?? index.tree.first
            }
            started = true
            var final: BTreeEntry?
            while chunk.count < wanted {
                guard let entry = isBackward ? index.tree.previous(&place) : index.tree.next(&place) else {
                    isDone = true
                    break
                }
                if isBackward, let lower {
                    let order = index.tree.compare(entry, index.bound(lower, lowerKey.bytes))
                    if order < 0 || (order == 0 && !lower.isInclusive) {
                        isDone = true
                        break
                    }
                } else if !isBackward, let upper {
                    let order = index.tree.compare(entry, index.bound(upper, upperKey.bytes))
                    if order > 0 || (order == 0 && !upper.isInclusive) {
                        isDone = true
                        break
                    }
                }
                final = entry
                chunk.append(index.tree.row(entry))
            }
            if isDone { return }
            if let last { index.tree.discard(last) }
            last = final.map { index.tree.isExact ? $0 : BTree.keyedEntry(index.tree.key($0), index.tree.row($0)) }
        }
    }

    private func encode(_ limit: Limit, to output: inout ByteBuffer) {
        guard !tree.isExact else { return }
        for (position, value) in limit.values.enumerated() { columns[position].encode(value, to: &output) }
    }

    private func bound(_ limit: Limit, _ key: UnsafeRawBufferPointer) -> BTree.Bound {
        guard tree.isExact, let value = limit.values.first else { return BTree.Bound(key: key) }
        if value.isNull { return BTree.Bound(rank: columns[0].nullsFirst ? 0 : 2) }
        return BTree.Bound(rank: 1, word: columns[0].word(value))
    }

    /// True if the entry under the cursor belongs to another version than the visible one, or was met before. Costs nothing for a
    /// row with a single version.
    public func isStale(_ slot: RowID, _ visible: UnsafeMutableRawPointer, _ cursor: Cursor) -> Bool {
        let head = table.pointer(slot)
        guard head.older != TableStore.none else { return false }
        return cursor.isRepeated(slot)
    }

    /// Rows in key order between the limits, both ends optional.
    public func scan(from lower: Limit?, to upper: Limit?, isBackward: Bool = false) -> Cursor {
        Cursor(self, lower, upper, isBackward: isBackward)
    }

    /// What is wrong with the index, nil if nothing. For tests.
    public func checkInvariants() -> String? { tree.checkInvariants() }
}

extension TableStore {
    /// Adds an index and fills it. With `isUnique`, rows that collide are the caller's to look for (`firstDuplicate`).
    public func addIndex(name: String, identifier: UInt32, columns: [KeyColumn], isUnique: Bool, seed: UInt64)
        -> TableIndex
    {
        let index = TableIndex(
            name: name,
            identifier: identifier,
            columns: columns,
            isUnique: isUnique,
            table: self,
            seed: seed
        )
        index.build()
        indexes.append(index)
        return index
    }

    public func removeIndex(_ index: TableIndex) {
        indexes.removeAll { $0 === index }
    }

    /// Puts a removed index back. - Precondition: the table has not changed since.
    public func restoreIndex(_ index: TableIndex) {
        indexes.append(index)
    }

    /// Two visible rows with equal keys, nil if all differ.
    public func firstDuplicate(_ index: TableIndex, _ snapshot: Snapshot) -> RowID? {
        var previous: UnsafeMutableRawPointer?
        let cursor = index.scan(from: nil, to: nil)
        while let slot = cursor.next() {
            guard let row = visible(slot, snapshot) else { continue }
            if index.columns.contains(where: { isNull(row, $0.column) }) { continue }
            if let previous, previous != row, !index.differs(previous, row) { return slot }
            previous = row
        }
        return nil
    }
}
