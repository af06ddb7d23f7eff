import RESP

// Functions as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension FunctionCommands {
    static var table: [Command] {
        [
            Command(
                "fcall",
                arity: -3,
                [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys],
                specs: [
                    KeySpecification(
                        ["RW", "access", "update"],
                        .index(2),
                        .keyCount(countAt: 0, first: 1, step: 1),
                        notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
                    )
                ],
                group: "scripting",
                since: "7.0.0",
                complexity: "Depends on the function that is executed.",
                categories: ["slow", "scripting"],
                summary: "Calls a function of a library.",
                handler: fcall
            ),
            Command(
                "fcall_ro",
                arity: -3,
                [.readonly, .noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys],
                specs: [
                    KeySpecification(
                        ["RO", "access"],
                        .index(2),
                        .keyCount(countAt: 0, first: 1, step: 1),
                        notes: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
                    )
                ],
                group: "scripting",
                since: "7.0.0",
                complexity: "Depends on the function that is executed.",
                categories: ["slow", "scripting"],
                summary: "Calls a function that writes nothing.",
                handler: fcallReadOnly
            ),
            Command(
                "function",
                arity: -2,
                group: "scripting",
                since: "7.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Looks after libraries of functions.",
                subcommands: [
                    Command(
                        "list",
                        arity: -2,
                        [.noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(N) where N is the number of functions",
                        categories: ["slow", "scripting"],
                        tips: ["nondeterministic_output_order"],
                        summary: "Tells the libraries and their functions.",
                        handler: list
                    ),
                    Command(
                        "stats",
                        arity: 2,
                        [.noScript, .allowBusy],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                        summary: "Tells what runs, and how many functions there are.",
                        handler: stats
                    ),
                    Command(
                        "dump",
                        arity: 2,
                        [.noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(N) where N is the number of functions",
                        categories: ["slow", "scripting"],
                        summary: "Gives all libraries as bytes.",
                        handler: dump
                    ),
                    Command(
                        "restore",
                        arity: -3,
                        [.write, .denyOOM, .noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(N) where N is the number of functions on the payload",
                        categories: ["write", "slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                        summary: "Loads libraries from bytes.",
                        handler: restore
                    ),
                    Command(
                        "kill",
                        arity: 2,
                        [.noScript, .allowBusy],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
                        summary: "Ends the running function if it has written nothing.",
                        handler: kill
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        summary: "Tells the subcommands.",
                        handler: help
                    ),
                    Command(
                        "flush",
                        arity: -2,
                        [.write, .noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(N) where N is the number of functions deleted",
                        categories: ["write", "slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                        summary: "Removes all libraries.",
                        handler: flush
                    ),
                    Command(
                        "delete",
                        arity: 3,
                        [.write, .noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(1)",
                        categories: ["write", "slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                        summary: "Removes a library.",
                        handler: delete
                    ),
                    Command(
                        "load",
                        arity: -3,
                        [.write, .denyOOM, .noScript],
                        group: "scripting",
                        since: "7.0.0",
                        complexity: "O(1) (considering compilation time is redundant)",
                        categories: ["write", "slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                        summary: "Loads a library.",
                        handler: load
                    ),
                ]
            ),
        ]
    }
}
