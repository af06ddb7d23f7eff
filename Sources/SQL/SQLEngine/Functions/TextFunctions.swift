import Glibc
import SQLTypes

/// Text: concatenation, case, parts, padding, searching, quoting; bytea beside it.
enum TextFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registry.add("textcat") { (a, _) throws(SQLError) in .text(a[0].octets + a[1].octets) }
        registry.add("byteacat") { (a, _) throws(SQLError) in .bytes(a[0].octets + a[1].octets) }
        // text || anything and anything || text.
        registry.add("textanycat") { (a, environment) throws(SQLError) in
            .text(a[0].octets + Array(anyText(a[1], environment).utf8))
        }
        registry.add("anytextcat") { (a, environment) throws(SQLError) in
            .text(Array(anyText(a[0], environment).utf8) + a[1].octets)
        }
        registry.add("lower") { (a, _) throws(SQLError) in .text(PatternFunctions.folded(a[0].octets)) }
        registry.add("upper") { (a, _) throws(SQLError) in
            .text(a[0].octets.map { $0 &- 0x61 < 26 ? $0 & 0xDF : $0 })
        }
        registry.add("initcap") { (a, _) throws(SQLError) in
            var isInside = false
            return .text(
                a[0].octets.map { byte in
                    let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
                    let isLetter = lower &- 0x61 < 26
                    defer { isInside = isLetter || byte &- 0x30 < 10 }
                    return isLetter ? (isInside ? lower : lower & 0xDF) : byte
                }
            )
        }
        registry.add("textlen") { (a, _) throws(SQLError) in .int(Int64(count(a[0].octets))) }
        registry.add("bpcharlen") { (a, _) throws(SQLError) in
            .int(Int64(count(Array(Value.unpadded(a[0].octets)))))
        }
        registry.add("textoctetlen") { (a, _) throws(SQLError) in .int(Int64(a[0].octets.count)) }
        registry.add("bpcharoctetlen") { (a, _) throws(SQLError) in .int(Int64(a[0].octets.count)) }
        registry.add("byteaoctetlen") { (a, _) throws(SQLError) in .int(Int64(a[0].octets.count)) }
        registry.add("octet_length") { (a, _) throws(SQLError) in .int(Int64(a[0].octets.count)) }
        registry.add("bit_length") { (a, _) throws(SQLError) in .int(Int64(a[0].octets.count) * 8) }

        for symbol in ["text_substr", "text_substr_no_len"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .text(try substring(a[0].octets, a[1].integer, a.count > 2 ? a[2].integer : nil))
            }
        }
        for symbol in ["bytea_substr", "bytea_substr_no_len"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let (start, end) = try bounds(a[1].integer, a.count > 2 ? a[2].integer : nil, a[0].octets.count)
                return .bytes(Array(a[0].octets[start..<end]))
            }
        }
        registry.add("text_left") { (a, _) throws(SQLError) in
            let wanted = a[1].integer
            // Of a negative number, all but so many.
            let length = wanted >= 0 ? wanted : max(0, Int64(count(a[0].octets)) + wanted)
            return .text(try substring(a[0].octets, 1, length))
        }
        registry.add("text_right") { (a, _) throws(SQLError) in
            let wanted = a[1].integer
            // The least integer has no opposite in PostgreSQL's arithmetic: nothing is left out.
            let leftOut = wanted == Int32.min ? 0 : -wanted
            let skipped = wanted >= 0 ? max(0, Int64(count(a[0].octets)) - wanted) : leftOut
            return .text(try substring(a[0].octets, skipped + 1, nil))
        }
        registry.add("textpos") { (a, _) throws(SQLError) in
            .int(Int64(position(of: a[1].octets, in: a[0].octets)))
        }
        registry.add("text_starts_with") { (a, _) throws(SQLError) in .bool(a[0].octets.starts(with: a[1].octets)) }
        for (symbol, leading, trailing) in [
            ("btrim", true, true), ("ltrim", true, false), ("rtrim", false, true), ("btrim1", true, true),
            ("ltrim1", true, false),
        ] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .string(trim(a[0].swiftString, a.count > 1 ? a[1].swiftString : " ", leading, trailing))
            }
        }
        registry.add("rtrim1") { (a, _) throws(SQLError) in .text(Array(Value.unpadded(a[0].octets))) }
        registry.add("replace_text") { (a, _) throws(SQLError) in
            .text(try replace(a[0].octets, a[1].octets, a[2].octets))
        }
        registry.add("translate") { (a, _) throws(SQLError) in
            let from = Array(a[1].swiftString.unicodeScalars)
            let to = Array(a[2].swiftString.unicodeScalars)
            var result = String.UnicodeScalarView()
            for scalar in a[0].swiftString.unicodeScalars {
                if let index = from.firstIndex(of: scalar) {
                    if index < to.count { result.append(to[index]) }
                } else {
                    result.append(scalar)
                }
            }
            return .string(String(result))
        }
        registry.add("text_reverse") { (a, _) throws(SQLError) in
            .string(string(Array(a[0].swiftString.unicodeScalars.reversed())[...]))
        }
        registry.add("repeat") { (a, _) throws(SQLError) in
            let times = Int(max(0, min(a[1].integer, Int64(Int32.max))))
            let text = a[0].octets
            let (size, overflow) = text.count.multipliedReportingOverflow(by: times)
            if overflow || size > 1 << 28 { throw SQLError(.programLimitExceeded, "requested length too large") }
            var result: [UInt8] = []
            result.reserveCapacity(size)
            for _ in 0..<times { result.append(contentsOf: text) }
            return .text(result)
        }
        for (symbol, isLeft) in [("lpad", true), ("rpad", false)] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .text(try pad(a[0].octets, a[1].integer, a.count > 2 ? a[2].octets : [0x20], isLeft))
            }
        }
        registry.add("split_part") { (a, _) throws(SQLError) in
            if a[2].integer == 0 { throw SQLError(.invalidParameterValue, "field position must not be zero") }
            let parts = split(a[0].octets, a[1].octets)
            let index = a[2].integer > 0 ? Int(a[2].integer) - 1 : parts.count + Int(a[2].integer)
            return .text(parts.indices.contains(index) ? parts[index] : [])
        }
        for symbol in ["textoverlay", "textoverlay_no_len"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let length = a.count > 3 ? a[3].integer : Int64(count(a[1].octets))
                if a[2].integer <= 0 { throw SQLError(.substringError, "negative substring length not allowed") }
                let head = try substring(a[0].octets, 1, a[2].integer - 1)
                let (from, overflow) = a[2].integer.addingReportingOverflow(length)
                if overflow { throw SQLError(.numericValueOutOfRange, "integer out of range") }
                return .text(head + a[1].octets + (try substring(a[0].octets, from, nil)))
            }
        }
        registry.add("ascii") { (a, _) throws(SQLError) in
            .int(Int64(a[0].swiftString.unicodeScalars.first?.value ?? 0))
        }
        registry.add("chr") { (a, _) throws(SQLError) in
            if a[0].integer == 0 { throw SQLError(.programLimitExceeded, "null character not permitted") }
            guard let code = UInt32(exactly: a[0].integer), let scalar = Unicode.Scalar(code) else {
                throw SQLError(.programLimitExceeded, "requested character not valid for encoding: \(a[0].integer)")
            }
            return .string(String(Character(scalar)))
        }
        registry.add("text_concat") { (a, environment) throws(SQLError) in
            .string(concatenate(a, from: 0, "", environment))
        }
        registry.add("text_concat_ws") { (a, environment) throws(SQLError) in
            a[0].isNull ? .null : .string(concatenate(a, from: 1, a[0].swiftString, environment))
        }
        for symbol in ["text_format", "text_format_nv"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                a[0].isNull ? .null : .string(try format(a, environment))
            }
        }
        registry.add("quote_ident") { (a, _) throws(SQLError) in .string(Quoting.identifier(a[0].swiftString)) }
        registry.add("quote_literal") { (a, _) throws(SQLError) in
            let quoted = Quoting.literal(a[0].swiftString)
            return .string(quoted.hasPrefix(" ") ? String(quoted.dropFirst()) : quoted)
        }
        registry.add("quote_nullable") { (a, _) throws(SQLError) in
            if a[0].isNull { return .string("NULL") }
            let quoted = Quoting.literal(a[0].swiftString)
            return .string(quoted.hasPrefix(" ") ? String(quoted.dropFirst()) : quoted)
        }
        registry.add("md5_text") { (a, _) throws(SQLError) in .string(MessageDigest5.hexadecimal(a[0].octets)) }
        registry.add("md5_bytea") { (a, _) throws(SQLError) in .string(MessageDigest5.hexadecimal(a[0].octets)) }
        registry.add("to_hex32") { (a, _) throws(SQLError) in
            .string(String(UInt32(bitPattern: Int32(truncatingIfNeeded: a[0].integer)), radix: 16))
        }
        registry.add("to_hex64") { (a, _) throws(SQLError) in
            .string(String(UInt64(bitPattern: a[0].integer), radix: 16))
        }
        registry.add("binary_encode") { (a, _) throws(SQLError) in
            let digits = Array("0123456789abcdef".utf8)
            switch a[1].swiftString.lowercased() {
            case "hex": return .text(a[0].octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
            case "base64": return .text(base64(a[0].octets))
            case let other: throw SQLError(.invalidParameterValue, "unrecognized encoding: \"\(other)\"")
            }
        }
        registry.add("binary_decode") { (a, _) throws(SQLError) in
            switch a[1].swiftString.lowercased() {
            case "hex": return .bytes(try hexadecimal(a[0].octets))
            case "base64": return .bytes(try base64(decoding: a[0].octets))
            case let other: throw SQLError(.invalidParameterValue, "unrecognized encoding: \"\(other)\"")
            }
        }
        registry.add("pg_convert_from") { (a, _) throws(SQLError) in
            try a[0].octets.withRawBytes { (bytes) throws(SQLError) in .text(try TextFormat.validated(bytes)) }
        }
        registry.add("pg_convert_to") { (a, _) throws(SQLError) in .bytes(a[0].octets) }
        for symbol in ["text_to_array", "text_to_array_null"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                if a[0].isNull { return .null }
                let pieces: [[UInt8]]
                if a[0].octets.isEmpty {
                    pieces = []
                } else if a[1].isNull {
                    pieces = a[0].swiftString.unicodeScalars.map { Array(String($0).utf8) }
                } else if a[1].octets.isEmpty {
                    pieces = [a[0].octets]
                } else {
                    pieces = split(a[0].octets, a[1].octets)
                }
                let null = a.count > 2 && !a[2].isNull ? a[2].octets : nil
                return .array(
                    SQLArray(elementType: .text, pieces.map { $0 == null ? .null : .text($0) })
                )
            }
        }
        for symbol in ["text_to_table", "text_to_table_null"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                if a[0].isNull || a[0].octets.isEmpty { return [] }
                let pieces =
                    a[1].isNull
                    ? a[0].swiftString.unicodeScalars.map { Array(String($0).utf8) } : split(a[0].octets, a[1].octets)
                return pieces.map { [.text($0)] }
            }
        }
    }

    // MARK: helpers

    /// The output text of a value whose type only its case tells (|| with text).
    static func anyText(_ value: Value, _ environment: any EvaluationEnvironment) -> String {
        let type: SQLType =
            switch value {
            case .null: .text
            case .bool: .bool
            case .int: .int8
            case .float: .float8
            case .numeric: .numeric
            case .text: .text
            case .bytes: .bytea
            case .date: .date
            case .time: .time
            case .timestamp: .timestamp
            case .interval: .interval
            case .uuid: .uuid
            case .array(let array): array.elementType.arrayType ?? .text
            case .record: .record
            }
        return type.text(value, environment.textContext) ?? ""
    }

    private static func concatenate(
        _ a: UnsafeBufferPointer<Value>,
        from first: Int,
        _ separator: String,
        _ environment: any EvaluationEnvironment
    ) -> String {
        var parts: [String] = []
        for index in first..<max(first, a.count) where !a[index].isNull { parts.append(anyText(a[index], environment)) }
        return parts.joined(separator: separator)
    }

    private static func format(_ a: UnsafeBufferPointer<Value>, _ environment: any EvaluationEnvironment)
        throws(SQLError)
        -> String
    {
        var result = ""
        var next = 1
        var characters = Array(a[0].swiftString)[...]
        while let character = characters.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            if characters.first == "%" {
                characters.removeFirst()
                result.append("%")
                continue
            }
            var digits = ""
            var isLeft = false
            if characters.first == "-" {
                isLeft = true
                characters.removeFirst()
            }
            while let digit = characters.first, digit.isNumber {
                digits.append(digit)
                characters.removeFirst()
            }
            var width = Int(digits) ?? 0
            if characters.first == "$" {
                characters.removeFirst()
                if width == 0 {
                    throw SQLError(
                        .invalidParameterValue,
                        "format specifies argument 0, but arguments are numbered from 1"
                    )
                }
                next = width
                width = 0
                if characters.first == "-" {
                    isLeft = true
                    characters.removeFirst()
                }
                digits = ""
                while let digit = characters.first, digit.isNumber {
                    digits.append(digit)
                    characters.removeFirst()
                }
                width = Int(digits) ?? 0
            }
            guard let kind = characters.popFirst() else {
                throw SQLError(
                    .invalidParameterValue,
                    "unterminated format() type specifier",
                    hint: "For a single \"%\" use \"%%\"."
                )
            }
            guard ["s", "I", "L"].contains(kind) else {
                throw SQLError(
                    .invalidParameterValue,
                    "unrecognized format() type specifier \"\(kind)\"",
                    hint: "For a single \"%\" use \"%%\"."
                )
            }
            guard next < a.count else { throw SQLError(.invalidParameterValue, "too few arguments for format()") }
            let value = a[next]
            next += 1
            var text: String
            if value.isNull {
                if kind == "I" {
                    throw SQLError(.nullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
                }
                text = kind == "L" ? "NULL" : ""
            } else {
                text = anyText(value, environment)
                if kind == "I" { text = Quoting.identifier(text) }
                if kind == "L" {
                    text = Quoting.literal(text)
                    if text.hasPrefix(" ") { text.removeFirst() }
                }
            }
            if text.count < width, width <= 1 << 20 {
                let padding = String(repeating: " ", count: width - text.count)
                text = isLeft ? text + padding : padding + text
            }
            result += text
        }
        return result
    }

    static func count(_ text: [UInt8]) -> Int { text.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) } }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// 1-based start and length to 0-based half-open bounds, as SUBSTRING counts.
    private static func bounds(_ start: Int64, _ length: Int64?, _ count: Int) throws(SQLError) -> (Int, Int) {
        var end = Int64.max
        if let length {
            if length < 0 { throw SQLError(.substringError, "negative substring length not allowed") }
            let (sum, overflow) = start.addingReportingOverflow(length)
            end = overflow ? .max : sum
        }
        let low = max(1, start)
        let high = min(Int64(count) + 1, end)
        return low < high ? (Int(low) - 1, Int(high) - 1) : (0, 0)
    }

    static func substring(_ text: [UInt8], _ start: Int64, _ length: Int64?) throws(SQLError) -> [UInt8] {
        let (low, high) = try bounds(start, length, count(text))
        if low == high { return [] }
        var character = -1
        var first = text.count
        var last = text.count
        for (index, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
            character += 1
            if character == low { first = index }
            if character == high {
                last = index
                break
            }
        }
        return Array(text[first..<last])
    }

    /// 1-based character position, 0 if absent.
    static func position(of needle: [UInt8], in text: [UInt8]) -> Int {
        if needle.isEmpty { return 1 }
        guard let index = find(needle, text, from: 0) else { return 0 }
        return count(Array(text[..<index])) + 1
    }

    private static func find(_ needle: [UInt8], _ text: [UInt8], from start: Int) -> Int? {
        guard needle.count <= text.count, !needle.isEmpty else { return nil }
        var index = start
        while index + needle.count <= text.count {
            if text[index] == needle[0], text[index..<(index + needle.count)].elementsEqual(needle) { return index }
            index += 1
        }
        return nil
    }

    static func split(_ text: [UInt8], _ separator: [UInt8]) -> [[UInt8]] {
        if separator.isEmpty { return [text] }
        var parts: [[UInt8]] = []
        var start = 0
        while let index = find(separator, text, from: start) {
            parts.append(Array(text[start..<index]))
            start = index + separator.count
        }
        parts.append(Array(text[start...]))
        return parts
    }

    private static func replace(_ text: [UInt8], _ from: [UInt8], _ to: [UInt8]) throws(SQLError) -> [UInt8] {
        if from.isEmpty { return text }
        var result: [UInt8] = []
        for (index, part) in split(text, from).enumerated() {
            if index > 0 { result.append(contentsOf: to) }
            result.append(contentsOf: part)
            if result.count > 1 << 28 { throw SQLError(.programLimitExceeded, "requested length too large") }
        }
        return result
    }

    private static func trim(_ text: String, _ set: String, _ leading: Bool, _ trailing: Bool) -> String {
        let members = Set(set.unicodeScalars)
        var scalars = Array(text.unicodeScalars)[...]
        if leading { scalars = scalars.drop { members.contains($0) } }
        if trailing { while let last = scalars.last, members.contains(last) { scalars.removeLast() } }
        return string(scalars)
    }

    private static func pad(
        _ text: [UInt8],
        _ length: Int64,
        _ filler: [UInt8],
        _ isLeft: Bool
    ) throws(SQLError) -> [UInt8] {
        if length > 1 << 28 { throw SQLError(.programLimitExceeded, "requested length too large") }
        let wanted = Int(max(0, length))
        let missing = wanted - count(text)
        if missing <= 0 { return try substring(text, 1, Int64(wanted)) }
        guard !filler.isEmpty else { return text }
        let (whole, rest) = missing.quotientAndRemainder(dividingBy: count(filler))
        var result = isLeft ? [] : text
        result.reserveCapacity(text.count + (whole + 1) * filler.count)
        for _ in 0..<whole { result += filler }
        result += try substring(filler, 1, Int64(rest))
        if isLeft { result += text }
        return result
    }

    /// decode(…, 'hex'): pairs of digits, white space between them ignored.
    private static func hexadecimal(_ text: [UInt8]) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var high: UInt8?
        for (index, byte) in text.enumerated() {
            if high == nil, byte == 0x20 || (9...13).contains(byte) { continue }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
                let scalar = String(decoding: text[index...].prefix(TextFormat.sequenceLength(byte)), as: UTF8.self)
                throw SQLError(.invalidParameterValue, "invalid hexadecimal digit: \"\(scalar)\"")
            }
            if let first = high {
                result.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        if high != nil { throw SQLError(.invalidParameterValue, "invalid hexadecimal data: odd number of digits") }
        return result
    }

    /// decode(…, 'base64'): white space ignored, padding required.
    private static func base64(decoding text: [UInt8]) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        var padding = 0
        for (index, byte) in text.enumerated() {
            if byte == 0x20 || byte == 9 || byte == 10 || byte == 13 { continue }
            let digit: UInt8
            switch byte {
            case 0x41...0x5A: digit = byte - 0x41
            case 0x61...0x7A: digit = byte - 0x61 + 26
            case 0x30...0x39: digit = byte - 0x30 + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            case UInt8(ascii: "="):
                if padding == 0, count < 2 {
                    throw SQLError(.invalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
                }
                padding += 1
                digit = 0
            default:
                let scalar = String(decoding: text[index...].prefix(TextFormat.sequenceLength(byte)), as: UTF8.self)
                throw SQLError(
                    .invalidParameterValue,
                    "invalid symbol \"\(scalar)\" found while decoding base64 sequence"
                )
            }
            group = group << 6 | UInt32(digit)
            count += 1
            if count == 4 {
                result.append(UInt8(truncatingIfNeeded: group >> 16))
                if padding < 2 { result.append(UInt8(truncatingIfNeeded: group >> 8)) }
                if padding < 1 { result.append(UInt8(truncatingIfNeeded: group)) }
                group = 0
                count = 0
            }
        }
        guard count == 0 else {
            throw SQLError(
                .invalidParameterValue,
                "invalid base64 end sequence",
                hint: "Input data is missing padding, is truncated, or is otherwise corrupted."
            )
        }
        return result
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        var column = 0
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            result.append(alphabet[Int(first >> 2)])
            result.append(alphabet[Int((first & 3) << 4 | second >> 4)])
            result.append(index + 1 < bytes.count ? alphabet[Int((second & 15) << 2 | third >> 6)] : UInt8(ascii: "="))
            result.append(index + 2 < bytes.count ? alphabet[Int(third & 63)] : UInt8(ascii: "="))
            index += 3
            column += 4
            // Lines of 76 characters, as MIME has them.
            if column == 76, index < bytes.count {
                result.append(10)
                column = 0
            }
        }
        return result
    }
}

