import RESP

// The bitmap family as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension BitCommands {
    static var table: [Command] {
        [
            Command(
                "setbit",
                arity: 4,
                [.write, .denyOOM],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "access", "update"], at: 1)],
                group: "bitmap",
                since: "2.2.0",
                complexity: "O(1)",
                categories: ["write", "bitmap", "slow"],
                summary: "Sets one bit of a string, which grows as far as that needs, and replies with the bit before.",
                handler: setBit
            ),
            Command(
                "getbit",
                arity: 3,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "bitmap",
                since: "2.2.0",
                complexity: "O(1)",
                categories: ["read", "bitmap", "fast"],
                summary: "Replies with one bit of a string; beyond its end bits are 0.",
                handler: getBit
            ),
            Command(
                "bitcount",
                arity: -2,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "bitmap",
                since: "2.6.0",
                complexity: "O(N)",
                categories: ["read", "bitmap", "slow"],
                summary: "Counts the bits that are 1, in the whole string or in a range of bytes or bits.",
                handler: count
            ),
            Command(
                "bitpos",
                arity: -3,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "bitmap",
                since: "2.8.7",
                complexity: "O(N)",
                categories: ["read", "bitmap", "slow"],
                summary: "Finds the first bit that is 1, or 0.",
                handler: position
            ),
            Command(
                "bitop",
                arity: -4,
                [.write, .denyOOM],
                keys: (2, -1, 1),
                specs: [
                    KeySpecification(["OW", "update"], at: 2), KeySpecification(["RO", "access"], at: 3, last: -1),
                ],
                group: "bitmap",
                since: "2.6.0",
                complexity: "O(N)",
                categories: ["write", "bitmap", "slow"],
                summary: "Combines strings bit by bit and stores the result.",
                handler: combine
            ),
            Command(
                "bitfield",
                arity: -2,
                [.write, .denyOOM],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "access", "update", "variable_flags"], at: 1)],
                group: "bitmap",
                since: "3.2.0",
                complexity: "O(1)",
                categories: ["write", "bitmap", "slow"],
                summary: "Reads, sets and adds integers of any width inside of a string.",
                handler: field
            ),
            Command(
                "bitfield_ro",
                arity: -2,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "bitmap",
                since: "6.0.0",
                complexity: "O(1)",
                categories: ["read", "bitmap", "fast"],
                summary: "Reads integers of any width inside of a string.",
                handler: fieldReadOnly
            ),
        ]
    }
}
