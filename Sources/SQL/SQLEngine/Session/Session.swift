// One client's session: its transaction, prepared statements, portals and parameters.
//
//     runSimple: text ─▶ statements ─▶ each: bind, plan, execute          (implicit transaction block around them)
//     parse ─▶ bind ─▶ describe ─▶ execute … sync                         (implicit transaction until sync)
//
//     idle ─BEGIN─▶ block ─error─▶ failed ─ROLLBACK─▶ idle
//
// Isolation: READ COMMITTED takes a snapshot per statement; REPEATABLE READ one per transaction. SERIALIZABLE is snapshot
// isolation for now: write skew is not detected.
// A statement that meets a row changed by another open transaction is taken back to its beginning and answers `.blocked`; it
// runs again, with a new snapshot, when that transaction is over.

import Bytes
import SQLStorage
import SQLSyntax
import SQLTypes

/// One connection's state in the engine. Confined to the engine's thread.
public final class Session {
    public let identifier: Int32
    public let secret: Int32
    let engine: Engine
    let currentDatabase: Database
    public var database: OID { currentDatabase.oid }
    let user: String
    public internal(set) var parameters = RunTimeParameterBox()
    /// Called when a session that answered `.blocked` may be resumed.
    public var wake: (() -> Void)?

    // Transaction.
    enum Block {
        /// No block: each statement (or simple query, or sync period) is its own transaction.
        case none
        case explicit
        case failed
    }
    var block = Block.none
    var transaction: Transaction?
    var catalogTransaction: CatalogTransaction?
    /// The transaction's snapshot under REPEATABLE READ and SERIALIZABLE.
    var heldSnapshot: Snapshot?
    var isolation = IsolationLevel.readCommitted
    var isReadOnly = false
    var savepoints: [Savepoint] = []
    var transactionStart: Int64 = 0
    var statementStart: Int64 = 0
    var lastTransactionID: TransactionID = 0
    /// Whether something ran in the present transaction (SET TRANSACTION ISOLATION LEVEL must come first).
    var hasQueried = false
    /// A reported parameter may have changed.
    var isReportDue = false

    struct Savepoint {
        var name: String
        var undo: Int
        var catalog: Int
        var parameters: ([String: String], [String: String])
    }

    // Statements.
    let tree = SyntaxTree()
    var fingerprint = Fingerprint()
    var statements: [[UInt8]: PreparedStatement] = [:]
    var unnamedStatement: PreparedStatement?
    var portals: [[UInt8]: Portal] = [:]
    var unnamedPortal: Portal?
    /// What `resume` goes on with.
    var suspended: Suspended?
    /// The simple query that is being worked through.
    var simple: SimpleQuery?
    var copy: CopyState?
    var isClosed = false
    var cancelRequested = false
    var deadline: Int64 = 0
    var activityQuery = ""
    let sequences = SessionSequences()
    var randomState: UInt64
    var cachedTextContext: (version: Int, context: TextContext)?

    enum Suspended {
        case simple
        case execute(Portal, maximumRows: Int)
        case sync
    }

    struct SimpleQuery {
        var text: [UInt8]
        var statements: [SyntaxTree.Statement]
        var next = 0
    }

    struct CopyState {
        var reader: CopyReader
        var isSimple: Bool
        var context: ExecutionContext
    }

    init(_ engine: Engine, identifier: Int32, secret: Int32, user: String, database: Database) {
        self.engine = engine
        self.identifier = identifier
        self.secret = secret
        self.user = user
        currentDatabase = database
        randomState = engine.configuration.random()
        parameters.initialReport["session_authorization"] = user
        parameters.initialReport["is_superuser"] =
            engine.catalog.committed.role(named: user)?.isSuperuser == true ? "on" : "off"
        parameters.values.force("session_authorization", user)
        parameters.values.force("port", String(engine.port))
        parameters.values.force(
            "is_superuser",
            engine.catalog.committed.role(named: user)?.isSuperuser == true ? "on" : "off"
        )
    }

    /// For ReadyForQuery.
    public var transactionStatus: TransactionStatus {
        switch block {
        case .none: .idle
        case .explicit: .inTransaction
        case .failed: .failed
        }
    }

    /// The ParameterStatus messages of the start.
    public var reportedParameters: [(name: String, value: String)] {
        RunTimeParameters.definitions.values.filter(\.isReported).sorted { $0.name.lowercased() < $1.name.lowercased() }
            .map { ($0.name, parameters.values.value($0.name) ?? "") }
    }

    // MARK: transaction

    func ensureTransaction() -> Transaction {
        if let transaction { return transaction }
        let made = engine.manager.begin()
        transaction = made
        transactionStart = statementStart
        if isolation.rawValue != parameters.values.value("default_transaction_isolation") || isReadOnly {
            applyDefaultModes()
        }
        hasQueried = false
        return made
    }

    func applyDefaultModes() {
        isolation =
            parameters.values.value("default_transaction_isolation").flatMap { IsolationLevel(rawValue: $0) }
            ?? .readCommitted
        isReadOnly = parameters.values.value("default_transaction_read_only") == "on"
    }

    func ensureCatalogTransaction() -> CatalogTransaction {
        if let catalogTransaction { return catalogTransaction }
        let made = CatalogTransaction(engine.catalog, database: currentDatabase.oid, user: user)
        catalogTransaction = made
        return made
    }

    public var catalog: CatalogState { catalogTransaction?.state ?? engine.catalog.committed }

    var isSnapshotHeld: Bool { isolation == .repeatableRead || isolation == .serializable }

