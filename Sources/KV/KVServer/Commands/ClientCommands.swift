import KVEngine
import RESP

/// CLIENT: looking at and steering connections.
extension ServerCommands {
    func clientIdentifier(_ engine: inout Engine, _ call: borrowing Call) {
        engine.reply.integer(call.session.identifier)
    }

    func clientName(_ engine: inout Engine, _ call: borrowing Call) {
        if call.session.name.isEmpty { engine.reply.null() } else { engine.reply.bulk(call.session.name) }
    }

    func setClientName(_ engine: inout Engine, _ call: borrowing Call) {
        engine.setName(call[2], of: call.session)
    }

    /// CLIENT INFO
    func clientInfo(_ engine: inout Engine, _ call: borrowing Call) {
        let client = server.clients[call.session.identifier]
        engine.reply.verbatim(string: client.map { describe($0) + "\n" } ?? "")
    }

    /// CLIENT LIST [TYPE type] [ID id …]
    func clientList(_ engine: inout Engine, _ call: borrowing Call) {
        var chosen = server.clients.values.sorted { $0.session.identifier < $1.session.identifier }
        if call.count > 2 {
            if call.count == 4, call.isWord(2, "TYPE") {
                guard let type = clientType(call[3]) else { return failType(&engine, call[3]) }
                chosen = chosen.filter { self.type(of: $0) == type }
            } else if call.count > 3, call.isWord(2, "ID") {
                var wanted: Set<Int64> = []
                for index in 3..<call.count {
                    guard let identifier = Int64(call[index].string), identifier > 0 else {
                        return engine.fail("ERR Invalid client ID")
                    }
                    wanted.insert(identifier)
                }
                chosen = chosen.filter { wanted.contains($0.session.identifier) }
            } else {
                return engine.syntaxError()
            }
        }
        engine.reply.verbatim(string: chosen.map { describe($0) + "\n" }.joined())
    }

    private func clientType(_ name: ByteSlice) -> String? {
        switch name.string.lowercased() {
        case "normal": "normal"
        case "slave", "replica": "replica"
        case "master": "master"
        case "pubsub": "pubsub"
        default: nil
        }
    }

    private func type(of client: ClientSession) -> String {
        client.session.isReplica ? "replica" : "normal"
    }

    private func failType(_ engine: inout Engine, _ name: ByteSlice) {
        engine.fail("ERR Unknown client type '\(name.string)'")
    }

    /// One line of CLIENT LIST, with redis's fields.
    func describe(_ client: ClientSession) -> String {
        let session = client.session
        let now = server.loop.wallMilliseconds
        let flags =
            (session.isReplica ? "S" : "") + (session.queuedCount >= 0 ? "x" : "") + (session.isBlocked ? "b" : "")
        // The output of the client that asks is with the engine just now and counts as empty.
        let output = client.connection.output.count
        return """
            id=\(session.identifier) addr=\(client.connection.peerAddress) laddr=\(client.connection.localAddress) \
            fd=\(client.connection.descriptor) name=\(String(decoding: session.name, as: UTF8.self)) \
            age=\((now - client.connectedAt) / 1000) idle=\((now - client.lastInteraction) / 1000) \
            flags=\(flags.isEmpty ? "N" : flags) db=\(session.database) sub=0 psub=0 ssub=0 multi=\(session.queuedCount) \
            qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=\(output) tot-mem=\(output) \
            events=r cmd=\(session.lastCommandName) user=\(String(decoding: session.userName, as: UTF8.self)) redir=-1 resp=\(session.protocolVersion)
            """
    }

