import Bytes
import RESP

/// Who a client is: a name, and the rules that say what it may do.
///
/// A class, because many sessions share it: when the rules change, every session of the user looks at its requests
/// anew. Confined to the engine's thread.
public final class User {
    public let name: [UInt8]
    /// Sessions of this user, so that they learn of changes; each knows its own place (`Session.placeInUser`).
    /// Unowned: `AccessControl.leave` takes a session out before it ends.
    var sessions: [Unmanaged<Session>] = []
    var rules: UserRules {
        didSet { for session in sessions { session.takeUnretainedValue().updateAttention() } }
    }

    init(name: [UInt8], rules: UserRules) {
        self.name = name
        self.rules = rules
    }

    /// Whether a client is this user without saying a password.
    var isOpen: Bool { rules.needsNoPassword && rules.isEnabled }
    /// Whether requests must be looked at.
    var isRestricted: Bool { !(rules.selectors.first?.isUnrestricted ?? false) }
}

/// What ACL SETUSER changes of a user. A value, so that a failed change leaves nothing behind.
struct UserRules {
    var isEnabled = false
    var needsNoPassword = false
    /// Nil until a word said something about it, which is then shown.
    var sanitizesPayload: Bool?
    /// SHA-256 in hexadecimal digits, in the order they were added.
    var passwords: [[UInt8]] = []
    /// The first is the user's own, the others were given in parentheses.
    var selectors: [Selector]

    init(_ table: CommandTable, allowsAllChannels: Bool) {
        var root = Selector(commandCount: table.identifierCount)
        root.allowsAllChannels = allowsAllChannels
        selectors = [root]
    }

    /// Applies one word of ACL SETUSER, parentheses already joined.
    mutating func apply(_ word: [UInt8], _ control: borrowing AccessControl) throws(RuleError) {
        switch String(decoding: word, as: UTF8.self).lowercased() {
        case "on": isEnabled = true
        case "off": isEnabled = false
        case "nopass":
            needsNoPassword = true
            passwords = []
        case "resetpass":
            needsNoPassword = false
            passwords = []
        case "skip-sanitize-payload": sanitizesPayload = false
        case "sanitize-payload": sanitizesPayload = true
        case "clearselectors": selectors.removeSubrange(1...)
        case "reset":
            self = UserRules(control.table, allowsAllChannels: control.allowsChannelsByDefault)
            sanitizesPayload = true
        case "": return
        default: try applyPrefixed(word, control.table)
        }
    }

    private mutating func applyPrefixed(_ word: [UInt8], _ table: CommandTable) throws(RuleError) {
        let rest = Array(word.dropFirst())
        switch word.first {
        case UInt8(ascii: ">"): addPassword(SHA256.hexadecimal(rest))
        case UInt8(ascii: "#"):
            guard Self.isHash(rest) else { throw .badHash }
            addPassword(rest)
        case UInt8(ascii: "<"): try removePassword(SHA256.hexadecimal(rest))
        case UInt8(ascii: "!"):
            guard Self.isHash(rest) else { throw .badHash }
            try removePassword(rest)
        case UInt8(ascii: "(") where word.last == UInt8(ascii: ")"):
            var selector = Selector(commandCount: table.identifierCount)
            for part in word.dropFirst().dropLast().split(separator: 32) { try selector.apply(Array(part), table) }
            selectors.append(selector)
        default: try selectors[0].apply(word, table)
        }
    }

    private mutating func addPassword(_ hash: [UInt8]) {
        if !passwords.contains(hash) { passwords.append(hash) }
        needsNoPassword = false
    }

    private mutating func removePassword(_ hash: [UInt8]) throws(RuleError) {
        guard let index = passwords.firstIndex(of: hash) else { throw .noSuchPassword }
        passwords.remove(at: index)
    }

    private static func isHash(_ bytes: [UInt8]) -> Bool {
        bytes.count == 64 && bytes.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
    }

    /// Whether `password` is one of the user's. Compares hashes without stopping at the first difference, so that
    /// time tells nothing about them.
    func accepts(_ password: ByteSlice) -> Bool {
        guard isEnabled else { return false }
        if needsNoPassword { return true }
        let guess = SHA256.hexadecimal(password.bytes)
        var isAccepted = false
        for known in passwords {
            var difference: UInt8 = 0
            for (a, b) in zip(known, guess) { difference |= a ^ b }
            if difference == 0 { isAccepted = true }
        }
        return isAccepted
    }

    /// Why the request is refused, or nil. Any selector that allows all of it is enough.
    func denial(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int
    ) -> AccessDenial? {
        // Keys are looked for only when some selector asks.
        let keys =
            selectors.contains { !$0.allowsAllKeys }
            ? record.pointee.command.keyReferences(arguments, count) : []
        var closest = AccessDenial.command
        for selector in selectors {
            guard let denial = selector.denial(record, arguments, count, keys) else { return nil }
            if denial.isCloser(than: closest) { closest = denial }
        }
        return closest
    }

    /// Whether each channel is allowed by some selector.
    func allows(_ channels: [[UInt8]], isPattern: Bool) -> Bool {
        channels.allSatisfy { channel in
            channel.withUnsafeBufferPointer { bytes in
                let name = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
                return selectors.contains { $0.allowsAllChannels || $0.allows(channel: name, isPattern: isPattern) }
            }
        }
    }

    /// The names of the flags that are set.
    var flags: [String] {
        var names = [isEnabled ? "on" : "off"]
        if needsNoPassword { names.append("nopass") }
        if let sanitizesPayload { names.append(sanitizesPayload ? "sanitize-payload" : "skip-sanitize-payload") }
        return names
    }

    /// The rules as words, as in ACL LIST.
    func description(_ table: CommandTable) -> [UInt8] {
        var words = flags.map { Array($0.utf8) }
        words += passwords.map { [UInt8(ascii: "#")] + $0 }
        words.append(selectors[0].description(table))
        words += selectors.dropFirst().map {
            [UInt8(ascii: "(")] + $0.description(table) + [UInt8(ascii: ")")]
        }
        return Array(words.joined(separator: [32]))
    }
}
