import CLinux
import RESP

/// What the first pass over a batch found out about a request.
struct Plan {
    var record: UnsafeMutablePointer<CommandTable.Record>?
    var hash: UInt64
}

/// The batch executor.
///
///     pass 1   name → record, first key → hash, prefetch its bucket
///     pass 2   prefetch the entry the bucket points at
///     pass 3   checks, then the handler: the key's lines are in the cache by now
///
/// At a million random keys the misses of a batch overlap instead of adding up: that is worth a factor of three.
/// The passes before the third only hint: SELECT or FLUSHALL inside the batch costs a miss, never correctness.
extension Engine {
    /// Runs the requests of `batch` from index `from` on and appends the replies to `reply`.
    /// - Returns: the index of the first request that was not run: `batch.count`, or less when the session closes
    ///   or blocks.
    public mutating func execute(_ batch: borrowing RequestBatch, from: Int = 0, session: Session) -> Int {
        guard from < batch.count, let anyRecord = commands.records.baseAddress else { return from }
        database = databases + session.database
        databaseIndex = session.database
        reply.version = session.protocolVersion
        activeSession = session
        if session.isInDeliveries { takeOwnDeliveries(session) }
        let count = batch.count
        plan(batch, from, count)
        // One call for the whole batch, filled in anew for each request.
        var call = Call(
            record: anyRecord,
            arguments: batch.arguments(of: batch[from]),
            count: 0,
            hash: 0,
            session: session
        )
        var index = from
        // Requests from here on are not measured yet; they began at `measured` (see `Timing`).
        var unmeasured = from
        var measured = timing.clock()
        while index < count {
            let request = batch[index]
            let arguments = batch.arguments(of: request)
            let plan = plans[index]
            index &+= 1
            guard let record = plan.record else {
                rejectUnknown(arguments, request.count, session)
                continue
            }
            // What needs attention is measured where it runs (`performObserved`).
            let isAttended = session.needsAttention || needsAttention
            let isAlone = isAttended || !record.pointee.isQuick || request.count > 16 || timing.isExact
            if isAlone, unmeasured < index &- 1 {
                let now = timing.clock()
                self.count(batch, unmeasured..<index &- 1, &call, nanoseconds: now &- measured)
                measured = now
            }
            call.record = record
            call.arguments = arguments
            call.count = request.count
            call.hash = plan.hash
            let written = reply.buffer.count
            let hasRun = run(call)
            if isAlone {
                let now = timing.clock()
                if hasRun, !isAttended { self.count(call, nanoseconds: now &- measured) }
                measured = now
                unmeasured = index
            } else if !hasRun {
                plans[index &- 1].record = nil
            }
            if blocked.hasReadyKeys, scripting.run == nil { serveBlocked() }
            if session.needsAttention { session.mute(&reply, from: written) }
            if session.isClosing || session.isBlocked {
                // It has not run: it comes again.
                if session.isPostponed { index &-= 1 }
                break
            }
        }
        if unmeasured < index {
            self.count(batch, unmeasured..<index, &call, nanoseconds: timing.clock() &- measured)
        }
        activeSession = nil
        return index
    }

    @inline(__always)
    private mutating func plan(_ batch: borrowing RequestBatch, _ from: Int, _ count: Int) {
        for index in from..<count {
            let request = batch[index]
            let arguments = batch.arguments(of: request)
            let record = commands.record(arguments, request.count)
            var hash: UInt64 = 0
            if let record {
                let firstKey = record.pointee.firstKey
                if firstKey > 0, firstKey < request.count {
                    hash = self.hash(arguments[firstKey])
                    if count &- from > 1 { database.pointee.table.prefetchBucket(hash) }
                }
            }
            plans[index] = Plan(record: record, hash: hash)
        }
        if count &- from > 1 {
            for index in from..<count {
                let hash = plans[index].hash
                if hash != 0 { database.pointee.table.prefetchEntry(hash) }
            }
        }
    }

