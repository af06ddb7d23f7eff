#if canImport(Glibc)
    import Glibc
#endif

/// Cuts a client's bytes into requests: RESP arrays of bulk strings, and inline commands for people with telnet.
///
///     *2⏎$3⏎GET⏎$3⏎foo⏎PING⏎ …  ──▶  RequestBatch [GET foo] [PING]      what is incomplete stays in the buffer
///
/// The rules and the error texts are redis-server 7.0's, including their oddities: a length line is looked for only
/// up to the first NUL byte, and the two bytes behind a bulk string are skipped without a look.
/// Every length is checked against the end of the input before a byte is touched; nothing is allocated for arguments
/// that are only announced. A request of many arguments that arrives in pieces is resumed, not read again.
/// After an error the input cannot be resynchronised: reply with it and close.
public struct RequestParser: Sendable {
    /// How much a client may ask for.
    public struct Limits: Sendable {
        /// `proto-max-bulk-len`
        public var maximumBulkLength = 512 << 20
        /// Before AUTH a client gets at most 10 arguments of at most 16 KiB.
        public var isUnauthenticated = false

        public init() {}
    }

    /// What one call of `parse` found.
    public struct Progress {
        /// Bytes that belong to the requests now in the batch (and empty requests); drop them after execution.
        public var consumed = 0
        /// How many unread bytes the next request needs at least, as far as is known; a hint for the reader.
        public var needed = 1
        /// The rest of the input is not RESP. The batch holds what came before it.
        public var error: RequestParserError?
    }

    /// A request with many arguments that is not complete yet: offsets from its first byte.
    private struct Partial: Sendable {
        var announced: Int
        var offset: Int
        var arguments: [(start: Int, count: Int)]
    }

    private static let longestLine = 64 << 10
    private static let resumeThreshold = 64

    private var partial: Partial?

    public init() {}

