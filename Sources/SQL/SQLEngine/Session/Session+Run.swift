// Running statements: the simple and the extended protocol, waiting, and going on.

import Bytes
import SQLStorage
import SQLSyntax
import SQLTypes

/// How a statement ended.
enum StatementOutcome {
    case complete(CommandTag)
    case copyIn
    case blocked
}

extension Session {
    // MARK: simple protocol

    /// The whole of a simple query but the final ReadyForQuery.
    public func runSimple(_ text: UnsafeRawBufferPointer, into sink: any ResultSink) -> Progress {
        startStatement()
        if block == .none, transaction == nil, let count = runPoint(text, sink) {
            sink.commandComplete(CommandTag("SELECT", count: count))
            return .finished
        }
        unnamedStatement = nil
        unnamedPortal = nil
        activityQuery = String(decoding: UnsafeRawBufferPointer(rebasing: text.prefix(1024)), as: UTF8.self)
        tree.standardConformingStrings = parameters.values.value("standard_conforming_strings") != "off"
        do throws(SyntaxError) {
            try tree.parse(text)
        } catch {
            sink.error(SQLError(error))
            fail(sink)
            return .failed
        }
        if tree.statements.isEmpty {
            sink.emptyQuery()
            return .finished
        }
        simple = SimpleQuery(text: [UInt8](text), statements: tree.statements)
        return continueSimple(sink)
    }

    private func continueSimple(_ sink: any ResultSink) -> Progress {
        while var query = simple {
            guard query.next < query.statements.count else { break }
            let isOnly = query.statements.count == 1
            let position = query.next
            query.next += 1
            do throws(SQLError) {
                switch try runOne(query, position, isOnly: isOnly, sink) {
                case .complete(let tag):
                    simple = query
                    // Alone, or after COMMIT in a list, a statement is its own transaction; otherwise the list's end commits.
                    if block == .none, isOnly || query.next == query.statements.count { try commit(sink) }
                    if tag.words.utf8CodeUnitCount > 0 { sink.commandComplete(tag) } else { sink.emptyQuery() }
                case .copyIn:
                    simple = query
                    return .copyIn
                case .blocked:
                    suspended = .simple
                    return .blocked
                }
            } catch {
                simple = nil
                sink.error(error)
                fail(sink)
                return .failed
            }
        }
        simple = nil
        return .finished
    }

    private func runOne(
        _ query: SimpleQuery,
        _ position: Int,
        isOnly: Bool,
        _ sink: any ResultSink
    ) throws(SQLError) -> StatementOutcome {
        let range = query.statements[position]
        let prepared: PreparedStatement
        let slice = query.text[max(0, range.start)..<min(range.end, query.text.count)]
        if isOnly, block != .failed, let cached = cachedStatement(query.text, []) {
            prepared = cached
        } else {
            // The tree holds this query unless something else was parsed meanwhile (EXECUTE, a resumed query).
            if tree.statements.count != query.statements.count || treeOwner != query.text {
                try reparse(query.text)
            }
            prepared = try prepare(tree.statements[position].root, Array(slice), [], infers: false)
            if isOnly { remember(prepared, query.text, []) }
        }
        let outcome = try execute(
            prepared,
            parameters: [],
            formats: .text,
            sink,
            portal: nil,
            isSimple: true,
            isInList: !isOnly
        )
        return outcome
    }

    private var treeOwner: [UInt8] { [UInt8](tree.source) }