    /// Checks a call and runs it, or queues it in a transaction, or writes the error.
    /// - Returns: false when the request is no proper call of its command.
    @inline(__always)
    @discardableResult
    mutating func run(_ call: Call) -> Bool {
        let record = call.record
        guard record.pointee.accepts(call.count), !record.pointee.isContainer else {
            rejectForm(call)
            return false
        }
        if call.session.needsAttention || needsAttention {
            runAttended(call)
        } else if !isMemoryLimited || makesRoom(for: call) {
            perform(call)
        }
        return true
    }

    /// As `run`, for a client or at a time that asks for more than the ordinary.
    @inline(never)
    private mutating func runAttended(_ call: Call) {
        if admit(call) { performObserved(call) }
        let session = call.session
        guard let client = session.tracking else { return }
        // CLIENT CACHING is for the next request, or the transaction that begins with it.
        if client.isCachingGiven, session.transaction == nil, !call.fullName.hasPrefix("client|") {
            session.tracking?.isCachingGiven = false
        }
        if hasOwnInvalidations { flushOwnInvalidations(session) }
    }

    /// Runs an admitted call, measures it, shows it to monitors, and remembers which keys a client with a cache read.
    /// - Parameter reader: who reads the keys when it is not the call's own session: a script's client.
    mutating func performObserved(_ call: Call, for reader: Session? = nil) {
        let started = timing.clock()
        perform(call)
        count(call, nanoseconds: timing.clock() &- started)
        if !monitors.isEmpty { feedMonitors(call) }
        let reader = reader ?? call.session
        if reader.tracking != nil { rememberKeys(of: call, for: reader) }
    }

    /// Runs an admitted call and records its effect.
    @inline(__always)
    mutating func perform(_ call: Call) {
        let record = call.record
        statistics.commandsProcessed &+= 1
        call.session.lastCommand = record
        let before = dirty
        switch record.pointee.hotPath {
        case .get:
            StringCommands.get(&self, call)
            record.pointee.calls &+= 1
            return
        case .set where call.count == 3:
            StringCommands.setPlain(&self, call)
        default:
            record.pointee.handler(&self, call)
        }
        record.pointee.calls &+= 1
        if dirty != before { changed(call) }
    }

    /// After a command that changed something: the effect, and the clients that watch its keys.
    @inline(__always)
    private mutating func changed(_ call: Call) {
        if isChangeNoted {
            isChangeNoted = false
            isEffectRecorded = false
            return
        }
        if isEffectRecorded {
            isEffectRecorded = false
        } else if effects.isRecording {
            effects.record(call.arguments, count: call.count, database: databaseIndex)
        }
        if !settings.keyspaceEvents.isEmpty { reportNewKeys() }
        if !watchers.isEmpty || !blocked.isEmpty || tracking.isActive { tell(of: call) }
        changedKey = 0
        unconcerned = []
    }

    /// Tells those who watch or wait for the keys that a call changed.
    @inline(never)
    private mutating func tell(of call: Call) {
        if changedKey > 0 {
            touch(call[changedKey])
            return noteReady(call[changedKey])
        }
        if !unconcerned.contains(.watchers) { touchKeys(of: call) }
        if !unconcerned.contains(.waiting) { noteReadyKeys(of: call) }
    }

    // MARK: - Checks off the ordinary path

    @inline(never)
    private mutating func admit(_ call: Call) -> Bool {
        let session = call.session
        if session.isClosing { return false }
        let record = call.record
        session.lastCommand = record
        let flags = record.pointee.flags
        if !session.isAuthenticated, !flags.contains(.noAuth) {
            return reject(call, "NOAUTH Authentication required.")
        }
        if session.transaction != nil, flags.contains(.noMulti) {
            return reject(call, "ERR Command not allowed inside a transaction")
        }
        let context: StaticString = session.transaction == nil ? "toplevel" : "multi"
        if let refusal = refusal(record, call.arguments, call.count, session, context: context) {
            return reject(call, "NOPERM \(refusal.text(record))")
        }
        if isMemoryLimited, !makesRoom(for: call) { return false }
        if isReplica, !session.isPrimaryLink, flags.contains(.write) {
            return reject(call, "READONLY You can't write against a read only replica.")
        }
        if session.isMonitor, !flags.isDisjoint(with: [.write, .readonly, .mayReplicate]) {
            return reject(call, "ERR Replica can't interact with the keyspace")
        }
        if session.isSubscriber, session.protocolVersion == 2, !PubSubCommands.isAllowedToSubscribers(call) {
            return reject(
                call,
                """
                ERR Can't execute '\(call.fullName)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are \
                allowed in this context
                """
            )
        }
        if let pause, postpones(pause, call) { return false }
        if session.transaction != nil {
            if !TransactionCommands.runsAtOnce(call) {
                // Redis keeps no more of a transaction that will not run, and CLIENT LIST shows how much it keeps.
                let mayRun = !session.isWatchBroken && session.transaction?.isAborted == false
                if mayRun { session.transaction?.enqueue(call) }
                reply.simple("QUEUED")
                return false
            }
        }
        return true
    }

