import Bytes
import KVEngine
import RESP

/// Writes the whole data set in RDB format, version 10, as redis 7.0 loads it.
///
///     REDIS0010 │ aux … │ FE db │ FB sizes │ [FC expiry] type key value … │ FF │ checksum 8
///
/// Strings are written plain (redis finds integers by itself), hashes as type 4, which redis packs again where its
/// thresholds say so. The checksum is 0, the format's word for none. The buffer is in memory: a snapshot costs about
/// as much as the payload it holds. Not here: sending it, and slicing the walk.
public struct SnapshotWriter {
    private static let auxiliary: UInt8 = 0xFA
    private static let resize: UInt8 = 0xFB
    private static let expiryMilliseconds: UInt8 = 0xFC
    private static let selectDatabase: UInt8 = 0xFE
    private static let end: UInt8 = 0xFF
    private static let typeString: UInt8 = 0
    private static let typeHash: UInt8 = 4

    /// Appends a snapshot of `engine` to `buffer`.
    /// - Parameter streamDatabase: the database the stream behind the snapshot starts in.
    public static func write(_ engine: borrowing Engine, streamDatabase: Int, to buffer: inout ByteBuffer) {
        buffer.append("REDIS0010")
        aux("redis-ver", "7.0.15", &buffer)
        aux("redis-bits", "64", &buffer)
        aux("ctime", String(engine.now / 1000), &buffer)
        aux("repl-stream-db", String(streamDatabase), &buffer)
        for index in 0..<engine.databaseCount {
            let counts = engine.keyCounts(database: index)
            guard counts.keys > 0 else { continue }
            buffer.append(selectDatabase)
            length(index, &buffer)
            buffer.append(resize)
            length(counts.keys, &buffer)
            length(counts.expiring, &buffer)
            engine.forEachKey(database: index) { key, expiry, value in
                if let expiry {
                    buffer.append(expiryMilliseconds)
                    withUnsafeBytes(of: expiry.littleEndian) { buffer.append($0) }
                }
                switch value {
                case .string(let bytes):
                    buffer.append(typeString)
                    string(key, &buffer)
                    string(bytes, &buffer)
                case .hash(let hash):
                    buffer.append(typeHash)
                    string(key, &buffer)
                    length(hash.count, &buffer)
                    hash.forEach { field, value in
                        string(field, &buffer)
                        string(value, &buffer)
                    }
                }
            }
        }
        buffer.append(end)
        buffer.append(bigEndian: UInt64(0))
    }

    private static func aux(_ name: StaticString, _ value: String, _ buffer: inout ByteBuffer) {
        buffer.append(auxiliary)
        string(ByteSlice(name), &buffer)
        length(value.utf8.count, &buffer)
        buffer.append(string: value)
    }

    private static func string(_ bytes: ByteSlice, _ buffer: inout ByteBuffer) {
        length(bytes.count, &buffer)
        buffer.append(bytes.raw, count: bytes.count)
    }

    private static func length(_ value: Int, _ buffer: inout ByteBuffer) {
        if value < 1 << 6 {
            buffer.append(UInt8(value))
        } else if value < 1 << 14 {
            buffer.append(UInt8(value >> 8) | 0x40)
            buffer.append(UInt8(value & 0xFF))
        } else if value <= Int(UInt32.max) {
            buffer.append(0x80)
            buffer.append(bigEndian: UInt32(value))
        } else {
            buffer.append(0x81)
            buffer.append(bigEndian: UInt64(value))
        }
    }
}
