import CLua
import RESP

/// What a script or library says about itself in its first line.
///
///     #!lua flags=no-writes,allow-stale       a script
///     #!lua name=shop                         a library
enum ScriptHeader {
    /// Flags of a script or a function; the values are CLua's.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt32
        static let noWrites = Flags(rawValue: 1 << 0)
        static let allowOOM = Flags(rawValue: 1 << 1)
        static let allowStale = Flags(rawValue: 1 << 2)
        static let noCluster = Flags(rawValue: 1 << 3)
        static let allowCrossSlotKeys = Flags(rawValue: 1 << 4)

        /// In redis's order, for FUNCTION LIST.
        static let names: [(Flags, StaticString)] = [
            (.noWrites, "no-writes"), (.allowOOM, "allow-oom"), (.allowStale, "allow-stale"),
            (.noCluster, "no-cluster"), (.allowCrossSlotKeys, "allow-cross-slot-keys"),
        ]
    }

    struct Problem: Error {
        let text: [UInt8]

        init(_ text: String, _ detail: [UInt8] = []) { self.text = Array(text.utf8) + detail }
    }

    /// Where the first line ends; nil when it does not begin with `#!`.
    private static func lineEnd(_ code: ByteSlice) throws(Problem) -> Int? {
        guard code.count >= 2, code[0] == UInt8(ascii: "#"), code[1] == UInt8(ascii: "!") else { return nil }
        for index in 0..<code.count where code[index] == 10 { return index }
        throw Problem("")
    }

    /// The flags of a script and where its code begins; flags are nil for a script without a header.
    static func read(script: ByteSlice) throws(Problem) -> (flags: Flags?, bodyOffset: Int) {
        let end: Int?
        do { end = try lineEnd(script) } catch { throw Problem("ERR Invalid script shebang") }
        guard let end else { return (nil, 0) }
        guard let words = InlineArguments.words(ByteSlice(start: script.start, count: end)), let engine = words.first
        else { throw Problem("ERR Invalid engine in script shebang") }
        guard engine == Array("#!lua".utf8) else {
            throw Problem("ERR Unexpected engine in script shebang: ", engine)
        }
        var flags: Flags = []
        let prefix = Array("flags=".utf8)
        for word in words.dropFirst() {
            guard word.starts(with: prefix) else { throw Problem("ERR Unknown lua shebang option: ", word) }
            let list = word.dropFirst(prefix.count)
            if list.isEmpty { continue }
            for name in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                guard let flag = flag(named: Array(name)) else {
                    throw Problem("ERR Unexpected flag in script shebang: ", Array(name))
                }
                flags.insert(flag)
            }
        }
        return (flags, end)
    }

    /// The name of a library and where its code begins.
    static func read(library: ByteSlice) throws(Problem) -> (name: [UInt8], engine: [UInt8], bodyOffset: Int) {
        let end: Int?
        do { end = try lineEnd(library) } catch { throw Problem("ERR Invalid library metadata") }
        guard let end else { throw Problem("ERR Missing library metadata") }
        guard let words = InlineArguments.words(ByteSlice(start: library.start, count: end)), let engine = words.first
        else { throw Problem("ERR Invalid library metadata") }
        var name: [UInt8]?
        for word in words.dropFirst() {
            guard word.count >= 5, lowercased(word.prefix(5)) == Array("name=".utf8) else {
                throw Problem("ERR Invalid metadata value given: ", word)
            }
            guard name == nil else {
                throw Problem("ERR Invalid metadata value, name argument was given multiple times")
            }
            name = Array(word.dropFirst(5))
        }
        guard let name else { throw Problem("ERR Library name was not given") }
        return (name, Array(engine.dropFirst(2)), end)
    }

    static func flag(named name: [UInt8]) -> Flags? {
        let value = name.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return UInt32(0) }
            return clua_flag(start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return value == 0 ? nil : Flags(rawValue: value)
    }

    static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 }
    }

    /// Letters, digits and underscores, at least one.
    static func isName(_ name: some Collection<UInt8>) -> Bool {
        !name.isEmpty
            && name.allSatisfy { byte in
                (byte >= 48 && byte <= 57) || (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte == UInt8(ascii: "_")
            }
    }
}
