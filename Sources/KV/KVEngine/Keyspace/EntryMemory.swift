import Glibc
import Synchronization

/// The memory of entries, segments and blocks: pieces of one size, cut from slabs of 64 KiB, which are cut from huge pages.
///
///     region 2 MiB ─▶ 32 slabs ─▶ [ header 64 │ piece │ piece │ … ]     a size of pieces per slab
///
/// Against the C library's allocator this saves its header of eight bytes per entry, and the misses of the address
/// translation: a million random keys lie in fifty huge pages instead of thirty thousand small ones. A piece finds its
/// size in its slab's header, at the multiple of 64 KiB below it. Sizes are multiples of 8 up to 512 bytes and of 64
/// beyond; pieces whose size is a multiple of 64 lie at multiples of 64.
///
/// The kernel takes milliseconds to clear a huge page. So a thread of its own maps the next region and touches it while
/// the present one is used up; where it is late, ordinary pages do.
///
/// One heap serves the whole process, behind a lock that is nearly always free: an engine's memory may be released on
/// another thread than its own. Slabs without pieces go back to the kernel when `trim` is called, but for a few that are kept.
enum EntryMemory {
    /// The largest piece, bytes: sixteen fill a slab.
    static let largest = 64 * 63

    private static let heap = Mutex(EntryHeap())
    private static let supplier = RegionSupplier { address in heap.withLock { $0.keep(region: address) } }

    /// A piece of at least `size` bytes, which is at most `largest`.
    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        // An address leaves the lock as a number: the heap keeps nothing of a piece that is in use.
        var isRegionWanted = false
        let address = heap.withLock { heap in
            let piece = heap.allocate(size)
            isRegionWanted = heap.isRegionWanted
            if isRegionWanted { heap.isRegionWanted = false }
            return piece
        }
        if isRegionWanted { supplier.request() }
        guard let piece = UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("out of memory: \(size) bytes were refused")
        }
        DataMemory.note(capacity(of: piece))
        return piece
    }

    /// Gives a piece back.
    static func free(_ piece: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: piece)
        DataMemory.note(-capacity(of: piece))
        heap.withLock { $0.free(address) }
    }

    /// The bytes a piece really has. Constant; no lock, since it does not change while the piece is in use.
    @inline(__always)
    static func capacity(of piece: UnsafeMutableRawPointer) -> Int {
        Slab(address: UInt(bitPattern: piece) & ~(Slab.size &- 1)).pieceSize
    }

    /// Gives up to `slabs` empty slabs back to the kernel: some microseconds each, which is why `free` does not.
    /// - Returns: whether there are more of them than should be kept.
    static func trim(_ slabs: Int) -> Bool { heap.withLock { $0.trim(slabs) } }
}

/// 64 KiB of equal pieces: some in use, some given back (a list through themselves), some never used.
private struct Slab {
    static let size: UInt = 64 << 10
    static let headerSize: UInt = 64

    let address: UInt

    @inline(__always)
    private func field<Value>(_ offset: Int, _: Value.Type = Value.self) -> UnsafeMutablePointer<Value> {
        UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped.advanced(by: offset)
            .assumingMemoryBound(to: Value.self)
    }

    /// The last piece given back, which holds the one before; 0 for none.
    @inline(__always) var firstFree: UInt {
        get { field(0).pointee }
        nonmutating set { field(0).pointee = newValue }
    }
    /// The first byte never used.
    @inline(__always) var unused: UInt {
        get { field(8).pointee }
        nonmutating set { field(8).pointee = newValue }
    }
    @inline(__always) var usedCount: Int {
        get { field(16).pointee }
        nonmutating set { field(16).pointee = newValue }
    }
    @inline(__always) var pieceSize: Int {
        get { field(24).pointee }
        nonmutating set { field(24).pointee = newValue }
    }
    /// Neighbours in the list of its size's slabs that have room; 0 for none.
    @inline(__always) var next: UInt {
        get { field(32).pointee }
        nonmutating set { field(32).pointee = newValue }
    }
    @inline(__always) var previous: UInt {
        get { field(40).pointee }
        nonmutating set { field(40).pointee = newValue }
    }

