// BoundExpression → Expression: picks the fast node where the function's form allows one.

import SQLTypes

extension Planner {
    func compile(_ bound: BoundExpression, _ scope: PlanScope) throws(SQLError) -> Expression {
        let type = bound.type
        switch bound.kind {
        case .literal(let value, let token):
            return ConstantExpression(literals?.value(token: token, type: type) ?? value, type)
        case .parameter(let position): return ParameterExpression(position, type)
        case .column(let reference): return ColumnExpression(reference, type)
        case .groupKey(let position): return GroupKeyExpression(position, isAggregate: false, type)
        case .aggregate(let position): return GroupKeyExpression(position, isAggregate: true, type)
        case .call(let function, let arguments):
            return try compileCall(function, arguments, type, bound.position, scope)
        case .and(let operands): return try compileJunction(operands, isAnd: true, scope)
        case .or(let operands): return try compileJunction(operands, isAnd: false, scope)
        case .not(let operand): return NotExpression(try compile(operand, scope))
        case .isNull(let operand, let negated): return IsNullExpression(try compile(operand, scope), negated: negated)
        case .isTruth(let operand, let value, let negated):
            return IsTruthExpression(try compile(operand, scope), value, negated: negated)
        case .isDistinct(let left, let right, let equals, let negated):
            return IsDistinctExpression(try compile(left, scope), try compile(right, scope), equals, negated: negated)
        case .inList(let operand, let list, let equals, let negated):
            return InListExpression(try compile(operand, scope), try compile(list, scope), equals, negated: negated)
        case .quantifiedArray(let operand, let array, let function, let isAll):
            return QuantifiedArrayExpression(
                try compile(operand, scope),
                try compile(array, scope),
                function,
                isAll: isAll
            )
        case .caseWhen(let branches, let otherwise):
            var compiled: [(condition: Expression, result: Expression)] = []
            var last = otherwise
            for branch in branches {
                // What a constant condition rules out is not even planned: it might fail.
                let condition = try compile(branch.condition, scope)
                if let constant = condition.constant {
                    guard case .bool(true) = constant else { continue }
                    last = branch.result
                    break
                }
                compiled.append((condition, try compile(branch.result, scope)))
            }
            guard let last else { return CaseExpression(compiled, nil, type) }
            let result = try compile(last, scope)
            return compiled.isEmpty ? result : CaseExpression(compiled, result, type)
        case .coalesce(let operands):
            var compiled: [Expression] = []
            for operand in operands {
                let expression = try compile(operand, scope)
                compiled.append(expression)
                if let constant = expression.constant, !constant.isNull { break }
            }
            return compiled.count == 1 ? compiled[0] : CoalesceExpression(compiled, type)
        case .extreme(let operands, let isGreatest):
            return ExtremeExpression(try compile(operands, scope), isGreatest: isGreatest, type)
        case .nullIf(let left, let right, let equals):
            return NullIfExpression(try compile(left, scope), try compile(right, scope), equals, type)
        case .array(let elements, let element): return ArrayExpression(try compile(elements, scope), element, type)
        case .row(let fields): return RowExpression(try compile(fields, scope), type)
        case .rowCompare(let comparison, let left, let right, let equals, let less):
            return RowComparisonExpression(
                comparison,
                try compile(left, scope),
                try compile(right, scope),
                equals: equals,
                less: less
            )
        case .subscript(let base, let subscripts):
            var compiled: [(lower: Expression?, upper: Expression?, isSlice: Bool)] = []
            for item in subscripts {
                var lower: Expression?
                var upper: Expression?
                if let bound = item.lower { lower = try compile(bound, scope) }
                if let bound = item.upper { upper = try compile(bound, scope) }
                compiled.append((lower, upper, item.isSlice))
            }
            return SubscriptExpression(try compile(base, scope), compiled, type)
        case .field(let base, let field): return FieldExpression(try compile(base, scope), field, type)
        case .subquery(let subquery):
            let plan = try plan(subquery.query, parent: scope)
            return SubqueryExpression(subquery, try compile(subquery.operands, scope), plan, type)
        case .wholeRow(let relation, let level):
            let columns = scope.ancestor(level)?.query?.relations[relation].columns ?? []
            return WholeRowExpression(relation: relation, level: level, columns: columns, type)
        case .setReturning(let function, let arguments):
            let made = SetReturningExpression(function, try compile(arguments, scope), type)
            scope.setReturning.append(made)
            return made
        case .defaultValue: throw SQLError(.internalError, "DEFAULT was not replaced")
        case .rowColumn(let column): return RowColumnExpression(column, type)
        }
    }

