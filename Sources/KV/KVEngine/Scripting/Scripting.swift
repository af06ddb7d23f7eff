import Bytes
import CLua
import RESP

/// What scripts need of the world outside of the engine, which has neither clock nor loop.
public struct ScriptHost {
    public var monotonicMilliseconds: () -> Int64 = { 0 }
    /// Answers other clients while a script runs for long; true ends the script.
    public var serveOthers: (UnsafeMutablePointer<Engine>) -> Bool = { _ in false }
    /// `redis.log`: the level (0 debug … 3 warning) and the text.
    public var log: (Int, [UInt8]) -> Void = { _, _ in }

    public init() {}
}

/// All that scripts keep between runs. Lua states are made when they are first needed.
///
///     EVAL      ─▶ evaluator     KEYS and ARGV are globals
///     FUNCTION  ─▶ functions     keys and arguments are parameters
struct Scripting: ~Copyable {
    /// Bytes that one Lua state may hold: a script that wants more gets an error.
    static let memoryLimit = 512 << 20

    private var evaluatorState: OpaquePointer?
    private var functionState: OpaquePointer?
    private let random: UnsafeMutablePointer<UInt64>
    var cache = ScriptCache()
    var libraries = FunctionLibraries()
    /// Who the commands of scripts come from: SELECT of a script is its own.
    let session = Session(identifier: 0)
    /// The replies to commands of scripts.
    var replies = ByteBuffer()
    /// What runs at this moment.
    var run: UnsafeMutablePointer<ScriptRun>?
    /// The library that FUNCTION LOAD builds at this moment.
    var host = ScriptHost()

    init() {
        random = .allocate(capacity: 1)
        random.initialize(to: CLUA_RANDOM_SEED)
        session.isScript = true
    }

    deinit {
        if let evaluatorState { clua_free(evaluatorState) }
        if let functionState { clua_free(functionState) }
        random.deallocate()
    }

    mutating func evaluator() -> OpaquePointer? {
        if evaluatorState == nil { evaluatorState = make(CLUA_EVAL) }
        return evaluatorState
    }

    mutating func functions() -> OpaquePointer? {
        if functionState == nil { functionState = make(CLUA_FUNCTIONS) }
        return functionState
    }

    private func make(_ kind: Int) -> OpaquePointer? {
        var callbacks = ScriptRun.callbacks
        return clua_new(Int32(kind), Self.memoryLimit, &callbacks, random)
    }

    /// SCRIPT FLUSH
    mutating func flushScripts() {
        cache.removeAll()
        if let evaluatorState { clua_free(evaluatorState) }
        evaluatorState = nil
    }

    /// FUNCTION FLUSH
    mutating func flushFunctions() {
        libraries = FunctionLibraries()
        if let functionState { clua_free(functionState) }
        functionState = nil
    }

    var evaluatorMemory: Int { evaluatorState.map { clua_memory($0) } ?? 0 }
    var functionMemory: Int { functionState.map { clua_memory($0) } ?? 0 }
}

extension Engine {
    /// Figures for INFO.
    public struct ScriptingFigures {
        public let evaluatorMemory, functionMemory: Int
        public let scripts, functions, libraries: Int
        public let scriptBytes, functionBytes: Int
    }

    public var scriptingFigures: ScriptingFigures {
        ScriptingFigures(
            evaluatorMemory: scripting.evaluatorMemory,
            functionMemory: scripting.functionMemory,
            scripts: scripting.cache.count,
            functions: scripting.libraries.functionCount,
            libraries: scripting.libraries.libraries.count,
            scriptBytes: scripting.cache.bodyBytes,
            functionBytes: scripting.libraries.codeBytes
        )
    }

    /// Joins scripts to the clock, the loop and the log.
    public mutating func setScriptHost(_ host: ScriptHost) { scripting.host = host }
}
