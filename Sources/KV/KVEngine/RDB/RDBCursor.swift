import Bytes
import RESP

/// Why bytes could not be read as RDB.
public enum RDBError: Error {
    /// They end too early; at least up to this offset they are needed.
    case incomplete(Int)
    case corrupt(StaticString)
    /// A type of value that this server does not have.
    case unsupportedType(UInt8)
}

/// Reads the parts that RDB is made of, every length checked against what is there; see `RDBWriter` for the forms.
public struct RDBCursor {
    static let longestString = 512 << 20

    public let bytes: UnsafeRawBufferPointer
    public var offset: Int

    public init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    public mutating func byte() throws(RDBError) -> UInt8 {
        guard offset < bytes.count else { throw .incomplete(offset + 1) }
        offset += 1
        return bytes[offset - 1]
    }

    public mutating func take(_ count: Int) throws(RDBError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= 1 << 41 else { throw .corrupt("a length") }
        guard count <= bytes.count - offset else { throw .incomplete(offset + count) }
        offset += count
        return UnsafeRawBufferPointer(rebasing: bytes[(offset - count)..<offset])
    }

    public mutating func littleEndian<Integer: FixedWidthInteger>(_: Integer.Type) throws(RDBError) -> Integer {
        Integer(littleEndian: try take(MemoryLayout<Integer>.size).loadUnaligned(as: Integer.self))
    }

    private mutating func bigEndian<Integer: FixedWidthInteger>(_: Integer.Type) throws(RDBError) -> Integer {
        Integer(bigEndian: try take(MemoryLayout<Integer>.size).loadUnaligned(as: Integer.self))
    }

    public mutating func double() throws(RDBError) -> Double {
        Double(bitPattern: try littleEndian(UInt64.self))
    }

    /// A length, or the code of a specially encoded string.
    private mutating func lengthOrEncoding() throws(RDBError) -> (value: UInt64, isEncoding: Bool) {
        let first = try byte()
        switch first >> 6 {
        case 0: return (UInt64(first & 0x3F), false)
        case 1: return (UInt64(first & 0x3F) << 8 | UInt64(try byte()), false)
        case 3: return (UInt64(first & 0x3F), true)
        default:
            if first == 0x80 { return (UInt64(try bigEndian(UInt32.self)), false) }
            guard first == 0x81 else { throw .corrupt("a length") }
            return (try bigEndian(UInt64.self), false)
        }
    }

    /// Any 64-bit number that is written as a length.
    public mutating func word() throws(RDBError) -> UInt64 {
        let (value, isEncoding) = try lengthOrEncoding()
        guard !isEncoding else { throw .corrupt("a length") }
        return value
    }

    public mutating func length() throws(RDBError) -> Int {
        let value = try word()
        guard value <= 1 << 40 else { throw .corrupt("a length") }
        return Int(value)
    }

    /// Shows a string to `body`; it is good until `body` returns.
    public mutating func string<Result>(
        _ body: (ByteSlice) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        let (value, isEncoding) = try lengthOrEncoding()
        guard isEncoding else {
            guard value <= UInt64(Self.longestString) else { throw .corrupt("a string's length") }
            return try body(Self.slice(try take(Int(value))))
        }
        switch value {
        case 0: return try decimal(Int64(try littleEndian(Int8.self)), body)
        case 1: return try decimal(Int64(try littleEndian(Int16.self)), body)
        case 2: return try decimal(Int64(try littleEndian(Int32.self)), body)
        case 3:
            let compressed = try length()
            let plain = try length()
            guard compressed <= Self.longestString, plain <= Self.longestString, plain <= LZF.mostPlain(compressed)
            else { throw .corrupt("a string's length") }
            let input = try take(compressed)
            let output = UnsafeMutableRawPointer.allocate(byteCount: max(1, plain), alignment: 8)
            defer { output.deallocate() }
            guard LZF.decompress(input, to: output, count: plain) else { throw .corrupt("a compressed string") }
            return try body(ByteSlice(UnsafeRawPointer(output), count: plain))
        default: throw .corrupt("a string's encoding")
        }
    }

    /// A string that lives by itself.
    public mutating func array() throws(RDBError) -> [UInt8] {
        try string { (bytes) throws(RDBError) in bytes.array }
    }

    static func slice(_ bytes: UnsafeRawBufferPointer) -> ByteSlice {
        guard let start = bytes.baseAddress else { return ByteSlice("") }
        return ByteSlice(start, count: bytes.count)
    }

    private func decimal<Result>(
        _ value: Int64,
        _ body: (ByteSlice) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        var digits = DecimalDigits()
        return try digits.with(value, body)
    }
}

/// Room for the text of a number.
struct DecimalDigits {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// Shows the digits of `value`.
    mutating func with<Result>(
        _ value: Int64,
        _ body: (ByteSlice) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        var outcome: Swift.Result<Result, RDBError>?
        withUnsafeMutableBytes(of: &words) { room in
            var position = room.count
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
            let slice = RDBCursor.slice(UnsafeRawBufferPointer(rebasing: room[position...]))
            do throws(RDBError) { outcome = .success(try body(slice)) } catch { outcome = .failure(error) }
        }
        guard let outcome else { throw .corrupt("a number") }
        return try outcome.get()
    }
}

extension [UInt8] {
    /// Shows the bytes as a slice.
    public func withSlice<Result, Failure: Error>(_ body: (ByteSlice) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        try withUnsafeBufferPointer { (bytes) throws(Failure) in
            try body(RDBCursor.slice(UnsafeRawBufferPointer(bytes)))
        }
    }
}
