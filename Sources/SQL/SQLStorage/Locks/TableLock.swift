// Locks on whole tables: enough to keep schema changes and data changes apart.
//
// Statements outside a transaction block run to their end in one go and need no lock of their own: they only look whether
// another transaction holds the table exclusively.

/// Strength of a table lock.
public enum TableLock: UInt8, Sendable, Comparable {
    /// Reading.
    case share
    /// Changing rows.
    case rowExclusive
    /// Changing the table itself: nobody else may hold any lock.
    case exclusive

    public static func < (left: TableLock, right: TableLock) -> Bool { left.rawValue < right.rawValue }
}

extension TableStore {
    /// The transaction in whose way `transaction` would be: one that holds a lock which does not go with `mode`.
    public func conflict(_ mode: TableLock, for transaction: Transaction) -> Transaction? {
        if holders.isEmpty { return nil }
        for holder in holders where holder.transaction !== transaction {
            if mode == .exclusive || holder.mode == .exclusive { return holder.transaction }
        }
        return nil
    }

    /// Takes the lock until the transaction ends. - Precondition: `conflict` was nil.
    public func lock(_ mode: TableLock, for transaction: Transaction) {
        let key = ObjectIdentifier(self)
        if let present = transaction.locks[key] {
            if present.mode >= mode { return }
            if let position = holders.firstIndex(where: { $0.transaction === transaction }) {
                holders[position].mode = mode
            }
        } else {
            holders.append((transaction, mode))
        }
        transaction.locks[key] = (self, mode)
        if mode == .exclusive { isLockedExclusively = true }
    }

    func unlock(_ transaction: Transaction) {
        holders.removeAll { $0.transaction === transaction }
        isLockedExclusively = holders.contains { $0.mode == .exclusive }
    }
}

extension TableStore {
    /// True if no transaction holds the table exclusively: a reader may go ahead.
    @inlinable public var isUnlocked: Bool { !isLockedExclusively }
}
