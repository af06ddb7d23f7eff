/// Every directive of redis.conf 7.0: name, older name, what values it takes, what it is when nobody says anything.
///
/// Data only. What a directive does here is in `Directives`; one that is not there is kept, checked and shown, and
/// does nothing, because what it steers does not exist in this server.
enum DirectiveTable {
    /// What values a directive takes.
    enum Kind {
        case boolean
        case choice([String])
        case number(ClosedRange<Int>)
        /// Bytes, with redis's units.
        case memory(ClosedRange<Int>)
        case octal
        case text
        /// Several words on a line.
        case list
        /// A host and a port.
        case pair
    }

    /// Whether CONFIG SET may change it.
    enum Change {
        case free
        /// Only at start.
        case fixed
        /// Only at start, as `enable-protected-configs` does not exist here.
        case protected
    }

    struct Row {
        let name: String
        let alias: String?
        let kind: Kind
        let initial: String
        let change: Change

        init(_ name: String, alias: String? = nil, _ kind: Kind, _ initial: String, _ change: Change = .free) {
            self.name = name
            self.alias = alias
            self.kind = kind
            self.initial = initial
            self.change = change
        }
    }

    static let rows: [Row] = [
        Row("acl-pubsub-default", .choice(["allchannels", "resetchannels"]), "resetchannels"),
        Row("aclfile", .text, "", .fixed),
        Row("acllog-max-len", .number(0...Int.max), "128"),
        Row("active-defrag-cycle-max", .number(1...99), "25"),
        Row("active-defrag-cycle-min", .number(1...99), "1"),
        Row("active-defrag-ignore-bytes", .memory(1...Int.max), "104857600"),
        Row("active-defrag-max-scan-fields", .number(1...Int.max), "1000"),
        Row("active-defrag-threshold-lower", .number(0...1000), "10"),
        Row("active-defrag-threshold-upper", .number(0...1000), "100"),
        Row("active-expire-effort", .number(1...10), "1"),
        Row("activedefrag", .boolean, "no"),
        Row("activerehashing", .boolean, "yes"),
        Row("always-show-logo", .boolean, "no", .fixed),
        Row("aof-disable-auto-gc", .boolean, "no"),
        Row("aof-load-truncated", .boolean, "yes"),
        Row("aof-rewrite-incremental-fsync", .boolean, "yes"),
        Row("aof-timestamp-enabled", .boolean, "no"),
        Row("aof-use-rdb-preamble", .boolean, "yes"),
        Row("aof_rewrite_cpulist", .text, "", .fixed),
        Row("appenddirname", .text, "appendonlydir", .fixed),
        Row("appendfilename", .text, "appendonly.aof", .fixed),
        Row("appendfsync", .choice(["everysec", "always", "no"]), "everysec"),
        Row("appendonly", .boolean, "no"),
        Row("auto-aof-rewrite-min-size", .memory(0...Int.max), "67108864"),
        Row("auto-aof-rewrite-percentage", .number(0...Int(Int32.max)), "100"),
        Row("bgsave_cpulist", .text, "", .fixed),
        Row("bind", .list, "* -::*"),
        Row("bind-source-addr", .text, ""),
        Row("bio_cpulist", .text, "", .fixed),
        Row("busy-reply-threshold", alias: "lua-time-limit", .number(0...Int.max), "5000"),
        Row("client-output-buffer-limit", .list, "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"),
        Row("client-query-buffer-limit", .memory(1048576...Int.max), "1073741824"),
        Row("cluster-allow-pubsubshard-when-down", .boolean, "yes"),
        Row("cluster-allow-reads-when-down", .boolean, "no"),
        Row("cluster-allow-replica-migration", .boolean, "yes"),
        Row("cluster-announce-bus-port", .number(0...65535), "0"),
        Row("cluster-announce-hostname", .text, ""),
        Row("cluster-announce-ip", .text, ""),
        Row("cluster-announce-port", .number(0...65535), "0"),
        Row("cluster-announce-tls-port", .number(0...65535), "0"),
        Row("cluster-config-file", .text, "nodes.conf", .fixed),
        Row("cluster-enabled", .boolean, "no", .fixed),
        Row("cluster-link-sendbuf-limit", .memory(0...Int.max), "0"),
        Row("cluster-migration-barrier", .number(0...Int(Int32.max)), "1"),
        Row("cluster-node-timeout", .number(0...Int.max), "15000"),
        Row("cluster-port", .number(0...65535), "0", .fixed),
        Row("cluster-preferred-endpoint-type", .choice(["ip", "hostname", "unknown-endpoint"]), "ip"),
        Row("cluster-replica-no-failover", alias: "cluster-slave-no-failover", .boolean, "no"),
        Row(
            "cluster-replica-validity-factor",
            alias: "cluster-slave-validity-factor",
            .number(0...Int(Int32.max)),
            "10"
        ),
        Row("cluster-require-full-coverage", .boolean, "yes"),
        Row("crash-log-enabled", .boolean, "yes"),
        Row("crash-memcheck-enabled", .boolean, "yes"),
        Row("daemonize", .boolean, "no", .fixed),
        Row("databases", .number(1...Int(Int32.max)), "16", .fixed),
        Row("dbfilename", .text, "dump.rdb", .protected),
        Row("dir", .text, "", .protected),
        Row("disable-thp", .boolean, "yes", .fixed),
        Row("dynamic-hz", .boolean, "yes"),
        Row("enable-debug-command", .choice(["no", "yes", "local"]), "no", .fixed),
        Row("enable-module-command", .choice(["no", "yes", "local"]), "no", .fixed),
        Row("enable-protected-configs", .choice(["no", "yes", "local"]), "no", .fixed),
        Row("hash-max-listpack-entries", alias: "hash-max-ziplist-entries", .number(0...Int.max), "512"),
        Row("hash-max-listpack-value", alias: "hash-max-ziplist-value", .memory(0...Int.max), "64"),
        Row("hll-sparse-max-bytes", .memory(0...Int.max), "3000"),
        Row("hz", .number(0...Int(Int32.max)), "10"),
        Row("ignore-warnings", .text, ""),
        Row("io-threads", .number(1...128), "1", .fixed),
        Row("io-threads-do-reads", .boolean, "no", .fixed),
        Row("jemalloc-bg-thread", .boolean, "yes"),
        Row("latency-monitor-threshold", .number(0...Int.max), "0"),
        Row("latency-tracking", .boolean, "yes"),
        Row("latency-tracking-info-percentiles", .list, "50 99 99.9"),
        Row("lazyfree-lazy-eviction", .boolean, "no"),
        Row("lazyfree-lazy-expire", .boolean, "no"),
        Row("lazyfree-lazy-server-del", .boolean, "no"),
        Row("lazyfree-lazy-user-del", .boolean, "no"),
        Row("lazyfree-lazy-user-flush", .boolean, "no"),
        Row("lfu-decay-time", .number(0...Int(Int32.max)), "1"),
        Row("lfu-log-factor", .number(0...Int(Int32.max)), "10"),
        Row("list-compress-depth", .number(0...Int(Int32.max)), "0"),
        Row("list-max-listpack-size", alias: "list-max-ziplist-size", .number(Int(Int32.min)...Int(Int32.max)), "-2"),
        Row("logfile", .text, "", .fixed),
        Row("loglevel", .choice(["debug", "verbose", "notice", "warning"]), "notice"),
        Row("masterauth", .text, ""),
        Row("masteruser", .text, ""),
        Row("maxclients", .number(1...Int(UInt32.max)), "10000"),
        Row("maxmemory", .memory(0...Int.max), "0"),
        Row("maxmemory-clients", .text, "0"),
        Row("maxmemory-eviction-tenacity", .number(0...100), "10"),
        Row(
            "maxmemory-policy",
            .choice([
                "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu",
                "allkeys-random", "noeviction",
            ]),
            "noeviction"
        ),
        Row("maxmemory-samples", .number(1...Int(Int32.max)), "5"),
        Row("min-replicas-max-lag", alias: "min-slaves-max-lag", .number(0...Int(Int32.max)), "10"),
        Row("min-replicas-to-write", alias: "min-slaves-to-write", .number(0...Int(Int32.max)), "0"),
        Row("no-appendfsync-on-rewrite", .boolean, "no"),
        Row("notify-keyspace-events", .text, ""),
        Row("oom-score-adj", .choice(["no", "yes", "relative", "absolute"]), "no"),
        Row("oom-score-adj-values", .list, "0 200 800"),
        Row("pidfile", .text, "", .fixed),
        Row("port", .number(0...65535), "6379"),
        Row("proc-title-template", .text, "{title} {listen-addr} {server-mode}"),
        Row("propagation-error-behavior", .choice(["ignore", "panic", "panic-on-replicas"]), "ignore"),
        Row("protected-mode", .boolean, "yes"),
        Row("proto-max-bulk-len", .memory(1048576...Int.max), "536870912"),
        Row("rdb-del-sync-files", .boolean, "no"),
        Row("rdb-save-incremental-fsync", .boolean, "yes"),
        Row("rdbchecksum", .boolean, "yes", .fixed),
        Row("rdbcompression", .boolean, "yes"),
        Row("repl-backlog-size", .memory(1...Int.max), "1048576"),
        Row("repl-backlog-ttl", .number(0...Int.max), "3600"),
        Row("repl-disable-tcp-nodelay", .boolean, "no"),
        Row("repl-diskless-load", .choice(["disabled", "on-empty-db", "swapdb"]), "disabled"),
        Row("repl-diskless-sync", .boolean, "yes"),
        Row("repl-diskless-sync-delay", .number(0...Int(Int32.max)), "5"),
        Row("repl-diskless-sync-max-replicas", .number(0...Int(Int32.max)), "0"),
        Row("repl-ping-replica-period", alias: "repl-ping-slave-period", .number(1...Int(Int32.max)), "10"),
        Row("repl-timeout", .number(1...Int(Int32.max)), "60"),
        Row("replica-announce-ip", alias: "slave-announce-ip", .text, ""),
        Row("replica-announce-port", alias: "slave-announce-port", .number(0...65535), "0"),
        Row("replica-announced", .boolean, "yes"),
        Row("replica-ignore-disk-write-errors", .boolean, "no"),
        Row("replica-ignore-maxmemory", alias: "slave-ignore-maxmemory", .boolean, "yes"),
        Row("replica-lazy-flush", alias: "slave-lazy-flush", .boolean, "no"),
        Row("replica-priority", alias: "slave-priority", .number(0...Int(Int32.max)), "100"),
        Row("replica-read-only", alias: "slave-read-only", .boolean, "yes"),
        Row("replica-serve-stale-data", alias: "slave-serve-stale-data", .boolean, "yes"),
        Row("replicaof", alias: "slaveof", .pair, "", .fixed),
        Row("requirepass", .text, ""),
        Row("sanitize-dump-payload", .choice(["no", "yes", "clients"]), "no"),
        Row("save", .list, ""),
        Row("server_cpulist", .text, "", .fixed),
        Row("set-max-intset-entries", .number(0...Int.max), "512"),
        Row("set-proc-title", .boolean, "yes", .fixed),
        Row("shutdown-on-sigint", .choice(["default", "save", "nosave", "now", "force"]), "default"),
        Row("shutdown-on-sigterm", .choice(["default", "save", "nosave", "now", "force"]), "default"),
        Row("shutdown-timeout", .number(0...Int(Int32.max)), "10"),
        Row("slowlog-log-slower-than", .number(-1...Int.max), "10000"),
        Row("slowlog-max-len", .number(0...Int.max), "128"),
        Row("socket-mark-id", .number(0...Int(UInt32.max)), "0", .fixed),
        Row("stop-writes-on-bgsave-error", .boolean, "yes"),
        Row("stream-node-max-bytes", .memory(0...Int.max), "4096"),
        Row("stream-node-max-entries", .number(0...Int.max), "100"),
        Row("supervised", .choice(["upstart", "systemd", "auto", "no"]), "no", .fixed),
        Row("syslog-enabled", .boolean, "no", .fixed),
        Row(
            "syslog-facility",
            .choice(["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]),
            "local0",
            .fixed
        ),
        Row("syslog-ident", .text, "redis", .fixed),
        Row("tcp-backlog", .number(0...Int(Int32.max)), "511", .fixed),
        Row("tcp-keepalive", .number(0...Int(Int32.max)), "300"),
        Row("timeout", .number(0...Int(Int32.max)), "0"),
        Row("tls-auth-clients", .choice(["no", "yes", "optional"]), "yes"),
        Row("tls-ca-cert-dir", .text, ""),
        Row("tls-ca-cert-file", .text, ""),
        Row("tls-cert-file", .text, ""),
        Row("tls-ciphers", .text, ""),
        Row("tls-ciphersuites", .text, ""),
        Row("tls-client-cert-file", .text, ""),
        Row("tls-client-key-file", .text, ""),
        Row("tls-client-key-file-pass", .text, ""),
        Row("tls-cluster", .boolean, "no"),
        Row("tls-dh-params-file", .text, ""),
        Row("tls-key-file", .text, ""),
        Row("tls-key-file-pass", .text, ""),
        Row("tls-port", .number(0...65535), "0"),
        Row("tls-prefer-server-ciphers", .boolean, "no"),
        Row("tls-protocols", .text, ""),
        Row("tls-replication", .boolean, "no"),
        Row("tls-session-cache-size", .number(0...Int(Int32.max)), "20480"),
        Row("tls-session-cache-timeout", .number(0...Int(Int32.max)), "300"),
        Row("tls-session-caching", .boolean, "yes"),
        Row("tracking-table-max-keys", .number(0...Int.max), "1000000"),
        Row("unixsocket", .text, "", .fixed),
        Row("unixsocketperm", .octal, "0", .fixed),
        Row("zset-max-listpack-entries", alias: "zset-max-ziplist-entries", .number(0...Int.max), "128"),
        Row("zset-max-listpack-value", alias: "zset-max-ziplist-value", .memory(0...Int.max), "64"),
    ]

    private static let places: [String: Int] = {
        var places: [String: Int] = [:]
        for (index, row) in rows.enumerated() {
            places[row.name] = index
            if let alias = row.alias { places[alias] = index }
        }
        return places
    }()

    /// The directive of that name, letter case ignored.
    static func row(named name: String) -> Row? { places[name.lowercased()].map { rows[$0] } }
}

extension DirectiveTable.Kind {
    /// The value as it is kept and shown, or what is wrong with it, in redis's words.
    func normalise(_ text: String) -> Result<String, DirectiveError> {
        switch self {
        case .boolean:
            let lower = text.lowercased()
            guard lower == "yes" || lower == "no" else { return .failure("argument must be 'yes' or 'no'") }
            return .success(lower)
        case .choice(let words):
            let lower = text.lowercased()
            guard words.contains(lower) else {
                let list = words.joined(separator: ", ")
                return .failure(DirectiveError("argument(s) must be one of the following: \(list)"))
            }
            return .success(lower)
        case .number(let range):
            guard let value = Int(text) else { return .failure("argument couldn't be parsed into an integer") }
            return Self.check(value, range)
        case .memory(let range):
            guard let value = Directives.bytes(text), value >= 0 else {
                return .failure("argument must be a memory value")
            }
            return Self.check(value, range)
        case .octal:
            guard let value = Int(text, radix: 8), value >= 0 else {
                return .failure("argument couldn't be parsed as an octal number")
            }
            guard value <= 0o777 else { return .failure("argument must be between 0 and 777 inclusive") }
            return .success(String(value, radix: 8))
        case .text, .list, .pair: return .success(text)
        }
    }

    private static func check(_ value: Int, _ range: ClosedRange<Int>) -> Result<String, DirectiveError> {
        guard range.contains(value) else {
            return .failure(
                DirectiveError("argument must be between \(range.lowerBound) and \(range.upperBound) inclusive")
            )
        }
        return .success(String(value))
    }
}

/// What is wrong with a directive's value.
struct DirectiveError: Error, ExpressibleByStringLiteral {
    let text: String

    init(_ text: String) { self.text = text }

    init(stringLiteral text: String) { self.text = text }
}
