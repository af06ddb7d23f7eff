import NIOCore

/// A command and its arguments, as bytes.
///
///     KVCommand("SETEX", "s:1", "300", json)      ──▶  *4\r\n$5\r\nSETEX\r\n…
public struct KVCommand: Sendable, Hashable {
    public var arguments: [[UInt8]]

    public init(_ arguments: [[UInt8]]) {
        self.arguments = arguments
    }

    public init(_ arguments: String...) {
        self.arguments = arguments.map { Array($0.utf8) }
    }

    /// The upper bound of what `encode` writes.
    var encodedSize: Int {
        arguments.reduce(24) { $0 + $1.count + 24 }
    }

    func encode(into buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.writeString("$\(argument.count)\r\n")
            buffer.writeBytes(argument)
            buffer.writeString("\r\n")
        }
    }
}
