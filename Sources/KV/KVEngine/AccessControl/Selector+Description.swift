/// How a selector is shown: as words that would make it again.
///
/// The order in which commands were allowed is not kept. So the description is found: from everything or nothing, take
/// the category that fits best, again and again, then name the single commands that are left.
extension Selector {
    /// `+@all -@admin -flushall`
    func describeCommands(_ table: CommandTable) -> String {
        let isAdditive = !commands.includesFuture
        var words = [isAdditive ? "-@all" : "+@all"]
        // What the words so far make, and what they have not explained yet.
        var made = Selector(commandCount: table.identifierCount)
        made.setCommands(!isAdditive)
        var unexplained = self
        var used: Categories = []
        while let best = bestCategory(unexplained.commands, used, isAdditive, table) {
            let category = Categories(index: best)
            used.insert(category)
            table.forEachRecord { record in
                guard record.pointee.categories.contains(category) else { return }
                made.setCommand(record, isAdditive)
                unexplained.setCommand(record, !isAdditive)
            }
            words.append((isAdditive ? "+@" : "-@") + "\(Categories.names[best])")
        }
        table.forEachRecord { record in
            let identifier = record.pointee.identifier
            let isAllowed = commands[identifier]
            if isAllowed != made.commands[identifier] {
                words.append((isAllowed ? "+" : "-") + record.pointee.fullName)
                made.setCommand(record, isAllowed)
            }
            guard !isAllowed else { return }
            for word in firstArguments[identifier] ?? [] {
                words.append("+\(record.pointee.fullName)|\(String(decoding: word, as: UTF8.self))")
            }
        }
        return words.joined(separator: " ")
    }

    private mutating func setCommands(_ isAllowed: Bool) { commands.setAll(isAllowed) }

    /// The category with more in common than not, the fewest exceptions, and then the most in common.
    private func bestCategory(
        _ bits: CommandBits,
        _ used: Categories,
        _ isAdditive: Bool,
        _ table: CommandTable
    ) -> Int? {
        var best: Int?
        var (fewestDifferent, mostSame) = (Int.max, 0)
        for index in Categories.names.indices where !used.contains(Categories(index: index)) {
            var (on, off) = (0, 0)
            table.forEachRecord { record in
                guard record.pointee.categories.contains(Categories(index: index)) else { return }
                if bits[record.pointee.identifier] { on += 1 } else { off += 1 }
            }
            let (same, different) = isAdditive ? (on, off) : (off, on)
            guard same > different else { continue }
            if different < fewestDifferent || (different == fewestDifferent && same > mostSame) {
                (best, fewestDifferent, mostSame) = (index, different, same)
            }
        }
        return best
    }

    /// `~k* %R~r*`
    var keyDescription: [UInt8] {
        if allowsAllKeys { return Array("~*".utf8) }
        let words = keyPatterns.map { pattern -> [UInt8] in
            let prefix =
                switch pattern.access {
                case .read: "%R~"
                case .write: "%W~"
                default: "~"
                }
            return Array(prefix.utf8) + pattern.pattern
        }
        return Array(words.joined(separator: [32]))
    }

    /// `&news* &chat`
    var channelDescription: [UInt8] {
        if allowsAllChannels { return Array("&*".utf8) }
        return Array(channelPatterns.map { [UInt8(ascii: "&")] + $0 }.joined(separator: [32]))
    }

    /// The whole selector as in ACL LIST.
    func description(_ table: CommandTable) -> [UInt8] {
        var text = keyDescription
        if !text.isEmpty { text.append(32) }
        if allowsAllChannels {
            text += Array("&* ".utf8)
        } else {
            text += Array("resetchannels ".utf8) + channelDescription
            if !channelPatterns.isEmpty { text.append(32) }
        }
        return text + Array(describeCommands(table).utf8)
    }
}
