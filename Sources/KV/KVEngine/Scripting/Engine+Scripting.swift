import CLua
import RESP

/// Running scripts: their commands go through the engine's handlers, their effects stand between MULTI and EXEC.
extension Engine {
    /// What is to run, whatever it came from.
    struct ScriptTarget {
        let state: OpaquePointer
        let function: Int32
        let name: [UInt8]
        let isFunction: Bool
        /// Nil for a script without a header.
        let flags: ScriptHeader.Flags?
    }

    /// Runs a script for a call `… numkeys key… argument…` whose number of keys stands at index 2.
    mutating func runScript(_ target: ScriptTarget, _ call: Call, keyCount: Int, isReadOnly: Bool) {
        if let problem = refusal(of: target.flags, call, isReadOnly: isReadOnly) { return fail(problem) }
        let version = reply.version
        let written = reply.buffer.count
        let (outerDatabase, outerIndex, outerSession) = (database, databaseIndex, activeSession)
        let before = dirty
        let deniedBlocking = deniesBlocking
        let isInTransaction = effects.wantsTransaction
        let wasRecording = effects.isRecording
        effects.wantsTransaction = wasRecording
        deniesBlocking = true
        scripting.session.database = databaseIndex
        activeSession = scripting.session

        let isComplete = target.name.withUnsafeBufferPointer { name in
            let nameStart = name.baseAddress.unsafelyUnwrapped
            let startedAt = scripting.host.monotonicMilliseconds()
            return withUnsafeMutablePointer(to: &self) { engine in
                var run = ScriptRun(
                    engine: engine,
                    call: call,
                    name: ByteSlice(start: nameStart, count: name.count),
                    isFunction: target.isFunction,
                    isReadOnly: isReadOnly || target.flags?.contains(.noWrites) == true,
                    startedAt: startedAt,
                    allowsOutOfMemory: target.flags.map { !$0.isDisjoint(with: [.allowOOM, .noWrites]) } ?? false
                )
                // A slice of C is laid out as ours.
                let arguments = UnsafeRawPointer(call.arguments + 3).assumingMemoryBound(to: clua_slice.self)
                var request = clua_run_request(
                    function: target.function,
                    keys: arguments,
                    key_count: keyCount,
                    arguments: arguments + keyCount,
                    argument_count: call.count - 3 - keyCount,
                    name: clua_slice(start: nameStart, count: name.count),
                    protocol: Int32(version)
                )
                return withUnsafeMutablePointer(to: &run) { run in
                    engine.pointee.scripting.run = run
                    let status = clua_run(target.state, &request, run)
                    engine.pointee.scripting.run = nil
                    return status == 0
                }
            }
        }

        effects.isRecording = wasRecording
        if !isInTransaction { effects.endTransaction() }
        deniesBlocking = deniedBlocking
        (database, databaseIndex, activeSession) = (outerDatabase, outerIndex, outerSession)
        reply.version = version
        isEffectRecorded = false
        isChangeNoted = dirty != before
        if !isComplete {
            reply.buffer.truncate(to: written)
            fail(Array("ERR Error running script ".utf8) + target.name + Array(", not enough memory".utf8))
        }
    }

    /// Why a script may not run now, judged by its flags; nil when it may.
    private func refusal(
        of flags: ScriptHeader.Flags?,
        _ call: Call,
        isReadOnly: Bool
    ) -> StaticString? {
        guard let flags, !flags.contains(.noWrites) else { return nil }
        if isReplica, !call.session.isPrimaryLink {
            return "READONLY You can not run script with write flag on readonly replica."
        }
        let isShort = isOutOfMemory && !flags.contains(.allowOOM) && !call.session.isPrimaryLink
        // Outside of EXEC the flags count as the command's own.
        if isShort, !deniesBlocking { return "OOM command not allowed when used memory > 'maxmemory'." }
        if isReadOnly { return "ERR Can not execute a script with write flag using *_ro command." }
        if isShort {
            return "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
        }
        return nil
    }

