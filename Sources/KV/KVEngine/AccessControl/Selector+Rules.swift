import RESP

/// The words of ACL SETUSER that change one selector: `+get -@admin ~key* %R~key* &channel allkeys …`.
extension Selector {
    /// Applies one word, or throws what is wrong with it.
    mutating func apply(_ word: [UInt8], _ table: CommandTable) throws(RuleError) {
        switch String(decoding: word, as: UTF8.self).lowercased() {
        case "allkeys", "~*":
            allowsAllKeys = true
            keyPatterns = []
        case "resetkeys":
            allowsAllKeys = false
            keyPatterns = []
        case "allchannels", "&*":
            allowsAllChannels = true
            channelPatterns = []
        case "resetchannels":
            allowsAllChannels = false
            channelPatterns = []
        case "allcommands", "+@all": setAllCommands(true)
        case "nocommands", "-@all": setAllCommands(false)
        default: try applyPrefixed(word, table)
        }
    }

    private mutating func applyPrefixed(_ word: [UInt8], _ table: CommandTable) throws(RuleError) {
        let rest = Array(word.dropFirst())
        switch word.first {
        case UInt8(ascii: "~"), UInt8(ascii: "%"): try addKeyPattern(word)
        case UInt8(ascii: "&"):
            guard !allowsAllChannels else { throw .channelAfterAll }
            guard !Self.hasSpaces(rest) else { throw .syntax }
            if !channelPatterns.contains(rest) { channelPatterns.append(rest) }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let isAllowed = word.first == UInt8(ascii: "+")
            if rest.first == UInt8(ascii: "@") {
                guard let category = Categories.named(Array(rest.dropFirst())) else { throw .unknownCommand }
                table.forEachRecord { record in
                    if record.pointee.categories.contains(category) { setCommand(record, isAllowed) }
                }
            } else if isAllowed, let bar = rest.lastIndex(of: UInt8(ascii: "|")) {
                try addSubcommand(rest, bar, table)
            } else {
                guard let record = table.record(fullName: rest) else { throw .unknownCommand }
                setCommand(record, isAllowed)
            }
        default: throw .syntax
        }
    }

    private mutating func addKeyPattern(_ word: [UInt8]) throws(RuleError) {
        guard !allowsAllKeys else { throw .keyAfterAll }
        var access = KeyAccess.all
        var start = 1
        if word.first == UInt8(ascii: "%") {
            access = []
            // Letters up to the tilde, each at most once.
            while start < word.count, word[start] != UInt8(ascii: "~") {
                let asked: KeyAccess
                switch word[start] {
                case UInt8(ascii: "R"), UInt8(ascii: "r"): asked = .read
                case UInt8(ascii: "W"), UInt8(ascii: "w"): asked = .write
                default: throw .syntax
                }
                guard !access.contains(asked) else { throw .syntax }
                access.insert(asked)
                start += 1
            }
            guard !access.isEmpty else { throw .syntax }
            start = min(start + 1, word.count)
        }
        let pattern = Array(word[start...])
        guard !Self.hasSpaces(pattern) else { throw .syntax }
        if let index = keyPatterns.firstIndex(where: { $0.pattern == pattern }) {
            keyPatterns[index].access.formUnion(access)
        } else {
            keyPatterns.append(KeyPattern(pattern: pattern, access: access))
        }
    }

    /// `+config|get` allows a subcommand, `+select|0` a first argument.
    private mutating func addSubcommand(_ name: [UInt8], _ bar: Int, _ table: CommandTable) throws(RuleError) {
        let (container, word) = (Array(name[..<bar]), Array(name[(bar + 1)...]))
        guard let record = table.record(fullName: container) else { throw .unknownCommand }
        guard !record.pointee.isSubcommand else { throw .argumentOfSubcommand }
        guard !word.isEmpty else { throw .syntax }
        if record.pointee.subcommands.isEmpty {
            var words = firstArguments[record.pointee.identifier] ?? []
            if !words.contains(word) { words.append(word) }
            firstArguments[record.pointee.identifier] = words
        } else {
            guard let subcommand = table.record(fullName: name) else { throw .unknownCommand }
            setCommand(subcommand, true)
        }
    }

    private mutating func setAllCommands(_ isAllowed: Bool) {
        commands.setAll(isAllowed)
        allowsAllCommands = isAllowed
        firstArguments = [:]
    }

    /// A container takes its subcommands along.
    mutating func setCommand(_ record: UnsafeMutablePointer<CommandTable.Record>, _ isAllowed: Bool) {
        commands[record.pointee.identifier] = isAllowed
        if !isAllowed { allowsAllCommands = false }
        firstArguments[record.pointee.identifier] = nil
        for index in record.pointee.subcommands.indices {
            let identifier = record.pointee.subcommands[index].identifier
            commands[identifier] = isAllowed
            firstArguments[identifier] = nil
        }
    }

    static func hasSpaces(_ bytes: [UInt8]) -> Bool { bytes.contains { $0 == 0 || $0 == 32 || 9...13 ~= $0 } }
}

/// What is wrong with a word of ACL SETUSER, in redis's words.
enum RuleError: Error {
    case syntax, unknownCommand, keyAfterAll, channelAfterAll, noSuchPassword, badHash, argumentOfSubcommand

    var text: StaticString {
        switch self {
        case .syntax: "Syntax error"
        case .unknownCommand: "Unknown command or category name in ACL"
        case .keyAfterAll:
            """
            Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. \
            Try 'resetkeys' to start with an empty list of patterns
            """
        case .channelAfterAll:
            """
            Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any \
            effect. Try 'resetchannels' to start with an empty list of channels
            """
        case .noSuchPassword: "The password you are trying to remove from the user does not exist"
        case .badHash:
            "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
        case .argumentOfSubcommand: "Allowing first-arg of a subcommand is not supported"
        }
    }
}
