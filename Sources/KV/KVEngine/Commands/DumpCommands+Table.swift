import RESP

// DUMP and RESTORE as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension DumpCommands {
    static var table: [Command] {
        [
            Command(
                "dump",
                arity: 2,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "generic",
                since: "2.6.0",
                complexity: "O(1) to access the key and additional O(N*M) to serialize it,",
                categories: ["keyspace", "read", "slow"],
                tips: ["nondeterministic_output"],
                summary: "Replies with a value as bytes that RESTORE takes, here or on any redis.",
                handler: dump
            ),
            Command(
                "restore",
                arity: -4,
                [.write, .denyOOM],
                keys: (1, 1, 1),
                specs: [KeySpecification(["OW", "update"], at: 1)],
                group: "generic",
                since: "2.6.0",
                complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value,",
                categories: ["keyspace", "write", "slow", "dangerous"],
                summary: "Makes a key from the bytes that DUMP gave.",
                handler: restore
            ),
            Command(
                "restore-asking",
                arity: -4,
                [.write, .denyOOM, .asking],
                keys: (1, 1, 1),
                specs: [KeySpecification(["OW", "update"], at: 1)],
                group: "server",
                since: "3.0.0",
                complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value,",
                categories: ["keyspace", "write", "slow", "dangerous"],
                summary: "RESTORE as a cluster uses it while it moves slots.",
                handler: restore
            ),
        ]
    }
}
