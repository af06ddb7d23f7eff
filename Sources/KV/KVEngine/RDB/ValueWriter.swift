import RESP

/// Writes the value of an entry as RDB has it: the number of its form, and the body.
///
/// Packed hashes become one listpack in the order of insertion, so those bytes equal redis's own; what is a table
/// inside is written element by element in the order of our table, which no other server can share.
extension RDBWriter {
    /// The number that tells the form of the value.
    static func type(of entry: Entry) -> UInt8 {
        switch entry.type {
        case .string: RDBType.string
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
