import RESP

// The messages between clients as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension PubSubCommands {
    static var table: [Command] {
        [
            Command(
                "subscribe",
                arity: -2,
                [.pubsub, .noScript, .loading, .stale],
                group: "pubsub",
                since: "2.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Listens to channels.",
                handler: subscribe
            ),
            Command(
                "unsubscribe",
                arity: -1,
                [.pubsub, .noScript, .loading, .stale],
                group: "pubsub",
                since: "2.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Stops listening to channels, or to all.",
                handler: unsubscribe
            ),
            Command(
                "psubscribe",
                arity: -2,
                [.pubsub, .noScript, .loading, .stale],
                group: "pubsub",
                since: "2.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Listens to all channels that match patterns.",
                handler: patternSubscribe
            ),
            Command(
                "punsubscribe",
                arity: -1,
                [.pubsub, .noScript, .loading, .stale],
                group: "pubsub",
                since: "2.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Stops listening to patterns, or to all.",
                handler: patternUnsubscribe
            ),
            Command(
                "publish",
                arity: 3,
                [.pubsub, .loading, .stale, .fast],
                group: "pubsub",
                since: "2.0.0",
                complexity: "O(N+M)",
                categories: ["pubsub", "fast"],
                summary: "Sends a message to a channel.",
                handler: publish
            ),
            Command(
                "ssubscribe",
                arity: -2,
                [.pubsub, .noScript, .loading, .stale],
                keys: (1, -1, 1),
                specs: [KeySpecification(["not_key"], at: 1, last: -1)],
                group: "pubsub",
                since: "7.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Listens to shard channels.",
                handler: shardSubscribe
            ),
            Command(
                "sunsubscribe",
                arity: -1,
                [.pubsub, .noScript, .loading, .stale],
                keys: (1, -1, 1),
                specs: [KeySpecification(["not_key"], at: 1, last: -1)],
                group: "pubsub",
                since: "7.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "slow"],
                summary: "Stops listening to shard channels, or to all.",
                handler: shardUnsubscribe
            ),
            Command(
                "spublish",
                arity: 3,
                [.pubsub, .loading, .stale, .fast],
                keys: (1, 1, 1),
                specs: [KeySpecification(["not_key"], at: 1)],
                group: "pubsub",
                since: "7.0.0",
                complexity: "O(N)",
                categories: ["pubsub", "fast"],
                summary: "Sends a message to a shard channel.",
                handler: shardPublish
            ),
            Command(
                "pubsub",
                arity: -2,
                [],
                group: "pubsub",
                since: "2.8.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Tells who listens to what.",
                subcommands: [
                    Command(
                        "shardnumsub",
                        arity: -2,
                        [.pubsub, .loading, .stale],
                        group: "pubsub",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["pubsub", "slow"],
                        summary: "Counts the subscribers of shard channels.",
                        handler: shardSubscriberCounts
                    ),
                    Command(
                        "channels",
                        arity: -2,
                        [.pubsub, .loading, .stale],
                        group: "pubsub",
                        since: "2.8.0",
                        complexity: "O(N)",
                        categories: ["pubsub", "slow"],
                        summary: "Lists the channels somebody listens to.",
                        handler: channels
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "pubsub",
                        since: "6.2.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Lists the subcommands.",
                        handler: help
                    ),
                    Command(
                        "numsub",
                        arity: -2,
                        [.pubsub, .loading, .stale],
                        group: "pubsub",
                        since: "2.8.0",
                        complexity: "O(N)",
                        categories: ["pubsub", "slow"],
                        summary: "Counts the subscribers of channels.",
                        handler: subscriberCounts
                    ),
                    Command(
                        "shardchannels",
                        arity: -2,
                        [.pubsub, .loading, .stale],
                        group: "pubsub",
                        since: "7.0.0",
                        complexity: "O(N)",
                        categories: ["pubsub", "slow"],
                        summary: "Lists the shard channels somebody listens to.",
                        handler: shardChannels
                    ),
                    Command(
                        "numpat",
                        arity: 2,
                        [.pubsub, .loading, .stale],
                        group: "pubsub",
                        since: "2.8.0",
                        complexity: "O(1)",
                        categories: ["pubsub", "slow"],
                        summary: "Counts the patterns somebody listens to.",
                        handler: patternCount
                    ),
                ]
            ),
        ]
    }

    static var helpLines: [StaticString] {
        [
            "CHANNELS [<pattern>]",
            "    Return the currently active channels matching a <pattern> (default: '*').", "NUMPAT",
            "    Return number of subscriptions to patterns.", "NUMSUB [<channel> ...]",
            "    Return the number of subscribers for the specified channels, excluding",
            "    pattern subscriptions(default: no channels).", "SHARDCHANNELS [<pattern>]",
            "    Return the currently active shard level channels matching a <pattern> (default: '*').",
            "SHARDNUMSUB [<shardchannel> ...]",
            "    Return the number of subscribers for the specified shard level channel(s)",
        ]
    }
}
