import CLinux
import RESP

/// `maxmemory`: before each request memory is compared with the limit, and keys go until it is kept.
///
///     data of this thread (`DataMemory`, counted) + what the server adds (buffers, scripts, what it began with)
///
/// Work is bounded by `maxmemory-eviction-tenacity`: what is not done then goes on between the turns of the loop, and
/// requests are served meanwhile. Only when nothing may go are commands refused that need memory.
extension Engine {
    /// Bytes the server uses, as INFO tells and as `maxmemory` limits.
    public var usedMemory: Int { DataMemory.used &+ otherMemory }

    /// Bytes of keys and values with their tables, what waits to be freed included.
    public var dataMemory: Int { DataMemory.used }

    /// Bytes of the tables of keys.
    public var tableMemory: Int { (0..<databaseCount).reduce(0) { $0 + (databases + $1).pointee.table.memory } }

    public func tableMemory(database index: Int) -> Int { (databases + index).pointee.table.memory }

    /// MEMORY USAGE key [SAMPLES count]
    public mutating func memoryUsage(_ call: Call) {
        var samples: Int64 = 5
        var index = 3
        while index < call.count {
            guard call.isWord(index, "SAMPLES"), index + 1 < call.count else { return syntaxError() }
            guard let count = integer(call[index + 1]) else { return }
            guard count >= 0 else { return syntaxError() }
            samples = count
            index += 2
        }
        // A key that is looked at like this is not used by it.
        guard let slot = find(call[2], hash(call[2])) else { return reply.null() }
        reply.integer(Keyspace.size(of: slot.entry, samples: Int(samples)))
    }

    /// Whether eviction has to go on between the turns (`evictMore`).
    public var hasUnfinishedEviction: Bool { eviction.isUnfinished }

    /// Milliseconds that memory was beyond the limit: in all, and this time.
    public var exceededTimes: (total: Int64, current: Int64) {
        let current = eviction.exceededSince == 0 ? 0 : timing.clock() - eviction.exceededSince
        return ((statistics.exceededNanoseconds + current) / 1_000_000, current / 1_000_000)
    }

    /// Makes room before a request, where a limit is set.
    /// - Returns: false when the request was refused, with its error.
    @inline(__always)
    mutating func makesRoom(for call: Call) -> Bool {
        if usedMemory <= settings.maxMemory, eviction.exceededSince == 0 {
            isOutOfMemory = false
            return true
        }
        return makesRoomSlowly(for: call)
    }

    @inline(never)
    private mutating func makesRoomSlowly(for call: Call) -> Bool {
        // In the middle of a script memory is not looked at.
        guard scripting.run == nil else { return true }
        isOutOfMemory = !evict()
        guard isOutOfMemory else { return true }
        let name = call.fullName
        let transaction = call.session.transaction
        let isRefused =
            call.record.pointee.flags.contains(.denyOOM)
            || (name == "exec"
                ? transaction?.queue.contains { needsMemory($0) } ?? false
                    // A transaction that is queued takes memory too.
                : transaction != nil && !["discard", "quit", "reset"].contains(name))
        if isRefused { _ = reject(call, "OOM command not allowed when used memory > 'maxmemory'.") }
        return !isRefused
    }

    /// Whether a queued command may take more memory. The flags of a script or function, if it has any, are the command's.
    private func needsMemory(_ queued: Transaction.Queued) -> Bool {
        if queued.record.pointee.flags.contains(.denyOOM) { return true }
        guard queued.arguments.count > 1 else { return false }
        let name = queued.arguments[1]
        let flags: ScriptHeader.Flags?
        switch queued.record.pointee.fullName {
        case "eval", "eval_ro": flags = name.withSlice { try? ScriptHeader.read(script: $0).flags }
        case "evalsha", "evalsha_ro":
            flags = name.withSlice { SHA1(hexadecimal: $0) }.flatMap { scripting.cache[$0]?.flags }
        case "fcall", "fcall_ro": flags = scripting.libraries.function(named: name)?.flags
        default: flags = nil
        }
        return flags.map { $0.isDisjoint(with: [.allowOOM, .noWrites]) } ?? false
    }

    /// Goes on with an eviction that took too long for one turn.
    public mutating func evictMore() {
        eviction.isUnfinished = false
        guard isMemoryLimited else { return }
        _ = evict()
    }

