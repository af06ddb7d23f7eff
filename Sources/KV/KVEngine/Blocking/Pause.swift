import RESP

/// CLIENT PAUSE: for a while requests are not answered, or none that writes.
///
/// A request that comes meanwhile is left in the client's input: the client counts as blocked, and its input is read
/// again at the end.
struct Pause {
    var isWriteOnly: Bool
    /// Milliseconds since 1970.
    var until: Int64
    var sessions: [Session] = []
}

extension Engine {
    /// CLIENT PAUSE timeout [WRITE|ALL]: a later pause takes the place of an earlier one.
    public mutating func pause(until: Int64, isWriteOnly: Bool) {
        pause = Pause(isWriteOnly: isWriteOnly, until: until, sessions: pause?.sessions ?? [])
    }

    /// Lets everybody go on who waits for the end of the pause.
    public mutating func endPause() {
        guard let sessions = pause?.sessions else { return }
        pause = nil
        for session in sessions where session.isPostponed {
            session.isPostponed = false
            session.isBlocked = false
            noteDelivery(to: session)
        }
    }

    public var isPaused: Bool { pause != nil }

    /// Puts a request off when the pause holds for it.
    mutating func postpones(_ pause: Pause, _ call: Call) -> Bool {
        let session = call.session
        guard !session.isReplica, !session.isPrimaryLink else { return false }
        if pause.until <= now {
            endPause()
            return false
        }
        guard !pause.isWriteOnly || mayWrite(call) else { return false }
        session.isPostponed = true
        session.isBlocked = true
        self.pause?.sessions.append(session)
        return true
    }

    private func mayWrite(_ call: Call) -> Bool {
        func mayWrite(_ record: UnsafeMutablePointer<CommandTable.Record>) -> Bool {
            !record.pointee.flags.isDisjoint(with: [.write, .mayReplicate])
        }
        // These are sent to replicas though they do not say so.
        switch call.fullName {
        case "publish", "spublish": return true
        case "exec": return call.session.transaction?.queue.contains { mayWrite($0.record) } ?? false
        default: return mayWrite(call.record)
        }
    }
}
