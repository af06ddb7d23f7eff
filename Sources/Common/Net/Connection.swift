import Bytes
import CLinux
import Glibc

/// What a server does with a connection. All calls come on the loop's thread.
public protocol ConnectionHandler: AnyObject {
    /// All unread bytes: what was left over before and what just came. One call per readiness event, so a whole
    /// pipeline arrives at once. The pointers die with the call. Replies are appended to `connection.output`.
    /// - Returns: how many bytes were consumed; the rest is kept and shown again when more has come.
    func connection(_ connection: Connection, didReceive bytes: UnsafeRawBufferPointer) -> Int
    /// The unsent output fell below the low-water mark after it had been above the high-water mark.
    func connectionDidDrain(_ connection: Connection)
    /// The connection has ended, by either side. Comes exactly once; nothing comes after it.
    func connectionDidClose(_ connection: Connection)
    /// Whether it may be called by `EventLoop.serveOthers`, in the middle of another handler.
    var isServedWithinTurn: Bool { get }
}

extension ConnectionHandler {
    public var isServedWithinTurn: Bool { false }
}

/// One TCP connection of an event loop.
///
///     socket ──recv──▶ loop's shared buffer ──▶ handler ──▶ output ──one send per turn──▶ socket
///                      └─ leftover ─▶ pending (only while a message is incomplete)
///
/// An idle connection holds no buffer; that of a large message is kept for a second. Confined to its loop's thread.
public final class Connection {
    /// Above this many unsent bytes a handler should stop producing.
    public static let highWaterMark = 1 << 20
    /// So many bytes are reserved for an announced message before they come: one allocation and no copy for most.
    private static let mostUnearned = 1 << 20
    /// Empty buffers up to this size may stay.
    static let smallMemory = 16 << 10
    /// Below this many unsent bytes `connectionDidDrain` tells it to go on.
    public static let lowWaterMark = 1 << 18

    public let descriptor: Int32
    /// Unique within the loop.
    public let identifier: UInt64
    /// The far end, as in `127.0.0.1:54321`.
    public let peerAddress: String
    /// The near end.
    public let localAddress: String
    /// Whether the peer is on this machine: a socket in the file system, or loopback.
    public let isLocal: Bool

    public var handler: (any ConnectionHandler)?
    /// Replies not yet sent. What is appended during `didReceive` goes out by itself at the end of the turn; at other
    /// times call `scheduleFlush`.
    public var output = ByteBuffer()
    /// Do not call `didReceive` before so many unread bytes are there; back to 1 before each call.
    public var minimumInput = 1

    // Unsafe only in name: a loop closes its connections before it ends, and a closed one does not ask for it.
    unowned(unsafe) let loop: EventLoop
    var pending = ByteBuffer()
    private(set) var isClosed = false
    private(set) var isReadingPaused = false
    /// While paused.
    private var isEndNoticed = false
    private var wantsClose = false
    private var wantsWritable = false
    var wasAboveHighWater = false
    /// Bytes of empty buffers that the loop lets it keep.
    var keptMemory = 0
    private var registered: UInt32
    /// Nil in the clear.
    let tls: TLSSession?
    /// Who waits for the handshake: what happens when it is done, and when it fails.
    var established: ((Connection) -> Void)?
    var refused: (() -> Void)?
    var isFlushScheduled = false

    init(descriptor: Int32, identifier: UInt64, path: String?, tls: TLSSession?, loop: EventLoop) {
        self.descriptor = descriptor
        self.identifier = identifier
        self.loop = loop
        self.tls = tls
        if let path {
            peerAddress = "\(path):0"
            localAddress = peerAddress
        } else {
            peerAddress = SocketAddress.of(descriptor, peer: true)?.text ?? "?:0"
            localAddress = SocketAddress.of(descriptor, peer: false)?.text ?? "?:0"
        }
        isLocal = path != nil || peerAddress.hasPrefix("127.0.0.1:") || peerAddress.hasPrefix("[::1]:")
        registered = EPOLLIN.rawValue
    }

    /// Bytes of an incomplete message, and the memory for them.
    public var unreadCount: Int { pending.count }
    public var unreadCapacity: Int { keptMemory > 0 && pending.isEmpty ? 0 : pending.capacity }
    /// Memory for unsent output. As with what is unread, an empty buffer that is kept for the next large message is the loop's.
    public var outputCapacity: Int { keptMemory > 0 && output.isEmpty ? 0 : output.capacity }
    /// The socket takes no more at the moment.
    public var isWaitingToSend: Bool { wantsWritable }

    /// Whether the handler should wait for `connectionDidDrain` before it produces more.
    public var isOutputAboveHighWater: Bool { output.count > Self.highWaterMark }

    /// Takes no more bytes from the socket until `resumeReading`.
    /// - Parameter noticingEnd: the connection ends as soon as the peer sends no more, whatever it sent before: for
    ///   one that is waited for, and that should not be served when it is gone.
    public func pauseReading(noticingEnd: Bool = false) {
        isReadingPaused = true
        isEndNoticed = noticingEnd
        updateInterest()
    }

    /// Reads again, and shows the leftover again in this or the next turn.
    public func resumeReading() {
        guard isReadingPaused, !isClosed else { return }
        isReadingPaused = false
        updateInterest()
        if !pending.isEmpty || tls?.hasPending == true { loop.showAgain(self) }
    }

