import RESP

/// List commands that wait for elements: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP.
///
/// Each does what its namesake without B does when there is something, also what is recorded for replicas; else the
/// client waits. `BlockedRequests` runs the handler again when a key has become a list.
enum BlockingListCommands {
    /// BLPOP key … timeout
    static func popHead(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .head) }
    /// BRPOP key … timeout
    static func popTail(_ engine: inout Engine, _ call: Call) { pop(&engine, call, .tail) }

    private static func pop(_ engine: inout Engine, _ call: Call, _ end: ListBlock.End) {
        guard let deadline = engine.blockingDeadline(call[call.count - 1]) else { return }
        for index in 1..<(call.count - 1) where engine.mayServe(from: call[index]) {
            let hash = engine.hash(call[index])
            var slot: Slot?
            guard engine.find(call[index], hash, .list, &slot) else { return }
            guard let slot else { continue }
            engine.reply.array(2)
            engine.reply.bulk(call[index])
            ListCommands.popOne(&engine, call[index], hash, slot, end)
            engine.changedKey = index
            return engine.recordPop(call[index], end, count: nil)
        }
        engine.block(call, on: (1..<(call.count - 1)).map { call[$0] }, type: .list, until: deadline)
    }

    /// BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout
    static func move(_ engine: inout Engine, _ call: Call) {
        guard let from = ListCommands.end(&engine, call, 3), let to = ListCommands.end(&engine, call, 4) else { return }
        move(&engine, call, from, to)
    }

    /// BRPOPLPUSH source destination timeout
    static func moveTailToHead(_ engine: inout Engine, _ call: Call) { move(&engine, call, .tail, .head) }

    private static func move(
        _ engine: inout Engine,
        _ call: Call,
        _ from: ListBlock.End,
        _ to: ListBlock.End
    ) {
        guard let deadline = engine.blockingDeadline(call[call.count - 1]) else { return }
        var slot: Slot?
        guard engine.find(call.key, call.hash, .list, &slot) else { return }
        guard let slot else {
            return engine.block(call, on: [call.key], type: .list, until: deadline, denied: .null)
        }
        guard ListCommands.move(&engine, call, slot, from, to), engine.effects.isRecording else { return }
        // The request as it came, without its timeout.
        engine.effects.begin(call.count - 1, database: engine.databaseIndex)
        engine.effects.append(call.count == 4 ? "RPOPLPUSH" : "LMOVE")
        for index in 1..<(call.count - 1) { engine.effects.append(call[index]) }
        engine.isEffectRecorded = true
    }

    /// BLMPOP timeout numkeys key … LEFT|RIGHT [COUNT count]
    static func popFromFirst(_ engine: inout Engine, _ call: Call) {
        guard let deadline = engine.blockingDeadline(call[1]) else { return }
        guard let request = ListCommands.MultiPop(&engine, call, from: 2) else { return }
        guard request.serve(&engine, call) == .nothing else { return }
        engine.block(call, on: request.keys.map { call[$0] }, type: .list, until: deadline)
    }
}
