import SQLTypes

/// The functions behind casts, under their catalog symbols (`i4toi8`, `ftoi4`, `numeric_int4`, …).
enum CastFunctions {
    static func register(in registry: inout FunctionRegistry) {
        for symbol in ["i2toi4", "int28", "int48"] {
            registry.add(symbol, .relabel) { (a, _) throws(SQLError) in a[0] }
        }
        registry.add("i4toi2", .convert(.int4, .int2)) { (a, _) throws(SQLError) in try Range.int2(a[0].integer) }
        registry.add("int82", .convert(.int8, .int2)) { (a, _) throws(SQLError) in try Range.int2(a[0].integer) }
        registry.add("int84", .convert(.int8, .int4)) { (a, _) throws(SQLError) in try Range.int4(a[0].integer) }
        registry.add("i8tooid") { (a, _) throws(SQLError) in
            guard let oid = UInt32(exactly: a[0].integer) else {
                throw SQLError(.numericValueOutOfRange, "OID out of range")
            }
            return .int(Int64(oid))
        }
        registry.add("oidtoi8", .relabel) { (a, _) throws(SQLError) in a[0] }
        let toFloat: [(String, BuiltinFunction.Domain, BuiltinFunction.Domain)] = [
            ("i2tod", .int2, .float8), ("i4tod", .int4, .float8), ("i8tod", .int8, .float8), ("i2tof", .int2, .float4),
            ("i4tof", .int4, .float4), ("i8tof", .int8, .float4),
        ]
        for (symbol, source, target) in toFloat {
            registry.add(symbol, .convert(source, target)) { (a, _) throws(SQLError) in
                target == .float4
                    ? .float(Double(Float(a[0].integer))) : .float(Double(a[0].integer))
            }
        }
        registry.add("ftod", .relabel) { (a, _) throws(SQLError) in a[0] }
        registry.add("dtof", .convert(.float8, .float4)) { (a, _) throws(SQLError) in
            try Range.float4(a[0].double, finiteInputs: a[0].double.isFinite, zeroAllowed: a[0].double == 0)
        }
        for (prefix, source) in [("d", BuiltinFunction.Domain.float8), ("f", .float4)] {
            registry.add("\(prefix)toi2", .convert(source, .int2)) { (a, _) throws(SQLError) in
                try Range.int2(try whole(a[0].double, "smallint"))
            }
            registry.add("\(prefix)toi4", .convert(source, .int4)) { (a, _) throws(SQLError) in
                try Range.int4(try whole(a[0].double, "integer"))
            }
            registry.add("\(prefix)toi8", .convert(source, .int8)) { (a, _) throws(SQLError) in
                .int(try whole(a[0].double, "bigint"))
            }
        }
        for symbol in ["int2_numeric", "int4_numeric", "int8_numeric"] {
            registry.add(symbol) { (a, _) throws(SQLError) in .numeric(Numeric(a[0].integer)) }
        }
        registry.add("float8_numeric") { (a, _) throws(SQLError) in .numeric(Numeric(a[0].double)) }
        registry.add("float4_numeric") { (a, _) throws(SQLError) in
            .numeric(Numeric(a[0].double, significantDigits: 6))
        }
        registry.add("numeric_float8") { (a, _) throws(SQLError) in .float(a[0].decimal.asDouble) }
        registry.add("numeric_float4") { (a, _) throws(SQLError) in
            // Through text, as PostgreSQL does it: its errors show the number in full.
            try SQLType.float4.parse(SQLType.numeric.text(a[0]) ?? "")
        }
        registry.add("numeric_int2") { (a, _) throws(SQLError) in try Range.int2(try whole(a[0].decimal, "smallint")) }
        registry.add("numeric_int4") { (a, _) throws(SQLError) in try Range.int4(try whole(a[0].decimal, "integer")) }
        registry.add("numeric_int8") { (a, _) throws(SQLError) in .int(try whole(a[0].decimal, "bigint")) }
        registry.add("numeric") { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.coerced(toModifier: Int32(truncatingIfNeeded: a[1].integer)))
        }
        registry.add("int4_bool") { (a, _) throws(SQLError) in .bool(a[0].integer != 0) }
        registry.add("bool_int4") { (a, _) throws(SQLError) in .int(a[0].boolean ? 1 : 0) }
        registry.add("booltext") { (a, _) throws(SQLError) in .string(a[0].boolean ? "true" : "false") }
        registry.add("chartoi4") { (a, _) throws(SQLError) in
            .int(Int64(Int8(bitPattern: a[0].octets.first ?? 0)))
        }
        registry.add("i4tochar") { (a, _) throws(SQLError) in
            guard let byte = Int8(exactly: a[0].integer) else {
                throw SQLError(.numericValueOutOfRange, "\"char\" out of range")
            }
            return .text(byte == 0 ? [] : [UInt8(bitPattern: byte)])
        }
        registry.add("text_char") { (a, _) throws(SQLError) in .text(Array(a[0].octets.prefix(1))) }
        registry.add("char_text") { (a, _) throws(SQLError) in a[0] }
        registry.add("char_bpchar") { (a, _) throws(SQLError) in a[0] }
        registry.add("name_text") { (a, _) throws(SQLError) in a[0] }
        registry.add("text_name") { (a, _) throws(SQLError) in .text(TextFormat.name(a[0].octets)) }
        registry.add("bpchar_name") { (a, _) throws(SQLError) in
            .text(TextFormat.name(Array(Value.unpadded(a[0].octets))))
        }
        registry.add("name_bpchar") { (a, _) throws(SQLError) in a[0] }
        registry.add("rtrim1", .convert(.bpchar, .text)) { (a, _) throws(SQLError) in
            .text(Array(Value.unpadded(a[0].octets)))
        }
        registry.add("varchar") { (a, _) throws(SQLError) in
            .text(
                try TextFormat.varchar(
                    a[0].octets,
                    modifier: Int32(truncatingIfNeeded: a[1].integer),
                    explicit: a[2].boolean
                )
            )
        }
        registry.add("bpchar") { (a, _) throws(SQLError) in
            .text(
                try TextFormat.bpchar(
                    a[0].octets,
                    modifier: Int32(truncatingIfNeeded: a[1].integer),
                    explicit: a[2].boolean
                )
            )
        }
        registry.add("jsonb_bool") { (a, _) throws(SQLError) in
            switch a[0].swiftString {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: throw SQLError(.invalidParameterValue, "cannot cast jsonb value to type boolean")
            }
        }
        for (symbol, type) in [
            ("jsonb_numeric", SQLType.numeric), ("jsonb_int2", .int2), ("jsonb_int4", .int4), ("jsonb_int8", .int8),
            ("jsonb_float4", .float4), ("jsonb_float8", .float8),
        ] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                guard let number = try? SQLType.numeric.parse(a[0].swiftString), case .numeric(let decimal) = number
                else {
                    throw SQLError(.invalidParameterValue, "cannot cast jsonb value to type \(type.sqlName)")
                }
                switch type.oid {
                case .numeric: return number
                case .float4: return .float(Double(Float(decimal.asDouble)))
                case .float8: return .float(decimal.asDouble)
                case .int2: return try Range.int2(try whole(decimal, "smallint"))
                case .int4: return try Range.int4(try whole(decimal, "integer"))
                default: return .int(try whole(decimal, "bigint"))
                }
            }
        }
    }

    private static func whole(_ value: Double, _ type: String) throws(SQLError) -> Int64 {
        let rounded = value.rounded(.toNearestOrEven)
        guard rounded >= -0x1p63, rounded < 0x1p63 else {
            throw SQLError(.numericValueOutOfRange, "\(type) out of range")
        }
        return Int64(rounded)
    }

    private static func whole(_ value: Numeric, _ type: String) throws(SQLError) -> Int64 {
        guard value.isFinite else {
            throw SQLError(
                .featureNotSupported,
                "cannot convert \(value.isNaN ? "NaN" : "infinity") to \(type)"
            )
        }
        guard let result = value.roundedToInt64 else {
            throw SQLError(.numericValueOutOfRange, "\(type) out of range")
        }
        return result
    }
}
