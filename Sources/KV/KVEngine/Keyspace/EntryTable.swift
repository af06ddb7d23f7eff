import CLinux
import Glibc
import RESP

/// A hash table of entries that grows one segment at a time: extendible hashing over buckets of one cache line.
///
///     hash   ┌ top bits ─────▶ directory ──▶ segment (4 to 32 buckets, up to 196 entries)
///            ├ 12 low bits ──▶ its bucket   [ 7 control bytes │ overflow │ 7 addresses ]   64 bytes
///            └ 7 bits ───────▶ control byte (fingerprint, high bit set; 0 is empty)
///
/// A look-up costs one line of the directory, one bucket and, when a fingerprint matches, the entry. A full segment
/// grows and, when it has 32 buckets, splits alone, by one more hash bit, so there is never a rehash of the whole; the directory is one word a segment.
/// An entry whose bucket is full goes to the next one; `overflow` counts, in every bucket passed over, how many did,
/// and a look-up stops at the first bucket with 0. Removing undoes the count, so there are no tombstones.
///
/// Invariants: the number of directory words of a segment is 2^(depth - localDepth), and they are adjacent;
/// keys are unique; each entry is owned by the table but freed by its user, who knows what the value is.
struct EntryTable: ~Copyable {
    private static let firstBuckets = 4
    private static let deepest = 40
    /// Words of a directory whose next doubling is prepared, and of a page.
    private static let largeDirectory = 4096
    private static let pageWords = 512

    private(set) var directory: UnsafeMutablePointer<Segment>
    private(set) var depth: Int
    private(set) var count: Int
    private(set) var segmentCount: Int
    private var segmentMemory: Int
    /// 63 - depth: the directory index is the hash shifted right by one and then by this.
    private var shift: UInt64
    let hash: KeyHash

    init(hash: KeyHash) {
        self.hash = hash
        directory = DataMemory.allocate(MemoryLayout<Segment>.stride).bindMemory(to: Segment.self, capacity: 1)
        depth = 0
        count = 0
        segmentCount = 1
        segmentMemory = 64 + 64 * Self.firstBuckets
        shift = 63
        directory.initialize(to: Segment.make(localDepth: 0, buckets: Self.firstBuckets))
    }

    /// Frees the table's own memory. Call `removeAll` with a way to free entries first.
    deinit {
        var index = 0
        while index < 1 << depth {
            let segment = directory[index]
            index += 1 << (depth - segment.localDepth)
            segment.free()
        }
        DataMemory.free(directory)
    }

    /// Shows every segment once.
    func forEachSegment(_ body: (Segment) -> Void) {
        var index = 0
        while index < 1 << depth {
            let segment = directory[index]
            index += 1 << (depth - segment.localDepth)
            body(segment)
        }
    }

    /// Bytes of the table itself, without its entries.
    var memory: Int { segmentMemory + (8 << depth) }

    // MARK: Look-up

    @inline(__always)
    func segment(for hash: UInt64) -> Segment {
        directory[Int(truncatingIfNeeded: (hash &>> 1) &>> shift)]
    }

    /// Brings the bucket of `hash` near.
    @inline(__always)
    func prefetchBucket(_ hash: UInt64) {
        let segment = segment(for: hash)
        clinux_prefetch(segment.bucket(segment.home(hash)))
    }

