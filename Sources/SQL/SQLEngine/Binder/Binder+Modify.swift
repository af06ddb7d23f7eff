import SQLSyntax
import SQLTypes

/// INSERT, UPDATE, DELETE, TRUNCATE, COPY.
extension Binder {
    // MARK: INSERT

    func bindInsert(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let clauses = tree[root].a
        let outer = Scope(parent: nil, query: BoundQuery())
        try bindWith(tree.clause(.withClause, in: clauses), outer)
        let targetClause = tree.clause(.targetTable, in: clauses)
        let target = tree[targetClause]
        let table = try self.table(target.a, isLocated: true)
        let columns = try insertColumns(tree.clause(.insertColumns, in: clauses), table)
        var used = columns
        let source: BoundInsert.Source
        let sourceClause = tree.clause(.insertSource, in: clauses)
        let overriding = tree.clause(.insertOverriding, in: clauses)
        if sourceClause == 0 {
            source = .defaults
            used = []
        } else {
            let query = tree[sourceClause].a
            let isPlainValues = tree[query].kind == .values && tree[query].c == 0
            if isPlainValues {
                let rows = try bindInsertRows(
                    tree[query].a,
                    columns,
                    table,
                    outer,
                    hasList: tree.clause(.insertColumns, in: clauses) != 0
                )
                used = Array(columns.prefix(rows.first?.count ?? 0))
                source = .values(rows)
            } else {
                let bound = try bindQuery(query, parent: outer, resolvesUnknown: false)
                used = try coerceInsertQuery(
                    bound,
                    columns,
                    table,
                    hasList: tree.clause(.insertColumns, in: clauses) != 0,
                    at: query
                )
                source = .query(bound)
            }
        }
        if overriding == 0, sourceClause != 0 {
            for column in used where table.columns[column].identity == "a" {
                if case .values(let rows) = source,
                    let place = used.firstIndex(of: column),
                    rows.allSatisfy({ if case .defaultValue = $0[place].kind { true } else { false } })
                {
                    continue
                }
                throw SQLError(
                    "428C9",
                    "cannot insert a non-DEFAULT value into column \"\(table.columns[column].name)\"",
                    detail:
                        "Column \"\(table.columns[column].name)\" is an identity column defined as GENERATED ALWAYS.",
                    hint: "Use OVERRIDING SYSTEM VALUE to override."
                )
            }
        }
        let alias = target.b == 0 ? nil : tree.string(tree[target.b].a, tree[target.b].b)
        var insert = BoundInsert(
            table: table,
            columns: used,
            source: replaceDefaults(source, used, table),
            defaults: defaults(of: table, except: used),
            onConflict: nil,
            returning: [],
            commonTables: outer.query.commonTables
        )
        let conflict = tree.clause(.onConflict, in: clauses)
        if conflict != 0 { insert.onConflict = try bindOnConflict(conflict, table, alias) }
        let returning = tree.clause(.returningClause, in: clauses)
        if returning != 0 {
            let scope = Scope(parent: nil, query: BoundQuery())
            scope.items = [addTable(table, alias: alias, scope)]
            insert.returning = try bindReturning(returning, scope)
        }
        return .insert(insert)
    }

    private func insertColumns(_ clause: NodeIndex, _ table: Table) throws(SQLError) -> [Int] {
        guard clause != 0 else { return table.columns.indices.filter { !table.columns[$0].isDropped } }
        var columns: [Int] = []
        for (index, node) in tree.list(tree[clause].a) {
            let name = tree.string(node.a, node.b)
            if node.c != 0 { throw unsupported("assignment to a part of a column", at: index) }
            guard let column = table.column(named: name) else {
                throw fail(
                    .undefinedColumn,
                    "column \"\(name)\" of relation \"\(table.name)\" does not exist",
                    at: index
                )
            }
            if columns.contains(column) {
                throw fail(.duplicateColumn, "column \"\(name)\" specified more than once", at: index)
            }
            columns.append(column)
        }
        return columns
    }

