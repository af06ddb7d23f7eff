import Glibc
import RESP

// Redis adds floats in C's long double; on x86-64 that is the 80-bit format, elsewhere we take Double.
#if arch(x86_64)
    typealias LongDouble = Float80
#else
    typealias LongDouble = Double
#endif

extension LongDouble {
    /// The number `text` spells from its first to its last byte; nil for blanks, NaN and anything else.
    static func parse(_ text: ByteSlice) -> LongDouble? {
        guard text.count > 0, text.count < 5120, text[0] != 32, !(text[0] >= 9 && text[0] <= 13) else { return nil }
        guard !text.bytes.contains(0) else { return nil }
        var copy = text.bytes.map { CChar(bitPattern: $0) }
        copy.append(0)
        return copy.withUnsafeBufferPointer { characters -> LongDouble? in
            guard let start = characters.baseAddress else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            #if arch(x86_64)
                let value = strtold(start, &end)
            #else
                let value = strtod(start, &end)
            #endif
            guard let end, UnsafePointer(end) == start + text.count, !value.isNaN else { return nil }
            // Beyond the largest number, or so small that nothing is left.
            if errno == ERANGE, value.isInfinite || value == 0 { return nil }
            return value
        }
    }

    /// Seventeen decimals at most, without trailing zeros, never an exponent: 10.5, not 10.50000000000000000.
    var humanText: [UInt8] {
        var buffer = [CChar](repeating: 0, count: 5200)
        #if arch(x86_64)
            let count = withVaList([self]) { vsnprintf(&buffer, buffer.count, "%.17Lf", $0) }
        #else
            let count = withVaList([self]) { vsnprintf(&buffer, buffer.count, "%.17f", $0) }
        #endif
        var text = buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }
        if text.contains(UInt8(ascii: ".")) {
            while text.last == UInt8(ascii: "0") { text.removeLast() }
            if text.last == UInt8(ascii: ".") { text.removeLast() }
        }
        return text == Array("-0".utf8) ? [UInt8(ascii: "0")] : text
    }
}
