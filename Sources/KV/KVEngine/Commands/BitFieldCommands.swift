import Bytes
import RESP

/// BITFIELD: integers of 1 to 64 bits anywhere in a string.
///
///     BITFIELD key  GET u4 0   OVERFLOW SAT  INCRBY i5 #2 10   SET u8 100 7
///
/// All operations are read before the first is done, so that a mistake in the last leaves the string as it was.
extension BitCommands {
    fileprivate struct Field {
        var isSigned: Bool
        var width: Int
        var offset: Int
    }

    fileprivate enum Action { case get, set, increment }

    /// What happens to a number that does not fit its field.
    fileprivate enum Overflow { case wrap, saturate, fail }

    fileprivate struct FieldOperation {
        var action: Action
        var field: Field
        var operand: Int64
        var overflow: Overflow
    }

    /// BITFIELD key [GET type offset | [OVERFLOW WRAP|SAT|FAIL] SET type offset value | INCRBY type offset increment] …
    static func field(_ engine: inout Engine, _ call: Call) { field(&engine, call, isReadOnly: false) }

    /// BITFIELD_RO key [GET type offset] …
    static func fieldReadOnly(_ engine: inout Engine, _ call: Call) { field(&engine, call, isReadOnly: true) }

    private static func field(_ engine: inout Engine, _ call: Call, isReadOnly: Bool) {
        guard let operations = parse(&engine, call) else { return }
        let writes = operations.filter { $0.action != .get }
        if writes.isEmpty {
            var slot: Slot?
            guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
            engine.reply.array(operations.count)
            for operation in operations {
                engine.reply.integer(load(operation.field, slot?.entry.value ?? ByteSlice("")))
            }
            return
        }
        if isReadOnly { return engine.fail("ERR BITFIELD_RO only supports the GET subcommand") }
        let lastBit = writes.reduce(0) { max($0, $1.field.offset + $1.field.width - 1) }
        var hasGrown = false
        guard let slot = slotForWriting(&engine, call, lastBit: lastBit, &hasGrown) else { return }
        engine.reply.array(operations.count)
        var changes = 0
        for operation in operations {
            let old = load(operation.field, slot.entry.value)
            guard operation.action != .get else {
                engine.reply.integer(old)
                continue
            }
            let isSet = operation.action == .set
            let sum = fitted(isSet ? operation.operand : old, isSet ? 0 : operation.operand, operation)
            guard let new = sum else {
                engine.reply.null()
                continue
            }
            engine.reply.integer(isSet ? old : new)
            store(new, operation.field, slot.entry.valueStart)
            if hasGrown || new != old { changes += 1 }
        }
        guard changes > 0 else {
            guard hasGrown else { return }
            // Every operation failed, but the string was made or has grown. Redis 7.0 does not tell its replicas, which
            // then have another value; ours do the same again.
            engine.reportNewKeys()
            if engine.effects.isRecording {
                engine.effects.record(call.arguments, count: call.count, database: engine.databaseIndex)
            }
            return
        }
        engine.notify(.string, "setbit", call.key)
        engine.dirty += Int64(changes)
    }

    private static func parse(_ engine: inout Engine, _ call: Call) -> [FieldOperation]? {
        var operations: [FieldOperation] = []
        var overflow = Overflow.wrap
        var index = 2
        while index < call.count {
            let rest = call.count - index - 1
            let action: Action
            if rest >= 2, call.isWord(index, "GET") {
                action = .get
            } else if rest >= 3, call.isWord(index, "SET") {
                action = .set
            } else if rest >= 3, call.isWord(index, "INCRBY") {
                action = .increment
            } else if rest >= 1, call.isWord(index, "OVERFLOW") {
                if call.isWord(index + 1, "WRAP") {
                    overflow = .wrap
                } else if call.isWord(index + 1, "SAT") {
                    overflow = .saturate
                } else if call.isWord(index + 1, "FAIL") {
                    overflow = .fail
                } else {
                    engine.fail("ERR Invalid OVERFLOW type specified")
                    return nil
                }
                index += 2
                continue
            } else {
                engine.syntaxError()
                return nil
            }
            guard let (isSigned, width) = type(&engine, call[index + 1]),
                let offset = offset(&engine, call[index + 2], width: width)
            else { return nil }
            var operand: Int64 = 0
            if action != .get {
                guard let value = engine.integer(call[index + 3]) else { return nil }
                operand = value
            }
            let field = Field(isSigned: isSigned, width: width, offset: offset)
            operations.append(FieldOperation(action: action, field: field, operand: operand, overflow: overflow))
            index += action == .get ? 3 : 4
        }
        return operations
    }

