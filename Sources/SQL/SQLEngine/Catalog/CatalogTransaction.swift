import SQLTypes

/// The committed catalog of the server and the source of OIDs.
public final class CatalogStore {
    public private(set) var committed: CatalogState
    private var nextOID: OID = 16_384

    /// A fresh cluster: databases postgres, template0, template1, each with its public schema, and the superuser.
    public init(superuser: String) {
        var state = CatalogState()
        state.put(
            Role(
                oid: .bootstrapSuperuser,
                name: superuser,
                isSuperuser: true,
                canLogin: true,
                canCreateDatabase: true,
                canCreateRole: true,
                isReplication: true,
                bypassesRowSecurity: true
            )
        )
        for (oid, name) in [
            (OID.pgCatalogSchema, "pg_catalog"), (.pgToastSchema, "pg_toast"),
            (.informationSchema, "information_schema"),
        ] {
            state.put(Schema(oid: oid, name: name, owner: superuser, database: 0))
        }
        committed = state
        for (oid, name, isTemplate) in [
            (OID.postgresDatabase, "postgres", false), (.template1Database, "template1", true),
            (.template0Database, "template0", true),
        ] {
            committed.put(
                Database(
                    oid: oid,
                    name: name,
                    owner: superuser,
                    isTemplate: isTemplate,
                    allowsConnections: name != "template0"
                )
            )
            committed.put(
                Schema(
                    oid: oid == .postgresDatabase ? .publicSchema : allocateOID(),
                    name: "public",
                    owner: "pg_database_owner",
                    database: oid
                )
            )
        }
    }

    private var privateVersions: UInt64 = 0
    /// A version no other state of this server has: for the catalog of a transaction that has changed it.
    func nextPrivateVersion() -> UInt64 {
        privateVersions &+= 1
        return 1 << 63 | privateVersions
    }

    func allocateOID() -> OID {
        defer { nextOID = nextOID == .max ? 16_384 : nextOID + 1 }
        return nextOID
    }

    /// Applies a transaction's changes. 23505 when another transaction has meanwhile taken a name.
    public func commit(_ transaction: CatalogTransaction) throws(SQLError) {
        guard transaction.hasChanges else { return }
        committed = try transaction.replay(over: committed)
        transaction.forget()
    }
}

/// The catalog as one transaction sees and changes it.
///
/// `state` is the committed catalog plus this transaction's own changes. Roll back: drop the object, or `rollBack(to:)` a
/// savepoint's mark. The changes are replayed over whatever has been committed meanwhile.
public final class CatalogTransaction {
    private enum Change {
        case relation(CatalogState.Relation, isNew: Bool)
        case removeRelation(OID)
        case schema(Schema, isNew: Bool)
        case removeSchema(OID)
        case database(Database, isNew: Bool)
        case removeDatabase(OID)
        case role(Role, isNew: Bool)
        case removeRole(OID)
        case comment(CatalogState.CommentKey, String?)
    }

    private let store: CatalogStore
    private var changes: [Change] = []
    private var merged: CatalogState?
    private var mergedFrom: UInt64 = 0
    public let database: OID
    public let user: String

    public init(_ store: CatalogStore, database: OID, user: String) {
        self.store = store
        self.database = database
        self.user = user
    }

    public var hasChanges: Bool { !changes.isEmpty }

    /// What statements of this transaction look names up in.
    public var state: CatalogState {
        if changes.isEmpty { return store.committed }
        if let merged, mergedFrom == store.committed.version { return merged }
        // Others have committed: put our changes over their state. A conflict shows at commit.
        var state = store.committed
        for change in changes { Self.apply(change, to: &state) }
        state.version = store.nextPrivateVersion()
        merged = state
        mergedFrom = store.committed.version
        return state
    }

    /// A mark for savepoints.
    public var mark: Int { changes.count }

    /// Undoes every change since the mark.
    public func rollBack(to mark: Int) {
        guard mark < changes.count else { return }
        changes.removeLast(changes.count - max(mark, 0))
        merged = nil
    }

    /// Undoes everything.
    public func forget() {
        changes.removeAll()
        merged = nil
    }