    private func bindInsertRows(_ list: NodeIndex, _ columns: [Int], _ table: Table, _ outer: Scope, hasList: Bool)
        throws(SQLError) -> [[BoundExpression]]
    {
        let scope = Scope(parent: outer, query: BoundQuery())
        scope.clause = .values
        var rows: [[BoundExpression]] = []
        for (_, node) in tree.list(list) {
            var row: [BoundExpression] = []
            for (item, itemNode) in tree.list(node.a) {
                if let width = rows.first?.count, row.count == width {
                    throw fail(.syntaxError, "VALUES lists must all be the same length", at: tree[list].a)
                }
                guard row.count < columns.count else {
                    throw fail(.syntaxError, "INSERT has more expressions than target columns", at: item)
                }
                let column = table.columns[columns[row.count]]
                if itemNode.kind == .defaultExpression {
                    row.append(BoundExpression(.defaultValue, column.type))
                    continue
                }
                row.append(try assign(try bindExpression(item, scope), to: column, at: item))
            }
            if hasList, row.count < columns.count {
                throw SQLError(
                    .syntaxError,
                    "INSERT has more target columns than expressions",
                    position: insertColumnPosition(columns, row.count)
                )
            }
            if let width = rows.first?.count, row.count != width {
                throw fail(.syntaxError, "VALUES lists must all be the same length", at: tree[list].a)
            }
            rows.append(row)
        }
        return rows
    }

    /// Where the n-th column stands in the column list of the INSERT being bound.
    private func insertColumnPosition(_ columns: [Int], _ number: Int) -> Int? {
        for statement in tree.statements {
            let root = tree[statement.root]
            guard root.kind == .insert else { continue }
            let clause = tree.clause(.insertColumns, in: root.a)
            guard clause != 0 else { continue }
            for (position, (index, _)) in tree.list(tree[clause].a).enumerated() where position == number {
                return self.position(index)
            }
        }
        return nil
    }

    private func coerceInsertQuery(
        _ query: BoundQuery,
        _ columns: [Int],
        _ table: Table,
        hasList: Bool,
        at index: NodeIndex
    )
        throws(SQLError) -> [Int]
    {
        let count = query.visibleTargets.count
        guard count <= columns.count else {
            throw fail(
                .syntaxError,
                "INSERT has more expressions than target columns",
                offset: query.targets[columns.count].expression.position
            )
        }
        if hasList, count < columns.count {
            throw SQLError(
                .syntaxError,
                "INSERT has more target columns than expressions",
                position: insertColumnPosition(columns, count)
            )
        }
        for number in 0..<count {
            let column = table.columns[columns[number]]
            query.targets[number].expression = try assign(query.targets[number].expression, to: column, at: index)
        }
        for number in count..<query.targets.count where query.targets[number].expression.type.oid == .unknown {
            query.targets[number].expression = asText(query.targets[number].expression)
        }
        return Array(columns.prefix(count))
    }

    /// Where an expression begins: an operator stands behind its first operand.
    private func leftmost(_ expression: BoundExpression) -> Int32? {
        var lowest = expression.position
        if case .call(_, let arguments) = expression.kind {
            for argument in arguments where argument.position >= 0 && (lowest < 0 || argument.position < lowest) {
                lowest = argument.position
            }
        }
        return lowest >= 0 ? lowest : nil
    }

    /// Converts a value for storage in a column.
    private func assign(_ expression: BoundExpression, to column: Column, at index: NodeIndex) throws(SQLError)
        -> BoundExpression
    {
        guard let done = try coerce(expression, column.type, .assignment) else {
            throw fail(
                .datatypeMismatch,
                "column \"\(column.name)\" is of type \(column.type.withoutModifier.sqlName) "
                    + "but expression is of type \(expression.type.withoutModifier.sqlName)",
                offset: leftmost(expression) ?? Int32(truncatingIfNeeded: tree[index].position),
                hint: "You will need to rewrite or cast the expression."
            )
        }
        return done
    }

    func defaultExpression(_ column: Column) -> BoundExpression {
        column.defaultExpression ?? BoundExpression(.literal(.null, token: -1), column.type)
    }

    func defaults(of table: Table, except used: [Int]) -> [(column: Int, expression: BoundExpression)] {
        table.columns.indices.filter { !used.contains($0) && !table.columns[$0].isDropped }
            .map { ($0, defaultExpression(table.columns[$0])) }
    }

