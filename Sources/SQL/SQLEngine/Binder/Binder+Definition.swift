import SQLSyntax
import SQLTypes

/// CREATE, ALTER, DROP, COMMENT: descriptions for the session to carry out.
extension Binder {
    // MARK: CREATE TABLE

    func bindCreateTable(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let isTemporary = node.flags.contains(.temporary)
        let (schema, name) = try creationSchema(node.a, isTemporary: isTemporary)
        let ifNotExists = node.flags.contains(.ifNotExists)
        var definition = TableDefinition(
            name: name,
            schema: schema,
            columns: [],
            constraints: [],
            isTemporary: isTemporary,
            isUnlogged: node.flags.contains(.unlogged),
            options: [],
            onCommit: .preserveRows
        )
        for (index, clause) in tree.list(node.c) {
            switch clause.kind {
            case .storageOptions: definition.options = try storageOptions(clause.a)
            case .onCommit:
                guard isTemporary else {
                    throw SQLError(
                        .invalidTableDefinition,
                        "ON COMMIT can only be used on temporary tables"
                    )
                }
                definition.onCommit = clause.a == 1 ? .deleteRows : clause.a == 2 ? .drop : .preserveRows
            case .inherits: throw unsupported("INHERITS", at: index)
            default: break
            }
        }
        if let existing = catalog.relation(named: name, in: schema) {
            // IF NOT EXISTS looks at nothing else; without it the session reports the conflict.
            if ifNotExists { return .createTable(definition, ifNotExists: true) }
            throw SQLError(.duplicateTable, "relation \"\(existing.name)\" already exists")
        }
        // Columns first: constraints may name any of them.
        var pending: [(node: NodeIndex, column: Int?)] = []
        for (index, element) in tree.list(node.b) {
            switch element.kind {
            case .columnDefinition:
                let number = definition.columns.count
                let column = try columnDefinition(index, table: name)
                if definition.columns.contains(where: { $0.column.name == column.column.name }) {
                    throw SQLError(
                        .duplicateColumn,
                        "column \"\(column.column.name)\" specified more than once"
                    )
                }
                definition.columns.append(column)
                for (constraint, constraintNode) in tree.list(tree[element.c].b) {
                    switch constraintNode.kind {
                    case .primaryKeyConstraint, .uniqueConstraint, .checkConstraint, .foreignKeyConstraint:
                        pending.append((constraint, number))
                    default: break
                    }
                }
            case .likeClause:
                let source = try table(element.a, isLocated: true)
                var includesDefaults = false
                for (_, option) in tree.list(element.b) {
                    let word = tree.string(option.a, option.b)
                    if word == "all" || word == "defaults" { includesDefaults = !option.flags.contains(.negated) }
                }
                for column in source.columns where !column.isDropped {
                    var copy = column
                    copy.identity = nil
                    if !includesDefaults {
                        copy.defaultExpression = nil
                        copy.defaultText = nil
                    }
                    definition.columns.append(ColumnDefinition(column: copy, sequence: nil))
                }
            default: pending.append((index, nil))
            }
        }
        let shape = Table(
            oid: 0,
            name: name,
            schema: schema,
            owner: environment.currentUser,
            columns: definition.columns.map { $0.column },
            constraints: []
        )
        for (constraint, column) in pending {
            let made = try constraintDefinition(constraint, column: column, shape)
            if made.kind == .primaryKey {
                if definition.constraints.contains(where: { $0.kind == .primaryKey }) {
                    throw fail(
                        .invalidTableDefinition,
                        "multiple primary keys for table \"\(name)\" are not allowed",
                        at: constraint
                    )
                }
                for key in made.columns { definition.columns[key].column.isNotNull = true }
            }
            definition.constraints.append(made)
        }
        // PostgreSQL makes the primary key's index first.
        definition.constraints =
            definition.constraints.filter { $0.kind == .primaryKey }
            + definition.constraints.filter { $0.kind != .primaryKey }
        if definition.columns.count > 1600 {
            throw SQLError(.tooManyColumns, "tables can have at most 1600 columns")
        }
        return .createTable(definition, ifNotExists: ifNotExists)
    }

    func storageOptions(_ list: NodeIndex) throws(SQLError) -> [(name: String, value: String)] {
        var options: [(name: String, value: String)] = []
        for (_, option) in tree.list(list) {
            let name = nameParts(option.a).joined(separator: ".")
            let value = option.b == 0 ? "true" : tree.string(option.b)
            switch name {
            case "fillfactor":
                guard let number = Int(value) else {
                    throw SQLError(.invalidParameterValue, "invalid value for integer option \"fillfactor\": \(value)")
                }
                guard (10...100).contains(number) else {
                    throw SQLError(
                        .invalidParameterValue,
                        "value \(value) out of bounds for option \"fillfactor\"",
                        detail: "Valid values are between \"10\" and \"100\"."
                    )
                }
            case "parallel_workers", "toast_tuple_target", "vacuum_truncate", "user_catalog_table", "oids",
                "vacuum_index_cleanup", "log_autovacuum_min_duration":
                break
            default:
                guard name.hasPrefix("autovacuum_") || name.hasPrefix("toast.") else {
                    throw SQLError(.invalidParameterValue, "unrecognized parameter \"\(name)\"")
                }
            }
            options.append((name, value))
        }
        return options
    }

