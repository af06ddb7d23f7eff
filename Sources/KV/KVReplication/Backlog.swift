import Bytes

/// The last bytes of the effect stream, in a ring: what a replica that was away for a moment still needs.
///
///     offset of first ┌──────────── kept ────────────┐ offset (bytes ever written)
///                     [ … ring of `capacity` bytes … ]
///
/// Offsets count bytes of the stream since the replication identifier was made. Not here: who reads it.
struct Backlog: ~Copyable {
    private let storage: UnsafeMutableRawPointer
    let capacity: Int
    /// How many bytes are kept.
    private(set) var count = 0
    /// Where the next byte goes.
    private var head = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        storage = .allocate(byteCount: self.capacity, alignment: 64)
    }

    deinit { storage.deallocate() }

    /// Keeps `bytes`, forgetting the oldest. Linear in the bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        // Of more than the ring holds only the end matters.
        var rest = UnsafeRawBufferPointer(rebasing: bytes.suffix(capacity))
        while let start = rest.baseAddress, !rest.isEmpty {
            let part = min(rest.count, capacity - head)
            (storage + head).copyMemory(from: start, byteCount: part)
            head = (head + part) % capacity
            rest = UnsafeRawBufferPointer(rebasing: rest[part...])
        }
        count = min(capacity, count + bytes.count)
    }

    /// Appends the newest `wanted` bytes to `target`; `wanted` must not exceed `count`.
    func copyNewest(_ wanted: Int, to target: inout ByteBuffer) {
        precondition(wanted >= 0 && wanted <= count, "the backlog does not reach so far")
        var position = (head - wanted + capacity) % capacity
        var rest = wanted
        while rest > 0 {
            let part = min(rest, capacity - position)
            target.append(UnsafeRawBufferPointer(start: storage + position, count: part))
            position = (position + part) % capacity
            rest -= part
        }
    }

    mutating func removeAll() {
        count = 0
        head = 0
    }
}
