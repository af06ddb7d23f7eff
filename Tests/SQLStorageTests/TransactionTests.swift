// Seeded random transactions against a model: what each snapshot sees, exact undo, unique keys, pruning.

import Testing

@testable import SQLStorage

@Suite struct TransactionTests {
    /// A table (key int4 unique, value text) and its model: committed rows by key.
    final class World {
        let manager = TransactionManager()
        let store = TableStore(TupleLayout([.int4, .bytes]))
        let index: TableIndex
        init() {
            index = store.addIndex(
                name: "key",
                identifier: 1,
                columns: [KeyColumn(column: 0, order: .integer)],
                isUnique: true,
                seed: 99
            )
        }

        func insert(_ key: Int, _ text: String, _ transaction: Transaction) -> RowID? {
            Array(text.utf8).withUnsafeBytes { bytes in
                store.insert([Datum(Int64(key)), Datum(bytes)], transaction)
            }
        }

        func update(_ row: RowID, _ key: Int, _ text: String, _ transaction: Transaction) {
            Array(text.utf8).withUnsafeBytes { bytes in
                _ = store.update(row, [Datum(Int64(key)), Datum(bytes)], isChanged: [true, true], transaction)
            }
        }

        func rows(_ snapshot: Snapshot) -> [Int: String] {
            var found: [Int: String] = [:]
            for slot in 0..<store.slotCount {
                guard let row = store.visible(slot, snapshot) else { continue }
                found[Int(store.datum(row, 0).int64)] = String(decoding: store.datum(row, 1).bytes, as: UTF8.self)
            }
            return found
        }

        func find(_ key: Int, _ snapshot: Snapshot) -> (slot: RowID, row: UnsafeMutableRawPointer)? {
            index.find([Datum(Int64(key))], snapshot)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func randomTransactionsMatchTheModel(seed: UInt64) {
        var random = Seeded(seed)
        let world = World()
        var committed: [Int: String] = [:]
        /// Readers with what they saw when they began.
        var readers: [(snapshot: Snapshot, transaction: Transaction, seen: [Int: String])] = []
        for round in 0..<300 {
            let transaction = world.manager.begin()
            var mine = committed
            var marks: [(undo: Int, rows: [Int: String])] = []
            for _ in 0..<Int(random.next() % 12) {
                let snapshot = world.manager.takeSnapshot(for: transaction)
                let key = Int(random.next() % 20)
                let text = String(repeating: "x", count: Int(random.next() % 40)) + "\(random.next() % 1000)"
                switch random.next() % 6 {
                case 0, 1:
                    let check = world.index.check([Datum(Int64(key))], transaction)
                    #expect((check == .free) == (mine[key] == nil), "seed \(seed), round \(round)")
                    if check == .free {
                        _ = world.insert(key, text, transaction)
                        mine[key] = text
                    }
                case 2:
                    if let (slot, _) = world.find(key, snapshot) {
                        #expect(world.store.writeConflict(slot, snapshot, transaction) == .none)
                        let target = Int(random.next() % 20)
                        if target == key || mine[target] == nil {
                            world.update(slot, target, text, transaction)
                            mine[key] = nil
                            mine[target] = text
                        }
                    }
                case 3:
                    if let (slot, _) = world.find(key, snapshot) {
                        world.store.delete(slot, transaction)
                        mine[key] = nil
                    }
                case 4: marks.append((transaction.setSavepoint(), mine))
                default:
                    if let mark = marks.popLast() {
                        transaction.rollback(to: mark.undo)
                        mine = mark.rows
                    }
                }
                world.manager.release(snapshot)
                transaction.advanceCommand()
                let now = world.manager.takeSnapshot(for: transaction)
                #expect(world.rows(now) == mine, "seed \(seed), round \(round)")
                for probe in 0..<20 {
                    #expect((world.find(probe, now) != nil) == (mine[probe] != nil), "seed \(seed), round \(round)")
                }
                world.manager.release(now)
            }
            if random.next() % 3 == 0 {
                transaction.rollback()
            } else {
                transaction.commit()
                committed = mine
            }
            for reader in readers {
                #expect(world.rows(reader.snapshot) == reader.seen, "seed \(seed), round \(round)")
            }
            if random.next() % 4 == 0, readers.count < 5 {
                let reader = world.manager.begin()
                let snapshot = world.manager.takeSnapshot(for: reader)
                readers.append((snapshot, reader, world.rows(snapshot)))
            }
            if random.next() % 5 == 0, !readers.isEmpty {
                let reader = readers.remove(at: Int(random.next() % UInt64(readers.count)))
                world.manager.release(reader.snapshot)
                reader.transaction.commit()
            }
            #expect(world.index.checkInvariants() == nil)
        }
        for reader in readers { world.manager.release(reader.snapshot) }
        // With nobody looking, nothing old is kept: one entry and one text per row.
        #expect(world.manager.garbageCount == 0)
        #expect(world.index.entryCount == committed.count, "seed \(seed)")
        #expect(world.store.liveRows == committed.count, "seed \(seed)")
    }

    @Test func aReaderKeepsItsViewAndTheWriterIsFoundInTheWay() {
        let world = World()
        let first = world.manager.begin()
        let row = world.insert(1, "a", first)
        first.commit()
        let reader = world.manager.begin()
        let view = world.manager.takeSnapshot(for: reader)
        let writer = world.manager.begin()
        world.update(row ?? 0, 1, "b", writer)
        #expect(world.rows(view) == [1: "a"])
        #expect(world.store.writeConflict(row ?? 0, view, reader) == .blocked(on: world.manager.identify(writer)))
        #expect(world.index.check([Datum(Int64(1))], reader) == .blocked(on: world.manager.identify(writer)))
        writer.commit()
        #expect(world.rows(view) == [1: "a"])
        #expect(world.store.writeConflict(row ?? 0, view, reader) == .changed)
        world.manager.release(view)
        let now = world.manager.takeSnapshot(for: reader)
        #expect(world.rows(now) == [1: "b"])
        world.manager.release(now)
        reader.commit()
    }

    @Test func waitingInACircleIsADeadlock() {
        let manager = TransactionManager()
        let a = manager.begin()
        let b = manager.begin()
        let c = manager.begin()
        let ids = [a, b, c].map { manager.identify($0) }
        #expect(manager.wait(a, for: ids[1]))
        #expect(manager.wait(b, for: ids[2]))
        #expect(!manager.wait(c, for: ids[0]))
        var woken = false
        b.wake = { woken = true }
        c.rollback()
        #expect(woken)
        b.rollback()
        a.rollback()
    }
}
