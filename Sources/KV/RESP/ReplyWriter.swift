import Bytes
import Glibc

/// Writes replies straight into the send buffer, in the version the client asked for with HELLO.
///
///     reply.bulk(value)      $5⏎hello⏎
///     reply.null()           $-1⏎  in RESP2,  _⏎  in RESP3
///     reply.map(2)           *4⏎   in RESP2,  %2⏎ in RESP3; the elements follow
///
/// The writer is a buffer and a number; everything short is inlined into the engine. It does not check that as many
/// elements follow as were announced.
@frozen
public struct ReplyWriter: ~Copyable {
    /// What is going to be sent.
    public var buffer: ByteBuffer
    /// 2 or 3.
    public var version: UInt8

    @inlinable
    public init(buffer: consuming ByteBuffer = ByteBuffer(), version: UInt8 = 2) {
        self.buffer = buffer
        self.version = version
    }

    // MARK: Simple types

    @inlinable
    public mutating func ok() {
        buffer.append("+OK\r\n")
    }

    /// `+text`, a complete line without CR LF.
    @inlinable
    public mutating func simple(_ text: StaticString) {
        buffer.append(UInt8(ascii: "+"))
        buffer.append(text)
        buffer.append("\r\n")
    }

    public mutating func simple(string: String) {
        buffer.append(UInt8(ascii: "+"))
        buffer.append(string: string)
        buffer.append("\r\n")
    }

    /// `-text`; the text begins with its code word, such as `ERR` or `WRONGTYPE`.
    @inlinable
    public mutating func error(_ text: StaticString) {
        buffer.append(UInt8(ascii: "-"))
        buffer.append(text)
        buffer.append("\r\n")
    }

    /// `-text` with bytes from outside: line ends in it become blanks, as they would end the reply, and those at its
    /// end are dropped.
    public mutating func error(bytes: [UInt8]) {
        buffer.append(UInt8(ascii: "-"))
        let end = bytes.lastIndex { $0 != 13 && $0 != 10 }.map { $0 + 1 } ?? 0
        for byte in bytes[..<end] { buffer.append(byte == 13 || byte == 10 ? 32 : byte) }
        buffer.append("\r\n")
    }

    public mutating func error(string: String) {
        error(bytes: Array(string.utf8))
    }

    @inlinable
    public mutating func integer(_ value: Int64) {
        if value == 0 { return buffer.append(":0\r\n") }
        if value == 1 { return buffer.append(":1\r\n") }
        buffer.append(UInt8(ascii: ":"))
        buffer.append(decimal: value)
        buffer.append("\r\n")
    }

    @inlinable
    public mutating func integer(_ value: Int) {
        integer(Int64(value))
    }

    @inlinable
    public mutating func null() {
        if version == 2 { buffer.append("$-1\r\n") } else { buffer.append("_\r\n") }
    }

    @inlinable
    public mutating func nullArray() {
        if version == 2 { buffer.append("*-1\r\n") } else { buffer.append("_\r\n") }
    }

    /// RESP3 `#t`, `#f`; RESP2 1 and 0.
    public mutating func boolean(_ value: Bool) {
        if version == 2 { return integer(value ? 1 : 0) }
        buffer.append(value ? "#t\r\n" : "#f\r\n")
    }

    // MARK: Strings

    /// The most bytes that a bulk string takes beside its own: `$`, at most 19 digits, two line ends.
    @usableFromInline static let bulkOverhead = 24

    @inlinable
    public mutating func bulk(_ start: UnsafeRawPointer, count: Int) {
        let target = buffer.reserve(count &+ Self.bulkOverhead)
        buffer.advance(Self.write(start, count, to: target))
    }

