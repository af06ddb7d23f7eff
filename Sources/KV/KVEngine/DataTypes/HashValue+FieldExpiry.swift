import RESP

/// Fields that expire. Only a hash that has, or had, one pays for it: it becomes a table whose field entries carry
/// their expiry as keys do, and its value has three words more.
///
///     address of the table │ earliest expiry │ expiring fields │ is small
///
/// The earliest expiry is a lower bound over all fields, as each of the table's segments has one over its own, so
/// looking whether something is due is one comparison, and finding what is due passes by where nothing is. A small
/// hash is one that redis would keep as a listpack; it only decides the name of the encoding.
extension HashValue {
    private static let expiringSize = 32

    /// How a field stands with time.
    enum FieldExpiry: Equatable {
        case noField, never
        case at(Int64)
    }

    @inline(__always)
    static func isExpiring(_ entry: Entry) -> Bool {
        // Type 4 with encoding 3, in one comparison.
        entry.kind & 0x1F == ValueType.hash.rawValue | expiringTable << 3
    }

    /// Nothing expires before.
    @inline(__always)
    static func earliestExpiry(_ entry: Entry) -> Int64 {
        entry.valueStart.loadUnaligned(fromByteOffset: 8, as: Int64.self)
    }

    private static func setEarliestExpiry(_ entry: Entry, _ value: Int64) {
        entry.valueStart.storeBytes(of: value, toByteOffset: 8, as: Int64.self)
    }

    /// The number of fields that expire.
    static func expiringCount(_ entry: Entry) -> Int {
        isExpiring(entry) ? entry.valueStart.loadUnaligned(fromByteOffset: 16, as: Int.self) : 0
    }

    static func countExpiring(_ entry: Entry, _ difference: Int) {
        let count = entry.valueStart.loadUnaligned(fromByteOffset: 16, as: Int.self) + difference
        entry.valueStart.storeBytes(of: count, toByteOffset: 16, as: Int.self)
        if count == 0 { setEarliestExpiry(entry, .max) }
    }

    static func isSmall(_ entry: Entry) -> Bool {
        entry.valueStart.loadUnaligned(fromByteOffset: 24, as: Int.self) != 0
    }

    /// After a field was set: a hash that passed the thresholds is not small any more.
    static func noteSize(of entry: Entry, _ field: ByteSlice, _ value: ByteSlice, _ thresholds: Thresholds) {
        guard isExpiring(entry), isSmall(entry) else { return }
        if field.count > thresholds.value || value.count > thresholds.value || count(entry) > thresholds.entries {
            entry.valueStart.storeBytes(of: 0, toByteOffset: 24, as: Int.self)
        }
    }

    static func expiry(of field: ByteSlice, in entry: Entry, _ hash: KeyHash) -> FieldExpiry {
        guard isTable(entry) else { return value(of: field, in: entry, hash) == nil ? .noField : .never }
        guard let found = tablePointer(entry).pointee.find(field, hash(field))?.entry else { return .noField }
        return found.hasExpiry ? .at(found.expiry) : .never
    }

    /// Sets or (nil) drops the expiry of a field that exists. `slot` is given another entry where needed.
    static func setExpiry(_ expiry: Int64?, of field: ByteSlice, in slot: Slot, _ hash: KeyHash) {
        if expiry == nil, !isExpiring(slot.entry) { return }
        makeExpiring(slot, hash)
        let entry = slot.entry
        guard let found = tablePointer(entry).pointee.find(field, hash(field)) else { return }
        let old = found.entry
        if let expiry {
            if old.hasExpiry {
                old.expiry = expiry
            } else {
                found.replace(with: old.copy(valueCount: old.valueCount, expiry: expiry))
                old.deallocate()
                countExpiring(entry, 1)
            }
            found.segment.earliestExpiry = min(found.segment.earliestExpiry, expiry)
            setEarliestExpiry(entry, min(earliestExpiry(entry), expiry))
            slot.segment.earliestExpiry = min(slot.segment.earliestExpiry, expiry)
        } else if old.hasExpiry {
            found.replace(with: old.copy(valueCount: old.valueCount, expiry: nil))
            old.deallocate()
            countExpiring(entry, -1)
        }
    }

    private static func makeExpiring(_ slot: Slot, _ hash: KeyHash) {
        guard !isExpiring(slot.entry) else { return }
        let isSmall = slot.entry.encoding == listpack
        if !isTable(slot.entry) { convertToTable(slot, hash) }
        let plain = slot.entry
        let entry = plain.copy(valueCount: expiringSize, expiry: plain.hasExpiry ? plain.expiry : nil)
        entry.setEncoding(expiringTable)
        setEarliestExpiry(entry, .max)
        entry.valueStart.storeBytes(of: 0, toByteOffset: 16, as: Int.self)
        entry.valueStart.storeBytes(of: isSmall ? 1 : 0, toByteOffset: 24, as: Int.self)
        slot.replace(with: entry)
        plain.deallocate()
    }

    /// Shows fields that are due, up to `limit`; removing them is the caller's. When fewer were due, the bounds are
    /// tightened as if those had been removed.
    static func findDue(_ entry: Entry, now: Int64, limit: Int) -> [ByteSlice] {
        var due: [ByteSlice] = []
        var earliest = Int64.max
        tablePointer(entry).pointee.forEachSegment { segment in
            if segment.earliestExpiry <= now, due.count < limit {
                var own = Int64.max
                segment.forEach { address in
                    let field = Entry(address.pointee)
                    guard field.hasExpiry else { return }
                    if field.expiry <= now, due.count < limit {
                        due.append(field.key)
                    } else {
                        own = min(own, field.expiry)
                    }
                }
                segment.earliestExpiry = own
            }
            earliest = min(earliest, segment.earliestExpiry)
        }
        setEarliestExpiry(entry, earliest)
        return due
    }

    /// Shows the fields that expire.
    static func forEachExpiring(_ entry: Entry, _ body: (ByteSlice, Int64) -> Void) {
        guard expiringCount(entry) > 0 else { return }
        tablePointer(entry).pointee.forEach { if $0.hasExpiry { body($0.key, $0.expiry) } }
    }
}
