import RESP

/// A sorted set: packed into the key's own allocation while it is small, a table and a tree when it is not.
///
///     packed   see `PackedSortedSet`
///     large    address of a `LargeSortedSet`: EntryTable member → score, and a ScoreTree over the same entries
///
/// A member is stored once, as an entry of the table. Every range (of ranks, scores, members) becomes a range of ranks
/// first; what then is done with it is written once. What `OBJECT ENCODING` says follows redis.conf's thresholds and is
/// a bit of its own, independent of how the bytes lie.
enum SortedSetValue {
    /// Bit 0 of the encoding: beyond redis.conf's thresholds, so called `skiplist`.
    private static let skiplistBit: UInt8 = 1
    /// Bit 1: a `LargeSortedSet`.
    private static let largeBit: UInt8 = 2

    struct Thresholds {
        var entries = 128
        var value = 64
    }

    @inline(__always)
    private static func isLarge(_ entry: Entry) -> Bool { entry.encoding & largeBit != 0 }

    private static func large(_ entry: Entry) -> UnsafeMutablePointer<LargeSortedSet> {
        guard let pointer = entry.pointer else { preconditionFailure("a large sorted set has no address") }
        return pointer.assumingMemoryBound(to: LargeSortedSet.self)
    }

    /// Whether redis would have a listpack here.
    @inline(__always)
    static func isCalledListpack(_ entry: Entry) -> Bool { entry.encoding & skiplistBit == 0 }

    static func encodingName(_ entry: Entry) -> StaticString { isCalledListpack(entry) ? "listpack" : "skiplist" }

    /// Makes `OBJECT ENCODING` say skiplist from now on.
    static func callSkiplist(_ entry: Entry) { entry.setEncoding(entry.encoding | skiplistBit) }

    /// Redis's listpack keeps minus zero as the integer 0.
    @inline(__always)
    private static func stored(_ score: Double, in entry: Entry) -> Double {
        score == 0 && isCalledListpack(entry) ? 0 : score
    }

    // MARK: Reading

    @inline(__always)
    static func count(_ entry: Entry) -> Int {
        isLarge(entry) ? large(entry).pointee.order.count : PackedSortedSet.count(entry)
    }

    static func score(of member: ByteSlice, in entry: Entry, _ hash: KeyHash) -> Double? {
        if isLarge(entry) { return large(entry).pointee.find(member, hash(member))?.score }
        return PackedSortedSet.locate(member, entry)?.element.score
    }

    /// How many stand before a member.
    static func rank(of member: ByteSlice, in entry: Entry, _ hash: KeyHash) -> Int? {
        guard isLarge(entry) else { return PackedSortedSet.locate(member, entry)?.rank }
        guard let found = large(entry).pointee.find(member, hash(member)) else { return nil }
        return large(entry).pointee.order.rank(of: found, found.score)
    }

    /// Shows the elements of a range of ranks, which must be within the set.
    static func forEach(
        _ entry: Entry,
        _ ranks: Range<Int>,
        reversed: Bool = false,
        _ body: (ByteSlice, Double) -> Void
    ) {
        guard isLarge(entry) else { return PackedSortedSet.forEach(entry, ranks, reversed: reversed, body) }
        guard !ranks.isEmpty else { return }
        var cursor = large(entry).pointee.order.cursor(at: reversed ? ranks.upperBound - 1 : ranks.lowerBound)
        for _ in ranks {
            guard let element = reversed ? cursor.previous() : cursor.next() else { return }
            body(element.entry.key, element.score)
        }
    }

    /// Shows every element in order.
    static func forEach(_ entry: Entry, _ body: (ByteSlice, Double) -> Void) {
        forEach(entry, 0..<count(entry), body)
    }

    /// The ranks of the elements within a range of scores.
    static func ranks(of range: ScoreRange, in entry: Entry) -> Range<Int> {
        let lower: Int
        let upper: Int
        if isLarge(entry) {
            lower = large(entry).pointee.order.count { score, _ in !range.isAboveMinimum(score) }
            upper = large(entry).pointee.order.count { score, _ in range.isBelowMaximum(score) }
        } else {
            var cursor = PackedSortedSet.Cursor(entry)
            var (below, within) = (0, 0)
            while let element = cursor.next(), range.isBelowMaximum(element.score) {
                if range.isAboveMinimum(element.score) { within += 1 } else { below += 1 }
            }
            (lower, upper) = (below, below + within)
        }
        return lower..<max(lower, upper)
    }

