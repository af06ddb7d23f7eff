import Glibc

/// Addresses in an order that their owner keeps: what it is a list of, and who frees it, is the owner's affair.
///
///     free │ first │ second │ … │ free
///          head              head + count
///
/// Both ends are cheap, which is where a stream grows and is trimmed; the middle moves the shorter side.
struct PointerList {
    private var base: UnsafeMutablePointer<UnsafeMutableRawPointer>?
    private var head: Int32 = 0
    private var storedCount: Int32 = 0
    private var capacity: Int32 = 0

    // Cannot overflow: two thousand million addresses are beyond any memory this runs in.
    @inline(__always) var count: Int { Int(storedCount) }
    /// Bytes of the list itself.
    var size: Int { Int(capacity) * 8 }
    @inline(__always) var isEmpty: Bool { storedCount == 0 }

    @inline(__always)
    subscript(index: Int) -> UnsafeMutableRawPointer {
        get {
            assert(index >= 0 && index < count)
            return base.unsafelyUnwrapped[Int(head) &+ index]
        }
        nonmutating set { base.unsafelyUnwrapped[Int(head) &+ index] = newValue }
    }

    mutating func insert(_ pointer: UnsafeMutableRawPointer, at index: Int) {
        precondition(index >= 0 && index <= count, "inserted outside of a list of addresses")
        if index == 0, head > 0 {
            head -= 1
            storedCount += 1
            base.unsafelyUnwrapped[Int(head)] = pointer
            return
        }
        if head + storedCount == capacity { makeRoom() }
        let place = base.unsafelyUnwrapped + Int(head) + index
        memmove(place + 1, place, (count - index) * 8)
        place.pointee = pointer
        storedCount += 1
    }

    mutating func append(_ pointer: UnsafeMutableRawPointer) { insert(pointer, at: count) }

    mutating func remove(at index: Int) {
        precondition(index >= 0 && index < count, "removed outside of a list of addresses")
        let start = base.unsafelyUnwrapped + Int(head)
        if index < count / 2 {
            memmove(start + 1, start, index * 8)
            head += 1
        } else {
            memmove(start + index, start + index + 1, (count - index - 1) * 8)
        }
        storedCount -= 1
        if storedCount == 0 { free() }
    }

    /// Gives the list's own memory back.
    mutating func free() {
        DataMemory.free(base)
        self = PointerList()
    }

    private mutating func makeRoom() {
        // Room at the front is used up first, when it is worth the move.
        if head > capacity / 2, let base {
            memmove(base, base + Int(head), count * 8)
            head = 0
            return
        }
        let larger = max(2, Int(capacity) * 2)
        let target = DataMemory.allocate(larger * 8).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
        if let base { memcpy(target, base + Int(head), count * 8) }
        DataMemory.free(base)
        base = target
        head = 0
        capacity = Int32(larger)
    }
}
