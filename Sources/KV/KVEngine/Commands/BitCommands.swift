import Bytes
import Glibc
import RESP

/// Strings as rows of bits: bit 0 is the highest bit of the first byte.
///
/// The counting and combining work on words of eight bytes. BITFIELD is `BitFieldCommands`.
enum BitCommands {
    // MARK: One bit

    /// SETBIT key offset value
    static func setBit(_ engine: inout Engine, _ call: Call) {
        guard let offset = offset(&engine, call[2]) else { return }
        guard let value = ASCII.parseInt64(call[3].buffer), value == 0 || value == 1 else {
            return engine.fail("ERR bit is not an integer or out of range")
        }
        var hasGrown = false
        guard let slot = slotForWriting(&engine, call, lastBit: offset, &hasGrown) else { return }
        let byte = slot.entry.valueStart.assumingMemoryBound(to: UInt8.self) + offset >> 3
        let mask = UInt8(0x80) >> UInt8(offset & 7)
        let old = byte.pointee & mask != 0
        // A bit that stays as it is changes nothing, and nobody hears of it.
        if hasGrown || old != (value == 1) {
            byte.pointee = value == 1 ? byte.pointee | mask : byte.pointee & ~mask
            engine.notify(.string, "setbit", call.key)
            engine.dirty += 1
        }
        engine.reply.integer(old ? 1 : 0)
    }

    /// GETBIT key offset
    static func getBit(_ engine: inout Engine, _ call: Call) {
        guard let offset = offset(&engine, call[2]) else { return }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
        guard let value = slot?.entry.value, offset >> 3 < value.count else { return engine.reply.integer(0) }
        engine.reply.integer(Int(value[offset >> 3] >> UInt8(7 - offset & 7) & 1))
    }

    /// A bit's place; nil with the error written when it is none, or beyond the longest string.
    static func offset(_ engine: inout Engine, _ text: ByteSlice, width: Int = 0) -> Int? {
        // `#3` counts in fields of the width.
        let counts = width > 0 && text.count > 0 && text[0] == UInt8(ascii: "#")
        if let number = ASCII.parseInt64((counts ? text.dropFirst(1) : text).buffer) {
            let (place, overflow) = number.multipliedReportingOverflow(by: counts ? Int64(width) : 1)
            if !overflow, place >= 0, place >> 3 < Int64(engine.settings.maximumBulkLength) { return Int(place) }
        }
        engine.fail("ERR bit offset is not an integer or out of range")
        return nil
    }

    /// The string at the call's key, made or lengthened with zeros so that it has `lastBit`; nil with the error.
    static func slotForWriting(
        _ engine: inout Engine,
        _ call: Call,
        lastBit: Int,
        _ hasGrown: inout Bool
    ) -> Slot? {
        let needed = lastBit >> 3 + 1
        var slot: Slot?
        guard engine.find(call.key, call.hash, .string, &slot) else { return nil }
        guard let slot else {
            hasGrown = true
            let entry = Entry.allocate(
                type: .string,
                encoding: StringCommands.edited,
                key: call.key,
                valueCount: needed,
                expiry: nil,
                clock: engine.clock
            )
            memset(entry.valueStart, 0, needed)
            return engine.database.pointee.insert(entry, call.hash)
        }
        let old = slot.entry.valueCount
        guard needed > old else {
            slot.entry.setEncoding(StringCommands.edited)
            return slot
        }
        guard StringCommands.edit(&engine, slot, to: needed) else { return nil }
        memset(slot.entry.valueStart + old, 0, needed - old)
        hasGrown = true
        return slot
    }

    // MARK: Counting

    /// A range of bytes, and which bits of its first and last byte do not belong to it.
    private struct Range {
        var start: Int64 = 0
        var end: Int64
        var outsideOfFirst: UInt8 = 0
        var outsideOfLast: UInt8 = 0

        init(count: Int) { end = Int64(count) - 1 }

