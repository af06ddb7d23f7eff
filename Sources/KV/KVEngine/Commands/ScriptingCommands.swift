import Bytes
import CLua
import RESP

/// EVAL and its like, SCRIPT.
enum ScriptingCommands {
    /// EVAL script numkeys [key …] [arg …]
    static func eval(_ engine: inout Engine, _ call: Call) { evaluate(&engine, call, isReadOnly: false) }

    /// EVAL_RO script numkeys [key …] [arg …]
    static func evalReadOnly(_ engine: inout Engine, _ call: Call) {
        evaluate(&engine, call, isReadOnly: true)
    }

    /// EVALSHA sha1 numkeys [key …] [arg …]
    static func evalSHA(_ engine: inout Engine, _ call: Call) {
        evaluateSHA(&engine, call, isReadOnly: false)
    }

    /// EVALSHA_RO sha1 numkeys [key …] [arg …]
    static func evalSHAReadOnly(_ engine: inout Engine, _ call: Call) {
        evaluateSHA(&engine, call, isReadOnly: true)
    }

    private static func evaluate(_ engine: inout Engine, _ call: Call, isReadOnly: Bool) {
        guard let keyCount = keyCount(&engine, call) else { return }
        guard let script = script(call[1], &engine) else { return }
        run(script, &engine, call, keyCount, isReadOnly)
    }

    private static func evaluateSHA(_ engine: inout Engine, _ call: Call, isReadOnly: Bool) {
        guard call[1].count == 40 else { return noScript(&engine) }
        guard let keyCount = keyCount(&engine, call) else { return }
        guard let digest = SHA1(hexadecimal: call[1]), let script = engine.scripting.cache[digest] else {
            return noScript(&engine)
        }
        run(script, &engine, call, keyCount, isReadOnly)
    }

    private static func noScript(_ engine: inout Engine) {
        engine.fail("NOSCRIPT No matching script. Please use EVAL.")
    }

    private static func run(
        _ script: Script,
        _ engine: inout Engine,
        _ call: Call,
        _ keyCount: Int,
        _ isReadOnly: Bool
    ) {
        guard let state = engine.scripting.evaluator() else { return engine.fail("ERR not enough memory") }
        let target = Engine.ScriptTarget(
            state: state,
            function: script.function,
            name: script.name,
            isFunction: false,
            flags: script.flags
        )
        engine.runScript(target, call, keyCount: keyCount, isReadOnly: isReadOnly)
    }

    /// The number of keys at index 2; nil with the error written when it cannot be.
    private static func keyCount(_ engine: inout Engine, _ call: Call) -> Int? {
        guard let count = engine.integer(call[2]) else { return nil }
        return check(count, &engine, call)
    }

    static func check(_ count: Int64, _ engine: inout Engine, _ call: Call) -> Int? {
        if count > Int64(call.count - 3) {
            engine.fail("ERR Number of keys can't be greater than number of args")
            return nil
        }
        if count < 0 {
            engine.fail("ERR Number of keys can't be negative")
            return nil
        }
        return Int(count)
    }

    /// The script with this body, compiled now if it is new; nil with the error written when it does not compile.
    private static func script(_ body: ByteSlice, _ engine: inout Engine) -> Script? {
        let hash = engine.hash(body)
        if let script = engine.scripting.cache.find(body, hash) { return script }
        let digest = SHA1(of: body.buffer)
        if let script = engine.scripting.cache[digest] {
            engine.scripting.cache.remember(script, hash)
            return script
        }
        let header: (flags: ScriptHeader.Flags?, bodyOffset: Int)
        do { header = try ScriptHeader.read(script: body) } catch {
            engine.fail(error.text)
            return nil
        }
        guard let state = engine.scripting.evaluator() else {
            engine.fail("ERR not enough memory")
            return nil
        }
        let code = body.dropFirst(header.bodyOffset)
        var message = clua_slice(start: nil, count: 0)
        let function = clua_compile(state, clua_slice(start: code.start, count: code.count), &message)
        guard function > 0 else {
            engine.fail(
                Array("ERR Error compiling script (new function): ".utf8)
                    + Array(UnsafeBufferPointer(start: message.start, count: message.count))
            )
            return nil
        }
        let script = Script(digest: digest, body: body.array, function: function, flags: header.flags)
        engine.scripting.cache.insert(script)
        engine.scripting.cache.remember(script, hash)
        return script
    }

    // MARK: SCRIPT

    /// SCRIPT LOAD script
    static func load(_ engine: inout Engine, _ call: Call) {
        if let script = script(call[2], &engine) { engine.reply.bulk(script.name) }
    }

    /// SCRIPT EXISTS sha1 [sha1 …]
    static func exists(_ engine: inout Engine, _ call: Call) {
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            let isKnown = SHA1(hexadecimal: call[index]).map { engine.scripting.cache[$0] != nil } ?? false
            engine.reply.integer(isKnown ? 1 : 0)
        }
    }

    /// SCRIPT FLUSH [ASYNC|SYNC]
    static func flush(_ engine: inout Engine, _ call: Call) {
        guard call.count == 2 || (call.count == 3 && (call.isWord(2, "SYNC") || call.isWord(2, "ASYNC"))) else {
            return engine.fail("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
        }
        engine.scripting.flushScripts()
        engine.reply.ok()
    }

    /// SCRIPT KILL
    static func kill(_ engine: inout Engine, _ call: Call) { engine.killScript(isFunction: false) }

    /// SCRIPT DEBUG YES|SYNC|NO
    static func debug(_ engine: inout Engine, _ call: Call) {
        // The debugger would take the connection over, with nothing of before on its way.
        guard engine.reply.buffer.isEmpty else {
            return engine.fail("ERR SCRIPT DEBUG must be called outside a pipeline")
        }
        if call.isWord(2, "NO") { return engine.reply.ok() }
        guard call.isWord(2, "YES") || call.isWord(2, "SYNC") else {
            return engine.fail("ERR Use SCRIPT DEBUG YES/SYNC/NO")
        }
        engine.fail("ERR The Lua debugger is not provided by this server")
    }

    static func help(_ engine: inout Engine, _ call: Call) { engine.help("SCRIPT", helpLines, call) }
}
