// COPY … TO: rows → lines in text or csv format, each handed on as it is made.

import Bytes
import SQLTypes

final class CopyWriter: RowConsumer {
    private let copy: BoundCopy
    private let types: [SQLType]
    private let textContext: TextContext
    private let write: (UnsafeRawBufferPointer) throws(SQLError) -> Void
    private var line = ByteBuffer()
    private var field = ByteBuffer()
    private(set) var rows = 0

    init(
        _ copy: BoundCopy,
        types: [SQLType],
        _ textContext: TextContext,
        write: @escaping (UnsafeRawBufferPointer) throws(SQLError) -> Void
    ) throws(SQLError) {
        if copy.format == .binary { throw SQLError(.featureNotSupported, "COPY in binary format is not supported") }
        self.copy = copy
        self.types = types
        self.textContext = textContext
        self.write = write
    }

    func header(_ names: [String]) throws(SQLError) {
        guard copy.hasHeader else { return }
        line.removeAll(keepingCapacity: true)
        for (position, name) in names.enumerated() {
            if position > 0 { line.append(copy.delimiter) }
            field.removeAll(keepingCapacity: true)
            field.append(string: name)
            if copy.format == .csv { appendCSV(isForced: false, isOnly: names.count == 1) } else { appendText() }
        }
        line.append(UInt8(ascii: "\n"))
        try write(line.bytes)
    }

    override func take(_ row: [Value]) throws(SQLError) -> Bool {
        line.removeAll(keepingCapacity: true)
        for position in types.indices {
            if position > 0 { line.append(copy.delimiter) }
            if row[position].isNull {
                line.append(copy.null)
                continue
            }
            field.removeAll(keepingCapacity: true)
            types[position].write(row[position], to: &field, textContext)
            if copy.format == .csv {
                appendCSV(isForced: copy.forceQuoteAll || copy.forceQuote.contains(position), isOnly: types.count == 1)
            } else {
                appendText()
            }
        }
        line.append(UInt8(ascii: "\n"))
        rows += 1
        try write(line.bytes)
        return true
    }

    private func appendText() { Self.appendText(field.bytes, to: &line, copy.delimiter) }

    /// What needs no backslash is copied in runs. The line is handed in: asked of the object byte by byte, the run-time's
    /// check that nobody else writes to it would be most of the work.
    private static func appendText(_ bytes: UnsafeRawBufferPointer, to line: inout ByteBuffer, _ delimiter: UInt8) {
        var start = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if byte > 13, byte != UInt8(ascii: "\\"), byte != delimiter { continue }
            guard let letter = letter(byte, delimiter) else { continue }
            line.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            line.append(UInt8(ascii: "\\"))
            line.append(letter)
            start = index + 1
        }
        line.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    /// What stands behind the backslash for a byte, nil when it needs none.
    private static func letter(_ byte: UInt8, _ delimiter: UInt8) -> UInt8? {
        switch byte {
        case 8: UInt8(ascii: "b")
        case 9: UInt8(ascii: "t")
        case 10: UInt8(ascii: "n")
        case 11: UInt8(ascii: "v")
        case 12: UInt8(ascii: "f")
        case 13: UInt8(ascii: "r")
        case UInt8(ascii: "\\"), delimiter: byte
        default: nil
        }
    }

    private func appendCSV(isForced: Bool, isOnly: Bool) {
        let bytes = field.bytes
        var needsQuotes = isForced || (bytes.count == copy.null.count && zip(bytes, copy.null).allSatisfy { $0 == $1 })
        if !needsQuotes {
            for byte in bytes where byte == copy.delimiter || byte == copy.quote || byte == 10 || byte == 13 {
                needsQuotes = true
            }
            // A line of `\.` alone would end the data.
            if isOnly, bytes.count == 2, bytes[0] == UInt8(ascii: "\\"), bytes[1] == UInt8(ascii: ".") {
                needsQuotes = true
            }
        }
        guard needsQuotes else {
            line.append(bytes)
            return
        }
        Self.appendQuoted(bytes, to: &line, copy.quote, copy.escape)
    }

    private static func appendQuoted(
        _ bytes: UnsafeRawBufferPointer,
        to line: inout ByteBuffer,
        _ quote: UInt8,
        _ escape: UInt8
    ) {
        line.append(quote)
        for byte in bytes {
            if byte == quote || byte == escape { line.append(escape) }
            line.append(byte)
        }
        line.append(quote)
    }
}
