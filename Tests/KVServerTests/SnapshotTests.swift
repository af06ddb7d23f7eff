import Bytes
import KVEngine
import RESP
import Testing

@testable import KVReplication

@Suite struct SnapshotTests {
    private func makeEngine() -> Engine {
        var engine = Engine(seed: (1, 2), random: { 4 })
        engine.setTime(milliseconds: 1_700_000_000_000)
        return engine
    }

    private func fill(_ engine: inout Engine) {
        for index in 0..<500 {
            let text = Array("key\(index)".utf8)
            text.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                let key = ByteSlice(start: start, count: bytes.count)
                let expiry: Int64? = index % 3 == 0 ? 1_800_000_000_000 + Int64(index) : nil
                if index % 2 == 0 {
                    engine.restoreString(database: index % 4, key: key, value: key, expiry: expiry)
                } else {
                    var fields = [(ByteSlice("a"), key), (key, ByteSlice(""))].makeIterator()
                    engine.restoreHash(database: index % 4, key: key, expiry: expiry) { fields.next() }
                }
            }
        }
    }

    private func describe(_ engine: borrowing Engine) -> Set<String> {
        var found: Set<String> = []
        for database in 0..<engine.databaseCount {
            engine.forEachKey(database: database) { key, expiry, value in
                var text = "\(database) \(key.string) \(expiry ?? -1) "
                switch value {
                case .string(let bytes): text += bytes.string
                case .hash(let hash): hash.forEach { text += "[\($0.string)=\($1.string)]" }
                }
                found.insert(text)
            }
        }
        return found
    }

    @Test(arguments: [1, 7, 64, 1000, 1_000_000])
    func whatIsWrittenIsReadAgainInPiecesOfAnySize(_ piece: Int) throws {
        var source = makeEngine()
        fill(&source)
        var snapshot = ByteBuffer()
        SnapshotWriter.write(source, streamDatabase: 2, to: &snapshot)
        let bytes = Array(snapshot.bytes)
        var target = makeEngine()
        var reader = SnapshotReader()
        var pending: [UInt8] = []
        var isFinished = false
        for start in stride(from: 0, to: bytes.count, by: piece) {
            pending += bytes[start..<min(bytes.count, start + piece)]
            let progress = try pending.withUnsafeBytes { try reader.read($0, into: &target) }
            pending.removeFirst(progress.consumed)
            isFinished = progress.isFinished
        }
        #expect(isFinished && pending.isEmpty && reader.keyCount == 500 && reader.streamDatabase == 2)
        #expect(describe(target) == describe(source))
        #expect(describe(target).count == 500)
    }

    /// Damaged snapshots end with an error or wait for more; they never crash and never take memory on their word.
    @Test func damagedSnapshotsAreRefusedOrIncomplete() {
        var source = makeEngine()
        fill(&source)
        var snapshot = ByteBuffer()
        SnapshotWriter.write(source, streamDatabase: 0, to: &snapshot)
        let bytes = Array(snapshot.bytes)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<4 {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            var target = makeEngine()
            var reader = SnapshotReader()
            _ = try? damaged.withUnsafeBytes { try reader.read($0, into: &target) }
        }
    }

    @Test func lzfExpandsLiteralsAndReferences() {
        // "aaaaaaaaaaab": a literal, a reference of ten bytes one back, a literal.
        let input: [UInt8] = [0, 97, 0xE0, 1, 0, 0, 98]
        #expect(input.withUnsafeBytes { LZF.decompress($0, count: 12) } == Array("aaaaaaaaaaab".utf8))
        #expect(input.withUnsafeBytes { LZF.decompress($0, count: 11) } == nil)
        #expect([UInt8]([0x20, 5]).withUnsafeBytes { LZF.decompress($0, count: 3) } == nil)
    }

    @Test func theBacklogKeepsTheNewestBytes() {
        var backlog = Backlog(capacity: 10)
        for chunk in ["abc", "defgh", "ijklm", "0123456789XYZ"] {
            Array(chunk.utf8).withUnsafeBytes { backlog.append($0) }
        }
        var buffer = ByteBuffer()
        backlog.copyNewest(10, to: &buffer)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "3456789XYZ")
        #expect(backlog.count == 10)
    }
}
