/// One SQL value outside a tuple: an expression's result, a parameter, a literal, a default.
///
/// A value does not carry its SQL type: the binder knows it statically (`SQLType`), and several types share a case.
///
/// | case | SQL types |
/// |---|---|
/// | `int` | smallint, integer, bigint, oid and the reg* types, xid, cid |
/// | `float` | real (rounded to `Float` beforehand), double precision |
/// | `text` | text, varchar, bpchar (padded to its length), name, "char" (0 or 1 byte), json, jsonb (canonical text), unknown |
/// | `timestamp` | timestamp and timestamptz: microseconds since 2000-01-01 00:00:00 (UTC) |
///
/// Invariant: `text` holds valid UTF-8 without zero bytes. Ordering and hashing: `Value+Comparison.swift`.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case numeric(Numeric)
    case text([UInt8])
    case bytes([UInt8])
    /// Days since 2000-01-01; `Int32.max` and `Int32.min` are infinity and -infinity.
    case date(Int32)
    /// Microseconds since midnight, 0…86,400,000,000.
    case time(Int64)
    /// Microseconds since 2000-01-01 00:00:00; `Int64.max` and `Int64.min` are infinity and -infinity.
    case timestamp(Int64)
    case interval(Interval)
    case uuid(UUID)
    indirect case array(SQLArray)
    /// A row constructor or composite: the fields with their types.
    indirect case record([Field])

    public struct Field: Sendable {
        public var type: SQLType
        public var value: Value
        public init(type: SQLType, value: Value) {
            self.type = type
            self.value = value
        }
    }

    /// A text value from a Swift string.
    @inlinable public static func string(_ text: String) -> Value { .text(Array(text.utf8)) }
    @inlinable public static func oid(_ oid: OID) -> Value { .int(Int64(oid)) }

    @inlinable public var isNull: Bool { if case .null = self { true } else { false } }
    @inlinable public var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }
    @inlinable public var asInt: Int64? { if case .int(let value) = self { value } else { nil } }
    @inlinable public var asFloat: Double? { if case .float(let value) = self { value } else { nil } }
    @inlinable public var asText: [UInt8]? { if case .text(let value) = self { value } else { nil } }
    @inlinable public var asNumeric: Numeric? { if case .numeric(let value) = self { value } else { nil } }
    @inlinable public var asArray: SQLArray? { if case .array(let value) = self { value } else { nil } }
    /// The text as a Swift string; nil for every other case.
    @inlinable public var asString: String? {
        if case .text(let value) = self { String(decoding: value, as: UTF8.self) } else { nil }
    }
}

/// interval: months, days and microseconds are kept apart because their lengths differ (a month is not 30 days).
public struct Interval: Sendable {
    public var microseconds: Int64
    public var days: Int32
    public var months: Int32

    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }
}

/// uuid: sixteen bytes, compared as bytes.
public struct UUID: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// An array value: elements in row-major order, up to six dimensions, lower bounds kept as PostgreSQL does.
public struct SQLArray: Sendable {
    public struct Dimension: Hashable, Sendable {
        public var count: Int
        public var lowerBound: Int
        public init(count: Int, lowerBound: Int = 1) {
            self.count = count
            self.lowerBound = lowerBound
        }
    }
    public var elementType: SQLType
    /// Empty for the empty array. Invariant: the product of the counts is `elements.count`.
    public var dimensions: [Dimension]
    public var elements: [Value]

    /// A one-dimensional array with lower bound 1.
    public init(elementType: SQLType, _ elements: [Value]) {
        self.elementType = elementType
        self.elements = elements
        dimensions = elements.isEmpty ? [] : [Dimension(count: elements.count)]
    }

    /// - Precondition: the product of the counts is `elements.count`.
    public init(elementType: SQLType, dimensions: [Dimension], elements: [Value]) {
        precondition(
            dimensions.isEmpty ? elements.isEmpty : dimensions.reduce(1) { $0 * $1.count } == elements.count,
            "an array's dimensions must multiply to its element count"
        )
        self.elementType = elementType
        self.dimensions = dimensions
        self.elements = elements
    }
}