    /// Sends what was appended outside of `didReceive`.
    public func scheduleFlush() {
        if !isFlushScheduled && !isClosed { loop.scheduleFlush(self) }
    }

    /// Ends the connection as soon as its output is sent; reads nothing more.
    public func closeAfterFlush() {
        guard !isClosed else { return }
        wantsClose = true
        isReadingPaused = true
        updateInterest()
        scheduleFlush()
    }

    /// Ends the connection now; unsent output is lost.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.forget(self)
        tls?.end()
        Glibc.close(descriptor)
        let handler = self.handler
        self.handler = nil
        handler?.connectionDidClose(self)
        let refused = self.refused
        (self.refused, established) = (nil, nil)
        refused?()
        pending.removeAll(keepingCapacity: false)
        output.removeAll(keepingCapacity: false)
    }

    // MARK: Called by the loop

    func ready(_ bits: UInt32) {
        if isClosed { return }
        if let tls, !tls.isEstablished { return shakeHands(tls) }
        let ends = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
        if bits & (EPOLLIN.rawValue | ends) != 0 {
            if isReadingPaused {
                // Only the end of the connection is of interest now.
                if bits & ends != 0 { return close() }
            } else {
                receive()
            }
        }
        if !isClosed, bits & EPOLLOUT.rawValue != 0 { flush() }
    }

    private func receive() {
        if let tls { return receive(tls) }
        let received: Int
        if pending.isEmpty {
            let scratch = loop.receiveBuffer
            received = clinux_receive(descriptor, scratch.baseAddress, scratch.count)
            if received > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: scratch[0..<received])
                let consumed = show(bytes)
                if !isClosed && consumed < received {
                    pending.append(UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
                }
            }
        } else {
            // A large message is on its way: take as much of it as was announced. Beyond a megabyte, which costs nothing before
            // bytes are in it, the announcement is not trusted with memory that has not been earned by bytes.
            let missing = minimumInput - pending.count
            let room = min(max(missing, EventLoop.receiveSize), max(pending.count, Self.mostUnearned))
            // Without an announcement the memory doubles: a long message of short parts would be copied for each of them.
            let isAnnounced = missing > EventLoop.receiveSize
            let target = isAnnounced ? pending.reserveExactly(room) : pending.reserve(room)
            received = clinux_receive(descriptor, target, room)
            if received > 0 {
                pending.advance(received)
                showPending()
            }
        }
        if received > 0 { return }
        if received < 0 && (errno == EAGAIN || errno == EINTR) { return }
        close()
    }

    /// Shows again what was left over, and what a TLS session holds.
    func showAgain() {
        showPending()
        if let tls, tls.hasPending, !isClosed, !isReadingPaused { receive(tls) }
    }

    func showPending() {
        guard !isClosed, !isReadingPaused, !pending.isEmpty, pending.count >= minimumInput else { return }
        let consumed = show(pending.bytes)
        if isClosed { return }
        pending.consume(consumed)
        if pending.capacity > Self.smallMemory { giveMemoryBack() }
    }

    func show(_ bytes: UnsafeRawBufferPointer) -> Int {
        minimumInput = 1
        guard let handler else { return bytes.count }
        let consumed = handler.connection(self, didReceive: bytes)
        precondition(consumed >= 0 && consumed <= bytes.count, "a handler consumed more than it was shown")
        if !output.isEmpty { scheduleFlush() }
        return consumed
    }

    /// Sends once; waits for writability where the socket is full.
    func flush() {
        if isClosed { return }
        if !output.isEmpty {
            if let tls {
                guard flush(tls) else { return close() }
            } else {
                let bytes = output.bytes
                let sent = clinux_send(descriptor, bytes.baseAddress, bytes.count)
                if sent >= 0 {
                    if output.count > Self.highWaterMark { wasAboveHighWater = true }
                    output.consume(sent)
                    if output.capacity > Self.smallMemory { giveMemoryBack() }
                } else if errno != EAGAIN && errno != EINTR {
                    return close()
                }
            }
        }
        if output.isEmpty && wantsClose { return close() }
        let isBlocked = !output.isEmpty
        if isBlocked != wantsWritable {
            wantsWritable = isBlocked
            updateInterest()
        }
        if wasAboveHighWater && output.count < Self.lowWaterMark {
            wasAboveHighWater = false
            handler?.connectionDidDrain(self)
            if !isClosed && !output.isEmpty { scheduleFlush() }
        }
    }

    /// Gives back the memory of large messages that were handled, unless the loop has room to keep it for the next.
    func giveMemoryBack() {
        let held = (pending.isEmpty ? pending.capacity : 0) + (output.isEmpty ? output.capacity : 0)
        if !loop.lets(self, keep: held) { releaseMemory() }
    }

    func releaseMemory() {
        pending.shrink(to: Self.smallMemory)
        output.shrink(to: Self.smallMemory)
    }

    /// Waits for the socket to take bytes, or no longer.
    func watch(writable: Bool) {
        wantsWritable = writable
        updateInterest()
    }

    private func updateInterest() {
        guard !isClosed else { return }
        let input = isReadingPaused ? isEndNoticed ? EPOLLRDHUP.rawValue : 0 : EPOLLIN.rawValue
        let bits = input | (wantsWritable ? EPOLLOUT.rawValue : 0)
        guard bits != registered else { return }
        registered = bits
        loop.register(descriptor, bits, .connection, tag: self, operation: EPOLL_CTL_MOD)
    }
}
