import KVEngine
import Net

// How directives take effect: at start, and when CONFIG SET changed them.
extension ServerCore {
    /// Applies the directives of redis.conf and the command line.
    /// - Throws: redis's fatal error for the first that is wrong.
    func configure() throws(ServerError) {
        var users: Set<String> = []
        var userLines: [ConfigurationLine] = []
        for line in configuration.lines {
            let values = Array(line.words.dropFirst())
            switch line.name {
            case "user":
                guard let name = values.first, users.insert(name).inserted else {
                    throw ConfigurationLines.fatal(
                        line,
                        """
                        Error in user declaration '\(values.first ?? "")': Duplicate user found. A user can only be \
                        defined once in config files
                        """
                    )
                }
                userLines.append(line)
            case "rename-command":
                guard values.count == 2 else { throw ConfigurationLines.fatal(line, "wrong number of arguments") }
                if let problem = engine.renameCommand(values[0], to: values[1]) {
                    throw ConfigurationLines.fatal(line, problem)
                }
            default:
                guard let row = DirectiveTable.row(named: line.name) else {
                    throw ConfigurationLines.fatal(line, "Bad directive or wrong number of arguments")
                }
                if row.name == "replicaof" { primary = Self.address(values) }
                if let problem = directives.apply(row, values, &engine) {
                    throw ConfigurationLines.fatal(line, problem)
                }
            }
        }
        try defineUsers(userLines)
    }

    private static func address(_ values: [String]) -> Configuration.Address? {
        guard values.count == 2, values[0].lowercased() != "no", let port = Int(values[1]) else { return nil }
        return Configuration.Address(host: values[0], port: port)
    }

    private func defineUsers(_ lines: [ConfigurationLine]) throws(ServerError) {
        let path = directives.accessFile
        if !lines.isEmpty, !path.isEmpty {
            throw ServerError(
                """
                Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is \
                invalid. This setup is very likely to lead to configuration errors and security holes, please define \
                either an ACL file or declare users directly in your redis.conf, but not both.
                """
            )
        }
        for line in lines {
            if let problem = engine.defineUser(line.words.dropFirst().map { Array($0.utf8) }) {
                throw ConfigurationLines.fatal(line, problem)
            }
        }
        guard !path.isEmpty else { return }
        let text: [[UInt8]]
        do throws(FileError) { text = try TextFile.lines(path) } catch {
            throw ServerError(
                "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '\(path)': \(error.reason)"
            )
        }
        let errors = engine.loadUsers(text, path: path)
        guard errors.isEmpty else {
            throw ServerError("Aborting Redis startup because of ACL errors: " + errors.joined(separator: " "))
        }
    }

    /// Writes the process's number where it is asked for. A file that cannot be written stops nothing, as in redis.
    func writePIDFile() {
        guard let path = configuration.pidFile else { return }
        do throws(FileError) { try TextFile.replace(path, with: [Array("\(Process.identifier)".utf8)]) } catch {
            logger.warning("Failed to write PID file: \(error.reason)")
        }
    }

    // MARK: - Listeners

    /// Listens wherever the directives say.
    func openListeners() throws(ServerError) {
        let asked = directives.number("port")
        if asked != 0 || !configuration.allowsNoPort {
            listeners = try listen(directives.words("bind"), port: asked)
            port = listeners.first?.port ?? 0
        }
        try openEncryptedListeners()
        let path = directives.text("unixsocket")
        if !path.isEmpty {
            do throws(NetError) {
                let listener = try loop.listen(
                    path: path,
                    permissions: Int(directives.text("unixsocketperm"), radix: 8) ?? 0,
                    backlog: directives.number("tcp-backlog")
                ) { [unowned self] in self.accept($0) }
                listeners.append(listener)
            } catch {
                throw ServerError("Failed opening Unix socket: bind: \(error.reason)")
            }
        }
        guard !listeners.isEmpty || !encryptedListeners.isEmpty else {
            throw ServerError("Configured to not listen anywhere, exiting.")
        }
        logger.notice("Running mode=standalone, port=\(port).")
        logger.warning("Server initialized")
        if !path.isEmpty { logger.notice("The server is now ready to accept connections at \(path)") }
    }

