import Bytes
import CLua
import RESP

/// FCALL, FCALL_RO, FUNCTION.
enum FunctionCommands {
    /// FCALL function numkeys [key …] [arg …]
    static func fcall(_ engine: inout Engine, _ call: Call) { run(&engine, call, isReadOnly: false) }

    /// FCALL_RO function numkeys [key …] [arg …]
    static func fcallReadOnly(_ engine: inout Engine, _ call: Call) { run(&engine, call, isReadOnly: true) }

    private static func run(_ engine: inout Engine, _ call: Call, isReadOnly: Bool) {
        guard let function = engine.scripting.libraries.function(named: call[1].array) else {
            return engine.fail("ERR Function not found")
        }
        guard let count = ASCII.parseInt64(call[2].buffer) else {
            return engine.fail("ERR Bad number of keys provided")
        }
        guard let keyCount = ScriptingCommands.check(count, &engine, call) else { return }
        guard let state = engine.scripting.functions() else { return engine.fail("ERR not enough memory") }
        let target = Engine.ScriptTarget(
            state: state,
            function: function.function,
            name: function.name,
            isFunction: true,
            flags: function.flags
        )
        engine.runScript(target, call, keyCount: keyCount, isReadOnly: isReadOnly)
    }

    // MARK: Libraries

    /// FUNCTION LOAD [REPLACE] code
    static func load(_ engine: inout Engine, _ call: Call) {
        var isReplacing = false
        for index in 2..<(call.count - 1) {
            guard call.isWord(index, "REPLACE") else {
                return engine.fail(Array("ERR Unknown option given: ".utf8) + Engine.excerpt(call[index], 1024))
            }
            isReplacing = true
        }
        let libraries = engine.scripting.libraries
        switch makeLibrary(call[call.count - 1], &engine, among: libraries, isReplacing: isReplacing) {
        case .failure(let problem): engine.fail(problem.text)
        case .success(let library):
            if let replaced = libraries[library: library.name] { remove(replaced, &engine) }
            engine.scripting.libraries.insert(library)
            engine.dirty += 1
            engine.reply.bulk(library.name)
        }
    }

    /// Runs the code of a library and checks what it registered; puts it nowhere.
    static func makeLibrary(
        _ code: ByteSlice,
        _ engine: inout Engine,
        among libraries: FunctionLibraries,
        isReplacing: Bool
    ) -> Result<FunctionLibrary, ScriptHeader.Problem> {
        let header: (name: [UInt8], engine: [UInt8], bodyOffset: Int)
        do { header = try ScriptHeader.read(library: code) } catch { return .failure(error) }
        guard ScriptHeader.isName(header.name) else { return .failure(.init("ERR \(FunctionLibrary.badName)")) }
        guard ScriptHeader.lowercased(header.engine) == Array("lua".utf8) else {
            return .failure(.init("ERR Engine '\(String(decoding: header.engine, as: UTF8.self))' not found"))
        }
        let replaced = libraries[library: header.name]
        if replaced != nil, !isReplacing {
            return .failure(.init("ERR Library '\(String(decoding: header.name, as: UTF8.self))' already exists"))
        }
        let library = FunctionLibrary(name: header.name, code: code.array)
        if let problem = engine.runLibrary(library, code.dropFirst(header.bodyOffset)) {
            discard(library, &engine)
            return .failure(problem)
        }
        guard !library.functions.isEmpty else { return .failure(.init("ERR No functions registered")) }
        if let name = libraries.conflict(of: library, replacing: replaced) {
            discard(library, &engine)
            return .failure(.init("ERR Function \(String(decoding: name, as: UTF8.self)) already exists"))
        }
        return .success(library)
    }

    private static func remove(_ library: FunctionLibrary, _ engine: inout Engine) {
        engine.scripting.libraries.remove(library)
        discard(library, &engine)
    }

