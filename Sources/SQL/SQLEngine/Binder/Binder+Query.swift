import SQLSyntax
import SQLTypes

/// SELECT, VALUES, set operations and WITH.
extension Binder {
    func bindSelectStatement(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        if node.kind == .select {
            let into = tree.clause(.intoClause, in: node.a)
            if into != 0 {
                let clause = tree[into]
                let query = try bindQuery(root, parent: nil)
                let definition = try tableDefinition(
                    for: query,
                    name: clause.a,
                    columns: 0,
                    flags: clause.flags
                )
                return .createTableAs(definition, query, ifNotExists: false, withData: true)
            }
        }
        return .query(try bindQuery(root, parent: nil))
    }

    /// Binds a query in a new scope below `parent`.
    /// - Parameter resolvesUnknown: undecided literals in the select list become text (not inside a set operation or INSERT).
    func bindQuery(_ root: NodeIndex, parent: Scope?, resolvesUnknown: Bool = true) throws(SQLError) -> BoundQuery {
        try enter()
        let query = BoundQuery()
        let scope = Scope(parent: parent, query: query)
        try bindQuery(root, scope, resolvesUnknown)
        return query
    }

    func bindQuery(_ root: NodeIndex, _ scope: Scope, _ resolvesUnknown: Bool) throws(SQLError) {
        let node = tree[root]
        switch node.kind {
        case .select: try bindSelect(node.a, scope, resolvesUnknown)
        case .values: try bindValues(node, scope, resolvesUnknown)
        case .union, .intersect, .except: try bindSetOperation(root, scope, resolvesUnknown)
        default: throw unsupported("this query", at: root)
        }
    }

    // MARK: SELECT

    private func bindSelect(_ clauses: NodeIndex, _ scope: Scope, _ resolvesUnknown: Bool) throws(SQLError) {
        let query = scope.query
        try bindWith(tree.clause(.withClause, in: clauses), scope)
        let fromClause = tree.clause(.fromClause, in: clauses)
        if fromClause != 0 { try bindFrom(tree[fromClause].a, scope) }

        if tree.clause(.windowClause, in: clauses) != 0 {
            throw unsupported("WINDOW", at: tree.clause(.windowClause, in: clauses))
        }

        scope.clause = .select
        scope.allowsSetReturning = true
        let targetsClause = tree.clause(.targetsClause, in: clauses)
        if targetsClause != 0 { query.targets = try bindTargets(tree[targetsClause].a, scope) }
        scope.allowsSetReturning = false

        let whereClause = tree.clause(.whereClause, in: clauses)
        if whereClause != 0 {
            scope.clause = .where
            query.filter = try bindCondition(tree[whereClause].a, scope, "WHERE")
        }
        if resolvesUnknown { resolveUnknownTargets(query) }

        // ORDER BY may name output columns, so it is bound after the select list, before grouping is checked.
        scope.allowsSetReturning = true
        try bindOrderBy(tree.clause(.orderByClause, in: clauses), scope)
        scope.allowsSetReturning = false
        let groupClause = tree.clause(.groupByClause, in: clauses)
        var keys: [BoundExpression] = []
        if groupClause != 0 { keys = try bindGroupBy(groupClause, scope) }
        let havingClause = tree.clause(.havingClause, in: clauses)
        if havingClause != 0 {
            scope.clause = .having
            query.having = try bindCondition(tree[havingClause].a, scope, "HAVING")
        }
        try bindDistinct(tree.clause(.distinctClause, in: clauses), scope)
        if groupClause != 0 || havingClause != 0 || !query.aggregates.isEmpty {
            query.isGrouped = true
            query.groupBy = keys
            try checkGrouping(query)
        }
        query.hasSetReturningTargets = query.targets.contains { target in
            var found = false
            target.expression.visit { if case .setReturning = $0.kind { found = true } }
            return found
        }
        try bindLimit(clauses, scope)
        try bindLocking(clauses, scope)
    }

    /// Undecided literals that reach the client are text.
    func resolveUnknownTargets(_ query: BoundQuery) {
        for index in query.targets.indices where query.targets[index].expression.type.oid == .unknown {
            query.targets[index].expression = asText(query.targets[index].expression)
        }
    }

    func asText(_ expression: BoundExpression) -> BoundExpression {
        decide(expression, .text)
        return BoundExpression(expression.kind, .text, position: expression.position)
    }

