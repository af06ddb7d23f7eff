import RESP

// Expiring fields as data. Redis-server 7.0 does not have these commands; the rows follow Redis 7.4 and 8.0.
extension FieldExpiryCommands {
    static var table: [Command] {
        [
            Command(
                "hexpire",
                arity: -6,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Sets how many seconds fields of a hash live.",
                handler: expire
            ),
            Command(
                "hpexpire",
                arity: -6,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Sets how many milliseconds fields of a hash live.",
                handler: pexpire
            ),
            Command(
                "hexpireat",
                arity: -6,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Sets the second until which fields of a hash live.",
                handler: expireAt
            ),
            Command(
                "hpexpireat",
                arity: -6,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Sets the millisecond until which fields of a hash live.",
                handler: pexpireAt
            ),
            Command(
                "httl",
                arity: -5,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["read", "hash", "fast"],
                summary: "Replies with the seconds that fields of a hash have left.",
                handler: timeToLive
            ),
            Command(
                "hpttl",
                arity: -5,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["read", "hash", "fast"],
                summary: "Replies with the milliseconds that fields of a hash have left.",
                handler: timeToLiveMilliseconds
            ),
            Command(
                "hexpiretime",
                arity: -5,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["read", "hash", "fast"],
                summary: "Replies with the second until which fields of a hash live.",
                handler: expireTime
            ),
            Command(
                "hpexpiretime",
                arity: -5,
                [.readonly, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["read", "hash", "fast"],
                summary: "Replies with the millisecond until which fields of a hash live.",
                handler: expireTimeMilliseconds
            ),
            Command(
                "hpersist",
                arity: -5,
                [.write, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "7.4.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Lets fields of a hash live without end.",
                handler: persist
            ),
            Command(
                "hgetdel",
                arity: -5,
                [.write, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "access", "delete"], at: 1)],
                group: "hash",
                since: "8.0.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Replies with fields of a hash and removes them.",
                handler: getDelete
            ),
            Command(
                "hgetex",
                arity: -5,
                [.write, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "access", "update"], at: 1)],
                group: "hash",
                since: "8.0.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Replies with fields of a hash and changes how long they live.",
                handler: getAndExpire
            ),
            Command(
                "hsetex",
                arity: -6,
                [.write, .denyOOM, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "hash",
                since: "8.0.0",
                complexity: "O(N)",
                categories: ["write", "hash", "fast"],
                summary: "Sets fields of a hash and how long they live.",
                handler: setAndExpire
            ),
        ]
    }
}
