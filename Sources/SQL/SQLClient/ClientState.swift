import PGWire

/// One connection's conversation with the server as a value: messages in, actions out, no I/O.
///
///     starting ─auth…─ReadyForQuery─▶ idle ─submit─▶ busy ─ReadyForQuery─▶ idle
///         └─────────── ErrorResponse, broken protocol ──▶ closed
///
/// One statement at a time; the pool gives a connection to one caller only.
struct ClientState {
    enum Action: Equatable {
        case none
        case send([UInt8])
        /// Startup is over.
        case started
        case startFailed(SQLClientError)
        /// The statement is done; the connection is free again.
        case finish([Row])
        case fail(SQLClientError)
        /// The protocol is broken: fail what is under way, close.
        case breakOff(SQLClientError)
        case notice(String)
    }

    private enum Phase {
        case starting(SCRAMClient?)
        case idle
        case busy
        case closed
    }

    private let user: String
    private let password: String?
    private let nonce: [UInt8]
    private var phase = Phase.starting(nil)
    private var columns: [Row.Column] = []
    private var rows: [Row] = []
    private var failure: SQLClientError?
    private(set) var processID: Int32 = 0
    private(set) var secret: Int32 = 0
    /// ReadyForQuery's status byte.
    private(set) var transactionStatus = UInt8(ascii: "I")
    private(set) var parameters: [String: String] = [:]

    /// - Parameter nonce: 18 random bytes for SCRAM.
    init(user: String, password: String?, nonce: [UInt8]) {
        self.user = user
        self.password = password
        self.nonce = nonce
    }

    var isIdle: Bool { if case .idle = phase { true } else { false } }

    /// A statement is about to be sent. - Returns: false when the connection is not free.
    mutating func submit() -> Bool {
        guard case .idle = phase else { return false }
        phase = .busy
        columns = []
        rows = []
        failure = nil
        return true
    }

    /// The bytes of one statement by the extended protocol: everything up to Sync in one piece.
    static func encode(_ sql: String, _ parameters: [SQLParameter], binaryResults: Bool) -> [UInt8] {
        var encoder = FrontendEncoder()
        encoder.parse(statement: "", text: sql, types: parameters.map(\.typeOID))
        encoder.bind(
            statement: "",
            parameters: parameters.map(\.encoded),
            binary: parameters.contains(where: \.isBinary) ? parameters.map(\.isBinary) : [],
            binaryResults: binaryResults
        )
        encoder.describe(portal: "")
        encoder.execute()
        encoder.sync()
        return encoder.take()
    }

    mutating func receive(_ message: BackendMessage) -> Action {
        switch message {
        case .parameterStatus(let name, let value):
            parameters[name] = value
            return .none
        case .notice(let report): return .notice(report.description)
        case .notification: return .none
        default: break
        }
        switch phase {
        case .starting(let scram): return receiveStarting(message, scram)
        case .busy: return receiveBusy(message)
        case .idle, .closed:
            // Unasked: the server says goodbye (57P01) or the stream is broken.
            phase = .closed
            if case .error(let report) = message { return .breakOff(.init(server: report)) }
            return .breakOff(SQLClientError(.protocolViolation, "a message came that nobody asked for"))
        }
    }

