import Bytes

/// What text input and output depend on beside the value: the session's settings and the time of the statement.
public struct TextContext: Sendable {
    public enum DateOrder: Sendable { case monthDayYear, dayMonthYear, yearMonthDay }
    public enum DateStyle: Sendable { case iso, sql, postgres, german }
    public enum IntervalStyle: Sendable { case postgres, postgresVerbose, sqlStandard, iso8601 }
    public enum ByteaOutput: Sendable { case hex, escape }

    /// Microseconds since 2000-01-01 UTC of the statement's transaction: `now`, `today`, `tomorrow`, `yesterday` in date input.
    public var now: Int64
    public var dateOrder: DateOrder
    public var dateStyle: DateStyle
    public var intervalStyle: IntervalStyle
    public var byteaOutput: ByteaOutput
    /// `extra_float_digits`; 1 and more: shortest digits that round-trip; 0 and less: %g with 15 (6) plus that many digits.
    public var extraFloatDigits: Int
    /// The session's time zone as a fixed offset, seconds east of UTC. Zones with rules come with the time-zone issue.
    public var zoneOffset: Int32

    public init(
        now: Int64 = 0,
        dateOrder: DateOrder = .monthDayYear,
        dateStyle: DateStyle = .iso,
        intervalStyle: IntervalStyle = .postgres,
        byteaOutput: ByteaOutput = .hex,
        extraFloatDigits: Int = 1,
        zoneOffset: Int32 = 0
    ) {
        self.now = now
        self.dateOrder = dateOrder
        self.dateStyle = dateStyle
        self.intervalStyle = intervalStyle
        self.byteaOutput = byteaOutput
        self.extraFloatDigits = extraFloatDigits
        self.zoneOffset = zoneOffset
    }

    /// ISO dates, hex bytea, shortest floats, UTC.
    public static let standard = TextContext()
}

/// Text input and output of every type: what stands in literals, in COPY, and in text-format parameters and results.
///
///     bytes ──parse──▶ Value ──write──▶ bytes
///
/// Hot paths that know the type call the leaf functions (`TextFormat.append(float8:to:)` …) and skip the switch.
extension SQLType {
    /// The type's input function followed by its length coercion (typmod), as `'…'::type` in an *assignment* does: a text
    /// too long for varchar(n) is an error. - Throws: 22P02, 22003, 22001, 22007, 22008 … with PostgreSQL's texts.
    public func parse(_ text: UnsafeRawBufferPointer, _ context: TextContext = .standard) throws(SQLError) -> Value {
        switch oid {
        case .bool: .bool(try TextFormat.parseBool(text))
        case .int2: .int(try TextFormat.parseInteger(text, typeName: "smallint", Int16.self))
        case .int4: .int(try TextFormat.parseInteger(text, typeName: "integer", Int32.self))
        case .int8: .int(try TextFormat.parseInteger(text, typeName: "bigint", Int64.self))
        case .oid, .regclass, .regtype, .regproc, .regprocedure, .regoper, .regoperator, .regnamespace, .regrole,
            .regcollation:
            // Names are resolved by the catalog before this is reached; here only numbers are understood.
            .int(Int64(try TextFormat.parseOID(text, typeName: "oid")))
        case .xid, .cid: .int(Int64(try TextFormat.parseOID(text, typeName: catalogName)))
        case .float4: .float(Double(try TextFormat.parseFloat4(text)))
        case .float8: .float(try TextFormat.parseFloat8(text))
        case .numeric: .numeric(try Numeric(parsing: text).coerced(toModifier: modifier))
        case .text, .unknown, .cstring, .pgNodeTree: .text(try TextFormat.validated(text))
        case .varchar:
            .text(try TextFormat.varchar(try TextFormat.validated(text), modifier: modifier, explicit: false))
        case .bpchar: .text(try TextFormat.bpchar(try TextFormat.validated(text), modifier: modifier, explicit: false))
        case .char: .text(TextFormat.parseChar(text))
        case .name: .text(TextFormat.name(try TextFormat.validated(text)))
        case .bytea: .bytes(try TextFormat.parseBytea(text))
        case .date: .date(try DateTime.parseDate(text, context))
        case .time: .time(try DateTime.parseTime(text, context, modifier: modifier))
        case .timestamp: .timestamp(try DateTime.parseTimestamp(text, context, withZone: false, modifier: modifier))
        case .timestamptz: .timestamp(try DateTime.parseTimestamp(text, context, withZone: true, modifier: modifier))
        case .interval: .interval(try Interval(parsing: text, context, modifier: modifier))
        case .uuid: .uuid(try UUID(parsing: text))
        case .json: .text(try JSONText.validate(text))
        case .jsonb: .text(try JSONText.canonical(text))
        case .void: .null
        default: try parseComposite(text, context)
        }
    }

