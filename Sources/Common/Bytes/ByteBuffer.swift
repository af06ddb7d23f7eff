#if canImport(Glibc)
    import Glibc
#endif

/// A growable run of raw bytes with a read offset: what a socket received, or what it is going to send.
///
///     storage ──┬─ consumed ─┬── readable: `bytes` ──┬── free: `reserve` ──┐
///               0          head                    tail              capacity
///
/// Invariants: `0 <= head <= tail <= capacity`; an emptied buffer starts again at offset 0.
/// It owns its storage alone (`~Copyable`), so appending never checks a reference count, and everything small is
/// `@inlinable`: the reply writers of both data servers are built on it. Not thread-safe, as one owner needs no more.
@frozen
public struct ByteBuffer: ~Copyable {
    @usableFromInline var storage: UnsafeMutableRawPointer?
    @usableFromInline var head: Int
    @usableFromInline var tail: Int
    @usableFromInline var allocated: Int

    /// An empty buffer; allocates nothing until something is appended.
    @inlinable
    public init() {
        storage = nil
        head = 0
        tail = 0
        allocated = 0
    }

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int) {
        self.init()
        if capacity > 0 { grow(toFit: capacity) }
    }

    deinit { free(storage) }

    /// The bytes of memory held.
    @inlinable public var capacity: Int { allocated }
    /// The number of readable bytes.
    @inlinable public var count: Int { tail &- head }
    @inlinable public var isEmpty: Bool { tail == head }

    /// The readable bytes; valid until the next mutation.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        guard let storage else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: storage + head, count: tail &- head)
    }

    /// Makes room for `count` more bytes and returns where they go; follow with `advance`.
    @inlinable
    public mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        if capacity &- tail < count || storage == nil { makeRoom(count) }
        return storage.unsafelyUnwrapped + tail
    }

    /// As `reserve`, but what is allocated for it is no more than that: for a message whose length is known.
    public mutating func reserveExactly(_ count: Int) -> UnsafeMutableRawPointer {
        if allocated &- tail < count, (tail &- head) &+ count > allocated {
            resize(to: (tail &- head) &+ count)
        }
        return reserve(count)
    }

    /// Takes over `count` bytes that were written where `reserve` pointed.
    @inlinable
    public mutating func advance(_ count: Int) {
        tail &+= count
        assert(tail <= capacity)
    }

    /// Drops `count` bytes from the front; `count` must not exceed the readable bytes.
    @inlinable
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= tail &- head, "consumed more bytes than are there")
        head &+= count
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Drops everything after the first `count` readable bytes (a half-written reply that is taken back).
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= tail &- head, "truncated beyond the end")
        tail = head &+ count
    }

    /// Drops every byte; keeps the memory unless told otherwise.
    public mutating func removeAll(keepingCapacity: Bool = true) {
        head = 0
        tail = 0
        if !keepingCapacity { release() }
    }

    /// Gives memory beyond `limit` back when the buffer is empty, so that one big reply does not stay resident.
    @inlinable
    public mutating func shrink(to limit: Int) {
        if capacity > limit && isEmpty { release() }
    }

    @usableFromInline
    mutating func release() {
        guard isEmpty else { return }
        free(storage)
        storage = nil
        head = 0
        tail = 0
        allocated = 0
    }

    /// Moves the readable bytes to the front or doubles the memory.
    @usableFromInline
    mutating func makeRoom(_ count: Int) {
        precondition(count >= 0, "negative reservation")
        let readable = tail &- head
        if let storage, head > 0, capacity &- readable >= count, head >= readable {
            memmove(storage, storage + head, readable)
            head = 0
            tail = readable
            return
        }
        grow(toFit: readable + count)
    }

    private mutating func grow(toFit needed: Int) {
        var size = max(256, capacity)
        while size < needed { size = size < 1 << 26 ? size * 2 : size + (1 << 26) }
        resize(to: size)
    }

    private mutating func resize(to size: Int) {
        let readable = tail &- head
        if head > 0, let storage {
            memmove(storage, storage + head, readable)
            head = 0
            tail = readable
        }
        guard let moved = realloc(storage, size) else {
            preconditionFailure("out of memory: \(size) bytes were refused")
        }
        storage = moved
        allocated = size
    }
}

// MARK: - Appending

extension ByteBuffer {
    @inlinable
    public mutating func append(_ byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        tail &+= 1
    }

    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        guard count > 0, let start = bytes.baseAddress else { return }
        reserve(count).copyMemory(from: start, byteCount: count)
        tail &+= count
    }

    @inlinable
    public mutating func append(_ start: UnsafeRawPointer, count: Int) {
        guard count > 0 else { return }
        reserve(count).copyMemory(from: start, byteCount: count)
        tail &+= count
    }

    @inlinable
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }

    @inlinable
    public mutating func append(_ array: [UInt8]) {
        array.withUnsafeBytes { append($0) }
    }

    public mutating func append(string: String) {
        var string = string
        string.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends an integer in network byte order.
    @inlinable
    public mutating func append<Integer: FixedWidthInteger>(bigEndian value: Integer) {
        reserve(MemoryLayout<Integer>.size).storeBytes(of: value.bigEndian, as: Integer.self)
        tail &+= MemoryLayout<Integer>.size
    }

    /// Overwrites readable bytes, counted from the first readable one: the length of a message now finished.
    @inlinable
    public mutating func store<Integer: FixedWidthInteger>(bigEndian value: Integer, at offset: Int) {
        let size = MemoryLayout<Integer>.size
        precondition(offset >= 0 && offset &+ size <= count, "stored outside of the readable bytes")
        storage.unsafelyUnwrapped.storeBytes(of: value.bigEndian, toByteOffset: head &+ offset, as: Integer.self)
    }

    /// Appends the decimal digits of a signed integer.
    @inlinable
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    /// Appends the decimal digits of an unsigned integer.
    @inlinable
    public mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(UInt8(truncatingIfNeeded: value) &+ 48)
            return
        }
        let digits = ASCII.decimalDigits(in: value)
        ASCII.store(decimal: value, digits: digits, at: reserve(digits))
        tail &+= digits
    }
}
