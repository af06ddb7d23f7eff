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

    /// What the engine keeps elsewhere than in its settings: `read` is nil where the text is none, which `problem` then tells.
    private static func engineValue<Value>(
        _ name: String,
        or problem: String,
        _ read: @escaping (String) -> Value?,
        show: @escaping (borrowing Engine) -> String,
        change: @escaping (inout Engine, Value) -> Void
    ) -> Directive {
        Directive(name: name, value: { _, engine in show(engine) }) { _, engine, text in
            guard let value = read(text) else { return problem }
            change(&engine, value)
            return nil
        }
    }

    private static func engineFlag(
        _ name: String,
        show: @escaping (borrowing Engine) -> Bool,
        change: @escaping (inout Engine, Bool) -> Void
    ) -> Directive {
        Directive(name: name, value: { _, engine in show(engine) ? "yes" : "no" }) { _, engine, text in
            change(&engine, text.lowercased() == "yes")
            return nil
        }
    }

    static func text(_ name: String, _ path: WritableKeyPath<Directives, String>) -> Directive {
        Directive(name: name, value: { directives, _ in directives[keyPath: path] }) { directives, _, text in
            directives[keyPath: path] = text
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
            engineValue("maxmemory-policy", or: "argument must be one of the policies", EvictionPolicy.init(named:)) {
                $0.settings.evictionPolicy.name
            } change: {
                $0.settings.evictionPolicy = $1
            },
            engineFlag("replica-ignore-maxmemory") {
                $0.settings.replicaIgnoresMaxMemory
            } change: {
                $0.settings.replicaIgnoresMaxMemory = $1
            },
            number("maxclients", 1...100_000, \.maximumClients),
            number("client-query-buffer-limit", (1 << 20)...Int.max, \.maximumQueryBuffer),
            number("repl-backlog-size", 1...Int.max, \.backlogSize),
            number("repl-timeout", 1...Int(Int32.max), \.replicationTimeoutSeconds),
            number("replica-priority", 0...Int(Int32.max), \.replicaPriority),
            number("slave-priority", 0...Int(Int32.max), \.replicaPriority),
            number("timeout", 0...Int(Int32.max), \.timeoutSeconds),
            engineValue(
                "notify-keyspace-events",
                or: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
                KeyspaceEvents.init(text:)
            ) {
                $0.settings.keyspaceEvents.text
            } change: {
                $0.settings.keyspaceEvents = $1
            },
            Directive(
                name: "requirepass",
                value: { directives, _ in directives.password },
                change: { directives, engine, text in
                    directives.password = text
                    engine.setDefaultPassword(Array(text.utf8))
                    return nil
                }
            ),
            text("masterauth", \.primaryPassword),
            engineValue("slowlog-log-slower-than", or: "argument couldn't be parsed into an integer", { Int64($0) }) {
                String($0.slowLogThreshold)
            } change: {
                $0.slowLogThreshold = $1
            },
            engineValue("slowlog-max-len", or: "argument must be a memory value", bytes) {
                String($0.slowLogLength)
            } change: {
                $0.slowLogLength = $1
            },
            engineValue("latency-monitor-threshold", or: "argument couldn't be parsed into an integer", { Int64($0) }) {
                String($0.latencyThreshold)
            } change: {
                $0.latencyThreshold = $1
            },
            engineFlag("latency-tracking") {
                $0.keepsHistograms
            } change: {
                $0.keepsHistograms = $1
            },
            fixed("databases") { _, engine in String(engine.databaseCount) },
            fixed("dir") { _, _ in Process.workingDirectory },
        ]
    }
}
