/// What can go wrong between a service and a key-value server.
public enum KVClientError: Error, Sendable, Equatable {
    /// The server refused the command; the text begins with its code word (`WRONGTYPE`, `NOAUTH`, `READONLY`, …).
    case server(String)
    /// No connection could be made: refused, unknown host, wrong password, or a recent attempt failed and it is too
    /// early for another.
    case unavailable(String)
    /// No reply in time; whether the command ran is unknown.
    case timedOut
    /// The connection broke before the reply; whether the command ran is unknown.
    case connectionClosed
    /// The calling task was cancelled; whether the command ran is unknown.
    case cancelled
    /// The server sent something that is not RESP, or a reply of another type than the command has.
    case unexpectedReply(String)
    /// The client was shut down.
    case shutDown
}

extension KVClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .server(let text): text
        case .unavailable(let reason): "unavailable: \(reason)"
        case .timedOut: "no reply in time"
        case .connectionClosed: "the connection broke before the reply"
        case .cancelled: "cancelled"
        case .unexpectedReply(let what): "unexpected reply: \(what)"
        case .shutDown: "the client was shut down"
        }
    }
}
