import Bytes
import RESP

/// The key-value engine: databases, the command table, and the batch executor (`Engine+Execute`).
///
///     RequestBatch ──execute──▶ reply (bytes for the client)
///                          └──▶ effects (bytes for replicas and the log, taken once per loop turn)
///
/// It opens no file, reads no clock and draws no random number: all three are handed in. It is a value that is not
/// copied and lives on one thread; handlers get it `inout`, so exclusivity is checked by the compiler.
public struct Engine: ~Copyable {
    /// What `Configuration` of a server says about the engine.
    public struct Settings: Sendable {
        public var databaseCount = 16
        public var hashMaxListpackEntries = 512
        public var hashMaxListpackValue = 64
        public var hyperLogLogSparseMaxBytes = 3000
        public var setMaxIntsetEntries = 512
        public var streamNodeMaxBytes = 4096
        public var streamNodeMaxEntries = 100
        public var zsetMaxListpackEntries = 128
        public var zsetMaxListpackValue = 64
        public var maximumBulkLength = 512 << 20
        /// `busy-reply-threshold`: milliseconds a script may run before other clients are answered; 0 for ever.
        public var busyReplyThreshold = 5000
        /// `notify-keyspace-events`
        public var keyspaceEvents: KeyspaceEvents = []
        /// `tracking-table-max-keys`
        public var trackingTableMaxKeys = 1_000_000
        /// `maxmemory`, bytes; 0 for no limit.
        public var maxMemory = 0
        public var evictionPolicy = EvictionPolicy.none
        /// `maxmemory-samples`
        public var evictionSamples = 5
        /// `maxmemory-eviction-tenacity`
        public var evictionTenacity = 10
        /// `lfu-log-factor`
        public var useLogFactor = 10
        /// `lfu-decay-time`, minutes.
        public var useDecayTime = 1
        public var replicaIgnoresMaxMemory = true

        public init() {}
    }

    /// Those whom the executor tells that keys changed.
    struct Audience: OptionSet {
        let rawValue: UInt8

        /// Clients that watch a key.
        static let watchers = Audience(rawValue: 1)
        /// Clients that wait for a key.
        static let waiting = Audience(rawValue: 2)
    }

    /// Counters for INFO; RESETSTAT zeroes them.
    public struct Statistics: Sendable {
        public var commandsProcessed: Int64 = 0
        public var expiredKeys: Int64 = 0
        /// The share of due keys among those that the active expiry looked at, lately.
        public private(set) var staleShare = 0.0
        /// How often the active expiry ended because its time was over.
        public var expiryTimeouts: Int64 = 0
        /// What the active expiry took, nanoseconds.
        public var expiryNanoseconds: Int64 = 0
        public var evictedKeys: Int64 = 0
        public var evictedClients: Int64 = 0
        /// How long memory was beyond the limit, but for this time.
        public var exceededNanoseconds: Int64 = 0
        public var keyspaceHits: Int64 = 0
        public var keyspaceMisses: Int64 = 0
        public var errorReplies: Int64 = 0

        public init() {}

        mutating func noteExpiry(looked: Int, due: Int) {
            guard looked > 0 else { return }
            // As redis: what was seen now counts for a twentieth.
            staleShare = staleShare * 0.95 + Double(due) / Double(looked) * 0.05
        }
    }

    let databases: UnsafeMutablePointer<Keyspace>
    let lazyFree: UnsafeMutablePointer<LazyFree>
    public let databaseCount: Int
    /// The database of the session whose request runs.
    var database: UnsafeMutablePointer<Keyspace>
    var databaseIndex = 0
    let hash: KeyHash
    let commands: CommandTable
    let random: () -> UInt64

