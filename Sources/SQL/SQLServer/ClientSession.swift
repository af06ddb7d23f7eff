import Bytes
import Logging
import Net
import PGWire
import SQLEngine
import SQLTypes

/// One client's connection: finds the messages, asks `ConnectionState` what they may do, and has the engine's session do it.
///
///     bytes ─▶ FrontendDecoder ─▶ ConnectionState ─▶ Session ─▶ ResultEncoder ─▶ one send for the whole pipeline
///
/// While a statement waits for a lock or for the client to take its rows, nothing more is read and later messages stay in the
/// connection's leftover. Confined to the loop's thread.
final class ClientSession: ConnectionHandler {
    /// What a statement under way answers to when it is done.
    private enum Origin {
        case simpleQuery
        case execute
        case sync
    }

    private enum Pause {
        /// Nothing is under way.
        case none
        /// Another transaction holds a lock; the session's `wake` comes.
        case blocked(Origin)
        /// The slice ended; goes on in a later turn.
        case yielded(Origin)
        /// The client reads too slowly; goes on when it has caught up. nil: only later messages wait.
        case congested(Origin?)
    }

    private let connection: Connection
    private unowned let core: ServerCore
    private let encoder: ResultEncoder
    private var state = ConnectionState()
    private var authentication: Authentication?
    private var startup: StartupPacket.Startup?
    private var session: Session?
    private var pause = Pause.none
    private var isEnded = false
    /// `didReceive` is running: the loop flushes and shows leftovers by itself.
    private var isReceiving = false

    init(_ connection: Connection, core: ServerCore) {
        self.connection = connection
        self.core = core
        encoder = ResultEncoder(connection)
    }

    // MARK: Connection events

    func connection(_ connection: Connection, didReceive bytes: UnsafeRawBufferPointer) -> Int {
        isReceiving = true
        defer { isReceiving = false }
        var offset = 0
        while offset < bytes.count, !isEnded {
            if case .none = pause {} else { break }
            let size: Int?
            switch state.phase {
            case .opening: size = receiveOpening(bytes, at: offset)
            case .authenticating: size = receiveAuthentication(bytes, at: offset)
            default: size = receiveMessage(bytes, at: offset)
            }
            guard let size else { break }
            offset += size
        }
        return isEnded ? bytes.count : offset
    }

    func connectionDidDrain(_ connection: Connection) {
        guard case .congested(let origin) = pause else { return }
        pause = .none
        if let origin { resume(origin) }
        goOn()
    }

    func connectionDidClose(_ connection: Connection) {
        isEnded = true
        session?.wake = nil
        session?.close()
        core.closed(self, wasAuthenticated: session != nil)
        session = nil
    }

    // MARK: Called by the core

    /// Ends the connection without a word.
    func drop() { connection.close() }

    /// Tells the client that the server stops.
    func dismiss() {
        guard !isEnded else { return }
        if session != nil {
            BackendEncoder.error(
                .fatal("57P01", "terminating connection due to administrator command"),
                &connection.output
            )
        }
        end()
    }

    /// Sends what is there and closes.
    private func end() {
        guard !isEnded else { return }
        isEnded = true
        state.close()
        connection.closeAfterFlush()
    }

    private func fail(_ report: ErrorReport) {
        BackendEncoder.error(report, &connection.output)
        end()
    }

    // MARK: Startup

    /// - Returns: bytes taken; nil when more are needed.
    private func receiveOpening(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        switch FrontendDecoder.startupFrame(bytes, at: offset) {
        case .incomplete(let needed):
            connection.minimumInput = needed
            return nil
        case .invalidLength:
            end()
            return nil
        case .packet(let size):
            let content = UnsafeRawBufferPointer(rebasing: bytes[(offset + 4)..<(offset + size)])
            switch state.receiveOpening(content, hasMore: offset + size < bytes.count) {
            case .refuseEncryption: connection.output.append(UInt8(ascii: "N"))
            case .cancel(let processID, let secret):
                core.cancel(processID: processID, secret: secret)
                end()
            case .authenticate(let startup): authenticate(startup)
            case .close: end()
            case .fail(let report): fail(report)
            case .failOld(let text):
                BackendEncoder.oldError(text, &connection.output)
                end()
            }
            return size
        }
    }

    private func authenticate(_ startup: StartupPacket.Startup) {
        guard core.hasRoom else { return fail(.fatal("53300", "sorry, too many clients already")) }
        if startup.needsNegotiation {
            BackendEncoder.negotiateProtocolVersion(unknownExtensions: startup.unknownExtensions, &connection.output)
        }
        self.startup = startup
        var authentication = Authentication(user: startup.user, credentials: core.credentials)
        let action = authentication.start(random: core.randomBytes(18))
        self.authentication = authentication
        perform(action)
    }

