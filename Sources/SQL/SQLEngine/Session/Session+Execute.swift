// One bound statement: dispatch, queries, data changes, COPY, transaction control, parameters, cursors.

import Bytes
import SQLStorage
import SQLSyntax
import SQLTypes

extension Session {
    /// What a statement's result looks like; nil: no rows.
    func describe(_ statement: BoundStatement) throws(SQLError) -> ResultDescription? {
        func description(_ targets: some Sequence<BoundTarget>) -> ResultDescription {
            ResultDescription(
                columns: targets.map { target in
                    ResultColumn(
                        name: target.name,
                        tableOID: target.originTable,
                        attributeNumber: target.originColumn,
                        typeOID: target.expression.type.oid == .unknown ? .text : target.expression.type.oid,
                        typeLength: target.expression.type.oid == .unknown ? -1 : target.expression.type.length,
                        typeModifier: target.expression.type.modifier
                    )
                }
            )
        }
        func texts(_ names: [String]) -> ResultDescription {
            ResultDescription(columns: names.map { ResultColumn(name: $0, typeOID: .text, typeLength: -1) })
        }
        switch statement {
        case .query(let query): return description(query.visibleTargets)
        case .insert(let insert): return insert.returning.isEmpty ? nil : description(insert.returning)
        case .update(let update): return update.returning.isEmpty ? nil : description(update.returning)
        case .delete(let delete): return delete.returning.isEmpty ? nil : description(delete.returning)
        case .show(let name):
            guard let definition = RunTimeParameters.definitions[name.lowercased()] else {
                return texts([name.lowercased()])
            }
            return texts([definition.name])
        case .showAll: return texts(["name", "setting", "description"])
        case .explain: return texts(["QUERY PLAN"])
        case .fetch(let fetch):
            return fetch.isMove ? nil : (portals[Array(fetch.cursor.utf8)]?.description)
        case .execute(let name, _): return statements[Array(name.utf8)]?.description
        default: return nil
        }
    }

    func execute(
        _ prepared: PreparedStatement,
        parameters values: [Value],
        formats: ResultFormats,
        _ sink: any ResultSink,
        portal: Portal?,
        isSimple: Bool,
        isInList: Bool
    ) throws(SQLError) -> StatementOutcome {
        if let error = interruption() { throw error }
        if block == .failed {
            guard case .transaction(let command) = prepared.bound, isExitCommand(command) else {
                throw SQLError(
                    .inFailedSQLTransaction,
                    "current transaction is aborted, commands ignored until end of transaction block"
                )
            }
        }
        if prepared.isDeferred {
            return try execute(
                try bindDeferred(prepared),
                parameters: values,
                formats: formats,
                sink,
                portal: portal,
                isSimple: isSimple,
                isInList: isInList
            )
        }
        switch prepared.bound {
        case .empty: return .complete(CommandTag(""))
        case .transaction(let command):
            let tag = try execute(command, sink, isInList: isInList)
            return .complete(prepared.saysStart ? CommandTag("START TRANSACTION") : tag)
        case .query, .insert, .update, .delete:
            return try modify(prepared, values, formats, sink, portal: portal, isSimple: isSimple)
        case .copy(let copy):
            return try execute(copy, sink, isSimple: isSimple)
        case .execute(let name, let arguments):
            return try execute(name, arguments, formats, sink, portal: portal, isSimple: isSimple)
        case .explain(let explain):
            return .complete(try execute(explain, values, formats, sink, portal, isSimple: isSimple))
        default:
            return try restartable(sink, values) { (context) throws(SQLError) in
                try executeUtility(
                    prepared.bound,
                    context,
                    formats,
                    sink,
                    portal,
                    isSimple: isSimple,
                    isInList: isInList
                )
            }
        }
    }

    private func isExitCommand(_ command: TransactionCommand) -> Bool {
        switch command {
        case .commit, .rollback, .rollbackTo: true
        default: false
        }
    }

