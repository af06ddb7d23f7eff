import RESP

/// Glob matching as KEYS and SCAN do it: `*`, `?`, `[a-z]`, `[^a]`, `\` escapes; case-sensitive, on bytes.
///
/// Backtracking goes only to the last `*`, so a pattern of many stars costs pattern times text, not an exponent.
enum GlobPattern {
    static func matches(_ pattern: ByteSlice, _ text: ByteSlice, ignoringCase: Bool = false) -> Bool {
        // Redis never gets to look at a pattern's stars when there is nothing to match.
        if text.isEmpty { return pattern.isEmpty }
        var patternIndex = 0
        var textIndex = 0
        var starPattern = -1
        var starText = 0
        while textIndex < text.count {
            if patternIndex < pattern.count {
                if pattern[patternIndex] == UInt8(ascii: "*") {
                    starPattern = patternIndex
                    starText = textIndex
                    patternIndex += 1
                    continue
                }
                var next = patternIndex
                if matchesOne(pattern, &next, text[textIndex], ignoringCase) {
                    patternIndex = next
                    textIndex += 1
                    continue
                }
            }
            guard starPattern >= 0 else { return false }
            starText += 1
            textIndex = starText
            patternIndex = starPattern + 1
        }
        while patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") { patternIndex += 1 }
        return patternIndex == pattern.count
    }

    private static func fold(_ byte: UInt8, _ ignoringCase: Bool) -> UInt8 {
        ignoringCase && byte &- 65 < 26 ? byte | 0x20 : byte
    }

    /// Matches one element of the pattern against one byte and moves behind the element.
    private static func matchesOne(_ pattern: ByteSlice, _ index: inout Int, _ byte: UInt8, _ fold: Bool) -> Bool {
        let byte = Self.fold(byte, fold)
        switch pattern[index] {
        case UInt8(ascii: "?"):
            index += 1
            return true
        case UInt8(ascii: "["):
            return matchesClass(pattern, &index, byte, fold)
        case UInt8(ascii: "\\") where index + 1 < pattern.count:
            index += 2
            return Self.fold(pattern[index - 1], fold) == byte
        default:
            index += 1
            return Self.fold(pattern[index - 1], fold) == byte
        }
    }

    private static func matchesClass(_ pattern: ByteSlice, _ index: inout Int, _ byte: UInt8, _ fold: Bool) -> Bool {
        index += 1
        let isNegated = index < pattern.count && pattern[index] == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var isMatch = false
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") {
            if pattern[index] == UInt8(ascii: "\\"), index + 1 < pattern.count {
                index += 1
                if Self.fold(pattern[index], fold) == byte { isMatch = true }
                index += 1
            } else if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-") {
                let a = Self.fold(pattern[index], fold)
                let b = Self.fold(pattern[index + 2], fold)
                if byte >= min(a, b), byte <= max(a, b) { isMatch = true }
                index += 3
            } else {
                if Self.fold(pattern[index], fold) == byte { isMatch = true }
                index += 1
            }
        }
        // A class that is never closed ends with the pattern, as in redis.
        if index < pattern.count { index += 1 }
        return isMatch != isNegated
    }
}
