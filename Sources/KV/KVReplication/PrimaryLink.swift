import Bytes
import KVEngine
import Net
import RESP

/// What a link to a primary needs from its server.
public protocol PrimaryLinkHost: AnyObject {
    /// Runs `body` with the engine, at the loop's present time.
    func withEngine(_ body: (inout Engine) -> Void)
    /// The link's history begins or goes on: the server's own replicas depend on it.
    func linkDidSynchronise(identifier: String, offset: Int64, isPartial: Bool)
    /// Bytes of the stream that were executed.
    func linkDidApply(_ bytes: UnsafeRawBufferPointer)
    /// For the log.
    func linkReports(_ message: String)
}

/// The replica's side: follows a primary.
///
///     connect ▶ PING ▶ AUTH ▶ REPLCONF listening-port ▶ REPLCONF capa ▶ PSYNC ─┬▶ +CONTINUE ─────────▶ stream
///        ▲                                                                    └▶ +FULLRESYNC ▶ load ▶ stream
///        └──────────── back-off, when anything fails ◀──────────────────────────────────────────────────┘
///
/// The stream's commands run on a session of their own; what they reply is dropped. While the link is down the data
/// stays as it is and is served. Confined to the loop's thread.
public final class PrimaryLink: ConnectionHandler {
    /// Where the link stands.
    public enum State: Equatable, Sendable {
        case waiting, connecting, ping, authenticating, port, capabilities, synchronising
        case snapshotHeader, loading, snapshotEnd, streaming

        /// As ROLE shows it.
        public var role: String {
            switch self {
            case .waiting: "connect"
            case .connecting: "connecting"
            case .ping, .authenticating, .port, .capabilities, .synchronising: "handshake"
            case .snapshotHeader, .loading, .snapshotEnd: "sync"
            case .streaming: "connected"
            }
        }
    }

    private static let longestLine = 1024
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    public let host: String
    public let port: Int
    public private(set) var state = State.waiting
    /// Bytes of the primary's stream that were executed.
    public private(set) var offset: Int64 = 0
    /// When something last came from the primary, in milliseconds since 1970.
    public private(set) var lastInput: Int64
    /// Since when the link is down.
    public private(set) var downSince: Int64
    /// `masterauth`; empty for none.
    public var password: String
    private let listeningPort: Int
    private unowned let owner: any PrimaryLinkHost
    private let tls: TLSContext?
    private let loop: EventLoop
    private var connection: Connection?
    private var timer: TimerID?
    private var pause = PrimaryLink.shortestPause
    private var identifier = "?"
    private var isEnded = false
    private var announcedOffset: Int64 = 0
    private var announcedIdentifier = ""
    private var remaining: Int?
    private var endMark: [UInt8] = []
    private var reader = SnapshotReader()
    private var parser = RequestParser()
    private var batch = RequestBatch()
    private var session: Session
    private var replies = ByteBuffer()
    private var wantsAcknowledgement = false

    /// - Parameters:
    ///   - listeningPort: where our own clients find us; the primary shows it.
    ///   - history: the history and offset our data is at, if we have one: asks for a partial synchronisation.
    public init(
        host: String,
        port: Int,
        password: String,
        listeningPort: Int,
        history: (identifier: String, offset: Int64)?,
        tls: TLSContext? = nil,
        loop: EventLoop,
        owner: any PrimaryLinkHost
    ) {
        self.host = host
        self.port = port
        self.password = password
        self.listeningPort = listeningPort
        self.tls = tls
        self.loop = loop
        self.owner = owner
        lastInput = loop.wallMilliseconds
        downSince = loop.wallMilliseconds
        session = Session(identifier: Int64.max, isPrimaryLink: true)
        if let history {
            identifier = history.identifier
            offset = history.offset
        }
    }

    public var isUp: Bool { state == .streaming }
    public var isSynchronising: Bool { state == .loading || state == .snapshotHeader || state == .snapshotEnd }

    // MARK: - Life

    public func start() {
        guard !isEnded, state == .waiting else { return }
        state = .connecting
        loop.connect(host: host, port: port, timeout: .seconds(5), tls: tls) { [weak self] result in
            guard let self, !self.isEnded else {
                if case .success(let connection) = result { connection.close() }
                return
            }
            switch result {
            case .success(let connection): self.connected(connection)
            case .failure(let error): self.failed("\(error)")
            }
        }
    }

    /// Ends the link for good.
    public func stop() {
        isEnded = true
        if let timer { loop.cancel(timer) }
        connection?.close()
        connection = nil
        forgetSession()
    }

