import Bytes

extension UUID {
    /// 32 hex digits; a hyphen may follow each group of four; braces may surround the whole.
    public init(parsing text: UnsafeRawBufferPointer) throws(SQLError) {
        var index = 0
        let isBraced = text.first == UInt8(ascii: "{")
        if isBraced { index = 1 }
        var halves: (UInt64, UInt64) = (0, 0)
        for byteNumber in 0..<16 {
            guard index + 1 < text.count, let high = TextFormat.hexValue(text[index]),
                let low = TextFormat.hexValue(text[index + 1])
            else { throw TextFormat.invalidSyntax("uuid", text) }
            let byte = UInt64((high << 4) | low)
            if byteNumber < 8 { halves.0 = (halves.0 << 8) | byte } else { halves.1 = (halves.1 << 8) | byte }
            index += 2
            if byteNumber % 2 == 1, byteNumber < 15, index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        }
        if isBraced {
            guard index < text.count, text[index] == UInt8(ascii: "}") else {
                throw TextFormat.invalidSyntax("uuid", text)
            }
            index += 1
        }
        guard index == text.count else { throw TextFormat.invalidSyntax("uuid", text) }
        self.init(high: halves.0, low: halves.1)
    }

    public func write(to output: inout ByteBuffer) {
        for byteNumber in 0..<16 {
            if byteNumber == 4 || byteNumber == 6 || byteNumber == 8 || byteNumber == 10 {
                output.append(UInt8(ascii: "-"))
            }
            let half = byteNumber < 8 ? high : low
            let byte = UInt8(truncatingIfNeeded: half >> UInt64(56 - (byteNumber % 8) * 8))
            output.append(TextFormat.hexDigitByte(byte >> 4))
            output.append(TextFormat.hexDigitByte(byte & 15))
        }
    }
}
