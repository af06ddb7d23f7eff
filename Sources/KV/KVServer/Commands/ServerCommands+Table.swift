import KVEngine

// The commands that need the server as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ServerCommands {
    /// The rows; the handlers are methods of the server's core.
    var table: [Command] {
        [
            clientCommand,
            Command(
                "info",
                arity: -1,
                [.loading, .stale],
                group: "server",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["slow", "dangerous"],
                tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                summary: "Tells about the server.",
                handler: info
            ),
            Command(
                "config",
                arity: -2,
                [],
                group: "server",
                since: "2.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Reads and changes directives.",
                subcommands: [
                    Command(
                        "get",
                        arity: -3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.0.0",
                        complexity: "O(N)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Replies with directives.",
                        handler: configGet
                    ),
                    Command(
                        "set",
                        arity: -4,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.0.0",
                        complexity: "O(N)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
                        summary: "Changes directives.",
                        handler: configSet
                    ),
                    Command(
                        "resetstat",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Zeroes the counters of INFO.",
                        handler: configResetStatistics
                    ),
                    Command(
                        "rewrite",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Writes the directives to the configuration file.",
                        handler: configRewrite
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Lists the subcommands.",
                        handler: configHelp
                    ),
                ]
            ),
            Command(
                "time",
                arity: 1,
                [.loading, .stale, .fast],
                group: "server",
                since: "2.6.0",
                complexity: "O(1)",
                categories: ["fast"],
                tips: ["nondeterministic_output"],
                summary: "Replies with the server's time.",
                handler: time
            ),
            Command(
                "lastsave",
                arity: 1,
                [.loading, .stale, .fast],
                group: "server",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["admin", "fast", "dangerous"],
                tips: ["nondeterministic_output"],
                summary: "Replies with the time of the last save.",
                handler: lastSave
            ),
            Command(
                "lolwut",
                arity: -1,
                [.readonly, .fast],
                group: "server",
                since: "5.0.0",
                categories: ["read", "fast"],
                summary: "Shows a picture and the version.",
                handler: lolwut
            ),
            Command(
                "debug",
                arity: -2,
                [.admin, .noScript, .loading, .stale],
                group: "server",
                since: "1.0.0",
                complexity: "Depends on subcommand.",
                categories: ["admin", "slow", "dangerous"],
                summary: "Helps testing.",
                handler: debug
            ),
            Command(
                "shutdown",
                arity: -1,
                [.admin, .noScript, .loading, .stale, .noMulti, .allowBusy],
                group: "server",
                since: "1.0.0",
                complexity: "O(N)",
                categories: ["admin", "slow", "dangerous"],
                summary: "Stops the server.",
                handler: shutdown
            ),
            Command(
                "role",
                arity: 1,
                [.noScript, .loading, .stale, .fast],
                group: "server",
                since: "2.8.12",
                complexity: "O(1)",
                categories: ["admin", "fast", "dangerous"],
                summary: "Tells the role in replication.",
                handler: role
            ),
            Command(
                "replicaof",
                arity: 3,
                [.admin, .noScript, .stale, .noAsyncLoading],
                group: "server",
                since: "5.0.0",
                complexity: "O(1)",
                categories: ["admin", "slow", "dangerous"],
                summary: "Follows a primary, or stops to.",
                handler: replicaOf
            ),
            Command(
                "slaveof",
                arity: 3,
                [.admin, .noScript, .stale, .noAsyncLoading],
                group: "server",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["admin", "slow", "dangerous"],
                summary: "Follows a primary, or stops to; the older name of REPLICAOF.",
                handler: replicaOf
            ),
            Command(
                "replconf",
                arity: -1,
                [.admin, .noScript, .loading, .stale, .allowBusy],
                group: "server",
                since: "3.0.0",
                complexity: "O(1)",
                categories: ["admin", "slow", "dangerous"],
                summary: "Talks about the replication link.",
                handler: replicationConfiguration
            ),
            Command(
                "psync",
                arity: -3,
                [.admin, .noScript, .noAsyncLoading, .noMulti],
                group: "server",
                since: "2.8.0",
                categories: ["admin", "slow", "dangerous"],
                summary: "Turns the connection into a replica's feed.",
                handler: partialSync
            ),
            Command(
                "sync",
                arity: 1,
                [.admin, .noScript, .noAsyncLoading, .noMulti],
                group: "server",
                since: "1.0.0",
                categories: ["admin", "slow", "dangerous"],
                summary: "Turns the connection into a replica's feed; the older form of PSYNC.",
                handler: fullSync
            ),
            Command(
                "readonly",
                arity: 1,
                [.loading, .stale, .fast],
                group: "cluster",
                since: "3.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Cluster mode is not provided.",
                handler: noCluster
            ),
            Command(
                "readwrite",
                arity: 1,
                [.loading, .stale, .fast],
                group: "cluster",
                since: "3.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Cluster mode is not provided.",
                handler: noCluster
            ),
            Command(
                "asking",
                arity: 1,
                [.fast],
                group: "cluster",
                since: "3.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Cluster mode is not provided.",
                handler: noCluster
            ),
            Command(
                "migrate",
                arity: -6,
                [.write, .movableKeys],
                keys: (3, 3, 1),
                specs: [
                    KeySpecification(["RW", "access", "delete"], at: 3),
                    KeySpecification(["RW", "access", "delete", "incomplete"], after: "KEYS", from: -2, last: -1),
                ],
                group: "generic",
                since: "2.6.0",
                complexity: "O(N)",
                categories: ["keyspace", "write", "slow", "dangerous"],
                tips: ["nondeterministic_output"],
                summary: "Moves keys to another server.",
                keyFinder: migratedKeys,
                handler: migrate
            ),
            Command(
                "wait",
                arity: 3,
                [.noScript],
                group: "generic",
                since: "3.0.0",
                complexity: "O(1)",
                categories: ["slow", "connection"],
                tips: ["request_policy:all_shards", "response_policy:agg_min"],
                summary: "Waits until replicas have the connection's writes.",
                handler: wait
            ),
        ]
    }
}