    /// Removes keys until memory is within the limit, or for as long as it may take.
    /// - Returns: false when memory is beyond the limit and nothing may go.
    private mutating func evict() -> Bool {
        if isReplica && settings.replicaIgnoresMaxMemory || pause != nil { return true }
        guard usedMemory > settings.maxMemory else {
            noteWithinLimit()
            return true
        }
        let started = timing.clock()
        if eviction.exceededSince == 0 { eviction.exceededSince = started }
        guard settings.evictionPolicy.order != nil else { return freesEnough(started) }
        let limit = evictionNanoseconds
        var steps = 0
        while usedMemory > settings.maxMemory {
            if lazyFree.pointee.isEmpty {
                guard evictKey() else { return freesEnough(started) }
            } else {
                // What went before is not freed yet: more would go than must.
                lazyFree.pointee.slice(64)
            }
            steps += 1
            if steps % 16 == 0, timing.clock() - started > limit {
                eviction.isUnfinished = true
                return true
            }
        }
        noteWithinLimit()
        return true
    }

    /// Nothing can be evicted: whether what waits to be freed is enough.
    private mutating func freesEnough(_ started: Int64) -> Bool {
        while !lazyFree.pointee.isEmpty, usedMemory > settings.maxMemory,
            timing.clock() - started < evictionNanoseconds
        { lazyFree.pointee.slice(64) }
        guard usedMemory <= settings.maxMemory else { return false }
        noteWithinLimit()
        return true
    }

    private mutating func noteWithinLimit() {
        guard eviction.exceededSince != 0 else { return }
        statistics.exceededNanoseconds += timing.clock() - eviction.exceededSince
        eviction.exceededSince = 0
        eviction.isUnfinished = false
    }

    /// How long a request may wait for evictions: redis's steps of `maxmemory-eviction-tenacity`.
    private var evictionNanoseconds: Int64 {
        let tenacity = settings.evictionTenacity
        if tenacity <= 10 { return Int64(tenacity) * 50_000 }
        if tenacity >= 100 { return Int64.max }
        // Half a millisecond at 10, 15 % more each step: two minutes at 99.
        return Int64((0..<tenacity - 10).reduce(500_000.0) { time, _ in time * 1.15 })
    }

    // MARK: - Choosing

    /// Removes the best key. Returns false when there is none.
    private mutating func evictKey() -> Bool {
        let policy = settings.evictionPolicy
        if policy.order == .random { return evictRandomKey(policy) }
        // Candidates may have gone meanwhile, or been used.
        for _ in 0..<64 {
            for index in 0..<databaseCount { lookAtSome(index, policy) }
            while let best = eviction.takeBest() {
                if remove(best, policy) { return true }
            }
            let hasKeys = (0..<databaseCount).contains { index in
                let keyspace = databases + index
                return policy.isVolatile ? keyspace.pointee.expiryCount > 0 : keyspace.pointee.count > 0
            }
            if !hasKeys { return false }
        }
        return false
    }

    private mutating func evictRandomKey(_ policy: EvictionPolicy) -> Bool {
        for _ in 0..<databaseCount {
            eviction.nextDatabase = (eviction.nextDatabase + 1) % databaseCount
            let index = eviction.nextDatabase
            var chosen: Entry?
            sample(index, 1, policy) { entry in chosen = entry }
            guard let entry = chosen else { continue }
            let hash = self.hash(entry.key)
            guard let slot = (databases + index).pointee.find(entry.key, hash) else { continue }
            evict(slot, hash, database: index)
            return true
        }
        return false
    }

    /// Adds a few keys of a database to the pool.
    private mutating func lookAtSome(_ index: Int, _ policy: EvictionPolicy) {
        let keyspace = databases + index
        guard policy.isVolatile ? keyspace.pointee.expiryCount > 0 : keyspace.pointee.count > 0 else { return }
        var found: [Eviction.Candidate] = []
        sample(index, settings.evictionSamples, policy) { [hash, clock, useCounter] entry in
            let rank: UInt64
            switch policy.order {
            case .leastRecent: rank = UInt64((clock &- entry.accessClock) & 0xFF_FFFF)
            case .leastFrequent: rank = UInt64(255 - useCounter.counter(entry.accessClock))
            default: rank = UInt64.max - UInt64(bitPattern: entry.expiry)
            }
            found.append(
                Eviction.Candidate(rank: rank, hash: hash(entry.key), database: index, clock: entry.accessClock)
            )
        }
        for candidate in found { eviction.add(candidate) }
    }

