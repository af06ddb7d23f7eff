import Bytes
import RESP

/// MONITOR: every request that runs, shown to the clients that asked, in the order they ran.
///
///     +1700000000.123456 [0 127.0.0.1:54321] "set" "key" "value"
extension Engine {
    mutating func startMonitoring(_ session: Session) {
        guard !session.isMonitor else { return }
        session.isMonitor = true
        monitors.append(session)
    }

    mutating func stopMonitoring(_ session: Session) {
        guard session.isMonitor else { return }
        session.isMonitor = false
        monitors.removeAll { $0 === session }
    }

    /// Shows a request that ran. Commands of administrators are not shown, nor is what is secret.
    @inline(never)
    mutating func feedMonitors(_ call: Call) {
        guard call.record.pointee.flags.isDisjoint(with: [.skipMonitor, .admin]) else { return }
        let microseconds = timing.wallClock()
        messageWriter.buffer.removeAll()
        messageWriter.buffer.append("+")
        messageWriter.buffer.append(decimal: microseconds / 1_000_000)
        messageWriter.buffer.append(".")
        messageWriter.buffer.append(string: String(String(1_000_000 + microseconds % 1_000_000).dropFirst()))
        messageWriter.buffer.append(" [")
        messageWriter.buffer.append(decimal: Int64(databaseIndex))
        messageWriter.buffer.append(" ")
        messageWriter.buffer.append(string: call.session.isScript ? "lua" : call.session.address)
        messageWriter.buffer.append("]")
        for index in 0..<call.count {
            messageWriter.buffer.append(" ")
            if Redaction.hides(index, of: call) {
                messageWriter.buffer.append("\"(redacted)\"")
            } else {
                Self.quote(call[index], into: &messageWriter.buffer)
            }
        }
        messageWriter.buffer.append("\r\n")
        let line = messageWriter.buffer.bytes
        for session in monitors { push(line, to: session) }
    }

    /// Bytes in double quotes, with C's escapes.
    static func quote(_ text: ByteSlice, into buffer: inout ByteBuffer) {
        let digits = Array("0123456789abcdef".utf8)
        buffer.append("\"")
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "\\"): buffer.append("\\\\")
            case UInt8(ascii: "\""): buffer.append("\\\"")
            case 10: buffer.append("\\n")
            case 13: buffer.append("\\r")
            case 9: buffer.append("\\t")
            case 7: buffer.append("\\a")
            case 8: buffer.append("\\b")
            case 32...126: buffer.append(byte)
            default:
                buffer.append("\\x")
                buffer.append(digits[Int(byte >> 4)])
                buffer.append(digits[Int(byte & 15)])
            }
        }
        buffer.append("\"")
    }
}