/// MD5 (RFC 1321), for the SQL function of that name.
enum MessageDigest5 {
    static func hexadecimal(_ message: [UInt8]) -> String {
        let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
        var constants: [UInt32] = []
        for index in 0..<64 { constants.append(UInt32(4_294_967_296 * sin(Double(index + 1)).magnitude)) }
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) &* 8
        for index in 0..<8 { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(index * 8))) }
        var offset = 0
        while offset < padded.count {
            var words: [UInt32] = []
            for index in 0..<16 {
                let base = offset + index * 4
                words.append(
                    UInt32(padded[base]) | UInt32(padded[base + 1]) << 8 | UInt32(padded[base + 2]) << 16
                        | UInt32(padded[base + 3]) << 24
                )
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for index in 0..<64 {
                var mixed: UInt32
                let word: Int
                switch index / 16 {
                case 0: (mixed, word) = ((b & c) | (~b & d), index)
                case 1: (mixed, word) = ((d & b) | (~d & c), (5 * index + 1) % 16)
                case 2: (mixed, word) = (b ^ c ^ d, (3 * index + 5) % 16)
                default: (mixed, word) = (c ^ (b | ~d), (7 * index) % 16)
                }
                mixed = mixed &+ a &+ constants[index] &+ words[word]
                a = d
                d = c
                c = b
                let shift = shifts[index / 16 * 4 + index % 4]
                b = b &+ ((mixed << shift) | (mixed >> (32 - shift)))
            }
            state[0] = state[0] &+ a
            state[1] = state[1] &+ b
            state[2] = state[2] &+ c
            state[3] = state[3] &+ d
            offset += 64
        }
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        for word in state {
            for index in 0..<4 {
                let byte = UInt8(truncatingIfNeeded: word >> UInt32(index * 8))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