    private func replaceDefaults(_ source: BoundInsert.Source, _ columns: [Int], _ table: Table) -> BoundInsert.Source {
        guard case .values(let rows) = source else { return source }
        return .values(
            rows.map { row in
                row.enumerated().map { number, item in
                    if case .defaultValue = item.kind { return defaultExpression(table.columns[columns[number]]) }
                    return item
                }
            }
        )
    }

    private func bindOnConflict(_ clause: NodeIndex, _ table: Table, _ alias: String?) throws(SQLError)
        -> BoundOnConflict
    {
        let node = tree[clause]
        var arbiters: [Index] = []
        if node.a != 0 {
            if tree[node.a].kind == .name {
                let name = tree.string(node.a)
                guard let constraint = table.constraints.first(where: { $0.name == name }) else {
                    throw SQLError(
                        .undefinedObject,
                        "constraint \"\(name)\" for table \"\(table.name)\" does not exist"
                    )
                }
                guard let index = catalog.index(constraint.index) else {
                    throw SQLError(.wrongObjectType, "constraint in ON CONFLICT clause has no associated index")
                }
                arbiters = [index]
            } else {
                var columns: Set<Int> = []
                for (index, element) in tree.list(node.a) {
                    let expression = tree[element.a]
                    guard expression.kind == .columnReference else {
                        throw unsupported("an expression in ON CONFLICT", at: index)
                    }
                    let name = tree.string(expression.a, expression.b)
                    guard let column = table.column(named: name) else {
                        throw fail(.undefinedColumn, "column \"\(name)\" does not exist", at: element.a)
                    }
                    columns.insert(column)
                }
                arbiters = catalog.indexes(of: table.oid).filter {
                    $0.isUnique && $0.predicate == nil && Set($0.keys.compactMap { $0.column }) == columns
                        && $0.keys.allSatisfy { $0.column != nil }
                }
                if arbiters.isEmpty {
                    throw SQLError(
                        .invalidColumnReference,
                        "there is no unique or exclusion constraint matching the ON CONFLICT specification"
                    )
                }
            }
        }
        guard node.b != 0 else { return BoundOnConflict(arbiters: arbiters, action: .nothing) }
        if node.a == 0 {
            throw fail(
                .syntaxError,
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                at: clause,
                hint: "For example, ON CONFLICT (column_name)."
            )
        }
        let scope = Scope(parent: nil, query: BoundQuery())
        let targetItem = addTable(table, alias: alias, scope)
        var excluded = addTable(table, alias: "excluded", scope)
        excluded.isQualifiedOnly = true
        scope.items = [targetItem, excluded]
        scope.clause = .update
        let assignments = try bindAssignments(tree[tree.clause(.setClause, in: node.b)].a, table, scope)
        var filter: BoundExpression?
        let whereClause = tree.clause(.whereClause, in: node.b)
        if whereClause != 0 {
            scope.clause = .where
            filter = try bindCondition(tree[whereClause].a, scope, "WHERE")
        }
        return BoundOnConflict(arbiters: arbiters, action: .update(assignments: assignments, filter: filter))
    }

    private func bindReturning(_ clause: NodeIndex, _ scope: Scope) throws(SQLError) -> [BoundTarget] {
        scope.clause = .returning
        var targets = try bindTargets(tree[clause].a, scope)
        for index in targets.indices where targets[index].expression.type.oid == .unknown {
            targets[index].expression = asText(targets[index].expression)
        }
        return targets
    }

    // MARK: UPDATE, DELETE

