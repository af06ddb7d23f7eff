import RESP

/// One set of permissions of a user: commands, keys and channels that go together.
///
///     (+get +set ~cache:* &news*)     any one selector that allows a request wholly is enough
///
/// Commands are a bit each, by the record's identifier. Not here: the words that change it (`Selector+Rules`) and how
/// it is shown (`Selector+Description`).
struct Selector {
    /// `~pattern`, `%R~pattern`, `%W~pattern`
    struct KeyPattern: Equatable {
        var pattern: [UInt8]
        var access: KeyAccess
    }

    var allowsAllCommands = false
    var allowsAllKeys = false
    var allowsAllChannels = false
    var commands: CommandBits
    /// `+select|0`: words that may follow a command that is not allowed as a whole; by the record's identifier.
    var firstArguments: [Int: [[UInt8]]] = [:]
    var keyPatterns: [KeyPattern] = []
    var channelPatterns: [[UInt8]] = []

    init(commandCount: Int) { commands = CommandBits(count: commandCount) }

    var isUnrestricted: Bool { allowsAllCommands && allowsAllKeys && allowsAllChannels }

    /// Why the request is refused, or nil.
    /// - Parameter keys: the request's keys; found once for all selectors of a user.
    func denial(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        _ keys: [KeyReference]
    ) -> AccessDenial? {
        if !allowsAllCommands, !record.pointee.flags.contains(.noAuth), !allows(record, arguments, count) {
            return .command
        }
        if !allowsAllKeys {
            for key in keys where !allows(key: arguments[key.position], key.access) { return .key(key.position) }
        }
        if !allowsAllChannels, record.pointee.channels != .none {
            let last = record.pointee.channels == .first ? min(2, count) : count
            for index in 1..<max(1, last)
            where !allows(channel: arguments[index], isPattern: record.pointee.channels == .patterns) {
                return .channel(index)
            }
        }
        return nil
    }

    private func allows(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int
    ) -> Bool {
        if commands[record.pointee.identifier] { return true }
        let place = record.pointee.isSubcommand ? 2 : 1
        guard count > place, let words = firstArguments[record.pointee.identifier] else { return false }
        return words.contains { word in
            word.count == arguments[place].count
                && zip(word, arguments[place].bytes).allSatisfy { ($0 | caseBit($0)) == ($1 | caseBit($1)) }
        }
    }

    private func caseBit(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? 0x20 : 0 }

    /// Whether some pattern that grants all of `access` matches.
    func allows(key: ByteSlice, _ access: KeyAccess) -> Bool {
        keyPatterns.contains { $0.access.isSuperset(of: access) && Self.matches($0.pattern, key) }
    }

    /// Whether a channel's name matches; a pattern to subscribe to must be granted literally.
    func allows(channel: ByteSlice, isPattern: Bool) -> Bool {
        channelPatterns.contains { isPattern ? $0.elementsEqual(channel.bytes) : Self.matches($0, channel) }
    }

    private static func matches(_ pattern: [UInt8], _ text: ByteSlice) -> Bool {
        pattern.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return text.isEmpty }
            return GlobPattern.matches(ByteSlice(start: start, count: bytes.count), text)
        }
    }
}

/// What a command does to a key, as far as permissions tell apart.
struct KeyAccess: OptionSet, Hashable {
    let rawValue: UInt8

    static let read = KeyAccess(rawValue: 1)
    static let write = KeyAccess(rawValue: 2)
    static let all: KeyAccess = [.read, .write]
}

/// Why a request is refused; the number is the argument's index.
enum AccessDenial {
    case command
    case key(Int)
    case channel(Int)

    /// What a client is told, behind NOPERM.
    func text(_ record: UnsafeMutablePointer<CommandTable.Record>) -> String {
        switch self {
        case .command: "this user has no permissions to run the '\(record.pointee.fullName)' command"
        case .key: "this user has no permissions to access one of the keys used as arguments"
        case .channel: "this user has no permissions to access one of the channels used as arguments"
        }
    }

    /// What a script is told, behind "The user executing the script".
    var scriptText: String {
        switch self {
        case .command: "can't run this command or subcommand"
        case .key: "can't access at least one of the keys mentioned in the command arguments"
        case .channel: "can't publish to the channel mentioned in the command"
        }
    }

    /// What EXEC tells about a request that was allowed when it was queued.
    var transactionText: String {
        switch self {
        case .command: "no permission to execute the command or subcommand"
        case .key: "no permission to touch the specified keys"
        case .channel: "no permission to access one of the channels used as arguments"
        }
    }

    /// Keys are worse than commands, and a later argument is worse than an earlier one: what is told is the most
    /// specific reason among the selectors.
    func isCloser(than other: AccessDenial) -> Bool {
        switch (self, other) {
        case (.command, _): false
        case (.key, .command), (.channel, .command): true
        case (.key(let mine), .key(let theirs)), (.channel(let mine), .channel(let theirs)): mine > theirs
        case (.channel, .key): true
        case (.key, .channel): false
        }
    }
}

/// A set of command identifiers, and a bit for the commands of the future.
struct CommandBits: Equatable {
    private var words: [UInt64]
    /// Set by `+@all`, cleared by `-@all`: tells whether the set is described from above or from below.
    var includesFuture = false

    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    subscript(_ identifier: Int) -> Bool {
        get { words[identifier >> 6] >> UInt64(identifier & 63) & 1 == 1 }
        set {
            let bit: UInt64 = 1 << UInt64(identifier & 63)
            if newValue { words[identifier >> 6] |= bit } else { words[identifier >> 6] &= ~bit }
        }
    }

    mutating func setAll(_ value: Bool) {
        for index in words.indices { words[index] = value ? ~0 : 0 }
        includesFuture = value
    }
}