    /// Bulk strings for which room is made once.
    /// - Parameters:
    ///   - strings: at least how many `body` writes.
    ///   - bytes: at least how many bytes they have together.
    @inlinable
    @inline(__always)
    public mutating func bulks(_ strings: Int, bytes: Int, _ body: (inout BulkStrings) -> Void) {
        let target = buffer.reserve(bytes &+ strings &* Self.bulkOverhead)
        var written = BulkStrings(target: target)
        body(&written)
        buffer.advance(written.target - target)
    }

    /// Where the next of several bulk strings goes; see `bulks`.
    public struct BulkStrings {
        @usableFromInline var target: UnsafeMutableRawPointer

        @inlinable
        init(target: UnsafeMutableRawPointer) { self.target = target }

        @inlinable
        @inline(__always)
        public mutating func append(_ slice: ByteSlice) {
            // As the quantities in a cart.
            if slice.count == 1 { return append(count: 1) { $0.storeBytes(of: slice[0], as: UInt8.self) } }
            target += ReplyWriter.write(slice.raw, slice.count, to: target)
        }

        /// A bulk string of fewer than a hundred bytes, which `fill` writes: where to is its argument. It may write up to
        /// eight bytes more.
        @inlinable
        @inline(__always)
        public mutating func append(count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
            assert(count < 100)
            let start = target + ReplyWriter.writeLength(count, to: target)
            fill(start)
            start.storeBytes(of: 0x0A0D, toByteOffset: count, as: UInt16.self)
            target = start + count + 2
        }
    }

    /// Writes a bulk string where there is room for it, and returns how many bytes that took.
    @inlinable
    @inline(__always)
    static func write(_ start: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) -> Int {
        let line = writeLength(count, to: target)
        if count < 10 {
            // As most fields and values of carts: no call to copy a few bytes.
            copyFew(start, count, to: target + line)
        } else {
            (target + line).copyMemory(from: start, byteCount: count)
        }
        target.storeBytes(of: 0x0A0D, toByteOffset: line &+ count, as: UInt16.self)
        return line &+ count &+ 2
    }

    /// Writes a bulk string's first line, and returns how many bytes that took.
    @inlinable
    @inline(__always)
    static func writeLength(_ count: Int, to target: UnsafeMutableRawPointer) -> Int {
        if count < 10 {
            // `$0⏎` in one store.
            let line = 0x0A0D_3024 &+ UInt32(truncatingIfNeeded: count) &<< 8
            target.storeBytes(of: line, as: UInt32.self)
            return 4
        }
        var length = 3
        target.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        if count < 100 {
            let tens = UInt8(truncatingIfNeeded: count / 10)
            target.storeBytes(of: tens &+ 48, toByteOffset: 1, as: UInt8.self)
            let ones = UInt8(truncatingIfNeeded: count) &- tens &* 10
            target.storeBytes(of: ones &+ 48, toByteOffset: 2, as: UInt8.self)
        } else {
            let digits = ASCII.decimalDigits(in: UInt64(truncatingIfNeeded: count))
            ASCII.store(decimal: UInt64(truncatingIfNeeded: count), digits: digits, at: target + 1)
            length = digits &+ 1
        }
        target.storeBytes(of: 0x0A0D, toByteOffset: length, as: UInt16.self)
        return length &+ 2
    }

