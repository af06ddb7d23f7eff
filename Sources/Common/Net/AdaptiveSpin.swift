/// Decides whether to look for events for a moment before the thread sleeps.
///
/// With one or two clients a request's cost is the sleep and the wake-up, not the work. A bounded look avoids both, but
/// wastes time when nothing comes. So: look while lately it has found something, and start again when a sleep turns
/// out to have been shorter than the look would have been.
struct AdaptiveSpin {
    /// How long to look, in nanoseconds; 0 never looks.
    let limit: Int64
    private var credit = 0
    private static let mostCredit = 8

    init(limit: Duration) {
        self.limit = max(0, limit.nanoseconds)
    }

    var isEnabled: Bool { limit > 0 }
    var isWorthTrying: Bool { credit > 0 }

    mutating func found() {
        credit = Self.mostCredit
    }

    mutating func failed() {
        credit -= 2
    }

    mutating func slept(nanoseconds: Int64) {
        if nanoseconds < limit { credit = min(Self.mostCredit, max(0, credit) + 1) }
    }
}