    public var settings: Settings {
        didSet {
            if settings.keyspaceEvents != oldValue.keyspaceEvents { keyspaceEventsChanged() }
            memorySettingsChanged(from: oldValue)
        }
    }
    public var statistics = Statistics()
    public var reply = ReplyWriter()
    public var effects = EffectBuffer()
    /// Milliseconds since 1970; the server sets it once per turn.
    public private(set) var now: Int64 = 0
    /// What new keys get, and old ones when they are used: seconds modulo 2^24. Where uses are counted it has a bit more
    /// than that, so that it differs from the clock of every key, and the counter of a new key.
    private(set) var clock: UInt32 = 0
    var useCounter = UseCounter()
    private(set) var isMemoryLimited = false
    /// Memory was beyond the limit before the request that runs, and nothing could go.
    var isOutOfMemory = false
    /// Bytes besides the data, as the server last counted them.
    public var otherMemory = 0
    var eviction = Eviction()
    /// A replica answers reads and refuses writes; keys expire when the primary says so.
    public var isReplica = false { didSet { updateAttention() } }
    /// Off by DEBUG SET-ACTIVE-EXPIRE 0.
    var isActiveExpiryEnabled = true
    /// The database whose segments the active expiry visits.
    var expiryDatabase = 0
    /// Changes since the last save, as INFO tells them.
    public var dirty: Int64 = 0
    var watchers: [WatchedKey: [Session]] = [:]
    /// A handler recorded its effects itself; the executor does not record the request.
    var isEffectRecorded = false
    /// What the call changed was changed by calls within it, which were noted one by one: EXEC, scripts.
    var isChangeNoted = false
    /// Set only while `execute` or a retry runs, whose callers hold it.
    unowned(unsafe) var activeSession: Session?
    /// A handler with several keys changed only the one at this argument; 0: all, as far as the executor knows.
    var changedKey = 0
    /// A handler touched the keys it changed itself (`touchChanged`).
    var isTouchRecorded = false
    /// Who is not to hear of what the running command changed: most changes of a stream's groups concern neither.
    var unconcerned: Audience = []
    var subscriptions = Subscriptions()
    var tracking = Tracking()
    var timing = Timing()
    /// Clients that are shown every request.
    var monitors: [Session] = [] { didSet { updateAttention() } }
    /// Error replies by their first word.
    public internal(set) var errorCounts: [String: Int64] = [:]
    /// A request is being refused: its error is no failure of a run.
    var isRejecting = false
    /// CLIENT PAUSE
    var pause: Pause? { didSet { updateAttention() } }
    /// Whether requests of all clients need more than the ordinary checks.
    private(set) var needsAttention = false
    /// Where a message is encoded before it is copied to its subscribers.
    var messageWriter = ReplyWriter(version: 3)
    /// Where the channel of a keyspace event is spelled.
    var channelName = ByteBuffer()
    /// Clients with replies or messages that the server has not taken yet.
    var deliveries: [Session] = []
    var blocked = BlockedRequests()
    var scripting = Scripting()
    /// Inside EXEC or a script: a command that would wait answers as if its time had run out.
    var deniesBlocking = false
    let plans: UnsafeMutablePointer<Plan>
    var accessControl: AccessControl
    /// A client as CLIENT LIST shows it, for ACL LOG; the server fills it in.
    public var describeSession: (Session) -> String = { "id=\($0.identifier)" }

    /// - Parameters:
    ///   - seed: two random words that decide where keys lie; unknown to clients.
    ///   - random: for RANDOMKEY and the like.
    ///   - serverCommands: families the server adds (INFO, CONFIG, …).
    public init(
        settings: Settings = Settings(),
        seed: (UInt64, UInt64),
        random: @escaping () -> UInt64,
        serverCommands: [Command] = []
    ) {
        self.settings = settings
        hash = KeyHash(first: seed.0, second: seed.1)
        self.random = random
        databaseCount = settings.databaseCount
        databases = .allocate(capacity: settings.databaseCount)
        lazyFree = .allocate(capacity: 1)
        lazyFree.initialize(to: LazyFree())
        for index in 0..<settings.databaseCount {
            (databases + index).initialize(to: Keyspace(hash: hash, lazyFree: lazyFree))
        }
        database = databases
        commands = CommandTable(Engine.families + serverCommands)
        plans = .allocate(capacity: RequestBatch.capacity)
        accessControl = AccessControl(commands)
    }

    deinit {
        databases.deinitialize(count: databaseCount)
        databases.deallocate()
        lazyFree.deinitialize(count: 1)
        lazyFree.deallocate()
        plans.deallocate()
    }

    /// The families the engine brings; a new family is a new file and a line here.
    static var families: [Command] {
        [
            StringCommands.table,
            BitCommands.table,
            HyperLogLogCommands.table,
            HashCommands.table,
            FieldExpiryCommands.table,
            ListCommands.table,
            BlockingListCommands.table,
            SetCommands.table,
            SortCommands.table,
            StreamCommands.table,
            SortedSetCommands.table,
            GeoCommands.table,
            KeyCommands.table,
            DumpCommands.table,
            ConnectionCommands.table,
            TransactionCommands.table,
            PubSubCommands.table,
            ObservationCommands.table,
            ScriptingCommands.table,
            FunctionCommands.table,
            CommandCommands.table,
        ].flatMap { $0 }
    }

