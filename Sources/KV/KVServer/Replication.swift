import Bytes
import KVEngine
import KVReplication
import Net

/// The server's two roles in replication: source for its replicas, follower of a primary.
///
///     primary   engine's effects ──turn's end──▶ ReplicationSource
///     replica   PrimaryLink ──▶ engine, and the same bytes ──▶ ReplicationSource (for replicas of ours)
///
/// Not here: the protocol's commands (`Commands/ReplicationCommands`).
final class Replication: PrimaryLinkHost {
    /// A client that waits for replicas.
    private struct Waiter {
        let session: Session
        let offset: Int64
        let wanted: Int
        let timer: TimerID?
    }

    unowned let core: ServerCore
    let source: ReplicationSource
    private(set) var link: PrimaryLink?
    private var waiters: [Waiter] = []
    /// The ports replicas told us before PSYNC, by client.
    private var announcedPorts: [Int64: Int] = [:]
    private var lastPing: Int64 = 0
    private var wantsAcknowledgements = false

    init(core: ServerCore, identifier: String) {
        self.core = core
        source = ReplicationSource(
            identifier: identifier,
            backlogSize: core.configuration.backlogSize,
            maximumOutput: core.configuration.maximumReplicaOutput
        )
    }

    // MARK: - Primary

    /// Moves what the engine recorded to the backlog and the replicas.
    func flushEffects(_ engine: inout Engine) {
        guard !engine.effects.buffer.isEmpty else { return }
        source.append(engine.effects.buffer.bytes)
        core.traffic.replicationOutput += Int64(engine.effects.buffer.count * source.replicas.count)
        engine.effects.buffer.removeAll()
        engine.effects.buffer.shrink(to: 1 << 20)
    }

    /// Answers PSYNC (or SYNC when `name` is nil) on the client's connection; the reply goes to the engine's writer.
    func synchronise(_ client: ClientSession, name: String?, wanted: Int64, _ engine: inout Engine) {
        let now = core.loop.wallMilliseconds
        let port = announcedPorts[client.session.identifier] ?? 0
        let isFirst = !source.isActive
        source.activate()
        if !engine.isReplica { engine.effects.isRecording = true }
        // What this turn changed so far is part of the history before the snapshot.
        flushEffects(&engine)
        client.session.isReplica = true
        if !isFirst, let name, case .partial(let missing) = source.answer(name: name, wanted: wanted) {
            engine.reply.simple(string: "CONTINUE \(source.identifier)")
            source.copyNewest(missing, to: &engine.reply.buffer)
            source.attach(client.connection, identifier: client.session.identifier, port: port, snapshot: nil, now: now)
            return
        }
        if name != nil { engine.reply.simple(string: "FULLRESYNC \(source.identifier) \(source.offset)") }
        var snapshot = ByteBuffer()
        SnapshotWriter.write(engine, streamDatabase: 0, to: &snapshot)
        engine.effects.forgetSelection()
        if !engine.isReplica { engine.recordFieldExpiries() }
        core.logger.info("full synchronisation with a replica", metadata: ["bytes": "\(snapshot.count)"])
        engine.reply.buffer.append("$")
        engine.reply.buffer.append(decimal: Int64(snapshot.count))
        engine.reply.buffer.append("\r\n")
        engine.reply.buffer.append(snapshot.bytes)
        source.attach(
            client.connection,
            identifier: client.session.identifier,
            port: port,
            snapshot: snapshot.count,
            now: now
        )
    }

    func announce(port: Int, by client: Session) { announcedPorts[client.identifier] = port }

    func acknowledge(_ session: Session, offset: Int64) {
        source.acknowledge(session.identifier, offset: offset, now: core.loop.wallMilliseconds)
        releaseWaiters()
    }

    func closed(_ client: ClientSession) {
        source.detach(client.session.identifier)
        announcedPorts[client.session.identifier] = nil
        waiters.removeAll { waiter in
            guard waiter.session === client.session else { return false }
            if let timer = waiter.timer { core.loop.cancel(timer) }
            return true
        }
    }

    // MARK: WAIT

