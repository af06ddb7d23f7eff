import Bytes
import RESP

/// The name of an entry of a stream, `1700000000000-0`: milliseconds, and a sequence within them.
public struct StreamID: Comparable, BitwiseCopyable, Sendable {
    public var milliseconds: UInt64
    public var sequence: UInt64

    @inline(__always)
    public init(_ milliseconds: UInt64, _ sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    static let least = StreamID(0, 0)
    static let greatest = StreamID(.max, .max)

    @inline(__always)
    public static func < (left: StreamID, right: StreamID) -> Bool {
        left.milliseconds < right.milliseconds
            || (left.milliseconds == right.milliseconds && left.sequence < right.sequence)
    }

    /// The one just behind it; nil behind the greatest.
    @inline(__always)
    var next: StreamID? {
        if sequence != .max { return StreamID(milliseconds, sequence &+ 1) }
        return milliseconds == .max ? nil : StreamID(milliseconds &+ 1, 0)
    }

    /// The one just before it; nil before the least.
    var previous: StreamID? {
        if sequence != 0 { return StreamID(milliseconds, sequence &- 1) }
        return milliseconds == 0 ? nil : StreamID(milliseconds &- 1, .max)
    }

    /// What an entry gets that is added at `now` behind `last`; nil when no greater one exists.
    @inline(__always)
    static func following(_ last: StreamID, now: Int64) -> StreamID? {
        let now = UInt64(max(0, now))
        return now > last.milliseconds ? StreamID(now, 0) : last.next
    }

    /// As text, for effects; replies use `ReplyWriter.bulk`.
    var text: [UInt8] { Array("\(milliseconds)-\(sequence)".utf8) }
}

// MARK: - Reading

extension StreamID {
    /// What a request may write where an identifier belongs.
    enum Form {
        /// `5-1`, or `5` with a sequence that the command decides.
        case exact
        /// Also `-` and `+` for the least and the greatest.
        case bound
        /// `5-1`, `5`, or `5-*` for the next sequence that is free.
        case added
    }

    /// Reads an identifier; `isOpen` tells that its sequence was left to the server.
    static func parse(
        _ text: ByteSlice,
        _ form: Form = .exact,
        missingSequence: UInt64 = 0,
        isOpen: inout Bool
    ) -> StreamID? {
        guard text.count < 128 else { return nil }
        if text.count == 1, text[0] == UInt8(ascii: "-") { return form == .bound ? .least : nil }
        if text.count == 1, text[0] == UInt8(ascii: "+") { return form == .bound ? .greatest : nil }
        // Redis reads it as a C string, which ends at a NUL.
        let count = text.bytes.firstIndex(of: 0) ?? text.count
        var dash = 0
        while dash < count, text[dash] != UInt8(ascii: "-") { dash += 1 }
        guard let milliseconds = parseUnsigned(ByteSlice(start: text.start, count: dash)) else { return nil }
        guard dash < count else { return StreamID(milliseconds, missingSequence) }
        let rest = ByteSlice(start: text.start + dash + 1, count: count - dash - 1)
        if form == .added, rest.count == 1, rest[0] == UInt8(ascii: "*") {
            isOpen = true
            return StreamID(milliseconds, 0)
        }
        guard let sequence = parseUnsigned(rest) else { return nil }
        return StreamID(milliseconds, sequence)
    }

    static func parse(_ text: ByteSlice, _ form: Form = .exact, missingSequence: UInt64 = 0) -> StreamID? {
        var isOpen = false
        return parse(text, form, missingSequence: missingSequence, isOpen: &isOpen)
    }

    /// An integer as C's `strtoull` reads it, which is what redis takes: blanks before it, a sign, zeros in front.
    /// A negative number wraps, unless it is written as one.
    private static func parseUnsigned(_ text: ByteSlice) -> UInt64? {
        if let number = ASCII.parseInt64(text.buffer) { return number < 0 ? nil : UInt64(number) }
        var index = 0
        while index < text.count, text[index] == 32 || (9...13).contains(text[index]) { index += 1 }
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return nil }
        var value: UInt64 = 0
        while index < text.count {
            let digit = text[index] &- 48
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        return isNegative ? 0 &- value : value
    }
}

// MARK: - Writing

extension ReplyWriter {
    /// An identifier as a bulk string.
    mutating func bulk(_ id: StreamID) {
        let first = ASCII.decimalDigits(in: id.milliseconds)
        let second = ASCII.decimalDigits(in: id.sequence)
        let count = first &+ 1 &+ second
        // `$`, two digits, two line ends, at most 41 bytes.
        let target = buffer.reserve(64)
        target.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        var offset = 1
        if count >= 10 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: count / 10) &+ 48, toByteOffset: 1, as: UInt8.self)
            offset = 2
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: count % 10) &+ 48, toByteOffset: offset, as: UInt8.self)
        target.storeBytes(of: 0x0A0D, toByteOffset: offset &+ 1, as: UInt16.self)
        offset &+= 3
        ASCII.store(decimal: id.milliseconds, digits: first, at: target + offset)
        (target + (offset &+ first)).storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
        ASCII.store(decimal: id.sequence, digits: second, at: target + (offset &+ first &+ 1))
        target.storeBytes(of: 0x0A0D, toByteOffset: offset &+ count, as: UInt16.self)
        buffer.advance(offset &+ count &+ 2)
    }
}
