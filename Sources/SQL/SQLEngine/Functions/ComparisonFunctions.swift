import SQLTypes

/// = <> < <= > >= of every type, and the btree support functions (…cmp, …larger, …smaller).
///
/// They are named regularly in the catalog (`int48lt`, `text_ge`), so they are derived from their operator rather than
/// listed: the two operands are brought to one representation and compared by the type's order.
enum ComparisonFunctions {
    /// Nothing is registered by name: see `derived`.
    static func register(in registry: inout FunctionRegistry) {
    }

    private static let suffixes: [(String, BuiltinFunction.ComparisonOperator)] = [
        ("eq", .equal), ("ne", .notEqual), ("lt", .less), ("le", .lessEqual), ("gt", .greater), ("ge", .greaterEqual),
    ]

    /// The operator behind a symbol such as `int4eq`, `text_lt`, `date_cmp_…`; nil for others.
    static func comparison(symbol: String, arguments: [OID]) -> BuiltinFunction.ComparisonOperator? {
        guard arguments.count == 2 else { return nil }
        var base = symbol
        for crossType in ["_timestamptz", "_timestamp", "_date"] where base.hasSuffix(crossType) && base != crossType {
            // date_lt_timestamp
            let head = String(base.dropLast(crossType.count))
            if head.contains("_") { base = head }
        }
        guard let found = suffixes.first(where: { base.hasSuffix($0.0) }) else { return nil }
        let prefix = base.dropLast(2)
        let known: Set<String> = [
            "bool", "char", "name", "int2", "int4", "int8", "int24", "int42", "int48", "int84", "int28", "int82",
            "text",
            "text_", "xid", "xid8", "cid", "oid", "float4", "float8", "float48", "float84", "bpchar", "date_", "time_",
            "timestamp_", "timestamptz_", "interval_", "numeric_", "uuid_", "bytea", "array_", "record_", "oidvector",
            "nametext", "textname", "tid", "jsonb_", "text_pattern_", "bpchar_pattern_", "xidint4", "xidn",
        ]
        if prefix == "xid" || prefix == "cid" || known.contains(String(prefix)) || prefix == "xidneqint4".dropLast(4) {
            return found.1
        }
        return nil
    }

    private static func domain(_ oid: OID) -> BuiltinFunction.Domain {
        switch oid {
        case .bool: .bool
        case .int2: .int2
        case .int4: .int4
        case .int8: .int8
        case .float4: .float4
        case .float8: .float8
        case .numeric: .numeric
        case .text, .varchar, .name: .text
        case .bpchar: .bpchar
        case .bytea: .bytea
        case .date: .date
        case .time: .time
        case .timestamp, .timestamptz: .timestamp
        case .interval: .interval
        case .uuid: .uuid
        case .oid: .oid
        default: .other
        }
    }

    static func derivedForm(symbol: String, arguments: [OID]) -> BuiltinFunction.Form {
        guard let found = comparison(symbol: symbol, arguments: arguments) else { return .general }
        let left = domain(arguments[0])
        let right = domain(arguments[1])
        if left == right { return left == .other ? .general : .comparison(found, left) }
        // Integers of different widths and floats of different widths share a representation.
        switch (left, right) {
        case (.int2, .int4), (.int4, .int2), (.int2, .int8), (.int8, .int2), (.int4, .int8), (.int8, .int4):
            return .comparison(found, .int8)
        case (.float4, .float8), (.float8, .float4): return .comparison(found, .float8)
        default: return .general
        }
    }

    static func derived(symbol: String, arguments: [OID]) -> BuiltinFunction.Body? {
        if symbol.hasSuffix("larger") || symbol.hasSuffix("smaller"), arguments.count == 2 {
            let type = SQLType(oid: arguments[0])
            let isLarger = symbol.hasSuffix("larger")
            return { (a, _) throws(SQLError) in
                let order = type.compare(a[0], a[1])
                return (isLarger ? order >= 0 : order <= 0) ? a[0] : a[1]
            }
        }
        if symbol.hasSuffix("cmp"), arguments.count == 2, arguments[0] == arguments[1] {
            let type = SQLType(oid: arguments[0])
            return { (a, _) throws(SQLError) in .int(Int64(type.compare(a[0], a[1]))) }
        }
        guard let comparison = comparison(symbol: symbol, arguments: arguments) else { return nil }
        let type: SQLType
        let isMixedDate: Bool
        let left = arguments[0]
        let right = arguments[1]
        if left == right {
            type = SQLType(oid: left)
            isMixedDate = false
        } else {
            switch (left, right) {
            case (.date, .timestamp), (.timestamp, .date), (.date, .timestamptz), (.timestamptz, .date),
                (.timestamp, .timestamptz), (.timestamptz, .timestamp):
                type = .timestamp
                isMixedDate = true
            default:
                type = SQLType(oid: domain(left) == .text || domain(right) == .text ? .text : left)
                isMixedDate = false
            }
        }
        return { (a, environment) throws(SQLError) in
            let order: Int
            if isMixedDate {
                let offset = Int64(environment.textContext.zoneOffset) * 1_000_000
                order = type.compare(
                    instant(a[0], left, offset),
                    instant(a[1], right, offset)
                )
            } else {
                order = type.compare(a[0], a[1])
            }
            return .bool(holds(comparison, order))
        }
    }

    /// A date or timestamp as an instant in UTC.
    private static func instant(_ value: Value, _ type: OID, _ zoneOffset: Int64) -> Value {
        switch value {
        case .date(.max): return .timestamp(.max)
        case .date(.min): return .timestamp(.min)
        case .date(let days):
            return .timestamp((Int64(days) &* DateTime.microsecondsPerDay) &- zoneOffset)
        case .timestamp(let time) where type == .timestamp && time != .max && time != .min:
            return .timestamp(time &- zoneOffset)
        default: return value
        }
    }

    static func holds(_ comparison: BuiltinFunction.ComparisonOperator, _ order: Int) -> Bool {
        switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessEqual: order <= 0
        case .greater: order > 0
        case .greaterEqual: order >= 0
        }
    }
}
