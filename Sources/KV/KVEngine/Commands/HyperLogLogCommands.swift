import Glibc
import RESP

/// HyperLogLogs: counting different elements in 12 KiB, or less while they are few. The bytes are `HyperLogLog`'s.
enum HyperLogLogCommands {
    private enum Outcome { case unchanged, changed, corrupt }

    // MARK: Look-up

    /// The HyperLogLog at a key's slot; nil with the error when the value is something else.
    private static func sketch(_ engine: inout Engine, _ slot: Slot) -> HyperLogLog? {
        guard slot.entry.type == .string else {
            engine.wrongType()
            return nil
        }
        // What is kept as an integer has no bytes to look at, nor could it begin with the right word.
        guard let sketch = HyperLogLog(slot.entry.value) else {
            engine.fail("WRONGTYPE Key is not a valid HyperLogLog string value.")
            return nil
        }
        return sketch
    }

    private static func corrupt(_ engine: inout Engine) {
        engine.fail("INVALIDOBJ Corrupted HLL object detected")
    }

    /// The slot of a new, empty one.
    private static func makeEmpty(_ engine: inout Engine, _ key: ByteSlice, _ hash: UInt64) -> Slot? {
        HyperLogLog.emptySparse.withSlice { bytes in
            StringCommands.store(&engine, key, hash, nil, bytes, expiry: nil)
        }
        let slot = engine.find(key, hash)
        slot?.entry.setEncoding(StringCommands.edited)
        return slot
    }

    // MARK: PFADD, PFCOUNT, PFMERGE

    /// PFADD key [element …]
    static func add(_ engine: inout Engine, _ call: Call) {
        var updates = 0
        let slot: Slot
        if let found = engine.use(call.key, call.hash) {
            guard sketch(&engine, found) != nil else { return }
            slot = found
        } else {
            guard let made = makeEmpty(&engine, call.key, call.hash) else { return }
            slot = made
            updates = 1
        }
        for index in 2..<max(2, call.count) {
            let (register, value) = HyperLogLog.place(of: call[index])
            switch raise(&engine, slot, register, to: value) {
            case .unchanged: break
            case .changed: updates += 1
            case .corrupt: return corrupt(&engine)
            }
        }
        if updates > 0 {
            HyperLogLog(slot.entry.value)?.invalidateCache()
            engine.notify(.string, "pfadd", call.key)
            engine.dirty += Int64(updates)
        }
        engine.reply.integer(updates > 0 ? 1 : 0)
    }

    /// PFCOUNT key …
    static func count(_ engine: inout Engine, _ call: Call) {
        if call.count > 2 { return countUnion(&engine, call) }
        guard let slot = engine.look(up: call.key, call.hash) else { return engine.reply.integer(0) }
        guard let sketch = sketch(&engine, slot) else { return }
        if let cached = sketch.cachedCardinality { return engine.reply.integer(Int64(bitPattern: cached)) }
        guard let cardinality = sketch.cardinality else { return corrupt(&engine) }
        // The bytes changed, so replicas are told: their copy should be equal.
        sketch.cache(cardinality)
        slot.entry.setEncoding(StringCommands.edited)
        engine.dirty += 1
        engine.reply.integer(Int64(bitPattern: cardinality))
    }

    private static func countUnion(_ engine: inout Engine, _ call: Call) {
        withRegisters { registers in
            guard merge(&engine, call, from: 1, registers) != nil else { return }
            engine.reply.integer(Int64(bitPattern: HyperLogLog.cardinality(of: registers)))
        }
    }

