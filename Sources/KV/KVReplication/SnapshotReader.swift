import Bytes
import KVEngine
import RESP

/// Loads a data set in RDB format as it arrives: every type and form up to redis 7.2's, with expiries.
///
/// Each call takes whole records from the front of what is there, or as many elements of a big value as are there; what
/// is incomplete waits for more bytes. Nothing in the input is believed: every length is checked against what is there
/// before it is used. Types this server does not have (modules') end the load with an error, since a replica that lacks
/// a part of the data would lie.
public struct SnapshotReader: ~Copyable {
    /// What one call did.
    public struct Progress {
        /// Bytes that were used up.
        public var consumed = 0
        /// The end of the snapshot was reached.
        public var isFinished = false
        /// How many bytes behind `consumed` the next record needs at least.
        public var needed = 1
    }

    private var hasHeader = false
    private var version = 0
    private var database = 0
    private var expiry: Int64?
    /// Of the bytes that were used up.
    private var checksum: UInt64 = 0
    /// A value of which a part was read.
    private var reader: ValueReader?
    /// Keys that were loaded.
    public private(set) var keyCount = 0
    /// The database in which the stream behind the snapshot begins.
    public private(set) var streamDatabase = 0

    public init() {}

    /// Takes as much as `bytes` holds completely.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        into engine: inout Engine
    ) throws(SnapshotError) -> Progress {
        var progress = Progress()
        var cursor = RDBCursor(bytes)
        do throws(RDBError) {
            while !progress.isFinished {
                progress.isFinished = try record(&cursor, &engine, &progress)
                use(bytes, cursor.offset, &progress)
            }
        } catch {
            switch error {
            case .incomplete(let end):
                progress.needed = max(1, end - progress.consumed)
                return progress
            case .corrupt(let what): throw SnapshotError("the snapshot is damaged: \(what)")
            case .unsupportedType(let type):
                throw SnapshotError("the snapshot holds a value of type \(type), which this server does not have")
            }
        }
        return progress
    }

    private mutating func use(_ bytes: UnsafeRawBufferPointer, _ end: Int, _ progress: inout Progress) {
        checksum = CRC64.checksum(UnsafeRawBufferPointer(rebasing: bytes[progress.consumed..<end]), from: checksum)
        progress.consumed = end
    }

    /// Reads one record; true at the end of the snapshot.
    private mutating func record(
        _ cursor: inout RDBCursor,
        _ engine: inout Engine,
        _ progress: inout Progress
    ) throws(RDBError) -> Bool {
        if reader != nil {
            try value(&cursor, &engine, &progress)
            return false
        }
        guard hasHeader else {
            try header(&cursor)
            return false
        }
        let code = try cursor.byte()
        switch code {
        case 0xFF:
            if version >= 5 { try end(&cursor, progress.consumed) }
            return true
        case 0xFE:
            let index = try cursor.length()
            guard index < engine.databaseCount else { throw .corrupt("a database number") }
            database = index
        case 0xFD: expiry = Int64(try cursor.littleEndian(Int32.self)) * 1000
        case 0xFC: expiry = try cursor.littleEndian(Int64.self)
        case 0xFB:
            _ = try cursor.length()
            _ = try cursor.length()
        case 0xFA:
            let name = try cursor.array()
            let value = try cursor.array()
            if name == Array("repl-stream-db".utf8), let index = Int(String(decoding: value, as: UTF8.self)),
                index >= 0, index < engine.databaseCount
            {
                streamDatabase = index
            }
        case 0xF9: _ = try cursor.byte()
        case 0xF8: _ = try cursor.length()
        case 0xF5:
            let code = try cursor.array()
            guard code.withSlice({ engine.restoreLibrary($0) }) else { throw .corrupt("a library of functions") }
        default: try key(type: code, &cursor, &engine, &progress)
        }
        return false
    }

    private mutating func header(_ cursor: inout RDBCursor) throws(RDBError) {
        let magic = try cursor.take(9)
        guard magic.prefix(5).elementsEqual("REDIS".utf8) else { throw .corrupt("the magic word") }
        guard let number = Int(String(decoding: magic.dropFirst(5), as: UTF8.self)), number >= 1, number <= 11 else {
            throw .corrupt("the version")
        }
        version = number
        hasHeader = true
    }

    /// The checksum of all before it; 0 when its writer did not reckon it.
    private func end(_ cursor: inout RDBCursor, _ start: Int) throws(RDBError) {
        let own = CRC64.checksum(
            UnsafeRawBufferPointer(rebasing: cursor.bytes[start..<cursor.offset]),
            from: checksum
        )
        let written = try cursor.littleEndian(UInt64.self)
        guard written == 0 || written == own else { throw .corrupt("the checksum") }
    }

    /// The key and the beginning of its value.
    private mutating func key(
        type: UInt8,
        _ cursor: inout RDBCursor,
        _ engine: inout Engine,
        _ progress: inout Progress
    ) throws(RDBError) {
        let key = try cursor.array()
        guard type == 0 else {
            reader = try engine.makeReader(type: type, key: key, expiry: expiry)
            use(cursor.bytes, cursor.offset, &progress)
            return try value(&cursor, &engine, &progress)
        }
        let (database, expiry) = (self.database, self.expiry)
        try cursor.string { (text) throws(RDBError) in
            key.withSlice { engine.restoreString(database: database, key: $0, value: text, expiry: expiry) }
        }
        finishKey()
    }

    /// Goes on with a value; what was read of it is used up even when it is not complete.
    private mutating func value(
        _ cursor: inout RDBCursor,
        _ engine: inout Engine,
        _ progress: inout Progress
    ) throws(RDBError) {
        do throws(RDBError) {
            _ = try reader?.read(&cursor)
        } catch {
            use(cursor.bytes, cursor.offset, &progress)
            throw error
        }
        if var complete = reader.take() { engine.restore(&complete, database: database) }
        finishKey()
    }

    private mutating func finishKey() {
        expiry = nil
        keyCount += 1
    }
}

/// Why a snapshot could not be loaded.
public struct SnapshotError: Error, CustomStringConvertible, Sendable {
    public let description: String
    init(_ description: String) { self.description = description }
}