    /// Runs a command of a script. The reply is good until the next.
    mutating func perform(
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        of run: UnsafeMutablePointer<ScriptRun>,
        version: UInt8,
        isReplicated: Bool
    ) -> ByteSlice {
        scripting.replies.removeAll()
        swap(&reply.buffer, &scripting.replies)
        reply.version = version
        perform(arguments, count, of: run, isReplicated: isReplicated)
        swap(&reply.buffer, &scripting.replies)
        let bytes = scripting.replies.bytes
        guard let start = bytes.baseAddress else { return ByteSlice("") }
        return ByteSlice(start, count: bytes.count)
    }

    private mutating func perform(
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        of run: UnsafeMutablePointer<ScriptRun>,
        isReplicated: Bool
    ) {
        guard let record = commands.record(arguments, count) else {
            return fail("ERR Unknown Redis command called from script")
        }
        guard record.pointee.accepts(count) else {
            return fail("ERR Wrong number of args calling Redis command from script")
        }
        guard !record.pointee.isContainer || count == 1 else {
            return fail("ERR Unknown Redis command called from script")
        }
        let flags = record.pointee.flags
        if flags.contains(.noScript) { return fail("ERR This Redis command is not allowed from script") }
        if let denial = refusal(record, arguments, count, run.pointee.call.session, context: "lua") {
            return fail("ERR The user executing the script \(denial.scriptText)")
        }
        if flags.contains(.write) {
            if run.pointee.isReadOnly { return fail("ERR Write commands are not allowed from read-only scripts.") }
            if isReplica, !run.pointee.call.session.isPrimaryLink {
                return fail("READONLY You can't write against a read only replica.")
            }
        }
        if isOutOfMemory, flags.contains(.denyOOM), !run.pointee.hasWritten, !run.pointee.allowsOutOfMemory,
            !run.pointee.call.session.isPrimaryLink
        {
            return fail("OOM command not allowed when used memory > 'maxmemory'.")
        }
        if flags.contains(.write) { run.pointee.hasWritten = true }
        let firstKey = record.pointee.firstKey
        let call = Call(
            record: record,
            arguments: arguments,
            count: count,
            hash: firstKey > 0 && firstKey < count ? hash(arguments[firstKey]) : 0,
            session: scripting.session
        )
        let reader = run.pointee.call.session
        if isReplicated { return performObserved(call, for: reader) }
        let isRecording = effects.isRecording
        effects.isRecording = false
        performObserved(call, for: reader)
        effects.isRecording = isRecording
    }

    /// redis.acl_check_cmd: 1 allowed, 0 not, -1 no such command.
    func checkAccess(
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        of run: UnsafeMutablePointer<ScriptRun>
    ) -> Int32 {
        guard let record = commands.record(arguments, count) else { return -1 }
        if record.pointee.isContainer, count > 1 { return -1 }
        return denial(record, arguments, count, run.pointee.call.session) == nil ? 1 : 0
    }

    // MARK: - While a script runs for long

    /// Whether requests of other clients have to be answered by `executeWhileBusy`.
    public var isBusyWithScript: Bool { scripting.run != nil }

    /// Runs one request of another client in the middle of a script: most are told that the server is busy.
    /// - Returns: as `execute`.
    public mutating func executeWhileBusy(_ batch: borrowing RequestBatch, session: Session) -> Int {
        assert(batch.count == 1)
        let (outerDatabase, outerIndex, outerSession) = (database, databaseIndex, activeSession)
        let (outerPlan, version, deniedBlocking) = (plans[0], reply.version, deniesBlocking)
        let wasRecording = effects.isRecording
        deniesBlocking = false
        let executed = refuseWhileBusy(batch, session) ? 1 : execute(batch, session: session)
        effects.isRecording = wasRecording
        (database, databaseIndex, activeSession) = (outerDatabase, outerIndex, outerSession)
        plans[0] = outerPlan
        (reply.version, deniesBlocking) = (version, deniedBlocking)
        return executed
    }

