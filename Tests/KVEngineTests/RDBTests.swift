import RESP
import TestSupport
import Testing

@testable import KVEngine

@Suite struct RDBTests {
    private func expanded(_ input: [UInt8], count: Int) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: count)
        let isWhole = output.withUnsafeMutableBytes { room in
            input.withUnsafeBytes { bytes in
                room.baseAddress.map { LZF.decompress(bytes, to: $0, count: count) } ?? false
            }
        }
        return isWhole ? output : nil
    }

    @Test func lzfExpandsLiteralsAndReferences() {
        // "aaaaaaaaaaab": a literal, a reference of ten bytes one back, a literal.
        let input: [UInt8] = [0, 97, 0xE0, 1, 0, 0, 98]
        #expect(expanded(input, count: 12) == Array("aaaaaaaaaaab".utf8))
        #expect(expanded(input, count: 11) == nil)
        #expect(expanded([0x20, 5], count: 3) == nil)
    }

    @Test func lzfExpandsWhatItCompressed() {
        var generator = SeededGenerator(for: "LZF")
        var compressor = LZFCompressor()
        for round in 0..<500 {
            let letters = UInt8(1 + round % 5)
            let count = Int.random(in: 4...5000, using: &generator)
            let input = (0..<count).map { _ in UInt8.random(in: 0...letters, using: &generator) }
            var output = [UInt8](repeating: 0, count: count * 2)
            let size = output.withUnsafeMutableBufferPointer { room in
                input.withUnsafeBufferPointer { bytes in
                    guard let from = bytes.baseAddress, let target = room.baseAddress else { return 0 }
                    return compressor.compress(from, count: count, to: target, capacity: count * 2 - 1)
                }
            }
            #expect(size > 0 && expanded(Array(output[..<size]), count: count) == input)
        }
    }

    @Test func theChecksumIsJoness() {
        // The check value of CRC-64 with this polynomial.
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC64.checksum($0) } == 0xE9C6_D914_C4B8_D9CA)
    }

    @Test func listpacksKeepEveryNumberAndLength() throws {
        let numbers: [Int64] = [
            0, 127, 128, -1, -4096, -4097, 4095, 4096, 32767, -32768, 32768, 8_388_607, -8_388_608, 8_388_608,
            2_147_483_647, -2_147_483_648, 2_147_483_648, .max, .min,
        ]
        let lengths = [0, 1, 63, 64, 125, 126, 127, 4095, 4096, 16380, 16381, 16382, 16383, 70000]
        var writer = RDBWriter()
        writer.beginListpack()
        for number in numbers { Array("\(number)".utf8).withSlice { writer.appendToListpack($0) } }
        for length in lengths { [UInt8](repeating: 120, count: length).withSlice { writer.appendToListpack($0) } }
        writer.endListpack(count: numbers.count + lengths.count)
        var reader = try ListpackReader(RDBCursor.slice(writer.scratch.bytes))
        for number in numbers {
            guard case .integer(let value)? = try reader.next() else {
                Issue.record("\(number) is no integer")
                continue
            }
            #expect(value == number)
        }
        for length in lengths {
            guard case .bytes(let bytes)? = try reader.next() else {
                Issue.record("\(length) bytes are no string")
                continue
            }
            #expect(bytes.count == length)
        }
        #expect(try reader.next() == nil)
    }
}
