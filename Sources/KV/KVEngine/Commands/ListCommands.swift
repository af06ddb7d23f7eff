import Bytes
import RESP

/// Lists: pushing, popping, ranges and the search for elements. The representation is `ListValue`'s; what waits for
/// elements is in `BlockingListCommands`.
enum ListCommands {
    typealias End = ListBlock.End

    // MARK: Pushing

    /// LPUSH key element …
    static func pushHead(_ engine: inout Engine, _ call: Call) { push(&engine, call, .head, makes: true) }
    /// RPUSH key element …
    static func pushTail(_ engine: inout Engine, _ call: Call) { push(&engine, call, .tail, makes: true) }
    /// LPUSHX key element …
    static func pushHeadIfPresent(_ engine: inout Engine, _ call: Call) {
        push(&engine, call, .head, makes: false)
    }
    /// RPUSHX key element …
    static func pushTailIfPresent(_ engine: inout Engine, _ call: Call) {
        push(&engine, call, .tail, makes: false)
    }

    @inline(__always)
    private static func push(_ engine: inout Engine, _ call: Call, _ end: End, makes: Bool) {
        var found: Slot?
        guard engine.find(call.key, call.hash, .list, &found) else { return }
        guard found != nil || makes else { return engine.reply.integer(0) }
        let slot = found ?? makeList(&engine, call)
        for index in 2..<call.count { ListValue.push(call[index], end, in: slot) }
        engine.notify(.list, end == .head ? "lpush" : "rpush", call.key)
        engine.dirty &+= Int64(call.count &- 2)
        engine.reply.integer(ListValue.count(slot.entry))
    }

    /// An empty list at the call's key, with room for its elements.
    @inline(never)
    private static func makeList(_ engine: inout Engine, _ call: Call) -> Slot {
        var capacity = call[2].count
        for index in 3..<max(3, call.count) where capacity < ListValue.blockSize { capacity += call[index].count + 2 }
        return makeList(&engine, call.key, call.hash, capacity: max(call[2].count, min(capacity, ListValue.blockSize)))
    }

    static func makeList(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64, capacity: Int) -> Slot {
        let entry = ListValue.makeEmpty(key: key, expiry: nil, clock: engine.clock, capacity: capacity)
        return engine.database.pointee.insert(entry, hash)
    }

    // MARK: Popping

    static func event(_ end: End) -> StaticString { end == .head ? "lpop" : "rpop" }

