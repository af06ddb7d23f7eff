// How a column's values are ordered and hashed in an index.
//
//     order-preserving bytes:  null marker | int: 8 bytes, sign flipped | float: 8 bytes, folded | text: bytes, 0 → 0 FF, end 0 0
//     DESC inverts the column's bytes (not the marker, which NULLS FIRST / LAST decides)

import Bytes
public import Glibc

/// One column of an index key.
public struct KeyColumn {
    public enum Order {
        case integer
        case float4
        case float8
        case bytes
        /// char(n): trailing blanks do not count.
        case paddedBytes
        /// Appends bytes whose order is the type's order (numeric, interval …).
        case custom((Datum, inout ByteBuffer) -> Void)
    }
    public var column: Int
    public var order: Order
    public var isDescending: Bool
    public var nullsFirst: Bool

    public init(column: Int, order: Order, isDescending: Bool = false, nullsFirst: Bool = false) {
        self.column = column
        self.order = order
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }

    /// The order fits a word: the tree keeps it in its entries.
    var isExact: Bool {
        switch order {
        case .integer, .float4, .float8: true
        default: false
        }
    }

    /// The word whose unsigned order is the value's order. Only for exact columns.
    func word(_ datum: Datum) -> UInt64 {
        let word: UInt64
        switch order {
        case .float8: word = KeyColumn.fold(datum.float8)
        case .float4: word = KeyColumn.fold(Double(datum.float4))
        default: word = datum.word ^ (1 << 63)
        }
        return isDescending ? ~word : word
    }

    /// Sign-folded bits; one zero, NaN above everything.
    static func fold(_ value: Double) -> UInt64 {
        if value.isNaN { return UInt64.max }
        let bits = (value == 0 ? 0 : value).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
    }

    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = bytes.count
        while count > 0, bytes[count - 1] == 0x20 { count -= 1 }
        return UnsafeRawBufferPointer(start: bytes.baseAddress, count: count)
    }

    /// Appends the order-preserving bytes.
    func encode(_ datum: Datum, to output: inout ByteBuffer) {
        if datum.isNull {
            output.append(nullsFirst ? 0 : 2)
            return
        }
        output.append(1)
        let start = output.count
        switch order {
        case .integer, .float4, .float8:
            output.append(bigEndian: word(datum))
            return
        case .bytes: KeyColumn.escape(datum.bytes, to: &output)
        case .paddedBytes: KeyColumn.escape(KeyColumn.trimmed(datum.bytes), to: &output)
        case .custom(let encode):
            var scratch = ByteBuffer()
            encode(datum, &scratch)
            KeyColumn.escape(scratch.bytes, to: &output)
        }
        if isDescending {
            let count = output.count - start
            let bytes = UnsafeMutableRawBufferPointer(mutating: output.bytes)
            for position in start..<(start + count) { bytes[position] = ~bytes[position] }
        }
    }

    static func escape(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) {
        for byte in bytes {
            output.append(byte)
            if byte == 0 { output.append(0xFF) }
        }
        output.append(0)
        output.append(0)
    }

    func hash(_ datum: Datum, into state: inout UInt64) {
        if datum.isNull {
            state = KeyHash.mix(state, 0x9E37_79B9)
            return
        }
        switch order {
        case .integer: state = KeyHash.mix(state, datum.word)
        case .float4, .float8: state = KeyHash.mix(state, word(datum))
        case .bytes: state = KeyHash.hash(datum.bytes, state)
        case .paddedBytes: state = KeyHash.hash(KeyColumn.trimmed(datum.bytes), state)
        case .custom(let encode):
            var scratch = ByteBuffer()
            encode(datum, &scratch)
            state = KeyHash.hash(scratch.bytes, state)
        }
    }

    /// Equality of two values; NULLs are equal here (the caller decides what they mean).
    func areEqual(_ left: Datum, _ right: Datum) -> Bool {
        if left.isNull || right.isNull { return left.isNull && right.isNull }
        switch order {
        case .integer: return left.word == right.word
        case .float4, .float8: return word(left) == word(right)
        case .bytes: return KeyHash.areEqual(left.bytes, right.bytes)
        case .paddedBytes: return KeyHash.areEqual(KeyColumn.trimmed(left.bytes), KeyColumn.trimmed(right.bytes))
        case .custom(let encode):
            var a = ByteBuffer()
            var b = ByteBuffer()
            encode(left, &a)
            encode(right, &b)
            return KeyHash.areEqual(a.bytes, b.bytes)
        }
    }
}

/// Hashing of keys: multiply-fold, seeded, so that a client cannot choose collisions.
public enum KeyHash {
    @inlinable
    public static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
            by: 0xE703_7ED1_A0B4_28DB ^ (state &<< 1)
        )
        return product.high ^ product.low
    }

    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        var state = mix(seed, UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            state = mix(state, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = (tail << 8) | UInt64(bytes[offset])
            offset += 1
        }
        return mix(state, tail)
    }

    @inlinable
    public static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard left.count > 0, let a = left.baseAddress, let b = right.baseAddress else { return true }
        return memcmp(a, b, left.count) == 0
    }
}
