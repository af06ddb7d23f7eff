import RESP

/// A script that was compiled.
final class Script {
    let digest: SHA1
    /// The digest as errors show it.
    let name: [UInt8]
    let body: [UInt8]
    let function: Int32
    /// Nil for a script without a header, which is judged by what it calls.
    let flags: ScriptHeader.Flags?

    init(digest: SHA1, body: [UInt8], function: Int32, flags: ScriptHeader.Flags?) {
        self.digest = digest
        name = digest.hexadecimal
        self.body = body
        self.function = function
        self.flags = flags
    }
}

/// The scripts of EVAL: by digest, and by a quick look at the body, which spares EVAL the digest.
///
///     EVAL body ─ keyed hash ─▶ recent ─ same bytes? ─▶ script          else digest ─▶ scripts
struct ScriptCache {
    private static let recentCount = 256

    private var scripts: [SHA1: Script] = [:]
    private var recent: [Script?] = Array(repeating: nil, count: recentCount)
    /// Bytes of all bodies.
    private(set) var bodyBytes = 0

    var count: Int { scripts.count }

    subscript(digest: SHA1) -> Script? { scripts[digest] }

    /// The script with this body if it was used lately.
    func find(_ body: ByteSlice, _ hash: UInt64) -> Script? {
        guard let script = recent[Int(truncatingIfNeeded: hash) & (Self.recentCount - 1)],
            script.body.count == body.count
        else { return nil }
        let isSame = script.body.withUnsafeBytes { $0.elementsEqual(body.buffer) }
        return isSame ? script : nil
    }

    mutating func remember(_ script: Script, _ hash: UInt64) {
        recent[Int(truncatingIfNeeded: hash) & (Self.recentCount - 1)] = script
    }

    mutating func insert(_ script: Script) {
        scripts[script.digest] = script
        bodyBytes += script.body.count
    }

    mutating func removeAll() { self = ScriptCache() }
}
