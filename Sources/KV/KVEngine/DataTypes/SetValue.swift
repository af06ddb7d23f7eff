import Bytes
import Glibc
import RESP

/// A set of strings: sorted integers, or packed strings, in the key's own allocation while it is small, else a table.
///
///     integers   see `IntegerSet`; redis's `intset`
///     packed     count 2 │ length 1-5 │ member │ length …
///     table      address of an EntryTable whose entries are the members, with empty values
///
/// `OBJECT ENCODING` calls packed sets `hashtable` as well: redis 7.0 knows no smaller form of a set of strings.
/// Integers become strings when the first other member comes, or when they are more than redis.conf allows.
enum SetValue {
    static let integers: UInt8 = 0
    static let packed: UInt8 = 1
    static let table: UInt8 = 2

    // A packed set is searched member by member: beyond this a table is faster.
    private static let mostPackedMembers = 64
    private static let mostPackedBytes = 4 << 10
    private static let headerSize = 2

    // MARK: Reading

    @inline(__always)
    static func count(_ entry: Entry) -> Int {
        switch entry.encoding {
        case integers: IntegerSet(entry).count
        case packed: Int(entry.valueStart.loadUnaligned(as: UInt16.self))
        default: tablePointer(entry).pointee.count
        }
    }

    @inline(__always)
    static func contains(_ member: ByteSlice, in entry: Entry, _ hash: KeyHash) -> Bool {
        switch entry.encoding {
        case integers: ASCII.parseInt64(member.buffer).map { IntegerSet(entry).contains($0) } ?? false
        case packed: locate(member, entry) != nil
        default: tablePointer(entry).pointee.find(member, hash(member)) != nil
        }
    }

    /// Shows every member, integers in ascending order, until `body` returns false. The slice is good until then.
    static func walk(_ entry: Entry, _ body: (ByteSlice) -> Bool) {
        switch entry.encoding {
        case integers:
            let set = IntegerSet(entry)
            for index in 0..<set.count {
                guard StringCommands.withDecimal(set[index], body) else { return }
            }
        case packed:
            var cursor = Cursor(entry)
            while let member = cursor.next()?.member {
                guard body(member) else { return }
            }
        default:
            // The walk goes on in any case; what it shows does not.
            var goesOn = true
            tablePointer(entry).pointee.forEach { if goesOn { goesOn = body($0.key) } }
        }
    }

    static func forEach(_ entry: Entry, _ body: (ByteSlice) -> Void) {
        walk(entry) { member in
            body(member)
            return true
        }
    }

    /// Writes every member. This is SMEMBERS's loop.
    static func write(_ entry: Entry, to reply: inout ReplyWriter) {
        switch entry.encoding {
        case integers:
            let set = IntegerSet(entry)
            for index in 0..<set.count { reply.bulk(decimal: set[index]) }
        default:
            forEach(entry) { reply.bulk($0) }
        }
    }

    /// One step of SSCAN: sets that are no table are shown whole.
    static func scan(_ entry: Entry, from cursor: UInt64, _ body: (ByteSlice) -> Void) -> UInt64 {
        guard entry.encoding == table else {
            forEach(entry, body)
            return 0
        }
        return tablePointer(entry).pointee.scan(from: cursor) { body($0.key) }
    }

    /// Shows a member, each with the same chance; the set has one. `random` gives random words.
    static func withRandom<Result>(_ entry: Entry, _ random: () -> UInt64, _ body: (ByteSlice) -> Result) -> Result {
        switch entry.encoding {
        case integers:
            let set = IntegerSet(entry)
            return StringCommands.withDecimal(set[Int(random() % UInt64(set.count))], body)
        case packed:
            var skip = random() % UInt64(count(entry))
            var cursor = Cursor(entry)
            while let member = cursor.next()?.member {
                if skip == 0 { return body(member) }
                skip -= 1
            }
            preconditionFailure("a packed set has fewer members than it says")
        default:
            guard let chosen = tablePointer(entry).pointee.fairRandom(random) else {
                preconditionFailure("a set without members")
            }
            return body(chosen.key)
        }
    }

    static func encodingName(_ entry: Entry) -> StaticString { entry.encoding == integers ? "intset" : "hashtable" }

    // MARK: Writing

