import Bytes
import RESP

/// Taking the first or last elements of sorted sets, also waiting for them.
extension SortedSetCommands {
    /// Which end is popped, and what that is called.
    private enum End {
        case lowest, highest

        var name: StaticString { self == .lowest ? "ZPOPMIN" : "ZPOPMAX" }
        var event: StaticString { self == .lowest ? "zpopmin" : "zpopmax" }
    }

    /// ZPOPMIN key [count]
    static func popLowest(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .lowest) }
    /// ZPOPMAX key [count]
    static func popHighest(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .highest) }

    private static func pop(_ engine: inout Engine, _ call: Call, _ end: End) {
        guard call.count <= 3 else { return engine.syntaxError() }
        var count: Int64?
        if call.count == 3 {
            guard let value = ASCII.parseInt64(call[2].buffer), value >= 0 else {
                return engine.fail("ERR value is out of range, must be positive")
            }
            count = value
        }
        var found: Slot?
        guard engine.find(call.key, call.hash, .sortedSet, &found) else { return }
        guard let slot = found, count != 0 else { return engine.reply.array(0) }
        let isNested = engine.reply.version > 2 && count != nil
        let popped = Int(min(count ?? 1, Int64(SortedSetValue.count(slot.entry))))
        engine.reply.array(isNested ? popped : popped * 2)
        pop(&engine, call.key, call.hash, slot, popped, end) { engine, member, score in
            if isNested { engine.reply.array(2) }
            engine.reply.bulk(member)
            engine.reply.double(score)
        }
    }

    /// Shows and removes `count` elements of a set that has as many.
    private static func pop(
        _ engine: inout Engine,
        _ key: ByteSlice,
        _ hash: UInt64,
        _ slot: Slot,
        _ count: Int,
        _ end: End,
        _ write: (inout Engine, ByteSlice, Double) -> Void
    ) {
        let size = SortedSetValue.count(slot.entry)
        let ranks = end == .lowest ? 0..<count : (size - count)..<size
        SortedSetValue.forEach(slot.entry, ranks, reversed: end == .highest) { write(&engine, $0, $1) }
        SortedSetValue.remove(ranks, in: slot, engine.hash)
        finishRemoval(&engine, key, hash, slot, count, end.event)
    }

    // MARK: Of the first key that has something

    /// BZPOPMIN key … timeout
    static func waitForLowest(_ engine: inout Engine, _ call: Call) { waitForPop(&engine, call, .lowest) }
    /// BZPOPMAX key … timeout
    static func waitForHighest(_ engine: inout Engine, _ call: Call) { waitForPop(&engine, call, .highest) }

    private static func waitForPop(_ engine: inout Engine, _ call: Call, _ end: End) {
        guard let deadline = engine.blockingDeadline(call[call.count - 1]) else { return }
        let keys = 1..<(call.count - 1)
        var candidate: (index: Int, slot: Slot)?
        guard findFirst(&engine, call, keys, &candidate) else { return }
        guard let (index, slot) = candidate else {
            return engine.block(call, on: keys.map { call[$0] }, type: .sortedSet, until: deadline)
        }
        engine.changedKey = index
        let key = call[index]
        engine.reply.array(3)
        engine.reply.bulk(key)
        pop(&engine, key, engine.hash(key), slot, 1, end) { engine, member, score in
            engine.reply.bulk(member)
            engine.reply.double(score)
        }
        record(&engine, end, key, count: nil)
    }

    /// ZMPOP numkeys key … MIN|MAX [COUNT count]
    static func popMany(_ engine: inout Engine, _ call: Call) { popMany(&engine, call, numberAt: 1) }

    /// BZMPOP timeout numkeys key … MIN|MAX [COUNT count]
    static func waitForMany(_ engine: inout Engine, _ call: Call) { popMany(&engine, call, numberAt: 2) }

    private static func popMany(_ engine: inout Engine, _ call: Call, numberAt numberIndex: Int) {
        guard let keyCount = ASCII.parseInt64(call[numberIndex].buffer), keyCount > 0 else {
            return engine.fail("ERR numkeys should be greater than 0")
        }
        let firstKey = numberIndex + 1
        guard keyCount < Int64(call.count - firstKey) else { return engine.syntaxError() }
        var index = firstKey + Int(keyCount)
        let keys = firstKey..<index
        let end: End
        if call.isWord(index, "MIN") {
            end = .lowest
        } else if call.isWord(index, "MAX") {
            end = .highest
        } else {
            return engine.syntaxError()
        }
        index += 1
        var count: Int64?
        while index < call.count {
            guard count == nil, call.isWord(index, "COUNT"), index + 1 < call.count else { return engine.syntaxError() }
            guard let value = ASCII.parseInt64(call[index + 1].buffer), value > 0 else {
                return engine.fail("ERR count should be greater than 0")
            }
            count = value
            index += 2
        }
        var deadline: Int64?
        if numberIndex == 2 {
            guard let value = engine.blockingDeadline(call[1]) else { return }
            deadline = value
        }
        var candidate: (index: Int, slot: Slot)?
        guard findFirst(&engine, call, keys, &candidate) else { return }
        guard let (keyIndex, slot) = candidate else {
            guard let deadline else { return engine.reply.nullArray() }
            return engine.block(call, on: keys.map { call[$0] }, type: .sortedSet, until: deadline)
        }
        engine.changedKey = keyIndex
        let key = call[keyIndex]
        let popped = Int(min(count ?? 1, Int64(SortedSetValue.count(slot.entry))))
        engine.reply.array(2)
        engine.reply.bulk(key)
        engine.reply.array(popped)
        pop(&engine, key, engine.hash(key), slot, popped, end) { engine, member, score in
            engine.reply.array(2)
            engine.reply.bulk(member)
            engine.reply.double(score)
        }
        record(&engine, end, key, count: popped)
    }

    /// The first of the keys that exists; false with the error written when that is no sorted set.
    private static func findFirst(
        _ engine: inout Engine,
        _ call: Call,
        _ keys: Range<Int>,
        _ candidate: inout (index: Int, slot: Slot)?
    ) -> Bool {
        for index in keys {
            var slot: Slot?
            guard engine.find(call[index], engine.hash(call[index]), .sortedSet, &slot) else { return false }
            if let slot {
                candidate = (index, slot)
                return true
            }
        }
        return true
    }

    /// Which key was popped depends on the moment: readers of the stream are told what was done.
    private static func record(_ engine: inout Engine, _ end: End, _ key: ByteSlice, count: Int?) {
        guard engine.effects.isRecording else { return }
        engine.effects.begin(count == nil ? 2 : 3, database: engine.databaseIndex)
        engine.effects.append(end.name)
        engine.effects.append(key)
        if let count { engine.effects.append(decimal: Int64(count)) }
        engine.isEffectRecorded = true
    }
}
