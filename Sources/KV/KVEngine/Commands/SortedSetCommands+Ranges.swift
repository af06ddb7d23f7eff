import RESP

/// Ranges of sorted sets: by rank, score and member, read, counted, stored and removed.
///
///     arguments ─▶ RangeRequest ─▶ range of ranks ─▶ reply, another sorted set, or removal
extension SortedSetCommands {
    /// How a range is meant, and from which end it is walked.
    private enum RangeKind {
        case rank, score, member
    }

    /// The forms of ZRANGE: what the command's name fixes, its options may not say again.
    private struct RangeForm {
        var kind: RangeKind?
        var reversed: Bool?
        /// ZRANGESTORE: the source stands one argument later.
        var stores = false
    }

    /// ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
    static func range(_ engine: inout Engine, _ call: Call) { range(&engine, call, RangeForm()) }

    /// ZREVRANGE key start stop [WITHSCORES]
    static func reverseRange(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(kind: .rank, reversed: true))
    }

    /// ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]
    static func rangeByScore(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(kind: .score, reversed: false))
    }

    /// ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]
    static func reverseRangeByScore(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(kind: .score, reversed: true))
    }

    /// ZRANGEBYLEX key min max [LIMIT offset count]
    static func rangeByMember(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(kind: .member, reversed: false))
    }

    /// ZREVRANGEBYLEX key max min [LIMIT offset count]
    static func reverseRangeByMember(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(kind: .member, reversed: true))
    }

    /// ZRANGESTORE destination source start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count]
    static func rangeStore(_ engine: inout Engine, _ call: Call) {
        range(&engine, call, RangeForm(stores: true))
    }

    private static func range(_ engine: inout Engine, _ call: Call, _ form: RangeForm) {
        let source = form.stores ? 2 : 1
        var form = form
        var withScores = false
        var offset: Int64 = 0
        var limit: Int64 = -1
        var index = source + 3
        while index < call.count {
            if !form.stores, call.isWord(index, "WITHSCORES") {
                withScores = true
            } else if call.isWord(index, "LIMIT"), index + 2 < call.count {
                guard let first = engine.integer(call[index + 1]), let second = engine.integer(call[index + 2]) else {
                    return
                }
                (offset, limit) = (first, second)
                index += 2
            } else if form.reversed == nil, call.isWord(index, "REV") {
                form.reversed = true
            } else if form.kind == nil, call.isWord(index, "BYLEX") {
                form.kind = .member
            } else if form.kind == nil, call.isWord(index, "BYSCORE") {
                form.kind = .score
            } else {
                return engine.syntaxError()
            }
            index += 1
        }
        let kind = form.kind ?? .rank
        let reversed = form.reversed ?? false
        if limit != -1, kind == .rank {
            return engine.fail(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
            )
        }
        if withScores, kind == .member {
            return engine.fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        }
        // A walk from the end names the higher bound first.
        let swaps = reversed && kind != .rank
        let lower = call[swaps ? source + 2 : source + 1]
        let upper = call[swaps ? source + 1 : source + 2]
        guard let bounds = parse(&engine, kind, lower, upper) else { return }
        var found: Slot?
        let hash = source == 1 ? call.hash : engine.hash(call[source])
        guard engine.look(up: call[source], hash, .sortedSet, &found) else { return }
        guard let slot = found else {
            return form.stores ? store(&engine, call.key, call.hash, [], "zrangestore") : engine.reply.array(0)
        }
        let entry = slot.entry
        var ranks = bounds.ranks(entry, reversed)
        if kind != .rank { ranks = limited(ranks, offset, limit, reversed) }
        if form.stores {
            var elements: [(ByteSlice, Double)] = []
            elements.reserveCapacity(ranks.count)
            SortedSetValue.forEach(entry, ranks, reversed: reversed) { elements.append(($0, $1)) }
            return store(&engine, call.key, call.hash, elements, "zrangestore", isWhole: false)
        }
        self.elements(&engine, ranks.count, withScores)
        SortedSetValue.forEach(entry, ranks, reversed: reversed) { write(&engine, $0, $1, withScores) }
    }

    /// The part of a range that LIMIT leaves, counted from the end the walk begins at.
    private static func limited(_ ranks: Range<Int>, _ offset: Int64, _ limit: Int64, _ reversed: Bool) -> Range<Int> {
        guard offset >= 0, offset < Int64(ranks.count) else { return 0..<0 }
        let skipped = Int(offset)
        let kept = limit < 0 ? ranks.count - skipped : Int(min(limit, Int64(ranks.count - skipped)))
        return reversed
            ? (ranks.upperBound - skipped - kept)..<(ranks.upperBound - skipped)
            : (ranks.lowerBound + skipped)..<(ranks.lowerBound + skipped + kept)
    }

    /// A range as it was written.
    private enum Bounds {
        case ranks(Int64, Int64)
        case scores(ScoreRange)
        case members(LexRange)

        /// Which elements it means, as ranks from the low end.
        func ranks(_ entry: Entry, _ reversed: Bool) -> Range<Int> {
            switch self {
            case .scores(let range): return SortedSetValue.ranks(of: range, in: entry)
            case .members(let range): return SortedSetValue.ranks(of: range, in: entry, reversed: reversed)
            case .ranks(let start, let end):
                // Negative ones count from the end.
                let count = Int64(SortedSetValue.count(entry))
                let first = max(0, start < 0 ? start &+ count : start)
                let last = min(count - 1, end < 0 ? end &+ count : end)
                guard first <= last, first < count else { return 0..<0 }
                return reversed ? Int(count - 1 - last)..<Int(count - first) : Int(first)..<Int(last + 1)
            }
        }
    }

    private static func parse(
        _ engine: inout Engine,
        _ kind: RangeKind,
        _ lower: ByteSlice,
        _ upper: ByteSlice
    ) -> Bounds? {
        switch kind {
        case .rank:
            guard let start = engine.integer(lower), let end = engine.integer(upper) else { return nil }
            return .ranks(start, end)
        case .score:
            if let range = ScoreRange(lower, upper) { return .scores(range) }
            engine.fail("ERR min or max is not a float")
        case .member:
            if let range = LexRange(lower, upper) { return .members(range) }
            engine.fail("ERR min or max not valid string range item")
        }
        return nil
    }

    // MARK: Counting

    /// ZCOUNT key min max
    static func countByScore(_ engine: inout Engine, _ call: Call) { countRange(&engine, call, .score) }
    /// ZLEXCOUNT key min max
    static func countByMember(_ engine: inout Engine, _ call: Call) { countRange(&engine, call, .member) }

    private static func countRange(_ engine: inout Engine, _ call: Call, _ kind: RangeKind) {
        guard let bounds = parse(&engine, kind, call[2], call[3]) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        engine.reply.integer(slot.map { bounds.ranks($0.entry, false).count } ?? 0)
    }

    // MARK: Removing

    /// ZREMRANGEBYRANK key start stop
    static func removeByRank(_ engine: inout Engine, _ call: Call) {
        removeRange(&engine, call, .rank, "zremrangebyrank")
    }
    /// ZREMRANGEBYSCORE key min max
    static func removeByScore(_ engine: inout Engine, _ call: Call) {
        removeRange(&engine, call, .score, "zremrangebyscore")
    }
    /// ZREMRANGEBYLEX key min max
    static func removeByMember(_ engine: inout Engine, _ call: Call) {
        removeRange(&engine, call, .member, "zremrangebylex")
    }

    private static func removeRange(
        _ engine: inout Engine,
        _ call: Call,
        _ kind: RangeKind,
        _ event: StaticString
    ) {
        guard let bounds = parse(&engine, kind, call[2], call[3]) else { return }
        var found: Slot?
        guard engine.find(call.key, call.hash, .sortedSet, &found) else { return }
        guard let slot = found else { return engine.reply.integer(0) }
        let ranks = bounds.ranks(slot.entry, false)
        SortedSetValue.remove(ranks, in: slot, engine.hash)
        finishRemoval(&engine, call.key, call.hash, slot, ranks.count, event)
        engine.reply.integer(ranks.count)
    }

    // MARK: Storing

    /// Puts a sorted set of `elements` (no member twice) at `key` in place of whatever is there, and replies with its
    /// size; without elements the key is removed. The members may lie in the value that is replaced.
    /// - Parameter isWhole: whether redis would know all elements before it chooses an encoding.
    static func store(
        _ engine: inout Engine,
        _ key: ByteSlice,
        _ hash: UInt64,
        _ elements: [(ByteSlice, Double)],
        _ event: StaticString,
        isWhole: Bool = true
    ) {
        let existing = engine.find(key, hash)
        guard !elements.isEmpty else {
            if let existing {
                engine.remove(existing, hash)
                engine.dirty &+= 1
                engine.notify(.generic, "del", key)
            }
            return engine.reply.integer(0)
        }
        let empty = SortedSetValue.makeEmpty(key: key, expiry: nil, clock: engine.clock)
        // The old value is freed last, since members may point into it.
        let old = existing.map { engine.database.pointee.exchange($0, for: empty) }
        let slot = existing ?? engine.database.pointee.insert(empty, hash)
        let limits = thresholds(engine)
        // What redis makes in one piece is a skiplist from the start when it will be one, and keeps minus zeros.
        let isLong = elements.count > limits.entries
        if isLong || isWhole && elements.contains(where: { $0.0.count > limits.value }) {
            SortedSetValue.callSkiplist(slot.entry)
        }
        for (member, score) in elements { SortedSetValue.insert(member, score, in: slot, engine.hash, limits) }
        if let old { engine.database.pointee.release(old) }
        engine.dirty &+= 1
        engine.notify(.sortedSet, event, key)
        engine.reply.integer(elements.count)
    }
}
