// A transaction: its id, its snapshot, and how to take back what it did.
//
//     begin ─▶ (id at the first write) ─▶ undo records grow ─▶ commit: prune what nobody can see any more
//                                                          └─▶ rollback: records applied backwards, exactly
//
// A savepoint is a position in the undo records.

/// How to take one change back.
struct UndoRecord {
    enum Kind: UInt8 {
        /// `row … row + extra - 1` were inserted.
        case insert
        /// `row` was updated, its previous version is in slot `extra`.
        case update
        /// `row` was deleted; `previous` is the xmax before.
        case delete
        /// `row` was locked; `previous` is the xmax before.
        case lock
        /// `actions[row]` is called.
        case action
    }
    var kind: Kind
    var row: UInt32
    var extra: UInt32
    var previous: UInt64
    var table: Unmanaged<TableStore>?
}

/// One transaction of one session.
public final class Transaction {
    /// 0 until the first write.
    public internal(set) var id: TransactionID = 0
    /// The number of the running command within the transaction, from 1.
    public private(set) var command: UInt32 = 1
    public private(set) var isOpen = true
    var undo: [UndoRecord] = []
    /// Tables in `undo`, kept alive.
    var tables: [TableStore] = []
    private var actions: [() -> Void] = []
    private var commitActions: [() -> Void] = []
    /// The transaction this one waits for, 0 for none. Used to find deadlocks.
    public internal(set) var waitingFor: TransactionID = 0
    /// Called once when a transaction this one waits for has ended.
    public var wake: (() -> Void)?
    /// Tables this transaction has read or written, with the strength of its lock.
    var locks: [ObjectIdentifier: (table: TableStore, mode: TableLock)] = [:]
    unowned let manager: TransactionManager

    init(_ manager: TransactionManager) {
        self.manager = manager
    }

    /// True if something was written.
    public var hasWritten: Bool { id != 0 }

    /// The present end of the undo records: what `rollback(to:)` takes.
    public var savepoint: Int { undo.count }

    /// Work done so far becomes visible to the next statement of this transaction.
    public func advanceCommand() {
        command += 1
    }

    /// The id, taken at the first write.
    func identify() -> TransactionID {
        if id == 0 { manager.assignID(to: self) }
        return id
    }

    /// Registers a step to be done if the work from here on is rolled back. Steps run in reverse order.
    public func onRollback(_ action: @escaping () -> Void) {
        actions.append(action)
        undo.append(UndoRecord(kind: .action, row: UInt32(actions.count - 1), extra: 0, previous: 0, table: nil))
    }

    /// Registers a step to be done after the commit (not done when rolled back to a savepoint before it).
    public func onCommit(_ action: @escaping () -> Void) {
        let position = commitActions.count
        commitActions.append(action)
        onRollback { [unowned self] in commitActions.removeSubrange(position...) }
    }

    func recordInsert(_ row: RowID, _ table: TableStore) {
        if let last = undo.indices.last, undo[last].kind == .insert, undo[last].row &+ undo[last].extra == row,
            undo[last].table?.toOpaque() == Unmanaged.passUnretained(table).toOpaque(), last >= barrier
        {
            undo[last].extra += 1
            return
        }
        note(table)
        undo.append(
            UndoRecord(kind: .insert, row: row, extra: 1, previous: 0, table: .passUnretained(table))
        )
    }

    func record(_ kind: UndoRecord.Kind, _ row: RowID, extra: UInt32, previous: UInt64, _ table: TableStore) {
        note(table)
        undo.append(UndoRecord(kind: kind, row: row, extra: extra, previous: previous, table: .passUnretained(table)))
    }

    private func note(_ table: TableStore) {
        if tables.last !== table, !tables.contains(where: { $0 === table }) { tables.append(table) }
    }

    /// Insert records before this position must not be extended: a savepoint lies there.
    private var barrier = 0

    /// A position for `rollback(to:)` that later work is kept apart from.
    public func setSavepoint() -> Int {
        barrier = undo.count
        return undo.count
    }

    /// Takes back everything done after the savepoint.
    public func rollback(to savepoint: Int) {
        while undo.count > savepoint {
            let record = undo.removeLast()
            switch record.kind {
            case .action:
                let action = actions.removeLast()
                action()
            case .insert:
                guard let table = record.table?.takeUnretainedValue() else { continue }
                var row = record.row &+ record.extra
                while row > record.row {
                    row -= 1
                    table.undoInsert(row)
                }
            case .update:
                record.table?.takeUnretainedValue().undoUpdate(record.row, old: record.extra)
            case .delete, .lock:
                record.table?.takeUnretainedValue().restoreXmax(record.row, record.previous)
            }
        }
        barrier = min(barrier, undo.count)
    }

    /// Makes the work permanent and visible. The transaction is over.
    public func commit() {
        guard isOpen else { return }
        isOpen = false
        if id != 0 { manager.log?.commit(id) }
        manager.finish(self, committed: true)
        if !commitActions.isEmpty {
            let steps = commitActions
            commitActions = []
            for step in steps { step() }
        }
        forget()
    }

    /// Takes all work back. The transaction is over.
    public func rollback() {
        guard isOpen else { return }
        rollback(to: 0)
        isOpen = false
        if id != 0 { manager.log?.abort(id) }
        manager.finish(self, committed: false)
        forget()
    }

    private func forget() {
        undo = []
        tables = []
        actions = []
        commitActions = []
        locks = [:]
        wake = nil
    }
}