    func compile(_ list: [BoundExpression], _ scope: PlanScope) throws(SQLError) -> [Expression] {
        var result: [Expression] = []
        result.reserveCapacity(list.count)
        for item in list { result.append(try compile(item, scope)) }
        return result
    }

    /// AND stops at a constant false, OR at a constant true: what stands behind is not planned.
    private func compileJunction(
        _ operands: [BoundExpression],
        isAnd: Bool,
        _ scope: PlanScope
    ) throws(SQLError) -> Expression {
        var compiled: [Expression] = []
        for operand in operands {
            let expression = try compile(operand, scope)
            if case .bool(let value)? = expression.constant, value != isAnd {
                return ConstantExpression(.bool(value), .bool)
            }
            compiled.append(expression)
        }
        return JunctionExpression(compiled, isAnd: isAnd)
    }

    /// The value of an immutable call whose arguments are known now; its errors are errors of planning.
    private func fold(
        _ function: BuiltinFunction,
        _ arguments: [Expression],
        _ type: SQLType
    ) throws(SQLError) -> Expression? {
        guard function.volatility == .immutable, case .scalar = function.kind, !arguments.isEmpty else { return nil }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            if let constant = argument.constant {
                values.append(constant)
            } else if let parameter = argument as? ParameterExpression, parameter.position >= 1,
                parameter.position <= context.parameters.count
            {
                values.append(context.parameters[parameter.position - 1])
            } else {
                return nil
            }
        }
        foldsConstants = true
        let value = try values.withUnsafeBufferPointer { (buffer) throws(SQLError) in
            try function.call(buffer, context.environment)
        }
        return ConstantExpression(value, type)
    }

    private func compileCall(
        _ function: BuiltinFunction,
        _ arguments: [BoundExpression],
        _ type: SQLType,
        _ position: Int32,
        _ scope: PlanScope
    ) throws(SQLError) -> Expression {
        let compiled = try compile(arguments, scope)
        if let folded = try fold(function, compiled, type) { return folded }
        switch function.form {
        case .comparison(let comparison, let domain) where compiled.count == 2 && domain != .other:
            let operand = Planner.comparisonType(domain, compiled[0].type)
            if let fast = tupleComparison(compiled[0], compiled[1], comparison, domain) { return fast }
            if let fast = tupleComparison(compiled[1], compiled[0], Planner.mirrored(comparison), domain) {
                return fast
            }
            return ComparisonExpression(compiled[0], compiled[1], comparison, operand)
        case .arithmetic(let operation, let domain) where compiled.count == 2:
            switch domain {
            case .int2, .int4, .int8:
                return ArithmeticExpression(compiled[0], compiled[1], operation, function, isFloat: false, type)
            case .float8:
                return ArithmeticExpression(compiled[0], compiled[1], operation, function, isFloat: true, type)
            default: break
            }
        case .relabel where compiled.count == 1:
            return RelabelExpression(compiled[0], type)
        case .like(let isCaseInsensitive, let isNegated) where compiled.count == 2:
            if let pattern = compiled[1].constant, case .text(let bytes) = pattern,
                let fast = LikeExpression(compiled[0], pattern: bytes, isCaseInsensitive, negated: isNegated)
            {
                return fast
            }
        default: break
        }
        return CallExpression(function, compiled, type, position: position)
    }

    static func mirrored(_ comparison: BuiltinFunction.ComparisonOperator) -> BuiltinFunction.ComparisonOperator {
        switch comparison {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .greater
        case .lessEqual: .greaterEqual
        case .greater: .less
        case .greaterEqual: .lessEqual
        }
    }

    /// The type whose order the comparison means.
    static func comparisonType(_ domain: BuiltinFunction.Domain, _ operand: SQLType) -> SQLType {
        switch domain {
        case .bpchar: .bpchar
        case .text: .text
        case .int2, .int4, .int8, .oid: .int8
        case .float4, .float8: .float8
        default: operand.withoutModifier
        }
    }

    private func tupleComparison(
        _ side: Expression,
        _ other: Expression,
        _ comparison: BuiltinFunction.ComparisonOperator,
        _ domain: BuiltinFunction.Domain
    ) -> Expression? {
        guard other is ConstantExpression || other is ParameterExpression,
            let column = Planner.plainColumn(side, domain), column.column >= 0
        else { return nil }
        return TupleComparison(column, other, comparison)
    }

    /// The column under representation-keeping casts, if comparing it directly means the same.
    static func plainColumn(_ expression: Expression, _ domain: BuiltinFunction.Domain) -> ColumnExpression? {
        var expression = expression
        while let relabel = expression as? RelabelExpression { expression = relabel.operand }
        guard let column = expression as? ColumnExpression else { return nil }
        // char(n) compares padded only as char(n).
        if (column.type.oid == .bpchar) != (domain == .bpchar) { return nil }
        return column
    }
}

