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

    private func appendText() {
        for byte in field.bytes {
            switch byte {
            case 8: line.append("\\b")
            case 9: line.append("\\t")
            case 10: line.append("\\n")
            case 11: line.append("\\v")
            case 12: line.append("\\f")
            case 13: line.append("\\r")
            case UInt8(ascii: "\\"): line.append("\\\\")
            case copy.delimiter:
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            default: line.append(byte)
            }
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
        line.append(copy.quote)
        for byte in bytes {
            if byte == copy.quote || byte == copy.escape { line.append(copy.escape) }
            line.append(byte)
        }
        line.append(copy.quote)
    }
}