    /// Copies less than sixteen bytes: the first and the last of them in one load each, which may overlap.
    @inlinable
    @inline(__always)
    static func copyFew(_ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) {
        if count >= 8 {
            copy(UInt64.self, source, count, to: target)
        } else if count >= 4 {
            copy(UInt32.self, source, count, to: target)
        } else if count >= 2 {
            copy(UInt16.self, source, count, to: target)
        } else if count == 1 {
            target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
    }

    @inlinable
    @inline(__always)
    static func copy<Word: FixedWidthInteger & BitwiseCopyable>(
        _: Word.Type,
        _ source: UnsafeRawPointer,
        _ count: Int,
        to target: UnsafeMutableRawPointer
    ) {
        let last = count &- MemoryLayout<Word>.size
        let (head, tail) = (
            source.loadUnaligned(as: Word.self), source.loadUnaligned(fromByteOffset: last, as: Word.self)
        )
        target.storeBytes(of: head, as: Word.self)
        target.storeBytes(of: tail, toByteOffset: last, as: Word.self)
    }

    @inlinable
    public mutating func bulk(_ slice: ByteSlice) {
        bulk(slice.raw, count: slice.count)
    }

    public mutating func bulk(_ text: StaticString) {
        bulk(UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }

    public mutating func bulk(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { bulk(start, count: source.count) } else { buffer.append("$0\r\n\r\n") }
        }
    }

    public mutating func bulk(string: String) {
        bulk(Array(string.utf8))
    }

    /// A number as a bulk string.
    public mutating func bulk(decimal value: Int64) {
        let digits = ASCII.decimalDigits(in: value.magnitude) + (value < 0 ? 1 : 0)
        buffer.append(UInt8(ascii: "$"))
        buffer.append(decimal: Int64(digits))
        buffer.append("\r\n")
        buffer.append(decimal: value)
        buffer.append("\r\n")
    }

    /// RESP3 verbatim string with a three-letter format; a plain bulk string in RESP2.
    public mutating func verbatim(string: String, format: StaticString = "txt") {
        if version == 2 { return bulk(string: string) }
        let bytes = Array(string.utf8)
        buffer.append(UInt8(ascii: "="))
        buffer.append(decimal: Int64(bytes.count + 4))
        buffer.append("\r\n")
        buffer.append(format)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(bytes)
        buffer.append("\r\n")
    }

    // MARK: Aggregates: a header; the elements follow

    @inlinable
    public mutating func array(_ count: Int) {
        header(UInt8(ascii: "*"), count)
    }

    /// `count` pairs.
    public mutating func map(_ count: Int) {
        if version == 2 { header(UInt8(ascii: "*"), count * 2) } else { header(UInt8(ascii: "%"), count) }
    }

    public mutating func set(_ count: Int) {
        header(version == 2 ? UInt8(ascii: "*") : UInt8(ascii: "~"), count)
    }

    /// What is to be known of the reply that follows; RESP3 only.
    public mutating func attributes(_ count: Int) { header(UInt8(ascii: "|"), count) }

    /// An integer of any size: RESP3's big number, in RESP2 a bulk string.
    public mutating func bigNumber(_ digits: StaticString) {
        guard version >= 3 else { return bulk(digits) }
        buffer.append(UInt8(ascii: "("))
        buffer.append(UnsafeRawPointer(digits.utf8Start), count: digits.utf8CodeUnitCount)
        buffer.append(13)
        buffer.append(10)
    }

    public mutating func push(_ count: Int) {
        header(version == 2 ? UInt8(ascii: "*") : UInt8(ascii: ">"), count)
    }

    /// Puts a header in front of what was written since the buffer had `start` bytes, when only now it is known how
    /// many elements that is.
    public mutating func insertHeader(at start: Int, _ write: (inout ReplyWriter) -> Void) {
        let end = buffer.count
        write(&self)
        let headerCount = buffer.count - end
        let bodyCount = end - start
        guard bodyCount > 0 else { return }
        // Headers are short: they step aside, the body moves, they go in front.
        withUnsafeTemporaryAllocation(byteCount: headerCount, alignment: 1) { header in
            let tail = buffer.reserve(0)
            guard let copy = header.baseAddress else { return }
            copy.copyMemory(from: tail - headerCount, byteCount: headerCount)
            let body = tail - headerCount - bodyCount
            memmove(body + headerCount, body, bodyCount)
            body.copyMemory(from: copy, byteCount: headerCount)
        }
    }

    @inlinable
    mutating func header(_ type: UInt8, _ count: Int) {
        buffer.append(type)
        buffer.append(decimal: Int64(count))
        buffer.append("\r\n")
    }
}
