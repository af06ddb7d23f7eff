// What an expression sees while it is evaluated: the present row of every relation of its query, and of the queries around it.
//
//     Frame (inner query) ─ parent ─▶ Frame (outer query)          one per query of the statement
//       slots[relation]: a stored tuple, or values, or nothing (the null side of an outer join)
//
// Stored tuples are looked at in place: a column that nobody asks for is never decoded.

import SQLStorage
import SQLTypes

/// A relation's present row.
struct Slot {
    var tuple: UnsafeMutableRawPointer?
    var row: RowID = 0
    var values: [Value]?

    static var empty: Slot { Slot() }
}

/// How to read the tuples of a table.
final class TableReader {
    let store: TableStore
    let codecs: [ColumnCodec]
    let table: Table

    init(_ table: Table, _ store: TableStore) {
        self.table = table
        self.store = store
        codecs = table.columns.map { ColumnCodec($0.type) }
    }

    func value(_ tuple: UnsafeMutableRawPointer, _ column: Int) -> Value {
        codecs[column].value(store.datum(tuple, column))
    }

    func values(_ tuple: UnsafeMutableRawPointer) -> [Value] {
        codecs.indices.map { value(tuple, $0) }
    }
}

/// What all parts of one execution share.
final class ExecutionContext {
    let environment: any EvaluationEnvironment
    let transaction: Transaction
    let manager: TransactionManager
    var snapshot: Snapshot
    var parameters: [Value]
    let catalog: CatalogState
    /// Looked at now and then; true ends the statement with 57014.
    private let interrupt: () -> SQLError?
    private var ticks = 0

    init(
        environment: any EvaluationEnvironment,
        transaction: Transaction,
        manager: TransactionManager,
        snapshot: Snapshot,
        parameters: [Value],
        catalog: CatalogState,
        interrupt: @escaping () -> SQLError?
    ) {
        self.environment = environment
        self.transaction = transaction
        self.manager = manager
        self.snapshot = snapshot
        self.parameters = parameters
        self.catalog = catalog
        self.interrupt = interrupt
    }

    /// Whether locks outlive the statement: inside a transaction block.
    var holdsLocks = false

    /// Takes a table lock, or unwinds the statement to wait for whoever is in the way.
    func lock(_ store: TableStore?, _ mode: TableLock) throws(SQLError) {
        guard let store else { return }
        if let other = store.conflict(mode, for: transaction) { throw block(on: manager.identify(other)) }
        if holdsLocks || mode == .exclusive { store.lock(mode, for: transaction) }
    }

    /// A snapshot that sees everything this transaction has done, this command included. To be released.
    var ownSnapshot: Snapshot {
        _ = manager.identify(transaction)
        transaction.advanceCommand()
        return manager.takeSnapshot(for: transaction)
    }

    /// The transaction whose end the statement must wait for; set together with throwing `block(on:)`'s error.
    private(set) var blockedOn: TransactionID = 0

    /// The error that unwinds a statement which has to wait; the session catches it and runs the statement again later.
    func block(on id: TransactionID) -> SQLError {
        blockedOn = id
        return SQLError(.internalError, "the statement waits for transaction \(id)")
    }

    static var serializationFailure: SQLError {
        SQLError(.serializationFailure, "could not serialize access due to concurrent update")
    }

    /// Called per row by whatever can run long.
    @inline(__always)
    func tick() throws(SQLError) {
        ticks &+= 1
        if ticks & 1023 == 0, let error = interrupt() { throw error }
    }
}

final class Frame {
    var slots: [Slot]
    let readers: [TableReader?]
    let parent: Frame?
    let context: ExecutionContext
    var groupKeys: [Value] = []
    var aggregates: [Value] = []
    /// The row that `rowColumn` refers to.
    var row: [Value] = []
    /// Results of the query's common tables.
    var commonTables: [CommonTableResult] = []

    init(readers: [TableReader?], parent: Frame?, context: ExecutionContext) {
        slots = Array(repeating: .empty, count: readers.count)
        self.readers = readers
        self.parent = parent
        self.context = context
    }

    @inline(__always)
    func ancestor(_ level: Int) -> Frame {
        var frame = self
        var rest = level
        while rest > 0, let parent = frame.parent {
            frame = parent
            rest -= 1
        }
        return frame
    }
}

/// The rows of a common table, computed when first asked for.
final class CommonTableResult {
    var rows: [[Value]]?
    var workingRows: [[Value]] = []
    let compute: (CommonTableResult) throws(SQLError) -> [[Value]]

    init(_ compute: @escaping (CommonTableResult) throws(SQLError) -> [[Value]]) {
        self.compute = compute
    }

    func all() throws(SQLError) -> [[Value]] {
        if let rows { return rows }
        let made = try compute(self)
        rows = made
        return made
    }
}
