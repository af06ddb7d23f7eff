import Testing

@testable import KVEngine

@Suite struct EntryMemoryTests {
    /// Pieces of all sizes, made and given back at random: none overlaps another, and each is as large as asked.
    @Test func piecesKeepWhatIsWrittenIntoThem() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var state = seed | 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        struct Piece {
            let address: UnsafeMutableRawPointer
            let size: Int
            let mark: UInt8
        }
        var pieces: [Piece] = []
        for step in 0..<200_000 {
            if pieces.isEmpty || next() % 100 < (step < 120_000 ? 60 : 30) {
                let size = Int(next() % UInt64(next() % 8 == 0 ? EntryMemory.largest : 200)) + 1
                let address = EntryMemory.allocate(size)
                #expect(EntryMemory.capacity(of: address) >= size)
                if size % 64 == 0 { #expect(UInt(bitPattern: address) % 64 == 0) }
                let mark = UInt8(truncatingIfNeeded: next())
                address.initializeMemory(as: UInt8.self, repeating: mark, count: size)
                pieces.append(Piece(address: address, size: size, mark: mark))
            } else {
                let index = Int(next() % UInt64(pieces.count))
                pieces.swapAt(index, pieces.count - 1)
                let piece = pieces.removeLast()
                let bytes = UnsafeRawBufferPointer(start: piece.address, count: piece.size)
                #expect(bytes.allSatisfy { $0 == piece.mark }, "seed \(seed), step \(step)")
                EntryMemory.free(piece.address)
            }
        }
        for piece in pieces { EntryMemory.free(piece.address) }
    }

    /// What is given back is used again: a million pieces made and freed in turn take no more than the first of them did.
    @Test func memoryIsReused() {
        // A heap of its own: other suites use the process's at the same time.
        var heap = EntryHeap()
        var most: Int?
        for _ in 0..<20 {
            let pieces = (0..<50_000).map { _ in heap.allocate(80) }
            most = most ?? heap.residentSize
            for piece in pieces { heap.free(piece) }
        }
        #expect(heap.residentSize == most)
        #expect(heap.residentSize < 5 << 20)
    }
}
