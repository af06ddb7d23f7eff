import CLinux
import Glibc

/// Where an entry's address is kept: valid until the table changes.
struct Slot {
    let segment: Segment
    let address: UnsafeMutablePointer<UnsafeMutableRawPointer>

    @inline(__always) var entry: Entry { Entry(address.pointee) }

    /// Puts another entry with the same key in its place; the old one is the caller's to free.
    @inline(__always)
    func replace(with entry: Entry) { address.pointee = entry.base }
}

/// 32 buckets and a header line, in 2112 bytes of raw memory; see `EntryTable` for the picture.
///
///     header   localDepth │ count │ earliest expiry
///
/// `earliestExpiry` is a lower bound over the segment's entries, so that the active expiry passes by a segment
/// where nothing is due without touching its entries.
struct Segment {
    static let size = 64 + EntryTable.bucketCount * 64
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    /// The high bits of the seven control bytes.
    private static let highs: UInt64 = 0x0080_8080_8080_8080

    let base: UnsafeMutableRawPointer

    static func make(localDepth: Int) -> Segment {
        guard let base = aligned_alloc(64, size) else { preconditionFailure("out of memory: a segment was refused") }
        memset(base, 0, size)
        let segment = Segment(base: base)
        segment.localDepth = localDepth
        segment.earliestExpiry = Int64.max
        return segment
    }

    func free() { Glibc.free(base) }

    var localDepth: Int {
        get { base.load(as: Int.self) }
        nonmutating set { base.storeBytes(of: newValue, as: Int.self) }
    }

    @inline(__always)
    var count: Int {
        get { base.load(fromByteOffset: 8, as: Int.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
    }

    @inline(__always)
    var earliestExpiry: Int64 {
        get { base.load(fromByteOffset: 16, as: Int64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 16, as: Int64.self) }
    }

    // MARK: Buckets

    @inline(__always)
    static func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & 31) }

    @inline(__always)
    static func fingerprint(_ hash: UInt64) -> UInt64 { (hash >> 5) & 0x7F | 0x80 }

    @inline(__always)
    func bucket(_ index: Int) -> UnsafeMutableRawPointer { base + (64 &+ (index &<< 6)) }

    @inline(__always)
    static func controls(_ bucket: UnsafeMutableRawPointer) -> UInt64 { bucket.load(as: UInt64.self) }

    @inline(__always)
    static func slots(_ bucket: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UnsafeMutableRawPointer> {
        (bucket + 8).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    }

    /// The high bit of every control byte that is (or, rarely, might be) the fingerprint.
    @inline(__always)
    static func matches(_ controls: UInt64, _ fingerprint: UInt64) -> UInt64 {
        let difference = controls ^ (fingerprint &* ones)
        // A borrow may mark the byte above a true match as well: comparing keys sorts that out. An empty byte is
        // never marked by itself, but may be by the borrow; so only occupied bytes count.
        return (difference &- ones) & ~difference & highs & controls
    }

    func insert(_ entry: UnsafeMutableRawPointer, _ hash: UInt64) -> Slot {
        assert(count < EntryTable.bucketCount * EntryTable.slotsPerBucket)
        var index = Self.home(hash)
        while true {
            let bucket = bucket(index)
            let controls = Self.controls(bucket)
            let free = ~controls & Self.highs
            if free != 0 {
                let slot = Int(truncatingIfNeeded: free.trailingZeroBitCount &>> 3)
                bucket.storeBytes(of: UInt8(Self.fingerprint(hash)), toByteOffset: slot, as: UInt8.self)
                let address = Self.slots(bucket) + slot
                address.pointee = entry
                count &+= 1
                return Slot(segment: self, address: address)
            }
            // At most 217 entries can pass over a bucket, so the byte cannot overflow.
            bucket.storeBytes(of: UInt8(truncatingIfNeeded: controls >> 56) &+ 1, toByteOffset: 7, as: UInt8.self)
            index = (index &+ 1) & (EntryTable.bucketCount &- 1)
        }
    }

    func remove(_ address: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ hash: UInt64) {
        let offset = UnsafeMutableRawPointer(address) - base - 64
        let found = offset >> 6
        bucket(found).storeBytes(of: 0, toByteOffset: (offset & 63) / 8 - 1, as: UInt8.self)
        var index = Self.home(hash)
        while index != found {
            let passed = bucket(index)
            passed.storeBytes(
                of: UInt8(truncatingIfNeeded: Self.controls(passed) >> 56) &- 1,
                toByteOffset: 7,
                as: UInt8.self
            )
            index = (index &+ 1) & (EntryTable.bucketCount &- 1)
        }
        count &-= 1
    }

    @inline(__always)
    func forEach(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer>) -> Void) {
        for index in 0..<EntryTable.bucketCount {
            let bucket = bucket(index)
            var occupied = Self.controls(bucket) & Self.highs
            while occupied != 0 {
                body(Self.slots(bucket) + Int(truncatingIfNeeded: occupied.trailingZeroBitCount &>> 3))
                occupied &= occupied &- 1
            }
        }
    }

    /// Moves the entries whose hash has `bit` set to `upper` and puts the others back in fresh buckets.
    /// The entries must be read for their keys: all are prefetched first, so that their cache misses overlap.
    func divide(into upper: Segment, decidedBy bit: UInt64, _ hash: KeyHash) {
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 224) { entries in
            var found = 0
            forEach { address in
                entries[found] = address.pointee
                clinux_prefetch(address.pointee)
                found += 1
            }
            memset(base + 64, 0, Self.size - 64)
            count = 0
            // The bound stays valid for both halves; the next expiry walk tightens it.
            upper.earliestExpiry = earliestExpiry
            for index in 0..<found {
                let value = hash(Entry(entries[index]).key)
                _ = (value & bit == 0 ? self : upper).insert(entries[index], value)
            }
        }
    }
}