    /// A set of one member; for `following` see `add`.
    static func make(
        _ member: ByteSlice,
        key: ByteSlice,
        clock: UInt32,
        _ hash: KeyHash,
        mostIntegers: Int,
        following: Int = 0
    ) -> Entry {
        if mostIntegers > 0, let value = ASCII.parseInt64(member.buffer) {
            return IntegerSet.make(value, key: key, clock: clock, following: min(following, mostIntegers))
        }
        let size = Varint.count(member.count) + member.count
        if headerSize + size > mostPackedBytes {
            return makeTable(key: key, expiry: nil, clock: clock, [member], hash)
        }
        let entry = Entry.allocate(
            type: .set,
            encoding: packed,
            key: key,
            valueCount: headerSize + size,
            expiry: nil,
            clock: clock
        )
        entry.valueStart.storeBytes(of: 1, as: UInt16.self)
        store(member, at: entry.valueStart + headerSize)
        return entry
    }

    /// Adds a member; `slot` is given another entry where needed. `member` must not lie in the set itself.
    /// - Parameters:
    ///   - mostIntegers: from redis.conf, how many integers stay `intset`.
    ///   - following: how many members come with this one. Integers make room for all of them at once; `giveBackRoom`
    ///     after the last.
    /// - Returns: whether the member is new.
    @inline(__always)
    static func add(
        _ member: ByteSlice,
        to slot: Slot,
        _ hash: KeyHash,
        mostIntegers: Int,
        following: Int = 0
    ) -> Bool {
        switch slot.entry.encoding {
        case integers: addToIntegers(member, slot, hash, mostIntegers, following)
        case packed: addToPacked(member, slot, hash)
        default: addToTable(member, slot.entry, hash)
        }
    }

    /// Drops a member; false when it is not there. The caller removes the key when the set is empty.
    static func remove(_ member: ByteSlice, from slot: Slot, _ hash: KeyHash) -> Bool {
        let entry = slot.entry
        switch entry.encoding {
        case integers:
            guard let value = ASCII.parseInt64(member.buffer) else { return false }
            return IntegerSet.remove(value, in: slot)
        case packed:
            guard let found = locate(member, entry) else { return false }
            _ = slot.splice(at: found.start, removing: found.end - found.start, inserting: 0)
            adjustCount(slot.entry, -1)
            return true
        default:
            let table = tablePointer(entry)
            let memberHash = hash(member)
            guard let found = table.pointee.find(member, memberHash) else { return false }
            table.pointee.remove(found, memberHash).deallocate()
            return true
        }
    }

    /// Members that were announced may have been there already, or have been no integers.
    static func giveBackRoom(_ slot: Slot) {
        if slot.entry.encoding == integers { IntegerSet.shrink(slot) }
    }

    private static func addToIntegers(
        _ member: ByteSlice,
        _ slot: Slot,
        _ hash: KeyHash,
        _ mostIntegers: Int,
        _ following: Int
    ) -> Bool {
        if let value = ASCII.parseInt64(member.buffer) {
            guard IntegerSet.insert(value, in: slot, following: min(following, mostIntegers)) else { return false }
            if IntegerSet(slot.entry).count > mostIntegers { convert(slot, adding: nil, hash) }
        } else {
            convert(slot, adding: member, hash)
        }
        return true
    }

    private static func addToPacked(_ member: ByteSlice, _ slot: Slot, _ hash: KeyHash) -> Bool {
        let entry = slot.entry
        if locate(member, entry) != nil { return false }
        let added = Varint.count(member.count) + member.count
        let end = entry.valueCount
        guard count(entry) < mostPackedMembers, end + added <= mostPackedBytes else {
            convert(slot, adding: member, hash)
            return true
        }
        store(member, at: slot.splice(at: end, removing: 0, inserting: added))
        adjustCount(slot.entry, 1)
        return true
    }

    private static func addToTable(_ member: ByteSlice, _ entry: Entry, _ hash: KeyHash) -> Bool {
        let table = tablePointer(entry)
        let memberHash = hash(member)
        if table.pointee.find(member, memberHash) != nil { return false }
        _ = table.pointee.insert(makeMember(member), memberHash)
        return true
    }

