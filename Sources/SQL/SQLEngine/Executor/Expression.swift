// Expressions ready to run: final classes, one virtual call per node, typed short cuts for what scans are made of.
//
//     BoundExpression ──ExpressionCompiler──▶ Expression.evaluate(frame) ─▶ Value
//                                             Expression.test(frame)     ─▶ no / yes / unknown

import SQLStorage
import SQLTypes

/// SQL's three truth values.
enum Truth {
    case no
    case yes
    case unknown

    @inline(__always)
    init(_ value: Value) {
        switch value {
        case .bool(let value): self = value ? .yes : .no
        default: self = .unknown
        }
    }
    var value: Value {
        switch self {
        case .no: .bool(false)
        case .yes: .bool(true)
        case .unknown: .null
        }
    }
    var negated: Truth {
        switch self {
        case .no: .yes
        case .yes: .no
        case .unknown: .unknown
        }
    }
}

class Expression {
    let type: SQLType
    init(_ type: SQLType) { self.type = type }

    func evaluate(_ frame: Frame) throws(SQLError) -> Value { .null }

    func test(_ frame: Frame) throws(SQLError) -> Truth { Truth(try evaluate(frame)) }

    /// The value if it is the same for every row of every execution.
    var constant: Value? { nil }
}

/// A node that decides rather than computes.
class Predicate: Expression {
    init() { super.init(.bool) }
    final override func evaluate(_ frame: Frame) throws(SQLError) -> Value { try test(frame).value }
    override func test(_ frame: Frame) throws(SQLError) -> Truth { .unknown }
}

final class ConstantExpression: Expression {
    let value: Value
    init(_ value: Value, _ type: SQLType) {
        self.value = value
        super.init(type)
    }
    override func evaluate(_ frame: Frame) -> Value { value }
    override var constant: Value? { value }
}

final class ParameterExpression: Expression {
    let position: Int
    init(_ position: Int, _ type: SQLType) {
        self.position = position
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        guard position >= 1, position <= frame.context.parameters.count else {
            throw SQLError(.undefinedParameter, "there is no parameter $\(position)")
        }
        return frame.context.parameters[position - 1]
    }
}

final class ColumnExpression: Expression {
    let relation: Int
    let column: Int
    let level: Int
    init(_ reference: ColumnReference, _ type: SQLType) {
        relation = reference.relation
        column = reference.column
        level = reference.level
        super.init(type)
    }

    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        let frame = level == 0 ? frame : frame.ancestor(level)
        if column < 0 { return systemValue(frame) }
        if let tuple = frame.slots[relation].tuple, let reader = frame.readers[relation] {
            return reader.value(tuple, column)
        }
        guard let values = frame.slots[relation].values, column < values.count else { return .null }
        return values[column]
    }

    private func systemValue(_ frame: Frame) -> Value {
        guard let reader = frame.readers[relation], let tuple = frame.slots[relation].tuple else { return .null }
        switch SystemColumn(rawValue: column) {
        case .tableoid: return .oid(reader.table.oid)
        case .ctid:
            let row = frame.slots[relation].row
            return .string("(\(row / 128),\(row % 128 + 1))")
        case .xmin: return .int(Int64(reader.store.systemFields(tuple).xmin))
        case .xmax: return .int(Int64(reader.store.systemFields(tuple).xmax))
        case .cmin, .cmax: return .int(Int64(reader.store.systemFields(tuple).command))
        case nil: return .null
        }
    }
}

final class GroupKeyExpression: Expression {
    let position: Int
    let isAggregate: Bool
    init(_ position: Int, isAggregate: Bool, _ type: SQLType) {
        self.position = position
        self.isAggregate = isAggregate
        super.init(type)
    }
    override func evaluate(_ frame: Frame) -> Value {
        isAggregate ? frame.aggregates[position] : frame.groupKeys[position]
    }
}

final class RowColumnExpression: Expression {
    let column: Int
    init(_ column: Int, _ type: SQLType) {
        self.column = column
        super.init(type)
    }
    override func evaluate(_ frame: Frame) -> Value { column < frame.row.count ? frame.row[column] : .null }
}

final class CallExpression: Expression {
    let function: BuiltinFunction
    let arguments: [Expression]
    let position: Int32
    private var buffer: [Value]
    init(_ function: BuiltinFunction, _ arguments: [Expression], _ type: SQLType, position: Int32) {
        self.function = function
        self.arguments = arguments
        self.position = position
        buffer = Array(repeating: .null, count: arguments.count)
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        for index in arguments.indices { buffer[index] = try arguments[index].evaluate(frame) }
        return try Expression.call(function, buffer, frame)
    }
}

