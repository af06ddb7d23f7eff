import Glibc
import RESP

/// A small hash: its fields and values one after the other in the key's own allocation, in the order of insertion.
///
///     value     count 2 │ lengths 1 │ [field's rest 1-5] │ [value's rest 1-5] │ field │ value │ lengths …
///     lengths   length of the value 3 bits │ of the field 4 bits │ the field is packed digits 1 bit
///
/// The greatest number that a length's bits can hold says that the rest of it follows as a varint. A field of
/// hexadecimal digits, as product ids are, takes a byte for two of them (`HexDigits`): the cart of five products is
/// two cache lines with its key. Fields are searched one by one, in their stored form.
enum PackedHash {
    static let headerCount = 2
    private static let mostInValueBits = 7
    private static let mostInFieldBits = 15
    private static let digitsBit: UInt8 = 0x80

    @inline(__always)
    static func count(_ entry: Entry) -> Int { Int(entry.valueStart.loadUnaligned(as: UInt16.self)) }

    private static func adjustCount(_ entry: Entry, _ difference: Int) {
        entry.valueStart.storeBytes(of: UInt16(truncatingIfNeeded: count(entry) + difference), as: UInt16.self)
    }

    static func makeEmpty(_ entry: Entry) { entry.valueStart.storeBytes(of: 0, as: UInt16.self) }

    // MARK: - Fields

    /// A field in the form in which it is stored. Of a field there is only one such form, so equal bytes are equal fields.
    struct Field {
        let isDigits: Bool
        /// Bytes of the text.
        let count: Int
        let stored: ByteSlice

        /// The bytes that the field and a value take together.
        @inline(__always)
        func size(withValue value: ByteSlice) -> Int {
            1 &+ restCount(count, mostInFieldBits) &+ restCount(value.count, mostInValueBits)
                &+ stored.count &+ value.count
        }

        @inline(__always)
        static func == (field: Field, other: Field) -> Bool {
            guard field.count == other.count, field.isDigits == other.isDigits else { return false }
            if field.stored.count == 4 {
                // A product id: no call to compare one word.
                let (word, other) = (field.stored.raw, other.stored.raw)
                return word.loadUnaligned(as: UInt32.self) == other.loadUnaligned(as: UInt32.self)
            }
            return memcmp(field.stored.raw, other.stored.raw, field.stored.count) == 0
        }

        /// The field as text: itself, or unpacked into `scratch`, which has room for `HexDigits.longest` bytes.
        @inline(__always)
        func text(_ scratch: UnsafeMutableRawPointer) -> ByteSlice {
            guard isDigits else { return stored }
            HexDigits.unpack(stored.raw, count: count, into: scratch)
            return ByteSlice(scratch, count: count)
        }
    }