    /// The ranks of the elements within a range of members; meaningful where all scores are equal.
    ///
    /// Where they are not, a packed set answers as redis's listpack does: from whichever end the walk begins, it runs
    /// from the first member inside to the first outside.
    static func ranks(of range: LexRange, in entry: Entry, reversed: Bool = false) -> Range<Int> {
        if isLarge(entry) {
            let lower = large(entry).pointee.order.count { _, entry in !range.isAboveMinimum(entry.key) }
            let upper = large(entry).pointee.order.count { _, entry in range.isBelowMaximum(entry.key) }
            return lower..<max(lower, upper)
        }
        let count = PackedSortedSet.count(entry)
        return withUnsafeTemporaryAllocation(of: ByteSlice.self, capacity: max(1, count)) { members in
            var filled = 0
            var cursor = PackedSortedSet.Cursor(entry)
            while filled < count, let element = cursor.next() {
                members.initializeElement(at: filled, to: element.member)
                filled += 1
            }
            guard filled > 0, range.isAboveMinimum(members[filled - 1]), range.isBelowMaximum(members[0]) else {
                return 0..<0
            }
            if reversed {
                guard let last = (0..<filled).last(where: { range.isBelowMaximum(members[$0]) }) else { return 0..<0 }
                var first = last + 1
                while first > 0, range.isAboveMinimum(members[first - 1]) { first -= 1 }
                return first..<(last + 1)
            }
            guard let first = (0..<filled).first(where: { range.isAboveMinimum(members[$0]) }) else { return 0..<0 }
            var end = first
            while end < filled, range.isBelowMaximum(members[end]) { end += 1 }
            return first..<end
        }
    }

    /// One step of ZSCAN: packed sets are shown whole.
    static func scan(_ entry: Entry, from cursor: UInt64, _ body: (ByteSlice, Double) -> Void) -> UInt64 {
        guard isLarge(entry) else {
            forEach(entry, body)
            return 0
        }
        return large(entry).pointee.members.scan(from: cursor) { body($0.key, $0.score) }
    }

    /// Bytes of what the entry points at.
    static func memory(_ entry: Entry) -> Int { isLarge(entry) ? large(entry).pointee.memory : 0 }

    // MARK: Writing

    /// A sorted set without members; the first `insert` follows at once.
    static func makeEmpty(key: ByteSlice, expiry: Int64?, clock: UInt32, capacity: Int = 0) -> Entry {
        let entry = Entry.allocate(
            type: .sortedSet,
            key: key,
            valueCount: PackedSortedSet.headerCount,
            capacity: capacity,
            expiry: expiry,
            clock: clock
        )
        entry.valueStart.storeBytes(of: 0, as: UInt16.self)
        return entry
    }

    /// What an addition does to a member: decides the new score from the old one (nil when the member is new), or nil
    /// to leave everything as it is.
    ///
    /// `slot` is given another entry where needed. `member` must not lie in the set itself.
    /// - Returns: what was done.
    @inline(__always)
    static func update(
        _ member: ByteSlice,
        in slot: Slot,
        _ hash: KeyHash,
        _ thresholds: Thresholds,
        _ newScore: (Double?) -> Double?
    ) -> Change {
        if isLarge(slot.entry) {
            let set = large(slot.entry)
            let memberHash = hash(member)
            if let found = set.pointee.find(member, memberHash) {
                let old = found.score
                guard let score = newScore(old), score != old else { return .none }
                let kept = stored(score, in: slot.entry)
                set.pointee.order.move(found, from: old, to: kept)
                found.score = kept
                return .moved
            }
            guard let score = newScore(nil) else { return .none }
            noteAddition(of: member, slot.entry, thresholds)
            set.pointee.insert(member, stored(score, in: slot.entry), memberHash)
            return .added
        }
        if let (element, _) = PackedSortedSet.locate(member, slot.entry) {
            guard let score = newScore(element.score), score != element.score else { return .none }
            PackedSortedSet.move(element, member, to: stored(score, in: slot.entry), in: slot)
            return .moved
        }
        guard let score = newScore(nil) else { return .none }
        insert(member, score, in: slot, hash, thresholds)
        return .added
    }

    enum Change {
        case none, added, moved
    }

    /// Adds a member that is not there. `member` must not lie in the set itself.
    static func insert(
        _ member: ByteSlice,
        _ score: Double,
        in slot: Slot,
        _ hash: KeyHash,
        _ thresholds: Thresholds
    ) {
        if !isLarge(slot.entry), !PackedSortedSet.hasRoom(slot.entry, member) { enlarge(slot, hash) }
        noteAddition(of: member, slot.entry, thresholds)
        let kept = stored(score, in: slot.entry)
        if isLarge(slot.entry) {
            large(slot.entry).pointee.insert(member, kept, hash(member))
        } else {
            PackedSortedSet.insert(member, kept, in: slot)
        }
    }

    @inline(__always)
    private static func noteAddition(of member: ByteSlice, _ entry: Entry, _ thresholds: Thresholds) {
        if isCalledListpack(entry), member.count > thresholds.value || count(entry) >= thresholds.entries {
            callSkiplist(entry)
        }
    }

    /// Removes a member; false when there is none. The caller removes the key when the set is empty.
    static func remove(_ member: ByteSlice, in slot: Slot, _ hash: KeyHash) -> Bool {
        if isLarge(slot.entry) { return large(slot.entry).pointee.remove(member, hash(member)) }
        guard let (element, _) = PackedSortedSet.locate(member, slot.entry) else { return false }
        PackedSortedSet.remove(element, in: slot)
        return true
    }