    /// The snapshot for the next statement; give it back with `release`.
    func takeSnapshot(_ transaction: Transaction) -> Snapshot {
        hasQueried = true
        guard isSnapshotHeld else { return engine.manager.takeSnapshot(for: transaction) }
        if let heldSnapshot {
            engine.manager.advance(heldSnapshot, for: transaction)
            return heldSnapshot
        }
        let made = engine.manager.takeSnapshot(for: transaction)
        heldSnapshot = made
        return made
    }

    func release(_ snapshot: Snapshot) {
        if snapshot !== heldSnapshot { engine.manager.release(snapshot) }
    }

    private func endTransactionState() {
        if let heldSnapshot { engine.manager.release(heldSnapshot) }
        heldSnapshot = nil
        if let id = transaction?.id, id != 0 { lastTransactionID = id }
        transaction = nil
        catalogTransaction = nil
        if !savepoints.isEmpty { savepoints = [] }
        block = .none
        if !portals.isEmpty {
            portals = portals.filter { $0.value.isHoldable }
            for portal in portals.values { portal.isNew = false }
        }
        unnamedPortal = nil
        hasQueried = false
    }

    /// Commits; on failure everything is rolled back and the error thrown.
    func commit(_ sink: (any ResultSink)?) throws(SQLError) {
        if let catalogTransaction, catalogTransaction.hasChanges {
            do throws(SQLError) {
                try engine.catalog.commit(catalogTransaction)
            } catch {
                rollback(sink)
                throw error
            }
        }
        let isRestoring = !parameters.values.local.isEmpty
        parameters.commit()
        let finished = transaction
        endTransactionState()
        finished?.commit()
        if isRestoring { isReportDue = true }
    }

    func rollback(_ sink: (any ResultSink)?) {
        let finished = transaction
        catalogTransaction?.forget()
        let hasChanges = !parameters.values.local.isEmpty || !parameters.values.pending.isEmpty
        parameters.rollback()
        portals = portals.filter { $0.value.isHoldable && !$0.value.isNew }
        endTransactionState()
        finished?.rollback()
        if hasChanges { isReportDue = true }
    }

    /// An error in a block makes it fail; outside it takes everything back.
    func fail(_ sink: (any ResultSink)?) {
        switch block {
        case .none: rollback(sink)
        case .explicit, .failed:
            block = .failed
            unnamedPortal = nil
            // Nothing done may stay locked or visible longer than needed: up to the last savepoint it is taken back now.
            if let last = savepoints.last {
                transaction?.rollback(to: last.undo)
                catalogTransaction?.rollBack(to: last.catalog)
            } else {
                // Nothing to return to: whoever waits for this transaction may go on at once.
                catalogTransaction?.forget()
                if let heldSnapshot { engine.manager.release(heldSnapshot) }
                heldSnapshot = nil
                let finished = transaction
                transaction = nil
                finished?.rollback()
            }
        }
    }

    // MARK: reporting

    private var reported: [String: String] {
        get { parameters.reported }
        set { parameters.reported = newValue }
    }

    /// Tells the sink which reported parameters have changed since it was last told: just before ReadyForQuery.
    public func reportParameters(into sink: any ResultSink) {
        guard isReportDue else { return }
        isReportDue = false
        for definition in RunTimeParameters.definitions.values where definition.isReported {
            let value = parameters.values.value(definition.name) ?? ""
            if reported[definition.name] == nil {
                reported[definition.name] = parameters.initialReport[definition.name]
            }
            if (reported[definition.name] ?? definition.value) != value {
                reported[definition.name] = value
                sink.parameterStatus(definition.name, value)
            }
        }
    }

    // MARK: interruption

    /// Ends the running (or blocked) statement with 57014.
    public func cancel() {
        cancelRequested = true
        if suspended != nil { wake?() }
    }

    func interruption() -> SQLError? {
        if cancelRequested {
            cancelRequested = false
            return SQLError("57014", "canceling statement due to user request")
        }
        if deadline > 0, engine.configuration.clock() >= deadline {
            deadline = 0
            return SQLError("57014", "canceling statement due to statement timeout")
        }
        return nil
    }

    func startStatement() {
        statementStart = engine.configuration.clock()
        cancelRequested = false
        let timeout = parameters.statementTimeout
        deadline = timeout > 0 ? statementStart + timeout * 1000 : 0
    }

    /// Ends the session: open work is rolled back.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        suspended = nil
        simple = nil
        copy = nil
        wake = nil
        portals = [:]
        unnamedPortal = nil
        statements = [:]
        unnamedStatement = nil
        rollback(nil)
        engine.forget(self)
    }

    /// Where the running COPY FROM STDIN is, as the context of an error.
    public var copyContext: String? {
        copy.map { "COPY \($0.reader.tableName), line \($0.reader.lineNumber + 1)" }
    }

    /// The server met an error of its own in the extended protocol.
    public func protocolError(_ error: SQLError) {
        copy = nil
        suspended = nil
        simple = nil
        fail(nil)
    }
}

/// The parameters with what is derived from them.
public struct RunTimeParameterBox {
    var values = RunTimeParameters()
    var reported: [String: String] = [:]
    var initialReport: [String: String] = [:]
    private var timeout: (version: Int, value: Int64) = (-1, 0)

    mutating func setInitial(_ name: String, _ value: String) throws(SQLError) {
        try values.setInitial(name, value)
        let key = name.lowercased()
        if let definition = RunTimeParameters.definitions[key], definition.isReported {
            initialReport[definition.name] = values.value(key)
        }
    }

    mutating func commit() { values.commit() }
    mutating func rollback() { values.rollback() }

    /// Milliseconds, 0 for none.
    var statementTimeout: Int64 {
        mutating get {
            if timeout.version != values.version {
                timeout = (values.version, values.milliseconds("statement_timeout"))
            }
            return timeout.value
        }
    }
}
