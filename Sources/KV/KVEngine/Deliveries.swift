import Bytes
import RESP

/// What a request makes other clients hear: messages, the reply to a client that waited, invalidations.
///
///     handler ──deliver(to:)──▶ the session's outbox ──takeDeliveries, at the end of the turn──▶ its connection
///
/// The engine knows no connections, so bytes wait in the session. A delivery to the client whose request runs goes
/// into its reply, where it stands in order.
extension Engine {
    /// Runs `body` with `reply` going to `session`, in its protocol version.
    mutating func deliver(to session: Session, _ body: (inout Engine) -> Void) {
        if session === activeSession, !session.isBlocked { return body(&self) }
        let version = reply.version
        swap(&reply.buffer, &session.outbox)
        reply.version = session.protocolVersion
        body(&self)
        swap(&reply.buffer, &session.outbox)
        reply.version = version
        if !session.isInDeliveries {
            session.isInDeliveries = true
            deliveries.append(session)
        }
    }

    /// Hands over what waits in outboxes; the server calls it at the end of each turn.
    public mutating func takeDeliveries(_ body: (Session, inout ByteBuffer) -> Void) {
        guard !deliveries.isEmpty else { return }
        let sessions = deliveries
        deliveries.removeAll(keepingCapacity: true)
        for session in sessions {
            session.isInDeliveries = false
            body(session, &session.outbox)
            session.outbox.removeAll(keepingCapacity: false)
        }
    }
}
