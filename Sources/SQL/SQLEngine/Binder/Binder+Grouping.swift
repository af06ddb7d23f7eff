import SQLSyntax
import SQLTypes

/// GROUP BY: what may stand above a grouping, and its rewriting in terms of group keys.
extension Binder {
    func bindGroupBy(_ clause: NodeIndex, _ scope: Scope) throws(SQLError) -> [BoundExpression] {
        scope.clause = .groupBy
        var keys: [BoundExpression] = []
        for (index, node) in tree.list(tree[clause].a) {
            switch node.kind {
            case .rollup, .cube, .groupingSets: throw unsupported("GROUPING SETS, ROLLUP and CUBE", at: index)
            case .emptyGroupingSet: continue
            case .row where node.kind == .row:
                for (item, _) in tree.list(node.a) { try addKey(item, &keys, scope) }
            default: try addKey(index, &keys, scope)
            }
        }
        return keys
    }

    private func addKey(_ index: NodeIndex, _ keys: inout [BoundExpression], _ scope: Scope) throws(SQLError) {
        let count = scope.query.targets.count
        let position = try sortTarget(index, scope, "GROUP BY")
        let key = scope.query.targets[position].expression
        // An expression that is only a key needs no hidden target.
        if scope.query.targets.count > count { scope.query.targets.removeLast() }
        var aggregate: Int32?
        key.visit { part in
            switch part.kind {
            case .aggregate: aggregate = part.position
            case .setReturning: aggregate = aggregate ?? -2
            default: break
            }
        }
        if let aggregate {
            if aggregate == -2 {
                throw fail(
                    .featureNotSupported,
                    "set-returning functions are not allowed in GROUP BY",
                    at: index
                )
            }
            throw fail(
                .groupingError,
                "aggregate functions are not allowed in GROUP BY",
                offset: aggregate
            )
        }
        if key.type.oid == .json {
            throw fail(
                .undefinedFunction,
                "could not identify an equality operator for type json",
                at: index
            )
        }
        if !keys.contains(where: { $0.isSame(as: key) }) { keys.append(key) }
    }

    /// Rewrites targets and HAVING of a grouped query; a column outside of keys and aggregates is an error.
    func checkGrouping(_ query: BoundQuery) throws(SQLError) {
        for index in query.targets.indices {
            query.targets[index].expression = try regroup(query.targets[index].expression, query)
        }
        if let having = query.having { query.having = try regroup(having, query) }
    }

    private func regroup(_ expression: BoundExpression, _ query: BoundQuery) throws(SQLError) -> BoundExpression {
        if let key = query.groupBy.firstIndex(where: { $0.isSame(as: expression) }) {
            return BoundExpression(.groupKey(key), expression.type, position: expression.position)
        }
        switch expression.kind {
        case .column(let reference) where reference.level == 0:
            if dependsOnKeys(reference, query) {
                // The row of a primary key that is grouped by: one more key changes nothing.
                query.groupBy.append(expression)
                return BoundExpression(
                    .groupKey(query.groupBy.count - 1),
                    expression.type,
                    position: expression.position
                )
            }
            let relation = query.relations[reference.relation]
            let column =
                reference.column >= 0 && reference.column < relation.columns.count
                ? relation.columns[reference.column].name : "ctid"
            throw fail(
                .groupingError,
                "column \"\(relation.name).\(column)\" must appear in the GROUP BY clause "
                    + "or be used in an aggregate function",
                offset: expression.position
            )
        case .wholeRow(let relation, let level) where level == 0:
            throw fail(
                .groupingError,
                "column \"\(query.relations[relation].name).*\" must appear in the GROUP BY clause "
                    + "or be used in an aggregate function",
                offset: expression.position
            )
        case .subquery(let subquery):
            if subquery.query.isCorrelated, Self.refersToOuter(subquery.query, 1) {
                throw fail(
                    .featureNotSupported,
                    "a correlated subquery above GROUP BY or an aggregate is not supported",
                    offset: expression.position
                )
            }
        default: break
        }
        return try expression.mapOperands { (operand) throws(SQLError) in try regroup(operand, query) }
    }

    /// Whether the primary key of the column's table is among the keys.
    private func dependsOnKeys(_ reference: ColumnReference, _ query: BoundQuery) -> Bool {
        guard reference.relation < query.relations.count,
            case .table(let table) = query.relations[reference.relation].source,
            let primary = table.primaryKey
        else { return false }
        return primary.columns.allSatisfy { column in
            query.groupBy.contains { key in
                if case .column(let found) = key.kind {
                    return found == ColumnReference(relation: reference.relation, column: column)
                }
                return false
            }
        }
    }

    /// Whether anything inside a query refers to the query `level` levels out of it.
    static func refersToOuter(_ query: BoundQuery, _ level: Int) -> Bool {
        var found = false
        func look(_ expression: BoundExpression?) {
            expression?.visit { part in
                switch part.kind {
                case .column(let reference) where reference.level == level: found = true
                case .wholeRow(_, let inner) where inner == level: found = true
                case .subquery(let subquery):
                    if refersToOuter(subquery.query, level + 1) { found = true }
                default: break
                }
            }
        }
        for target in query.targets { look(target.expression) }
        look(query.filter)
        look(query.having)
        for key in query.groupBy { look(key) }
        for aggregate in query.aggregates {
            for argument in aggregate.arguments { look(argument) }
            look(aggregate.filter)
        }
        func walk(_ from: BoundFrom) {
            if case .join(let join) = from {
                look(join.condition)
                walk(join.left)
                walk(join.right)
            }
        }
        for from in query.from { walk(from) }
        for relation in query.relations {
            switch relation.source {
            case .subquery(let inner): if refersToOuter(inner, level + 1) { found = true }
            case .function(_, let arguments, _): for argument in arguments { look(argument) }
            case .values(let rows): for row in rows { for item in row { look(item) } }
            case .setOperation(let operation):
                if refersToOuter(operation.left, level + 1) || refersToOuter(operation.right, level + 1) {
                    found = true
                }
            default: break
            }
        }
        return found
    }
}
