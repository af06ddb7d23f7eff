import PGWire
import Testing

@Suite struct AuthenticationTests {
    static let random = (0..<48).map { UInt8($0 * 5 % 256) }

    static func credentials(_ method: Authentication.Credentials.Method, password: String? = "pencil")
        -> Authentication.Credentials
    {
        Authentication.Credentials(method: method, user: "user", password: password, random: random)
    }

    static func body(_ write: (inout FrontendEncoder) -> Void) -> [UInt8] {
        var encoder = FrontendEncoder()
        write(&encoder)
        return Array(encoder.take().dropFirst(5))
    }

    static func send(_ authentication: inout Authentication, _ bytes: [UInt8], kind: Character = "p")
        -> Authentication.Action
    {
        bytes.withUnsafeBytes { authentication.receive(kind: kind.asciiValue ?? 0, body: $0) }
    }

    /// A whole SCRAM exchange between our client and our server.
    static func exchange(user: String, password: String) throws -> Authentication.Action {
        var server = Authentication(user: user, credentials: credentials(.scramSHA256))
        guard case .askSASL(let mechanisms) = server.start(random: Array(random.prefix(18))) else { return .accept }
        #expect(mechanisms == ["SCRAM-SHA-256"])
        var client = SCRAMClient(password: password, nonce: Array(random.suffix(18)))
        let first = send(&server, body { $0.saslInitialResponse(mechanism: "SCRAM-SHA-256", client.first) })
        guard case .continueSASL(let challenge) = first else { return first }
        let answer = try client.answer(challenge)
        let last = send(&server, body { $0.saslResponse(answer) })
        if case .acceptSASL(let signature) = last { try client.verify(signature) }
        return last
    }

    @Test func scramAcceptsThePasswordAndProvesTheServer() throws {
        let action = try Self.exchange(user: "user", password: "pencil")
        if case .acceptSASL = action {} else { Issue.record("\(action)") }
    }

    @Test(arguments: [("user", "pencil "), ("user", ""), ("other", "pencil")])
    func scramRefusesAlikeForWrongPasswordAndUnknownUser(_ user: String, _ password: String) throws {
        #expect(
            try Self.exchange(user: user, password: password)
                == .fail(.fatal("28P01", "password authentication failed for user \"\(user)\""))
        )
    }

    /// The salt of an unknown user does not change between attempts: it would tell that there is no such user.
    @Test func mockSaltIsStable() {
        let credentials = Self.credentials(.scramSHA256)
        func salt() -> String {
            var server = Authentication(user: "nobody", credentials: credentials)
            _ = server.start(random: Array(Self.random.prefix(18)))
            let client = SCRAMClient(password: "x", nonce: Array(Self.random.suffix(18)))
            guard
                case .continueSASL(let challenge) = Self.send(
                    &server,
                    Self.body { $0.saslInitialResponse(mechanism: "SCRAM-SHA-256", client.first) }
                )
            else { return "" }
            return String(decoding: challenge, as: UTF8.self)
        }
        #expect(!salt().isEmpty)
        #expect(salt() == salt())
    }

    @Test func md5() {
        var server = Authentication(user: "user", credentials: Self.credentials(.md5))
        guard case .askMD5(let salt) = server.start(random: [1, 2, 3, 4, 5]) else {
            Issue.record("no challenge")
            return
        }
        let response = MD5Password.response(user: "user", password: "pencil", salt: salt)
        // Computed with PostgreSQL's md5().
        #expect(response == "md54376eb6913b38f9aaff38dc7cf19ca76")
        check(Self.send(&server, Self.body { $0.password(response) }), .accept)
        var other = Authentication(user: "user", credentials: Self.credentials(.md5))
        _ = other.start(random: [9, 2, 3, 4, 5])
        check(
            Self.send(&other, Self.body { $0.password(response) }),
            .fail(.fatal("28P01", "password authentication failed for user \"user\""))
        )
    }

    @Test func withoutPasswordEverybodyIsTrusted() {
        var server = Authentication(user: "anybody", credentials: Self.credentials(.scramSHA256, password: nil))
        check(server.start(random: Self.random), .accept)
    }

    @Test func messagesOutOfTurnEndTheConnection() {
        var server = Authentication(user: "user", credentials: Self.credentials(.scramSHA256))
        _ = server.start(random: Self.random)
        check(
            Self.send(&server, [], kind: "Q"),
            .fail(.fatal("08P01", "expected SASL response, got message type 81"))
        )
        var empty = Authentication(user: "user", credentials: Self.credentials(.md5))
        _ = empty.start(random: Self.random)
        check(Self.send(&empty, [0]), .fail(.fatal("28P01", "empty password returned by client")))
    }

    /// Any bytes instead of SASL messages are refused with FATAL.
    @Test func brokenSASLMessagesAreRefused() {
        var generator = Seeded(state: 9)
        let client = SCRAMClient(password: "pencil", nonce: Array(Self.random.suffix(18)))
        let good = Self.body { $0.saslInitialResponse(mechanism: "SCRAM-SHA-256", client.first) }
        for round in 0..<3000 {
            var server = Authentication(user: "user", credentials: Self.mock)
            _ = server.start(random: Self.random)
            var bytes = good
            bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            if round % 4 == 0 { bytes.removeLast(Int(generator.next() % UInt64(bytes.count))) }
            switch Self.send(&server, bytes) {
            case .continueSASL:
                let next = Self.send(&server, bytes)
                if case .fail(let report) = next {
                    #expect(report.severity == "FATAL")
                } else {
                    Issue.record("\(next)")
                }
            case .fail(let report): #expect(report.severity == "FATAL")
            case let other: Issue.record("\(other)")
            }
        }
    }

    private static let mock = credentials(.scramSHA256)
}
