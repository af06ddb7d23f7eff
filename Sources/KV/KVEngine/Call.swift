import RESP

/// One command to run: its arguments, where they lie, and who sent them.
///
/// Nothing but words, so that passing it on changes no reference count. Whoever makes a call holds its session, and the
/// memory of its arguments, until it has run; nobody keeps one.
public struct Call {
    var record: UnsafeMutablePointer<CommandTable.Record>
    var arguments: UnsafePointer<ByteSlice>
    /// With the command's name.
    public internal(set) var count: Int
    /// The hash of the first key; meaningful when the command has one.
    var hash: UInt64
    private let sessionAddress: UnsafeRawPointer

    /// - Parameter session: held by whoever makes the call, until it has run.
    @inline(__always)
    init(
        record: UnsafeMutablePointer<CommandTable.Record>,
        arguments: UnsafePointer<ByteSlice>,
        count: Int,
        hash: UInt64,
        session: Session
    ) {
        self.record = record
        self.arguments = arguments
        self.count = count
        self.hash = hash
        sessionAddress = UnsafeRawPointer(Unmanaged.passUnretained(session).toOpaque())
    }

    public var session: Session {
        @inline(__always) get { Unmanaged<Session>.fromOpaque(sessionAddress).takeUnretainedValue() }
    }

    /// An argument; 0 is the command's name.
    @inline(__always)
    public subscript(index: Int) -> ByteSlice {
        assert(index >= 0 && index < count)
        return arguments[index]
    }

    /// The first argument, for most commands the key.
    @inline(__always) var key: ByteSlice { arguments[1] }

    /// The command's name as errors show it: `config|get`.
    public var fullName: String { record.pointee.fullName }

    /// The indices of the request's keys.
    var keyPositions: [Int] { record.pointee.command.keyPositions(arguments, count) }

    /// Whether argument `index` spells `word` (upper or lower case).
    @inline(__always)
    public func isWord(_ index: Int, _ word: StaticString) -> Bool {
        arguments[index].equalsIgnoringCase(word)
    }
}

extension ByteSlice {
    /// Whether the bytes spell `word` when letter case is ignored.
    func equalsIgnoringCase(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = word.utf8Start
        for index in 0..<count {
            var a = start[index]
            var b = expected[index]
            if a &- 65 < 26 { a |= 0x20 }
            if b &- 65 < 26 { b |= 0x20 }
            if a != b { return false }
        }
        return true
    }
}

extension Engine {
    /// Makes a call of arguments that were kept, for `body`: of a transaction, a blocked client, a script.
    mutating func withCall(
        _ record: UnsafeMutablePointer<CommandTable.Record>,
        _ arguments: [[UInt8]],
        _ session: Session,
        _ body: (inout Engine, Call) -> Void
    ) {
        let total = arguments.reduce(0) { $0 + $1.count }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, total)) { bytes in
            withUnsafeTemporaryAllocation(of: ByteSlice.self, capacity: max(1, arguments.count)) { slices in
                guard let base = bytes.baseAddress, let start = slices.baseAddress else { return }
                var offset = 0
                for (index, argument) in arguments.enumerated() {
                    argument.withUnsafeBufferPointer { source in
                        if let source = source.baseAddress {
                            (base + offset).initialize(from: source, count: argument.count)
                        }
                    }
                    (start + index).initialize(to: ByteSlice(start: base + offset, count: argument.count))
                    offset += argument.count
                }
                let firstKey = record.pointee.firstKey
                let hasKey = firstKey > 0 && firstKey < arguments.count
                let call = Call(
                    record: record,
                    arguments: start,
                    count: arguments.count,
                    hash: hasKey ? hash(start[firstKey]) : 0,
                    session: session
                )
                body(&self, call)
            }
        }
    }
}
