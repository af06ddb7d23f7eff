import Bytes
import Glibc
import RESP

/// Strings: GET, SET and what is built on them.
///
/// A string lies inline behind its key. Its text is kept as it was sent, also when it is a number: `OBJECT ENCODING`
/// is worked out when asked. Encoding 1 marks a string that was edited in place, which redis calls `raw`.
enum StringCommands {
    static let edited: UInt8 = 1
    /// Encoding 2 marks a string that is not looked at as an integer: the result of INCRBYFLOAT.
    static let computed: UInt8 = 2

    // MARK: GET and SET

    /// GET key
    @inline(__always)
    static func get(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.look(up: call.key, call.hash) else { return engine.reply.null() }
        let entry = slot.entry
        guard entry.type == .string else { return engine.wrongType() }
        engine.reply.bulk(entry.value)
    }

    /// SET key value, without options: overwritten in place where the memory fits.
    @inline(__always)
    static func setPlain(_ engine: inout Engine, _ call: Call) {
        let value = call[2]
        if let slot = engine.database.pointee.find(call.key, call.hash) {
            let entry = slot.entry
            engine.noteUse(entry)
            // Kind 0: a string, narrow, without expiry.
            if entry.kind == 0, fits(value.count, entry), entry.resizeValue(to: value.count) {
                entry.valueStart.copyMemory(from: value.raw, byteCount: value.count)
            } else {
                engine.database.pointee.replace(slot, with: make(engine, call.key, value, expiry: nil))
            }
        } else {
            _ = engine.database.pointee.insert(make(engine, call.key, value, expiry: nil), call.hash)
        }
        engine.dirty &+= 1
        engine.notify(.string, "set", call.key)
        engine.reply.ok()
    }

    /// Whether `count` bytes use the value's memory well.
    @inline(__always)
    private static func fits(_ count: Int, _ entry: Entry) -> Bool {
        let old = entry.valueCount
        return count <= old ? count &* 2 &+ 64 >= old : true
    }

    @inline(__always)
    private static func make(_ engine: borrowing Engine, _ key: ByteSlice, _ value: ByteSlice, expiry: Int64?) -> Entry
    {
        makeEntry(key, value, expiry: expiry, clock: engine.clock)
    }

    /// An entry that holds a string, for no database yet.
    @inline(__always)
    static func makeEntry(_ key: ByteSlice, _ value: ByteSlice, expiry: Int64?, clock: UInt32) -> Entry {
        let entry = Entry.allocate(type: .string, key: key, valueCount: value.count, expiry: expiry, clock: clock)
        entry.valueStart.copyMemory(from: value.raw, byteCount: value.count)
        return entry
    }

    /// Sets a key to a string whatever it held; the caller counts the change.
    static func store(
        _ engine: inout Engine,
        _ key: ByteSlice,
        _ hash: UInt64,
        _ slot: Slot?,
        _ value: ByteSlice,
        expiry: Int64?
    ) {
        let entry = make(engine, key, value, expiry: expiry)
        if let slot {
            engine.noteUse(slot.entry)
            engine.database.pointee.replace(slot, with: entry)
        } else {
            _ = engine.database.pointee.insert(entry, hash)
        }
    }

    private struct SetOptions {
        var onlyIfMissing = false
        var onlyIfPresent = false
        var replyWithOld = false
        var keepsExpiry = false
        var persists = false
        var expiry: ByteSlice?
        var unit: ExpiryUnit = .seconds
    }

    /// SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]
    static func set(_ engine: inout Engine, _ call: Call) {
        guard let options = parseOptions(&engine, call, from: 3, isGetEx: false) else { return }
        var expiry: Int64?
        if let text = options.expiry {
            guard let deadline = engine.deadline(text, options.unit, call) else { return }
            expiry = deadline
        }
        set(&engine, call, value: call[2], options, expiry)
    }

    private static func set(
        _ engine: inout Engine,
        _ call: Call,
        value: ByteSlice,
        _ options: SetOptions,
        _ expiry: Int64?
    ) {
        let slot =
            options.replyWithOld ? engine.look(up: call.key, call.hash) : engine.find(call.key, call.hash)
        if options.replyWithOld {
            guard replyOld(&engine, slot) else { return }
        }
        if options.onlyIfMissing && slot != nil || options.onlyIfPresent && slot == nil {
            if let slot { engine.noteUse(slot.entry) }
            if !options.replyWithOld { engine.reply.null() }
            return
        }
        var deadline = expiry
        if options.keepsExpiry, let entry = slot?.entry, entry.hasExpiry { deadline = entry.expiry }
        store(&engine, call.key, call.hash, slot, value, expiry: deadline)
        engine.dirty += 1
        engine.notify(.string, "set", call.key)
        if expiry != nil { engine.notify(.generic, "expire", call.key) }
        if engine.effects.isRecording, let expiry {
            recordSet(&engine, call.key, value, expiry)
        }
        if !options.replyWithOld { engine.reply.ok() }
    }

