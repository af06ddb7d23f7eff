import KVEngine
import Net
import RESP

/// One client: its connection, its unfinished input, and what the engine knows of it.
///
/// Nothing is decided here: bytes go to `ServerCore.process`, the end to `ServerCore.closed`.
final class ClientSession: ConnectionHandler {
    let session: Session
    let connectedAt: Int64
    var lastInteraction: Int64
    var parser = RequestParser()
    /// The most that waited to be sent.
    var peakOutput = 0
    /// Since when more waits to be sent than the soft limit allows.
    var softLimitSince: Int64?
    // Unsafe only in name: the core owns its clients.
    unowned(unsafe) let core: ServerCore
    /// The loop owns the connection and tells us when it ends, which is when the core drops this object.
    unowned let connection: Connection

    init(core: ServerCore, connection: Connection, session: Session, now: Int64) {
        self.core = core
        self.connection = connection
        self.session = session
        connectedAt = now
        lastInteraction = now
    }

    /// What the connection and its unfinished requests hold.
    var memory: Int { connection.unreadCapacity + connection.outputCapacity + session.queuedMemory }

    func connection(_ connection: Connection, didReceive bytes: UnsafeRawBufferPointer) -> Int {
        core.process(bytes, self, connection)
    }

    /// Replicas wait until a script is over.
    var isServedWithinTurn: Bool { !session.isReplica }

    /// The client reads slower than it asks: take no more requests until it has caught up.
    func waitForDrain(_ connection: Connection) {
        connection.pauseReading()
    }

    func connectionDidDrain(_ connection: Connection) {
        if !session.isBlocked { connection.resumeReading() }
    }

    func connectionDidClose(_ connection: Connection) {
        core.closed(self)
    }
}
