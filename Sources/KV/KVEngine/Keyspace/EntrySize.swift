/// How many bytes a key with its value takes: what was allocated for it, and its place in the table of keys.
///
/// Of a big value some elements are looked at and their mean stands for all; nodes and tables are counted as they are.
extension Keyspace {
    /// An address and a control byte in a bucket that is three quarters full.
    private static let place = 12

    /// - Parameter samples: how many elements are looked at; 0 for all.
    static func size(of entry: Entry, samples: Int) -> Int {
        let own = entry.size + place
        switch entry.type {
        case .hash where HashValue.isTable(entry): return own + size(HashValue.tablePointer(entry), samples)
        case .set where SetValue.isTable(entry): return own + size(SetValue.tablePointer(entry), samples)
        case .sortedSet: return own + SortedSetValue.contentSize(entry) { size(of: $0, samples) }
        case .list: return own + ListValue.contentSize(entry, samples)
        case .stream: return own + StreamValue.stream(entry).pointee.size(samples)
        default: return own
        }
    }

    private static func size(_ table: UnsafeMutablePointer<EntryTable>, _ samples: Int) -> Int {
        table.pointee.memory + MemoryLayout<EntryTable>.size + size(of: table.pointee, samples)
    }

    /// The entries of a table.
    private static func size(of table: borrowing EntryTable, _ samples: Int) -> Int {
        var seen = 0
        var sum = 0
        var cursor: UInt64 = 0
        repeat {
            cursor = table.scan(from: cursor) { entry in
                if samples > 0, seen >= samples { return }
                seen += 1
                sum += entry.size
            }
        } while cursor != 0 && (samples == 0 || seen < samples)
        return seen == 0 ? 0 : scaled(sum, seen, table.count)
    }

    /// What `count` take when `seen` of them take `sum`.
    static func scaled(_ sum: Int, _ seen: Int, _ count: Int) -> Int {
        seen == count ? sum : Int(Double(sum) / Double(seen) * Double(count))
    }
}

extension Entry {
    /// Bytes of the entry's own memory.
    var size: Int { valueCapacity + (valueStart - base) + (isPieceOfSlab ? 0 : 8) }
}
