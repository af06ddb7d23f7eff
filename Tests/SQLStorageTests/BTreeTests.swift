// The B+tree against a sorted array: random inserts and removals, every invariant after each round.

import Testing

@testable import SQLStorage

@Suite struct BTreeTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func agreesWithASortedArray(seed: UInt64) {
        var random = Seeded(seed)
        var tree = BTree(isExact: true)
        var model: [UInt64: Set<UInt32>] = [:]
        for round in 0..<40 {
            for _ in 0..<500 {
                let key = random.next() % 2000
                let row = UInt32(random.next() % 4)
                if random.next() % 100 < (round < 20 ? 70 : 25) {
                    tree.insert(BTree.exactEntry(key, rank: 1, row))
                    model[key, default: []].insert(row)
                } else {
                    tree.remove(BTree.exactEntry(key, rank: 1, row))
                    model[key]?.remove(row)
                }
            }
            let expected = model.flatMap { key, rows in rows.map { (key, $0) } }.sorted { $0 < $1 }
            #expect(tree.checkInvariants() == nil, "seed \(seed), round \(round)")
            #expect(tree.count == expected.count)
            var place = tree.first
            for (key, row) in expected {
                guard let entry = tree.next(&place) else {
                    Issue.record("seed \(seed): the tree ends early")
                    return
                }
                #expect(entry.prefix == key && tree.row(entry) == row)
            }
            #expect(tree.next(&place) == nil)
            var back = tree.last
            for (key, row) in expected.reversed() {
                guard let entry = tree.previous(&back) else {
                    Issue.record("seed \(seed): the tree begins late")
                    return
                }
                #expect(entry.prefix == key && tree.row(entry) == row)
            }
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func keyedTreeAgreesWithASortedArray(seed: UInt64) {
        var random = Seeded(seed)
        var tree = BTree(isExact: false)
        var model: Set<[UInt8]> = []
        for round in 0..<20 {
            for _ in 0..<400 {
                let length = Int(random.next() % 14)
                let key = (0..<length).map { _ in UInt8(97 + random.next() % 3) }
                let entry = key.withUnsafeBytes { BTree.keyedEntry($0, 7) }
                if random.next() % 100 < (round < 10 ? 70 : 20) {
                    tree.insert(entry)
                    model.insert(key)
                } else {
                    tree.remove(entry)
                    tree.discard(entry)
                    model.remove(key)
                }
            }
            #expect(tree.checkInvariants() == nil, "seed \(seed), round \(round)")
            var place = tree.first
            for key in model.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                guard let entry = tree.next(&place) else {
                    Issue.record("seed \(seed): the tree ends early")
                    return
                }
                #expect(tree.key(entry).elementsEqual(key))
            }
            #expect(tree.next(&place) == nil)
        }
    }

    @Test(arguments: [0, 1, 117, 118, 119, 118 * 80, 118 * 80 + 1, 118 * 81, 100_000])
    func buildsFromSortedEntries(count: Int) {
        let entries = (0..<count).map { BTree.exactEntry(UInt64($0), rank: 1, UInt32($0)) }
        var tree = BTree(isExact: true)
        entries.withUnsafeBufferPointer { tree.build($0) }
        #expect(tree.checkInvariants() == nil)
        for probe in stride(from: 0, to: count, by: 97) {
            var place = tree.seek(BTree.Bound(rank: 1, word: UInt64(probe)), after: false)
            #expect(tree.next(&place)?.prefix == UInt64(probe))
            var beyond = tree.seek(BTree.Bound(rank: 1, word: UInt64(probe)), after: true)
            #expect(tree.next(&beyond)?.prefix == (probe + 1 < count ? UInt64(probe + 1) : nil))
        }
    }
}

/// splitmix64: the same series for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