    /// CLIENT KILL address, or filters: ID id, ADDR address, LADDR address, TYPE type, USER name, SKIPME yes|no
    func clientKill(_ engine: inout Engine, _ call: borrowing Call) {
        if call.count == 3 {
            let address = call[2].string
            guard let victim = server.clients.values.first(where: { $0.connection.peerAddress == address }) else {
                return engine.fail("ERR No such client")
            }
            engine.reply.ok()
            return kill(victim, call.session)
        }
        guard call.count % 2 == 0 else { return engine.syntaxError() }
        var skipsMe = true
        var victims = Array(server.clients.values)
        for index in stride(from: 2, to: call.count, by: 2) {
            let value = call[index + 1].string
            if call.isWord(index, "ID") {
                guard let identifier = Int64(value), identifier > 0 else {
                    return engine.fail("ERR client-id should be greater than 0")
                }
                victims = victims.filter { $0.session.identifier == identifier }
            } else if call.isWord(index, "ADDR") {
                victims = victims.filter { $0.connection.peerAddress == value }
            } else if call.isWord(index, "LADDR") {
                victims = victims.filter { $0.connection.localAddress == value }
            } else if call.isWord(index, "TYPE") {
                guard let type = clientType(call[index + 1]) else { return failType(&engine, call[index + 1]) }
                victims = victims.filter { self.type(of: $0) == type }
            } else if call.isWord(index, "USER") {
                guard engine.hasUser(call[index + 1]) else { return engine.fail("ERR No such user '\(value)'") }
                victims = victims.filter { $0.session.userName == call[index + 1].array }
            } else if call.isWord(index, "SKIPME"), call.isWord(index + 1, "yes") || call.isWord(index + 1, "no") {
                skipsMe = call.isWord(index + 1, "yes")
            } else {
                return engine.syntaxError()
            }
        }
        if skipsMe { victims = victims.filter { $0.session !== call.session } }
        engine.reply.integer(victims.count)
        for victim in victims { kill(victim, call.session) }
    }

    private func kill(_ client: ClientSession, _ killer: Session) {
        client.session.isClosing = true
        guard client.session !== killer else { return }
        // Closing calls back into the core, which needs the engine we are borrowing: after this turn's requests.
        let connection = client.connection
        server.loop.schedule(after: .zero) { [weak connection] in connection?.close() }
    }

    /// CLIENT REPLY ON|OFF|SKIP
    func clientReply(_ engine: inout Engine, _ call: borrowing Call) {
        if call.isWord(2, "on") {
            call.session.replyMode = .on
            engine.reply.ok()
        } else if call.isWord(2, "off") {
            call.session.replyMode = .off
        } else if call.isWord(2, "skip") {
            if call.session.replyMode != .off { call.session.replyMode = .skipTwo }
        } else {
            engine.syntaxError()
        }
    }

    /// CLIENT UNBLOCK id [TIMEOUT|ERROR]
    func clientUnblock(_ engine: inout Engine, _ call: borrowing Call) {
        var isError = false
        if call.count == 4 {
            isError = call.isWord(3, "error")
            guard isError || call.isWord(3, "timeout") else {
                return engine.fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
            }
        }
        guard let identifier = Int64(call[2].string) else {
            return engine.fail("ERR value is not an integer or out of range")
        }
        guard let client = server.clients[identifier], client.session.isBlocked else { return engine.reply.integer(0) }
        if engine.isWaitingForKey(client.session) {
            engine.unblock(client.session, error: isError ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : nil)
        } else {
            server.replication.unblock(client.session, isError: isError)
        }
        engine.reply.integer(1)
    }

    /// CLIENT NO-EVICT on|off
    func clientNoEvict(_ engine: inout Engine, _ call: borrowing Call) {
        guard call.isWord(2, "on") || call.isWord(2, "off") else { return engine.syntaxError() }
        call.session.isEvictable = call.isWord(2, "off")
        engine.reply.ok()
    }

    func clientHelp(_ engine: inout Engine, _ call: borrowing Call) {
        engine.help(
            "CLIENT",
            [
                "GETNAME", "    Return the name of the current connection.", "ID",
                "    Return the ID of the current connection.", "INFO",
                "    Return information about the current client connection.", "KILL <ip:port>",
                "    Kill connection made from <ip:port>.", "KILL <option> <value> [<option> <value> [...]]",
                "    Kill connections. Options are:", "    * ADDR (<ip:port>|<unixsocket>:0)",
                "      Kill connections made from the specified address", "    * LADDR (<ip:port>|<unixsocket>:0)",
                "      Kill connections made to specified local address",
                "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "      Kill connections by type.",
                "    * USER <username>", "      Kill connections authenticated by <username>.",
                "    * SKIPME (YES|NO)", "      Skip killing current connection (default: yes).",
                "LIST [options ...]", "    Return information about client connections. Options:",
                "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "      Return clients of specified type.",
                "SETNAME <name>", "    Assign the name <name> to the current connection.", "NO-EVICT (ON|OFF)",
                "    Protect current client connection from eviction.",
            ],
            call
        )
    }
}