    /// Lets a client wait until `wanted` replicas have everything written so far. Milliseconds 0 is for ever.
    func wait(_ session: Session, wanted: Int, milliseconds: Int64, _ engine: inout Engine) {
        flushEffects(&engine)
        let offset = source.offset
        let have = source.acknowledgedCount(offset)
        if have >= wanted || session.queuedCount >= 0 || core.clients[session.identifier] == nil {
            return engine.reply.integer(have)
        }
        session.isBlocked = true
        wantsAcknowledgements = true
        var timer: TimerID?
        if milliseconds > 0 {
            timer = core.loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in self?.release(session) }
        }
        waiters.append(Waiter(session: session, offset: offset, wanted: wanted, timer: timer))
    }

    private func releaseWaiters() {
        for waiter in waiters where source.acknowledgedCount(waiter.offset) >= waiter.wanted {
            // Not in the middle of the acknowledging client's request: the reply is for another connection.
            core.loop.schedule(after: .zero) { [weak self] in self?.release(waiter.session) }
        }
    }

    /// CLIENT UNBLOCK
    func unblock(_ session: Session, isError: Bool) {
        release(session, error: isError ? "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n" : nil)
    }

    private func release(_ session: Session, error: StaticString? = nil) {
        guard let index = waiters.firstIndex(where: { $0.session === session }) else { return }
        let waiter = waiters.remove(at: index)
        if let timer = waiter.timer { core.loop.cancel(timer) }
        guard let client = core.clients[session.identifier] else { return }
        session.isBlocked = false
        if let error {
            client.connection.output.append(error)
        } else {
            client.connection.output.append(":")
            client.connection.output.append(decimal: Int64(source.acknowledgedCount(waiter.offset)))
            client.connection.output.append("\r\n")
        }
        client.connection.scheduleFlush()
        client.connection.resumeReading()
    }

    // MARK: - Replica

    /// REPLICAOF host port
    func follow(host: String, port: Int, _ engine: inout Engine) {
        flushEffects(&engine)
        // Coming from the primary's role our history may be the new primary's own past.
        let history: (String, Int64)? = source.isActive ? (source.identifier, source.offset) : nil
        link?.stop()
        engine.isReplica = true
        engine.effects.isRecording = false
        let link = PrimaryLink(
            host: host,
            port: port,
            password: core.directives.primaryPassword,
            listeningPort: core.linkEncryption != nil && core.encryptedPort != 0 ? core.encryptedPort : core.port,
            history: history,
            tls: core.linkEncryption,
            loop: core.loop,
            owner: self
        )
        self.link = link
        // The handler that asked still holds the engine.
        core.loop.schedule(after: .zero) { link.start() }
    }

    /// REPLICAOF NO ONE
    func promote(_ engine: inout Engine) {
        guard let link else { return }
        link.stop()
        self.link = nil
        engine.isReplica = false
        engine.effects.isRecording = source.isActive
        engine.effects.forgetSelection()
        var generator = SystemRandomNumberGenerator()
        source.rename(ServerCore.makeIdentifier(&generator))
        core.logger.notice("this server is a primary now")
    }

    func withEngine(_ body: (inout Engine) -> Void) {
        core.engine.setTime(milliseconds: core.loop.wallMilliseconds)
        body(&core.engine)
    }

    func linkDidSynchronise(identifier: String, offset: Int64, isPartial: Bool) {
        core.logger.notice("in step with the primary", metadata: ["history": "\(identifier)", "offset": "\(offset)"])
        if isPartial { source.rename(identifier) } else { source.adopt(identifier: identifier, offset: offset) }
    }

    func linkDidApply(_ bytes: UnsafeRawBufferPointer) {
        core.traffic.replicationInput += Int64(bytes.count)
        source.append(bytes)
    }

    func linkReports(_ message: String) { core.logger.info("\(message)") }

    // MARK: - Time

    /// At the end of every turn.
    func turnEnded() {
        guard wantsAcknowledgements else { return }
        wantsAcknowledgements = false
        appendToStream("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n")
    }

    /// Once a second.
    func tick() {
        let now = core.loop.wallMilliseconds
        let timeout = Int64(core.directives.replicationTimeoutSeconds) * 1000
        if let link {
            link.password = core.directives.primaryPassword
            link.tick(timeout: timeout)
        } else if !source.replicas.isEmpty, now - lastPing >= 10_000 {
            lastPing = now
            appendToStream("*1\r\n$4\r\nPING\r\n")
        }
        source.closeSilent(timeout: timeout, now: now)
    }

    private func appendToStream(_ text: StaticString) {
        source.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

// MARK: - INFO

extension ServerCore {
    var replicationStatistics: [(String, String)] {
        let statistics = replication.source.statistics
        return [
            ("sync_full", "\(statistics.full)"), ("sync_partial_ok", "\(statistics.partial)"),
            ("sync_partial_err", "\(statistics.refused)"),
        ]
    }

    var replicationFields: [(String, String)] {
        let source = replication.source
        let now = loop.wallMilliseconds
        var fields: [(String, String)] = []
        if let link = replication.link {
            fields += [
                ("role", "slave"), ("master_host", link.host), ("master_port", "\(link.port)"),
                ("master_link_status", link.isUp ? "up" : "down"),
                ("master_last_io_seconds_ago", link.isUp ? "\((now - link.lastInput) / 1000)" : "-1"),
                ("master_sync_in_progress", link.isSynchronising ? "1" : "0"),
                ("slave_read_repl_offset", "\(link.offset)"), ("slave_repl_offset", "\(link.offset)"),
            ]
            if !link.isUp { fields.append(("master_link_down_since_seconds", "\((now - link.downSince) / 1000)")) }
            fields += [
                ("slave_priority", "\(directives.replicaPriority)"), ("slave_read_only", "1"),
                ("replica_announced", "1"),
            ]
        } else {
            fields.append(("role", "master"))
        }
        fields.append(("connected_slaves", "\(source.replicas.count)"))
        for (index, replica) in source.replicas.enumerated() {
            let lag = (now - replica.acknowledgedAt) / 1000
            fields.append(
                (
                    "slave\(index)",
                    "ip=\(replica.address),port=\(replica.port),state=online,offset=\(replica.acknowledged),lag=\(lag)"
                )
            )
        }
        fields += [
            ("master_failover_state", "no-failover"), ("master_replid", source.identifier),
            ("master_replid2", source.secondIdentifier), ("master_repl_offset", "\(source.offset)"),
            ("second_repl_offset", "\(source.secondOffset)"), ("repl_backlog_active", source.isActive ? "1" : "0"),
            ("repl_backlog_size", "\(directives.backlogSize)"),
            ("repl_backlog_first_byte_offset", "\(source.backlogFirstOffset)"),
            ("repl_backlog_histlen", "\(source.backlogCount)"),
        ]
        return fields
    }
}
