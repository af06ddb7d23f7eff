import Bytes
import RESP

/// The users of a server, and the log of what they were refused.
///
///     AUTH ─▶ user ◀─ session ◀─ executor: `needsAttention` only when the user is restricted
///
/// Changed by ACL (`AccessCommands`), by `user` directives and by the ACL file, which the server reads.
struct AccessControl {
    let table: CommandTable
    private(set) var users: [[UInt8]: User] = [:]
    /// What sessions are before AUTH. Always the same object; it cannot be removed.
    let defaultUser: User
    /// `acl-pubsub-default allchannels`
    var allowsChannelsByDefault = false
    /// `acllog-max-len`
    var logCapacity = 128
    var log: [AccessLogEntry] = []

    init(_ table: CommandTable) {
        self.table = table
        defaultUser = User(name: Array("default".utf8), rules: Self.unrestricted(table))
        users[defaultUser.name] = defaultUser
    }

    /// What the default user may do at first: everything, without a password.
    private static func unrestricted(_ table: CommandTable) -> UserRules {
        var rules = UserRules(table, allowsAllChannels: true)
        rules.isEnabled = true
        rules.needsNoPassword = true
        rules.selectors[0].allowsAllKeys = true
        rules.selectors[0].allowsAllCommands = true
        rules.selectors[0].commands.setAll(true)
        return rules
    }

    /// The users by name, as ACL LIST and ACL SAVE show them.
    var sortedUsers: [User] { users.values.sorted { $0.name.lexicographicallyPrecedes($1.name) } }

    func makeRules() -> UserRules { UserRules(table, allowsAllChannels: allowsChannelsByDefault) }

    mutating func set(_ rules: UserRules, for name: [UInt8]) {
        if let user = users[name] { user.rules = rules } else { users[name] = User(name: name, rules: rules) }
    }

    mutating func remove(_ name: [UInt8]) -> User? { users.removeValue(forKey: name) }

    /// The user as a line of ACL LIST, of the ACL file, and of redis.conf.
    func line(_ user: User) -> [UInt8] {
        Array("user ".utf8) + user.name + [32] + user.rules.description(table)
    }

    // MARK: - Rules

    /// The words of ACL SETUSER with those between parentheses joined; nil with the offending word when one is never
    /// closed.
    static func joined(_ words: [[UInt8]], _ unmatched: inout [UInt8]) -> [[UInt8]]? {
        var result: [[UInt8]] = []
        var open: [UInt8]?
        for word in words {
            if let begun = open {
                open = begun + [32] + word
            } else if word.first == UInt8(ascii: "("), word.last != UInt8(ascii: ")") {
                open = word
                unmatched = word
                continue
            } else {
                result.append(word)
                continue
            }
            if let selector = open, word.last == UInt8(ascii: ")") {
                result.append(selector)
                open = nil
            }
        }
        return open == nil ? result : nil
    }

    /// Applies words to rules; returns what is wrong with which word, or nil.
    func apply(_ words: [[UInt8]], to rules: inout UserRules) -> (word: [UInt8], error: RuleError)? {
        for word in words {
            do throws(RuleError) { try rules.apply(word, self) } catch { return (word, error) }
        }
        return nil
    }

    /// `requirepass`: the default user's only password, or none needed.
    func setDefaultPassword(_ password: [UInt8]) {
        defaultUser.rules.passwords = password.isEmpty ? [] : [SHA256.hexadecimal(password)]
        defaultUser.rules.needsNoPassword = password.isEmpty
    }

    // MARK: - Sessions

    /// Makes the session one of the user's; nil takes it out of all.
    static func join(_ session: Session, _ user: User?) {
        if let old = session.user {
            // The last takes the place of the one that goes.
            let last = old.sessions.removeLast()
            let lastSession = last.takeUnretainedValue()
            if lastSession !== session {
                old.sessions[session.placeInUser] = last
                lastSession.placeInUser = session.placeInUser
            }
        }
        session.user = user
        guard let user else { return }
        session.placeInUser = user.sessions.count
        user.sessions.append(Unmanaged.passUnretained(session))
    }

    // MARK: - Log

    /// Notes a refusal; one like it within a minute is counted instead.
    mutating func note(_ entry: AccessLogEntry, at now: Int64) {
        if let index = log.firstIndex(where: { $0.isLike(entry) && now - $0.time <= 60_000 }) {
            var known = log.remove(at: index)
            known.count += 1
            known.time = now
            known.client = entry.client
            log.insert(known, at: 0)
        } else {
            log.insert(entry, at: 0)
        }
        trimLog()
    }

    mutating func trimLog() {
        if log.count > logCapacity { log.removeLast(log.count - max(0, logCapacity)) }
    }
}

/// One line of ACL LOG.
struct AccessLogEntry {
    var count: Int64 = 1
    /// `command`, `key`, `channel`, `auth`
    let reason: StaticString
    /// `toplevel`, `multi`, `lua`
    let context: StaticString
    let object: [UInt8]
    let user: [UInt8]
    var time: Int64
    var client: String

    func isLike(_ other: AccessLogEntry) -> Bool {
        "\(reason)" == "\(other.reason)" && "\(context)" == "\(other.context)" && object == other.object
            && user == other.user
    }
}