    /// A definition whose columns are those of a query.
    func tableDefinition(for query: BoundQuery, name: NodeIndex, columns: NodeIndex, flags: NodeFlags) throws(SQLError)
        -> TableDefinition
    {
        let (schema, tableName) = try creationSchema(name, isTemporary: flags.contains(.temporary))
        var names: [String] = []
        for (_, column) in tree.list(columns) { names.append(tree.string(column.a, column.b)) }
        let visible = query.visibleTargets
        if names.count > visible.count { throw SQLError(.syntaxError, "too many column names were specified") }
        var definitions: [ColumnDefinition] = []
        for (position, target) in visible.enumerated() {
            let column = position < names.count ? names[position] : target.name
            if definitions.contains(where: { $0.column.name == column }) {
                throw SQLError(.duplicateColumn, "column \"\(column)\" specified more than once")
            }
            guard target.expression.type.info?.category != .pseudo else {
                throw SQLError(
                    .invalidTableDefinition,
                    "column \"\(column)\" has pseudo-type \(target.expression.type.sqlName)"
                )
            }
            definitions.append(
                ColumnDefinition(column: Column(name: column, type: target.expression.type), sequence: nil)
            )
        }
        return TableDefinition(
            name: tableName,
            schema: schema,
            columns: definitions,
            constraints: [],
            isTemporary: flags.contains(.temporary),
            isUnlogged: flags.contains(.unlogged),
            options: [],
            onCommit: .preserveRows
        )
    }

    func bindCreateTableAs(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        guard tree[node.c].kind != .execute else { throw unsupported("CREATE TABLE AS EXECUTE", at: root) }
        let query = try bindQuery(node.c, parent: nil)
        let definition = try tableDefinition(for: query, name: node.a, columns: node.b, flags: node.flags)
        let ifNotExists = node.flags.contains(.ifNotExists)
        if !ifNotExists, catalog.relation(named: definition.name, in: definition.schema) != nil {
            throw SQLError(.duplicateTable, "relation \"\(definition.name)\" already exists")
        }
        return .createTableAs(
            definition,
            query,
            ifNotExists: ifNotExists,
            withData: !node.flags.contains(.negated)
        )
    }

    // MARK: columns and constraints

    private func columnDefinition(_ index: NodeIndex, table: String) throws(SQLError) -> ColumnDefinition {
        let node = tree[index]
        let details = tree[node.c]
        let name = tree.string(node.a, node.b)
        if ["ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"].contains(name) {
            throw SQLError(
                .duplicateColumn,
                "column name \"\(name)\" conflicts with a system column name"
            )
        }
        var sequence: SequenceDefinition?
        var column: Column
        let typeName = nameParts(tree[details.a].a)
        let serialTypes: [String: SQLType] = [
            "serial": .int4, "serial4": .int4, "bigserial": .int8, "serial8": .int8, "smallserial": .int2,
            "serial2": .int2,
        ]
        if typeName.count == 1, let serial = serialTypes[typeName[0]], tree[details.a].c == 0 {
            column = Column(name: name, type: serial, isNotNull: true)
            sequence = .ascending(name: "", type: serial.oid)
        } else {
            column = Column(name: name, type: try type(details.a))
            if column.type.info?.kind == "p" {
                throw SQLError(
                    .invalidTableDefinition,
                    "column \"\(name)\" has pseudo-type \(column.type.sqlName)"
                )
            }
        }
        var nullity: Bool?
        for (constraint, constraintNode) in tree.list(details.b) {
            switch constraintNode.kind {
            case .notNullConstraint:
                if nullity == true {
                    throw fail(
                        .syntaxError,
                        "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(table)\"",
                        at: constraint
                    )
                }
                nullity = false
                column.isNotNull = true
            case .nullConstraint:
                if nullity == false || sequence != nil {
                    throw fail(
                        .syntaxError,
                        "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(table)\"",
                        at: constraint
                    )
                }
                nullity = true
            case .defaultConstraint:
                if column.defaultExpression != nil || sequence != nil {
                    throw fail(
                        .syntaxError,
                        "multiple default values specified for column \"\(name)\" of table \"\(table)\"",
                        at: constraint
                    )
                }
                let (expression, shown) = try bindDefault(constraintNode.a, column)
                column.defaultExpression = expression
                column.defaultText = shown
            case .identityConstraint:
                guard [.int2, .int4, .int8].contains(column.type.oid) else {
                    throw SQLError(
                        .invalidParameterValue,
                        "identity column type must be smallint, integer, or bigint"
                    )
                }
                column.identity = constraintNode.flags.contains(.special) ? "a" : "d"
                column.isNotNull = true
                var made = SequenceDefinition.ascending(name: "", type: column.type.oid, isIdentity: true)
                try apply(constraintNode.a, to: &made)
                sequence = made
            case .generatedConstraint: throw unsupported("GENERATED ALWAYS AS (…) STORED", at: constraint)
            default: break
            }
        }
        return ColumnDefinition(column: column, sequence: sequence)
    }