    fileprivate func replay(over base: CatalogState) throws(SQLError) -> CatalogState {
        var state = base
        for change in changes {
            switch change {
            case .relation(let relation, isNew: true):
                if state.relation(named: relation.name, in: relation.schema) != nil {
                    throw SQLError(
                        .uniqueViolation,
                        "duplicate key value violates unique constraint \"pg_class_relname_nsp_index\"",
                        detail: "Key (relname, relnamespace)=(\(relation.name), \(relation.schema)) already exists."
                    )
                }
            case .relation(let relation, isNew: false):
                if state.relations[relation.oid] == nil {
                    throw SQLError(.internalError, "tuple concurrently deleted")
                }
            case .schema(let schema, isNew: true):
                if state.schemaNames[.init(scope: schema.database, name: schema.name)] != nil {
                    throw SQLError(
                        .uniqueViolation,
                        "duplicate key value violates unique constraint \"pg_namespace_nspname_index\"",
                        detail: "Key (nspname)=(\(schema.name)) already exists."
                    )
                }
            case .database(let database, isNew: true):
                if state.database(named: database.name) != nil {
                    throw SQLError(.duplicateDatabase, "database \"\(database.name)\" already exists")
                }
            case .role(let role, isNew: true):
                if state.role(named: role.name) != nil {
                    throw SQLError(.duplicateObject, "role \"\(role.name)\" already exists")
                }
            default: break
            }
            Self.apply(change, to: &state)
        }
        return state
    }

    private static func apply(_ change: Change, to state: inout CatalogState) {
        switch change {
        case .relation(let relation, _): state.put(relation)
        case .removeRelation(let oid): state.removeRelation(oid)
        case .schema(let schema, _): state.put(schema)
        case .removeSchema(let oid): state.removeSchema(oid)
        case .database(let database, _): state.put(database)
        case .removeDatabase(let oid): state.removeDatabase(oid)
        case .role(let role, _): state.put(role)
        case .removeRole(let oid): state.removeRole(oid)
        case .comment(let key, let text): state.setComment(key, text)
        }
    }

    private func record(_ change: Change) {
        var state = self.state
        merged = nil
        Self.apply(change, to: &state)
        changes.append(change)
        state.version = store.nextPrivateVersion()
        merged = state
        mergedFrom = store.committed.version
    }

    // MARK: tables

    /// Makes the table, its sequences and the indexes of its constraints (see `state.indexes(of:)`).
    public func createTable(_ definition: TableDefinition) throws(SQLError) -> Table {
        try requireFree(definition.name, in: definition.schema)
        let oid = store.allocateOID()
        var columns: [Column] = []
        for (number, item) in definition.columns.enumerated() {
            columns.append(
                try makeColumn(item, number: number, table: definition.name, oid: oid, schema: definition.schema)
            )
        }
        var table = Table(
            oid: oid,
            name: definition.name,
            schema: definition.schema,
            owner: user,
            columns: columns,
            constraints: [],
            isTemporary: definition.isTemporary,
            isUnlogged: definition.isUnlogged,
            options: definition.options,
            onCommit: definition.onCommit
        )
        record(.relation(.table(table), isNew: true))
        for constraint in definition.constraints { (table, _) = try addConstraint(constraint, to: table) }
        return table
    }

    private func makeColumn(
        _ definition: ColumnDefinition,
        number: Int,
        table: String,
        oid: OID,
        schema: OID
    ) throws(SQLError) -> Column {
        var column = definition.column
        guard var sequence = definition.sequence else { return column }
        sequence.name = freeName(table, column.name, "seq", in: schema)
        let made = SequenceRelation(
            sequence,
            oid: store.allocateOID(),
            schema: schema,
            owner: user,
            ownerTable: oid,
            ownerColumn: number
        )
        record(.relation(.sequence(made), isNew: true))
        let call = BoundExpression(
            .call(FunctionCatalog.shared.nextval, [BoundExpression(.literal(.oid(made.oid), token: -1), .regclass)]),
            .int8
        )
        column.defaultExpression = try Coercion.assignment(call, to: column.type)
        if !sequence.isIdentity {
            column.defaultText = "nextval('\(Quoting.identifier(sequence.name))'::regclass)"
        }
        return column
    }

    public func addColumn(_ definition: ColumnDefinition, to table: Table) throws(SQLError) -> Table {
        let column = try makeColumn(
            definition,
            number: table.columns.count,
            table: table.name,
            oid: table.oid,
            schema: table.schema
        )
        return replace(table.with(columns: table.columns + [column]))
    }