extension Expression {
    static func call(_ function: BuiltinFunction, _ arguments: [Value], _ frame: Frame) throws(SQLError) -> Value {
        try arguments.withUnsafeBufferPointer { (buffer) throws(SQLError) in
            try function.call(buffer, frame.context.environment)
        }
    }
}

/// A comparison of two values of one type, by the type's order.
final class ComparisonExpression: Predicate {
    let left: Expression
    let right: Expression
    let comparison: BuiltinFunction.ComparisonOperator
    let operandType: SQLType
    init(
        _ left: Expression,
        _ right: Expression,
        _ comparison: BuiltinFunction.ComparisonOperator,
        _ operandType: SQLType
    ) {
        self.left = left
        self.right = right
        self.comparison = comparison
        self.operandType = operandType
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let a = try left.evaluate(frame)
        let b = try right.evaluate(frame)
        if a.isNull || b.isNull { return .unknown }
        return ComparisonExpression.holds(operandType.compare(a, b), comparison) ? .yes : .no
    }

    @inline(__always)
    static func holds(_ order: Int, _ comparison: BuiltinFunction.ComparisonOperator) -> Bool {
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

/// A stored column against a constant or parameter, decided on the tuple's bytes.
final class TupleComparison: Predicate {
    let column: ColumnExpression
    let other: Expression
    let comparison: BuiltinFunction.ComparisonOperator
    let codec: ColumnCodec
    private var operand: Value = .null
    private var isLoaded = false
    private var bytes: [UInt8] = []
    private var number: Int64 = 0
    private var float: Double = 0

    init(_ column: ColumnExpression, _ other: Expression, _ comparison: BuiltinFunction.ComparisonOperator) {
        self.column = column
        self.other = other
        self.comparison = comparison
        codec = ColumnCodec(column.type)
    }

    private func load(_ frame: Frame) throws(SQLError) {
        operand = try other.evaluate(frame)
        isLoaded = true
        switch operand {
        case .text(let text): bytes = codec.type.oid == .bpchar ? Array(Value.unpadded(text)) : text
        case .bytes(let value): bytes = value
        case .int(let value), .timestamp(let value), .time(let value): number = value
        case .date(let value): number = Int64(value)
        case .bool(let value): number = value ? 1 : 0
        case .float(let value): float = value
        default: break
        }
    }

    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        if !isLoaded { try load(frame) }
        if operand.isNull { return .unknown }
        let frame = column.level == 0 ? frame : frame.ancestor(column.level)
        guard let tuple = frame.slots[column.relation].tuple, let reader = frame.readers[column.relation] else {
            let value = try column.evaluate(frame)
            if value.isNull { return .unknown }
            return ComparisonExpression.holds(codec.type.compare(value, operand), comparison) ? .yes : .no
        }
        let datum = reader.store.datum(tuple, column.column)
        if datum.isNull { return .unknown }
        let order: Int
        switch codec.form {
        case .bool, .int, .date, .time, .timestamp:
            let value = datum.int64
            order = value < number ? -1 : value == number ? 0 : 1
        case .float8: order = Value.compare(datum.float8, float)
        case .float4: order = Value.compare(Double(datum.float4), float)
        case .text, .bytea:
            var stored = datum.bytes
            if codec.type.oid == .bpchar {
                while let last = stored.last, last == 0x20 {
                    stored = UnsafeRawBufferPointer(rebasing: stored.dropLast())
                }
            }
            order = bytes.withUnsafeBytes { Value.compare(stored, $0) }
        default: order = codec.type.compare(codec.value(datum), operand)
        }
        return ComparisonExpression.holds(order, comparison) ? .yes : .no
    }
}

final class ArithmeticExpression: Expression {
    let left: Expression
    let right: Expression
    let operation: BuiltinFunction.ArithmeticOperator
    let function: BuiltinFunction
    let isFloat: Bool
    init(
        _ left: Expression,
        _ right: Expression,
        _ operation: BuiltinFunction.ArithmeticOperator,
        _ function: BuiltinFunction,
        isFloat: Bool,
        _ type: SQLType
    ) {
        self.left = left
        self.right = right
        self.operation = operation
        self.function = function
        self.isFloat = isFloat
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        let a = try left.evaluate(frame)
        let b = try right.evaluate(frame)
        switch (a, b) {
        case (.null, _), (_, .null): return .null
        case (.int(let x), .int(let y)):
            let result: (partialValue: Int64, overflow: Bool)
            switch operation {
            case .add: result = x.addingReportingOverflow(y)
            case .subtract: result = x.subtractingReportingOverflow(y)
            case .multiply: result = x.multipliedReportingOverflow(by: y)
            default: return try Expression.call(function, [a, b], frame)
            }
            let fits: Bool
            switch type.oid {
            case .int2: fits = Int16(exactly: result.partialValue) != nil
            case .int4: fits = Int32(exactly: result.partialValue) != nil
            default: fits = true
            }
            // The function's body words the overflow.
            if result.overflow || !fits { return try Expression.call(function, [a, b], frame) }
            return .int(result.partialValue)
        case (.float(let x), .float(let y)) where type.oid == .float8:
            let result: Double
            switch operation {
            case .add: result = x + y
            case .subtract: result = x - y
            case .multiply: result = x * y
            default: return try Expression.call(function, [a, b], frame)
            }
            // Overflow and underflow are errors, worded by the function's body.
            if !result.isFinite || result == 0 { return try Expression.call(function, [a, b], frame) }
            return .float(result)
        default: return try Expression.call(function, [a, b], frame)
        }
    }
}

final class JunctionExpression: Predicate {
    let operands: [Expression]
    let isAnd: Bool
    init(_ operands: [Expression], isAnd: Bool) {
        self.operands = operands
        self.isAnd = isAnd
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        var result = isAnd ? Truth.yes : Truth.no
        for operand in operands {
            switch try operand.test(frame) {
            case .no: if isAnd { return .no }
            case .yes: if !isAnd { return .yes }
            case .unknown: result = .unknown
            }
        }
        return result
    }
}

final class NotExpression: Predicate {
    let operand: Expression
    init(_ operand: Expression) { self.operand = operand }
    override func test(_ frame: Frame) throws(SQLError) -> Truth { try operand.test(frame).negated }
}

final class IsNullExpression: Predicate {
    let operand: Expression
    let negated: Bool
    init(_ operand: Expression, negated: Bool) {
        self.operand = operand
        self.negated = negated
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let value = try operand.evaluate(frame)
        let holds: Bool
        if case .record(let fields) = value {
            // A row IS NULL if all fields are, IS NOT NULL if none is.
            holds = fields.allSatisfy { $0.value.isNull != negated }
            return holds ? .yes : .no
        }
        holds = value.isNull
        return holds != negated ? .yes : .no
    }
}

final class IsTruthExpression: Predicate {
    let operand: Expression
    let wanted: Bool?
    let negated: Bool
    init(_ operand: Expression, _ wanted: Bool?, negated: Bool) {
        self.operand = operand
        self.wanted = wanted
        self.negated = negated
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let holds: Bool
        switch try operand.test(frame) {
        case .yes: holds = wanted == true
        case .no: holds = wanted == false
        case .unknown: holds = wanted == nil
        }
        return holds != negated ? .yes : .no
    }
}

final class IsDistinctExpression: Predicate {
    let left: Expression
    let right: Expression
    let equals: BuiltinFunction
    let negated: Bool
    init(_ left: Expression, _ right: Expression, _ equals: BuiltinFunction, negated: Bool) {
        self.left = left
        self.right = right
        self.equals = equals
        self.negated = negated
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let a = try left.evaluate(frame)
        let b = try right.evaluate(frame)
        let isSame: Bool
        if a.isNull || b.isNull {
            isSame = a.isNull && b.isNull
        } else {
            isSame = Truth(try Expression.call(equals, [a, b], frame)) == .yes
        }
        return isSame != negated ? .no : .yes
    }
}

final class InListExpression: Predicate {
    let operand: Expression
    let list: [Expression]
    let equals: BuiltinFunction
    let negated: Bool
    private let isByType: Bool
    private var set: Set<RowKey>?
    private var hasNull = false
    private let types: KeyTypes
    init(_ operand: Expression, _ list: [Expression], _ equals: BuiltinFunction, negated: Bool) {
        self.operand = operand
        self.list = list
        self.equals = equals
        self.negated = negated
        if case .comparison(.equal, _) = equals.form, equals.arguments.first == equals.arguments.last {
            isByType = true
        } else {
            isByType = false
        }
        types = KeyTypes([operand.type])
        // A long list of constants is looked up, not walked.
        if isByType, list.count > 8 {
            var set = Set<RowKey>(minimumCapacity: list.count)
            for item in list {
                guard let value = item.constant else { return }
                if value.isNull { hasNull = true } else { set.insert(RowKey([value], types)) }
            }
            self.set = set
        }
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let value = try operand.evaluate(frame)
        if value.isNull { return list.isEmpty ? (negated ? .yes : .no) : .unknown }
        if let set {
            let result: Truth = set.contains(RowKey([value], types)) ? .yes : hasNull ? .unknown : .no
            return negated ? result.negated : result
        }
        var result = Truth.no
        for item in list {
            let other = try item.evaluate(frame)
            if other.isNull {
                result = .unknown
            } else if isByType
                ? operand.type.compare(value, other) == 0
                : Truth(try Expression.call(equals, [value, other], frame)) == .yes
            {
                result = .yes
                break
            }
        }
        return negated ? result.negated : result
    }
}

final class QuantifiedArrayExpression: Predicate {
    let operand: Expression
    let array: Expression
    let function: BuiltinFunction
    let isAll: Bool
    init(_ operand: Expression, _ array: Expression, _ function: BuiltinFunction, isAll: Bool) {
        self.operand = operand
        self.array = array
        self.function = function
        self.isAll = isAll
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        let value = try operand.evaluate(frame)
        guard case .array(let elements) = try array.evaluate(frame) else { return .unknown }
        var result = isAll ? Truth.yes : Truth.no
        for element in elements.elements {
            let truth =
                function.isStrict && (value.isNull || element.isNull)
                ? .unknown : Truth(try Expression.call(function, [value, element], frame))
            switch truth {
            case .unknown: result = .unknown
            case .yes: if !isAll { return .yes }
            case .no: if isAll { return .no }
            }
        }
        return result
    }
}

final class CaseExpression: Expression {
    let branches: [(condition: Expression, result: Expression)]
    let otherwise: Expression?
    init(_ branches: [(condition: Expression, result: Expression)], _ otherwise: Expression?, _ type: SQLType) {
        self.branches = branches
        self.otherwise = otherwise
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        for branch in branches where try branch.condition.test(frame) == .yes {
            return try branch.result.evaluate(frame)
        }
        return try otherwise?.evaluate(frame) ?? .null
    }
}

final class CoalesceExpression: Expression {
    let operands: [Expression]
    init(_ operands: [Expression], _ type: SQLType) {
        self.operands = operands
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        for operand in operands {
            let value = try operand.evaluate(frame)
            if !value.isNull { return value }
        }
        return .null
    }
}

final class ExtremeExpression: Expression {
    let operands: [Expression]
    let isGreatest: Bool
    init(_ operands: [Expression], isGreatest: Bool, _ type: SQLType) {
        self.operands = operands
        self.isGreatest = isGreatest
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        var best = Value.null
        for operand in operands {
            let value = try operand.evaluate(frame)
            if value.isNull { continue }
            if best.isNull || (isGreatest ? type.compare(value, best) > 0 : type.compare(value, best) < 0) {
                best = value
            }
        }
        return best
    }
}

final class NullIfExpression: Expression {
    let left: Expression
    let right: Expression
    let equals: BuiltinFunction
    init(_ left: Expression, _ right: Expression, _ equals: BuiltinFunction, _ type: SQLType) {
        self.left = left
        self.right = right
        self.equals = equals
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        let a = try left.evaluate(frame)
        let b = try right.evaluate(frame)
        if a.isNull || b.isNull { return a }
        return Truth(try Expression.call(equals, [a, b], frame)) == .yes ? .null : a
    }
}

final class ArrayExpression: Expression {
    let elements: [Expression]
    let element: SQLType
    init(_ elements: [Expression], _ element: SQLType, _ type: SQLType) {
        self.elements = elements
        self.element = element
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        var values: [Value] = []
        for expression in elements { values.append(try expression.evaluate(frame)) }
        // Elements that are arrays make one array of more dimensions.
        guard elements.first?.type.isArray == true, case .array(let first)? = values.first else {
            return .array(SQLArray(elementType: element, values))
        }
        var flat: [Value] = []
        for value in values {
            guard case .array(let inner) = value, inner.dimensions.map(\.count) == first.dimensions.map(\.count) else {
                throw SQLError(
                    .arraySubscriptError,
                    "multidimensional arrays must have array expressions with matching dimensions"
                )
            }
            flat += inner.elements
        }
        if flat.isEmpty { return .array(SQLArray(elementType: element, [])) }
        return .array(
            SQLArray(
                elementType: element,
                dimensions: [SQLArray.Dimension(count: values.count)] + first.dimensions,
                elements: flat
            )
        )
    }
}

final class RowExpression: Expression {
    let fields: [Expression]
    init(_ fields: [Expression], _ type: SQLType) {
        self.fields = fields
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        var values: [Value.Field] = []
        for field in fields { values.append(Value.Field(type: field.type, value: try field.evaluate(frame))) }
        return .record(values)
    }
}

final class WholeRowExpression: Expression {
    let relation: Int
    let level: Int
    let columns: [BoundColumn]
    init(relation: Int, level: Int, columns: [BoundColumn], _ type: SQLType) {
        self.relation = relation
        self.level = level
        self.columns = columns
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        let frame = frame.ancestor(level)
        let slot = frame.slots[relation]
        if let tuple = slot.tuple, let reader = frame.readers[relation] {
            var fields: [Value.Field] = []
            for (position, column) in reader.table.columns.enumerated() where !column.isDropped {
                fields.append(Value.Field(type: column.type, value: reader.value(tuple, position)))
            }
            return .record(fields)
        }
        guard let values = slot.values else { return .null }
        return .record(
            values.indices.map {
                Value.Field(type: $0 < columns.count ? columns[$0].type : .text, value: values[$0])
            }
        )
    }
}

final class RowComparisonExpression: Predicate {
    let comparison: RowComparison
    let left: [Expression]
    let right: [Expression]
    let equals: [BuiltinFunction]
    let less: [BuiltinFunction]
    init(
        _ comparison: RowComparison,
        _ left: [Expression],
        _ right: [Expression],
        equals: [BuiltinFunction],
        less: [BuiltinFunction]
    ) {
        self.comparison = comparison
        self.left = left
        self.right = right
        self.equals = equals
        self.less = less
    }
    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        var sawUnknown = false
        for position in left.indices where position < right.count && position < equals.count {
            let a = try left[position].evaluate(frame)
            let b = try right[position].evaluate(frame)
            let isEqual: Truth =
                a.isNull || b.isNull ? .unknown : Truth(try Expression.call(equals[position], [a, b], frame))
            switch (comparison, isEqual) {
            case (_, .yes): continue
            case (.equal, .no): return .no
            case (.notEqual, .no): return .yes
            case (.equal, .unknown), (.notEqual, .unknown): sawUnknown = true
            case (_, .unknown): return .unknown
            case (_, .no):
                guard position < less.count else { return .unknown }
                let isLess = Truth(try Expression.call(less[position], [a, b], frame)) == .yes
                let wantsLess = comparison == .less || comparison == .lessEqual
                return isLess == wantsLess ? .yes : .no
            }
        }
        if sawUnknown { return .unknown }
        switch comparison {
        case .equal, .lessEqual, .greaterEqual: return .yes
        default: return .no
        }
    }
}

