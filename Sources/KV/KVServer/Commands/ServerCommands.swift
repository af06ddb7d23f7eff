import Glibc
import KVEngine
import Net
import RESP

/// The commands that need more than the keyspace: the clock, the other clients, the directives, the process.
///
/// The engine calls these handlers while it is borrowed, so they work on the engine they are given.
/// CLIENT is in `ClientCommands`, INFO in `Info`, replication in `ReplicationCommands`.
struct ServerCommands {
    /// The core is made after the command table it needs; it fills this in before the first request.
    final class CoreReference {
        unowned(unsafe) var value: ServerCore!
    }

    let core = CoreReference()

    var server: ServerCore { core.value }

    /// TIME
    func time(_ engine: inout Engine, _ call: Call) {
        let microseconds = server.loop.wallMicroseconds
        engine.reply.array(2)
        engine.reply.bulk(string: String(microseconds / 1_000_000))
        engine.reply.bulk(string: String(microseconds % 1_000_000))
    }

    /// LASTSAVE
    func lastSave(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(server.startedAt / 1000)
    }

    /// LOLWUT [VERSION version [option …]]
    func lolwut(_ engine: inout Engine, _ call: Call) {
        // The drawings of versions 5 and 6 are redis's; here a version without one is answered, whichever is asked.
        if call.count >= 3, call.isWord(1, "VERSION"), Int64(call[2].string) == nil {
            return engine.fail("ERR value is not an integer or out of range")
        }
        engine.reply.verbatim(string: "Redis ver. 7.0.15\n")
    }

    /// SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]
    func shutdown(_ engine: inout Engine, _ call: Call) {
        var wantsAbort = false
        for index in 1..<max(1, call.count) {
            if call.isWord(index, "ABORT") {
                wantsAbort = true
            } else if !call.isWord(index, "NOSAVE"), !call.isWord(index, "SAVE"), !call.isWord(index, "NOW"),
                !call.isWord(index, "FORCE")
            {
                return engine.syntaxError()
            }
        }
        if wantsAbort {
            return call.count > 2 ? engine.syntaxError() : engine.fail("ERR No shutdown in progress.")
        }
        let withoutSaving = (1..<max(1, call.count)).contains { call.isWord($0, "NOSAVE") }
        if engine.isBusyWithScript, !withoutSaving { return engine.fail(engine.busyReply) }
        // No reply: the client sees the connection end.
        call.session.isClosing = true
        server.shutDown()
    }

    // MARK: CONFIG

    /// CONFIG GET pattern …
    func configGet(_ engine: inout Engine, _ call: Call) {
        let bindings = Directives.all
        var found: [(String, String)] = []
        for row in DirectiveTable.rows {
            for name in [row.name, row.alias].compactMap({ $0 }) {
                for index in 2..<call.count where engine.matches(pattern: call[index], name) {
                    // A name without wildcards is shown as it was asked for.
                    let asked = call[index].string
                    let shown = asked.lowercased() == name ? asked : name
                    found.append((shown, server.directives.value(row, bindings, engine)))
                    break
                }
            }
        }
        engine.reply.map(found.count)
        for (name, value) in found {
            engine.reply.bulk(string: name)
            engine.reply.bulk(string: value)
        }
    }

    /// CONFIG SET directive value …
    func configSet(_ engine: inout Engine, _ call: Call) {
        guard call.count % 2 == 0 else { return engine.syntaxError() }
        let pairs = stride(from: 2, to: call.count, by: 2).map { (call[$0].string, call[$0 + 1].string) }
        do throws(Directives.ChangeError) {
            let old = server.directives
            try server.directives.change(pairs, &engine)
            if let (name, reason) = server.adopt(changedFrom: old) {
                let undo = pairs.map { pair in
                    (pair.0, DirectiveTable.row(named: pair.0).map { old.value($0, Directives.all, engine) } ?? "")
                }
                try server.directives.change(undo, &engine)
                server.directives = old
                throw .refused(name: name, reason: reason)
            }
            engine.reply.ok()
        } catch {
            switch error {
            case .unknown(let name):
                engine.fail("ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
            case .refused(let name, let reason):
                engine.fail("ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
            }
        }
    }

    /// CONFIG RESETSTAT
    func configResetStatistics(_ engine: inout Engine, _ call: Call) {
        engine.resetStatistics()
        server.traffic = ServerCore.Traffic()
        engine.reply.ok()
    }

    /// CONFIG REWRITE
    func configRewrite(_ engine: inout Engine, _ call: Call) {
        guard let path = server.configuration.file else {
            return engine.fail("ERR The server is running without a config file")
        }
        do throws(FileError) {
            let lines = try ConfigurationRewrite(server.directives, server.primary, engine).rewritten(path)
            try TextFile.replace(path, with: lines)
            server.logger.notice("CONFIG REWRITE executed with success.")
            engine.reply.ok()
        } catch {
            server.logger.warning("CONFIG REWRITE failed: \(error.reason)")
            engine.fail("ERR Rewriting config file: \(error.reason)")
        }
    }

    func configHelp(_ engine: inout Engine, _ call: Call) {
        engine.help(
            "CONFIG",
            [
                "GET <pattern>", "    Return parameters matching the glob-like <pattern> and their values.",
                "SET <directive> <value>", "    Set the configuration <directive> to <value>.", "RESETSTAT",
                "    Reset statistics reported by the INFO command.", "REWRITE",
                "    Rewrite the configuration file.",
            ],
            call
        )
    }
}