    /// The default as it is evaluated, and as the catalog shows it: without the conversion to the column's type.
    private func bindDefault(_ index: NodeIndex, _ column: Column) throws(SQLError) -> (BoundExpression, String) {
        let scope = Scope(parent: nil, query: BoundQuery())
        scope.clause = .default
        if let reference = firstColumn(index) {
            throw fail(
                .featureNotSupported,
                "cannot use column reference in DEFAULT expression",
                at: reference
            )
        }
        let bound = try bindExpression(index, scope)
        var hasSubquery = false
        bound.visit { if case .subquery = $0.kind { hasSubquery = true } }
        if hasSubquery { throw fail(.featureNotSupported, "cannot use subquery in DEFAULT expression", at: index) }
        guard let done = try coerce(bound, column.type, .assignment) else {
            throw SQLError(
                .datatypeMismatch,
                "column \"\(column.name)\" is of type \(column.type.withoutModifier.sqlName) "
                    + "but default expression is of type \(bound.type.withoutModifier.sqlName)",
                hint: "You will need to rewrite or cast the expression."
            )
        }
        let written = bound.type.oid == .unknown ? done : bound
        return (withoutTokens(done), Deparser(catalog, columns: []).text(written))
    }

    /// A stored expression outlives the text it came from.
    func withoutTokens(_ expression: BoundExpression) -> BoundExpression {
        if case .literal(let value, _) = expression.kind {
            return BoundExpression(.literal(value, token: -1), expression.type)
        }
        let mapped = try? expression.mapOperands { (operand) throws(SQLError) in withoutTokens(operand) }
        let result = mapped ?? expression
        return BoundExpression(result.kind, result.type)
    }

    private func firstColumn(_ index: NodeIndex) -> NodeIndex? {
        var pending = [index]
        while let next = pending.popLast() {
            guard next != 0, Int(next) < tree.nodeCount else { continue }
            let node = tree[next]
            if node.kind == .columnReference { return next }
            if node.kind == .scalarSubquery || node.kind == .exists { continue }
            pending.append(contentsOf: SyntaxWalk.children(node))
            if next != index { pending.append(node.next) }
        }
        return nil
    }

    private func constraintDefinition(_ index: NodeIndex, column: Int?, _ table: Table) throws(SQLError)
        -> ConstraintDefinition
    {
        let node = tree[index]
        var made = ConstraintDefinition(
            name: node.b == 0 ? nil : tree.string(node.b),
            kind: .check,
            columns: [],
            expression: nil,
            expressionText: nil,
            foreignTable: 0,
            isSelfReference: false,
            foreignColumns: [],
            onUpdate: .noAction,
            onDelete: .noAction,
            isDeferrable: node.flags.contains(.nullsFirst) || node.flags.contains(.nullsLast),
            isInitiallyDeferred: node.flags.contains(.nullsLast),
            isValidated: !node.flags.contains(.negated),
            usingIndex: 0
        )
        func columns(_ list: NodeIndex) throws(SQLError) -> [Int] {
            var result: [Int] = []
            for (_, name) in tree.list(list) {
                let text = tree.string(name.a, name.b)
                guard let number = table.column(named: text) else {
                    throw fail(
                        .undefinedColumn,
                        node.kind == .foreignKeyConstraint
                            ? "column \"\(text)\" referenced in foreign key constraint does not exist"
                            : "column \"\(text)\" named in key does not exist",
                        at: node.kind == .foreignKeyConstraint ? 0 : index
                    )
                }
                if result.contains(number), node.kind != .foreignKeyConstraint {
                    let word = node.kind == .primaryKeyConstraint ? "primary key" : "unique"
                    throw fail(
                        .duplicateColumn,
                        "column \"\(text)\" appears twice in \(word) constraint",
                        at: index
                    )
                }
                result.append(number)
            }
            return result
        }
        switch node.kind {
        case .primaryKeyConstraint, .uniqueConstraint:
            if node.flags.contains(.special) { throw unsupported("USING INDEX", at: index) }
            made.kind = node.kind == .primaryKeyConstraint ? .primaryKey : .unique
            made.columns = column.map { [$0] } ?? []
            if column == nil { made.columns = try columns(node.a) }
        case .checkConstraint:
            let scope = Scope(parent: nil, query: BoundQuery())
            scope.items = [addTable(table, alias: nil, scope)]
            scope.clause = .check
            let bound = try bindCondition(node.a, scope, "CHECK")
            var hasSubquery = false
            bound.visit { if case .subquery = $0.kind { hasSubquery = true } }
            if hasSubquery {
                throw fail(.featureNotSupported, "cannot use subquery in check constraint", at: index)
            }
            let expression = withoutTokens(asRowColumns(bound))
            made.expression = expression
            made.expressionText = Deparser(catalog, columns: table.columns.map { $0.name }).text(expression)
            var used: [Int] = []
            expression.visit { part in
                if case .rowColumn(let number) = part.kind, !used.contains(number) { used.append(number) }
            }
            made.columns = used.sorted()
        case .foreignKeyConstraint:
            made.kind = .foreignKey
            made.columns = column.map { [$0] } ?? []
            if column == nil { made.columns = try columns(node.a) }
            try bindReferences(tree[node.c], &made, table, at: index)
        default: throw unsupported("this constraint", at: index)
        }
        return made
    }

