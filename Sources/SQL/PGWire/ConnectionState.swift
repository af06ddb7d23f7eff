/// Which messages a connection may send now, and what an error does to it: the protocol's rules as a value, without I/O.
///
///     opening ──startup──▶ authenticating ──accepted──▶ ready ◀──Sync── skipping
///        │ SSL, GSS: 'N'                                 │  ▲              ▲ error in an extended message
///        └ cancel: done                                  │  └─ copying in ─┘
///                                                        └──Terminate──▶ closed
///
/// Events in, actions out; the session performs them. Bodies are looked at only where the rule depends on them.
public struct ConnectionState: Sendable {
    public enum Phase: Sendable, Equatable {
        case opening
        case authenticating
        /// Startup is over; statements may come.
        case ready
        /// An extended message failed: everything up to Sync is ignored.
        case skipping
        /// COPY FROM STDIN takes data; `isExtended`: it was started by Execute.
        case copyingIn(isExtended: Bool)
        case closed
    }

    public private(set) var phase: Phase = .opening
    private var hasAskedSSL = false
    private var hasAskedGSS = false

    public init() {}

    // MARK: Startup packets

    public enum OpeningAction: Equatable, Sendable {
        /// `N`: no encryption here; another packet follows.
        case refuseEncryption
        /// Cancel what that session does, then close without an answer.
        case cancel(processID: Int32, secret: Int32)
        case authenticate(StartupPacket.Startup)
        /// Close without an answer.
        case close
        /// FATAL, then close.
        case fail(ErrorReport)
        /// FATAL in the form of protocol 2, then close.
        case failOld(String)
    }

    /// A startup packet's content. - Parameter hasMore: bytes follow it in the same read.
    public mutating func receiveOpening(_ content: UnsafeRawBufferPointer, hasMore: Bool) -> OpeningAction {
        let packet: StartupPacket
        do {
            packet = try StartupPacket(content)
        } catch {
            phase = .closed
            switch error {
            case .silent: return .close
            case .report(let report): return .fail(report)
            case .oldProtocol(let text): return .failOld(text)
            }
        }
        switch packet {
        case .sslRequest:
            if hasAskedSSL { return unsupported(StartupPacket.sslCode) }
            hasAskedSSL = true
            return hasMore ? injected("SSL") : .refuseEncryption
        case .gssEncryptionRequest:
            if hasAskedGSS { return unsupported(StartupPacket.gssCode) }
            hasAskedGSS = true
            return hasMore ? injected("GSSAPI encryption") : .refuseEncryption
        case .cancelRequest(let processID, let secret):
            phase = .closed
            return .cancel(processID: processID, secret: secret)
        case .startup(let startup):
            phase = .authenticating
            return .authenticate(startup)
        }
    }

    /// Bytes sent before the answer may have been put there by somebody in between.
    private mutating func injected(_ request: String) -> OpeningAction {
        phase = .closed
        return .fail(
            .fatal(
                "08P01",
                "received unencrypted data after \(request) request",
                detail:
                    "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack."
            )
        )
    }

    private mutating func unsupported(_ code: UInt32) -> OpeningAction {
        phase = .closed
        return .fail(
            .fatal(
                "0A000",
                "unsupported frontend protocol \(code >> 16).\(code & 0xffff): server supports 3.0 to 3.0"
            )
        )
    }

    public mutating func authenticated() { phase = .ready }

    // MARK: Messages

    public enum Action: Equatable, Sendable {
        /// Handle it.
        case handle
        /// Drop it without an answer.
        case ignore
        /// COPY data for the session.
        case copy
        /// ERROR; the COPY ends, then as `failed(isExtended:)`.
        case failCopy(ErrorReport)
        /// FATAL, then close.
        case fatal(ErrorReport)
        /// Close without an answer.
        case close
    }

    /// Whether an error while handling this message makes the connection skip to the next Sync.
    @inlinable
    public static func isExtended(_ kind: UInt8) -> Bool {
        switch kind {
        case UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "C"),
            UInt8(ascii: "H"):
            true
        default: false
        }
    }

    /// What to do with a message of this kind after startup.
    public mutating func receive(_ kind: UInt8) -> Action {
        switch phase {
        case .ready:
            switch kind {
            case FrontendMessage.Kind.copyData, FrontendMessage.Kind.copyDone, FrontendMessage.Kind.copyFail:
                // Left over from a COPY that failed.
                return .ignore
            case FrontendMessage.Kind.terminate:
                phase = .closed
                return .close
            case FrontendMessage.Kind.password:
                phase = .closed
                return .fatal(ConnectionState.invalidKind(kind))
            default: return .handle
            }
        case .skipping:
            switch kind {
            case FrontendMessage.Kind.sync:
                phase = .ready
                return .handle
            case FrontendMessage.Kind.terminate:
                phase = .closed
                return .close
            case FrontendMessage.Kind.password:
                phase = .closed
                return .fatal(ConnectionState.invalidKind(kind))
            default: return .ignore
            }
        case .copyingIn:
            switch kind {
            case FrontendMessage.Kind.copyData, FrontendMessage.Kind.copyDone, FrontendMessage.Kind.copyFail:
                return .copy
            case FrontendMessage.Kind.flush, FrontendMessage.Kind.sync: return .ignore
            case FrontendMessage.Kind.terminate:
                phase = .closed
                return .close
            default:
                let hex = String(kind, radix: 16, uppercase: true)
                return .failCopy(
                    .protocolViolation(
                        "unexpected message type 0x\(hex.count < 2 ? "0" : "")\(hex) during COPY from stdin"
                    )
                )
            }
        case .opening, .authenticating, .closed:
            phase = .closed
            return .fatal(ConnectionState.invalidKind(kind))
        }
    }

    /// FATAL for a type byte that means nothing.
    public static func invalidKind(_ kind: UInt8) -> ErrorReport {
        .fatal("08P01", "invalid frontend message type \(kind)")
    }

    /// A statement of the simple (or extended) protocol began COPY FROM STDIN.
    public mutating func copyBegan(isExtended: Bool) { phase = .copyingIn(isExtended: isExtended) }

    /// The COPY is over. - Returns: whether ReadyForQuery is due at once (simple protocol).
    public mutating func copyEnded(failed: Bool) -> Bool {
        guard case .copyingIn(let isExtended) = phase else { return false }
        phase = isExtended && failed ? .skipping : .ready
        return !isExtended
    }

    /// An error was reported. - Returns: whether ReadyForQuery is due at once (otherwise after Sync).
    public mutating func failed(isExtended: Bool) -> Bool {
        if phase == .closed { return false }
        phase = isExtended ? .skipping : .ready
        return !isExtended
    }

    public mutating func close() { phase = .closed }
}
