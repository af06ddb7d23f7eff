import Bytes
import RESP

/// An element of a packed list: a string, or an integer that is kept as one.
enum PackedElement {
    case bytes(ByteSlice)
    case integer(Int64)

    /// The element as text; `room` has 24 bytes for a number's digits and must outlive the slice.
    func text(_ room: UnsafeMutablePointer<UInt8>) -> ByteSlice {
        switch self {
        case .bytes(let bytes): return bytes
        case .integer(let value):
            var position = 24
            var rest = value.magnitude
            repeat {
                position -= 1
                room[position] = UInt8(truncatingIfNeeded: rest % 10) + 48
                rest /= 10
            } while rest != 0
            if value < 0 {
                position -= 1
                room[position] = UInt8(ascii: "-")
            }
            return ByteSlice(start: room + position, count: 24 - position)
        }
    }

    /// The element as an integer, when it is one.
    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bytes(let bytes): ASCII.parseInt64(bytes.buffer)
        }
    }
}

/// Listpacks: RDB's packed lists since redis 7.0.
///
///     total 4 │ count 2 │ element … │ FF            little-endian
///     element: encoding and data │ their length, readable backwards
///
///     0vvvvvvv               0…127              F1 v2  F2 v3  F3 v4  F4 v8     integers
///     110vvvvv v             -4096…4095
///     10llllll bytes         up to 63           1110llll l bytes   up to 4095  F0 l4 bytes
enum Listpack {
    static let headerSize = 6
    static let unknownCount = 0xFFFF

    /// The bytes that the backwards length of an element of `size` bytes takes.
    @inline(__always)
    static func backwardSize(_ size: Int) -> Int {
        // Redis's own limits: 16383 takes three bytes although two would hold it.
        size <= 127 ? 1 : size < 16383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5
    }

    /// Bytes of a whole element with its lengths.
    static func size(of bytes: ByteSlice) -> Int {
        var size = bytes.count
        if let value = bytes.count <= 20 ? ASCII.parseInt64(bytes.buffer) : nil {
            size = integerSize(value)
        } else {
            size += size < 64 ? 1 : size < 4096 ? 2 : 5
        }
        return size + backwardSize(size)
    }

    private static func integerSize(_ value: Int64) -> Int {
        switch value {
        case 0...127: 1
        case -4096...4095: 2
        case -32768...32767: 3
        case -8_388_608...8_388_607: 4
        case -2_147_483_648...2_147_483_647: 5
        default: 9
        }
    }
}

/// Writes a listpack to the end of a buffer that holds nothing else.
extension RDBWriter {
    mutating func beginListpack() {
        scratch.removeAll()
        scratch.append(bigEndian: UInt32(0))
        scratch.append(bigEndian: UInt16(0))
    }

    /// Appends an element: an integer where the bytes spell one.
    mutating func appendToListpack(_ bytes: ByteSlice) {
        if bytes.count <= 20, let value = ASCII.parseInt64(bytes.buffer) { return appendToListpack(value) }
        let count = bytes.count
        let size: Int
        if count < 64 {
            scratch.append(0x80 | UInt8(count))
            size = count + 1
        } else if count < 4096 {
            scratch.append(0xE0 | UInt8(count >> 8))
            scratch.append(UInt8(count & 0xFF))
            size = count + 2
        } else {
            scratch.append(0xF0)
            scratch.append(bigEndian: UInt32(count).byteSwapped)
            size = count + 5
        }
        scratch.append(bytes.raw, count: count)
        appendBackward(size)
    }

    mutating func appendToListpack(_ value: Int64) {
        let size: Int
        switch value {
        case 0...127:
            scratch.append(UInt8(value))
            size = 1
        case -4096...4095:
            let bits = UInt16(truncatingIfNeeded: value) & 0x1FFF
            scratch.append(0xC0 | UInt8(bits >> 8))
            scratch.append(UInt8(bits & 0xFF))
            size = 2
        case -32768...32767:
            scratch.append(0xF1)
            scratch.append(bigEndian: Int16(value).byteSwapped)
            size = 3
        case -8_388_608...8_388_607:
            scratch.append(0xF2)
            for shift in [0, 8, 16] { scratch.append(UInt8(truncatingIfNeeded: value >> Int64(shift))) }
            size = 4
        case -2_147_483_648...2_147_483_647:
            scratch.append(0xF3)
            scratch.append(bigEndian: Int32(value).byteSwapped)
            size = 5
        default:
            scratch.append(0xF4)
            scratch.append(bigEndian: value.byteSwapped)
            size = 9
        }
        appendBackward(size)
    }

