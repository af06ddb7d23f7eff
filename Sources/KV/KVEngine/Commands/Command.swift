import RESP

/// What runs a command: reads the call, changes the engine's keyspace, writes one reply.
public typealias CommandHandler = (inout Engine, Call) -> Void

/// Finds the indices of the keys in a request; nil when the request is malformed.
public typealias KeyFinder = (UnsafePointer<ByteSlice>, Int) -> [Int]?

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
    /// Never optional: a function in an Optional is kept behind two thunks, whose contexts each call would hold and release.
    let handler: CommandHandler
    /// Finds the keys where the specifications cannot: nil for a syntax error.
    let keyFinder: KeyFinder?

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
        keyFinder: KeyFinder? = nil,
        handler: @escaping CommandHandler = { engine, call in engine.unknownSubcommand(call) }
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
        self.keyFinder = keyFinder
        self.handler = handler
    }

    /// The indices of the keys in a request; empty when it has none, or is malformed.
    func keyPositions(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [Int] {
        if let keyFinder { return keyFinder(arguments, count) ?? [] }
        if flags.contains(.movableKeys) || firstKey == 0 {
            return keySpecifications.flatMap { $0.positions(arguments, count) ?? [] }
        }
        guard firstKey > 0, keyStep > 0 else { return [] }
        let last = lastKey < 0 ? count + lastKey : lastKey
        guard last >= firstKey, last < count else { return [] }
        return Array(stride(from: firstKey, through: last, by: keyStep))
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

/// Keys of a request: how to find the first, how to find the others, and what is done to them.
///
///     SET key value              at: 1                        one key
///     MSET key value …           at: 1, last: -1, step: 2     every second argument
///     ZUNION 2 a b               at: 1, countAt: 0            as many as the argument says
///     XREAD … STREAMS a b 0 0    after: "STREAMS", from: 1    behind a word, the first half of what is left
public struct KeySpecification: Sendable {
    /// How the search begins.
    enum Begin: Sendable {
        case index(Int)
        /// Behind `word`, searched from an argument on; backwards when `from` is negative.
        case keyword(StaticString, from: Int)
        case unknown
    }

    /// How keys follow from the place where it began.
    enum Find: Sendable {
        /// Up to `last`, counted from the beginning (negative: from the end of the request); `limit` 2 means the
        /// first half of what is left, 0 and 1 no limit.
        case range(last: Int, step: Int, limit: Int)
        /// The number of keys stands at `countAt` behind the beginning, the first key at `first`.
        case keyCount(countAt: Int, first: Int, step: Int)
        case unknown
    }

    let flags: [StaticString]
    let begin: Begin
    let find: Find
    /// The remark that COMMAND INFO shows beside the flags, if any.
    let notes: StaticString?

    public init(_ flags: [StaticString], at index: Int, last: Int = 0, step: Int = 1, limit: Int = 0) {
        self.init(flags, .index(index), .range(last: last, step: step, limit: limit))
    }

    init(_ flags: [StaticString], at index: Int, countAt: Int, first: Int = 1, step: Int = 1) {
        self.init(flags, .index(index), .keyCount(countAt: countAt, first: first, step: step))
    }

    public init(
        _ flags: [StaticString],
        after word: StaticString,
        from: Int,
        last: Int = 0,
        step: Int = 1,
        limit: Int = 0
    ) {
        self.init(flags, .keyword(word, from: from), .range(last: last, step: step, limit: limit))
    }

    init(_ flags: [StaticString], _ begin: Begin, _ find: Find, notes: StaticString? = nil) {
        self.flags = flags
        self.begin = begin
        self.find = find
        self.notes = notes
    }

    /// The indices of the keys this specification finds; nil where it finds nothing or is contradicted.
    func positions(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [Int]? {
        var first: Int
        switch begin {
        case .index(let index): first = index
        case .keyword(let word, let from):
            let candidates =
                from >= 0
                ? Array(stride(from: from, to: count - 1, by: 1))
                : Array(stride(from: count + from, through: 1, by: -1))
            guard let place = candidates.first(where: { arguments[$0].equalsIgnoringCase(word) }) else { return nil }
            first = place + 1
        case .unknown: return nil
        }
        guard first > 0, first < count else { return nil }
        switch find {
        case .range(let last, let step, let limit):
            guard step > 0 else { return nil }
            var end = last >= 0 ? first + last : count + last
            if last < 0, limit > 1 { end = first + (count - first) / limit + last }
            guard end >= first, end < count else { return nil }
            return Array(stride(from: first, through: end, by: step))
        case .keyCount(let countAt, let offset, let step):
            guard step > 0, first + countAt < count,
                let number = Int(arguments[first + countAt].string), number > 0, number < count
            else { return nil }
            first += offset
            let end = first + (number - 1) * step
            guard first < count, end < count else { return nil }
            return Array(stride(from: first, through: end, by: step))
        case .unknown: return nil
        }
    }
}
