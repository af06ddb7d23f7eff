import Bytes
import RESP

/// DUMP and RESTORE: a value as bytes that any redis can take.
///
///     form 1 │ value … │ version 2 │ CRC64 8        version and checksum little-endian
///
/// The version is redis 7.0's, but for a hash with fields that expire, which needs redis 7.4's.
enum DumpCommands {
    static let footerSize = 10
    /// RDB's version since fields expire.
    private static let fieldExpiryVersion = 12

    /// DUMP key
    static func dump(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.look(up: call.key, call.hash) else { return engine.reply.null() }
        var writer = RDBWriter()
        payload(of: slot.entry, &writer)
        engine.reply.bulk(RDBCursor.slice(writer.buffer.bytes))
    }

    /// The bytes that DUMP replies with.
    static func payload(of entry: Entry, _ writer: inout RDBWriter) {
        let type = RDBWriter.type(of: entry, keepsFieldExpiry: true)
        writer.byte(type)
        if type == RDBType.hashWithExpiry { writer.hashWithExpiry(entry) } else { writer.value(of: entry) }
        finish(&writer, version: type == RDBType.hashWithExpiry ? fieldExpiryVersion : RDBWriter.version)
    }

    /// Appends version and checksum.
    static func finish(_ writer: inout RDBWriter, version: Int = RDBWriter.version) {
        writer.littleEndian(UInt16(version))
        writer.littleEndian(CRC64.checksum(writer.buffer.bytes))
    }

    private struct Options {
        var replaces = false
        var isAbsolute = false
        var idleSeconds: Int64?
        var frequency: Int64?
    }

    /// RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
    static func restore(_ engine: inout Engine, _ call: Call) {
        guard let options = options(&engine, call) else { return }
        let occupied = engine.find(call.key, call.hash)
        if occupied != nil, !options.replaces { return engine.fail("BUSYKEY Target key name already exists.") }
        guard let ttl = engine.integer(call[2]) else { return }
        guard ttl >= 0 else { return engine.fail("ERR Invalid TTL value, must be >= 0") }
        guard isGenuine(call[3]) else { return engine.fail("ERR DUMP payload version or checksum are wrong") }
        var expiry: Int64? = ttl == 0 ? nil : ttl
        if ttl > 0, !options.isAbsolute { expiry = engine.now &+ ttl }
        guard let entry = value(engine, call.key, call[3], expiry) else { return engine.fail("ERR Bad data format") }
        if let slot = engine.find(call.key, call.hash) { engine.remove(slot, call.hash) }
        if let expiry, expiry <= engine.now, !engine.isReplica {
            // It is over already: all that happened is that the old value went.
            engine.database.pointee.release(entry)
            engine.reply.ok()
            guard occupied != nil else { return }
            engine.notify(.generic, "del", call.key)
            engine.dirty += 1
            guard engine.effects.isRecording else { return }
            engine.effects.delete(call.key, database: engine.databaseIndex)
            engine.isEffectRecorded = true
            return
        }
        if engine.settings.evictionPolicy.countsUses {
            entry.accessClock = engine.useCounter.clock(options.frequency.map { UInt32($0) } ?? UseCounter.initial)
        } else if let idle = options.idleSeconds {
            entry.accessClock = engine.clock &- UInt32(truncatingIfNeeded: min(idle, 0xFF_FFFF))
        }
        _ = engine.database.pointee.insert(entry, call.hash)
        engine.notify(.generic, "restore", call.key)
        engine.dirty += 1
        engine.reply.ok()
        guard engine.effects.isRecording, let expiry, !options.isAbsolute else { return }
        record(&engine, call, expiry)
    }

    /// RESTORE as it has the same result at any time.
    private static func record(_ engine: inout Engine, _ call: Call, _ expiry: Int64) {
        engine.effects.begin(call.count + 1, database: engine.databaseIndex)
        for index in 0..<call.count {
            if index == 2 { engine.effects.append(decimal: expiry) } else { engine.effects.append(call[index]) }
        }
        engine.effects.append("ABSTTL")
        engine.isEffectRecorded = true
    }

