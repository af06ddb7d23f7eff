import SQLSyntax
import SQLTypes

/// Column references: bare, qualified, of an outer query, and the system columns; and what to say when there is none.
extension Binder {
    func bindColumn(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        var parts = node.b == 0 ? [] : [tree.string(node.a, node.b)]
        for (_, part) in tree.list(node.c) {
            guard part.kind == .name else {
                throw fail(.syntaxError, "row expansion via \"*\" is not supported here", at: index)
            }
            parts.append(tree.string(part.a, part.b))
        }
        if parts.count == 1 { return try bindBareColumn(parts[0], index, scope) }
        return try bindQualifiedColumn(parts, index, scope)
    }

    func bindBareColumn(_ name: String, _ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        var current: Scope? = scope
        var level = 0
        while let here = current {
            let matches = here.columns(named: name)
            if matches.count > 1 {
                throw fail(.ambiguousColumn, "column reference \"\(name)\" is ambiguous", at: index)
            }
            if let match = matches.first {
                return reference(match.entry.expression, level, node, scope)
            }
            if let system = systemColumn(name, here) {
                let candidates = here.items.filter {
                    ($0.table != nil || $0.isSystem) && !$0.isQualifiedOnly && !$0.isLateralOnly
                }
                if candidates.count > 1 {
                    throw fail(.ambiguousColumn, "column reference \"\(name)\" is ambiguous", at: index)
                }
                if let item = candidates.first {
                    return reference(systemExpression(system, item), level, node, scope)
                }
            }
            current = here.parent
            level += 1
        }
        // A bare table name means its whole row.
        current = scope
        level = 0
        while let here = current {
            if let item = here.item(named: name).first, item.relation >= 0 {
                return BoundExpression(
                    .wholeRow(relation: item.relation, level: level),
                    .record,
                    position: Int32(truncatingIfNeeded: node.position)
                )
            }
            current = here.parent
            level += 1
        }
        throw undefinedColumn(name, nil, index, scope)
    }

    func systemColumn(_ name: String, _ scope: Scope) -> SystemColumn? {
        switch name {
        case "ctid": .ctid
        case "xmin": .xmin
        case "cmin": .cmin
        case "xmax": .xmax
        case "cmax": .cmax
        case "tableoid": .tableoid
        default: nil
        }
    }

    func systemExpression(_ column: SystemColumn, _ item: Scope.Item) -> BoundExpression {
        let type: SQLType =
            switch column {
            case .tableoid: .oid
            case .ctid: SQLType(oid: .tid)
            case .xmin, .xmax: .xid
            case .cmin, .cmax: SQLType(oid: .cid)
            }
        if case .tableoid = column, let origin = item.columns.first?.originTable, origin != 0 {
            return BoundExpression(.literal(.oid(origin), token: -1), .oid)
        }
        return BoundExpression(
            .column(ColumnReference(relation: item.relation, column: column.rawValue)),
            type
        )
    }

    /// Seen from `level` queries further in; every query on the way becomes correlated.
    func reference(_ expression: BoundExpression, _ level: Int, _ node: Node, _ scope: Scope) -> BoundExpression {
        if level > 0 {
            var current: Scope? = scope
            for _ in 0..<level {
                current?.query.isCorrelated = true
                current = current?.parent
            }
        }
        return located(raise(expression, by: level), node)
    }

    /// The same expression seen from `level` queries further in.
    func raise(_ expression: BoundExpression, by level: Int) -> BoundExpression {
        guard level > 0 else { return expression }
        switch expression.kind {
        case .column(var reference):
            reference.level += level
            return BoundExpression(.column(reference), expression.type, position: expression.position)
        case .wholeRow(let relation, let inner):
            return BoundExpression(
                .wholeRow(relation: relation, level: inner + level),
                expression.type,
                position: expression.position
            )
        default:
            let raised = try? expression.mapOperands { (operand) throws(SQLError) in raise(operand, by: level) }
            return raised ?? expression
        }
    }

    /// The FROM item that `table` or `schema.table` names, and how many levels out it is.
    func findItem(_ parts: [String], _ scope: Scope, at index: NodeIndex) throws(SQLError) -> (Scope.Item, Int) {
        guard let name = parts.last else { throw fail(.undefinedTable, "missing FROM-clause entry", at: index) }
        let schema = parts.count > 1 ? parts[parts.count - 2] : nil
        var current: Scope? = scope
        var level = 0
        while let here = current {
            var matches = here.item(named: name)
            if let schema {
                let oid = catalog.schema(named: schema, in: database)?.oid
                matches = matches.filter { $0.schema == oid && $0.schema != 0 }
            }
            if matches.count > 1 {
                throw fail(.ambiguousAlias, "table reference \"\(name)\" is ambiguous", at: index)
            }
            if let item = matches.first {
                if level > 0 { markCorrelated(scope, level) }
                return (item, level)
            }
            current = here.parent
            level += 1
        }
        throw missingItem(parts, scope, at: index)
    }

