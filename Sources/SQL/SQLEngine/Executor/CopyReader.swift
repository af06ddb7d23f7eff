// COPY … FROM: bytes in any pieces → lines → fields → rows.
//
//     feed(bytes) ─▶ leftover + bytes ─▶ whole lines ─▶ fields (text or csv rules) ─▶ datums ─▶ RowWriter
//
// Limits: a line is at most 1 GiB, as in PostgreSQL. Errors carry `CONTEXT: COPY table, line n[, column c: "text"]`.

import Bytes
import SQLStorage
import SQLTypes

final class CopyReader {
    private let copy: BoundCopy
    private let writer: RowWriter
    private let codecs: [ColumnCodec]
    private let filter: Expression?
    private let defaults: [(column: Int, expression: Expression)]
    private let frame: Frame
    private let textContext: TextContext
    private var pending = ByteBuffer()
    /// How much of `pending` was looked at, and whether inside quotes there (csv).
    private var scanned = 0
    private var isQuoted = false
    private var line = 0
    var tableName: String { writer.table.name }
    var lineNumber: Int { line }
    private(set) var rows = 0
    private var isFinished = false
    private let arena = DatumArena()
    private var fields: [(start: Int, count: Int, isNull: Bool)] = []
    private var unescaped = ByteBuffer()
    private let datums: UnsafeMutablePointer<Datum>
    private let width: Int

    init(_ copy: BoundCopy, _ table: Table, _ planner: Planner, _ textContext: TextContext) throws(SQLError) {
        if copy.format == .binary { throw SQLError(.featureNotSupported, "COPY in binary format is not supported") }
        self.copy = copy
        writer = try RowWriter(table, planner)
        codecs = copy.columns.map { ColumnCodec(table.columns[$0].type) }
        let scope = PlanScope(parent: nil, query: nil)
        frame = Frame(readers: [], parent: nil, context: planner.context)
        if let bound = copy.filter { filter = try planner.compile(bound, scope) } else { filter = nil }
        var defaults: [(column: Int, expression: Expression)] = []
        for item in copy.defaults { defaults.append((item.column, try planner.compile(item.expression, scope))) }
        self.defaults = defaults
        self.textContext = textContext
        width = table.columns.count
        datums = .allocate(capacity: max(width, 1))
        datums.initialize(repeating: .null, count: max(width, 1))
    }

    deinit { datums.deallocate() }

    private func located(_ error: SQLError, column: Int? = nil, text: UnsafeRawBufferPointer? = nil) -> SQLError {
        var error = error
        var context = "COPY \(writer.table.name), line \(line)"
        if let column, column < copy.columnNames.count { context += ", column \(copy.columnNames[column])" }
        if let text { context += ": \"\(CopyReader.shortened(text))\"" }
        if error.context == nil { error.context = context }
        return error
    }

