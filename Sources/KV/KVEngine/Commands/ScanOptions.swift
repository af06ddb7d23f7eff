import Bytes
import RESP

/// The options SCAN and its kin share: MATCH pattern, COUNT n, and for SCAN itself TYPE name.
struct ScanOptions {
    var pattern: ByteSlice?
    var count = 10
    var type: ByteSlice?

    /// Nil with the error written when an option is malformed.
    init?(_ engine: inout Engine, _ call: Call, from start: Int, allowsType: Bool) {
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

extension Engine {
    /// HSCAN, SSCAN and ZSCAN key cursor [MATCH pattern] [COUNT n].
    ///
    /// `walk` visits elements from a cursor on, asks for each by its name whether it is wanted, writes those that are, as
    /// `width` replies each, and returns the cursor to go on from.
    mutating func scanElements(
        _ call: Call,
        _ type: ValueType,
        width: Int,
        _ walk: (Entry, UInt64, _ isWanted: (ByteSlice) -> Bool, inout ReplyWriter) -> UInt64
    ) {
        guard let cursor = ScanOptions.cursor(call[2]) else { return fail("ERR invalid cursor") }
        var slot: Slot?
        guard look(up: call.key, call.hash, type, &slot) else { return }
        guard let entry = slot?.entry else {
            reply.array(2)
            reply.bulk("0")
            return reply.array(0)
        }
        guard let options = ScanOptions(&self, call, from: 3, allowsType: false) else { return }
        var found = 0
        var elements = ReplyWriter()
        var next = cursor
        var seen = 0
        repeat {
            next = walk(
                entry,
                next,
                { name in
                    seen += 1
                    guard options.matches(name) else { return false }
                    found += 1
                    return true
                },
                &elements
            )
        } while next != 0 && seen < options.count
        reply.array(2)
        reply.bulk(string: String(next))
        reply.array(found * width)
        reply.buffer.append(elements.buffer.bytes)
    }
}
