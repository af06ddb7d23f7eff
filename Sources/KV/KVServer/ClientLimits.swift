import Logging
import Net

/// How much may wait to be sent to a client, and how long a client may be silent: `client-output-buffer-limit`,
/// `timeout`.
///
/// Ten times a second each client is looked at; a subscriber also whenever it is sent messages, as others fill its
/// buffer.
struct ClientLimits {
    struct Limit {
        /// Bytes; 0 for none.
        var hard = 0
        var soft = 0
        /// The soft limit may be exceeded for so many seconds.
        var seconds: Int64 = 0
    }

    private(set) var normal = Limit()
    private(set) var replica = Limit(hard: 256 << 20, soft: 64 << 20, seconds: 60)
    private(set) var subscriber = Limit(hard: 32 << 20, soft: 8 << 20, seconds: 60)
    private var text = ""

    /// Reads the directive: class, hard, soft and seconds, again and again. It was checked when it was set.
    mutating func update(from text: String) {
        guard text != self.text else { return }
        self.text = text
        let words = text.split(separator: " ")
        for start in stride(from: 0, to: words.count - 3, by: 4) {
            let limit = Limit(
                hard: Directives.bytes(String(words[start + 1])) ?? 0,
                soft: Directives.bytes(String(words[start + 2])) ?? 0,
                seconds: Int64(words[start + 3]) ?? 0
            )
            switch words[start] {
            case "normal": normal = limit
            case "pubsub": subscriber = limit
            default: replica = limit
            }
        }
    }

    func limit(for client: ClientSession) -> Limit {
        // A snapshot waits in a replica's output too: `ReplicationSource` limits what comes behind it.
        if client.session.isReplica { return Limit() }
        // A monitor is a replica to redis, and gets its limits.
        if client.session.isMonitor { return replica }
        return client.session.isSubscriber ? subscriber : normal
    }

    /// Whether the client's output has grown beyond what it may.
    func isExceeded(by client: ClientSession, now: Int64) -> Bool {
        let limit = limit(for: client)
        let waiting = client.connection.output.count
        if limit.hard > 0, waiting >= limit.hard { return true }
        guard limit.soft > 0, waiting >= limit.soft else {
            client.softLimitSince = nil
            return false
        }
        guard let since = client.softLimitSince else {
            client.softLimitSince = now
            return false
        }
        return (now - since) / 1000 > limit.seconds
    }
}

extension ServerCore {
    /// Ends the clients that are beyond their limits.
    func enforceClientLimits() {
        limits.update(from: directives.text("client-output-buffer-limit"))
        let now = loop.wallMilliseconds
        let timeout = Int64(directives.timeoutSeconds) * 1000
        var closing: [ClientSession] = []
        for client in clients.values {
            let session = client.session
            if limits.isExceeded(by: client, now: now) {
                logOverflow(of: client)
                closing.append(client)
            } else if timeout > 0, !session.isReplica, !session.isMonitor, !session.isBlocked, !session.isSubscriber,
                (now - client.lastInteraction) / 1000 > timeout / 1000
            {
                closing.append(client)
            }
        }
        for client in closing { client.connection.close() }
    }

    func logOverflow(of client: ClientSession) {
        logger.warning(
            "closing a client that reads slower than it is sent",
            metadata: ["id": "\(client.session.identifier)", "waiting": "\(client.connection.output.count)"]
        )
    }
}
