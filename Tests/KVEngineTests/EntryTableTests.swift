import RESP
import TestSupport
import Testing

@testable import KVEngine

@Suite struct EntryTableTests {
    private func with<Result>(_ text: String, _ body: (ByteSlice) -> Result) -> Result {
        var text = text
        return text.withUTF8 { bytes in
            body(bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice(""))
        }
    }

    private func makeEntry(_ key: ByteSlice, _ value: ByteSlice) -> Entry {
        let entry = Entry.allocate(type: .string, key: key, valueCount: value.count, expiry: nil, clock: 0)
        entry.valueStart.copyMemory(from: value.raw, byteCount: value.count)
        return entry
    }

    /// Random inserts, replacements, removals and look-ups against a dictionary.
    @Test(arguments: [UInt64(1), 2, 3, UInt64.random(in: 0...UInt64.max)])
    func behavesAsADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let hash = KeyHash(first: generator.next(), second: generator.next())
        var table = EntryTable(hash: hash)
        var model: [String: String] = [:]
        for step in 0..<60_000 {
            // The range grows and shrinks, so that segments fill, split, and empty again.
            let range = step < 30_000 ? 20_000 : 300
            let key = "key:\(Int.random(in: 0..<range, using: &generator))"
            with(key) { slice in
                let hashed = hash(slice)
                let found = table.find(slice, hashed)
                #expect(found?.entry.value.string == model[key], "seed \(seed), step \(step), \(key)")
                switch Int.random(in: 0..<3, using: &generator) {
                case 0:
                    if let found {
                        table.remove(found, hashed).deallocate()
                        model[key] = nil
                    }
                default:
                    guard found == nil else { return }
                    let value = "value \(step)"
                    with(value) { _ = table.insert(makeEntry(slice, $0), hashed) }
                    model[key] = value
                }
            }
        }
        #expect(table.count == model.count, "seed \(seed)")
        var walked: [String: String] = [:]
        table.forEach { walked[$0.key.string] = $0.value.string }
        #expect(walked == model, "seed \(seed)")
        table.removeAll { $0.deallocate() }
        #expect(table.count == 0)
    }

    /// What stays in the table during a walk is shown, although the table grows between the steps.
    @Test func aWalkSurvivesGrowth() {
        let hash = KeyHash(first: 11, second: 13)
        var table = EntryTable(hash: hash)
        func insert(_ range: Range<Int>) {
            for index in range {
                with("k\(index)") { key in _ = table.insert(makeEntry(key, ByteSlice("v")), hash(key)) }
            }
        }
        insert(0..<2000)
        var seen: Set<String> = []
        var cursor: UInt64 = 0
        var steps = 0
        repeat {
            cursor = table.scan(from: cursor) { seen.insert($0.key.string) }
            steps += 1
            if steps % 4 == 0, steps < 200 { insert((1000 * (steps + 4))..<(1000 * (steps + 5))) }
        } while cursor != 0 && steps < 100_000
        #expect((0..<2000).allSatisfy { seen.contains("k\($0)") })
        table.removeAll { $0.deallocate() }
    }

    @Test func entriesKeepTheirPartsInBothForms() {
        for keyCount in [0, 1, 255, 256, 1000] {
            for valueCount in [0, 1, 64, 300, (1 << 24) - 1, 1 << 24] {
                for expiry in [nil, Int64(1_700_000_000_123)] {
                    let key = String(repeating: "k", count: keyCount)
                    with(key) { slice in
                        let entry = Entry.allocate(
                            type: .hash,
                            encoding: 2,
                            key: slice,
                            valueCount: valueCount,
                            expiry: expiry,
                            clock: 0xABCDEF
                        )
                        #expect(entry.type == .hash && entry.encoding == 2 && entry.accessClock == 0xABCDEF)
                        #expect(entry.key.count == keyCount && entry.valueCount == valueCount)
                        #expect(entry.hasExpiry == (expiry != nil))
                        if let expiry { #expect(entry.expiry == expiry) }
                        #expect(entry.hasKey(slice))
                        entry.accessClock = 5
                        #expect(entry.accessClock == 5 && entry.key.count == keyCount)
                        entry.deallocate()
                    }
                }
            }
        }
    }

    /// So many entries that doublings of the directory are prepared: nothing is lost, and all memory comes back.
    @Test func findsEverythingThroughALargeDirectory() {
        let before = DataMemory.used
        let hash = KeyHash(first: 17, second: 19)
        do {
            var table = EntryTable(hash: hash)
            let names = (0..<900_000).map { "key:\($0)" }
            for name in names { with(name) { key in _ = table.insert(makeEntry(key, key), hash(key)) } }
            #expect(table.depth >= 13, "the directory stayed small")
            let found = names.count { name in with(name) { table.find($0, hash($0))?.entry.key.string == name } }
            #expect(found == names.count)
            table.removeAll { $0.deallocate() }
            #expect(table.count == 0)
        }
        #expect(DataMemory.used == before)
    }

    /// Entries come and go at a constant number, as in a cache: a look-up for what is not there ends.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func endsEveryLookUpAfterManyChanges(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let hash = KeyHash(first: generator.next(), second: generator.next())
        var table = EntryTable(hash: hash)
        var names: [String] = []
        for step in 0..<100_000 {
            let name = "key:\(generator.next() % 1_000_000):\(step)"
            with(name) { key in
                #expect(table.find(key, hash(key)) == nil)
                _ = table.insert(makeEntry(key, key), hash(key))
            }
            names.append(name)
            guard names.count > 170 else { continue }
            names.swapAt(Int(generator.next() % UInt64(names.count)), names.count - 1)
            with(names.removeLast()) { key in
                guard let slot = table.find(key, hash(key)) else {
                    Issue.record("an entry is lost at step \(step)")
                    return
                }
                table.remove(slot, hash(key)).deallocate()
            }
        }
        #expect(table.count == names.count)
        table.removeAll { $0.deallocate() }
    }
}
