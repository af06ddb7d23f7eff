import Bytes
import RESP

/// Sets: members, their algebra and random draws. The representation is `SetValue`'s.
/// Union, intersection and difference are in `SetCommands+Algebra`.
enum SetCommands {
    // MARK: Members

    /// SADD key member …
    static func add(_ engine: inout Engine, _ call: Call) {
        var found: Slot?
        guard engine.find(call.key, call.hash, .set, &found) else { return }
        let mostIntegers = engine.settings.mostIntegers
        var added = 0
        let slot: Slot
        if let found {
            slot = found
        } else {
            let entry = SetValue.make(
                call[2],
                key: call.key,
                clock: engine.clock,
                engine.hash,
                mostIntegers: mostIntegers,
                following: call.count &- 3
            )
            slot = engine.database.pointee.insert(entry, call.hash)
            added = 1
        }
        for index in (2 &+ added)..<max(2 &+ added, call.count)
        where SetValue.add(
            call[index],
            to: slot,
            engine.hash,
            mostIntegers: mostIntegers,
            following: call.count &- 1 &- index
        ) {
            added &+= 1
        }
        if call.count > 3 { SetValue.giveBackRoom(slot) }
        if added > 0 { engine.notify(.set, "sadd", call.key) }
        engine.dirty &+= Int64(added)
        engine.reply.integer(added)
    }

    /// SREM key member …
    static func remove(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .set, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        var removed = 0
        var isEmpty = false
        for index in 2..<call.count where SetValue.remove(call[index], from: slot, engine.hash) {
            removed += 1
            isEmpty = SetValue.count(slot.entry) == 0
            if isEmpty { break }
        }
        if removed > 0 {
            engine.notify(.set, "srem", call.key)
            if isEmpty { removeEmpty(&engine, call.key, call.hash, slot) }
            engine.dirty += Int64(removed)
        }
        engine.reply.integer(removed)
    }

    static func removeEmpty(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64, _ slot: Slot) {
        engine.remove(slot, hash)
        engine.notify(.generic, "del", key)
    }

    /// SMOVE source destination member
    static func move(_ engine: inout Engine, _ call: Call) {
        guard let source = engine.use(call.key, call.hash) else { return engine.reply.integer(0) }
        guard source.entry.type == .set else { return engine.wrongType() }
        let targetHash = engine.hash(call[2])
        var target: Slot?
        guard engine.find(call[2], targetHash, .set, &target) else { return }
        if let target, target.address == source.address {
            return engine.reply.integer(SetValue.contains(call[3], in: source.entry, engine.hash) ? 1 : 0)
        }
        guard SetValue.remove(call[3], from: source, engine.hash) else { return engine.reply.integer(0) }
        engine.notify(.set, "srem", call.key)
        if SetValue.count(source.entry) == 0 { removeEmpty(&engine, call.key, call.hash, source) }
        engine.dirty += 1
        let isNew: Bool
        // What was removed may have moved the target's place in the table.
        if let slot = engine.database.pointee.find(call[2], targetHash) {
            isNew = SetValue.add(call[3], to: slot, engine.hash, mostIntegers: engine.settings.mostIntegers)
        } else {
            let entry = SetValue.make(
                call[3],
                key: call[2],
                clock: engine.clock,
                engine.hash,
                mostIntegers: engine.settings.mostIntegers
            )
            _ = engine.database.pointee.insert(entry, targetHash)
            isNew = true
        }
        if isNew {
            engine.notify(.set, "sadd", call[2])
            engine.dirty += 1
        } else {
            engine.changedKey = 1
        }
        engine.reply.integer(1)
    }

    /// SISMEMBER key member
    static func isMember(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        let isMember = slot.map { SetValue.contains(call[2], in: $0.entry, engine.hash) } ?? false
        engine.reply.integer(isMember ? 1 : 0)
    }

