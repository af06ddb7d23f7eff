import RESP

// SORT and SORT_RO as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension SortCommands {
    static var table: [Command] {
        [
            Command(
                "sort",
                arity: -2,
                [.write, .denyOOM, .movableKeys],
                keys: (1, 1, 1),
                specs: [
                    KeySpecification(["RO", "access"], at: 1),
                    KeySpecification(
                        ["RO", "access"],
                        .unknown,
                        .unknown,
                        notes: "The keys of BY and GET are made of the elements."
                    ),
                    KeySpecification(
                        ["OW", "update"],
                        .unknown,
                        .unknown,
                        notes: "The destination of STORE, which may stand anywhere."
                    ),
                ],
                group: "generic",
                since: "1.0.0",
                complexity: "O(N+M*log(M)), N elements and M returned",
                categories: ["write", "set", "sortedset", "list", "slow", "dangerous"],
                summary: "Orders the elements of a list, a set or a sorted set, and replies with or stores them.",
                keyFinder: keyPositions,
                handler: sort
            ),
            Command(
                "sort_ro",
                arity: -2,
                [.readonly, .movableKeys],
                keys: (1, 1, 1),
                specs: [
                    KeySpecification(["RO", "access"], at: 1),
                    KeySpecification(
                        ["RO", "access"],
                        .unknown,
                        .unknown,
                        notes: "The keys of BY and GET are made of the elements."
                    ),
                ],
                group: "generic",
                since: "7.0.0",
                complexity: "O(N+M*log(M)), N elements and M returned",
                categories: ["read", "set", "sortedset", "list", "slow", "dangerous"],
                summary: "Orders the elements of a list, a set or a sorted set, and replies with them.",
                keyFinder: readOnlyKeyPositions,
                handler: sortReadOnly
            ),
        ]
    }
}
