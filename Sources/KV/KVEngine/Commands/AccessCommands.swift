import Glibc
import RESP

/// ACL: looking at users and changing them. LOAD and SAVE are the server's, which has the file.
public enum AccessCommands {
    /// ACL SETUSER name [word …]
    static func setUser(_ engine: inout Engine, _ call: Call) {
        let name = call[2].array
        guard !Selector.hasSpaces(name) else {
            return engine.fail("ERR Usernames can't contain spaces or null characters")
        }
        var unmatched: [UInt8] = []
        let words = (3..<max(3, call.count)).map { call[$0].array }
        guard let joined = AccessControl.joined(words, &unmatched) else {
            return engine.fail(
                Array("ERR Unmatched parenthesis in acl selector starting at '".utf8) + unmatched + Array("'.".utf8)
            )
        }
        var rules = engine.accessControl.users[name]?.rules ?? engine.accessControl.makeRules()
        if let (word, error) = engine.accessControl.apply(joined, to: &rules) {
            return engine.fail(
                Array("ERR Error in ACL SETUSER modifier '".utf8) + word + Array("': \(error.text)".utf8)
            )
        }
        engine.setRules(rules, for: name)
        engine.reply.ok()
    }

    /// ACL DELUSER name …
    static func deleteUsers(_ engine: inout Engine, _ call: Call) {
        let names = (2..<call.count).map { call[$0].array }
        guard !names.contains(engine.accessControl.defaultUser.name) else {
            return engine.fail("ERR The 'default' user cannot be removed")
        }
        var removed = 0
        for name in names {
            if engine.removeUser(name) { removed += 1 }
        }
        engine.reply.integer(removed)
    }

    /// ACL GETUSER name
    static func getUser(_ engine: inout Engine, _ call: Call) {
        guard let rules = engine.accessControl.users[call[2].array]?.rules else { return engine.reply.null() }
        engine.reply.map(6)
        engine.reply.bulk("flags")
        engine.reply.set(rules.flags.count)
        for flag in rules.flags { engine.reply.bulk(string: flag) }
        engine.reply.bulk("passwords")
        engine.reply.array(rules.passwords.count)
        for password in rules.passwords { engine.reply.bulk(password) }
        write(rules.selectors[0], &engine)
        engine.reply.bulk("selectors")
        engine.reply.array(rules.selectors.count - 1)
        for selector in rules.selectors.dropFirst() {
            engine.reply.map(3)
            write(selector, &engine)
        }
    }

    private static func write(_ selector: Selector, _ engine: inout Engine) {
        engine.reply.bulk("commands")
        engine.reply.bulk(string: selector.describeCommands(engine.commands))
        engine.reply.bulk("keys")
        engine.reply.bulk(selector.keyDescription)
        engine.reply.bulk("channels")
        engine.reply.bulk(selector.channelDescription)
    }

    /// ACL LIST
    static func list(_ engine: inout Engine, _ call: Call) {
        let lines = engine.userLines
        engine.reply.array(lines.count)
        for line in lines { engine.reply.bulk(line) }
    }

    /// ACL USERS
    static func users(_ engine: inout Engine, _ call: Call) {
        let users = engine.accessControl.sortedUsers
        engine.reply.array(users.count)
        for user in users { engine.reply.bulk(user.name) }
    }

    /// ACL WHOAMI
    static func whoAmI(_ engine: inout Engine, _ call: Call) {
        engine.reply.bulk(call.session.userName)
    }

    /// ACL CAT [category]
    static func categories(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        if call.count == 2 {
            engine.reply.array(Categories.names.count)
            for name in Categories.names { engine.reply.bulk(name) }
            return
        }
        guard let category = Categories.named(call[2].array) else {
            return engine.fail(Array("ERR Unknown category '".utf8) + Engine.excerpt(call[2], 128) + [39])
        }
        var names: [String] = []
        engine.commands.forEachRecord { record in
            if record.pointee.categories.contains(category) { names.append(record.pointee.fullName) }
        }
        engine.reply.array(names.count)
        for name in names { engine.reply.bulk(string: name) }
    }

    /// ACL GENPASS [bits]
    static func generatePassword(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        var bits: Int64 = 256
        if call.count == 3 {
            guard let wanted = engine.integer(call[2]) else { return }
            guard wanted > 0, wanted <= 4096 else {
                return engine.fail(
                    """
                    ERR ACL GENPASS argument must be the number of bits for the output password, a positive number \
                    up to 4096
                    """
                )
            }
            bits = wanted
        }
        let digits = Array("0123456789abcdef".utf8)
        engine.reply.bulk((0..<Int((bits + 3) / 4)).map { _ in digits[Int(engine.random() & 15)] })
    }

