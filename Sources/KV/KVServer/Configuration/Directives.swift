import KVEngine
import RESP

/// The values of redis.conf's directives, and what those do that mean something here.
///
///     redis.conf, --name value, CONFIG SET ─▶ checked by `DirectiveTable` ─▶ `change` of a binding below ─▶ kept
///
/// A binding shows its value from where it lives and changes it there; a directive without one is kept as text. How
/// several are changed together is in `Directives+Change`.
struct Directives {
    var maximumClients: Int
    var maximumQueryBuffer: Int
    var backlogSize: Int
    var primaryPassword: String
    var replicationTimeoutSeconds: Int
    var replicaPriority = 100
    var timeoutSeconds = 0
    var password: String
    var accessFile = ""
    var allowsChannelsByDefault = false
    /// What was said about directives, by name; what was not said is the table's.
    var texts: [String: String] = [:]

    init(_ configuration: Configuration) {
        maximumClients = configuration.maximumClients
        maximumQueryBuffer = configuration.maximumQueryBuffer
        backlogSize = configuration.backlogSize
        primaryPassword = configuration.primaryPassword ?? ""
        replicationTimeoutSeconds = Int(configuration.replicationTimeout.components.seconds)
        password = configuration.password ?? ""
        texts["port"] = String(configuration.port)
        texts["bind"] = configuration.host
        texts["protected-mode"] = configuration.isProtected ? "yes" : "no"
    }

    struct Directive {
        let name: String
        let value: (Directives, borrowing Engine) -> String
        /// Nil when there is nothing to do. Returns what is wrong with the value, or nil.
        let change: ((inout Directives, inout Engine, String) -> String?)?
    }

    private static func number(
        _ name: String,
        _ range: ClosedRange<Int>,
        _ path: WritableKeyPath<Directives, Int>
    ) -> Directive {
        Directive(name: name, value: { directives, _ in String(directives[keyPath: path]) }) { directives, _, text in
            guard let value = bytes(text) else { return "argument must be a memory value" }
            guard range.contains(value) else { return outOfRange(range) }
            directives[keyPath: path] = value
            return nil
        }
    }

    private static func engineNumber(_ name: String, _ path: WritableKeyPath<Engine.Settings, Int>) -> Directive {
        Directive(name: name, value: { _, engine in String(engine.settings[keyPath: path]) }) { _, engine, text in
            guard let value = bytes(text) else { return "argument must be a memory value" }
            guard value >= 0 else { return outOfRange(0...Int.max) }
            engine.settings[keyPath: path] = value
            return nil
        }
    }

    private static func fixed(_ name: String, _ value: @escaping (Directives, borrowing Engine) -> String) -> Directive
    {
        Directive(name: name, value: value, change: nil)
    }

    private static func outOfRange(_ range: ClosedRange<Int>) -> String {
        "argument must be between \(range.lowerBound) and \(range.upperBound) inclusive"
    }

