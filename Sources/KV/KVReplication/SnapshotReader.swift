import Bytes
import KVEngine
import RESP

/// Loads a data set in RDB format as it arrives: strings and hashes with their expiries, as redis 7.0 writes them.
///
/// Each call takes whole records from the front of what is there; an incomplete one waits for more bytes. Nothing in
/// the input is believed: every length is checked against what is there before it is used. Types this server does not
/// have end the load with an error, since a replica that lacks a part of the data would lie.
public struct SnapshotReader {
    /// What one call did.
    public struct Progress {
        /// Bytes that were used up.
        public var consumed = 0
        /// The end of the snapshot was reached.
        public var isFinished = false
        /// How many bytes behind `consumed` the next record needs at least.
        public var needed = 1
    }

    private enum Stop: Error {
        /// Bytes are needed up to this offset at least.
        case incomplete(Int)
        case corrupt(StaticString)
        case unsupportedType(UInt8)
    }

    private var hasHeader = false
    private var version = 0
    private var database = 0
    private var expiry: Int64?
    /// Keys that were loaded.
    public private(set) var keyCount = 0
    /// The database in which the stream behind the snapshot begins.
    public private(set) var streamDatabase = 0

    public init() {}

    /// Takes as many records as `bytes` holds completely.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        into engine: inout Engine
    ) throws(SnapshotError) -> Progress {
        var progress = Progress()
        var cursor = Cursor(bytes)
        do throws(Stop) {
            while !progress.isFinished {
                progress.isFinished = try record(&cursor, &engine)
                progress.consumed = cursor.offset
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

    /// Reads one record; true at the end of the snapshot.
    private mutating func record(_ cursor: inout Cursor, _ engine: inout Engine) throws(Stop) -> Bool {
        guard hasHeader else {
            try header(&cursor)
            return false
        }
        let code = try cursor.byte()
        switch code {
        case 0xFF:
            if version >= 5 { _ = try cursor.take(8) }
            return true
        case 0xFE:
            let index = try cursor.length()
            guard index < engine.databaseCount else { throw .corrupt("a database number") }
            database = index
        case 0xFD: expiry = Int64(try cursor.littleEndian(4)) * 1000
        case 0xFC: expiry = Int64(bitPattern: try cursor.littleEndian(8))
        case 0xFB:
            _ = try cursor.length()
            _ = try cursor.length()
        case 0xFA:
            let name = try cursor.string()
            let value = try cursor.string()
            if name == Array("repl-stream-db".utf8), let index = Int(String(decoding: value, as: UTF8.self)),
                index >= 0, index < engine.databaseCount
            {
                streamDatabase = index
            }
        case 0xF9: _ = try cursor.byte()
        case 0xF8: _ = try cursor.length()
        case 0xF5: _ = try cursor.string()
        default:
            try value(type: code, &cursor, &engine)
            expiry = nil
        }
        return false
    }

    private mutating func header(_ cursor: inout Cursor) throws(Stop) {
        let magic = try cursor.take(9)
        guard magic.prefix(5).elementsEqual("REDIS".utf8) else { throw .corrupt("the magic word") }
        guard let number = Int(String(decoding: magic.dropFirst(5), as: UTF8.self)), number >= 1, number <= 11 else {
            throw .corrupt("the version")
        }
        version = number
        hasHeader = true
    }

    private mutating func value(type: UInt8, _ cursor: inout Cursor, _ engine: inout Engine) throws(Stop) {
        guard type == 0 || type == 4 || type == 16 else { throw .unsupportedType(type) }
        let key = try cursor.string()
        switch type {
        case 0:
            let value = try cursor.string()
            Self.withSlice(key) { key in
                Self.withSlice(value) { value in
                    engine.restoreString(database: database, key: key, value: value, expiry: expiry)
                }
            }
        case 4:
            let count = try cursor.length()
            var fields: [[UInt8]] = []
            for _ in 0..<count {
                fields.append(try cursor.string())
                fields.append(try cursor.string())
            }
            restore(key, fields, &engine)
        default:
            let packed = try cursor.string()
            let unpacked = packed.withUnsafeBytes { bytes in
                Result { () throws(Stop) in try Self.listpack(bytes) }
            }
            restore(key, try unpacked.get(), &engine)
        }
        keyCount += 1
    }

    private func restore(_ key: [UInt8], _ fields: [[UInt8]], _ engine: inout Engine) {
        // One allocation that outlives the slices handed to the engine.
        var flat: [UInt8] = []
        for field in fields { flat += field }
        Self.withSlice(key) { key in
            Self.withSlice(flat) { all in
                var index = 0
                var offset = 0
                engine.restoreHash(database: database, key: key, expiry: expiry) {
                    guard index + 1 < fields.count else { return nil }
                    let field = ByteSlice(start: all.start + offset, count: fields[index].count)
                    offset += field.count
                    let value = ByteSlice(start: all.start + offset, count: fields[index + 1].count)
                    offset += value.count
                    index += 2
                    return (field, value)
                }
            }
        }
    }

    private static func withSlice(_ bytes: [UInt8], _ body: (ByteSlice) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            body(buffer.baseAddress.map { ByteSlice(start: $0, count: buffer.count) } ?? ByteSlice(""))
        }
    }

    /// The elements of a listpack: total 4 │ count 2 │ [encoding data backward length] … │ FF.
    private static func listpack(_ bytes: UnsafeRawBufferPointer) throws(Stop) -> [[UInt8]] {
        var cursor = Cursor(bytes)
        var elements: [[UInt8]] = []
        do throws(Stop) {
            _ = try cursor.take(6)
            while true {
                let start = cursor.offset
                let first = try cursor.byte()
                if first == 0xFF { break }
                switch first {
                case 0x00...0x7F: elements.append(decimal(Int64(first)))
                case 0x80...0xBF: elements.append(Array(try cursor.take(Int(first & 0x3F))))
                case 0xC0...0xDF:
                    let value = Int64(first & 0x1F) << 8 | Int64(try cursor.byte())
                    elements.append(decimal(value >= 1 << 12 ? value - 1 << 13 : value))
                case 0xE0...0xEF:
                    let count = Int(first & 0x0F) << 8 | Int(try cursor.byte())
                    elements.append(Array(try cursor.take(count)))
                case 0xF0: elements.append(Array(try cursor.take(Int(try cursor.littleEndian(4)))))
                case 0xF1: elements.append(decimal(try cursor.signed(2)))
                case 0xF2: elements.append(decimal(try cursor.signed(3)))
                case 0xF3: elements.append(decimal(try cursor.signed(4)))
                case 0xF4: elements.append(decimal(try cursor.signed(8)))
                default: throw .corrupt("a listpack's encoding")
                }
                let size = cursor.offset - start
                _ = try cursor.take(size < 128 ? 1 : size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5)
            }
        } catch {
            // The listpack is complete as a string: what is missing inside it will never come.
            if case .incomplete = error { throw .corrupt("a listpack's length") }
            throw error
        }
        guard elements.count % 2 == 0 else { throw .corrupt("a hash with an odd number of elements") }
        return elements
    }

    private static func decimal(_ value: Int64) -> [UInt8] { Array(String(value).utf8) }

    /// Reads lengths, numbers and strings with every bound checked.
    private struct Cursor {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func byte() throws(Stop) -> UInt8 {
            guard offset < bytes.count else { throw .incomplete(offset + 1) }
            offset += 1
            return bytes[offset - 1]
        }

        mutating func take(_ count: Int) throws(Stop) -> UnsafeRawBufferPointer {
            guard count >= 0, count <= 1 << 41 else { throw .corrupt("a length") }
            guard count <= bytes.count - offset else { throw .incomplete(offset + count) }
            offset += count
            return UnsafeRawBufferPointer(rebasing: bytes[(offset - count)..<offset])
        }

        mutating func littleEndian(_ count: Int) throws(Stop) -> UInt64 {
            try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func signed(_ count: Int) throws(Stop) -> Int64 {
            let shift = Int64(64 - count * 8)
            return (Int64(bitPattern: try littleEndian(count)) << shift) >> shift
        }

        private mutating func bigEndian(_ count: Int) throws(Stop) -> UInt64 {
            try take(count).reduce(0) { $0 << 8 | UInt64($1) }
        }

        /// A length, or the code of a specially encoded string.
        private mutating func lengthOrEncoding() throws(Stop) -> (Int, isEncoding: Bool) {
            let first = try byte()
            switch first >> 6 {
            case 0: return (Int(first & 0x3F), false)
            case 1: return (Int(first & 0x3F) << 8 | Int(try byte()), false)
            case 3: return (Int(first & 0x3F), true)
            default:
                if first == 0x80 { return (Int(try bigEndian(4)), false) }
                guard first == 0x81 else { throw .corrupt("a length") }
                let value = try bigEndian(8)
                guard value <= 1 << 40 else { throw .corrupt("a length") }
                return (Int(value), false)
            }
        }

        mutating func length() throws(Stop) -> Int {
            let (value, isEncoding) = try lengthOrEncoding()
            guard !isEncoding else { throw .corrupt("a length") }
            return value
        }

        mutating func string() throws(Stop) -> [UInt8] {
            let (value, isEncoding) = try lengthOrEncoding()
            guard isEncoding else {
                guard value <= 512 << 20 else { throw .corrupt("a string's length") }
                return Array(try take(value))
            }
            switch value {
            case 0: return decimal(try signed(1))
            case 1: return decimal(try signed(2))
            case 2: return decimal(try signed(4))
            case 3:
                let compressed = try length()
                let plain = try length()
                guard compressed <= 512 << 20, plain <= 512 << 20 else { throw .corrupt("a string's length") }
                guard let text = LZF.decompress(try take(compressed), count: plain) else {
                    throw .corrupt("a compressed string")
                }
                return text
            default: throw .corrupt("a string's encoding")
            }
        }
    }
}

/// Why a snapshot could not be loaded.
public struct SnapshotError: Error, CustomStringConvertible, Sendable {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// LZF, the compression RDB uses: runs of literals and back references of up to 8 KiB.
enum LZF {
    /// The `count` bytes that `input` stands for, or nil when it stands for something else.
    static func decompress(_ input: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
        var output: [UInt8] = []
        // Compression cannot do better than one reference of 264 bytes in 3: what is announced beyond that is a lie.
        guard count <= input.count * 264 else { return nil }
        output.reserveCapacity(count)
        var index = 0
        while index < input.count {
            let control = Int(input[index])
            index += 1
            if control < 32 {
                guard index + control + 1 <= input.count, output.count + control + 1 <= count else { return nil }
                output.append(contentsOf: input[index..<(index + control + 1)])
                index += control + 1
                continue
            }
            var length = control >> 5
            if length == 7 {
                guard index < input.count else { return nil }
                length += Int(input[index])
                index += 1
            }
            guard index < input.count else { return nil }
            let reference = output.count - ((control & 0x1F) << 8) - Int(input[index]) - 1
            index += 1
            guard reference >= 0, output.count + length + 2 <= count else { return nil }
            for step in 0..<(length + 2) { output.append(output[reference + step]) }
        }
        return output.count == count ? output : nil
    }
}