    private static func shortened(_ text: UnsafeRawBufferPointer) -> String {
        if text.count <= 100 { return String(decoding: text, as: UTF8.self) }
        var end = 100
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: text[0..<end], as: UTF8.self) + "..."
    }

    /// Takes the next piece of the stream.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        if isFinished { return }
        pending.append(bytes)
        try lines(atEnd: false)
        if pending.count > 1 << 30 { throw located(SQLError("54000", "out of memory")) }
    }

    /// The stream is over.
    func finish() throws(SQLError) {
        if !isFinished {
            try lines(atEnd: true)
            if pending.count > 0 {
                line += 1
                if isQuoted {
                    throw located(SQLError(.badCopyFileFormat, "unterminated CSV quoted field"), text: pending.bytes)
                }
                try self.line(pending.bytes)
                pending.removeAll()
            }
        }
    }

    private func lines(atEnd: Bool) throws(SQLError) {
        let bytes = pending.bytes
        var start = 0
        var position = scanned
        let isCSV = copy.format == .csv
        let newline = UInt8(ascii: "\n")
        while position < bytes.count, !isFinished {
            let byte = bytes[position]
            if isCSV {
                if byte == copy.quote {
                    isQuoted.toggle()
                } else if isQuoted, byte == copy.escape, copy.escape != copy.quote {
                    // The escape takes the next byte with it.
                    if position + 1 >= bytes.count { break }
                    position += 1
                }
            } else if byte == UInt8(ascii: "\\") {
                if position + 1 >= bytes.count { break }
                position += 2
                continue
            }
            if byte == newline, !isQuoted {
                line += 1
                var end = position
                if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
                try self.line(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = position + 1
            }
            position += 1
        }
        scanned = position - start
        pending.consume(start)
        if isFinished { pending.removeAll() }
    }

    private func line(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        if bytes.count == 2, bytes[0] == UInt8(ascii: "\\"), bytes[1] == UInt8(ascii: ".") {
            isFinished = true
            return
        }
        try writer.context.tick()
        fields.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        if copy.format == .csv { try splitCSV(bytes) } else { try splitText(bytes) }
        if line == 1, copy.hasHeader {
            if copy.headerMustMatch { try matchHeader(bytes) }
            return
        }
        let expected = copy.columns.count
        if fields.count > expected {
            throw located(SQLError(.badCopyFileFormat, "extra data after last expected column"), text: bytes)
        }
        if expected == 0, fields.count == 0 || bytes.count == 0 { fields.removeAll() }
        if fields.count < expected {
            throw located(
                SQLError(.badCopyFileFormat, "missing data for column \"\(copy.columnNames[fields.count])\""),
                text: bytes
            )
        }
        arena.reset()
        for column in 0..<width { datums[column] = .null }
        let text = unescaped.bytes
        for position in 0..<expected {
            let field = fields[position]
            if field.isNull { continue }
            let slice =
                field.start >= 0
                ? UnsafeRawBufferPointer(rebasing: bytes[field.start..<(field.start + field.count)])
                : UnsafeRawBufferPointer(rebasing: text[(-field.start - 1)..<(-field.start - 1 + field.count)])
            do throws(SQLError) {
                datums[copy.columns[position]] = try datum(slice, codecs[position])
            } catch {
                throw located(error, column: position, text: slice)
            }
        }
        do throws(SQLError) {
            for item in defaults {
                datums[item.column] = writer.reader.codecs[item.column].datum(
                    try item.expression.evaluate(frame),
                    arena
                )
            }
            if let filter {
                frame.row = (0..<width).map { writer.reader.codecs[$0].value(datums[$0]) }
                if try filter.test(frame) != .yes { return }
            }
            try writer.insert(datums)
        } catch {
            throw error.state == .uniqueViolation ? located(error) : located(error, text: bytes)
        }
        rows += 1
    }

    private func matchHeader(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        if fields.count != copy.columns.count {
            throw located(
                SQLError(
                    .badCopyFileFormat,
                    "wrong number of fields in header line: got \(fields.count), expected \(copy.columns.count)"
                ),
                text: bytes
            )
        }
        let text = unescaped.bytes
        for (position, name) in copy.columnNames.enumerated() {
            let field = fields[position]
            if field.isNull {
                throw located(
                    SQLError(
                        .badCopyFileFormat,
                        "column name mismatch in header line field \(position + 1): got null value (\"\(String(decoding: copy.null, as: UTF8.self))\"), expected \"\(name)\""
                    ),
                    text: bytes
                )
            }
            let slice =
                field.start >= 0
                ? UnsafeRawBufferPointer(rebasing: bytes[field.start..<(field.start + field.count)])
                : UnsafeRawBufferPointer(rebasing: text[(-field.start - 1)..<(-field.start - 1 + field.count)])
            let got = String(decoding: slice, as: UTF8.self)
            if got != name {
                throw located(
                    SQLError(
                        .badCopyFileFormat,
                        "column name mismatch in header line field \(position + 1): got \"\(got)\", expected \"\(name)\""
                    ),
                    text: bytes
                )
            }
        }
    }

    /// The stored form of a field, without a `Value` where the type allows it.
    private func datum(_ text: UnsafeRawBufferPointer, _ codec: ColumnCodec) throws(SQLError) -> Datum {
        switch codec.type.oid {
        case .text:
            try TextFormat.checkEncoding(text)
            return Datum(text)
        case .varchar:
            try TextFormat.checkEncoding(text)
            if let limit = codec.type.characterLimit, text.count > limit, TextFormat.characterCount(text) > limit {
                break
            }
            return Datum(text)
        case .bpchar:
            try TextFormat.checkEncoding(text)
            let characters = TextFormat.characterCount(text)
            guard let limit = codec.type.characterLimit, characters <= limit else { break }
            let padded = arena.allocate(text.count + limit - characters)
            padded.copyMemory(from: text)
            for position in text.count..<padded.count { padded[position] = 0x20 }
            return Datum(UnsafeRawBufferPointer(padded))
        case .int4:
            if text.count < 10, let value = CopyReader.shortInteger(text) { return Datum(value) }
        case .int8:
            if text.count < 18, let value = CopyReader.shortInteger(text) { return Datum(value) }
        default: break
        }
        return codec.datum(try codec.type.parse(text, textContext), arena)
    }

    private static func shortInteger(_ text: UnsafeRawBufferPointer) -> Int64? {
        var position = 0
        let negative = text.first == UInt8(ascii: "-")
        if negative { position = 1 }
        guard position < text.count else { return nil }
        var value: Int64 = 0
        while position < text.count {
            let digit = text[position] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
            position += 1
        }
        return negative ? -value : value
    }

    private func isNullText(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        guard end - start == copy.null.count else { return false }
        for position in copy.null.indices where bytes[start + position] != copy.null[position] { return false }
        return true
    }

    private func splitText(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        if bytes.isEmpty, copy.columns.isEmpty { return }
        var start = 0
        var position = 0
        let backslash = UInt8(ascii: "\\")
        while true {
            var hasEscape = false
            while position < bytes.count, bytes[position] != copy.delimiter {
                if bytes[position] == backslash {
                    hasEscape = true
                    position += 1
                }
                position += 1
            }
            let end = min(position, bytes.count)
            if isNullText(bytes, start, end) {
                fields.append((start, end - start, true))
            } else if !hasEscape {
                fields.append((start, end - start, false))
            } else {
                let begin = unescaped.count
                unescape(bytes, start, end)
                fields.append((-begin - 1, unescaped.count - begin, false))
            }
            if position >= bytes.count { return }
            position += 1
            start = position
        }
    }

    private func unescape(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        var position = start
        func hexadecimal(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x37
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
        while position < end {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < end else {
                unescaped.append(byte)
                continue
            }
            let code = bytes[position]
            position += 1
            switch code {
            case UInt8(ascii: "b"): unescaped.append(8)
            case UInt8(ascii: "f"): unescaped.append(12)
            case UInt8(ascii: "n"): unescaped.append(10)
            case UInt8(ascii: "r"): unescaped.append(13)
            case UInt8(ascii: "t"): unescaped.append(9)
            case UInt8(ascii: "v"): unescaped.append(11)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                var value = Int(code - 0x30)
                var digits = 1
                while digits < 3, position < end, bytes[position] &- 0x30 < 8 {
                    value = value * 8 + Int(bytes[position] - 0x30)
                    position += 1
                    digits += 1
                }
                unescaped.append(UInt8(truncatingIfNeeded: value))
            case UInt8(ascii: "x"):
                if position < end, let high = hexadecimal(bytes[position]) {
                    var value = high
                    position += 1
                    if position < end, let low = hexadecimal(bytes[position]) {
                        value = value << 4 | low
                        position += 1
                    }
                    unescaped.append(value)
                } else {
                    unescaped.append(code)
                }
            default: unescaped.append(code)
            }
        }
    }

    private func splitCSV(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        if bytes.isEmpty, copy.columns.isEmpty { return }
        var position = 0
        while true {
            let start = position
            var wasQuoted = false
            // A field without quotes is used where it stands.
            while position < bytes.count, bytes[position] != copy.delimiter, bytes[position] != copy.quote {
                position += 1
            }
            let begin = unescaped.count
            if position < bytes.count, bytes[position] == copy.quote {
                wasQuoted = true
                if position > start { unescaped.append(UnsafeRawBufferPointer(rebasing: bytes[start..<position])) }
                var inside = false
                while position < bytes.count {
                    let byte = bytes[position]
                    if inside {
                        if byte == copy.escape, position + 1 < bytes.count,
                            bytes[position + 1] == copy.quote || bytes[position + 1] == copy.escape
                        {
                            unescaped.append(bytes[position + 1])
                            position += 2
                            continue
                        }
                        if byte == copy.quote {
                            inside = false
                        } else {
                            unescaped.append(byte)
                        }
                    } else if byte == copy.quote {
                        inside = true
                    } else if byte == copy.delimiter {
                        break
                    } else {
                        unescaped.append(byte)
                    }
                    position += 1
                }
                if inside { throw located(SQLError(.badCopyFileFormat, "unterminated CSV quoted field"), text: bytes) }
            }
            let column = fields.count
            if wasQuoted {
                var isNull = false
                if copy.forceNull.contains(column) {
                    isNull = isNullText(unescaped.bytes, begin, unescaped.count)
                }
                fields.append((-begin - 1, unescaped.count - begin, isNull))
            } else {
                let isNull = isNullText(bytes, start, position) && !copy.forceNotNull.contains(column)
                fields.append((start, position - start, isNull))
            }
            if position >= bytes.count { return }
            position += 1
        }
    }
}
