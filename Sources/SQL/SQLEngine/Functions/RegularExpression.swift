import SQLTypes

/// A regular expression: the part of PostgreSQL's advanced syntax that queries use, matched by backtracking.
///
/// Alternation, groups (capturing, `(?:`), bracket expressions with ranges and classes, `* + ? {m,n}` greedy and lazy,
/// anchors, `\d \w \s \y \m \M`, back to literals by `\`. Leftmost match; alternatives in order (PostgreSQL prefers the
/// longest: where that differs, only the length of the match does). Steps are limited, so a pathological pattern is an
/// error rather than a hang. Not here: back references, look-around, collating elements.
struct RegularExpression {
    struct Match {
        /// Byte ranges: the whole first, then the groups; nil for a group that took no part.
        var groups: [Swift.Range<Int>?]
    }

    private indirect enum Piece {
        case character(UInt32)
        case any
        case set([ClosedRange<UInt32>], negated: Bool)
        case start, end
        case wordBoundary(start: Bool, end: Bool)
        case group([[Piece]], capture: Int?)
        case repeated(Piece, minimum: Int, maximum: Int, isGreedy: Bool)
    }

    private let alternatives: [[Piece]]
    private let groupCount: Int
    private let ignoringCase: Bool

    private static let stepLimit = 2_000_000

    init(_ pattern: [UInt8], ignoringCase: Bool) throws(SQLError) {
        var parser = PatternParser(pattern)
        if pattern.starts(with: Array("***:".utf8)) { parser.index = 4 }
        var ignoring = ignoringCase
        if let options = parser.takeOptions() { ignoring = ignoring || options.contains("i") }
        alternatives = try parser.parseAlternatives(0)
        guard parser.index == parser.scalars.count else { throw PatternParser.failure("parentheses () not balanced") }
        groupCount = parser.groups
        self.ignoringCase = ignoring
    }

    // MARK: parsing

    private struct PatternParser {
        var scalars: [UInt32]
        var index = 0
        var groups = 0

        init(_ pattern: [UInt8]) {
            scalars = String(decoding: pattern, as: UTF8.self).unicodeScalars.map { $0.value }
        }

        static func failure(_ reason: String) -> SQLError {
            SQLError(.invalidRegularExpression, "invalid regular expression: \(reason)")
        }

        mutating func takeOptions() -> String? {
            guard index + 2 < scalars.count, scalars[index] == 0x28, scalars[index + 1] == 0x3F else { return nil }
            var end = index + 2
            var text = ""
            while end < scalars.count, let scalar = Unicode.Scalar(scalars[end]), scalar.properties.isAlphabetic {
                text.unicodeScalars.append(scalar)
                end += 1
            }
            guard end < scalars.count, scalars[end] == 0x29, !text.isEmpty else { return nil }
            index = end + 1
            return text
        }

        mutating func parseAlternatives(_ depth: Int) throws(SQLError) -> [[Piece]] {
            guard depth < 100 else { throw Self.failure("regular expression is too complex") }
            var result: [[Piece]] = [[]]
            while index < scalars.count {
                let scalar = scalars[index]
                if scalar == 0x29 {
                    if depth == 0 { throw Self.failure("parentheses () not balanced") }
                    return result
                }
                if scalar == 0x7C {
                    index += 1
                    result.append([])
                    continue
                }
                let piece = try parseQuantified(depth)
                result[result.count - 1].append(piece)
            }
            return result
        }

