import Bytes
import Logging
import Net
import PGWire
import SQLEngine
import SQLTypes

/// What the server's thread owns: it joins loop, sessions and engine, and knows no SQL itself.
///
///     connection ─▶ ClientSession ─▶ Engine's Session ─▶ ResultEncoder ─▶ connection.output
///
/// Confined to the loop's thread.
final class ServerCore {
    let configuration: Configuration
    let loop: EventLoop
    let logger: Logger
    let engine: Engine
    let credentials: Authentication.Credentials
    private(set) var port = 0
    private var listener: Listener?
    private var clients: [ObjectIdentifier: ClientSession] = [:]
    /// Clients that are not yet authenticated, with the time (loop's monotonic) by which they must be.
    private var newcomers: [ObjectIdentifier: Int64] = [:]
    /// Clients past authentication.
    private(set) var sessionCount = 0
    private var random = SystemRandomNumberGenerator()

    /// Microseconds from 1970-01-01 to 2000-01-01.
    private static let epochOffset: Int64 = 946_684_800_000_000

    /// Listens, runs the initial SQL and returns.
    static func start(_ configuration: Configuration, on loop: EventLoop) throws -> ServerCore {
        let core = ServerCore(configuration, loop)
        // Bound first, so that a taken port is told before a long load; clients wait in the backlog meanwhile.
        let listener = try loop.listen(host: configuration.host, port: configuration.port) { connection in
            core.accept(connection)
        }
        core.listener = listener
        core.port = listener.port
        core.engine.port = listener.port
        do {
            try core.runInitialSQL()
        } catch {
            listener.close()
            throw error
        }
        loop.schedule(after: .seconds(1), repeating: .seconds(1)) { [weak core] in core?.dropLateNewcomers() }
        return core
    }

    private init(_ configuration: Configuration, _ loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        logger = configuration.logger
        var generator = SystemRandomNumberGenerator()
        credentials = Authentication.Credentials(
            method: Self.method(configuration.authentication),
            user: configuration.user,
            password: configuration.password,
            random: (0..<48).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
        engine = Engine(
            EngineConfiguration(
                clock: { [unowned loop] in loop.wallMicroseconds - ServerCore.epochOffset },
                random: { UInt64.random(in: 0...UInt64.max) },
                files: LocalFileSystem(),
                superuser: configuration.user,
                databases: [configuration.database],
                port: configuration.port
            )
        )
    }

    private static func method(_ method: Configuration.AuthenticationMethod) -> Authentication.Credentials.Method {
        switch method {
        case .trust: .trust
        case .md5: .md5
        case .scramSHA256: .scramSHA256
        }
    }

    func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }

    private func runInitialSQL() throws(ServerError) {
        guard !configuration.initialSQL.isEmpty else { return }
        do {
            let session = try engine.makeSession(
                user: configuration.user,
                database: configuration.database,
                parameters: []
            )
            defer { session.close() }
            let sink = FirstErrorSink()
            for text in configuration.initialSQL {
                var progress = Array(text.utf8).withUnsafeBytes { session.runSimple($0, into: sink) }
                // Nobody else is there yet, so nothing can block; a long load comes in slices.
                while progress == .yielded { progress = session.resume(into: sink) }
                if let error = sink.firstError { throw error }
                guard progress == .finished else {
                    throw SQLError(.featureNotSupported, "COPY FROM STDIN is not possible in initial SQL")
                }
            }
        } catch {
            throw ServerError("the initial SQL failed: \(error)")
        }
    }

    // MARK: Clients

    private func accept(_ connection: Connection) {
        let client = ClientSession(connection, core: self)
        let identifier = ObjectIdentifier(client)
        clients[identifier] = client
        newcomers[identifier] = loop.monotonicNanoseconds + nanoseconds(configuration.authenticationTimeout)
        connection.handler = client
    }

    private func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whether one more client may be served.
    var hasRoom: Bool { sessionCount < configuration.maximumConnections }

    func authenticated(_ client: ClientSession) {
        newcomers[ObjectIdentifier(client)] = nil
        sessionCount += 1
    }

    func closed(_ client: ClientSession, wasAuthenticated: Bool) {
        let identifier = ObjectIdentifier(client)
        newcomers[identifier] = nil
        clients[identifier] = nil
        if wasAuthenticated { sessionCount -= 1 }
    }

    /// As PostgreSQL's authentication timeout: the connection ends without a word.
    private func dropLateNewcomers() {
        let now = loop.monotonicNanoseconds
        for (identifier, deadline) in newcomers where deadline < now { clients[identifier]?.drop() }
    }

    func cancel(processID: Int32, secret: Int32) {
        engine.session(withIdentifier: processID, secret: secret)?.cancel()
    }

    /// Tells every client that the server stops, and closes.
    func dismissClients() {
        listener?.close()
        for client in clients.values { client.dismiss() }
    }
}

/// Keeps the first error of the initial SQL; rows and tags are dropped.
private final class FirstErrorSink: ResultSink {
    private(set) var firstError: SQLError?
    private var scratch = ByteBuffer()

    func withOutput(_ body: (inout ByteBuffer) -> Void) {
        body(&scratch)
        scratch.removeAll()
    }
    func rowDescription(_ description: ResultDescription, formats: ResultFormats) {}
    func noData() {}
    func parameterDescription(_ types: [UInt32]) {}
    func commandComplete(_ tag: CommandTag) {}
    func emptyQuery() {}
    func portalSuspended() {}
    func notice(_ notice: SQLError) {}
    func error(_ error: SQLError) { if firstError == nil { firstError = error } }
    func copyIn(_ description: CopyDescription) {}
    func copyOut(_ description: CopyDescription) {}
    func copyDone() {}
    func parameterStatus(_ name: String, _ value: String) {}
    var isCongested: Bool { false }
}
