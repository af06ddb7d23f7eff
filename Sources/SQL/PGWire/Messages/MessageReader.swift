/// A checked cursor over one message's body. Every read throws PostgreSQL's protocol violation when the body is too short.
///
/// Confined to the time in which the bytes are valid (one call of the connection handler).
public struct MessageReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var offset = 0

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inlinable public var remaining: Int { bytes.count &- offset }

    @inlinable
    public mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(ErrorReport) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { throw MessageReader.tooShort }
        let value = Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
        offset &+= size
        return value
    }

    /// The bytes before the next zero byte, which is skipped.
    @inlinable
    public mutating func cString() throws(ErrorReport) -> UnsafeRawBufferPointer {
        var end = offset
        while end < bytes.count {
            if bytes[end] == 0 {
                let text = UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
                offset = end &+ 1
                return text
            }
            end &+= 1
        }
        throw MessageReader.badString
    }

    @inlinable
    public mutating func string() throws(ErrorReport) -> String { String(decoding: try cString(), as: UTF8.self) }

    @inlinable
    public mutating func take(_ count: Int) throws(ErrorReport) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw MessageReader.tooShort }
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ count)])
        offset &+= count
        return part
    }

    @inlinable
    public mutating func rest() -> UnsafeRawBufferPointer {
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        offset = bytes.count
        return part
    }

    /// Throws when bytes are left over.
    @inlinable
    public func end() throws(ErrorReport) {
        guard remaining == 0 else { throw MessageReader.badFormat }
    }

    @usableFromInline static var tooShort: ErrorReport { .protocolViolation("insufficient data left in message") }
    @usableFromInline static var badString: ErrorReport { .protocolViolation("invalid string in message") }
    @usableFromInline static var badFormat: ErrorReport { .protocolViolation("invalid message format") }
}
