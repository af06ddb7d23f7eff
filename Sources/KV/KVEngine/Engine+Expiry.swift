import CLinux
import RESP

/// Active expiry: walking the segments so that keys nobody asks for give their memory back.
///
/// A segment knows a lower bound of its expiries, so one where nothing is due costs one look at its header.
/// The caller bounds the work: each step is one segment; the walk resumes where it stopped.
extension Engine {
    /// What a slice of the active expiry did.
    public struct ExpirySlice: Sendable {
        /// Keys and hashes with an expiry that were looked at.
        public var looked = 0
        /// Of these, those that were due.
        public var due = 0
        /// The walk came around: no database has a segment that was not visited.
        public var isRoundComplete = false
    }

    /// Removes keys that are due in up to `segments` segments, database after database; effects are recorded.
    public mutating func expireActively(segments: Int) -> ExpirySlice {
        var slice = ExpirySlice()
        guard isActiveExpiryEnabled, !isReplica, pause == nil else {
            slice.isRoundComplete = true
            return slice
        }
        var remaining = segments
        while remaining > 0 {
            if databases[expiryDatabase].hasAnyExpiry {
                remaining -= 1
                expireSegment(expiryDatabase, &slice)
                if databases[expiryDatabase].expiryCursor != 0, databases[expiryDatabase].hasAnyExpiry { continue }
            }
            expiryDatabase = (expiryDatabase + 1) % databaseCount
            guard expiryDatabase == 0 else { continue }
            slice.isRoundComplete = true
            break
        }
        // A reader of a group hears that its stream is gone.
        if blocked.hasReadyKeys { serveBlocked() }
        statistics.noteExpiry(looked: slice.looked, due: slice.due)
        return slice
    }

    private mutating func expireSegment(_ index: Int, _ slice: inout ExpirySlice) {
        let keyspace = databases + index
        let cursor = keyspace.pointee.expiryCursor
        let segment = keyspace.pointee.table.segment(for: cursor.bitReversed)
        keyspace.pointee.expiryCursor = keyspace.pointee.table.cursor(after: cursor)
        guard segment.earliestExpiry <= now else { return }
        var due: [Entry] = []
        var hashes: [Entry] = []
        var earliest = Int64.max
        let now = self.now
        // Their misses overlap.
        segment.forEach { clinux_prefetch($0.pointee) }
        segment.forEach { address in
            let entry = Entry(address.pointee)
            if HashValue.isExpiring(entry) {
                let first = HashValue.earliestExpiry(entry)
                slice.looked += 1
                if first <= now { hashes.append(entry) } else { earliest = min(earliest, first) }
            }
            guard entry.hasExpiry else { return }
            slice.looked += 1
            if entry.expiry <= now { due.append(entry) } else { earliest = min(earliest, entry.expiry) }
        }
        segment.earliestExpiry = earliest
        slice.due += due.count + hashes.count
        let current = (database, databaseIndex)
        database = keyspace
        databaseIndex = index
        // Before the keys themselves: a key that is due takes its fields along, and its entry.
        for entry in hashes where !(entry.hasExpiry && entry.expiry <= now) {
            let hash = self.hash(entry.key)
            guard let slot = keyspace.pointee.find(entry.key, hash) else { continue }
            if let left = removeDueFields(slot, hash, limit: Self.mostFieldsPerStep) {
                left.segment.earliestExpiry = min(left.segment.earliestExpiry, HashValue.earliestExpiry(left.entry))
            }
        }
        for entry in due {
            let hash = self.hash(entry.key)
            guard let slot = keyspace.pointee.find(entry.key, hash) else { continue }
            if effects.isRecording { effects.delete(entry.key, database: index) }
            notify(.expired, "expired", entry.key)
            touch(entry.key)
            noteReady(entry.key)
            keyspace.pointee.remove(slot, hash)
        }
        (database, databaseIndex) = current
        statistics.expiredKeys += Int64(due.count)
    }

    // MARK: - Fields

    /// How many fields of one hash the active expiry removes before it goes on: a slice of about a tenth of a millisecond.
    private static let mostFieldsPerStep = 500

    /// The slot of a hash without its fields that are due; nil when nothing is left of it.
    @inline(never)
    mutating func expireFields(_ slot: Slot, _ key: ByteSlice, _ hash: UInt64) -> Slot? {
        // A replica waits for the primary's word, as for keys.
        guard HashValue.earliestExpiry(slot.entry) <= now, !isReplica else { return slot }
        return removeDueFields(slot, hash, limit: .max)
    }

    private mutating func removeDueFields(_ slot: Slot, _ hash: UInt64, limit: Int) -> Slot? {
        let due = HashValue.findDue(slot.entry, now: now, limit: limit)
        guard !due.isEmpty else { return slot }
        let key = slot.entry.key
        if effects.isRecording {
            effects.begin(2 + due.count, database: databaseIndex)
            effects.append("HDEL")
            effects.append(key)
            for field in due { effects.append(field) }
        }
        touch(key)
        notify(.hash, "hexpired", key)
        for field in due { _ = HashValue.remove(field, in: slot, self.hash) }
        guard HashValue.count(slot.entry) == 0 else { return slot }
        notify(.generic, "del", key)
        database.pointee.remove(slot, hash)
        return nil
    }
}