    private func bindReferences(
        _ details: Node,
        _ made: inout ConstraintDefinition,
        _ table: Table,
        at index: NodeIndex
    )
        throws(SQLError)
    {
        let (schemaName, name) = try splitName(details.a)
        let target: Table
        if (schemaName == nil && name == table.name && table.oid == 0)
            || (schemaName != nil && table.oid == 0 && name == table.name
                && catalog.schema(named: schemaName ?? "", in: database)?.oid == table.schema)
        {
            target = table
            made.isSelfReference = true
        } else {
            guard case .user(.table(let found))? = try findRelation(details.a) else {
                throw SQLError(
                    .undefinedTable,
                    "relation \"\(nameParts(details.a).joined(separator: "."))\" does not exist"
                )
            }
            target = found
            made.foreignTable = found.oid
        }
        if details.b == 0 {
            guard let key = target.primaryKey else {
                if made.isSelfReference {
                    // The table's own primary key is still in the making: its columns are found by the session.
                    made.foreignColumns = made.columns
                    return
                }
                throw SQLError(
                    .undefinedObject,
                    "there is no primary key for referenced table \"\(target.name)\""
                )
            }
            made.foreignColumns = key.columns
        } else {
            for (_, column) in tree.list(details.b) {
                let text = tree.string(column.a, column.b)
                guard let number = target.column(named: text) else {
                    throw SQLError(
                        .undefinedColumn,
                        "column \"\(text)\" referenced in foreign key constraint does not exist"
                    )
                }
                made.foreignColumns.append(number)
            }
            if !made.isSelfReference {
                let keys = Set(made.foreignColumns)
                let isUnique = target.constraints.contains {
                    ($0.kind == .primaryKey || $0.kind == .unique) && Set($0.columns) == keys
                }
                let hasIndex = catalog.indexes(of: target.oid).contains {
                    $0.isUnique && $0.predicate == nil && Set($0.keys.compactMap { $0.column }) == keys
                }
                if !isUnique, !hasIndex {
                    throw SQLError(
                        .invalidForeignKey,
                        "there is no unique constraint matching given keys for referenced table \"\(target.name)\""
                    )
                }
            }
        }
        guard made.foreignColumns.count == made.columns.count else {
            throw SQLError(
                .invalidForeignKey,
                "number of referencing and referenced columns for foreign key disagree"
            )
        }
        for (own, other) in zip(made.columns, made.foreignColumns) {
            let left = table.columns[own].type.oid
            let right = target.columns[other].type.oid
            if case .found = FunctionResolution.binary("=", right, left) { continue }
            throw SQLError(
                .datatypeMismatch,
                "foreign key constraint cannot be implemented",
                detail: "Key columns \"\(table.columns[own].name)\" and \"\(target.columns[other].name)\" are of "
                    + "incompatible types: \(SQLType(oid: left).sqlName) and \(SQLType(oid: right).sqlName)."
            )
        }
        made.onUpdate = Constraint.ForeignKeyAction(rawValue: UInt8(details.c & 0xFF)) ?? .noAction
        made.onDelete = Constraint.ForeignKeyAction(rawValue: UInt8((details.c >> 8) & 0xFF)) ?? .noAction
    }

    // MARK: indexes

    func bindCreateIndex(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let table = try self.table(node.b)
        let details = tree[node.c]
        var method = details.b == 0 ? "btree" : tree.string(details.b)
        guard ["btree", "hash", "gin", "gist", "brin", "spgist"].contains(method) else {
            throw SQLError(.undefinedObject, "access method \"\(method)\" does not exist")
        }
        guard method == "btree" || method == "hash" else {
            throw SQLError(.featureNotSupported, "access method \"\(method)\" is not supported")
        }
        if method == "hash", node.flags.contains(.special) {
            throw SQLError(.featureNotSupported, "access method \"hash\" does not support unique indexes")
        }
        method = method == "hash" ? "hash" : "btree"
        var keys: [IndexKey] = []
        var included: [Int] = []
        let scope = Scope(parent: nil, query: BoundQuery())
        scope.items = [addTable(table, alias: nil, scope)]
        scope.clause = .index
        for (index, element) in tree.list(details.a) {
            if element.kind == .includeClause {
                for (item, name) in tree.list(element.a) {
                    let text = tree.string(name.a, name.b)
                    guard let number = table.column(named: text) else {
                        throw fail(.undefinedColumn, "column \"\(text)\" does not exist", at: item)
                    }
                    included.append(number)
                }
                continue
            }
            let isDescending = element.flags.contains(.descending)
            var key = IndexKey(
                column: nil,
                expression: nil,
                expressionText: nil,
                type: .unknown,
                isDescending: isDescending,
                nullsFirst: element.flags.contains(.nullsFirst)
                    || (isDescending && !element.flags.contains(.nullsLast)),
                operatorClass: element.b == 0 ? nil : nameParts(element.b).last
            )
            let expression = tree[element.a]
            if expression.kind == .columnReference, expression.c == 0 {
                let text = tree.string(expression.a, expression.b)
                guard let number = table.column(named: text) else {
                    throw SQLError(.undefinedColumn, "column \"\(text)\" does not exist")
                }
                key.column = number
                key.type = table.columns[number].type
            } else {
                let bound = withoutTokens(asRowColumns(try bindExpression(element.a, scope)))
                key.expression = bound
                key.type = bound.type
                key.expressionText = Deparser(catalog, columns: table.columns.map { $0.name }).text(bound)
                var isMutable = false
                bound.visit { part in
                    if case .call(let function, _) = part.kind, function.volatility != .immutable { isMutable = true }
                }
                if isMutable {
                    throw SQLError(
                        .invalidObjectDefinition,
                        "functions in index expression must be marked IMMUTABLE"
                    )
                }
            }
            if let wanted = key.operatorClass {
                let isPattern = ["text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops"].contains(wanted)
                let isDefault = wanted.hasSuffix("_ops") && !wanted.contains("trgm")
                guard isPattern || isDefault else {
                    throw fail(
                        .undefinedObject,
                        "operator class \"\(wanted)\" does not exist for access method \"\(method)\"",
                        at: index
                    )
                }
            }
            switch key.type.oid {
            case .json, .xid, .cid, .record:
                throw SQLError(
                    .undefinedObject,
                    "data type \(key.type.sqlName) has no default operator class for access method \"\(method)\"",
                    hint:
                        "You must specify an operator class for the index or define a default operator class for the data type."
                )
            default: break
            }
            keys.append(key)
        }
        if keys.count > 32 { throw SQLError("54011", "cannot use more than 32 columns in an index") }
        var predicate: BoundExpression?
        if details.c != 0 {
            scope.clause = .indexPredicate
            predicate = withoutTokens(asRowColumns(try bindCondition(details.c, scope, "WHERE")))
        }
        let definition = IndexDefinition(
            name: node.a == 0 ? nil : tree.string(node.a),
            table: table,
            keys: keys,
            includedColumns: included,
            isUnique: node.flags.contains(.special),
            method: method,
            predicate: predicate,
            predicateText: predicate.map { Deparser(catalog, columns: table.columns.map { $0.name }).text($0) }
        )
        return .createIndex(definition, ifNotExists: node.flags.contains(.ifNotExists))
    }