    /// Records an altered table.
    @discardableResult
    public func replace(_ table: Table) -> Table {
        record(.relation(.table(table), isNew: false))
        return table
    }

    /// Adds a constraint. For a primary key or unique constraint the index is new and empty: fill it before anyone looks.
    public func addConstraint(_ definition: ConstraintDefinition, to table: Table) throws(SQLError) -> (Table, Index?) {
        var table = table
        let names = definition.columns.compactMap { $0 < table.columns.count ? table.columns[$0].name : nil }
        let oid = store.allocateOID()
        var index: Index?
        let name: String
        switch definition.kind {
        case .primaryKey, .unique:
            let isPrimary = definition.kind == .primaryKey
            if isPrimary, table.primaryKey != nil {
                throw SQLError(
                    .invalidTableDefinition,
                    "multiple primary keys for table \"\(table.name)\" are not allowed"
                )
            }
            if let given = definition.name {
                try requireFree(given, in: table.schema)
                name = given
            } else {
                name = freeName(
                    table.name,
                    isPrimary ? nil : names.joined(separator: "_"),
                    isPrimary ? "pkey" : "key",
                    in: table.schema
                )
            }
            let made = Index(
                oid: store.allocateOID(),
                name: name,
                schema: table.schema,
                owner: user,
                table: table.oid,
                keys: definition.columns.map {
                    IndexKey(
                        column: $0,
                        expression: nil,
                        expressionText: nil,
                        type: table.columns[$0].type,
                        isDescending: false,
                        nullsFirst: false,
                        operatorClass: nil
                    )
                },
                isUnique: true,
                isPrimary: isPrimary,
                constraint: oid
            )
            index = made
            if isPrimary {
                var columns = table.columns
                for column in definition.columns { columns[column].isNotNull = true }
                table = table.with(columns: columns)
            }
            record(.relation(.index(made), isNew: true))
        case .check:
            name =
                definition.name
                ?? freeConstraintName(table, names.count == 1 ? names.first : nil, "check")
        case .foreignKey:
            name = definition.name ?? freeConstraintName(table, names.joined(separator: "_"), "fkey")
        }
        if table.constraints.contains(where: { $0.name == name }) {
            throw SQLError(
                .duplicateObject,
                "constraint \"\(name)\" for relation \"\(table.name)\" already exists"
            )
        }
        let constraint = Constraint(
            oid: oid,
            name: name,
            kind: definition.kind,
            columns: definition.columns,
            index: index?.oid ?? 0,
            expression: definition.expression,
            expressionText: definition.expressionText,
            foreignTable: definition.isSelfReference ? table.oid : definition.foreignTable,
            foreignColumns: definition.foreignColumns,
            onUpdate: definition.onUpdate,
            onDelete: definition.onDelete,
            isDeferrable: definition.isDeferrable,
            isInitiallyDeferred: definition.isInitiallyDeferred,
            isValidated: definition.isValidated
        )
        table = table.with(constraints: table.constraints + [constraint])
        replace(table)
        return (table, index)
    }

    /// Drops a constraint and the index behind it.
    public func dropConstraint(_ name: String, of table: Table) throws(SQLError) -> Table {
        guard let constraint = table.constraints.first(where: { $0.name == name }) else {
            throw SQLError(
                .undefinedObject,
                "constraint \"\(name)\" of relation \"\(table.name)\" does not exist"
            )
        }
        if constraint.index != 0 { record(.removeRelation(constraint.index)) }
        return replace(table.with(constraints: table.constraints.filter { $0.name != name }))
    }

    /// Marks a column dropped and drops the indexes, constraints and sequences that need it.
    public func dropColumn(_ column: Int, of table: Table) -> Table {
        var columns = table.columns
        columns[column].isDropped = true
        columns[column].isNotNull = false
        columns[column].defaultExpression = nil
        columns[column].defaultText = nil
        columns[column].name = "........pg.dropped.\(column + 1)........"
        for index in state.indexes(of: table.oid)
        where index.keys.contains(where: { $0.column == column }) || index.includedColumns.contains(column) {
            record(.removeRelation(index.oid))
        }
        for sequence in state.sequences(of: table.oid) where sequence.ownerColumn == column {
            record(.removeRelation(sequence.oid))
        }
        return replace(
            table.with(columns: columns, constraints: table.constraints.filter { !$0.columns.contains(column) })
        )
    }

