import RESP

// The HyperLogLog family as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension HyperLogLogCommands {
    static var table: [Command] {
        [
            Command(
                "pfadd",
                arity: -2,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "insert"], at: 1)],
                group: "hyperloglog",
                since: "2.8.9",
                complexity: "O(1) to add every element",
                categories: ["write", "hyperloglog", "fast"],
                summary: "Adds elements to a HyperLogLog, which is made when it is missing.",
                handler: add
            ),
            Command(
                "pfcount",
                arity: -2,
                [.readonly],
                keys: (1, -1, 1),
                specs: [KeySpecification(["RW", "access"], at: 1, last: -1)],
                group: "hyperloglog",
                since: "2.8.9",
                complexity: "O(1) with a very small average constant time when called with a single key",
                categories: ["read", "hyperloglog", "slow"],
                summary: "Estimates how many different elements were added to one HyperLogLog, or to any of several.",
                handler: count
            ),
            Command(
                "pfmerge",
                arity: -2,
                [.write, .denyOOM],
                keys: (1, -1, 1),
                specs: [
                    KeySpecification(["RW", "access", "insert"], at: 1),
                    KeySpecification(["RO", "access"], at: 2, last: -1),
                ],
                group: "hyperloglog",
                since: "2.8.9",
                complexity: "O(N) to merge N HyperLogLogs, but with high constant times",
                categories: ["write", "hyperloglog", "slow"],
                summary: "Makes a HyperLogLog the union of itself and others.",
                handler: merge
            ),
            Command(
                "pfdebug",
                arity: 3,
                [.write, .denyOOM, .admin],
                keys: (2, 2, 1),
                specs: [KeySpecification(["RW", "access"], at: 2)],
                group: "hyperloglog",
                since: "2.8.9",
                complexity: "N/A",
                categories: ["write", "hyperloglog", "admin", "slow", "dangerous"],
                summary: "Shows the registers and the form of a HyperLogLog.",
                handler: debug
            ),
            Command(
                "pfselftest",
                arity: 1,
                [.admin],
                group: "hyperloglog",
                since: "2.8.9",
                complexity: "N/A",
                categories: ["hyperloglog", "admin", "slow", "dangerous"],
                summary: "Checks the registers and the estimate against plain counting.",
                handler: selfTest
            ),
        ]
    }
}
