import Bytes
import KVEngine
import RESP

/// Writes the whole data set in RDB format, version 10, as redis 7.0 loads it.
///
///     REDIS0010 │ aux … │ FE db │ FB sizes │ [FC expiry] type key value … │ FF │ checksum 8
///
/// The values are `RDBWriter`'s. The buffer is in memory: a snapshot costs about as much as the payload it holds. Not
/// here: sending it, and slicing the walk.
public struct SnapshotWriter {
    private static let auxiliary: UInt8 = 0xFA
    private static let resize: UInt8 = 0xFB
    private static let expiryMilliseconds: UInt8 = 0xFC
    private static let selectDatabase: UInt8 = 0xFE
    private static let library: UInt8 = 0xF5
    private static let end: UInt8 = 0xFF

    /// Appends a snapshot of `engine` to `buffer`.
    /// - Parameter streamDatabase: the database the stream behind the snapshot starts in.
    public static func write(_ engine: borrowing Engine, streamDatabase: Int, to buffer: inout ByteBuffer) {
        var writer = RDBWriter()
        let start = buffer.count
        swap(&writer.buffer, &buffer)
        writer.buffer.append("REDIS0010")
        aux("redis-ver", "7.0.15", &writer)
        aux("redis-bits", "64", &writer)
        aux("ctime", String(engine.now / 1000), &writer)
        aux("repl-stream-db", String(streamDatabase), &writer)
        engine.forEachLibrary { code in
            writer.byte(library)
            writer.string(code)
        }
        for index in 0..<engine.databaseCount {
            let counts = engine.keyCounts(database: index)
            guard counts.keys > 0 else { continue }
            writer.byte(selectDatabase)
            writer.length(index)
            writer.byte(resize)
            writer.length(counts.keys)
            writer.length(counts.expiring)
            engine.forEachKey(database: index) { stored in
                if let expiry = stored.expiry {
                    writer.byte(expiryMilliseconds)
                    writer.littleEndian(expiry)
                }
                stored.write(to: &writer)
            }
        }
        writer.byte(end)
        let written = UnsafeRawBufferPointer(rebasing: writer.buffer.bytes[start...])
        writer.littleEndian(CRC64.checksum(written))
        swap(&writer.buffer, &buffer)
    }

    private static func aux(_ name: StaticString, _ value: String, _ writer: inout RDBWriter) {
        writer.byte(auxiliary)
        writer.string(name)
        writer.length(value.utf8.count)
        writer.buffer.append(string: value)
    }
}