    /// Shows the stored form of a field; it is good within `body`.
    @inline(__always)
    static func withField<Result>(_ text: ByteSlice, _ body: (Field) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: HexDigits.longestPacked, alignment: 8) { scratch in
            guard let start = scratch.baseAddress, HexDigits.pack(text, into: start) else {
                return body(Field(isDigits: false, count: text.count, stored: text))
            }
            let stored = ByteSlice(start, count: HexDigits.packedCount(text.count))
            return body(Field(isDigits: true, count: text.count, stored: stored))
        }
    }

    /// The bytes a field and its value take.
    static func size(_ field: ByteSlice, _ value: ByteSlice) -> Int {
        withField(field) { $0.size(withValue: value) }
    }

    @inline(__always)
    private static func restCount(_ length: Int, _ most: Int) -> Int {
        length < most ? 0 : Varint.count(length &- most)
    }

    // MARK: - Walks

    struct Pair {
        let start: Int
        let end: Int
        let field: Field
        let value: ByteSlice
    }

    /// Walks from the front. It is good until the value changes.
    struct Cursor {
        private let base: UnsafeRawPointer
        private let end: Int
        private var offset = headerCount

        @inline(__always)
        init(_ entry: Entry) {
            base = UnsafeRawPointer(entry.valueStart)
            end = entry.valueCount
        }

        @inline(__always)
        mutating func next() -> Pair? {
            guard offset < end else { return nil }
            let start = offset
            let lengths = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            var fieldCount = Int(lengths &>> 3) & mostInFieldBits
            var valueCount = Int(lengths) & mostInValueBits
            if fieldCount == mostInFieldBits { fieldCount &+= Varint.load(base, &offset) }
            if valueCount == mostInValueBits { valueCount &+= Varint.load(base, &offset) }
            let isDigits = lengths & digitsBit != 0
            let stored = ByteSlice(base + offset, count: isDigits ? HexDigits.packedCount(fieldCount) : fieldCount)
            offset &+= stored.count
            let value = ByteSlice(base + offset, count: valueCount)
            offset &+= valueCount
            let field = Field(isDigits: isDigits, count: fieldCount, stored: stored)
            return Pair(start: start, end: offset, field: field, value: value)
        }
    }

    /// Shows every field and value; the field is good within the call of `body`.
    @inline(__always)
    static func forEach(_ entry: Entry, _ body: (ByteSlice, ByteSlice) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: HexDigits.longest, alignment: 8) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            var cursor = Cursor(entry)
            while let pair = cursor.next() { body(pair.field.text(scratch), pair.value) }
        }
    }

    /// Shows the field and value that `number` others stand before.
    static func withPair(_ number: UInt64, _ entry: Entry, _ body: (ByteSlice, ByteSlice) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: HexDigits.longest, alignment: 8) { scratch in
            var cursor = Cursor(entry)
            for _ in 0..<number { _ = cursor.next() }
            guard let scratch = scratch.baseAddress, let pair = cursor.next() else {
                preconditionFailure("a packed hash has fewer fields than it says")
            }
            body(pair.field.text(scratch), pair.value)
        }
    }

    /// Writes all fields and values as bulk strings.
    static func write(_ entry: Entry, to reply: inout ReplyWriter) {
        // Digits take half of their bytes.
        reply.bulks(count(entry) &* 2, bytes: entry.valueCount &* 2) { strings in
            var cursor = Cursor(entry)
            while let pair = cursor.next() {
                let (field, value) = (pair.field, pair.value)
                if !field.isDigits {
                    strings.append(field.stored)
                } else if field.count == 8 {
                    // A product id: with the length known there is no loop left.
                    strings.append(count: 8) { HexDigits.unpack(field.stored.raw, count: 8, into: $0) }
                } else {
                    strings.append(count: field.count) {
                        HexDigits.unpack(field.stored.raw, count: field.count, into: $0)
                    }
                }
                strings.append(value)
            }
        }
    }

    static func locate(_ field: Field, _ entry: Entry) -> Pair? {
        var cursor = Cursor(entry)
        while let pair = cursor.next() {
            if pair.field == field { return pair }
        }
        return nil
    }

    // MARK: - Change

    /// Adds a field that is not there. `size` is what it takes.
    static func append(_ field: Field, _ value: ByteSlice, _ size: Int, in slot: Slot) {
        write(field, value, at: slot.splice(at: slot.entry.valueCount, removing: 0, inserting: size))
        adjustCount(slot.entry, 1)
    }

    /// Gives a field another value, of any length. `size` is what both take.
    static func replace(_ pair: Pair, _ field: Field, _ value: ByteSlice, _ size: Int, in slot: Slot) {
        if pair.value.count == value.count {
            UnsafeMutableRawPointer(mutating: pair.value.raw).copyMemory(from: value.raw, byteCount: value.count)
        } else {
            let target = slot.splice(at: pair.start, removing: pair.end - pair.start, inserting: size)
            write(field, value, at: target)
        }
    }

    static func remove(_ pair: Pair, in slot: Slot) {
        _ = slot.splice(at: pair.start, removing: pair.end - pair.start, inserting: 0)
        adjustCount(slot.entry, -1)
    }

    private static func write(_ field: Field, _ value: ByteSlice, at start: UnsafeMutableRawPointer) {
        let fieldBits = UInt8(truncatingIfNeeded: min(field.count, mostInFieldBits))
        let valueBits = UInt8(truncatingIfNeeded: min(value.count, mostInValueBits))
        let lengths = valueBits | fieldBits << 3 | (field.isDigits ? digitsBit : 0)
        start.storeBytes(of: lengths, as: UInt8.self)
        var target = start + 1
        if field.count >= mostInFieldBits { target += Varint.store(field.count - mostInFieldBits, at: target) }
        if value.count >= mostInValueBits { target += Varint.store(value.count - mostInValueBits, at: target) }
        target.copyMemory(from: field.stored.raw, byteCount: field.stored.count)
        target += field.stored.count
        target.copyMemory(from: value.raw, byteCount: value.count)
    }
}
