import Bytes
import RESP

/// What DEBUG shows of the data: digests, and how one value is kept.
extension Engine {
    /// Answers the subcommands of DEBUG that are about the data; false when it is another one, or malformed.
    public mutating func debug(_ call: Call) -> Bool {
        if call.isWord(1, "DIGEST"), call.count == 2 {
            reply.simple(string: dataSetDigest())
        } else if call.isWord(1, "DIGEST-VALUE"), call.count >= 2 {
            reply.array(call.count - 2)
            for index in 2..<call.count { reply.simple(string: valueDigest(of: call[index])) }
        } else if call.isWord(1, "OBJECT"), call.count == 3 {
            debugObject(call[2])
        } else if call.isWord(1, "RELOAD") {
            for index in 2..<call.count
            where !call.isWord(index, "MERGE") && !call.isWord(index, "NOFLUSH") && !call.isWord(index, "NOSAVE") {
                fail("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
                return true
            }
            fail("ERR DEBUG RELOAD is not available: this server does not keep its data on disk yet")
        } else {
            return debugValues(call)
        }
        return true
    }

    private mutating func debugObject(_ key: ByteSlice) {
        guard let entry = find(key)?.entry else { return fail("ERR no such key") }
        var writer = RDBWriter()
        writer.value(of: entry)
        let idle = (clock &- entry.accessClock) & 0xFF_FFFF
        reply.simple(
            string: "Value at:\(entry.base) refcount:\(KeyCommands.referenceCount(entry)) "
                + "encoding:\(KeyCommands.encodingName(entry)) serializedlength:\(writer.buffer.count) "
                + "lru:\(entry.accessClock) lru_seconds_idle:\(idle)"
        )
    }
}
