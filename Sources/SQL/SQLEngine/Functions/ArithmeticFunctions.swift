import Glibc
import SQLTypes

/// + - * / % and the mathematical functions over integers, floats and numeric.
enum ArithmeticFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registerIntegers(in: &registry)
        registerFloats(in: &registry)
        registerNumeric(in: &registry)
        registerMathematics(in: &registry)
    }

    private static func registerIntegers(in registry: inout FunctionRegistry) {
        // The result has the wider type of the two.
        let widths: [(String, Int, BuiltinFunction.Domain)] = [
            ("int2", 2, .int2), ("int4", 4, .int4), ("int8", 8, .int8), ("int24", 4, .int4), ("int42", 4, .int4),
            ("int28", 8, .int8), ("int82", 8, .int8), ("int48", 8, .int8), ("int84", 8, .int8),
        ]
        for (prefix, width, domain) in widths {
            @Sendable func checked(_ result: (partialValue: Int64, overflow: Bool)) throws(SQLError) -> Value {
                if width == 8 { return try Range.int8(result) }
                return width == 4 ? try Range.int4(result.partialValue) : try Range.int2(result.partialValue)
            }
            registry.add("\(prefix)pl", .arithmetic(.add, domain)) { (a, _) throws(SQLError) in
                try checked(a[0].integer.addingReportingOverflow(a[1].integer))
            }
            registry.add("\(prefix)mi", .arithmetic(.subtract, domain)) { (a, _) throws(SQLError) in
                try checked(a[0].integer.subtractingReportingOverflow(a[1].integer))
            }
            registry.add("\(prefix)mul", .arithmetic(.multiply, domain)) { (a, _) throws(SQLError) in
                try checked(a[0].integer.multipliedReportingOverflow(by: a[1].integer))
            }
            registry.add("\(prefix)div", .arithmetic(.divide, domain)) { (a, _) throws(SQLError) in
                if a[1].integer == 0 { throw Range.zero }
                return try checked(a[0].integer.dividedReportingOverflow(by: a[1].integer))
            }
            registry.add("\(prefix)mod", .arithmetic(.modulo, domain)) { (a, _) throws(SQLError) in
                if a[1].integer == 0 { throw Range.zero }
                return .int(a[1].integer == -1 ? 0 : a[0].integer % a[1].integer)
            }
            registry.add("\(prefix)um", .arithmetic(.negate, domain)) { (a, _) throws(SQLError) in
                try checked(Int64(0).subtractingReportingOverflow(a[0].integer))
            }
            registry.add("\(prefix)up") { (a, _) throws(SQLError) in a[0] }
            registry.add("\(prefix)abs") { (a, _) throws(SQLError) in
                a[0].integer < 0 ? try checked(Int64(0).subtractingReportingOverflow(a[0].integer)) : a[0]
            }
            registry.add("\(prefix)and") { (a, _) throws(SQLError) in .int(a[0].integer & a[1].integer) }
            registry.add("\(prefix)or") { (a, _) throws(SQLError) in .int(a[0].integer | a[1].integer) }
            registry.add("\(prefix)xor") { (a, _) throws(SQLError) in .int(a[0].integer ^ a[1].integer) }
            registry.add("\(prefix)not") { (a, _) throws(SQLError) in .int(~a[0].integer) }
            registry.add("\(prefix)shl") { (a, _) throws(SQLError) in
                let shift = a[1].integer & Int64(width * 8 - 1)
                let value = a[0].integer &<< shift
                switch width {
                case 2: return .int(Int64(Int16(truncatingIfNeeded: value)))
                case 4: return .int(Int64(Int32(truncatingIfNeeded: value)))
                default: return .int(value)
                }
            }
            registry.add("\(prefix)shr") { (a, _) throws(SQLError) in
                .int(a[0].integer &>> (a[1].integer & Int64(width * 8 - 1)))
            }
            registry.add("\(prefix)gcd") { (a, _) throws(SQLError) in
                var left = a[0].integer.magnitude
                var right = a[1].integer.magnitude
                while right != 0 { (left, right) = (right, left % right) }
                guard let result = Int64(exactly: left) else { throw Range.int8 }
                return try checked((result, false))
            }
            registry.add("\(prefix)lcm") { (a, _) throws(SQLError) in
                if a[0].integer == 0 || a[1].integer == 0 { return .int(0) }
                var left = a[0].integer.magnitude
                var right = a[1].integer.magnitude
                while right != 0 { (left, right) = (right, left % right) }
                let (product, overflow) = (a[0].integer.magnitude / left).multipliedReportingOverflow(
                    by: a[1].integer.magnitude
                )
                guard !overflow, let result = Int64(exactly: product) else { throw Range.int8 }
                return try checked((result, false))
            }
        }
    }

    private static func registerFloats(in registry: inout FunctionRegistry) {
        for (prefix, isSingle) in [("float4", true), ("float8", false), ("float48", false), ("float84", false)] {
            let domain: BuiltinFunction.Domain = isSingle ? .float4 : .float8
            @Sendable func checked(_ value: Double, _ left: Double, _ right: Double, zero: Bool) throws(SQLError)
                -> Value
            {
                let finite = left.isFinite && right.isFinite
                return isSingle
                    ? try Range.float4(value, finiteInputs: finite, zeroAllowed: zero)
                    : try Range.float8(value, finiteInputs: finite, zeroAllowed: zero)
            }
            registry.add("\(prefix)pl", .arithmetic(.add, domain)) { (a, _) throws(SQLError) in
                try checked(a[0].double + a[1].double, a[0].double, a[1].double, zero: true)
            }
            registry.add("\(prefix)mi", .arithmetic(.subtract, domain)) { (a, _) throws(SQLError) in
                try checked(a[0].double - a[1].double, a[0].double, a[1].double, zero: true)
            }
            registry.add("\(prefix)mul", .arithmetic(.multiply, domain)) { (a, _) throws(SQLError) in
                try checked(
                    a[0].double * a[1].double,
                    a[0].double,
                    a[1].double,
                    zero: a[0].double == 0 || a[1].double == 0
                )
            }
            registry.add("\(prefix)div", .arithmetic(.divide, domain)) { (a, _) throws(SQLError) in
                if a[1].double == 0, !a[0].double.isNaN { throw Range.zero }
                return try checked(
                    a[0].double / a[1].double,
                    a[0].double,
                    a[1].double,
                    zero: a[0].double == 0 || a[1].double.isInfinite
                )
            }
            registry.add("\(prefix)um", .arithmetic(.negate, domain)) { (a, _) throws(SQLError) in .float(-a[0].double)
            }
            registry.add("\(prefix)up") { (a, _) throws(SQLError) in a[0] }
            registry.add("\(prefix)abs") { (a, _) throws(SQLError) in .float(a[0].double.magnitude) }
        }
    }

    private static func registerNumeric(in registry: inout FunctionRegistry) {
        registry.add("numeric_add", .arithmetic(.add, .numeric)) { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.adding(a[1].decimal))
        }
        registry.add("numeric_sub", .arithmetic(.subtract, .numeric)) { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.subtracting(a[1].decimal))
        }
        registry.add("numeric_mul", .arithmetic(.multiply, .numeric)) { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.multiplied(by: a[1].decimal))
        }
        registry.add("numeric_div", .arithmetic(.divide, .numeric)) { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.divided(by: a[1].decimal))
        }
        registry.add("numeric_mod", .arithmetic(.modulo, .numeric)) { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.remainder(dividingBy: a[1].decimal))
        }
        registry.add("numeric_div_trunc") { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.wholeQuotient(by: a[1].decimal))
        }
        registry.add("numeric_uminus", .arithmetic(.negate, .numeric)) { (a, _) throws(SQLError) in
            .numeric(a[0].decimal.negated())
        }
        registry.add("numeric_uplus") { (a, _) throws(SQLError) in a[0] }
        registry.add("numeric_abs") { (a, _) throws(SQLError) in .numeric(a[0].decimal.magnitude) }
        registry.add("numeric_sign") { (a, _) throws(SQLError) in
            a[0].decimal.isNaN ? a[0] : .numeric(Numeric(Int64(a[0].decimal.signum)))
        }
        registry.add("numeric_ceil") { (a, _) throws(SQLError) in .numeric(try a[0].decimal.roundedUp()) }
        registry.add("numeric_floor") { (a, _) throws(SQLError) in .numeric(try a[0].decimal.roundedDown()) }
        registry.add("numeric_round") { (a, _) throws(SQLError) in
            .numeric(a[0].decimal.rounded(toScale: Int(max(-2000, min(2000, a[1].integer)))))
        }
        registry.add("numeric_trunc") { (a, _) throws(SQLError) in
            .numeric(a[0].decimal.truncated(toScale: Int(max(-2000, min(2000, a[1].integer)))))
        }
        registry.add("round/1") { (a, _) throws(SQLError) in .numeric(a[0].decimal.rounded(toScale: 0)) }
        registry.add("trunc/1") { (a, _) throws(SQLError) in .numeric(a[0].decimal.truncated(toScale: 0)) }
        registry.add("numeric_min_scale") { (a, _) throws(SQLError) in
            a[0].decimal.isFinite ? .int(Int64(leastScale(a[0].decimal))) : .null
        }
        registry.add("numeric_trim_scale") { (a, _) throws(SQLError) in
            a[0].decimal.isFinite ? .numeric(a[0].decimal.truncated(toScale: leastScale(a[0].decimal))) : a[0]
        }
        registry.add("numeric_scale") { (a, _) throws(SQLError) in
            a[0].decimal.isFinite ? .int(Int64(a[0].decimal.scale)) : .null
        }
    }

    private static func registerMathematics(in registry: inout FunctionRegistry) {
        func one(_ symbol: String, _ function: @escaping @Sendable (Double) -> Double) {
            registry.add(symbol) { (a, _) throws(SQLError) in
                try Range.float8(function(a[0].double), finiteInputs: a[0].double.isFinite)
            }
        }
        one("dround") { $0.rounded(.toNearestOrEven) }
        one("dtrunc") { $0.rounded(.towardZero) }
        one("dceil") { $0.rounded(.up) }
        one("dfloor") { $0.rounded(.down) }
        one("dsign") { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        one("dexp") { exp($0) }
        one("dcbrt") { cbrt($0) }
        one("dsin") { sin($0) }
        one("dcos") { cos($0) }
        one("dtan") { tan($0) }
        one("datan") { atan($0) }
        one("dsinh") { sinh($0) }
        one("dcosh") { cosh($0) }
        one("dtanh") { tanh($0) }
        one("degrees") { $0 * (180 / Double.pi) }
        one("radians") { $0 * (Double.pi / 180) }
        registry.add("dasin") { (a, _) throws(SQLError) in try unit(a[0].double) { asin($0) } }
        registry.add("dacos") { (a, _) throws(SQLError) in try unit(a[0].double) { acos($0) } }
        registry.add("datan2") { (a, _) throws(SQLError) in .float(atan2(a[0].double, a[1].double)) }
        registry.add("dpi") { (_, _) throws(SQLError) in .float(Double.pi) }
        registry.add("dsqrt") { (a, _) throws(SQLError) in
            if a[0].double < 0 {
                throw SQLError(.invalidArgumentForPowerFunction, "cannot take square root of a negative number")
            }
            return .float(a[0].double.squareRoot())
        }
        for (symbol, function) in [("dlog1", { @Sendable in log($0) }), ("dlog10", { @Sendable in log10($0) })]
            as [(String, @Sendable (Double) -> Double)]
        {
            registry.add(symbol) { (a, _) throws(SQLError) in
                try requirePositive(a[0].double)
                return .float(function(a[0].double))
            }
        }
        registry.add("dpow") { (a, _) throws(SQLError) in
            let (base, exponent) = (a[0].double, a[1].double)
            if base == 0, exponent < 0 {
                throw SQLError(.invalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
            }
            if base < 0, exponent.isFinite, exponent != exponent.rounded() {
                throw SQLError(
                    .invalidArgumentForPowerFunction,
                    "a negative number raised to a non-integer power yields a complex result"
                )
            }
            return try Range.float8(pow(base, exponent), finiteInputs: base.isFinite && exponent.isFinite)
        }
        // Numeric logarithms and powers go through float8: fifteen digits.
        registry.add("numeric_sqrt") { (a, _) throws(SQLError) in
            .numeric(try a[0].decimal.squareRoot())
        }
        registry.add("numeric_ln") { (a, _) throws(SQLError) in
            try requirePositive(a[0].decimal.asDouble)
            return .numeric(Numeric(log(a[0].decimal.asDouble)))
        }
        registry.add("numeric_exp") { (a, _) throws(SQLError) in .numeric(Numeric(exp(a[0].decimal.asDouble))) }
        registry.add("numeric_log") { (a, _) throws(SQLError) in
            try requirePositive(a[0].decimal.asDouble)
            try requirePositive(a[1].decimal.asDouble)
            return .numeric(Numeric(log(a[1].decimal.asDouble) / log(a[0].decimal.asDouble)))
        }
        registry.add("numeric_fac") { (a, _) throws(SQLError) in
            let number = a[0].integer
            if number < 0 {
                throw SQLError(.numericValueOutOfRange, "factorial of a negative number is undefined")
            }
            // The largest whose digits fit a numeric.
            if number > 32177 { throw SQLError(.numericValueOutOfRange, "value overflows numeric format") }
            var result = Numeric(1)
            for factor in stride(from: Int64(2), through: number, by: 1) {
                result = try result.multiplied(by: Numeric(factor))
            }
            return .numeric(result)
        }
        for name in ["log/1", "log10/1"] {
            registry.add(name) { (a, _) throws(SQLError) in
                try requirePositive(a[0].decimal.asDouble)
                return .numeric(Numeric(log10(a[0].decimal.asDouble)))
            }
        }
        registry.add("numeric_power") { (a, _) throws(SQLError) in
            // Whole exponents are exact.
            if let exponent = a[1].decimal.roundedToInt64, Numeric.compare(Numeric(exponent), a[1].decimal) == 0,
                exponent >= 0, exponent <= 1000
            {
                var result = Numeric(1)
                for _ in 0..<exponent { result = try result.multiplied(by: a[0].decimal) }
                return .numeric(try result.adding(Numeric.zero.rounded(toScale: 16)))
            }
            let value = pow(a[0].decimal.asDouble, a[1].decimal.asDouble)
            if value.isNaN {
                throw SQLError(
                    .invalidArgumentForPowerFunction,
                    "a negative number raised to a non-integer power yields a complex result"
                )
            }
            if value.isInfinite { throw SQLError(.numericValueOutOfRange, "value overflows numeric format") }
            return .numeric(Numeric(value))
        }
        registry.add("drandom") { (_, environment) throws(SQLError) in
            .float(Double(environment.randomUInt64() >> 11) * 0x1p-53)
        }
        registry.add("setseed") { (a, environment) throws(SQLError) in
            guard a[0].double >= -1, a[0].double <= 1 else {
                throw SQLError(
                    .invalidParameterValue,
                    "setseed parameter \(SQLType.float8.text(a[0]) ?? "") is out of allowed range [-1,1]"
                )
            }
            environment.seedRandom(a[0].double)
            return .null
        }
        registry.add("width_bucket_float8") { (a, _) throws(SQLError) in
            let (operand, low, high, count) = (a[0].double, a[1].double, a[2].double, a[3].integer)
            guard count > 0 else { throw SQLError("2201G", "count must be greater than zero") }
            guard low != high else { throw SQLError("2201G", "lower bound cannot equal upper bound") }
            if low < high {
                if operand < low { return .int(0) }
                if operand >= high { return try Range.int4(count + 1) }
                return .int(Int64(Double(count) * (operand - low) / (high - low)) + 1)
            }
            if operand > low { return .int(0) }
            if operand <= high { return try Range.int4(count + 1) }
            return .int(Int64(Double(count) * (low - operand) / (low - high)) + 1)
        }
    }

    /// Decimals that are needed to show the value: without trailing zeros.
    private static func leastScale(_ value: Numeric) -> Int {
        let shown = Array((SQLType.numeric.text(.numeric(value)) ?? "").utf8)
        guard shown.contains(UInt8(ascii: ".")) else { return 0 }
        return value.scale - shown.reversed().prefix { $0 == UInt8(ascii: "0") }.count
    }

    private static func unit(_ value: Double, _ function: (Double) -> Double) throws(SQLError) -> Value {
        if value < -1 || value > 1 { throw SQLError(.numericValueOutOfRange, "input is out of range") }
        return .float(function(value))
    }

    private static func requirePositive(_ value: Double) throws(SQLError) {
        if value == 0 { throw SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of zero") }
        if value < 0 { throw SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of a negative number") }
    }
}