    /// Lets go of the functions of a library that is not, or no longer, to be called.
    private static func discard(_ library: FunctionLibrary, _ engine: inout Engine) {
        guard let state = engine.scripting.functions() else { return }
        for function in library.functions { clua_forget(state, function.function) }
    }

    /// FUNCTION DELETE library
    static func delete(_ engine: inout Engine, _ call: Call) {
        guard let library = engine.scripting.libraries[library: call[2].array] else {
            return engine.fail("ERR Library not found")
        }
        remove(library, &engine)
        engine.dirty += 1
        engine.reply.ok()
    }

    /// FUNCTION FLUSH [ASYNC|SYNC]
    static func flush(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        guard call.count == 2 || call.isWord(2, "SYNC") || call.isWord(2, "ASYNC") else {
            return engine.fail("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
        }
        engine.scripting.flushFunctions()
        engine.dirty += 1
        engine.reply.ok()
    }

    /// FUNCTION KILL
    static func kill(_ engine: inout Engine, _ call: Call) { engine.killScript(isFunction: true) }

    // MARK: As bytes

    /// FUNCTION DUMP
    static func dump(_ engine: inout Engine, _ call: Call) {
        var writer = RDBWriter()
        engine.forEachLibrary { code in
            writer.byte(libraryForm)
            writer.string(code)
        }
        DumpCommands.finish(&writer)
        engine.reply.bulk(RDBCursor.slice(writer.buffer.bytes))
    }

    /// RDB's code for a library: its code follows as a string.
    static let libraryForm: UInt8 = 0xF5
    private static let earlyLibraryForm: UInt8 = 0xF6

    private enum Policy {
        case append, replace, flush
    }

    /// FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE]
    static func restore(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 4 else { return engine.wrongSubcommandUse(call) }
        var policy = Policy.append
        if call.count == 4 {
            if call.isWord(3, "FLUSH") {
                policy = .flush
            } else if call.isWord(3, "REPLACE") {
                policy = .replace
            } else if !call.isWord(3, "APPEND") {
                return engine.fail("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
            }
        }
        guard DumpCommands.isGenuine(call[2]) else {
            return engine.fail("ERR DUMP payload version or checksum are wrong")
        }
        switch libraries(in: call[2], &engine) {
        case .failure(let problem): engine.fail(problem.text)
        case .success(let libraries):
            if let problem = join(libraries, policy, &engine) {
                for library in libraries { discard(library, &engine) }
                return engine.fail(problem)
            }
            engine.dirty += 1
            engine.reply.ok()
        }
    }

    /// Makes all libraries of a payload, or none.
    private static func libraries(
        in payload: ByteSlice,
        _ engine: inout Engine
    ) -> Result<[FunctionLibrary], ScriptHeader.Problem> {
        var made = FunctionLibraries()
        var result: [FunctionLibrary] = []
        let bytes = UnsafeRawBufferPointer(start: payload.raw, count: payload.count - DumpCommands.footerSize)
        var cursor = RDBCursor(bytes)
        var problem: ScriptHeader.Problem?
        while cursor.offset < bytes.count, problem == nil {
            let form = bytes[cursor.offset]
            cursor.offset += 1
            guard form == libraryForm else {
                let isEarly = form == earlyLibraryForm
                problem = .init(isEarly ? "ERR Failed loading engine name" : "ERR given type is not a function")
                break
            }
            guard let code = try? cursor.array() else {
                problem = .init("ERR Failed loading library payload")
                break
            }
            switch code.withSlice({ makeLibrary($0, &engine, among: made, isReplacing: false) }) {
            case .failure(let failure): problem = failure
            case .success(let library):
                made.insert(library)
                result.append(library)
            }
        }
        guard let problem else { return .success(result) }
        for library in result { discard(library, &engine) }
        return .failure(problem)
    }

    /// Adds libraries to those that are there; nothing happens when they do not fit, and the reason is returned.
    private static func join(_ libraries: [FunctionLibrary], _ policy: Policy, _ engine: inout Engine) -> String? {
        if policy == .flush {
            for library in Array(engine.scripting.libraries.libraries.values) { remove(library, &engine) }
        }
        var staying = engine.scripting.libraries
        for library in libraries {
            guard let present = staying[library: library.name] else { continue }
            guard policy == .replace else {
                return "ERR Library \(String(decoding: library.name, as: UTF8.self)) already exists"
            }
            staying.remove(present)
        }
        for library in libraries {
            if let name = staying.conflict(of: library, replacing: nil) {
                return "ERR Function \(String(decoding: name, as: UTF8.self)) already exists"
            }
        }
        for library in libraries {
            if let present = engine.scripting.libraries[library: library.name] { remove(present, &engine) }
            engine.scripting.libraries.insert(library)
        }
        return nil
    }

    // MARK: What there is

    /// FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]
    static func list(_ engine: inout Engine, _ call: Call) {
        var withCode = false
        var pattern: ByteSlice?
        var index = 2
        while index < call.count {
            if !withCode, call.isWord(index, "WITHCODE") {
                withCode = true
            } else if pattern == nil, call.isWord(index, "LIBRARYNAME") {
                index += 1
                guard index < call.count else { return engine.fail("ERR library name argument was not given") }
                pattern = call[index]
            } else {
                return engine.fail(Array("ERR Unknown argument ".utf8) + Engine.excerpt(call[index], 1024))
            }
            index += 1
        }
        let libraries = engine.scripting.libraries.libraries.values.filter { library in
            guard let pattern else { return true }
            return library.name.withUnsafeBufferPointer { name in
                guard let start = name.baseAddress else { return false }
                return GlobPattern.matches(pattern, ByteSlice(start: start, count: name.count), ignoringCase: true)
            }
        }
        engine.reply.array(libraries.count)
        for library in libraries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            show(library, withCode, &engine.reply)
        }
    }

    private static func show(_ library: FunctionLibrary, _ withCode: Bool, _ reply: inout ReplyWriter) {
        reply.map(withCode ? 4 : 3)
        reply.bulk("library_name")
        reply.bulk(library.name)
        reply.bulk("engine")
        reply.bulk("LUA")
        reply.bulk("functions")
        reply.array(library.functions.count)
        for function in library.functions {
            reply.map(3)
            reply.bulk("name")
            reply.bulk(function.name)
            reply.bulk("description")
            if let description = function.description { reply.bulk(description) } else { reply.null() }
            reply.bulk("flags")
            let names = ScriptHeader.Flags.names.filter { function.flags.contains($0.0) }
            reply.set(names.count)
            for (_, name) in names { reply.simple(name) }
        }
        if withCode {
            reply.bulk("library_code")
            reply.bulk(library.code)
        }
    }

    /// FUNCTION STATS
    static func stats(_ engine: inout Engine, _ call: Call) {
        if let run = engine.scripting.run, !run.pointee.isFunction { return engine.fail(engine.busyReply) }
        engine.reply.map(2)
        engine.reply.bulk("running_script")
        if let run = engine.scripting.run, run.pointee.isFunction {
            let running = run.pointee.call
            engine.reply.map(3)
            engine.reply.bulk("name")
            engine.reply.bulk(run.pointee.name)
            engine.reply.bulk("command")
            engine.reply.array(running.count)
            for index in 0..<running.count { engine.reply.bulk(running[index]) }
            engine.reply.bulk("duration_ms")
            engine.reply.integer(engine.scripting.host.monotonicMilliseconds() - run.pointee.startedAt)
        } else {
            engine.reply.null()
        }
        engine.reply.bulk("engines")
        engine.reply.map(1)
        engine.reply.bulk("LUA")
        engine.reply.map(2)
        engine.reply.bulk("libraries_count")
        engine.reply.integer(engine.scripting.libraries.libraries.count)
        engine.reply.bulk("functions_count")
        engine.reply.integer(engine.scripting.libraries.functionCount)
    }

    static func help(_ engine: inout Engine, _ call: Call) { engine.help("FUNCTION", helpLines, call) }
}
