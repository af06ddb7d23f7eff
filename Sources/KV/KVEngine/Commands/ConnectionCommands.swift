import Bytes
import RESP

/// Commands about the session itself: PING, ECHO, SELECT, AUTH, HELLO, QUIT, RESET.
/// Not here: CLIENT, which needs to know the other connections (`KVServer`).
enum ConnectionCommands {
    /// PING [message]
    static func ping(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 2 else { return engine.wrongArity(call.fullName) }
        if engine.reply.version == 2, call.session.isSubscriber {
            // Among messages a reply must look like one.
            engine.reply.array(2)
            engine.reply.bulk("pong")
            return engine.reply.bulk(call.count == 2 ? call[1] : ByteSlice(""))
        }
        if call.count == 2 { engine.reply.bulk(call[1]) } else { engine.reply.simple("PONG") }
    }

    /// ECHO message
    static func echo(_ engine: inout Engine, _ call: Call) { engine.reply.bulk(call[1]) }

    /// SELECT index
    static func select(_ engine: inout Engine, _ call: Call) {
        guard let index = engine.integer(call[1]) else { return }
        guard index >= 0, index < engine.databaseCount else { return engine.fail("ERR DB index is out of range") }
        engine.select(Int(index), call.session)
        engine.reply.ok()
    }

    /// QUIT
    static func quit(_ engine: inout Engine, _ call: Call) {
        engine.reply.ok()
        call.session.isClosing = true
    }

    /// RESET
    static func reset(_ engine: inout Engine, _ call: Call) {
        let session = call.session
        session.transaction = nil
        engine.unwatch(session)
        engine.subscriptions.leaveAll(session)
        engine.stopTracking(session)
        engine.stopMonitoring(session)
        session.replyMode = .on
        engine.select(0, session)
        session.protocolVersion = 2
        engine.reply.version = 2
        session.name = []
        AccessControl.join(session, session.user == nil ? nil : engine.accessControl.defaultUser)
        session.hasAuthenticated = engine.accessControl.defaultUser.isOpen
        engine.reply.simple("RESET")
    }

    /// AUTH [username] password
    static func authenticate(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.syntaxError() }
        if call.count == 2, engine.accessControl.defaultUser.rules.needsNoPassword {
            return engine.fail(
                """
                ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                configuration is correct?
                """
            )
        }
        let user = call.count == 3 ? call[1] : ByteSlice("default")
        let password = call[call.count - 1]
        guard engine.authenticate(call.session, user, password, object: call[0]) else { return }
        engine.reply.ok()
    }

    /// HELLO [version [AUTH user password] [SETNAME name]]
    static func hello(_ engine: inout Engine, _ call: Call) {
        let session = call.session
        var version = session.protocolVersion
        if call.count > 1 {
            guard let wanted = ASCII.parseInt64(call[1].buffer) else {
                return engine.fail("ERR Protocol version is not an integer or out of range")
            }
            guard wanted == 2 || wanted == 3 else { return engine.fail("NOPROTO unsupported protocol version") }
            version = UInt8(wanted)
        }
        var credentials: (ByteSlice, ByteSlice)?
        var name: ByteSlice?
        var index = 2
        while index < call.count {
            let more = call.count - 1 - index
            if more >= 2, call.isWord(index, "AUTH") {
                credentials = (call[index + 1], call[index + 2])
                index += 3
            } else if more >= 1, call.isWord(index, "SETNAME") {
                name = call[index + 1]
                guard isAcceptable(name: call[index + 1]) else { return refuseName(&engine) }
                index += 2
            } else {
                return engine.fail(
                    Array("ERR Syntax error in HELLO option '".utf8) + Engine.excerpt(call[index], 128) + [39]
                )
            }
        }
        if let credentials {
            let (user, password) = credentials
            guard engine.authenticate(session, user, password, object: call[0]) else { return }
        }
        guard session.isAuthenticated else {
            return engine.fail(
                """
                NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> \
                <pass> option can be used to authenticate the client and select the RESP protocol version at the same \
                time
                """
            )
        }
        if let name { session.name = name.array }
        session.protocolVersion = version
        engine.reply.version = version
        engine.reply.map(7)
        engine.reply.bulk("server")
        engine.reply.bulk("redis")
        engine.reply.bulk("version")
        engine.reply.bulk("7.0.15")
        engine.reply.bulk("proto")
        engine.reply.integer(Int(version))
        engine.reply.bulk("id")
        engine.reply.integer(session.identifier)
        engine.reply.bulk("mode")
        engine.reply.bulk("standalone")
        engine.reply.bulk("role")
        engine.reply.bulk(engine.isReplica ? "replica" : "master")
        engine.reply.bulk("modules")
        engine.reply.array(0)
    }

    /// Whether every byte is printable and no blank.
    static func isAcceptable(name: ByteSlice) -> Bool { name.bytes.allSatisfy { $0 >= 33 && $0 <= 126 } }

    static func refuseName(_ engine: inout Engine) {
        engine.fail("ERR Client names cannot contain spaces, newlines or special characters.")
    }
}

extension Engine {
    /// CLIENT SETNAME: names the session and replies.
    public mutating func setName(_ name: ByteSlice, of session: Session) {
        guard ConnectionCommands.isAcceptable(name: name) else { return ConnectionCommands.refuseName(&self) }
        session.name = name.array
        reply.ok()
    }

    /// Whether `name` matches a glob pattern, ignoring case.
    public func matches(pattern: ByteSlice, _ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return pattern.isEmpty }
            return GlobPattern.matches(pattern, ByteSlice(start: start, count: bytes.count), ignoringCase: true)
        }
    }

    /// DEBUG SET-ACTIVE-EXPIRE
    public mutating func setActiveExpiry(_ isEnabled: Bool) { isActiveExpiryEnabled = isEnabled }
}