    /// Fills `batch` with the complete requests at the start of `input` beginning at `offset`, at most `maximum`.
    /// Offsets in the result and in the batch count from the start of `input`. Linear in the bytes read.
    public mutating func parse(
        _ input: UnsafeRawBufferPointer,
        from offset: Int,
        limits: Limits,
        maximum: Int = RequestBatch.capacity,
        into batch: inout RequestBatch
    ) -> Progress {
        batch.removeAll()
        var progress = Progress()
        progress.consumed = offset
        guard let base = input.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return progress }
        let end = input.count
        let maximum = min(maximum, RequestBatch.capacity)
        var position = offset
        while position < end, batch.requestCount < maximum {
            let outcome: Outcome
            if base[position] == UInt8(ascii: "*") {
                outcome = parseArray(base, position, end, limits, &batch)
            } else {
                outcome = parseInline(base, position, end, &batch)
            }
            switch outcome {
            case .complete(let next):
                position = next
                progress.consumed = next
            case .incomplete(let needed):
                progress.needed = max(needed - position, end - position + 1)
                return progress
            case .invalid(let error):
                progress.error = error
                return progress
            }
        }
        return progress
    }

    /// The next call begins with another request than the one that was incomplete: what was read of it is read again.
    public mutating func forgetPartial() { partial = nil }

    private enum Outcome {
        /// The offset behind the request.
        case complete(Int)
        /// The offset up to which bytes are needed, or 0 when unknown.
        case incomplete(Int)
        case invalid(RequestParserError)
    }

    /// The offset of the next CR before a NUL byte and before `end`; nil when there is none.
    @inline(__always)
    private static func carriageReturn(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var index = start
        while index < end {
            let byte = base[index]
            if byte == UInt8(ascii: "\r") { return index }
            if byte == 0 { return nil }
            index &+= 1
        }
        return nil
    }

    /// A length between CR-free bounds by `string2ll`'s rules; nil when malformed.
    @inline(__always)
    private static func length(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        // The common case: one to nine digits without a leading zero.
        let count = end &- start
        if count >= 1, count <= 9 {
            let first = base[start] &- 48
            if first <= 9, first != 0 || count == 1 {
                var value = Int(first)
                var index = start &+ 1
                while index < end {
                    let digit = base[index] &- 48
                    if digit > 9 { return nil }
                    value = value &* 10 &+ Int(digit)
                    index &+= 1
                }
                return value
            }
        }
        return parseLongLength(UnsafeRawBufferPointer(start: base + start, count: count))
    }

    @inline(never)
    private static func parseLongLength(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 0, text.count <= 20 else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        var value = 0
        let digits = isNegative ? text.dropFirst() : text.dropFirst(0)
        guard let first = digits.first, first != UInt8(ascii: "0") || (digits.count == 1 && !isNegative) else {
            return nil
        }
        for byte in digits {
            guard byte >= 48, byte <= 57 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards for a negative number: the least one has no positive counterpart.
            let digit = Int(byte &- 48)
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// A line of a letter and one or two digits, as nearly all are: its number, and the offset behind it; nil when it is
    /// another, or may not be complete.
    @inline(__always)
    private static func shortLine(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> (value: Int, next: Int)? {
        guard start &+ 5 <= end else { return nil }
        let tens = base[start &+ 1] &- 48
        guard tens <= 9 else { return nil }
        if base[start &+ 2] == UInt8(ascii: "\r") { return (Int(tens), start &+ 4) }
        let units = base[start &+ 2] &- 48
        guard units <= 9, tens != 0, base[start &+ 3] == UInt8(ascii: "\r") else { return nil }
        return (Int(tens) &* 10 &+ Int(units), start &+ 5)
    }

    private mutating func parseArray(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ end: Int,
        _ limits: Limits,
        _ batch: inout RequestBatch
    ) -> Outcome {
        let firstArgument = batch.argumentCount
        var position = start
        var remaining: Int
        if let partial {
            // The arguments read before stay with the partial request: copied into the batch at every receive, a request
            // of a million arguments would cost the square of its length.
            position = start + partial.offset
            remaining = partial.announced - partial.arguments.count
        } else if let line = Self.shortLine(base, position, end), line.value <= 10 {
            position = line.next
            if line.value == 0 { return .complete(position) }
            remaining = line.value
        } else {
            guard let lineEnd = Self.carriageReturn(base, position, end) else {
                return end - position > Self.longestLine ? .invalid(.tooBigMultibulkCount) : .incomplete(0)
            }
            guard lineEnd &+ 1 < end else { return .incomplete(0) }
            guard let count = Self.length(base, position &+ 1, lineEnd), count <= Int(Int32.max) else {
                return .invalid(.invalidMultibulkLength)
            }
            if count > 10, limits.isUnauthenticated { return .invalid(.unauthenticatedMultibulkLength) }
            position = lineEnd &+ 2
            if count <= 0 { return .complete(position) }
            remaining = count
        }
        while remaining > 0 {
            if position < end, base[position] == UInt8(ascii: "$"),
                let line = Self.shortLine(base, position, end), line.value <= limits.maximumBulkLength
            {
                let next = line.next &+ line.value &+ 2
                if next <= end {
                    batch.append(ByteSlice(start: base + line.next, count: line.value))
                    position = next
                    remaining &-= 1
                    continue
                }
            }
            guard let lineEnd = Self.carriageReturn(base, position, end) else {
                if end - position > Self.longestLine { return .invalid(.tooBigBulkCount) }
                return suspend(base, start, position, firstArgument, remaining, 0, &batch)
            }
            guard lineEnd &+ 1 < end else {
                return suspend(base, start, position, firstArgument, remaining, 0, &batch)
            }
            guard base[position] == UInt8(ascii: "$") else { return .invalid(.expectedDollar(base[position])) }
            guard let length = Self.length(base, position &+ 1, lineEnd), length >= 0,
                length <= limits.maximumBulkLength
            else { return .invalid(.invalidBulkLength) }
            if length > 16384, limits.isUnauthenticated { return .invalid(.unauthenticatedBulkLength) }
            let payload = lineEnd &+ 2
            // Cannot overflow: payload is an offset in memory and length is capped above.
            let next = payload &+ length &+ 2
            guard next <= end else {
                return suspend(base, start, position, firstArgument, remaining, next, &batch)
            }
            batch.append(ByteSlice(start: base + payload, count: length))
            position = next
            remaining &-= 1
        }
        if partial != nil { gather(base, start, firstArgument, &batch) }
        batch.appendRequest(first: firstArgument, end: position)
        return .complete(position)
    }

    /// Remembers a long incomplete request; a short one is cheaper to read again.
    private mutating func suspend(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ position: Int,
        _ firstArgument: Int,
        _ remaining: Int,
        _ needed: Int,
        _ batch: inout RequestBatch
    ) -> Outcome {
        let read = batch.argumentCount - firstArgument
        if partial == nil, read >= Self.resumeThreshold {
            partial = Partial(announced: read + remaining, offset: 0, arguments: [])
        }
        if partial != nil {
            moveToPartial(base, start, firstArgument, &batch)
            partial?.offset = position - start
        }
        batch.truncateArguments(to: firstArgument)
        return .incomplete(needed)
    }

    /// Takes the batch's last arguments over, as offsets: the input may lie elsewhere when the request goes on.
    private mutating func moveToPartial(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ firstArgument: Int,
        _ batch: inout RequestBatch
    ) {
        for index in firstArgument..<batch.argumentCount {
            let argument = batch.arguments[index]
            partial?.arguments.append((start: argument.start - (base + start), count: argument.count))
        }
    }

    /// Puts all arguments of a request that came in pieces into the batch.
    private mutating func gather(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ firstArgument: Int,
        _ batch: inout RequestBatch
    ) {
        moveToPartial(base, start, firstArgument, &batch)
        batch.truncateArguments(to: firstArgument)
        for argument in partial?.arguments ?? [] {
            batch.append(ByteSlice(start: base + start + argument.start, count: argument.count))
        }
        partial = nil
    }

    private func parseInline(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ end: Int,
        _ batch: inout RequestBatch
    ) -> Outcome {
        var newline = start
        while newline < end, base[newline] != UInt8(ascii: "\n"), base[newline] != 0 { newline += 1 }
        guard newline < end, base[newline] == UInt8(ascii: "\n") else {
            return end - start > Self.longestLine ? .invalid(.tooBigInlineRequest) : .incomplete(0)
        }
        var lineEnd = newline
        if lineEnd > start, base[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
        let first = batch.argumentCount
        let line = ByteSlice(start: base + start, count: lineEnd - start)
        guard InlineArguments.split(line, into: &batch) else { return .invalid(.unbalancedQuotes) }
        if batch.argumentCount > first { batch.appendRequest(first: first, end: newline + 1) }
        return .complete(newline + 1)
    }
}

/// Why a client's bytes are not requests; `message` is redis's text, to be sent as an error before closing.
public enum RequestParserError: Error, Sendable, Equatable {
    case invalidMultibulkLength
    case invalidBulkLength
    case expectedDollar(UInt8)
    case tooBigMultibulkCount
    case tooBigBulkCount
    case tooBigInlineRequest
    case unbalancedQuotes
    case unauthenticatedMultibulkLength
    case unauthenticatedBulkLength

    /// The error line without `-` and line end.
    public var message: [UInt8] {
        var text = Array("ERR Protocol error: ".utf8)
        switch self {
        case .invalidMultibulkLength: text += "invalid multibulk length".utf8
        case .invalidBulkLength: text += "invalid bulk length".utf8
        case .expectedDollar(let byte):
            // A line end inside an error would break the reply; redis writes a blank for it.
            text += "expected '$', got '".utf8
            text += [byte == 13 || byte == 10 ? 32 : byte]
            text += "'".utf8
        case .tooBigMultibulkCount: text += "too big mbulk count string".utf8
        case .tooBigBulkCount: text += "too big bulk count string".utf8
        case .tooBigInlineRequest: text += "too big inline request".utf8
        case .unbalancedQuotes: text += "unbalanced quotes in request".utf8
        case .unauthenticatedMultibulkLength: text += "unauthenticated multibulk length".utf8
        case .unauthenticatedBulkLength: text += "unauthenticated bulk length".utf8
        }
        return text
    }
}