    // MARK: ALTER

    func bindAlterTable(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let isConditional = node.flags.contains(.ifExists)
        if isConditional, try findRelation(node.a) == nil {
            let name = nameParts(node.a).last ?? ""
            return .drop(
                [],
                cascade: false,
                notices: [SQLError.notice("relation \"\(name)\" does not exist, skipping")]
            )
        }
        let object = Keyword(rawValue: UInt16(truncatingIfNeeded: node.c)) ?? .table
        guard object == .table else { throw unsupported("ALTER \(object.word.uppercased())", at: root) }
        let table = try self.table(node.a)
        var actions: [AlterTableAction] = []
        for (index, action) in tree.list(node.b) {
            actions.append(try alterAction(action, table, at: index))
        }
        return .alterTable(table, actions)
    }

    private func alterAction(_ action: Node, _ table: Table, at index: NodeIndex) throws(SQLError) -> AlterTableAction {
        func column(_ name: NodeIndex) throws(SQLError) -> Int {
            let text = tree.string(name)
            guard let number = table.column(named: text) else {
                throw SQLError(
                    .undefinedColumn,
                    "column \"\(text)\" of relation \"\(table.name)\" does not exist"
                )
            }
            return number
        }
        switch action.kind {
        case .addColumn:
            let definition = try columnDefinition(action.a, table: table.name)
            if table.column(named: definition.column.name) != nil {
                if action.flags.contains(.ifNotExists) {
                    return .notice(
                        SQLError.notice(
                            "column \"\(definition.column.name)\" of relation \"\(table.name)\" already exists, skipping",
                            state: .duplicateColumn
                        )
                    )
                }
                throw SQLError(
                    .duplicateColumn,
                    "column \"\(definition.column.name)\" of relation \"\(table.name)\" already exists"
                )
            }
            for (constraint, node) in tree.list(tree[tree[action.a].c].b) {
                switch node.kind {
                case .primaryKeyConstraint, .uniqueConstraint, .checkConstraint, .foreignKeyConstraint:
                    throw unsupported("ADD COLUMN with a constraint", at: constraint)
                default: break
                }
            }
            return .addColumn(definition, ifNotExists: action.flags.contains(.ifNotExists))
        case .dropColumn:
            let name = tree.string(action.a)
            if table.column(named: name) == nil, action.flags.contains(.ifExists) {
                return .notice(
                    SQLError.notice(
                        "column \"\(name)\" of relation \"\(table.name)\" does not exist, skipping"
                    )
                )
            }
            return .dropColumn(try column(action.a), cascade: action.flags.contains(.cascade))
        case .addConstraint:
            let made = try constraintDefinition(action.a, column: nil, table)
            return .addConstraint(made)
        case .dropConstraint:
            let name = tree.string(action.a)
            if !table.constraints.contains(where: { $0.name == name }) {
                if action.flags.contains(.ifExists) {
                    return .notice(
                        SQLError.notice(
                            "constraint \"\(name)\" of relation \"\(table.name)\" does not exist, skipping"
                        )
                    )
                }
                throw SQLError(
                    .undefinedObject,
                    "constraint \"\(name)\" of relation \"\(table.name)\" does not exist"
                )
            }
            return .dropConstraint(name: name, cascade: action.flags.contains(.cascade))
        case .setDefault:
            let number = try column(action.a)
            return .setDefault(column: number, try bindDefault(action.b, table.columns[number]).0)
        case .dropDefault: return .setDefault(column: try column(action.a), nil)
        case .setNotNull: return .setNotNull(column: try column(action.a))
        case .dropNotNull:
            let number = try column(action.a)
            if table.primaryKey?.columns.contains(number) == true {
                throw SQLError(
                    .invalidTableDefinition,
                    "column \"\(table.columns[number].name)\" is in a primary key"
                )
            }
            return .dropNotNull(column: number)
        case .alterColumnType:
            let number = try column(action.a)
            let target = try type(action.b)
            let scope = Scope(parent: nil, query: BoundQuery())
            scope.items = [addTable(table, alias: nil, scope)]
            scope.clause = .alterUsing
            let current = table.columns[number]
            var value = BoundExpression(
                .column(ColumnReference(relation: 0, column: number)),
                current.type
            )
            if action.c != 0 { value = try bindExpression(action.c, scope) }
            guard let done = try coerce(value, target, .assignment) else {
                if action.c != 0 {
                    throw SQLError(
                        .datatypeMismatch,
                        "result of USING clause for column \"\(current.name)\" cannot be cast automatically "
                            + "to type \(target.withoutModifier.sqlName)",
                        hint: "You might need to add an explicit cast."
                    )
                }
                throw SQLError(
                    .datatypeMismatch,
                    "column \"\(current.name)\" cannot be cast automatically to type \(target.withoutModifier.sqlName)",
                    hint: "You might need to specify \"USING \(Quoting.identifier(current.name))::\(target.sqlName)\"."
                )
            }
            return .setType(column: number, target, using: withoutTokens(asRowColumns(done)))
        case .rename:
            let name = tree.string(action.b)
            if action.a == 0 { return .renameTable(to: name) }
            if action.flags.contains(.special) { return .renameConstraint(tree.string(action.a), to: name) }
            let old = tree.string(action.a)
            guard let number = table.column(named: old) else {
                throw SQLError(.undefinedColumn, "column \"\(old)\" does not exist")
            }
            return .renameColumn(number, to: name)
        case .ownerTo: return .setOwner(try roleName(action.a))
        case .setSchema: return .setSchema(tree.string(action.a))
        case .setStorageOptions, .resetStorageOptions:
            _ = try storageOptions(action.a)
            return .setOptions
        default: throw unsupported("this form of ALTER TABLE", at: index)
        }
    }

