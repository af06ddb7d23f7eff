import RESP

/// COMMAND: the command table told to clients.
enum CommandCommands {
    /// COMMAND
    static func all(_ engine: inout Engine, _ call: Call) {
        engine.reply.array(engine.commands.records.count)
        for index in engine.commands.records.indices { info(&engine, &engine.commands.records[index]) }
    }

    /// COMMAND COUNT
    static func count(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(engine.commands.records.count)
    }

    /// COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern]
    static func list(_ engine: inout Engine, _ call: Call) {
        guard call.count == 2 || call.count == 5 && call.isWord(2, "FILTERBY") else { return engine.syntaxError() }
        var names: [String] = []
        for record in engine.commands.records { collect(record, call, &names) }
        if call.count == 5, !call.isWord(3, "MODULE"), !call.isWord(3, "ACLCAT"), !call.isWord(3, "PATTERN") {
            return engine.syntaxError()
        }
        engine.reply.array(names.count)
        for name in names { engine.reply.bulk(string: name) }
    }

    private static func collect(_ record: CommandTable.Record, _ call: Call, _ names: inout [String]) {
        var isWanted = call.count == 2
        if !isWanted, call.isWord(3, "ACLCAT") {
            let category = call[4].string.lowercased()
            isWanted = record.command.categories.contains { "\($0)" == category }
        } else if !isWanted, call.isWord(3, "PATTERN") {
            let name = Array(record.fullName.utf8)
            isWanted = name.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return false }
                return GlobPattern.matches(call[4], ByteSlice(start: start, count: bytes.count), ignoringCase: true)
            }
        }
        if isWanted { names.append(record.fullName) }
        for subcommand in record.subcommands { collect(subcommand, call, &names) }
    }

    /// COMMAND INFO [name …]
    static func info(_ engine: inout Engine, _ call: Call) {
        if call.count == 2 {
            engine.reply.array(engine.commands.records.count)
            for index in engine.commands.records.indices { info(&engine, &engine.commands.records[index]) }
            return
        }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            if let record = engine.commands.record(fullName: call[index].array) {
                info(&engine, record)
            } else {
                engine.reply.null()
            }
        }
    }

    private static func info(_ engine: inout Engine, _ record: UnsafeMutablePointer<CommandTable.Record>) {
        let command = record.pointee.command
        engine.reply.array(10)
        engine.reply.bulk(string: record.pointee.fullName)
        engine.reply.integer(command.arity)
        let flags = CommandFlags.names.filter { command.flags.contains($0.0) }
        engine.reply.set(flags.count)
        for flag in flags { engine.reply.simple(flag.1) }
        engine.reply.integer(command.firstKey)
        engine.reply.integer(command.lastKey)
        engine.reply.integer(command.keyStep)
        engine.reply.set(command.categories.count)
        for category in command.categories { engine.reply.simple(string: "@\(category)") }
        engine.reply.set(command.tips.count)
        for tip in command.tips { engine.reply.bulk(tip) }
        engine.reply.set(command.keySpecifications.count)
        for specification in command.keySpecifications { write(specification, &engine) }
        // Redis shares one empty aggregate, a set.
        if record.pointee.subcommands.isEmpty { return engine.reply.set(0) }
        engine.reply.array(record.pointee.subcommands.count)
        for index in record.pointee.subcommands.indices {
            info(&engine, &record.pointee.subcommands[index])
        }
    }

    private static func write(_ specification: KeySpecification, _ engine: inout Engine) {
        engine.reply.map(specification.notes == nil ? 3 : 4)
        if let notes = specification.notes {
            engine.reply.bulk("notes")
            engine.reply.bulk(notes)
        }
        engine.reply.bulk("flags")
        engine.reply.set(specification.flags.count)
        for flag in specification.flags { engine.reply.simple(flag) }
        engine.reply.bulk("begin_search")
        switch specification.begin {
        case .index(let index): write("index", [("index", index)], &engine)
        case .keyword(let word, let from):
            engine.reply.map(2)
            engine.reply.bulk("type")
            engine.reply.bulk("keyword")
            engine.reply.bulk("spec")
            engine.reply.map(2)
            engine.reply.bulk("keyword")
            engine.reply.bulk(word)
            engine.reply.bulk("startfrom")
            engine.reply.integer(from)
        case .unknown: write("unknown", [], &engine)
        }
        engine.reply.bulk("find_keys")
        switch specification.find {
        case .range(let last, let step, let limit):
            write("range", [("lastkey", last), ("keystep", step), ("limit", limit)], &engine)
        case .keyCount(let countAt, let first, let step):
            write("keynum", [("keynumidx", countAt), ("firstkey", first), ("keystep", step)], &engine)
        case .unknown: write("unknown", [], &engine)
        }
    }

    private static func write(_ type: StaticString, _ fields: [(StaticString, Int)], _ engine: inout Engine) {
        engine.reply.map(2)
        engine.reply.bulk("type")
        engine.reply.bulk(type)
        engine.reply.bulk("spec")
        engine.reply.map(fields.count)
        for (name, value) in fields {
            engine.reply.bulk(name)
            engine.reply.integer(value)
        }
    }

    /// COMMAND DOCS [name …]
    static func docs(_ engine: inout Engine, _ call: Call) {
        var records: [UnsafeMutablePointer<CommandTable.Record>] = []
        if call.count == 2 {
            for index in engine.commands.records.indices { records.append(&engine.commands.records[index]) }
        } else {
            for index in 2..<call.count {
                if let record = engine.commands.record(fullName: call[index].array) { records.append(record) }
            }
        }
        engine.reply.map(records.count)
        for record in records { document(&engine, record) }
    }

    private static func document(_ engine: inout Engine, _ record: UnsafeMutablePointer<CommandTable.Record>) {
        let command = record.pointee.command
        engine.reply.bulk(string: record.pointee.fullName)
        let hasComplexity = command.complexity.utf8CodeUnitCount > 0
        let subcommands = record.pointee.subcommands
        engine.reply.map(3 + (hasComplexity ? 1 : 0) + (subcommands.isEmpty ? 0 : 1))
        engine.reply.bulk("summary")
        engine.reply.bulk(command.summary)
        engine.reply.bulk("since")
        engine.reply.bulk(command.since)
        engine.reply.bulk("group")
        engine.reply.bulk(command.group)
        if hasComplexity {
            engine.reply.bulk("complexity")
            engine.reply.bulk(command.complexity)
        }
        guard !subcommands.isEmpty else { return }
        engine.reply.bulk("subcommands")
        engine.reply.map(subcommands.count)
        for index in subcommands.indices { document(&engine, &record.pointee.subcommands[index]) }
    }

    /// COMMAND GETKEYS command [argument …]
    static func getKeys(_ engine: inout Engine, _ call: Call) {
        guard let (record, positions) = keys(&engine, call) else { return }
        _ = record
        engine.reply.array(positions.count)
        for position in positions { engine.reply.bulk(call[2 + position]) }
    }

    /// COMMAND GETKEYSANDFLAGS command [argument …]
    static func getKeysAndFlags(_ engine: inout Engine, _ call: Call) {
        guard let (record, _) = keys(&engine, call) else { return }
        let references = record.pointee.command.keyReferences(call.arguments + 2, call.count - 2)
        engine.reply.array(references.count)
        for reference in references {
            engine.reply.array(2)
            engine.reply.bulk(call[2 + reference.position])
            engine.reply.set(reference.flags.count)
            for flag in reference.flags { engine.reply.simple(flag) }
        }
    }

    private static func keys(
        _ engine: inout Engine,
        _ call: Call
    ) -> (UnsafeMutablePointer<CommandTable.Record>, [Int])? {
        guard let record = engine.commands.record(of: call.arguments + 2, call.count - 2) else {
            engine.fail("ERR Invalid command specified")
            return nil
        }
        let command = record.pointee.command
        // A shard channel is found like a key, but is none.
        let findsKeys = command.keySpecifications.contains { !$0.flags.contains { "\($0)" == "not_key" } }
        guard command.firstKey > 0 && command.keySpecifications.isEmpty || findsKeys || command.keyFinder != nil else {
            engine.fail("ERR The command has no key arguments")
            return nil
        }
        guard record.pointee.accepts(call.count - 2) else {
            engine.fail("ERR Invalid number of arguments specified for command")
            return nil
        }
        let positions = record.pointee.command.keyPositions(call.arguments + 2, call.count - 2)
        guard !positions.isEmpty || command.flags.contains(.noMandatoryKeys) else {
            engine.fail("ERR Invalid arguments specified for command")
            return nil
        }
        return (record, positions)
    }
}