    func bindAssignments(_ list: NodeIndex, _ table: Table, _ scope: Scope) throws(SQLError)
        -> [(column: Int, expression: BoundExpression)]
    {
        var assignments: [(column: Int, expression: BoundExpression)] = []
        func add(_ target: NodeIndex, _ expression: BoundExpression?, at value: NodeIndex) throws(SQLError) {
            let node = tree[target]
            let name = tree.string(node.a, node.b)
            guard let column = table.column(named: name) else {
                throw fail(
                    .undefinedColumn,
                    "column \"\(name)\" of relation \"\(table.name)\" does not exist",
                    at: target
                )
            }
            if node.c != 0 { throw unsupported("assignment to a part of a column", at: target) }
            if assignments.contains(where: { $0.column == column }) {
                throw SQLError(.syntaxError, "multiple assignments to same column \"\(name)\"")
            }
            let definition = table.columns[column]
            guard let expression else {
                assignments.append((column, defaultExpression(definition)))
                return
            }
            if definition.identity == "a" {
                throw SQLError(
                    "428C9",
                    "column \"\(name)\" can only be updated to DEFAULT",
                    detail: "Column \"\(name)\" is an identity column defined as GENERATED ALWAYS."
                )
            }
            assignments.append((column, try assign(expression, to: definition, at: value)))
        }
        for (index, node) in tree.list(list) {
            if node.kind == .assignment {
                if tree[node.b].kind == .defaultExpression {
                    try add(node.a, nil, at: node.b)
                } else {
                    // The target is checked first, as its error comes first.
                    let name = tree.string(tree[node.a].a, tree[node.a].b)
                    if table.column(named: name) == nil { try add(node.a, nil, at: node.b) }
                    try add(node.a, try bindExpression(node.b, scope), at: node.b)
                }
                continue
            }
            let source = tree[node.b]
            guard source.kind == .row else {
                if source.kind == .scalarSubquery {
                    throw unsupported("multiple-column assignment from a subquery", at: node.b)
                }
                throw fail(
                    .featureNotSupported,
                    "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                    at: node.b
                )
            }
            let targets = Array(tree.list(node.a)).map { $0.index }
            let values = Array(tree.list(source.a)).map { $0.index }
            guard targets.count == values.count else {
                throw fail(.syntaxError, "number of columns does not match number of values", at: index)
            }
            for (target, value) in zip(targets, values) {
                if tree[value].kind == .defaultExpression {
                    try add(target, nil, at: value)
                } else {
                    try add(target, try bindExpression(value, scope), at: value)
                }
            }
        }
        return assignments
    }

    /// The scope of UPDATE and DELETE: the target as relation 0, then FROM / USING.
    private func modificationScope(_ clauses: NodeIndex, _ extra: NodeKind) throws(SQLError) -> (Scope, Table) {
        let scope = Scope(parent: nil, query: BoundQuery())
        try bindWith(tree.clause(.withClause, in: clauses), scope)
        let target = tree[tree.clause(.targetTable, in: clauses)]
        let table = try self.table(target.a, isLocated: true)
        let alias = target.b == 0 ? nil : tree.string(tree[target.b].a, tree[target.b].b)
        scope.items = [addTable(table, alias: alias, scope)]
        scope.query.from = [.relation(0)]
        let from = tree.clause(extra, in: clauses)
        if from != 0 { try bindFrom(tree[from].a, scope) }
        return (scope, table)
    }

    func bindUpdate(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let clauses = tree[root].a
        let (scope, table) = try modificationScope(clauses, .fromClause)
        let whereClause = tree.clause(.whereClause, in: clauses)
        if whereClause != 0 {
            scope.clause = .where
            scope.query.filter = try bindCondition(tree[whereClause].a, scope, "WHERE")
        }
        let returningClause = tree.clause(.returningClause, in: clauses)
        let returning = returningClause == 0 ? [] : try bindReturning(returningClause, scope)
        scope.clause = .update
        let assignments = try bindAssignments(tree[tree.clause(.setClause, in: clauses)].a, table, scope)
        return .update(
            BoundUpdate(table: table, query: scope.query, assignments: assignments, returning: returning)
        )
    }

    func bindDelete(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let clauses = tree[root].a
        let (scope, table) = try modificationScope(clauses, .usingClause)
        let whereClause = tree.clause(.whereClause, in: clauses)
        if whereClause != 0 {
            scope.clause = .where
            scope.query.filter = try bindCondition(tree[whereClause].a, scope, "WHERE")
        }
        let returningClause = tree.clause(.returningClause, in: clauses)
        let returning = returningClause == 0 ? [] : try bindReturning(returningClause, scope)
        return .delete(BoundDelete(table: table, query: scope.query, returning: returning))
    }