    /// Tells a client that the server is busy, when its request is none of the few that may run.
    private mutating func refuseWhileBusy(_ batch: borrowing RequestBatch, _ session: Session) -> Bool {
        let request = batch[0]
        let arguments = batch.arguments(of: request)
        guard let record = commands.record(arguments, request.count), record.pointee.accepts(request.count),
            !record.pointee.isContainer || request.count == 1
        else { return false }
        let flags = record.pointee.flags
        guard session.isAuthenticated || flags.contains(.noAuth), !flags.contains(.allowBusy) else { return false }
        reply.version = session.protocolVersion
        statistics.commandsProcessed &+= 1
        let call = Call(record: record, arguments: arguments, count: request.count, hash: 0, session: session)
        _ = reject(call, busyReply)
        return true
    }

    /// What clients are told while a script is busy.
    public var busyReply: String {
        scripting.run?.pointee.isFunction == true
            ? "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
            : "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
    }

    /// SCRIPT KILL and FUNCTION KILL
    mutating func killScript(isFunction: Bool) {
        guard let run = scripting.run else {
            return fail("NOTBUSY No scripts in execution right now.")
        }
        if run.pointee.call.session.isPrimaryLink {
            return fail(
                """
                UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be \
                killed.
                """
            )
        }
        if run.pointee.hasWritten {
            return fail(
                """
                UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.
                """
            )
        }
        if run.pointee.isFunction != isFunction { return fail(busyReply) }
        run.pointee.isKilled = true
        reply.ok()
    }
}

// MARK: - Libraries

extension Engine {
    /// Runs the code of a library, which registers its functions in it. Returns what went wrong.
    mutating func runLibrary(_ library: FunctionLibrary, _ code: ByteSlice) -> ScriptHeader.Problem? {
        guard let state = scripting.functions(), let record = commands.record(named: ByteSlice("function")) else {
            return ScriptHeader.Problem("ERR not enough memory")
        }
        let startedAt = scripting.host.monotonicMilliseconds()
        let session = scripting.session
        return withUnsafeMutablePointer(to: &self) { engine in
            withUnsafeTemporaryAllocation(of: ByteSlice.self, capacity: 1) { arguments in
                arguments.initialize(repeating: code)
                guard let first = arguments.baseAddress else { return nil }
                var run = ScriptRun(
                    engine: engine,
                    call: Call(record: record, arguments: first, count: 1, hash: 0, session: session),
                    name: ByteSlice(""),
                    isFunction: true,
                    isReadOnly: true,
                    startedAt: startedAt,
                    library: library
                )
                var message = clua_slice(start: nil, count: 0)
                let failure = withUnsafeMutablePointer(to: &run) { run in
                    clua_load_library(state, clua_slice(start: code.start, count: code.count), run, &message)
                }
                if failure == CLUA_LOADED { return nil }
                let text = Array(UnsafeBufferPointer(start: message.start, count: message.count))
                let isCompiled = failure != CLUA_COMPILE_ERROR
                let prefix = isCompiled ? "ERR Error registering functions: " : "ERR Error compiling function: "
                return ScriptHeader.Problem(prefix, text)
            }
        }
    }

    // MARK: For snapshots

    /// Shows the code of every library.
    public func forEachLibrary(_ body: (ByteSlice) -> Void) {
        let libraries = scripting.libraries.libraries.values
        for library in libraries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            library.code.withSlice(body)
        }
    }

    /// Loads a library in place of one of its name. Returns whether it could be loaded.
    public mutating func restoreLibrary(_ code: ByteSlice) -> Bool {
        let libraries = scripting.libraries
        guard
            case .success(let library) = FunctionCommands.makeLibrary(code, &self, among: libraries, isReplacing: true)
        else { return false }
        if let replaced = libraries[library: library.name] { scripting.libraries.remove(replaced) }
        scripting.libraries.insert(library)
        return true
    }

    /// Forgets all libraries.
    public mutating func removeLibraries() { scripting.flushFunctions() }
}
