import RESP

/// One command to run: its arguments, where they lie, and who sent them.
public struct Call {
    let record: UnsafeMutablePointer<CommandTable.Record>
    let arguments: UnsafePointer<ByteSlice>
    /// With the command's name.
    public let count: Int
    /// The hash of the first key; meaningful when the command has one.
    let hash: UInt64
    public let session: Session

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
