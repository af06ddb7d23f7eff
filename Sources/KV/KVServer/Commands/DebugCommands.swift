import Glibc
import KVEngine
import Net
import RESP

/// DEBUG: what concerns the server; what concerns the data is the engine's (`Engine.debug`).
///
/// Subcommands that switch something of redis's insides that does not exist here are taken and change nothing; those
/// that crash the server on purpose are refused.
extension ServerCommands {
    /// DEBUG subcommand [argument …]
    func debug(_ engine: inout Engine, _ call: Call) {
        if call.isWord(1, "HELP"), call.count == 2 { return engine.help("DEBUG", Self.debugHelp, call) }
        if debugProcess(&engine, call) || engine.debug(call) || debugReplication(&engine, call)
            || debugSwitches(&engine, call) || refuseCrash(&engine, call)
        {
            return
        }
        var text = Array("ERR unknown subcommand or wrong number of arguments for '".utf8)
        text += Array(call[1].bytes.prefix(128)) + Array("'. Try DEBUG HELP.".utf8)
        engine.fail(text)
    }

    private func debugProcess(_ engine: inout Engine, _ call: Call) -> Bool {
        if call.isWord(1, "SLEEP"), call.count == 3 {
            // As strtod: what is no number is none.
            let seconds = min(3600, max(0, Double(call[2].string) ?? 0))
            usleep(UInt32(seconds * 1_000_000))
            engine.reply.ok()
        } else if call.isWord(1, "SET-ACTIVE-EXPIRE"), call.count == 3 {
            engine.setActiveExpiry(Int(call[2].string).map { $0 != 0 } ?? false)
            engine.reply.ok()
        } else if call.isWord(1, "LONGEST-PAUSE"), call.count == 2 {
            // Ours: microseconds of the loop's thread for one client's input or one timer since the last time.
            engine.reply.integer((server.loop.takeLongestPause() + 999) / 1000)
        } else if call.isWord(1, "ERROR"), call.count == 3 {
            var text = call[2].array
            for index in text.indices where text[index] == 13 || text[index] == 10 { text[index] = 32 }
            engine.fail(text)
        } else if call.isWord(1, "LOG"), call.count == 3 {
            server.logger.warning("DEBUG LOG: \(call[2].string)")
            engine.reply.ok()
        } else if call.isWord(1, "LEAK"), call.count == 3 {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, call[2].count), alignment: 1)
            copy.copyMemory(from: call[2].raw, byteCount: call[2].count)
            engine.reply.ok()
        } else if call.isWord(1, "STRUCTSIZE"), call.count == 2 {
            engine.reply.bulk("bits:64 robj:0 dictentry:8 sdshdr5:8 sdshdr8:8 sdshdr16:8 sdshdr32:16 sdshdr64:16 ")
        } else if call.isWord(1, "CONFIG-REWRITE-FORCE-ALL"), call.count == 2 {
            engine.fail("ERR CONFIG-REWRITE-FORCE-ALL failed: only changed directives are rewritten, by CONFIG REWRITE")
        } else if call.isWord(1, "MALLCTL") || call.isWord(1, "MALLCTL-STR"), call.count >= 3 {
            // The allocator is not jemalloc, so none of its names is known.
            engine.fail("ERR No such file or directory")
        } else if call.isWord(1, "CLIENT-EVICTION"), call.count == 2 {
            debugClientEviction(&engine)
        } else {
            return false
        }
        return true
    }

    private func debugReplication(_ engine: inout Engine, _ call: Call) -> Bool {
        if call.isWord(1, "CHANGE-REPL-ID"), call.count == 2 {
            server.replication.changeIdentifier()
            engine.reply.ok()
        } else if call.isWord(1, "LOADAOF"), call.count == 2 {
            engine.fail("ERR DEBUG LOADAOF is not available: this server does not keep its data on disk yet")
        } else if call.isWord(1, "REPLICATE"), call.count >= 3 {
            engine.fail("ERR DEBUG REPLICATE is not provided: replicas get what was done, and nothing else")
        } else if call.isWord(1, "CLUSTERLINK"), call.count == 5 {
            engine.fail("ERR Debug option only available for cluster mode enabled setup!")
        } else {
            return false
        }
        return true
    }

    /// Switches of redis's insides that mean nothing here.
    private func debugSwitches(_ engine: inout Engine, _ call: Call) -> Bool {
        let switches: [StaticString] = [
            "AOF-FLUSH-SLEEP", "SET-SKIP-CHECKSUM-VALIDATION", "PAUSE-CRON", "SET-DISABLE-DENY-SCRIPTS",
            "DROP-CLUSTER-PACKET-FILTER",
        ]
        if call.count == 3, switches.contains(where: { call.isWord(1, $0) }) {
            engine.reply.ok()
        } else if call.isWord(1, "QUICKLIST-PACKED-THRESHOLD"), call.count == 3 {
            // Our lists give each large element memory of its own, whatever redis calls large.
            guard let size = Directives.bytes(call[2].string), size >= 0, size <= (1 << 32) - (1 << 20) else {
                engine.fail("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
                return true
            }
            engine.reply.ok()
        } else if call.isWord(1, "REPLYBUFFER"), call.count == 4, call.isWord(2, "RESIZING") {
            engine.reply.ok()
        } else if call.isWord(1, "REPLYBUFFER"), call.count == 4, call.isWord(2, "PEAK-RESET-TIME") {
            guard call.isWord(3, "NEVER") || call.isWord(3, "RESET") || Int64(call[3].string) != nil else {
                engine.fail("ERR value is not an integer or out of range")
                return true
            }
            engine.reply.ok()
        } else {
            return false
        }
        return true
    }

    /// A server that others rely on does not crash because a client wants to see it.
    private func refuseCrash(_ engine: inout Engine, _ call: Call) -> Bool {
        let crashes: [StaticString] = ["ASSERT", "OOM", "PANIC", "SEGFAULT"]
        if let name = crashes.first(where: { call.isWord(1, $0) }) {
            engine.fail("ERR DEBUG \(name) is not provided: this server does not crash on purpose")
        } else if call.isWord(1, "RESTART") || call.isWord(1, "CRASH-AND-RECOVER") {
            engine.fail("ERR failed to restart the server. Check server logs.")
        } else {
            return false
        }
        return true
    }

    private func debugClientEviction(_ engine: inout Engine) {
        guard server.directives.text("maxmemory-clients") != "0" else {
            return engine.fail("ERR maxmemory-clients is disabled.")
        }
        let clients = server.clients.values.filter { $0.session.isEvictable && !$0.session.isReplica }
        engine.reply.verbatim(
            string: clients.map { "id=\($0.session.identifier) tot-mem=\($0.memory)\n" }.joined()
        )
    }
}

extension Replication {
    /// DEBUG CHANGE-REPL-ID: replicas that come back must take everything anew.
    func changeIdentifier() {
        var generator = SystemRandomNumberGenerator()
        source.forgetHistory(newIdentifier: ServerCore.makeIdentifier(&generator))
    }
}