    /// Integers become strings, packed strings a table; `member` is new.
    private static func convert(_ slot: Slot, adding member: ByteSlice?, _ hash: KeyHash) {
        let old = slot.entry
        let expiry = old.hasExpiry ? old.expiry : nil
        var size = headerSize + (member.map { Varint.count($0.count) + $0.count } ?? 0)
        forEach(old) { size += Varint.count($0.count) + $0.count }
        let entry: Entry
        if count(old) + (member == nil ? 0 : 1) <= mostPackedMembers, size <= mostPackedBytes {
            entry = Entry.allocate(
                type: .set,
                encoding: packed,
                key: old.key,
                valueCount: size,
                expiry: expiry,
                clock: old.accessClock
            )
            entry.valueStart.storeBytes(of: 0, as: UInt16.self)
            adjustCount(entry, count(old) + (member == nil ? 0 : 1))
            var target = entry.valueStart + headerSize
            forEach(old) { target += store($0, at: target) }
            if let member { store(member, at: target) }
        } else {
            entry = makeTable(key: old.key, expiry: expiry, clock: old.accessClock, member.map { [$0] } ?? [], hash)
            let table = tablePointer(entry)
            forEach(old) { _ = table.pointee.insert(makeMember($0), hash($0)) }
        }
        slot.replace(with: entry)
        old.deallocate()
    }

    // MARK: Life

    /// Frees what the entry points at, not the entry.
    static func disposeContents(_ entry: Entry) {
        guard entry.encoding == table else { return }
        let pointer = tablePointer(entry)
        pointer.pointee.forEach { $0.deallocate() }
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    static func isTable(_ entry: Entry) -> Bool { entry.encoding == table }

    static func isBig(_ entry: Entry) -> Bool {
        entry.encoding == table && tablePointer(entry).pointee.count > LazyFree.mostPiecesAtOnce
    }

    /// Copies what the entry points at, so that a shallow copy of the entry becomes a deep one.
    static func copyContents(of source: Entry, into copy: Entry, _ hash: KeyHash) {
        guard source.encoding == table else { return }
        let pointer = UnsafeMutablePointer<EntryTable>.allocate(capacity: 1)
        pointer.initialize(to: EntryTable(hash: hash))
        tablePointer(source).pointee.forEach { member in
            _ = pointer.pointee.insert(makeMember(member.key), hash(member.key))
        }
        copy.pointer = UnsafeMutableRawPointer(pointer)
    }

    // MARK: Table

    @inline(__always)
    static func tablePointer(_ entry: Entry) -> UnsafeMutablePointer<EntryTable> {
        guard let pointer = entry.pointer else { preconditionFailure("a table-encoded set has no table") }
        return pointer.assumingMemoryBound(to: EntryTable.self)
    }

    private static func makeTable(
        key: ByteSlice,
        expiry: Int64?,
        clock: UInt32,
        _ members: [ByteSlice],
        _ hash: KeyHash
    ) -> Entry {
        let pointer = UnsafeMutablePointer<EntryTable>.allocate(capacity: 1)
        pointer.initialize(to: EntryTable(hash: hash))
        for member in members { _ = pointer.pointee.insert(makeMember(member), hash(member)) }
        let entry = Entry.allocate(
            type: .set,
            encoding: table,
            key: key,
            valueCount: 8,
            expiry: expiry,
            clock: clock
        )
        entry.pointer = UnsafeMutableRawPointer(pointer)
        return entry
    }

    @inline(__always)
    private static func makeMember(_ member: ByteSlice) -> Entry {
        Entry.allocate(type: .string, key: member, valueCount: 0, expiry: nil, clock: 0)
    }

    // MARK: Packed members

    private struct Cursor {
        let base: UnsafeRawPointer
        let end: Int
        var offset = headerSize

        init(_ entry: Entry) {
            base = UnsafeRawPointer(entry.valueStart)
            end = entry.valueCount
        }

        @inline(__always)
        mutating func next() -> (member: ByteSlice, start: Int, end: Int)? {
            guard offset < end else { return nil }
            let start = offset
            let count = Varint.load(base, &offset)
            let member = ByteSlice(base + offset, count: count)
            offset &+= count
            return (member, start, offset)
        }
    }

    private static func locate(_ member: ByteSlice, _ entry: Entry) -> (start: Int, end: Int)? {
        var cursor = Cursor(entry)
        while let next = cursor.next() {
            if next.member.equals(member) { return (next.start, next.end) }
        }
        return nil
    }

    @discardableResult
    private static func store(_ member: ByteSlice, at target: UnsafeMutableRawPointer) -> Int {
        let header = Varint.store(member.count, at: target)
        (target + header).copyMemory(from: member.raw, byteCount: member.count)
        return header + member.count
    }

    private static func adjustCount(_ entry: Entry, _ difference: Int) {
        let count = Int(entry.valueStart.loadUnaligned(as: UInt16.self)) + difference
        entry.valueStart.storeBytes(of: UInt16(truncatingIfNeeded: count), as: UInt16.self)
    }
}
