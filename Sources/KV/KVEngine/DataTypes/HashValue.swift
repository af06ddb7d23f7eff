import Glibc
import RESP

/// A hash: packed into the key's own allocation while it is small, a table of entries when it is not.
///
///     packed   count 2 │ field length 1-5 │ field │ value length 1-5 │ value │ field length …
///     table    address of an EntryTable whose entries are field → value; with field expiry, three words more
///
/// Packed fields keep the order of insertion and are searched one by one: a cart of five lines is one cache miss.
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
    private static let headerCount = 2

    struct Thresholds {
        var entries = 512
        var value = 64
    }

    // MARK: Reading

    @inline(__always)
    static func count(_ entry: Entry) -> Int {
        if isTable(entry) { return tablePointer(entry).pointee.count }
        return Int(entry.valueStart.loadUnaligned(as: UInt16.self))
    }

    /// How many bytes packed fields and values take together with their lengths; nil for a table.
    @inline(__always)
    static func packedBytes(_ entry: Entry) -> Int? { isTable(entry) ? nil : entry.valueCount }

    static func value(of field: ByteSlice, in entry: Entry, _ hash: KeyHash) -> ByteSlice? {
        if isTable(entry) {
            return tablePointer(entry).pointee.find(field, hash(field))?.entry.value
        }
        return locate(field, entry)?.value
    }

    /// Shows every field and value, packed ones in the order of insertion.
    static func forEach(_ entry: Entry, _ body: (ByteSlice, ByteSlice) -> Void) {
        if isTable(entry) {
            tablePointer(entry).pointee.forEach { body($0.key, $0.value) }
            return
        }
        var cursor = Cursor(entry)
        while let pair = cursor.next() { body(pair.field, pair.value) }
    }

    /// One step of HSCAN: packed hashes are shown whole.
    static func scan(_ entry: Entry, from cursor: UInt64, _ body: (ByteSlice, ByteSlice) -> Void) -> UInt64 {
        guard isTable(entry) else {
            forEach(entry, body)
            return 0
        }
        return tablePointer(entry).pointee.scan(from: cursor) { body($0.key, $0.value) }
    }

    static func random(_ entry: Entry, _ number: UInt64) -> (field: ByteSlice, value: ByteSlice)? {
        if isTable(entry) {
            return tablePointer(entry).pointee.random(number).map { ($0.key, $0.value) }
        }
        let count = count(entry)
        guard count > 0 else { return nil }
        var skip = number % UInt64(count)
        var cursor = Cursor(entry)
        while let pair = cursor.next() {
            if skip == 0 { return (pair.field, pair.value) }
            skip -= 1
        }
        return nil
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
            valueCount: headerCount,
            capacity: capacity,
            expiry: expiry,
            clock: clock
        )
        entry.valueStart.storeBytes(of: 0, as: UInt16.self)
        return entry
    }

    /// The packed bytes a field and its value take.
    static func packedCount(_ field: ByteSlice, _ value: ByteSlice) -> Int {
        Varint.count(field.count) + field.count + Varint.count(value.count) + value.count
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
        let isNew: Bool
        if let pair = locate(field, slot.entry) {
            isNew = false
            if pair.value.count == value.count {
                UnsafeMutableRawPointer(mutating: pair.value.raw).copyMemory(from: value.raw, byteCount: value.count)
            } else {
                let grown = Varint.count(value.count) + value.count
                guard slot.entry.valueCount - (pair.end - pair.valueHeader) + grown <= mostPackedBytes else {
                    convertToTable(slot, hash)
                    return setInTable(field, value, slot.entry, hash)
                }
                let target = slot.splice(at: pair.valueHeader, removing: pair.end - pair.valueHeader, inserting: grown)
                let start = target + Varint.store(value.count, at: target)
                start.copyMemory(from: value.raw, byteCount: value.count)
            }
        } else {
            isNew = true
            let added = packedCount(field, value)
            let end = slot.entry.valueCount
            guard count(slot.entry) < mostPackedFields, end + added <= mostPackedBytes else {
                convertToTable(slot, hash)
                return setInTable(field, value, slot.entry, hash)
            }
            var target = slot.splice(at: end, removing: 0, inserting: added)
            target += Varint.store(field.count, at: target)
            target.copyMemory(from: field.raw, byteCount: field.count)
            target += field.count
            target += Varint.store(value.count, at: target)
            target.copyMemory(from: value.raw, byteCount: value.count)
            adjustCount(slot.entry, 1)
        }
        if slot.entry.encoding == listpack,
            field.count > thresholds.value || value.count > thresholds.value || count(slot.entry) > thresholds.entries
        {
            slot.entry.setEncoding(packedTable)
        }
        return isNew
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
        guard let pair = locate(field, slot.entry) else { return false }
        _ = slot.splice(at: pair.start, removing: pair.end - pair.start, inserting: 0)
        adjustCount(slot.entry, -1)
        return true
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

    // MARK: Packed fields

    private struct Pair {
        let start: Int
        let valueHeader: Int
        let end: Int
        let field: ByteSlice
        let value: ByteSlice
    }

    private struct Cursor {
        let base: UnsafeRawPointer
        let end: Int
        var offset = headerCount

        init(_ entry: Entry) {
            base = UnsafeRawPointer(entry.valueStart)
            end = entry.valueCount
        }

        @inline(__always)
        mutating func next() -> Pair? {
            guard offset < end else { return nil }
            let start = offset
            let fieldCount = Varint.load(base, &offset)
            let field = ByteSlice(base + offset, count: fieldCount)
            offset &+= fieldCount
            let valueHeader = offset
            let valueCount = Varint.load(base, &offset)
            let value = ByteSlice(base + offset, count: valueCount)
            offset &+= valueCount
            return Pair(start: start, valueHeader: valueHeader, end: offset, field: field, value: value)
        }
    }

    private static func locate(_ field: ByteSlice, _ entry: Entry) -> Pair? {
        var cursor = Cursor(entry)
        while let pair = cursor.next() {
            if pair.field.count == field.count, memcmp(pair.field.raw, field.raw, field.count) == 0 { return pair }
        }
        return nil
    }

    private static func adjustCount(_ entry: Entry, _ difference: Int) {
        let count = Int(entry.valueStart.loadUnaligned(as: UInt16.self)) + difference
        entry.valueStart.storeBytes(of: UInt16(truncatingIfNeeded: count), as: UInt16.self)
    }
}

/// Lengths in one byte up to 127, seven bits a byte beyond.
enum Varint {
    @inline(__always)
    static func count(_ value: Int) -> Int {
        var count = 1
        var rest = value &>> 7
        while rest != 0 {
            count &+= 1
            rest = rest &>> 7
        }
        return count
    }

    /// Writes `value` and returns how many bytes that took.
    static func store(_ value: Int, at target: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var count = 0
        while rest >= 128 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest & 127) | 128, toByteOffset: count, as: UInt8.self)
            rest >>= 7
            count += 1
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        return count + 1
    }

    @inline(__always)
    static func load(_ base: UnsafeRawPointer, _ offset: inout Int) -> Int {
        var byte = base.load(fromByteOffset: offset, as: UInt8.self)
        offset &+= 1
        if byte < 128 { return Int(byte) }
        var value = Int(byte & 127)
        var shift = 7
        repeat {
            byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= Int(byte & 127) &<< shift
            shift &+= 7
        } while byte >= 128
        return value
    }
}
