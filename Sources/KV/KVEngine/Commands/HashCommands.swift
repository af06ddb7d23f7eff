import Bytes
import RESP

/// Hashes: fields and values under one key. The representation is `HashValue`'s.
enum HashCommands {
    // MARK: Writing

    static func thresholds(_ engine: borrowing Engine) -> HashValue.Thresholds {
        .init(entries: engine.settings.hashMaxListpackEntries, value: engine.settings.hashMaxListpackValue)
    }

    /// The hash at the call's key, made when missing; nil with the error when another type is there.
    static func slotForWriting(
        _ engine: inout Engine,
        _ call: Call,
        capacity: (Call) -> Int = { _ in 0 }
    ) -> Slot? {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .hash, &slot) else { return nil }
        if let slot { return slot }
        let entry = HashValue.makeEmpty(key: call.key, expiry: nil, clock: engine.clock, capacity: capacity(call))
        return engine.database.pointee.insert(entry, call.hash)
    }

    /// HSET key field value …
    static func set(_ engine: inout Engine, _ call: Call) {
        guard let added = store(&engine, call) else { return }
        engine.reply.integer(added)
    }

    /// HMSET key field value …
    static func setMany(_ engine: inout Engine, _ call: Call) {
        guard store(&engine, call) != nil else { return }
        engine.reply.ok()
    }

    private static func store(_ engine: inout Engine, _ call: Call) -> Int? {
        guard call.count % 2 == 0 else {
            engine.wrongArity(call.fullName)
            return nil
        }
        guard let slot = slotForWriting(&engine, call, capacity: packedSize) else { return nil }
        let limits = thresholds(engine)
        var added = 0
        for index in stride(from: 2, to: call.count, by: 2) {
            if HashValue.set(call[index], to: call[index + 1], in: slot, engine.hash, limits) { added += 1 }
            engine.dirty += 1
        }
        engine.notify(.hash, "hset", call.key)
        return added
    }

    /// What all fields of a call together need, so that a new hash is allocated once; 0 for very many.
    private static func packedSize(_ call: Call) -> Int {
        var size = PackedHash.headerCount
        for index in stride(from: 2, to: call.count, by: 2) where size < 4096 {
            size += PackedHash.size(call[index], call[index + 1])
        }
        return size < 4096 ? size : 0
    }

    /// HSETNX key field value
    static func setIfMissing(_ engine: inout Engine, _ call: Call) {
        guard let slot = slotForWriting(&engine, call) else { return }
        if HashValue.value(of: call[2], in: slot.entry, engine.hash) != nil { return engine.reply.integer(0) }
        _ = HashValue.set(call[2], to: call[3], in: slot, engine.hash, thresholds(engine))
        engine.dirty += 1
        engine.notify(.hash, "hset", call.key)
        engine.reply.integer(1)
    }

    /// HDEL key field …
    static func delete(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .hash, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        var removed = 0
        var isGone = false
        for index in 2..<call.count where HashValue.remove(call[index], in: slot, engine.hash) {
            removed += 1
            if HashValue.count(slot.entry) == 0 {
                engine.remove(slot, call.hash)
                isGone = true
                break
            }
        }
        if removed > 0 { engine.notify(.hash, "hdel", call.key) }
        if isGone { engine.notify(.generic, "del", call.key) }
        engine.dirty += Int64(removed)
        engine.reply.integer(removed)
    }

    /// HINCRBY key field increment
    static func incrementBy(_ engine: inout Engine, _ call: Call) {
        guard let difference = engine.integer(call[3]) else { return }
        var existing: Slot?
        guard engine.find(call.key, call.hash, .hash, &existing) else { return }
        var value: Int64 = 0
        if let existing, let old = HashValue.value(of: call[2], in: existing.entry, engine.hash) {
            guard let number = ASCII.parseInt64(old.buffer) else {
                return engine.fail("ERR hash value is not an integer")
            }
            value = number
        }
        let (sum, overflow) = value.addingReportingOverflow(difference)
        guard !overflow else { return engine.fail("ERR increment or decrement would overflow") }
        guard let slot = existing ?? slotForWriting(&engine, call) else { return }
        StringCommands.withDecimal(sum) { text in
            _ = HashValue.set(call[2], to: text, in: slot, engine.hash, thresholds(engine), keepsExpiry: true)
        }
        engine.dirty += 1
        engine.notify(.hash, "hincrby", call.key)
        engine.reply.integer(sum)
    }

    /// HINCRBYFLOAT key field increment
    static func incrementByFloat(_ engine: inout Engine, _ call: Call) {
        guard let difference = LongDouble.parse(call[3]) else {
            return engine.fail("ERR value is not a valid float")
        }
        guard difference.isFinite else { return engine.fail("ERR value is NaN or Infinity") }
        var existing: Slot?
        guard engine.find(call.key, call.hash, .hash, &existing) else { return }
        var value: LongDouble = 0
        if let existing, let old = HashValue.value(of: call[2], in: existing.entry, engine.hash) {
            guard let number = LongDouble.parse(old) else { return engine.fail("ERR hash value is not a float") }
            value = number
        }
        value += difference
        guard value.isFinite else { return engine.fail("ERR increment would produce NaN or Infinity") }
        guard let slot = existing ?? slotForWriting(&engine, call) else { return }
        let text = value.humanText
        text.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            let slice = ByteSlice(start: start, count: bytes.count)
            _ = HashValue.set(call[2], to: slice, in: slot, engine.hash, thresholds(engine), keepsExpiry: true)
            guard engine.effects.isRecording else { return }
            engine.effects.begin(4, database: engine.databaseIndex)
            engine.effects.append("HSET")
            engine.effects.append(call.key)
            engine.effects.append(call[2])
            engine.effects.append(slice)
            FieldExpiryCommands.recordExpiry(&engine, call.key, call[2], in: slot)
            engine.isEffectRecorded = true
        }
        engine.dirty += 1
        engine.notify(.hash, "hincrbyfloat", call.key)
        engine.reply.bulk(text)
    }

    // MARK: Reading

    /// HGET key field
    static func get(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        if let slot, let value = HashValue.value(of: call[2], in: slot.entry, engine.hash) {
            engine.reply.bulk(value)
        } else {
            engine.reply.null()
        }
    }

    /// HMGET key field …
    static func getMany(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            if let slot, let value = HashValue.value(of: call[index], in: slot.entry, engine.hash) {
                engine.reply.bulk(value)
            } else {
                engine.reply.null()
            }
        }
    }

    /// HGETALL key
    static func getAll(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.map(0) }
        engine.reply.map(HashValue.count(entry))
        HashValue.write(entry, to: &engine.reply)
    }

    /// HKEYS key
    static func fields(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.array(0) }
        engine.reply.array(HashValue.count(entry))
        HashValue.forEach(entry) { field, _ in engine.reply.bulk(field) }
    }

    /// HVALS key
    static func values(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.array(0) }
        engine.reply.array(HashValue.count(entry))
        HashValue.forEach(entry) { _, value in engine.reply.bulk(value) }
    }

    /// HLEN key
    static func count(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        engine.reply.integer(slot.map { HashValue.count($0.entry) } ?? 0)
    }

    /// HEXISTS key field
    static func exists(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        let found = slot.flatMap { HashValue.value(of: call[2], in: $0.entry, engine.hash) }
        engine.reply.integer(found == nil ? 0 : 1)
    }

    /// HSTRLEN key field
    static func valueLength(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        let found = slot.flatMap { HashValue.value(of: call[2], in: $0.entry, engine.hash) }
        engine.reply.integer(found?.count ?? 0)
    }

    /// HSCAN key cursor [MATCH pattern] [COUNT n]
    static func scan(_ engine: inout Engine, _ call: Call) {
        engine.scanElements(call, .hash, width: 2) { entry, cursor, isWanted, reply in
            HashValue.scan(entry, from: cursor) { field, value in
                guard isWanted(field) else { return }
                reply.bulk(field)
                reply.bulk(value)
            }
        }
    }

    /// HRANDFIELD key [count [WITHVALUES]]
    static func random(_ engine: inout Engine, _ call: Call) {
        guard call.count > 2 else { return randomOne(&engine, call) }
        guard let count = engine.integer(call[2]) else { return }
        guard count != Int64.min else {
            return engine.fail(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
            )
        }
        if call.count > 4 || call.count == 4 && !call.isWord(3, "WITHVALUES") { return engine.syntaxError() }
        let withValues = call.count == 4
        let most = withValues ? Int64.max / 2 : Int64.max
        // Redis would try to send any number of repetitions; past sixteen million that only ends in lack of memory.
        guard count >= -(1 << 24), count <= most else {
            return engine.fail("ERR value is out of range")
        }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let entry = slot?.entry, count != 0 else { return engine.reply.array(0) }
        if count < 0 {
            // Repetitions allowed: drawn one by one, and written as they are drawn since there may be very many.
            header(&engine, count: Int(-count), withValues)
            for _ in 0..<Int(-count) {
                HashValue.withRandom(entry, engine.random) { write(&engine, $0, $1, withValues) }
            }
            return
        }
        let total = HashValue.count(entry)
        let number = Int(min(count, Int64(total)))
        header(&engine, count: number, withValues)
        if number * 3 > total {
            var sample = SequentialSample(number, of: total)
            HashValue.forEach(entry) { field, value in
                if sample.takesNext(engine.random) { write(&engine, field, value, withValues) }
            }
        } else {
            // A few of many: as those of a set are drawn.
            var drawn = ValueBuilder(engine, empty: .set)
            while drawn.memberCount < number {
                HashValue.withRandom(entry, engine.random) { field, value in
                    if drawn.add(field) { write(&engine, field, value, withValues) }
                }
            }
        }
    }

    private static func randomOne(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.null() }
        HashValue.withRandom(entry, engine.random) { field, _ in engine.reply.bulk(field) }
    }

    private static func header(_ engine: inout Engine, count: Int, _ withValues: Bool) {
        engine.reply.array(withValues && engine.reply.version == 2 ? count * 2 : count)
    }

    private static func write(_ engine: inout Engine, _ field: ByteSlice, _ value: ByteSlice, _ withValues: Bool) {
        if withValues, engine.reply.version > 2 { engine.reply.array(2) }
        engine.reply.bulk(field)
        if withValues { engine.reply.bulk(value) }
    }
}
