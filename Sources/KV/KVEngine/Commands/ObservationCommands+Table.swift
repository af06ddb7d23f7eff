import RESP

// SLOWLOG, LATENCY and MONITOR as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ObservationCommands {
    static var table: [Command] {
        [
            Command(
                "slowlog",
                arity: -2,
                [],
                group: "server",
                since: "2.2.12",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Tells which requests took long.",
                subcommands: [
                    Command(
                        "reset",
                        arity: 2,
                        [.admin, .loading, .stale],
                        group: "server",
                        since: "2.2.12",
                        complexity: "O(N)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
                        summary: "Empties the slow log.",
                        handler: reset
                    ),
                    Command(
                        "get",
                        arity: -2,
                        [.admin, .loading, .stale],
                        group: "server",
                        since: "2.2.12",
                        complexity: "O(N)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["request_policy:all_nodes", "nondeterministic_output"],
                        summary: "Replies with the newest slow requests.",
                        handler: get
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "6.2.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Lists the subcommands.",
                        handler: help
                    ),
                    Command(
                        "len",
                        arity: 2,
                        [.admin, .loading, .stale],
                        group: "server",
                        since: "2.2.12",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
                        summary: "Counts the entries of the slow log.",
                        handler: length
                    ),
                ]
            ),
            Command(
                "latency",
                arity: -2,
                [],
                group: "server",
                since: "2.8.13",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Tells what took long.",
                subcommands: [
                    Command(
                        "reset",
                        arity: -2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
                        summary: "Forgets samples.",
                        handler: resetLatency
                    ),
                    Command(
                        "latest",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
                        summary: "Replies with the last sample of each event.",
                        handler: latest
                    ),
                    Command(
                        "graph",
                        arity: 3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
                        summary: "Draws the samples of an event.",
                        handler: graph
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Lists the subcommands.",
                        handler: latencyHelp
                    ),
                    Command(
                        "doctor",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
                        summary: "Reports in sentences.",
                        handler: doctor
                    ),
                    Command(
                        "histogram",
                        arity: -2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
                        summary: "Replies with how long commands took, as cumulative counts.",
                        handler: histogram
                    ),
                    Command(
                        "history",
                        arity: 3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["admin", "slow", "dangerous"],
                        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
                        summary: "Replies with the samples of an event.",
                        handler: history
                    ),
                ]
            ),
            Command(
                "monitor",
                arity: 1,
                [.admin, .noScript, .loading, .stale],
                group: "server",
                since: "1.0.0",
                categories: ["admin", "slow", "dangerous"],
                summary: "Shows every request the server runs.",
                handler: monitor
            ),
        ]
    }
}
