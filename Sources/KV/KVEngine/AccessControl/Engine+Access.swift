import RESP

/// Where access control meets requests: sessions get their user, requests are admitted or refused.
extension Engine {
    /// A new client's session, of the default user.
    public mutating func makeSession(identifier: Int64) -> Session {
        let session = Session(identifier: identifier)
        AccessControl.join(session, accessControl.defaultUser)
        session.hasAuthenticated = accessControl.defaultUser.isOpen
        return session
    }

    /// Makes the session the user's when name and password fit; else writes the error and notes it.
    /// - Parameter object: the command that tries, as the client wrote it.
    mutating func authenticate(_ session: Session, _ name: ByteSlice, _ password: ByteSlice, object: ByteSlice) -> Bool
    {
        if let user = accessControl.users[name.array], user.rules.accepts(password) {
            AccessControl.join(session, user)
            session.hasAuthenticated = true
            return true
        }
        let context: StaticString = session.transaction == nil ? "toplevel" : "multi"
        noteRefusal("auth", context, object.array, user: name.array, session)
        fail("WRONGPASS invalid username-password pair or user is disabled.")
        return false
    }

    /// Why the session's user may not make the request, or nil. For scripts too: `redis.call` and `acl_check_cmd`.
    func denial(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        _ session: Session
    ) -> AccessDenial? {
        guard let user = session.user, user.isRestricted else { return nil }
        return user.rules.denial(record, arguments, count)
    }

    /// As `denial`, and notes a refusal in ACL LOG.
    /// - Parameter context: `toplevel`, `multi` or `lua`.
    mutating func refusal(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: UnsafePointer<ByteSlice>,
        _ count: Int,
        _ session: Session,
        context: StaticString
    ) -> AccessDenial? {
        guard let user = session.user, user.isRestricted,
            let denial = user.rules.denial(record, arguments, count)
        else { return nil }
        switch denial {
        case .command: noteRefusal("command", context, Array(record.pointee.fullName.utf8), user: user.name, session)
        case .key(let index): noteRefusal("key", context, arguments[index].array, user: user.name, session)
        case .channel(let index): noteRefusal("channel", context, arguments[index].array, user: user.name, session)
        }
        return denial
    }

    private mutating func noteRefusal(
        _ reason: StaticString,
        _ context: StaticString,
        _ object: [UInt8],
        user: [UInt8],
        _ session: Session
    ) {
        let entry = AccessLogEntry(
            reason: reason,
            context: context,
            object: object,
            user: user,
            time: now,
            client: describeSession(session)
        )
        accessControl.note(entry, at: now)
    }

    /// Gives a user new rules, and ends its sessions that listen to channels they do not allow any more.
    mutating func setRules(_ rules: UserRules, for name: [UInt8]) {
        accessControl.set(rules, for: name)
        guard let user = accessControl.users[name] else { return }
        for reference in user.sessions {
            let session = reference.takeUnretainedValue()
            guard session.isSubscriber else { continue }
            let (channels, patterns) = session.subscriptionNames
            if !rules.allows(channels, isPattern: false) || !rules.allows(patterns, isPattern: true) {
                disconnect(session)
            }
        }
    }

    /// Ends the session at once; its connection goes at the end of the turn.
    public mutating func disconnect(_ session: Session) {
        session.isClosing = true
        // The client that asked still gets its reply.
        guard session !== activeSession else { return }
        session.dropsOutput = true
        guard !session.isInDeliveries else { return }
        session.isInDeliveries = true
        deliveries.append(session)
    }

    // MARK: - For the server

    /// `requirepass`
    public mutating func setDefaultPassword(_ password: [UInt8]) { accessControl.setDefaultPassword(password) }

    /// `acllog-max-len`
    public mutating func setAccessLogCapacity(_ count: Int) {
        accessControl.logCapacity = count
        accessControl.trimLog()
    }

    /// `acl-pubsub-default`
    public mutating func setChannelsByDefault(_ areAllowed: Bool) { accessControl.allowsChannelsByDefault = areAllowed }