    private static func withRegisters(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HyperLogLog.registerCount) { registers in
            registers.initialize(repeating: 0)
            if let start = registers.baseAddress { body(start) }
        }
    }

    /// Raises `registers` to those of all keys from argument `first` on; tells whether one is dense, nil with the error.
    private static func merge(
        _ engine: inout Engine,
        _ call: Call,
        from first: Int,
        _ registers: UnsafeMutablePointer<UInt8>
    ) -> Bool? {
        var isDense = false
        for index in first..<call.count {
            guard let slot = engine.look(up: call[index]) else { continue }
            guard let sketch = sketch(&engine, slot) else { return nil }
            if !sketch.isSparse { isDense = true }
            guard sketch.merge(into: registers) else {
                corrupt(&engine)
                return nil
            }
        }
        return isDense
    }

    /// PFMERGE destination [source …]
    static func merge(_ engine: inout Engine, _ call: Call) {
        withRegisters { registers in
            guard let isDense = merge(&engine, call, from: 1, registers) else { return }
            guard let slot = engine.use(call.key, call.hash) ?? makeEmpty(&engine, call.key, call.hash) else { return }
            slot.entry.setEncoding(StringCommands.edited)
            if isDense, HyperLogLog(slot.entry.value)?.isSparse == true, !makeDense(&engine, slot) {
                return corrupt(&engine)
            }
            for index in 0..<HyperLogLog.registerCount where registers[index] > 0 {
                if raise(&engine, slot, index, to: registers[index]) == .corrupt { return corrupt(&engine) }
            }
            HyperLogLog(slot.entry.value)?.invalidateCache()
            engine.notify(.string, "pfadd", call.key)
            engine.dirty += 1
            engine.reply.ok()
        }
    }

    // MARK: One register

    /// Raises a register of the HyperLogLog at `slot`, which may get longer or become dense.
    private static func raise(_ engine: inout Engine, _ slot: Slot, _ register: Int, to value: UInt8) -> Outcome {
        guard let sketch = HyperLogLog(slot.entry.value) else { return .corrupt }
        let outcome: Outcome
        if !sketch.isSparse {
            outcome = sketch.raiseDense(register, to: value) ? .changed : .unchanged
        } else if Int(value) > HyperLogLog.mostSparse {
            outcome = raiseExpanded(&engine, slot, register, to: value)
        } else {
            outcome = raiseSparse(&engine, slot, sketch, register, to: value)
        }
        if outcome == .changed { slot.entry.setEncoding(StringCommands.edited) }
        return outcome
    }

    private static func raiseExpanded(
        _ engine: inout Engine,
        _ slot: Slot,
        _ register: Int,
        to value: UInt8
    ) -> Outcome {
        guard makeDense(&engine, slot), let dense = HyperLogLog(slot.entry.value) else { return .corrupt }
        return dense.raiseDense(register, to: value) ? .changed : .unchanged
    }

    private static func raiseSparse(
        _ engine: inout Engine,
        _ slot: Slot,
        _ sketch: HyperLogLog,
        _ register: Int,
        to value: UInt8
    ) -> Outcome {
        // The run that covers the register, and where the one before it begins.
        var first = 0
        var offset = HyperLogLog.headerSize
        var previous = HyperLogLog.headerSize
        var covering = sketch.run(at: offset)
        while let run = covering, register >= first + run.length {
            first += run.length
            previous = offset
            offset += run.size
            covering = sketch.run(at: offset)
        }
        guard let run = covering else { return .corrupt }
        if run.value >= value { return .unchanged }
        let single = 0x80 | (value - 1) << 2
        if run.length == 1, !run.isLongZero {
            sketch.start[offset] = single
        } else {
            // The run becomes up to three: what is left of it, the register, what is right of it.
            var runs: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
            let size = withUnsafeMutableBytes(of: &runs) { bytes in
                var size = write(run, length: register - first, bytes, 0)
                bytes[size] = single
                size += 1
                return write(run, length: first + run.length - 1 - register, bytes, size)
            }
            let old = slot.entry.valueCount
            if size > run.size, old + size - run.size > engine.settings.hyperLogLogSparseMaxBytes {
                return raiseExpanded(&engine, slot, register, to: value)
            }
            let tail = old - offset - run.size
            // Longer first, so that there is room for the tail; a run never gets shorter here.
            guard StringCommands.edit(&engine, slot, to: old - run.size + size) else { return .corrupt }
            let start = slot.entry.valueStart + offset
            memmove(start + size, start + run.size, tail)
            withUnsafeBytes(of: runs) { bytes in
                if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: size) }
            }
        }
        joinRuns(slot, from: previous)
        HyperLogLog(slot.entry.value)?.invalidateCache()
        return .changed
    }

    /// Writes a part of a run; returns where the next goes.
    private static func write(
        _ run: HyperLogLog.Run,
        length: Int,
        _ bytes: UnsafeMutableRawBufferPointer,
        _ offset: Int
    ) -> Int {
        guard length > 0 else { return offset }
        let rest = length - 1
        if run.value > 0 {
            bytes[offset] = 0x80 | (run.value - 1) << 2 | UInt8(rest)
        } else if length <= 64 {
            bytes[offset] = UInt8(rest)
        } else {
            bytes[offset] = 0x40 | UInt8(rest >> 8)
            bytes[offset + 1] = UInt8(rest & 0xFF)
            return offset + 2
        }
        return offset + 1
    }

    /// Makes one of neighbours with the same value, as redis does: five steps from the run before the changed one.
    private static func joinRuns(_ slot: Slot, from first: Int) {
        var offset = first
        for _ in 0..<5 {
            guard let sketch = HyperLogLog(slot.entry.value), let run = sketch.run(at: offset) else { return }
            if run.value > 0, let next = sketch.run(at: offset + 1), next.value == run.value,
                run.length + next.length <= 4
            {
                let count = slot.entry.valueCount
                sketch.start[offset + 1] = 0x80 | (run.value - 1) << 2 | UInt8(run.length + next.length - 1)
                memmove(sketch.start + offset, sketch.start + offset + 1, count - offset - 1)
                _ = slot.entry.resizeValue(to: count - 1)
                continue
            }
            offset += run.size
        }
    }

    /// Expands a sparse one; false when its bytes are corrupt.
    private static func makeDense(_ engine: inout Engine, _ slot: Slot) -> Bool {
        guard let sketch = HyperLogLog(slot.entry.value), sketch.isSparse else { return true }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HyperLogLog.denseSize) { room in
            guard let start = room.baseAddress, sketch.expand(to: start),
                StringCommands.edit(&engine, slot, to: HyperLogLog.denseSize)
            else { return false }
            slot.entry.valueStart.copyMemory(from: start, byteCount: HyperLogLog.denseSize)
            return true
        }
    }

    // MARK: PFDEBUG, PFSELFTEST

    /// PFDEBUG GETREG|DECODE|ENCODING|TODENSE key
    static func debug(_ engine: inout Engine, _ call: Call) {
        guard let slot = engine.find(call[2]) else { return engine.fail("ERR The specified key does not exist") }
        guard let sketch = sketch(&engine, slot) else { return }
        slot.entry.setEncoding(StringCommands.edited)
        if call.isWord(1, "GETREG") {
            if sketch.isSparse {
                guard makeDense(&engine, slot) else { return corrupt(&engine) }
                engine.dirty += 1
            }
            guard let dense = HyperLogLog(slot.entry.value) else { return }
            engine.reply.array(HyperLogLog.registerCount)
            for index in 0..<HyperLogLog.registerCount { engine.reply.integer(Int(dense.denseRegister(index))) }
        } else if call.isWord(1, "DECODE") {
            guard sketch.isSparse, let runs = sketch.decodedRuns else {
                return engine.fail("ERR HLL encoding is not sparse")
            }
            engine.reply.bulk(string: runs)
        } else if call.isWord(1, "ENCODING") {
            engine.reply.simple(sketch.isSparse ? "sparse" : "dense")
        } else if call.isWord(1, "TODENSE") {
            let wasSparse = sketch.isSparse
            if wasSparse {
                guard makeDense(&engine, slot) else { return corrupt(&engine) }
                engine.dirty += 1
            }
            engine.reply.integer(wasSparse ? 1 : 0)
        } else {
            engine.fail(Array("ERR Unknown PFDEBUG subcommand '".utf8) + Engine.excerpt(call[1], Int.max) + [39])
        }
    }

    /// PFSELFTEST
    static func selfTest(_ engine: inout Engine, _ call: Call) {
        var problem: String?
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HyperLogLog.denseSize) { room in
            withRegisters { plain in
                guard let start = room.baseAddress else { return }
                problem = selfTest(engine.random(), start, plain)
            }
        }
        if let problem { engine.fail("ERR TESTFAILED \(problem)") } else { engine.reply.ok() }
    }

    /// Adds a hundred thousand elements to packed registers and to plain ones: they must agree, and with the truth.
    private static func selfTest(
        _ seed: UInt64,
        _ start: UnsafeMutablePointer<UInt8>,
        _ plain: UnsafeMutablePointer<UInt8>
    ) -> String? {
        memset(start, 0, HyperLogLog.denseSize)
        memcpy(start, "HYLL", 4)
        guard let dense = HyperLogLog(ByteSlice(start: start, count: HyperLogLog.denseSize)) else { return "header" }
        for added in 1...100_000 {
            let (register, value) = withUnsafeBytes(of: seed &+ UInt64(added)) { bytes in
                HyperLogLog.place(of: RDBCursor.slice(bytes))
            }
            _ = dense.raiseDense(register, to: value)
            plain[register] = max(plain[register], value)
            guard dense.denseRegister(register) == plain[register] else { return "register \(register)" }
            guard added == 1 || added == 100 || added == 10_000 || added == 100_000 else { continue }
            let estimate = HyperLogLog.cardinality(of: plain)
            // Seven standard errors of 1.04 / √16384.
            let tolerance = max(3, Double(added) * 0.0569)
            guard abs(Double(estimate) - Double(added)) <= tolerance, dense.cardinality == estimate else {
                return "\(added) elements were estimated as \(estimate)"
            }
        }
        return nil
    }
}