    @inline(__always)
    var isFull: Bool { firstFree == 0 && unused &+ UInt(bitPattern: pieceSize) > address &+ Self.size }
}

/// The slabs of the process; see `EntryMemory`.
struct EntryHeap: ~Copyable {
    static let regionSize: UInt = 2 << 20
    private static let classCount = index(EntryMemory.largest) + 1
    /// Regions that use ordinary pages: a small data set should not cost two megabytes more.
    private static let smallPageRegions = 2
    /// Empty slabs that are kept with their memory.
    private static let mostKept = 32

    /// The first slab with room for each size; 0 for none.
    private let partial: UnsafeMutablePointer<UInt>
    /// Empty slabs that still have their memory, and those whose memory went back.
    private var kept: [UInt] = []
    private var discarded: [UInt] = []
    /// What is left of the newest region.
    private var regionStart: UInt = 0
    private var regionEnd: UInt = 0
    private var regionCount = 0
    /// The next region, if it is there already; 0 if not.
    private var nextRegion: UInt = 0
    /// Somebody should make the next region: set until somebody knows of it.
    var isRegionWanted = false
    private var isRegionComing = false
    /// Bytes taken from the kernel and not given back.
    private(set) var residentSize = 0

    init() {
        partial = .allocate(capacity: Self.classCount)
        partial.initialize(repeating: 0, count: Self.classCount)
    }

    deinit { partial.deallocate() }

    /// Eight steps of bytes up to 512, steps of 64 beyond.
    @inline(__always)
    private static func index(_ size: Int) -> Int { size <= 512 ? (size &+ 7) &>> 3 : 56 &+ (size &+ 63) &>> 6 }

    @inline(__always)
    private static func rounded(_ size: Int) -> Int { size <= 512 ? (size &+ 7) & ~7 : (size &+ 63) & ~63 }

    @inline(__always)
    mutating func allocate(_ size: Int) -> UInt {
        let index = Self.index(max(size, 8))
        var address = partial[index]
        if address == 0 {
            address = makeSlab(pieces: Self.rounded(max(size, 8)))
            if address == 0 { return 0 }
            partial[index] = address
        }
        let slab = Slab(address: address)
        var piece = slab.firstFree
        if piece != 0 {
            slab.firstFree = UnsafePointer<UInt>(bitPattern: piece).unsafelyUnwrapped.pointee
        } else {
            piece = slab.unused
            slab.unused = piece &+ UInt(bitPattern: slab.pieceSize)
        }
        slab.usedCount &+= 1
        if slab.isFull { unlink(slab, index) }
        return piece
    }

    @inline(__always)
    mutating func free(_ piece: UInt) {
        let slab = Slab(address: piece & ~(Slab.size &- 1))
        let wasFull = slab.isFull
        UnsafeMutablePointer<UInt>(bitPattern: piece).unsafelyUnwrapped.pointee = slab.firstFree
        slab.firstFree = piece
        slab.usedCount &-= 1
        let index = Self.index(slab.pieceSize)
        if wasFull { link(slab, index) }
        // The only slab of its size stays: a single piece made and freed in turn should cost nothing.
        if slab.usedCount == 0, slab.next != 0 || slab.previous != 0 {
            unlink(slab, index)
            release(slab)
        }
    }

    private func link(_ slab: Slab, _ index: Int) {
        let first = partial[index]
        slab.next = first
        slab.previous = 0
        if first != 0 { Slab(address: first).previous = slab.address }
        partial[index] = slab.address
    }

    private func unlink(_ slab: Slab, _ index: Int) {
        if slab.previous != 0 { Slab(address: slab.previous).next = slab.next } else { partial[index] = slab.next }
        if slab.next != 0 { Slab(address: slab.next).previous = slab.previous }
        slab.next = 0
        slab.previous = 0
    }

    // MARK: - Slabs

