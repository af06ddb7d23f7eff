import Bytes
import RESP

/// Union, intersection and difference of sorted sets and plain sets, whose members count as having score 1.
extension SortedSetCommands {
    private enum Operation {
        case union, intersection, difference
    }

    private enum Aggregate {
        case sum, minimum, maximum

        /// Joins the scores that one member has in two sets; what is no number (inf - inf) becomes 0.
        func join(_ first: Double, _ second: Double) -> Double {
            switch self {
            case .sum:
                let sum = first + second
                return sum.isNaN ? 0 : sum
            case .minimum: return second < first ? second : first
            case .maximum: return second > first ? second : first
            }
        }
    }

    /// ZUNION numkeys key … [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]
    static func union(_ engine: inout Engine, _ call: Call) { combine(&engine, call, .union) }
    /// ZINTER numkeys key … [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]
    static func intersection(_ engine: inout Engine, _ call: Call) { combine(&engine, call, .intersection) }
    /// ZDIFF numkeys key … [WITHSCORES]
    static func difference(_ engine: inout Engine, _ call: Call) { combine(&engine, call, .difference) }
    /// ZINTERCARD numkeys key … [LIMIT limit]
    static func intersectionCount(_ engine: inout Engine, _ call: Call) {
        combine(&engine, call, .intersection, counts: true)
    }
    /// ZUNIONSTORE destination numkeys key … [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]
    static func unionStore(_ engine: inout Engine, _ call: Call) {
        combine(&engine, call, .union, event: "zunionstore")
    }
    /// ZINTERSTORE destination numkeys key … [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]
    static func intersectionStore(_ engine: inout Engine, _ call: Call) {
        combine(&engine, call, .intersection, event: "zinterstore")
    }
    /// ZDIFFSTORE destination numkeys key …
    static func differenceStore(_ engine: inout Engine, _ call: Call) {
        combine(&engine, call, .difference, event: "zdiffstore")
    }

    /// One of the sets that are combined.
    private struct Source {
        /// Nil for a key that does not exist.
        let entry: Entry?
        var weight = 1.0

        static func accepts(_ type: ValueType) -> Bool { type == .sortedSet || type == .set }

        var count: Int {
            guard let entry else { return 0 }
            return entry.type == .set ? SetValue.count(entry) : SortedSetValue.count(entry)
        }

        /// Shows every member and its score; the slice is good until `body` returns.
        func forEach(_ body: (ByteSlice, Double) -> Void) {
            guard let entry else { return }
            if entry.type == .set {
                SetValue.forEach(entry) { body($0, 1) }
            } else {
                SortedSetValue.forEach(entry, body)
            }
        }

        func score(of member: ByteSlice, _ hash: KeyHash) -> Double? {
            guard let entry else { return nil }
            if entry.type == .set { return SetValue.contains(member, in: entry, hash) ? 1 : nil }
            return SortedSetValue.score(of: member, in: entry, hash)
        }
    }

