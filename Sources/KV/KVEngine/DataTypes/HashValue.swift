import Glibc
import RESP

/// A hash: packed into the key's own allocation while it is small, a table of entries when it is not.
///
///     packed   fields and values in the order of insertion: see `PackedHash`
///     table    address of an EntryTable whose entries are field → value; with field expiry, three words more
///
/// What `OBJECT ENCODING` calls it follows redis.conf's thresholds and is kept as the entry's encoding; the bytes
/// inside have a limit of their own, since one value of 100 bytes is no reason for a table of two kilobytes.
enum HashValue {
    /// Packed, and called `listpack`.
    static let listpack: UInt8 = 0
    /// Packed, but beyond redis.conf's thresholds, so called `hashtable`.
    static let packedTable: UInt8 = 1
    /// A table.
    static let table: UInt8 = 2
    /// A table of which fields expire: see `HashValue+FieldExpiry.swift`.
    static let expiringTable: UInt8 = 3

    private static let mostPackedBytes = 8 << 10
    private static let mostPackedFields = 512

    struct Thresholds {
        var entries = 512
        var value = 64
    }

    // MARK: Reading

    @inline(__always)
    static func count(_ entry: Entry) -> Int {
        if isTable(entry) { return tablePointer(entry).pointee.count }
        return PackedHash.count(entry)
    }

    static func value(of field: ByteSlice, in entry: Entry, _ hash: KeyHash) -> ByteSlice? {
        if isTable(entry) {
            return tablePointer(entry).pointee.find(field, hash(field))?.entry.value
        }
        return PackedHash.withField(field) { PackedHash.locate($0, entry)?.value }
    }

    /// Shows every field and value, packed ones in the order of insertion. The field is good within the call of `body`.
    static func forEach(_ entry: Entry, _ body: (ByteSlice, ByteSlice) -> Void) {
        if isTable(entry) {
            tablePointer(entry).pointee.forEach { body($0.key, $0.value) }
            return
        }
        PackedHash.forEach(entry, body)
    }

    /// Writes all fields and values as bulk strings.
    static func write(_ entry: Entry, to reply: inout ReplyWriter) {
        guard isTable(entry) else { return PackedHash.write(entry, to: &reply) }
        forEach(entry) { field, value in
            reply.bulk(field)
            reply.bulk(value)
        }
    }

    /// One step of HSCAN: packed hashes are shown whole.
    static func scan(_ entry: Entry, from cursor: UInt64, _ body: (ByteSlice, ByteSlice) -> Void) -> UInt64 {
        guard isTable(entry) else {
            forEach(entry, body)
            return 0
        }
        return tablePointer(entry).pointee.scan(from: cursor) { body($0.key, $0.value) }
    }

    /// Shows a field, each with the same chance, and its value; the hash has one. `random` gives random words.
    static func withRandom(_ entry: Entry, _ random: () -> UInt64, _ body: (ByteSlice, ByteSlice) -> Void) {
        guard isTable(entry) else {
            let number = random() % UInt64(PackedHash.count(entry))
            return PackedHash.withPair(number, entry, body)
        }
        guard let chosen = tablePointer(entry).pointee.fairRandom(random) else {
            preconditionFailure("a hash without fields")
        }
        body(chosen.key, chosen.value)
    }

    static func encodingName(_ entry: Entry) -> StaticString {
        switch entry.encoding {
        case listpack: "listpack"
        case expiringTable: isSmall(entry) ? "listpackex" : "hashtable"
        default: "hashtable"
        }
    }

    @inline(__always)
    static func isTable(_ entry: Entry) -> Bool { entry.encoding >= table }

    // MARK: Writing

    /// A hash without fields; the first `set` follows at once.
    static func makeEmpty(key: ByteSlice, expiry: Int64?, clock: UInt32, capacity: Int = 0) -> Entry {
        let entry = Entry.allocate(
            type: .hash,
            encoding: listpack,
            key: key,
            valueCount: PackedHash.headerCount,
            capacity: capacity,
            expiry: expiry,
            clock: clock
        )
        PackedHash.makeEmpty(entry)
        return entry
    }

    /// Sets a field, which loses its expiry unless told otherwise; `slot` is given a larger entry where needed. `field`
    /// and `value` must not lie in the hash itself.
    /// - Returns: whether the field is new.
    static func set(
        _ field: ByteSlice,
        to value: ByteSlice,
        in slot: Slot,
        _ hash: KeyHash,
        _ thresholds: Thresholds,
        keepsExpiry: Bool = false
    ) -> Bool {
        if isTable(slot.entry) {
            let isNew = setInTable(field, value, slot.entry, hash, keepsExpiry: keepsExpiry)
            noteSize(of: slot.entry, field, value, thresholds)
            return isNew
        }
        guard let isNew = setPacked(field, value, slot) else {
            convertToTable(slot, hash)
            return setInTable(field, value, slot.entry, hash)
        }
        if slot.entry.encoding == listpack,
            field.count > thresholds.value || value.count > thresholds.value || count(slot.entry) > thresholds.entries
        {
            slot.entry.setEncoding(packedTable)
        }
        return isNew
    }

