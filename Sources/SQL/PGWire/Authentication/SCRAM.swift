import Crypto

/// SCRAM-SHA-256 (RFC 5802, RFC 7677): what both sides compute. Exchanges: `SCRAMServer`, `SCRAMClient`.
///
///     SaltedPassword = PBKDF2(password, salt, iterations)     ClientKey = HMAC(SaltedPassword, "Client Key")
///     StoredKey      = SHA256(ClientKey)                      ServerKey = HMAC(SaltedPassword, "Server Key")
///     proof          = ClientKey xor HMAC(StoredKey, AuthMessage)
public enum SCRAM {
    public static let mechanism = "SCRAM-SHA-256"
    public static let defaultIterations = 4096

    static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }

    /// PBKDF2 with HMAC-SHA-256 and one output block. The padded key's state is hashed once and copied, so an iteration costs
    /// two compressions and no allocation.
    static func saltedPassword(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        var key = password.count > 64 ? sha256(password) : password
        key += [UInt8](repeating: 0, count: 64 - key.count)
        var inner = SHA256()
        inner.update(data: key.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(data: key.map { $0 ^ 0x5c })
        func mac(_ update: (inout SHA256) -> Void) -> SHA256Digest {
            var first = inner
            update(&first)
            let digest = first.finalize()
            var second = outer
            digest.withUnsafeBytes { second.update(bufferPointer: $0) }
            return second.finalize()
        }
        var block = mac { hasher in
            hasher.update(data: salt)
            hasher.update(data: [0, 0, 0, 1] as [UInt8])
        }
        var result = Array(block)
        for _ in 1..<max(1, iterations) {
            let previous = block
            block = mac { hasher in previous.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
            block.withUnsafeBytes { bytes in
                for index in 0..<result.count { result[index] ^= bytes[index] }
            }
        }
        return result
    }

    /// SASLprep's effect on passwords in common use: non-ASCII spaces become spaces, soft hyphens and the like vanish. ASCII is
    /// unchanged; normalisation (NFKC) is not done: such passwords are taken as they are, as PostgreSQL does with invalid ones.
    static func prepared(_ password: String) -> [UInt8] {
        if password.utf8.allSatisfy({ $0 < 0x80 }) { return Array(password.utf8) }
        var scalars = String.UnicodeScalarView()
        for scalar in password.unicodeScalars {
            switch scalar.value {
            case 0xa0, 0x1680, 0x2000...0x200b, 0x202f, 0x205f, 0x3000: scalars.append(" ")
            case 0xad, 0x34f, 0x1806, 0x180b...0x180d, 0x200c, 0x200d, 0x2060, 0xfe00...0xfe0f, 0xfeff: break
            default: scalars.append(scalar)
            }
        }
        return Array(String(scalars).utf8)
    }
}

/// What a server keeps of a password: enough to check a proof, not enough to make one.
public struct SCRAMVerifier: Sendable {
    public var iterations: Int
    public var salt: [UInt8]
    var storedKey: [UInt8]
    var serverKey: [UInt8]

    /// Costs `iterations` rounds of HMAC: about 2 ms.
    public init(password: String, salt: [UInt8], iterations: Int = SCRAM.defaultIterations) {
        let salted = SCRAM.saltedPassword(SCRAM.prepared(password), salt: salt, iterations: iterations)
        self.iterations = iterations
        self.salt = salt
        storedKey = SCRAM.sha256(SCRAM.hmac(salted, Array("Client Key".utf8)))
        serverKey = SCRAM.hmac(salted, Array("Server Key".utf8))
    }

    /// A verifier that no password satisfies, with a salt that stays the same for the same name: an attacker cannot tell
    /// an unknown user from a wrong password.
    public static func mock(user: String, secret: [UInt8]) -> SCRAMVerifier {
        let seed = SCRAM.hmac(secret, Array(user.utf8))
        var verifier = SCRAMVerifier(unsatisfiable: seed)
        verifier.salt = Array(seed.prefix(16))
        return verifier
    }

    private init(unsatisfiable seed: [UInt8]) {
        iterations = SCRAM.defaultIterations
        salt = []
        // Nobody knows a ClientKey with this hash.
        storedKey = SCRAM.hmac(seed, Array("stored".utf8))
        serverKey = SCRAM.hmac(seed, Array("server".utf8))
    }
}

/// The server's side of one exchange: a value that takes the client's messages and gives the answers.
public struct SCRAMServer: Sendable {
    private enum Step { case first, final, done }

    private let verifier: SCRAMVerifier
    private let nonce: String
    private var step = Step.first
    private var clientFirstBare = ""
    private var serverFirst = ""
    private var combinedNonce = ""
    private var channelBinding = ""

    /// - Parameter nonce: 18 random bytes.
    public init(verifier: SCRAMVerifier, nonce: [UInt8]) {
        self.verifier = verifier
        self.nonce = Base64.encode(nonce)
    }

    public enum Outcome: Equatable, Sendable {
        case continueWith([UInt8])
        case success([UInt8])
        /// The proof is wrong: the password was.
        case failure
    }

    /// - Throws: FATAL 08P01 `malformed SCRAM message`.
    public mutating func receive(_ message: UnsafeRawBufferPointer) throws(ErrorReport) -> Outcome {
        guard let text = String(validating: message, as: UTF8.self), !text.isEmpty else {
            throw SCRAMServer.malformed(
                message.isEmpty ? "The message is empty." : "Message length does not match input length."
            )
        }
        guard !text.utf8.contains(0) else { throw SCRAMServer.malformed("Message length does not match input length.") }
        switch step {
        case .first: return try receiveFirst(text)
        case .final: return try receiveFinal(text)
        case .done: throw SCRAMServer.malformed("The exchange is over.")
        }
    }

    private static func malformed(_ detail: String) -> ErrorReport {
        .fatal("08P01", "malformed SCRAM message", detail: detail)
    }

    /// `n,,n=user,r=nonce`: the user name is ignored, the startup packet's counts.
    private mutating func receiveFirst(_ text: String) throws(ErrorReport) -> Outcome {
        guard let flag = text.utf8.first else { throw SCRAMServer.malformed("The message is empty.") }
        switch flag {
        case UInt8(ascii: "n"), UInt8(ascii: "y"): break
        case UInt8(ascii: "p"):
            throw .fatal(
                "08P01",
                "client requires SCRAM channel binding, but it is not supported"
            )
        default:
            throw SCRAMServer.malformed(
                "Unexpected channel-binding flag \"\(Character(Unicode.Scalar(flag)))\"."
            )
        }
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 1 else {
            throw SCRAMServer.malformed("Comma expected, but found character \"\(text.dropFirst().first ?? " ")\".")
        }
        guard parts[1].isEmpty else {
            throw parts[1].hasPrefix("a=")
                ? .fatal("0A000", "client uses authorization identity, but it is not supported")
                : SCRAMServer.malformed("Unexpected attribute \"\(parts[1].first ?? " ")\" in client-first-message.")
        }
        channelBinding = Base64.encode(Array("\(parts[0]),,".utf8))
        let attributes = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard let name = attributes.first else { throw SCRAMServer.malformed("Expected attribute \"n\".") }
        if name.hasPrefix("m=") { throw .fatal("0A000", "client requires an unsupported SCRAM extension") }
        guard name.hasPrefix("n="), attributes.count >= 2, attributes[1].hasPrefix("r=") else {
            throw SCRAMServer.malformed("Attribute expected, but found invalid character.")
        }
        let clientNonce = attributes[1].dropFirst(2)
        guard !clientNonce.isEmpty, clientNonce.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7e }) else {
            throw .fatal("08P01", "non-printable characters in SCRAM nonce")
        }
        clientFirstBare = String(parts[2])
        combinedNonce = String(clientNonce) + nonce
        serverFirst = "r=\(combinedNonce),s=\(Base64.encode(verifier.salt)),i=\(verifier.iterations)"
        step = .final
        return .continueWith(Array(serverFirst.utf8))
    }

    /// `c=channel binding,r=nonce,p=proof`.
    private mutating func receiveFinal(_ text: String) throws(ErrorReport) -> Outcome {
        step = .done
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, let first = attributes.first, first.hasPrefix("c="), attributes[1].hasPrefix("r="),
            let last = attributes.last, last.hasPrefix("p="), let proof = Base64.decode(last.dropFirst(2)),
            proof.count == 32
        else { throw SCRAMServer.malformed("Malformed proof in client-final-message.") }
        guard first.dropFirst(2) == channelBinding else {
            throw .fatal("08P01", "unexpected SCRAM channel-binding attribute in client-final-message")
        }
        guard attributes[1].dropFirst(2) == combinedNonce else {
            throw .fatal("08P01", "invalid SCRAM response", detail: "Nonce does not match.")
        }
        let withoutProof = text.dropLast(last.count + 1)
        let message = Array("\(clientFirstBare),\(serverFirst),\(withoutProof)".utf8)
        let clientKey = SCRAM.xor(proof, SCRAM.hmac(verifier.storedKey, message))
        guard isEqualInConstantTime(SCRAM.sha256(clientKey), verifier.storedKey) else { return .failure }
        return .success(Array("v=\(Base64.encode(SCRAM.hmac(verifier.serverKey, message)))".utf8))
    }
}