    func markCorrelated(_ scope: Scope, _ level: Int) {
        var current: Scope? = scope
        for _ in 0..<level {
            current?.query.isCorrelated = true
            current = current?.parent
        }
    }

    func missingItem(_ parts: [String], _ scope: Scope, at index: NodeIndex) -> SQLError {
        let name = parts.last ?? ""
        var current: Scope? = scope
        while let here = current {
            if here.items.contains(where: { $0.name == name && $0.isLateralOnly }) {
                return fail(
                    .undefinedTable,
                    "invalid reference to FROM-clause entry for table \"\(name)\"",
                    at: index,
                    detail: nil,
                    hint:
                        "There is an entry for table \"\(name)\", but it cannot be referenced from this part of the query."
                )
            }
            // The table is there under another name.
            for item in here.items {
                if let table = item.table, table.name == name, let alias = item.name, alias != name {
                    return fail(
                        .undefinedTable,
                        "invalid reference to FROM-clause entry for table \"\(name)\"",
                        at: index,
                        hint: "Perhaps you meant to reference the table alias \"\(alias)\"."
                    )
                }
            }
            current = here.parent
        }
        return fail(
            .undefinedTable,
            "missing FROM-clause entry for table \"\(name)\"",
            at: index
        )
    }

    func bindQualifiedColumn(_ parts: [String], _ index: NodeIndex, _ scope: Scope) throws(SQLError)
        -> BoundExpression
    {
        let node = tree[index]
        let column = parts[parts.count - 1]
        let qualifier = Array(parts.dropLast())
        let item: Scope.Item
        let level: Int
        do throws(SQLError) {
            (item, level) = try findItem(qualifier, scope, at: index)
        } catch {
            // column.field of a record column
            if parts.count == 2, let base = try? bindBareColumn(parts[0], index, scope), base.type.oid == .record {
                let fields = recordFields(base, scope)
                if let position = fields.firstIndex(where: { $0.name == column }) {
                    return BoundExpression(
                        .field(base, position),
                        fields[position].type,
                        position: Int32(truncatingIfNeeded: node.position)
                    )
                }
            }
            throw error
        }
        let matches = item.columns.filter { $0.name == column }
        if matches.count > 1 {
            throw fail(.ambiguousColumn, "column reference \"\(column)\" is ambiguous", at: index)
        }
        if let entry = matches.first { return reference(entry.expression, level, node, scope) }
        if item.table != nil || item.isSystem, let system = systemColumn(column, scope) {
            return reference(systemExpression(system, item), level, node, scope)
        }
        throw undefinedColumn(column, qualifier.joined(separator: "."), index, scope)
    }

    func undefinedColumn(_ name: String, _ qualifier: String?, _ index: NodeIndex, _ scope: Scope) -> SQLError {
        let message =
            qualifier.map { "column \($0).\(name) does not exist" } ?? "column \"\(name)\" does not exist"
        return fail(.undefinedColumn, message, at: index, hint: similarColumns(name, qualifier, scope))
    }

    /// "Perhaps you meant …": the columns nearest in spelling, at most two.
    func similarColumns(_ name: String, _ qualifier: String?, _ scope: Scope) -> String? {
        let wanted = Array(name.utf8)
        var bestDistance = 4
        var best: [(table: String, column: String)] = []
        var current: Scope? = scope
        while let here = current {
            for item in here.items where item.name != nil {
                let table = item.name ?? ""
                let penalty = qualifier.map { Spelling.distance(Array($0.utf8), Array(table.utf8), limit: 4) } ?? 0
                for entry in item.columns {
                    let distance = Spelling.distance(wanted, Array(entry.name.utf8), limit: 4) + penalty
                    // More than half of the letters wrong is no help.
                    if distance > 3 || (distance > wanted.count / 2 && distance != penalty) { continue }
                    if distance < bestDistance {
                        bestDistance = distance
                        best = [(table, entry.name)]
                    } else if distance == bestDistance {
                        best.append((table, entry.name))
                    }
                }
            }
            current = here.parent
        }
        guard !best.isEmpty, best.count <= 2 else { return nil }
        let first = "\"\(best[0].table).\(best[0].column)\""
        if best.count == 1 { return "Perhaps you meant to reference the column \(first)." }
        return
            "Perhaps you meant to reference the column \(first) or the column \"\(best[1].table).\(best[1].column)\"."
    }
}
