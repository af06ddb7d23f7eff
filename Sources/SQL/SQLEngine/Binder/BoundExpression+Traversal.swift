import SQLTypes

/// Walking, rewriting and comparing bound expressions.
extension BoundExpression {
    /// The same expression with every direct operand replaced. Subqueries keep their own insides; only their operands count.
    func mapOperands(_ transform: (BoundExpression) throws(SQLError) -> BoundExpression) throws(SQLError)
        -> BoundExpression
    {
        func map(_ list: [BoundExpression]) throws(SQLError) -> [BoundExpression] {
            var result: [BoundExpression] = []
            result.reserveCapacity(list.count)
            for item in list { result.append(try transform(item)) }
            return result
        }
        let mapped: BoundExpressionKind
        switch kind {
        case .literal, .parameter, .column, .groupKey, .aggregate, .wholeRow, .defaultValue, .rowColumn: return self
        case .call(let function, let arguments): mapped = .call(function, try map(arguments))
        case .setReturning(let function, let arguments): mapped = .setReturning(function, try map(arguments))
        case .and(let list): mapped = .and(try map(list))
        case .or(let list): mapped = .or(try map(list))
        case .not(let inner): mapped = .not(try transform(inner))
        case .isNull(let inner, let negated): mapped = .isNull(try transform(inner), negated: negated)
        case .isTruth(let inner, let value, let negated):
            mapped = .isTruth(try transform(inner), value: value, negated: negated)
        case .isDistinct(let left, let right, let equals, let negated):
            mapped = .isDistinct(try transform(left), try transform(right), equals: equals, negated: negated)
        case .inList(let operand, let list, let equals, let negated):
            mapped = .inList(try transform(operand), try map(list), equals: equals, negated: negated)
        case .quantifiedArray(let operand, let array, let function, let isAll):
            mapped = .quantifiedArray(
                try transform(operand),
                array: try transform(array),
                function: function,
                isAll: isAll
            )
        case .caseWhen(let branches, let otherwise):
            var made: [BoundWhen] = []
            for branch in branches {
                made.append(
                    BoundWhen(condition: try transform(branch.condition), result: try transform(branch.result))
                )
            }
            var last: BoundExpression?
            if let otherwise { last = try transform(otherwise) }
            mapped = .caseWhen(made, otherwise: last)
        case .coalesce(let list): mapped = .coalesce(try map(list))
        case .extreme(let list, let isGreatest): mapped = .extreme(try map(list), isGreatest: isGreatest)
        case .nullIf(let left, let right, let equals):
            mapped = .nullIf(try transform(left), try transform(right), equals: equals)
        case .array(let list, let element): mapped = .array(try map(list), element: element)
        case .row(let list): mapped = .row(try map(list))
        case .rowCompare(let comparison, let left, let right, let equals, let less):
            mapped = .rowCompare(comparison, try map(left), try map(right), equals: equals, less: less)
        case .subscript(let base, let subscripts):
            var made: [BoundSubscript] = []
            for item in subscripts {
                var lower: BoundExpression?
                var upper: BoundExpression?
                if let expression = item.lower { lower = try transform(expression) }
                if let expression = item.upper { upper = try transform(expression) }
                made.append(BoundSubscript(lower: lower, upper: upper, isSlice: item.isSlice))
            }
            mapped = .subscript(try transform(base), made)
        case .field(let base, let index): mapped = .field(try transform(base), index)
        case .subquery(var subquery):
            subquery.operands = try map(subquery.operands)
            mapped = .subquery(subquery)
        }
        return BoundExpression(mapped, type, position: position)
    }

    /// Visits this expression and everything below it, but not the insides of subqueries.
    func visit(_ body: (BoundExpression) -> Void) {
        body(self)
        // A visit rewrites nothing and throws nothing.
        _ = try? mapOperands { (operand) throws(SQLError) in
            operand.visit(body)
            return operand
        }
    }

    /// Whether two expressions compute the same by construction (PostgreSQL's equal()): positions do not count.
    func isSame(as other: BoundExpression) -> Bool {
        guard type.oid == other.type.oid else { return false }
        switch (kind, other.kind) {
        case (.literal(let left, _), .literal(let right, _)):
            if left.isNull || right.isNull { return left.isNull && right.isNull }
            return type.compare(left, right) == 0
        case (.parameter(let left), .parameter(let right)): return left == right
        case (.column(let left), .column(let right)): return left == right
        case (.groupKey(let left), .groupKey(let right)): return left == right
        case (.aggregate(let left), .aggregate(let right)): return left == right
        case (.rowColumn(let left), .rowColumn(let right)): return left == right
        case (.wholeRow(let left, let leftLevel), .wholeRow(let right, let rightLevel)):
            return left == right && leftLevel == rightLevel
        case (.call(let left, _), .call(let right, _)), (.setReturning(let left, _), .setReturning(let right, _)):
            guard left.oid == right.oid, left.name == right.name, left.arguments == right.arguments else {
                return false
            }
        case (.isNull(_, let left), .isNull(_, let right)):
            guard left == right else { return false }
        case (.isTruth(_, let left, let leftNegated), .isTruth(_, let right, let rightNegated)):
            guard left == right, leftNegated == rightNegated else { return false }
        case (.isDistinct(_, _, _, let left), .isDistinct(_, _, _, let right)):
            guard left == right else { return false }
        case (.inList(_, _, let left, let leftNegated), .inList(_, _, let right, let rightNegated)):
            guard left.oid == right.oid, leftNegated == rightNegated else { return false }
        case (.quantifiedArray(_, _, let left, let leftAll), .quantifiedArray(_, _, let right, let rightAll)):
            guard left.oid == right.oid, leftAll == rightAll else { return false }
        case (.extreme(_, let left), .extreme(_, let right)):
            guard left == right else { return false }
        case (.field(_, let left), .field(_, let right)):
            guard left == right else { return false }
        case (.rowCompare(let left, _, _, _, _), .rowCompare(let right, _, _, _, _)):
            guard left == right else { return false }
        case (.and, .and), (.or, .or), (.not, .not), (.caseWhen, .caseWhen), (.coalesce, .coalesce), (.nullIf, .nullIf),
            (.array, .array), (.row, .row), (.subscript, .subscript):
            break
        case (.subquery(let left), .subquery(let right)):
            return left.query === right.query
        default: return false
        }
        let left = operands
        let right = other.operands
        return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    }

    /// The direct operands, in order.
    var operands: [BoundExpression] {
        var result: [BoundExpression] = []
        _ = try? mapOperands { (operand) throws(SQLError) in
            result.append(operand)
            return operand
        }
        return result
    }

    /// Whether it is made of constants and immutable calls only.
    var isConstant: Bool {
        switch kind {
        case .literal: return true
        case .call(let function, let arguments):
            return function.volatility == .immutable && arguments.allSatisfy { $0.isConstant }
        case .array(let items, _): return items.allSatisfy { $0.isConstant }
        default: return false
        }
    }
}
