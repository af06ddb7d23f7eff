/// Finds the frames of the client's messages in a byte stream; knows the bounds, not the bodies.
///
///     type (1 byte) · length (4 bytes, counts itself) · body
///
/// Bounds are PostgreSQL's: 10,000 bytes for messages without a payload, 1 GB for the others. A length outside is answered with
/// nothing but the end of the connection, because the stream cannot be found again.
public enum FrontendDecoder {
    /// Greatest length word of Execute, Describe, Close, Flush, Sync, CopyDone, CopyFail and Terminate.
    public static let smallMessageLimit = 10_000
    /// Greatest length word of the others.
    public static let largeMessageLimit = 0x3fff_ffff
    /// Greatest length word of a password or SASL message.
    public static let passwordMessageLimit = 65_535
    /// Greatest startup packet, its length word not counted.
    public static let startupPacketLimit = 10_000

    public enum Frame: Equatable, Sendable {
        /// More bytes are needed: so many from the frame's first byte on.
        case incomplete(needed: Int)
        /// A whole message; the body follows five bytes after the frame's start. `size` counts everything.
        case message(kind: UInt8, size: Int)
        /// The length word is out of bounds: end the connection.
        case invalidLength
        /// The type byte means nothing: FATAL, then end the connection.
        case unknownKind(UInt8)
    }

    /// Looks at the message that starts at `offset`.
    @inlinable
    public static func frame(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Frame {
        let available = bytes.count &- offset
        guard available >= 1 else { return .incomplete(needed: 5) }
        let kind = bytes[offset]
        let limit: Int
        switch kind {
        case UInt8(ascii: "Q"), UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "d"), UInt8(ascii: "F"):
            limit = largeMessageLimit
        case UInt8(ascii: "E"), UInt8(ascii: "D"), UInt8(ascii: "C"), UInt8(ascii: "S"), UInt8(ascii: "H"),
            UInt8(ascii: "X"), UInt8(ascii: "c"), UInt8(ascii: "f"):
            limit = smallMessageLimit
        case UInt8(ascii: "p"): limit = passwordMessageLimit
        default: return .unknownKind(kind)
        }
        guard available >= 5 else { return .incomplete(needed: 5) }
        let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset &+ 1, as: UInt32.self)))
        guard length >= 4, length <= limit else { return .invalidLength }
        return available > length ? .message(kind: kind, size: length &+ 1) : .incomplete(needed: length &+ 1)
    }

    public enum StartupFrame: Equatable, Sendable {
        case incomplete(needed: Int)
        /// A whole packet; its content follows four bytes after the start. `size` counts everything.
        case packet(size: Int)
        case invalidLength
    }

    /// Looks at the untyped packet at `offset`: startup, cancel, SSL and GSS requests.
    public static func startupFrame(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> StartupFrame {
        let available = bytes.count - offset
        guard available >= 4 else { return .incomplete(needed: 4) }
        let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        guard length >= 8, length - 4 <= startupPacketLimit else { return .invalidLength }
        return available >= length ? .packet(size: length) : .incomplete(needed: length)
    }
}
