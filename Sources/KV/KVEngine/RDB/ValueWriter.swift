import RESP

/// Writes the value of an entry as RDB has it: the number of its form, and the body.
///
/// Packed hashes become one listpack in the order of insertion, so those bytes equal redis's own; what is a table
/// inside is written element by element in the order of our table, which no other server can share.
extension RDBWriter {
    /// The number that tells the form of the value.
    /// - Parameter keepsFieldExpiry: whether fields that expire may be written as such, which only redis 7.4 reads.
    static func type(of entry: Entry, keepsFieldExpiry: Bool = false) -> UInt8 {
        switch entry.type {
        case .string: RDBType.string
        case .hash where keepsFieldExpiry && HashValue.expiringCount(entry) > 0: RDBType.hashWithExpiry
        case .hash: entry.encoding == HashValue.listpack ? RDBType.hashListpack : RDBType.hash
        default: preconditionFailure("a type that RDB does not know")
        }
    }

    /// The body that goes with `type(of:)`.
    mutating func value(of entry: Entry) {
        switch entry.type {
        case .string: string(entry.value)
        case .hash: hash(entry)
        default: preconditionFailure("a type that RDB does not know")
        }
    }

    /// The body of a hash with fields that expire: the earliest time 8 │ count │ time after it, and 1 (or 0 for none)
    /// │ field │ value …
    mutating func hashWithExpiry(_ entry: Entry) {
        var earliest = Int64.max
        HashValue.forEachExpiring(entry) { earliest = min(earliest, $1) }
        littleEndian(earliest)
        length(HashValue.count(entry))
        HashValue.tablePointer(entry).pointee.forEach { field in
            length(word: field.hasExpiry ? UInt64(field.expiry - earliest) + 1 : 0)
            string(field.key)
            string(field.value)
        }
    }

    private mutating func hash(_ entry: Entry) {
        let count = HashValue.count(entry)
        guard entry.encoding == HashValue.listpack else {
            length(count)
            HashValue.forEach(entry) { field, value in
                string(field)
                string(value)
            }
            return
        }
        beginListpack()
        HashValue.forEach(entry) { field, value in
            appendToListpack(field)
            appendToListpack(value)
        }
        endListpack(count: count * 2)
        takeScratch()
    }
}
