import Glibc

/// What a socket call was refused for: the attempt in words and the system's errno.
public struct NetError: Error, CustomStringConvertible, Sendable {
    /// The attempt, as in "listen on 127.0.0.1:6379".
    public let attempt: String
    /// The system's error number; 0 when the reason is not the system's (see `reason`).
    public let code: Int32
    /// The reason in words.
    public let reason: String

    public init(attempt: String, code: Int32) {
        self.attempt = attempt
        self.code = code
        self.reason = String(cString: strerror(code))
    }

    public init(attempt: String, reason: String) {
        self.attempt = attempt
        self.code = 0
        self.reason = reason
    }

    /// Whether the machine does not have the address, or not its family.
    public var isAddressMissing: Bool {
        code == 0
            || [EADDRNOTAVAIL, EAFNOSUPPORT, EPROTONOSUPPORT, ENOENT, ESOCKTNOSUPPORT, ENOPROTOOPT].contains(code)
    }

    /// Whether another program holds the address.
    public var isAddressInUse: Bool { code == EADDRINUSE }

    public var description: String { "cannot \(attempt): \(reason)" }
}
