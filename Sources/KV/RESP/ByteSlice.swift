/// A pointer and a length into memory that somebody else keeps alive: one argument of a request, as it lies in the
/// receive buffer, or one string of the keyspace.
///
/// Two words, passed in registers, no reference count. It must not outlive the batch it was parsed for.
@frozen
public struct ByteSlice {
    public let start: UnsafePointer<UInt8>
    public let count: Int

    @inlinable
    public init(start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    @inlinable
    public init(_ start: UnsafeRawPointer, count: Int) {
        self.start = start.assumingMemoryBound(to: UInt8.self)
        self.count = count
    }

    @inlinable
    public init(_ text: StaticString) {
        self.start = text.utf8Start
        self.count = text.utf8CodeUnitCount
    }

    @inlinable public var isEmpty: Bool { count == 0 }
    @inlinable public var raw: UnsafeRawPointer { UnsafeRawPointer(start) }
    @inlinable public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    @inlinable public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// The byte at `index`, which must be within the slice.
    @inlinable
    public subscript(index: Int) -> UInt8 {
        assert(index >= 0 && index < count)
        return start[index]
    }

    /// The bytes from `index` on.
    @inlinable
    public func dropFirst(_ index: Int) -> ByteSlice {
        ByteSlice(start: start + min(index, count), count: max(0, count - index))
    }

    /// A copy that lives by itself.
    public var array: [UInt8] { Array(bytes) }
    /// A copy as text, ill-formed UTF-8 replaced.
    public var string: String { String(decoding: bytes, as: UTF8.self) }
}
