import Bytes
import RESP

/// Fields of hashes that expire: HEXPIRE and its kin from Redis 7.4, HGETEX, HSETEX and HGETDEL from Redis 8.0.
///
/// Redis-server 7.0 has none of them; replies and errors are those Redis documents. What is recorded for replicas is what
/// was done, with absolute times and in the oldest words that say it (HSET, HDEL, HPEXPIREAT, HPERSIST): a replica that is a
/// redis-server 7.0 refuses the last two and still has the same fields, until the primary says which are over.
enum FieldExpiryCommands {
    /// The latest time a field can be given, in milliseconds since 1970: Redis keeps 46 bits.
    private static let latest: Int64 = 1 << 46 - 1

    // MARK: Arguments

    /// A time as milliseconds since 1970; nil with the error.
    private static func deadline(
        _ engine: inout Engine,
        _ text: ByteSlice,
        _ unit: ExpiryUnit,
        _ call: Call
    ) -> Int64? {
        guard let value = engine.integer(text) else { return nil }
        guard value >= 0 else {
            engine.fail("ERR invalid expire time, must be >= 0")
            return nil
        }
        guard let deadline = unit.deadline(value, now: engine.now), deadline <= latest else {
            engine.invalidExpiry(call)
            return nil
        }
        return deadline
    }

    /// The indices of the fields behind `FIELDS n` at `index`, which go to the end; nil with the error.
    private static func fields(
        _ engine: inout Engine,
        _ call: Call,
        at index: Int,
        badCount: StaticString = "ERR Number of fields must be a positive integer"
    ) -> Range<Int>? {
        guard index + 1 < call.count, call.isWord(index, "FIELDS") else {
            engine.fail("ERR Mandatory argument FIELDS is missing or not at the right position")
            return nil
        }
        guard let count = ASCII.parseInt64(call[index + 1].buffer), count > 0 else {
            engine.fail(badCount)
            return nil
        }
        guard count == call.count - index - 2 else {
            engine.fail("ERR The `numfields` parameter must match the number of arguments")
            return nil
        }
        return (index + 2)..<call.count
    }

    // MARK: HEXPIRE

