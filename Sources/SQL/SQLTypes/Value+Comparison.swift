/// Order and hash of values of one SQL type, as its btree and hash operator classes have them.
///
/// Texts are ordered by their bytes: every database of this server reports the collation C. Float NaN equals itself and is
/// greater than all numbers. bpchar ignores trailing spaces. NULL has no place here: the caller decides NULLS FIRST or LAST.
extension SQLType {
    /// -1, 0 or 1. Values of different cases (a caller's mistake) compare by their case, so that sorting stays consistent.
    public func compare(_ left: Value, _ right: Value) -> Int {
        switch (left, right) {
        case (.int(let first), .int(let second)): return order(first, second)
        case (.float(let first), .float(let second)): return Value.compare(first, second)
        case (.text(let first), .text(let second)):
            return oid == .bpchar
                ? Value.compare(Value.unpadded(first), Value.unpadded(second)) : Value.compare(first[...], second[...])
        case (.bool(let first), .bool(let second)): return order(first ? 1 : 0, second ? 1 : 0)
        case (.numeric(let first), .numeric(let second)): return Numeric.compare(first, second)
        case (.bytes(let first), .bytes(let second)): return Value.compare(first[...], second[...])
        case (.date(let first), .date(let second)): return order(first, second)
        case (.time(let first), .time(let second)): return order(first, second)
        case (.timestamp(let first), .timestamp(let second)): return order(first, second)
        case (.interval(let first), .interval(let second)): return Interval.compare(first, second)
        case (.uuid(let first), .uuid(let second)):
            return first.high != second.high ? order(first.high, second.high) : order(first.low, second.low)
        case (.array(let first), .array(let second)): return compare(first, second)
        case (.record(let first), .record(let second)):
            for index in 0..<min(first.count, second.count) {
                let result = first[index].type.compareNullsLast(first[index].value, second[index].value)
                if result != 0 { return result }
            }
            return order(first.count, second.count)
        default: return order(left.rank, right.rank)
        }
    }

    /// As `compare`, but NULL equals NULL and follows everything else (rows and arrays are ordered like that).
    public func compareNullsLast(_ left: Value, _ right: Value) -> Int {
        if left.isNull || right.isNull { return left.isNull ? (right.isNull ? 0 : 1) : -1 }
        return compare(left, right)
    }

    private func compare(_ left: SQLArray, _ right: SQLArray) -> Int {
        let element = elementType ?? left.elementType
        for index in 0..<min(left.elements.count, right.elements.count) {
            let result = element.compareNullsLast(left.elements[index], right.elements[index])
            if result != 0 { return result }
        }
        if left.elements.count != right.elements.count { return order(left.elements.count, right.elements.count) }
        if left.dimensions.count != right.dimensions.count {
            return order(left.dimensions.count, right.dimensions.count)
        }
        for (first, second) in zip(left.dimensions, right.dimensions) {
            if first.count != second.count { return order(first.count, second.count) }
            if first.lowerBound != second.lowerBound { return order(first.lowerBound, second.lowerBound) }
        }
        return 0
    }

    private func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    /// Values that compare equal hash equal.
    public func hash(_ value: Value, into hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0 as UInt8)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .float(let value): hasher.combine(value.isNaN ? .nan : value == 0 ? 0 : value)
        case .numeric(let value): value.hash(into: &hasher)
        case .text(let bytes):
            let significant = oid == .bpchar ? Value.unpadded(bytes) : bytes[...]
            significant.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(significant.count)
        case .bytes(let bytes): hasher.combine(bytes)
        case .date(let days): hasher.combine(days)
        case .time(let microseconds), .timestamp(let microseconds): hasher.combine(microseconds)
        case .interval(let interval): hasher.combine(interval.comparisonKey)
        case .uuid(let uuid): hasher.combine(uuid)
        case .array(let array):
            let element = elementType ?? array.elementType
            for value in array.elements { element.hash(value, into: &hasher) }
        case .record(let fields):
            for field in fields { field.type.hash(field.value, into: &hasher) }
        }
    }
}

extension Value {
    /// Without the spaces that pad a bpchar.
    @inlinable
    public static func unpadded(_ text: [UInt8]) -> ArraySlice<UInt8> {
        var end = text.count
        while end > 0, text[end &- 1] == 0x20 { end &-= 1 }
        return text[..<end]
    }

    /// Byte order; a prefix comes first.
    @inlinable
    public static func compare(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        left.withUnsafeBytes { first in
            right.withUnsafeBytes { second in compare(first, second) }
        }
    }

    /// Byte order; a prefix comes first.
    @inlinable
    public static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let common = Swift.min(left.count, right.count)
        for index in 0..<common where left[index] != right[index] { return left[index] < right[index] ? -1 : 1 }
        return left.count < right.count ? -1 : left.count == right.count ? 0 : 1
    }

    /// NaN equals NaN and is greater than every number; -0 equals 0.
    @inlinable
    public static func compare(_ left: Double, _ right: Double) -> Int {
        if left < right { return -1 }
        if left > right { return 1 }
        if left == right { return 0 }
        return left.isNaN ? (right.isNaN ? 0 : 1) : -1
    }

    fileprivate var rank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .int: 2
        case .float: 3
        case .numeric: 4
        case .text: 5
        case .bytes: 6
        case .date: 7
        case .time: 8
        case .timestamp: 9
        case .interval: 10
        case .uuid: 11
        case .array: 12
        case .record: 13
        }
    }
}

extension Numeric {
    /// Scale does not count: 1.0 and 1.00 are equal.
    func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(isNegative)
        hasher.combine(weight)
        hasher.combine(digits)
    }
}

extension Interval {
    /// Microseconds with months of 30 days and days of 24 hours: what comparison goes by. 128 bits, because it may exceed 64.
    var comparisonKey: Int128 {
        Int128(microseconds) + (Int128(days) + Int128(months) * 30) * Int128(DateTime.microsecondsPerDay)
    }

    public static func compare(_ left: Interval, _ right: Interval) -> Int {
        let first = left.comparisonKey
        let second = right.comparisonKey
        return first < second ? -1 : first == second ? 0 : 1
    }
}