    func roleName(_ index: NodeIndex) throws(SQLError) -> String {
        let name = tree.string(index)
        switch name {
        case "current_user", "current_role": return environment.currentUser
        case "session_user": return environment.sessionUser
        default:
            guard catalog.role(named: name) != nil else {
                throw SQLError(.undefinedObject, "role \"\(name)\" does not exist")
            }
            return name
        }
    }

    // MARK: DROP

    func bindDrop(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let ifExists = node.flags.contains(.ifExists)
        let isCascade = node.flags.contains(.cascade)
        let kind = Keyword(rawValue: UInt16(truncatingIfNeeded: node.a)) ?? .table
        var objects: [DroppedObject] = []
        var notices: [SQLError] = []
        for (index, _) in tree.list(node.b) {
            let parts = nameParts(index)
            let shown = parts.joined(separator: ".")
            func missing(_ word: String, _ state: SQLState) throws(SQLError) {
                guard ifExists else { throw SQLError(state, "\(word) \"\(shown)\" does not exist") }
                notices.append(SQLError.notice("\(word) \"\(shown)\" does not exist, skipping"))
            }
            switch kind {
            case .schema:
                guard let schema = catalog.schema(named: shown, in: database) else {
                    try missing("schema", .invalidSchemaName)
                    continue
                }
                if [OID.pgCatalogSchema, .informationSchema, .pgToastSchema].contains(schema.oid) {
                    throw SQLError(
                        .dependentObjectsStillExist,
                        "cannot drop schema \(shown) because it is required by the database system"
                    )
                }
                let inside = catalog.relations.values.filter { $0.schema == schema.oid }.sorted { $0.oid < $1.oid }
                    .filter { if case .table = $0 { true } else { false } }
                if !inside.isEmpty, !isCascade {
                    throw SQLError(
                        .dependentObjectsStillExist,
                        "cannot drop schema \(shown) because other objects depend on it",
                        detail: inside.map { "table \(shown).\($0.name) depends on schema \(shown)" }.joined(
                            separator: "\n"
                        ),
                        hint: "Use DROP ... CASCADE to drop the dependent objects too."
                    )
                }
                objects.append(.schema(schema))
            case .role:
                guard let role = catalog.role(named: shown) else {
                    try missing("role", .undefinedObject)
                    continue
                }
                if role.name == environment.currentUser {
                    throw SQLError(.objectInUse, "current user cannot be dropped")
                }
                objects.append(.role(shown))
            case .view: try missing("view", .undefinedTable)
            default:
                if parts.count == 2, catalog.schema(named: parts[0], in: database) == nil {
                    guard ifExists else {
                        throw SQLError(.invalidSchemaName, "schema \"\(parts[0])\" does not exist")
                    }
                    notices.append(SQLError.notice("schema \"\(parts[0])\" does not exist, skipping"))
                    continue
                }
                guard let found = try findRelation(index) else {
                    try missing(kind.word, .undefinedTable)
                    continue
                }
                objects.append(try dropped(found, kind, isCascade))
            }
        }
        try checkDependents(objects, isCascade)
        return .drop(objects, cascade: isCascade, notices: notices)
    }

