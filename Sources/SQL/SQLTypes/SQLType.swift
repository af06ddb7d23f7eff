/// A SQL type as an expression or column has it: the type's OID and its modifier (`typmod`).
///
/// OIDs are PostgreSQL's: drivers hard-code them. What is known about a built-in type is in `TypeInfo` (`TypeInfo.swift`).
public struct SQLType: Hashable, Sendable {
    public var oid: OID
    /// `typmod`: -1 without; for varchar/bpchar length + 4; for numeric ((precision << 16) | (scale & 0x7ff)) + 4;
    /// for time and timestamp the digits after the point; for interval (field mask << 16) | digits.
    public var modifier: Int32

    @inlinable public init(oid: OID, modifier: Int32 = -1) {
        self.oid = oid
        self.modifier = modifier
    }

    public static let bool = SQLType(oid: .bool)
    public static let bytea = SQLType(oid: .bytea)
    public static let char = SQLType(oid: .char)
    public static let name = SQLType(oid: .name)
    public static let int8 = SQLType(oid: .int8)
    public static let int2 = SQLType(oid: .int2)
    public static let int2vector = SQLType(oid: .int2vector)
    public static let int4 = SQLType(oid: .int4)
    public static let regproc = SQLType(oid: .regproc)
    public static let text = SQLType(oid: .text)
    public static let oid = SQLType(oid: .oid)
    public static let oidvector = SQLType(oid: .oidvector)
    public static let xid = SQLType(oid: .xid)
    public static let json = SQLType(oid: .json)
    public static let jsonb = SQLType(oid: .jsonb)
    public static let float4 = SQLType(oid: .float4)
    public static let float8 = SQLType(oid: .float8)
    public static let unknown = SQLType(oid: .unknown)
    public static let bpchar = SQLType(oid: .bpchar)
    public static let varchar = SQLType(oid: .varchar)
    public static let date = SQLType(oid: .date)
    public static let time = SQLType(oid: .time)
    public static let timestamp = SQLType(oid: .timestamp)
    public static let timestamptz = SQLType(oid: .timestamptz)
    public static let interval = SQLType(oid: .interval)
    public static let numeric = SQLType(oid: .numeric)
    public static let uuid = SQLType(oid: .uuid)
    public static let regclass = SQLType(oid: .regclass)
    public static let regtype = SQLType(oid: .regtype)
    public static let record = SQLType(oid: .record)
    public static let void = SQLType(oid: .void)

    /// varchar(n)
    public static func varchar(_ length: Int32) -> SQLType { SQLType(oid: .varchar, modifier: length + 4) }
    /// char(n)
    public static func bpchar(_ length: Int32) -> SQLType { SQLType(oid: .bpchar, modifier: length + 4) }
    /// numeric(precision, scale)
    public static func numeric(precision: Int32, scale: Int32) -> SQLType {
        SQLType(oid: .numeric, modifier: ((precision << 16) | (scale & 0x7ff)) + 4)
    }

    /// The same type without its modifier.
    public var withoutModifier: SQLType { SQLType(oid: oid) }

    /// What the built-in type table says about it; nil for types made by users.
    public var info: TypeInfo? { TypeInfo.find(oid) }

    /// `pg_type.typname`, e.g. `int4`, `_text`; `???` for a type that is not built in.
    public var catalogName: String { info?.name ?? "???" }

    /// `pg_type.typlen`: bytes of the binary form; -1 variable, -2 C string.
    public var length: Int16 { info?.length ?? -1 }

    /// The array type over this type; nil if there is none.
    public var arrayType: SQLType? {
        guard let array = info?.arrayOID, array != 0 else { return nil }
        return SQLType(oid: array, modifier: modifier)
    }

    /// The element type of an array type; nil for others (int2vector and oidvector count as arrays).
    public var elementType: SQLType? {
        guard let info, info.elementOID != 0, info.length == -1, info.category == .array else { return nil }
        return SQLType(oid: info.elementOID, modifier: modifier)
    }

    public var isArray: Bool { elementType != nil }

    /// text, varchar, bpchar, name, "char" and the undecided literal.
    public var isString: Bool {
        switch oid {
        case .text, .varchar, .bpchar, .name, .char, .unknown: true
        default: false
        }
    }

