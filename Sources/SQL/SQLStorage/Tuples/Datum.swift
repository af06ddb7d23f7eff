// One value as the executor and the storage hand it to each other: two words, no allocation, no reference count.
//
//     scalar     word = the value's bits (integers sign-extended), count = 0
//     text …     word = address of the bytes, count = their number
//     NULL       count = Int.min
//
// A datum of variable length does not own its bytes: they live in a table's text heap (as long as a snapshot that sees the row is
// held) or in a statement's arena.

/// How a column's values lie in a tuple.
public enum PhysicalKind: UInt8, Sendable {
    case bool
    case int2
    case int4
    case int8
    case float4
    case float8
    /// Variable length: a word in the tuple, the bytes in the text heap.
    case bytes

    /// Bytes in the tuple; also the alignment.
    @inlinable public var width: Int {
        switch self {
        case .bool: 1
        case .int2: 2
        case .int4, .float4: 4
        case .int8, .float8, .bytes: 8
        }
    }
}

/// A value or NULL.
@frozen
public struct Datum {
    public var word: UInt64
    public var count: Int

    @inlinable
    public init(word: UInt64, count: Int) {
        self.word = word
        self.count = count
    }

    @inlinable public static var null: Datum { Datum(word: 0, count: Int.min) }
    @inlinable public var isNull: Bool { count == Int.min }

    @inlinable
    public init(_ value: Int64) {
        self.init(word: UInt64(bitPattern: value), count: 0)
    }
    @inlinable
    public init(_ value: Double) {
        self.init(word: value.bitPattern, count: 0)
    }
    @inlinable
    public init(_ value: Float) {
        self.init(word: UInt64(value.bitPattern), count: 0)
    }
    @inlinable
    public init(_ value: Bool) {
        self.init(word: value ? 1 : 0, count: 0)
    }
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init(word: UInt64(UInt(bitPattern: bytes.baseAddress)), count: bytes.count)
    }

    @inlinable public var int64: Int64 { Int64(bitPattern: word) }
    @inlinable public var float8: Double { Double(bitPattern: word) }
    @inlinable public var float4: Float { Float(bitPattern: UInt32(truncatingIfNeeded: word)) }
    @inlinable public var bool: Bool { word != 0 }
    /// The bytes of a value of variable length; empty for NULL.
    @inlinable public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(word)), count: count < 0 ? 0 : count)
    }
}