/// A cast that changes the type but not the value.
final class RelabelExpression: Expression {
    let operand: Expression
    init(_ operand: Expression, _ type: SQLType) {
        self.operand = operand
        super.init(type)
    }
    override func evaluate(_ frame: Frame) throws(SQLError) -> Value { try operand.evaluate(frame) }
    override var constant: Value? { operand.constant }
}

/// LIKE with a constant pattern of one of the shapes `x`, `x%`, `%x`, `%x%`, specialised when the query is planned.
final class LikeExpression: Predicate {
    private enum Shape { case exact, prefix, suffix, contains }
    let operand: Expression
    private let shape: Shape
    private let needle: [UInt8]
    private let isCaseInsensitive: Bool
    private let negated: Bool

    /// nil: the pattern has another shape (or characters whose case is not ASCII's affair).
    init?(_ operand: Expression, pattern: [UInt8], _ isCaseInsensitive: Bool, negated: Bool) {
        var start = 0
        var end = pattern.count
        let percent = UInt8(ascii: "%")
        let leading = pattern.first == percent
        while start < end, pattern[start] == percent { start += 1 }
        while end > start, pattern[end - 1] == percent { end -= 1 }
        let trailing = end < pattern.count
        let middle = pattern[start..<end]
        for byte in middle where byte == percent || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "\\") {
            return nil
        }
        if isCaseInsensitive, middle.contains(where: { $0 >= 0x80 }) { return nil }
        if operand.type.oid == .bpchar { return nil }
        self.operand = operand
        self.isCaseInsensitive = isCaseInsensitive
        self.negated = negated
        needle = isCaseInsensitive ? middle.map(LikeExpression.lowered) : Array(middle)
        switch (leading, trailing) {
        case (true, true): shape = .contains
        case (true, false): shape = middle.isEmpty ? .contains : .suffix
        case (false, true): shape = .prefix
        case (false, false): shape = .exact
        }
    }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    override func test(_ frame: Frame) throws(SQLError) -> Truth {
        // Look at the stored bytes in place.
        var expression = operand
        while let relabel = expression as? RelabelExpression { expression = relabel.operand }
        if let column = expression as? ColumnExpression, column.column >= 0 {
            let frame = frame.ancestor(column.level)
            if let tuple = frame.slots[column.relation].tuple, let reader = frame.readers[column.relation] {
                let datum = reader.store.datum(tuple, column.column)
                if datum.isNull { return .unknown }
                return matches(datum.bytes) != negated ? .yes : .no
            }
        }
        guard case .text(let text) = try operand.evaluate(frame) else { return .unknown }
        return text.withUnsafeBytes { matches($0) } != negated ? .yes : .no
    }

    private func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        let length = needle.count
        guard text.count >= length else { return false }
        switch shape {
        case .exact: return text.count == length && equal(text, 0)
        case .prefix: return equal(text, 0)
        case .suffix: return equal(text, text.count - length)
        case .contains:
            if length == 0 { return true }
            let first = needle[0]
            var position = 0
            let last = text.count - length
            while position <= last {
                let byte = isCaseInsensitive ? LikeExpression.lowered(text[position]) : text[position]
                if byte == first, equal(text, position) { return true }
                position += 1
            }
            return false
        }
    }

    private func equal(_ text: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        for position in needle.indices {
            let byte = text[offset + position]
            if (isCaseInsensitive ? LikeExpression.lowered(byte) : byte) != needle[position] { return false }
        }
        return true
    }
}
