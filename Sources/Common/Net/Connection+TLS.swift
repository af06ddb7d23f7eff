import Bytes
import CLinux
import Glibc

// The encrypted side of a connection: handshake before anything else, then the same flow through the session.
extension Connection {
    /// Starts the handshake; `accept` gets the connection when it is done.
    func begin(_ accept: @escaping (Connection) -> Void, refused: (() -> Void)?) {
        established = accept
        self.refused = refused
        loop.schedule(after: TLSSession.handshakeLimit) { [weak self] in
            guard let self, self.tls?.isEstablished == false else { return }
            self.close()
        }
        if let tls { shakeHands(tls) }
    }

    func shakeHands(_ tls: TLSSession) {
        switch tls.handshake() {
        case .moved:
            watch(writable: false)
            let accept = established
            (established, refused) = (nil, nil)
            accept?(self)
            if isClosed { return }
            if !output.isEmpty { scheduleFlush() }
            // Requests may have come with the last part of the handshake.
            receive(tls)
        case .wantsRead: watch(writable: false)
        case .wantsWrite: watch(writable: true)
        case .closed, .failed: close()
        }
    }

    /// Reads until the session has nothing more or the handler wants no more.
    func receive(_ tls: TLSSession) {
        while !isClosed, !isReadingPaused {
            let scratch = loop.receiveBuffer
            guard let start = scratch.baseAddress else { return }
            switch tls.read(start, scratch.count) {
            case .moved(let count):
                let bytes = UnsafeRawBufferPointer(rebasing: scratch[0..<count])
                if pending.isEmpty {
                    let consumed = show(bytes)
                    if !isClosed, consumed < count {
                        pending.append(UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
                    }
                } else {
                    pending.append(bytes)
                    showPending()
                }
            // A write the protocol itself wants is done with the next read: renegotiation is not allowed.
            case .wantsRead, .wantsWrite: return
            case .closed, .failed: return close()
            }
        }
    }

    /// Sends what the session takes; false when the connection is broken.
    func flush(_ tls: TLSSession) -> Bool {
        while !output.isEmpty {
            guard let start = output.bytes.baseAddress else { break }
            switch tls.write(start, output.count) {
            case .moved(let count):
                if output.count > Self.highWaterMark { wasAboveHighWater = true }
                output.consume(count)
            case .wantsRead, .wantsWrite: return true
            case .closed, .failed: return false
            }
        }
        if output.capacity > Self.smallMemory { giveMemoryBack() }
        return true
    }
}
