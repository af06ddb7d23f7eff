import Commerce
import Logging
import ServiceRuntime

/// One purchase: the order of its steps, and what happens when one fails.
///
///     charge ──declined──▶ nothing changes
///        │ charged
///        ▼
///     clear the cart ──fails──▶ remembered and retried; the buyer is told, the purchase stands
///
/// Invariant: with the same idempotency key the card is charged at most once, here and in the payment service.
struct Purchase: Sendable {
    enum Outcome: Sendable, Equatable {
        case bought(cartCleared: Bool)
        case declined(reason: String)
    }

    let repository: any ShopRepository
    let clearings: PendingClearings
    private let ledger = IdempotencyLedger<Outcome>()

    init(repository: any ShopRepository, clearings: PendingClearings) {
        self.repository = repository
        self.clearings = clearings
    }

    func make(_ order: Order, sessionToken: String, key: IdempotencyKey, headers: CallHeaders) async throws -> Outcome {
        var hasher = Hasher()
        hasher.combine(order.amount)
        hasher.combine(order.card.encoded)
        hasher.combine(sessionToken.prefix { $0 != "." })
        return try await ledger.perform(key, fingerprint: hasher.finalize()) {
            switch try await repository.charge(order, key: key, headers) {
            case .declined(let reason):
                // The buyer may correct the card and try again under the same key.
                return (.declined(reason: reason), isFinal: false)
            case .charged:
                let cleared = await clear(sessionToken, headers)
                return (.bought(cartCleared: cleared), isFinal: true)
            }
        }
    }

    private func clear(_ sessionToken: String, _ headers: CallHeaders) async -> Bool {
        do {
            try await repository.clearCart(sessionToken, headers)
            return true
        } catch {
            await clearings.add(sessionToken, because: error)
            return false
        }
    }
}

/// Carts that were paid for and could not be emptied yet.
///
/// They are tried again with growing pauses until it works, for as long as the service runs. Kept in memory: a crash
/// forgets them, which leaves a full cart behind, never a second charge.
actor PendingClearings {
    private struct Pending {
        var attempts: Int
        var next: ContinuousClock.Instant
    }

    private var pending: [String: Pending] = [:]
    private let repository: any ShopRepository
    private let logger: Logger
    private let tick: Duration

    init(repository: any ShopRepository, logger: Logger, tick: Duration = .milliseconds(200)) {
        self.repository = repository
        self.logger = logger
        self.tick = tick
    }

    /// How many carts wait.
    var count: Int { pending.count }

    func add(_ sessionToken: String, because error: any Error) {
        logger.warning(
            "paid, but the cart was not emptied; will try again: \(error)",
            metadata: Self.name(sessionToken)
        )
        pending[sessionToken] = Pending(attempts: 1, next: .now.advanced(by: tick))
    }

    /// Tries what is due until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let now = ContinuousClock.now
            for (token, entry) in pending where entry.next <= now { await retry(token) }
            // Only cancellation ends the sleep early, and the loop looks at that itself.
            try? await Task.sleep(for: tick)
        }
    }

    /// One last attempt for each; names in the log what could not be done.
    func finish() async {
        for token in pending.keys { await retry(token) }
        for token in pending.keys {
            logger.error("paid, and the cart was never emptied", metadata: Self.name(token))
        }
    }

    private func retry(_ token: String) async {
        do {
            try await repository.clearCart(token, CallHeaders())
            pending[token] = nil
            logger.notice("the cart of a paid order was emptied late", metadata: Self.name(token))
        } catch let problem as Problem where problem.status.kind == .clientError {
            pending[token] = nil
            logger.error("paid, and the cart cannot be emptied: \(problem)", metadata: Self.name(token))
        } catch {
            let attempts = (pending[token]?.attempts ?? 0) + 1
            // 200 ms, 400 ms, … up to about a minute.
            let pause = tick * (1 << min(attempts, 8))
            pending[token] = Pending(attempts: attempts, next: .now.advanced(by: pause))
        }
    }

    /// The session without its signature: a log must not let its reader act for the visitor.
    private static func name(_ token: String) -> Logger.Metadata {
        ["session": .string(String(token.prefix { $0 != "." }))]
    }
}
