// INSERT, UPDATE and DELETE. Sources are read to their end before the first row changes, so a statement never meets its own work.

import SQLStorage
import SQLTypes

struct Modify {
    let planner: Planner
    var context: ExecutionContext { planner.context }

    private func commonTables(_ tables: [BoundCommonTable], _ scope: PlanScope, _ frame: Frame) throws(SQLError) {
        for table in tables { frame.commonTables.append(try planner.commonTable(table, scope)(frame)) }
    }

    /// - Returns: the number of rows stored or updated.
    func insert(_ statement: BoundInsert, returning consumer: RowConsumer?) throws(SQLError) -> Int {
        let writer = try RowWriter(statement.table, planner)
        let scope = PlanScope(parent: nil, query: nil)
        let frame = Frame(readers: [writer.reader, nil], parent: nil, context: context)
        try commonTables(statement.commonTables, scope, frame)
        var defaults: [(column: Int, expression: Expression)] = []
        for item in statement.defaults { defaults.append((item.column, try planner.compile(item.expression, scope))) }
        let returning = try planner.compile(statement.returning.map(\.expression), scope)
        let width = statement.table.columns.count
        var count = 0

        var assignments: [(column: Int, expression: Expression)] = []
        var filter: Expression?
        if case .update(let list, let condition)? = statement.onConflict?.action {
            for item in list { assignments.append((item.column, try planner.compile(item.expression, scope))) }
            if let condition { filter = try planner.compile(condition, scope) }
        }
        let arbiters = statement.onConflict?.arbiters

        func store(_ row: [Value]) throws(SQLError) {
            switch try writer.insert(row, arbiters: arbiters) {
            case .stored(let id):
                count += 1
                frame.slots[0] = Slot(tuple: writer.store.pointer(id), row: id)
                if let consumer { _ = try consumer.take(frame, returning) }
            case .conflict(let other):
                guard case .update? = statement.onConflict?.action else { return }
                let tuple = writer.store.pointer(other)
                // A row this very command stored cannot be changed by it again.
                let fields = writer.store.systemFields(tuple)
                if fields.xmin == context.transaction.id, fields.command >= context.snapshot.command {
                    throw SQLError(
                        .cardinalityViolation,
                        "ON CONFLICT DO UPDATE command cannot affect row a second time",
                        hint:
                            "Ensure that no rows proposed for insertion within the same command have duplicate constrained values."
                    )
                }
                guard try writer.prepareChange(other) else { return }
                frame.slots[0] = Slot(tuple: tuple, row: other)
                frame.slots[1] = Slot(values: row)
                if let filter, try filter.test(frame) != .yes { return }
                var updated = writer.reader.values(tuple)
                for item in assignments { updated[item.column] = try item.expression.evaluate(frame) }
                try writer.update(other, updated, columns: assignments.map(\.column))
                count += 1
                if let consumer { _ = try consumer.take(frame, returning) }
            }
        }
        func complete(_ values: [Value], _ columns: [Int]) throws(SQLError) -> [Value] {
            var row = [Value](repeating: .null, count: width)
            for (position, column) in columns.enumerated() where position < values.count {
                row[column] = values[position]
            }
            for item in defaults { row[item.column] = try item.expression.evaluate(frame) }
            return row
        }

        switch statement.source {
        case .defaults: try store(try complete([], []))
        case .values(let rows):
            for row in rows {
                try context.tick()
                var values: [Value] = []
                values.reserveCapacity(row.count)
                for expression in try planner.compile(row, scope) { values.append(try expression.evaluate(frame)) }
                try store(try complete(values, statement.columns))
            }
        case .query(let query):
            let rows = try planner.plan(query, parent: scope).run(parent: frame)
            for row in rows {
                try context.tick()
                try store(try complete(row, statement.columns))
            }
        }
        return count
    }

    func update(_ statement: BoundUpdate, returning consumer: RowConsumer?) throws(SQLError) -> Int {
        let writer = try RowWriter(statement.table, planner)
        let scope = PlanScope(parent: nil, query: statement.query)
        let plan = try planner.plan(statement.query, parent: nil)
        var assignments: [(column: Int, expression: Expression)] = []
        for item in statement.assignments {
            assignments.append((item.column, try planner.compile(item.expression, scope)))
        }
        let returning = try planner.compile(statement.returning.map(\.expression), scope)
        let columns = assignments.map(\.column)
        let frame = plan.makeFrame(parent: nil)
        var changes: [(id: RowID, row: [Value], slots: [Slot])] = []
        var seen = Set<RowID>()
        let joins = plan.readers.count > 1
        _ = try plan.root.run(frame) { (frame) throws(SQLError) in
            let slot = frame.slots[0]
            guard let tuple = slot.tuple else { return true }
            // A join may offer a row several times: the first time counts.
            if joins, !seen.insert(slot.row).inserted { return true }
            var row = writer.reader.values(tuple)
            var values: [Value] = []
            values.reserveCapacity(assignments.count)
            for item in assignments { values.append(try item.expression.evaluate(frame)) }
            for (position, column) in columns.enumerated() { row[column] = values[position] }
            changes.append((slot.row, row, consumer != nil && joins ? frame.slots : []))
            return true
        }
        var count = 0
        for change in changes {
            try context.tick()
            guard try writer.prepareChange(change.id) else { continue }
            try writer.update(change.id, change.row, columns: columns)
            count += 1
            if let consumer {
                if !change.slots.isEmpty { frame.slots = change.slots }
                frame.slots[0] = Slot(tuple: writer.store.pointer(change.id), row: change.id)
                _ = try consumer.take(frame, returning)
            }
        }
        return count
    }

    func delete(_ statement: BoundDelete, returning consumer: RowConsumer?) throws(SQLError) -> Int {
        let writer = try RowWriter(statement.table, planner)
        let scope = PlanScope(parent: nil, query: statement.query)
        let plan = try planner.plan(statement.query, parent: nil)
        let returning = try planner.compile(statement.returning.map(\.expression), scope)
        let frame = plan.makeFrame(parent: nil)
        var rows: [(id: RowID, slots: [Slot])] = []
        var seen = Set<RowID>()
        let joins = plan.readers.count > 1
        _ = try plan.root.run(frame) { (frame) throws(SQLError) in
            let slot = frame.slots[0]
            guard slot.tuple != nil else { return true }
            if joins, !seen.insert(slot.row).inserted { return true }
            rows.append((slot.row, consumer != nil ? frame.slots : []))
            return true
        }
        var count = 0
        for row in rows {
            try context.tick()
            guard try writer.prepareChange(row.id) else { continue }
            if let consumer {
                frame.slots = row.slots
                _ = try consumer.take(frame, returning)
            }
            writer.delete(row.id)
            count += 1
        }
        return count
    }
}
