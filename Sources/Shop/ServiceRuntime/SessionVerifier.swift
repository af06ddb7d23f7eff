import Commerce
import Hummingbird

/// Finds out whose request this is: the signed token of the body's `session_id`, else of the session cookie.
public struct SessionVerifier: Sendable {
    /// The name of the cookie and of the member in bodies.
    public static let name = "session_id"

    private let signer: SessionSigner

    public init(secrets: [String]) throws(ConfigurationError) {
        signer = try SessionSigner(secrets: secrets)
    }

    /// The session and its token. Throws 400 when there is none and 401 when it was not signed by this shop.
    public func session(of request: Request, body: JSONValue?) throws -> (id: SessionID, token: String) {
        var token: String?
        if let member = body?[Self.name], !member.isNull {
            guard let text = member.string else { throw Problem(.badRequest, "session_id must be a string") }
            token = text.isEmpty ? nil : text
        }
        guard let token = token ?? request.cookie(Self.name).map(String.init) else {
            throw Problem(.badRequest, "session_id is missing")
        }
        guard let session = signer.session(of: token) else {
            throw Problem(.unauthorized, "session_id was not signed by this shop")
        }
        return (session, token)
    }
}
