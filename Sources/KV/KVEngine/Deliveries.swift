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
        enqueue(to: session, body)
    }

    /// As `deliver`, for messages: they are heard also by a client that wants no replies (CLIENT REPLY OFF).
    mutating func push(to session: Session, _ body: (inout Engine) -> Void) {
        if takesInPlace(session) { return body(&self) }
        enqueue(to: session, body)
    }

    /// As `push(to:)`, for a message that is encoded already.
    @inline(__always)
    mutating func push(_ message: UnsafeRawBufferPointer, to session: Session) {
        if takesInPlace(session) { return reply.buffer.append(message) }
        session.outbox.append(message)
        noteDelivery(to: session)
    }

    @inline(__always)
    private func takesInPlace(_ session: Session) -> Bool {
        session === activeSession && !session.isBlocked && session.replyMode == .on
    }

    private mutating func enqueue(to session: Session, _ body: (inout Engine) -> Void) {
        let version = reply.version
        swap(&reply.buffer, &session.outbox)
        reply.version = session.protocolVersion
        body(&self)
        swap(&reply.buffer, &session.outbox)
        reply.version = version
        noteDelivery(to: session)
    }

    @inline(__always)
    mutating func noteDelivery(to session: Session) {
        if session.isInDeliveries { return }
        session.isInDeliveries = true
        deliveries.append(session)
    }

    /// What came for a client before its next request stands before the replies.
    @inline(never)
    mutating func takeOwnDeliveries(_ session: Session) {
        reply.buffer.append(session.outbox.bytes)
        session.outbox.removeAll()
    }

    /// Whether something waits in an outbox.
    public var hasDeliveries: Bool { !deliveries.isEmpty }

    /// Hands over what waits in outboxes; the server calls it at the end of each turn.
    public mutating func takeDeliveries(_ body: (Session, inout ByteBuffer) -> Void) {
        let sessions = deliveries
        deliveries.removeAll(keepingCapacity: true)
        for session in sessions {
            session.isInDeliveries = false
            body(session, &session.outbox)
            session.outbox.removeAll()
            session.outbox.shrink(to: 4096)
        }
    }
}