    /// HEXPIRE key seconds [NX|XX|GT|LT] FIELDS n field …
    static func expire(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .seconds) }
    /// HPEXPIRE key milliseconds [NX|XX|GT|LT] FIELDS n field …
    static func pexpire(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .milliseconds) }
    /// HEXPIREAT key seconds [NX|XX|GT|LT] FIELDS n field …
    static func expireAt(_ engine: inout Engine, _ call: Call) { expire(&engine, call, .absoluteSeconds) }
    /// HPEXPIREAT key milliseconds [NX|XX|GT|LT] FIELDS n field …
    static func pexpireAt(_ engine: inout Engine, _ call: Call) {
        expire(&engine, call, .absoluteMilliseconds)
    }

    private enum Condition {
        case none, onlyWithout, onlyWith, onlyGreater, onlyLess

        init?(_ call: Call, _ index: Int) {
            if call.isWord(index, "NX") {
                self = .onlyWithout
            } else if call.isWord(index, "XX") {
                self = .onlyWith
            } else if call.isWord(index, "GT") {
                self = .onlyGreater
            } else if call.isWord(index, "LT") {
                self = .onlyLess
            } else {
                return nil
            }
        }

        /// No expiry counts as an infinite one.
        func allows(_ deadline: Int64, over current: Int64?) -> Bool {
            switch self {
            case .none: true
            case .onlyWithout: current == nil
            case .onlyWith: current != nil
            case .onlyGreater: deadline > current ?? .max
            case .onlyLess: deadline < current ?? .max
            }
        }
    }

    private static func expire(_ engine: inout Engine, _ call: Call, _ unit: ExpiryUnit) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .hash, &slot) else { return }
        guard let deadline = deadline(&engine, call[2], unit, call) else { return }
        let condition = Condition(call, 3)
        guard
            let fields = fields(
                &engine,
                call,
                at: condition == nil ? 3 : 4,
                badCount: "ERR Parameter `numFields` should be greater than 0"
            )
        else { return }
        engine.reply.array(fields.count)
        guard let slot else { return repeatReply(&engine, -2, fields.count) }
        var change = Change()
        for index in fields {
            let field = call[index]
            let state = HashValue.expiry(of: field, in: slot.entry, engine.hash)
            guard state != .noField else {
                engine.reply.integer(-2)
                continue
            }
            let current: Int64? = if case .at(let time) = state { time } else { nil }
            guard (condition ?? .none).allows(deadline, over: current) else {
                engine.reply.integer(0)
                continue
            }
            let isOver = change.set(&engine, field, to: deadline, in: slot)
            engine.reply.integer(isOver ? 2 : 1)
        }
        change.finish(&engine, call, slot, deadline)
    }

    private static func repeatReply(_ engine: inout Engine, _ value: Int, _ count: Int) {
        for _ in 0..<count { engine.reply.integer(value) }
    }

    /// What a request does to the expiry of fields: those that got one, and those whose time was over at once.
    private struct Change {
        private var set: [ByteSlice] = []
        private var removed: [ByteSlice] = []

        /// True when the time is over, and the field with it.
        mutating func set(_ engine: inout Engine, _ field: ByteSlice, to deadline: Int64, in slot: Slot) -> Bool {
            if deadline <= engine.now, !engine.isReplica {
                if HashValue.remove(field, in: slot, engine.hash) { removed.append(field) }
                return true
            }
            HashValue.setExpiry(deadline, of: field, in: slot, engine.hash)
            set.append(field)
            return false
        }

        /// Counts, tells and records what was done; the key goes when no field is left.
        func finish(_ engine: inout Engine, _ call: Call, _ slot: Slot, _ deadline: Int64) {
            guard !set.isEmpty || !removed.isEmpty else { return }
            engine.dirty += Int64(set.count + removed.count)
            if !set.isEmpty {
                engine.database.pointee.noteFieldExpiry(slot)
                engine.notify(.hash, "hexpire", call.key)
            }
            if !removed.isEmpty { engine.notify(.hash, "hdel", call.key) }
            if engine.effects.isRecording {
                if !set.isEmpty { record(&engine, "HPEXPIREAT", call.key, deadline, set) }
                recordRemoved(&engine, call)
                engine.isEffectRecorded = true
            }
            FieldExpiryCommands.removeIfEmpty(&engine, call, slot)
        }

        private func recordRemoved(_ engine: inout Engine, _ call: Call) {
            guard !removed.isEmpty else { return }
            engine.effects.begin(2 + removed.count, database: engine.databaseIndex)
            engine.effects.append("HDEL")
            engine.effects.append(call.key)
            for field in removed { engine.effects.append(field) }
        }
    }

    /// Records a command about fields: `name key [deadline] FIELDS n field …`.
    private static func record(
        _ engine: inout Engine,
        _ name: StaticString,
        _ key: ByteSlice,
        _ deadline: Int64?,
        _ fields: [ByteSlice]
    ) {
        engine.effects.begin((deadline == nil ? 4 : 5) + fields.count, database: engine.databaseIndex)
        engine.effects.append(name)
        engine.effects.append(key)
        if let deadline { engine.effects.append(decimal: deadline) }
        engine.effects.append("FIELDS")
        engine.effects.append(decimal: Int64(fields.count))
        for field in fields { engine.effects.append(field) }
    }

    private static func removeIfEmpty(_ engine: inout Engine, _ call: Call, _ slot: Slot) {
        guard HashValue.count(slot.entry) == 0 else { return }
        engine.notify(.generic, "del", call.key)
        engine.remove(slot, call.hash)
    }

    // MARK: HTTL, HPERSIST

    /// HTTL key FIELDS n field …
    static func timeToLive(_ engine: inout Engine, _ call: Call) {
        reply(&engine, call) { deadline, now in (max(0, deadline - now) + 999) / 1000 }
    }
    /// HPTTL key FIELDS n field …
    static func timeToLiveMilliseconds(_ engine: inout Engine, _ call: Call) {
        reply(&engine, call) { deadline, now in max(0, deadline - now) }
    }
    /// HEXPIRETIME key FIELDS n field …
    static func expireTime(_ engine: inout Engine, _ call: Call) {
        reply(&engine, call) { deadline, _ in (deadline + 999) / 1000 }
    }
    /// HPEXPIRETIME key FIELDS n field …
    static func expireTimeMilliseconds(_ engine: inout Engine, _ call: Call) {
        reply(&engine, call) { deadline, _ in deadline }
    }

    private static func reply(_ engine: inout Engine, _ call: Call, _ value: (Int64, Int64) -> Int64) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let fields = fields(&engine, call, at: 2) else { return }
        engine.reply.array(fields.count)
        guard let slot else { return repeatReply(&engine, -2, fields.count) }
        for index in fields {
            switch HashValue.expiry(of: call[index], in: slot.entry, engine.hash) {
            case .noField: engine.reply.integer(-2)
            case .never: engine.reply.integer(-1)
            case .at(let deadline): engine.reply.integer(value(deadline, engine.now))
            }
        }
    }

    /// HPERSIST key FIELDS n field …
    static func persist(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.find(call.key, call.hash, .hash, &slot) else { return }
        guard let fields = fields(&engine, call, at: 2) else { return }
        engine.reply.array(fields.count)
        guard let slot else { return repeatReply(&engine, -2, fields.count) }
        var persisted: [ByteSlice] = []
        for index in fields {
            switch HashValue.expiry(of: call[index], in: slot.entry, engine.hash) {
            case .noField: engine.reply.integer(-2)
            case .never: engine.reply.integer(-1)
            case .at:
                HashValue.setExpiry(nil, of: call[index], in: slot, engine.hash)
                persisted.append(call[index])
                engine.reply.integer(1)
            }
        }
        guard !persisted.isEmpty else { return }
        engine.dirty += Int64(persisted.count)
        engine.notify(.hash, "hpersist", call.key)
        recordPersisted(&engine, call, persisted)
    }

    private static func recordPersisted(_ engine: inout Engine, _ call: Call, _ fields: [ByteSlice]) {
        guard engine.effects.isRecording else { return }
        record(&engine, "HPERSIST", call.key, nil, fields)
        engine.isEffectRecorded = true
    }

    // MARK: HGETDEL, HGETEX, HSETEX

    /// HGETDEL key FIELDS n field …
    static func getDelete(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        guard let fields = fields(&engine, call, at: 2) else { return }
        engine.reply.array(fields.count)
        var removed: [ByteSlice] = []
        for index in fields {
            guard let slot, let value = HashValue.value(of: call[index], in: slot.entry, engine.hash) else {
                engine.reply.null()
                continue
            }
            engine.reply.bulk(value)
            _ = HashValue.remove(call[index], in: slot, engine.hash)
            removed.append(call[index])
        }
        guard let slot, !removed.isEmpty else { return }
        engine.dirty += Int64(removed.count)
        engine.notify(.hash, "hdel", call.key)
        if engine.effects.isRecording {
            engine.effects.begin(2 + removed.count, database: engine.databaseIndex)
            engine.effects.append("HDEL")
            engine.effects.append(call.key)
            for field in removed { engine.effects.append(field) }
            engine.isEffectRecorded = true
        }
        removeIfEmpty(&engine, call, slot)
    }

    private struct Options {
        var deadline: Int64?
        /// KEEPTTL of HSETEX, PERSIST of HGETEX.
        var isOther = false
        var onlyIfNone = false
        var onlyIfAll = false
        /// The first argument behind `FIELDS n`.
        var first = 0
    }

    /// The options of HGETEX and HSETEX up to the fields; nil with the error.
    private static func options(_ engine: inout Engine, _ call: Call, isSet: Bool) -> Options? {
        var options = Options()
        var index = 2
        while index < call.count {
            let hasNext = index + 1 < call.count
            let isTime = options.deadline != nil || options.isOther
            if call.isWord(index, "FIELDS") {
                let step = isSet ? 2 : 1
                guard index + 1 + step < call.count else {
                    engine.wrongArity(call.fullName)
                    return nil
                }
                guard let count = ASCII.parseInt64(call[index + 1].buffer), count > 0, count <= Int64(Int32.max) else {
                    engine.fail("ERR invalid number of fields")
                    return nil
                }
                guard Int(count) * step == call.count - index - 2 else {
                    engine.wrongArity(call.fullName)
                    return nil
                }
                options.first = index + 2
                return options
            }
            let unit = ExpiryUnit(option: call[index])
            if unit != nil || call.isWord(index, isSet ? "KEEPTTL" : "PERSIST") {
                guard !isTime else {
                    engine.fail(
                        isSet
                            ? "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
                            : "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"
                    )
                    return nil
                }
                guard let unit else {
                    options.isOther = true
                    index += 1
                    continue
                }
                guard hasNext else {
                    engine.fail("ERR missing expire time")
                    return nil
                }
                guard let deadline = deadline(&engine, call[index + 1], unit, call) else { return nil }
                options.deadline = deadline
                index += 2
            } else if isSet, call.isWord(index, "FNX") || call.isWord(index, "FXX") {
                guard !options.onlyIfAll, !options.onlyIfNone else {
                    engine.fail("ERR Only one of FXX or FNX arguments can be specified")
                    return nil
                }
                if call.isWord(index, "FNX") { options.onlyIfNone = true } else { options.onlyIfAll = true }
                index += 1
            } else {
                engine.fail(Array("ERR unknown argument: ".utf8) + Engine.excerpt(call[index], Int.max))
                return nil
            }
        }
        engine.fail("ERR missing FIELDS argument")
        return nil
    }

    /// HGETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST] FIELDS n field …
    static func getAndExpire(_ engine: inout Engine, _ call: Call) {
        guard let options = options(&engine, call, isSet: false) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .hash, &slot) else { return }
        engine.reply.array(call.count - options.first)
        guard let slot else {
            for _ in options.first..<call.count { engine.reply.null() }
            return
        }
        var change = Change()
        var persisted: [ByteSlice] = []
        for index in options.first..<call.count {
            let field = call[index]
            guard let value = HashValue.value(of: field, in: slot.entry, engine.hash) else {
                engine.reply.null()
                continue
            }
            engine.reply.bulk(value)
            if let deadline = options.deadline {
                _ = change.set(&engine, field, to: deadline, in: slot)
            } else if options.isOther, case .at = HashValue.expiry(of: field, in: slot.entry, engine.hash) {
                HashValue.setExpiry(nil, of: field, in: slot, engine.hash)
                persisted.append(field)
            }
        }
        if let deadline = options.deadline { change.finish(&engine, call, slot, deadline) }
        guard !persisted.isEmpty else { return }
        engine.dirty += Int64(persisted.count)
        engine.notify(.hash, "hpersist", call.key)
        recordPersisted(&engine, call, persisted)
    }

    /// HSETEX key [FNX|FXX] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL] FIELDS n field value …
    static func setAndExpire(_ engine: inout Engine, _ call: Call) {
        guard let options = options(&engine, call, isSet: true) else { return }
        var found: Slot?
        guard engine.find(call.key, call.hash, .hash, &found) else { return }
        for index in stride(from: options.first, to: call.count, by: 2) where options.onlyIfAll || options.onlyIfNone {
            let exists = found.map { HashValue.value(of: call[index], in: $0.entry, engine.hash) != nil } ?? false
            if exists != options.onlyIfAll { return engine.reply.integer(0) }
        }
        guard let slot = found ?? HashCommands.slotForWriting(&engine, call) else { return }
        let thresholds = HashCommands.thresholds(engine)
        let isOver = options.deadline.map { $0 <= engine.now && !engine.isReplica } ?? false
        var change = Change()
        for index in stride(from: options.first, to: call.count, by: 2) {
            let keeps = options.isOther || options.deadline != nil
            _ = HashValue.set(call[index], to: call[index + 1], in: slot, engine.hash, thresholds, keepsExpiry: keeps)
            engine.dirty += 1
            if let deadline = options.deadline { _ = change.set(&engine, call[index], to: deadline, in: slot) }
        }
        engine.notify(.hash, "hset", call.key)
        if let deadline = options.deadline {
            if !isOver { recordSet(&engine, call, options) }
            change.finish(&engine, call, slot, deadline)
        } else {
            recordSet(&engine, call, options)
            guard options.isOther else { return engine.reply.integer(1) }
            for index in stride(from: options.first, to: call.count, by: 2) {
                recordExpiry(&engine, call.key, call[index], in: slot)
            }
        }
        engine.reply.integer(1)
    }

    /// Records what HSETEX set as HSET.
    private static func recordSet(_ engine: inout Engine, _ call: Call, _ options: Options) {
        guard engine.effects.isRecording else { return }
        engine.effects.begin(2 + call.count - options.first, database: engine.databaseIndex)
        engine.effects.append("HSET")
        engine.effects.append(call.key)
        for index in options.first..<call.count { engine.effects.append(call[index]) }
        engine.isEffectRecorded = true
    }

    /// Records the expiry a field still has after an HSET was recorded that drops it.
    static func recordExpiry(_ engine: inout Engine, _ key: ByteSlice, _ field: ByteSlice, in slot: Slot) {
        guard engine.effects.isRecording, HashValue.isExpiring(slot.entry),
            case .at(let deadline) = HashValue.expiry(of: field, in: slot.entry, engine.hash)
        else { return }
        record(&engine, "HPEXPIREAT", key, deadline, [field])
    }
}

extension Engine {
    /// Records the expiry of every field, for a replica whose snapshot could not hold it: RDB version 10, that of redis
    /// 7.0, knows no expiring fields.
    public mutating func recordFieldExpiries() {
        for index in 0..<databaseCount where (databases + index).pointee.mayHaveFieldExpiry {
            (databases + index).pointee.table.forEach { entry in
                guard HashValue.isExpiring(entry) else { return }
                HashValue.forEachExpiring(entry) { field, deadline in
                    effects.begin(6, database: index)
                    effects.append("HPEXPIREAT")
                    effects.append(entry.key)
                    effects.append(decimal: deadline)
                    effects.append("FIELDS")
                    effects.append("1")
                    effects.append(field)
                }
            }
        }
    }
}
