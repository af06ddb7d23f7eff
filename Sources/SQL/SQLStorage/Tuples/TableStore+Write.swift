// Changes to rows, their undoing, and the pruning of what nobody needs any more.
//
//     insert   new slot, an entry in every index
//     update   the present version is copied to a slot of its own, the head is overwritten; entries only for changed keys
//     delete   xmax; the row stays until every snapshot sees the deletion
//     prune    frees the versions behind the newest one that everybody sees, their texts and their index entries
//
// Callers check conflicts (`writeConflict`, `uniqueConflict`) before; these functions cannot fail but for want of memory.

extension TableStore {
    /// Stores a row. `values` has one datum per column; texts are copied.
    /// - Returns: the row's id, nil when the table is full (2^32 rows).
    public func insert(_ values: UnsafePointer<Datum>, _ transaction: Transaction) -> RowID? {
        let id = transaction.identify()
        guard let slot = allocateSlot() else { return nil }
        transaction.manager.log?.insert(self, slot, by: id)
        let row = pointer(slot)
        row.xminWord = id | RowHeader.head
        row.xmaxWord = 0
        row.older = Self.none
        row.command = transaction.command
        (row + RowHeader.size).initializeMemory(as: UInt8.self, repeating: 0, count: layout.nullBytes)
        for column in 0..<layout.kinds.count { store(values[column], row, column) }
        for index in indexes { index.add(row, slot) }
        liveRows += 1
        transaction.recordInsert(slot, self)
        return slot
    }

    /// Replaces the row's values. Columns whose `isChanged` is false keep their present ones (texts are shared).
    /// - Returns: false when the table is full.
    public func update(
        _ slot: RowID,
        _ values: UnsafePointer<Datum>,
        isChanged: UnsafePointer<Bool>,
        _ transaction: Transaction
    ) -> Bool {
        let id = transaction.identify()
        guard let oldSlot = allocateSlot() else { return false }
        transaction.manager.log?.update(self, slot, by: id)
        let row = pointer(slot)
        let old = pointer(oldSlot)
        old.copyMemory(from: row, byteCount: stride)
        old.xminWord = (row.xminWord & RowHeader.idMask) | RowHeader.old
        old.xmaxWord = 0
        row.xminWord = id | RowHeader.head
        row.command = transaction.command
        let lock = row.xmaxWord
        row.xmaxWord = 0
        row.older = oldSlot
        for column in 0..<layout.kinds.count where isChanged[column] { store(values[column], row, column) }
        for index in indexes where index.differs(row, old) { index.add(row, slot) }
        transaction.record(.update, slot, extra: oldSlot, previous: lock, self)
        return true
    }

    public func delete(_ slot: RowID, _ transaction: Transaction) {
        let id = transaction.identify()
        transaction.manager.log?.delete(self, slot, by: id)
        let row = pointer(slot)
        let previous = row.xmaxWord
        row.xmaxWord = id
        row.command = transaction.command
        liveRows -= 1
        transaction.record(.delete, slot, extra: 0, previous: previous, self)
    }

    /// Locks the row until the transaction ends (SELECT … FOR UPDATE).
    public func lockRow(_ slot: RowID, _ transaction: Transaction) {
        let row = pointer(slot)
        guard row.xmaxWord == 0 else { return }
        row.xmaxWord = transaction.identify() | RowHeader.lock
        transaction.record(.lock, slot, extra: 0, previous: 0, self)
    }

    // MARK: undo

    func undoInsert(_ slot: RowID) {
        let row = pointer(slot)
        for index in indexes { index.remove(row, slot) }
        for column in layout.textColumns { texts.release(textWord(row, column)) }
        liveRows -= 1
        freeSlot(slot)
    }

    func undoUpdate(_ slot: RowID, old oldSlot: UInt32) {
        let row = pointer(slot)
        let old = pointer(oldSlot)
        for index in indexes where !index.isKeyShared(row, withVersionsFrom: oldSlot) { index.remove(row, slot) }
        for column in layout.textColumns where textWord(row, column) != textWord(old, column) {
            texts.release(textWord(row, column))
        }
        let id = old.xminWord & RowHeader.idMask
        row.copyMemory(from: old, byteCount: stride)
        row.xminWord = id | RowHeader.head
        freeSlot(oldSlot)
    }

    func restoreXmax(_ slot: RowID, _ previous: UInt64) {
        let row = pointer(slot)
        if row.xmaxWord & RowHeader.lock == 0 { liveRows += 1 }
        row.xmaxWord = previous
    }

    // MARK: prune

    /// Frees what no snapshot can see of one row. Every transaction below the horizon is over and visible to all.
    func prune(_ slot: RowID, horizon: TransactionID) {
        guard slot < slotCount else { return }
        let head = pointer(slot)
        guard head.xminWord & RowHeader.head != 0 else { return }
        let xmax = head.xmaxWord
        if xmax != 0, xmax & RowHeader.lock == 0, xmax & RowHeader.idMask < horizon {
            freeVersions(after: head, slot)
            for index in indexes { index.remove(head, slot) }
            for column in layout.textColumns { texts.release(textWord(head, column)) }
            freeSlot(slot)
            return
        }
        // The newest version everybody sees stays, what is behind it goes.
        var keep = head
        while keep.xminWord & RowHeader.idMask >= horizon {
            guard keep.older != Self.none else { return }
            keep = pointer(keep.older)
        }
        freeVersions(after: keep, slot)
    }

    /// Frees all versions older than `keep`, oldest first.
    private func freeVersions(after keep: UnsafeMutableRawPointer, _ slot: RowID) {
        guard keep.older != Self.none else { return }
        // One old version is the common case and needs no list.
        if pointer(keep.older).older == Self.none {
            freeOldest(keep.older, newer: keep, slot)
            keep.older = Self.none
            return
        }
        var chain: [UInt32] = []
        var next = keep.older
        while next != Self.none {
            chain.append(next)
            next = pointer(next).older
        }
        while let oldest = chain.popLast() {
            let newer = chain.last.map { pointer($0) } ?? keep
            freeOldest(oldest, newer: newer, slot)
            newer.older = Self.none
        }
    }

    private func freeOldest(_ oldSlot: UInt32, newer: UnsafeMutableRawPointer, _ slot: RowID) {
        let old = pointer(oldSlot)
        newer.older = Self.none
        for index in indexes where index.differs(old, newer) {
            // Its entry stays if some newer version has the key too.
            if !index.isKeyShared(old, withVersionsFrom: slot) { index.remove(old, slot) }
        }
        for column in layout.textColumns where textWord(old, column) != textWord(newer, column) {
            texts.release(textWord(old, column))
        }
        freeSlot(oldSlot)
    }

    /// Prunes every row: for VACUUM.
    func vacuum(horizon: TransactionID) {
        var slot: UInt32 = 0
        while slot < slotCount {
            let row = pointer(slot)
            if row.xminWord & RowHeader.head != 0, row.older != Self.none || row.xmaxWord != 0 {
                prune(slot, horizon: horizon)
            }
            slot += 1
        }
    }

    /// True if one of the versions from `slot` on (through `older`) satisfies the test.
    func anyVersion(from slot: UInt32, _ test: (UnsafeMutableRawPointer) -> Bool) -> Bool {
        var next = slot
        while next != Self.none {
            let row = pointer(next)
            if test(row) { return true }
            next = row.older
        }
        return false
    }
}
