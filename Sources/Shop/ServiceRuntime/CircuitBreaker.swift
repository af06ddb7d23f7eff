import Synchronization

/// Stops asking a peer that does not answer, so that its callers fail at once instead of piling up.
///
///     closed ──threshold failures in a row──▶ open ──after the pause──▶ half open (one trial)
///       ▲                                       ▲                           │
///       └────────────── success ────────────────┼───────────────────────────┤
///                                               └────────── failure ────────┘
///
/// A value without a clock: the caller says what time it is.
struct CircuitBreakerState: Sendable {
    enum Mode: Sendable, Equatable {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant)
        case halfOpen(trialUntil: ContinuousClock.Instant)
    }

    private(set) var mode = Mode.closed(failures: 0)
    let threshold: Int
    let pause: Duration

    /// Whether a call may be made now. In the half-open state one caller gets true; should it never report back,
    /// another may try after a pause.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        switch mode {
        case .closed: return true
        case .open(let until), .halfOpen(let until):
            guard now >= until else { return false }
            mode = .halfOpen(trialUntil: now.advanced(by: pause))
            return true
        }
    }

    mutating func succeeded() {
        mode = .closed(failures: 0)
    }

    mutating func failed(at now: ContinuousClock.Instant) {
        switch mode {
        case .closed(let failures) where failures + 1 < threshold: mode = .closed(failures: failures + 1)
        case .closed, .halfOpen: mode = .open(until: now.advanced(by: pause))
        // A late report of a call from before: the pause is running already.
        case .open: break
        }
    }
}

/// A peer behind a proxy: its address, and whether it is worth asking.
public final class Upstream: Sendable {
    public let name: String
    public let endpoint: Endpoint
    private let breaker: Mutex<CircuitBreakerState>

    public init(name: String, endpoint: Endpoint, failureThreshold: Int = 8, pause: Duration = .seconds(1)) {
        self.name = name
        self.endpoint = endpoint
        breaker = Mutex(CircuitBreakerState(threshold: failureThreshold, pause: pause))
    }

    var admits: Bool { breaker.withLock { $0.admits(at: .now) } }
    func succeeded() { breaker.withLock { $0.succeeded() } }
    func failed() { breaker.withLock { $0.failed(at: .now) } }
}