    /// Removes the elements of a range of ranks, which must be within the set.
    static func remove(_ ranks: Range<Int>, in slot: Slot, _ hash: KeyHash) {
        guard !ranks.isEmpty else { return }
        guard isLarge(slot.entry) else { return PackedSortedSet.remove(ranks, in: slot) }
        let set = large(slot.entry)
        for _ in ranks {
            var cursor = set.pointee.order.cursor(at: ranks.lowerBound)
            guard let element = cursor.next() else { return }
            _ = set.pointee.remove(element.entry.key, hash(element.entry.key))
        }
    }

    /// Frees what the entry points at, not the entry.
    static func disposeContents(_ entry: Entry) {
        guard isLarge(entry) else { return }
        let set = large(entry)
        set.pointee.members.forEach { $0.deallocate() }
        set.deinitialize(count: 1)
        set.deallocate()
    }

    /// Bytes of what the entry points at; `size` tells those of the members.
    static func contentSize(_ entry: Entry, _ size: (borrowing EntryTable) -> Int) -> Int {
        guard isLarge(entry) else { return 0 }
        let set = large(entry)
        return set.pointee.memory + MemoryLayout<LargeSortedSet>.size + size(set.pointee.members)
    }

    static func isBig(_ entry: Entry) -> Bool {
        isLarge(entry) && large(entry).pointee.members.count > LazyFree.mostPiecesAtOnce
    }

    /// Gives some members, or nodes of the order, back. Returns whether little is left for `disposeContents`.
    static func dismantle(_ entry: Entry, _ place: inout Int, _ pieces: Int) -> Bool {
        large(entry).pointee.dismantle(&place, pieces)
    }

    /// Copies what the entry points at, so that a shallow copy of the entry becomes a deep one.
    static func copyContents(of source: Entry, into copy: Entry, _ hash: KeyHash) {
        guard isLarge(source) else { return }
        let set = UnsafeMutablePointer<LargeSortedSet>.allocate(capacity: 1)
        set.initialize(to: LargeSortedSet(hash: hash))
        forEach(source) { member, score in set.pointee.insert(member, score, hash(member)) }
        copy.pointer = UnsafeMutableRawPointer(set)
    }

    private static func enlarge(_ slot: Slot, _ hash: KeyHash) {
        let packed = slot.entry
        let set = UnsafeMutablePointer<LargeSortedSet>.allocate(capacity: 1)
        set.initialize(to: LargeSortedSet(hash: hash))
        forEach(packed) { member, score in set.pointee.insert(member, score, hash(member)) }
        let entry = Entry.allocate(
            type: .sortedSet,
            encoding: packed.encoding | largeBit,
            key: packed.key,
            valueCount: 8,
            expiry: packed.hasExpiry ? packed.expiry : nil,
            clock: packed.accessClock
        )
        entry.pointer = UnsafeMutableRawPointer(set)
        slot.replace(with: entry)
        packed.deallocate()
    }
}

/// A sorted set of many members: found through a table, ordered by a tree, stored once.
///
/// Invariant: table and tree hold the same entries, each with the same score.
struct LargeSortedSet: ~Copyable {
    private(set) var members: EntryTable
    fileprivate(set) var order = ScoreTree()

    init(hash: KeyHash) { members = EntryTable(hash: hash) }

    @inline(__always)
    func find(_ member: ByteSlice, _ hash: UInt64) -> Entry? { members.find(member, hash)?.entry }

    /// An entry as the table holds them: key the member, value the score.
    static func makeEntry(_ member: ByteSlice, _ score: Double) -> Entry {
        let entry = Entry.allocate(type: .string, key: member, valueCount: 8, expiry: nil, clock: 0)
        entry.score = score
        return entry
    }

    mutating func insert(_ member: ByteSlice, _ score: Double, _ hash: UInt64) {
        let entry = Self.makeEntry(member, score)
        _ = members.insert(entry, hash)
        order.insert(entry, score)
    }

    mutating func remove(_ member: ByteSlice, _ hash: UInt64) -> Bool {
        guard let slot = members.find(member, hash) else { return false }
        let entry = slot.entry
        order.remove(entry, entry.score)
        members.remove(slot, hash).deallocate()
        return true
    }

    /// The order first: it leads to the members.
    fileprivate mutating func dismantle(_ place: inout Int, _ pieces: Int) -> Bool {
        guard order.dismantle(max(1, pieces / 8)) else { return false }
        return withUnsafeMutablePointer(to: &members) { Keyspace.dismantle($0, &place, pieces) }
    }

    /// Bytes, but for the members' own.
    var memory: Int { members.memory + order.memory }
}

extension Entry {
    /// The score a member's entry holds.
    @inline(__always)
    var score: Double {
        get { valueStart.loadUnaligned(as: Double.self) }
        nonmutating set {
            withUnsafeBytes(of: newValue) {
                valueStart.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: 8)
            }
        }
    }
}