/// The client's side of one exchange.
public struct SCRAMClient: Sendable {
    private let password: [UInt8]
    private let nonce: String
    private let firstBare: String
    private var expectedSignature: [UInt8]?

    /// More iterations than any server asks for: a hostile one must not keep the client busy.
    private static let maximumIterations = 1_000_000

    /// - Parameter nonce: 18 random bytes.
    public init(password: String, nonce: [UInt8]) {
        self.password = SCRAM.prepared(password)
        self.nonce = Base64.encode(nonce)
        firstBare = "n=,r=\(self.nonce)"
    }

    /// client-first-message, for SASLInitialResponse.
    public var first: [UInt8] { Array("n,,\(firstBare)".utf8) }

    /// The answer to server-first-message (AuthenticationSASLContinue): client-final-message.
    public mutating func answer(_ serverFirst: [UInt8]) throws(ErrorReport) -> [UInt8] {
        let text = String(decoding: serverFirst, as: UTF8.self)
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("r=\(nonce)"),
            attributes[0].utf8.count > nonce.utf8.count + 2,
            attributes[1].hasPrefix("s="), let salt = Base64.decode(attributes[1].dropFirst(2)), !salt.isEmpty,
            attributes[2].hasPrefix("i="), let iterations = Int(attributes[2].dropFirst(2)), iterations > 0,
            iterations <= SCRAMClient.maximumIterations
        else { throw .protocolViolation("malformed SCRAM message from the server") }
        let withoutProof = "c=biws,\(attributes[0])"
        let message = Array("\(firstBare),\(text),\(withoutProof)".utf8)
        let salted = SCRAM.saltedPassword(password, salt: salt, iterations: iterations)
        let clientKey = SCRAM.hmac(salted, Array("Client Key".utf8))
        let proof = SCRAM.xor(clientKey, SCRAM.hmac(SCRAM.sha256(clientKey), message))
        expectedSignature = SCRAM.hmac(SCRAM.hmac(salted, Array("Server Key".utf8)), message)
        return Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)
    }

    /// Checks AuthenticationSASLFinal: only a server that knows the password can have made it.
    public func verify(_ serverFinal: [UInt8]) throws(ErrorReport) {
        let text = String(decoding: serverFinal, as: UTF8.self)
        guard text.hasPrefix("v="), let signature = Base64.decode(text.dropFirst(2)), let expectedSignature,
            isEqualInConstantTime(signature, expectedSignature)
        else { throw .protocolViolation("the server's SCRAM signature is wrong") }
    }
}