    /// The greatest number of characters that varchar(n) or char(n) takes; nil without a limit.
    public var characterLimit: Int? {
        guard oid == .varchar || oid == .bpchar, modifier >= 4 else { return nil }
        return Int(modifier) - 4
    }

    /// numeric(p, s)'s precision and scale; nil without a modifier.
    public var numericPrecisionAndScale: (precision: Int, scale: Int)? {
        guard oid == .numeric, modifier >= 4 else { return nil }
        let packed = modifier - 4
        // The scale is an 11-bit signed number since PostgreSQL 15.
        return (Int((packed >> 16) & 0xffff), Int(((packed & 0x7ff) ^ 1024) - 1024))
    }

    /// `format_type(oid, typmod)`: the SQL name with its modifier, e.g. `character varying(255)`, `numeric(10,2)[]`.
    public var sqlName: String {
        if let element = elementType, oid != .int2vector, oid != .oidvector { return element.sqlName + "[]" }
        switch oid {
        case .bool: return "boolean"
        case .int2: return "smallint"
        case .int4: return "integer"
        case .int8: return "bigint"
        case .float4: return "real"
        case .float8: return "double precision"
        case .char: return "\"char\""
        case .bpchar:
            // format_type writes bpchar for the length-less form, because character would mean character(1).
            return modifier >= 4 ? "character(\(modifier - 4))" : modifier == -1 ? "character" : "bpchar"
        case .varchar: return modifier >= 4 ? "character varying(\(modifier - 4))" : "character varying"
        case .numeric:
            guard let (precision, scale) = numericPrecisionAndScale else { return "numeric" }
            return "numeric(\(precision),\(scale))"
        case .time: return modifier >= 0 ? "time(\(modifier)) without time zone" : "time without time zone"
        case .timestamp:
            return modifier >= 0 ? "timestamp(\(modifier)) without time zone" : "timestamp without time zone"
        case .timestamptz: return modifier >= 0 ? "timestamp(\(modifier)) with time zone" : "timestamp with time zone"
        case .interval: return Interval.typeName(modifier: modifier)
        default: return catalogName
        }
    }
}

/// Object identifier: the number by which catalog rows name each other.
public typealias OID = UInt32

/// The built-in types' numbers.
extension OID {
    public static let bool: OID = 16
    public static let bytea: OID = 17
    public static let char: OID = 18
    public static let name: OID = 19
    public static let int8: OID = 20
    public static let int2: OID = 21
    public static let int2vector: OID = 22
    public static let int4: OID = 23
    public static let regproc: OID = 24
    public static let text: OID = 25
    public static let oid: OID = 26
    public static let tid: OID = 27
    public static let xid: OID = 28
    public static let cid: OID = 29
    public static let oidvector: OID = 30
    public static let json: OID = 114
    public static let pgNodeTree: OID = 194
    public static let float4: OID = 700
    public static let float8: OID = 701
    public static let unknown: OID = 705
    public static let aclitem: OID = 1033
    public static let bpchar: OID = 1042
    public static let varchar: OID = 1043
    public static let date: OID = 1082
    public static let time: OID = 1083
    public static let timestamp: OID = 1114
    public static let timestamptz: OID = 1184
    public static let interval: OID = 1186
    public static let numeric: OID = 1700
    public static let regprocedure: OID = 2202
    public static let regoper: OID = 2203
    public static let regoperator: OID = 2204
    public static let regclass: OID = 2205
    public static let regtype: OID = 2206
    public static let record: OID = 2249
    public static let cstring: OID = 2275
    public static let any: OID = 2276
    public static let anyarray: OID = 2277
    public static let void: OID = 2278
    public static let trigger: OID = 2279
    public static let `internal`: OID = 2281
    public static let anyelement: OID = 2283
    public static let anynonarray: OID = 2776
    public static let uuid: OID = 2950
    public static let anyenum: OID = 3500
    public static let jsonb: OID = 3802
    public static let anyrange: OID = 3831
    public static let regnamespace: OID = 4089
    public static let regrole: OID = 4096
    public static let regcollation: OID = 4191
    public static let xid8: OID = 5069
    public static let anycompatible: OID = 5077
    public static let anycompatiblearray: OID = 5078
    public static let anycompatiblenonarray: OID = 5079
}
