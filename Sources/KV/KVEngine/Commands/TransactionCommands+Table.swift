import RESP

// The transaction commands as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension TransactionCommands {
    static var table: [Command] {
        [
            Command(
                "multi",
                arity: 1,
                [.noScript, .loading, .stale, .fast, .allowBusy],
                group: "transactions",
                since: "1.2.0",
                complexity: "O(1)",
                categories: ["fast", "transaction"],
                summary: "Begins to queue commands.",
                handler: multi
            ),
            Command(
                "exec",
                arity: 1,
                [.noScript, .loading, .stale, .skipSlowlog],
                group: "transactions",
                since: "1.2.0",
                complexity: "Depends on commands in the transaction",
                categories: ["slow", "transaction"],
                summary: "Runs the queued commands.",
                handler: exec
            ),
            Command(
                "discard",
                arity: 1,
                [.noScript, .loading, .stale, .fast, .allowBusy],
                group: "transactions",
                since: "2.0.0",
                complexity: "O(N)",
                categories: ["fast", "transaction"],
                summary: "Drops the queued commands.",
                handler: discard
            ),
            Command(
                "watch",
                arity: -2,
                [.noScript, .loading, .stale, .fast, .allowBusy],
                keys: (1, -1, 1),
                specs: [KeySpecification(["RO"], at: 1, last: -1)],
                group: "transactions",
                since: "2.2.0",
                complexity: "O(1)",
                categories: ["fast", "transaction"],
                summary: "Makes the next EXEC depend on keys being unchanged.",
                handler: watch
            ),
            Command(
                "unwatch",
                arity: 1,
                [.noScript, .loading, .stale, .fast, .allowBusy],
                group: "transactions",
                since: "2.2.0",
                complexity: "O(1)",
                categories: ["fast", "transaction"],
                summary: "Forgets the watched keys.",
                handler: unwatch
            ),
        ]
    }
}
