import Bytes
import RESP

/// Client-side caching: which clients may hold which keys, and telling them when one changes.
///
///     a tracking client reads   ──▶ table: key → clients            (`rememberKeys`)
///     a key changes (`touch`)   ──▶ `invalidate` to those clients, who are forgotten for the key
///     BCAST                     ──▶ prefix → clients; the keys of a turn go out together at its end
///
/// A client's own changes are told behind the reply (`flushOwnInvalidations`). Clients that redirect have their
/// messages sent to another: as pushes in RESP3, as messages of `__redis__:invalidate` to a subscriber in RESP2.
struct Tracking {
    /// What one client asked for.
    struct Client {
        var isBroadcast = false
        var isOptIn = false
        var isOptOut = false
        var isNoLoop = false
        /// CLIENT CACHING was the request before.
        var isCachingGiven = false
        /// 0 for nobody.
        var redirection: Int64 = 0
        var target: Session?
        var isRedirectionBroken = false
        var prefixes: [[UInt8]] = []
    }

    /// The clients that watch a prefix, and its keys that changed in this turn.
    struct Prefix {
        let bytes: [UInt8]
        var sessions: [Session] = []
        /// Each with the client that changed it first.
        var keys: [[UInt8]: Int64] = [:]
    }

    fileprivate var sessions: [Int64: Session] = [:]
    fileprivate var table: [[UInt8]: Set<Int64>] = [:]
    fileprivate var prefixes: [Prefix] = []
    /// The running client's own invalidations; nil is "everything".
    fileprivate var own: [[UInt8]?] = []
    fileprivate(set) var items = 0

    /// Whether any client tracks.
    private(set) var isActive = false
    var clientCount: Int { sessions.count }
    var keyCount: Int { table.count }
    var prefixCount: Int { prefixes.count }

    fileprivate mutating func add(_ session: Session) {
        sessions[session.identifier] = session
        isActive = true
    }

    fileprivate mutating func remove(_ session: Session) {
        sessions[session.identifier] = nil
        for index in prefixes.indices { prefixes[index].sessions.removeAll { $0 === session } }
        prefixes.removeAll { $0.sessions.isEmpty }
        isActive = !sessions.isEmpty
        if !isActive {
            table = [:]
            items = 0
            own = []
        }
    }

    fileprivate mutating func join(_ session: Session, prefix: [UInt8]) {
        if let index = prefixes.firstIndex(where: { $0.bytes == prefix }) {
            prefixes[index].sessions.append(session)
        } else {
            prefixes.append(Prefix(bytes: prefix, sessions: [session]))
            prefixes.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        }
    }

    fileprivate mutating func insert(_ key: [UInt8], _ identifier: Int64) {
        if table[key, default: []].insert(identifier).inserted { items += 1 }
    }

    fileprivate mutating func take(_ key: [UInt8]) -> Set<Int64>? {
        guard let identifiers = table.removeValue(forKey: key) else { return nil }
        items -= identifiers.count
        return identifiers
    }
}

extension Engine {
    /// How many clients track, keys and pairs of key and client are remembered, and prefixes watched.
    public var trackingCounts: (clients: Int, keys: Int, items: Int, prefixes: Int) {
        (tracking.clientCount, tracking.keyCount, tracking.items, tracking.prefixCount)
    }

    // MARK: On and off

    mutating func startTracking(_ session: Session, _ options: Tracking.Client, prefixes: [[UInt8]]) {
        var client = options
        client.prefixes = session.tracking?.isBroadcast == true ? session.tracking?.prefixes ?? [] : []
        tracking.add(session)
        if client.isBroadcast {
            for prefix in prefixes.isEmpty ? [[]] : prefixes where !client.prefixes.contains(prefix) {
                client.prefixes.append(prefix)
                tracking.join(session, prefix: prefix)
            }
        }
        session.tracking = client
    }

    mutating func stopTracking(_ session: Session) {
        guard session.tracking != nil else { return }
        session.tracking = nil
        tracking.remove(session)
    }

    // MARK: Reading

    /// After a command of a tracking client that read keys.
    mutating func rememberKeys(of call: Call, for session: Session) {
        guard let client = session.tracking, !client.isBroadcast else { return }
        let flags = call.record.pointee.flags
        guard flags.contains(.readonly), !flags.contains(.pubsub) else { return }
        if client.isOptIn && !client.isCachingGiven || client.isOptOut && client.isCachingGiven { return }
        for position in call.keyPositions { tracking.insert(call[position].array, session.identifier) }
        // Beyond the limit somebody has to fetch a key once more.
        while settings.trackingTableMaxKeys > 0, tracking.keyCount > settings.trackingTableMaxKeys,
            let key = tracking.table.first?.key
        {
            tell(key)
        }
    }

