import CLinux
import KVEngine
import RESP

/// MEMORY: what the server as a whole says about its memory.
extension ServerCommands {
    /// MEMORY DOCTOR
    func memoryDoctor(_ engine: inout Engine, _ call: Call) {
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
    func memoryAllocator(_ engine: inout Engine, _ call: Call) {
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

    /// MEMORY STATS
    func memoryStatistics(_ engine: inout Engine, _ call: Call) {
        let used = server.usedMemory(engine)
        let peak = max(server.traffic.peakMemory, used)
        let resident = Info.residentBytes()
        let keys = (0..<engine.databaseCount).reduce(0) { $0 + engine.keyCounts(database: $1).keys }
        let overhead = engine.otherMemory + server.clientMemory(ofReplicas: true) + engine.tableMemory
        let net = max(1, used - server.startMemory)
        let data = max(0, used - overhead)
        let figures = engine.scriptingFigures
        let first: [(String, Int)] = [
            ("peak.allocated", peak), ("total.allocated", used), ("startup.allocated", server.startMemory),
            ("replication.backlog", server.backlogMemory), ("clients.slaves", server.clientMemory(ofReplicas: true)),
            ("clients.normal", server.clientMemory(ofReplicas: false)), ("cluster.links", 0), ("aof.buffer", 0),
            ("lua.caches", figures.scriptBytes), ("functions.caches", figures.functionBytes),
        ]
        let databases = (0..<engine.databaseCount).filter { engine.keyCounts(database: $0).keys > 0 }
        func number(_ name: String, _ value: Int) {
            engine.reply.bulk(string: name)
            engine.reply.integer(value)
        }
        func share(_ name: String, _ value: Double) {
            engine.reply.bulk(string: name)
            engine.reply.double(value)
        }
        engine.reply.map(27 + databases.count)
        for (name, value) in first { number(name, value) }
        for index in databases {
            engine.reply.bulk(string: "db.\(index)")
            engine.reply.map(3)
            number("overhead.hashtable.main", engine.tableMemory(database: index))
            // Ours keep the expiry with the key.
            number("overhead.hashtable.expires", 0)
            number("overhead.hashtable.slot-to-keys", 0)
        }
        number("overhead.total", overhead)
        number("keys.count", keys)
        number("keys.bytes-per-key", keys == 0 ? 0 : net / keys)
        number("dataset.bytes", data)
        share("dataset.percentage", Double(data) / Double(net) * 100)
        share("peak.percentage", Double(used) / Double(peak) * 100)
        let fragmentation = Double(resident) / Double(max(1, used))
        number("allocator.allocated", used)
        number("allocator.active", used)
        number("allocator.resident", resident)
        share("allocator-fragmentation.ratio", 1)
        number("allocator-fragmentation.bytes", 0)
        share("allocator-rss.ratio", fragmentation)
        number("allocator-rss.bytes", resident - used)
        share("rss-overhead.ratio", 1)
        number("rss-overhead.bytes", 0)
        share("fragmentation", fragmentation)
        number("fragmentation.bytes", resident - used)
    }

    /// MEMORY PURGE
    func memoryPurge(_ engine: inout Engine, _ call: Call) {
        clinux_trim_memory()
        engine.reply.ok()
    }

    func memoryHelp(_ engine: inout Engine, _ call: Call) {
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
                        "usage",
                        arity: -3,
                        [.readonly],
                        keys: (2, 2, 1),
                        specs: [KeySpecification(["RO"], at: 2)],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(N) where N is the number of samples.",
                        categories: ["read", "slow"],
                        summary: "Tells how many bytes a key and its value take.",
                        handler: { engine, call in engine.memoryUsage(call) }
                    ),
                    Command(
                        "stats",
                        arity: 2,
                        [],
                        group: "server",
                        since: "4.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                        summary: "Tells what memory is used for.",
                        handler: memoryStatistics
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
    func moduleList(_ engine: inout Engine, _ call: Call) { engine.reply.array(0) }

    /// MODULE LOAD, LOADEX, UNLOAD: what redis answers while enable-module-command is off
    func noModules(_ engine: inout Engine, _ call: Call) {
        engine.fail(
            """
            ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a \
            local connection, otherwise you need to set this option in the configuration file, and then restart the \
            server.
            """
        )
    }

    func moduleHelp(_ engine: inout Engine, _ call: Call) {
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