    func bindTruncate(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        var tables: [Table] = []
        for (_, reference) in tree.list(node.a) {
            let table = try self.table(reference.a)
            if !tables.contains(where: { $0.oid == table.oid }) { tables.append(table) }
        }
        // Tables that refer to these must be truncated with them.
        let isCascade = node.flags.contains(.cascade)
        var position = 0
        while position < tables.count {
            let target = tables[position]
            for case .table(let other) in catalog.relations.values
            where other.oid != target.oid && other.constraints.contains(where: { $0.foreignTable == target.oid })
                && !tables.contains(where: { $0.oid == other.oid })
            {
                guard isCascade else {
                    throw SQLError(
                        .featureNotSupported,
                        "cannot truncate a table referenced in a foreign key constraint",
                        detail: "Table \"\(other.name)\" references \"\(target.name)\".",
                        hint: "Truncate table \"\(other.name)\" at the same time, or use TRUNCATE ... CASCADE."
                    )
                }
                tables.append(other)
            }
            position += 1
        }
        return .truncate(
            tables: tables,
            restartIdentity: node.flags.contains(.descending),
            cascade: isCascade
        )
    }

    // MARK: COPY

    func bindCopy(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let details = tree[node.c]
        let isFrom = node.flags.contains(.special)
        if details.flags.contains(.special) { throw unsupported("COPY with a program", at: node.c) }
        var copy = BoundCopy(
            source: .query(BoundQuery()),
            columns: [],
            columnNames: [],
            columnTypes: [],
            defaults: [],
            isFrom: isFrom,
            endpoint: details.a == 0 ? .stdio : .file(tree.string(details.a)),
            format: .text,
            delimiter: UInt8(ascii: "\t"),
            null: Array("\\N".utf8),
            hasHeader: false,
            headerMustMatch: false,
            quote: UInt8(ascii: "\""),
            escape: UInt8(ascii: "\""),
            forceQuote: [],
            forceQuoteAll: false,
            forceNotNull: [],
            forceNull: [],
            freeze: false,
            filter: nil
        )
        if tree[node.a].kind == .qualifiedName {
            if case .system(let system)? = try findRelation(node.a), !isFrom {
                // COPY of a catalog relation: the same as of a query over it.
                copy.source = .query(selectAll(from: system))
                copy.columns = Array(system.columns.indices)
                copy.columnNames = system.columns.map { $0.name }
                copy.columnTypes = system.columns.map { $0.type }
            } else {
                let table = try self.table(node.a)
                copy.source = .table(table)
                var columns: [Int] = []
                for (_, name) in tree.list(node.b) {
                    let text = tree.string(name.a, name.b)
                    guard let column = table.column(named: text) else {
                        throw SQLError(
                            .undefinedColumn,
                            "column \"\(text)\" of relation \"\(table.name)\" does not exist"
                        )
                    }
                    if columns.contains(column) {
                        throw SQLError(.duplicateColumn, "column \"\(text)\" specified more than once")
                    }
                    columns.append(column)
                }
                if node.b == 0 { columns = table.columns.indices.filter { !table.columns[$0].isDropped } }
                copy.columns = columns
                copy.columnNames = columns.map { table.columns[$0].name }
                copy.columnTypes = columns.map { table.columns[$0].type }
                if isFrom { copy.defaults = defaults(of: table, except: columns) }
                if details.c != 0 {
                    let scope = Scope(parent: nil, query: BoundQuery())
                    scope.items = [addTable(table, alias: nil, scope)]
                    scope.clause = .copyWhere
                    copy.filter = asRowColumns(try bindCondition(details.c, scope, "WHERE"))
                }
            }
        } else {
            switch tree[node.a].kind {
            case .insert, .update, .delete: throw unsupported("COPY of a data-modifying statement", at: node.a)
            default: break
            }
            let query = try bindQuery(node.a, parent: nil)
            copy.source = .query(query)
            let visible = query.visibleTargets
            copy.columns = Array(visible.indices)
            copy.columnNames = visible.map { $0.name }
            copy.columnTypes = visible.map { $0.expression.type }
        }
        try bindCopyOptions(details.b, &copy)
        return .copy(copy)
    }