    /// Writes the error of a call that does not come to run; always false. An EXEC that is refused ends its transaction.
    mutating func reject(_ call: Call, _ text: String) -> Bool {
        call.record.pointee.rejected += 1
        call.session.lastCommand = call.record
        isRejecting = true
        defer { isRejecting = false }
        if call.fullName == "exec" {
            call.session.transaction = nil
            unwatch(call.session)
            let reason = text.hasPrefix("ERR ") ? String(text.dropFirst(4)) : text
            fail("EXECABORT Transaction discarded because of: \(reason)")
        } else {
            abortTransaction(call.session)
            fail(text)
        }
        return false
    }

    /// An error before execution spoils the transaction it happens in.
    private func abortTransaction(_ session: Session) {
        session.transaction?.isAborted = true
    }

    @inline(never)
    private mutating func rejectForm(_ call: Call) {
        if call.record.pointee.accepts(call.count) {
            // COMMAND alone does something by itself.
            if call.count == 1 { return admit(call) ? performObserved(call) : () }
            abortTransaction(call.session)
            call.session.lastCommand = nil
            isRejecting = true
            unknownSubcommand(call)
            isRejecting = false
            return
        }
        _ = reject(call, "ERR wrong number of arguments for '\(call.fullName)' command")
    }

    @inline(never)
    private mutating func rejectUnknown(_ arguments: UnsafePointer<ByteSlice>, _ count: Int, _ session: Session) {
        isRejecting = true
        defer { isRejecting = false }
        statistics.commandsProcessed += 1
        if arguments[0].equalsIgnoringCase("host:") || arguments[0].equalsIgnoringCase("post") {
            // A browser is made to talk to us (cross-protocol scripting): it gets no answer at all.
            session.isClosing = true
            session.dropsOutput = true
            return
        }
        abortTransaction(session)
        session.lastCommand = nil
        var text = Array("ERR unknown command '".utf8)
        text += Engine.excerpt(arguments[0], 128)
        text += "', with args beginning with: ".utf8
        var shown: [UInt8] = []
        var index = 1
        while index < count, shown.count < 128 {
            shown += [UInt8(ascii: "'")]
            shown += Engine.excerpt(arguments[index], 128 - (shown.count - 1))
            shown += Array("' ".utf8)
            index += 1
        }
        fail(text + shown)
    }

    /// At most `limit` bytes and nothing behind a NUL, as C's formatting shows a string.
    static func excerpt(_ slice: ByteSlice, _ limit: Int) -> [UInt8] {
        var result: [UInt8] = []
        for byte in slice.bytes.prefix(limit) {
            if byte == 0 { break }
            result.append(byte)
        }
        return result
    }

    // MARK: - Containers

    /// The error for a subcommand that a container does not have, which is all that a container does by itself.
    public mutating func unknownSubcommand(_ call: Call) {
        fail(
            Array("ERR unknown subcommand '".utf8) + Engine.excerpt(call[1], 128)
                + Array("'. Try \(call[0].string.uppercased()) HELP.".utf8)
        )
    }

    /// The error of a subcommand that takes other arguments than it got.
    public mutating func wrongSubcommandUse(_ call: Call) {
        fail(
            Array("ERR unknown subcommand or wrong number of arguments for '".utf8) + Engine.excerpt(call[1], 128)
                + Array("'. Try \(call[0].string.uppercased()) HELP.".utf8)
        )
    }
}
