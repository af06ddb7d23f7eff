import Glibc
import SQLTypes

/// Aggregate functions: one small class per running state.
///
/// The planner may run count, sum, min, max and avg over columns itself; these serve every other case.
enum Aggregates {
    static func register(in registry: inout FunctionRegistry) {
        registry.addAggregate("count") { arguments in
            let countsRows = arguments.isEmpty
            return { Count(countsRows: countsRows) }
        }
        registry.addAggregate("sum") { arguments in
            guard let type = arguments.first?.oid else { return nil }
            switch type {
            case .int2, .int4: return { IntegerSum() }
            case .int8: return { NumericSum(isAverage: false) }
            case .numeric: return { NumericSum(isAverage: false) }
            case .float4, .float8: return { FloatSum(isAverage: false, isSingle: type == .float4) }
            case .interval: return { IntervalSum(isAverage: false) }
            default: return nil
            }
        }
        registry.addAggregate("avg") { arguments in
            guard let type = arguments.first?.oid else { return nil }
            switch type {
            case .int2, .int4, .int8, .numeric: return { NumericSum(isAverage: true) }
            case .float4, .float8: return { FloatSum(isAverage: true, isSingle: false) }
            case .interval: return { IntervalSum(isAverage: true) }
            default: return nil
            }
        }
        for (name, isMaximum) in [("max", true), ("min", false)] {
            registry.addAggregate(name) { arguments in
                guard let type = arguments.first else { return nil }
                return { Extreme(type, isMaximum) }
            }
        }
        for (name, isAnd) in [("bool_and", true), ("every", true), ("bool_or", false)] {
            registry.addAggregate(name) { _ in { Truth(isAnd) } }
        }
        registry.addAggregate("string_agg") { arguments in
            let isBytes = arguments.first?.oid == .bytea
            return { StringList(isBytes) }
        }
        registry.addAggregate("array_agg") { arguments in
            let isOfArrays = arguments.first?.oid == .anyarray
            return { ArrayList(isOfArrays) }
        }
        for (name, operation) in [("bit_and", 0), ("bit_or", 1), ("bit_xor", 2)] {
            registry.addAggregate(name) { _ in { Bits(operation) } }
        }
        let moments: [(String, Bool, Bool)] = [
            ("var_pop", false, false), ("var_samp", true, false), ("variance", true, false),
            ("stddev_pop", false, true),
            ("stddev_samp", true, true), ("stddev", true, true),
        ]
        for (name, isSample, isRoot) in moments {
            registry.addAggregate(name) { arguments in
                if arguments.first?.oid == .float4 || arguments.first?.oid == .float8 {
                    return { Moments(isSample: isSample, isRoot: isRoot) }
                }
                return { NumericMoments(isSample: isSample, isRoot: isRoot) }
            }
        }
        for name in ["json_agg", "jsonb_agg"] {
            registry.addAggregate(name) { _ in { JSONList(isBinary: name == "jsonb_agg") } }
        }
    }

