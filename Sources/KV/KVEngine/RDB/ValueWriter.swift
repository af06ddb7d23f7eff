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
        case .list: RDBType.listQuicklist2
        case .set: entry.encoding == SetValue.integers ? RDBType.setIntset : RDBType.set
        case .stream: RDBType.streamListpacks2
        case .sortedSet: SortedSetValue.isCalledListpack(entry) ? RDBType.sortedSetListpack : RDBType.sortedSet
        default: preconditionFailure("a type that RDB does not know")
        }
    }

    /// The body that goes with `type(of:)`.
    mutating func value(of entry: Entry) {
        switch entry.type {
        case .string: string(entry.value)
        case .hash: hash(entry)
        case .list: list(entry)
        case .set: set(entry)
        case .stream: stream(entry)
        case .sortedSet: sortedSet(entry)
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

    /// Listpacks of up to 8 KiB, filled from the head on as redis fills them when elements are added at the tail.
    private mutating func list(_ entry: Entry) {
        // Listpack's header and end, and redis's estimate of what one more element needs beside its bytes.
        let (empty, overhead, most) = (Listpack.headerSize + 1, 8, 8192)
        var counts: [Int] = [0]
        var size = empty
        ListValue.forEach(entry) { element in
            if counts[counts.count - 1] > 0, size + element.count + overhead > most {
                counts.append(0)
                size = empty
            }
            counts[counts.count - 1] += 1
            size += Listpack.size(of: element)
            return true
        }
        length(counts.count)
        var node = 0
        var left = counts[0]
        beginListpack()
        ListValue.forEach(entry) { element in
            appendToListpack(element)
            left -= 1
            guard left == 0 else { return true }
            endListpack(count: counts[node])
            // 2: the node is a listpack; 1 would be a single element.
            length(2)
            takeScratch()
            node += 1
            guard node < counts.count else { return false }
            left = counts[node]
            beginListpack()
            return true
        }
    }

    private mutating func set(_ entry: Entry) {
        guard entry.encoding == SetValue.integers else {
            length(SetValue.count(entry))
            SetValue.forEach(entry) { string($0) }
            return
        }
        // An intset: bytes of an integer 4 │ count 4 │ integers, all little-endian.
        let set = IntegerSet(entry)
        scratch.removeAll()
        scratch.append(bigEndian: UInt32(set.width).byteSwapped)
        scratch.append(bigEndian: UInt32(truncatingIfNeeded: set.count).byteSwapped)
        for index in 0..<set.count {
            switch set.width {
            case 2: scratch.append(bigEndian: Int16(truncatingIfNeeded: set[index]).byteSwapped)
            case 4: scratch.append(bigEndian: Int32(truncatingIfNeeded: set[index]).byteSwapped)
            default: scratch.append(bigEndian: set[index].byteSwapped)
            }
        }
        takeScratch()
    }

    /// A listpack in order, or, as redis's skiplist is written, from the highest score down.
    private mutating func sortedSet(_ entry: Entry) {
        let count = SortedSetValue.count(entry)
        guard SortedSetValue.isCalledListpack(entry) else {
            length(count)
            SortedSetValue.forEach(entry, 0..<count, reversed: true) { member, score in
                string(member)
                double(score)
            }
            return
        }
        beginListpack()
        SortedSetValue.forEach(entry) { member, score in
            appendToListpack(member)
            Score.withListpackText(score) { appendToListpack($0) }
        }
        endListpack(count: count * 2)
        takeScratch()
    }
}