    // MARK: Changing

    /// A key changed.
    @inline(never)
    mutating func invalidate(_ key: ByteSlice) {
        let bytes = key.array
        let changer = activeSession?.identifier ?? 0
        for index in tracking.prefixes.indices where bytes.starts(with: tracking.prefixes[index].bytes) {
            if tracking.prefixes[index].keys[bytes] == nil { tracking.prefixes[index].keys[bytes] = changer }
        }
        tell(bytes)
    }

    private mutating func tell(_ key: [UInt8]) {
        guard let identifiers = tracking.take(key) else { return }
        for identifier in identifiers.sorted() {
            guard let session = tracking.sessions[identifier], let client = session.tracking, !client.isBroadcast else {
                continue
            }
            if session === activeSession {
                if !client.isNoLoop { tracking.own.append(key) }
            } else {
                sendInvalidation(to: session) { engine in
                    engine.reply.array(1)
                    engine.reply.bulk(key)
                }
            }
        }
    }

    /// All keys of a database are gone; clients do not know databases.
    mutating func invalidateAll() {
        guard tracking.isActive else { return }
        tracking.table = [:]
        tracking.items = 0
        for session in tracking.sessions.values.sorted(by: { $0.identifier < $1.identifier }) {
            if session === activeSession { tracking.own.append(nil) } else { sendInvalidationOfAll(to: session) }
        }
    }

    /// Tells the running client what it changed itself: behind the reply.
    @inline(never)
    mutating func flushOwnInvalidations(_ session: Session) {
        let keys = tracking.own
        tracking.own = []
        for key in keys {
            guard let key else {
                sendInvalidationOfAll(to: session)
                continue
            }
            sendInvalidation(to: session) { engine in
                engine.reply.array(1)
                engine.reply.bulk(key)
            }
        }
    }

    var hasOwnInvalidations: Bool { !tracking.own.isEmpty }

    /// Tells who watches prefixes what changed since the last time; the server calls it at the end of each turn.
    public mutating func broadcastInvalidations() {
        guard tracking.prefixCount > 0 else { return }
        for index in tracking.prefixes.indices where !tracking.prefixes[index].keys.isEmpty {
            let prefix = tracking.prefixes[index]
            tracking.prefixes[index].keys = [:]
            let keys = prefix.keys.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for session in prefix.sessions {
                let isNoLoop = session.tracking?.isNoLoop == true
                let told = isNoLoop ? keys.filter { $0.value != session.identifier } : keys
                guard !told.isEmpty else { continue }
                sendInvalidation(to: session) { engine in
                    engine.reply.array(told.count)
                    for (key, _) in told { engine.reply.bulk(key) }
                }
            }
        }
    }

    // MARK: Sending

    private mutating func sendInvalidationOfAll(to session: Session) {
        // The null is one of the tracking client's protocol, whoever gets it.
        let version = session.protocolVersion
        sendInvalidation(to: session) { engine in
            engine.reply.buffer.append(version == 2 ? "$-1\r\n" : "_\r\n")
        }
    }

    private mutating func sendInvalidation(to session: Session, _ body: (inout Engine) -> Void) {
        guard let client = session.tracking else { return }
        var receiver = session
        if client.redirection != 0 {
            guard let target = client.target, !target.isGone else {
                session.tracking?.isRedirectionBroken = true
                session.tracking?.target = nil
                guard session.protocolVersion > 2 else { return }
                return push(to: session) { engine in
                    engine.reply.push(2)
                    engine.reply.bulk("tracking-redir-broken")
                    engine.reply.integer(client.redirection)
                }
            }
            receiver = target
        }
        if receiver.protocolVersion > 2 {
            push(to: receiver) { engine in
                engine.reply.push(2)
                engine.reply.bulk("invalidate")
                body(&engine)
            }
        } else if client.redirection != 0, receiver.isSubscriber {
            push(to: receiver) { engine in
                engine.reply.push(3)
                engine.reply.bulk("message")
                engine.reply.bulk("__redis__:invalidate")
                body(&engine)
            }
        }
    }
}
