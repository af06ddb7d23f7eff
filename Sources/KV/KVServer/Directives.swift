import KVEngine
import RESP

/// The directives of redis.conf that this server has: their names, how they are shown and, where possible, changed.
///
/// CONFIG GET and SET walk this table; a directive that is not in it does not exist here, and says so.
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
    private let port: Int
    private let host: String
    private let directory: String

    init(_ configuration: Configuration) {
        maximumClients = configuration.maximumClients
        maximumQueryBuffer = configuration.maximumQueryBuffer
        backlogSize = configuration.backlogSize
        primaryPassword = configuration.primaryPassword ?? ""
        replicationTimeoutSeconds = Int(configuration.replicationTimeout.components.seconds)
        password = configuration.password ?? ""
        port = configuration.port
        host = configuration.host
        directory = configuration.dataDirectory ?? "."
    }

    struct Directive {
        let name: String
        let value: (Directives, borrowing Engine) -> String
        /// Nil when the directive is fixed at start. Returns what is wrong with the value, or nil.
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
    private static func bytes(_ text: String) -> Int? {
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

    static let unchangeable = "can't set immutable config"

    /// All directives in the order CONFIG GET shows them.
    static var all: [Directive] {
        [
            engineNumber("hash-max-listpack-entries", \.hashMaxListpackEntries),
            engineNumber("hash-max-ziplist-entries", \.hashMaxListpackEntries),
            engineNumber("hash-max-listpack-value", \.hashMaxListpackValue),
            engineNumber("hash-max-ziplist-value", \.hashMaxListpackValue),
            engineNumber("hll-sparse-max-bytes", \.hyperLogLogSparseMaxBytes),
            engineNumber("proto-max-bulk-len", \.maximumBulkLength),
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
                name: "acl-pubsub-default",
                value: { directives, _ in directives.allowsChannelsByDefault ? "allchannels" : "resetchannels" },
                change: { directives, engine, text in
                    guard text == "allchannels" || text == "resetchannels" else {
                        return "argument(s) must be one of the following: allchannels, resetchannels"
                    }
                    directives.allowsChannelsByDefault = text == "allchannels"
                    engine.setChannelsByDefault(text == "allchannels")
                    return nil
                }
            ),
            fixed("databases") { _, engine in String(engine.databaseCount) },
            fixed("port") { directives, _ in String(directives.port) },
            fixed("bind") { directives, _ in directives.host },
            fixed("dir") { directives, _ in directives.directory },
            fixed("hz") { _, _ in "10" },
            fixed("save") { _, _ in "" },
            fixed("appendonly") { _, _ in "no" },
            fixed("maxmemory") { _, _ in "0" },
            fixed("maxmemory-policy") { _, _ in "noeviction" },
            fixed("replica-read-only") { _, _ in "yes" },
            fixed("slave-read-only") { _, _ in "yes" },
            fixed("replica-serve-stale-data") { _, _ in "yes" },
            fixed("slave-serve-stale-data") { _, _ in "yes" },
            fixed("tcp-backlog") { _, _ in "511" },
            fixed("tcp-keepalive") { _, _ in "300" },
        ]
    }
}
