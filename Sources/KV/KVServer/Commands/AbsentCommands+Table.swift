import KVEngine

// Cluster mode and modules as data: they are known, and answered as by a redis-server that has neither.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ServerCommands {
    var absentTable: [Command] {
        [
            Command(
                "cluster",
                arity: -2,
                [],
                group: "cluster",
                since: "3.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Steers a cluster; this server stands alone.",
                subcommands: [
                    Command(
                        "info",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "failover",
                        arity: -2,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "delslots",
                        arity: -3,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the total number of hash slot arguments",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "links",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "7.0.0",
                        complexity: "O(N) where N is the total number of Cluster nodes",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "nodes",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the total number of Cluster nodes",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "getkeysinslot",
                        arity: 4,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(log(N)) where N is the number of requested keys",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "shards",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "7.0.0",
                        complexity: "O(N) where N is the total number of cluster nodes",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "flushslots",
                        arity: 2,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "cluster",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "forget",
                        arity: 3,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "delslotsrange",
                        arity: -4,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "7.0.0",
                        complexity:
                            "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "replicate",
                        arity: 3,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "replicas",
                        arity: 3,
                        [.admin, .stale],
                        group: "cluster",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "count-failure-reports",
                        arity: 3,
                        [.admin, .stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the number of failure reports",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "set-config-epoch",
                        arity: 3,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "bumpepoch",
                        arity: 2,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "saveconfig",
                        arity: 2,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "keyslot",
                        arity: 3,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the number of bytes in the key",
                        categories: ["slow"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "meet",
                        arity: -4,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "myid",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "slots",
                        arity: 2,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the total number of Cluster nodes",
                        categories: ["slow"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "countkeysinslot",
                        arity: 3,
                        [.stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "addslots",
                        arity: -3,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(N) where N is the total number of hash slot arguments",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "addslotsrange",
                        arity: -4,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "7.0.0",
                        complexity:
                            "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "setslot",
                        arity: -4,
                        [.admin, .stale, .noAsyncLoading],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "reset",
                        arity: -2,
                        [.admin, .noScript, .stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity:
                            "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                    Command(
                        "slaves",
                        arity: 3,
                        [.admin, .stale],
                        group: "cluster",
                        since: "3.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output"],
                        summary: "Refused: this server stands alone.",
                        handler: noCluster
                    ),
                ]
            ),
            Command(
                "module",
                arity: -2,
                [],
                group: "server",
                since: "4.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Lists and loads modules; none can be loaded here.",
                subcommands: [
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Shows what MODULE can do.",
                        handler: moduleHelp
                    ),
                    Command(
                        "list",
                        arity: 2,
                        [.admin, .noScript],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(N) where N is the number of loaded modules.",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output_order"],
                        summary: "Lists the loaded modules: none.",
                        handler: moduleList
                    ),
                    Command(
                        "loadex",
                        arity: -3,
                        [.admin, .noScript, .noAsyncLoading],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Would load a module with a configuration.",
                        handler: noModules
                    ),
                    Command(
                        "load",
                        arity: -3,
                        [.admin, .noScript, .noAsyncLoading],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Would load a module.",
                        handler: noModules
                    ),
                    Command(
                        "unload",
                        arity: 3,
                        [.admin, .noScript, .noAsyncLoading],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Would unload a module.",
                        handler: noModules
                    ),
                ]
            ),
        ]
    }
}
