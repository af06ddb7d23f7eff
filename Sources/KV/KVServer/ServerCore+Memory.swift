import CLinux
import KVEngine

/// What the server as a whole uses: the data, which the engine counts as it goes, and the rest, which is added up ten
/// times a second.
///
///     used = data + what the process had before the first client + buffers of clients + scripts + backlog
///
/// Buffers of replicas count for INFO but not for `maxmemory`: keys that go make them grow.
extension ServerCore {
    /// Bytes the C library has given out.
    static func allocatedBytes() -> Int {
        let numbers = clinux_allocator_numbers()
        return numbers.used + numbers.mapped
    }

    /// What the clients' buffers hold.
    func clientMemory(ofReplicas: Bool) -> Int {
        clients.values.reduce(0) { $0 + ($1.session.isReplica == ofReplicas ? $1.memory : 0) }
    }

    func scriptMemory(_ engine: borrowing Engine) -> Int {
        let figures = engine.scriptingFigures
        return figures.evaluatorMemory + figures.functionMemory + figures.scriptBytes + figures.functionBytes
    }

    var backlogMemory: Int { replication.source.isActive ? directives.backlogSize : 0 }

    /// Used memory with what `maxmemory` leaves out.
    func usedMemory(_ engine: borrowing Engine) -> Int { engine.usedMemory + clientMemory(ofReplicas: true) }

    func countMemory() {
        engine.otherMemory =
            startMemory + clientMemory(ofReplicas: false) + scriptMemory(engine) + backlogMemory
        traffic.peakMemory = max(traffic.peakMemory, usedMemory(engine))
    }

    // MARK: - maxmemory-clients

    /// The least that clients are left, so that somebody can still raise the limit.
    private static let leastClientMemory = 128 << 10

    /// Bytes that all clients' buffers together may hold; nil for any.
    private var clientMemoryLimit: Int? {
        let text = directives.text("maxmemory-clients")
        if text == "0" { return nil }
        guard text.hasSuffix("%") else { return Int(text).map { max($0, Self.leastClientMemory) } }
        let limit = engine.settings.maxMemory
        guard limit > 0, let percent = Int(text.dropLast()), percent > 0 else { return nil }
        return max(limit / 100 * percent, Self.leastClientMemory)
    }

    /// Ends the clients that hold most until the others keep the limit. Replicas and monitors are not looked at, and
    /// those stay that asked for it.
    func evictClients() {
        guard let limit = clientMemoryLimit else { return }
        let counted = clients.values.filter { !$0.session.isReplica && !$0.session.isMonitor }
        var used = counted.reduce(0) { $0 + $1.memory }
        guard used > limit else { return }
        for client in counted.sorted(by: { $0.memory > $1.memory }) where used > limit && client.session.isEvictable {
            used -= client.memory
            engine.statistics.evictedClients += 1
            logger.notice("Evicting client", metadata: ["id": "\(client.session.identifier)"])
            client.connection.close()
        }
    }
}
