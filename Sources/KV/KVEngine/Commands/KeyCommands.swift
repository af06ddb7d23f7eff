import Bytes
import RESP

/// Commands about keys of any type: removal, expiry, names, walks, whole databases.
enum KeyCommands {
    // MARK: Existence

    /// DEL key …, UNLINK key …
    static func delete(_ engine: inout Engine, _ call: Call) {
        var removed = 0
        for index in 1..<call.count {
            let hash = index == 1 ? call.hash : engine.hash(call[index])
            if let slot = engine.find(call[index], hash) {
                engine.remove(slot, hash)
                engine.notify(.generic, "del", call[index])
                engine.touchChanged(call[index])
                removed += 1
            }
        }
        engine.dirty += Int64(removed)
        engine.reply.integer(removed)
    }

    /// EXISTS key …
    static func exists(_ engine: inout Engine, _ call: Call) {
        var found = 0
        for index in 1..<call.count where engine.peek(at: call[index], engine.hash(call[index])) != nil { found += 1 }
        engine.reply.integer(found)
    }

    /// TOUCH key …
    static func touch(_ engine: inout Engine, _ call: Call) {
        var found = 0
        for index in 1..<call.count where engine.look(up: call[index]) != nil { found += 1 }
        engine.reply.integer(found)
    }

    /// TYPE key
    static func type(_ engine: inout Engine, _ call: Call) {
        engine.reply.simple(engine.peek(at: call.key, call.hash)?.entry.type.name ?? "none")
    }

    /// RANDOMKEY
    static func randomKey(_ engine: inout Engine, _ call: Call) {
        // A bound, in case everything is over: then the last one drawn is as good as any on a replica.
        for _ in 0..<100 {
            guard let entry = engine.database.pointee.table.random(engine.random()) else { break }
            let key = entry.key.array
            let isLive = key.withUnsafeBufferPointer { bytes -> Bool in
                engine.find(ByteSlice(start: bytes.baseAddress ?? entry.key.start, count: bytes.count)) != nil
            }
            if isLive { return engine.reply.bulk(key) }
        }
        engine.reply.null()
    }

    // MARK: Expiry

