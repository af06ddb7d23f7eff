import Bytes
import KVEngine
import Net

/// The primary's side: the stream of effects, its backlog, and the replicas that read it.
///
///     effects of a turn ──append──▶ backlog ──▶ every replica's send buffer
///     PSYNC id offset ──▶ +CONTINUE and the missing bytes, or +FULLRESYNC, a snapshot, and the stream behind it
///
/// A replica of ours that feeds others appends its primary's stream as it came, so offsets agree down the chain.
/// Confined to the loop's thread.
public final class ReplicationSource {
    /// One replica.
    public final class Replica {
        unowned let connection: Connection
        public let identifier: Int64
        public let address: String
        public internal(set) var port: Int
        /// The offset it has told us to have processed.
        public internal(set) var acknowledged: Int64 = 0
        /// When it did, in milliseconds since 1970.
        public internal(set) var acknowledgedAt: Int64
        /// The snapshot's bytes do not count against the output limit.
        var allowance: Int

        init(_ connection: Connection, identifier: Int64, port: Int, allowance: Int, now: Int64) {
            self.connection = connection
            self.identifier = identifier
            self.port = port
            self.allowance = allowance
            acknowledgedAt = now
            address = String(
                connection.peerAddress.prefix(
                    upTo: connection.peerAddress.lastIndex(of: ":") ?? connection.peerAddress.endIndex
                )
            )
        }
    }

    /// What PSYNC is to be answered with.
    public enum Answer {
        /// The bytes behind the replica's offset are in the backlog: this many.
        case partial(missing: Int)
        case full
    }

    public struct Statistics {
        public var full: Int64 = 0
        public var partial: Int64 = 0
        public var refused: Int64 = 0
    }

    /// The history's name, forty hexadecimal digits.
    public private(set) var identifier: String
    /// The history before we became primary ourselves; valid up to `secondOffset`.
    public private(set) var secondIdentifier = String(repeating: "0", count: 40)
    public private(set) var secondOffset: Int64 = -1
    /// Bytes of the stream ever written.
    public private(set) var offset: Int64 = 0
    public private(set) var replicas: [Replica] = []
    public private(set) var statistics = Statistics()
    private var backlog: Backlog?
    private let backlogSize: Int
    private let maximumOutput: Int

    public init(identifier: String, backlogSize: Int, maximumOutput: Int) {
        self.identifier = identifier
        self.backlogSize = backlogSize
        self.maximumOutput = maximumOutput
    }

    /// Whether anyone may still want the stream.
    public var isActive: Bool { backlog != nil }
    public var backlogCount: Int { backlog?.count ?? 0 }
    public var backlogFirstOffset: Int64 { backlog == nil ? 0 : offset - Int64(backlogCount) + 1 }

    // MARK: - The stream

    /// Adds bytes to the history and sends them to all replicas.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, backlog != nil else { return }
        backlog?.append(bytes)
        offset += Int64(bytes.count)
        var tooSlow: [Replica] = []
        for replica in replicas {
            replica.connection.output.append(bytes)
            replica.connection.scheduleFlush()
            let waiting = replica.connection.output.count
            // What was sent of the snapshot no longer excuses a full buffer.
            replica.allowance = min(replica.allowance, waiting)
            if waiting - replica.allowance > maximumOutput { tooSlow.append(replica) }
        }
        for replica in tooSlow { replica.connection.close() }
    }

    /// Starts to keep history, if that has not begun.
    public func activate() {
        if backlog == nil { backlog = Backlog(capacity: backlogSize) }
    }

    /// Goes on under a name that nobody knows: whoever comes back has to take everything anew.
    public func forgetHistory(newIdentifier: String) {
        identifier = newIdentifier
        secondIdentifier = String(repeating: "0", count: 40)
        secondOffset = -1
    }

    // MARK: - Replicas

    /// Decides how a replica that asks for `wanted` (the next byte it needs) of history `name` can go on.
    public func answer(name: String, wanted: Int64) -> Answer {
        let isOurs = name == identifier || name == secondIdentifier && wanted <= secondOffset
        guard isOurs, let held = backlog?.count, wanted <= offset + 1, wanted > offset - Int64(held) else {
            if name != "?" { statistics.refused += 1 }
            return .full
        }
        return .partial(missing: Int(offset + 1 - wanted))
    }

    /// Takes a connection in as a replica; what it needs up to `offset` has been or is being written by the caller.
    public func attach(_ connection: Connection, identifier: Int64, port: Int, snapshot: Int?, now: Int64) {
        if snapshot == nil { statistics.partial += 1 } else { statistics.full += 1 }
        replicas.removeAll { $0.identifier == identifier }
        replicas.append(
            Replica(connection, identifier: identifier, port: port, allowance: snapshot ?? 0, now: now)
        )
    }

    /// Appends the newest bytes of the history: the answer to a partial resynchronisation.
    public func copyNewest(_ count: Int, to target: inout ByteBuffer) {
        backlog?.copyNewest(count, to: &target)
    }

    /// A replica's connection has ended.
    public func detach(_ identifier: Int64) {
        replicas.removeAll { $0.identifier == identifier }
    }

    /// REPLCONF ACK offset
    public func acknowledge(_ identifier: Int64, offset: Int64, now: Int64) {
        guard let replica = replicas.first(where: { $0.identifier == identifier }) else { return }
        replica.acknowledged = max(replica.acknowledged, offset)
        replica.acknowledgedAt = now
    }

    /// How many replicas have processed the stream up to `offset`.
    public func acknowledgedCount(_ offset: Int64) -> Int {
        replicas.count { $0.acknowledged >= offset }
    }

    /// Closes replicas that have said nothing for `timeout` milliseconds and have nothing left to read.
    public func closeSilent(timeout: Int64, now: Int64) {
        for replica in replicas where now - replica.acknowledgedAt > timeout && replica.connection.output.isEmpty {
            replica.connection.close()
        }
    }

    // MARK: - Histories

    /// We follow a primary now: its history becomes ours, from `offset` on.
    public func adopt(identifier: String, offset: Int64) {
        if identifier == self.identifier && offset == self.offset { return }
        self.identifier = identifier
        self.offset = offset
        secondIdentifier = String(repeating: "0", count: 40)
        secondOffset = -1
        backlog?.removeAll()
        // Their data is another now: they must come again.
        for replica in replicas { replica.connection.close() }
        activate()
    }

    /// The primary we follow goes on under another name (it was promoted itself).
    public func rename(_ identifier: String) {
        guard identifier != self.identifier else { return }
        secondIdentifier = self.identifier
        secondOffset = offset + 1
        self.identifier = identifier
    }
}
