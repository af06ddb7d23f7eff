import RESP

/// Reads one value of RDB into an entry, element by element as the bytes arrive.
///
///     type, key ──begin──▶ read (as often as bytes come) ──▶ true: complete ──take──▶ Entry
///
/// Every element that was read is kept, so a value of ten million elements is not begun again when a packet ends in
/// its middle. Nothing in the input is believed: bounds, counts, order and uniqueness are checked, and whatever does
/// not hold ends the reading with `.corrupt`; what was built is freed.
public struct ValueReader: ~Copyable {
    private let type: UInt8
    private var builder: ValueBuilder
    /// Elements or nodes that are still to come; nil before their number was read.
    private var remaining: Int?
    /// What the expiries of fields are counted from; nil before it was read.
    private var earliestExpiry: Int64?
    private var streamReader: StreamReader?
    /// Room for the digits of two numbers.
    private let digits: UnsafeMutablePointer<UInt8>

    /// - Parameter entry: what `makeEmpty` made for the type.
    init(type: UInt8, _ entry: Entry, _ hash: KeyHash, _ settings: Engine.Settings) {
        self.type = type
        builder = ValueBuilder(entry, hash, settings)
        digits = .allocate(capacity: 48)
        streamReader = entry.type == .stream ? StreamReader(type: type, StreamValue.stream(entry)) : nil
    }

    /// The value before its first element.
    /// - Throws: `.unsupportedType` when this server has no such value.
    static func makeEmpty(type: UInt8, key: ByteSlice, expiry: Int64?, clock: UInt32) throws(RDBError) -> Entry {
        switch type {
        case RDBType.hash, RDBType.hashZipmap, RDBType.hashZiplist, RDBType.hashListpack, RDBType.hashWithExpiry,
            RDBType.hashListpackWithExpiry:
            return HashValue.makeEmpty(key: key, expiry: expiry, clock: clock)
        case RDBType.list, RDBType.listZiplist, RDBType.listQuicklist, RDBType.listQuicklist2:
            return ListValue.makeEmpty(key: key, expiry: expiry, clock: clock, capacity: 0)
        case RDBType.set, RDBType.setIntset, RDBType.setListpack:
            return IntegerSet.makeEmpty(key: key, expiry: expiry, clock: clock)
        case RDBType.streamListpacks, RDBType.streamListpacks2, RDBType.streamListpacks3:
            return StreamValue.make(key: key, clock: clock, expiry: expiry)
        case RDBType.sortedSet, RDBType.sortedSetText, RDBType.sortedSetZiplist, RDBType.sortedSetListpack:
            return SortedSetValue.makeEmpty(key: key, expiry: expiry, clock: clock)
        default: throw .unsupportedType(type)
        }
    }

    deinit { digits.deallocate() }

    /// Reads on; true when the value is complete. When the bytes end before, `.incomplete` tells how many are needed,
    /// and the cursor stands behind the last complete element.
    public mutating func read(_ cursor: inout RDBCursor) throws(RDBError) -> Bool {
        var mark = cursor.offset
        do throws(RDBError) {
            if type >= RDBType.hashWithExpiry, earliestExpiry == nil {
                earliestExpiry = try cursor.littleEndian(Int64.self)
                mark = cursor.offset
            }
            switch type {
            case RDBType.hashListpackWithExpiry, RDBType.hashZipmap, RDBType.hashZiplist, RDBType.hashListpack:
                try cursor.string { (bytes) throws(RDBError) in try packedHash(bytes) }
                return true
            case RDBType.listZiplist:
                try cursor.string { (bytes) throws(RDBError) in try ziplist(bytes) }
                return true
            case RDBType.setIntset:
                try cursor.string { (bytes) throws(RDBError) in try integers(bytes) }
                return true
            case RDBType.setListpack:
                try cursor.string { (bytes) throws(RDBError) in
                    var reader = try ListpackReader(bytes)
                    while let member = try reader.next() { try add(member.text(digits)) }
                }
                return true
            case RDBType.streamListpacks, RDBType.streamListpacks2, RDBType.streamListpacks3:
                while try streamReader?.readPiece(&cursor) == false { mark = cursor.offset }
                return true
            case RDBType.sortedSetZiplist, RDBType.sortedSetListpack:
                try cursor.string { (bytes) throws(RDBError) in try packedSortedSet(bytes) }
                return true
            default:
                if remaining == nil { remaining = try cursor.length() }
                while let count = remaining, count > 0 {
                    mark = cursor.offset
                    try element(&cursor)
                    remaining = count - 1
                }
                return true
            }
        } catch {
            cursor.offset = mark
            throw error
        }
    }

    /// The value, once it is complete; nil when it has no elements.
    mutating func take() -> Entry? { builder.take() }

    // MARK: Elements

