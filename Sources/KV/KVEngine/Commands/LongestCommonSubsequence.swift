import Bytes
import RESP

/// LCS key key [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]: the longest common subsequence of two strings.
///
/// Dynamic programming over a table of (a + 1) × (b + 1) lengths, then a walk back from its last cell; where both ways
/// are as long the walk goes along the second string, as redis does, so the same of several answers is found.
/// Time and memory are the product of the lengths: four bytes a cell, capped by proto-max-bulk-len.
enum LongestCommonSubsequence {
    private struct Match {
        var first: ClosedRange<Int>
        var second: ClosedRange<Int>
    }

    private struct Options {
        var wantsLength = false
        var wantsIndices = false
        var wantsMatchLength = false
        var shortest = 0
    }

    static func run(_ engine: inout Engine, _ call: Call) {
        let first = engine.look(up: call[1], call.hash)?.entry
        // The second look may remove an expired key, never the first one's live entry.
        let second = engine.look(up: call[2])?.entry
        if first.map({ $0.type != .string }) ?? false || second.map({ $0.type != .string }) ?? false {
            return engine.fail("ERR The specified keys must contain string values")
        }
        guard let options = parse(&engine, call) else { return }
        let a = first?.value ?? ByteSlice("")
        let b = second?.value ?? ByteSlice("")
        let (cells, overflow) = (a.count + 1).multipliedReportingOverflow(by: b.count + 1)
        guard !overflow, cells <= engine.settings.maximumBulkLength / 4 else {
            return engine.fail("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        }
        let width = b.count + 1
        var lengths = [UInt32](repeating: 0, count: cells)
        for i in 0..<a.count {
            for j in 0..<b.count {
                let above = lengths[i * width + j + 1]
                let left = lengths[(i + 1) * width + j]
                lengths[(i + 1) * width + j + 1] = a[i] == b[j] ? lengths[i * width + j] + 1 : max(above, left)
            }
        }
        let length = Int(lengths[cells - 1])
        if options.wantsLength { return engine.reply.integer(length) }
        let (text, matches) = walkBack(a, b, lengths, width)
        guard options.wantsIndices else { return engine.reply.bulk(text) }
        reply(&engine, matches.filter { $0.first.count >= options.shortest }, length, options)
    }

    private static func parse(_ engine: inout Engine, _ call: Call) -> Options? {
        var options = Options()
        var index = 3
        while index < call.count {
            if call.isWord(index, "LEN") {
                options.wantsLength = true
            } else if call.isWord(index, "IDX") {
                options.wantsIndices = true
            } else if call.isWord(index, "WITHMATCHLEN") {
                options.wantsMatchLength = true
            } else if call.isWord(index, "MINMATCHLEN"), index + 1 < call.count {
                guard let value = engine.integer(call[index + 1]) else { return nil }
                options.shortest = Int(max(0, value))
                index += 1
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        if options.wantsLength && options.wantsIndices {
            engine.fail("ERR If you want both the length and indexes, please just use IDX.")
            return nil
        }
        return options
    }

    /// The subsequence, and its runs from the last to the first.
    private static func walkBack(
        _ a: ByteSlice,
        _ b: ByteSlice,
        _ lengths: [UInt32],
        _ width: Int
    ) -> ([UInt8], [Match]) {
        var text: [UInt8] = []
        var matches: [Match] = []
        var i = a.count
        var j = b.count
        while i > 0, j > 0 {
            if a[i - 1] == b[j - 1] {
                i -= 1
                j -= 1
                text.append(a[i])
                if let last = matches.last, last.first.lowerBound == i + 1, last.second.lowerBound == j + 1 {
                    matches[matches.count - 1].first = i...last.first.upperBound
                    matches[matches.count - 1].second = j...last.second.upperBound
                } else {
                    matches.append(Match(first: i...i, second: j...j))
                }
            } else if lengths[(i - 1) * width + j] > lengths[i * width + j - 1] {
                i -= 1
            } else {
                j -= 1
            }
        }
        return (text.reversed(), matches)
    }

    private static func reply(_ engine: inout Engine, _ matches: [Match], _ length: Int, _ options: Options) {
        engine.reply.map(2)
        engine.reply.bulk("matches")
        engine.reply.array(matches.count)
        for match in matches {
            engine.reply.array(options.wantsMatchLength ? 3 : 2)
            for range in [match.first, match.second] {
                engine.reply.array(2)
                engine.reply.integer(range.lowerBound)
                engine.reply.integer(range.upperBound)
            }
            if options.wantsMatchLength { engine.reply.integer(match.first.count) }
        }
        engine.reply.bulk("len")
        engine.reply.integer(length)
    }
}
