import Bytes
import RESP

/// Sorted sets: members in the order of their scores. The representation is `SortedSetValue`'s.
///
/// Here: single members. Ranges, pops and combinations of sets have files of their own.
enum SortedSetCommands {
    static func thresholds(_ engine: borrowing Engine) -> SortedSetValue.Thresholds {
        .init(entries: engine.settings.zsetMaxListpackEntries, value: engine.settings.zsetMaxListpackValue)
    }

    // MARK: Adding

    /// What ZADD's words ask for.
    private struct AddOptions {
        var onlyNew = false
        var onlyExisting = false
        var onlyGreater = false
        var onlyLess = false
        var countsChanges = false
        var increments = false

        /// Takes an argument when it is an option.
        mutating func take(_ word: ByteSlice) -> Bool {
            if word.equalsIgnoringCase("NX") {
                onlyNew = true
            } else if word.equalsIgnoringCase("XX") {
                onlyExisting = true
            } else if word.equalsIgnoringCase("GT") {
                onlyGreater = true
            } else if word.equalsIgnoringCase("LT") {
                onlyLess = true
            } else if word.equalsIgnoringCase("CH") {
                countsChanges = true
            } else if word.equalsIgnoringCase("INCR") {
                increments = true
            } else {
                return false
            }
            return true
        }
    }

    /// ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member …
    static func add(_ engine: inout Engine, _ call: Call) {
        var options = AddOptions()
        var first = 2
        // An option has at least two letters, a score begins with none of theirs unless it is `inf`, `nan` or the like.
        while first < call.count, call[first].count >= 2, options.take(call[first]) { first += 1 }
        add(&engine, call, options, from: first)
    }

    /// ZINCRBY key increment member
    static func incrementBy(_ engine: inout Engine, _ call: Call) {
        var options = AddOptions()
        options.increments = true
        add(&engine, call, options, from: 2)
    }