        private mutating func parseQuantified(_ depth: Int) throws(SQLError) -> Piece {
            var piece = try parseAtom(depth)
            while index < scalars.count {
                var minimum = 0
                var maximum = Int.max
                switch scalars[index] {
                case 0x2A: index += 1
                case 0x2B:
                    minimum = 1
                    index += 1
                case 0x3F:
                    maximum = 1
                    index += 1
                case 0x7B:
                    guard let bounds = try parseBounds() else { return piece }
                    (minimum, maximum) = bounds
                default: return piece
                }
                var isGreedy = true
                if index < scalars.count, scalars[index] == 0x3F {
                    isGreedy = false
                    index += 1
                }
                piece = .repeated(piece, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
            }
            return piece
        }

        private mutating func parseBounds() throws(SQLError) -> (Int, Int)? {
            var position = index + 1
            func number() -> Int? {
                var value: Int?
                while position < scalars.count, scalars[position] >= 0x30, scalars[position] <= 0x39 {
                    value = min((value ?? 0) * 10 + Int(scalars[position] - 0x30), 100_000)
                    position += 1
                }
                return value
            }
            guard let low = number() else { return nil }
            var high: Int? = low
            if position < scalars.count, scalars[position] == 0x2C {
                position += 1
                high = number()
            }
            guard position < scalars.count, scalars[position] == 0x7D else {
                throw Self.failure("braces {} not balanced")
            }
            if low > 255 || (high ?? 0) > 255 || (high ?? low) < low {
                throw Self.failure("invalid repetition count(s)")
            }
            index = position + 1
            return (low, high ?? .max)
        }

        private mutating func parseAtom(_ depth: Int) throws(SQLError) -> Piece {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case 0x2E: return .any
            case 0x5E: return .start
            case 0x24: return .end
            case 0x28:
                var capture: Int?
                if index + 1 < scalars.count, scalars[index] == 0x3F {
                    guard scalars[index + 1] == 0x3A else { throw Self.failure("look-around is not supported") }
                    index += 2
                } else {
                    groups += 1
                    capture = groups
                }
                let inner = try parseAlternatives(depth + 1)
                guard index < scalars.count, scalars[index] == 0x29 else {
                    throw Self.failure("parentheses () not balanced")
                }
                index += 1
                return .group(inner, capture: capture)
            case 0x5B: return try parseBrackets()
            case 0x5C: return try parseEscape()
            case 0x2A, 0x2B, 0x3F: throw Self.failure("quantifier operand invalid")
            default: return .character(scalar)
            }
        }

        private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        private static let words: [ClosedRange<UInt32>] = [
            0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0x10FFFF,
        ]
        private static let spaces: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

        private mutating func parseEscape() throws(SQLError) -> Piece {
            guard index < scalars.count else { throw Self.failure("invalid escape \\ sequence") }
            let scalar = scalars[index]
            index += 1
            switch Unicode.Scalar(scalar).map(Character.init) {
            case "d": return .set(Self.digits, negated: false)
            case "D": return .set(Self.digits, negated: true)
            case "w": return .set(Self.words, negated: false)
            case "W": return .set(Self.words, negated: true)
            case "s": return .set(Self.spaces, negated: false)
            case "S": return .set(Self.spaces, negated: true)
            case "n": return .character(10)
            case "t": return .character(9)
            case "r": return .character(13)
            case "f": return .character(12)
            case "A": return .start
            case "Z": return .end
            case "y": return .wordBoundary(start: true, end: true)
            case "m": return .wordBoundary(start: true, end: false)
            case "M": return .wordBoundary(start: false, end: true)
            case let character? where character.isLetter || character.isNumber:
                throw Self.failure("invalid escape \\ sequence")
            default: return .character(scalar)
            }
        }

        private mutating func parseBrackets() throws(SQLError) -> Piece {
            var ranges: [ClosedRange<UInt32>] = []
            var isNegated = false
            if index < scalars.count, scalars[index] == 0x5E {
                isNegated = true
                index += 1
            }
            var isFirst = true
            while true {
                guard index < scalars.count else { throw Self.failure("brackets [] not balanced") }
                var low = scalars[index]
                if low == 0x5D, !isFirst {
                    index += 1
                    return .set(ranges, negated: isNegated)
                }
                isFirst = false
                if low == 0x5B, index + 1 < scalars.count, scalars[index + 1] == 0x3A {
                    ranges.append(contentsOf: try parseClass())
                    continue
                }
                index += 1
                if low == 0x5C {
                    guard index < scalars.count else { throw Self.failure("invalid escape \\ sequence") }
                    let escaped = try parseEscape()
                    if case .set(let inner, negated: false) = escaped {
                        ranges.append(contentsOf: inner)
                        continue
                    }
                    if case .character(let value) = escaped { low = value }
                }
                if index + 1 < scalars.count, scalars[index] == 0x2D, scalars[index + 1] != 0x5D {
                    let high = scalars[index + 1]
                    index += 2
                    guard low <= high else { throw Self.failure("invalid character range") }
                    ranges.append(low...high)
                } else {
                    ranges.append(low...low)
                }
            }
        }

