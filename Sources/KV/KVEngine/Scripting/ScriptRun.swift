import Bytes
import CLua
import RESP

/// One run of a script or function, or of a library's code, and what Lua asks for meanwhile.
///
/// It lies on the stack of whoever started the run; CLua carries its address. The callbacks below are called from C
/// that may leave by longjmp as soon as they have returned: they hold nothing and throw nothing.
struct ScriptRun {
    let engine: UnsafeMutablePointer<Engine>
    let call: Call
    /// The SHA or the function's name.
    let name: ByteSlice
    let isFunction: Bool
    let isReadOnly: Bool
    let startedAt: Int64
    /// It may write when memory is used up.
    var allowsOutOfMemory = false
    /// The library that is loading.
    var library: FunctionLibrary?
    var hasWritten = false
    /// It ran longer than busy-reply-threshold.
    var isBusy = false
    var isKilled = false

    /// FUNCTION LOAD may take this long, milliseconds.
    private static let loadLimit: Int64 = 500

    private static func of(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<ScriptRun> {
        // Every run hands its own address to CLua, which gives it back.
        context.unsafelyUnwrapped.assumingMemoryBound(to: ScriptRun.self)
    }

    static var callbacks: clua_host {
        clua_host(
            call: { context, arguments, count, protocolVersion, replication in
                let run = ScriptRun.of(context)
                // A slice of C is laid out as ours.
                let slices = UnsafeRawPointer(arguments.unsafelyUnwrapped).assumingMemoryBound(to: ByteSlice.self)
                let reply = run.pointee.engine.pointee.perform(
                    slices,
                    count,
                    of: run,
                    version: UInt8(truncatingIfNeeded: protocolVersion),
                    isReplicated: replication & 2 != 0
                )
                return clua_slice(start: reply.start, count: reply.count)
            },
            write: { context, bytes, count in
                guard let bytes else { return }
                ScriptRun.of(context).pointee.engine.pointee.reply.buffer.append(bytes, count: count)
            },
            write_bulk: { context, bytes, count in
                guard let bytes else { return }
                ScriptRun.of(context).pointee.engine.pointee.reply.bulk(bytes, count: count)
            },
            write_integer: { context, value in
                ScriptRun.of(context).pointee.engine.pointee.reply.integer(value)
            },
            fail: { context, text, count, isCounted in
                let bytes = Array(UnsafeRawBufferPointer(start: text, count: count))
                let engine = ScriptRun.of(context).pointee.engine
                if isCounted != 0 { engine.pointee.reply.error(bytes: bytes) } else { engine.pointee.fail(bytes) }
            },
            interrupt: { context in
                guard let context else { return Int32(CLUA_CONTINUE) }
                return ScriptRun.interrupt(ScriptRun.of(context))
            },
            log: { context, level, text, count in
                let bytes = Array(UnsafeRawBufferPointer(start: text, count: count))
                ScriptRun.of(context).pointee.engine.pointee.scripting.host.log(Int(level), bytes)
            },
            check_access: { context, arguments, count in
                let run = ScriptRun.of(context)
                let slices = UnsafeRawPointer(arguments.unsafelyUnwrapped).assumingMemoryBound(to: ByteSlice.self)
                return run.pointee.engine.pointee.checkAccess(slices, count, of: run)
            },
            sha1: { bytes, count, digits in
                let digest = SHA1(of: UnsafeRawBufferPointer(start: bytes, count: count))
                for (index, digit) in digest.hexadecimal.enumerated() { digits?[index] = CChar(bitPattern: digit) }
            },
            register_function: { context, name, description, hasDescription, flags, function in
                guard let library = ScriptRun.of(context).pointee.library else { return nil }
                let problem = library.register(
                    RegisteredFunction(
                        name: Array(UnsafeBufferPointer(start: name.start, count: name.count)),
                        description: hasDescription == 0
                            ? nil : Array(UnsafeBufferPointer(start: description.start, count: description.count)),
                        flags: ScriptHeader.Flags(rawValue: flags),
                        function: function
                    )
                )
                return problem.map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) }
            }
        )
    }

    /// Lets others in when the run takes long, and says how it goes on.
    private static func interrupt(_ run: UnsafeMutablePointer<ScriptRun>) -> Int32 {
        let engine = run.pointee.engine
        let elapsed = engine.pointee.scripting.host.monotonicMilliseconds() - run.pointee.startedAt
        if run.pointee.library != nil {
            return Int32(elapsed >= loadLimit ? CLUA_TIMEOUT : CLUA_CONTINUE)
        }
        if run.pointee.isKilled { return Int32(CLUA_KILL_SCRIPT) }
        let threshold = Int64(engine.pointee.settings.busyReplyThreshold)
        guard threshold > 0, elapsed >= threshold else { return Int32(CLUA_CONTINUE) }
        run.pointee.isBusy = true
        let serveOthers = engine.pointee.scripting.host.serveOthers
        if serveOthers(engine) { run.pointee.isKilled = true }
        return Int32(run.pointee.isKilled ? CLUA_KILL_SCRIPT : CLUA_CONTINUE)
    }
}
