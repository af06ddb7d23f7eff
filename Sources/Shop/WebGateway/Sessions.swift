import Commerce
import HTTPTypes
import Hummingbird
import ServiceRuntime

/// Gives every visitor a signed identity and keeps it alive while it is used.
///
///     no, unsigned or forged cookie   a new session
///     rightly signed                  goes on, even when session-data has forgotten it
///
/// Session-data being away costs a log line, not the page: the cookie carries its own proof.
struct Sessions: Sendable {
    /// From the last use.
    static let lifetimeSeconds = 300

    let repository: any SessionRepository
    let signer: SessionSigner
    let clock: WallClock

    /// A visitor's session after this request.
    struct Visit: Sendable {
        let token: String
        /// The value of `Set-Cookie`.
        let cookie: String
    }

    func visit(_ request: Request, _ context: ServiceContext) async -> Visit {
        let session: SessionID
        if let token = request.cookie(SessionVerifier.name), let known = signer.session(of: token) {
            session = known
        } else {
            var generator = SystemRandomNumberGenerator()
            session = SessionID(using: &generator)
        }
        do {
            try await repository.touch(session)
        } catch {
            context.logger.warning("session-data did not take a session: \(error)")
        }
        let token = signer.token(for: session)
        let expires = HTTPDate(seconds: clock.seconds + Int64(Self.lifetimeSeconds))
        let isSecure = request.headers[.forwardedProto] == "https"
        return Visit(
            token: token,
            cookie: "\(SessionVerifier.name)=\(token); Expires=\(expires); Path=/; HttpOnly; SameSite=Lax"
                + (isSecure ? "; Secure" : "")
        )
    }

    /// The request's cookies with the session's own in place of whatever stood there.
    static func cookies(of request: Request, with visit: Visit) -> String {
        let others = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
            .map { $0.drop { $0 == " " } }
            .filter { !$0.hasPrefix(SessionVerifier.name + "=") && !$0.isEmpty }
            .map(String.init)
        return (others + ["\(SessionVerifier.name)=\(visit.token)"]).joined(separator: "; ")
    }
}