    private static func recordSet(_ engine: inout Engine, _ key: ByteSlice, _ value: ByteSlice, _ expiry: Int64) {
        engine.effects.begin(5, database: engine.databaseIndex)
        engine.effects.append("SET")
        engine.effects.append(key)
        engine.effects.append(value)
        engine.effects.append("PXAT")
        engine.effects.append(decimal: expiry)
        engine.isEffectRecorded = true
    }

    /// Replies with a string slot's value or null; false with the error when it holds something else.
    private static func replyOld(_ engine: inout Engine, _ slot: Slot?) -> Bool {
        guard let slot else {
            engine.reply.null()
            return true
        }
        guard slot.entry.type == .string else {
            engine.wrongType()
            return false
        }
        engine.reply.bulk(slot.entry.value)
        return true
    }

    private static func parseOptions(
        _ engine: inout Engine,
        _ call: Call,
        from start: Int,
        isGetEx: Bool
    ) -> SetOptions? {
        var options = SetOptions()
        var index = start
        while index < call.count {
            let hasNext = index + 1 < call.count
            if !isGetEx, call.isWord(index, "NX"), !options.onlyIfPresent {
                options.onlyIfMissing = true
            } else if !isGetEx, call.isWord(index, "XX"), !options.onlyIfMissing {
                options.onlyIfPresent = true
            } else if !isGetEx, call.isWord(index, "GET") {
                options.replyWithOld = true
            } else if !isGetEx, call.isWord(index, "KEEPTTL"), options.expiry == nil {
                options.keepsExpiry = true
            } else if isGetEx, call.isWord(index, "PERSIST"), options.expiry == nil {
                options.persists = true
            } else if hasNext, options.expiry == nil, !options.keepsExpiry, !options.persists,
                let unit = ExpiryUnit(option: call[index])
            {
                options.unit = unit
                options.expiry = call[index + 1]
                index += 1
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        return options
    }

    /// SETNX key value
    static func setIfMissing(_ engine: inout Engine, _ call: Call) {
        if engine.use(call.key, call.hash) != nil { return engine.reply.integer(0) }
        store(&engine, call.key, call.hash, nil, call[2], expiry: nil)
        engine.dirty += 1
        engine.notify(.string, "set", call.key)
        engine.reply.integer(1)
    }

    /// SETEX key seconds value
    static func setWithSeconds(_ engine: inout Engine, _ call: Call) {
        setWithExpiry(&engine, call, .seconds)
    }

    /// PSETEX key milliseconds value
    static func setWithMilliseconds(_ engine: inout Engine, _ call: Call) {
        setWithExpiry(&engine, call, .milliseconds)
    }

    private static func setWithExpiry(_ engine: inout Engine, _ call: Call, _ unit: ExpiryUnit) {
        guard let deadline = engine.deadline(call[2], unit, call) else { return }
        set(&engine, call, value: call[3], SetOptions(), deadline)
    }

    /// GETSET key value
    static func getSet(_ engine: inout Engine, _ call: Call) {
        let slot = engine.look(up: call.key, call.hash)
        guard replyOld(&engine, slot) else { return }
        store(&engine, call.key, call.hash, slot, call[2], expiry: nil)
        engine.dirty += 1
        engine.notify(.string, "set", call.key)
        recordPlainSet(&engine, call.key, call[2])
    }

    private static func recordPlainSet(_ engine: inout Engine, _ key: ByteSlice, _ value: ByteSlice) {
        guard engine.effects.isRecording else { return }
        engine.effects.begin(3, database: engine.databaseIndex)
        engine.effects.append("SET")
        engine.effects.append(key)
        engine.effects.append(value)
        engine.isEffectRecorded = true
    }

    /// GETDEL key
    static func getDelete(_ engine: inout Engine, _ call: Call) {
        let slot = engine.look(up: call.key, call.hash)
        guard replyOld(&engine, slot), let slot else { return }
        engine.remove(slot, call.hash)
        engine.dirty += 1
        engine.notify(.generic, "del", call.key)
        if engine.effects.isRecording {
            engine.effects.delete(call.key, database: engine.databaseIndex)
            engine.isEffectRecorded = true
        }
    }

    /// GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST]
    static func getAndExpire(_ engine: inout Engine, _ call: Call) {
        guard let options = parseOptions(&engine, call, from: 2, isGetEx: true) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
        guard let slot else { return engine.reply.null() }
        var deadline: Int64?
        if let text = options.expiry {
            guard let value = engine.deadline(text, options.unit, call) else { return }
            deadline = value
        }
        engine.reply.bulk(slot.entry.value)
        if let deadline {
            engine.dirty += 1
            if deadline <= engine.now, !engine.isReplica {
                engine.remove(slot, call.hash)
                engine.notify(.generic, "del", call.key)
                if engine.effects.isRecording { engine.effects.delete(call.key, database: engine.databaseIndex) }
            } else {
                engine.database.pointee.setExpiry(deadline, of: slot)
                engine.notify(.generic, "expire", call.key)
                if engine.effects.isRecording {
                    engine.effects.expire(call.key, at: deadline, database: engine.databaseIndex)
                }
            }
            engine.isEffectRecorded = engine.effects.isRecording
        } else if options.persists, slot.entry.hasExpiry {
            engine.database.pointee.setExpiry(nil, of: slot)
            engine.dirty += 1
            engine.notify(.generic, "persist", call.key)
            guard engine.effects.isRecording else { return }
            engine.effects.begin(2, database: engine.databaseIndex)
            engine.effects.append("PERSIST")
            engine.effects.append(call.key)
            engine.isEffectRecorded = true
        }
    }

    // MARK: Many keys

    /// MGET key …
    static func getMany(_ engine: inout Engine, _ call: Call) {
        engine.reply.array(call.count - 1)
        for index in 1..<call.count {
            let hash = index == 1 ? call.hash : engine.hash(call[index])
            if let slot = engine.look(up: call[index], hash), slot.entry.type == .string {
                engine.reply.bulk(slot.entry.value)
            } else {
                engine.reply.null()
            }
        }
    }

    /// MSET key value …
    static func setMany(_ engine: inout Engine, _ call: Call) {
        guard call.count % 2 == 1 else { return engine.wrongArity(call.fullName) }
        storeMany(&engine, call)
        engine.reply.ok()
    }

    /// MSETNX key value …
    static func setManyIfMissing(_ engine: inout Engine, _ call: Call) {
        guard call.count % 2 == 1 else { return engine.wrongArity(call.fullName) }
        for index in stride(from: 1, to: call.count, by: 2)
        where engine.use(call[index], engine.hash(call[index])) != nil {
            return engine.reply.integer(0)
        }
        storeMany(&engine, call)
        engine.reply.integer(1)
    }

    private static func storeMany(_ engine: inout Engine, _ call: Call) {
        for index in stride(from: 1, to: call.count, by: 2) {
            let hash = engine.hash(call[index])
            let slot = engine.find(call[index], hash)
            store(&engine, call[index], hash, slot, call[index + 1], expiry: nil)
            engine.dirty += 1
            engine.notify(.string, "set", call[index])
        }
    }

    // MARK: Numbers

    /// INCR key
    static func increment(_ engine: inout Engine, _ call: Call) { add(&engine, call, 1) }

    /// DECR key
    static func decrement(_ engine: inout Engine, _ call: Call) { add(&engine, call, -1) }

    /// INCRBY key increment
    static func incrementBy(_ engine: inout Engine, _ call: Call) {
        guard let difference = engine.integer(call[2]) else { return }
        add(&engine, call, difference)
    }

    /// DECRBY key decrement
    static func decrementBy(_ engine: inout Engine, _ call: Call) {
        guard let difference = engine.integer(call[2]) else { return }
        guard difference != Int64.min else { return engine.fail("ERR decrement would overflow") }
        add(&engine, call, -difference)
    }

    private static func add(_ engine: inout Engine, _ call: Call, _ difference: Int64) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .string, &slot) else { return }
        var value: Int64 = 0
        if let slot {
            guard let old = engine.integer(slot.entry.value) else { return }
            value = old
        }
        let (sum, overflow) = value.addingReportingOverflow(difference)
        guard !overflow else { return engine.fail("ERR increment or decrement would overflow") }
        withDecimal(sum) { text in
            if let slot, !slot.entry.isWide, slot.entry.resizeValue(to: text.count) {
                slot.entry.setEncoding(0)
                slot.entry.valueStart.copyMemory(from: text.raw, byteCount: text.count)
            } else {
                let expiry = slot.flatMap { $0.entry.hasExpiry ? $0.entry.expiry : nil }
                store(&engine, call.key, call.hash, slot, text, expiry: expiry)
            }
        }
        engine.dirty += 1
        engine.notify(.string, "incrby", call.key)
        engine.reply.integer(sum)
    }