    /// The type's output function: appends the text of a non-null value; appends nothing for null.
    public func write(_ value: Value, to output: inout ByteBuffer, _ context: TextContext = .standard) {
        switch value {
        case .null: break
        case .bool(let value): output.append(value ? UInt8(ascii: "t") : UInt8(ascii: "f"))
        case .int(let value):
            // A type's name needs no catalog; the other reg* types are shown by who has one.
            if oid == .regtype, let type = OID(exactly: value), type == 0 || SQLType(oid: type).info != nil {
                output.append(string: type == 0 ? "-" : SQLType(oid: type).sqlName)
                return
            }
            // oid and xid are unsigned; the engine keeps them as non-negative integers.
            output.append(decimal: value)
        case .float(let value):
            if oid == .float4 {
                TextFormat.append(float4: Float(value), to: &output, extraDigits: context.extraFloatDigits)
            } else {
                TextFormat.append(float8: value, to: &output, extraDigits: context.extraFloatDigits)
            }
        case .numeric(let value): value.write(to: &output)
        case .text(let bytes):
            if oid == .char { TextFormat.append(char: bytes, to: &output) } else { output.append(bytes) }
        case .bytes(let bytes): TextFormat.append(bytea: bytes, to: &output, context.byteaOutput)
        case .date(let days): DateTime.append(date: days, to: &output, context)
        case .time(let microseconds): DateTime.append(time: microseconds, to: &output)
        case .timestamp(let microseconds):
            DateTime.append(timestamp: microseconds, withZone: oid == .timestamptz, to: &output, context)
        case .interval(let interval): interval.write(to: &output, context.intervalStyle)
        case .uuid(let uuid): uuid.write(to: &output)
        case .array(let array): ArrayText.append(array, as: self, to: &output, context)
        case .record(let fields): ArrayText.append(record: fields, to: &output, context)
        }
    }

    /// The output text as a string; nil for null. For messages and tests, not for hot paths.
    public func text(_ value: Value, _ context: TextContext = .standard) -> String? {
        if value.isNull { return nil }
        var buffer = ByteBuffer()
        write(value, to: &buffer, context)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    /// `parse` over a string. For literals of the parser and for tests.
    public func parse(_ text: String, _ context: TextContext = .standard) throws(SQLError) -> Value {
        let bytes = Array(text.utf8)
        return try bytes.withRawBytes { (pointer) throws(SQLError) in try parse(pointer, context) }
    }

    /// Coerces a value of the same type to this modifier (`varchar(3)`, `numeric(10,2)`, `timestamp(0)` …).
    /// - Parameter explicit: a cast truncates texts silently; an assignment raises 22001.
    public func coerced(_ value: Value, explicit: Bool) throws(SQLError) -> Value {
        guard modifier >= 0 || oid == .bpchar else { return value }
        switch (oid, value) {
        case (.varchar, .text(let text)):
            return .text(try TextFormat.varchar(text, modifier: modifier, explicit: explicit))
        case (.bpchar, .text(let text)):
            return .text(try TextFormat.bpchar(text, modifier: modifier, explicit: explicit))
        case (.numeric, .numeric(let number)): return .numeric(try number.coerced(toModifier: modifier))
        case (.time, .time(let time)): return .time(DateTime.rounded(time, digits: modifier))
        case (.timestamp, .timestamp(let stamp)), (.timestamptz, .timestamp(let stamp)):
            return .timestamp(DateTime.rounded(stamp, digits: modifier))
        case (.interval, .interval(let interval)): return .interval(try interval.coerced(toModifier: modifier))
        case (_, .array(var array)):
            guard let element = elementType else { return value }
            for index in array.elements.indices {
                array.elements[index] = try element.coerced(array.elements[index], explicit: explicit)
            }
            return .array(array)
        default: return value
        }
    }

    private func parseComposite(_ text: UnsafeRawBufferPointer, _ context: TextContext) throws(SQLError) -> Value {
        if oid == .int2vector || oid == .oidvector { return .array(try ArrayText.parseVector(text, self)) }
        if elementType != nil { return .array(try ArrayText.parse(text, as: self, context)) }
        throw SQLError(.featureNotSupported, "cannot accept a value of type \(catalogName)")
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with a typed throw.
    @inlinable
    public func withRawBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