    /// ACL LOG [count|RESET]
    static func log(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        var count: Int64 = 10
        if call.count == 3 {
            if call.isWord(2, "RESET") {
                engine.accessControl.log = []
                return engine.reply.ok()
            }
            guard let wanted = engine.integer(call[2]) else { return }
            count = max(0, wanted)
        }
        let entries = engine.accessControl.log.prefix(Int(clamping: count))
        engine.reply.array(entries.count)
        for entry in entries {
            engine.reply.map(7)
            engine.reply.bulk("count")
            engine.reply.integer(entry.count)
            engine.reply.bulk("reason")
            engine.reply.bulk(entry.reason)
            engine.reply.bulk("context")
            engine.reply.bulk(entry.context)
            engine.reply.bulk("object")
            engine.reply.bulk(entry.object)
            engine.reply.bulk("username")
            engine.reply.bulk(entry.user)
            engine.reply.bulk("age-seconds")
            engine.reply.seconds(engine.now - entry.time)
            engine.reply.bulk("client-info")
            engine.reply.bulk(string: entry.client)
        }
    }

    /// ACL DRYRUN user command [argument …]
    static func dryRun(_ engine: inout Engine, _ call: Call) {
        guard let user = engine.accessControl.users[call[2].array] else {
            return engine.fail(Array("ERR User '".utf8) + Engine.excerpt(call[2], 128) + Array("' not found".utf8))
        }
        let (arguments, count) = (call.arguments + 3, call.count - 3)
        guard let record = engine.commands.record(of: arguments, count) else {
            return engine.fail(Array("ERR Command '".utf8) + Engine.excerpt(call[3], 128) + Array("' not found".utf8))
        }
        guard record.pointee.accepts(count) else { return engine.wrongArity(record.pointee.fullName) }
        guard let denial = user.rules.denial(record, arguments, count) else { return engine.reply.ok() }
        let start = Array("This user has no permissions to ".utf8)
        switch denial {
        case .command:
            engine.reply.bulk(start + Array("run the '\(record.pointee.fullName)' command".utf8))
        case .key(let index):
            engine.reply.bulk(start + Array("access the '".utf8) + arguments[index].array + Array("' key".utf8))
        case .channel(let index):
            engine.reply.bulk(start + Array("access the '".utf8) + arguments[index].array + Array("' channel".utf8))
        }
    }

    /// ACL HELP
    static func help(_ engine: inout Engine, _ call: Call) { engine.help("ACL", helpLines, call) }

    private static var helpLines: [StaticString] {
        [
            "CAT [<category>]", "    List all commands that belong to <category>, or all command categories",
            "    when no category is specified.", "DELUSER <username> [<username> ...]", "    Delete a list of users.",
            "DRYRUN <username> <command> [<arg> ...]",
            "    Returns whether the user can execute the given command without executing the command.",
            "GETUSER <username>", "    Get the user's details.", "GENPASS [<bits>]",
            "    Generate a secure 256-bit user password. The optional `bits` argument can",
            "    be used to specify a different size.", "LIST", "    Show users details in config file format.", "LOAD",
            "    Reload users from the ACL file.", "LOG [<count> | RESET]", "    Show the ACL log entries.", "SAVE",
            "    Save the current config to the ACL file.", "SETUSER <username> <attribute> [<attribute> ...]",
            "    Create or modify a user with the specified attributes.", "USERS",
            "    List all the registered usernames.", "WHOAMI", "    Return the current connection username.",
        ]
    }
}

extension ReplyWriter {
    /// Milliseconds as seconds, in the seventeen digits that redis gives to doubles.
    fileprivate mutating func seconds(_ milliseconds: Int64) {
        var text = [CChar](repeating: 0, count: 40)
        let count = withVaList([Double(milliseconds) / 1000]) { vsnprintf(&text, text.count, "%.17g", $0) }
        let bytes = text.prefix(Int(max(0, count))).map { UInt8(bitPattern: $0) }
        guard version != 2 else { return bulk(bytes) }
        buffer.append(UInt8(ascii: ","))
        buffer.append(bytes)
        buffer.append("\r\n")
    }
}