    private static func options(_ engine: inout Engine, _ call: Call) -> Options? {
        var options = Options()
        var index = 4
        while index < call.count {
            let hasNext = index + 1 < call.count
            if call.isWord(index, "REPLACE") {
                options.replaces = true
            } else if call.isWord(index, "ABSTTL") {
                options.isAbsolute = true
            } else if call.isWord(index, "IDLETIME"), hasNext, options.frequency == nil {
                guard let value = engine.integer(call[index + 1]) else { return nil }
                guard value >= 0 else {
                    engine.fail("ERR Invalid IDLETIME value, must be >= 0")
                    return nil
                }
                options.idleSeconds = value
                index += 1
            } else if call.isWord(index, "FREQ"), hasNext, options.idleSeconds == nil {
                guard let value = engine.integer(call[index + 1]) else { return nil }
                guard value >= 0, value <= 255 else {
                    engine.fail("ERR Invalid FREQ value, must be >= 0 and <= 255")
                    return nil
                }
                options.frequency = value
                index += 1
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        return options
    }

    /// Whether a payload is of a version that is known and as its writer left it.
    static func isGenuine(_ payload: ByteSlice) -> Bool {
        let count = payload.count
        guard count >= footerSize else { return false }
        let version = payload.raw.loadUnaligned(fromByteOffset: count - 10, as: UInt16.self).littleEndian
        let checksum = payload.raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self).littleEndian
        let newest = payload[0] >= RDBType.hashWithExpiry ? fieldExpiryVersion : RDBWriter.version
        guard version <= newest else { return false }
        return checksum == CRC64.checksum(UnsafeRawBufferPointer(start: payload.raw, count: count - 8))
    }

    /// The entry that a payload describes; nil when it describes none.
    private static func value(
        _ engine: borrowing Engine,
        _ key: ByteSlice,
        _ payload: ByteSlice,
        _ expiry: Int64?
    ) -> Entry? {
        var cursor = RDBCursor(UnsafeRawBufferPointer(start: payload.raw, count: payload.count - footerSize))
        do throws(RDBError) {
            let type = try cursor.byte()
            if type == RDBType.string {
                let clock = engine.clock
                return try cursor.string { (text) throws(RDBError) in
                    StringCommands.makeEntry(key, text, expiry: expiry, clock: clock)
                }
            }
            let empty = try ValueReader.makeEmpty(type: type, key: key, expiry: expiry, clock: engine.clock)
            var reader = ValueReader(type: type, empty, engine.hash, engine.settings)
            _ = try reader.read(&cursor)
            return reader.take()
        } catch {
            return nil
        }
    }
}

extension Engine {
    /// A key's value as DUMP has it, and the milliseconds it has still to live (0: for ever); nil when there is none.
    public mutating func dump(_ key: ByteSlice) -> (payload: [UInt8], life: Int64)? {
        guard let slot = look(up: key) else { return nil }
        var writer = RDBWriter()
        DumpCommands.payload(of: slot.entry, &writer)
        return (Array(writer.buffer.bytes), slot.entry.hasExpiry ? max(1, slot.entry.expiry - now) : 0)
    }

    /// Removes keys that another server has now.
    public mutating func removeMigrated(_ keys: [ByteSlice]) {
        guard !keys.isEmpty else { return }
        for key in keys {
            let hash = self.hash(key)
            guard let slot = find(key, hash) else { continue }
            remove(slot, hash)
            notify(.generic, "del", key)
            dirty += 1
        }
        guard effects.isRecording else { return }
        effects.begin(keys.count + 1, database: databaseIndex)
        effects.append("DEL")
        for key in keys { effects.append(key) }
        isEffectRecorded = true
    }
}