    private func receiveAuthentication(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        let kind = bytes[offset]
        var body = UnsafeRawBufferPointer(start: nil, count: 0)
        var size = 1
        if kind == FrontendMessage.Kind.password {
            switch FrontendDecoder.frame(bytes, at: offset) {
            case .incomplete(let needed):
                connection.minimumInput = needed
                return nil
            case .message(_, let whole):
                size = whole
                body = UnsafeRawBufferPointer(rebasing: bytes[(offset + 5)..<(offset + whole)])
            case .invalidLength, .unknownKind:
                end()
                return nil
            }
        }
        guard let action = authentication?.receive(kind: kind, body: body) else {
            end()
            return nil
        }
        perform(action)
        return size
    }

    private func perform(_ action: Authentication.Action) {
        switch action {
        case .accept: beginSession()
        case .askMD5(let salt): BackendEncoder.authenticationMD5(salt: salt, &connection.output)
        case .askSASL(let mechanisms): BackendEncoder.authenticationSASL(mechanisms: mechanisms, &connection.output)
        case .continueSASL(let data): BackendEncoder.authenticationSASLContinue(data, &connection.output)
        case .acceptSASL(let data):
            BackendEncoder.authenticationSASLFinal(data, &connection.output)
            beginSession()
        case .fail(let report):
            core.logger.debug("\(connection.peerAddress): \(report)")
            fail(report)
        }
    }

    private func beginSession() {
        authentication = nil
        guard let startup else { return end() }
        BackendEncoder.authenticationOK(&connection.output)
        guard core.hasRoom else { return fail(.fatal("53300", "sorry, too many clients already")) }
        guard startup.user == core.configuration.user else {
            return fail(.fatal("28000", "role \"\(startup.user)\" does not exist"))
        }
        let session: Session
        do {
            session = try core.engine.makeSession(
                user: startup.user,
                database: startup.database,
                parameters: startup.parameters.map { ($0.name, $0.value) }
            )
        } catch {
            var report = ErrorReport(error)
            report.severity = "FATAL"
            return fail(report)
        }
        self.session = session
        session.wake = { [unowned self] in wake() }
        core.authenticated(self)
        state.authenticated()
        for (name, value) in session.reportedParameters {
            BackendEncoder.parameterStatus(name, value, &connection.output)
        }
        BackendEncoder.backendKeyData(processID: session.identifier, secret: session.secret, &connection.output)
        BackendEncoder.readyForQuery(session.transactionStatus.rawValue, &connection.output)
        self.startup = nil
    }

    // MARK: Messages

    /// - Returns: bytes taken; nil when more are needed.
    private func receiveMessage(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        switch FrontendDecoder.frame(bytes, at: offset) {
        case .message(let kind, let size):
            let body = UnsafeRawBufferPointer(rebasing: bytes[(offset + 5)..<(offset + size)])
            switch state.receive(kind) {
            case .handle: if let session { handle(kind, body, session) }
            case .ignore: break
            case .copy: if let session { copy(kind, body, session) }
            case .failCopy(let report):
                // The body of a message that may not come now is not trusted to be one: the connection ends, too.
                if let session { breakCopy(report, session) }
                fail(.fatal("08P01", "terminating connection because protocol synchronization was lost"))
            case .fatal(let report): fail(report)
            case .close: end()
            }
            if encoder.sawFatal { end() }
            if connection.isOutputAboveHighWater, !isEnded, case .none = pause {
                pause = .congested(nil)
                connection.pauseReading()
            }
            return size
        case .incomplete(let needed):
            connection.minimumInput = needed
            return nil
        case .invalidLength:
            end()
            return nil
        case .unknownKind(let kind):
            fail(ConnectionState.invalidKind(kind))
            return nil
        }
    }

    private func handle(_ kind: UInt8, _ body: UnsafeRawBufferPointer, _ session: Session) {
        do throws(ErrorReport) {
            switch kind {
            case FrontendMessage.Kind.query:
                let text = try FrontendMessage.text(body)
                settle(session.runSimple(text, into: encoder), .simpleQuery, session)
            case FrontendMessage.Kind.parse:
                let message = try FrontendMessage.Parse(body)
                attempt(session) { () throws(SQLError) in
                    try session.parse(
                        statement: message.statement,
                        text: message.text,
                        parameterTypes: message.typeOIDs
                    )
                    BackendEncoder.parseComplete(&connection.output)
                }
            case FrontendMessage.Kind.bind:
                let message = try FrontendMessage.Bind(body)
                attempt(session) { () throws(SQLError) in
                    try session.bind(
                        portal: message.portal,
                        statement: message.statement,
                        parameterFormats: FormatCodes(
                            count: message.parameterFormats.count / 2,
                            bytes: message.parameterFormats
                        ),
                        parameters: BoundParameters(count: message.parameterCount, bytes: message.parameters),
                        resultFormats: FormatCodes(count: message.resultFormats.count / 2, bytes: message.resultFormats)
                    )
                    BackendEncoder.bindComplete(&connection.output)
                }
            case FrontendMessage.Kind.describe:
                let target = try FrontendMessage.Target(body, verb: "DESCRIBE")
                attempt(session) { () throws(SQLError) in
                    if target.isStatement {
                        try session.describe(statement: target.name, into: encoder)
                    } else {
                        try session.describe(portal: target.name, into: encoder)
                    }
                }
            case FrontendMessage.Kind.execute:
                let message = try FrontendMessage.Execute(body)
                settle(
                    session.execute(portal: message.portal, maximumRows: max(0, message.maximumRows), into: encoder),
                    .execute,
                    session
                )
            case FrontendMessage.Kind.close:
                let target = try FrontendMessage.Target(body, verb: "CLOSE")
                if target.isStatement {
                    session.close(statement: target.name)
                } else {
                    session.close(portal: target.name)
                }
                BackendEncoder.closeComplete(&connection.output)
            case FrontendMessage.Kind.flush: try FrontendMessage.empty(body)
            case FrontendMessage.Kind.sync:
                try FrontendMessage.empty(body)
                settle(session.sync(into: encoder), .sync, session)
            default:
                // The type bytes were checked: only FunctionCall is left.
                throw ErrorReport(code: "0A000", message: "the function call protocol is not supported")
            }
        } catch {
            refuse(error, isExtended: ConnectionState.isExtended(kind), session)
        }
    }