    func makeContext(_ transaction: Transaction, _ values: [Value]) -> ExecutionContext {
        let context = ExecutionContext(
            environment: self,
            transaction: transaction,
            manager: engine.manager,
            snapshot: takeSnapshot(transaction),
            parameters: values,
            catalog: catalog,
            interrupt: { [unowned self] in interruption() }
        )
        context.holdsLocks = block == .explicit
        return context
    }

    /// Runs `body` as one statement: on having to wait everything it did is taken back and `.blocked` answered.
    private func restartable(
        _ sink: any ResultSink,
        _ values: [Value],
        _ body: (ExecutionContext) throws(SQLError) -> CommandTag
    ) throws(SQLError) -> StatementOutcome {
        let transaction = ensureTransaction()
        let mark = transaction.setSavepoint()
        let catalogMark = catalogTransaction?.mark ?? 0
        let context = makeContext(transaction, values)
        do throws(SQLError) {
            let tag = try body(context)
            release(context.snapshot)
            transaction.advanceCommand()
            return .complete(tag)
        } catch {
            release(context.snapshot)
            guard context.blockedOn != 0 else { throw error }
            transaction.rollback(to: mark)
            catalogTransaction?.rollBack(to: catalogMark)
            try waitFor(context.blockedOn, transaction)
            return .blocked
        }
    }

    private func modify(
        _ prepared: PreparedStatement,
        _ values: [Value],
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        portal: Portal?,
        isSimple: Bool
    ) throws(SQLError) -> StatementOutcome {
        if isReadOnly || transaction == nil { try checkReadOnly(prepared.bound) }
        return try restartable(sink, values) { (context) throws(SQLError) in
            let planner = Planner(context)
            let types =
                prepared.description.map { $0.columns.map { SQLType(oid: $0.typeOID, modifier: $0.typeModifier) } }
                ?? []
            switch prepared.bound {
            case .query(let query):
                let plan = try planner.plan(query, parent: nil)
                if query.locking.isEmpty {
                    if isSimple, let description = prepared.description {
                        sink.rowDescription(description, formats: formats)
                    }
                    let writer = DataRowWriter(types, formats, textContext, sink: sink, portal: portal, names: self)
                    try plan.execute(parent: nil, into: writer)
                    return CommandTag("SELECT", count: writer.count)
                }
                // Locking may have to wait: nothing may be sent before all locks are there.
                let held = Portal(name: [], statement: prepared, parameters: [], formats: formats)
                let writer = DataRowWriter(types, formats, textContext, sink: nil, portal: held, names: self)
                try plan.execute(parent: nil, into: writer)
                deliver(held, prepared, formats, sink, portal, isSimple)
                return CommandTag("SELECT", count: writer.count)
            case .insert, .update, .delete:
                let held = Portal(name: [], statement: prepared, parameters: [], formats: formats)
                let writer =
                    prepared.description == nil
                    ? nil : DataRowWriter(types, formats, textContext, sink: nil, portal: held, names: self)
                let modify = Modify(planner: planner)
                let tag: CommandTag
                switch prepared.bound {
                case .insert(let insert):
                    tag = CommandTag("INSERT 0", count: try modify.insert(insert, returning: writer))
                case .update(let update):
                    tag = CommandTag("UPDATE", count: try modify.update(update, returning: writer))
                case .delete(let delete):
                    tag = CommandTag("DELETE", count: try modify.delete(delete, returning: writer))
                default: throw SQLError(.internalError, "not a data change")
                }
                if writer != nil { deliver(held, prepared, formats, sink, portal, isSimple) }
                return tag
            default: throw SQLError(.internalError, "not a query")
            }
        }
    }

