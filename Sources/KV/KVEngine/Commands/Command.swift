import RESP

/// What runs a command: reads the call, changes the engine's keyspace, writes one reply.
public typealias CommandHandler = (inout Engine, borrowing Call) -> Void

/// One command as data: everything that COMMAND tells and that the engine needs to admit, route and replicate it.
public struct Command {
    /// Lower case.
    public let name: StaticString
    /// Exact number of arguments with the name, or, negative, the least number.
    public let arity: Int
    public let flags: CommandFlags
    /// Index of the first key; 0 when there is none (or only `keyFinder` knows).
    public let firstKey: Int
    /// Index of the last key, negative from the end.
    public let lastKey: Int
    public let keyStep: Int
    /// How COMMAND INFO describes the keys to cluster clients.
    public let keySpecifications: [KeySpecification]
    public let group: StaticString
    public let since: StaticString
    public let complexity: StaticString
    public let summary: StaticString
    /// The ACL categories, without `@`.
    public let categories: [StaticString]
    /// Advice to clients, as in COMMAND INFO.
    public let tips: [StaticString]
    public let subcommands: [Command]
    let handler: CommandHandler?

    public init(
        _ name: StaticString,
        arity: Int,
        _ flags: CommandFlags = [],
        keys: (first: Int, last: Int, step: Int) = (0, 0, 0),
        specs: [KeySpecification] = [],
        group: StaticString,
        since: StaticString,
        complexity: StaticString = "",
        categories: [StaticString] = [],
        tips: [StaticString] = [],
        summary: StaticString,
        subcommands: [Command] = [],
        handler: CommandHandler? = nil
    ) {
        self.name = name
        self.arity = arity
        self.flags = flags
        firstKey = keys.first
        lastKey = keys.last
        keyStep = keys.step
        keySpecifications = specs
        self.group = group
        self.since = since
        self.complexity = complexity
        self.categories = categories
        self.tips = tips
        self.summary = summary
        self.subcommands = subcommands
        self.handler = handler
    }
}

/// Properties of a command; the names are those COMMAND INFO uses.
public struct CommandFlags: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let write = CommandFlags(rawValue: 1 << 0)
    public static let readonly = CommandFlags(rawValue: 1 << 1)
    public static let denyOOM = CommandFlags(rawValue: 1 << 2)
    public static let admin = CommandFlags(rawValue: 1 << 3)
    public static let pubsub = CommandFlags(rawValue: 1 << 4)
    public static let noScript = CommandFlags(rawValue: 1 << 5)
    public static let blocking = CommandFlags(rawValue: 1 << 6)
    public static let loading = CommandFlags(rawValue: 1 << 7)
    public static let stale = CommandFlags(rawValue: 1 << 8)
    public static let skipMonitor = CommandFlags(rawValue: 1 << 9)
    public static let skipSlowlog = CommandFlags(rawValue: 1 << 10)
    public static let asking = CommandFlags(rawValue: 1 << 11)
    public static let fast = CommandFlags(rawValue: 1 << 12)
    public static let noAuth = CommandFlags(rawValue: 1 << 13)
    public static let mayReplicate = CommandFlags(rawValue: 1 << 14)
    public static let noAsyncLoading = CommandFlags(rawValue: 1 << 15)
    public static let noMulti = CommandFlags(rawValue: 1 << 16)
    public static let movableKeys = CommandFlags(rawValue: 1 << 17)
    public static let allowBusy = CommandFlags(rawValue: 1 << 18)
    public static let noMandatoryKeys = CommandFlags(rawValue: 1 << 19)

    /// In the order redis lists them.
    static let names: [(CommandFlags, StaticString)] = [
        (.write, "write"), (.readonly, "readonly"), (.denyOOM, "denyoom"), (.admin, "admin"), (.pubsub, "pubsub"),
        (.noScript, "noscript"), (.blocking, "blocking"), (.loading, "loading"), (.stale, "stale"),
        (.skipMonitor, "skip_monitor"), (.skipSlowlog, "skip_slowlog"), (.asking, "asking"), (.fast, "fast"),
        (.noAuth, "no_auth"), (.mayReplicate, "may_replicate"), (.noMandatoryKeys, "no_mandatory_keys"),
        (.noAsyncLoading, "no_async_loading"), (.noMulti, "no_multi"), (.movableKeys, "movablekeys"),
        (.allowBusy, "allow_busy"),
    ]
}

/// A run of keys: where it begins, where it ends counted from its beginning (negative: from the end of the request),
/// and what is done to them.
public struct KeySpecification: Sendable {
    let flags: [StaticString]
    let index: Int
    let last: Int
    let step: Int

    init(_ flags: [StaticString], at index: Int, last: Int = 0, step: Int = 1) {
        self.flags = flags
        self.index = index
        self.last = last
        self.step = step
    }
}
