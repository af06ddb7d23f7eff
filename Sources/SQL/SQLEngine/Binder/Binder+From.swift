import SQLSyntax
import SQLTypes

/// FROM: relations enter the range table, their columns the scope.
extension Binder {
    func bindFrom(_ list: NodeIndex, _ scope: Scope) throws(SQLError) {
        scope.clause = .from
        for (index, _) in tree.list(list) {
            let (from, items) = try bindFromItem(index, scope, lateral: scope.items)
            try checkAliases(items, against: scope.items)
            scope.query.from.append(from)
            scope.items.append(contentsOf: items)
        }
    }

    private func checkAliases(_ new: [Scope.Item], against old: [Scope.Item]) throws(SQLError) {
        for item in new {
            guard let name = item.name else { continue }
            if old.contains(where: {
                $0.name == name && ($0.schema == item.schema || $0.schema == 0 || item.schema == 0)
            }) {
                throw SQLError(.duplicateAlias, "table name \"\(name)\" specified more than once")
            }
        }
    }

    /// - Parameter lateral: items to the left, visible to LATERAL subqueries and functions.
    private func bindFromItem(_ index: NodeIndex, _ scope: Scope, lateral: [Scope.Item]) throws(SQLError)
        -> (BoundFrom, [Scope.Item])
    {
        try enter()
        let node = tree[index]
        switch node.kind {
        case .tableReference: return try bindTableReference(index, scope)
        case .subqueryReference: return try bindSubqueryReference(index, scope, lateral)
        case .functionReference: return try bindFunctionReference(index, scope, lateral)
        case .innerJoin, .leftJoin, .rightJoin, .fullJoin, .crossJoin: return try bindJoin(index, scope, lateral)
        default: throw unsupported("this FROM item", at: index)
        }
    }

    // MARK: relations

    /// Adds a relation to the range table; the item that names its columns.
    func addRelation(
        _ source: BoundRelation.Source,
        _ columns: [BoundColumn],
        name: String,
        schema: OID = 0,
        origin: OID = 0,
        table: Table? = nil,
        isLateral: Bool = false,
        _ scope: Scope
    ) -> Scope.Item {
        let number = scope.query.relations.count
        scope.query.relations.append(
            BoundRelation(source: source, name: name, columns: columns, isLateral: isLateral)
        )
        var entries: [Scope.ColumnEntry] = []
        for (index, column) in columns.enumerated() {
            if let table, table.columns[index].isDropped { continue }
            entries.append(
                Scope.ColumnEntry(
                    name: column.name,
                    expression: BoundExpression(
                        .column(ColumnReference(relation: number, column: index)),
                        column.type
                    ),
                    originTable: origin,
                    originColumn: origin == 0 ? 0 : Int16(truncatingIfNeeded: index + 1)
                )
            )
        }
        var item = Scope.Item(name: name, schema: schema, relation: number, columns: entries)
        item.table = table
        if case .system = source { item.isSystem = true }
        return item
    }

