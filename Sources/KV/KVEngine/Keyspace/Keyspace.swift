import Glibc
import RESP

/// One database: the table of entries and what is known about their expiry.
///
/// It stores and finds; it does not know commands, sessions or effects. Expired keys stay until someone looks
/// (`Engine.lookup`) or the active cycle passes (`Engine+Expiry`).
struct Keyspace: ~Copyable {
    var table: EntryTable
    /// Keys with an expiry.
    private(set) var expiryCount = 0
    /// A hash with fields that expire was here, so the active expiry has to look even when no key expires.
    private(set) var mayHaveFieldExpiry = false
    /// Where the active expiry continues.
    var expiryCursor: UInt64 = 0
    /// Keys that were made and not told of yet, while somebody wants to hear of them.
    var newKeys: [[UInt8]] = []
    var notesNewKeys = false
    /// A key that is set anew keeps its clock, which counts its uses.
    var keepsClocks = false

    private let lazyFree: UnsafeMutablePointer<LazyFree>

    /// - Parameter lazyFree: where values go that are too big to be freed at once; it must outlive the keyspace.
    init(hash: KeyHash, lazyFree: UnsafeMutablePointer<LazyFree>) {
        self.lazyFree = lazyFree
        table = EntryTable(hash: hash)
    }

    deinit {
        table.forEach(Self.dispose)
    }

    var count: Int { table.count }

    /// Whether anything here may expire by itself.
    var hasAnyExpiry: Bool { expiryCount > 0 || mayHaveFieldExpiry }

    @inline(__always)
    func find(_ key: ByteSlice, _ hash: UInt64) -> Slot? { table.find(key, hash) }

    /// Adds an entry whose key is not there yet.
    @inline(__always)
    mutating func insert(_ entry: Entry, _ hash: UInt64) -> Slot {
        let slot = table.insert(entry, hash)
        if entry.hasExpiry { noteExpiry(of: entry, in: slot.segment) }
        if HashValue.isExpiring(entry) { noteFieldExpiry(slot) }
        if notesNewKeys { newKeys.append(entry.key.array) }
        return slot
    }

    /// Puts another entry with the same key into the slot and frees the old one with all it points at.
    @inline(__always)
    mutating func replace(_ slot: Slot, with entry: Entry) {
        release(exchange(slot, for: entry))
    }

    /// As `replace`, but the old entry is the caller's to dispose of.
    @inline(__always)
    mutating func exchange(_ slot: Slot, for entry: Entry) -> Entry {
        let old = slot.entry
        if old.hasExpiry { expiryCount &-= 1 }
        if keepsClocks { entry.accessClock = old.accessClock }
        slot.replace(with: entry)
        if entry.hasExpiry { noteExpiry(of: entry, in: slot.segment) }
        return old
    }

    mutating func remove(_ slot: Slot, _ hash: UInt64) {
        release(take(slot, hash))
    }

    /// Takes an entry out without freeing it.
    mutating func take(_ slot: Slot, _ hash: UInt64) -> Entry {
        let entry = table.remove(slot, hash)
        if entry.hasExpiry { expiryCount &-= 1 }
        return entry
    }

    /// Sets, changes or (nil) drops the expiry. The entry moves when the field must be made or dropped.
    mutating func setExpiry(_ expiry: Int64?, of slot: Slot) {
        let entry = slot.entry
        if let expiry, entry.hasExpiry {
            entry.expiry = expiry
            slot.segment.earliestExpiry = min(slot.segment.earliestExpiry, expiry)
            return
        }
        if expiry == nil && !entry.hasExpiry { return }
        let moved = entry.copy(valueCount: entry.valueCount, expiry: expiry)
        slot.replace(with: moved)
        if entry.hasExpiry { expiryCount -= 1 }
        if moved.hasExpiry { noteExpiry(of: moved, in: slot.segment) }
        entry.deallocate()
    }

    @inline(__always)
    private mutating func noteExpiry(of entry: Entry, in segment: Segment) {
        expiryCount &+= 1
        let expiry = entry.expiry
        if expiry < segment.earliestExpiry { segment.earliestExpiry = expiry }
    }

    /// After fields of the hash in `slot` were given an expiry.
    @inline(never)
    mutating func noteFieldExpiry(_ slot: Slot) {
        mayHaveFieldExpiry = true
        slot.segment.earliestExpiry = min(slot.segment.earliestExpiry, HashValue.earliestExpiry(slot.entry))
    }

    mutating func removeAll() {
        mayHaveFieldExpiry = false
        if table.count <= LazyFree.mostPiecesAtOnce {
            let lazyFree = self.lazyFree
            table.removeAll { if Self.isBig($0) { lazyFree.pointee.add($0) } else { Self.dispose($0) } }
        } else {
            let hash = table.hash
            let moved = UnsafeMutablePointer<EntryTable>.allocate(capacity: 1)
            withUnsafeMutablePointer(to: &table) { table in
                moved.initialize(to: table.move())
                table.initialize(to: EntryTable(hash: hash))
            }
            lazyFree.pointee.add(moved)
        }
        expiryCount = 0
        expiryCursor = 0
    }

    /// Gives an entry back that was taken out, big ones by and by.
    @inline(__always)
    func release(_ entry: Entry) {
        if Self.isBig(entry) { lazyFree.pointee.add(entry) } else { Self.dispose(entry) }
    }

    /// Frees an entry and what it points at.
    @inline(__always)
    static func dispose(_ entry: Entry) {
        switch entry.type {
        case .string: break
        case .hash: HashValue.disposeContents(entry)
        case .list: ListValue.disposeContents(entry)
        case .set: SetValue.disposeContents(entry)
        case .stream: StreamValue.disposeContents(entry)
        case .sortedSet: SortedSetValue.disposeContents(entry)
        default: break
        }
        entry.deallocate()
    }

    /// A deep copy of an entry under another key.
    func duplicate(_ entry: Entry, key: ByteSlice, expiry: Int64?) -> Entry {
        let copy = Entry.allocate(
            type: entry.type,
            encoding: entry.encoding,
            key: key,
            valueCount: entry.valueCount,
            expiry: expiry,
            clock: entry.accessClock
        )
        copy.valueStart.copyMemory(from: UnsafeRawPointer(entry.valueStart), byteCount: entry.valueCount)
        switch entry.type {
        case .hash: HashValue.copyContents(of: entry, into: copy, table.hash)
        case .list: ListValue.copyContents(of: entry, into: copy)
        case .set: SetValue.copyContents(of: entry, into: copy, table.hash)
        case .stream: StreamValue.copyContents(of: entry, into: copy)
        case .sortedSet: SortedSetValue.copyContents(of: entry, into: copy, table.hash)
        default: break
        }
        return copy
    }
}
