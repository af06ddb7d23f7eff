/// Splits a line as a person types it: blanks between arguments, `"…"` with escapes, `'…'` without.
///
///     set greeting "hello\x20world\n"  ──▶  [set] [greeting] [hello world⏎]
///
/// The rules are redis's: `\xHH` and `\n \r \t \b \a` inside double quotes, `\'` inside single quotes, and a closing
/// quote must be followed by a blank or the end. A NUL byte ends the line.
public enum InlineArguments {
    /// The arguments of `line`; nil when quotes are unbalanced.
    public static func words(_ line: ByteSlice) -> [[UInt8]]? {
        var batch = RequestBatch()
        guard split(line, into: &batch) else { return nil }
        return (0..<batch.argumentCount).map { batch.arguments[$0].array }
    }

    /// Appends the arguments of `line` to `batch`; false when quotes are unbalanced.
    static func split(_ line: ByteSlice, into batch: inout RequestBatch) -> Bool {
        let first = batch.argumentCount
        var index = 0
        while true {
            while index < line.count, isBlank(line[index]) { index += 1 }
            guard index < line.count, line[index] != 0 else { return true }
            // Without quotes the argument is a slice of the line.
            let start = index
            while index < line.count, !endsPlain(line[index]) { index += 1 }
            if index == line.count || endsArgument(line[index]) {
                batch.append(ByteSlice(start: line.start + start, count: index - start))
                continue
            }
            var argument = Array(UnsafeBufferPointer(start: line.start + start, count: index - start))
            guard readQuoted(line, &index, &argument) else {
                batch.truncateArguments(to: first)
                return false
            }
            batch.append(copying: argument)
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 32 || (byte >= 9 && byte <= 13)
    }

    /// Inside an argument vertical tab and form feed are ordinary bytes; between arguments they are blanks.
    private static func endsArgument(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 9 || byte == 10 || byte == 13 || byte == 0
    }

    private static func endsPlain(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || endsArgument(byte)
    }

    /// Continues an argument that holds a quote, from `index` to its end.
    private static func readQuoted(_ line: ByteSlice, _ index: inout Int, _ argument: inout [UInt8]) -> Bool {
        var quote: UInt8 = 0
        while true {
            guard index < line.count, line[index] != 0 else { return quote == 0 }
            let byte = line[index]
            if quote == 0 {
                if endsArgument(byte) { return true }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else {
                    argument.append(byte)
                }
                index += 1
            } else if byte == quote {
                index += 1
                return index == line.count || isBlank(line[index]) || line[index] == 0
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                readEscape(line, &index, &argument)
            } else if byte == UInt8(ascii: "\\"), index + 1 < line.count, line[index + 1] == UInt8(ascii: "'") {
                argument.append(UInt8(ascii: "'"))
                index += 2
            } else {
                argument.append(byte)
                index += 1
            }
        }
    }

    private static func readEscape(_ line: ByteSlice, _ index: inout Int, _ argument: inout [UInt8]) {
        guard index + 1 < line.count else {
            argument.append(line[index])
            index += 1
            return
        }
        let letter = line[index + 1]
        if letter == UInt8(ascii: "x"), index + 3 < line.count, let high = hexDigit(line[index + 2]),
            let low = hexDigit(line[index + 3])
        {
            argument.append(high << 4 | low)
            index += 4
            return
        }
        switch letter {
        case UInt8(ascii: "n"): argument.append(10)
        case UInt8(ascii: "r"): argument.append(13)
        case UInt8(ascii: "t"): argument.append(9)
        case UInt8(ascii: "b"): argument.append(8)
        case UInt8(ascii: "a"): argument.append(7)
        default: argument.append(letter)
        }
        index += 2
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 97...102: byte - 87
        case 65...70: byte - 55
        default: nil
        }
    }
}

extension RequestBatch {
    /// The words of a line of text by the rules of inline requests, or nil when its quotes are unbalanced: how lines of
    /// redis.conf are read.
    public static func words(of line: [UInt8]) -> [[UInt8]]? {
        var batch = RequestBatch()
        return line.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return [] }
            guard InlineArguments.split(ByteSlice(start: start, count: bytes.count), into: &batch) else { return nil }
            return (0..<batch.argumentCount).map { batch.arguments[$0].array }
        }
    }
}
