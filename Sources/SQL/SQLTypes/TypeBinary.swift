import Bytes

/// Binary input and output of every type: big-endian, as drivers send parameters and ask for results (format code 1).
extension SQLType {
    /// The type's receive function followed by its length coercion. The bytes are exactly the value's.
    /// - Throws: 22P03 `incorrect binary data format`, 08P01 `insufficient data left in message`, 22021, 22001 ….
    public func receive(_ bytes: UnsafeRawBufferPointer) throws(SQLError) -> Value {
        var reader = BinaryReader(bytes)
        let value = try receive(&reader)
        guard reader.isAtEnd else {
            throw SQLError(.invalidBinaryRepresentation, "incorrect binary data format")
        }
        return value
    }

    private func receive(_ reader: inout BinaryReader) throws(SQLError) -> Value {
        switch oid {
        case .bool: return .bool(try reader.integer(UInt8.self) != 0)
        case .int2: return .int(Int64(try reader.integer(Int16.self)))
        case .int4: return .int(Int64(try reader.integer(Int32.self)))
        case .int8: return .int(try reader.integer(Int64.self))
        case .oid, .regclass, .regtype, .regproc, .regprocedure, .regoper, .regoperator, .regnamespace, .regrole,
            .regcollation, .xid, .cid:
            return .int(Int64(try reader.integer(UInt32.self)))
        case .float4: return .float(Double(Float(bitPattern: try reader.integer(UInt32.self))))
        case .float8: return .float(Double(bitPattern: try reader.integer(UInt64.self)))
        case .numeric: return .numeric(try Numeric(receiving: &reader).coerced(toModifier: modifier))
        case .text, .unknown, .cstring: return .text(try TextFormat.validated(reader.rest()))
        case .varchar:
            return .text(
                try TextFormat.varchar(TextFormat.validated(reader.rest()), modifier: modifier, explicit: false)
            )
        case .bpchar:
            return .text(
                try TextFormat.bpchar(TextFormat.validated(reader.rest()), modifier: modifier, explicit: false)
            )
        case .name: return .text(TextFormat.name(try TextFormat.validated(reader.rest())))
        case .char:
            let byte = try reader.integer(UInt8.self)
            return .text(byte == 0 ? [] : [byte])
        case .bytea: return .bytes(Array(reader.rest()))
        case .date:
            let days = try reader.integer(Int32.self)
            guard days == Int32.max || days == Int32.min || DateTime.dateRange.contains(Int64(days)) else {
                throw SQLError(.datetimeFieldOverflow, "date out of range")
            }
            return .date(days)
        case .time:
            let time = try reader.integer(Int64.self)
            guard (0...DateTime.microsecondsPerDay).contains(time) else {
                throw SQLError(.datetimeFieldOverflow, "time out of range")
            }
            return .time(DateTime.rounded(time, digits: modifier))
        case .timestamp, .timestamptz:
            let stamp = try reader.integer(Int64.self)
            guard DateTime.isValid(timestamp: stamp) else {
                throw SQLError(.datetimeFieldOverflow, "timestamp out of range")
            }
            return .timestamp(DateTime.rounded(stamp, digits: modifier))
        case .interval:
            let microseconds = try reader.integer(Int64.self)
            let days = try reader.integer(Int32.self)
            let months = try reader.integer(Int32.self)
            let interval = Interval(months: months, days: days, microseconds: microseconds)
            return .interval(try interval.coerced(toModifier: modifier))
        case .uuid: return .uuid(UUID(high: try reader.integer(UInt64.self), low: try reader.integer(UInt64.self)))
        case .json: return .text(try JSONText.validate(reader.rest()))
        case .jsonb:
            let version = try reader.integer(UInt8.self)
            guard version == 1 else {
                throw SQLError(.internalError, "unsupported jsonb version number \(version)")
            }
            return .text(try JSONText.canonical(reader.rest()))
        case .void: return .null
        default: return try receiveArray(&reader)
        }
    }

    /// The type's send function: appends the bytes of a non-null value (without the length word); nothing for null.
    public func send(_ value: Value, to output: inout ByteBuffer) {
        switch value {
        case .null: break
        case .bool(let value): output.append(value ? 1 : 0)
        case .int(let value):
            switch oid {
            case .int2: output.append(bigEndian: Int16(truncatingIfNeeded: value))
            case .int8, .xid8: output.append(bigEndian: value)
            default: output.append(bigEndian: Int32(truncatingIfNeeded: value))
            }
        case .float(let value):
            if oid == .float4 {
                output.append(bigEndian: Float(value).bitPattern)
            } else {
                output.append(bigEndian: value.bitPattern)
            }
        case .numeric(let value): value.send(to: &output)
        case .text(let bytes):
            switch oid {
            case .jsonb:
                output.append(1)
                output.append(bytes)
            case .char: output.append(bytes.first ?? 0)
            default: output.append(bytes)
            }
        case .bytes(let bytes): output.append(bytes)
        case .date(let days): output.append(bigEndian: days)
        case .time(let microseconds): output.append(bigEndian: microseconds)
        case .timestamp(let microseconds): output.append(bigEndian: microseconds)
        case .interval(let interval):
            output.append(bigEndian: interval.microseconds)
            output.append(bigEndian: interval.days)
            output.append(bigEndian: interval.months)
        case .uuid(let uuid):
            output.append(bigEndian: uuid.high)
            output.append(bigEndian: uuid.low)
        case .array(let array): send(array, to: &output)
        case .record(let fields):
            output.append(bigEndian: Int32(truncatingIfNeeded: fields.count))
            for field in fields {
                output.append(bigEndian: field.type.oid)
                field.type.sendField(field.value, to: &output)
            }
        }
    }

