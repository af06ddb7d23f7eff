import RESP

/// What a client queued between MULTI and EXEC. The arguments are copied: the receive buffer does not wait.
struct Transaction {
    struct Queued {
        let record: UnsafeMutablePointer<CommandTable.Record>
        let arguments: [[UInt8]]
    }

    var queue: [Queued] = []
    /// A command was refused while queueing: EXEC will do nothing.
    var isAborted = false

    mutating func enqueue(_ call: Call) {
        var arguments: [[UInt8]] = []
        arguments.reserveCapacity(call.count)
        for index in 0..<call.count { arguments.append(call[index].array) }
        queue.append(Queued(record: call.record, arguments: arguments))
    }
}

/// A key some client watches.
struct WatchedKey: Hashable {
    let database: Int
    let key: [UInt8]
}

extension Engine {
    /// Tells the clients that watch `key` in the present database that it changed.
    mutating func touch(_ key: ByteSlice) {
        if tracking.isActive { invalidate(key) }
        guard !watchers.isEmpty else { return }
        guard let sessions = watchers[WatchedKey(database: databaseIndex, key: key.array)] else { return }
        for session in sessions { session.isWatchBroken = true }
    }

    /// Tells the clients that watch, or may hold, a key that this call changed.
    @inline(never)
    mutating func touchKeys(of call: Call) {
        if isTouchRecorded {
            isTouchRecorded = false
            return
        }
        for key in call.record.pointee.command.keyReferences(call.arguments, call.count)
        where !key.flags.contains(where: { "\($0)" == "RO" }) {
            touch(call[key.position])
        }
    }

    /// As `touch`, from a handler that knows better than the positions of its keys which of them it changed; it must
    /// call this for every one.
    mutating func touchChanged(_ key: ByteSlice) {
        guard !watchers.isEmpty || tracking.isActive else { return }
        isTouchRecorded = true
        touch(key)
    }

    /// Tells the clients that watch a key of a database which is being emptied, or exchanged with another: a key that is in
    /// neither stays what it was, nothing.
    mutating func touchAll(database: Int, exchangedWith other: Int? = nil) {
        for (watched, sessions) in watchers where watched.database == database {
            let exists = watched.key.withUnsafeBufferPointer { bytes in
                let key = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
                let hash = hash(key)
                return (databases + database).pointee.find(key, hash) != nil
                    || other.map { (databases + $0).pointee.find(key, hash) != nil } ?? false
            }
            guard exists else { continue }
            for session in sessions { session.isWatchBroken = true }
        }
    }

    mutating func unwatch(_ session: Session) {
        session.isWatchBroken = false
        guard !session.watched.isEmpty else { return }
        for key in session.watched {
            watchers[key]?.removeAll { $0 === session }
            if watchers[key]?.isEmpty == true { watchers[key] = nil }
        }
        session.watched = []
    }

    /// The client is gone: nothing of it may stay behind.
    public mutating func forget(_ session: Session) {
        unwatch(session)
        session.transaction = nil
        subscriptions.leaveAll(session)
        stopTracking(session)
        stopMonitoring(session)
        session.isGone = true
        dropBlocked(session)
        AccessControl.join(session, nil)
    }
}