    /// `100`, `64kb`, `1gb`, `512m`: redis's units, k = 1000 and kb = 1024.
    static func bytes(_ text: String) -> Int? {
        let lower = text.lowercased()
        let units: [(String, Int)] = [
            ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("k", 1000), ("m", 1_000_000), ("g", 1_000_000_000),
            ("b", 1),
        ]
        for (suffix, factor) in units where lower.hasSuffix(suffix) {
            guard let value = Int(lower.dropLast(suffix.count)) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return Int(lower)
    }

    /// All bindings; those of the process, the log and the listeners are in `Directives+Server`.
    static var all: [Directive] {
        serverBindings + [
            engineNumber("hash-max-listpack-entries", \.hashMaxListpackEntries),
            engineNumber("hash-max-ziplist-entries", \.hashMaxListpackEntries),
            engineNumber("hash-max-listpack-value", \.hashMaxListpackValue),
            engineNumber("hash-max-ziplist-value", \.hashMaxListpackValue),
            engineNumber("set-max-intset-entries", \.setMaxIntsetEntries),
            engineNumber("hll-sparse-max-bytes", \.hyperLogLogSparseMaxBytes),
            engineNumber("stream-node-max-entries", \.streamNodeMaxEntries),
            engineNumber("stream-node-max-bytes", \.streamNodeMaxBytes),
            engineNumber("zset-max-listpack-entries", \.zsetMaxListpackEntries),
            engineNumber("zset-max-ziplist-entries", \.zsetMaxListpackEntries),
            engineNumber("zset-max-listpack-value", \.zsetMaxListpackValue),
            engineNumber("zset-max-ziplist-value", \.zsetMaxListpackValue),
            engineNumber("proto-max-bulk-len", \.maximumBulkLength),
            engineNumber("tracking-table-max-keys", \.trackingTableMaxKeys),
            engineNumber("busy-reply-threshold", \.busyReplyThreshold),
            engineNumber("lua-time-limit", \.busyReplyThreshold),
            engineNumber("maxmemory", \.maxMemory),
            engineNumber("maxmemory-samples", \.evictionSamples),
            engineNumber("maxmemory-eviction-tenacity", \.evictionTenacity),
            engineNumber("lfu-log-factor", \.useLogFactor),
            engineNumber("lfu-decay-time", \.useDecayTime),
            Directive(
                name: "maxmemory-policy",
                value: { _, engine in engine.settings.evictionPolicy.name },
                change: { _, engine, text in
                    guard let policy = EvictionPolicy(named: text) else {
                        return "argument must be one of the policies"
                    }
                    engine.settings.evictionPolicy = policy
                    return nil
                }
            ),
            Directive(
                name: "replica-ignore-maxmemory",
                value: { _, engine in engine.settings.replicaIgnoresMaxMemory ? "yes" : "no" },
                change: { _, engine, text in
                    engine.settings.replicaIgnoresMaxMemory = text.lowercased() == "yes"
                    return nil
                }
            ),
            number("maxclients", 1...100_000, \.maximumClients),
            number("client-query-buffer-limit", (1 << 20)...Int.max, \.maximumQueryBuffer),
            number("repl-backlog-size", 1...Int.max, \.backlogSize),
            number("repl-timeout", 1...Int(Int32.max), \.replicationTimeoutSeconds),
            number("replica-priority", 0...Int(Int32.max), \.replicaPriority),
            number("slave-priority", 0...Int(Int32.max), \.replicaPriority),
            number("timeout", 0...Int(Int32.max), \.timeoutSeconds),
            Directive(
                name: "notify-keyspace-events",
                value: { _, engine in engine.settings.keyspaceEvents.text },
                change: { _, engine, text in
                    guard let events = KeyspaceEvents(text: text) else {
                        return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
                    }
                    engine.settings.keyspaceEvents = events
                    return nil
                }
            ),
            Directive(
                name: "requirepass",
                value: { directives, _ in directives.password },
                change: { directives, engine, text in
                    directives.password = text
                    engine.setDefaultPassword(Array(text.utf8))
                    return nil
                }
            ),
            Directive(
                name: "masterauth",
                value: { directives, _ in directives.primaryPassword },
                change: { directives, _, text in
                    directives.primaryPassword = text
                    return nil
                }
            ),
            Directive(
                name: "slowlog-log-slower-than",
                value: { _, engine in String(engine.slowLogThreshold) },
                change: { _, engine, text in
                    guard let value = Int64(text) else { return "argument couldn't be parsed into an integer" }
                    engine.slowLogThreshold = value
                    return nil
                }
            ),
            Directive(
                name: "slowlog-max-len",
                value: { _, engine in String(engine.slowLogLength) },
                change: { _, engine, text in
                    guard let value = bytes(text) else { return "argument must be a memory value" }
                    engine.slowLogLength = value
                    return nil
                }
            ),
            Directive(
                name: "latency-monitor-threshold",
                value: { _, engine in String(engine.latencyThreshold) },
                change: { _, engine, text in
                    guard let value = Int64(text) else { return "argument couldn't be parsed into an integer" }
                    engine.latencyThreshold = value
                    return nil
                }
            ),
            Directive(
                name: "latency-tracking",
                value: { _, engine in engine.keepsHistograms ? "yes" : "no" },
                change: { _, engine, text in
                    engine.keepsHistograms = text.lowercased() == "yes"
                    return nil
                }
            ),
            fixed("databases") { _, engine in String(engine.databaseCount) },
            fixed("dir") { _, _ in Process.workingDirectory },
        ]
    }
}
