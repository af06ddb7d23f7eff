import KVEngine
import RESP

/// CLIENT: looking at and steering connections.
extension ServerCommands {
    func clientIdentifier(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(call.session.identifier)
    }

    func clientName(_ engine: inout Engine, _ call: Call) {
        if call.session.name.isEmpty { engine.reply.null() } else { engine.reply.bulk(call.session.name) }
    }

    func setClientName(_ engine: inout Engine, _ call: Call) {
        engine.setName(call[2], of: call.session)
    }

    /// CLIENT INFO
    func clientInfo(_ engine: inout Engine, _ call: Call) {
        let client = server.clients[call.session.identifier]
        engine.reply.verbatim(string: client.map { describe($0) + "\n" } ?? "")
    }

    /// CLIENT LIST [TYPE type] [ID id …]
    func clientList(_ engine: inout Engine, _ call: Call) {
        var chosen = server.clients.values.sorted { $0.session.identifier < $1.session.identifier }
        if call.count > 2 {
            if call.count == 4, call.isWord(2, "TYPE") {
                guard let type = clientType(call[3]) else { return failType(&engine, call[3]) }
                chosen = chosen.filter { self.type(of: $0) == type }
            } else if call.count > 3, call.isWord(2, "ID") {
                var wanted: Set<Int64> = []
                for index in 3..<call.count {
                    guard let identifier = Int64(call[index].string) else {
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
        if client.session.isReplica { return "replica" }
        return client.session.isSubscriber ? "pubsub" : "normal"
    }

    private func failType(_ engine: inout Engine, _ name: ByteSlice) {
        engine.fail("ERR Unknown client type '\(name.string)'")
    }

    /// One line of CLIENT LIST, with redis's fields.
    ///
    /// Redis has a reply buffer and a list behind it, we have one buffer: `obl` is what waits in it, and `omem` its
    /// memory while something waits. What the asking client is being told is with the engine and counts as nothing.
    func describe(_ client: ClientSession) -> String {
        let session = client.session
        let connection = client.connection
        let now = server.loop.wallMilliseconds
        let subscriptions = session.subscriptionCounts
        let unsent = connection.output.count
        let outputMemory = unsent > 0 ? connection.output.capacity : 0
        let total = client.memory
        return """
            id=\(session.identifier) addr=\(connection.peerAddress) laddr=\(connection.localAddress) \
            fd=\(connection.descriptor) name=\(String(decoding: session.name, as: UTF8.self)) \
            age=\((now - client.connectedAt) / 1000) idle=\((now - client.lastInteraction) / 1000) \
            flags=\(flags(of: session)) db=\(session.database) sub=\(subscriptions.channels) \
            psub=\(subscriptions.patterns) ssub=\(subscriptions.shards) multi=\(session.queuedCount) \
            qbuf=\(connection.unreadCount) qbuf-free=\(connection.unreadCapacity - connection.unreadCount) argv-mem=0 \
            multi-mem=\(session.queuedMemory) rbs=\(connection.output.capacity) rbp=\(client.peakOutput) obl=\(unsent) \
            oll=\(unsent > 0 ? 1 : 0) omem=\(outputMemory) tot-mem=\(total) \
            events=\(connection.isWaitingToSend ? "rw" : "r") cmd=\(session.lastCommandName) \
            user=\(String(decoding: session.userName, as: UTF8.self)) redir=\(session.redirection) \
            resp=\(session.protocolVersion)
            """
    }

    private func flags(of session: Session) -> String {
        let all: [(Bool, String)] = [
            (session.isMonitor, "O"), (session.isReplica && !session.isMonitor, "S"), (session.isSubscriber, "P"),
            (session.queuedCount >= 0, "x"), (session.isBlocked, "b"), (session.isTracking, "t"),
            (session.isRedirectionBroken, "R"), (session.isTrackingBroadcast, "B"), (session.isWatchBroken, "d"),
            (session.isClosing, "c"), (!session.isEvictable, "e"),
        ]
        let flags = all.filter(\.0).map(\.1).joined()
        return flags.isEmpty ? "N" : flags
    }

    /// CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
    func clientTracking(_ engine: inout Engine, _ call: Call) {
        TrackingCommands.track(&engine, call) { server.clients[$0]?.session }
    }

    /// CLIENT PAUSE timeout [WRITE|ALL]
    func clientPause(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 4 else { return engine.wrongSubcommandUse(call) }
        var isWriteOnly = false
        if call.count == 4 {
            isWriteOnly = call.isWord(3, "WRITE")
            guard isWriteOnly || call.isWord(3, "ALL") else {
                return engine.fail("ERR CLIENT PAUSE mode must be WRITE or ALL")
            }
        }
        guard let timeout = Int64(call[2].string) else {
            return engine.fail("ERR timeout is not an integer or out of range")
        }
        guard timeout >= 0 else { return engine.fail("ERR timeout is negative") }
        let (until, overflow) = timeout.addingReportingOverflow(server.loop.wallMilliseconds)
        engine.pause(until: overflow ? Int64.max : until, isWriteOnly: isWriteOnly)
        engine.reply.ok()
    }

    /// CLIENT UNPAUSE
    func clientUnpause(_ engine: inout Engine, _ call: Call) {
        engine.endPause()
        engine.reply.ok()
    }

    /// CLIENT KILL address, or filters: ID id, ADDR address, LADDR address, TYPE type, USER name, SKIPME yes|no
    func clientKill(_ engine: inout Engine, _ call: Call) {
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
    func clientReply(_ engine: inout Engine, _ call: Call) {
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
    func clientUnblock(_ engine: inout Engine, _ call: Call) {
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
        guard let client = server.clients[identifier], client.session.isBlocked, !client.session.isPostponed else {
            return engine.reply.integer(0)
        }
        if engine.isWaitingForKey(client.session) {
            engine.unblock(client.session, error: isError ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : nil)
        } else {
            server.replication.unblock(client.session, isError: isError)
        }
        engine.reply.integer(1)
    }

    /// CLIENT NO-EVICT on|off
    func clientNoEvict(_ engine: inout Engine, _ call: Call) {
        guard call.isWord(2, "on") || call.isWord(2, "off") else { return engine.syntaxError() }
        call.session.isEvictable = call.isWord(2, "off")
        engine.reply.ok()
    }

    func clientHelp(_ engine: inout Engine, _ call: Call) {
        engine.help(
            "CLIENT",
            [
                "CACHING (YES|NO)", "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
                "GETREDIR", "    Return the client ID we are redirecting to when tracking is enabled.", "GETNAME",
                "    Return the name of the current connection.", "ID",
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
                "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "      Return clients of specified type.", "UNPAUSE",
                "    Stop the current client pause, resuming traffic.", "PAUSE <timeout> [WRITE|ALL]",
                "    Suspend all, or just write, clients for <timeout> milliseconds.", "REPLY (ON|OFF|SKIP)",
                "    Control the replies sent to the current connection.", "SETNAME <name>",
                "    Assign the name <name> to the current connection.", "UNBLOCK <clientid> [TIMEOUT|ERROR]",
                "    Unblock the specified blocked client.",
                "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
                "         [OPTIN] [OPTOUT] [NOLOOP]", "    Control server assisted client side caching.",
                "TRACKINGINFO", "    Report tracking status for the current connection.", "NO-EVICT (ON|OFF)",
                "    Protect current client connection from eviction.",
            ],
            call
        )
    }
}
