import CLinux
import KVEngine
import RESP

/// MEMORY: what the server as a whole says about its memory.
extension ServerCommands {
    /// MEMORY DOCTOR
    func memoryDoctor(_ engine: inout Engine, _ call: borrowing Call) {
        // With so little data ratios say nothing.
        let keys = (0..<engine.databaseCount).reduce(0) { $0 + engine.keyCounts(database: $1).keys }
        guard keys > 10_000 else {
            return engine.reply.verbatim(
                string: """
                    Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in \
                    these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I \
                    will be back to our programming as soon as I finished rebooting.

                    """
            )
        }
        engine.reply.verbatim(string: "Hi Sam, I can't find any memory issue in your instance.\n")
    }

    /// MEMORY MALLOC-STATS
    func memoryAllocator(_ engine: inout Engine, _ call: borrowing Call) {
        let numbers = clinux_allocator_numbers()
        engine.reply.verbatim(
            string: """
                arena: \(numbers.arena)
                mapped: \(numbers.mapped)
                in use: \(numbers.used)
                free: \(numbers.free)

                """
        )
    }

    /// MEMORY PURGE
    func memoryPurge(_ engine: inout Engine, _ call: borrowing Call) {
        clinux_trim_memory()
        engine.reply.ok()
    }

    func memoryHelp(_ engine: inout Engine, _ call: borrowing Call) {
        engine.help(
            "MEMORY",
            [
                "DOCTOR", "    Return memory problems reports.", "MALLOC-STATS",
                "    Return internal statistics report from the memory allocator.", "PURGE",
                "    Attempt to purge dirty pages for reclamation by the allocator.", "STATS",
                "    Return information about the memory usage of the server.", "USAGE <key> [SAMPLES <count>]",
                "    Return memory in bytes used by <key> and its value. Nested values are",
                "    sampled up to <count> times (default: 5, 0 means sample all).",
            ],
            call
        )
    }

    var memoryTable: [Command] {
        [
            Command(
                "memory",
                arity: -2,
                [],
                group: "server",
                since: "4.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Looks at the memory the server uses.",
                subcommands: [
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Shows what MEMORY can do.",
                        handler: memoryHelp
                    ),
                    Command(
                        "malloc-stats",
                        arity: 2,
                        [],
                        group: "server",
                        since: "4.0.0",
                        complexity: "Depends on how much memory is allocated, could be slow",
                        categories: ["slow"],
                        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                        summary: "Shows what the allocator counts.",
                        handler: memoryAllocator
                    ),
                    Command(
                        "doctor",
                        arity: 2,
                        [],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                        summary: "Looks for problems with memory.",
                        handler: memoryDoctor
                    ),
                    Command(
                        "purge",
                        arity: 2,
                        [],
                        group: "server",
                        since: "4.0.0",
                        complexity: "Depends on how much memory is allocated, could be slow",
                        categories: ["slow"],
                        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
                        summary: "Gives unused memory back to the system.",
                        handler: memoryPurge
                    ),
                ]
            )
        ]
    }

    // MARK: MODULE

    /// MODULE LIST
    func moduleList(_ engine: inout Engine, _ call: borrowing Call) { engine.reply.array(0) }

    /// MODULE LOAD, LOADEX, UNLOAD: what redis answers while enable-module-command is off
    func noModules(_ engine: inout Engine, _ call: borrowing Call) {
        engine.fail(
            """
            ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a \
            local connection, otherwise you need to set this option in the configuration file, and then restart the \
            server.
            """
        )
    }

    func moduleHelp(_ engine: inout Engine, _ call: borrowing Call) {
        engine.help(
            "MODULE",
            [
                "LIST", "    Return a list of loaded modules.", "LOAD <path> [<arg> ...]",
                "    Load a module library from <path>, passing to it any optional arguments.",
                "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
                "    Load a module library from <path>, while passing it module configurations and optional arguments.",
                "UNLOAD <name>", "    Unload a module.",
            ],
            call
        )
    }
}