    private static func combine(
        _ engine: inout Engine,
        _ call: Call,
        _ operation: Operation,
        counts: Bool = false,
        event: StaticString? = nil
    ) {
        let numberIndex = event == nil ? 1 : 2
        guard let number = engine.integer(call[numberIndex]) else { return }
        guard number > 0 else {
            return engine.fail("ERR at least 1 input key is needed for '\(call.fullName)' command")
        }
        guard number <= Int64(call.count - numberIndex - 1) else { return engine.syntaxError() }
        var index = numberIndex + 1 + Int(number)
        var sources: [Source] = []
        for key in (numberIndex + 1)..<index {
            let entry = engine.look(up: call[key])?.entry
            if let entry, !Source.accepts(entry.type) { return engine.wrongType() }
            sources.append(Source(entry: entry))
        }
        var aggregate = Aggregate.sum
        var withScores = false
        var limit: Int64 = 0
        let weighs = operation != .difference && !counts
        while index < call.count {
            let remaining = call.count - index
            if weighs, remaining > sources.count, call.isWord(index, "WEIGHTS") {
                for source in sources.indices {
                    guard let weight = Score.parse(call[index + 1 + source]) else {
                        return engine.fail("ERR weight value is not a float")
                    }
                    sources[source].weight = weight
                }
                index += 1 + sources.count
            } else if weighs, remaining >= 2, call.isWord(index, "AGGREGATE") {
                if call.isWord(index + 1, "SUM") {
                    aggregate = .sum
                } else if call.isWord(index + 1, "MIN") {
                    aggregate = .minimum
                } else if call.isWord(index + 1, "MAX") {
                    aggregate = .maximum
                } else {
                    return engine.syntaxError()
                }
                index += 2
            } else if event == nil, !counts, call.isWord(index, "WITHSCORES") {
                withScores = true
                index += 1
            } else if counts, remaining >= 2, call.isWord(index, "LIMIT") {
                guard let value = ASCII.parseInt64(call[index + 1].buffer), value >= 0 else {
                    return engine.fail("ERR LIMIT can't be negative")
                }
                limit = value
                index += 2
            } else {
                return engine.syntaxError()
            }
        }
        // From the smallest to the largest, which also decides in which order scores are added.
        if operation != .difference { sources.sort { $0.count < $1.count } }
        if counts { return engine.reply.integer(count(sources, limit, engine.hash)) }
        let result =
            switch operation {
            case .union: union(sources, aggregate, engine.hash)
            case .intersection: intersection(sources, aggregate, engine.hash)
            case .difference: difference(sources, engine.hash)
            }
        finish(&engine, call, result, withScores, event)
        for entry in result { entry.deallocate() }
    }

    /// Sorts the result and replies with it or stores it.
    private static func finish(
        _ engine: inout Engine,
        _ call: Call,
        _ result: [Entry],
        _ withScores: Bool,
        _ event: StaticString?
    ) {
        let sorted = result.map { ($0.key, $0.score) }.sorted { $0.1 < $1.1 || $0.1 == $1.1 && $0.0.precedes($1.0) }
        if let event { return store(&engine, call.key, call.hash, sorted, event) }
        elements(&engine, sorted.count, withScores)
        for (member, score) in sorted { write(&engine, member, score, withScores) }
    }

    // Results are entries as a large sorted set has them, to be freed by the caller: what a source shows does not last.

    private static func union(_ sources: [Source], _ aggregate: Aggregate, _ hash: KeyHash) -> [Entry] {
        var table = EntryTable(hash: hash)
        for source in sources {
            source.forEach { member, score in
                var weighted = score * source.weight
                if weighted.isNaN { weighted = 0 }
                let memberHash = hash(member)
                if let found = table.find(member, memberHash)?.entry {
                    found.score = aggregate.join(found.score, weighted)
                } else {
                    _ = table.insert(LargeSortedSet.makeEntry(member, weighted), memberHash)
                }
            }
        }
        var result: [Entry] = []
        result.reserveCapacity(table.count)
        table.forEach { result.append($0) }
        return result
    }

    private static func intersection(_ sources: [Source], _ aggregate: Aggregate, _ hash: KeyHash) -> [Entry] {
        var result: [Entry] = []
        sources[0].forEach { member, score in
            var joined = score * sources[0].weight
            if joined.isNaN { joined = 0 }
            for source in sources.dropFirst() {
                guard let other = source.score(of: member, hash) else { return }
                joined = aggregate.join(joined, other * source.weight)
            }
            result.append(LargeSortedSet.makeEntry(member, joined))
        }
        return result
    }

    private static func difference(_ sources: [Source], _ hash: KeyHash) -> [Entry] {
        var result: [Entry] = []
        sources[0].forEach { member, score in
            for source in sources.dropFirst() where source.score(of: member, hash) != nil { return }
            result.append(LargeSortedSet.makeEntry(member, score))
        }
        return result
    }

    private static func count(_ sources: [Source], _ limit: Int64, _ hash: KeyHash) -> Int {
        var count = 0
        sources[0].forEach { member, _ in
            if limit > 0, count >= limit { return }
            for source in sources.dropFirst() where source.score(of: member, hash) == nil { return }
            count += 1
        }
        return count
    }
}