    private final class Count: AggregateState {
        private let countsRows: Bool
        private var count: Int64 = 0
        init(countsRows: Bool) { self.countsRows = countsRows }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            if countsRows || arguments.isEmpty || !arguments[0].isNull { count += 1 }
        }
        func result() -> Value { .int(count) }
    }

    private final class IntegerSum: AggregateState {
        private var sum: Int64?
        func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) {
            guard case .int(let value) = arguments[0] else { return }
            let (next, overflow) = (sum ?? 0).addingReportingOverflow(value)
            if overflow { throw Range.int8 }
            sum = next
        }
        func result() -> Value { sum.map { .int($0) } ?? .null }
    }

    /// Sums of bigint and numeric, averages of whole numbers and numeric. Whole numbers are gathered in 128 bits first.
    private final class NumericSum: AggregateState {
        private let isAverage: Bool
        private var whole: Int128 = 0
        private var sum: Numeric?
        private var count: Int64 = 0
        init(isAverage: Bool) { self.isAverage = isAverage }
        func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) {
            switch arguments[0] {
            case .int(let value):
                // Cannot overflow: 2^63 additions of 63 bits stay below 2^127.
                whole += Int128(value)
                count += 1
            case .numeric(let value):
                sum = try sum.map { (known) throws(SQLError) in try known.adding(value) } ?? value
                count += 1
            default: break
            }
        }
        func result() throws(SQLError) -> Value {
            guard count > 0 else { return .null }
            let total: Numeric
            if let sum {
                total = sum
            } else if let small = Int64(exactly: whole) {
                total = Numeric(small)
            } else {
                let text = Array(String(whole).utf8)
                total = try text.withRawBytes { (bytes) throws(SQLError) in try Numeric(parsing: bytes) }
            }
            return .numeric(isAverage ? try total.divided(by: Numeric(count)) : total)
        }
    }

    private final class FloatSum: AggregateState {
        private let isAverage: Bool
        private let isSingle: Bool
        private var sum = 0.0
        private var count = 0.0
        init(isAverage: Bool, isSingle: Bool) {
            self.isAverage = isAverage
            self.isSingle = isSingle
        }
        func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) {
            guard case .float(let value) = arguments[0] else { return }
            let next = isSingle ? Double(Float(sum) + Float(value)) : sum + value
            if next.isInfinite, sum.isFinite, value.isFinite {
                throw SQLError(.numericValueOutOfRange, "value out of range: overflow")
            }
            sum = next
            count += 1
        }
        func result() -> Value { count == 0 ? .null : .float(isAverage ? sum / count : sum) }
    }

    private final class IntervalSum: AggregateState {
        private let isAverage: Bool
        private var months = 0.0
        private var days = 0.0
        private var microseconds = 0.0
        private var count = 0.0
        init(isAverage: Bool) { self.isAverage = isAverage }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            guard case .interval(let value) = arguments[0] else { return }
            months += Double(value.months)
            days += Double(value.days)
            microseconds += Double(value.microseconds)
            count += 1
        }
        func result() throws(SQLError) -> Value {
            guard count > 0 else { return .null }
            return try DateTimeFunctions.interval(months, days, microseconds, dividedBy: isAverage ? count : 1)
        }
    }

    private final class Extreme: AggregateState {
        private let type: SQLType
        private let isMaximum: Bool
        private var best: Value = .null
        init(_ type: SQLType, _ isMaximum: Bool) {
            self.type = type
            self.isMaximum = isMaximum
        }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            if arguments[0].isNull { return }
            if best.isNull {
                best = arguments[0]
                return
            }
            let order = type.compare(arguments[0], best)
            if isMaximum ? order > 0 : order < 0 { best = arguments[0] }
        }
        func result() -> Value { best }
    }

    private final class Truth: AggregateState {
        private let isAnd: Bool
        private var value: Bool?
        init(_ isAnd: Bool) { self.isAnd = isAnd }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            guard case .bool(let next) = arguments[0] else { return }
            value = value.map { isAnd ? $0 && next : $0 || next } ?? next
        }
        func result() -> Value { value.map { .bool($0) } ?? .null }
    }

    private final class StringList: AggregateState {
        private let isBytes: Bool
        private var text: [UInt8]?
        init(_ isBytes: Bool) { self.isBytes = isBytes }
        func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) {
            if arguments[0].isNull { return }
            if text == nil {
                text = arguments[0].octets
            } else {
                text?.append(contentsOf: arguments[1].octets)
                text?.append(contentsOf: arguments[0].octets)
            }
            if (text?.count ?? 0) > 1 << 30 { throw SQLError(.programLimitExceeded, "out of memory") }
        }
        func result() -> Value { text.map { isBytes ? .bytes($0) : .text($0) } ?? .null }
    }

    private final class ArrayList: AggregateState {
        private let isOfArrays: Bool
        private var elements: [Value] = []
        init(_ isOfArrays: Bool) { self.isOfArrays = isOfArrays }
        func add(_ arguments: UnsafeBufferPointer<Value>) { elements.append(arguments[0]) }
        func result() throws(SQLError) -> Value {
            if elements.isEmpty { return .null }
            if isOfArrays { return try ArrayFunctions.stack(elements) }
            return .array(SQLArray(elementType: ArrayFunctions.guessedType(elements), elements))
        }
    }

    private final class Bits: AggregateState {
        private let operation: Int
        private var value: Int64?
        init(_ operation: Int) { self.operation = operation }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            guard case .int(let next) = arguments[0] else { return }
            value = value.map { operation == 0 ? $0 & next : operation == 1 ? $0 | next : $0 ^ next } ?? next
        }
        func result() -> Value { value.map { .int($0) } ?? .null }
    }

    /// Variance and standard deviation of whole numbers and numeric, from exact sums.
    private final class NumericMoments: AggregateState {
        private let isSample: Bool
        private let isRoot: Bool
        private var count: Int64 = 0
        private var sum = Numeric.zero
        private var squares = Numeric.zero
        init(isSample: Bool, isRoot: Bool) {
            self.isSample = isSample
            self.isRoot = isRoot
        }
        func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) {
            let value: Numeric
            switch arguments[0] {
            case .int(let number): value = Numeric(number)
            case .numeric(let number): value = number
            default: return
            }
            count += 1
            sum = try sum.adding(value)
            squares = try squares.adding(try value.multiplied(by: value))
        }
        func result() throws(SQLError) -> Value {
            guard count > (isSample ? 1 : 0) else { return .null }
            if !sum.isFinite { return .numeric(.notANumber) }
            let number = Numeric(count)
            let spread = try number.multiplied(by: squares).subtracting(try sum.multiplied(by: sum))
            if spread.signum <= 0 { return .numeric(.zero) }
            let divisor = try number.multiplied(by: Numeric(isSample ? count - 1 : count))
            let variance = try spread.divided(by: divisor)
            guard isRoot else { return .numeric(variance) }
            return .numeric(try variance.squareRoot(toScale: Numeric.quotientScale(spread, divisor)))
        }
    }

    /// Variance and standard deviation of floats by Welford's method.
    private final class Moments: AggregateState {
        private let isSample: Bool
        private let isRoot: Bool
        private var count = 0.0
        private var mean = 0.0
        private var squares = 0.0
        init(isSample: Bool, isRoot: Bool) {
            self.isSample = isSample
            self.isRoot = isRoot
        }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            guard case .float(let value) = arguments[0] else { return }
            count += 1
            let delta = value - mean
            mean += delta / count
            squares += delta * (value - mean)
        }
        func result() -> Value {
            guard count > (isSample ? 1 : 0) else { return .null }
            let variance = squares / (isSample ? count - 1 : count)
            return .float(isRoot ? variance.squareRoot() : variance)
        }
    }

    private final class JSONList: AggregateState {
        private let isBinary: Bool
        private var text = "["
        init(isBinary: Bool) { self.isBinary = isBinary }
        func add(_ arguments: UnsafeBufferPointer<Value>) {
            if text != "[" { text += ", " }
            text += JSONFunctions.text(arguments[0])
        }
        func result() -> Value { text == "[" ? .null : .string(text + "]") }
    }
}
