// CREATE, ALTER, DROP, TRUNCATE: changes to the catalog together with the storage behind it.
//
// A new table gets its store when the statement runs; a dropped one keeps it until the commit, so that a rollback finds
// everything as it was. Rewrites fill a new store and swap it in.

import SQLStorage
import SQLTypes

extension Session {
    /// Runs a definition; nil: the statement is none.
    func define(
        _ statement: BoundStatement,
        _ context: ExecutionContext,
        _ sink: any ResultSink,
        isInList: Bool
    ) throws(SQLError) -> CommandTag? {
        let changes = ensureCatalogTransaction()
        switch statement {
        case .createTable(let definition, let ifNotExists):
            if ifNotExists, changes.state.relation(named: definition.name, in: definition.schema) != nil {
                sink.notice(.notice("relation \"\(definition.name)\" already exists, skipping", state: .duplicateTable))
                return CommandTag("CREATE TABLE")
            }
            _ = try createTable(definition, changes, context)
            return CommandTag("CREATE TABLE")
        case .createTableAs(let definition, let query, let ifNotExists, let withData):
            if ifNotExists, changes.state.relation(named: definition.name, in: definition.schema) != nil {
                sink.notice(.notice("relation \"\(definition.name)\" already exists, skipping", state: .duplicateTable))
                return CommandTag("CREATE TABLE AS")
            }
            let planner = Planner(context)
            let rows = withData ? try planner.plan(query, parent: nil).run(parent: nil) : []
            let table = try createTable(definition, changes, context)
            let writer = try RowWriter(table, planner)
            for row in rows {
                try context.tick()
                _ = try writer.insert(row)
            }
            return withData ? CommandTag("SELECT", count: rows.count) : CommandTag("CREATE TABLE AS")
        case .createIndex(let definition, let ifNotExists):
            if ifNotExists, let name = definition.name,
                changes.state.relation(named: name, in: definition.table.schema) != nil
            {
                sink.notice(.notice("relation \"\(name)\" already exists, skipping", state: .duplicateTable))
                return CommandTag("CREATE INDEX")
            }
            try context.lock(definition.table.storage as? TableStore, .exclusive)
            let index = try changes.createIndex(definition)
            try build(index, definition.table, context)
            return CommandTag("CREATE INDEX")
        case .alterTable(let table, let actions):
            try context.lock(table.storage as? TableStore, .exclusive)
            for action in actions {
                guard let current = changes.state.table(table.oid) else { break }
                try alter(current, action, changes, context, sink)
            }
            return CommandTag("ALTER TABLE")
        case .drop(let objects, _, let notices):
            for notice in notices { sink.notice(notice) }
            var words: StaticString = "DROP TABLE"
            for object in objects {
                switch object {
                case .table(let table):
                    try context.lock(table.storage as? TableStore, .exclusive)
                    changes.dropTable(table)
                case .index(let index):
                    words = "DROP INDEX"
                    let table = changes.state.table(index.table)
                    try context.lock(table?.storage as? TableStore, .exclusive)
                    changes.dropIndex(index)
                    if let store = table?.storage as? TableStore, let storage = index.storage as? TableIndex {
                        context.transaction.onCommit { store.removeIndex(storage) }
                    }
                case .sequence(let sequence):
                    words = "DROP SEQUENCE"
                    changes.dropSequence(sequence)
                case .schema(let schema):
                    words = "DROP SCHEMA"
                    changes.dropSchema(schema)
                case .role(let name):
                    words = "DROP ROLE"
                    try changes.dropRole(name)
                }
            }
            return CommandTag(words)
        case .truncate(let tables, let restartIdentity, _):
            for table in tables { try context.lock(table.storage as? TableStore, .exclusive) }
            for table in tables {
                let fresh = changes.replace(table.with())
                try replaceStorage(of: fresh, with: makeStore(fresh.columns), context, changes)
                if restartIdentity {
                    for sequence in changes.state.sequences(of: table.oid) {
                        let old = (sequence.counter.lastValue, sequence.counter.isCalled)
                        sequence.counter.lastValue = sequence.start
                        sequence.counter.isCalled = false
                        context.transaction.onRollback {
                            (sequence.counter.lastValue, sequence.counter.isCalled) = old
                        }
                    }
                }
            }
            return CommandTag("TRUNCATE TABLE")
        case .createDatabase(let name, _, let owner):
            if block != .none || (isInList && simple != nil) {
                throw SQLError(.activeSQLTransaction, "CREATE DATABASE cannot run inside a transaction block")
            }
            try changes.createDatabase(name, owner: owner)
            return CommandTag("CREATE DATABASE")
        case .dropDatabase(let name, let ifExists):
            if block != .none || (isInList && simple != nil) {
                throw SQLError(.activeSQLTransaction, "DROP DATABASE cannot run inside a transaction block")
            }
            guard let found = changes.state.database(named: name) else {
                if ifExists {
                    sink.notice(.notice("database \"\(name)\" does not exist, skipping"))
                    return CommandTag("DROP DATABASE")
                }
                throw SQLError(.invalidCatalogName, "database \"\(name)\" does not exist")
            }
            if found.oid == database { throw SQLError("55006", "cannot drop the currently open database") }
            let users = engine.liveSessions.filter { $0.database == found.oid }.count
            if users > 0 {
                throw SQLError(
                    "55006",
                    "database \"\(name)\" is being accessed by other users",
                    detail: users == 1
                        ? "There is 1 other session using the database."
                        : "There are \(users) other sessions using the database."
                )
            }
            changes.dropDatabase(found)
            return CommandTag("DROP DATABASE")
        case .createSchema(let name, let ifNotExists):
            if ifNotExists, changes.state.schema(named: name, in: database) != nil {
                sink.notice(.notice("schema \"\(name)\" already exists, skipping", state: .duplicateSchema))
                return CommandTag("CREATE SCHEMA")
            }
            try changes.createSchema(name)
            return CommandTag("CREATE SCHEMA")
        case .createSequence(let definition, let ifNotExists):
            if ifNotExists, changes.state.relation(named: definition.name, in: definition.schema) != nil {
                sink.notice(.notice("relation \"\(definition.name)\" already exists, skipping", state: .duplicateTable))
                return CommandTag("CREATE SEQUENCE")
            }
            _ = try changes.createSequence(definition)
            return CommandTag("CREATE SEQUENCE")
        case .createRole(let definition):
            try changes.createRole(definition)
            return CommandTag("CREATE ROLE")
        case .comment(let definition):
            changes.comment(definition)
            return CommandTag("COMMENT")
        default: return nil
        }
    }

