import Bytes
import RESP

/// What the turn changed, as commands that have the same result wherever and whenever they run.
///
///     EXPIRE k 10   ──▶  *3 PEXPIREAT k 1732312345678
///     (k expired)   ──▶  *2 DEL k
///
/// The bytes are RESP requests, with a SELECT wherever the database changes, as replicas and the append-only file
/// read them. The server takes them once per loop turn. Nothing is written while nobody listens (`isRecording`).
public struct EffectBuffer: ~Copyable {
    public var buffer = ByteBuffer()
    /// Whether anyone wants effects; a server without replicas or log saves the copy.
    public var isRecording = false
    /// The database the readers of the stream are in; -1 after a reset, so that the next effect selects.
    private var selected = -1
    /// Between MULTI and EXEC of the stream.
    private(set) var isInTransaction = false
    /// An EXEC runs: its first effect opens a transaction in the stream.
    var wantsTransaction = false

    init() {}

    /// Makes the next effect begin with SELECT: a new reader does not know the database.
    public mutating func forgetSelection() { selected = -1 }

    /// Records a request as it was sent.
    mutating func record(_ arguments: UnsafePointer<ByteSlice>, count: Int, database: Int) {
        begin(count, database: database)
        for index in 0..<count { append(arguments[index]) }
    }

    /// Records `DEL key`.
    mutating func delete(_ key: ByteSlice, database: Int) {
        begin(2, database: database)
        append("DEL")
        append(key)
    }

    /// Records `PEXPIREAT key milliseconds`.
    mutating func expire(_ key: ByteSlice, at milliseconds: Int64, database: Int) {
        begin(3, database: database)
        append("PEXPIREAT")
        append(key)
        append(decimal: milliseconds)
    }

    /// Opens a request of `count` arguments, which must follow.
    mutating func begin(_ count: Int, database: Int) {
        if wantsTransaction, !isInTransaction {
            select(database)
            isInTransaction = true
            buffer.append("*1\r\n$5\r\nMULTI\r\n")
        }
        select(database)
        buffer.append(UInt8(ascii: "*"))
        buffer.append(decimal: Int64(count))
        buffer.append("\r\n")
    }

    private mutating func select(_ database: Int) {
        guard database != selected, database >= 0 else { return }
        selected = database
        buffer.append("*2\r\n$6\r\nSELECT\r\n")
        append(decimal: Int64(database))
    }

    /// Ends the transaction an EXEC may have opened in the stream.
    mutating func endTransaction() {
        wantsTransaction = false
        guard isInTransaction else { return }
        isInTransaction = false
        buffer.append("*1\r\n$4\r\nEXEC\r\n")
    }

    mutating func append(_ argument: ByteSlice) {
        buffer.append(UInt8(ascii: "$"))
        buffer.append(decimal: Int64(argument.count))
        buffer.append("\r\n")
        buffer.append(argument.raw, count: argument.count)
        buffer.append("\r\n")
    }

    mutating func append(_ text: StaticString) { append(ByteSlice(text)) }

    mutating func append(decimal value: Int64) {
        buffer.append(UInt8(ascii: "$"))
        buffer.append(decimal: Int64(ASCII.decimalDigits(in: value.magnitude) + (value < 0 ? 1 : 0)))
        buffer.append("\r\n")
        buffer.append(decimal: value)
        buffer.append("\r\n")
    }
}
