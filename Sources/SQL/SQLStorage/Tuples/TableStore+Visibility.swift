// Which version of a row a snapshot sees.
//
//     head: xmin visible? ─no─▶ older ─▶ older …            own work counts if an earlier command did it
//             └yes─▶ xmax a visible deletion? ─yes─▶ nothing

extension TableStore {
    /// The version of the row in `slot` that the snapshot sees; nil if there is none. O(1) for a row nobody is changing.
    @inlinable
    public func visible(_ slot: RowID, _ snapshot: Snapshot) -> UnsafeMutableRawPointer? {
        let row = pointer(slot)
        let xmin = row.xminWord
        guard xmin & RowHeader.head != 0 else { return nil }
        if xmin & RowHeader.idMask < snapshot.xmin, row.xmaxWord == 0 { return row }
        return visibleSlow(row, snapshot)
    }

    @usableFromInline
    func visibleSlow(_ head: UnsafeMutableRawPointer, _ snapshot: Snapshot) -> UnsafeMutableRawPointer? {
        var row = head
        while true {
            let id = row.xminWord & RowHeader.idMask
            let xmax = row.xmaxWord
            let deleter = xmax & RowHeader.lock == 0 ? xmax & RowHeader.idMask : 0
            let isSeen: Bool
            if id == snapshot.own {
                // When the own transaction also deleted it, `command` tells when that was; it was made earlier.
                isSeen = deleter == id ? true : row.command < snapshot.command
            } else {
                isSeen = snapshot.includes(id)
            }
            if isSeen {
                guard deleter != 0 else { return row }
                if deleter == snapshot.own { return row.command < snapshot.command ? nil : row }
                return snapshot.includes(deleter) ? nil : row
            }
            guard row.older != TableStore.none else { return nil }
            row = pointer(row.older)
        }
    }

    /// What stands in the way of changing the row that the snapshot sees.
    public func writeConflict(_ slot: RowID, _ snapshot: Snapshot, _ transaction: Transaction) -> WriteConflict {
        let row = pointer(slot)
        guard row.xminWord & RowHeader.head != 0 else { return .gone }
        let maker = row.xminWord & RowHeader.idMask
        if maker != transaction.id {
            if transaction.manager.isOpen(maker) { return .blocked(on: maker) }
            if !snapshot.includes(maker) { return .changed }
        } else if row.command >= snapshot.command {
            // Changed by this very command already (a join met the row twice): the first change stands.
            return .gone
        }
        let xmax = row.xmaxWord
        if xmax != 0 {
            let id = xmax & RowHeader.idMask
            if id != transaction.id {
                if transaction.manager.isOpen(id) { return .blocked(on: id) }
                if xmax & RowHeader.lock == 0 { return snapshot.includes(id) ? .gone : .changed }
            } else if xmax & RowHeader.lock == 0 {
                return .gone
            }
        }
        return .none
    }
}

extension TableStore {
    /// The hidden columns of a version.
    public func systemFields(_ row: UnsafeMutableRawPointer) -> (
        xmin: TransactionID, xmax: TransactionID, command: UInt32
    ) {
        (row.xminWord & RowHeader.idMask, row.xmaxWord & RowHeader.idMask, row.command)
    }
}