        /// The bounds as given: negative ones count from the end, in bytes or in bits. Nil for an empty range.
        init?(start: Int64, end: Int64, count: Int, inBits: Bool) {
            let total = Int64(count) << (inBits ? 3 : 0)
            var first = start < 0 ? max(0, total &+ start) : start
            var last = min(end < 0 ? max(0, total &+ end) : end, total - 1)
            guard first <= last else { return nil }
            if inBits {
                outsideOfFirst = ~(0xFF >> UInt8(first & 7))
                outsideOfLast = 0x7F >> UInt8(last & 7)
                first >>= 3
                last >>= 3
            }
            self.start = first
            self.end = last
        }
    }

    /// The word BYTE or BIT at `index`, BYTE when it is missing; nil with the error.
    private static func isInBits(_ engine: inout Engine, _ call: Call, _ index: Int) -> Bool? {
        guard index < call.count else { return false }
        if call.isWord(index, "BIT") { return true }
        if call.isWord(index, "BYTE") { return false }
        engine.syntaxError()
        return nil
    }

    /// BITCOUNT key [start end [BYTE|BIT]]
    static func count(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .string, &slot) else { return }
        guard let value = slot?.entry.value else { return engine.reply.integer(0) }
        guard call.count > 2 else { return engine.reply.integer(ones(value.raw, value.count)) }
        guard call.count == 4 || call.count == 5 else { return engine.syntaxError() }
        guard let start = engine.integer(call[2]), let end = engine.integer(call[3]) else { return }
        if start < 0, end < 0, start > end { return engine.reply.integer(0) }
        guard let inBits = isInBits(&engine, call, 4) else { return }
        guard let range = Range(start: start, end: end, count: value.count, inBits: inBits) else {
            return engine.reply.integer(0)
        }
        var total = ones(value.raw + Int(range.start), Int(range.end - range.start + 1))
        total -= (value[Int(range.start)] & range.outsideOfFirst).nonzeroBitCount
        total -= (value[Int(range.end)] & range.outsideOfLast).nonzeroBitCount
        engine.reply.integer(total)
    }

    /// The number of bits that are 1.
    private static func ones(_ start: UnsafeRawPointer, _ count: Int) -> Int {
        var total = 0
        var offset = 0
        while offset &+ 8 <= count {
            total &+= start.loadUnaligned(fromByteOffset: offset, as: UInt64.self).nonzeroBitCount
            offset &+= 8
        }
        while offset < count {
            total &+= start.load(fromByteOffset: offset, as: UInt8.self).nonzeroBitCount
            offset &+= 1
        }
        return total
    }

    /// BITPOS key bit [start [end [BYTE|BIT]]]
    static func position(_ engine: inout Engine, _ call: Call) {
        guard let bit = engine.integer(call[2]) else { return }
        guard bit == 0 || bit == 1 else { return engine.fail("ERR The bit argument must be 1 or 0.") }
        guard let slot = engine.look(up: call.key, call.hash) else { return engine.reply.integer(bit == 1 ? -1 : 0) }
        guard slot.entry.type == .string else { return engine.wrongType() }
        let value = slot.entry.value
        var range = Range(count: value.count)
        if call.count > 3 {
            guard call.count <= 6 else { return engine.syntaxError() }
            guard let start = engine.integer(call[3]) else { return }
            guard let inBits = isInBits(&engine, call, 5) else { return }
            var end = Int64(value.count) - 1
            if call.count > 4 {
                guard let given = engine.integer(call[4]) else { return }
                end = given
            }
            guard let part = Range(start: start, end: end, count: value.count, inBits: inBits) else {
                return engine.reply.integer(-1)
            }
            range = part
        }
        guard range.start <= range.end else { return engine.reply.integer(-1) }
        if let found = first(bit == 1, value, range) { return engine.reply.integer(found) }
        // A string is followed by zeros without end, but not when the caller said where to stop.
        engine.reply.integer(bit == 0 && call.count < 5 ? value.count << 3 : -1)
    }

    private static func first(_ wanted: Bool, _ value: ByteSlice, _ range: Range) -> Int? {
        // The byte with the wanted bits as ones, and none outside of the range.
        func candidates(_ index: Int) -> UInt8 {
            var byte = wanted ? value[index] : ~value[index]
            if index == Int(range.start) { byte &= ~range.outsideOfFirst }
            if index == Int(range.end) { byte &= ~range.outsideOfLast }
            return byte
        }
        let nothing: UInt64 = wanted ? 0 : .max
        var index = Int(range.start)
        let end = Int(range.end)
        while index <= end {
            let byte = candidates(index)
            if byte != 0 { return index << 3 + byte.leadingZeroBitCount }
            index &+= 1
            while index &+ 8 <= end, value.raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) == nothing {
                index &+= 8
            }
        }
        return nil
    }

    // MARK: Combining

    private enum Operation { case and, or, xor, not }

    /// BITOP AND|OR|XOR|NOT destination key …
    static func combine(_ engine: inout Engine, _ call: Call) {
        let operation: Operation
        if call.isWord(1, "AND") {
            operation = .and
        } else if call.isWord(1, "OR") {
            operation = .or
        } else if call.isWord(1, "XOR") {
            operation = .xor
        } else if call.isWord(1, "NOT") {
            operation = .not
        } else {
            return engine.syntaxError()
        }
        guard operation != .not || call.count == 4 else {
            return engine.fail("ERR BITOP NOT must be called with a single source key.")
        }
        var sources: [ByteSlice] = []
        for index in 3..<call.count {
            guard let slot = engine.look(up: call[index]) else {
                sources.append(ByteSlice(""))
                continue
            }
            guard slot.entry.type == .string else { return engine.wrongType() }
            sources.append(slot.entry.value)
        }
        let count = sources.reduce(0) { max($0, $1.count) }
        let target = call[2]
        let hash = engine.hash(target)
        guard count > 0 else {
            if let slot = engine.find(target, hash) {
                engine.remove(slot, hash)
                engine.notify(.generic, "del", target)
                engine.dirty += 1
            }
            return engine.reply.integer(0)
        }
        let entry = Entry.allocate(
            type: .string,
            encoding: StringCommands.edited,
            key: target,
            valueCount: count,
            expiry: nil,
            clock: engine.clock
        )
        combine(operation, sources, into: entry.valueStart, count)
        if let slot = engine.find(target, hash) {
            engine.database.pointee.replace(slot, with: entry)
        } else {
            _ = engine.database.pointee.insert(entry, hash)
        }
        engine.notify(.string, "set", target)
        engine.dirty += 1
        engine.reply.integer(count)
    }

    /// The first source, and the others onto it one after the other; what a source lacks is 0.
    private static func combine(
        _ operation: Operation,
        _ sources: [ByteSlice],
        into target: UnsafeMutableRawPointer,
        _ count: Int
    ) {
        let first = sources[0]
        target.copyMemory(from: first.raw, byteCount: first.count)
        memset(target + first.count, 0, count - first.count)
        if operation == .not { return each(target, first.raw, count) { own, _ in ~own } }
        for source in sources.dropFirst() {
            switch operation {
            case .and:
                each(target, source.raw, source.count) { $0 & $1 }
                memset(target + source.count, 0, count - source.count)
            case .or: each(target, source.raw, source.count) { $0 | $1 }
            default: each(target, source.raw, source.count) { $0 ^ $1 }
            }
        }
    }

    @inline(__always)
    private static func each(
        _ target: UnsafeMutableRawPointer,
        _ source: UnsafeRawPointer,
        _ count: Int,
        _ combined: (UInt64, UInt64) -> UInt64
    ) {
        var offset = 0
        while offset &+ 8 <= count {
            let own = target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let other = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: combined(own, other), toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < count {
            let own = UInt64(target.load(fromByteOffset: offset, as: UInt8.self))
            let other = UInt64(source.load(fromByteOffset: offset, as: UInt8.self))
            let byte = UInt8(truncatingIfNeeded: combined(own, other))
            target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }
}