    private func bindTableReference(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> (BoundFrom, [Scope.Item]) {
        let node = tree[index]
        let (schemaName, name) = try splitName(node.a)
        let (alias, aliases) = aliasOf(node.b)
        if schemaName == nil, let (common, position, level, isWorking) = findCommonTable(name, scope) {
            let columns = try columnAliases(common.columns, aliases, alias ?? name, at: index)
            let item = addRelation(
                .commonTable(index: position, level: level, isWorkingTable: isWorking),
                columns,
                name: alias ?? name,
                scope
            )
            return (.relation(item.relation), [item])
        }
        guard let found = try findRelation(node.a) else { throw undefinedTable(node.a) }
        let item: Scope.Item
        switch found {
        case .user(.table(let table)):
            item = addTable(table, alias: alias, scope)
        case .user(.index(let other)):
            throw fail(
                .wrongObjectType,
                "cannot open relation \"\(other.name)\"",
                at: node.a,
                detail: "This operation is not supported for indexes."
            )
        case .user(.sequence(let sequence)):
            let relation = SystemCatalog.sequenceRelation(sequence)
            item = addRelation(
                .system(relation),
                relation.columns,
                name: alias ?? sequence.name,
                schema: sequence.schema,
                origin: sequence.oid,
                scope
            )
        case .system(let system):
            item = addRelation(
                .system(system),
                system.columns,
                name: alias ?? system.name,
                schema: alias == nil ? system.schema : 0,
                origin: system.oid,
                scope
            )
        }
        return (.relation(item.relation), [try renameColumns(item, aliases, scope, at: index)])
    }

    func addTable(_ table: Table, alias: String?, _ scope: Scope) -> Scope.Item {
        addRelation(
            .table(table),
            table.columns.map { BoundColumn(name: $0.name, type: $0.type) },
            name: alias ?? table.name,
            schema: alias == nil ? table.schema : 0,
            origin: table.oid,
            table: table,
            scope
        )
    }

    private func renameColumns(_ item: Scope.Item, _ aliases: [String], _ scope: Scope, at index: NodeIndex)
        throws(SQLError) -> Scope.Item
    {
        guard !aliases.isEmpty else { return item }
        if aliases.count > item.columns.count {
            throw fail(
                .invalidColumnReference,
                "table \"\(item.name ?? "")\" has \(item.columns.count) columns available "
                    + "but \(aliases.count) columns specified",
                at: index
            )
        }
        var item = item
        for (position, alias) in aliases.enumerated() { item.columns[position].name = alias }
        return item
    }

    func aliasOf(_ index: NodeIndex) -> (name: String?, columns: [String]) {
        guard index != 0 else { return (nil, []) }
        let node = tree[index]
        var columns: [String] = []
        for (_, column) in tree.list(node.c) { columns.append(tree.string(column.a, column.b)) }
        return (tree.string(node.a, node.b), columns)
    }

    private func findCommonTable(_ name: String, _ scope: Scope)
        -> (table: BoundCommonTable, index: Int, level: Int, isWorking: Bool)?
    {
        var current: Scope? = scope
        var level = 0
        while let here = current {
            if let entry = here.commonTables.last(where: { $0.name == name }) {
                return (here.query.commonTables[entry.index], entry.index, level, entry.isWorkingTable)
            }
            current = here.parent
            level += 1
        }
        return nil
    }

    // MARK: subqueries and functions

    /// A scope in which a FROM subquery is bound: it sees the outer queries, and with LATERAL the items to its left.
    private func lateralScope(_ scope: Scope, _ lateral: [Scope.Item], isLateral: Bool) -> Scope {
        // The present query level stays in the chain, so that levels count right; its items are hidden unless LATERAL.
        let visible = Scope(parent: scope.parent, query: scope.query)
        visible.commonTables = scope.commonTables
        visible.clause = .from
        visible.items = lateral.map { item in
            var copy = item
            copy.isLateralOnly = !isLateral
            return copy
        }
        return visible
    }

    private func bindSubqueryReference(_ index: NodeIndex, _ scope: Scope, _ lateral: [Scope.Item]) throws(SQLError)
        -> (BoundFrom, [Scope.Item])
    {
        let node = tree[index]
        let isLateral = node.flags.contains(.lateral)
        let query = try bindQuery(node.a, parent: lateralScope(scope, lateral, isLateral: isLateral))
        let (alias, aliases) = aliasOf(node.b)
        let name = alias ?? ""
        let columns = try columnAliases(
            query.visibleTargets.map { BoundColumn(name: $0.name, type: $0.expression.type) },
            aliases,
            name,
            at: index
        )
        var item = addRelation(.subquery(query), columns, name: name, isLateral: isLateral, scope)
        for position in item.columns.indices {
            let target = query.targets[position]
            item.columns[position].originTable = target.originTable
            item.columns[position].originColumn = target.originColumn
        }
        return (.relation(item.relation), [item])
    }

    private func bindFunctionReference(_ index: NodeIndex, _ scope: Scope, _ lateral: [Scope.Item]) throws(SQLError)
        -> (BoundFrom, [Scope.Item])
    {
        let node = tree[index]
        let argumentScope = lateralScope(scope, lateral, isLateral: true)
        argumentScope.clause = .function
        argumentScope.allowsSetReturning = true
        var call = try bindExpression(node.a, argumentScope)
        if call.type.oid == .unknown { call = asText(call) }
        let (alias, aliases) = aliasOf(node.b)
        let functionName = tree[node.a].kind == .call ? nameParts(tree[node.a].a).last ?? "" : outputName(node.a)
        let name = alias ?? functionName
        let function: BuiltinFunction
        let arguments: [BoundExpression]
        switch call.kind {
        case .setReturning(let found, let list), .call(let found, let list):
            function = found
            arguments = list
        default:
            // A value function in FROM: one row of one column.
            function = BuiltinFunction(
                0,
                functionName,
                [call.type.oid],
                call.type.oid,
                kind: .scalar { (arguments, _) throws(SQLError) in arguments[0] },
                form: .relabel,
                isStrict: false
            )
            arguments = [call]
        }
        var columns: [BoundColumn]
        if node.c != 0 {
            columns = []
            for (_, definition) in tree.list(node.c) {
                columns.append(
                    BoundColumn(
                        name: tree.string(definition.a, definition.b),
                        type: try type(tree[definition.c].a)
                    )
                )
            }
        } else if !function.resultColumns.isEmpty {
            columns = function.resultColumns.map { BoundColumn(name: $0.name, type: SQLType(oid: $0.type)) }
        } else if call.type.oid == .record {
            throw fail(
                .syntaxError,
                "a column definition list is required for functions returning \"record\"",
                at: node.a
            )
        } else {
            // The one column is called like the function, or like the alias.
            columns = [BoundColumn(name: alias ?? functionName, type: call.type)]
        }
        let withOrdinality = node.flags.contains(.special)
        if withOrdinality { columns.append(BoundColumn(name: "ordinality", type: .int8)) }
        columns = try columnAliases(columns, aliases, name, at: index)
        var isLateral = false
        for argument in arguments {
            argument.visit { part in
                if case .column(let reference) = part.kind, reference.level == 0 { isLateral = true }
            }
        }
        let item = addRelation(
            .function(function, arguments, withOrdinality: withOrdinality),
            columns,
            name: name,
            isLateral: isLateral,
            scope
        )
        return (.relation(item.relation), [item])
    }

    // MARK: joins

    private func bindJoin(_ index: NodeIndex, _ scope: Scope, _ lateral: [Scope.Item]) throws(SQLError)
        -> (BoundFrom, [Scope.Item])
    {
        let node = tree[index]
        let (left, leftItems) = try bindFromItem(node.a, scope, lateral: lateral)
        let (right, rightItems) = try bindFromItem(node.b, scope, lateral: lateral + leftItems)
        try checkAliases(rightItems, against: leftItems)
        let details = tree[node.c]
        let kind: BoundJoin.Kind =
            switch node.kind {
            case .leftJoin: .left
            case .rightJoin: .right
            case .fullJoin: .full
            default: .inner
            }
        var items = leftItems + rightItems
        var condition: BoundExpression?

        var names: [String] = []
        var namePositions: [NodeIndex] = []
        if details.flags.contains(.natural) {
            let leftNames = visibleColumns(leftItems).map { $0.name }
            let rightNames = visibleColumns(rightItems).map { $0.name }
            for name in leftNames where rightNames.contains(name) && !names.contains(name) {
                names.append(name)
                namePositions.append(index)
            }
        } else {
            for (nameIndex, name) in tree.list(details.b) {
                let text = tree.string(name.a, name.b)
                if names.contains(text) {
                    throw fail(
                        .duplicateColumn,
                        "column name \"\(text)\" appears more than once in USING clause",
                        at: nameIndex
                    )
                }
                names.append(text)
                namePositions.append(nameIndex)
            }
        }
        if !names.isEmpty {
            (condition, items) = try mergeColumns(names, namePositions, kind, leftItems, rightItems, index)
        } else if details.a != 0 {
            let conditionScope = Scope(parent: scope.parent, query: scope.query)
            conditionScope.commonTables = scope.commonTables
            conditionScope.items = lateral + items
            conditionScope.clause = .on
            condition = try bindCondition(details.a, conditionScope, "JOIN/ON")
        }
        let from = BoundFrom.join(BoundJoin(kind: kind, left: left, right: right, condition: condition))
        if details.c != 0 {
            let (alias, aliases) = aliasOf(details.c)
            if details.flags.contains(.parenthesized) {
                let columns = items.flatMap { $0.columns.filter { !$0.isMerged } }
                var item = Scope.Item(name: alias, relation: -1, columns: columns)
                item = try renameColumns(item, aliases, scope, at: index)
                return (from, [item])
            }
            // JOIN … USING (…) AS alias: names the merged columns only.
            if let merged = items.first, merged.name == nil {
                var item = merged
                item.name = alias
                item.isQualifiedOnly = true
                items.append(item)
            }
        }
        return (from, items)
    }

    private func visibleColumns(_ items: [Scope.Item]) -> [Scope.ColumnEntry] {
        items.filter { !$0.isQualifiedOnly }.flatMap { $0.columns.filter { !$0.isMerged } }
    }

    /// USING and NATURAL: equalities, merged columns in front, the originals hidden.
    private func mergeColumns(
        _ names: [String],
        _ positions: [NodeIndex],
        _ kind: BoundJoin.Kind,
        _ leftItems: [Scope.Item],
        _ rightItems: [Scope.Item],
        _ index: NodeIndex
    ) throws(SQLError) -> (BoundExpression?, [Scope.Item]) {
        var conditions: [BoundExpression] = []
        var merged: [Scope.ColumnEntry] = []
        for (name, nameIndex) in zip(names, positions) {
            let left = try mergeSide(name, leftItems, "left")
            let right = try mergeSide(name, rightItems, "right")
            let equality = try bindOperator("=", left.expression, right.expression, at: nameIndex)
            conditions.append(equality)
            let type = try commonType([left.expression, right.expression], "JOIN/USING")
            let leftValue = try coerceCommon(left.expression, type, "JOIN/USING")
            let rightValue = try coerceCommon(right.expression, type, "JOIN/USING")
            let value: BoundExpression =
                switch kind {
                case .inner, .left: leftValue
                case .right: rightValue
                case .full: BoundExpression(.coalesce([leftValue, rightValue]), type)
                }
            var entry = left
            entry.name = name
            entry.expression = value
            entry.isMerged = false
            merged.append(entry)
        }
        func hide(_ items: [Scope.Item]) -> [Scope.Item] {
            items.map { item in
                var item = item
                for position in item.columns.indices where names.contains(item.columns[position].name) {
                    item.columns[position].isMerged = true
                }
                return item
            }
        }
        let condition = conditions.count == 1 ? conditions[0] : BoundExpression(.and(conditions), .bool)
        let front = Scope.Item(name: nil, relation: -1, columns: merged)
        return (condition, [front] + hide(leftItems) + hide(rightItems))
    }

    private func mergeSide(_ name: String, _ items: [Scope.Item], _ side: String) throws(SQLError)
        -> Scope.ColumnEntry
    {
        let found = visibleColumns(items).filter { $0.name == name }
        guard let first = found.first else {
            throw SQLError(
                .undefinedColumn,
                "column \"\(name)\" specified in USING clause does not exist in \(side) table"
            )
        }
        if found.count > 1 {
            throw SQLError(
                .ambiguousColumn,
                "common column name \"\(name)\" appears more than once in \(side) table"
            )
        }
        return first
    }
}
