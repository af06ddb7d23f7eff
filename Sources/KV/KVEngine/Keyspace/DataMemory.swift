import CLinux
import Glibc

// Glibc's malloc.h is in no module map. The function takes and returns one word, for which both calling conventions
// agree; it reads the size that the allocator keeps in front of the memory.
@_silgen_name("malloc_usable_size")
private func allocatedSize(_ memory: UnsafeMutableRawPointer) -> Int

/// Memory of the data that is too large for `EntryMemory`, from the C library, and the count of all of it.
///
///     used = pieces of EntryMemory + what is allocated here + what is noted here
///
/// The count is of the calling thread, and a server's engine lives on one: so `maxmemory` is a comparison of two
/// numbers, also while several servers share a process. Freed on another thread, as an engine is at the end of its
/// server, it is counted there; nobody asks then.
enum DataMemory {
    /// What the allocator keeps in front of each piece of memory.
    private static let header = 8

    /// Bytes this thread's data takes.
    @inline(__always) static var used: Int { Int(clinux_counted_data()) }

    /// Counts memory that was allocated elsewhere, or (negative) given back.
    @inline(__always) static func note(_ bytes: Int) { clinux_count_data(Int64(bytes)) }

    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = malloc(max(1, size)) else {
            preconditionFailure("out of memory: \(size) bytes were refused")
        }
        note(allocatedSize(memory) &+ header)
        return memory
    }

    static func reallocate(_ memory: UnsafeMutableRawPointer, _ size: Int) -> UnsafeMutableRawPointer {
        let old = allocatedSize(memory)
        guard let moved = realloc(memory, max(1, size)) else {
            preconditionFailure("out of memory: \(size) bytes were refused")
        }
        note(allocatedSize(moved) &- old)
        return moved
    }

    static func free(_ memory: UnsafeMutableRawPointer?) {
        guard let memory else { return }
        note(-(allocatedSize(memory) &+ header))
        Glibc.free(memory)
    }

    // MARK: Blocks

    /// Memory for one of the many blocks of a value; whoever frees it knows its size.
    ///
    /// Pieces of `EntryMemory` as far as there are such: their slabs go back to the kernel a few at a time. The C library
    /// gives back at once what has become free at the end of its heap, which takes ten milliseconds after a large list.
    static func allocateBlock(_ size: Int) -> UnsafeMutableRawPointer {
        size <= EntryMemory.largest ? EntryMemory.allocate(size) : allocate(size)
    }

    static func freeBlock(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        if size <= EntryMemory.largest { EntryMemory.free(memory) } else { free(memory) }
    }

    /// Bytes that a block takes.
    static func size(ofBlock memory: UnsafeMutableRawPointer, _ size: Int) -> Int {
        size <= EntryMemory.largest ? EntryMemory.capacity(of: memory) : allocatedSize(memory) + header
    }

    /// Bytes the memory really has.
    @inline(__always) static func capacity(of memory: UnsafeMutableRawPointer) -> Int { allocatedSize(memory) }
}
