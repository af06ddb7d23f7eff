/// A statement's shape: its tokens hashed with the literals lifted out, for plan caching.
///
///     SELECT a FROM t WHERE id = 17      ─▶  hash("select a from t where id = ?int"),  literals [(26, 2, integer)]
///
/// Two texts with equal shapes lex into the same tokens but for their literals' values. A hash can collide: whoever
/// caches must compare shapes (`isSameShape`) before trusting a hit. O(length), no allocation once the arrays have grown.
public struct Fingerprint {
    @frozen
    public enum LiteralKind: UInt8, Sendable { case integer, numeric, string }

    @frozen
    public struct Literal: Sendable {
        /// The source bytes of the whole token, quotes included.
        public var offset: UInt32
        public var length: UInt32
        public var kind: LiteralKind
        /// The value's text is the token's inside, as it stands: no escapes to resolve, no continuation.
        public var isPlain: Bool
    }

    public private(set) var hash: UInt64 = 0
    public private(set) var literals: [Literal] = []
    /// Whether the text is one statement without lexical errors, and short enough to be worth caching.
    public private(set) var isUsable = false

    public init() {}

    private static let longestText = 16_384

    /// Scans the text; the former contents are replaced.
    public mutating func scan(_ text: UnsafeRawBufferPointer, standardConformingStrings: Bool = true) {
        literals.removeAll(keepingCapacity: true)
        isUsable = false
        hash = 0xCBF2_9CE4_8422_2325
        guard let start = text.baseAddress, text.count <= Self.longestText else { return }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        let count = text.count
        var index = 0
        var sum = hash
        var sawSemicolon = false
        @inline(__always)
        func mix(_ byte: UInt8) { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        while index < count {
            let byte = bytes[index]
            if Lexer.isSpace(byte) {
                index += 1
                continue
            }
            // Text behind a semicolon: several statements.
            if sawSemicolon { return }
            // Any break between tokens counts the same.
            mix(0x20)
            switch byte {
            case 0x30...0x39:
                let begin = index
                var kind = LiteralKind.integer
                while index < count, bytes[index] &- 0x30 < 10 { index += 1 }
                if index < count, bytes[index] == 0x2E || bytes[index] | 0x20 == 0x65 {
                    kind = .numeric
                    while index < count, bytes[index] &- 0x30 < 10 || bytes[index] == 0x2E { index += 1 }
                    if index < count, bytes[index] | 0x20 == 0x65 {
                        index += 1
                        if index < count, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
                        while index < count, bytes[index] &- 0x30 < 10 { index += 1 }
                    }
                } else if index - begin > 9 {
                    // May be beyond int4: of another type, so of another shape.
                    var value: UInt64 = 0
                    for position in begin..<index { value = value &* 10 &+ UInt64(bytes[position] &- 0x30) }
                    if index - begin > 18 || value > UInt64(Int32.max) { kind = .numeric }
                    if index - begin > 18 || value > UInt64(Int64.max) { return }
                    if kind == .numeric { mix(3) }
                }
                if index < count, bytes[index] == 0x5F || (bytes[index] | 0x20) &- 0x61 < 26 || bytes[index] >= 0x80 {
                    return
                }
                mix(1 &+ kind.rawValue)
                literals.append(
                    Literal(
                        offset: UInt32(truncatingIfNeeded: begin),
                        length: UInt32(truncatingIfNeeded: index - begin),
                        kind: kind,
                        isPlain: true
                    )
                )
            case 0x27:
                let begin = index
                index += 1
                var isPlain = true
                while true {
                    guard index < count else { return }
                    if bytes[index] == 0x27 {
                        index += 1
                        if index < count, bytes[index] == 0x27 {
                            isPlain = false
                        } else {
                            break
                        }
                    } else if bytes[index] == 0x5C, !standardConformingStrings {
                        return
                    }
                    index += 1
                }
                // A literal that goes on in the next line is rare: leave it to the parser.
                var ahead = index
                while ahead < count, Lexer.isSpace(bytes[ahead]) { ahead += 1 }
                if ahead < count, bytes[ahead] == 0x27 { return }
                mix(1 &+ LiteralKind.string.rawValue)
                literals.append(
                    Literal(
                        offset: UInt32(truncatingIfNeeded: begin),
                        length: UInt32(truncatingIfNeeded: index - begin),
                        kind: .string,
                        isPlain: isPlain
                    )
                )
            case 0x22:
                mix(byte)
                index += 1
                while index < count, bytes[index] != 0x22 {
                    mix(bytes[index])
                    index += 1
                }
                guard index < count else { return }
                mix(0x22)
                index += 1
            case 0x24:
                // $n is part of the shape; $tag$ is left to the parser.
                mix(byte)
                index += 1
                guard index < count, bytes[index] &- 0x30 < 10 else { return }
                while index < count, bytes[index] &- 0x30 < 10 {
                    mix(bytes[index])
                    index += 1
                }
            case 0x3B:
                sawSemicolon = true
                index += 1
            case 0x2D where index + 1 < count && bytes[index + 1] == 0x2D,
                0x2F where index + 1 < count && bytes[index + 1] == 0x2A:
                // Comments are rare in what is worth caching.
                return
            case 0x5F, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF:
                // E'…', B'…', X'…', N'…', U&'…': left to the parser.
                if index + 1 < count, bytes[index + 1] == 0x27 { return }
                if byte | 0x20 == 0x75, index + 1 < count, bytes[index + 1] == 0x26 { return }
                while index < count {
                    let part = bytes[index]
                    let isPart =
                        (part | 0x20) &- 0x61 < 26 || part &- 0x30 < 10 || part == 0x5F || part == 0x24 || part >= 0x80
                    guard isPart else { break }
                    mix(part &- 0x41 < 26 ? part | 0x20 : part)
                    index += 1
                }
            default:
                mix(byte)
                index += 1
                // .5 would be a number.
                if byte == 0x2E, index < count, bytes[index] &- 0x30 < 10 { return }
                // Operators of several characters stay apart from the same characters with a space between.
                if index < count, !Lexer.isSpace(bytes[index]) { mix(4) }
            }
        }
        hash = sum
        isUsable = true
    }

    /// Whether two scanned texts have the same shape: equal but for the literals' values, white space and letter case
    /// outside of quotes. O(length).
    public static func isSameShape(
        _ left: UnsafeRawBufferPointer,
        _ leftLiterals: [Literal],
        _ right: UnsafeRawBufferPointer,
        _ rightLiterals: [Literal]
    ) -> Bool {
        guard leftLiterals.count == rightLiterals.count else { return false }
        var leftIndex = 0
        var rightIndex = 0
        var literal = 0
        var isQuoted = false
        while true {
            var leftSpace = false
            var rightSpace = false
            if !isQuoted {
                while leftIndex < left.count, Lexer.isSpace(left[leftIndex]) {
                    leftIndex += 1
                    leftSpace = true
                }
                while rightIndex < right.count, Lexer.isSpace(right[rightIndex]) {
                    rightIndex += 1
                    rightSpace = true
                }
                if leftSpace != rightSpace, leftIndex < left.count || rightIndex < right.count {
                    // A space more is harmless only beside something that is no word and no operator.
                    guard leftIndex > 0, rightIndex > 0, leftIndex < left.count, rightIndex < right.count else {
                        if leftIndex == 0 || rightIndex == 0 { continue }
                        return leftIndex >= left.count && rightIndex >= right.count
                    }
                    let neighbours = leftSpace ? right : left
                    let position = leftSpace ? rightIndex : leftIndex
                    if !isSeparator(neighbours[position]), !isSeparator(neighbours[position - 1]) { return false }
                }
            }
            if leftIndex >= left.count || rightIndex >= right.count {
                return leftIndex >= left.count && rightIndex >= right.count && literal == leftLiterals.count
            }
            if !isQuoted, literal < leftLiterals.count, leftIndex == Int(leftLiterals[literal].offset) {
                guard rightIndex == Int(rightLiterals[literal].offset),
                    leftLiterals[literal].kind == rightLiterals[literal].kind
                else { return false }
                leftIndex += Int(leftLiterals[literal].length)
                rightIndex += Int(rightLiterals[literal].length)
                literal += 1
                continue
            }
            var leftByte = left[leftIndex]
            var rightByte = right[rightIndex]
            if leftByte == 0x22 { isQuoted.toggle() }
            if !isQuoted {
                if leftByte &- 0x41 < 26 { leftByte |= 0x20 }
                if rightByte &- 0x41 < 26 { rightByte |= 0x20 }
            }
            if leftByte != rightByte { return false }
            leftIndex += 1
            rightIndex += 1
        }
    }

    /// ( ) , ; [ ] never join with a neighbour.
    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x28, 0x29, 0x2C, 0x3B, 0x5B, 0x5D: true
        default: false
        }
    }
}
