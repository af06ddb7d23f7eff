import RESP

// The commands about the session as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ConnectionCommands {
    static var table: [Command] {
        [
            Command(
                "ping",
                arity: -1,
                [.fast],
                group: "connection",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                summary: "Answers PONG, or the message.",
                handler: ping
            ),
            Command(
                "echo",
                arity: 2,
                [.loading, .stale, .fast],
                group: "connection",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Replies with the message.",
                handler: echo
            ),
            Command(
                "select",
                arity: 2,
                [.loading, .stale, .fast],
                group: "connection",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Chooses the database of the connection.",
                handler: select
            ),
            Command(
                "quit",
                arity: -1,
                [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
                group: "connection",
                since: "1.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Ends the connection.",
                handler: quit
            ),
            Command(
                "reset",
                arity: 1,
                [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
                group: "connection",
                since: "6.2.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Puts the connection back to its first state.",
                handler: reset
            ),
            Command(
                "auth",
                arity: -2,
                [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
                group: "connection",
                since: "1.0.0",
                complexity: "O(N)",
                categories: ["fast", "connection"],
                summary: "Authenticates the connection.",
                handler: authenticate
            ),
            Command(
                "hello",
                arity: -1,
                [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
                group: "connection",
                since: "6.0.0",
                complexity: "O(1)",
                categories: ["fast", "connection"],
                summary: "Chooses the protocol version and tells about the server.",
                handler: hello
            ),
        ]
    }
}