    private mutating func element(_ cursor: inout RDBCursor) throws(RDBError) {
        switch type {
        case RDBType.hash:
            let field = try cursor.array()
            let value = try cursor.array()
            let isNew = field.withSlice { field in value.withSlice { builder.setField(field, $0) } }
            guard isNew else { throw .corrupt("a field twice") }
        case RDBType.hashWithExpiry:
            let distance = try cursor.word()
            let field = try cursor.array()
            let value = try cursor.array()
            let isNew = field.withSlice { field in value.withSlice { builder.setField(field, $0) } }
            guard isNew else { throw .corrupt("a field twice") }
            guard distance > 0 else { return }
            let (sum, overflow) = (earliestExpiry ?? 0).addingReportingOverflow(Int64(truncatingIfNeeded: distance) - 1)
            guard distance < 1 << 62, !overflow, sum >= 0 else { throw .corrupt("a field's expiry") }
            field.withSlice { builder.setExpiry(sum, of: $0) }
        case RDBType.list:
            let element = try cursor.array()
            element.withSlice { builder.append($0) }
        case RDBType.listQuicklist: try cursor.string { (bytes) throws(RDBError) in try ziplist(bytes) }
        case RDBType.listQuicklist2: try node(&cursor)
        case RDBType.set:
            let member = try cursor.array()
            try member.withSlice { (member) throws(RDBError) in try add(member) }
        case RDBType.sortedSet, RDBType.sortedSetText:
            let member = try cursor.array()
            let score = type == RDBType.sortedSet ? try cursor.double() : try textScore(&cursor)
            guard !score.isNaN else { throw .corrupt("a score that is no number") }
            guard member.withSlice({ builder.addMember($0, score) }) else { throw .corrupt("a member twice") }
        default: throw .unsupportedType(type)
        }
    }

    private mutating func add(_ member: ByteSlice) throws(RDBError) {
        guard builder.add(member) else { throw .corrupt("a member twice") }
    }

    /// A part of a list: one large element, or a listpack of several.
    private mutating func node(_ cursor: inout RDBCursor) throws(RDBError) {
        switch try cursor.length() {
        case 1: try cursor.string { (bytes) throws(RDBError) in builder.append(bytes) }
        case 2:
            try cursor.string { (bytes) throws(RDBError) in
                var reader = try ListpackReader(bytes)
                while let element = try reader.next() { builder.append(element.text(digits)) }
            }
        default: throw .corrupt("a list's node")
        }
    }

    private mutating func ziplist(_ bytes: ByteSlice) throws(RDBError) {
        var reader = try ZiplistReader(bytes)
        while let element = try reader.next() { builder.append(element.text(digits)) }
    }

    /// Bytes of an integer 4 │ count 4 │ integers in ascending order, all little-endian.
    private mutating func integers(_ bytes: ByteSlice) throws(RDBError) {
        guard bytes.count >= 8 else { throw .corrupt("an intset") }
        let width = Int(bytes.raw.loadUnaligned(as: UInt32.self).littleEndian)
        let count = Int(bytes.raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
        guard width == 2 || width == 4 || width == 8, bytes.count == 8 + count * width else {
            throw .corrupt("an intset's size")
        }
        var previous: Int64?
        for offset in stride(from: 8, to: bytes.count, by: width) {
            let value: Int64 =
                switch width {
                case 2: Int64(bytes.raw.loadUnaligned(fromByteOffset: offset, as: Int16.self).littleEndian)
                case 4: Int64(bytes.raw.loadUnaligned(fromByteOffset: offset, as: Int32.self).littleEndian)
                default: bytes.raw.loadUnaligned(fromByteOffset: offset, as: Int64.self).littleEndian
                }
            if let previous, previous >= value { throw .corrupt("an intset's order") }
            previous = value
            try add(PackedElement.integer(value).text(digits))
        }
    }

    private mutating func packedHash(_ bytes: ByteSlice) throws(RDBError) {
        switch type {
        case RDBType.hashListpack:
            var reader = try ListpackReader(bytes)
            while let field = try reader.next() { try setField(field, try reader.next()) }
        case RDBType.hashListpackWithExpiry:
            var reader = try ListpackReader(bytes)
            while let field = try reader.next() {
                try setField(field, try reader.next())
                guard let expiry = try reader.next()?.integer, expiry >= 0 else { throw .corrupt("a field's expiry") }
                if expiry > 0 { builder.setExpiry(expiry, of: field.text(digits)) }
            }
        case RDBType.hashZiplist:
            var reader = try ZiplistReader(bytes)
            while let field = try reader.next() { try setField(field, try reader.next()) }
        default:
            var reader = try ZipmapReader(bytes)
            while let (field, value) = try reader.next() { try setField(.bytes(field), .bytes(value)) }
        }
    }

    private mutating func setField(_ field: PackedElement, _ value: PackedElement?) throws(RDBError) {
        guard let value else { throw .corrupt("a field without value") }
        guard builder.setField(field.text(digits), value.text(digits + 24)) else { throw .corrupt("a field twice") }
    }

    private mutating func packedSortedSet(_ bytes: ByteSlice) throws(RDBError) {
        if type == RDBType.sortedSetListpack {
            var reader = try ListpackReader(bytes)
            while let member = try reader.next() { try addMember(member, try reader.next()) }
        } else {
            var reader = try ZiplistReader(bytes)
            while let member = try reader.next() { try addMember(member, try reader.next()) }
        }
    }

    private mutating func addMember(_ member: PackedElement, _ score: PackedElement?) throws(RDBError) {
        guard let score, let number = Score.parse(score.text(digits)) else { throw .corrupt("a member without score") }
        guard builder.addMember(member.text(digits), number) else { throw .corrupt("a member twice") }
    }

    /// The form of before redis 4: a byte that tells the number of digits, or that there are none.
    private func textScore(_ cursor: inout RDBCursor) throws(RDBError) -> Double {
        let count = try cursor.byte()
        switch count {
        case 253: return .nan
        case 254: return .infinity
        case 255: return -.infinity
        default:
            guard let score = Score.parse(RDBCursor.slice(try cursor.take(Int(count)))) else {
                throw .corrupt("a score that is no number")
            }
            return score
        }
    }
}