final class SubscriptExpression: Expression {
    let base: Expression
    let subscripts: [(lower: Expression?, upper: Expression?, isSlice: Bool)]
    init(_ base: Expression, _ subscripts: [(lower: Expression?, upper: Expression?, isSlice: Bool)], _ type: SQLType) {
        self.base = base
        self.subscripts = subscripts
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        guard case .array(let array) = try base.evaluate(frame) else { return .null }
        if subscripts.contains(where: { $0.isSlice }) { return try slice(array, frame) }
        guard subscripts.count == array.dimensions.count else { return .null }
        var offset = 0
        for (dimension, item) in zip(array.dimensions, subscripts) {
            guard let upper = item.upper, case .int(let index) = try upper.evaluate(frame) else { return .null }
            let (place, overflow) = index.subtractingReportingOverflow(Int64(dimension.lowerBound))
            guard !overflow, place >= 0, place < Int64(dimension.count) else { return .null }
            offset = offset * dimension.count + Int(place)
        }
        return array.elements[offset]
    }

    private func slice(_ array: SQLArray, _ frame: Frame) throws(SQLError) -> Value {
        guard array.dimensions.count == 1, subscripts.count == 1, let dimension = array.dimensions.first else {
            if array.elements.isEmpty { return .array(array) }
            throw SQLError(.featureNotSupported, "slices of multidimensional arrays are not supported")
        }
        var low = Int64(dimension.lowerBound)
        var high = low + Int64(dimension.count) - 1
        if let lower = subscripts[0].lower {
            guard case .int(let value) = try lower.evaluate(frame) else { return .null }
            low = max(low, value)
        }
        if let upper = subscripts[0].upper {
            guard case .int(let value) = try upper.evaluate(frame) else { return .null }
            high = min(high, value)
        }
        guard low <= high else { return .array(SQLArray(elementType: array.elementType, [])) }
        let first = Int(low) - dimension.lowerBound
        let last = Int(high) - dimension.lowerBound
        return .array(SQLArray(elementType: array.elementType, Array(array.elements[first...last])))
    }
}