    private func dropped(_ found: FoundRelation, _ kind: Keyword, _ isCascade: Bool) throws(SQLError) -> DroppedObject {
        switch found {
        case .system(let system):
            throw SQLError(
                .insufficientPrivilege,
                "permission denied: \"\(system.name)\" is a system catalog"
            )
        case .user(.table(let table)):
            guard kind == .table else {
                throw SQLError(
                    .wrongObjectType,
                    "\"\(table.name)\" is not \(kind == .index ? "an index" : "a \(kind.word)")",
                    hint: "Use DROP TABLE to remove a table."
                )
            }
            return .table(table)
        case .user(.index(let index)):
            guard kind == .index else {
                throw SQLError(
                    .wrongObjectType,
                    "\"\(index.name)\" is not a \(kind.word)",
                    hint: "Use DROP INDEX to remove an index."
                )
            }
            if index.constraint != 0, let table = catalog.table(index.table) {
                throw SQLError(
                    .dependentObjectsStillExist,
                    "cannot drop index \(index.name) because constraint \(index.name) on table \(table.name) requires it",
                    hint: "You can drop constraint \(index.name) on table \(table.name) instead."
                )
            }
            return .index(index)
        case .user(.sequence(let sequence)):
            guard kind == .sequence else {
                throw SQLError(
                    .wrongObjectType,
                    "\"\(sequence.name)\" is not \(kind == .index ? "an index" : "a \(kind.word)")",
                    hint: "Use DROP SEQUENCE to remove a sequence."
                )
            }
            if sequence.ownerTable != 0, !isCascade, let table = catalog.table(sequence.ownerTable),
                sequence.ownerColumn < table.columns.count
            {
                throw SQLError(
                    .dependentObjectsStillExist,
                    "cannot drop sequence \(sequence.name) because other objects depend on it",
                    detail: "default value for column \(table.columns[sequence.ownerColumn].name) of table "
                        + "\(table.name) depends on sequence \(sequence.name)",
                    hint: "Use DROP ... CASCADE to drop the dependent objects too."
                )
            }
            return .sequence(sequence)
        }
    }

    /// Foreign keys from tables that stay keep a table from being dropped without CASCADE.
    private func checkDependents(_ objects: [DroppedObject], _ isCascade: Bool) throws(SQLError) {
        guard !isCascade else { return }
        var dropped: Set<OID> = []
        for case .table(let table) in objects { dropped.insert(table.oid) }
        for case .table(let table) in objects {
            for case .table(let other) in catalog.relations.values where !dropped.contains(other.oid) {
                guard let constraint = other.constraints.first(where: { $0.foreignTable == table.oid }) else {
                    continue
                }
                throw SQLError(
                    .dependentObjectsStillExist,
                    "cannot drop table \(table.name) because other objects depend on it",
                    detail: "constraint \(constraint.name) on table \(other.name) depends on table \(table.name)",
                    hint: "Use DROP ... CASCADE to drop the dependent objects too."
                )
            }
        }
    }

    // MARK: databases, sequences, roles, comments

    func bindCreateDatabase(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        var template: String?
        var owner: String?
        for (index, option) in tree.list(node.b) {
            let name = nameParts(option.a).last ?? ""
            let value = option.b == 0 ? nil : tree.string(option.b)
            switch name {
            case "owner": owner = value
            case "template":
                template = value
                if let value, catalog.database(named: value) == nil {
                    throw SQLError(.invalidCatalogName, "template database \"\(value)\" does not exist")
                }
            case "encoding":
                guard let value, ["utf8", "utf-8", "unicode", "6"].contains(value.lowercased()) else {
                    throw fail(.featureNotSupported, "encoding \"\(value ?? "")\" is not supported", at: index)
                }
            case "lc_collate", "lc_ctype", "locale", "tablespace", "allow_connections", "connection_limit",
                "is_template", "strategy", "icu_locale", "locale_provider", "collation_version", "oid":
                break
            default: throw fail(.syntaxError, "option \"\(name)\" not recognized", at: index)
            }
        }
        if let owner, catalog.role(named: owner) == nil {
            throw SQLError(.undefinedObject, "role \"\(owner)\" does not exist")
        }
        return .createDatabase(name: tree.string(node.a), template: template, owner: owner)
    }

    func bindCreateSequence(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let (schema, name) = try creationSchema(node.a, isTemporary: node.flags.contains(.temporary))
        var definition = SequenceDefinition.ascending(name: name, type: .int8)
        definition.schema = schema
        try apply(node.b, to: &definition)
        return .createSequence(definition, ifNotExists: node.flags.contains(.ifNotExists))
    }

