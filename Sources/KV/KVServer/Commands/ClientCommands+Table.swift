import KVEngine

// CLIENT as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ServerCommands {
    var clientCommand: Command {
        Command(
            "client",
            arity: -2,
            [],
            group: "connection",
            since: "2.4.0",
            complexity: "Depends on subcommand.",
            categories: ["slow"],
            summary: "Looks at and steers connections.",
            subcommands: [
                Command(
                    "kill",
                    arity: -3,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "2.4.0",
                    complexity: "O(N)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    summary: "Ends connections.",
                    handler: clientKill
                ),
                Command(
                    "reply",
                    arity: 3,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "3.2.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Chooses which replies the connection gets.",
                    handler: clientReply
                ),
                Command(
                    "unpause",
                    arity: 2,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "6.2.0",
                    complexity: "O(N)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    summary: "Ends a pause.",
                    handler: clientUnpause
                ),
                Command(
                    "tracking",
                    arity: -3,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "6.0.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Tells the connection when keys it has read change.",
                    handler: clientTracking
                ),
                Command(
                    "help",
                    arity: 2,
                    [.loading, .stale],
                    group: "connection",
                    since: "5.0.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Lists the subcommands.",
                    handler: clientHelp
                ),
                Command(
                    "getredir",
                    arity: 2,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "6.0.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Replies with the client that invalidations go to.",
                    handler: TrackingCommands.redirection
                ),
                Command(
                    "pause",
                    arity: -3,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "2.9.50",
                    complexity: "O(1)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    summary: "Lets clients wait for a while.",
                    handler: clientPause
                ),
                Command(
                    "trackinginfo",
                    arity: 2,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "6.2.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Tells what the connection tracks.",
                    handler: TrackingCommands.information
                ),
                Command(
                    "id",
                    arity: 2,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "5.0.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Replies with the identifier of the connection.",
                    handler: clientIdentifier
                ),
                Command(
                    "info",
                    arity: 2,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "6.2.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    tips: ["nondeterministic_output"],
                    summary: "Describes the connection.",
                    handler: clientInfo
                ),
                Command(
                    "getname",
                    arity: 2,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "2.6.9",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Replies with the name of the connection.",
                    handler: clientName
                ),
                Command(
                    "setname",
                    arity: 3,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "2.6.9",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Names the connection.",
                    handler: setClientName
                ),
                Command(
                    "list",
                    arity: -2,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "2.4.0",
                    complexity: "O(N)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    tips: ["nondeterministic_output"],
                    summary: "Describes all connections.",
                    handler: clientList
                ),
                Command(
                    "unblock",
                    arity: -3,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "5.0.0",
                    complexity: "O(log N)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    summary: "Ends the wait of another connection.",
                    handler: clientUnblock
                ),
                Command(
                    "caching",
                    arity: 3,
                    [.noScript, .loading, .stale],
                    group: "connection",
                    since: "6.0.0",
                    complexity: "O(1)",
                    categories: ["slow", "connection"],
                    summary: "Chooses whether the next request is tracked.",
                    handler: TrackingCommands.caching
                ),
                Command(
                    "no-evict",
                    arity: 3,
                    [.admin, .noScript, .loading, .stale],
                    group: "connection",
                    since: "7.0.0",
                    complexity: "O(1)",
                    categories: ["admin", "slow", "dangerous", "connection"],
                    summary: "Protects the connection from eviction.",
                    handler: clientNoEvict
                ),
            ]
        )
    }
}
