// The hash beside a unique key: key → row, one or two cache misses.
//
//     words: [ tag 32 | row 32 ] …     linear probing from tag & mask, at most 3/4 full; empty = all ones
//
// Invariants: an entry stands between its home and the next empty word (deletion shifts back); a (tag, row) pair stands once.
// The tag decides the home, so growing and deleting never look at rows. Equal tags do not mean equal keys: callers compare.

struct HashIndex: ~Copyable {
    private var words: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0
    static let empty = UInt64.max

    init(expected: Int = 0) {
        var capacity = 16
        while capacity * 3 < expected * 4 { capacity *= 2 }
        words = .allocate(capacity: capacity)
        words.initialize(repeating: Self.empty, count: capacity)
        mask = capacity - 1
    }

    deinit { words.deallocate() }

    var byteCount: Int { (mask + 1) * 8 }

    mutating func insert(tag: UInt32, _ row: RowID) {
        if (count + 1) * 4 > (mask + 1) * 3 { grow() }
        let word = UInt64(tag) << 32 | UInt64(row)
        var position = Int(tag) & mask
        while words[position] != Self.empty {
            if words[position] == word { return }
            position = (position + 1) & mask
        }
        words[position] = word
        count += 1
    }

    private mutating func grow() {
        let oldCapacity = mask + 1
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: oldCapacity * 2)
        larger.initialize(repeating: Self.empty, count: oldCapacity * 2)
        let newMask = oldCapacity * 2 - 1
        for old in 0..<oldCapacity where words[old] != Self.empty {
            var position = Int(words[old] >> 32) & newMask
            while larger[position] != Self.empty { position = (position + 1) & newMask }
            larger[position] = words[old]
        }
        words.deallocate()
        words = larger
        mask = newMask
    }

    mutating func remove(tag: UInt32, _ row: RowID) {
        let word = UInt64(tag) << 32 | UInt64(row)
        var hole = Int(tag) & mask
        while words[hole] != word {
            if words[hole] == Self.empty { return }
            hole = (hole + 1) & mask
        }
        count -= 1
        // Shift back what would no longer be reachable over the hole.
        var next = (hole + 1) & mask
        while words[next] != Self.empty {
            let home = Int(words[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                words[hole] = words[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        words[hole] = Self.empty
    }

    /// The next row with this tag; `position` starts at -1 and is the caller's cursor.
    func next(tag: UInt32, _ position: inout Int) -> RowID? {
        position = position < 0 ? Int(tag) & mask : (position + 1) & mask
        while words[position] != Self.empty {
            if UInt32(truncatingIfNeeded: words[position] >> 32) == tag {
                return UInt32(truncatingIfNeeded: words[position])
            }
            position = (position + 1) & mask
        }
        return nil
    }
}
