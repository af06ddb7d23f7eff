/// Which key goes when memory is used up: `maxmemory-policy`.
public struct EvictionPolicy: Equatable, Sendable {
    /// What makes a key the next to go.
    enum Order: Sendable {
        /// Not used for the longest time.
        case leastRecent
        /// Used least often.
        case leastFrequent
        case random
        /// Its time is over first.
        case soonestExpiry
    }

    public let name: String
    /// Nil: none goes, and commands that need memory are refused.
    let order: Order?
    /// Only keys with an expiry go.
    let isVolatile: Bool

    public static let all = [
        EvictionPolicy(name: "noeviction", order: nil, isVolatile: false),
        EvictionPolicy(name: "allkeys-lru", order: .leastRecent, isVolatile: false),
        EvictionPolicy(name: "allkeys-lfu", order: .leastFrequent, isVolatile: false),
        EvictionPolicy(name: "allkeys-random", order: .random, isVolatile: false),
        EvictionPolicy(name: "volatile-lru", order: .leastRecent, isVolatile: true),
        EvictionPolicy(name: "volatile-lfu", order: .leastFrequent, isVolatile: true),
        EvictionPolicy(name: "volatile-random", order: .random, isVolatile: true),
        EvictionPolicy(name: "volatile-ttl", order: .soonestExpiry, isVolatile: true),
    ]

    public static let none = all[0]

    public init?(named name: String) {
        guard let policy = Self.all.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = policy
    }

    private init(name: String, order: Order?, isVolatile: Bool) {
        self.name = name
        self.order = order
        self.isVolatile = isVolatile
    }

    var countsUses: Bool { order == .leastFrequent }
}

/// How often a key is used, in the 24 bits of its access clock: redis's logarithmic counter.
///
///     minutes 16, of the last change │ counter 8
///
/// The counter rises with a probability that falls as it grows, so that 255 stands for a million uses, and loses one
/// every `lfu-decay-time` minutes.
struct UseCounter {
    static let initial: UInt32 = 5

    /// `lfu-log-factor`
    var logFactor = 10
    /// `lfu-decay-time`, minutes.
    var decayTime = 1
    /// Minutes since 1970, modulo 2^16.
    var minutes: UInt32 = 0

    /// A key's clock when it was never used, or was used `counter` often.
    func clock(_ counter: UInt32 = UseCounter.initial) -> UInt32 { minutes << 8 | counter & 0xFF }

    /// The counter as time has left it.
    func counter(_ clock: UInt32) -> UInt32 {
        let counter = clock & 0xFF
        guard decayTime > 0 else { return counter }
        let periods = ((minutes &- clock >> 8) & 0xFFFF) / UInt32(clamping: decayTime)
        return periods > counter ? 0 : counter - periods
    }

    /// The clock of a key that is used once more.
    func used(_ clock: UInt32, random: () -> UInt64) -> UInt32 {
        let counter = counter(clock)
        guard counter < 255 else { return self.clock(255) }
        let base = Double(counter > Self.initial ? counter - Self.initial : 0)
        let chance = 1 / (base * Double(logFactor) + 1)
        let isCounted = Double(random() >> 11) * 0x1p-53 < chance
        return self.clock(isCounted ? counter + 1 : counter)
    }
}
