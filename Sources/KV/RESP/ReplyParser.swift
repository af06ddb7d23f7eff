/// Turns the bytes a server sends into replies, however they are cut.
///
///     socket ──append──▶ buffer ──next()──▶ Reply, Reply, … nil (need more)
///
/// Aggregates are built on an explicit stack, so a reply that arrives in a thousand pieces is read once, not a
/// thousand times, and nesting cannot exhaust the thread's stack. Nothing is allocated for elements that are only
/// announced. After an error the parser is spent: a RESP stream cannot be resynchronised, close the connection.
/// Attributes (`|`) are read and dropped.
public struct ReplyParser: Sendable {
    /// What a server may send before it is held to be broken.
    public struct Limits: Sendable {
        /// Bytes of one string.
        public var maximumStringLength = 512 << 20
        /// Bytes of one line (`+…`, `-…`, lengths).
        public var maximumLineLength = 64 << 10
        /// Aggregates inside aggregates.
        public var maximumDepth = 128
        /// Elements of one aggregate.
        public var maximumElements = 1 << 30

        public init() {}
    }

    /// An aggregate that still waits for elements.
    private struct Frame: Sendable {
        let type: UInt8
        var remaining: Int
        var elements: [Reply]
    }

    private let limits: Limits
    private var buffer: [UInt8] = []
    private var position = 0
    private var stack: [Frame] = []

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Bytes that were appended and are not yet part of a returned reply's last element.
    public var unreadByteCount: Int { buffer.count - position }

    /// Adds bytes as they came from the socket.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// Adds bytes as they came from the socket.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// The next complete reply, or nil when more bytes are needed. Amortised linear in the bytes of the reply.
    public mutating func next() throws(ReplyParserError) -> Reply? {
        while true {
            switch try nextItem() {
            case .incomplete:
                return nil
            case .opened(let frame):
                guard stack.count < limits.maximumDepth else { throw .nestedTooDeep }
                stack.append(frame)
            case .complete(let reply):
                if let whole = attach(reply) { return whole }
            case .emptyAttribute:
                continue
            }
        }
    }

    private enum Item {
        case complete(Reply)
        case opened(Frame)
        case emptyAttribute
        case incomplete
    }

    /// Gives `value` to the innermost open aggregate, closing every aggregate that becomes full by it.
    private mutating func attach(_ value: Reply) -> Reply? {
        var value = value
        while let last = stack.indices.last {
            stack[last].elements.append(value)
            stack[last].remaining -= 1
            if stack[last].remaining > 0 { return nil }
            let frame = stack.removeLast()
            guard let aggregate = Self.aggregate(frame) else { return nil }
            value = aggregate
        }
        return value
    }

    /// The reply a full frame stands for; nil for an attribute, which belongs to no reply.
    private static func aggregate(_ frame: Frame) -> Reply? {
        switch frame.type {
        case UInt8(ascii: "*"): return .array(frame.elements)
        case UInt8(ascii: "~"): return .set(frame.elements)
        case UInt8(ascii: ">"): return .push(frame.elements)
        case UInt8(ascii: "%"):
            return .map(
                stride(from: 0, to: frame.elements.count - 1, by: 2).map {
                    Reply.MapEntry(key: frame.elements[$0], value: frame.elements[$0 + 1])
                }
            )
        default: return nil
        }
    }

