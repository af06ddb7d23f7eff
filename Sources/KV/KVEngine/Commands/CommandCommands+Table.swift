import RESP

// COMMAND as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension CommandCommands {
    static var table: [Command] {
        [
            Command(
                "command",
                arity: -1,
                [.loading, .stale],
                group: "server",
                since: "2.8.13",
                complexity: "O(N)",
                categories: ["slow", "connection"],
                tips: ["nondeterministic_output_order"],
                summary: "Describes all commands.",
                subcommands: [
                    Command(
                        "count",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(1)",
                        categories: ["slow", "connection"],
                        summary: "Replies with the number of commands.",
                        handler: count
                    ),
                    Command(
                        "list",
                        arity: -2,
                        [.loading, .stale],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["slow", "connection"],
                        tips: ["nondeterministic_output_order"],
                        summary: "Replies with the names of commands.",
                        handler: list
                    ),
                    Command(
                        "info",
                        arity: -2,
                        [.loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(N)",
                        categories: ["slow", "connection"],
                        tips: ["nondeterministic_output_order"],
                        summary: "Describes commands.",
                        handler: info
                    ),
                    Command(
                        "docs",
                        arity: -2,
                        [.loading, .stale],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["slow", "connection"],
                        tips: ["nondeterministic_output_order"],
                        summary: "Documents commands.",
                        handler: docs
                    ),
                    Command(
                        "getkeys",
                        arity: -4,
                        [.loading, .stale],
                        group: "server",
                        since: "2.8.13",
                        complexity: "O(N)",
                        categories: ["slow", "connection"],
                        summary: "Replies with the keys of a request.",
                        handler: getKeys
                    ),
                    Command(
                        "getkeysandflags",
                        arity: -4,
                        [.loading, .stale],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["slow", "connection"],
                        summary: "Replies with the keys of a request and what is done to them.",
                        handler: getKeysAndFlags
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["slow", "connection"],
                        summary: "Lists the subcommands.",
                        handler: { $0.help("COMMAND", helpLines, $1) }
                    ),
                ],
                handler: all
            )
        ]
    }
}