final class FieldExpression: Expression {
    let base: Expression
    let field: Int
    init(_ base: Expression, _ field: Int, _ type: SQLType) {
        self.base = base
        self.field = field
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        guard case .record(let fields) = try base.evaluate(frame), field < fields.count else { return .null }
        return fields[field].value
    }
}

/// A subquery in an expression. Uncorrelated ones run once per execution.
final class SubqueryExpression: Expression {
    let subquery: BoundSubquery
    let operands: [Expression]
    let plan: QueryPlan
    private var cached: [[Value]]?
    private var lookup: Set<RowKey>?
    private var lookupHasNull = false
    private let types: KeyTypes

    init(_ subquery: BoundSubquery, _ operands: [Expression], _ plan: QueryPlan, _ type: SQLType) {
        self.subquery = subquery
        self.operands = operands
        self.plan = plan
        types = KeyTypes(operands.map(\.type))
        super.init(type)
    }

    private func rows(_ frame: Frame, limit: Int) throws(SQLError) -> [[Value]] {
        if let cached { return cached }
        let rows = try plan.run(parent: frame, limit: subquery.query.isCorrelated ? limit : Int.max)
        if !subquery.query.isCorrelated { cached = rows }
        return rows
    }

    override func evaluate(_ frame: Frame) throws(SQLError) -> Value {
        switch subquery.kind {
        case .scalar:
            let rows = try rows(frame, limit: 2)
            guard rows.count <= 1 else {
                throw SQLError(.cardinalityViolation, "more than one row returned by a subquery used as an expression")
            }
            return rows.first?.first ?? .null
        case .exists:
            return .bool(try rows(frame, limit: 1).isEmpty == subquery.negated)
        case .array:
            return .array(
                SQLArray(elementType: type.elementType ?? .text, try rows(frame, limit: .max).map { $0.first ?? .null })
            )
        case .any, .all:
            let truth = try quantified(frame)
            return (subquery.negated ? truth.negated : truth).value
        }
    }