    /// What the stream's session watches, subscribes to or waits for must not outlive its link. Later in the turn: who
    /// ends the link may hold the engine.
    private func forgetSession() {
        let old = session
        session = Session(identifier: Int64.max, isPrimaryLink: true)
        session.select(old.database)
        loop.schedule(after: .zero) { [owner] in owner.withEngine { $0.forget(old) } }
    }

    private func connected(_ connection: Connection) {
        self.connection = connection
        connection.handler = self
        lastInput = loop.wallMilliseconds
        state = .ping
        send(["PING"])
    }

    private func failed(_ reason: String) {
        guard !isEnded else { return }
        if state == .streaming { downSince = loop.wallMilliseconds }
        owner.linkReports("the link to the primary \(host):\(port) is down: \(reason)")
        let wasLoading = state == .loading || state == .snapshotEnd
        // Half a data set is no history to go on from.
        if wasLoading { identifier = "?" }
        state = .waiting
        let connection = self.connection
        self.connection = nil
        connection?.close()
        forgetSession()
        timer = loop.schedule(after: pause) { [weak self] in self?.start() }
        pause = min(Self.longestPause, pause + pause)
    }

    public func connectionDidClose(_ connection: Connection) {
        guard self.connection === connection else { return }
        self.connection = nil
        failed("the connection was closed")
    }

    public func connectionDidDrain(_ connection: Connection) {}

    /// Once a second: tells the primary how far we are, and gives up on one that is silent.
    public func tick(timeout: Int64) {
        guard connection != nil else { return }
        if loop.wallMilliseconds - lastInput > timeout { return failed("nothing was heard for \(timeout) ms") }
        if state == .streaming { acknowledge() }
    }

    private func acknowledge() {
        send(["REPLCONF", "ACK", String(offset)])
    }

    private func send(_ arguments: [String]) {
        guard let connection else { return }
        connection.output.append(UInt8(ascii: "*"))
        connection.output.append(decimal: Int64(arguments.count))
        connection.output.append("\r\n")
        for argument in arguments {
            connection.output.append(UInt8(ascii: "$"))
            connection.output.append(decimal: Int64(argument.utf8.count))
            connection.output.append("\r\n")
            connection.output.append(string: argument)
            connection.output.append("\r\n")
        }
        connection.scheduleFlush()
    }

    // MARK: - Input

    public func connection(_ connection: Connection, didReceive bytes: UnsafeRawBufferPointer) -> Int {
        guard self.connection === connection else { return bytes.count }
        lastInput = loop.wallMilliseconds
        var position = 0
        while position < bytes.count, self.connection === connection {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let before = state
            let used: Int
            switch state {
            case .waiting, .connecting: return bytes.count
            case .loading: used = load(rest)
            case .snapshotEnd: used = endSnapshot(rest)
            case .streaming: used = stream(rest)
            default: used = line(rest)
            }
            position += used
            if used == 0 && before == state { break }
        }
        return self.connection === connection ? position : bytes.count
    }

    /// A line of the handshake. Returns how many bytes it took, 0 when it is not complete.
    private func line(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let end = bytes.prefix(Self.longestLine).firstIndex(of: 10) else {
            if bytes.count >= Self.longestLine { failed("it answered with an endless line") }
            return 0
        }
        var text = String(decoding: bytes[..<end], as: UTF8.self)
        if text.hasSuffix("\r") { text.removeLast() }
        // Lone line ends keep the link alive while the primary prepares a snapshot.
        if !text.isEmpty { answered(text) }
        return end + 1
    }

    private func answered(_ text: String) {
        switch state {
        case .ping:
            guard text.hasPrefix("+") || text.hasPrefix("-NOAUTH") || text.hasPrefix("-ERR operation not permitted")
            else { return failed(text) }
            if password.isEmpty { return announcePort() }
            state = .authenticating
            send(["AUTH", password])
        case .authenticating:
            guard text.hasPrefix("+") else { return failed(text) }
            announcePort()
        case .port:
            // An old primary may not know the word: harmless.
            state = .capabilities
            send(["REPLCONF", "capa", "eof", "capa", "psync2"])
        case .capabilities:
            state = .synchronising
            send(["PSYNC", identifier, identifier == "?" ? "-1" : String(offset + 1)])
        case .synchronising: synchronise(text)
        case .snapshotHeader: beginSnapshot(text)
        default: failed("it answered out of turn")
        }
    }

    private func announcePort() {
        state = .port
        send(["REPLCONF", "listening-port", String(listeningPort)])
    }