    /// Listens on several addresses at one port. An address that begins with `-` may be missing on this machine.
    func listen(_ hosts: [String], port: Int, tls: TLSContext? = nil) throws(ServerError) -> [Listener] {
        var opened: [Listener] = []
        for word in hosts.isEmpty ? ["*"] : hosts {
            let isOptional = word.hasPrefix("-")
            let host = isOptional ? String(word.dropFirst()) : word
            do throws(NetError) {
                let listener = try loop.listen(
                    host: host,
                    port: opened.first?.port ?? port,
                    backlog: directives.number("tcp-backlog"),
                    tls: tls
                ) { [unowned self] in self.accept($0) }
                opened.append(listener)
            } catch {
                if isOptional, error.isAddressMissing { continue }
                for listener in opened { listener.close() }
                // Invoked like redis-server it says what that says; a role says it in one line.
                guard configuration.log != nil else { throw ServerError("\(error)") }
                logger.warning("Warning: Could not create server TCP listening socket \(host):\(port): \(error.reason)")
                throw ServerError("Failed listening on port \(port) (\(tls == nil ? "TCP" : "TLS")), aborting.")
            }
        }
        return opened
    }

    // MARK: - CONFIG SET

    /// Makes changed directives take effect. Returns the directive that cannot, and why.
    func adopt(changedFrom old: Directives) -> (name: String, reason: String)? {
        loop.keepAlive = directives.number("tcp-keepalive")
        configuration.log?.set(level: ServerLog.level(directives.text("loglevel")))
        if let problem = adoptEncryption(changedFrom: old) { return problem }
        let isPortNew = directives.text("port") != old.text("port")
        guard isPortNew || directives.text("bind") != old.text("bind") else { return nil }
        let kept = listeners.filter { $0.port == 0 }
        let closing = listeners.filter { $0.port != 0 }
        for listener in closing { listener.close() }
        let asked = directives.number("port")
        do throws(ServerError) {
            let opened = asked == 0 ? [] : try listen(directives.words("bind"), port: asked)
            listeners = opened + kept
            port = asked
            return nil
        } catch {
            let now = directives
            directives = old
            // What was listened on a moment ago is still ours to listen on.
            listeners = ((try? listen(old.words("bind"), port: port)) ?? []) + kept
            directives = now
            if isPortNew { return ("port", "Unable to listen on this port. Check server logs.") }
            return ("bind", "Failed to bind to specified addresses.")
        }
    }

    // MARK: - Connections

    /// Whether a new connection may stay; says why when it may not.
    func isWelcome(_ connection: Connection) -> Bool {
        guard !connection.isLocal, engine.isOpenToEverybody, directives.flag("protected-mode") else { return true }
        traffic.connectionsRejected += 1
        connection.output.append(Self.protection)
        connection.closeAfterFlush()
        return false
    }

    private static let protection: StaticString = """
        -DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the \
        default user. In this mode connections are only accepted from the loopback interface. If you want to connect \
        from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode \
        sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the \
        same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. \
        Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by \
        editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the \
        server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' \
        option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above \
        things in order for the server to start accepting connections from the outside.\r\n
        """

    /// `timeout`: ends clients that were silent for too long, but not those that wait for something.
    func closeIdleClients() {
        let seconds = Int64(directives.timeoutSeconds)
        guard seconds > 0 else { return }
        let limit = loop.wallMilliseconds - seconds * 1000
        let idle = clients.values.filter { client in
            client.lastInteraction < limit && !client.session.isBlocked && !client.session.isReplica
                && !client.session.isSubscriber
        }
        for client in idle {
            logger.info("Closing idle client", metadata: ["id": "\(client.session.identifier)"])
            client.connection.close()
        }
    }
}
