// Stores rows of one table: NOT NULL, CHECK and uniqueness are tested here, with PostgreSQL's words.
//
//     values ─▶ not null ─▶ checks ─▶ unique (per index) ─▶ datums ─▶ TableStore

import Bytes
import SQLStorage
import SQLTypes

final class RowWriter {
    let reader: TableReader
    let store: TableStore
    let table: Table
    let context: ExecutionContext
    let uniqueIndexes: [(definition: Index, storage: TableIndex)]
    private let checks: [(name: String, expression: Expression)]
    private let arena = DatumArena()
    private let datums: UnsafeMutablePointer<Datum>
    private let changed: UnsafeMutablePointer<Bool>
    private var keys: UnsafeMutablePointer<Datum>
    private let checkFrame: Frame
    private let schemaName: String

    init(_ table: Table, _ planner: Planner) throws(SQLError) {
        guard let store = table.storage as? TableStore else {
            throw SQLError(.internalError, "relation \"\(table.name)\" has no storage")
        }
        try planner.context.lock(store, .rowExclusive)
        self.table = table
        self.store = store
        reader = TableReader(table, store)
        context = planner.context
        schemaName = context.catalog.schemas[table.schema]?.name ?? ""
        uniqueIndexes = planner.indexes(reader).filter { $0.storage.isUnique }
        checkFrame = Frame(readers: [], parent: nil, context: context)
        var checks: [(name: String, expression: Expression)] = []
        for constraint in table.constraints where constraint.kind == .check {
            guard let bound = constraint.expression else { continue }
            checks.append((constraint.name, try planner.compile(bound, PlanScope(parent: nil, query: nil))))
        }
        self.checks = checks
        let width = max(table.columns.count, 1)
        datums = .allocate(capacity: width)
        datums.initialize(repeating: .null, count: width)
        changed = .allocate(capacity: width)
        changed.initialize(repeating: false, count: width)
        keys = .allocate(capacity: width)
        keys.initialize(repeating: .null, count: width)
    }

    deinit {
        datums.deallocate()
        changed.deallocate()
        keys.deallocate()
    }

    // MARK: checks

    private func failingRow(_ row: [Value]) -> String {
        var parts: [String] = []
        for (position, column) in table.columns.enumerated() where !column.isDropped {
            guard let text = column.type.text(row[position]) else {
                parts.append("null")
                continue
            }
            // Long values are cut, as PostgreSQL does, at 64 bytes.
            if text.utf8.count > 64 {
                var cut = ""
                for character in text.unicodeScalars {
                    if cut.utf8.count + String(character).utf8.count > 64 { break }
                    cut.unicodeScalars.append(character)
                }
                parts.append(cut + "...")
            } else {
                parts.append(text)
            }
        }
        return "Failing row contains (\(parts.joined(separator: ", ")))."
    }

    func check(_ row: [Value]) throws(SQLError) {
        for (position, column) in table.columns.enumerated() where column.isNotNull && row[position].isNull {
            throw SQLError(
                .notNullViolation,
                "null value in column \"\(column.name)\" of relation \"\(table.name)\" violates not-null constraint",
                detail: failingRow(row)
            ).naming(schema: schemaName, table: table.name, column: column.name)
        }
        guard !checks.isEmpty else { return }
        checkFrame.row = row
        for check in checks where try check.expression.test(checkFrame) == .no {
            throw SQLError(
                .checkViolation,
                "new row for relation \"\(table.name)\" violates check constraint \"\(check.name)\"",
                detail: failingRow(row)
            ).naming(schema: schemaName, table: table.name, constraint: check.name)
        }
    }

    private func load(_ row: [Value]) {
        arena.reset()
        for position in table.columns.indices { datums[position] = reader.codecs[position].datum(row[position], arena) }
    }

    func duplicate(_ index: Index, _ storage: TableIndex) -> SQLError {
        let names = storage.columns.map { table.columns[$0.column].name }
        let values = storage.columns.map { key in
            table.columns[key.column].type.text(reader.codecs[key.column].value(datums[key.column])) ?? "null"
        }
        return SQLError(
            .uniqueViolation,
            "duplicate key value violates unique constraint \"\(index.name)\"",
            detail: "Key (\(names.joined(separator: ", ")))=(\(values.joined(separator: ", "))) already exists."
        ).naming(schema: schemaName, table: table.name, constraint: index.name)
    }

    /// The row in the way of the loaded datums, nil if there is none.
    private func collision(
        _ index: (definition: Index, storage: TableIndex),
        except: RowID?
    ) throws(SQLError) -> RowID? {
        for (position, key) in index.storage.columns.enumerated() { keys[position] = datums[key.column] }
        switch index.storage.check(keys, context.transaction, except: except) {
        case .free: return nil
        case .taken(let row): return row
        case .blocked(let id): throw context.block(on: id)
        }
    }

    // MARK: changes

    /// What an insert met.
    enum Outcome {
        case stored(RowID)
        /// A row of one of the arbiter indexes is in the way.
        case conflict(RowID)
    }

    /// Stores the row. With `arbiters` (nil: no ON CONFLICT; empty: any unique index) a collision is an outcome, else an error.
    func insert(_ row: [Value], arbiters: [Index]? = nil) throws(SQLError) -> Outcome {
        try check(row)
        load(row)
        return try insertLoaded(arbiters)
    }

    private func insertLoaded(_ arbiters: [Index]?) throws(SQLError) -> Outcome {
        if let arbiters {
            for index in uniqueIndexes
            where arbiters.isEmpty || arbiters.contains(where: { $0.oid == index.definition.oid }) {
                if let other = try collision(index, except: nil) { return .conflict(other) }
            }
        }
        for index in uniqueIndexes where try collision(index, except: nil) != nil {
            throw duplicate(index.definition, index.storage)
        }
        guard let id = store.insert(datums, context.transaction) else { throw RowWriter.full(table) }
        return .stored(id)
    }

    /// COPY's way in: one datum per column, `row` only on demand for messages.
    func insert(_ source: UnsafePointer<Datum>) throws(SQLError) {
        for position in table.columns.indices { datums[position] = source[position] }
        var needsValues = !checks.isEmpty
        for (position, column) in table.columns.enumerated() where column.isNotNull && datums[position].isNull {
            needsValues = true
        }
        if needsValues { try check(table.columns.indices.map { reader.codecs[$0].value(datums[$0]) }) }
        _ = try insertLoaded(nil)
    }

    static func full(_ table: Table) -> SQLError {
        SQLError("54000", "relation \"\(table.name)\" is full")
    }

    /// True if the row may be changed now; false if it is gone. Throws to wait, or 40001.
    func prepareChange(_ row: RowID) throws(SQLError) -> Bool {
        switch store.writeConflict(row, context.snapshot, context.transaction) {
        case .none: return true
        case .gone: return false
        case .changed: throw ExecutionContext.serializationFailure
        case .blocked(let id): throw context.block(on: id)
        }
    }

    func update(_ id: RowID, _ row: [Value], columns: [Int]) throws(SQLError) {
        try check(row)
        load(row)
        for index in uniqueIndexes where index.storage.columns.contains(where: { columns.contains($0.column) }) {
            if try collision(index, except: id) != nil { throw duplicate(index.definition, index.storage) }
        }
        for position in table.columns.indices { changed[position] = false }
        for column in columns { changed[column] = true }
        guard store.update(id, datums, isChanged: changed, context.transaction) else { throw RowWriter.full(table) }
    }

    func delete(_ id: RowID) { store.delete(id, context.transaction) }
}
