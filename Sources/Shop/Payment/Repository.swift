import Commerce
import ServiceRuntime

/// Where charges are made and remembered.
protocol ChargeRepository: Sendable {
    /// Charges a card; with a key, once however often it is called.
    func charge(_ card: CardNumber, _ amount: Money?, _ key: IdempotencyKey?) async throws
}

/// A processor that only takes its time. Waits run side by side: a waiting charge costs a timer, not a thread.
struct MemoryChargeRepository: ChargeRepository {
    private let delay: ClosedRange<Duration>
    private let ledger = IdempotencyLedger<Bool>()

    init(delay: ClosedRange<Duration>) {
        self.delay = delay
    }

    func charge(_ card: CardNumber, _ amount: Money?, _ key: IdempotencyKey?) async throws {
        let delay = delay
        guard let key else { return try await Self.wait(delay) }
        // The standard library's hash is seeded for each process: it gives nothing away about the number.
        var hasher = Hasher()
        hasher.combine(card)
        hasher.combine(amount)
        _ = try await ledger.perform(key, fingerprint: hasher.finalize()) {
            try await Self.wait(delay)
            return (true, isFinal: true)
        }
    }

    private static func wait(_ range: ClosedRange<Duration>) async throws {
        let span = range.upperBound - range.lowerBound
        try await Task.sleep(for: range.lowerBound + span * Double.random(in: 0...1))
    }
}