    private mutating func appendBackward(_ size: Int) {
        let count = Listpack.backwardSize(size)
        for index in 0..<count {
            let part = UInt8(truncatingIfNeeded: size >> (7 * (count - 1 - index))) & 0x7F
            scratch.append(index == 0 ? part : part | 0x80)
        }
    }

    /// Ends the listpack: the bytes are in `scratch`.
    mutating func endListpack(count: Int) {
        scratch.append(0xFF)
        scratch.store(bigEndian: Int32(truncatingIfNeeded: scratch.count).byteSwapped, at: 0)
        let number = UInt16(truncatingIfNeeded: min(count, Listpack.unknownCount))
        scratch.store(bigEndian: number.byteSwapped, at: 4)
    }
}

/// Reads a listpack of which nothing is believed: bounds, backward lengths, the count and the end are checked.
struct ListpackReader {
    private var cursor: RDBCursor
    private let announced: Int
    private var seen = 0
    /// Where the next element begins, counted from the listpack's start.
    var offset: Int { cursor.offset }

    init(_ bytes: ByteSlice) throws(RDBError) {
        guard bytes.count > Listpack.headerSize, bytes[bytes.count - 1] == 0xFF else { throw .corrupt("a listpack") }
        let total = bytes.raw.loadUnaligned(as: UInt32.self).littleEndian
        guard Int(total) == bytes.count else { throw .corrupt("a listpack's length") }
        announced = Int(bytes.raw.loadUnaligned(fromByteOffset: 4, as: UInt16.self).littleEndian)
        // The end mark is not an element's.
        cursor = RDBCursor(
            UnsafeRawBufferPointer(start: bytes.raw, count: bytes.count - 1),
            offset: Listpack.headerSize
        )
    }

    /// Nil at the end.
    mutating func next() throws(RDBError) -> PackedElement? {
        guard cursor.offset < cursor.bytes.count else {
            guard announced == Listpack.unknownCount || announced == seen else {
                throw .corrupt("a listpack's count")
            }
            return nil
        }
        do throws(RDBError) {
            seen += 1
            return try element()
        } catch {
            // The listpack is complete as a string: what is missing inside it will never come.
            if case .incomplete = error { throw .corrupt("a listpack's element") }
            throw error
        }
    }

    private mutating func element() throws(RDBError) -> PackedElement {
        let start = cursor.offset
        let first = try cursor.byte()
        let element: PackedElement
        switch first {
        case 0x00...0x7F: element = .integer(Int64(first))
        case 0x80...0xBF: element = .bytes(RDBCursor.slice(try cursor.take(Int(first & 0x3F))))
        case 0xC0...0xDF:
            let value = Int64(first & 0x1F) << 8 | Int64(try cursor.byte())
            element = .integer(value >= 1 << 12 ? value - 1 << 13 : value)
        case 0xE0...0xEF:
            let count = Int(first & 0x0F) << 8 | Int(try cursor.byte())
            element = .bytes(RDBCursor.slice(try cursor.take(count)))
        case 0xF0:
            let count = Int(try cursor.littleEndian(UInt32.self))
            element = .bytes(RDBCursor.slice(try cursor.take(count)))
        case 0xF1: element = .integer(Int64(try cursor.littleEndian(Int16.self)))
        case 0xF2: element = .integer(try cursor.signed24())
        case 0xF3: element = .integer(Int64(try cursor.littleEndian(Int32.self)))
        case 0xF4: element = .integer(try cursor.littleEndian(Int64.self))
        default: throw .corrupt("a listpack's encoding")
        }
        let size = cursor.offset - start
        let backward = try cursor.take(Listpack.backwardSize(size))
        for (index, byte) in backward.enumerated() {
            let part = UInt8(truncatingIfNeeded: size >> (7 * (backward.count - 1 - index))) & 0x7F
            guard byte == (index == 0 ? part : part | 0x80) else { throw .corrupt("a listpack's backward length") }
        }
        return element
    }
}

extension RDBCursor {
    /// A signed number of three bytes, little-endian.
    mutating func signed24() throws(RDBError) -> Int64 {
        let bytes = try take(3)
        let value = Int32(bytes[0]) | Int32(bytes[1]) << 8 | Int32(Int8(bitPattern: bytes[2])) << 16
        return Int64(value)
    }
}
