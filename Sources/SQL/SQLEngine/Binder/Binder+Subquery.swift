import SQLSyntax
import SQLTypes

/// Subqueries in expressions: scalar, EXISTS, IN, ANY and ALL.
extension Binder {
    func bindSubquery(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let position = Int32(truncatingIfNeeded: node.position)
        switch node.kind {
        case .exists:
            let query = try bindQuery(node.a, parent: scope)
            return BoundExpression(.subquery(BoundSubquery(kind: .exists, query: query)), .bool, position: position)
        case .scalarSubquery:
            let query = try bindQuery(node.a, parent: scope)
            let visible = query.visibleTargets
            guard visible.count == 1, let first = visible.first else {
                throw fail(.syntaxError, "subquery must return only one column", at: index)
            }
            return BoundExpression(
                .subquery(BoundSubquery(kind: .scalar, query: query)),
                first.expression.type,
                position: position
            )
        case .arraySubquery:
            let query = try bindQuery(node.a, parent: scope)
            let visible = query.visibleTargets
            guard visible.count == 1, let first = visible.first else {
                throw fail(.syntaxError, "subquery must return only one column", at: index)
            }
            guard let type = first.expression.type.withoutModifier.arrayType else {
                throw fail(
                    .undefinedObject,
                    "could not find array type for data type \(first.expression.type.sqlName)",
                    at: index
                )
            }
            return BoundExpression(.subquery(BoundSubquery(kind: .array, query: query)), type, position: position)
        case .inSubquery:
            let operand = try bindExpression(node.a, scope)
            let query = try bindQuery(node.b, parent: scope)
            let subquery = BoundSubquery(kind: .any, query: query, negated: node.flags.contains(.negated))
            return try compare(rowItems(operand), with: subquery, "=", at: index)
        default:
            let operand = try bindExpression(node.a, scope)
            let query = try bindQuery(node.b, parent: scope)
            let subquery = BoundSubquery(kind: node.flags.contains(.all) ? .all : .any, query: query)
            return try compare(rowItems(operand), with: subquery, try operatorName(node.c), at: index)
        }
    }

    func rowItems(_ expression: BoundExpression) -> [BoundExpression] {
        if case .row(let items) = expression.kind { items } else { [expression] }
    }

    /// Completes ANY / ALL: one comparison per column; the columns are converted inside the query.
    func compare(
        _ operands: [BoundExpression],
        with subquery: BoundSubquery,
        _ name: String,
        at index: NodeIndex
    ) throws(SQLError) -> BoundExpression {
        var subquery = subquery
        let columns = subquery.query.visibleTargets
        if operands.count < columns.count { throw fail(.syntaxError, "subquery has too many columns", at: index) }
        if operands.count > columns.count { throw fail(.syntaxError, "subquery has too few columns", at: index) }
        if operands.count > 1, name != "=", name != "<>" {
            throw unsupported("row comparison \(name) with a subquery", at: index)
        }
        for (number, operand) in operands.enumerated() {
            let column = subquery.query.targets[number].expression
            let sample = BoundExpression(.literal(.null, token: -1), column.type)
            let comparison = try bindOperator(name, operand, sample, at: index)
            guard case .call(let function, let converted) = comparison.kind, converted.count == 2 else {
                throw unsupported("this operator with a subquery", at: index)
            }
            guard comparison.type.oid == .bool else {
                throw fail(
                    .wrongObjectType,
                    "operator \(name) must return type boolean, not type \(comparison.type.sqlName)",
                    at: index
                )
            }
            subquery.operands.append(converted[0])
            subquery.comparisons.append(function)
            if converted[1].type.oid != column.type.oid, let done = try coerce(column, converted[1].type, .implicit) {
                subquery.query.targets[number].expression = done
            }
        }
        if operands.count > 1, name == "<>" {
            // (a, b) <> ANY: not all equal; expressed through the equality of rows is not the same for ANY.
            throw unsupported("row comparison <> with a subquery", at: index)
        }
        return BoundExpression(.subquery(subquery), .bool, position: Int32(truncatingIfNeeded: tree[index].position))
    }
}