    /// Drops the table with its indexes and sequences.
    public func dropTable(_ table: Table) {
        for index in state.indexes(of: table.oid) { record(.removeRelation(index.oid)) }
        for sequence in state.sequences(of: table.oid) { record(.removeRelation(sequence.oid)) }
        // Foreign keys of other tables that point here go with it (CASCADE was checked by the binder).
        for case .table(let other) in state.relations.values
        where other.oid != table.oid && other.constraints.contains(where: { $0.foreignTable == table.oid }) {
            replace(other.with(constraints: other.constraints.filter { $0.foreignTable != table.oid }))
        }
        record(.removeRelation(table.oid))
    }

    public func renameTable(_ table: Table, to name: String) throws(SQLError) -> Table {
        try requireFree(name, in: table.schema)
        return replace(table.with(name: name))
    }

    public func renameColumn(_ column: Int, of table: Table, to name: String) throws(SQLError) -> Table {
        if table.column(named: name) != nil {
            throw SQLError(.duplicateColumn, "column \"\(name)\" of relation \"\(table.name)\" already exists")
        }
        var columns = table.columns
        columns[column].name = name
        return replace(table.with(columns: columns))
    }

    public func renameConstraint(_ old: String, of table: Table, to name: String) throws(SQLError) -> Table {
        var constraints = table.constraints
        guard let position = constraints.firstIndex(where: { $0.name == old }) else {
            throw SQLError(.undefinedObject, "constraint \"\(old)\" for table \"\(table.name)\" does not exist")
        }
        constraints[position].name = name
        if let index = state.index(constraints[position].index) {
            try requireFree(name, in: index.schema)
            record(.relation(.index(index.with(name: name)), isNew: false))
        }
        return replace(table.with(constraints: constraints))
    }

    // MARK: indexes, sequences

    public func createIndex(_ definition: IndexDefinition) throws(SQLError) -> Index {
        let table = definition.table
        let name: String
        if let given = definition.name {
            try requireFree(given, in: table.schema)
            name = given
        } else {
            let parts = definition.keys.map { key in key.column.map { table.columns[$0].name } ?? "expr" }
            name = freeName(table.name, parts.joined(separator: "_"), "idx", in: table.schema)
        }
        let index = Index(
            oid: store.allocateOID(),
            name: name,
            schema: table.schema,
            owner: user,
            table: table.oid,
            keys: definition.keys,
            includedColumns: definition.includedColumns,
            isUnique: definition.isUnique,
            method: definition.method,
            predicate: definition.predicate,
            predicateText: definition.predicateText
        )
        record(.relation(.index(index), isNew: true))
        return index
    }

    public func dropIndex(_ index: Index) { record(.removeRelation(index.oid)) }

    public func createSequence(_ definition: SequenceDefinition) throws(SQLError) -> SequenceRelation {
        try requireFree(definition.name, in: definition.schema)
        let sequence = SequenceRelation(definition, oid: store.allocateOID(), schema: definition.schema, owner: user)
        record(.relation(.sequence(sequence), isNew: true))
        return sequence
    }

    public func dropSequence(_ sequence: SequenceRelation) { record(.removeRelation(sequence.oid)) }

    public func renameRelation(_ relation: CatalogState.Relation, to name: String) throws(SQLError) {
        try requireFree(name, in: relation.schema)
        switch relation {
        case .table(let table): replace(table.with(name: name))
        case .index(let index): record(.relation(.index(index.with(name: name)), isNew: false))
        case .sequence(let sequence):
            record(.relation(.sequence(SequenceRelation(sequence, name: name)), isNew: false))
        }
    }

    // MARK: schemas, databases, roles, comments

