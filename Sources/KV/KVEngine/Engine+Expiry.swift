import RESP

/// Active expiry: walking the segments so that keys nobody asks for give their memory back.
///
/// A segment knows a lower bound of its expiries, so one where nothing is due costs one look at its header.
/// The caller bounds the work: each step is one segment; the walk resumes where it stopped.
extension Engine {
    /// Removes keys that are due in up to `segments` segments over all databases; effects are recorded.
    /// - Returns: how many keys were removed.
    @discardableResult
    public mutating func expireActively(segments: Int) -> Int {
        guard isActiveExpiryEnabled, !isReplica else { return 0 }
        var removed = 0
        var remaining = segments
        for index in 0..<databaseCount {
            let keyspace = databases + index
            guard keyspace.pointee.expiryCount > 0 else { continue }
            // At most once around per call, and never more than the caller allows.
            var rounds = keyspace.pointee.table.segmentCount
            while remaining > 0, rounds > 0, keyspace.pointee.expiryCount > 0 {
                remaining -= 1
                rounds -= 1
                removed += expireSegment(index)
            }
        }
        return removed
    }

    private mutating func expireSegment(_ index: Int) -> Int {
        let keyspace = databases + index
        let cursor = keyspace.pointee.expiryCursor
        let segment = keyspace.pointee.table.segment(for: cursor.bitReversed)
        var due: [Entry] = []
        if segment.earliestExpiry <= now {
            var earliest = Int64.max
            let now = self.now
            segment.forEach { address in
                let entry = Entry(address.pointee)
                guard entry.hasExpiry else { return }
                if entry.expiry <= now { due.append(entry) } else { earliest = min(earliest, entry.expiry) }
            }
            segment.earliestExpiry = earliest
        }
        keyspace.pointee.expiryCursor = keyspace.pointee.table.scan(from: cursor) { _ in }
        let current = (database, databaseIndex)
        database = keyspace
        databaseIndex = index
        for entry in due {
            let hash = self.hash(entry.key)
            guard let slot = keyspace.pointee.find(entry.key, hash) else { continue }
            if effects.isRecording { effects.delete(entry.key, database: index) }
            notify(.expired, "expired", entry.key)
            touch(entry.key)
            keyspace.pointee.remove(slot, hash)
        }
        (database, databaseIndex) = current
        statistics.expiredKeys += Int64(due.count)
        return due.count
    }
}
