// The bytes of a table's values of variable length.
//
//     tuple word:  length (16 bits) | address (48 bits)        length 0xFFFF: the true length is the word before the address
//     chunks:      [ 8 | 16 | 88 | 16 | …        ]  bump pointer, classes of 8 bytes up to 1 KiB, a free list per class
//     larger:      malloc
//
// Invariants: a word of 0 is the empty value; addresses never move; `liveBytes` counts what is allocated and not freed.
// Two versions of a row share a value they have in common: who frees is decided by `TableStore` (a value dies with the last version
// that has it).

import Glibc

struct TextHeap: ~Copyable {
    private static let classCount = 128
    private static let largest = 1024
    static let addressMask: UInt64 = 0x0000_FFFF_FFFF_FFFF

    private var chunks: [UnsafeMutableRawPointer] = []
    private var cursor: UnsafeMutableRawPointer?
    private var remaining = 0
    private var nextChunkSize = 4096
    private let freeLists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private(set) var chunkBytes = 0
    private(set) var largeBytes = 0
    private(set) var liveBytes = 0

    init() {
        freeLists = .allocate(capacity: Self.classCount + 1)
        freeLists.initialize(repeating: nil, count: Self.classCount + 1)
    }

    deinit {
        // Large blocks are freed by the owner's walk over its tuples (TableStore.deinit), chunks in one go.
        for chunk in chunks { free(chunk) }
        freeLists.deallocate()
    }

    /// Copies `bytes` in and returns the tuple word.
    mutating func store(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        guard count > 0, let source = bytes.baseAddress else { return 0 }
        let isLong = count >= 0xFFFF
        let total = isLong ? count + 8 : count
        var block: UnsafeMutableRawPointer
        if total <= Self.largest {
            let classIndex = (total + 7) >> 3
            if let head = freeLists[classIndex] {
                block = head
                freeLists[classIndex] = head.load(as: UnsafeMutableRawPointer?.self)
            } else {
                block = bump(classIndex << 3)
            }
            liveBytes += classIndex << 3
        } else {
            guard let large = malloc(total) else { preconditionFailure("out of memory") }
            block = large
            largeBytes += total
            liveBytes += total
        }
        if isLong {
            block.storeBytes(of: UInt64(count), as: UInt64.self)
            block += 8
        }
        block.copyMemory(from: source, byteCount: count)
        return (UInt64(UInt(bitPattern: block)) & Self.addressMask) | (UInt64(isLong ? 0xFFFF : count) << 48)
    }

    private mutating func bump(_ size: Int) -> UnsafeMutableRawPointer {
        if remaining < size {
            // The tail of the old chunk goes to the free list of its size: nothing is lost for good.
            if remaining >= 8, let cursor {
                let tailClass = min(remaining >> 3, Self.classCount)
                cursor.storeBytes(of: freeLists[tailClass], as: UnsafeMutableRawPointer?.self)
                freeLists[tailClass] = cursor
            }
            guard let chunk = malloc(nextChunkSize) else { preconditionFailure("out of memory") }
            chunks.append(chunk)
            chunkBytes += nextChunkSize
            cursor = chunk
            remaining = nextChunkSize
            nextChunkSize = min(nextChunkSize * 2, 1 << 20)
        }
        guard let block = cursor else { preconditionFailure("a chunk was just made") }
        cursor = block + size
        remaining -= size
        return block
    }

    /// Gives the bytes of a tuple word back.
    mutating func release(_ word: UInt64) {
        guard word != 0, let start = UnsafeMutableRawPointer(bitPattern: UInt(word & Self.addressMask)) else { return }
        let short = Int(word >> 48)
        let isLong = short == 0xFFFF
        let block = isLong ? start - 8 : start
        let total = isLong ? Int(block.load(as: UInt64.self)) + 8 : short
        if total <= Self.largest {
            let classIndex = (total + 7) >> 3
            block.storeBytes(of: freeLists[classIndex], as: UnsafeMutableRawPointer?.self)
            freeLists[classIndex] = block
            liveBytes -= classIndex << 3
        } else {
            free(block)
            largeBytes -= total
            liveBytes -= total
        }
    }

    /// True if the word's bytes are a block of their own outside the chunks.
    static func isLarge(_ word: UInt64) -> Bool {
        guard word != 0 else { return false }
        let short = Int(word >> 48)
        return short > largest
    }
}

/// The datum a tuple word stands for.
@inlinable
func textDatum(_ word: UInt64) -> Datum {
    let address = word & 0x0000_FFFF_FFFF_FFFF
    let short = Int(word >> 48)
    if short != 0xFFFF { return Datum(word: address, count: short) }
    guard let start = UnsafeRawPointer(bitPattern: UInt(address)) else { return Datum(word: 0, count: 0) }
    return Datum(word: address, count: Int((start - 8).load(as: UInt64.self)))
}