    // MARK: storage

    func makeStore(_ columns: [Column]) -> TableStore {
        TableStore(TupleLayout(columns.map { ColumnCodec($0.type).kind }))
    }

    private func createTable(
        _ definition: TableDefinition,
        _ changes: CatalogTransaction,
        _ context: ExecutionContext
    ) throws(SQLError) -> Table {
        if definition.constraints.contains(where: { $0.kind == .foreignKey }) { throw Session.noForeignKeys }
        let table = try changes.createTable(definition)
        let store = makeStore(table.columns)
        table.storage = store
        try context.lock(store, .exclusive)
        for index in changes.state.indexes(of: table.oid) { try attach(index, store, table) }
        return table
    }

    private static var noForeignKeys: SQLError {
        SQLError(.featureNotSupported, "foreign key constraints are not supported yet")
    }

    /// Makes the index's storage from the table's rows.
    private func attach(_ index: Index, _ store: TableStore, _ table: Table) throws(SQLError) {
        if index.predicate != nil { throw SQLError(.featureNotSupported, "partial indexes are not supported yet") }
        var keys: [KeyColumn] = []
        for key in index.keys {
            guard let column = key.column else {
                throw SQLError(.featureNotSupported, "indexes on expressions are not supported yet")
            }
            keys.append(
                KeyColumn(
                    column: column,
                    order: ColumnCodec(table.columns[column].type).keyOrder,
                    isDescending: key.isDescending,
                    nullsFirst: key.nullsFirst
                )
            )
        }
        index.storage = store.addIndex(
            name: index.name,
            identifier: index.oid,
            columns: keys,
            isUnique: index.isUnique,
            seed: engine.hashSeed
        )
    }