    /// Brings the entry near that probably has `hash`; the bucket should be near already.
    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        let segment = segment(for: hash)
        let bucket = segment.bucket(segment.home(hash))
        let matches = Segment.matches(Segment.controls(bucket), Segment.fingerprint(hash))
        if matches != 0 {
            clinux_prefetch(Segment.slots(bucket)[Int(truncatingIfNeeded: matches.trailingZeroBitCount &>> 3)])
        }
    }

    /// Where `key` lives, or nil. Expected one bucket and one entry touched.
    @inline(__always)
    func find(_ key: ByteSlice, _ hash: UInt64) -> Slot? {
        let segment = segment(for: hash)
        let fingerprint = Segment.fingerprint(hash)
        var index = segment.home(hash)
        while true {
            let bucket = segment.bucket(index)
            let controls = Segment.controls(bucket)
            var matches = Segment.matches(controls, fingerprint)
            while matches != 0 {
                let address = Segment.slots(bucket) + Int(truncatingIfNeeded: matches.trailingZeroBitCount &>> 3)
                if Entry(address.pointee).hasKey(key) { return Slot(segment: segment, address: address) }
                matches &= matches &- 1
            }
            if controls >> 56 == 0 { return nil }
            index = segment.next(after: index)
            // Where many came and went every bucket may have been passed over.
            if index == segment.home(hash) { return nil }
        }
    }

    // MARK: Change

    /// Adds an entry whose key is not in the table. Amortised constant; at worst one segment grows or is split.
    mutating func insert(_ entry: Entry, _ hash: UInt64) -> Slot {
        while true {
            let segment = segment(for: hash)
            if !segment.isFull {
                count += 1
                return segment.insert(entry.base, hash)
            }
            if segment.bucketCount < Segment.mostBuckets { grow(segment, hash) } else { split(segment, hash) }
        }
    }

    /// Takes the entry out of its slot; freeing it is the caller's.
    mutating func remove(_ slot: Slot, _ hash: UInt64) -> Entry {
        let entry = slot.entry
        slot.segment.remove(slot.address, hash)
        count -= 1
        return entry
    }

    @inline(never)
    private mutating func grow(_ segment: Segment, _ hash: UInt64) {
        let words = words(of: segment, hash)
        segmentMemory -= segment.size
        let larger = segment.grown(self.hash)
        segmentMemory += larger.size
        for word in words { directory[word] = larger }
    }

    @inline(never)
    private mutating func split(_ segment: Segment, _ hash: UInt64) {
        if segment.localDepth == depth { doubleDirectory() }
        let words = words(of: segment, hash)
        segmentMemory -= segment.size
        let (lower, upper) = segment.divided(by: UInt64(1) << UInt64(63 - segment.localDepth), self.hash)
        segmentMemory += lower.size + upper.size
        segmentCount += 1
        let middle = words.lowerBound + words.count / 2
        for word in words { directory[word] = word < middle ? lower : upper }
        prepareDirectory()
    }

    /// The adjacent directory words that name `segment`, to which `hash` leads.
    private func words(of segment: Segment, _ hash: UInt64) -> Range<Int> {
        let span = 1 << (depth - segment.localDepth)
        let first = Int(truncatingIfNeeded: (hash &>> 1) &>> shift) & ~(span - 1)
        return first..<(first + span)
    }

    private mutating func doubleDirectory() {
        precondition(depth < Self.deepest, "the hash does not spread the keys")
        let words = 1 << depth
        makeRoomInDirectory(words * 2)
        // In place and from the end.
        for index in stride(from: words - 1, through: 0, by: -1) {
            let segment = directory[index]
            directory[index * 2 + 1] = segment
            directory[index * 2] = segment
        }
        depth += 1
        shift -= 1
    }

    /// The first touch of a page costs more than all of its words: those for the next doubling are touched before it, one
    /// with each split, which are many more.
    private mutating func prepareDirectory() {
        let words = 1 << depth
        guard words >= Self.largeDirectory else { return }
        makeRoomInDirectory(words * 2)
        directory[words + segmentCount * Self.pageWords % words] = directory[0]
    }

    private mutating func makeRoomInDirectory(_ words: Int) {
        if DataMemory.capacity(of: directory) < words * MemoryLayout<Segment>.stride { resizeDirectory(to: words) }
    }

    private mutating func resizeDirectory(to words: Int) {
        let size = words * MemoryLayout<Segment>.stride
        directory = DataMemory.reallocate(directory, size).bindMemory(to: Segment.self, capacity: words)
    }

    // MARK: The end

    /// Gives the segment at a place of the directory back, after `dispose` had its entries; the table is good for
    /// nothing else from the first call on, until the last has made it an empty one.
    /// - Returns: the next place, nil after the last.
    mutating func dismantle(at place: Int, _ dispose: (Entry) -> Void) -> Int? {
        let segment = directory[place]
        // Freeing writes to each entry: their misses overlap.
        segment.forEach { clinux_prefetch($0.pointee) }
        segment.forEach { dispose(Entry($0.pointee)) }
        let next = place + 1 << (depth - segment.localDepth)
        count -= segment.count
        segment.free()
        if next < 1 << depth { return next }
        resizeDirectory(to: 1)
        depth = 0
        shift = 63
        segmentCount = 1
        count = 0
        directory[0] = Segment.make(localDepth: 0, buckets: Self.firstBuckets)
        segmentMemory = directory[0].size
        return nil
    }

    // MARK: Walks

    /// Calls `body` for every entry. The table must not change meanwhile.
    func forEach(_ body: (Entry) -> Void) {
        var index = 0
        while index < 1 << depth {
            let segment = directory[index]
            index += 1 << (depth - segment.localDepth)
            segment.forEach { address in body(Entry(address.pointee)) }
        }
    }

    /// One step of a walk that survives growth between steps: shows the entries of one segment.
    ///
    /// The cursor is the next segment's hash prefix, bits reversed so that it stays a small number. A split refines
    /// prefixes and never moves an entry to a smaller one, so whatever stays in the table is shown at least once.
    /// - Returns: the next cursor, 0 at the end.
    func scan(from cursor: UInt64, _ body: (Entry) -> Void) -> UInt64 {
        let prefix = cursor.bitReversed
        let segment = segment(for: prefix)
        segment.forEach { address in body(Entry(address.pointee)) }
        return self.cursor(after: cursor)
    }

    /// The cursor of the segment behind the one that `cursor` leads to, 0 at the end.
    func cursor(after cursor: UInt64) -> UInt64 {
        let prefix = cursor.bitReversed
        let localDepth = segment(for: prefix).localDepth
        if localDepth == 0 { return 0 }
        let step = UInt64(1) << UInt64(64 - localDepth)
        // Overflow is the end of the walk.
        let next = (prefix & ~(step &- 1)).addingReportingOverflow(step)
        return next.overflow ? 0 : next.partialValue.bitReversed
    }

    /// An entry chosen with the given random number: nearly uniform, exactly so among the entries of a segment.
    func random(_ number: UInt64) -> Entry? {
        guard count > 0 else { return nil }
        var prefix = number
        while true {
            let segment = segment(for: prefix)
            if segment.count > 0 {
                var skip = Int(truncatingIfNeeded: (number & 0xFFFF) % UInt64(segment.count))
                var chosen: Entry?
                segment.forEach { address in
                    if skip == 0 { chosen = Entry(address.pointee) }
                    skip -= 1
                }
                return chosen
            }
            prefix = prefix &+ (UInt64(1) << UInt64(63 - min(63, segment.localDepth))) &* 2
            if segment.localDepth == 0 { return nil }
        }
    }

    /// An entry chosen with random words, each with the same chance unless most were removed. Expected constant.
    ///
    /// A segment is drawn as often as its share of all hashes; a place in it that may be empty evens out how many
    /// entries it has, and is given up more often in segments with a larger share.
    func fairRandom(_ random: () -> UInt64) -> Entry? {
        guard count > 0 else { return nil }
        for _ in 0..<64 {
            let number = random()
            let segment = segment(for: number)
            let buckets = segmentCount == 1 ? segment.bucketCount : Segment.mostBuckets
            let places = UInt64(buckets * Segment.slotsPerBucket) << UInt64(depth - segment.localDepth)
            // The segment's bits are the highest, so these are others.
            let place = (number & 0xFFFF_FFFF) % places
            if place < UInt64(segment.count) { return segment.entry(Int(place)) }
        }
        return self.random(random())
    }

    /// Empties the table, giving each entry to `dispose`.
    mutating func removeAll(_ dispose: (Entry) -> Void) {
        let hash = self.hash
        forEach(dispose)
        self = EntryTable(hash: hash)
    }
}

extension UInt64 {
    /// The 64 bits in the opposite order.
    var bitReversed: UInt64 {
        var value = byteSwapped
        value = (value & 0x0F0F_0F0F_0F0F_0F0F) << 4 | (value >> 4) & 0x0F0F_0F0F_0F0F_0F0F
        value = (value & 0x3333_3333_3333_3333) << 2 | (value >> 2) & 0x3333_3333_3333_3333
        return (value & 0x5555_5555_5555_5555) << 1 | (value >> 1) & 0x5555_5555_5555_5555
    }
}