    /// `i1` to `i64`, `u1` to `u63`.
    private static func type(_ engine: inout Engine, _ text: ByteSlice) -> (isSigned: Bool, width: Int)? {
        if text.count > 1, text[0] == UInt8(ascii: "i") || text[0] == UInt8(ascii: "u"),
            let width = ASCII.parseInt64(text.dropFirst(1).buffer), width >= 1
        {
            let isSigned = text[0] == UInt8(ascii: "i")
            if width <= (isSigned ? 64 : 63) { return (isSigned, Int(width)) }
        }
        engine.fail("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
        return nil
    }

    // MARK: Bits

    private static func load(_ field: Field, _ value: ByteSlice) -> Int64 {
        // Nine bytes hold every field, wherever in its first byte it begins.
        let first = field.offset >> 3
        var high: UInt64 = 0
        for index in first..<(first + 8) { high = high << 8 | (index < value.count ? UInt64(value[index]) : 0) }
        let ninth = first + 8 < value.count ? UInt64(value[first + 8]) : 0
        let shift = UInt64(field.offset & 7)
        let aligned = shift == 0 ? high : high << shift | ninth >> (8 - shift)
        let unused = UInt64(64 - field.width)
        return field.isSigned ? Int64(bitPattern: aligned) >> Int64(unused) : Int64(bitPattern: aligned >> unused)
    }

    /// The string must reach to the field's last bit.
    private static func store(_ value: Int64, _ field: Field, _ start: UnsafeMutableRawPointer) {
        var bits = UInt64(bitPattern: value) << UInt64(64 - field.width)
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        var place = field.offset
        var rest = field.width
        while rest > 0 {
            let inByte = min(rest, 8 - place & 7)
            let shift = UInt8(8 - inByte - place & 7)
            let mask = UInt8(truncatingIfNeeded: (1 << inByte) - 1) << shift
            let part = UInt8(truncatingIfNeeded: bits >> UInt64(64 - inByte)) << shift
            bytes[place >> 3] = bytes[place >> 3] & ~mask | part
            bits <<= UInt64(inByte)
            place += inByte
            rest -= inByte
        }
    }

    /// `value + increment` as the field can hold it; nil when it cannot and the operation is to fail.
    private static func fitted(_ value: Int64, _ increment: Int64, _ operation: FieldOperation) -> Int64? {
        let width = operation.field.width
        let sum = value &+ increment
        let direction: Int
        if operation.field.isSigned {
            let most = Int64.max >> Int64(64 - width)
            // Redis's own reckoning, which wraps around: far below the least a value counts as too great.
            let room = most &- value
            let isNarrow = width < 64
            if value > most || increment > room && (isNarrow || value >= 0 && increment > 0) {
                direction = 1
            } else {
                let depth = (-most - 1) &- value
                let isBelow = increment < depth && (isNarrow || value < 0 && increment < 0)
                direction = value < -most - 1 || isBelow ? -1 : 0
            }
            guard direction != 0 else { return sum }
            switch operation.overflow {
            case .fail: return nil
            case .saturate: return direction > 0 ? most : -most - 1
            case .wrap: return (sum << Int64(64 - width)) >> Int64(64 - width)
            }
        }
        let most = UInt64.max >> UInt64(64 - width)
        // SET of a negative number: as a number without sign it is above every field's largest.
        let start = UInt64(bitPattern: value)
        if start > most || increment > 0 && UInt64(increment) > most - start {
            direction = 1
        } else {
            direction = increment < 0 && increment.magnitude > start ? -1 : 0
        }
        guard direction != 0 else { return sum }
        switch operation.overflow {
        case .fail: return nil
        case .saturate: return direction > 0 ? Int64(bitPattern: most) : 0
        case .wrap: return Int64(bitPattern: UInt64(bitPattern: sum) & most)
        }
    }
}