    /// Returns whether the field is new; nil, with nothing done, when the hash gets too large to be packed.
    private static func setPacked(_ field: ByteSlice, _ value: ByteSlice, _ slot: Slot) -> Bool? {
        PackedHash.withField(field) { field in
            let size = field.size(withValue: value)
            let bytes = slot.entry.valueCount
            if let pair = PackedHash.locate(field, slot.entry) {
                guard bytes - (pair.end - pair.start) + size <= mostPackedBytes else { return nil }
                PackedHash.replace(pair, field, value, size, in: slot)
                return false
            }
            guard count(slot.entry) < mostPackedFields, bytes + size <= mostPackedBytes else { return nil }
            PackedHash.append(field, value, size, in: slot)
            return true
        }
    }

    /// Removes a field; false when there is none. The caller removes the key when the hash is empty.
    static func remove(_ field: ByteSlice, in slot: Slot, _ hash: KeyHash) -> Bool {
        if isTable(slot.entry) {
            let pointer = tablePointer(slot.entry)
            let fieldHash = hash(field)
            guard let found = pointer.pointee.find(field, fieldHash) else { return false }
            let removed = pointer.pointee.remove(found, fieldHash)
            if removed.hasExpiry { countExpiring(slot.entry, -1) }
            removed.deallocate()
            return true
        }
        return PackedHash.withField(field) { field in
            guard let pair = PackedHash.locate(field, slot.entry) else { return false }
            PackedHash.remove(pair, in: slot)
            return true
        }
    }

    /// Frees what the entry points at, not the entry.
    static func disposeContents(_ entry: Entry) {
        guard isTable(entry) else { return }
        let pointer = tablePointer(entry)
        pointer.pointee.forEach { $0.deallocate() }
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    /// Copies what the entry points at, so that a shallow copy of the entry becomes a deep one.
    static func copyContents(of source: Entry, into copy: Entry, _ hash: KeyHash) {
        guard isTable(source) else { return }
        let pointer = UnsafeMutablePointer<EntryTable>.allocate(capacity: 1)
        pointer.initialize(to: EntryTable(hash: hash))
        tablePointer(source).pointee.forEach { field in
            let expiry = field.hasExpiry ? field.expiry : nil
            let own = pointer.pointee.insert(field.copy(valueCount: field.valueCount, expiry: expiry), hash(field.key))
            if let expiry { own.segment.earliestExpiry = min(own.segment.earliestExpiry, expiry) }
        }
        copy.pointer = UnsafeMutableRawPointer(pointer)
    }

    // MARK: Table

    static func tablePointer(_ entry: Entry) -> UnsafeMutablePointer<EntryTable> {
        guard let pointer = entry.pointer else { preconditionFailure("a table-encoded hash has no table") }
        return pointer.assumingMemoryBound(to: EntryTable.self)
    }

    private static func setInTable(
        _ field: ByteSlice,
        _ value: ByteSlice,
        _ entry: Entry,
        _ hash: KeyHash,
        keepsExpiry: Bool = false
    ) -> Bool {
        let pointer = tablePointer(entry)
        let fieldHash = hash(field)
        if let found = pointer.pointee.find(field, fieldHash) {
            let old = found.entry
            let losesExpiry = old.hasExpiry && !keepsExpiry
            if !losesExpiry, old.resizeValue(to: value.count) {
                old.valueStart.copyMemory(from: value.raw, byteCount: value.count)
            } else {
                let expiry = old.hasExpiry && keepsExpiry ? old.expiry : nil
                found.replace(with: makeField(field, value, expiry: expiry))
                old.deallocate()
                if losesExpiry { countExpiring(entry, -1) }
            }
            return false
        }
        _ = pointer.pointee.insert(makeField(field, value), fieldHash)
        return true
    }

    private static func makeField(_ field: ByteSlice, _ value: ByteSlice, expiry: Int64? = nil) -> Entry {
        let entry = Entry.allocate(type: .string, key: field, valueCount: value.count, expiry: expiry, clock: 0)
        entry.valueStart.copyMemory(from: value.raw, byteCount: value.count)
        return entry
    }

    static func convertToTable(_ slot: Slot, _ hash: KeyHash) {
        let packed = slot.entry
        let pointer = UnsafeMutablePointer<EntryTable>.allocate(capacity: 1)
        pointer.initialize(to: EntryTable(hash: hash))
        forEach(packed) { field, value in _ = pointer.pointee.insert(makeField(field, value), hash(field)) }
        let entry = Entry.allocate(
            type: .hash,
            encoding: table,
            key: packed.key,
            valueCount: 8,
            expiry: packed.hasExpiry ? packed.expiry : nil,
            clock: packed.accessClock
        )
        entry.pointer = UnsafeMutableRawPointer(pointer)
        slot.replace(with: entry)
        packed.deallocate()
    }
}
