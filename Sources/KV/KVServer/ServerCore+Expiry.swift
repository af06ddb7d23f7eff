import KVEngine
import Net

/// The active expiry's time: slices of less than half a millisecond, one ten times a second, and more of them while many
/// of the keys that are looked at are due.
///
///     tick ─▶ slice ─ much was due ─▶ rest ─▶ slice ─ little was due, or once around ─▶ until the next tick
///
/// `active-expire-effort` decides what is much: 1 lets one key in thirty wait, 10 one in two hundred. A slice is redis's
/// 25 % of the time at most.
extension ServerCore {
    private static let expirySlice: Int64 = 400_000
    private static let restBetweenSlices = Duration.milliseconds(1)

    /// At a tick: begins to expire, unless that is going on.
    func expireKeys() {
        guard !isExpiryScheduled else { return }
        expireSlice()
    }

    private func expireSlice() {
        engine.setTime(milliseconds: loop.wallMilliseconds)
        let started = EventLoop.readMonotonicClock()
        var looked = 0
        var due = 0
        var isOver = false
        var elapsed: Int64 = 0
        repeat {
            // Few at a time: each may have two hundred keys that are due.
            let slice = engine.expireActively(segments: 4)
            looked += slice.looked
            due += slice.due
            isOver = slice.isRoundComplete
            elapsed = EventLoop.readMonotonicClock() - started
        } while !isOver && elapsed < Self.expirySlice
        engine.statistics.expiryNanoseconds += elapsed
        guard !isOver else { return }
        engine.statistics.expiryTimeouts += 1
        // Where nothing was looked at the walk is fast, and is to come around in a second or so.
        guard due * 30 * (1 + directives.number("active-expire-effort") * 6 / 10) >= looked, due > 0 else { return }
        isExpiryScheduled = true
        loop.schedule(after: Self.restBetweenSlices) { [unowned self] in
            self.isExpiryScheduled = false
            self.expireSlice()
        }
    }
}
