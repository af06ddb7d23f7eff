/// The password exchange of one connection, as a value: messages in, actions out.
///
///     trust ─────────────────────────────────────────▶ accepted
///     md5   ─▶ AuthenticationMD5Password ─▶ password ─▶ accepted │ refused
///     SCRAM ─▶ AuthenticationSASL ─▶ first ─▶ continue ─▶ final ─▶ accepted │ refused
///
/// A plain-text password is never asked for.
public struct Authentication: Sendable {
    /// What the server knows of its users. Passwords themselves are not kept where the method can do without.
    public struct Credentials: Sendable {
        public enum Method: Sendable {
            case trust
            case md5
            case scramSHA256
        }
        public let method: Method
        private let user: String
        private let verifier: SCRAMVerifier?
        private let md5Secret: String
        /// Makes salts for unknown users: stable while the server runs.
        private let mockSecret: [UInt8]

        /// - Parameters:
        ///   - password: nil means trust, whatever the method.
        ///   - random: 48 random bytes, for the salt and the mock secret.
        public init(method: Method, user: String, password: String?, random: [UInt8]) {
            self.user = user
            self.method = password == nil ? .trust : method
            mockSecret = Array(random.dropFirst(16))
            if let password, case .scramSHA256 = method {
                verifier = SCRAMVerifier(password: password, salt: Array(random.prefix(16)))
            } else {
                verifier = nil
            }
            md5Secret = password.map { MD5Password.secret(user: user, password: $0) } ?? ""
        }

        fileprivate func verifier(for name: String) -> SCRAMVerifier {
            if name == user, let verifier { return verifier }
            return .mock(user: name, secret: mockSecret)
        }

        fileprivate func md5Secret(for name: String) -> String? { name == user ? md5Secret : nil }
    }

    public enum Action: Sendable, Equatable {
        case accept
        case askMD5(salt: [UInt8])
        case askSASL(mechanisms: [String])
        case continueSASL([UInt8])
        /// AuthenticationSASLFinal with these bytes, then accepted.
        case acceptSASL([UInt8])
        case fail(ErrorReport)
    }

    private enum State {
        case waitingForMD5(salt: [UInt8])
        case waitingForSASL(SCRAMServer)
        case inSASL(SCRAMServer)
        case over
    }

    private let user: String
    private let credentials: Credentials
    private var state = State.over

    public init(user: String, credentials: Credentials) {
        self.user = user
        self.credentials = credentials
    }

    /// The first action. - Parameter random: 18 random bytes.
    public mutating func start(random: [UInt8]) -> Action {
        switch credentials.method {
        case .trust: return .accept
        case .md5:
            let salt = Array(random.prefix(4))
            state = .waitingForMD5(salt: salt)
            return .askMD5(salt: salt)
        case .scramSHA256:
            state = .waitingForSASL(SCRAMServer(verifier: credentials.verifier(for: user), nonce: random))
            return .askSASL(mechanisms: [SCRAM.mechanism])
        }
    }

    private var wrongPassword: Action { .fail(.fatal("28P01", "password authentication failed for user \"\(user)\"")) }

    /// A message of any type that came during the exchange.
    public mutating func receive(kind: UInt8, body: UnsafeRawBufferPointer) -> Action {
        let previous = state
        state = .over
        do throws(ErrorReport) {
            switch previous {
            case .waitingForMD5(let salt):
                guard kind == FrontendMessage.Kind.password else {
                    throw .fatal("08P01", "expected password response, got message type \(kind)")
                }
                return try receiveMD5(body, salt: salt)
            case .waitingForSASL(let server):
                guard kind == FrontendMessage.Kind.password else {
                    throw .fatal("08P01", "expected SASL response, got message type \(kind)")
                }
                return try receiveInitial(body, server)
            case .inSASL(let server):
                guard kind == FrontendMessage.Kind.password else {
                    throw .fatal("08P01", "expected SASL response, got message type \(kind)")
                }
                return try step(body, server)
            case .over:
                throw .fatal("08P01", "expected password response, got message type \(kind)")
            }
        } catch {
            var fatal = error
            fatal.severity = "FATAL"
            return .fail(fatal)
        }
    }

    private func receiveMD5(_ body: UnsafeRawBufferPointer, salt: [UInt8]) throws(ErrorReport) -> Action {
        let response = try FrontendMessage.text(body)
        guard !response.isEmpty else { throw .fatal("28P01", "empty password returned by client") }
        guard let secret = credentials.md5Secret(for: user),
            isEqualInConstantTime(Array(response), Array(MD5Password.response(secret: secret, salt: salt).utf8))
        else { return wrongPassword }
        return .accept
    }

    private mutating func receiveInitial(_ body: UnsafeRawBufferPointer, _ server: SCRAMServer) throws(ErrorReport)
        -> Action
    {
        var reader = MessageReader(body)
        guard try reader.string() == SCRAM.mechanism else {
            throw .fatal("08P01", "client selected an invalid SASL authentication mechanism")
        }
        let length = Int(try reader.integer(Int32.self))
        if length == -1 {
            // No initial response: ask for it with an empty challenge.
            state = .inSASL(server)
            return .continueSASL([])
        }
        let data = try reader.take(length)
        try reader.end()
        return try step(data, server)
    }

    private mutating func step(_ data: UnsafeRawBufferPointer, _ server: SCRAMServer) throws(ErrorReport) -> Action {
        var server = server
        switch try server.receive(data) {
        case .continueWith(let answer):
            state = .inSASL(server)
            return .continueSASL(answer)
        case .success(let answer): return .acceptSASL(answer)
        case .failure: return wrongPassword
        }
    }
}
