import Net

// TLS: the directives as a context, the listener of `tls-port`, the link to a primary.
extension ServerCore {
    /// Listens at `tls-port`, when there is one, and prepares the link's side of `tls-replication`.
    func openEncryptedListeners() throws(ServerError) {
        let port = directives.number("tls-port")
        guard port != 0 || directives.flag("tls-replication") else { return }
        do throws(NetError) { try makeContexts() } catch {
            logger.warning("\(error.reason)")
            throw ServerError("Failed to configure TLS. Check logs for more info.")
        }
        guard port != 0 else { return }
        encryptedListeners = try listen(directives.words("bind"), port: port, tls: encryption)
        encryptedPort = port
    }

    /// CONFIG SET: new certificates and settings for connections to come.
    func adoptEncryption(changedFrom old: Directives) -> (name: String, reason: String)? {
        let names = DirectiveTable.rows.map(\.name).filter { $0.hasPrefix("tls-") }
        guard let changed = names.first(where: { directives.text($0) != old.text($0) }) else {
            if directives.text("bind") != old.text("bind"), encryptedPort != 0 { return reopenEncrypted(old) }
            return nil
        }
        let port = directives.number("tls-port")
        guard port != 0 || directives.flag("tls-replication") else {
            for listener in encryptedListeners { listener.close() }
            (encryptedListeners, encryptedPort) = ([], 0)
            return nil
        }
        do throws(NetError) { try makeContexts() } catch {
            logger.warning("\(error.reason)")
            return (changed, "Unable to update TLS configuration. Check server logs.")
        }
        for listener in encryptedListeners { listener.tls = encryption }
        return port == encryptedPort ? nil : reopenEncrypted(old)
    }

    private func reopenEncrypted(_ old: Directives) -> (name: String, reason: String)? {
        for listener in encryptedListeners { listener.close() }
        (encryptedListeners, encryptedPort) = ([], directives.number("tls-port"))
        guard encryptedPort != 0 else { return nil }
        do throws(ServerError) {
            encryptedListeners = try listen(directives.words("bind"), port: encryptedPort, tls: encryption)
            return nil
        } catch {
            encryptedPort = old.number("tls-port")
            encryptedListeners = (try? listen(old.words("bind"), port: encryptedPort, tls: encryption)) ?? []
            return ("tls-port", "Unable to listen on this port. Check server logs.")
        }
    }

    private func makeContexts() throws(NetError) {
        var settings = TLSContext.Settings()
        settings.certificate = directives.text("tls-cert-file")
        settings.key = directives.text("tls-key-file")
        settings.keyPassword = directives.text("tls-key-file-pass")
        settings.authorities = directives.text("tls-ca-cert-file")
        settings.authoritiesDirectory = directives.text("tls-ca-cert-dir")
        settings.parameters = directives.text("tls-dh-params-file")
        settings.ciphers = directives.text("tls-ciphers")
        settings.ciphersuites = directives.text("tls-ciphersuites")
        settings.prefersServerCiphers = directives.flag("tls-prefer-server-ciphers")
        settings.cachesSessions = directives.flag("tls-session-caching")
        settings.cacheSize = directives.number("tls-session-cache-size")
        settings.cacheSeconds = directives.number("tls-session-cache-timeout")
        guard let protocols = TLSContext.Protocols(text: directives.text("tls-protocols")) else {
            throw NetError(
                attempt: "configure TLS",
                reason: """
                    Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.
                    """
            )
        }
        settings.protocols = protocols
        settings.verification =
            switch directives.text("tls-auth-clients") {
            case "no": .none
            case "optional": .optional
            default: .required
            }
        guard !settings.certificate.isEmpty else {
            throw NetError(attempt: "configure TLS", reason: "No tls-cert-file configured!")
        }
        guard !settings.key.isEmpty else {
            throw NetError(attempt: "configure TLS", reason: "No tls-key-file configured!")
        }
        let needsAuthorities = settings.verification != .none || directives.flag("tls-replication")
        guard !needsAuthorities || !settings.authorities.isEmpty || !settings.authoritiesDirectory.isEmpty else {
            throw NetError(
                attempt: "configure TLS",
                reason: """
                    Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or \
                    tls-auth-clients are enabled!
                    """
            )
        }
        let server = try TLSContext(settings)
        // Towards a primary we are a client: it must show a certificate whatever our own clients must.
        settings.verification = .required
        let certificate = directives.text("tls-client-cert-file")
        if !certificate.isEmpty {
            settings.certificate = certificate
            settings.key = directives.text("tls-client-key-file")
            settings.keyPassword = directives.text("tls-client-key-file-pass")
        }
        let link = directives.flag("tls-replication") ? try TLSContext(settings) : nil
        (encryption, linkEncryption) = (server, link)
    }
}