    private static func add(_ engine: inout Engine, _ call: Call, _ options: AddOptions, from first: Int) {
        let elements = call.count - first
        guard elements > 0, elements % 2 == 0 else { return engine.syntaxError() }
        if options.onlyNew && options.onlyExisting {
            return engine.fail("ERR XX and NX options at the same time are not compatible")
        }
        if options.onlyGreater && options.onlyNew || options.onlyLess && options.onlyNew
            || options.onlyGreater && options.onlyLess
        {
            return engine.fail("ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        if options.increments && elements > 2 {
            return engine.fail("ERR INCR option supports a single increment-element pair")
        }
        // All scores are read before the first change.
        guard let firstScore = Score.parse(call[first]) else { return engine.fail("ERR value is not a valid float") }
        for index in stride(from: first + 2, to: call.count, by: 2) where Score.parse(call[index]) == nil {
            return engine.fail("ERR value is not a valid float")
        }
        var found: Slot?
        guard engine.find(call.key, call.hash, .sortedSet, &found) else { return }
        if found == nil, options.onlyExisting { return replyNothingAdded(&engine, options) }
        let slot = found ?? insertEmpty(&engine, call.key, call.hash)
        let limits = thresholds(engine)
        let hash = engine.hash
        var added = 0
        var moved = 0
        // Of the last element, for INCR: its score, nil when the options left it alone.
        var resulting: Double?
        var isNaN = false
        for index in stride(from: first, to: call.count, by: 2) {
            let score = index == first ? firstScore : Score.parse(call[index]) ?? firstScore
            resulting = nil
            let change = SortedSetValue.update(call[index + 1], in: slot, hash, limits) { old in
                guard let old else {
                    if options.onlyExisting { return nil }
                    resulting = score
                    return score
                }
                if options.onlyNew { return nil }
                let new = options.increments ? old + score : score
                if new.isNaN {
                    isNaN = true
                    return nil
                }
                if options.onlyLess && new >= old || options.onlyGreater && new <= old { return nil }
                resulting = new
                return new
            }
            switch change {
            case .added: added &+= 1
            case .moved: moved &+= 1
            case .none: break
            }
        }
        if isNaN { return engine.fail("ERR resulting score is not a number (NaN)") }
        if added &+ moved > 0 {
            engine.dirty &+= Int64(added &+ moved)
            engine.notify(.sortedSet, options.increments ? "zincr" : "zadd", call.key)
        }
        if options.increments {
            if let resulting { engine.reply.double(resulting) } else { engine.reply.null() }
        } else {
            engine.reply.integer(options.countsChanges ? added &+ moved : added)
        }
    }

    /// GEOADD's half of adding: places whose scores are known.
    static func add(
        _ engine: inout Engine,
        _ call: Call,
        _ elements: [(score: Double, member: ByteSlice)],
        onlyNew: Bool,
        onlyExisting: Bool,
        countsChanges: Bool
    ) {
        var found: Slot?
        guard engine.find(call.key, call.hash, .sortedSet, &found) else { return }
        if found == nil, onlyExisting { return engine.reply.integer(0) }
        let slot = found ?? insertEmpty(&engine, call.key, call.hash)
        let limits = thresholds(engine)
        var added = 0
        var moved = 0
        for (score, member) in elements {
            let change = SortedSetValue.update(member, in: slot, engine.hash, limits) { old in
                (old == nil ? onlyExisting : onlyNew) ? nil : score
            }
            switch change {
            case .added: added += 1
            case .moved: moved += 1
            case .none: break
            }
        }
        if added + moved > 0 {
            engine.dirty &+= Int64(added + moved)
            engine.notify(.sortedSet, "zadd", call.key)
        }
        engine.reply.integer(countsChanges ? added + moved : added)
    }

    private static func replyNothingAdded(_ engine: inout Engine, _ options: AddOptions) {
        if options.increments { engine.reply.null() } else { engine.reply.integer(0) }
    }

    /// A new sorted set, which must be given a member at once.
    static func insertEmpty(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64) -> Slot {
        let entry = SortedSetValue.makeEmpty(key: key, expiry: nil, clock: engine.clock)
        return engine.database.pointee.insert(entry, hash)
    }

    // MARK: Removing

    /// ZREM key member …
    static func remove(_ engine: inout Engine, _ call: Call) {
        var found: Slot?
        guard engine.find(call.key, call.hash, .sortedSet, &found) else { return }
        guard let slot = found else { return engine.reply.integer(0) }
        var removed = 0
        var isEmpty = false
        for index in 2..<call.count where SortedSetValue.remove(call[index], in: slot, engine.hash) {
            removed += 1
            isEmpty = SortedSetValue.count(slot.entry) == 0
            if isEmpty { break }
        }
        finishRemoval(&engine, call.key, call.hash, slot, removed, "zrem")
        engine.reply.integer(removed)
    }

    /// After elements were removed: the events, and the key goes with the last element.
    static func finishRemoval(
        _ engine: inout Engine,
        _ key: ByteSlice,
        _ hash: UInt64,
        _ slot: Slot,
        _ removed: Int,
        _ event: StaticString
    ) {
        guard removed > 0 else { return }
        engine.dirty &+= Int64(removed)
        engine.notify(.sortedSet, event, key)
        if SortedSetValue.count(slot.entry) == 0 {
            engine.remove(slot, hash)
            engine.notify(.generic, "del", key)
        }
    }

    // MARK: Reading

    /// ZCARD key
    static func count(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        engine.reply.integer(slot.map { SortedSetValue.count($0.entry) } ?? 0)
    }

    /// ZSCORE key member
    static func score(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        if let slot, let score = SortedSetValue.score(of: call[2], in: slot.entry, engine.hash) {
            engine.reply.double(score)
        } else {
            engine.reply.null()
        }
    }

    /// ZMSCORE key member …
    static func scores(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            if let slot, let score = SortedSetValue.score(of: call[index], in: slot.entry, engine.hash) {
                engine.reply.double(score)
            } else {
                engine.reply.null()
            }
        }
    }

