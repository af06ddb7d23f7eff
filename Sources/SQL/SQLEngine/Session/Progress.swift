// How far a call into a session came, and the raw parts of Parse and Bind that it takes.

import Bytes

/// The ReadyForQuery status byte.
public enum TransactionStatus: UInt8, Sendable {
    case idle = 0x49
    case inTransaction = 0x54
    case failed = 0x45
}

/// How far a run, execute or resume call came.
public enum Progress: Equatable, Sendable {
    /// Complete; everything was told to the sink.
    case finished
    /// An error was told to the sink. Extended protocol: skip messages until Sync.
    case failed
    /// The portal reached its row limit (PortalSuspended was told to the sink).
    case suspended
    /// COPY FROM STDIN began (CopyInResponse was told to the sink): feed `copyData`, then `copyDone` or `copyFail`.
    case copyIn
    /// A row or relation is locked by another open transaction. Handle no further message of this connection until the
    /// session's `wake` closure was called, then call `resume(into:)`.
    case blocked
    /// The slice ended (time, or the sink is congested). Call `resume(into:)` in a later loop turn, or when output drained.
    case yielded
}

/// The parameter values of a Bind message as they stand there: `count` times an Int32 length (-1: null) and the bytes.
/// Valid only during the call.
public struct BoundParameters {
    public var count: Int
    public var bytes: UnsafeRawBufferPointer

    public init(count: Int, bytes: UnsafeRawBufferPointer) {
        self.count = count
        self.bytes = bytes
    }
}

/// Format codes of a Bind message as they stand there: `count` big-endian Int16. Valid only during the call.
public struct FormatCodes {
    public var count: Int
    public var bytes: UnsafeRawBufferPointer

    public init(count: Int, bytes: UnsafeRawBufferPointer) {
        self.count = count
        self.bytes = bytes
    }
}
