import RESP

/// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
enum TransactionCommands {
    /// Commands that are not queued inside a transaction.
    static func runsAtOnce(_ call: Call) -> Bool {
        switch call.record.pointee.fullName {
        case "multi", "exec", "discard", "watch", "quit", "reset": true
        default: false
        }
    }

    static func multi(_ engine: inout Engine, _ call: Call) {
        guard call.session.transaction == nil else { return engine.fail("ERR MULTI calls can not be nested") }
        call.session.transaction = Transaction()
        engine.reply.ok()
    }

    static func discard(_ engine: inout Engine, _ call: Call) {
        guard call.session.transaction != nil else { return engine.fail("ERR DISCARD without MULTI") }
        call.session.transaction = nil
        engine.unwatch(call.session)
        engine.reply.ok()
    }

    static func watch(_ engine: inout Engine, _ call: Call) {
        let session = call.session
        guard session.transaction == nil else { return engine.fail("ERR WATCH inside MULTI is not allowed") }
        for index in 1..<call.count {
            let key = WatchedKey(database: engine.databaseIndex, key: call[index].array)
            // A key that is over already is gone for this client: it cannot expire once more.
            _ = engine.find(call[index])
            guard !session.watched.contains(key) else { continue }
            session.watched.append(key)
            engine.watchers[key, default: []].append(session)
        }
        engine.reply.ok()
    }

    static func unwatch(_ engine: inout Engine, _ call: Call) {
        engine.unwatch(call.session)
        engine.reply.ok()
    }

    static func exec(_ engine: inout Engine, _ call: Call) {
        let session = call.session
        guard let transaction = session.transaction else { return engine.fail("ERR EXEC without MULTI") }
        session.transaction = nil
        // Keys that ran out since WATCH count as changed; looking removes them and tells their watchers.
        for watched in session.watched {
            let (current, index) = (engine.database, engine.databaseIndex)
            engine.database = engine.databases + watched.database
            engine.databaseIndex = watched.database
            watched.key.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                _ = engine.find(ByteSlice(start: start, count: bytes.count))
            }
            (engine.database, engine.databaseIndex) = (current, index)
        }
        let isBroken = session.isWatchBroken
        engine.unwatch(session)
        if transaction.isAborted {
            return engine.fail("EXECABORT Transaction discarded because of previous errors.")
        }
        if isBroken { return engine.reply.nullArray() }
        engine.reply.array(transaction.queue.count)
        engine.effects.wantsTransaction = engine.effects.isRecording
        let deniedBlocking = engine.deniesBlocking
        engine.deniesBlocking = true
        let before = engine.dirty
        for queued in transaction.queue { run(queued, &engine, session) }
        engine.deniesBlocking = deniedBlocking
        engine.effects.endTransaction()
        engine.isEffectRecorded = false
        engine.isChangeNoted = engine.dirty != before
    }

    private static func run(_ queued: Transaction.Queued, _ engine: inout Engine, _ session: Session) {
        engine.withCall(queued.record, queued.arguments, session) { engine, call in
            // Permissions may have changed since the request was queued.
            let record = engine.commands.record(of: call.arguments, call.count) ?? call.record
            if let refusal = engine.refusal(record, call.arguments, call.count, session, context: "multi") {
                return engine.fail(
                    """
                    NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. \
                    This command is no longer allowed for the following reason: \(refusal.transactionText)
                    """
                )
            }
            engine.performObserved(call)
        }
    }
}