    /// Whether a client may come in without a password.
    public var isOpenToEverybody: Bool { accessControl.defaultUser.rules.needsNoPassword }

    public func hasUser(_ name: ByteSlice) -> Bool { accessControl.users[name.array] != nil }

    /// `rename-command`. Returns what is wrong, or nil.
    public func renameCommand(_ old: String, to new: String) -> String? {
        commands.rename(Array(old.utf8), to: Array(new.utf8))
    }

    /// Every user as a line of the ACL file.
    public var userLines: [[UInt8]] { accessControl.sortedUsers.map { accessControl.line($0) } }

    /// One `user` directive: the name and its rules.
    /// - Returns: what is wrong with it, or nil.
    public mutating func defineUser(_ words: [[UInt8]]) -> String? {
        guard let name = words.first else { return "Error in user declaration: no name" }
        guard !Selector.hasSpaces(name) else { return "Usernames can't contain spaces or null characters" }
        var unmatched: [UInt8] = []
        guard let rules = AccessControl.joined(Array(words.dropFirst()), &unmatched) else {
            return "Unmatched parenthesis in acl selector starting at '\(String(decoding: unmatched, as: UTF8.self))'."
        }
        var user = accessControl.makeRules()
        if name == accessControl.defaultUser.name { user = accessControl.defaultUser.rules }
        if let (word, error) = accessControl.apply(rules, to: &user) {
            let text = String(decoding: word, as: UTF8.self)
            return "Error in user declaration '\(text)': \(error.text)"
        }
        accessControl.set(user, for: name)
        return nil
    }

    /// Replaces all users by those of an ACL file, or changes nothing.
    /// - Parameter lines: the file's lines without their ends.
    /// - Returns: one sentence for each bad line, or nothing.
    public mutating func loadUsers(_ lines: [[UInt8]], path: String) -> [String] {
        var loaded: [[UInt8]: UserRules] = [:]
        var errors: [String] = []
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == 32 || $0 == 9 || $0 == 13 }.map { Array($0) }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            let place = "\(path):\(index + 1): "
            guard first == Array("user".utf8), words.count >= 2 else {
                errors.append("\(path):\(index + 1) should start with user keyword followed by the username.")
                continue
            }
            guard loaded[words[1]] == nil else {
                let name = String(decoding: words[1], as: UTF8.self)
                errors.append("WARNING: Duplicate user '\(name)' found on line \(index + 1).")
                continue
            }
            var unmatched: [UInt8] = []
            guard let rules = AccessControl.joined(Array(words.dropFirst(2)), &unmatched) else {
                let text = String(decoding: unmatched, as: UTF8.self)
                errors.append(place + "Unmatched parenthesis in selector definition starting at '\(text)'.")
                continue
            }
            var user = accessControl.makeRules()
            for word in rules {
                guard let (_, error) = accessControl.apply([word], to: &user) else { continue }
                let text = String(decoding: word, as: UTF8.self)
                errors.append(place + "Error in applying operation '\(text)': \(error.text).")
            }
            loaded[words[1]] = user
        }
        guard errors.isEmpty else { return errors }
        for user in accessControl.sortedUsers where user !== accessControl.defaultUser {
            removeUser(user.name)
        }
        let fallback = AccessControl(commands).defaultUser.rules
        accessControl.defaultUser.rules = loaded[accessControl.defaultUser.name] ?? fallback
        for (name, rules) in loaded { accessControl.set(rules, for: name) }
        return []
    }

    /// Removes a user and ends its sessions. Returns whether there was one.
    @discardableResult
    mutating func removeUser(_ name: [UInt8]) -> Bool {
        guard let user = accessControl.remove(name) else { return false }
        for reference in user.sessions.reversed() {
            let session = reference.takeUnretainedValue()
            AccessControl.join(session, accessControl.defaultUser)
            session.hasAuthenticated = false
            disconnect(session)
        }
        return true
    }
}