    /// Sets the time all requests see until the next call.
    public mutating func setTime(milliseconds: Int64) {
        now = milliseconds
        if settings.evictionPolicy.countsUses {
            useCounter.minutes = UInt32(truncatingIfNeeded: (milliseconds / 60_000) & 0xFFFF)
            clock = Self.usesCounted | useCounter.clock()
        } else {
            clock = UInt32(truncatingIfNeeded: (milliseconds / 1000) & 0xFF_FFFF)
        }
    }

    /// A bit of `clock`.
    private static let usesCounted: UInt32 = 1 << 31

    private mutating func memorySettingsChanged(from old: Settings) {
        isMemoryLimited = settings.maxMemory > 0
        useCounter.logFactor = settings.useLogFactor
        useCounter.decayTime = settings.useDecayTime
        if !isMemoryLimited {
            isOutOfMemory = false
            eviction.exceededSince = 0
        }
        guard settings.evictionPolicy != old.evictionPolicy else { return }
        eviction.forget()
        for index in 0..<databaseCount { (databases + index).pointee.keepsClocks = settings.evictionPolicy.countsUses }
        setTime(milliseconds: now)
    }

    /// Notes that a key is used. Only where its clock differs, so that a hot key's line stays clean. Mutating, although
    /// it changes nothing here: the compiler copies an engine that is only borrowed, all of its two kilobytes.
    @inline(__always)
    mutating func noteUse(_ entry: Entry) {
        guard entry.accessClock != clock else { return }
        if clock < Self.usesCounted { entry.accessClock = clock } else { countUse(entry) }
    }

    @inline(never)
    private mutating func countUse(_ entry: Entry) {
        entry.accessClock = useCounter.used(entry.accessClock, random: random)
    }

    mutating func updateAttention() {
        needsAttention = isReplica || pause != nil || !monitors.isEmpty
    }

    mutating func select(_ index: Int, _ session: Session) {
        session.database = index
        databaseIndex = index
        database = databases + index
    }

    /// Keys, keys with an expiry, and the mean of their remaining lives of a database, as INFO keyspace tells.
    public func keyCounts(database index: Int) -> (keys: Int, expiring: Int) {
        ((databases + index).pointee.count, (databases + index).pointee.expiryCount)
    }

    // MARK: - Lazy free

    /// Whether values that were too big to be freed at once wait for `freeSlice`.
    public var hasPendingFrees: Bool { !lazyFree.pointee.isEmpty }

    /// Objects that wait to be freed, and that were freed after they had waited.
    public var freeCounts: (pending: Int, freed: Int) { (lazyFree.pointee.pendingCount, lazyFree.pointee.freedCount) }

    /// Frees some of what waits, or gives unused memory back to the system: some tens of microseconds.
    /// - Returns: whether there is more to do.
    public mutating func freeSlice() -> Bool {
        if lazyFree.pointee.isEmpty { return EntryMemory.trim(8) }
        lazyFree.pointee.slice(128)
        return true
    }

    // MARK: - Look-up

    /// The slot of a live key, or nil; a key whose time is over is removed on the way (a replica only hides it).
    @inline(__always)
    mutating func find(_ key: ByteSlice, _ hash: UInt64) -> Slot? {
        guard let slot = database.pointee.find(key, hash) else { return nil }
        let entry = slot.entry
        if entry.hasExpiry, entry.expiry <= now { return expireOnAccess(key, slot, hash) }
        return slot
    }

    /// As `find`, for a key whose hash is not known yet.
    mutating func find(_ key: ByteSlice) -> Slot? { find(key, hash(key)) }

    /// As `find`, and notes the access: for commands that write, which count no hits and misses.
    mutating func use(_ key: ByteSlice, _ hash: UInt64) -> Slot? {
        let slot = find(key, hash)
        if let entry = slot?.entry { noteUse(entry) }
        return slot
    }

    /// As `find`, and counts a hit or miss and notes the access.
    @inline(__always)
    mutating func look(up key: ByteSlice, _ hash: UInt64) -> Slot? {
        guard let slot = find(key, hash) else {
            statistics.keyspaceMisses &+= 1
            notify(.keyMiss, "keymiss", key)
            return nil
        }
        statistics.keyspaceHits &+= 1
        let entry = slot.entry
        noteUse(entry)
        return slot
    }