    func bindTargets(_ list: NodeIndex, _ scope: Scope) throws(SQLError) -> [BoundTarget] {
        var targets: [BoundTarget] = []
        for (_, node) in tree.list(list) {
            let expression = tree[node.a]
            if expression.kind == .columnReference, let expanded = try expandStar(node.a, scope) {
                targets.append(contentsOf: expanded)
                continue
            }
            if expression.kind == .fieldSelection, let expanded = try expandFields(node.a, scope) {
                targets.append(contentsOf: expanded)
                continue
            }
            let bound = try bindExpression(node.a, scope)
            let name = node.c != 0 ? tree.string(node.b, node.c) : outputName(node.a)
            var target = BoundTarget(bound, name: name)
            if case .column(let reference) = bound.kind, let origin = origin(of: reference, scope) {
                target.originTable = origin.table
                target.originColumn = origin.column
            }
            targets.append(target)
        }
        if targets.count > 1664 {
            throw SQLError(.tooManyColumns, "target lists can have at most 1664 entries")
        }
        return targets
    }

    /// The table column behind a reference, for RowDescription.
    func origin(of reference: ColumnReference, _ scope: Scope) -> (table: OID, column: Int16)? {
        var level = scope
        for _ in 0..<reference.level {
            guard let parent = level.parent else { return nil }
            level = parent
        }
        guard reference.relation < level.query.relations.count else { return nil }
        let relation = level.query.relations[reference.relation]
        let number = reference.column >= 0 ? reference.column + 1 : reference.column
        switch relation.source {
        case .table(let table): return (table.oid, Int16(truncatingIfNeeded: number))
        case .system(let system): return (system.oid, Int16(truncatingIfNeeded: number))
        case .subquery(let query):
            guard reference.column >= 0, reference.column < query.targets.count else { return nil }
            let target = query.targets[reference.column]
            return target.originTable == 0 ? nil : (target.originTable, target.originColumn)
        default: return nil
        }
    }

