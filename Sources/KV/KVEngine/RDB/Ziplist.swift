import RESP

/// Reads a ziplist, the packed list of RDB before redis 7.0; nothing in it is believed.
///
///     total 4 │ offset of the last element 4 │ count 2 │ element … │ FF
///     element: length of the one before (1, or FE and 4) │ encoding │ data
///
///     00llllll  01llllll l  80 l4 (big-endian)     strings
///     C0 v2  D0 v4  E0 v8  F0 v3  FE v1  F1…FD     integers; the last are 0 to 12
struct ZiplistReader {
    private var cursor: RDBCursor
    private let announced: Int
    private let tail: Int
    private var seen = 0
    private var previousSize = 0
    private var lastStart = 10

    init(_ bytes: ByteSlice) throws(RDBError) {
        guard bytes.count > 10, bytes[bytes.count - 1] == 0xFF,
            Int(bytes.raw.loadUnaligned(as: UInt32.self).littleEndian) == bytes.count
        else { throw .corrupt("a ziplist") }
        tail = Int(bytes.raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
        announced = Int(bytes.raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian)
        cursor = RDBCursor(UnsafeRawBufferPointer(start: bytes.raw, count: bytes.count - 1), offset: 10)
    }

    /// Nil at the end.
    mutating func next() throws(RDBError) -> PackedElement? {
        guard cursor.offset < cursor.bytes.count else {
            guard announced == 0xFFFF || announced == seen, tail == lastStart else {
                throw .corrupt("a ziplist's count")
            }
            return nil
        }
        do throws(RDBError) {
            seen += 1
            return try element()
        } catch {
            if case .incomplete = error { throw .corrupt("a ziplist's element") }
            throw error
        }
    }

    private mutating func element() throws(RDBError) -> PackedElement {
        lastStart = cursor.offset
        var previous = Int(try cursor.byte())
        if previous == 0xFE { previous = Int(try cursor.littleEndian(UInt32.self)) }
        guard previous == previousSize else { throw .corrupt("a ziplist's backward length") }
        let first = try cursor.byte()
        let element: PackedElement
        switch first {
        case 0x00...0x3F: element = .bytes(RDBCursor.slice(try cursor.take(Int(first))))
        case 0x40...0x7F:
            let count = Int(first & 0x3F) << 8 | Int(try cursor.byte())
            element = .bytes(RDBCursor.slice(try cursor.take(count)))
        case 0x80:
            let count = Int(try cursor.littleEndian(UInt32.self).byteSwapped)
            element = .bytes(RDBCursor.slice(try cursor.take(count)))
        case 0xC0: element = .integer(Int64(try cursor.littleEndian(Int16.self)))
        case 0xD0: element = .integer(Int64(try cursor.littleEndian(Int32.self)))
        case 0xE0: element = .integer(try cursor.littleEndian(Int64.self))
        case 0xF0: element = .integer(try cursor.signed24())
        case 0xFE: element = .integer(Int64(try cursor.littleEndian(Int8.self)))
        case 0xF1...0xFD: element = .integer(Int64(first) - 0xF1)
        default: throw .corrupt("a ziplist's encoding")
        }
        previousSize = cursor.offset - lastStart
        return element
    }
}

/// Reads a zipmap, the packed hash of RDB before redis 2.6.
///
///     count 1 │ length field │ length unused 1 value, unused bytes │ … │ FF        length: 1, or FE and 4
struct ZipmapReader {
    private var cursor: RDBCursor

    init(_ bytes: ByteSlice) throws(RDBError) {
        guard bytes.count >= 2, bytes[bytes.count - 1] == 0xFF else { throw .corrupt("a zipmap") }
        cursor = RDBCursor(UnsafeRawBufferPointer(start: bytes.raw, count: bytes.count - 1), offset: 1)
    }

    /// A field and its value; nil at the end.
    mutating func next() throws(RDBError) -> (field: ByteSlice, value: ByteSlice)? {
        guard cursor.offset < cursor.bytes.count else { return nil }
        do throws(RDBError) {
            let field = RDBCursor.slice(try cursor.take(try length()))
            let count = try length()
            let unused = Int(try cursor.byte())
            let value = RDBCursor.slice(try cursor.take(count))
            _ = try cursor.take(unused)
            return (field, value)
        } catch {
            if case .incomplete = error { throw .corrupt("a zipmap's element") }
            throw error
        }
    }

    private mutating func length() throws(RDBError) -> Int {
        let first = try cursor.byte()
        guard first >= 0xFE else { return Int(first) }
        guard first == 0xFE else { throw .corrupt("a zipmap's length") }
        return Int(try cursor.littleEndian(UInt32.self))
    }
}

/// Reads an intset: encoding 4 (2, 4 or 8 bytes a number) │ count 4 │ numbers, ascending.
struct IntsetReader {
    private let bytes: ByteSlice
    private let width: Int
    let count: Int
    private var index = 0
    private var previous: Int64?

    init(_ bytes: ByteSlice) throws(RDBError) {
        guard bytes.count > 8 else { throw .corrupt("an intset") }
        width = Int(bytes.raw.loadUnaligned(as: UInt32.self).littleEndian)
        count = Int(bytes.raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
        guard width == 2 || width == 4 || width == 8, bytes.count == 8 + width * count else {
            throw .corrupt("an intset")
        }
        self.bytes = bytes
    }

    /// Nil at the end.
    mutating func next() throws(RDBError) -> Int64? {
        guard index < count else { return nil }
        let place = bytes.raw + 8 + index * width
        let value: Int64 =
            switch width {
            case 2: Int64(Int16(littleEndian: place.loadUnaligned(as: Int16.self)))
            case 4: Int64(Int32(littleEndian: place.loadUnaligned(as: Int32.self)))
            default: Int64(littleEndian: place.loadUnaligned(as: Int64.self))
            }
        if let previous, previous >= value { throw .corrupt("an intset's order") }
        previous = value
        index += 1
        return value
    }
}