    mutating func look(up key: ByteSlice) -> Slot? { look(up: key, hash(key)) }

    /// As `look(up:)`, but the key does not count as used: for those who ask about it, not for its value.
    mutating func peek(at key: ByteSlice, _ hash: UInt64, isQuiet: Bool = false) -> Slot? {
        guard let slot = find(key, hash) else {
            statistics.keyspaceMisses &+= 1
            if !isQuiet { notify(.keyMiss, "keymiss", key) }
            return nil
        }
        statistics.keyspaceHits &+= 1
        return slot
    }

    @inline(never)
    private mutating func expireOnAccess(_ key: ByteSlice, _ slot: Slot, _ hash: UInt64) -> Slot? {
        // The primary's own stream sees keys as the primary did when it wrote them.
        if isReplica { return activeSession?.isPrimaryLink == true ? slot : nil }
        // While writes are paused nothing changes, by time neither.
        if pause != nil { return nil }
        database.pointee.remove(slot, hash)
        statistics.expiredKeys += 1
        if effects.isRecording { effects.delete(key, database: databaseIndex) }
        notify(.expired, "expired", key)
        touch(key)
        noteReady(key)
        return nil
    }

    /// The slot of a key that must be of `type`; false when it is of another type, with the error written.
    mutating func find(_ key: ByteSlice, _ hash: UInt64, _ type: ValueType, _ slot: inout Slot?) -> Bool {
        slot = find(key, hash)
        guard let found = slot else { return true }
        noteUse(found.entry)
        guard found.entry.type == type else {
            wrongType()
            return false
        }
        if HashValue.isExpiring(found.entry) { slot = expireFields(found, key, hash) }
        return true
    }

    /// As `look(up:)` for a key that must be of `type`.
    mutating func look(up key: ByteSlice, _ hash: UInt64, _ type: ValueType, _ slot: inout Slot?) -> Bool {
        slot = look(up: key, hash)
        guard let found = slot else { return true }
        guard found.entry.type == type else {
            wrongType()
            return false
        }
        if HashValue.isExpiring(found.entry) { slot = expireFields(found, key, hash) }
        return true
    }

    /// Removes a key that exists.
    mutating func remove(_ slot: Slot, _ hash: UInt64) {
        database.pointee.remove(slot, hash)
    }

    // MARK: - Errors and arguments

    @inline(never)
    mutating func wrongType() {
        fail("WRONGTYPE Operation against a key holding the wrong kind of value")
    }

    /// Writes an error reply.
    @inline(never)
    public mutating func fail(_ text: StaticString) {
        noteError(ByteSlice(text))
        reply.error(text)
    }

    @inline(never)
    public mutating func fail(_ text: String) {
        fail(Array(text.utf8))
    }

    @inline(never)
    public mutating func fail(_ text: [UInt8]) {
        text.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { noteError(ByteSlice(start: start, count: bytes.count)) }
        }
        reply.error(bytes: text)
    }

    /// An integer argument; nil with the error written when it is none.
    mutating func integer(_ argument: ByteSlice) -> Int64? {
        if let value = ASCII.parseInt64(argument.buffer) { return value }
        fail("ERR value is not an integer or out of range")
        return nil
    }

    /// An integer argument within a range; nil with `message` when it is anything else.
    mutating func integer(
        _ argument: ByteSlice,
        in range: ClosedRange<Int64>,
        orFail message: StaticString
    ) -> Int64? {
        if let value = ASCII.parseInt64(argument.buffer), range.contains(value) { return value }
        fail(message)
        return nil
    }

    /// A count argument that may not be negative; nil with the error written.
    mutating func nonNegative(_ argument: ByteSlice) -> Int64? {
        integer(argument, in: 0...Int64.max, orFail: "ERR value is out of range, must be positive")
    }

    /// An integer argument whose sign means something, so that it must have an opposite; nil with the error written.
    mutating func signed(_ argument: ByteSlice) -> Int64? {
        guard let value = integer(argument) else { return nil }
        if value != Int64.min { return value }
        fail("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
        return nil
    }

    public mutating func syntaxError() { fail("ERR syntax error") }

    public mutating func wrongArity(_ name: String) {
        fail("ERR wrong number of arguments for '\(name)' command")
    }
}