    func reparse(_ text: [UInt8]) throws(SQLError) {
        let failure: SyntaxError? = text.withUnsafeBytes { bytes in
            do throws(SyntaxError) {
                try tree.parse(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw SQLError(failure) }
    }

    // MARK: preparation and the plan cache

    func prepare(
        _ root: NodeIndex,
        _ text: [UInt8],
        _ types: [OID],
        infers: Bool
    ) throws(SQLError) -> PreparedStatement {
        if block == .failed, !isExit(root) {
            throw SQLError(
                .inFailedSQLTransaction,
                "current transaction is aborted, commands ignored until end of transaction block"
            )
        }
        let binder = Binder(tree, self, parameterTypes: types, infersParameters: infers)
        let bound = try binder.bind(root)
        let resolved = try binder.resolvedParameterTypes()
        let prepared = PreparedStatement(
            text: text,
            bound: bound,
            parameterTypes: resolved,
            declaredTypes: types,
            catalogVersion: catalog.version,
            description: try describe(bound)
        )
        let node = tree[root]
        if node.kind == .begin, Int(node.position) < tree.source.count {
            prepared.saysStart = tree.source[Int(node.position)] | 0x20 == UInt8(ascii: "s")
        }
        return prepared
    }

    /// As `prepare`, but the errors of a utility statement wait until it runs: PostgreSQL does not analyse those when
    /// they are parsed.
    private func prepareOrDefer(
        _ root: NodeIndex,
        _ text: [UInt8],
        _ types: [OID]
    ) throws(SQLError) -> PreparedStatement {
        do throws(SQLError) {
            return try prepare(root, text, types, infers: true)
        } catch {
            if block == .failed || isAnalysedWhenParsed(root) { throw error }
            let deferred = PreparedStatement(
                text: text,
                bound: .empty,
                parameterTypes: types.map { SQLType(oid: $0) },
                declaredTypes: types,
                catalogVersion: catalog.version,
                description: nil
            )
            deferred.isDeferred = true
            return deferred
        }
    }

    private func isAnalysedWhenParsed(_ root: NodeIndex) -> Bool {
        switch tree[root].kind {
        case .select, .values, .union, .intersect, .except, .insert, .update, .delete, .explain, .declareCursor, .show,
            .createTableAs:
            true
        default: false
        }
    }

    /// Binds a statement whose errors were put off.
    func bindDeferred(_ prepared: PreparedStatement) throws(SQLError) -> PreparedStatement {
        try reparse(prepared.text)
        guard let only = tree.statements.first else { throw SQLError(.internalError, "nothing to bind") }
        return try prepare(only.root, prepared.text, prepared.declaredTypes, infers: true)
    }

    private func isExit(_ root: NodeIndex) -> Bool {
        switch tree[root].kind {
        case .commit, .rollback, .rollbackToSavepoint: return true
        default: return false
        }
    }

    func cachedStatement(_ text: [UInt8], _ types: [OID]) -> PreparedStatement? {
        guard catalogTransaction?.hasChanges != true else { return nil }
        let entry = text.withUnsafeBytes { engine.planCache.entry(PlanCache.hash($0, database)) }
        guard let entry, entry.database == database, entry.catalogVersion == catalog.version, entry.text == text,
            entry.parameterTypes == types, entry.searchPath == parameters.values.value("search_path")
        else { return nil }
        return entry.prepared
    }

    func remember(_ prepared: PreparedStatement, _ text: [UInt8], _ types: [OID]) {
        guard catalogTransaction?.hasChanges != true, text.count <= 16_384 else { return }
        switch prepared.bound {
        case .query, .insert, .update, .delete: break
        default: return
        }
        let entry = PlanCache.Entry(
            text: text,
            database: database,
            searchPath: parameters.values.value("search_path") ?? "",
            catalogVersion: catalog.version,
            parameterTypes: types,
            prepared: prepared
        )
        text.withUnsafeBytes { bytes in
            engine.planCache.insert(entry, PlanCache.hash(bytes, database))
            guard types.isEmpty, prepared.parameterTypes.isEmpty, case .query(let query) = prepared.bound else {
                return
            }
            fingerprint.scan(bytes)
            guard fingerprint.isUsable, fingerprint.literals.count == 1, let point = PointPlan(query, catalog),
                // The literal that the fingerprint lifted out is the one that the look-up compares with.
                Int(point.keyToken) == Int(fingerprint.literals[0].offset), fingerprint.literals[0].kind == .integer,
                fingerprint.literals[0].isPlain
            else { return }
            entry.literals = fingerprint.literals
            entry.point = point
            engine.planCache.insert(entry, fingerprint.hash ^ UInt64(database))
        }
    }

    /// A point look-up known from another text of the same shape. nil: not one.
    private func runPoint(_ text: UnsafeRawBufferPointer, _ sink: any ResultSink) -> Int? {
        guard !isSnapshotHeldByDefault else { return nil }
        fingerprint.scan(text)
        guard fingerprint.isUsable, fingerprint.literals.count == 1,
            let entry = engine.planCache.entry(fingerprint.hash ^ UInt64(database)), let point = entry.point,
            entry.catalogVersion == engine.catalog.committed.version, entry.database == database,
            fingerprint.literals[0].kind == .integer, fingerprint.literals[0].isPlain,
            entry.searchPath == parameters.values.value("search_path"),
            entry.text.withUnsafeBytes({ Fingerprint.isSameShape(text, fingerprint.literals, $0, entry.literals) })
        else { return nil }
        let literal = fingerprint.literals[0]
        let start = Int(literal.offset)
        guard start + Int(literal.length) <= text.count,
            let key = ASCII.parseInt64(UnsafeRawBufferPointer(rebasing: text[start..<(start + Int(literal.length))])),
            point.keyType.oid != .int4 || Int32(exactly: key) != nil, point.store.isUnlocked
        else { return nil }
        if let description = entry.prepared.description { sink.rowDescription(description, formats: .text) }
        return lookUp(point, key, .text, sink)
    }

    private var isSnapshotHeldByDefault: Bool { isolation != .readCommitted }

    func lookUp(_ point: PointPlan, _ key: Int64, _ formats: ResultFormats, _ sink: any ResultSink) -> Int {
        let snapshot = engine.manager.takeReadSnapshot()
        let context = textContext
        var count = 0
        sink.withOutput { output in count = point.run(key, snapshot, &output, formats, context) }
        engine.manager.release(snapshot)
        return count
    }

    // MARK: extended protocol

    /// Parse. - Throws: the statement's errors; the open transaction has failed then.
    public func parse(
        statement name: UnsafeRawBufferPointer,
        text: UnsafeRawBufferPointer,
        parameterTypes: [UInt32]
    ) throws(SQLError) {
        try guarded { () throws(SQLError) in
            startStatement()
            let bytes = [UInt8](text)
            activityQuery = String(decoding: bytes.prefix(1024), as: UTF8.self)
            let prepared: PreparedStatement
            if block != .failed, let cached = cachedStatement(bytes, parameterTypes) {
                prepared = cached
            } else {
                tree.standardConformingStrings = parameters.values.value("standard_conforming_strings") != "off"
                try reparse(bytes)
                if tree.statements.count > 1 {
                    throw SQLError(.syntaxError, "cannot insert multiple commands into a prepared statement")
                }
                if let only = tree.statements.first {
                    prepared = try prepareOrDefer(only.root, bytes, parameterTypes)
                    if case .query(let query) = prepared.bound, catalogTransaction?.hasChanges != true {
                        prepared.point = PointPlan(query, catalog)
                    }
                    remember(prepared, bytes, parameterTypes)
                } else {
                    prepared = PreparedStatement(
                        text: bytes,
                        bound: .empty,
                        parameterTypes: parameterTypes.map { SQLType(oid: $0) },
                        declaredTypes: parameterTypes,
                        catalogVersion: catalog.version,
                        description: nil
                    )
                }
            }
            if name.isEmpty {
                unnamedStatement = prepared
            } else {
                let key = [UInt8](name)
                if statements[key] != nil {
                    throw SQLError(
                        .duplicatePreparedStatement,
                        "prepared statement \"\(String(decoding: key, as: UTF8.self))\" already exists"
                    )
                }
                statements[key] = prepared
            }
        }
    }

    /// An error fails the open transaction, as every error does.
    private func guarded<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        do throws(SQLError) {
            return try body()
        } catch {
            fail(nil)
            throw error
        }
    }

    private func statement(_ name: UnsafeRawBufferPointer) throws(SQLError) -> PreparedStatement {
        if name.isEmpty {
            guard let unnamedStatement else {
                throw SQLError(.invalidSQLStatementName, "unnamed prepared statement does not exist")
            }
            return unnamedStatement
        }
        guard let found = statements[[UInt8](name)] else {
            throw SQLError(
                .invalidSQLStatementName,
                "prepared statement \"\(String(decoding: name, as: UTF8.self))\" does not exist"
            )
        }
        return found
    }

    private func portal(_ name: UnsafeRawBufferPointer) throws(SQLError) -> Portal {
        let found = name.isEmpty ? unnamedPortal : portals[[UInt8](name)]
        guard let found else {
            throw SQLError(.invalidCursorName, "portal \"\(String(decoding: name, as: UTF8.self))\" does not exist")
        }
        return found
    }

    /// A statement bound under another catalog is bound again from its text.
    func refreshed(_ prepared: PreparedStatement) throws(SQLError) -> PreparedStatement {
        if prepared.catalogVersion == catalog.version || prepared.isDeferred { return prepared }
        switch prepared.bound {
        case .transaction, .empty, .set, .show, .showAll, .reset, .deallocate, .discard: return prepared
        default: break
        }
        try reparse(prepared.text)
        guard let only = tree.statements.first else { return prepared }
        let fresh = try prepareOrDefer(only.root, prepared.text, prepared.declaredTypes)
        if let old = prepared.description?.columns, let new = fresh.description?.columns, old != new,
            old.map(\.typeOID) != new.map(\.typeOID)
        {
            throw SQLError(.featureNotSupported, "cached plan must not change result type")
        }
        if case .query(let query) = fresh.bound, catalogTransaction?.hasChanges != true {
            fresh.point = PointPlan(query, catalog)
        }
        for (name, other) in statements where other === prepared { statements[name] = fresh }
        if unnamedStatement === prepared { unnamedStatement = fresh }
        return fresh
    }

    /// Bind.
    public func bind(
        portal name: UnsafeRawBufferPointer,
        statement statementName: UnsafeRawBufferPointer,
        parameterFormats: FormatCodes,
        parameters raw: BoundParameters,
        resultFormats: FormatCodes
    ) throws(SQLError) {
        try guarded { () throws(SQLError) in
            var prepared = try statement(statementName)
            if block == .failed {
                guard case .transaction = prepared.bound else {
                    throw SQLError(
                        .inFailedSQLTransaction,
                        "current transaction is aborted, commands ignored until end of transaction block"
                    )
                }
            } else {
                prepared = try refreshed(prepared)
            }
            let types = prepared.parameterTypes
            guard raw.count == types.count else {
                throw SQLError(
                    .protocolViolation,
                    "bind message supplies \(raw.count) parameters, but prepared statement \"\(String(decoding: statementName, as: UTF8.self))\" requires \(types.count)"
                )
            }
            guard parameterFormats.count <= 1 || parameterFormats.count == raw.count else {
                throw SQLError(
                    .protocolViolation,
                    "bind message has \(parameterFormats.count) parameter formats but \(raw.count) parameters"
                )
            }
            var values: [Value] = []
            values.reserveCapacity(types.count)
            var offset = 0
            for position in types.indices {
                guard offset + 4 <= raw.bytes.count else { throw Session.shortMessage }
                let length = Int(Int32(bigEndian: raw.bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
                offset += 4
                if length < 0 {
                    values.append(.null)
                    continue
                }
                guard length <= raw.bytes.count - offset else { throw Session.shortMessage }
                let bytes = UnsafeRawBufferPointer(rebasing: raw.bytes[offset..<(offset + length)])
                offset += length
                let code = Session.format(parameterFormats, position)
                do throws(SQLError) {
                    switch code {
                    case 0: values.append(try parseText(bytes, types[position]))
                    case 1: values.append(try types[position].receive(bytes))
                    default: throw SQLError(.invalidParameterValue, "unsupported format code: \(code)")
                    }
                } catch {
                    var error = error
                    let portal = name.isEmpty ? "unnamed portal" : "portal \"\(String(decoding: name, as: UTF8.self))\""
                    // Values are not repeated in messages, only that there was a readable one.
                    let isReadable = code == 0 && error.state != .characterNotInRepertoire
                    let hint = isReadable ? (bytes.isEmpty ? " = ''" : " = '...'") : ""
                    error.context = "\(portal) parameter $\(position + 1)\(hint)"
                    throw error
                }
            }
            let columns = prepared.description?.columns.count ?? 0
            guard resultFormats.count <= 1 || resultFormats.count == columns else {
                throw SQLError(
                    .protocolViolation,
                    "bind message has \(resultFormats.count) result formats but query has \(columns) columns"
                )
            }
            let formats: ResultFormats
            if resultFormats.count <= 1 {
                let code = Session.format(resultFormats, 0)
                guard code == 0 || code == 1 else {
                    throw SQLError(.invalidParameterValue, "unsupported format code: \(code)")
                }
                formats = code == 1 ? .binary : .text
            } else {
                let codes = (0..<resultFormats.count).map { Session.format(resultFormats, $0) }
                if let bad = codes.first(where: { $0 != 0 && $0 != 1 }) {
                    throw SQLError(.invalidParameterValue, "unsupported format code: \(bad)")
                }
                formats = .each(codes)
            }
            if block != .failed, prepared.point == nil { try checkConstants(prepared, values) }
            let made = Portal(name: [UInt8](name), statement: prepared, parameters: values, formats: formats)
            if name.isEmpty {
                unnamedPortal = made
            } else {
                if portals[made.name] != nil {
                    throw SQLError(
                        .duplicateCursor,
                        "cursor \"\(String(decoding: name, as: UTF8.self))\" already exists"
                    )
                }
                portals[made.name] = made
            }
        }
    }

    /// Plans the statement for the sake of its errors: constant expressions are computed by the planner, which PostgreSQL
    /// runs at Bind. Statements without such expressions are not planned here again.
    private func checkConstants(_ prepared: PreparedStatement, _ values: [Value]) throws(SQLError) {
        guard prepared.foldsConstants != false else { return }
        switch prepared.bound {
        case .query, .insert, .update, .delete: break
        default: return
        }
        let context = makeContext(ensureTransaction(), values)
        defer { release(context.snapshot) }
        let planner = Planner(context)
        do throws(SQLError) {
            switch prepared.bound {
            case .query(let query): _ = try planner.plan(query, parent: nil)
            case .insert(let insert):
                switch insert.source {
                case .query(let query): _ = try planner.plan(query, parent: nil)
                case .values(let rows):
                    for row in rows { _ = try planner.compile(row, PlanScope(parent: nil, query: nil)) }
                default: break
                }
            case .update(let update): _ = try planner.plan(update.query, parent: nil)
            case .delete(let delete): _ = try planner.plan(delete.query, parent: nil)
            default: break
            }
            prepared.foldsConstants = planner.foldsConstants
        } catch {
            // Having to wait for a lock is Execute's affair.
            if context.blockedOn == 0 { throw error }
        }
    }

    /// A parameter in text format; names of relations and types are looked up.
    private func parseText(_ bytes: UnsafeRawBufferPointer, _ type: SQLType) throws(SQLError) -> Value {
        try type.withoutModifier.parse(bytes, textContext)
    }

    private static var shortMessage: SQLError { SQLError(.protocolViolation, "insufficient data left in message") }

    private static func format(_ codes: FormatCodes, _ position: Int) -> Int16 {
        let index = codes.count == 1 ? 0 : position
        guard index < codes.count, index * 2 + 2 <= codes.bytes.count else { return 0 }
        return Int16(bigEndian: codes.bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
    }

    /// Describe of a statement: ParameterDescription, then RowDescription or NoData.
    public func describe(statement name: UnsafeRawBufferPointer, into sink: any ResultSink) throws(SQLError) {
        try guarded { () throws(SQLError) in
            var prepared = try statement(name)
            if block != .failed { prepared = try refreshed(prepared) }
            sink.parameterDescription(prepared.parameterTypes.map(\.oid))
            if let description = prepared.description {
                sink.rowDescription(description, formats: .text)
            } else {
                sink.noData()
            }
        }
    }

    /// Describe of a portal: RowDescription or NoData.
    public func describe(portal name: UnsafeRawBufferPointer, into sink: any ResultSink) throws(SQLError) {
        try guarded { () throws(SQLError) in
            let portal = try portal(name)
            if let description = portal.description ?? portal.statement.description {
                sink.rowDescription(description, formats: portal.formats)
            } else {
                sink.noData()
            }
        }
    }

    /// Execute. Errors go to the sink.
    public func execute(
        portal name: UnsafeRawBufferPointer,
        maximumRows: Int,
        into sink: any ResultSink
    ) -> Progress {
        do throws(SQLError) {
            startStatement()
            return try run(try portal(name), maximumRows, sink)
        } catch {
            sink.error(error)
            fail(sink)
            return .failed
        }
    }

    private func run(_ portal: Portal, _ maximumRows: Int, _ sink: any ResultSink) throws(SQLError) -> Progress {
        if portal.isCursor || portal.isStarted { return try send(portal, maximumRows, sink) }
        if let point = portal.statement.point, maximumRows == 0, block != .failed, !isSnapshotHeld,
            portal.statement.catalogVersion == catalog.version,
            transaction?.hasWritten != true, point.store.isUnlocked
        {
            if block == .none, isolation != .readCommitted { _ = ensureTransaction() }
            let value: Value
            switch point.key {
            case .literal(let literal): value = literal
            case .parameter(let position):
                value = position >= 1 && position <= portal.parameters.count ? portal.parameters[position - 1] : .null
            }
            portal.isStarted = true
            portal.isComplete = true
            var count = 0
            if case .int(let key) = value { count = lookUp(point, key, portal.formats, sink) }
            sink.commandComplete(CommandTag("SELECT", count: count))
            return .finished
        }
        let holdsRows = maximumRows > 0
        let outcome = try execute(
            portal.statement,
            parameters: portal.parameters,
            formats: portal.formats,
            sink,
            portal: holdsRows ? portal : nil,
            isSimple: false,
            isInList: true
        )
        switch outcome {
        case .blocked:
            suspended = .execute(portal, maximumRows: maximumRows)
            return .blocked
        case .copyIn: return .copyIn
        case .complete(let tag):
            portal.isStarted = true
            portal.tag = tag
            if holdsRows, portal.rows.count > 0 { return try send(portal, maximumRows, sink) }
            portal.isComplete = true
            if tag.words.utf8CodeUnitCount > 0 { sink.commandComplete(tag) } else { sink.emptyQuery() }
            return .finished
        }
    }

    /// The next rows of a portal that holds them.
    private func send(_ portal: Portal, _ maximumRows: Int, _ sink: any ResultSink) throws(SQLError) -> Progress {
        if portal.isComplete, portal.position >= portal.rows.count, portal.tag.words.utf8CodeUnitCount > 0,
            !portal.isCursor, portal.rows.count == 0, !portal.statement.isSelect
        {
            throw SQLError("55000", "portal \"\(String(decoding: portal.name, as: UTF8.self))\" cannot be run")
        }
        let available = portal.rows.count - portal.position
        let take = maximumRows > 0 ? min(maximumRows, available) : available
        sink.withOutput { output in
            for offset in 0..<take { output.append(portal.rows.row(portal.position + offset)) }
        }
        portal.position += take
        if maximumRows > 0, take == maximumRows {
            sink.portalSuspended()
            return .suspended
        }
        var tag = portal.tag
        if tag.count >= 0, portal.statement.isSelect { tag.count = take }
        sink.commandComplete(tag)
        portal.isComplete = true
        return .finished
    }

    public func close(statement name: UnsafeRawBufferPointer) {
        if name.isEmpty { unnamedStatement = nil } else { statements[[UInt8](name)] = nil }
    }

    public func close(portal name: UnsafeRawBufferPointer) {
        if name.isEmpty { unnamedPortal = nil } else { portals[[UInt8](name)] = nil }
    }

    /// Sync: the implicit transaction ends.
    public func sync(into sink: any ResultSink) -> Progress {
        if block == .none {
            do throws(SQLError) {
                if transaction != nil || catalogTransaction != nil { try commit(sink) }
                if unnamedPortal != nil { unnamedPortal = nil }
                if !portals.isEmpty { portals = portals.filter { $0.value.isHoldable } }
            } catch {
                sink.error(error)
                return .failed
            }
        }
        return .finished
    }

    // MARK: going on

    /// After `.blocked` or `.yielded`.
    public func resume(into sink: any ResultSink) -> Progress {
        guard let suspended else { return .finished }
        self.suspended = nil
        if let transaction { engine.manager.stopWaiting(transaction) }
        if let error = interruption() {
            simple = nil
            sink.error(error)
            fail(sink)
            return .failed
        }
        switch suspended {
        case .simple: return continueSimple(sink)
        case .execute(let portal, let maximumRows):
            do throws(SQLError) {
                return try run(portal, maximumRows, sink)
            } catch {
                sink.error(error)
                fail(sink)
                return .failed
            }
        case .sync: return sync(into: sink)
        }
    }

    /// The statement must wait: it is taken back, and the session waits for that transaction.
    func waitFor(_ id: TransactionID, _ transaction: Transaction) throws(SQLError) {
        guard engine.manager.wait(transaction, for: id) else {
            throw SQLError(
                .deadlockDetected,
                "deadlock detected",
                detail: "Process \(identifier) waits for ShareLock on transaction \(id); blocked by another process.",
                hint: "See server log for query details."
            )
        }
        transaction.wake = { [weak self] in self?.wake?() }
    }

    // MARK: COPY FROM STDIN

    public func copyData(_ bytes: UnsafeRawBufferPointer, into sink: any ResultSink) -> Progress {
        guard let copy else { return .failed }
        do throws(SQLError) {
            try copy.reader.feed(bytes)
            return .copyIn
        } catch {
            return abandonCopy(error, sink)
        }
    }

    public func copyDone(into sink: any ResultSink) -> Progress {
        guard let copy else { return .failed }
        do throws(SQLError) {
            try copy.reader.finish()
            self.copy = nil
            release(copy.context.snapshot)
            copy.context.transaction.advanceCommand()
            let tag = CommandTag("COPY", count: copy.reader.rows)
            if copy.isSimple {
                let isLast = simple.map { $0.next >= $0.statements.count } ?? true
                if block == .none, isLast { try commit(sink) }
                sink.commandComplete(tag)
                return continueSimple(sink)
            }
            sink.commandComplete(tag)
            return .finished
        } catch {
            return abandonCopy(error, sink)
        }
    }

    public func copyFail(_ message: UnsafeRawBufferPointer, into sink: any ResultSink) -> Progress {
        guard let copy else { return .failed }
        var error = SQLError(
            "57014",
            "COPY from stdin failed: \(String(decoding: message, as: UTF8.self))"
        )
        error.context = "COPY \(copy.reader.tableName), line \(copy.reader.lineNumber + 1)"
        return abandonCopy(error, sink)
    }

    private func abandonCopy(_ error: SQLError, _ sink: any ResultSink) -> Progress {
        var error = error
        if let copy, copy.context.blockedOn != 0 {
            // The stream cannot be replayed, so it cannot wait for the other transaction.
            error = SQLError("55P03", "could not obtain lock on row in relation \"\(copy.reader.tableName)\"")
        }
        if let copy { release(copy.context.snapshot) }
        copy = nil
        simple = nil
        sink.error(error)
        fail(sink)
        return .failed
    }
}

extension PreparedStatement {
    var isSelect: Bool { if case .query = bound { true } else { false } }
}

extension SQLError {
    init(_ error: SyntaxError) {
        self.init(
            SQLState(error.sqlState),
            error.message,
            detail: error.detail,
            hint: error.hint,
            position: error.position > 0 ? error.position : nil
        )
    }
}
