import Bytes

/// The text form of arrays and rows: `{1,2,NULL}`, `{{a,b},{c,d}}`, `[0:1]={1,2}`, `(1,"a b",)`; vectors: `1 2 3`.
enum ArrayText {
    // MARK: Output

    static func append(_ array: SQLArray, as type: SQLType, to output: inout ByteBuffer, _ context: TextContext) {
        if type.oid == .int2vector || type.oid == .oidvector {
            for (index, element) in array.elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: " ")) }
                array.elementType.write(element, to: &output, context)
            }
            return
        }
        if array.dimensions.isEmpty { return output.append("{}") }
        if array.dimensions.contains(where: { $0.lowerBound != 1 }) {
            for dimension in array.dimensions {
                output.append(UInt8(ascii: "["))
                output.append(decimal: Int64(dimension.lowerBound))
                output.append(UInt8(ascii: ":"))
                output.append(decimal: Int64(dimension.lowerBound &+ dimension.count &- 1))
                output.append(UInt8(ascii: "]"))
            }
            output.append(UInt8(ascii: "="))
        }
        let element = type.elementType ?? array.elementType
        let delimiter = element.info?.delimiter.asciiValue ?? UInt8(ascii: ",")
        var next = 0
        appendLevel(0, &next, array, element, delimiter, to: &output, context)
    }

    private static func appendLevel(
        _ level: Int,
        _ next: inout Int,
        _ array: SQLArray,
        _ element: SQLType,
        _ delimiter: UInt8,
        to output: inout ByteBuffer,
        _ context: TextContext
    ) {
        output.append(UInt8(ascii: "{"))
        for index in 0..<array.dimensions[level].count {
            if index > 0 { output.append(delimiter) }
            if level + 1 < array.dimensions.count {
                appendLevel(level + 1, &next, array, element, delimiter, to: &output, context)
            } else {
                let value = array.elements[next]
                next += 1
                if value.isNull {
                    output.append("NULL")
                } else {
                    appendQuoted(value, element, delimiter, to: &output, context)
                }
            }
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func appendQuoted(
        _ value: Value,
        _ type: SQLType,
        _ delimiter: UInt8,
        to output: inout ByteBuffer,
        _ context: TextContext
    ) {
        var buffer = ByteBuffer()
        type.write(value, to: &buffer, context)
        let text = buffer.bytes
        let needsQuotes =
            text.isEmpty || ASCII.equalsIgnoringCase(text, "null")
            || text.contains { byte in
                byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "{")
                    || byte == UInt8(ascii: "}") || byte == delimiter || TextFormat.isSpace(byte)
            }
        guard needsQuotes else { return output.append(text) }
        output.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }

    /// `(1,"a b",)`: NULL is nothing; quotes and backslashes are doubled.
    static func append(record fields: [Value.Field], to output: inout ByteBuffer, _ context: TextContext) {
        output.append(UInt8(ascii: "("))
        for (index, field) in fields.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if field.value.isNull { continue }
            var buffer = ByteBuffer()
            field.type.write(field.value, to: &buffer, context)
            let text = buffer.bytes
            let needsQuotes =
                text.isEmpty
                || text.contains { byte in
                    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "(")
                        || byte == UInt8(ascii: ")") || byte == UInt8(ascii: ",") || TextFormat.isSpace(byte)
                }
            guard needsQuotes else {
                output.append(text)
                continue
            }
            output.append(UInt8(ascii: "\""))
            for byte in text {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(byte) }
                output.append(byte)
            }
            output.append(UInt8(ascii: "\""))
        }
        output.append(UInt8(ascii: ")"))
    }

    // MARK: Input

    static func parseVector(_ text: UnsafeRawBufferPointer, _ type: SQLType) throws(SQLError) -> SQLArray {
        let element = type.oid == .int2vector ? SQLType.int2 : SQLType.oid
        var elements: [Value] = []
        var index = 0
        while true {
            while index < text.count, TextFormat.isSpace(text[index]) { index += 1 }
            if index == text.count { break }
            let start = index
            while index < text.count, !TextFormat.isSpace(text[index]) { index += 1 }
            elements.append(try element.parse(UnsafeRawBufferPointer(rebasing: text[start..<index])))
        }
        return SQLArray(
            elementType: element,
            dimensions: elements.isEmpty ? [] : [.init(count: elements.count, lowerBound: 0)],
            elements: elements
        )
    }

    static func parse(_ text: UnsafeRawBufferPointer, as type: SQLType, _ context: TextContext) throws(SQLError)
        -> SQLArray
    {
        try TextFormat.checkEncoding(text)
        var reader = ArrayReader(text, element: type.elementType ?? .text, context)
        return try reader.read()
    }
}