    /// Shows up to `count` keys that may go, from a place that is chosen at random.
    private mutating func sample(_ index: Int, _ count: Int, _ policy: EvictionPolicy, _ body: (Entry) -> Void) {
        let keyspace = databases + index
        guard keyspace.pointee.count > 0 else { return }
        // Where keys with an expiry are few each search goes on where the last one ended: all of them together look
        // at each segment once.
        let isSparse = policy.isVolatile && keyspace.pointee.expiryCount < keyspace.pointee.count / 64
        var place = isSparse ? eviction.cursor : random()
        var left = count
        var segments = keyspace.pointee.table.segmentCount
        while left > 0, segments > 0 {
            let segment = keyspace.pointee.table.segment(for: place)
            if segment.count > 0, !policy.isVolatile || segment.earliestExpiry != .max {
                let first = Int(truncatingIfNeeded: random() % UInt64(segment.bucketCount))
                left -= segment.sample(left, from: first, onlyExpiring: policy.isVolatile, body)
            }
            place = keyspace.pointee.table.place(after: place)
            segments -= 1
        }
        if isSparse { eviction.cursor = place }
    }

    private mutating func remove(_ candidate: Eviction.Candidate, _ policy: EvictionPolicy) -> Bool {
        let keyspace = databases + candidate.database
        guard let slot = keyspace.pointee.table.find(hash: candidate.hash) else { return false }
        let entry = slot.entry
        if policy.isVolatile, !entry.hasExpiry { return false }
        if policy.order == .soonestExpiry {
            guard UInt64.max - UInt64(bitPattern: entry.expiry) == candidate.rank else { return false }
        } else if entry.accessClock != candidate.clock {
            return false
        }
        evict(slot, candidate.hash, database: candidate.database)
        return true
    }

    private mutating func evict(_ slot: Slot, _ hash: UInt64, database index: Int) {
        inDatabase(index) { engine in
            let key = slot.entry.key
            if engine.effects.isRecording { engine.effects.delete(key, database: index) }
            engine.notify(.evicted, "evicted", key)
            engine.touch(key)
            engine.noteReady(key)
            engine.database.pointee.remove(slot, hash)
        }
        statistics.evictedKeys += 1
    }
}

extension Segment {
    /// Shows up to `count` entries, bucket after bucket from one of them.
    /// - Returns: how many.
    func sample(_ count: Int, from first: Int, onlyExpiring: Bool, _ body: (Entry) -> Void) -> Int {
        var found = 0
        var index = first
        for _ in 0..<bucketCount {
            let bucket = bucket(index)
            var occupied = Self.controls(bucket) & Self.occupancy
            while occupied != 0, found < count {
                let entry = Entry(Self.slots(bucket)[Int(truncatingIfNeeded: occupied.trailingZeroBitCount &>> 3)])
                occupied &= occupied &- 1
                if onlyExpiring, !entry.hasExpiry { continue }
                body(entry)
                found += 1
            }
            if found == count { break }
            index = next(after: index)
        }
        return found
    }
}

extension EntryTable {
    /// The slot of the entry with a hash, whatever its key.
    func find(hash wanted: UInt64) -> Slot? {
        let segment = segment(for: wanted)
        let fingerprint = Segment.fingerprint(wanted)
        var index = segment.home(wanted)
        for _ in 0..<segment.bucketCount {
            let bucket = segment.bucket(index)
            let controls = Segment.controls(bucket)
            var matches = Segment.matches(controls, fingerprint)
            while matches != 0 {
                let address = Segment.slots(bucket) + Int(truncatingIfNeeded: matches.trailingZeroBitCount &>> 3)
                if hash(Entry(address.pointee).key) == wanted { return Slot(segment: segment, address: address) }
                matches &= matches &- 1
            }
            if controls >> 56 == 0 { return nil }
            index = segment.next(after: index)
        }
        return nil
    }

    /// A hash of the segment behind the one of `place`; the first behind the last.
    func place(after place: UInt64) -> UInt64 {
        let localDepth = segment(for: place).localDepth
        if localDepth == 0 { return place }
        let step = UInt64(1) << UInt64(64 - localDepth)
        return (place & ~(step &- 1)) &+ step
    }
}
