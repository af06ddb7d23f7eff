/// Reads parts of a JSON document where they stand: members, elements, paths, kinds.
///
///     {"a" : [1, 2]}  -> 'a'  gives the bytes `[1, 2]` as written
///
/// Takes text that `JSONText` has accepted, so it only finds boundaries and never recurses. It does not validate.
public enum JSONAccess {
    /// The last member of that name in an object, as written; nil if there is none or the text is no object.
    public static func member(_ text: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        var found: Range<Int>?
        children(text, UInt8(ascii: "{")) { name, value in
            if let name, string(Array(text[name])) == key { found = value }
            return true
        }
        return found.map { Array(text[$0]) }
    }

    /// The element at an index from 0, or from the end if negative; nil if there is none or the text is no array.
    public static func element(_ text: [UInt8], _ index: Int64) -> [UInt8]? {
        var wanted = index
        if index < 0 {
            guard let count = count(text) else { return nil }
            wanted += Int64(count)
        }
        guard wanted >= 0 else { return nil }
        var found: Range<Int>?
        children(text, UInt8(ascii: "[")) { _, value in
            if wanted == 0 { found = value }
            wanted -= 1
            return found == nil
        }
        return found.map { Array(text[$0]) }
    }

    /// Elements of an array; nil if the text is none.
    public static func count(_ text: [UInt8]) -> Int? {
        var count = 0
        let isArray = children(text, UInt8(ascii: "[")) { _, _ in
            count += 1
            return true
        }
        return isArray ? count : nil
    }

    /// One step of a path: a member's name, or an element's number.
    public static func step(_ text: [UInt8], _ name: [UInt8]) -> [UInt8]? {
        if kind(text) == "array" {
            guard let index = Int64(String(decoding: name, as: UTF8.self)) else { return nil }
            return element(text, index)
        }
        return member(text, name)
    }

    /// What `->>` shows: a string's content, nil for null, other values as written.
    public static func shown(_ text: [UInt8]) -> [UInt8]? {
        switch kind(text) {
        case "null": nil
        case "string": string(text) ?? text
        default: text
        }
    }

    /// object, array, string, number, boolean or null.
    public static func kind(_ text: [UInt8]) -> String {
        switch text.first(where: { !isSpace($0) }) {
        case UInt8(ascii: "{"): "object"
        case UInt8(ascii: "["): "array"
        case UInt8(ascii: "\""): "string"
        case UInt8(ascii: "t"), UInt8(ascii: "f"): "boolean"
        case UInt8(ascii: "n"): "null"
        default: "number"
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 || byte == 10 || byte == 13 }

    private static func string(_ quoted: [UInt8]) -> [UInt8]? {
        quoted.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            if let value = try? reader.document(), case .string(let content) = value { return content }
            return nil
        }
    }

    /// Shows the members or elements until `body` returns false. False if the text does not begin with `opening`.
    @discardableResult
    private static func children(
        _ text: [UInt8],
        _ opening: UInt8,
        _ body: (_ key: Range<Int>?, _ value: Range<Int>) -> Bool
    ) -> Bool {
        var index = 0
        func skipSpace() { while index < text.count, isSpace(text[index]) { index += 1 } }
        skipSpace()
        guard index < text.count, text[index] == opening else { return false }
        index += 1
        while true {
            skipSpace()
            guard index < text.count, text[index] != UInt8(ascii: "}"), text[index] != UInt8(ascii: "]") else {
                return true
            }
            var key: Range<Int>?
            if opening == UInt8(ascii: "{") {
                let end = valueEnd(text, index)
                key = index..<end
                index = end
                skipSpace()
                // The colon.
                index += 1
                skipSpace()
            }
            guard index < text.count else { return true }
            let end = valueEnd(text, index)
            if !body(key, index..<end) { return true }
            index = end
            skipSpace()
            guard index < text.count, text[index] == UInt8(ascii: ",") else { return true }
            index += 1
        }
    }

    /// The end of the value that begins at `start`.
    private static func valueEnd(_ text: [UInt8], _ start: Int) -> Int {
        var index = start
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < text.count, text[index] != UInt8(ascii: "\"") {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                if depth == 0 { return min(index + 1, text.count) }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return index + 1 }
                if depth < 0 { return index }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 9, 10, 13:
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return text.count
    }
}