        private mutating func parseClass() throws(SQLError) -> [ClosedRange<UInt32>] {
            var name = ""
            index += 2
            while index < scalars.count, scalars[index] != 0x3A {
                if let scalar = Unicode.Scalar(scalars[index]) { name.unicodeScalars.append(scalar) }
                index += 1
            }
            guard index + 1 < scalars.count, scalars[index + 1] == 0x5D else {
                throw Self.failure("invalid character class")
            }
            index += 2
            switch name {
            case "alpha": return [0x41...0x5A, 0x61...0x7A, 0xAA...0x10FFFF]
            case "digit": return Self.digits
            case "alnum": return [0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0xAA...0x10FFFF]
            case "space": return Self.spaces
            case "upper": return [0x41...0x5A]
            case "lower": return [0x61...0x7A]
            case "punct": return [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
            case "xdigit": return [0x30...0x39, 0x41...0x46, 0x61...0x66]
            case "blank": return [0x09...0x09, 0x20...0x20]
            case "cntrl": return [0x00...0x1F, 0x7F...0x7F]
            case "print": return [0x20...0x7E, 0xA0...0x10FFFF]
            case "graph": return [0x21...0x7E, 0xA1...0x10FFFF]
            case "word": return Self.words
            default: throw Self.failure("invalid character class")
            }
        }
    }

    // MARK: matching

    private final class Run {
        let scalars: [UInt32]
        let ignoringCase: Bool
        var captures: [Swift.Range<Int>?]
        var steps = 0
        var failure: SQLError?
        init(_ scalars: [UInt32], _ groups: Int, _ ignoringCase: Bool) {
            self.scalars = scalars
            self.ignoringCase = ignoringCase
            captures = Array(repeating: nil, count: groups + 1)
        }

        func spend() -> Bool {
            steps += 1
            if steps > RegularExpression.stepLimit {
                failure = SQLError(
                    .invalidRegularExpression,
                    "regular expression failed: regular expression is too complex"
                )
                return false
            }
            return true
        }
    }

    private static func lower(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 { return scalar &- 0x41 < 26 ? scalar | 0x20 : scalar }
        return Unicode.Scalar(scalar)?.properties.lowercaseMapping.unicodeScalars.first?.value ?? scalar
    }

    /// The first match at or after a byte offset.
    func firstMatch(in text: [UInt8], from start: Int) throws(SQLError) -> Match? {
        var scalars: [UInt32] = []
        var offsets: [Int] = []
        var offset = 0
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            scalars.append(ignoringCase ? Self.lower(scalar.value) : scalar.value)
            offsets.append(offset)
            offset += Unicode.UTF8.width(scalar)
        }
        offsets.append(offset)
        let first = offsets.firstIndex { $0 >= start } ?? scalars.count
        var steps = 0
        for begin in first...max(first, scalars.count) {
            let run = Run(scalars, groupCount, ignoringCase)
            run.steps = steps
            var end: Int?
            if matchAlternatives(
                alternatives,
                begin,
                run,
                { position in
                    end = position
                    return true
                }
            ), let end {
                var groups: [Swift.Range<Int>?] = [offsets[begin]..<offsets[end]]
                for capture in run.captures.dropFirst() {
                    groups.append(capture.map { offsets[$0.lowerBound]..<offsets[$0.upperBound] })
                }
                return Match(groups: groups)
            }
            if let failure = run.failure { throw failure }
            steps = run.steps
        }
        return nil
    }

    func allMatches(in text: [UInt8], limit: Int) throws(SQLError) -> [Match] {
        var matches: [Match] = []
        var position = 0
        while matches.count < limit, position <= text.count, let match = try firstMatch(in: text, from: position),
            let whole = match.groups[0]
        {
            matches.append(match)
            position = whole.isEmpty ? whole.upperBound + 1 : whole.upperBound
        }
        return matches
    }

