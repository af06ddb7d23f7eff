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

/// Up to 32 buckets behind a header line, in raw memory; see `EntryTable` for the picture.
///
///     header   localDepth │ count │ earliest expiry
///
/// A segment begins small and grows by four buckets at a time: all segments of a table fill alike, so with one size
/// they would all be half empty at the same moment. The number of buckets is kept in the address (segments lie at
/// multiples of 64), so that a look-up finds the bucket without reading the header.
///
/// `earliestExpiry` is a lower bound over the segment's entries, so that the active expiry passes by a segment
/// where nothing is due without touching its entries.
struct Segment {
    static let mostBuckets = 32
    static let slotsPerBucket = 7
    private static let growth = 4
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    /// The high bits of the seven control bytes.
    static let occupancy: UInt64 = 0x0080_8080_8080_8080

    /// The address, and the number of buckets less one in its low bits.
    private let word: UInt

    @inline(__always)
    private var base: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: word & ~63).unsafelyUnwrapped
    }

    @inline(__always)
    var bucketCount: Int { Int(truncatingIfNeeded: word & 63) &+ 1 }

    /// Bytes of memory.
    var size: Int { Self.size(bucketCount) }

    private static func size(_ bucketCount: Int) -> Int { 64 + bucketCount * 64 }

    /// A full segment grows or splits. Filling more saves memory and lengthens probes.
    @inline(__always)
    var isFull: Bool { count &* 8 >= bucketCount &* (Self.slotsPerBucket &* 7) }

    /// The number of buckets for `count` entries with room for a few more.
    static func buckets(for count: Int) -> Int {
        let needed = (count + 4) * 8 / (slotsPerBucket * 7) + 1
        return min(mostBuckets, (needed + growth - 1) / growth * growth)
    }

    static func make(localDepth: Int, buckets: Int) -> Segment {
        let size = size(buckets)
        let base = EntryMemory.allocate(size)
        memset(base, 0, size)
        let segment = Segment(word: UInt(bitPattern: base) | UInt(buckets - 1))
        segment.localDepth = localDepth
        segment.earliestExpiry = Int64.max
        return segment
    }

    func free() { EntryMemory.free(base) }

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

    /// The bucket where an entry belongs, by the hash's low twelve bits.
    @inline(__always)
    func home(_ hash: UInt64) -> Int { (Int(truncatingIfNeeded: hash & 0xFFF) &* bucketCount) &>> 12 }

    @inline(__always)
    func next(after index: Int) -> Int { index &+ 1 == bucketCount ? 0 : index &+ 1 }

    @inline(__always)
    static func fingerprint(_ hash: UInt64) -> UInt64 { (hash >> 12) & 0x7F | 0x80 }

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
        return (difference &- ones) & ~difference & occupancy & controls
    }

    func insert(_ entry: UnsafeMutableRawPointer, _ hash: UInt64) -> Slot {
        assert(count < bucketCount * Self.slotsPerBucket)
        var index = home(hash)
        while true {
            let bucket = bucket(index)
            let controls = Self.controls(bucket)
            let free = ~controls & Self.occupancy
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
            index = next(after: index)
        }
    }

    func remove(_ address: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ hash: UInt64) {
        let offset = UnsafeMutableRawPointer(address) - base - 64
        let found = offset >> 6
        bucket(found).storeBytes(of: 0, toByteOffset: (offset & 63) / 8 - 1, as: UInt8.self)
        var index = home(hash)
        while index != found {
            let passed = bucket(index)
            passed.storeBytes(
                of: UInt8(truncatingIfNeeded: Self.controls(passed) >> 56) &- 1,
                toByteOffset: 7,
                as: UInt8.self
            )
            index = next(after: index)
        }
        count &-= 1
    }

    @inline(__always)
    func forEach(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer>) -> Void) {
        for index in 0..<bucketCount {
            let bucket = bucket(index)
            var occupied = Self.controls(bucket) & Self.occupancy
            while occupied != 0 {
                body(Self.slots(bucket) + Int(truncatingIfNeeded: occupied.trailingZeroBitCount &>> 3))
                occupied &= occupied &- 1
            }
        }
    }

    /// The entry that `forEach` shows after `index` others.
    func entry(_ index: Int) -> Entry? {
        var skip = index
        for bucketIndex in 0..<bucketCount {
            let bucket = bucket(bucketIndex)
            var occupied = Self.controls(bucket) & Self.occupancy
            if skip >= occupied.nonzeroBitCount {
                skip -= occupied.nonzeroBitCount
                continue
            }
            while skip > 0 {
                occupied &= occupied &- 1
                skip -= 1
            }
            return Entry(Self.slots(bucket)[Int(truncatingIfNeeded: occupied.trailingZeroBitCount &>> 3)])
        }
        return nil
    }

    /// A larger segment with the same entries, in place of this one, which is freed; this one is below the most buckets.
    func grown(_ hash: KeyHash) -> Segment {
        let larger = Segment.make(localDepth: localDepth, buckets: min(Self.mostBuckets, bucketCount + Self.growth))
        larger.earliestExpiry = earliestExpiry
        withEntries(hash) { entries in
            for entry in entries { _ = larger.insert(entry.address, entry.hash) }
        }
        free()
        return larger
    }

    /// Two segments in place of this one, which is freed: the second has the entries whose hash has `bit` set.
    func divided(by bit: UInt64, _ hash: KeyHash) -> (Segment, Segment) {
        withEntries(hash) { entries in
            let upperCount = entries.reduce(0) { $0 + ($1.hash & bit == 0 ? 0 : 1) }
            let depth = localDepth + 1
            let lower = Segment.make(localDepth: depth, buckets: Self.buckets(for: entries.count - upperCount))
            let upper = Segment.make(localDepth: depth, buckets: Self.buckets(for: upperCount))
            // The bound stays valid for both halves; the next expiry walk tightens it.
            lower.earliestExpiry = earliestExpiry
            upper.earliestExpiry = earliestExpiry
            for entry in entries { _ = (entry.hash & bit == 0 ? lower : upper).insert(entry.address, entry.hash) }
            free()
            return (lower, upper)
        }
    }

    /// Shows all entries with their hashes. The entries must be read for their keys: all are prefetched first, so that
    /// their cache misses overlap.
    private func withEntries<Result>(
        _ hash: KeyHash,
        _ body: (UnsafeMutableBufferPointer<(address: UnsafeMutableRawPointer, hash: UInt64)>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: (address: UnsafeMutableRawPointer, hash: UInt64).self, capacity: count) {
            entries in
            var found = 0
            forEach { address in
                entries.initializeElement(at: found, to: (address.pointee, 0))
                clinux_prefetch(address.pointee)
                found += 1
            }
            for index in 0..<found { entries[index].hash = hash(Entry(entries[index].address).key) }
            return body(UnsafeMutableBufferPointer(rebasing: entries[..<found]))
        }
    }
}
