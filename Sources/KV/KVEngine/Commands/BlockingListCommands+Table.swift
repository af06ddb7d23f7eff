import RESP

// The list commands that wait as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension BlockingListCommands {
    static var table: [Command] {
        [
            Command(
                "blpop",
                arity: -3,
                [.write, .noScript, .blocking],
                keys: (1, -2, 1),
                specs: [KeySpecification(["RW", "access", "delete"], at: 1, last: -2)],
                group: "list",
                since: "2.0.0",
                complexity: "O(N) of keys",
                categories: ["write", "list", "slow", "blocking"],
                summary: "Takes the first element out of one of several lists; waits for one.",
                handler: popHead
            ),
            Command(
                "brpop",
                arity: -3,
                [.write, .noScript, .blocking],
                keys: (1, -2, 1),
                specs: [KeySpecification(["RW", "access", "delete"], at: 1, last: -2)],
                group: "list",
                since: "2.0.0",
                complexity: "O(N) of keys",
                categories: ["write", "list", "slow", "blocking"],
                summary: "Takes the last element out of one of several lists; waits for one.",
                handler: popTail
            ),
            Command(
                "blmove",
                arity: 6,
                [.write, .denyOOM, .noScript, .blocking],
                keys: (1, 2, 1),
                specs: [
                    KeySpecification(["RW", "access", "delete"], at: 1),
                    KeySpecification(["RW", "insert"], at: 2),
                ],
                group: "list",
                since: "6.2.0",
                complexity: "O(1)",
                categories: ["write", "list", "slow", "blocking"],
                summary: "Takes an element out of one list and adds it to another; waits for one.",
                handler: move
            ),
            Command(
                "brpoplpush",
                arity: 4,
                [.write, .denyOOM, .noScript, .blocking],
                keys: (1, 2, 1),
                specs: [
                    KeySpecification(["RW", "access", "delete"], at: 1),
                    KeySpecification(["RW", "insert"], at: 2),
                ],
                group: "list",
                since: "2.2.0",
                complexity: "O(1)",
                categories: ["write", "list", "slow", "blocking"],
                summary: "Takes the last element of a list and puts it before the first of another; waits for one.",
                handler: moveTailToHead
            ),
            Command(
                "blmpop",
                arity: -5,
                [.write, .blocking, .movableKeys],
                specs: [KeySpecification(["RW", "access", "delete"], at: 2, countAt: 0)],
                group: "list",
                since: "7.0.0",
                complexity: "O(N+M), N keys and M elements",
                categories: ["write", "list", "slow", "blocking"],
                summary: "Takes elements out of the first list that has any; waits for one.",
                handler: popFromFirst
            ),
        ]
    }
}