    private func apply(_ options: NodeIndex, to definition: inout SequenceDefinition) throws(SQLError) {
        var minimum: Int64?
        var maximum: Int64?
        var start: Int64?
        for (index, option) in tree.list(options) {
            func number() throws(SQLError) -> Int64 {
                guard option.b != 0, let value = Int64(tree.string(option.b)) else {
                    throw fail(.syntaxError, "invalid sequence option", at: index)
                }
                return tree[option.b].flags.contains(.negated) ? -value : value
            }
            switch nameParts(option.a).last ?? "" {
            case "as":
                let type = try type(option.b)
                guard [.int2, .int4, .int8].contains(type.oid) else {
                    throw SQLError(.invalidParameterValue, "sequence type must be smallint, integer, or bigint")
                }
                definition.type = type.oid
            case "increment":
                definition.increment = try number()
                if definition.increment == 0 {
                    throw SQLError(.invalidParameterValue, "INCREMENT must not be zero")
                }
            case "minvalue": minimum = try number()
            case "maxvalue": maximum = try number()
            case "start": start = try number()
            case "cycle": definition.cycles = true
            case "nocycle", "default", "cache": break
            case "owned" where option.b == 0: break
            default: throw fail(.featureNotSupported, "this sequence option is not supported", at: index)
            }
        }
        let top: Int64 = definition.type == .int2 ? 32767 : definition.type == .int4 ? 2_147_483_647 : .max
        let bottom: Int64 = definition.type == .int8 ? .min : -top - 1
        let ascends = definition.increment > 0
        definition.minimum = minimum ?? (ascends ? 1 : bottom)
        definition.maximum = maximum ?? (ascends ? top : -1)
        if definition.minimum >= definition.maximum {
            throw SQLError(
                .invalidParameterValue,
                "MINVALUE (\(definition.minimum)) must be less than MAXVALUE (\(definition.maximum))"
            )
        }
        definition.start = start ?? (ascends ? definition.minimum : definition.maximum)
        if definition.start < definition.minimum {
            throw SQLError(
                .invalidParameterValue,
                "START value (\(definition.start)) cannot be less than MINVALUE (\(definition.minimum))"
            )
        }
        if definition.start > definition.maximum {
            throw SQLError(
                .invalidParameterValue,
                "START value (\(definition.start)) cannot be greater than MAXVALUE (\(definition.maximum))"
            )
        }
    }

    func bindCreateRole(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        var role = RoleDefinition(
            name: tree.string(node.a),
            isSuperuser: false,
            canLogin: node.flags.contains(.special),
            canCreateDatabase: false,
            canCreateRole: false,
            inherits: true,
            password: nil
        )
        for (index, option) in tree.list(node.b) {
            switch nameParts(option.a).last ?? "" {
            case "superuser": role.isSuperuser = true
            case "nosuperuser": role.isSuperuser = false
            case "login": role.canLogin = true
            case "nologin": role.canLogin = false
            case "createdb": role.canCreateDatabase = true
            case "nocreatedb": role.canCreateDatabase = false
            case "createrole": role.canCreateRole = true
            case "nocreaterole": role.canCreateRole = false
            case "inherit": role.inherits = true
            case "noinherit": role.inherits = false
            case "password": role.password = option.b == 0 ? nil : tree.string(option.b)
            case "replication", "noreplication", "bypassrls", "nobypassrls", "connection", "valid", "in", "role",
                "admin", "user", "sysid":
                break
            case let other: throw fail(.syntaxError, "unrecognized role option \"\(other)\"", at: index)
            }
        }
        return .createRole(role)
    }

    func bindComment(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        let text = node.c == 0 ? nil : tree.string(node.c)
        let parts = nameParts(node.b)
        switch Keyword(rawValue: UInt16(truncatingIfNeeded: node.a)) {
        case .table, .index, .sequence:
            guard case .user(let relation)? = try findRelation(node.b) else {
                throw SQLError(.undefinedTable, "relation \"\(parts.joined(separator: "."))\" does not exist")
            }
            return .comment(
                CommentDefinition(catalog: .pgClass, object: relation.oid, subobject: 0, text: text)
            )
        case .column:
            guard parts.count >= 2, let columnName = parts.last else {
                throw fail(.syntaxError, "column name must be qualified", at: node.b)
            }
            let schema = parts.count > 2 ? parts[parts.count - 3] : nil
            guard case .user(.table(let table))? = try findRelation(schema: schema, name: parts[parts.count - 2]) else {
                throw SQLError(.undefinedTable, "relation \"\(parts[parts.count - 2])\" does not exist")
            }
            guard let column = table.column(named: columnName) else {
                throw SQLError(
                    .undefinedColumn,
                    "column \"\(columnName)\" of relation \"\(table.name)\" does not exist"
                )
            }
            return .comment(
                CommentDefinition(
                    catalog: .pgClass,
                    object: table.oid,
                    subobject: Int32(truncatingIfNeeded: column + 1),
                    text: text
                )
            )
        case .schema:
            guard let schema = catalog.schema(named: parts[0], in: database) else {
                throw SQLError(.invalidSchemaName, "schema \"\(parts[0])\" does not exist")
            }
            return .comment(
                CommentDefinition(catalog: .pgNamespace, object: schema.oid, subobject: 0, text: text)
            )
        case .database:
            guard let found = catalog.database(named: parts[0]) else {
                throw SQLError(.invalidCatalogName, "database \"\(parts[0])\" does not exist")
            }
            return .comment(
                CommentDefinition(catalog: .pgDatabase, object: found.oid, subobject: 0, text: text)
            )
        default: throw unsupported("COMMENT ON this object", at: root)
        }
    }
}
