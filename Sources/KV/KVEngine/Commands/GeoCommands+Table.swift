import RESP

// The geo family as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension GeoCommands {
    static var table: [Command] {
        [
            Command(
                "geoadd",
                arity: -5,
                [.write, .denyOOM],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RW", "update"], at: 1)],
                group: "geo",
                since: "3.2.0",
                complexity: "O(log(N)) per place",
                categories: ["write", "geo", "slow"],
                summary: "Adds places by longitude and latitude.",
                handler: add
            ),
            Command(
                "geopos",
                arity: -2,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "3.2.0",
                complexity: "O(M) for M members",
                categories: ["read", "geo", "slow"],
                summary: "Replies with longitudes and latitudes.",
                handler: positions
            ),
            Command(
                "geodist",
                arity: -4,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "3.2.0",
                complexity: "O(1)",
                categories: ["read", "geo", "slow"],
                summary: "Replies with the distance between two places.",
                handler: distance
            ),
            Command(
                "geohash",
                arity: -2,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "3.2.0",
                complexity: "O(M) for M members",
                categories: ["read", "geo", "slow"],
                summary: "Replies with geohash texts.",
                handler: hashes
            ),
            Command(
                "geosearch",
                arity: -7,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "6.2.0",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["read", "geo", "slow"],
                summary: "Finds places within a circle or box.",
                handler: search
            ),
            Command(
                "geosearchstore",
                arity: -8,
                [.write, .denyOOM],
                keys: (1, 2, 1),
                specs: [
                    KeySpecification(["OW", "update"], at: 1),
                    KeySpecification(["RO", "access"], at: 2),
                ],
                group: "geo",
                since: "6.2.0",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["write", "geo", "slow"],
                summary: "Finds places within a circle or box and stores them.",
                handler: searchStore
            ),
            Command(
                "georadius",
                arity: -6,
                [.write, .denyOOM, .movableKeys],
                keys: (1, 1, 1),
                specs: [
                    KeySpecification(["RO", "access"], at: 1),
                    KeySpecification(["OW", "update"], after: "STORE", from: 6),
                    KeySpecification(["OW", "update"], after: "STOREDIST", from: 6),
                ],
                group: "geo",
                since: "3.2.0",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["write", "geo", "slow"],
                summary: "Finds, or stores, places within a circle around a point.",
                handler: radius
            ),
            Command(
                "georadius_ro",
                arity: -6,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "3.2.10",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["read", "geo", "slow"],
                summary: "Finds places within a circle around a point.",
                handler: radiusReadOnly
            ),
            Command(
                "georadiusbymember",
                arity: -5,
                [.write, .denyOOM, .movableKeys],
                keys: (1, 1, 1),
                specs: [
                    KeySpecification(["RO", "access"], at: 1),
                    KeySpecification(["OW", "update"], after: "STORE", from: 5),
                    KeySpecification(["OW", "update"], after: "STOREDIST", from: 5),
                ],
                group: "geo",
                since: "3.2.0",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["write", "geo", "slow"],
                summary: "Finds, or stores, places within a circle around a member.",
                handler: radiusByMember
            ),
            Command(
                "georadiusbymember_ro",
                arity: -5,
                [.readonly],
                keys: (1, 1, 1),
                specs: [KeySpecification(["RO", "access"], at: 1)],
                group: "geo",
                since: "3.2.10",
                complexity: "O(N+log(M)) for N places in the cells around and M in the set",
                categories: ["read", "geo", "slow"],
                summary: "Finds places within a circle around a member.",
                handler: radiusByMemberReadOnly
            ),
        ]
    }
}