    private func deliver(
        _ held: Portal,
        _ prepared: PreparedStatement,
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        _ portal: Portal?,
        _ isSimple: Bool
    ) {
        if isSimple, let description = prepared.description { sink.rowDescription(description, formats: formats) }
        if let portal {
            for position in 0..<held.rows.count {
                portal.rows.bytes.append(held.rows.row(position))
                portal.rows.ends.append(portal.rows.bytes.count)
            }
        } else {
            sink.withOutput { $0.append(held.rows.bytes.bytes) }
        }
    }

    private func checkReadOnly(_ statement: BoundStatement) throws(SQLError) {
        let name: String
        switch statement {
        case .insert: name = "INSERT"
        case .update: name = "UPDATE"
        case .delete: name = "DELETE"
        case .copy(let copy) where copy.isFrom: name = "COPY FROM"
        default: return
        }
        _ = ensureTransaction()
        if isReadOnly {
            throw SQLError(.readOnlySQLTransaction, "cannot execute \(name) in a read-only transaction")
        }
    }

    // MARK: transaction control

    private func execute(
        _ command: TransactionCommand,
        _ sink: any ResultSink,
        isInList: Bool
    ) throws(SQLError) -> CommandTag {
        switch command {
        case .begin(let modes):
            if block == .explicit {
                sink.notice(.warning(.activeSQLTransaction, "there is already a transaction in progress"))
            } else {
                if transaction == nil { applyDefaultModes() }
                _ = ensureTransaction()
                applyDefaultModes()
                block = .explicit
            }
            try apply(modes)
            return CommandTag("BEGIN")
        case .commit(let chain):
            guard block != .none || (chain && transaction != nil) else {
                sink.notice(.warning(.noActiveSQLTransaction, "there is no transaction in progress"))
                if chain {
                    throw SQLError(.noActiveSQLTransaction, "COMMIT AND CHAIN can only be used in transaction blocks")
                }
                try commit(sink)
                return CommandTag("COMMIT")
            }
            let failed = block == .failed
            let modes = (isolation, isReadOnly)
            if failed { rollback(sink) } else { try commit(sink) }
            if chain { try reopen(modes) }
            return CommandTag(failed ? "ROLLBACK" : "COMMIT")
        case .rollback(let chain):
            if block == .none {
                if chain {
                    throw SQLError(.noActiveSQLTransaction, "ROLLBACK AND CHAIN can only be used in transaction blocks")
                }
                sink.notice(.warning(.noActiveSQLTransaction, "there is no transaction in progress"))
                rollback(sink)
                return CommandTag("ROLLBACK")
            }
            let modes = (isolation, isReadOnly)
            rollback(sink)
            if chain { try reopen(modes) }
            return CommandTag("ROLLBACK")
        case .savepoint(let name):
            guard block == .explicit else {
                throw SQLError(.noActiveSQLTransaction, "SAVEPOINT can only be used in transaction blocks")
            }
            let transaction = ensureTransaction()
            savepoints.append(
                Savepoint(
                    name: name,
                    undo: transaction.setSavepoint(),
                    catalog: catalogTransaction?.mark ?? 0,
                    parameters: parameters.values.mark
                )
            )
            return CommandTag("SAVEPOINT")
        case .release(let name):
            guard block != .none else {
                throw SQLError(.noActiveSQLTransaction, "RELEASE SAVEPOINT can only be used in transaction blocks")
            }
            guard let position = savepoints.lastIndex(where: { $0.name == name }) else {
                throw SQLError(.invalidSavepointSpecification, "savepoint \"\(name)\" does not exist")
            }
            savepoints.removeSubrange(position...)
            return CommandTag("RELEASE")
        case .rollbackTo(let name):
            guard block != .none else {
                throw SQLError(.noActiveSQLTransaction, "ROLLBACK TO SAVEPOINT can only be used in transaction blocks")
            }
            guard let position = savepoints.lastIndex(where: { $0.name == name }) else {
                throw SQLError(.invalidSavepointSpecification, "savepoint \"\(name)\" does not exist")
            }
            let savepoint = savepoints[position]
            savepoints.removeSubrange((position + 1)...)
            transaction?.rollback(to: savepoint.undo)
            catalogTransaction?.rollBack(to: savepoint.catalog)
            parameters.values.restore(savepoint.parameters)
            isReportDue = true
            transaction?.advanceCommand()
            block = .explicit
            return CommandTag("ROLLBACK")
        case .setModes(let modes, let session):
            if session {
                for mode in modes {
                    switch mode {
                    case .isolation(let level):
                        try parameters.values.set("default_transaction_isolation", level.rawValue, isLocal: false)
                    case .readOnly(let value):
                        try parameters.values.set("default_transaction_read_only", value ? "on" : "off", isLocal: false)
                    case .deferrable(let value):
                        try parameters.values.set(
                            "default_transaction_deferrable",
                            value ? "on" : "off",
                            isLocal: false
                        )
                    }
                }
                isReportDue = true
                return CommandTag("SET")
            }
            if block == .none {
                sink.notice(.warning(.noActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
                return CommandTag("SET")
            }
            try apply(modes)
            return CommandTag("SET")
        }
    }

    private func reopen(_ modes: (IsolationLevel, Bool)) throws(SQLError) {
        _ = ensureTransaction()
        (isolation, isReadOnly) = modes
        block = .explicit
    }

    private func apply(_ modes: [TransactionModeSetting]) throws(SQLError) {
        for mode in modes {
            switch mode {
            case .isolation(let level):
                if hasQueried, level != isolation {
                    throw SQLError(
                        .activeSQLTransaction,
                        "SET TRANSACTION ISOLATION LEVEL must be called before any query"
                    )
                }
                isolation = level
            case .readOnly(let value):
                if !value, isReadOnly, hasQueried {
                    throw SQLError(.activeSQLTransaction, "transaction read-write mode must be set before any query")
                }
                isReadOnly = value
            case .deferrable: continue
            }
        }
    }

    // MARK: COPY

    private func execute(_ copy: BoundCopy, _ sink: any ResultSink, isSimple: Bool) throws(SQLError) -> StatementOutcome
    {
        if copy.isFrom, isReadOnly || transaction == nil { try checkReadOnly(.copy(copy)) }
        if copy.isFrom, case .stdio = copy.endpoint {
            guard case .table(let table) = copy.source else {
                throw SQLError(.internalError, "COPY FROM needs a table")
            }
            let transaction = ensureTransaction()
            let context = makeContext(transaction, [])
            do throws(SQLError) {
                try context.lock(table.storage as? TableStore, .rowExclusive)
                let reader = try CopyReader(copy, table, Planner(context), textContext)
                self.copy = CopyState(reader: reader, isSimple: isSimple, context: context)
                sink.copyIn(CopyDescription(isBinary: false, columnCount: copy.columns.count))
                return .copyIn
            } catch {
                release(context.snapshot)
                guard context.blockedOn != 0 else { throw error }
                try waitFor(context.blockedOn, transaction)
                return .blocked
            }
        }
        return try restartable(sink, []) { (context) throws(SQLError) in
            let planner = Planner(context)
            if copy.isFrom {
                guard case .table(let table) = copy.source, case .file(let path) = copy.endpoint else {
                    throw SQLError(.internalError, "COPY FROM needs a table and a file")
                }
                return CommandTag("COPY", count: try load(copy, table, path, planner))
            }
            return CommandTag("COPY", count: try unload(copy, planner, sink))
        }
    }

    private func load(_ copy: BoundCopy, _ table: Table, _ path: String, _ planner: Planner) throws(SQLError) -> Int {
        try planner.context.lock(table.storage as? TableStore, .rowExclusive)
        let reader = try CopyReader(copy, table, planner, textContext)
        let file: any FileReader
        do throws(FileError) {
            file = try engine.configuration.files.openForReading(path)
        } catch {
            throw Session.fileError(
                error,
                "could not open file \"\(path)\" for reading",
                hint:
                    "COPY FROM instructs the PostgreSQL server process to read a file. You may want a client-side facility such as psql's \\copy."
            )
        }
        defer { file.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do throws(FileError) {
                count = try file.read(into: buffer)
            } catch {
                throw Session.fileError(error, "could not read from COPY file")
            }
            if count <= 0 { break }
            try reader.feed(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[0..<count]))
        }
        try reader.finish()
        return reader.rows
    }

    static func fileError(_ error: FileError, _ what: String, hint: String? = nil) -> SQLError {
        let state: SQLState
        switch error.code {
        case 2: state = "58P01"
        case 1, 13: state = .insufficientPrivilege
        case 28: state = .diskFull
        default: state = "58030"
        }
        return SQLError(state, "\(what): \(error.message)", hint: hint)
    }

    private func unload(_ copy: BoundCopy, _ planner: Planner, _ sink: any ResultSink) throws(SQLError) -> Int {
        var file: (any FileWriter)?
        if case .file(let path) = copy.endpoint {
            do throws(FileError) {
                file = try engine.configuration.files.openForWriting(path)
            } catch {
                throw Session.fileError(
                    error,
                    "could not open file \"\(path)\" for writing",
                    hint:
                        "COPY TO instructs the PostgreSQL server process to write a file. You may want a client-side facility such as psql's \\copy."
                )
            }
        } else {
            sink.copyOut(CopyDescription(isBinary: false, columnCount: copy.columnNames.count))
        }
        let destination = file
        let writer = try CopyWriter(copy, types: copy.columnTypes, textContext) { (line) throws(SQLError) in
            if let destination {
                do throws(FileError) {
                    try destination.write(line)
                } catch {
                    throw Session.fileError(error, "could not write to COPY file")
                }
            } else {
                sink.withOutput { output in
                    output.append(UInt8(ascii: "d"))
                    output.append(bigEndian: Int32(truncatingIfNeeded: line.count + 4))
                    output.append(line)
                }
            }
        }
        try writer.header(copy.columnNames)
        switch copy.source {
        case .table(let table):
            guard let store = table.storage as? TableStore else { throw SQLError(.internalError, "no storage") }
            try planner.context.lock(store, .share)
            let reader = TableReader(table, store)
            let snapshot = planner.context.snapshot
            for slot in 0..<store.slotCount {
                guard let tuple = store.visible(slot, snapshot) else { continue }
                try planner.context.tick()
                _ = try writer.take(copy.columns.map { reader.value(tuple, $0) })
            }
        case .query(let query):
            try planner.plan(query, parent: nil).execute(parent: nil, into: writer)
        }
        if let destination {
            do throws(FileError) {
                try destination.close()
            } catch {
                throw Session.fileError(error, "could not write to COPY file")
            }
        } else {
            sink.copyDone()
        }
        return writer.rows
    }

    // MARK: EXECUTE, EXPLAIN

    private func execute(
        _ name: String,
        _ arguments: [BoundExpression],
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        portal: Portal?,
        isSimple: Bool
    ) throws(SQLError) -> StatementOutcome {
        guard var prepared = statements[Array(name.utf8)] else {
            throw SQLError(.invalidSQLStatementName, "prepared statement \"\(name)\" does not exist")
        }
        prepared = try refreshed(prepared)
        guard arguments.count == prepared.parameterTypes.count else {
            throw SQLError(
                .syntaxError,
                "wrong number of parameters for prepared statement \"\(name)\"",
                detail: "Expected \(prepared.parameterTypes.count) parameters but got \(arguments.count)."
            )
        }
        let transaction = ensureTransaction()
        let context = makeContext(transaction, [])
        defer { release(context.snapshot) }
        let planner = Planner(context)
        let frame = Frame(readers: [], parent: nil, context: context)
        var values: [Value] = []
        for (position, argument) in arguments.enumerated() {
            let bound = try Coercion.assignment(argument, to: prepared.parameterTypes[position])
            values.append(try planner.compile(bound, PlanScope(parent: nil, query: nil)).evaluate(frame))
        }
        return try execute(
            prepared,
            parameters: values,
            formats: formats,
            sink,
            portal: portal,
            isSimple: isSimple,
            isInList: true
        )
    }

    private func execute(
        _ explain: BoundExplain,
        _ values: [Value],
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        _ portal: Portal?,
        isSimple: Bool
    ) throws(SQLError) -> CommandTag {
        let outcome = try restartable(sink, values) { (context) throws(SQLError) in
            let lines = try Explain(explain, context, clock: engine.configuration.clock).lines()
            let description = ResultDescription(columns: [
                ResultColumn(name: "QUERY PLAN", typeOID: .text, typeLength: -1)
            ])
            if isSimple { sink.rowDescription(description, formats: formats) }
            let writer = DataRowWriter([.text], formats, textContext, sink: sink, portal: portal)
            for line in lines { _ = try writer.take([.string(line)]) }
            return CommandTag("EXPLAIN")
        }
        guard case .complete(let tag) = outcome else {
            throw SQLError("55P03", "could not obtain lock on relation")
        }
        return tag
    }

    // MARK: everything else

    private func rows(
        _ names: [String],
        _ rows: [[Value]],
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        _ portal: Portal?,
        isSimple: Bool
    ) throws(SQLError) {
        if isSimple {
            sink.rowDescription(
                ResultDescription(columns: names.map { ResultColumn(name: $0, typeOID: .text, typeLength: -1) }),
                formats: formats
            )
        }
        let writer = DataRowWriter(names.map { _ in .text }, formats, textContext, sink: sink, portal: portal)
        for row in rows { _ = try writer.take(row) }
    }

    private func executeUtility(
        _ statement: BoundStatement,
        _ context: ExecutionContext,
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        _ portal: Portal?,
        isSimple: Bool,
        isInList: Bool
    ) throws(SQLError) -> CommandTag {
        if let tag = try define(statement, context, sink, isInList: isInList) { return tag }
        switch statement {
        case .set(let set):
            switch set.name.lowercased() {
            case "transaction_isolation":
                if let value = set.value?.lowercased(), let level = IsolationLevel(rawValue: value) {
                    try apply([.isolation(level)])
                }
            case "transaction_read_only":
                try apply([.readOnly(["on", "true", "1"].contains(set.value?.lowercased() ?? ""))])
            case "session_authorization", "role":
                if let name = set.value, name.lowercased() != "none", name.lowercased() != "default",
                    catalog.role(named: name) == nil
                {
                    throw SQLError(.invalidParameterValue, "role \"\(name)\" does not exist")
                }
                try parameters.values.set(set.name, set.value, isLocal: set.isLocal)
            default:
                if set.isLocal, block == .none {
                    sink.notice(.warning(.noActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks"))
                }
                try parameters.values.set(set.name, set.value, isLocal: set.isLocal)
            }
            isReportDue = true
            return CommandTag("SET")
        case .show(let name):
            guard let value = parameter(name) else { throw RunTimeParameters.unknown(name) }
            let title = RunTimeParameters.definitions[name.lowercased()]?.name ?? name.lowercased()
            try rows([title], [[.string(value)]], formats, sink, portal, isSimple: isSimple)
            return CommandTag("SHOW")
        case .showAll:
            try rows(
                ["name", "setting", "description"],
                allParameters.map { [.string($0.name), .string($0.value), .string("")] },
                formats,
                sink,
                portal,
                isSimple: isSimple
            )
            return CommandTag("SHOW")
        case .reset(let name):
            if let name { try parameters.values.set(name, nil, isLocal: false) } else { parameters.values.resetAll() }
            isReportDue = true
            return CommandTag("RESET")
        case .prepare(let name, let types, let text):
            let key = Array(name.utf8)
            if statements[key] != nil {
                throw SQLError(.duplicatePreparedStatement, "prepared statement \"\(name)\" already exists")
            }
            let own = SyntaxTree()
            do throws(SyntaxError) { try own.parse(text) } catch { throw SQLError(error) }
            guard let only = own.statements.first else { throw SQLError(.syntaxError, "nothing to prepare") }
            let binder = Binder(own, self, parameterTypes: types.map(\.oid), infersParameters: true)
            let bound = try binder.bind(only.root)
            statements[key] = PreparedStatement(
                text: Array(text.utf8),
                bound: bound,
                parameterTypes: try binder.resolvedParameterTypes(),
                declaredTypes: types.map(\.oid),
                catalogVersion: catalog.version,
                description: try describe(bound)
            )
            return CommandTag("PREPARE")
        case .deallocate(let name):
            guard let name else {
                statements.removeAll()
                return CommandTag("DEALLOCATE ALL")
            }
            guard statements.removeValue(forKey: Array(name.utf8)) != nil else {
                throw SQLError(.invalidSQLStatementName, "prepared statement \"\(name)\" does not exist")
            }
            return CommandTag("DEALLOCATE")
        case .declareCursor(let cursor): return try declare(cursor, context)
        case .fetch(let fetch): return try self.fetch(fetch, formats, sink, isSimple: isSimple)
        case .closeCursor(let name):
            guard let name else {
                portals = portals.filter { !$0.value.isCursor }
                return CommandTag("CLOSE CURSOR ALL")
            }
            guard portals.removeValue(forKey: Array(name.utf8)) != nil else {
                throw SQLError(.invalidCursorName, "cursor \"\(name)\" does not exist")
            }
            return CommandTag("CLOSE CURSOR")
        case .discard(let target):
            switch target {
            case .all:
                if block != .none {
                    throw SQLError(.activeSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
                }
                statements.removeAll()
                portals.removeAll()
                parameters.values.resetAll()
                sequences.discard()
                isReportDue = true
                return CommandTag("DISCARD ALL")
            case .plans:
                engine.planCache.removeAll()
                return CommandTag("DISCARD PLANS")
            case .sequences:
                sequences.discard()
                return CommandTag("DISCARD SEQUENCES")
            case .temporary: return CommandTag("DISCARD TEMP")
            }
        case .listen: throw SQLError(.featureNotSupported, "LISTEN is not supported yet")
        case .unlisten(let channel):
            // Nothing can be listened to, so `UNLISTEN *` (what drivers send when they reset a connection) is done.
            guard channel == nil else { throw SQLError(.featureNotSupported, "UNLISTEN is not supported yet") }
            return CommandTag("UNLISTEN")
        case .notify: throw SQLError(.featureNotSupported, "NOTIFY is not supported yet")
        case .lock(let tables, let mode, let noWait):
            if block == .none {
                throw SQLError(.noActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
            }
            for table in tables {
                guard let store = table.storage as? TableStore else { continue }
                // Modes: ACCESS SHARE 1 … ACCESS EXCLUSIVE 8. From SHARE on others may not write: held as exclusive here.
                let wanted: TableLock = mode <= 2 ? .share : mode == 3 ? .rowExclusive : .exclusive
                if noWait, store.conflict(wanted, for: context.transaction) != nil {
                    throw SQLError("55P03", "could not obtain lock on relation \"\(table.name)\"")
                }
                try context.lock(store, wanted)
            }
            return CommandTag("LOCK TABLE")
        case .checkpoint: return CommandTag("CHECKPOINT")
        case .setConstraints: throw SQLError(.featureNotSupported, "SET CONSTRAINTS is not supported yet")
        case .vacuum(let tables, let isVacuum, _, _):
            if isVacuum, block != .none || (isInList && isSimple) {
                throw SQLError(.activeSQLTransaction, "VACUUM cannot run inside a transaction block")
            }
            if isVacuum {
                let all = tables.isEmpty ? Array(catalog.relations.values) : tables.map { .table($0) }
                for case .table(let table) in all {
                    if let store = table.storage as? TableStore { engine.manager.prune(store) }
                }
            }
            return CommandTag(isVacuum ? "VACUUM" : "ANALYZE")
        default: throw SQLError(.featureNotSupported, "this statement is not supported")
        }
    }

    // MARK: cursors

    private func declare(_ cursor: BoundCursor, _ context: ExecutionContext) throws(SQLError) -> CommandTag {
        if block == .none, !cursor.isHoldable {
            throw SQLError(.noActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
        }
        let name = Array(cursor.name.utf8)
        if portals[name] != nil { throw SQLError(.duplicateCursor, "cursor \"\(cursor.name)\" already exists") }
        let bound = BoundStatement.query(cursor.query)
        let description = try describe(bound)
        let prepared = PreparedStatement(
            text: [],
            bound: bound,
            parameterTypes: [],
            declaredTypes: [],
            catalogVersion: catalog.version,
            description: description
        )
        let made = Portal(name: name, statement: prepared, parameters: [], formats: cursor.isBinary ? .binary : .text)
        made.isCursor = true
        made.isHoldable = cursor.isHoldable
        made.isScroll = cursor.isScroll
        made.description = description
        made.tag = CommandTag("FETCH", count: 0)
        let types = description?.columns.map { SQLType(oid: $0.typeOID, modifier: $0.typeModifier) } ?? []
        let writer = DataRowWriter(types, made.formats, textContext, sink: nil, portal: made, names: self)
        try Planner(context).plan(cursor.query, parent: nil).execute(parent: nil, into: writer)
        made.isStarted = true
        portals[name] = made
        return CommandTag("DECLARE CURSOR")
    }

    /// `position` is the number of rows before the cursor; the row it stands on is `position - 1`.
    private func fetch(
        _ fetch: BoundFetch,
        _ formats: ResultFormats,
        _ sink: any ResultSink,
        isSimple: Bool
    ) throws(SQLError) -> CommandTag {
        guard let cursor = portals[Array(fetch.cursor.utf8)] else {
            throw SQLError(.invalidCursorName, "cursor \"\(fetch.cursor)\" does not exist")
        }
        let total = Int64(cursor.rows.count)
        let position = Int64(cursor.position)
        var chosen: [Int] = []
        func clamp(_ value: Int64) -> Int64 { min(max(value, 0), total + 1) }
        func single(_ target: Int64) {
            cursor.position = Int(clamp(target))
            if target >= 1, target <= total { chosen = [Int(target - 1)] }
        }
        switch fetch.direction {
        case .forward(let count) where count < 0, .backward(let count) where count > 0:
            let wanted = count == Int64.max ? total + 1 : abs(count)
            var next = position - 1
            while next >= 1, Int64(chosen.count) < wanted {
                chosen.append(Int(next - 1))
                next -= 1
            }
            cursor.position = Int64(chosen.count) < wanted ? 0 : Int(next + 1)
        case .forward(0), .backward(0): single(position)
        case .forward(let count), .backward(let count):
            let wanted = abs(count)
            var next = position + 1
            while next <= total, Int64(chosen.count) < wanted {
                chosen.append(Int(next - 1))
                next += 1
            }
            cursor.position = Int64(chosen.count) < wanted ? Int(total + 1) : Int(next - 1)
        case .absolute(let number): single(number < 0 ? total + 1 + number : number)
        case .relative(let number): single(clamp(position) + number)
        }
        if !fetch.isMove {
            if isSimple, let description = cursor.description {
                sink.rowDescription(description, formats: cursor.formats)
            }
            sink.withOutput { output in
                for row in chosen { output.append(cursor.rows.row(row)) }
            }
        }
        return CommandTag(fetch.isMove ? "MOVE" : "FETCH", count: chosen.count)
    }
}