    private func selectAll(from system: SystemRelation) -> BoundQuery {
        let query = BoundQuery()
        let scope = Scope(parent: nil, query: query)
        let item = addRelation(.system(system), system.columns, name: system.name, origin: system.oid, scope)
        query.from = [.relation(0)]
        query.targets = item.columns.map { BoundTarget($0.expression, name: $0.name) }
        return query
    }

    /// Columns of relation 0 as columns of the row at hand (CHECK, index expressions, COPY … WHERE).
    func asRowColumns(_ expression: BoundExpression) -> BoundExpression {
        if case .column(let reference) = expression.kind, reference.level == 0 {
            return BoundExpression(.rowColumn(reference.column), expression.type, position: expression.position)
        }
        let mapped = try? expression.mapOperands { (operand) throws(SQLError) in asRowColumns(operand) }
        return mapped ?? expression
    }

    private func bindCopyOptions(_ list: NodeIndex, _ copy: inout BoundCopy) throws(SQLError) {
        var seen: Set<String> = []
        var hasDelimiter = false
        var hasNull = false
        var hasQuote = false
        var hasEscape = false
        var lists: [(name: String, columns: [Int])] = []
        for (index, option) in tree.list(list) {
            let name = nameParts(option.a).last ?? ""
            guard seen.insert(name).inserted else {
                throw fail(.syntaxError, "conflicting or redundant options", at: index)
            }
            let value = option.b
            func text() throws(SQLError) -> String {
                guard value != 0, tree[value].kind == .stringLiteral || tree[value].kind == .numericLiteral else {
                    throw fail(.syntaxError, "\(name) requires a parameter", at: index)
                }
                return tree.string(value)
            }
            func flag() throws(SQLError) -> Bool {
                guard value != 0 else { return true }
                switch try text().lowercased() {
                case "true", "on", "1": return true
                case "false", "off", "0": return false
                default: throw fail(.syntaxError, "\(name) requires a Boolean value", at: index)
                }
            }
            switch name {
            case "format":
                switch try text() {
                case "text": copy.format = .text
                case "csv": copy.format = .csv
                case "binary": copy.format = .binary
                default:
                    throw fail(.invalidParameterValue, "COPY format \"\(try text())\" not recognized", at: index)
                }
            case "delimiter":
                let bytes = Array(try text().utf8)
                guard bytes.count == 1 else {
                    throw SQLError(.featureNotSupported, "COPY delimiter must be a single one-byte character")
                }
                copy.delimiter = bytes[0]
                hasDelimiter = true
            case "null":
                copy.null = Array(try text().utf8)
                hasNull = true
            case "header":
                if value != 0, try text().lowercased() == "match" {
                    copy.hasHeader = true
                    copy.headerMustMatch = true
                    if !copy.isFrom {
                        throw SQLError(.syntaxError, "cannot use \"match\" with HEADER in COPY TO")
                    }
                } else {
                    do throws(SQLError) { copy.hasHeader = try flag() } catch {
                        throw fail(.syntaxError, "header requires a Boolean value or \"match\"", at: 0)
                    }
                }
            case "quote":
                let bytes = Array(try text().utf8)
                guard bytes.count == 1 else {
                    throw SQLError(.featureNotSupported, "COPY quote must be a single one-byte character")
                }
                copy.quote = bytes[0]
                hasQuote = true
            case "escape":
                let bytes = Array(try text().utf8)
                guard bytes.count == 1 else {
                    throw SQLError(.featureNotSupported, "COPY escape must be a single one-byte character")
                }
                copy.escape = bytes[0]
                hasEscape = true
            case "freeze": copy.freeze = try flag()
            case "encoding":
                let encoding = try text().lowercased()
                guard ["utf8", "utf-8", "unicode", "sql_ascii"].contains(encoding) else {
                    throw fail(
                        .featureNotSupported,
                        "COPY encoding \"\(try text())\" is not supported",
                        at: index
                    )
                }
            case "force_quote", "force_not_null", "force_null":
                if value != 0, tree[value].kind == .star {
                    guard name == "force_quote" else {
                        throw fail(
                            .syntaxError,
                            "argument to option \"\(name)\" must be a list of column names",
                            at: index
                        )
                    }
                    copy.forceQuoteAll = true
                } else if value != 0, tree[value].kind == .row {
                    var columns: [Int] = []
                    for (_, column) in tree.list(tree[value].a) {
                        let columnName = tree.string(column.a, column.b)
                        guard let position = copy.columnNames.firstIndex(of: columnName) else {
                            throw SQLError(
                                .undefinedColumn,
                                "column \"\(columnName)\" does not exist"
                            )
                        }
                        columns.append(position)
                    }
                    lists.append((name, columns))
                } else {
                    throw fail(
                        .invalidParameterValue,
                        "argument to option \"\(name)\" must be a list of column names",
                        at: index
                    )
                }
            default:
                throw fail(.syntaxError, "option \"\(name)\" not recognized", at: index)
            }
        }
        for (name, columns) in lists {
            switch name {
            case "force_quote": copy.forceQuote = columns
            case "force_not_null": copy.forceNotNull = columns
            default: copy.forceNull = columns
            }
        }
        let isCSV = copy.format == .csv
        if isCSV {
            if !hasDelimiter { copy.delimiter = UInt8(ascii: ",") }
            if !hasNull { copy.null = [] }
            if !hasEscape { copy.escape = copy.quote }
        }
        func refuse(_ state: SQLState, _ message: String) -> SQLError { SQLError(state, message) }
        if copy.format == .binary {
            if hasDelimiter { throw refuse(.syntaxError, "cannot specify DELIMITER in BINARY mode") }
            if hasNull { throw refuse(.syntaxError, "cannot specify NULL in BINARY mode") }
            if copy.hasHeader { throw refuse(.featureNotSupported, "cannot specify HEADER in BINARY mode") }
        }
        if copy.delimiter == 10 || copy.delimiter == 13 {
            throw refuse(.invalidParameterValue, "COPY delimiter cannot be newline or carriage return")
        }
        if copy.null.contains(10) || copy.null.contains(13) {
            throw refuse(.invalidParameterValue, "COPY null representation cannot use newline or carriage return")
        }
        if !isCSV, hasDelimiter, Array("\\.abcdefghijklmnopqrstuvwxyz0123456789".utf8).contains(copy.delimiter) {
            throw refuse(
                .invalidParameterValue,
                "COPY delimiter cannot be \"\(String(decoding: [copy.delimiter], as: UTF8.self))\""
            )
        }
        if hasQuote, !isCSV { throw refuse(.featureNotSupported, "COPY quote available only in CSV mode") }
        if isCSV, copy.delimiter == copy.quote {
            throw refuse(.invalidParameterValue, "COPY delimiter and quote must be different")
        }
        if hasEscape, !isCSV { throw refuse(.featureNotSupported, "COPY escape available only in CSV mode") }
        if !copy.forceQuote.isEmpty || copy.forceQuoteAll {
            if !isCSV { throw refuse(.featureNotSupported, "COPY force quote available only in CSV mode") }
            if copy.isFrom { throw refuse(.featureNotSupported, "COPY force quote only available using COPY TO") }
        }
        if !copy.forceNotNull.isEmpty {
            if !isCSV { throw refuse(.featureNotSupported, "COPY force not null available only in CSV mode") }
            if !copy.isFrom { throw refuse(.featureNotSupported, "COPY force not null only available using COPY FROM") }
        }
        if !copy.forceNull.isEmpty {
            if !isCSV { throw refuse(.featureNotSupported, "COPY force null available only in CSV mode") }
            if !copy.isFrom { throw refuse(.featureNotSupported, "COPY force null only available using COPY FROM") }
        }
        if copy.null.contains(copy.delimiter) {
            throw refuse(.featureNotSupported, "COPY delimiter must not appear in the NULL specification")
        }
        if isCSV, copy.null.contains(copy.quote) {
            throw refuse(.featureNotSupported, "CSV quote character must not appear in the NULL specification")
        }
    }
}