    /// A length word and the value; -1 for null.
    public func sendField(_ value: Value, to output: inout ByteBuffer) {
        if value.isNull { return output.append(bigEndian: Int32(-1)) }
        let start = output.count
        output.append(bigEndian: Int32(0))
        send(value, to: &output)
        output.store(bigEndian: Int32(truncatingIfNeeded: output.count - start - 4), at: start)
    }

    private func send(_ array: SQLArray, to output: inout ByteBuffer) {
        // An empty vector keeps its one dimension, which counts from 0.
        let isVector = oid == .int2vector || oid == .oidvector
        let dimensions = isVector && array.dimensions.isEmpty ? [.init(count: 0, lowerBound: 0)] : array.dimensions
        output.append(bigEndian: Int32(truncatingIfNeeded: dimensions.count))
        output.append(bigEndian: Int32(array.elements.contains(where: \.isNull) ? 1 : 0))
        let element = elementType ?? info.map { SQLType(oid: $0.elementOID) } ?? array.elementType
        output.append(bigEndian: element.oid == 0 ? array.elementType.oid : element.oid)
        for dimension in dimensions {
            output.append(bigEndian: Int32(truncatingIfNeeded: dimension.count))
            output.append(bigEndian: Int32(truncatingIfNeeded: dimension.lowerBound))
        }
        for value in array.elements { element.sendField(value, to: &output) }
    }

    private func receiveArray(_ reader: inout BinaryReader) throws(SQLError) -> Value {
        guard let info, info.category == .array, info.elementOID != 0 else {
            throw SQLError(.undefinedFunction, "no binary input function available for type \(sqlName)")
        }
        let element = SQLType(oid: info.elementOID, modifier: modifier)
        let dimensionCount = try reader.integer(Int32.self)
        guard (0...6).contains(dimensionCount) else {
            throw dimensionCount < 0
                ? SQLError(.invalidBinaryRepresentation, "invalid number of dimensions: \(dimensionCount)")
                : SQLError(
                    .programLimitExceeded,
                    "number of array dimensions (\(dimensionCount)) exceeds the maximum allowed (6)"
                )
        }
        let flags = try reader.integer(Int32.self)
        guard flags == 0 || flags == 1 else {
            throw SQLError(.invalidBinaryRepresentation, "invalid array flags")
        }
        let sent = try reader.integer(UInt32.self)
        guard sent == element.oid else {
            throw SQLError(
                .datatypeMismatch,
                "binary data has array element type \(sent) (\(SQLType(oid: sent).sqlName)) instead of expected "
                    + "\(element.oid) (\(element.sqlName))"
            )
        }
        var dimensions: [SQLArray.Dimension] = []
        var count = 1
        for _ in 0..<dimensionCount {
            let size = try reader.integer(Int32.self)
            let lower = try reader.integer(Int32.self)
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(size))
            // Every element has at least its length word, so a count beyond the bytes left is a lie.
            guard size >= 0, !overflow, product <= SQLArray.maximumElements else {
                throw SQLError(
                    .programLimitExceeded,
                    "array size exceeds the maximum allowed (\(SQLArray.maximumElements))"
                )
            }
            count = product
            dimensions.append(.init(count: Int(size), lowerBound: Int(lower)))
        }
        if dimensionCount == 0 || count == 0 {
            return .array(SQLArray(elementType: element, []))
        }
        guard count <= reader.remaining / 4 else {
            throw SQLError(.protocolViolation, "insufficient data left in message")
        }
        var elements: [Value] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            let length = try reader.integer(Int32.self)
            if length == -1 {
                elements.append(.null)
            } else {
                elements.append(try element.receive(try reader.take(Int(length))))
            }
        }
        return .array(SQLArray(elementType: element, dimensions: dimensions, elements: elements))
    }
}

extension SQLArray {
    /// PostgreSQL's bound: an array's pointer table must fit one allocation of 1 GB.
    static let maximumElements = 134_217_727
}

/// A checked cursor over one binary value.
struct BinaryReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }
    var remaining: Int { bytes.count - offset }

    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(SQLError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { throw SQLError(.protocolViolation, "insufficient data left in message") }
        let value = Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
        offset += size
        return value
    }

    mutating func take(_ count: Int) throws(SQLError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw SQLError(.protocolViolation, "insufficient data left in message")
        }
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
        offset += count
        return part
    }

    mutating func rest() -> UnsafeRawBufferPointer {
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        offset = bytes.count
        return part
    }
}
