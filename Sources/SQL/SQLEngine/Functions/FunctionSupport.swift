import SQLTypes

/// What the families share: taking arguments apart, range checks.
///
/// The binder guarantees the types of arguments, so a wrong case is our own mistake; it yields a neutral value rather than
/// a crash.
extension Value {
    var integer: Int64 { asInt ?? 0 }
    var double: Double { asFloat ?? 0 }
    var boolean: Bool { asBool ?? false }
    var octets: [UInt8] {
        switch self {
        case .text(let bytes), .bytes(let bytes): bytes
        default: []
        }
    }
    var swiftString: String { String(decoding: octets, as: UTF8.self) }
    var decimal: Numeric { asNumeric ?? .zero }
    var instant: Int64 { if case .timestamp(let value) = self { value } else { 0 } }
    var clock: Int64 { if case .time(let value) = self { value } else { 0 } }
    var day: Int32 { if case .date(let value) = self { value } else { 0 } }
    var span: Interval { if case .interval(let value) = self { value } else { Interval() } }
}

enum Range {
    static func int2(_ value: Int64) throws(SQLError) -> Value {
        guard Int16(exactly: value) != nil else { throw SQLError(.numericValueOutOfRange, "smallint out of range") }
        return .int(value)
    }
    static func int4(_ value: Int64) throws(SQLError) -> Value {
        guard Int32(exactly: value) != nil else { throw SQLError(.numericValueOutOfRange, "integer out of range") }
        return .int(value)
    }
    static var int8: SQLError { SQLError(.numericValueOutOfRange, "bigint out of range") }
    static func int8(_ result: (partialValue: Int64, overflow: Bool)) throws(SQLError) -> Value {
        if result.overflow { throw int8 }
        return .int(result.partialValue)
    }
    static var zero: SQLError { SQLError(.divisionByZero, "division by zero") }

    /// Overflow and underflow as PostgreSQL reports them for float8.
    static func float8(_ value: Double, finiteInputs: Bool, zeroAllowed: Bool = true) throws(SQLError) -> Value {
        if value.isInfinite, finiteInputs { throw SQLError(.numericValueOutOfRange, "value out of range: overflow") }
        if value == 0, !zeroAllowed { throw SQLError(.numericValueOutOfRange, "value out of range: underflow") }
        return .float(value)
    }
    static func float4(_ value: Double, finiteInputs: Bool, zeroAllowed: Bool = true) throws(SQLError) -> Value {
        let rounded = Float(value)
        if rounded.isInfinite, finiteInputs {
            throw SQLError(.numericValueOutOfRange, "value out of range: overflow")
        }
        if rounded == 0, !zeroAllowed { throw SQLError(.numericValueOutOfRange, "value out of range: underflow") }
        return .float(Double(rounded))
    }
}
