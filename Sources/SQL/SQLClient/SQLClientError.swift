/// What can go wrong between a service and its database.
///
/// `code` tells what to do: a refused statement is the caller's mistake, everything else may pass when tried again.
public struct SQLClientError: Error, Sendable, CustomStringConvertible {
    /// Extensible list of the kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case server, connectFailed, authenticationFailed, connectionClosed, connectTimeout, queryTimeout,
                poolTimeout
            case cancelled, shutDown, protocolViolation, unsupported
        }
        private let kind: Kind
        /// The server answered with an error: see `sqlState` and `message`.
        public static let server = Code(kind: .server)
        /// No connection could be made (refused, unknown host, reset).
        public static let connectFailed = Code(kind: .connectFailed)
        /// The server did not accept user, password or database.
        public static let authenticationFailed = Code(kind: .authenticationFailed)
        /// The connection broke while the statement was on its way: whether it ran is unknown.
        public static let connectionClosed = Code(kind: .connectionClosed)
        public static let connectTimeout = Code(kind: .connectTimeout)
        /// The statement took longer than `queryTimeout`; it was cancelled and its connection dropped.
        public static let queryTimeout = Code(kind: .queryTimeout)
        /// No connection became free within `acquireTimeout`.
        public static let poolTimeout = Code(kind: .poolTimeout)
        /// The calling task was cancelled.
        public static let cancelled = Code(kind: .cancelled)
        /// The pool was shut down.
        public static let shutDown = Code(kind: .shutDown)
        /// The server sent something that is not the protocol.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The server asks for something this client lacks (an authentication method, COPY).
        public static let unsupported = Code(kind: .unsupported)
        public var description: String { kind.rawValue }
    }

    public let code: Code
    public let message: String
    /// The five-character SQLSTATE of a server's error.
    public let sqlState: String?
    public let detail: String?
    public let hint: String?

    public init(_ code: Code, _ message: String, sqlState: String? = nil, detail: String? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
        self.hint = hint
    }

    /// True when the statement certainly did not run, so that any statement may be sent again.
    public var isSafeToRetry: Bool {
        switch code {
        case .connectFailed, .connectTimeout, .poolTimeout: true
        default: false
        }
    }

    public var description: String {
        var text = "\(code): \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail { text += " DETAIL: \(detail)" }
        return text
    }
}
