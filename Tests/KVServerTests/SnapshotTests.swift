import Bytes
import RESP
import TestSupport
import Testing

@testable import KVEngine
@testable import KVReplication

@Suite struct SnapshotTests {
    private func makeEngine() -> Engine {
        var engine = Engine(seed: (1, 2), random: { 4 })
        engine.setTime(milliseconds: 1_700_000_000_000)
        return engine
    }

    /// Strings, and hashes small and large, some with an expiry, in four databases.
    private func fill(_ engine: inout Engine) throws {
        for index in 0..<500 {
            let key = Array("key\(index)".utf8)
            let expiry: Int64? = index % 3 == 0 ? 1_800_000_000_000 + Int64(index) : nil
            if index % 2 == 0 {
                key.withSlice { engine.restoreString(database: index % 4, key: $0, value: $0, expiry: expiry) }
            } else {
                // A hash of RDB's oldest form: a number of fields, then the strings.
                let count = index % 50 == 1 ? 1000 : 2
                var writer = RDBWriter()
                writer.length(count)
                for field in 0..<count {
                    Array("field\(field)".utf8).withSlice { writer.string($0) }
                    key.withSlice { writer.string($0) }
                }
                var cursor = RDBCursor(writer.buffer.bytes)
                var reader = try engine.makeReader(type: 4, key: key, expiry: expiry)
                #expect(try reader.read(&cursor))
                engine.restore(&reader, database: index % 4)
            }
        }
    }

    @Test(arguments: [1, 7, 64, 1000, 1_000_000])
    func whatIsWrittenIsReadAgainInPiecesOfAnySize(_ piece: Int) throws {
        var source = makeEngine()
        try fill(&source)
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
        // A digest, for a hash table may lay the same fields out in another order.
        #expect(target.dataSetDigest() == source.dataSetDigest())
    }

    /// Damaged snapshots end with an error or wait for more; they never crash and never take memory on their word.
    @Test func damagedSnapshotsAreRefusedOrIncomplete() throws {
        var source = makeEngine()
        try fill(&source)
        var snapshot = ByteBuffer()
        SnapshotWriter.write(source, streamDatabase: 0, to: &snapshot)
        let bytes = Array(snapshot.bytes)
        var generator = SeededGenerator(for: "damaged snapshots")
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
