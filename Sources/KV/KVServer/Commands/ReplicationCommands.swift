import KVEngine
import KVReplication
import RESP

/// REPLICAOF, ROLE, WAIT, and what a replica says to us: REPLCONF, PSYNC, SYNC.
extension ServerCommands {
    /// REPLICAOF host port | NO ONE
    func replicaOf(_ engine: inout Engine, _ call: Call) {
        if call.isWord(1, "no"), call.isWord(2, "one") {
            server.replication.promote(&engine)
            return engine.reply.ok()
        }
        guard let port = Int(call[2].string), port >= 0, port <= 65535 else {
            return engine.fail("ERR Invalid master port")
        }
        let host = call[1].string
        if let link = server.replication.link, link.host == host, link.port == port {
            return engine.reply.simple("OK Already connected to specified master")
        }
        server.replication.follow(host: host, port: port, &engine)
        engine.reply.ok()
    }

    /// CLUSTER, READONLY, READWRITE, ASKING: a server that stands alone
    func noCluster(_ engine: inout Engine, _ call: Call) {
        engine.fail("ERR This instance has cluster support disabled")
    }

    /// ROLE
    func role(_ engine: inout Engine, _ call: Call) {
        if let link = server.replication.link {
            engine.reply.array(5)
            engine.reply.bulk("slave")
            engine.reply.bulk(string: link.host)
            engine.reply.integer(link.port)
            engine.reply.bulk(string: link.state.role)
            return engine.reply.integer(link.isUp ? link.offset : -1)
        }
        let source = server.replication.source
        engine.reply.array(3)
        engine.reply.bulk("master")
        engine.reply.integer(source.offset)
        engine.reply.array(source.replicas.count)
        for replica in source.replicas {
            engine.reply.array(3)
            engine.reply.bulk(string: replica.address)
            engine.reply.bulk(string: String(replica.port))
            engine.reply.bulk(string: String(replica.acknowledged))
        }
    }

    /// REPLCONF option value …
    func replicationConfiguration(_ engine: inout Engine, _ call: Call) {
        guard call.count % 2 == 1 else { return engine.syntaxError() }
        for index in stride(from: 1, to: call.count, by: 2) {
            let value = call[index + 1].string
            if call.isWord(index, "listening-port") {
                guard let port = Int(value), port >= 0, port <= 65535 else {
                    return engine.fail("ERR value is not an integer or out of range")
                }
                server.replication.announce(port: port, by: call.session)
            } else if call.isWord(index, "ack") {
                // No reply: the line belongs to the stream.
                guard call.session.isReplica, let offset = Int64(value) else { return }
                return server.replication.acknowledge(call.session, offset: offset)
            } else if call.isWord(index, "getack") {
                if call.session.isPrimaryLink { server.replication.link?.requestAcknowledgement() }
                return
            } else if call.isWord(index, "capa") || call.isWord(index, "ip-address") || call.isWord(index, "rdb-only") {
                // Every replica gets a snapshot of known length, so there is nothing to remember.
                continue
            } else {
                return engine.fail("ERR Unrecognized REPLCONF option: \(call[index].string)")
            }
        }
        engine.reply.ok()
    }

    /// PSYNC replicationid offset
    func partialSync(_ engine: inout Engine, _ call: Call) {
        synchronise(&engine, call, name: call[1].string, offset: Int64(call[2].string))
    }

    /// SYNC
    func fullSync(_ engine: inout Engine, _ call: Call) {
        synchronise(&engine, call, name: nil, offset: -1)
    }

    private func synchronise(_ engine: inout Engine, _ call: Call, name: String?, offset: Int64?) {
        guard !call.session.isReplica, let client = server.clients[call.session.identifier] else { return }
        if let link = server.replication.link, !link.isUp {
            return engine.fail("NOMASTERLINK Can't SYNC while not connected with my master")
        }
        guard engine.reply.buffer.isEmpty else {
            return engine.fail("ERR SYNC and PSYNC are invalid with pending output")
        }
        guard let offset else { return engine.fail("ERR value is not an integer or out of range") }
        server.replication.synchronise(client, name: name, wanted: offset, &engine)
    }

    /// WAIT numreplicas timeout
    func wait(_ engine: inout Engine, _ call: Call) {
        guard server.replication.link == nil else {
            return engine.fail(
                """
                ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is \
                configured to be writable (which is not the default) writes to replicas are just local and are not \
                propagated.
                """
            )
        }
        guard let wanted = Int64(call[1].string) else {
            return engine.fail("ERR value is not an integer or out of range")
        }
        guard let timeout = Int64(call[2].string) else {
            return engine.fail("ERR timeout is not an integer or out of range")
        }
        guard timeout >= 0 else { return engine.fail("ERR timeout is negative") }
        guard timeout <= Int64.max / 4_000_000 else { return engine.fail("ERR timeout is out of range") }
        server.replication.wait(call.session, wanted: Int(wanted), milliseconds: timeout, &engine)
    }
}