    /// Reads one scalar, or one aggregate's header. Moves `position` only when the item is there entirely.
    private mutating func nextItem() throws(ReplyParserError) -> Item {
        guard position < buffer.count else { return .incomplete }
        guard let lineEnd = try endOfLine(from: position + 1) else { return .incomplete }
        let type = buffer[position]
        let line = buffer[(position + 1)..<lineEnd]
        let afterLine = lineEnd + 2
        switch type {
        case UInt8(ascii: "+"):
            position = afterLine
            return .complete(.simpleString(Array(line)))
        case UInt8(ascii: "-"):
            position = afterLine
            return .complete(.error(Array(line)))
        case UInt8(ascii: ":"):
            guard let value = Int64(String(decoding: line, as: UTF8.self)) else { throw .invalidNumber }
            position = afterLine
            return .complete(.integer(value))
        case UInt8(ascii: "_"):
            position = afterLine
            return .complete(.null)
        case UInt8(ascii: "#"):
            guard line.count == 1, let letter = line.first, letter == UInt8(ascii: "t") || letter == UInt8(ascii: "f")
            else { throw .invalidBoolean }
            position = afterLine
            return .complete(.boolean(letter == UInt8(ascii: "t")))
        case UInt8(ascii: ","):
            guard let value = Double(String(decoding: line, as: UTF8.self)) else { throw .invalidNumber }
            position = afterLine
            return .complete(.double(value))
        case UInt8(ascii: "("):
            position = afterLine
            return .complete(.bigNumber(Array(line)))
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
            return try string(type: type, length: length(line, maximum: limits.maximumStringLength), start: afterLine)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
            let announced = try length(line, maximum: limits.maximumElements)
            position = afterLine
            guard let announced else { return .complete(.null) }
            let isPaired = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
            let frame = Frame(type: type, remaining: isPaired ? announced * 2 : announced, elements: [])
            if announced > 0 { return .opened(frame) }
            return Self.aggregate(frame).map { .complete($0) } ?? .emptyAttribute
        default:
            throw .unknownType(type)
        }
    }

    private mutating func string(type: UInt8, length: Int?, start: Int) throws(ReplyParserError) -> Item {
        guard let length else {
            position = start
            return .complete(.null)
        }
        guard buffer.count - start >= length + 2 else { return .incomplete }
        let end = start + length
        guard buffer[end] == UInt8(ascii: "\r"), buffer[end + 1] == UInt8(ascii: "\n") else { throw .missingTerminator }
        let bytes = Array(buffer[start..<end])
        position = end + 2
        switch type {
        case UInt8(ascii: "$"): return .complete(.bulkString(bytes))
        case UInt8(ascii: "!"): return .complete(.error(bytes))
        default:
            guard bytes.count >= 4, bytes[3] == UInt8(ascii: ":") else { throw .invalidVerbatimString }
            return .complete(.verbatimString(format: Array(bytes[..<3]), Array(bytes[4...])))
        }
    }

    /// A length line: nil for RESP2's `-1`, which means null.
    private func length(_ line: ArraySlice<UInt8>, maximum: Int) throws(ReplyParserError) -> Int? {
        guard let value = Int(String(decoding: line, as: UTF8.self)), value >= -1, value <= maximum else {
            throw .invalidLength
        }
        return value == -1 ? nil : value
    }

    private func endOfLine(from start: Int) throws(ReplyParserError) -> Int? {
        var index = start
        let limit = min(buffer.count, start + limits.maximumLineLength)
        while index < limit, buffer[index] != UInt8(ascii: "\r") { index += 1 }
        if index == start + limits.maximumLineLength { throw .lineTooLong }
        guard index + 1 < buffer.count else { return nil }
        guard buffer[index + 1] == UInt8(ascii: "\n") else { throw .missingTerminator }
        return index
    }

    private mutating func compact() {
        // Moving the tail costs what is left; doing it only when most of the buffer was read keeps it amortised.
        if position == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
            position = 0
        } else if position > 64 << 10, position > buffer.count / 2 {
            buffer.removeFirst(position)
            position = 0
        }
    }
}

/// Why a server's bytes are not RESP. The connection they came from must be closed.
public enum ReplyParserError: Error, Sendable, Equatable {
    case unknownType(UInt8)
    case invalidLength
    case invalidNumber
    case invalidBoolean
    case invalidVerbatimString
    case missingTerminator
    case lineTooLong
    case nestedTooDeep
}
