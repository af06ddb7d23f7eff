// How values of a SQL type lie in a tuple, both ways, and how they are ordered in an index.
//
//     integers, dates, times   the number itself             text, bytea, json   the bytes
//     float4, float8           the bits                      uuid, interval      16 bytes
//     numeric, arrays, records PostgreSQL's binary form
//
// `append` writes a stored value straight into a DataRow, without a `Value` in between.

import Bytes
import Glibc
import SQLStorage
import SQLTypes

/// Bytes that live as long as a row is being made.
final class DatumArena {
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    private var current = 0

    init() {}
    deinit { for chunk in chunks { chunk.deallocate() } }

    /// Everything handed out before becomes invalid.
    func reset() {
        current = 0
        used = 0
    }

    func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        while current < chunks.count {
            let chunk = chunks[current]
            if used + count <= chunk.count {
                let block = UnsafeMutableRawBufferPointer(rebasing: chunk[used..<(used + count)])
                used += count
                return block
            }
            current += 1
            used = 0
        }
        chunks.append(.allocate(byteCount: max(count, 8192), alignment: 8))
        used = count
        return UnsafeMutableRawBufferPointer(rebasing: chunks[current][0..<count])
    }

    func copy(_ bytes: UnsafeRawBufferPointer) -> Datum {
        let block = allocate(bytes.count)
        block.copyMemory(from: bytes)
        return Datum(UnsafeRawBufferPointer(block))
    }
}

struct ColumnCodec {
    enum Form {
        case bool
        case int
        case float4
        case float8
        case date
        case time
        case timestamp
        case text
        case bytea
        case uuid
        case interval
        case binary
    }
    let type: SQLType
    let form: Form
    let kind: PhysicalKind

    init(_ type: SQLType) {
        self.type = type
        switch type.oid {
        case .bool: (form, kind) = (.bool, .bool)
        case .int2: (form, kind) = (.int, .int2)
        case .int4: (form, kind) = (.int, .int4)
        case .int8, .oid, .regclass, .regtype, .regproc, .regprocedure, .regoper, .regoperator, .regnamespace, .regrole,
            .regcollation, .xid, .cid:
            (form, kind) = (.int, .int8)
        case .float4: (form, kind) = (.float4, .float4)
        case .float8: (form, kind) = (.float8, .float8)
        case .date: (form, kind) = (.date, .int4)
        case .time: (form, kind) = (.time, .int8)
        case .timestamp, .timestamptz: (form, kind) = (.timestamp, .int8)
        case .text, .varchar, .bpchar, .name, .char, .json, .jsonb, .unknown, .cstring: (form, kind) = (.text, .bytes)
        case .bytea: (form, kind) = (.bytea, .bytes)
        case .uuid: (form, kind) = (.uuid, .bytes)
        case .interval: (form, kind) = (.interval, .bytes)
        default: (form, kind) = (.binary, .bytes)
        }
    }

