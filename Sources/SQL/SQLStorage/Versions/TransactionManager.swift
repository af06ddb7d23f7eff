// Ids, snapshots, who waits for whom, and the horizon behind which old versions are garbage.
//
//     horizon = the oldest xmin of all held snapshots: what committed before it is visible to everyone
//     commit ─▶ its replaced versions are pruned at once if nobody can need them, else queued until the horizon passes
//
// Deadlocks: each transaction waits for at most one other, so a cycle is found by following that chain.

/// Where changes are written before they are made: the write-ahead log's hook. None is attached yet.
public protocol ChangeLog: AnyObject {
    /// Called before the row is stored.
    func insert(_ table: TableStore, _ row: RowID, by transaction: TransactionID)
    func update(_ table: TableStore, _ row: RowID, by transaction: TransactionID)
    func delete(_ table: TableStore, _ row: RowID, by transaction: TransactionID)
    func commit(_ transaction: TransactionID)
    func abort(_ transaction: TransactionID)
}

/// The transactions of one server. Confined to the thread that owns the data.
public final class TransactionManager {
    private var nextID: TransactionID = 3
    private var open: [Transaction] = []
    /// Held snapshots, unordered.
    private var held: [Snapshot] = []
    private var spare: [Snapshot] = []
    /// Replaced versions that some snapshot may still need.
    private var garbage: [(id: TransactionID, table: TableStore, row: RowID)] = []
    public weak var log: (any ChangeLog)?

    public init() {}

    public func begin() -> Transaction {
        Transaction(self)
    }

    /// The next id, for `txid_current` and the like.
    public var nextTransactionID: TransactionID { nextID }

    @usableFromInline
    func assignID(to transaction: Transaction) {
        transaction.id = nextID
        nextID += 1
        open.append(transaction)
    }

    /// The id, taken now if there is none yet.
    public func identify(_ transaction: Transaction) -> TransactionID {
        transaction.identify()
    }

    /// A snapshot of now for the transaction's present command. Give it back with `release`.
    public func takeSnapshot(for transaction: Transaction) -> Snapshot {
        takeSnapshot(own: transaction.id, command: transaction.command)
    }

    func takeSnapshot(own: TransactionID, command: UInt32) -> Snapshot {
        let snapshot = spare.popLast() ?? Snapshot()
        snapshot.xmax = nextID
        snapshot.xmin = nextID
        snapshot.own = own
        snapshot.command = command
        if !snapshot.active.isEmpty { snapshot.active.removeAll(keepingCapacity: true) }
        for other in open where other.id != own {
            snapshot.active.append(other.id)
            if other.id < snapshot.xmin { snapshot.xmin = other.id }
        }
        if own != 0, own < snapshot.xmin { snapshot.xmin = own }
        held.append(snapshot)
        return snapshot
    }

    /// The same view of others, the present command of the own transaction (REPEATABLE READ between statements).
    public func advance(_ snapshot: Snapshot, for transaction: Transaction) {
        snapshot.own = transaction.id
        snapshot.command = transaction.command
    }

    /// A second hold on the same view, for a cursor.
    public func copy(_ snapshot: Snapshot) -> Snapshot {
        let copy = spare.popLast() ?? Snapshot()
        copy.xmin = snapshot.xmin
        copy.xmax = snapshot.xmax
        copy.active = snapshot.active
        copy.own = snapshot.own
        copy.command = snapshot.command
        held.append(copy)
        return copy
    }

    public func release(_ snapshot: Snapshot) {
        guard let position = held.lastIndex(where: { $0 === snapshot }) else { return }
        held.swapAt(position, held.count - 1)
        held.removeLast()
        if spare.count < 16 { spare.append(snapshot) }
        if !garbage.isEmpty { collectGarbage() }
    }

    /// Every transaction below it is over and visible to every held snapshot.
    var horizon: TransactionID {
        var oldest = nextID
        for snapshot in held where snapshot.xmin < oldest { oldest = snapshot.xmin }
        for transaction in open where transaction.id < oldest { oldest = transaction.id }
        return oldest
    }

    func isOpen(_ id: TransactionID) -> Bool {
        for transaction in open where transaction.id == id { return true }
        return false
    }

    /// Notes that `transaction` waits for the end of `id`. False: that would close a circle (40P01).
    public func wait(_ transaction: Transaction, for id: TransactionID) -> Bool {
        // A transaction that waits must be findable by those who wait for it.
        _ = transaction.identify()
        var next = id
        var steps = 0
        while let other = open.first(where: { $0.id == next }), steps <= open.count {
            if other === transaction { return false }
            if other.waitingFor == 0 { break }
            next = other.waitingFor
            steps += 1
        }
        transaction.waitingFor = id
        return true
    }

    public func stopWaiting(_ transaction: Transaction) {
        transaction.waitingFor = 0
    }

    func finish(_ transaction: Transaction, committed: Bool) {
        let id = transaction.id
        if id != 0, let position = open.firstIndex(where: { $0 === transaction }) { open.remove(at: position) }
        for (_, lock) in transaction.locks { lock.table.unlock(transaction) }
        if committed, id != 0 {
            let horizon = self.horizon
            for record in transaction.undo where record.kind == .update || record.kind == .delete {
                guard let table = record.table?.takeUnretainedValue() else { continue }
                if id < horizon {
                    table.prune(record.row, horizon: horizon)
                } else {
                    garbage.append((id, table, record.row))
                }
            }
        }
        if !garbage.isEmpty { collectGarbage() }
        guard id != 0 else { return }
        for other in open where other.waitingFor == id {
            other.waitingFor = 0
            let wake = other.wake
            other.wake = nil
            wake?()
        }
    }

    private func collectGarbage() {
        let horizon = self.horizon
        // Ids enter in the order of commits, not strictly ascending: look at a prefix, keep the rest.
        guard let first = garbage.first, first.id < horizon else { return }
        var kept: [(id: TransactionID, table: TableStore, row: RowID)] = []
        for entry in garbage {
            if entry.id < horizon {
                entry.table.prune(entry.row, horizon: horizon)
            } else {
                kept.append(entry)
            }
        }
        garbage = kept
    }

    /// Rows and versions waiting for the horizon.
    public var garbageCount: Int { garbage.count }

    public func prune(_ table: TableStore) {
        table.vacuum(horizon: horizon)
    }
}

extension TransactionManager {
    /// A snapshot of now for a reader that writes nothing. Give it back with `release`.
    public func takeReadSnapshot() -> Snapshot {
        takeSnapshot(own: 0, command: 1)
    }
}