    private mutating func release(_ slab: Slab) {
        kept.append(slab.address)
    }

    mutating func trim(_ slabs: Int) -> Bool {
        for _ in 0..<slabs {
            guard kept.count > Self.mostKept, let address = kept.popLast() else { return false }
            madvise(UnsafeMutableRawPointer(bitPattern: address), Int(Slab.size), MADV_DONTNEED)
            residentSize -= Int(Slab.size)
            discarded.append(address)
        }
        return kept.count > Self.mostKept
    }

    @inline(never)
    private mutating func makeSlab(pieces size: Int) -> UInt {
        let address: UInt
        if let last = kept.popLast() {
            address = last
        } else if let last = discarded.popLast() {
            address = last
            residentSize += Int(Slab.size)
        } else {
            if regionStart == regionEnd, !makeRegion() { return 0 }
            address = regionStart
            regionStart += Slab.size
            residentSize += Int(Slab.size)
        }
        let slab = Slab(address: address)
        slab.firstFree = 0
        slab.unused = address + Slab.headerSize
        slab.usedCount = 0
        slab.pieceSize = size
        slab.next = 0
        slab.previous = 0
        return address
    }

    /// Takes the region that was wanted; 0 when there is none.
    mutating func keep(region: UInt) {
        nextRegion = region
        isRegionComing = false
    }

    private mutating func makeRegion() -> Bool {
        regionCount += 1
        let region = nextRegion == 0 ? Self.mapRegion() : nextRegion
        nextRegion = 0
        if regionCount >= Self.smallPageRegions, !isRegionComing {
            isRegionComing = true
            isRegionWanted = true
        }
        regionStart = region
        regionEnd = region == 0 ? 0 : region + Self.regionSize
        return region != 0
    }

    /// Maps twice the size and gives back what is around the aligned half; 0 when the kernel gives no memory.
    static func mapRegion() -> UInt {
        let size = regionSize
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let mapped = mmap(nil, Int(size * 2), PROT_READ | PROT_WRITE, flags, -1, 0), mapped != MAP_FAILED else {
            return 0
        }
        let start = UInt(bitPattern: mapped)
        let aligned = (start + size - 1) & ~(size - 1)
        if aligned > start { munmap(mapped, Int(aligned - start)) }
        let end = start + size * 2
        if end > aligned + size {
            munmap(UnsafeMutableRawPointer(bitPattern: aligned + size), Int(end - aligned - size))
        }
        return aligned
    }
}

/// The thread that makes regions of one huge page each, when it is asked.
private final class RegionSupplier: Sendable {
    /// MADV_HUGEPAGE of madvise(2), which is not among the constants that Glibc shows to Swift.
    private static let hugePages: Int32 = 14

    // Unchecked: a semaphore is made for several threads.
    nonisolated(unsafe) private let requests: UnsafeMutablePointer<sem_t>
    private let isStarted = Atomic<Bool>(false)
    private let deliver: @Sendable (UInt) -> Void

    init(_ deliver: @escaping @Sendable (UInt) -> Void) {
        self.deliver = deliver
        requests = .allocate(capacity: 1)
        sem_init(requests, 0, 0)
    }

    func request() {
        if !isStarted.exchange(true, ordering: .relaxed) { start() }
        sem_post(requests)
    }

    private func start() {
        var thread = pthread_t()
        // The supplier lives as long as the process.
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<RegionSupplier>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            },
            context
        )
        if status == 0 { pthread_detach(thread) } else { Unmanaged<RegionSupplier>.fromOpaque(context).release() }
    }

    private func run() {
        // The signals are for others.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        while true {
            if sem_wait(requests) != 0 { continue }
            let region = EntryHeap.mapRegion()
            if let start = UnsafeMutableRawPointer(bitPattern: region) {
                // Only a hint: where the kernel has no huge pages everything works with small ones.
                madvise(start, Int(EntryHeap.regionSize), Self.hugePages)
                start.storeBytes(of: 0, as: UInt8.self)
            }
            deliver(region)
        }
    }
}
