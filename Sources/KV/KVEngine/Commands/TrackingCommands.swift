import RESP

/// CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR: what a client with a cache of its own says. The rows are with
/// the other subcommands of CLIENT (`KVServer`), which finds the client to redirect to.
public enum TrackingCommands {
    /// CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
    public static func track(_ engine: inout Engine, _ call: Call, find: (Int64) -> Session?) {
        var options = Tracking.Client()
        var prefixes: [[UInt8]] = []
        var index = 3
        while index < call.count {
            let hasNext = index + 1 < call.count
            if hasNext, call.isWord(index, "REDIRECT") {
                index += 1
                guard options.redirection == 0 else {
                    return engine.fail("ERR A client can only redirect to a single other client")
                }
                guard let identifier = engine.integer(call[index]) else { return }
                guard let target = find(identifier) else {
                    return engine.fail("ERR The client ID you want redirect to does not exist")
                }
                options.redirection = identifier
                options.target = target
            } else if call.isWord(index, "BCAST") {
                options.isBroadcast = true
            } else if call.isWord(index, "OPTIN") {
                options.isOptIn = true
            } else if call.isWord(index, "OPTOUT") {
                options.isOptOut = true
            } else if call.isWord(index, "NOLOOP") {
                options.isNoLoop = true
            } else if hasNext, call.isWord(index, "PREFIX") {
                index += 1
                prefixes.append(call[index].array)
            } else {
                return engine.syntaxError()
            }
            index += 1
        }
        if call.isWord(2, "ON") {
            guard accepts(&engine, call.session, options, prefixes) else { return }
            engine.startTracking(call.session, options, prefixes: prefixes)
        } else if call.isWord(2, "OFF") {
            engine.stopTracking(call.session)
        } else {
            return engine.syntaxError()
        }
        engine.reply.ok()
    }

    /// Whether the options go together, and with what the client asked for before.
    private static func accepts(
        _ engine: inout Engine,
        _ session: Session,
        _ options: Tracking.Client,
        _ prefixes: [[UInt8]]
    ) -> Bool {
        if !options.isBroadcast, !prefixes.isEmpty {
            engine.fail("ERR PREFIX option requires BCAST mode to be enabled")
            return false
        }
        if let old = session.tracking, old.isBroadcast != options.isBroadcast {
            engine.fail(
                """
                ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then \
                re-enabling it with a different mode.
                """
            )
            return false
        }
        if options.isBroadcast, options.isOptIn || options.isOptOut {
            engine.fail("ERR OPTIN and OPTOUT are not compatible with BCAST")
            return false
        }
        if options.isOptIn, options.isOptOut {
            engine.fail("ERR You can't specify both OPTIN mode and OPTOUT mode")
            return false
        }
        if let old = session.tracking, options.isOptIn && old.isOptOut || options.isOptOut && old.isOptIn {
            engine.fail(
                """
                ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then \
                re-enabling it with a different mode.
                """
            )
            return false
        }
        return options.isBroadcast ? isFreeOfOverlaps(&engine, session, prefixes) : true
    }

    private static func isFreeOfOverlaps(_ engine: inout Engine, _ session: Session, _ prefixes: [[UInt8]]) -> Bool {
        func overlap(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.starts(with: b) || b.starts(with: a) }
        for (index, prefix) in prefixes.enumerated() {
            if let other = session.tracking?.prefixes.first(where: { overlap(prefix, $0) }) {
                engine.fail(
                    Array("ERR Prefix '".utf8) + prefix + Array("' overlaps with an existing prefix '".utf8) + other
                        + Array("'. Prefixes for a single client must not overlap.".utf8)
                )
                return false
            }
            if let other = prefixes[(index + 1)...].first(where: { overlap(prefix, $0) }) {
                engine.fail(
                    Array("ERR Prefix '".utf8) + prefix + Array("' overlaps with another provided prefix '".utf8)
                        + other + Array("'. Prefixes for a single client must not overlap.".utf8)
                )
                return false
            }
        }
        return true
    }

    /// CLIENT CACHING YES|NO
    public static func caching(_ engine: inout Engine, _ call: Call) {
        guard let client = call.session.tracking else {
            return engine.fail(
                """
                ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
                enabled
                """
            )
        }
        if call.isWord(2, "YES") {
            guard client.isOptIn else {
                return engine.fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
            }
        } else if call.isWord(2, "NO") {
            guard client.isOptOut else {
                return engine.fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
            }
        } else {
            return engine.syntaxError()
        }
        call.session.tracking?.isCachingGiven = true
        engine.reply.ok()
    }

    /// CLIENT GETREDIR
    public static func redirection(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(call.session.tracking?.redirection ?? -1)
    }

    /// CLIENT TRACKINGINFO
    public static func information(_ engine: inout Engine, _ call: Call) {
        var flags: [StaticString] = ["off"]
        if let client = call.session.tracking {
            flags = ["on"]
            if client.isBroadcast { flags.append("bcast") }
            if client.isOptIn { flags.append("optin") }
            if client.isOptIn, client.isCachingGiven { flags.append("caching-yes") }
            if client.isOptOut { flags.append("optout") }
            if client.isOptOut, client.isCachingGiven { flags.append("caching-no") }
            if client.isNoLoop { flags.append("noloop") }
            if client.isRedirectionBroken { flags.append("broken_redirect") }
        }
        engine.reply.map(3)
        engine.reply.bulk("flags")
        engine.reply.set(flags.count)
        for flag in flags { engine.reply.bulk(flag) }
        engine.reply.bulk("redirect")
        engine.reply.integer(call.session.tracking?.redirection ?? -1)
        let prefixes = (call.session.tracking?.prefixes ?? []).sorted { $0.lexicographicallyPrecedes($1) }
        engine.reply.bulk("prefixes")
        engine.reply.array(prefixes.count)
        for prefix in prefixes { engine.reply.bulk(prefix) }
    }
}
