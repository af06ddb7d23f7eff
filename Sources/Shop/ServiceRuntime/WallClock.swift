import Glibc

/// What time it is, handed to whoever needs it, so that tests can say.
public struct WallClock: Sendable {
    private let now: @Sendable () -> Int64

    public init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    public var seconds: Int64 { now() }

    /// The system's clock.
    public static var system: WallClock {
        WallClock {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec)
        }
    }
}
