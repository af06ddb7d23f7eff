import SQLTypes

/// LIKE, ILIKE, regular expressions, SIMILAR TO.
enum PatternFunctions {
    static func register(in registry: inout FunctionRegistry) {
        for prefix in ["text", "name", "bpchar"] {
            registry.add("\(prefix)like", .like(isCaseInsensitive: false, isNegated: false)) {
                (a, _) throws(SQLError) in
                .bool(try like(a[0].octets, a[1].octets))
            }
            registry.add("\(prefix)nlike", .like(isCaseInsensitive: false, isNegated: true)) {
                (a, _) throws(SQLError) in
                .bool(try !like(a[0].octets, a[1].octets))
            }
            registry.add("\(prefix)iclike", .like(isCaseInsensitive: true, isNegated: false)) {
                (a, _) throws(SQLError) in
                .bool(try like(folded(a[0].octets), folded(a[1].octets)))
            }
            registry.add("\(prefix)icnlike", .like(isCaseInsensitive: true, isNegated: true)) {
                (a, _) throws(SQLError) in
                .bool(try !like(folded(a[0].octets), folded(a[1].octets)))
            }
            registry.add("\(prefix)regexeq") { (a, _) throws(SQLError) in .bool(try matches(a, ignoringCase: false)) }
            registry.add("\(prefix)regexne") { (a, _) throws(SQLError) in .bool(try !matches(a, ignoringCase: false)) }
            registry.add("\(prefix)icregexeq") { (a, _) throws(SQLError) in .bool(try matches(a, ignoringCase: true)) }
            registry.add("\(prefix)icregexne") { (a, _) throws(SQLError) in .bool(try !matches(a, ignoringCase: true)) }
        }
        registry.add("like_escape") { (a, _) throws(SQLError) in
            .text(try escaped(a[0].octets, a[1].octets))
        }
        registry.add("similar_to_escape_1") { (a, _) throws(SQLError) in
            .text(try similar(a[0].octets, escape: [0x5C]))
        }
        registry.add("similar_to_escape_2") { (a, _) throws(SQLError) in
            .text(try similar(a[0].octets, escape: a[1].octets))
        }
        for symbol in ["textregexreplace_noopt", "textregexreplace"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let flags = a.count > 3 ? a[3].swiftString : ""
                let program = try RegularExpression(a[1].octets, ignoringCase: flags.contains("i"))
                return .text(try program.replace(in: a[0].octets, with: a[2].octets, all: flags.contains("g")))
            }
        }
        registry.add("textregexsubstr") { (a, _) throws(SQLError) in
            let program = try RegularExpression(a[1].octets, ignoringCase: false)
            guard let match = try program.firstMatch(in: a[0].octets, from: 0) else { return .null }
            let range = match.groups.count > 1 ? match.groups[1] : match.groups[0]
            guard let range else { return .null }
            return .text(Array(a[0].octets[range]))
        }
        for symbol in ["regexp_match_no_flags", "regexp_match"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let flags = a.count > 2 ? a[2].swiftString : ""
                let program = try RegularExpression(a[1].octets, ignoringCase: flags.contains("i"))
                guard let match = try program.firstMatch(in: a[0].octets, from: 0) else { return .null }
                return .array(SQLArray(elementType: .text, captured(match, a[0].octets)))
            }
        }
        for symbol in ["regexp_matches_no_flags", "regexp_matches"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                let flags = a.count > 2 ? a[2].swiftString : ""
                let program = try RegularExpression(a[1].octets, ignoringCase: flags.contains("i"))
                return try program.allMatches(in: a[0].octets, limit: flags.contains("g") ? .max : 1).map {
                    [.array(SQLArray(elementType: .text, captured($0, a[0].octets)))]
                }
            }
        }
        for symbol in ["regexp_split_to_array_no_flags", "regexp_split_to_array"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .array(SQLArray(elementType: .text, try split(a)))
            }
        }
        for symbol in ["regexp_split_to_table_no_flags", "regexp_split_to_table"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in try split(a).map { [$0] } }
        }
    }

    private static func split(_ a: UnsafeBufferPointer<Value>) throws(SQLError) -> [Value] {
        let text = a[0].octets
        let flags = a.count > 2 ? a[2].swiftString : ""
        let program = try RegularExpression(a[1].octets, ignoringCase: flags.contains("i"))
        var pieces: [Value] = []
        var start = 0
        for match in try program.allMatches(in: text, limit: .max) {
            guard let range = match.groups[0] else { continue }
            if range.isEmpty, range.lowerBound == 0 || range.lowerBound >= text.count { continue }
            pieces.append(.text(Array(text[start..<range.lowerBound])))
            start = range.upperBound
        }
        pieces.append(.text(Array(text[start...])))
        return pieces
    }

    private static func captured(_ match: RegularExpression.Match, _ text: [UInt8]) -> [Value] {
        let groups = match.groups.count > 1 ? Array(match.groups.dropFirst()) : match.groups
        return groups.map { $0.map { .text(Array(text[$0])) } ?? .null }
    }

    private static func matches(_ a: UnsafeBufferPointer<Value>, ignoringCase: Bool) throws(SQLError) -> Bool {
        try RegularExpression(a[1].octets, ignoringCase: ignoringCase).firstMatch(in: a[0].octets, from: 0) != nil
    }

    /// Lower case of the database's locale, which is C: letters beyond ASCII stay as they are.
    static func folded(_ text: [UInt8]) -> [UInt8] { text.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } }

    /// Whether the whole text matches: % any run, _ one character, \ takes the next one literally.
    static func like(_ text: [UInt8], _ pattern: [UInt8]) throws(SQLError) -> Bool {
        var position = 0
        var index = 0
        var retryPattern = -1
        var retryText = 0
        func step(_ at: Int) -> Int {
            var next = at + 1
            while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
            return next
        }
        while true {
            if index < pattern.count, pattern[index] == UInt8(ascii: "%") {
                while index < pattern.count, pattern[index] == UInt8(ascii: "%") { index += 1 }
                if index == pattern.count { return true }
                retryPattern = index
                retryText = position
                continue
            }
            var isMatch = false
            if index == pattern.count {
                if position == text.count { return true }
            } else if position < text.count {
                if pattern[index] == UInt8(ascii: "_") {
                    position = step(position)
                    index += 1
                    isMatch = true
                } else {
                    var literal = index
                    if pattern[index] == 0x5C {
                        literal += 1
                        guard literal < pattern.count else {
                            throw SQLError(
                                .invalidEscapeSequence,
                                "LIKE pattern must not end with escape character"
                            )
                        }
                    }
                    if pattern[literal] == text[position] {
                        position += 1
                        index = literal + 1
                        isMatch = true
                    }
                }
            } else {
                if pattern[index] == 0x5C, index + 1 == pattern.count, retryPattern == index {
                    throw SQLError(.invalidEscapeSequence, "LIKE pattern must not end with escape character")
                }
                // Text used up and pattern left: nothing later can match either.
                return false
            }
            if isMatch { continue }
            guard retryPattern >= 0, retryText < text.count else { return false }
            retryText = step(retryText)
            position = retryText
            index = retryPattern
        }
    }

    /// The pattern with another escape character turned into one with backslash.
    private static func escaped(_ pattern: [UInt8], _ escape: [UInt8]) throws(SQLError) -> [UInt8] {
        if escape == [0x5C] { return pattern }
        var result: [UInt8] = []
        if escape.isEmpty {
            for byte in pattern {
                if byte == 0x5C { result.append(0x5C) }
                result.append(byte)
            }
            return result
        }
        let length = TextFormat.sequenceLength(escape[0])
        guard escape.count == length else {
            throw SQLError(
                .invalidEscapeSequence,
                "invalid escape string",
                hint: "Escape string must be empty or one character."
            )
        }
        var index = 0
        var wasEscape = false
        while index < pattern.count {
            if !wasEscape, pattern[index...].starts(with: escape) {
                result.append(0x5C)
                wasEscape = true
                index += length
                continue
            }
            if pattern[index] == 0x5C, !wasEscape { result.append(0x5C) }
            result.append(pattern[index])
            wasEscape = false
            index += 1
        }
        return result
    }

    /// SIMILAR TO's pattern as a regular expression.
    private static func similar(_ pattern: [UInt8], escape: [UInt8]) throws(SQLError) -> [UInt8] {
        guard escape.count <= 1 else {
            throw SQLError(
                .invalidEscapeSequence,
                "invalid escape string",
                hint: "Escape string must be empty or one character."
            )
        }
        var result = Array("^(?:".utf8)
        var isInBrackets = false
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            if let first = escape.first, byte == first {
                index += 1
                if index < pattern.count {
                    result.append(0x5C)
                    result.append(pattern[index])
                }
            } else if isInBrackets {
                if byte == 0x5C { result.append(0x5C) }
                result.append(byte)
                if byte == UInt8(ascii: "]") { isInBrackets = false }
            } else {
                switch byte {
                case UInt8(ascii: "["):
                    isInBrackets = true
                    result.append(byte)
                case UInt8(ascii: "%"): result.append(contentsOf: Array(".*".utf8))
                case UInt8(ascii: "_"): result.append(UInt8(ascii: "."))
                case UInt8(ascii: "("): result.append(contentsOf: Array("(?:".utf8))
                case 0x5C, UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"):
                    result.append(0x5C)
                    result.append(byte)
                default: result.append(byte)
                }
            }
            index += 1
        }
        return result + Array(")$".utf8)
    }
}
