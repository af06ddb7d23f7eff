import RESP

/// A digest of values and databases that does not depend on the order in which unordered things lie: DEBUG DIGEST.
///
///     add    digest ^= SHA1(bytes)                        for what has no order: members, keys
///     mix    digest = SHA1(digest ^ SHA1(bytes))          for what has: elements, a field and its value
///
/// The construction is redis's, so the digests of equal data sets are equal, here and there.
struct DataSetDigest {
    private var words: (UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0)

    mutating func add(_ bytes: ByteSlice) { add(SHA1(of: bytes.buffer).words) }

    /// A digest of parts is added as any bytes are.
    mutating func add(_ other: DataSetDigest) {
        withUnsafeBytes(of: other.bigEndian) { add(RDBCursor.slice($0)) }
    }

    private var bigEndian: (UInt32, UInt32, UInt32, UInt32, UInt32) {
        (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian, words.4.bigEndian)
    }

    private mutating func add(_ other: (UInt32, UInt32, UInt32, UInt32, UInt32)) {
        words.0 ^= other.0
        words.1 ^= other.1
        words.2 ^= other.2
        words.3 ^= other.3
        words.4 ^= other.4
    }

    mutating func mix(_ bytes: ByteSlice) {
        add(bytes)
        words = withUnsafeBytes(of: bigEndian) { SHA1(of: $0).words }
    }

    private mutating func mix(number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { mix(RDBCursor.slice($0)) }
    }

    private mutating func mix(text: String) { Array(text.utf8).withSlice { mix($0) } }

    var hexadecimal: String {
        [words.0, words.1, words.2, words.3, words.4].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    // MARK: Values

    /// Mixes a value in, and that it expires.
    mutating func mix(valueOf entry: Entry) {
        mix(number: UInt32(entry.type.rawValue))
        switch entry.type {
        case .string: mix(entry.value)
        case .hash:
            HashValue.forEach(entry) { field, value in
                var own = DataSetDigest()
                own.mix(field)
                own.mix(value)
                add(own)
            }
        case .list:
            ListValue.forEach(entry) { element in
                mix(element)
                return true
            }
        case .set: SetValue.forEach(entry) { add($0) }
        case .stream:
            StreamValue.stream(entry).pointee.forEach(from: .least, through: .greatest) { node, record in
                mix(text: "\(record.id.milliseconds).\(record.id.sequence)")
                node.forEachPair(of: record) { field, value in
                    field.withBytes { mix($0) }
                    value.withBytes { mix($0) }
                }
                return true
            }
        case .sortedSet:
            SortedSetValue.forEach(entry) { member, score in
                var own = DataSetDigest()
                own.mix(member)
                Score.withText(score) { own.mix($0) }
                add(own)
            }
        default: preconditionFailure("a type that digests do not know")
        }
        if entry.hasExpiry { add(ByteSlice("!!expire!!")) }
    }
}

extension SHA1 {
    /// The digest as five words.
    fileprivate var words: (UInt32, UInt32, UInt32, UInt32, UInt32) {
        let digits = hexadecimal
        func word(_ index: Int) -> UInt32 {
            digits[index * 8..<index * 8 + 8].reduce(0) { $0 << 4 | UInt32($1 < 58 ? $1 - 48 : $1 - 87) }
        }
        return (word(0), word(1), word(2), word(3), word(4))
    }
}

extension Engine {
    /// Of all databases.
    func dataSetDigest() -> String {
        var digest = DataSetDigest()
        for index in 0..<databaseCount where (databases + index).pointee.count > 0 {
            withUnsafeBytes(of: UInt32(index).bigEndian) { digest.mix(RDBCursor.slice($0)) }
            (databases + index).pointee.table.forEach { entry in
                var own = DataSetDigest()
                own.mix(entry.key)
                own.mix(valueOf: entry)
                digest.add(own)
            }
        }
        return digest.hexadecimal
    }

    /// Of the value of a key; zeros when there is none.
    mutating func valueDigest(of key: ByteSlice) -> String {
        var digest = DataSetDigest()
        if let slot = find(key) { digest.mix(valueOf: slot.entry) }
        return digest.hexadecimal
    }
}
