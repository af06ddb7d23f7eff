import Commerce
import Crypto

/// Signs and verifies session tokens: `<uuid4>.<HMAC-SHA-256 of the uuid, base64url>`.
///
/// The first secret signs; every secret verifies, so a secret is rotated by putting the new one in front and dropping
/// the old one when its cookies have expired.
public struct SessionSigner: Sendable {
    private let keys: [SymmetricKey]

    /// - Parameter secrets: at least one; none of them empty.
    public init(secrets: [String]) throws(ConfigurationError) {
        guard !secrets.isEmpty, secrets.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigurationError("SESSION_SECRETS: at least one secret is needed")
        }
        keys = secrets.map { SymmetricKey(data: Array($0.utf8)) }
    }

    /// The token to hand out for `session`.
    public func token(for session: SessionID) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(session.text.utf8), using: keys[0])
        return session.text + "." + Self.base64URL(Array(code))
    }

    /// The session a token names; nil when the token is malformed or was not signed with one of the secrets.
    public func session(of token: some StringProtocol) -> SessionID? {
        guard token.utf8.count <= 256, let dot = token.firstIndex(of: "."),
            let session = SessionID(parsing: token[..<dot]),
            let code = Self.decodeBase64URL(token[token.index(after: dot)...])
        else { return nil }
        let message = Array(session.text.utf8)
        // Constant time for each key: the comparison is the library's.
        return keys.contains { HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: $0) }
            ? session : nil
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func base64URL(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                output.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { output.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Strict: a changed last character that would decode to the same bytes is refused.
    private static func decodeBase64URL(_ text: some StringProtocol) -> [UInt8]? {
        var output: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return output
    }
}