    /// Shows the decimal digits of a number.
    static func withDecimal<Result>(_ value: Int64, _ body: (ByteSlice) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
            var position = 24
            var rest = value.magnitude
            repeat {
                position -= 1
                buffer[position] = UInt8(truncatingIfNeeded: rest % 10) + 48
                rest /= 10
            } while rest != 0
            if value < 0 {
                position -= 1
                buffer[position] = UInt8(ascii: "-")
            }
            // An allocation of 24 bytes has an address.
            let base = UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped)
            return body(ByteSlice(base + position, count: 24 - position))
        }
    }

    /// INCRBYFLOAT key increment
    static func incrementByFloat(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .string, &slot) else { return }
        var value: LongDouble = 0
        if let slot {
            guard let old = LongDouble.parse(slot.entry.value) else {
                return engine.fail("ERR value is not a valid float")
            }
            value = old
        }
        guard let difference = LongDouble.parse(call[2]) else {
            return engine.fail("ERR value is not a valid float")
        }
        value += difference
        guard value.isFinite else { return engine.fail("ERR increment would produce NaN or Infinity") }
        let text = value.humanText
        text.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            let slice = ByteSlice(start: start, count: bytes.count)
            let expiry = slot.flatMap { $0.entry.hasExpiry ? $0.entry.expiry : nil }
            store(&engine, call.key, call.hash, slot, slice, expiry: expiry)
            engine.find(call.key, call.hash)?.entry.setEncoding(computed)
            guard engine.effects.isRecording else { return }
            engine.effects.begin(4, database: engine.databaseIndex)
            engine.effects.append("SET")
            engine.effects.append(call.key)
            engine.effects.append(slice)
            engine.effects.append("KEEPTTL")
            engine.isEffectRecorded = true
        }
        engine.dirty += 1
        engine.notify(.string, "incrbyfloat", call.key)
        engine.reply.bulk(text)
    }

    // MARK: Parts

    /// STRLEN key
    static func length(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
        engine.reply.integer(slot?.entry.valueCount ?? 0)
    }

    /// APPEND key value
    static func append(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .string, &slot) else { return }
        guard let slot else {
            store(&engine, call.key, call.hash, nil, call[2], expiry: nil)
            engine.dirty += 1
            engine.notify(.string, "append", call.key)
            return engine.reply.integer(call[2].count)
        }
        let old = slot.entry.valueCount
        guard edit(&engine, slot, to: old + call[2].count) else { return }
        (slot.entry.valueStart + old).copyMemory(from: call[2].raw, byteCount: call[2].count)
        engine.dirty += 1
        engine.notify(.string, "append", call.key)
        engine.reply.integer(old + call[2].count)
    }

    /// Gives an existing string another length and marks it as edited; false with the error when that is too long.
    static func edit(_ engine: inout Engine, _ slot: Slot, to count: Int) -> Bool {
        guard count <= engine.settings.maximumBulkLength else {
            engine.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
            return false
        }
        let entry = slot.entry
        if !entry.resizeValue(to: count) {
            // Room to grow, so that appending stays linear; a megabyte at most, as redis does.
            let larger = entry.copy(
                valueCount: count,
                capacity: count + min(count, 1 << 20),
                expiry: entry.hasExpiry ? entry.expiry : nil
            )
            slot.replace(with: larger)
            entry.deallocate()
        }
        slot.entry.setEncoding(edited)
        return true
    }

    /// SETRANGE key offset value
    static func setRange(_ engine: inout Engine, _ call: Call) {
        guard let offset = engine.integer(call[2]) else { return }
        guard offset >= 0 else { return engine.fail("ERR offset is out of range") }
        let value = call[3]
        var slot: Slot?
        guard engine.find(call.key, call.hash, .string, &slot) else { return }
        if value.isEmpty { return engine.reply.integer(slot?.entry.valueCount ?? 0) }
        let (needed, overflow) = Int(offset).addingReportingOverflow(value.count)
        guard !overflow, needed <= engine.settings.maximumBulkLength else {
            return engine.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        }
        if slot == nil {
            store(&engine, call.key, call.hash, nil, ByteSlice(""), expiry: nil)
            slot = engine.find(call.key, call.hash)
        }
        guard let slot else { return }
        let old = slot.entry.valueCount
        if needed > old {
            guard edit(&engine, slot, to: needed) else { return }
            memset(slot.entry.valueStart + old, 0, needed - old)
        } else {
            slot.entry.setEncoding(edited)
        }
        (slot.entry.valueStart + Int(offset)).copyMemory(from: value.raw, byteCount: value.count)
        engine.dirty += 1
        engine.notify(.string, "setrange", call.key)
        engine.reply.integer(slot.entry.valueCount)
    }

    /// GETRANGE key start end, and SUBSTR
    static func getRange(_ engine: inout Engine, _ call: Call) {
        guard var start = engine.integer(call[2]), var end = engine.integer(call[3]) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
        guard let value = slot?.entry.value else { return engine.reply.bulk("") }
        let count = Int64(value.count)
        if start < 0, end < 0, start > end { return engine.reply.bulk("") }
        if start < 0 { start = max(0, count &+ start) }
        if end < 0 { end = max(0, count &+ end) }
        end = min(end, count - 1)
        guard start <= end, count > 0 else { return engine.reply.bulk("") }
        engine.reply.bulk(value.raw + Int(start), count: Int(end - start + 1))
    }
}
