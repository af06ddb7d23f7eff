import RESP
import TestSupport
import Testing

@testable import KVEngine

@Suite struct PackedHashTests {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Texts of digits only, of every length, and such with one byte that is none.
    @Test(arguments: [UInt64(1), UInt64.random(in: 0...UInt64.max)])
    func packsDigitsAndNothingElse(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for length in 0...HexDigits.longest + 8 {
            let text = (0..<length).map { _ in Self.digits.randomElement(using: &generator) ?? 0 }
            let isPackable = (2...HexDigits.longest).contains(length)
            #expect(roundTrip(text) == (isPackable ? text : nil), "seed \(seed)")
            guard isPackable else { continue }
            for byte in UInt8.min...UInt8.max where !Self.digits.contains(byte) {
                var other = text
                other[Int.random(in: 0..<length, using: &generator)] = byte
                #expect(roundTrip(other) == nil, "seed \(seed): \(other)")
            }
        }
    }

    /// What comes back after packing, nil when the text is not packed.
    private func roundTrip(_ text: [UInt8]) -> [UInt8]? {
        text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return withUnsafeTemporaryAllocation(byteCount: 96, alignment: 8) { memory -> [UInt8]? in
                guard let packed = memory.baseAddress else { return nil }
                let unpacked = packed + HexDigits.longestPacked
                guard HexDigits.pack(ByteSlice(start, count: text.count), into: packed) else { return nil }
                HexDigits.unpack(packed, count: text.count, into: unpacked)
                return ByteSlice(unpacked, count: text.count).array
            }
        }
    }

    /// Fields of digits and others, with lengths around those that the header's bits can hold, against a dictionary.
    @Test(arguments: [UInt64(1), 2, UInt64.random(in: 0...UInt64.max)])
    func behavesAsADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let server = EngineUnderTest()
        var fields: [String] = []
        for length in [0, 1, 2, 3, 7, 8, 9, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 128, 142, 143, 144] {
            let text = (0..<length).map { _ in Self.digits.randomElement(using: &generator) ?? 0 }
            fields.append(String(decoding: text, as: UTF8.self))
            fields.append(String(repeating: "z", count: length))
        }
        fields = Array(Set(fields)).sorted()
        var model: [String: String] = [:]
        for step in 0..<4000 {
            guard let field = fields.randomElement(using: &generator) else { continue }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                let removed = model.removeValue(forKey: field) != nil
                #expect(run(server, "HDEL", "h", field) == ":\(removed ? 1 : 0)\r\n", "seed \(seed), step \(step)")
            } else {
                let length = [0, 1, 5, 6, 7, 8, 40, 134, 135].randomElement(using: &generator) ?? 0
                let value = String(repeating: "\(step % 10)", count: length)
                let isNew = model.updateValue(value, forKey: field) == nil
                #expect(run(server, "HSET", "h", field, value) == ":\(isNew ? 1 : 0)\r\n", "seed \(seed), step \(step)")
            }
            guard let other = fields.randomElement(using: &generator) else { continue }
            let expected = model[other].map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n"
            #expect(run(server, "HGET", "h", other) == expected, "seed \(seed), step \(step), \(other)")
        }
        #expect(run(server, "HLEN", "h") == ":\(model.count)\r\n")
        let all = run(server, "HGETALL", "h")
        #expect(all.hasPrefix("*\(model.count * 2)\r\n"), "seed \(seed)")
        for (field, value) in model {
            let line = "$\(field.utf8.count)\r\n\(field)\r\n$\(value.utf8.count)\r\n\(value)\r\n"
            #expect(all.contains(line), "seed \(seed): \(field)")
        }
    }

    private func run(_ server: EngineUnderTest, _ words: String...) -> String {
        var request = "*\(words.count)\r\n"
        for word in words { request += "$\(word.utf8.count)\r\n\(word)\r\n" }
        return String(decoding: server.run(Array(request.utf8)), as: UTF8.self)
    }
}