    /// ZRANK key member
    static func rank(_ engine: inout Engine, _ call: Call) { rank(&engine, call, reversed: false) }
    /// ZREVRANK key member
    static func reverseRank(_ engine: inout Engine, _ call: Call) { rank(&engine, call, reversed: true) }

    private static func rank(_ engine: inout Engine, _ call: Call, reversed: Bool) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        guard let slot, let rank = SortedSetValue.rank(of: call[2], in: slot.entry, engine.hash) else {
            return engine.reply.null()
        }
        engine.reply.integer(reversed ? SortedSetValue.count(slot.entry) - 1 - rank : rank)
    }

    /// ZSCAN key cursor [MATCH pattern] [COUNT n]
    static func scan(_ engine: inout Engine, _ call: Call) {
        engine.scanElements(call, .sortedSet, width: 2) { entry, cursor, isWanted, reply in
            let isListpack = SortedSetValue.isCalledListpack(entry)
            return SortedSetValue.scan(entry, from: cursor) { member, score in
                guard isWanted(member) else { return }
                reply.bulk(member)
                if isListpack {
                    Score.withListpackText(score) { reply.bulk($0) }
                } else {
                    Score.withText(score) { reply.bulk($0) }
                }
            }
        }
    }

    /// ZRANDMEMBER key [count [WITHSCORES]]
    static func random(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard call.count > 2 else {
            guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
            guard let slot else { return engine.reply.null() }
            let rank = Int(engine.random() % UInt64(SortedSetValue.count(slot.entry)))
            return SortedSetValue.forEach(slot.entry, rank..<(rank + 1)) { member, _ in engine.reply.bulk(member) }
        }
        guard let count = engine.integer(call[2]) else { return }
        guard count != Int64.min else {
            return engine.fail(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
            )
        }
        if call.count > 4 || call.count == 4 && !call.isWord(3, "WITHSCORES") { return engine.syntaxError() }
        let withScores = call.count == 4
        // Redis would try to send any number of repetitions; past sixteen million that only ends in lack of memory.
        guard count >= -(1 << 24), count <= (withScores ? Int64.max / 2 : Int64.max) else {
            return engine.fail("ERR value is out of range")
        }
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        guard let entry = slot?.entry, count != 0 else { return engine.reply.array(0) }
        let size = SortedSetValue.count(entry)
        if count < 0 {
            // Repetitions allowed: drawn one by one, and written as they are drawn since there may be very many.
            elements(&engine, Int(-count), withScores)
            for _ in 0..<Int(-count) {
                let rank = Int(engine.random() % UInt64(size))
                SortedSetValue.forEach(entry, rank..<(rank + 1)) { write(&engine, $0, $1, withScores) }
            }
            return
        }
        if count >= Int64(size) {
            elements(&engine, size, withScores)
            return SortedSetValue.forEach(entry) { write(&engine, $0, $1, withScores) }
        }
        // Different ranks: each draw is exchanged with the first one left, of which only the exchanges are kept.
        elements(&engine, Int(count), withScores)
        var exchanged: [Int: Int] = [:]
        for index in 0..<Int(count) {
            let other = index + Int(engine.random() % UInt64(size - index))
            let rank = exchanged[other] ?? other
            exchanged[other] = exchanged[index] ?? index
            SortedSetValue.forEach(entry, rank..<(rank + 1)) { write(&engine, $0, $1, withScores) }
        }
    }

    // MARK: Writing elements

    /// Begins a reply of `count` elements: pairs in RESP3, a flat list in RESP2.
    static func elements(_ engine: inout Engine, _ count: Int, _ withScores: Bool) {
        engine.reply.array(withScores && engine.reply.version == 2 ? count * 2 : count)
    }

    @inline(__always)
    static func write(_ engine: inout Engine, _ member: ByteSlice, _ score: Double, _ withScores: Bool) {
        if withScores, engine.reply.version > 2 { engine.reply.array(2) }
        engine.reply.bulk(member)
        if withScores { engine.reply.double(score) }
    }
}
