import RESP

// Union, intersection and difference, as replies and stored.
extension SetCommands {
    // MARK: Intersection

    /// SINTER key …
    static func intersection(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 1..<call.count) else { return }
        var members = ReplyWriter()
        var count = 0
        forEachCommon(&engine, sets) { member in
            members.bulk(member)
            count += 1
            return true
        }
        engine.reply.set(count)
        engine.reply.buffer.append(members.buffer.bytes)
    }

    /// SINTERSTORE destination key …
    static func storeIntersection(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 2..<call.count) else { return }
        var result = ValueBuilder(engine, empty: .set, key: call.key)
        forEachCommon(&engine, sets) { member in
            result.add(member)
            return true
        }
        store(&engine, call, result.take(), "sinterstore")
    }

    /// SINTERCARD numkeys key … [LIMIT limit]
    static func intersectionCount(_ engine: inout Engine, _ call: Call) {
        let message: StaticString = "ERR numkeys should be greater than 0"
        guard let number = engine.integer(call[1], in: 1...Int64.max, orFail: message) else { return }
        guard number <= Int64(call.count - 2) else {
            return engine.fail("ERR Number of keys can't be greater than number of args")
        }
        var limit: Int64 = 0
        var index = 2 + Int(number)
        while index < call.count {
            guard index + 1 < call.count, call.isWord(index, "LIMIT") else { return engine.syntaxError() }
            let message: StaticString = "ERR LIMIT can't be negative"
            guard let value = engine.integer(call[index + 1], in: 0...Int64.max, orFail: message) else { return }
            limit = value
            index += 2
        }
        guard let sets = sets(&engine, call, 2..<(2 + Int(number))) else { return }
        var count: Int64 = 0
        forEachCommon(&engine, sets) { _ in
            count += 1
            return count != limit
        }
        engine.reply.integer(count)
    }

    /// Shows the members all sets have, until `body` returns false. The smallest set is walked.
    private static func forEachCommon(_ engine: inout Engine, _ sets: [Entry?], _ body: (ByteSlice) -> Bool) {
        guard !sets.contains(where: { $0 == nil }) else { return }
        let sorted = sets.compactMap { $0 }.sorted { SetValue.count($0) < SetValue.count($1) }
        let hash = engine.hash
        SetValue.walk(sorted[0]) { member in
            for other in sorted.dropFirst() where !SetValue.contains(member, in: other, hash) { return true }
            return body(member)
        }
    }

    // MARK: Union and difference

    /// SUNION key …
    static func union(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 1..<call.count) else { return }
        var result = ValueBuilder(engine, empty: .set)
        unite(sets, &result)
        result.writeMembers(to: &engine.reply)
    }

    /// SUNIONSTORE destination key …
    static func storeUnion(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 2..<call.count) else { return }
        var result = ValueBuilder(engine, empty: .set, key: call.key)
        unite(sets, &result)
        store(&engine, call, result.take(), "sunionstore")
    }

    private static func unite(_ sets: [Entry?], _ result: inout ValueBuilder) {
        for case let set? in sets { SetValue.forEach(set) { result.add($0) } }
    }

    /// SDIFF key …
    static func difference(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 1..<call.count) else { return }
        var result = ValueBuilder(engine, empty: .set)
        subtract(sets, &result, engine.hash)
        result.writeMembers(to: &engine.reply)
    }

    /// SDIFFSTORE destination key …
    static func storeDifference(_ engine: inout Engine, _ call: Call) {
        guard let sets = sets(&engine, call, 2..<call.count) else { return }
        var result = ValueBuilder(engine, empty: .set, key: call.key)
        subtract(sets, &result, engine.hash)
        store(&engine, call, result.take(), "sdiffstore")
    }

    /// Members of the first set that no other has. Either each is looked up in the others, or the others' members are
    /// taken out of a copy: redis's rule, for the choice shows in the encoding of the result.
    private static func subtract(_ sets: [Entry?], _ result: inout ValueBuilder, _ hash: KeyHash) {
        guard let first = sets[0] else { return }
        let others = sets.dropFirst().compactMap { $0 }
        guard !others.contains(where: { $0.base == first.base }) else { return }
        let size = SetValue.count(first)
        let lookUps = size * (others.count + 1) / 2
        let removals = others.reduce(size) { $0 + SetValue.count($1) }
        if lookUps <= removals {
            let sorted = others.sorted { SetValue.count($0) > SetValue.count($1) }
            SetValue.forEach(first) { member in
                for other in sorted where SetValue.contains(member, in: other, hash) { return }
                result.add(member)
            }
            return
        }
        SetValue.forEach(first) { result.add($0) }
        for other in others where result.memberCount > 0 { SetValue.forEach(other) { result.remove($0) } }
    }

    // MARK: Operands and results

    /// The sets at some of the call's keys, nil where there is none; nil for all with the error when one is no set.
    private static func sets(_ engine: inout Engine, _ call: Call, _ keys: Range<Int>) -> [Entry?]? {
        var sets: [Entry?] = []
        sets.reserveCapacity(keys.count)
        // A key that is over is removed when it is looked at, which moves no entry.
        for index in keys {
            var slot: Slot?
            guard engine.look(up: call[index], engine.hash(call[index]), .set, &slot) else { return nil }
            sets.append(slot?.entry)
        }
        return sets
    }

    /// Puts a result at the call's first key and replies with its size; without members the key is removed.
    private static func store(_ engine: inout Engine, _ call: Call, _ result: Entry?, _ event: StaticString) {
        let slot = engine.find(call.key, call.hash)
        engine.changedKey = 1
        guard let result else {
            if let slot {
                removeEmpty(&engine, call.key, call.hash, slot)
                engine.dirty += 1
            } else {
                engine.changedKey = 0
            }
            return engine.reply.integer(0)
        }
        let count = SetValue.count(result)
        if let slot {
            engine.database.pointee.replace(slot, with: result)
        } else {
            _ = engine.database.pointee.insert(result, call.hash)
        }
        engine.notify(.set, event, call.key)
        engine.dirty += 1
        engine.reply.integer(count)
    }
}