    /// LPOP key [count]
    static func popHead(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .head) }
    /// RPOP key [count]
    static func popTail(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .tail) }

    @inline(__always)
    private static func pop(_ engine: inout Engine, _ call: Call, _ end: End) {
        if call.count > 2 { return popMany(&engine, call, end) }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        popOne(&engine, call.key, call.hash, slot, end)
    }

    /// Replies with the element at an end and drops it, and the key with the last.
    @inline(__always)
    static func popOne(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64, _ slot: Slot, _ end: End) {
        engine.reply.bulk(ListValue.element(at: end, of: slot.entry))
        ListValue.pop(end, in: slot)
        engine.notify(.list, event(end), key)
        if ListValue.count(slot.entry) == 0 { removeEmpty(&engine, key, hash, slot) }
        engine.dirty &+= 1
    }

    @inline(never)
    static func removeEmpty(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64, _ slot: Slot) {
        engine.remove(slot, hash)
        engine.notify(.generic, "del", key)
    }

    private static func popMany(_ engine: inout Engine, _ call: Call, _ end: End) {
        guard call.count == 3 else { return engine.wrongArity(call.fullName) }
        guard let count = engine.nonNegative(call[2]) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.nullArray() }
        popMany(&engine, call.key, call.hash, slot, end, Int(min(count, Int64(ListValue.count(slot.entry)))))
    }

    /// Replies with an array of `number` elements from an end on and drops them, and the key with the last.
    static func popMany(
        _ engine: inout Engine,
        _ key: ByteSlice,
        _ hash: UInt64,
        _ slot: Slot,
        _ end: End,
        _ number: Int
    ) {
        engine.reply.array(number)
        guard number > 0 else { return }
        let total = ListValue.count(slot.entry)
        if end == .head {
            ListValue.write(slot.entry, from: 0, number, to: &engine.reply)
        } else {
            var left = number
            ListValue.forEach(slot.entry, from: total - 1, reversed: true) { element in
                engine.reply.bulk(element)
                left -= 1
                return left > 0
            }
        }
        if number < total { ListValue.remove(end == .head ? 0 : total - number, number, in: slot) }
        engine.notify(.list, event(end), key)
        if number == total { removeEmpty(&engine, key, hash, slot) }
        engine.dirty += Int64(number)
    }

    // MARK: Reading

    /// LLEN key
    static func length(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .list, &slot) else { return }
        engine.reply.integer(slot.map { ListValue.count($0.entry) } ?? 0)
    }

    /// LRANGE key start stop
    static func range(_ engine: inout Engine, _ call: Call) {
        guard let first = engine.integer(call[2]), let last = engine.integer(call[3]) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .list, &slot) else { return }
        guard let entry = slot?.entry else { return engine.reply.array(0) }
        let range = indices(first, last, of: ListValue.count(entry))
        engine.reply.array(range.count)
        ListValue.write(entry, from: range.lowerBound, range.count, to: &engine.reply)
    }

    /// The indices that `first` and `last` mean: negative ones count from the end.
    private static func indices(_ first: Int64, _ last: Int64, of count: Int) -> Range<Int> {
        let count = Int64(count)
        let start = max(0, first < 0 ? first &+ count : first)
        let end = min(count - 1, last < 0 ? last &+ count : last)
        return start <= end ? Int(start)..<Int(end + 1) : 0..<0
    }

    /// The index that an argument means, negative ones counted from the end; nil outside of the list.
    private static func index(_ index: Int64, in entry: Entry) -> Int? {
        let count = Int64(ListValue.count(entry))
        let place = index < 0 ? index &+ count : index
        return place >= 0 && place < count ? Int(place) : nil
    }

    /// LINDEX key index
    static func element(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        guard let argument = engine.integer(call[2]) else { return }
        guard let index = index(argument, in: slot.entry) else { return engine.reply.null() }
        engine.reply.bulk(ListValue.element(index, of: slot.entry))
    }

    // MARK: Changing

    /// LSET key index element
    static func set(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.use(call.key, call.hash) else { return engine.fail("ERR no such key") }
        guard slot.entry.type == .list else { return engine.wrongType() }
        guard let argument = engine.integer(call[2]) else { return }
        guard let index = index(argument, in: slot.entry) else { return engine.fail("ERR index out of range") }
        ListValue.set(index, to: call[3], in: slot)
        engine.notify(.list, "lset", call.key)
        engine.dirty += 1
        engine.reply.ok()
    }

    /// LINSERT key BEFORE|AFTER pivot element
    static func insert(_ engine: inout Engine, _ call: Call) {
        let isAfter = call.isWord(2, "AFTER")
        guard isAfter || call.isWord(2, "BEFORE") else { return engine.syntaxError() }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        var place = 0
        var isFound = false
        ListValue.forEach(slot.entry) { element in
            isFound = element.equals(call[3])
            if !isFound { place += 1 }
            return !isFound
        }
        guard isFound else { return engine.reply.integer(-1) }
        ListValue.insert(call[4], at: isAfter ? place + 1 : place, in: slot)
        engine.notify(.list, "linsert", call.key)
        engine.dirty += 1
        engine.reply.integer(ListValue.count(slot.entry))
    }

    /// LREM key count element
    static func remove(_ engine: inout Engine, _ call: Call) {
        guard let count = engine.integer(call[2]) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.integer(0) }
        let limit = count == 0 ? Int.max : Int(clamping: count.magnitude)
        let removed = ListValue.removeMatches(of: call[3], limit: limit, reversed: count < 0, in: slot)
        if removed > 0 {
            engine.notify(.list, "lrem", call.key)
            if ListValue.count(slot.entry) == 0 { removeEmpty(&engine, call.key, call.hash, slot) }
            engine.dirty += Int64(removed)
        }
        engine.reply.integer(removed)
    }

    /// LTRIM key start stop
    static func trim(_ engine: inout Engine, _ call: Call) {
        guard let first = engine.integer(call[2]), let last = engine.integer(call[3]) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.ok() }
        let total = ListValue.count(slot.entry)
        let kept = indices(first, last, of: total)
        engine.notify(.list, "ltrim", call.key)
        if kept.isEmpty {
            removeEmpty(&engine, call.key, call.hash, slot)
        } else {
            ListValue.remove(kept.upperBound, total - kept.upperBound, in: slot)
            ListValue.remove(0, kept.lowerBound, in: slot)
        }
        engine.dirty += Int64(total - kept.count)
        // Those who watch the key are told even when nothing was cut off.
        if kept.count == total { engine.touch(call.key) }
        engine.reply.ok()
    }

    // MARK: Search

    /// LPOS key element [RANK rank] [COUNT matches] [MAXLEN length]
    static func position(_ engine: inout Engine, _ call: Call) {
        var rank: Int64 = 1
        var limit: Int64?
        var mostCompared: Int64 = 0
        var index = 3
        while index < call.count {
            let hasNext = index + 1 < call.count
            if hasNext, call.isWord(index, "RANK") {
                guard let value = engine.integer(call[index + 1]) else { return }
                guard value != 0 else {
                    return engine.fail(
                        """
                        ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
                        negative to start from the end of the list
                        """
                    )
                }
                rank = value
            } else if hasNext, call.isWord(index, "COUNT") {
                guard
                    let value = engine.integer(
                        call[index + 1],
                        in: 0...Int64.max,
                        orFail: "ERR COUNT can't be negative"
                    )
                else { return }
                limit = value
            } else if hasNext, call.isWord(index, "MAXLEN") {
                guard
                    let value = engine.integer(
                        call[index + 1],
                        in: 0...Int64.max,
                        orFail: "ERR MAXLEN can't be negative"
                    )
                else { return }
                mostCompared = value
            } else {
                return engine.syntaxError()
            }
            index += 2
        }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .list, &slot) else { return }
        guard let entry = slot?.entry else {
            return limit == nil ? engine.reply.null() : engine.reply.array(0)
        }
        let found = positions(
            of: call[2],
            in: entry,
            reversed: rank < 0,
            // The opposite of the least number is itself to redis: any place reaches it, and no number of them is enough.
            skipping: rank == Int64.min ? 0 : Int(rank.magnitude - 1),
            limit: limit == 0 || limit != nil && rank == Int64.min ? Int.max : Int(limit ?? 1),
            mostCompared: mostCompared == 0 ? Int.max : Int(mostCompared)
        )
        if limit == nil {
            if let first = found.first { engine.reply.integer(first) } else { engine.reply.null() }
        } else {
            engine.reply.array(found.count)
            for place in found { engine.reply.integer(place) }
        }
    }

    private static func positions(
        of element: ByteSlice,
        in entry: Entry,
        reversed: Bool,
        skipping skipped: Int,
        limit: Int,
        mostCompared: Int
    ) -> [Int] {
        var found: [Int] = []
        let total = ListValue.count(entry)
        var (skip, compared) = (skipped, 0)
        ListValue.forEach(entry, from: reversed ? total - 1 : 0, reversed: reversed) { other in
            if other.equals(element) {
                if skip == 0 {
                    found.append(reversed ? total - 1 - compared : compared)
                } else {
                    skip -= 1
                }
            }
            compared += 1
            return found.count < limit && compared < mostCompared
        }
        return found
    }

    // MARK: From list to list

    /// The end that an argument names; nil with the error written.
    static func end(_ engine: inout Engine, _ call: Call, _ index: Int) -> End? {
        if call.isWord(index, "LEFT") { return .head }
        if call.isWord(index, "RIGHT") { return .tail }
        engine.syntaxError()
        return nil
    }

    /// LMOVE source destination LEFT|RIGHT LEFT|RIGHT
    static func move(_ engine: inout Engine, _ call: Call) {
        guard let from = end(&engine, call, 3), let to = end(&engine, call, 4) else { return }
        move(&engine, call, from, to)
    }

    /// RPOPLPUSH source destination
    static func moveTailToHead(_ engine: inout Engine, _ call: Call) { move(&engine, call, .tail, .head) }

    private static func move(_ engine: inout Engine, _ call: Call, _ from: End, _ to: End) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        move(&engine, call, slot, from, to)
    }

    /// Moves an element of the list at the call's first key to the list at its second key, and replies with it.
    /// - Returns: whether it did; not when the second key holds something else.
    @discardableResult
    static func move(_ engine: inout Engine, _ call: Call, _ source: Slot, _ from: End, _ to: End) -> Bool {
        let targetHash = engine.hash(call[2])
        var target: Slot?
        guard engine.find(call[2], targetHash, .list, &target) else { return false }
        let element = ListValue.element(at: from, of: source.entry)
        engine.reply.bulk(element)
        if let target, target.address == source.address {
            // The element lies in the list it is pushed to, so it is carried over.
            withUnsafeTemporaryAllocation(byteCount: max(1, element.count), alignment: 1) { copy in
                guard let copy = copy.baseAddress else { return }
                copy.copyMemory(from: element.raw, byteCount: element.count)
                ListValue.pop(from, in: source)
                ListValue.push(ByteSlice(UnsafeRawPointer(copy), count: element.count), to, in: source)
            }
            engine.notify(.list, to == .head ? "lpush" : "rpush", call[2])
            engine.notify(.list, event(from), call.key)
        } else {
            let slot = target ?? makeList(&engine, call[2], targetHash, capacity: element.count)
            ListValue.push(element, to, in: slot)
            engine.notify(.list, to == .head ? "lpush" : "rpush", call[2])
            // A new key may have moved the source's place in the table.
            if let source = engine.database.pointee.find(call.key, call.hash) {
                ListValue.pop(from, in: source)
                engine.notify(.list, event(from), call.key)
                if ListValue.count(source.entry) == 0 { removeEmpty(&engine, call.key, call.hash, source) }
            }
        }
        engine.dirty += 1
        return true
    }

    /// LMPOP numkeys key … LEFT|RIGHT [COUNT count]
    static func popFromFirst(_ engine: inout Engine, _ call: Call) {
        guard let request = MultiPop(&engine, call, from: 1) else { return }
        if request.serve(&engine, call) == .nothing { engine.reply.nullArray() }
    }

    /// What LMPOP and BLMPOP ask for: some elements from one end of the first list that has any.
    struct MultiPop {
        let keys: Range<Int>
        let end: End
        let count: Int

        enum Outcome {
            case served, failed, nothing
        }

        /// Nil with the error written when the arguments from `start` on are malformed.
        init?(_ engine: inout Engine, _ call: Call, from start: Int) {
            guard
                let number = engine.integer(
                    call[start],
                    in: 1...Int64.max,
                    orFail: "ERR numkeys should be greater than 0"
                )
            else { return nil }
            guard number <= Int64(call.count), start + 1 + Int(number) < call.count else {
                engine.syntaxError()
                return nil
            }
            keys = (start + 1)..<(start + 1 + Int(number))
            guard let end = ListCommands.end(&engine, call, keys.upperBound) else { return nil }
            self.end = end
            var count: Int64?
            var index = keys.upperBound + 1
            while index < call.count {
                guard count == nil, index + 1 < call.count, call.isWord(index, "COUNT") else {
                    engine.syntaxError()
                    return nil
                }
                guard
                    let value = engine.integer(
                        call[index + 1],
                        in: 1...Int64.max,
                        orFail: "ERR count should be greater than 0"
                    )
                else {
                    return nil
                }
                count = value
                index += 2
            }
            self.count = Int(count ?? 1)
        }

        func serve(_ engine: inout Engine, _ call: Call) -> Outcome {
            for index in keys where engine.mayServe(from: call[index]) {
                let hash = engine.hash(call[index])
                var slot: Slot?
                guard engine.find(call[index], hash, .list, &slot) else { return .failed }
                guard let slot else { continue }
                let number = min(count, ListValue.count(slot.entry))
                engine.reply.array(2)
                engine.reply.bulk(call[index])
                ListCommands.popMany(&engine, call[index], hash, slot, end, number)
                engine.changedKey = index
                engine.recordPop(call[index], end, count: number)
                return .served
            }
            return .nothing
        }
    }
}

extension Engine {
    /// Records that elements were popped: LPOP or RPOP, of the one key that had any.
    mutating func recordPop(_ key: ByteSlice, _ end: ListBlock.End, count: Int?) {
        guard effects.isRecording else { return }
        effects.begin(count == nil ? 2 : 3, database: databaseIndex)
        effects.append(end == .head ? "LPOP" : "RPOP")
        effects.append(key)
        if let count { effects.append(decimal: Int64(count)) }
        isEffectRecorded = true
    }
}