    private mutating func receiveStarting(_ message: BackendMessage, _ scram: SCRAMClient?) -> Action {
        do throws(ErrorReport) {
            switch message {
            case .authenticationOK, .negotiateProtocolVersion: return .none
            case .authenticationMD5Password(let salt):
                guard let password else {
                    return refuseToStart(.authenticationFailed, "the server asks for a password")
                }
                var encoder = FrontendEncoder()
                encoder.password(MD5Password.response(user: user, password: password, salt: salt))
                return .send(encoder.take())
            case .authenticationSASL(let mechanisms):
                guard mechanisms.contains(SCRAM.mechanism) else {
                    return refuseToStart(.unsupported, "the server offers \(mechanisms), not \(SCRAM.mechanism)")
                }
                guard let password else {
                    return refuseToStart(.authenticationFailed, "the server asks for a password")
                }
                let client = SCRAMClient(password: password, nonce: nonce)
                phase = .starting(client)
                var encoder = FrontendEncoder()
                encoder.saslInitialResponse(mechanism: SCRAM.mechanism, client.first)
                return .send(encoder.take())
            case .authenticationSASLContinue(let data):
                guard var client = scram else { return refuseToStart(.protocolViolation, "SCRAM out of turn") }
                var encoder = FrontendEncoder()
                encoder.saslResponse(try client.answer(data))
                phase = .starting(client)
                return .send(encoder.take())
            case .authenticationSASLFinal(let data):
                guard let client = scram else { return refuseToStart(.protocolViolation, "SCRAM out of turn") }
                try client.verify(data)
                return .none
            case .authenticationCleartextPassword:
                // Never: the password would be readable on the way.
                return refuseToStart(.unsupported, "the server asks for the password in clear text")
            case .authenticationUnsupported(let code):
                return refuseToStart(.unsupported, "the server asks for authentication method \(code)")
            case .backendKeyData(let processID, let secret):
                (self.processID, self.secret) = (processID, secret)
                return .none
            case .readyForQuery(let status):
                transactionStatus = status
                phase = .idle
                return .started
            case .error(let report):
                let isPassword = report.code.hasPrefix("28") || report.code == "3D000"
                return refuseToStart(
                    isPassword ? .authenticationFailed : .server,
                    report.message,
                    sqlState: report.code
                )
            default: return refuseToStart(.protocolViolation, "an unexpected message during startup")
            }
        } catch {
            return refuseToStart(.protocolViolation, error.message)
        }
    }

    private mutating func refuseToStart(
        _ code: SQLClientError.Code,
        _ message: String,
        sqlState: String? = nil
    ) -> Action {
        phase = .closed
        return .startFailed(SQLClientError(code, message, sqlState: sqlState))
    }

    private mutating func receiveBusy(_ message: BackendMessage) -> Action {
        switch message {
        case .parseComplete, .bindComplete, .closeComplete, .noData, .parameterDescription, .commandComplete,
            .emptyQueryResponse, .portalSuspended, .copyData, .copyDone:
            return .none
        case .rowDescription(let description):
            columns = description.map { Row.Column(name: $0.name, typeOID: $0.typeOID, isBinary: $0.isBinary) }
            return .none
        case .dataRow(let values):
            guard values.count == columns.count else {
                phase = .closed
                return .breakOff(
                    SQLClientError(.protocolViolation, "a row has \(values.count) of \(columns.count) columns")
                )
            }
            rows.append(Row(columns: columns, values: values))
            return .none
        case .copyInResponse:
            // COPY is for tools: refuse it, so that the conversation goes on.
            failure = SQLClientError(.unsupported, "COPY FROM STDIN is not offered by this client")
            var encoder = FrontendEncoder()
            encoder.copyFail("this client does not offer COPY")
            encoder.sync()
            return .send(encoder.take())
        case .copyOutResponse:
            failure = SQLClientError(.unsupported, "COPY TO STDOUT is not offered by this client")
            return .none
        case .error(let report):
            if failure == nil { failure = SQLClientError(server: report) }
            if report.severity == "FATAL" || report.severity == "PANIC" {
                phase = .closed
                return .breakOff(failure ?? SQLClientError(server: report))
            }
            return .none
        case .readyForQuery(let status):
            transactionStatus = status
            phase = .idle
            defer {
                rows = []
                columns = []
            }
            if let failure {
                self.failure = nil
                return .fail(failure)
            }
            return .finish(rows)
        default:
            phase = .closed
            return .breakOff(SQLClientError(.protocolViolation, "an unexpected message"))
        }
    }
}

extension SQLClientError {
    init(server report: ErrorReport) {
        self.init(.server, report.message, sqlState: report.code, detail: report.detail, hint: report.hint)
    }
}

extension SQLClientError: Equatable {
    public static func == (left: SQLClientError, right: SQLClientError) -> Bool {
        left.code == right.code && left.message == right.message && left.sqlState == right.sqlState
    }
}

extension Row: Equatable {
    public static func == (left: Row, right: Row) -> Bool {
        left.columns == right.columns && left.values == right.values
    }
}
