import Commerce
import KVClient
import ServiceRuntime
import Synchronization

/// Where visits are remembered.
protocol SessionRepository: Sendable {
    /// Keeps what is known of a session for another five minutes; begins with nothing known.
    func touch(_ session: SessionID) async throws
    /// Throws when sessions cannot be remembered.
    func ping() async throws
}

/// Sessions in session-data: a string of JSON for each, gone five minutes after its last use.
struct KVSessionRepository: SessionRepository {
    let client: KVPool
    let clock: WallClock

    func touch(_ session: SessionID) async throws {
        // One round trip for a visitor who is known, and what others wrote into the value stays.
        if try await client.expire(session.dataKey, seconds: Sessions.lifetimeSeconds) { return }
        var json = JSONWriter(capacity: 64)
        json.object { $0.member("created_at", Int(clock.seconds)) }
        try await client.setEX(session.dataKey, seconds: Sessions.lifetimeSeconds, json.bytes)
    }

    func ping() async throws {
        try await client.ping()
    }
}

/// Sessions in memory: for tests.
final class MemorySessionRepository: SessionRepository {
    let touched = Mutex<[SessionID]>([])
    let isAvailable = Mutex(true)

    func touch(_ session: SessionID) async throws {
        try await ping()
        touched.withLock { $0.append(session) }
    }

    func ping() async throws {
        guard isAvailable.withLock({ $0 }) else { throw KVClientError.unavailable("switched off") }
    }
}