    @discardableResult
    public func createSchema(_ name: String, owner: String? = nil) throws(SQLError) -> Schema {
        if state.schema(named: name, in: database) != nil {
            throw SQLError(.duplicateSchema, "schema \"\(name)\" already exists")
        }
        if name.hasPrefix("pg_"), !name.hasPrefix("pg_temp_") {
            throw SQLError(
                "42939",
                "unacceptable schema name \"\(name)\"",
                detail: "The prefix \"pg_\" is reserved for system schemas."
            )
        }
        let schema = Schema(oid: store.allocateOID(), name: name, owner: owner ?? user, database: database)
        record(.schema(schema, isNew: true))
        return schema
    }

    public func dropSchema(_ schema: Schema) {
        for relation in state.relations.values where relation.schema == schema.oid {
            record(.removeRelation(relation.oid))
        }
        record(.removeSchema(schema.oid))
    }

    @discardableResult
    public func createDatabase(_ name: String, owner: String? = nil) throws(SQLError) -> Database {
        if state.database(named: name) != nil {
            throw SQLError(.duplicateDatabase, "database \"\(name)\" already exists")
        }
        let made = Database(oid: store.allocateOID(), name: name, owner: owner ?? user)
        record(.database(made, isNew: true))
        record(
            .schema(
                Schema(oid: store.allocateOID(), name: "public", owner: "pg_database_owner", database: made.oid),
                isNew: true
            )
        )
        return made
    }

    public func dropDatabase(_ database: Database) { record(.removeDatabase(database.oid)) }

    @discardableResult
    public func createRole(_ definition: RoleDefinition) throws(SQLError) -> Role {
        if state.role(named: definition.name) != nil {
            throw SQLError(.duplicateObject, "role \"\(definition.name)\" already exists")
        }
        let role = Role(
            oid: store.allocateOID(),
            name: definition.name,
            isSuperuser: definition.isSuperuser,
            canLogin: definition.canLogin,
            canCreateDatabase: definition.canCreateDatabase,
            canCreateRole: definition.canCreateRole,
            inherits: definition.inherits,
            password: definition.password
        )
        record(.role(role, isNew: true))
        return role
    }

    public func dropRole(_ name: String) throws(SQLError) {
        guard let role = state.role(named: name) else {
            throw SQLError(.undefinedObject, "role \"\(name)\" does not exist")
        }
        record(.removeRole(role.oid))
    }

    public func comment(_ definition: CommentDefinition) {
        record(
            .comment(
                CatalogState.CommentKey(
                    catalog: definition.catalog,
                    object: definition.object,
                    subobject: definition.subobject
                ),
                definition.text?.isEmpty == true ? nil : definition.text
            )
        )
    }

    // MARK: names

    private func requireFree(_ name: String, in schema: OID) throws(SQLError) {
        if state.relation(named: name, in: schema) != nil {
            throw SQLError(.duplicateTable, "relation \"\(name)\" already exists")
        }
    }

    /// table_column_label, numbered until nothing in the schema has it.
    private func freeName(_ table: String, _ column: String?, _ label: String, in schema: OID) -> String {
        var number = 0
        while true {
            let name = Self.objectName(table, column, label + (number == 0 ? "" : String(number)))
            let isTakenByConstraint = state.tables(in: schema).contains { table in
                table.constraints.contains { $0.name == name }
            }
            if state.relation(named: name, in: schema) == nil, !isTakenByConstraint { return name }
            number += 1
        }
    }

    private func freeConstraintName(_ table: Table, _ column: String?, _ label: String) -> String {
        var number = 0
        while true {
            let name = Self.objectName(table.name, column, label + (number == 0 ? "" : String(number)))
            if !table.constraints.contains(where: { $0.name == name }) { return name }
            number += 1
        }
    }

    /// PostgreSQL's rule: 63 bytes in all, the longer of the two names is cut first.
    static func objectName(_ first: String, _ second: String?, _ label: String) -> String {
        let overhead = label.utf8.count + 1 + (second == nil ? 0 : 1)
        let available = 63 - overhead
        var firstLength = first.utf8.count
        var secondLength = second?.utf8.count ?? 0
        while firstLength + secondLength > available {
            if firstLength > secondLength { firstLength -= 1 } else { secondLength -= 1 }
        }
        func cut(_ text: String, _ length: Int) -> String {
            var text = text
            while text.utf8.count > length { text.removeLast() }
            return text
        }
        let head = cut(first, firstLength)
        guard let second else { return "\(head)_\(label)" }
        return "\(head)_\(cut(second, secondLength))_\(label)"
    }
}