    /// Adds a new index to a table that may have rows.
    private func build(_ index: Index, _ table: Table, _ context: ExecutionContext) throws(SQLError) {
        guard let store = table.storage as? TableStore else { throw SQLError(.internalError, "no storage") }
        try attach(index, store, table)
        guard let storage = index.storage as? TableIndex else { return }
        context.transaction.onRollback { store.removeIndex(storage) }
        guard index.isUnique, let slot = store.firstDuplicate(storage, context.snapshot),
            let tuple = store.visible(slot, context.snapshot)
        else { return }
        let reader = TableReader(table, store)
        let names = storage.columns.map { table.columns[$0.column].name }
        let values = storage.columns.map {
            table.columns[$0.column].type.text(reader.value(tuple, $0.column)) ?? "null"
        }
        throw SQLError(
            .uniqueViolation,
            "could not create unique index \"\(index.name)\"",
            detail: "Key (\(names.joined(separator: ", ")))=(\(values.joined(separator: ", "))) is duplicated."
        ).naming(schema: catalog.schemas[table.schema]?.name, table: table.name, constraint: index.name)
    }

    /// Puts another store under the table and its indexes.
    private func replaceStorage(
        of table: Table,
        with store: TableStore,
        _ context: ExecutionContext,
        _ changes: CatalogTransaction
    ) throws(SQLError) {
        table.storage = store
        try context.lock(store, .exclusive)
        for index in changes.state.indexes(of: table.oid) {
            let old = index.storage
            context.transaction.onRollback { index.storage = old }
            try attach(index, store, table)
        }
    }

    /// Copies the visible rows into a store of the table's new shape.
    private func rewrite(
        _ old: Table,
        _ new: Table,
        _ changes: CatalogTransaction,
        _ context: ExecutionContext,
        _ transform: (inout [Value]) throws(SQLError) -> Void
    ) throws(SQLError) {
        guard let source = old.storage as? TableStore else { throw SQLError(.internalError, "no storage") }
        let reader = TableReader(old, source)
        let codecs = new.columns.map { ColumnCodec($0.type) }
        let store = makeStore(new.columns)
        let arena = DatumArena()
        var datums = [Datum](repeating: .null, count: max(codecs.count, 1))
        let snapshot = context.ownSnapshot
        defer { engine.manager.release(snapshot) }
        for slot in 0..<source.slotCount {
            guard let tuple = source.visible(slot, snapshot) else { continue }
            try context.tick()
            var row = reader.values(tuple)
            while row.count < codecs.count { row.append(.null) }
            try transform(&row)
            for (position, column) in new.columns.enumerated() where column.isNotNull && row[position].isNull {
                throw SQLError(
                    .notNullViolation,
                    "column \"\(column.name)\" of relation \"\(new.name)\" contains null values"
                ).naming(schema: catalog.schemas[new.schema]?.name, table: new.name, column: column.name)
            }
            arena.reset()
            for position in codecs.indices { datums[position] = codecs[position].datum(row[position], arena) }
            guard store.insert(datums, context.transaction) != nil else { throw RowWriter.full(new) }
        }
        try replaceStorage(of: new, with: store, context, changes)
        for index in changes.state.indexes(of: new.oid) where index.isUnique {
            if let storage = index.storage as? TableIndex {
                let check = context.ownSnapshot
                defer { engine.manager.release(check) }
                if store.firstDuplicate(storage, check) != nil {
                    throw SQLError(.uniqueViolation, "could not create unique index \"\(index.name)\"")
                }
            }
        }
    }

    /// Every visible row must pass.
    private func verify(
        _ table: Table,
        _ context: ExecutionContext,
        _ test: ([Value]) throws(SQLError) -> Void
    ) throws(SQLError) {
        guard let store = table.storage as? TableStore else { return }
        let reader = TableReader(table, store)
        let snapshot = context.ownSnapshot
        defer { engine.manager.release(snapshot) }
        for slot in 0..<store.slotCount {
            guard let tuple = store.visible(slot, snapshot) else { continue }
            try context.tick()
            try test(reader.values(tuple))
        }
    }

