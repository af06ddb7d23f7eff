import KVEngine

/// What happens ten times a second without a client: active expiry and the rates of INFO.
struct Cron {
    /// Expiry looks at this many segments of 200 keys at least, and goes on while it finds much to do.
    private static let segmentsPerTick = 512
    private static let mostRoundsPerTick = 16

    private var sampledCommands: Int64 = 0
    private var sampledAt: Int64 = 0
    /// Commands per second over the last tick.
    private(set) var operationsPerSecond: Int64 = 0
    private(set) var ticks: Int64 = 0

    mutating func tick(_ core: ServerCore) {
        ticks += 1
        for _ in 0..<Self.mostRoundsPerTick {
            let removed = core.engine.expireActively(segments: Self.segmentsPerTick)
            // Few were due: the rest can wait for the next tick.
            if removed < Self.segmentsPerTick * 4 { break }
        }
        let now = core.loop.monotonicNanoseconds
        let commands = core.engine.statistics.commandsProcessed
        if sampledAt > 0, now > sampledAt {
            operationsPerSecond = max(0, (commands - sampledCommands) * 1_000_000_000 / (now - sampledAt))
        }
        sampledCommands = commands
        sampledAt = now
    }
}
