import Bytes
import Glibc
import RESP

/// Writes the parts that RDB is made of: lengths, strings, numbers.
///
///     00llllll │ 01llllll l │ 80 l4 │ 81 l8    a length, big-endian
///     length bytes                             a string
///     C0 n │ C1 n2 │ C2 n4                     a string that spells an integer, little-endian
///     C3 length length bytes                   a string compressed by LZF: compressed, plain length
///
/// What is written equals redis's choice, which compresses whatever is longer than 20 bytes and gains by it.
public struct RDBWriter: ~Copyable {
    /// The format version of redis 7.0.
    public static let version = 10

    public var buffer: ByteBuffer
    /// Where listpacks are put together before they are written as strings.
    var scratch = ByteBuffer()
    private var compressor: LZFCompressor?

    public init(buffer: consuming ByteBuffer = ByteBuffer()) {
        self.buffer = buffer
    }

    public mutating func byte(_ value: UInt8) { buffer.append(value) }

    public mutating func length(_ value: Int) {
        if value < 1 << 6 {
            buffer.append(UInt8(value))
        } else if value < 1 << 14 {
            buffer.append(UInt8(value >> 8) | 0x40)
            buffer.append(UInt8(value & 0xFF))
        } else {
            length(word: UInt64(value))
        }
    }

    /// A length that may be any 64-bit number, such as the parts of a stream's identifiers.
    public mutating func length(word value: UInt64) {
        if value < 1 << 14 { return length(Int(value)) }
        if value <= UInt64(UInt32.max) {
            buffer.append(0x80)
            buffer.append(bigEndian: UInt32(value))
        } else {
            buffer.append(0x81)
            buffer.append(bigEndian: value)
        }
    }

    public mutating func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        buffer.append(bigEndian: value.byteSwapped)
    }

    /// A score: the eight bytes of the number.
    public mutating func double(_ value: Double) { littleEndian(value.bitPattern) }

    public mutating func string(_ text: StaticString) { string(ByteSlice(text)) }

    /// A string in the shortest of its forms.
    public mutating func string(_ bytes: ByteSlice) {
        if bytes.count <= 11, let value = ASCII.parseInt64(bytes.buffer), integer(value) { return }
        if bytes.count > 20, compressed(bytes) { return }
        length(bytes.count)
        buffer.append(bytes.raw, count: bytes.count)
    }

    private mutating func integer(_ value: Int64) -> Bool {
        if let short = Int8(exactly: value) {
            buffer.append(0xC0)
            littleEndian(short)
        } else if let short = Int16(exactly: value) {
            buffer.append(0xC1)
            littleEndian(short)
        } else if let short = Int32(exactly: value) {
            buffer.append(0xC2)
            littleEndian(short)
        } else {
            return false
        }
        return true
    }

    private mutating func compressed(_ bytes: ByteSlice) -> Bool {
        if compressor == nil { compressor = LZFCompressor() }
        let capacity = bytes.count - 4
        // A byte more: a run that never gets a byte is begun behind the last.
        let target = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + 1)
        defer { target.deallocate() }
        let count = compressor?.compress(bytes.start, count: bytes.count, to: target, capacity: capacity) ?? 0
        guard count > 0 else { return false }
        buffer.append(0xC3)
        length(count)
        length(bytes.count)
        buffer.append(target, count: count)
        return true
    }

    /// What `scratch` holds as a string; `scratch` is empty then.
    mutating func takeScratch() {
        let bytes = scratch.bytes
        if let start = bytes.baseAddress { string(ByteSlice(start, count: bytes.count)) } else { string("") }
        scratch.removeAll()
    }
}
