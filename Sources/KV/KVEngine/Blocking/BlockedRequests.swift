import RESP

/// Requests that wait for a key: BLPOP, BZPOPMIN, XREAD BLOCK and their like.
///
///     handler finds nothing ──block──▶ copy of the request, one place in the queue of each of its keys
///     a write changes such a key ──noteReadyKeys──▶ ready keys, in order
///     command (or EXEC, or script) over ──serveBlocked──▶ each waiting request runs again, first come first served
///     its time runs out ──expireBlocked──▶ the reply for nothing
///
/// A waiting request runs again through its own handler: a command that waits is written once. When it again finds
/// nothing it calls `block` again, which then keeps its place. Replies leave through `deliver`.
struct BlockedRequests {
    /// One request that waits.
    final class Request {
        let session: Session
        let record: UnsafeMutablePointer<CommandTable.Record>
        let arguments: [[UInt8]]
        let keys: [WatchedKey]
        let database: Int
        /// What must be at a key before it is worth a try; nil for anything, also for nothing any more.
        let type: ValueType?
        /// Milliseconds since 1970; `Int64.max` for ever.
        let deadline: Int64
        let timeoutReply: BlockedTimeoutReply

        init(
            session: Session,
            record: UnsafeMutablePointer<CommandTable.Record>,
            arguments: [[UInt8]],
            keys: [WatchedKey],
            database: Int,
            type: ValueType?,
            deadline: Int64,
            timeoutReply: BlockedTimeoutReply
        ) {
            self.session = session
            self.record = record
            self.arguments = arguments
            self.keys = keys
            self.database = database
            self.type = type
            self.deadline = deadline
            self.timeoutReply = timeoutReply
        }
    }

    fileprivate(set) var requests: [Int64: Request] = [:]
    fileprivate var queues: [WatchedKey: [Request]] = [:]
    fileprivate var ready: [WatchedKey] = []
    /// Not later than any deadline.
    fileprivate var earliestDeadline = Int64.max
    /// The request that runs again at this moment, and the key that has become ready for it.
    fileprivate var retried: Request?
    fileprivate(set) var readyKey: WatchedKey?
    fileprivate var isStillBlocked = false

    var isEmpty: Bool { queues.isEmpty }
    var hasReadyKeys: Bool { !ready.isEmpty }
}

/// What a client that waited in vain is told.
enum BlockedTimeoutReply {
    case nullArray, null, zero
}

extension Engine {
    /// Lets the call's client wait for one of its keys; to be called by a handler that found nothing, as its last act.
    ///
    /// Inside EXEC or a script nobody waits: the client is told at once what it would be told in the end.
    /// - Parameters:
    ///   - deniedReply: what it is told there, when that is something else.
    ///   - arguments: the request to run again, when it is not the one that came (XREAD's `$` is a place by then).
    ///   - deadline: milliseconds since 1970; `Int64.max` for ever.
    ///   - type: the type that a key must have before the request runs again.
    mutating func block(
        _ call: Call,
        on keys: [ByteSlice],
        type: ValueType?,
        until deadline: Int64,
        reply timeoutReply: BlockedTimeoutReply = .nullArray,
        denied deniedReply: BlockedTimeoutReply? = nil,
        arguments: [[UInt8]]? = nil
    ) {
        if blocked.retried != nil {
            blocked.isStillBlocked = true
            return
        }
        guard !deniesBlocking, !call.session.isPrimaryLink else { return write(deniedReply ?? timeoutReply) }
        let session = call.session
        var names: [WatchedKey] = []
        for key in keys {
            let name = WatchedKey(database: databaseIndex, key: key.array)
            if !names.contains(name) { names.append(name) }
        }
        let request = BlockedRequests.Request(
            session: session,
            record: call.record,
            arguments: arguments ?? (0..<call.count).map { call[$0].array },
            keys: names,
            database: databaseIndex,
            type: type,
            deadline: deadline,
            timeoutReply: timeoutReply
        )
        blocked.requests[session.identifier] = request
        for name in names { blocked.queues[name, default: []].append(request) }
        blocked.earliestDeadline = min(blocked.earliestDeadline, deadline)
        session.isBlocked = true
    }

    /// Whether a request may be served from `key`: when it runs again it looks at the key that has become ready only,
    /// though one that stands before it may be ready too by now.
    func mayServe(from key: ByteSlice) -> Bool {
        guard let name = blocked.readyKey else { return true }
        return name.key.count == key.count && name.key.elementsEqual(key.bytes)
    }

