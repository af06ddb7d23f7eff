/// PostgreSQL's lexical rules, by hand: identifiers and key words, '…', E'…', U&'…', $tag$…$tag$, B'…', X'…', "…", U&"…",
/// numbers, $n, operators, comments that nest.
///
/// The lexer reads `SyntaxTree.text` up to `sourceCount` and appends derived text (folded identifiers, unescaped strings)
/// behind it, so a token's value is always an offset and a length. Identifiers that are lower case already, and strings
/// without escapes, point into the source: no copying.
/// Errors wait in `error`; `next` then throws `Failure`.
struct Lexer {
    private let tree: SyntaxTree
    private let keywords = KeywordTable.shared
    private let count: Int
    private(set) var offset = 0
    var error: SyntaxError?

    init(_ tree: SyntaxTree) {
        self.tree = tree
        count = tree.sourceCount
    }

    /// Reads on from `offset`, which must be the start of a token seen before.
    mutating func rewind(to newOffset: Int) { offset = newOffset }

    @inline(__always)
    private func byte(_ index: Int) -> UInt8 { index < count ? tree.text[index] : 0 }

    /// Character classes: 1 identifier start, 2 digit, 4 `$`, 8 operator, 16 white space, 32 upper case.
    @inline(__always)
    private static func isIdentifierStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
    }
    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    @inline(__always)
    private static func isIdentifierPart(_ byte: UInt8) -> Bool {
        isIdentifierStart(byte) || isDigit(byte) || byte == 0x24
    }
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D && byte != 0x0B)
    }
    /// ~ ! @ # ^ & | ` ? + - * / % < > =
    @inline(__always)
    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x7E, 0x21, 0x40, 0x23, 0x5E, 0x26, 0x7C, 0x60, 0x3F, 0x2B, 0x2D, 0x2A, 0x2F, 0x25, 0x3C, 0x3E, 0x3D: true
        default: false
        }
    }

    // MARK: tokens

    mutating func next() throws(Failure) -> Token {
        try skipSpace()
        let start = offset
        guard start < count else {
            return Token(
                kind: .end,
                keyword: .identifier,
                start: UInt32(truncatingIfNeeded: count),
                end: UInt32(truncatingIfNeeded: count),
                valueOffset: 0,
                valueLength: 0
            )
        }
        let first = tree.text[start]
        if Self.isIdentifierStart(first) {
            if byte(start + 1) == 0x27 {
                switch first | 0x20 {
                case UInt8(ascii: "e"): return try escapeString(start)
                case UInt8(ascii: "b"): return try bitString(start, .bitString)
                case UInt8(ascii: "x"): return try bitString(start, .hexString)
                case UInt8(ascii: "n"): return try quotedString(start, prefix: 1)
                default: break
                }
            } else if first | 0x20 == UInt8(ascii: "u"), byte(start + 1) == 0x26 {
                if byte(start + 2) == 0x27 { return try unicodeString(start) }
                if byte(start + 2) == 0x22 { return try quotedIdentifier(start, prefix: 2) }
            }
            return identifier(start)
        }
        if Self.isDigit(first) { return try number(start) }
        switch first {
        case 0x27:
            if !tree.standardConformingStrings { return try escapeString(start, prefix: 0) }
            return try quotedString(start, prefix: 0)
        case 0x22: return try quotedIdentifier(start, prefix: 0)
        case 0x28: return single(.leftParenthesis)
        case 0x29: return single(.rightParenthesis)
        case 0x2C: return single(.comma)
        case 0x3B: return single(.semicolon)
        case 0x5B: return single(.leftBracket)
        case 0x5D: return single(.rightBracket)
        case 0x2E:
            if byte(start + 1) == 0x2E { return single(.dotDot, 2) }
            if Self.isDigit(byte(start + 1)) { return try number(start) }
            return single(.dot)
        case 0x3A:
            if byte(start + 1) == 0x3A { return single(.typecast, 2) }
            if byte(start + 1) == 0x3D { return single(.colonEquals, 2) }
            return single(.colon)
        case 0x24: return try dollar(start)
        default:
            if Self.isOperator(first) { return try operatorToken(start) }
            return single(.other)
        }
    }

    @inline(__always)
    private mutating func single(_ kind: Token.Kind, _ length: Int = 1) -> Token {
        let start = offset
        offset += length
        return token(kind, start, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: length))
    }

    @inline(__always)
    private func token(
        _ kind: Token.Kind,
        _ start: Int,
        _ valueOffset: UInt32,
        _ valueLength: UInt32,
        _ keyword: Keyword = .identifier
    ) -> Token {
        Token(
            kind: kind,
            keyword: keyword,
            start: UInt32(truncatingIfNeeded: start),
            end: UInt32(truncatingIfNeeded: offset),
            valueOffset: valueOffset,
            valueLength: valueLength
        )
    }

    private mutating func skipSpace() throws(Failure) {
        while offset < count {
            let current = tree.text[offset]
            if Self.isSpace(current) {
                offset += 1
            } else if current == 0x2D, byte(offset + 1) == 0x2D {
                offset += 2
                while offset < count, tree.text[offset] != 0x0A, tree.text[offset] != 0x0D { offset += 1 }
            } else if current == 0x2F, byte(offset + 1) == 0x2A {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let start = offset
        var depth = 1
        offset += 2
        while depth > 0 {
            guard offset < count else { throw fail("unterminated /* comment", start) }
            if tree.text[offset] == 0x2A, byte(offset + 1) == 0x2F {
                depth -= 1
                offset += 2
            } else if tree.text[offset] == 0x2F, byte(offset + 1) == 0x2A {
                depth += 1
                offset += 2
            } else {
                offset += 1
            }
        }
    }

    private mutating func identifier(_ start: Int) -> Token {
        var index = start
        var needsFolding = false
        while index < count {
            let current = tree.text[index]
            guard Self.isIdentifierPart(current) else { break }
            if current &- 0x41 < 26 { needsFolding = true }
            index += 1
        }
        offset = index
        var length = index - start
        var value = start
        if needsFolding {
            tree.reserveText(length)
            value = tree.textCount
            for position in start..<index {
                let current = tree.text[position]
                tree.appendText(current &- 0x41 < 26 ? current | 0x20 : current)
            }
        }
        let keyword = keywords.find(UnsafePointer(tree.text + value), length)
        if keyword == .identifier { length = truncatedIdentifierLength(value, length) }
        return token(
            .identifier,
            start,
            UInt32(truncatingIfNeeded: value),
            UInt32(truncatingIfNeeded: length),
            keyword
        )
    }

    /// Names keep at most 63 bytes, cut between characters.
    private func truncatedIdentifierLength(_ value: Int, _ length: Int) -> Int {
        guard length > 63 else { return length }
        var cut = 63
        while cut > 0, tree.text[value + cut] & 0xC0 == 0x80 { cut -= 1 }
        return cut
    }

    private mutating func number(_ start: Int) throws(Failure) -> Token {
        var index = start
        var kind = Token.Kind.integer
        while Self.isDigit(byte(index)) { index += 1 }
        if byte(index) == 0x2E, byte(index + 1) != 0x2E {
            kind = .numeric
            index += 1
            while Self.isDigit(byte(index)) { index += 1 }
        }
        if byte(index) | 0x20 == UInt8(ascii: "e") {
            var exponent = index + 1
            if byte(exponent) == 0x2B || byte(exponent) == 0x2D { exponent += 1 }
            if Self.isDigit(byte(exponent)) {
                kind = .numeric
                while Self.isDigit(byte(exponent)) { exponent += 1 }
                index = exponent
            }
        }
        if index < count, Self.isIdentifierStart(tree.text[index]) {
            // PostgreSQL 15 swallows one character more (and an exponent's sign) to show what it stumbled over.
            offset = index + 1
            if tree.text[index] | 0x20 == UInt8(ascii: "e"), byte(offset) == 0x2B || byte(offset) == 0x2D {
                offset += 1
            }
            while offset < count, tree.text[offset] & 0xC0 == 0x80 { offset += 1 }
            throw fail("trailing junk after numeric literal", start, near: offset)
        }
        offset = index
        let length = index - start
        if kind == .integer, !fitsInt32(start, index) { kind = .numeric }
        return token(kind, start, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: length))
    }

    private func fitsInt32(_ start: Int, _ end: Int) -> Bool {
        var value: Int64 = 0
        for index in start..<end {
            value = value &* 10 &+ Int64(tree.text[index] &- 0x30)
            if value > Int64(Int32.max) { return false }
        }
        return true
    }

    private mutating func dollar(_ start: Int) throws(Failure) -> Token {
        var index = start + 1
        if Self.isDigit(byte(index)) {
            while Self.isDigit(byte(index)) { index += 1 }
            if index < count, Self.isIdentifierStart(tree.text[index]) {
                throw fail("trailing junk after parameter", start, near: index + 1)
            }
            offset = index
            return token(.parameter, start, UInt32(start + 1), UInt32(index - start - 1))
        }
        // $tag$ … $tag$
        if index < count, Self.isIdentifierStart(tree.text[index]) {
            while index < count, Self.isIdentifierStart(tree.text[index]) || Self.isDigit(tree.text[index]) {
                index += 1
            }
        }
        guard byte(index) == 0x24, index < count else { return single(.other) }
        let tagLength = index + 1 - start
        let body = index + 1
        var search = body
        while search + tagLength <= count {
            if tree.text[search] == 0x24 {
                var same = 1
                while same < tagLength, tree.text[search + same] == tree.text[start + same] { same += 1 }
                if same == tagLength {
                    offset = search + tagLength
                    return token(.string, start, UInt32(body), UInt32(search - body))
                }
            }
            search += 1
        }
        throw fail("unterminated dollar-quoted string", start)
    }

    private mutating func operatorToken(_ start: Int) throws(Failure) -> Token {
        var end = start
        while end < count, Self.isOperator(tree.text[end]) {
            if end > start {
                // A comment ends an operator.
                if tree.text[end] == 0x2F, byte(end + 1) == 0x2A { break }
                if tree.text[end] == 0x2D, byte(end + 1) == 0x2D { break }
            }
            end += 1
        }
        // A multi-character operator may end in + or - only if it holds one of ~ ! @ # ^ & | ` ? %.
        if end - start > 1, tree.text[end - 1] == 0x2B || tree.text[end - 1] == 0x2D {
            var holdsSpecial = false
            for index in start..<(end - 1) {
                switch tree.text[index] {
                case 0x7E, 0x21, 0x40, 0x23, 0x5E, 0x26, 0x7C, 0x60, 0x3F, 0x25: holdsSpecial = true
                default: break
                }
            }
            if !holdsSpecial {
                while end - start > 1, tree.text[end - 1] == 0x2B || tree.text[end - 1] == 0x2D { end -= 1 }
            }
        }
        let length = end - start
        if length == 1 {
            switch tree.text[start] {
            case 0x2B: return single(.plus)
            case 0x2D: return single(.minus)
            case 0x2A: return single(.star)
            case 0x2F: return single(.slash)
            case 0x25: return single(.percent)
            case 0x5E: return single(.caret)
            case 0x3C: return single(.less)
            case 0x3E: return single(.greater)
            case 0x3D: return single(.equal)
            default: break
            }
        } else if length == 2 {
            switch (tree.text[start], tree.text[start + 1]) {
            case (0x3C, 0x3D): return single(.lessEqual, 2)
            case (0x3E, 0x3D): return single(.greaterEqual, 2)
            case (0x3C, 0x3E): return single(.notEqual, 2)
            case (0x21, 0x3D):
                // != is another spelling of <>.
                tree.reserveText(2)
                let value = tree.textCount
                tree.appendText(0x3C)
                tree.appendText(0x3E)
                offset = end
                return token(.notEqual, start, UInt32(truncatingIfNeeded: value), 2)
            case (0x3D, 0x3E): return single(.equalsGreater, 2)
            default: break
            }
        }
        offset = end
        if length >= 64 { throw fail("operator too long", start, near: end) }
        return token(.op, start, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: length))
    }

    // MARK: quoted things

    /// Behind a closing quote: the offset of the quote that continues the literal on a later line, if there is one.
    private func continuation(_ after: Int) -> Int? {
        var index = after
        var sawNewline = false
        while index < count {
            let current = tree.text[index]
            if current == 0x0A || current == 0x0D {
                sawNewline = true
                index += 1
            } else if Self.isSpace(current) {
                index += 1
            } else if current == 0x2D, byte(index + 1) == 0x2D, sawNewline {
                while index < count, tree.text[index] != 0x0A, tree.text[index] != 0x0D { index += 1 }
            } else {
                return sawNewline && current == 0x27 ? index : nil
            }
        }
        return nil
    }

    /// '…' with '' inside; no backslash escapes.
    private mutating func quotedString(_ start: Int, prefix: Int) throws(Failure) -> Token {
        let body = start + prefix + 1
        var index = body
        while index < count, tree.text[index] != 0x27 { index += 1 }
        guard index < count else { throw fail("unterminated quoted string", start) }
        if byte(index + 1) != 0x27, continuation(index + 1) == nil {
            offset = index + 1
            return token(.string, start, UInt32(truncatingIfNeeded: body), UInt32(truncatingIfNeeded: index - body))
        }
        tree.reserveText(count - body)
        let value = tree.textCount
        index = body
        while true {
            guard index < count else { throw fail("unterminated quoted string", start) }
            let current = tree.text[index]
            if current == 0x27 {
                if byte(index + 1) == 0x27 {
                    tree.appendText(0x27)
                    index += 2
                } else if let next = continuation(index + 1) {
                    index = next + 1
                } else {
                    break
                }
            } else {
                tree.appendText(current)
                index += 1
            }
        }
        offset = index + 1
        return token(
            .string,
            start,
            UInt32(truncatingIfNeeded: value),
            UInt32(truncatingIfNeeded: tree.textCount - value)
        )
    }

    private mutating func bitString(_ start: Int, _ kind: Token.Kind) throws(Failure) -> Token {
        let body = start + 2
        var index = body
        while index < count, tree.text[index] != 0x27 { index += 1 }
        guard index < count else {
            throw fail(
                kind == .bitString ? "unterminated bit string literal" : "unterminated hexadecimal string literal",
                start
            )
        }
        offset = index + 1
        return token(kind, start, UInt32(truncatingIfNeeded: body), UInt32(truncatingIfNeeded: index - body))
    }

    /// E'…' with backslash escapes.
    private mutating func escapeString(_ start: Int, prefix: Int = 1) throws(Failure) -> Token {
        var index = start + prefix + 1
        tree.reserveText(count - index)
        let value = tree.textCount
        var pendingSurrogate: UInt32 = 0
        var sawHighByte = false
        while true {
            guard index < count else { throw fail("unterminated quoted string", start) }
            let current = tree.text[index]
            if pendingSurrogate != 0, !(current == 0x5C && (byte(index + 1) | 0x20) == UInt8(ascii: "u")) {
                throw fail("invalid Unicode surrogate pair", index, near: index + 1)
            }
            if current == 0x27 {
                if byte(index + 1) == 0x27 {
                    tree.appendText(0x27)
                    index += 2
                } else if let next = continuation(index + 1) {
                    index = next + 1
                } else {
                    break
                }
                continue
            }
            guard current == 0x5C else {
                tree.appendText(current)
                index += 1
                continue
            }
            guard index + 1 < count else { throw fail("unterminated quoted string", start) }
            let escape = tree.text[index + 1]
            switch escape {
            case UInt8(ascii: "b"): tree.appendText(8); index += 2
            case UInt8(ascii: "f"): tree.appendText(12); index += 2
            case UInt8(ascii: "n"): tree.appendText(10); index += 2
            case UInt8(ascii: "r"): tree.appendText(13); index += 2
            case UInt8(ascii: "t"): tree.appendText(9); index += 2
            case 0x30...0x37:
                var code: UInt32 = 0
                var end = index + 1
                while end < index + 4, byte(end) >= 0x30, byte(end) <= 0x37 {
                    code = code * 8 + UInt32(byte(end) - 0x30)
                    end += 1
                }
                let result = UInt8(truncatingIfNeeded: code)
                if result == 0 || result >= 0x80 { sawHighByte = true }
                tree.appendText(result)
                index = end
            case UInt8(ascii: "x"):
                var code: UInt32 = 0
                var end = index + 2
                while end < index + 4, let digit = Self.hexadecimal(byte(end)) {
                    code = code * 16 + digit
                    end += 1
                }
                if end == index + 2 {
                    tree.appendText(escape)
                } else {
                    let result = UInt8(truncatingIfNeeded: code)
                    if result == 0 || result >= 0x80 { sawHighByte = true }
                    tree.appendText(result)
                }
                index = end
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                let digits = escape == UInt8(ascii: "u") ? 4 : 8
                var code: UInt32 = 0
                var end = index + 2
                while end < index + 2 + digits, let digit = Self.hexadecimal(byte(end)) {
                    code = code &* 16 &+ digit
                    end += 1
                }
                guard end == index + 2 + digits else {
                    throw fail(
                        "invalid Unicode escape",
                        sqlState: "22025",
                        hint: "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.",
                        at: index
                    )
                }
                if pendingSurrogate != 0 {
                    guard code >= 0xDC00, code <= 0xDFFF else {
                        throw fail("invalid Unicode surrogate pair", index, near: end)
                    }
                    code = 0x10000 + ((pendingSurrogate & 0x3FF) << 10) + (code & 0x3FF)
                    pendingSurrogate = 0
                    appendScalar(code)
                } else if code >= 0xD800, code <= 0xDBFF {
                    pendingSurrogate = code
                } else if code >= 0xDC00, code <= 0xDFFF {
                    throw fail("invalid Unicode surrogate pair", index, near: end)
                } else if code == 0 || code > 0x10FFFF {
                    throw fail("invalid Unicode escape value", index, near: end)
                } else {
                    appendScalar(code)
                }
                index = end
            default:
                tree.appendText(escape)
                index += 2
            }
        }
        if pendingSurrogate != 0 { throw fail("invalid Unicode surrogate pair", index, near: index + 1) }
        offset = index + 1
        if sawHighByte { try requireUTF8(value, tree.textCount) }
        return token(
            .string,
            start,
            UInt32(truncatingIfNeeded: value),
            UInt32(truncatingIfNeeded: tree.textCount - value)
        )
    }

    private func appendScalar(_ code: UInt32) {
        guard let scalar = Unicode.Scalar(code) else { return }
        for unit in Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter { tree.appendText(unit) }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    private mutating func requireUTF8(_ start: Int, _ end: Int) throws(Failure) {
        if let invalid = UTF8Check.firstInvalid(UnsafeBufferPointer(start: tree.text + start, count: end - start)) {
            error = UTF8Check.error(UnsafeBufferPointer(start: tree.text + start, count: end - start), at: invalid)
            throw Failure()
        }
    }

    /// "…" and U&"…".
    private mutating func quotedIdentifier(_ start: Int, prefix: Int) throws(Failure) -> Token {
        let body = start + prefix + 1
        var index = body
        var hasQuotes = false
        while index < count {
            if tree.text[index] == 0x22 {
                guard byte(index + 1) == 0x22 else { break }
                hasQuotes = true
                index += 1
            }
            index += 1
        }
        guard index < count else { throw fail("unterminated quoted identifier", start) }
        offset = index + 1
        if index == body { throw fail("zero-length delimited identifier", start, near: offset) }
        var value = body
        var length = index - body
        if hasQuotes {
            tree.reserveText(length)
            value = tree.textCount
            var position = body
            while position < index {
                tree.appendText(tree.text[position])
                position += tree.text[position] == 0x22 ? 2 : 1
            }
            length = tree.textCount - value
        }
        if prefix == 2 {
            (value, length) = try unescapeUnicode(value, length, start)
        }
        return token(
            .identifier,
            start,
            UInt32(truncatingIfNeeded: value),
            UInt32(truncatingIfNeeded: truncatedIdentifierLength(value, length))
        )
    }

    /// U&'…' with its optional UESCAPE.
    private mutating func unicodeString(_ start: Int) throws(Failure) -> Token {
        if !tree.standardConformingStrings {
            throw fail(
                "unsafe use of string constant with Unicode escapes",
                sqlState: "0A000",
                detail: "String constants with Unicode escapes cannot be used when standard_conforming_strings is off.",
                at: start
            )
        }
        let plain = try quotedString(start, prefix: 2)
        let (value, length) = try unescapeUnicode(Int(plain.valueOffset), Int(plain.valueLength), start)
        return token(.string, start, UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: length))
    }

    /// Resolves \XXXX and \+XXXXXX (or with the character that UESCAPE names) in a text pair.
    private mutating func unescapeUnicode(_ from: Int, _ length: Int, _ start: Int) throws(Failure) -> (Int, Int) {
        var escape: UInt8 = 0x5C
        let afterLiteral = offset
        try skipSpace()
        if offset + 7 <= count, isWord("uescape", at: offset), !Self.isIdentifierPart(byte(offset + 7)) {
            offset += 7
            try skipSpace()
            let quote = offset
            guard byte(quote) == 0x27 else {
                throw fail("UESCAPE must be followed by a simple string literal", quote, near: quote + 1)
            }
            let literal = try quotedString(quote, prefix: 0)
            let candidate = literal.valueLength == 1 ? tree.text[Int(literal.valueOffset)] : 0
            if candidate == 0 || Self.hexadecimal(candidate) != nil || candidate == 0x2B || candidate == 0x27
                || candidate == 0x22 || Self.isSpace(candidate)
            {
                throw fail("invalid Unicode escape character", quote, near: offset)
            }
            escape = candidate
        } else {
            offset = afterLiteral
        }
        tree.reserveText(length + 4)
        let value = tree.textCount
        var index = from
        let end = from + length
        var pending: UInt32 = 0
        while index < end {
            let current = tree.text[index]
            if current != escape {
                if pending != 0 { throw fail("invalid Unicode surrogate pair", start, near: afterLiteral) }
                tree.appendText(current)
                index += 1
                continue
            }
            if index + 1 < end, tree.text[index + 1] == escape {
                if pending != 0 { throw fail("invalid Unicode surrogate pair", start, near: afterLiteral) }
                tree.appendText(escape)
                index += 2
                continue
            }
            let isLong = index + 1 < end && tree.text[index + 1] == 0x2B
            let first = index + (isLong ? 2 : 1)
            let digits = isLong ? 6 : 4
            var code: UInt32 = 0
            var position = first
            while position < end, position < first + digits, let digit = Self.hexadecimal(tree.text[position]) {
                code = code * 16 + digit
                position += 1
            }
            guard position == first + digits else {
                throw fail(
                    "invalid Unicode escape",
                    hint: "Unicode escapes must be \\XXXX or \\+XXXXXX.",
                    at: start
                )
            }
            if pending != 0 {
                guard code >= 0xDC00, code <= 0xDFFF else {
                    throw fail("invalid Unicode surrogate pair", start, near: afterLiteral)
                }
                appendScalar(0x10000 + ((pending & 0x3FF) << 10) + (code & 0x3FF))
                pending = 0
            } else if code >= 0xD800, code <= 0xDBFF {
                pending = code
            } else if code >= 0xDC00, code <= 0xDFFF {
                throw fail("invalid Unicode surrogate pair", start, near: afterLiteral)
            } else if code == 0 || code > 0x10FFFF {
                throw fail("invalid Unicode escape value", start, near: afterLiteral)
            } else {
                appendScalar(code)
            }
            index = position
        }
        if pending != 0 { throw fail("invalid Unicode surrogate pair", start, near: afterLiteral) }
        return (value, tree.textCount - value)
    }

    private func isWord(_ word: StaticString, at start: Int) -> Bool {
        guard start + word.utf8CodeUnitCount <= count else { return false }
        for index in 0..<word.utf8CodeUnitCount where (tree.text[start + index] | 0x20) != word.utf8Start[index] {
            return false
        }
        return true
    }

    // MARK: errors

    /// Remembers "<message> at or near "…"", the text running to `near` (to the end of the source by default).
    mutating func fail(_ message: String, _ start: Int, near: Int? = nil) -> Failure {
        let end = min(near ?? count, count)
        let text = String(
            decoding: UnsafeBufferPointer(start: tree.text + min(start, end), count: max(0, end - start)),
            as: UTF8.self
        )
        error = SyntaxError(
            "\(message) at or near \"\(text)\"",
            position: tree.characterPosition(UInt32(truncatingIfNeeded: start))
        )
        return Failure()
    }

    private mutating func fail(
        _ message: String,
        sqlState: String = "42601",
        detail: String? = nil,
        hint: String? = nil,
        at start: Int
    ) -> Failure {
        error = SyntaxError(
            sqlState: sqlState,
            message,
            detail: detail,
            hint: hint,
            position: tree.characterPosition(UInt32(truncatingIfNeeded: start))
        )
        return Failure()
    }
}
