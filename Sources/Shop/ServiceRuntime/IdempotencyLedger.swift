import Commerce

/// Makes sure that what a key names happens once, however often it is asked for.
///
///     first request with a key ──▶ runs the operation            ┐
///     the same key meanwhile   ──▶ waits for that very run       ├─▶ one outcome for all
///     the same key afterwards  ──▶ gets the remembered outcome   ┘
///     the same key, other content ──▶ 422
///
/// The operation runs in a task of its own, so a client that hangs up does not stop a charge half way. An operation
/// that throws, or says its outcome is not final, is forgotten: a retry runs it again.
/// At most `capacity` outcomes are remembered, for at most `lifetime`; they live in this process's memory only.
public actor IdempotencyLedger<Outcome: Sendable> {
    private struct Entry {
        let fingerprint: Int
        let task: Task<Outcome, any Error>
        let expires: ContinuousClock.Instant
    }

    private var entries: [IdempotencyKey: Entry] = [:]
    /// Keys by age, the oldest first.
    private var order: [IdempotencyKey] = []
    private let capacity: Int
    private let lifetime: Duration

    public init(capacity: Int = 10_000, lifetime: Duration = .seconds(24 * 3600)) {
        self.capacity = capacity
        self.lifetime = lifetime
    }

    /// Runs `operation` unless `key` has run before. `fingerprint` stands for the request's content.
    public func perform(
        _ key: IdempotencyKey,
        fingerprint: Int,
        _ operation: @escaping @Sendable () async throws -> (outcome: Outcome, isFinal: Bool)
    ) async throws -> Outcome {
        let now = ContinuousClock.now
        if let entry = entries[key], entry.expires > now {
            guard entry.fingerprint == fingerprint else {
                throw Problem(.unprocessableContent, "this idempotency key was used for another request")
            }
            return try await entry.task.value
        }
        forgetOldest(now)
        let task = Task {
            do {
                let result = try await operation()
                if !result.isFinal { self.forget(key) }
                return result.outcome
            } catch {
                self.forget(key)
                throw error
            }
        }
        entries[key] = Entry(fingerprint: fingerprint, task: task, expires: now.advanced(by: lifetime))
        order.append(key)
        return try await task.value
    }

    private func forget(_ key: IdempotencyKey) {
        entries[key] = nil
        order.removeAll { $0 == key }
    }

    private func forgetOldest(_ now: ContinuousClock.Instant) {
        let expired = order.prefix { entries[$0].map { $0.expires <= now } ?? true }.count
        let surplus = max(expired, order.count - capacity + 1)
        guard surplus > 0 else { return }
        for key in order.prefix(surplus) { entries[key] = nil }
        order.removeFirst(surplus)
    }
}