    /// SMISMEMBER key member …
    static func areMembers(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            let isMember = slot.map { SetValue.contains(call[index], in: $0.entry, engine.hash) } ?? false
            engine.reply.integer(isMember ? 1 : 0)
        }
    }

    /// SMEMBERS key
    static func members(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.set(0) }
        engine.reply.set(SetValue.count(entry))
        SetValue.write(entry, to: &engine.reply)
    }

    /// SCARD key
    static func count(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        engine.reply.integer(slot.map { SetValue.count($0.entry) } ?? 0)
    }

    /// SSCAN key cursor [MATCH pattern] [COUNT n]
    static func scan(_ engine: inout Engine, _ call: Call) {
        engine.scanElements(call, .set, width: 1) { entry, cursor, isWanted, reply in
            SetValue.scan(entry, from: cursor) { member in
                if isWanted(member) { reply.bulk(member) }
            }
        }
    }

    // MARK: Random draws

    /// SPOP key [count]
    static func pop(_ engine: inout Engine, _ call: Call) {
        if call.count > 2 { return popMany(&engine, call) }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .set, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        engine.notify(.set, "spop", call.key)
        drop(&engine, call, slot, 1)
        engine.dirty += 1
        if SetValue.count(slot.entry) == 0 { removeEmpty(&engine, call.key, call.hash, slot) }
    }

    private static func popMany(_ engine: inout Engine, _ call: Call) {
        guard call.count == 3 else { return engine.syntaxError() }
        guard let count = engine.nonNegative(call[2]) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .set, &slot) else { return }
        guard let slot, count > 0 else { return engine.reply.set(0) }
        let total = SetValue.count(slot.entry)
        engine.notify(.set, "spop", call.key)
        if count >= Int64(total) {
            // All members are a union of one set to redis, which looks at the key as a reader.
            engine.statistics.keyspaceHits += 1
            engine.reply.set(total)
            SetValue.write(slot.entry, to: &engine.reply)
            removeEmpty(&engine, call.key, call.hash, slot)
            engine.dirty += Int64(total)
            guard engine.effects.isRecording else { return }
            engine.effects.delete(call.key, database: engine.databaseIndex)
            engine.isEffectRecorded = true
            return
        }
        let number = Int(count)
        engine.reply.set(number)
        if number < (total - number) * 5 {
            drop(&engine, call, slot, number)
        } else {
            keep(&engine, call, slot, total - number)
        }
        engine.dirty += count
    }

    /// Replies with `number` members drawn at random, one after the other, and drops them.
    private static func drop(_ engine: inout Engine, _ call: Call, _ slot: Slot, _ number: Int) {
        var record = RemovalRecord(left: number)
        for _ in 0..<number {
            SetValue.withRandom(slot.entry, engine.random) { member in
                engine.reply.bulk(member)
                record.add(member, &engine, call)
                // The member lies in the set, and is not read once its place is given up.
                _ = SetValue.remove(member, from: slot, engine.hash)
            }
        }
    }

    /// Draws the `number` members that stay, and replies with and drops all others: cheaper when they are many.
    private static func keep(_ engine: inout Engine, _ call: Call, _ slot: Slot, _ number: Int) {
        let expiry = slot.entry.hasExpiry ? slot.entry.expiry : nil
        var kept = ValueBuilder(engine, empty: .set, key: call.key, expiry: expiry)
        for _ in 0..<number {
            SetValue.withRandom(slot.entry, engine.random) { member in
                kept.add(member)
                _ = SetValue.remove(member, from: slot, engine.hash)
            }
        }
        var record = RemovalRecord(left: SetValue.count(slot.entry))
        SetValue.forEach(slot.entry) { member in
            engine.reply.bulk(member)
            record.add(member, &engine, call)
        }
        if let entry = kept.take() { engine.database.pointee.replace(slot, with: entry) }
    }

    /// What SPOP drew, recorded as SREM in requests of a bearable length.
    private struct RemovalRecord {
        private static let most = 1024
        var left: Int
        private var open = 0

        init(left: Int) { self.left = left }

        mutating func add(_ member: ByteSlice, _ engine: inout Engine, _ call: Call) {
            guard engine.effects.isRecording else { return }
            if open == 0 {
                open = min(left, Self.most)
                engine.effects.begin(2 + open, database: engine.databaseIndex)
                engine.effects.append("SREM")
                engine.effects.append(call.key)
                engine.isEffectRecorded = true
            }
            engine.effects.append(member)
            open -= 1
            left -= 1
        }
    }

    /// SRANDMEMBER key [count]
    static func random(_ engine: inout Engine, _ call: Call) {
        if call.count > 2 { return randomMany(&engine, call) }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        SetValue.withRandom(slot.entry, engine.random) { engine.reply.bulk($0) }
    }

    private static func randomMany(_ engine: inout Engine, _ call: Call) {
        guard call.count == 3 else { return engine.syntaxError() }
        guard let count = engine.signed(call[2]) else { return }
        // Redis would try to send any number of repetitions; past sixteen million that only ends in lack of memory.
        guard count >= -(1 << 24) else { return engine.fail("ERR value is out of range") }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .set, &slot) else { return }
        guard let entry = slot?.entry, count != 0 else { return engine.reply.array(0) }
        let total = SetValue.count(entry)
        if count < 0 {
            engine.reply.array(Int(-count))
            for _ in 0..<Int(-count) { SetValue.withRandom(entry, engine.random) { engine.reply.bulk($0) } }
            return
        }
        let number = Int(min(count, Int64(total)))
        engine.reply.array(number)
        if number * 3 > total {
            var sample = SequentialSample(number, of: total)
            SetValue.forEach(entry) { member in
                if sample.takesNext(engine.random) { engine.reply.bulk(member) }
            }
        } else {
            var drawn = ValueBuilder(engine, empty: .set)
            while drawn.memberCount < number {
                SetValue.withRandom(entry, engine.random) { member in
                    if drawn.add(member) { engine.reply.bulk(member) }
                }
            }
        }
    }
}

extension Engine.Settings {
    /// How many integers a set may have in its smallest form; redis's own bound on the directive.
    var mostIntegers: Int { min(setMaxIntsetEntries, 1 << 30) }
}