/// Reads one array literal.
private struct ArrayReader {
    private static let maximumDimensions = 6

    private let text: UnsafeRawBufferPointer
    private let element: SQLType
    private let context: TextContext
    private let delimiter: UInt8
    private var index = 0
    private var elements: [Value] = []
    /// Elements per level, nil until the level's first list was closed.
    private var counts: [Int?] = []

    init(_ text: UnsafeRawBufferPointer, element: SQLType, _ context: TextContext) {
        self.text = text
        self.element = element
        self.context = context
        delimiter = element.info?.delimiter.asciiValue ?? UInt8(ascii: ",")
    }

    private func malformed(_ detail: String) -> SQLError {
        SQLError(
            .invalidTextRepresentation,
            "malformed array literal: \"\(String(decoding: text, as: UTF8.self))\"",
            detail: detail
        )
    }

    private func peek() -> UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek(), TextFormat.isSpace(byte) { index += 1 }
    }

    mutating func read() throws(SQLError) -> SQLArray {
        let bounds = try readBounds()
        guard peek() == UInt8(ascii: "{") else {
            throw malformed(
                bounds.isEmpty
                    ? "Array value must start with \"{\" or dimension information."
                    : "Array contents must start with \"{\"."
            )
        }
        try readList(level: 0)
        skipSpace()
        guard index == text.count else { throw malformed("Junk after closing right brace.") }
        if elements.isEmpty { return SQLArray(elementType: element, []) }
        let found = counts.map { $0 ?? 0 }
        var dimensions = found.map { SQLArray.Dimension(count: $0) }
        if !bounds.isEmpty {
            guard bounds.map(\.count) == found else {
                throw malformed("Specified array dimensions do not match array contents.")
            }
            dimensions = bounds
        }
        return SQLArray(elementType: element, dimensions: dimensions, elements: elements)
    }

    /// `[1:2][0:3]=`, or nothing.
    private mutating func readBounds() throws(SQLError) -> [SQLArray.Dimension] {
        skipSpace()
        var bounds: [SQLArray.Dimension] = []
        while peek() == UInt8(ascii: "[") {
            index += 1
            guard bounds.count < ArrayReader.maximumDimensions else {
                throw SQLError(
                    .programLimitExceeded,
                    "number of array dimensions (\(bounds.count + 1)) exceeds the maximum allowed (6)"
                )
            }
            var first = try bound()
            var last = first
            if peek() == UInt8(ascii: ":") {
                index += 1
                last = try bound()
            } else {
                first = 1
            }
            guard peek() == UInt8(ascii: "]") else { throw malformed("Missing \"]\" after array dimensions.") }
            index += 1
            guard last >= first else {
                throw SQLError(.arraySubscriptError, "upper bound cannot be less than lower bound")
            }
            bounds.append(.init(count: last - first + 1, lowerBound: first))
            skipSpace()
        }
        guard !bounds.isEmpty else { return [] }
        guard peek() == UInt8(ascii: "=") else { throw malformed("Missing \"=\" after array dimensions.") }
        index += 1
        skipSpace()
        return bounds
    }

    private mutating func bound() throws(SQLError) -> Int {
        let start = index
        if let sign = peek(), sign == 0x2d || sign == 0x2b { index += 1 }
        while let byte = peek(), TextFormat.isDigit(byte) { index += 1 }
        guard let value = Int32(String(decoding: text[start..<index], as: UTF8.self)) else {
            throw malformed("\"[\" must introduce explicitly-specified array dimensions.")
        }
        return Int(value)
    }

    private mutating func readList(level: Int) throws(SQLError) {
        guard level < ArrayReader.maximumDimensions else {
            throw SQLError(
                .programLimitExceeded,
                "number of array dimensions (\(level + 1)) exceeds the maximum allowed (6)"
            )
        }
        if counts.count == level { counts.append(nil) }
        index += 1
        skipSpace()
        var count = 0
        if peek() == UInt8(ascii: "}") {
            index += 1
            guard level == 0 else { throw malformed("Unexpected \"}\" character.") }
            return
        }
        while true {
            skipSpace()
            guard let byte = peek() else { throw malformed("Unexpected end of input.") }
            if byte == UInt8(ascii: "{") {
                // Below this level there must be lists everywhere or nowhere.
                guard counts.count > level + 1 || (count == 0 && elements.isEmpty) else {
                    if counts.count == level + 1, count > 0 { throw malformed("Unexpected \"{\" character.") }
                    throw malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
                }
                try readList(level: level + 1)
            } else {
                guard counts.count == level + 1 else {
                    throw byte == UInt8(ascii: "}") || byte == delimiter
                        ? malformed("Unexpected \"\(Character(Unicode.Scalar(byte)))\" character.")
                        : malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
                }
                try readElement()
            }
            count += 1
            skipSpace()
            guard let next = peek() else { throw malformed("Unexpected end of input.") }
            index += 1
            if next == delimiter { continue }
            guard next == UInt8(ascii: "}") else { throw malformed("Unexpected array element.") }
            if let expected = counts[level], expected != count {
                throw malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
            }
            counts[level] = count
            return
        }
    }

    private mutating func readElement() throws(SQLError) {
        guard let first = peek() else { throw malformed("Unexpected end of input.") }
        var bytes: [UInt8] = []
        var isQuoted = false
        if first == UInt8(ascii: "\"") {
            isQuoted = true
            index += 1
            while true {
                guard let byte = peek() else { throw malformed("Unexpected end of input.") }
                index += 1
                if byte == UInt8(ascii: "\"") { break }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = peek() else { throw malformed("Unexpected end of input.") }
                    index += 1
                    bytes.append(escaped)
                } else {
                    bytes.append(byte)
                }
            }
        } else {
            // Trailing white space does not belong to an unquoted element, unless a backslash made it so.
            var significant = 0
            while let byte = peek(), byte != delimiter, byte != UInt8(ascii: "}") {
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "\"") {
                    throw malformed(
                        byte == UInt8(ascii: "{") ? "Unexpected \"{\" character." : "Unexpected array element."
                    )
                }
                index += 1
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = peek() else { throw malformed("Unexpected end of input.") }
                    index += 1
                    bytes.append(escaped)
                    significant = bytes.count
                    isQuoted = true
                } else {
                    bytes.append(byte)
                    if !TextFormat.isSpace(byte) { significant = bytes.count }
                }
            }
            bytes.removeLast(bytes.count - significant)
            guard !bytes.isEmpty else {
                throw malformed(
                    "Unexpected \"\(peek().map { String(Character(Unicode.Scalar($0))) } ?? "")\" character."
                )
            }
        }
        if !isQuoted, bytes.withUnsafeBytes({ ASCII.equalsIgnoringCase($0, "null") }) {
            elements.append(.null)
        } else {
            elements.append(try bytes.withRawBytes { (raw) throws(SQLError) in try element.parse(raw, context) })
        }
    }
}
