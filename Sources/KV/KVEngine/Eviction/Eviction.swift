/// The keys that were found to be the best to go, and what is told about keys that went.
///
/// Each time a key must go a few are looked at, chosen at random; the best that were ever looked at wait in a pool, so
/// that the choice gets better with time. A candidate that was used since it was looked at is dropped.
struct Eviction {
    /// As redis: a larger pool is hardly better.
    private static let poolSize = 16

    struct Candidate {
        /// The greater, the sooner it goes.
        var rank: UInt64
        var hash: UInt64
        var database: Int
        /// The key's clock when it was looked at.
        var clock: UInt32
    }

    /// In the order of their ranks, the best last.
    private(set) var pool: [Candidate] = []
    /// Memory is still beyond the limit, but requests wait: it goes on when they were served.
    var isUnfinished = false
    /// The database from which a random key goes next.
    var nextDatabase = 0
    /// Nanoseconds of the monotonic clock since when more is used than allowed; 0 when it is not.
    var exceededSince: Int64 = 0
    /// Where the search for keys with an expiry goes on when they are few.
    var cursor: UInt64 = 0

    init() { pool.reserveCapacity(Self.poolSize + 1) }

    mutating func add(_ candidate: Candidate) {
        if pool.count == Self.poolSize, candidate.rank <= pool[0].rank { return }
        if pool.contains(where: { $0.hash == candidate.hash && $0.database == candidate.database }) { return }
        let place = pool.firstIndex { $0.rank >= candidate.rank } ?? pool.count
        pool.insert(candidate, at: place)
        if pool.count > Self.poolSize { pool.removeFirst() }
    }

    mutating func takeBest() -> Candidate? { pool.popLast() }

    /// Ranks mean something else from now on.
    mutating func forget() { pool.removeAll(keepingCapacity: true) }
}