    func value(_ datum: Datum) -> Value {
        if datum.isNull { return .null }
        switch form {
        case .bool: return .bool(datum.bool)
        case .int: return .int(datum.int64)
        case .float4: return .float(Double(datum.float4))
        case .float8: return .float(datum.float8)
        case .date: return .date(Int32(truncatingIfNeeded: datum.int64))
        case .time: return .time(datum.int64)
        case .timestamp: return .timestamp(datum.int64)
        case .text: return .text([UInt8](datum.bytes))
        case .bytea: return .bytes([UInt8](datum.bytes))
        case .uuid:
            let bytes = datum.bytes
            guard bytes.count == 16 else { return .null }
            return .uuid(
                UUID(
                    high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            )
        case .interval:
            let bytes = datum.bytes
            guard bytes.count == 16 else { return .null }
            return .interval(
                Interval(
                    months: bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self),
                    days: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self),
                    microseconds: bytes.loadUnaligned(as: Int64.self)
                )
            )
        case .binary:
            // Written by `send` below, so it can be read.
            do throws(SQLError) { return try type.receive(datum.bytes) } catch { return .null }
        }
    }

    func datum(_ value: Value, _ arena: DatumArena) -> Datum {
        switch value {
        case .null: return .null
        case .bool(let value): return Datum(value)
        case .int(let value): return Datum(value)
        case .float(let value): return form == .float4 ? Datum(Float(value)) : Datum(value)
        case .date(let value): return Datum(Int64(value))
        case .time(let value), .timestamp(let value): return Datum(value)
        case .text(let bytes): return bytes.withUnsafeBytes { arena.copy($0) }
        case .bytes(let bytes): return bytes.withUnsafeBytes { arena.copy($0) }
        case .uuid(let uuid):
            let block = arena.allocate(16)
            block.storeBytes(of: uuid.high.bigEndian, as: UInt64.self)
            block.storeBytes(of: uuid.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            return Datum(UnsafeRawBufferPointer(block))
        case .interval(let interval):
            let block = arena.allocate(16)
            block.storeBytes(of: interval.microseconds, as: Int64.self)
            block.storeBytes(of: interval.days, toByteOffset: 8, as: Int32.self)
            block.storeBytes(of: interval.months, toByteOffset: 12, as: Int32.self)
            return Datum(UnsafeRawBufferPointer(block))
        case .numeric, .array, .record:
            var buffer = ByteBuffer()
            type.send(value, to: &buffer)
            return arena.copy(buffer.bytes)
        }
    }

    /// The field of a DataRow: Int32 length and bytes, -1 for NULL.
    func append(_ datum: Datum, to output: inout ByteBuffer, isBinary: Bool, _ context: borrowing TextContext) {
        if datum.isNull {
            output.append(bigEndian: Int32(-1))
            return
        }
        if form == .text, type.oid != .char, !(isBinary && type.oid == .jsonb) {
            output.append(bigEndian: Int32(datum.count))
            output.append(datum.bytes)
            return
        }
        let start = output.count
        output.append(bigEndian: Int32(0))
        if isBinary {
            switch (form, kind) {
            case (.int, .int2): output.append(bigEndian: Int16(truncatingIfNeeded: datum.int64))
            case (.int, .int4), (.date, _): output.append(bigEndian: Int32(truncatingIfNeeded: datum.int64))
            case (.int, _) where type.oid == .int8: output.append(bigEndian: datum.int64)
            case (.float8, _): output.append(bigEndian: datum.word)
            case (.timestamp, _), (.time, _): output.append(bigEndian: datum.int64)
            default: type.send(value(datum), to: &output)
            }
        } else {
            switch form {
            case .int: output.append(decimal: datum.int64)
            case .bool: output.append(datum.bool ? UInt8(ascii: "t") : UInt8(ascii: "f"))
            case .float8:
                TextFormat.append(float8: datum.float8, to: &output, extraDigits: context.extraFloatDigits)
            default: type.write(value(datum), to: &output, context)
            }
        }
        output.store(bigEndian: Int32(output.count - start - 4), at: start)
    }

    /// The same for a value.
    static func append(
        _ value: Value,
        _ type: SQLType,
        to output: inout ByteBuffer,
        isBinary: Bool,
        _ context: borrowing TextContext
    ) {
        if value.isNull {
            output.append(bigEndian: Int32(-1))
            return
        }
        let start = output.count
        output.append(bigEndian: Int32(0))
        if isBinary { type.send(value, to: &output) } else { type.write(value, to: &output, context) }
        output.store(bigEndian: Int32(output.count - start - 4), at: start)
    }

    /// How an index orders the column.
    var keyOrder: KeyColumn.Order {
        switch form {
        case .bool, .int, .date, .time, .timestamp: return .integer
        case .float4: return .float4
        case .float8: return .float8
        case .text: return type.oid == .bpchar ? .paddedBytes : .bytes
        case .bytea, .uuid: return .bytes
        case .interval:
            return .custom { datum, output in
                let bytes = datum.bytes
                guard bytes.count == 16 else { return }
                let months = Int128(bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self))
                let days = Int128(bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
                let total = (months * 30 + days) * 86_400_000_000 + Int128(bytes.loadUnaligned(as: Int64.self))
                output.append(bigEndian: UInt64(truncatingIfNeeded: total >> 64) ^ (1 << 63))
                output.append(bigEndian: UInt64(truncatingIfNeeded: total))
            }
        case .binary:
            if type.oid == .numeric { return .custom(ColumnCodec.encodeNumeric) }
            return .bytes
        }
    }

    /// Whether the index order is the type's order, so that ranges and sorting may use it.
    var isOrdered: Bool { form != .binary || type.oid == .numeric }

    /// Binary numeric → bytes in its order: class | weight | (digit + 1)… | 0, inverted for negative numbers.
    private static func encodeNumeric(_ datum: Datum, _ output: inout ByteBuffer) {
        let bytes = datum.bytes
        guard bytes.count >= 8 else { return }
        func word(_ offset: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        }
        let digits = Int(word(0))
        switch word(4) {
        case 0xC000: output.append(5)
        case 0xD000: output.append(4)
        case 0xF000: output.append(0)
        default:
            if digits == 0 {
                output.append(2)
                return
            }
            let mask: UInt16 = word(4) == 0x4000 ? 0xFFFF : 0
            output.append(mask == 0 ? 3 : 1)
            output.append(bigEndian: (word(2) ^ 0x8000) ^ mask)
            for position in 0..<digits where 10 + position * 2 <= bytes.count {
                output.append(bigEndian: (word(8 + position * 2) &+ 1) ^ mask)
            }
            output.append(bigEndian: mask)
        }
    }
}
