import RESP

// Scripts as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension ScriptingCommands {
    static var table: [Command] {
        [
            Command(
                "eval",
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
                since: "2.6.0",
                complexity: "Depends on the script that is executed.",
                categories: ["slow", "scripting"],
                summary: "Runs a Lua script.",
                handler: eval
            ),
            Command(
                "evalsha",
                arity: -3,
                [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys],
                specs: [
                    KeySpecification(["RW", "access", "update"], at: 2, countAt: 0)
                ],
                group: "scripting",
                since: "2.6.0",
                complexity: "Depends on the script that is executed.",
                categories: ["slow", "scripting"],
                summary: "Runs a cached Lua script, named by its SHA-1.",
                handler: evalSHA
            ),
            Command(
                "eval_ro",
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
                complexity: "Depends on the script that is executed.",
                categories: ["slow", "scripting"],
                summary: "Runs a Lua script that writes nothing.",
                handler: evalReadOnly
            ),
            Command(
                "evalsha_ro",
                arity: -3,
                [.readonly, .noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys],
                specs: [
                    KeySpecification(["RO", "access"], at: 2, countAt: 0)
                ],
                group: "scripting",
                since: "7.0.0",
                complexity: "Depends on the script that is executed.",
                categories: ["slow", "scripting"],
                summary: "Runs a cached Lua script that writes nothing.",
                handler: evalSHAReadOnly
            ),
            Command(
                "script",
                arity: -2,
                group: "scripting",
                since: "2.6.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Looks after the cache of scripts.",
                subcommands: [
                    Command(
                        "debug",
                        arity: 3,
                        [.noScript],
                        group: "scripting",
                        since: "3.2.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        summary: "Sets the debugger for scripts to come.",
                        handler: debug
                    ),
                    Command(
                        "load",
                        arity: 3,
                        [.noScript, .stale],
                        group: "scripting",
                        since: "2.6.0",
                        complexity: "O(N) with N being the length in bytes of the script body.",
                        categories: ["slow", "scripting"],
                        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
                        summary: "Puts a script into the cache.",
                        handler: load
                    ),
                    Command(
                        "exists",
                        arity: -3,
                        [.noScript],
                        group: "scripting",
                        since: "2.6.0",
                        complexity:
                            "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
                        categories: ["slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
                        summary: "Tells which scripts are cached.",
                        handler: exists
                    ),
                    Command(
                        "flush",
                        arity: -2,
                        [.noScript],
                        group: "scripting",
                        since: "2.6.0",
                        complexity: "O(N) with N being the number of scripts in cache",
                        categories: ["slow", "scripting"],
                        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
                        summary: "Empties the cache of scripts.",
                        handler: flush
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "scripting",
                        since: "5.0.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        summary: "Tells the subcommands.",
                        handler: help
                    ),
                    Command(
                        "kill",
                        arity: 2,
                        [.noScript, .allowBusy],
                        group: "scripting",
                        since: "2.6.0",
                        complexity: "O(1)",
                        categories: ["slow", "scripting"],
                        tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
                        summary: "Ends the running script if it has written nothing.",
                        handler: kill
                    ),
                ]
            ),
        ]
    }
}
