import KVEngine

/// What happens ten times a second without a client: active expiry and the rates of INFO.
struct Cron {
    private var sampledCommands: Int64 = 0
    private var sampledAt: Int64 = 0
    private var sampled = ServerCore.Traffic()
    /// Bytes per second over the last tick.
    private(set) var inputPerSecond: Int64 = 0
    private(set) var outputPerSecond: Int64 = 0
    private(set) var replicationInputPerSecond: Int64 = 0
    private(set) var replicationOutputPerSecond: Int64 = 0
    /// Commands per second over the last tick.
    private(set) var operationsPerSecond: Int64 = 0
    private(set) var ticks: Int64 = 0

    mutating func tick(_ core: ServerCore) {
        ticks += 1
        core.expireKeys()
        let now = core.loop.monotonicNanoseconds
        let commands = core.engine.statistics.commandsProcessed
        let traffic = core.traffic
        if sampledAt > 0, now > sampledAt {
            let elapsed = now - sampledAt
            func rate(_ difference: Int64) -> Int64 { max(0, Int64(Double(difference) * 1e9 / Double(elapsed))) }
            operationsPerSecond = rate(commands - sampledCommands)
            inputPerSecond = rate(traffic.inputBytes - sampled.inputBytes)
            outputPerSecond = rate(traffic.outputBytes - sampled.outputBytes)
            replicationInputPerSecond = rate(traffic.replicationInput - sampled.replicationInput)
            replicationOutputPerSecond = rate(traffic.replicationOutput - sampled.replicationOutput)
        }
        sampled = traffic
        sampledCommands = commands
        sampledAt = now
    }
}
