// Which transactions' work a statement sees.
//
//     id < xmin            committed before the snapshot           visible
//     id >= xmax           began after it                          invisible
//     in between           visible unless in `active`
//     id == own            visible if done by an earlier command
//
// There is no commit log: an aborted transaction takes its work back before it ends, so an id found in a row and not active is
// committed.

/// A transaction's number; 48 bits, 0 is none.
public typealias TransactionID = UInt64
/// A row's slot number in its table; stable for the row's life.
public typealias RowID = UInt32

/// A frozen view of which transactions are committed.
public final class Snapshot {
    @usableFromInline var xmin: TransactionID = 1
    @usableFromInline var xmax: TransactionID = 1
    @usableFromInline var active: [TransactionID] = []
    /// The transaction that looks, 0 when it has written nothing yet.
    public internal(set) var own: TransactionID = 0
    /// Own work of commands before this one is visible.
    public internal(set) var command: UInt32 = 0

    init() {}

    /// True if that transaction's work is visible (own work apart).
    @inlinable
    func includes(_ id: TransactionID) -> Bool {
        if id < xmin { return true }
        if id >= xmax { return false }
        for other in active where other == id { return false }
        return true
    }
}

/// What a statement about to write a row finds.
public enum WriteConflict: Equatable, Sendable {
    case none
    /// Wait until that transaction ends, then run the statement again.
    case blocked(on: TransactionID)
    /// The row was changed by a transaction that the snapshot does not see (40001).
    case changed
    /// The row is gone for this snapshot, e.g. deleted by an earlier command of the same transaction.
    case gone
}