    /// A message whose body is broken: the transaction fails with it.
    private func refuse(_ report: ErrorReport, isExtended: Bool, _ session: Session) {
        let error = SQLError(report)
        session.protocolError(error)
        encoder.error(error)
        if state.failed(isExtended: isExtended) { readyForQuery(session) }
    }

    private func attempt(_ session: Session, _ body: () throws(SQLError) -> Void) {
        do {
            try body()
        } catch {
            encoder.error(error)
            _ = state.failed(isExtended: true)
        }
    }

    private func readyForQuery(_ session: Session) {
        session.reportParameters(into: encoder)
        BackendEncoder.readyForQuery(session.transactionStatus.rawValue, &connection.output)
    }

    /// Draws the consequences of how far the session came.
    private func settle(_ progress: Progress, _ origin: Origin, _ session: Session) {
        switch progress {
        case .finished:
            switch origin {
            case .simpleQuery, .sync: readyForQuery(session)
            case .execute: break
            }
        case .failed:
            if state.failed(isExtended: origin == .execute) { readyForQuery(session) }
        case .suspended: break
        case .copyIn: state.copyBegan(isExtended: origin == .execute)
        case .blocked:
            pause = .blocked(origin)
            connection.pauseReading()
        case .yielded:
            connection.pauseReading()
            if connection.isOutputAboveHighWater {
                pause = .congested(origin)
            } else {
                pause = .yielded(origin)
                core.loop.schedule(after: .zero) { [weak self] in self?.continueSlice() }
            }
        }
    }

    // MARK: Going on

    private func wake() {
        guard case .blocked(let origin) = pause, !isEnded else { return }
        // In a later turn, because the engine is in the middle of the other transaction's end.
        pause = .yielded(origin)
        core.loop.schedule(after: .zero) { [weak self] in self?.continueSlice() }
    }

    private func continueSlice() {
        guard case .yielded(let origin) = pause, !isEnded else { return }
        pause = .none
        resume(origin)
        goOn()
    }

    private func resume(_ origin: Origin) {
        guard let session else { return }
        settle(session.resume(into: encoder), origin, session)
        if encoder.sawFatal { end() }
    }

    /// After a pause: sends what was produced and, unless it pauses again, takes up the messages that waited.
    private func goOn() {
        connection.scheduleFlush()
        if case .none = pause, !isEnded { connection.resumeReading() }
    }

    // MARK: COPY FROM STDIN

    private func copy(_ kind: UInt8, _ body: UnsafeRawBufferPointer, _ session: Session) {
        guard case .copyingIn(let isExtended) = state.phase else { return }
        let origin: Origin = isExtended ? .execute : .simpleQuery
        do throws(ErrorReport) {
            switch kind {
            case FrontendMessage.Kind.copyData:
                if session.copyData(body, into: encoder) == .failed, state.copyEnded(failed: true) {
                    readyForQuery(session)
                }
            case FrontendMessage.Kind.copyDone:
                try FrontendMessage.empty(body)
                let progress = session.copyDone(into: encoder)
                _ = state.copyEnded(failed: progress == .failed)
                settle(progress, origin, session)
            default:
                let reason = try FrontendMessage.text(body)
                let progress = session.copyFail(reason, into: encoder)
                _ = state.copyEnded(failed: progress == .failed)
                settle(progress, origin, session)
            }
        } catch {
            failCopy(error, session)
        }
    }

    /// The COPY ends because of a message whose body is broken.
    private func failCopy(_ report: ErrorReport, _ session: Session) {
        breakCopy(report, session)
        if state.copyEnded(failed: true) { readyForQuery(session) }
    }

    private func breakCopy(_ report: ErrorReport, _ session: Session) {
        var error = SQLError(report)
        error.context = session.copyContext
        session.protocolError(error)
        encoder.error(error)
    }
}