    /// Milliseconds since 1970 at which `expireBlocked` should be called next; nil when nobody waits for a time.
    public var blockedDeadline: Int64? {
        let earliest = min(blocked.earliestDeadline, pause?.until ?? Int64.max)
        return earliest == Int64.max ? nil : earliest
    }

    /// Whether this client waits for a key.
    public func isWaitingForKey(_ session: Session) -> Bool { blocked.requests[session.identifier] != nil }

    /// Gives up on the requests whose time is over.
    public mutating func expireBlocked() {
        if let pause, pause.until <= now { endPause() }
        guard blocked.earliestDeadline <= now else { return }
        for request in blocked.requests.values.filter({ $0.deadline <= now }).sorted(by: { $0.deadline < $1.deadline })
        {
            release(request) { engine in engine.write(request.timeoutReply) }
        }
        blocked.earliestDeadline = blocked.requests.values.reduce(Int64.max) { min($0, $1.deadline) }
    }

    /// CLIENT UNBLOCK and its like: ends the waiting of a client with an error, or as if its time had run out.
    public mutating func unblock(_ session: Session, error: StaticString? = nil) {
        guard let request = blocked.requests[session.identifier] else { return }
        release(request) { engine in
            if let error { engine.fail(error) } else { engine.write(request.timeoutReply) }
        }
    }

    /// The keys of a call that changed something may be what somebody waits for.
    @inline(never)
    mutating func noteReadyKeys(of call: Call) {
        for position in call.keyPositions { noteReady(call[position]) }
    }

    /// Somebody may wait for `key` of the present database.
    mutating func noteReady(_ key: ByteSlice) {
        guard !blocked.isEmpty else { return }
        let name = WatchedKey(database: databaseIndex, key: key.array)
        guard blocked.queues[name] != nil, !blocked.ready.contains(name) else { return }
        blocked.ready.append(name)
    }

    /// A whole database was replaced (SWAPDB): everybody who waits in it looks again.
    mutating func noteAllReady(database: Int) {
        for name in blocked.queues.keys where name.database == database && !blocked.ready.contains(name) {
            blocked.ready.append(name)
        }
    }

    /// Runs the requests again that wait for a key that changed; what they change may make more keys ready.
    @inline(never)
    mutating func serveBlocked() {
        let (current, currentIndex, active) = (database, databaseIndex, activeSession)
        let wasRetried = blocked.retried
        while !blocked.ready.isEmpty {
            let name = blocked.ready.removeFirst()
            for request in blocked.queues[name] ?? [] where blocked.requests[request.session.identifier] === request {
                database = databases + name.database
                databaseIndex = name.database
                guard isWorthATry(request, name) else { continue }
                blocked.readyKey = name
                retry(request)
                blocked.readyKey = nil
            }
        }
        blocked.retried = wasRetried
        (database, databaseIndex, activeSession) = (current, currentIndex, active)
    }

    private mutating func isWorthATry(_ request: BlockedRequests.Request, _ name: WatchedKey) -> Bool {
        guard let type = request.type else { return true }
        return name.key.withUnsafeBufferPointer { bytes in
            // An empty array may have no address; the key "" is a key all the same.
            let key = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
            return find(key)?.entry.type == type
        }
    }

    private mutating func retry(_ request: BlockedRequests.Request) {
        blocked.retried = request
        blocked.isStillBlocked = false
        activeSession = request.session
        deliver(to: request.session) { engine in
            let written = engine.reply.buffer.count
            engine.withCall(request.record, request.arguments, request.session) { engine, call in engine.perform(call) }
            if engine.blocked.isStillBlocked { engine.reply.buffer.truncate(to: written) }
        }
        blocked.retried = nil
        if !blocked.isStillBlocked { dropBlocked(request.session) }
    }

    private mutating func release(_ request: BlockedRequests.Request, _ body: (inout Engine) -> Void) {
        deliver(to: request.session, body)
        dropBlocked(request.session)
    }

    /// Forgets that a client waits; it may send its next request.
    mutating func dropBlocked(_ session: Session) {
        guard let request = blocked.requests.removeValue(forKey: session.identifier) else { return }
        for name in request.keys {
            blocked.queues[name]?.removeAll { $0 === request }
            if blocked.queues[name]?.isEmpty == true { blocked.queues[name] = nil }
        }
        if blocked.requests.isEmpty { blocked.earliestDeadline = .max }
        session.isBlocked = false
    }

    private mutating func write(_ timeoutReply: BlockedTimeoutReply) {
        switch timeoutReply {
        case .nullArray: reply.nullArray()
        case .null: reply.null()
        case .zero: reply.integer(0)
        }
    }
}