    private func quantified(_ frame: Frame) throws(SQLError) -> Truth {
        var left: [Value] = []
        for operand in operands { left.append(try operand.evaluate(frame)) }
        let rows = try rows(frame, limit: .max)
        let isAny = subquery.kind == .any
        if isAny, !subquery.query.isCorrelated, rows.count > 8, isHashable, !left.contains(where: { $0.isNull }) {
            if lookup == nil {
                var set = Set<RowKey>(minimumCapacity: rows.count)
                for row in rows {
                    let key = Array(row.prefix(left.count))
                    if key.contains(where: { $0.isNull }) {
                        lookupHasNull = true
                    } else {
                        set.insert(RowKey(key, types))
                    }
                }
                lookup = set
            }
            if let lookup {
                if lookup.contains(RowKey(left, types)) { return .yes }
                if !lookupHasNull { return .no }
                if operands.count == 1 { return .unknown }
            }
        }
        var result = isAny ? Truth.no : Truth.yes
        for row in rows {
            try frame.context.tick()
            var truth = Truth.yes
            for position in left.indices where position < row.count && position < subquery.comparisons.count {
                let function = subquery.comparisons[position]
                let one: Truth =
                    function.isStrict && (left[position].isNull || row[position].isNull)
                    ? .unknown : Truth(try Expression.call(function, [left[position], row[position]], frame))
                if one == .no {
                    truth = .no
                    break
                }
                if one == .unknown { truth = .unknown }
            }
            switch truth {
            case .unknown: result = .unknown
            case .yes: if isAny { return .yes }
            case .no: if !isAny { return .no }
            }
        }
        return result
    }

    private var isHashable: Bool {
        subquery.comparisons.enumerated().allSatisfy { position, function in
            if case .comparison(.equal, _) = function.form {
                return function.arguments.first == function.arguments.last
            }
            return false
        }
    }
}
