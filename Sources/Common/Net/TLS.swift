import COpenSSL
import Glibc

/// What a side of TLS connections shares: certificates, keys, whom it trusts, which protocols and ciphers it speaks.
///
/// Made once from files; sessions keep it alive. Confined to its loop's thread.
public final class TLSContext {
    /// Whether the peer must show a certificate.
    public enum Verification: Sendable {
        case none, required
        /// A certificate is not needed, but one that comes must be good.
        case optional
    }

    /// Protocol versions to speak.
    public struct Protocols: OptionSet, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let tls1 = Protocols(rawValue: 1)
        public static let tls11 = Protocols(rawValue: 2)
        public static let tls12 = Protocols(rawValue: 4)
        public static let tls13 = Protocols(rawValue: 8)
        public static let usual: Protocols = [.tls12, .tls13]

        /// `TLSv1.2 TLSv1.3`; nil for an unknown word. Nothing means the usual ones.
        public init?(text: String) {
            var found: Protocols = []
            for word in text.lowercased().split(separator: " ") {
                switch word {
                case "tlsv1": found.insert(.tls1)
                case "tlsv1.1": found.insert(.tls11)
                case "tlsv1.2": found.insert(.tls12)
                case "tlsv1.3": found.insert(.tls13)
                default: return nil
                }
            }
            self = found.isEmpty ? .usual : found
        }
    }

    /// Paths and lists; empty where nothing is given.
    public struct Settings: Sendable {
        public var certificate = ""
        public var key = ""
        public var keyPassword = ""
        public var authorities = ""
        public var authoritiesDirectory = ""
        public var parameters = ""
        public var ciphers = ""
        public var ciphersuites = ""
        public var protocols = Protocols.usual
        public var verification = Verification.required
        public var prefersServerCiphers = false
        public var cachesSessions = true
        public var cacheSize = 20480
        public var cacheSeconds = 300

        public init() {}
    }

    let pointer: UnsafeMutableRawPointer

    /// - Throws: which step failed, with OpenSSL's words.
    public init(_ settings: Settings) throws(NetError) {
        var reason = [CChar](repeating: 0, count: 1024)
        let pointer = Self.create(settings, &reason)
        guard let pointer else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw NetError(attempt: "configure TLS", reason: text)
        }
        self.pointer = pointer
    }

    deinit { copenssl_context_free(pointer) }

    private static func create(_ settings: Settings, _ reason: inout [CChar]) -> UnsafeMutableRawPointer? {
        settings.certificate.withCString { certificate in
            settings.key.withCString { key in
                settings.keyPassword.withCString { password in
                    settings.authorities.withCString { authorities in
                        settings.authoritiesDirectory.withCString { directory in
                            settings.parameters.withCString { parameters in
                                settings.ciphers.withCString { ciphers in
                                    settings.ciphersuites.withCString { suites in
                                        var raw = copenssl_settings(
                                            certificate: certificate,
                                            key: key,
                                            key_password: password,
                                            authorities: authorities,
                                            authorities_directory: directory,
                                            parameters: parameters,
                                            ciphers: ciphers,
                                            ciphersuites: suites,
                                            protocols: settings.protocols.rawValue,
                                            verification: settings.verification.number,
                                            prefers_server_ciphers: settings.prefersServerCiphers ? 1 : 0,
                                            caches_sessions: settings.cachesSessions ? 1 : 0,
                                            cache_size: Int32(clamping: settings.cacheSize),
                                            cache_seconds: Int32(clamping: settings.cacheSeconds)
                                        )
                                        return copenssl_context_create(&raw, &reason, reason.count)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension TLSContext.Verification {
    fileprivate var number: Int32 {
        switch self {
        case .none: 0
        case .required: 1
        case .optional: 2
        }
    }
}

/// The TLS side of one connection: handshake, then bytes in the clear on our side of it.
final class TLSSession {
    /// What became of an attempt to move bytes.
    enum Outcome {
        case moved(Int)
        case wantsRead, wantsWrite, closed, failed
    }

    /// A handshake that takes longer is given up.
    static let handshakeLimit: Duration = .seconds(10)

    private let pointer: UnsafeMutableRawPointer
    private let context: TLSContext
    private(set) var isEstablished = false

    init?(_ context: TLSContext, descriptor: Int32, isServer: Bool) {
        guard let pointer = copenssl_session_create(context.pointer, descriptor, isServer ? 1 : 0) else { return nil }
        self.pointer = pointer
        self.context = context
    }

    deinit { copenssl_session_free(pointer) }

    /// Says good-bye, while the socket is still open.
    func end() { copenssl_session_end(pointer) }

    func handshake() -> Outcome {
        let result = Int(copenssl_handshake(pointer))
        if result == 1 { isEstablished = true }
        return Self.outcome(result)
    }

    func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Outcome {
        Self.outcome(copenssl_read(pointer, target, count))
    }

    func write(_ source: UnsafeRawPointer, _ count: Int) -> Outcome {
        Self.outcome(copenssl_write(pointer, source, count))
    }

    /// Whether decrypted bytes wait that the socket will not announce.
    var hasPending: Bool { copenssl_pending(pointer) > 0 }

    private static func outcome(_ result: Int) -> Outcome {
        if result > 0 { return .moved(result) }
        return switch result {
        case Int(COPENSSL_WANTS_READ): .wantsRead
        case Int(COPENSSL_WANTS_WRITE): .wantsWrite
        case Int(COPENSSL_CLOSED): .closed
        default: .failed
        }
    }
}