    /// EXPIRE key seconds [NX|XX|GT|LT]
    static func expire(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .seconds) }
    /// PEXPIRE key milliseconds [NX|XX|GT|LT]
    static func pexpire(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .milliseconds) }
    /// EXPIREAT key seconds [NX|XX|GT|LT]
    static func expireAt(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .absoluteSeconds) }
    /// PEXPIREAT key milliseconds [NX|XX|GT|LT]
    static func pexpireAt(_ engine: inout Engine, _ call: Call) {
        expire(&engine, call, .absoluteMilliseconds)
    }

    private static func expire(_ engine: inout Engine, _ call: Call, _ unit: ExpiryUnit) {
        var onlyWithout = false
        var onlyWith = false
        var onlyGreater = false
        var onlyLess = false
        for index in 3..<max(3, call.count) {
            if call.isWord(index, "NX") {
                onlyWithout = true
            } else if call.isWord(index, "XX") {
                onlyWith = true
            } else if call.isWord(index, "GT") {
                onlyGreater = true
            } else if call.isWord(index, "LT") {
                onlyLess = true
            } else {
                return engine.fail(Array("ERR Unsupported option ".utf8) + Engine.excerpt(call[index], Int.max))
            }
        }
        if onlyWithout && (onlyWith || onlyGreater || onlyLess) {
            return engine.fail("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if onlyGreater && onlyLess {
            return engine.fail("ERR GT and LT options at the same time are not compatible")
        }
        guard let value = engine.integer(call[2]) else { return }
        guard let deadline = unit.deadline(value, now: engine.now) else { return engine.invalidExpiry(call) }
        guard let slot = engine.use(call.key, call.hash) else { return engine.reply.integer(0) }
        let current: Int64? = slot.entry.hasExpiry ? slot.entry.expiry : nil
        // No expiry counts as an infinite one.
        if onlyWithout && current != nil || onlyWith && current == nil
            || onlyGreater && deadline <= (current ?? Int64.max) || onlyLess && deadline >= (current ?? Int64.max)
        {
            return engine.reply.integer(0)
        }
        engine.dirty += 1
        if deadline <= engine.now, !engine.isReplica {
            engine.remove(slot, call.hash)
            engine.notify(.generic, "del", call.key)
            if engine.effects.isRecording {
                engine.effects.delete(call.key, database: engine.databaseIndex)
                engine.isEffectRecorded = true
            }
            return engine.reply.integer(1)
        }
        engine.database.pointee.setExpiry(deadline, of: slot)
        engine.notify(.generic, "expire", call.key)
        if engine.effects.isRecording {
            engine.effects.expire(call.key, at: deadline, database: engine.databaseIndex)
            engine.isEffectRecorded = true
        }
        engine.reply.integer(1)
    }

    /// PERSIST key
    static func persist(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.use(call.key, call.hash), slot.entry.hasExpiry else { return engine.reply.integer(0) }
        engine.database.pointee.setExpiry(nil, of: slot)
        engine.dirty += 1
        engine.notify(.generic, "persist", call.key)
        engine.reply.integer(1)
    }

    /// TTL key
    static func timeToLive(_ engine: inout Engine, _ call: Call) {
        replyExpiry(&engine, call) {
            max(0, $0 - $1) &+ 500
        } scale: {
            $0 / 1000
        }
    }
    /// PTTL key
    static func timeToLiveMilliseconds(_ engine: inout Engine, _ call: Call) {
        replyExpiry(&engine, call) {
            max(0, $0 - $1)
        } scale: {
            $0
        }
    }
    /// EXPIRETIME key
    static func expireTime(_ engine: inout Engine, _ call: Call) {
        replyExpiry(&engine, call) { deadline, _ in
            deadline &+ 500
        } scale: {
            $0 / 1000
        }
    }
    /// PEXPIRETIME key
    static func expireTimeMilliseconds(_ engine: inout Engine, _ call: Call) {
        replyExpiry(&engine, call) { deadline, _ in
            deadline
        } scale: {
            $0
        }
    }

    private static func replyExpiry(
        _ engine: inout Engine,
        _ call: Call,
        _ value: (Int64, Int64) -> Int64,
        scale: (Int64) -> Int64
    ) {
        guard let slot = engine.peek(at: call.key, call.hash) else { return engine.reply.integer(-2) }
        guard slot.entry.hasExpiry else { return engine.reply.integer(-1) }
        engine.reply.integer(scale(value(slot.entry.expiry, engine.now)))
    }

    // MARK: Names

    /// RENAME key newkey
    static func rename(_ engine: inout Engine, _ call: Call) {
        guard rename(&engine, call, onlyIfFree: false) != nil else { return }
        engine.reply.ok()
    }

    /// RENAMENX key newkey
    static func renameIfFree(_ engine: inout Engine, _ call: Call) {
        guard let done = rename(&engine, call, onlyIfFree: true) else { return }
        engine.reply.integer(done ? 1 : 0)
    }

    private static func rename(_ engine: inout Engine, _ call: Call, onlyIfFree: Bool) -> Bool? {
        guard let source = engine.find(call.key, call.hash) else {
            engine.fail("ERR no such key")
            return nil
        }
        engine.noteUse(source.entry)
        let target = call[2]
        if source.entry.hasKey(target) { return onlyIfFree ? false : true }
        let targetHash = engine.hash(target)
        if let occupied = engine.find(target, targetHash) {
            if onlyIfFree { return false }
            engine.remove(occupied, targetHash)
        }
        let moved = engine.database.pointee.take(source, call.hash)
        insertRenamed(&engine, moved, target, targetHash)
        engine.dirty += 1
        engine.notify(.generic, "rename_from", call.key)
        engine.notify(.generic, "rename_to", target)
        return true
    }

    /// Puts an entry that was taken out back under another key, with the same contents.
    private static func insertRenamed(_ engine: inout Engine, _ entry: Entry, _ key: ByteSlice, _ hash: UInt64) {
        let renamed = Entry.allocate(
            type: entry.type,
            encoding: entry.encoding,
            key: key,
            valueCount: entry.valueCount,
            expiry: entry.hasExpiry ? entry.expiry : nil,
            clock: entry.accessClock
        )
        renamed.valueStart.copyMemory(from: UnsafeRawPointer(entry.valueStart), byteCount: entry.valueCount)
        // Shallow: what the value points at now belongs to the new entry.
        entry.deallocate()
        _ = engine.database.pointee.insert(renamed, hash)
    }

    /// COPY source destination [DB n] [REPLACE]
    static func copy(_ engine: inout Engine, _ call: Call) {
        var targetIndex = engine.databaseIndex
        var replaces = false
        var index = 3
        while index < call.count {
            if call.isWord(index, "REPLACE") {
                replaces = true
            } else if call.isWord(index, "DB"), index + 1 < call.count {
                guard let value = engine.integer(call[index + 1]) else { return }
                guard value >= 0, value < engine.databaseCount else {
                    return engine.fail("ERR DB index is out of range")
                }
                targetIndex = Int(value)
                index += 1
            } else {
                return engine.syntaxError()
            }
            index += 1
        }
        let isSameDatabase = targetIndex == engine.databaseIndex
        if isSameDatabase, call[2].count == call[1].count, call[2].array == call[1].array {
            return engine.fail("ERR source and destination objects are the same")
        }
        guard let source = engine.look(up: call.key, call.hash) else { return engine.reply.integer(0) }
        let hash = engine.hash(call[2])
        let copy = engine.database.pointee.duplicate(
            source.entry,
            key: call[2],
            expiry: source.entry.hasExpiry ? source.entry.expiry : nil
        )
        let done = engine.inDatabase(targetIndex) { engine in
            if let occupied = engine.find(call[2], hash) {
                guard replaces else { return false }
                engine.remove(occupied, hash)
            }
            _ = engine.database.pointee.insert(copy, hash)
            engine.touchChanged(call[2])
            engine.notify(.generic, "copy_to", call[2])
            return true
        }
        guard done else {
            engine.database.pointee.release(copy)
            return engine.reply.integer(0)
        }
        engine.dirty += 1
        engine.reply.integer(1)
    }

    /// MOVE key db
    static func move(_ engine: inout Engine, _ call: Call) {
        guard let target = ASCII.parseInt64(call[2].buffer) else {
            return engine.fail("ERR value is not an integer or out of range")
        }
        guard target >= 0, target < engine.databaseCount else { return engine.fail("ERR DB index is out of range") }
        guard target != engine.databaseIndex else {
            return engine.fail("ERR source and destination objects are the same")
        }
        guard let source = engine.use(call.key, call.hash) else { return engine.reply.integer(0) }
        let isFree = engine.inDatabase(Int(target)) { $0.find(call.key, call.hash) == nil }
        guard isFree else { return engine.reply.integer(0) }
        let entry = engine.database.pointee.take(source, call.hash)
        engine.inDatabase(Int(target)) { engine in
            _ = engine.database.pointee.insert(entry, call.hash)
            engine.touch(call.key)
            engine.reportNewKeys()
        }
        engine.dirty += 1
        engine.notify(.generic, "move_from", call.key)
        engine.inDatabase(Int(target)) { $0.notify(.generic, "move_to", call.key) }
        engine.reply.integer(1)
    }

    // MARK: Walks

    /// KEYS pattern
    static func keys(_ engine: inout Engine, _ call: Call) {
        let matchesAll = call[1].count == 1 && call[1][0] == UInt8(ascii: "*")
        let now = engine.now
        var found: [ByteSlice] = []
        engine.database.pointee.table.forEach { entry in
            if entry.hasExpiry, entry.expiry <= now { return }
            if matchesAll || GlobPattern.matches(call[1], entry.key) { found.append(entry.key) }
        }
        engine.reply.array(found.count)
        for key in found { engine.reply.bulk(key) }
    }

    /// SCAN cursor [MATCH pattern] [COUNT n] [TYPE name]
    static func scan(_ engine: inout Engine, _ call: Call) {
        guard let cursor = ScanOptions.cursor(call[1]) else { return engine.fail("ERR invalid cursor") }
        guard let options = ScanOptions(&engine, call, from: 2, allowsType: true) else { return }
        let now = engine.now
        var found: [ByteSlice] = []
        var next = cursor
        var seen = 0
        repeat {
            next = engine.database.pointee.table.scan(from: next) { entry in
                seen += 1
                if entry.hasExpiry, entry.expiry <= now { return }
                if let type = options.type, !type.equalsIgnoringCase(entry.type.name) { return }
                if options.matches(entry.key) { found.append(entry.key) }
            }
        } while next != 0 && seen < options.count
        engine.reply.array(2)
        engine.reply.bulk(string: String(next))
        engine.reply.array(found.count)
        for key in found { engine.reply.bulk(key) }
    }

    // MARK: Databases

    /// DBSIZE
    static func databaseSize(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(engine.database.pointee.count)
    }

    /// FLUSHDB [ASYNC|SYNC]
    static func flushDatabase(_ engine: inout Engine, _ call: Call) {
        guard acceptsFlushOption(&engine, call) else { return }
        engine.dirty += Int64(engine.database.pointee.count) + 1
        engine.touchAll(database: engine.databaseIndex)
        engine.database.pointee.removeAll()
        engine.invalidateAll()
        engine.noteAllReady(database: engine.databaseIndex)
        engine.reply.ok()
    }

    /// FLUSHALL [ASYNC|SYNC]
    static func flushAll(_ engine: inout Engine, _ call: Call) {
        guard acceptsFlushOption(&engine, call) else { return }
        engine.dirty += 1
        engine.removeAllKeys()
        engine.reply.ok()
    }

    private static func acceptsFlushOption(_ engine: inout Engine, _ call: Call) -> Bool {
        if call.count == 1 { return true }
        if call.count == 2, call.isWord(1, "SYNC") || call.isWord(1, "ASYNC") { return true }
        engine.syntaxError()
        return false
    }

    /// SWAPDB index index
    static func swapDatabases(_ engine: inout Engine, _ call: Call) {
        guard let first = ASCII.parseInt64(call[1].buffer) else { return engine.fail("ERR invalid first DB index") }
        guard let second = ASCII.parseInt64(call[2].buffer) else { return engine.fail("ERR invalid second DB index") }
        let range = 0..<Int64(engine.databaseCount)
        guard range.contains(first), range.contains(second) else { return engine.fail("ERR DB index is out of range") }
        engine.swapDatabases(Int(first), Int(second))
        engine.dirty += 1
        engine.reply.ok()
    }

    // MARK: OBJECT

    /// OBJECT ENCODING key
    static func objectEncoding(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.peek(at: call[2], engine.hash(call[2]), isQuiet: true) else {
            return engine.reply.null()
        }
        engine.reply.bulk(encodingName(slot.entry))
    }

    static func encodingName(_ entry: Entry) -> StaticString {
        switch entry.type {
        case .hash: return HashValue.encodingName(entry)
        case .list: return "quicklist"
        case .set: return SetValue.encodingName(entry)
        case .stream: return "stream"
        case .sortedSet: return SortedSetValue.encodingName(entry)
        default:
            if entry.encoding == StringCommands.edited { return "raw" }
            let isNumber = entry.encoding == 0 && ASCII.parseInt64(entry.value.buffer) != nil
            if isNumber { return "int" }
            return entry.valueCount <= 44 ? "embstr" : "raw"
        }
    }

    /// OBJECT REFCOUNT key
    static func objectReferenceCount(_ engine: inout Engine, _ call: Call) {
        guard let entry = engine.peek(at: call[2], engine.hash(call[2]), isQuiet: true)?.entry else {
            return engine.reply.null()
        }
        engine.reply.integer(referenceCount(entry))
    }

    static func referenceCount(_ entry: Entry) -> Int {
        // Redis shares the small integers and gives them the largest count.
        let number = entry.type == .string && entry.encoding == 0 ? ASCII.parseInt64(entry.value.buffer) : nil
        return number.map { $0 >= 0 && $0 < 10_000 } == true ? Int(Int32.max) : 1
    }

    /// OBJECT IDLETIME key
    static func objectIdleTime(_ engine: inout Engine, _ call: Call) {
        guard let entry = engine.peek(at: call[2], engine.hash(call[2]), isQuiet: true)?.entry else {
            return engine.reply.null()
        }
        guard !engine.settings.evictionPolicy.countsUses else {
            return engine.fail(
                """
                ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between \
                policies at runtime LRU and LFU data will take some time to adjust.
                """
            )
        }
        engine.reply.integer(Int((engine.clock &- entry.accessClock) & 0xFF_FFFF))
    }

    /// OBJECT FREQ key
    static func objectFrequency(_ engine: inout Engine, _ call: Call) {
        guard let entry = engine.peek(at: call[2], engine.hash(call[2]), isQuiet: true)?.entry else {
            return engine.reply.null()
        }
        if engine.settings.evictionPolicy.countsUses {
            return engine.reply.integer(Int(engine.useCounter.counter(entry.accessClock)))
        }
        engine.fail(
            """
            ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
            switching between policies at runtime LRU and LFU data will take some time to adjust.
            """
        )
    }
}

extension Engine {
    /// Runs `body` with another database selected.
    mutating func inDatabase<Result>(_ index: Int, _ body: (inout Engine) -> Result) -> Result {
        let (current, currentIndex) = (database, databaseIndex)
        database = databases + index
        databaseIndex = index
        let result = body(&self)
        (database, databaseIndex) = (current, currentIndex)
        return result
    }

    /// Empties every database.
    public mutating func removeAllKeys() {
        for index in 0..<databaseCount {
            dirty += Int64((databases + index).pointee.count)
            touchAll(database: index)
            (databases + index).pointee.removeAll()
            noteAllReady(database: index)
        }
        invalidateAll()
    }

    mutating func swapDatabases(_ first: Int, _ second: Int) {
        guard first != second else { return }
        let temporary = (databases + first).move()
        (databases + first).initialize(to: (databases + second).move())
        (databases + second).initialize(to: temporary)
        for (index, other) in [(first, second), (second, first)] {
            touchAll(database: index, exchangedWith: other)
            noteAllReady(database: index)
        }
    }
}