    /// `*` and `t.*`; nil if the reference is no star.
    private func expandStar(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> [BoundTarget]? {
        let node = tree[index]
        var last: NodeIndex = 0
        var parts: [String] = node.b == 0 ? [] : [tree.string(node.a, node.b)]
        for (part, partNode) in tree.list(node.c) {
            last = part
            if partNode.kind == .name { parts.append(tree.string(partNode.a, partNode.b)) }
        }
        guard last != 0, tree[last].kind == .star else { return nil }
        if parts.isEmpty {
            let visible = scope.items.filter { !$0.isQualifiedOnly && !$0.isLateralOnly }
            if visible.isEmpty {
                throw fail(.syntaxError, "SELECT * with no tables specified is not valid", at: index)
            }
            return visible.flatMap { item in
                item.columns.filter { !$0.isMerged }.map { entry in
                    BoundTarget(
                        located(entry.expression, node),
                        name: entry.name,
                        originTable: entry.originTable,
                        originColumn: entry.originColumn
                    )
                }
            }
        }
        let (item, level) = try findItem(parts, scope, at: index)
        return item.columns.map { entry in
            BoundTarget(
                located(raise(entry.expression, by: level), node),
                name: entry.name,
                originTable: entry.originTable,
                originColumn: entry.originColumn
            )
        }
    }

    func located(_ expression: BoundExpression, _ node: Node) -> BoundExpression {
        BoundExpression(expression.kind, expression.type, position: Int32(truncatingIfNeeded: node.position))
    }

    /// `(f(x)).*`
    private func expandFields(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> [BoundTarget]? {
        let node = tree[index]
        var last: NodeIndex = 0
        for (part, _) in tree.list(node.b) { last = part }
        guard last != 0, tree[last].kind == .star else { return nil }
        let base = try bindExpression(node.a, scope)
        let fields = recordFields(base, scope)
        guard !fields.isEmpty else {
            throw fail(.wrongObjectType, "type \(base.type.sqlName) is not composite", at: index)
        }
        return fields.enumerated().map { position, field in
            BoundTarget(
                BoundExpression(.field(base, position), field.type, position: base.position),
                name: field.name
            )
        }
    }

    /// The fields of a record expression, as far as they are known.
    func recordFields(_ expression: BoundExpression, _ scope: Scope) -> [BoundColumn] {
        switch expression.kind {
        case .wholeRow(let relation, let level):
            var target = scope
            for _ in 0..<level {
                guard let parent = target.parent else { return [] }
                target = parent
            }
            guard relation < target.query.relations.count else { return [] }
            return target.query.relations[relation].columns
        case .row(let items):
            return items.enumerated().map { BoundColumn(name: "f\($0 + 1)", type: $1.type) }
        case .call(let function, _), .setReturning(let function, _):
            return function.resultColumns.map { BoundColumn(name: $0.name, type: SQLType(oid: $0.type)) }
        default: return []
        }
    }

    /// The name PostgreSQL gives a column without an alias (FigureColname).
    func outputName(_ index: NodeIndex) -> String { figureName(index).name ?? "?column?" }

    /// The name and its strength: 2 for real names, 1 for weak ones (type names).
    private func figureName(_ index: NodeIndex) -> (name: String?, strength: Int) {
        guard index != 0 else { return (nil, 0) }
        let node = tree[index]
        switch node.kind {
        case .columnReference:
            var name = tree.string(node.a, node.b)
            for (_, part) in tree.list(node.c) where part.kind == .name { name = tree.string(part.a, part.b) }
            return (name, 2)
        case .fieldSelection:
            var name: String?
            for (_, part) in tree.list(node.b) where part.kind == .name { name = tree.string(part.a, part.b) }
            return name.map { ($0, 2) } ?? figureName(node.a)
        case .subscript: return figureName(node.a)
        case .call: return (nameParts(node.a).last, 2)
        case .collate: return figureName(node.a)
        case .atTimeZone: return ("timezone", 2)
        case .cast, .typedLiteral:
            if node.kind == .cast {
                let inner = figureName(node.a)
                if inner.strength > 1 { return inner }
            }
            return (nameParts(tree[node.b].a).last, 1)
        case .caseExpression:
            let inner = figureName(node.c)
            return inner.strength > 0 && inner.name != nil ? (inner.strength > 1 ? inner : ("case", 1)) : ("case", 1)
        case .coalesce: return ("coalesce", 2)
        case .greatest: return ("greatest", 2)
        case .least: return ("least", 2)
        case .nullIf: return ("nullif", 2)
        case .arrayConstructor, .arraySubquery: return ("array", 2)
        case .row: return ("row", 2)
        case .exists: return ("exists", 2)
        case .grouping: return ("grouping", 2)
        case .valueFunction:
            return (Keyword(rawValue: UInt16(truncatingIfNeeded: node.a))?.word, 2)
        case .scalarSubquery:
            let query = tree[node.a]
            guard query.kind == .select else { return (query.kind == .values ? "column1" : nil, 2) }
            let targets = tree.clause(.targetsClause, in: query.a)
            guard targets != 0 else { return (nil, 0) }
            let target = tree[tree[targets].a]
            if target.c != 0 { return (tree.string(target.b, target.c), 2) }
            return figureName(target.a)
        default: return (nil, 0)
        }
    }

    // MARK: ORDER BY, DISTINCT, LIMIT

    func bindOrderBy(_ clause: NodeIndex, _ scope: Scope) throws(SQLError) {
        guard clause != 0 else { return }
        scope.clause = .orderBy
        for (index, node) in tree.list(tree[clause].a) {
            let target = try sortTarget(node.a, scope, "ORDER BY")
            var isDescending = node.flags.contains(.descending)
            if node.b != 0 {
                switch tree.string(node.b) {
                case "<": isDescending = false
                case ">": isDescending = true
                default:
                    throw fail(
                        .wrongObjectType,
                        "operator \(tree.string(node.b)) is not a valid ordering operator",
                        at: node.b,
                        hint: "Ordering operators must be \"<\" or \">\" members of btree operator families."
                    )
                }
            }
            let type = scope.query.targets[target].expression.type
            try requireOrdering(type, at: index)
            let nullsFirst =
                node.flags.contains(.nullsFirst) || (isDescending && !node.flags.contains(.nullsLast))
            if !scope.query.orderBy.contains(where: { $0.target == target }) {
                scope.query.orderBy.append(
                    BoundSortKey(target: target, isDescending: isDescending, nullsFirst: nullsFirst)
                )
            }
        }
    }

    func requireOrdering(_ type: SQLType, at index: NodeIndex) throws(SQLError) {
        switch type.oid {
        case .json, .xid, .cid:
            throw fail(
                .undefinedFunction,
                "could not identify an ordering operator for type \(type.sqlName)",
                at: index,
                hint: "Use an explicit ordering operator or modify the query."
            )
        default: break
        }
    }

    /// The target that a sort or grouping item means: a position, an output name, or an expression (added hidden).
    func sortTarget(_ index: NodeIndex, _ scope: Scope, _ clauseName: String) throws(SQLError) -> Int {
        let query = scope.query
        let node = tree[index]
        if node.kind == .columnReference, node.c == 0 {
            let name = tree.string(node.a, node.b)
            // GROUP BY prefers input columns.
            let isInput = clauseName == "GROUP BY" && !scope.columns(named: name).isEmpty
            if !isInput {
                var found: Int?
                for (position, target) in query.targets.enumerated() where !target.isHidden && target.name == name {
                    if let earlier = found {
                        if !query.targets[earlier].expression.isSame(as: target.expression) {
                            throw fail(.ambiguousColumn, "\(clauseName) \"\(name)\" is ambiguous", at: index)
                        }
                    } else {
                        found = position
                    }
                }
                if let found { return found }
            }
        }
        switch node.kind {
        case .integerLiteral:
            let number = Int(tree.string(node.a, node.b)) ?? 0
            let visible = query.visibleTargets.count
            guard number >= 1, number <= visible else {
                throw fail(
                    .invalidColumnReference,
                    "\(clauseName) position \(number) is not in select list",
                    at: index
                )
            }
            return number - 1
        case .numericLiteral, .stringLiteral, .bitStringLiteral:
            throw fail(.syntaxError, "non-integer constant in \(clauseName)", at: index)
        default: break
        }
        var expression = try bindExpression(index, scope)
        if expression.type.oid == .unknown { expression = asText(expression) }
        for (position, target) in query.targets.enumerated() where target.expression.isSame(as: expression) {
            return position
        }
        query.targets.append(BoundTarget(expression, name: "?column?", isHidden: true))
        return query.targets.count - 1
    }

    private func bindDistinct(_ clause: NodeIndex, _ scope: Scope) throws(SQLError) {
        guard clause != 0 else { return }
        let query = scope.query
        let list = tree[clause].a
        if list == 0 {
            for key in query.orderBy where query.targets[key.target].isHidden {
                throw fail(
                    .invalidColumnReference,
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                    offset: query.targets[key.target].expression.position
                )
            }
            for target in query.targets where target.expression.type.oid == .json {
                throw fail(
                    .undefinedFunction,
                    "could not identify an equality operator for type json",
                    offset: target.expression.position
                )
            }
            query.distinct = .all
            return
        }
        scope.clause = .distinctOn
        var targets: [Int] = []
        for (index, _) in tree.list(list) { targets.append(try sortTarget(index, scope, "DISTINCT ON")) }
        // The leading sort keys must be among the DISTINCT ON expressions.
        var seen = 0
        for key in query.orderBy {
            if targets.contains(key.target) {
                seen += 1
            } else if seen < Set(targets).count {
                throw fail(
                    .invalidColumnReference,
                    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                    at: list
                )
            } else {
                break
            }
        }
        query.distinct = .on(targets)
    }

    func bindLimit(_ clauses: NodeIndex, _ scope: Scope) throws(SQLError) {
        let limit = tree.clause(.limitClause, in: clauses)
        if limit != 0, tree[limit].a != 0 {
            scope.clause = .limit
            scope.query.limit = try bindCount(tree[limit].a, scope, "LIMIT")
            scope.query.limitWithTies = tree[limit].flags.contains(.special)
            if scope.query.limitWithTies, scope.query.orderBy.isEmpty {
                throw SQLError(.syntaxError, "WITH TIES cannot be specified without ORDER BY clause")
            }
        }
        let offset = tree.clause(.offsetClause, in: clauses)
        if offset != 0 {
            scope.clause = .offset
            scope.query.offset = try bindCount(tree[offset].a, scope, "OFFSET")
        }
    }

    private func bindCount(_ index: NodeIndex, _ scope: Scope, _ name: String) throws(SQLError) -> BoundExpression {
        let bound = try bindExpression(index, scope)
        var variable: Int32?
        bound.visit { part in
            if case .column(let reference) = part.kind, reference.level == 0 { variable = part.position }
        }
        if let variable {
            throw fail(.invalidColumnReference, "argument of \(name) must not contain variables", offset: variable)
        }
        guard let count = try coerce(bound, .int8, .assignment, at: index) else {
            throw fail(
                .datatypeMismatch,
                "argument of \(name) must be type bigint, not type \(bound.type.sqlName)",
                at: index
            )
        }
        return count
    }

    private func bindLocking(_ clauses: NodeIndex, _ scope: Scope) throws(SQLError) {
        let query = scope.query
        for (index, node) in tree.list(clauses) where node.kind == .lockingClause && node.b < 9 {
            let strength = BoundLocking.Strength(rawValue: Int(node.b)) ?? .update
            let words = ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE"][Int(min(node.b, 3))]
            func refuse(_ what: String) -> SQLError {
                SQLError(.featureNotSupported, "\(words) is not allowed with \(what)")
            }
            if case .none = query.distinct {} else { throw refuse("DISTINCT clause") }
            if query.isGrouped {
                throw refuse(
                    !query.groupBy.isEmpty
                        ? "GROUP BY clause" : query.having != nil ? "HAVING clause" : "aggregate functions"
                )
            }
            var wanted: [String]?
            if node.a != 0 {
                var names: [String] = []
                for (name, _) in tree.list(node.a) { names.append(nameParts(name).last ?? "") }
                wanted = names
            }
            for name in wanted ?? [] where !query.relations.contains(where: { $0.name == name }) {
                throw fail(
                    .undefinedTable,
                    "relation \"\(name)\" in \(words) clause not found in FROM clause",
                    at: index
                )
            }
            for (number, relation) in query.relations.enumerated() {
                guard case .table = relation.source else { continue }
                if let wanted, !wanted.contains(relation.name) { continue }
                query.locking.append(
                    BoundLocking(
                        relation: number,
                        strength: strength,
                        noWait: node.flags.contains(.special),
                        skipLocked: node.flags.contains(.all)
                    )
                )
            }
        }
    }

    // MARK: VALUES

    /// Rows of expressions, coerced to common types column by column.
    func bindRows(_ list: NodeIndex, _ scope: Scope) throws(SQLError) -> (rows: [[BoundExpression]], types: [SQLType]) {
        var rows: [[BoundExpression]] = []
        var width = -1
        scope.clause = .values
        for (index, node) in tree.list(list) {
            var row: [BoundExpression] = []
            for (item, _) in tree.list(node.a) { row.append(try bindExpression(item, scope)) }
            if width >= 0, row.count != width {
                throw fail(.syntaxError, "VALUES lists must all be the same length", at: tree[index].a)
            }
            width = row.count
            rows.append(row)
        }
        var types: [SQLType] = []
        for column in 0..<max(width, 0) {
            let type = try commonType(rows.map { $0[column] }, "VALUES")
            for row in rows.indices { rows[row][column] = try coerceCommon(rows[row][column], type, "VALUES") }
            types.append(type)
        }
        return (rows, types)
    }

    private func bindValues(_ node: Node, _ scope: Scope, _ resolvesUnknown: Bool) throws(SQLError) {
        try bindWith(tree.clause(.withClause, in: node.c), scope)
        let (rows, types) = try bindRows(node.a, scope)
        let columns = types.enumerated().map { BoundColumn(name: "column\($0 + 1)", type: $1) }
        addPassThrough(.values(rows), columns, scope, name: "*VALUES*")
        try bindOrderBy(tree.clause(.orderByClause, in: node.c), scope)
        try bindLimit(node.c, scope)
    }

    /// Makes the query select every column of one relation.
    private func addPassThrough(_ source: BoundRelation.Source, _ columns: [BoundColumn], _ scope: Scope, name: String)
    {
        let query = scope.query
        query.relations.append(BoundRelation(source: source, name: name, columns: columns, isLateral: false))
        query.from = [.relation(0)]
        var entries: [Scope.ColumnEntry] = []
        for (index, column) in columns.enumerated() {
            let expression = BoundExpression(
                .column(ColumnReference(relation: 0, column: index)),
                column.type
            )
            query.targets.append(BoundTarget(expression, name: column.name))
            entries.append(Scope.ColumnEntry(name: column.name, expression: expression))
        }
        scope.items = [Scope.Item(name: name, relation: 0, columns: entries)]
    }

    // MARK: set operations

    private func bindSetOperation(_ root: NodeIndex, _ scope: Scope, _ resolvesUnknown: Bool) throws(SQLError) {
        let node = tree[root]
        try bindWith(tree.clause(.withClause, in: node.c), scope)
        let (operation, columns) = try bindSides(root, scope)
        addPassThrough(.setOperation(operation), columns, scope, name: "*SELECT*")
        let orderClause = tree.clause(.orderByClause, in: node.c)
        if orderClause != 0 {
            let visible = scope.query.targets.count
            try bindOrderBy(orderClause, scope)
            if scope.query.targets.count > visible {
                throw fail(
                    .featureNotSupported,
                    "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    offset: scope.query.targets[visible].expression.position,
                    detail: "Only result column names can be used, not expressions or functions.",
                    hint: "Add the expression/function to every SELECT, or move the UNION into a FROM clause."
                )
            }
        }
        try bindLimit(node.c, scope)
        for (_, clause) in tree.list(node.c) where clause.kind == .lockingClause {
            throw SQLError(.featureNotSupported, "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT")
        }
    }

    /// The two sides with their columns made alike.
    func bindSides(_ root: NodeIndex, _ scope: Scope) throws(SQLError) -> (BoundSetOperation, [BoundColumn]) {
        let node = tree[root]
        // The sides see the common tables of this level: their parent scope is this one, without its relations.
        let left = try bindQuery(node.a, parent: scope, resolvesUnknown: false)
        let right = try bindQuery(node.b, parent: scope, resolvesUnknown: false)
        let kind: BoundSetOperation.Kind =
            node.kind == .union ? .union : node.kind == .intersect ? .intersect : .except
        let columns = try unify(left, right, kind, at: node.b)
        return (
            BoundSetOperation(kind: kind, all: node.flags.contains(.all), left: left, right: right), columns
        )
    }

    func unify(_ left: BoundQuery, _ right: BoundQuery, _ kind: BoundSetOperation.Kind, at index: NodeIndex)
        throws(SQLError) -> [BoundColumn]
    {
        let word = kind == .union ? "UNION" : kind == .intersect ? "INTERSECT" : "EXCEPT"
        let leftCount = left.visibleTargets.count
        let rightCount = right.visibleTargets.count
        guard leftCount == rightCount else {
            let offset = right.targets.first?.expression.position ?? -1
            throw fail(
                .syntaxError,
                "each \(word) query must have the same number of columns",
                offset: offset
            )
        }
        var columns: [BoundColumn] = []
        for column in 0..<leftCount {
            let type = try commonType([left.targets[column].expression, right.targets[column].expression], word)
            left.targets[column].expression = try coerceCommon(left.targets[column].expression, type, word)
            right.targets[column].expression = try coerceCommon(right.targets[column].expression, type, word)
            columns.append(BoundColumn(name: left.targets[column].name, type: type))
        }
        return columns
    }

    // MARK: WITH

    func bindWith(_ clause: NodeIndex, _ scope: Scope) throws(SQLError) {
        guard clause != 0 else { return }
        let isRecursive = tree[clause].flags.contains(.recursive)
        for (index, node) in tree.list(tree[clause].a) {
            let name = tree.string(node.a)
            if scope.commonTables.contains(where: { $0.name == name }) {
                throw fail(.duplicateAlias, "WITH query name \"\(name)\" specified more than once", at: index)
            }
            let body = tree[node.c]
            switch body.kind {
            case .insert, .update, .delete:
                throw unsupported("a data-modifying statement in WITH", at: node.c)
            default: break
            }
            var aliases: [String] = []
            for (_, alias) in tree.list(node.b) { aliases.append(tree.string(alias.a, alias.b)) }
            let number = scope.query.commonTables.count
            if isRecursive, refersTo(name, node.c) {
                try bindRecursive(name, node.c, aliases, number, scope, at: index)
                continue
            }
            let query = try bindQuery(node.c, parent: scope)
            let columns = try columnAliases(
                query.visibleTargets.map { BoundColumn(name: $0.name, type: $0.expression.type) },
                aliases,
                name,
                at: index,
                kind: "WITH query"
            )
            scope.query.commonTables.append(
                BoundCommonTable(
                    name: name,
                    query: query,
                    recursiveTerm: nil,
                    removesDuplicates: false,
                    columns: columns
                )
            )
            scope.commonTables.append((name, number, false))
        }
    }

    private func bindRecursive(
        _ name: String,
        _ root: NodeIndex,
        _ aliases: [String],
        _ number: Int,
        _ scope: Scope,
        at index: NodeIndex
    ) throws(SQLError) {
        let node = tree[root]
        guard node.kind == .union else {
            throw fail(
                .invalidRecursion,
                "recursive query \"\(name)\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                at: index
            )
        }
        if refersTo(name, node.a) {
            throw fail(
                .invalidRecursion,
                "recursive reference to query \"\(name)\" must not appear within its non-recursive term",
                at: index
            )
        }
        let base = try bindQuery(node.a, parent: scope)
        let columns = try columnAliases(
            base.visibleTargets.map { BoundColumn(name: $0.name, type: $0.expression.type) },
            aliases,
            name,
            at: index,
            kind: "WITH query"
        )
        scope.query.commonTables.append(
            BoundCommonTable(
                name: name,
                query: base,
                recursiveTerm: nil,
                removesDuplicates: !node.flags.contains(.all),
                columns: columns
            )
        )
        scope.commonTables.append((name, number, true))
        let step = try bindQuery(node.b, parent: scope, resolvesUnknown: false)
        guard step.visibleTargets.count == columns.count else {
            throw fail(
                .syntaxError,
                "each UNION query must have the same number of columns",
                offset: step.targets.first?.expression.position ?? -1
            )
        }
        for column in columns.indices {
            let found = step.targets[column].expression
            if found.type.oid != columns[column].type.oid, found.type.oid != .unknown {
                let common = try commonType(
                    [BoundExpression(.literal(.null, token: -1), columns[column].type), found],
                    "UNION"
                )
                if common.oid != columns[column].type.oid {
                    throw fail(
                        .datatypeMismatch,
                        "recursive query \"\(name)\" column \(column + 1) has type \(columns[column].type.sqlName) "
                            + "in non-recursive term but type \(common.sqlName) overall",
                        offset: base.targets[column].expression.position,
                        hint: "Cast the output of the non-recursive term to the correct type."
                    )
                }
            }
            step.targets[column].expression = try coerceCommon(found, columns[column].type, "UNION")
        }
        scope.query.commonTables[number].recursiveTerm = step
        if let last = scope.commonTables.indices.last { scope.commonTables[last].isWorkingTable = false }
        for clause in [NodeKind.orderByClause, .limitClause, .offsetClause, .lockingClause] {
            let found = tree.clause(clause, in: node.c)
            if found != 0 {
                let word = clause == .orderByClause ? "ORDER BY" : clause == .limitClause ? "LIMIT" : "OFFSET"
                throw fail(.featureNotSupported, "\(word) in a recursive query is not implemented", at: found)
            }
        }
    }

    /// Whether a query's text mentions a table by that bare name (recursion is allowed to mean only that).
    private func refersTo(_ name: String, _ index: NodeIndex) -> Bool {
        var pending = [index]
        while let next = pending.popLast() {
            guard next != 0, Int(next) < tree.nodeCount else { continue }
            let node = tree[next]
            if node.kind == .tableReference {
                let qualified = tree[node.a]
                if qualified.c == 0, tree.string(qualified.a, qualified.b) == name { return true }
            }
            pending.append(contentsOf: SyntaxWalk.children(node))
            if next != index { pending.append(node.next) }
        }
        return false
    }

    /// Applies column aliases to a relation's columns.
    func columnAliases(
        _ columns: [BoundColumn],
        _ aliases: [String],
        _ name: String,
        at index: NodeIndex,
        kind: String = "table"
    ) throws(SQLError) -> [BoundColumn] {
        if aliases.count > columns.count {
            throw fail(
                .invalidColumnReference,
                "\(kind) \"\(name)\" has \(columns.count) columns available but \(aliases.count) columns specified",
                at: index
            )
        }
        var result = columns
        for (position, alias) in aliases.enumerated() { result[position].name = alias }
        return result
    }
}

/// Which slots of a node are children (for searches over the raw tree).
enum SyntaxWalk {
    static func children(_ node: Node) -> [NodeIndex] {
        switch node.kind {
        case .name, .star, .parameter, .integerLiteral, .numericLiteral, .stringLiteral, .bitStringLiteral,
            .booleanLiteral, .nullLiteral, .defaultExpression, .operatorName, .columnReference, .qualifiedName,
            .typeName, .intervalFields, .valueFunction, .currentOf, .none, .alias, .lockingClause:
            []
        case .target: [node.a]
        case .namedArgument, .columnDefinition: [node.c]
        default: [node.a, node.b, node.c]
        }
    }
}