    private func alter(
        _ table: Table,
        _ action: AlterTableAction,
        _ changes: CatalogTransaction,
        _ context: ExecutionContext,
        _ sink: any ResultSink
    ) throws(SQLError) {
        switch action {
        case .addColumn(let definition, let ifNotExists):
            if table.column(named: definition.column.name) != nil {
                if ifNotExists {
                    sink.notice(
                        .notice(
                            "column \"\(definition.column.name)\" of relation \"\(table.name)\" already exists, skipping",
                            state: .duplicateColumn
                        )
                    )
                    return
                }
                throw SQLError(
                    .duplicateColumn,
                    "column \"\(definition.column.name)\" of relation \"\(table.name)\" already exists"
                )
            }
            let new = try changes.addColumn(definition, to: table)
            let position = new.columns.count - 1
            let frame = Frame(readers: [], parent: nil, context: context)
            var value: Expression?
            if let bound = new.columns[position].defaultExpression {
                value = try Planner(context).compile(bound, PlanScope(parent: nil, query: nil))
            }
            try rewrite(table, new, changes, context) { (row) throws(SQLError) in
                if let value { row[position] = try value.evaluate(frame) }
            }
        case .dropColumn(let column, _):
            for index in changes.state.indexes(of: table.oid) where index.keys.contains(where: { $0.column == column })
            {
                if let store = table.storage as? TableStore, let storage = index.storage as? TableIndex {
                    context.transaction.onCommit { store.removeIndex(storage) }
                }
            }
            _ = changes.dropColumn(column, of: table)
        case .addConstraint(let definition):
            if definition.kind == .foreignKey { throw Session.noForeignKeys }
            let (new, index) = try changes.addConstraint(definition, to: table)
            if let index {
                if definition.kind == .primaryKey { try requireNotNull(new, definition.columns, context) }
                try build(index, new, context)
            }
            if definition.kind == .check, let bound = definition.expression {
                let test = try Planner(context).compile(bound, PlanScope(parent: nil, query: nil))
                let frame = Frame(readers: [], parent: nil, context: context)
                let name = new.constraints.last?.name ?? ""
                try verify(new, context) { (row) throws(SQLError) in
                    frame.row = row
                    if try test.test(frame) == .no {
                        throw SQLError(
                            .checkViolation,
                            "check constraint \"\(name)\" of relation \"\(new.name)\" is violated by some row"
                        ).naming(schema: catalog.schemas[new.schema]?.name, table: new.name, constraint: name)
                    }
                }
            }
        case .dropConstraint(let name, _):
            if let constraint = table.constraints.first(where: { $0.name == name }), constraint.index != 0,
                let storage = changes.state.index(constraint.index)?.storage as? TableIndex,
                let store = table.storage as? TableStore
            {
                context.transaction.onCommit { store.removeIndex(storage) }
            }
            _ = try changes.dropConstraint(name, of: table)
        case .setDefault(let column, let expression):
            var columns = table.columns
            columns[column].defaultExpression = expression
            columns[column].defaultText = nil
            changes.replace(table.with(columns: columns))
        case .setNotNull(let column):
            var columns = table.columns
            columns[column].isNotNull = true
            let new = changes.replace(table.with(columns: columns))
            try requireNotNull(new, [column], context)
        case .dropNotNull(let column):
            if table.primaryKey?.columns.contains(column) == true {
                throw SQLError(.invalidTableDefinition, "column \"\(table.columns[column].name)\" is in a primary key")
            }
            var columns = table.columns
            columns[column].isNotNull = false
            changes.replace(table.with(columns: columns))
        case .setType(let column, let type, let using):
            var columns = table.columns
            columns[column].type = type
            let new = changes.replace(table.with(columns: columns))
            let compute = try Planner(context).compile(using, PlanScope(parent: nil, query: nil))
            let frame = Frame(readers: [], parent: nil, context: context)
            try rewrite(table, new, changes, context) { (row) throws(SQLError) in
                frame.row = row
                row[column] = try compute.evaluate(frame)
            }
        case .renameColumn(let column, let name): _ = try changes.renameColumn(column, of: table, to: name)
        case .renameTable(let name): _ = try changes.renameTable(table, to: name)
        case .renameConstraint(let old, let name): _ = try changes.renameConstraint(old, of: table, to: name)
        case .setOwner(let owner): changes.replace(table.with(owner: owner))
        case .setSchema(let name):
            guard let schema = changes.state.schema(named: name, in: database) else {
                throw SQLError(.invalidSchemaName, "schema \"\(name)\" does not exist")
            }
            changes.replace(table.with(schema: schema.oid))
        case .setOptions: return
        case .notice(let notice): sink.notice(notice)
        }
    }

    private func requireNotNull(_ table: Table, _ columns: [Int], _ context: ExecutionContext) throws(SQLError) {
        try verify(table, context) { (row) throws(SQLError) in
            for column in columns where row[column].isNull {
                throw SQLError(
                    .notNullViolation,
                    "column \"\(table.columns[column].name)\" of relation \"\(table.name)\" contains null values"
                ).naming(
                    schema: catalog.schemas[table.schema]?.name,
                    table: table.name,
                    column: table.columns[column].name
                )
            }
        }
    }
}