    private func synchronise(_ text: String) {
        let words = text.split(separator: " ")
        if words.first == "+FULLRESYNC", words.count == 3, let start = Int64(words[2]), words[1].count == 40 {
            announcedIdentifier = String(words[1])
            announcedOffset = start
            state = .snapshotHeader
        } else if words.first == "+CONTINUE" {
            if words.count > 1, words[1].count == 40 { identifier = String(words[1]) }
            owner.linkDidSynchronise(identifier: identifier, offset: offset, isPartial: true)
            beginStream(database: session.database)
        } else {
            failed(text)
        }
    }

    private func beginSnapshot(_ text: String) {
        if text.hasPrefix("$EOF:"), text.utf8.count == 45 {
            remaining = nil
            endMark = Array(text.utf8.dropFirst(5))
        } else if text.hasPrefix("$"), let count = Int(text.dropFirst()), count >= 0 {
            remaining = count
            endMark = []
        } else {
            return failed(text)
        }
        reader = SnapshotReader()
        owner.withEngine {
            $0.removeAllKeys()
            $0.removeLibraries()
        }
        identifier = "?"
        state = .loading
    }

    private func load(_ bytes: UnsafeRawBufferPointer) -> Int {
        let available = remaining.map { UnsafeRawBufferPointer(rebasing: bytes.prefix($0)) } ?? bytes
        var outcome: Result<SnapshotReader.Progress, SnapshotError> = .success(.init())
        owner.withEngine { engine in
            do throws(SnapshotError) {
                outcome = .success(try reader.read(available, into: &engine))
            } catch {
                outcome = .failure(error)
            }
        }
        switch outcome {
        case .failure(let error):
            failed(error.description)
            return 0
        case .success(let progress):
            if let count = remaining {
                remaining = count - progress.consumed
                if !progress.isFinished && available.count == count && progress.consumed < count {
                    failed("the snapshot ends too early")
                    return 0
                }
            }
            if progress.isFinished {
                state = .snapshotEnd
                // Nothing need come behind the last announced byte.
                if remaining == 0 { finishSnapshot() }
            } else if progress.consumed == 0 {
                // A big record: do not look again before it can be there.
                connection?.minimumInput = max(progress.needed, 1)
            }
            return progress.consumed
        }
    }

    /// Behind the snapshot: the mark that was announced, or what is left of the announced length.
    private func endSnapshot(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let count = remaining {
            let used = min(count, bytes.count)
            remaining = count - used
            if used == count { finishSnapshot() }
            return used
        }
        guard bytes.count >= endMark.count else { return 0 }
        guard bytes.prefix(endMark.count).elementsEqual(endMark) else {
            failed("the snapshot does not end with its mark")
            return 0
        }
        finishSnapshot()
        return endMark.count
    }

    private func finishSnapshot() {
        identifier = announcedIdentifier
        offset = announcedOffset
        owner.linkReports("loaded \(reader.keyCount) keys from the primary \(host):\(port)")
        owner.linkDidSynchronise(identifier: identifier, offset: offset, isPartial: false)
        beginStream(database: reader.streamDatabase)
    }

    private func beginStream(database: Int) {
        state = .streaming
        pause = Self.shortestPause
        parser = RequestParser()
        let session = Session(identifier: Int64.max, isPrimaryLink: true)
        session.select(database)
        self.session = session
        acknowledge()
    }

    /// Executes the complete commands at the start of the stream.
    private func stream(_ bytes: UnsafeRawBufferPointer) -> Int {
        var position = 0
        var problem: RequestParserError?
        owner.withEngine { engine in
            swap(&engine.reply.buffer, &replies)
            while position < bytes.count {
                let progress = parser.parse(bytes, from: position, limits: RequestParser.Limits(), into: &batch)
                _ = engine.execute(batch, session: session)
                engine.reply.buffer.removeAll()
                position = progress.consumed
                if progress.error != nil { problem = progress.error }
                if batch.count < RequestBatch.capacity { break }
            }
            swap(&engine.reply.buffer, &replies)
        }
        offset += Int64(position)
        if position > 0 { owner.linkDidApply(UnsafeRawBufferPointer(rebasing: bytes[..<position])) }
        if let problem {
            failed(String(decoding: problem.message, as: UTF8.self))
            return 0
        }
        if wantsAcknowledgement {
            wantsAcknowledgement = false
            acknowledge()
        }
        return position
    }

    /// REPLCONF GETACK arrived in the stream: answered when the present bytes are executed.
    public func requestAcknowledgement() { wantsAcknowledgement = true }
}