    /// Replaces matches; \1 … \9 and \& in the replacement stand for what was matched.
    func replace(in text: [UInt8], with replacement: [UInt8], all: Bool) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for match in try allMatches(in: text, limit: all ? .max : 1) {
            guard let whole = match.groups[0] else { continue }
            result.append(contentsOf: text[position..<whole.lowerBound])
            var index = 0
            while index < replacement.count {
                let byte = replacement[index]
                if byte == 0x5C, index + 1 < replacement.count {
                    let next = replacement[index + 1]
                    if next == UInt8(ascii: "&") {
                        result.append(contentsOf: text[whole])
                    } else if next >= 0x31, next <= 0x39 {
                        let number = Int(next - 0x30)
                        if number < match.groups.count, let range = match.groups[number] {
                            result.append(contentsOf: text[range])
                        }
                    } else {
                        result.append(next)
                    }
                    index += 2
                } else {
                    result.append(byte)
                    index += 1
                }
            }
            position = whole.upperBound
        }
        result.append(contentsOf: text[position...])
        return result
    }

    private typealias Continuation = (Int) -> Bool

    private func matchAlternatives(_ alternatives: [[Piece]], _ position: Int, _ run: Run, _ next: Continuation) -> Bool
    {
        for sequence in alternatives where matchSequence(sequence[...], position, run, next) { return true }
        return false
    }

    private func matchSequence(_ pieces: ArraySlice<Piece>, _ position: Int, _ run: Run, _ next: Continuation) -> Bool {
        guard run.spend() else { return false }
        guard let piece = pieces.first else { return next(position) }
        let rest = pieces.dropFirst()
        return match(piece, position, run) { matchSequence(rest, $0, run, next) }
    }

    private func match(_ piece: Piece, _ position: Int, _ run: Run, _ next: Continuation) -> Bool {
        switch piece {
        case .character(let scalar):
            let wanted = run.ignoringCase ? Self.lower(scalar) : scalar
            return position < run.scalars.count && run.scalars[position] == wanted && next(position + 1)
        case .any: return position < run.scalars.count && next(position + 1)
        case .set(let ranges, let negated):
            guard position < run.scalars.count else { return false }
            let scalar = run.scalars[position]
            var isInside = ranges.contains { $0.contains(scalar) }
            if !isInside, run.ignoringCase {
                let upper = Unicode.Scalar(scalar)?.properties.uppercaseMapping.unicodeScalars.first?.value ?? scalar
                isInside = ranges.contains { $0.contains(upper) }
            }
            return isInside != negated && next(position + 1)
        case .start: return position == 0 && next(position)
        case .end: return position == run.scalars.count && next(position)
        case .wordBoundary(let start, let end):
            func isWord(_ index: Int) -> Bool {
                guard index >= 0, index < run.scalars.count else { return false }
                let scalar = run.scalars[index]
                return (scalar >= 0x30 && scalar <= 0x39) || (scalar | 0x20) &- 0x61 < 26 || scalar == 0x5F
                    || scalar >= 0xAA
            }
            let before = isWord(position - 1)
            let after = isWord(position)
            return ((start && !before && after) || (end && before && !after)) && next(position)
        case .group(let alternatives, let capture):
            return matchAlternatives(alternatives, position, run) { end in
                guard let capture else { return next(end) }
                let saved = run.captures[capture]
                run.captures[capture] = position..<end
                if next(end) { return true }
                run.captures[capture] = saved
                return false
            }
        case .repeated(let inner, let minimum, let maximum, let isGreedy):
            // One character at a time needs no recursion per repetition.
            if case .group = inner {
            } else if case .repeated = inner {
            } else {
                return matchRun(inner, minimum, maximum, isGreedy, position, run, next)
            }
            return matchRepeated(inner, 0, minimum, maximum, isGreedy, position, run, next)
        }
    }

    private func matchRun(
        _ inner: Piece,
        _ minimum: Int,
        _ maximum: Int,
        _ isGreedy: Bool,
        _ position: Int,
        _ run: Run,
        _ next: Continuation
    ) -> Bool {
        func step(_ at: Int) -> Int? {
            var end: Int?
            _ = match(inner, at, run) {
                end = $0
                return true
            }
            return end
        }
        var ends = [position]
        if isGreedy {
            while ends.count - 1 < maximum, let last = ends.last, let end = step(last), end > last { ends.append(end) }
            while ends.count > minimum, let last = ends.popLast() {
                guard run.spend() else { return false }
                if next(last) { return true }
            }
            return false
        }
        var count = 0
        var current = position
        while true {
            if count >= minimum, next(current) { return true }
            guard run.spend(), count < maximum, let end = step(current), end > current || count < minimum else {
                return false
            }
            current = end
            count += 1
        }
    }

    private func matchRepeated(
        _ inner: Piece,
        _ count: Int,
        _ minimum: Int,
        _ maximum: Int,
        _ isGreedy: Bool,
        _ position: Int,
        _ run: Run,
        _ next: Continuation
    ) -> Bool {
        // Each repetition nests; a text that needs more than this is refused.
        guard run.spend(), count < 2000 else {
            if count >= 2000 {
                run.failure = SQLError(
                    .invalidRegularExpression,
                    "regular expression failed: regular expression is too complex"
                )
            }
            return false
        }
        func more() -> Bool {
            count < maximum
                && match(inner, position, run) { end in
                    if end == position, count >= minimum { return false }
                    return matchRepeated(inner, count + 1, minimum, maximum, isGreedy, end, run, next)
                }
        }
        if isGreedy { return more() || (count >= minimum && next(position)) }
        return (count >= minimum && next(position)) || more()
    }
}
