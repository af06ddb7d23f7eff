import Bytes
import RESP

/// The options SCAN and its kin share: MATCH pattern, COUNT n, and for SCAN itself TYPE name.
struct ScanOptions {
    var pattern: ByteSlice?
    var count = 10
    var type: ByteSlice?

    /// Nil with the error written when an option is malformed.
    init?(_ engine: inout Engine, _ call: borrowing Call, from start: Int, allowsType: Bool) {
        var index = start
        while index < call.count {
            let hasNext = index + 1 < call.count
            if hasNext, call.isWord(index, "COUNT") {
                guard let value = engine.integer(call[index + 1]) else { return nil }
                guard value >= 1 else {
                    engine.syntaxError()
                    return nil
                }
                count = Int(value)
            } else if hasNext, call.isWord(index, "MATCH") {
                let text = call[index + 1]
                pattern = text.count == 1 && text[0] == UInt8(ascii: "*") ? nil : text
            } else if hasNext, allowsType, call.isWord(index, "TYPE") {
                type = call[index + 1]
            } else {
                engine.syntaxError()
                return nil
            }
            index += 2
        }
    }

    func matches(_ text: ByteSlice) -> Bool {
        pattern.map { GlobPattern.matches($0, text) } ?? true
    }

    /// A number by the rules of C's strtoul, which redis uses: nothing is 0, a minus wraps around; nil otherwise.
    static func cursor(_ text: ByteSlice) -> UInt64? {
        guard let first = text.bytes.first else { return 0 }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative || first == UInt8(ascii: "+") ? text.dropFirst(1) : text
        guard digits.count > 0 else { return nil }
        var value: UInt64 = 0
        for byte in digits.bytes {
            guard byte >= 48, byte <= 57 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 48))
            if overflow || carry { return nil }
            value = sum
        }
        return isNegative ? 0 &- value : value
    }
}
