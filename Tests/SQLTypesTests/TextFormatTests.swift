import Bytes
import Foundation
import SQLTypes
import Testing

/// Every line of text-formats.tsv was recorded from a real PostgreSQL 15 by record_text_formats.py: the same text must give the
/// same output, the same binary form or the same error here.
@Suite struct TextFormatTests {
    struct Case: Sendable {
        var line: Int
        var typeName: String
        var input: String
        var outcome: String
        var binary: [UInt8]
    }

    static let cases: [Case] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "text-formats.tsv")
        guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").enumerated().map { number, line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { unescape(String($0)) }
            let digits = Array(fields[3].utf8)
            let binary = stride(from: 0, to: digits.count, by: 2).map { index in
                UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0
            }
            return Case(line: number + 1, typeName: fields[0], input: fields[1], outcome: fields[2], binary: binary)
        }
    }()

    static func unescape(_ text: String) -> String {
        text.replacing("\\\\", with: "\u{1}").replacing("\\t", with: "\t").replacing("\\n", with: "\n")
            .replacing("\u{1}", with: "\\")
    }

    static let types: [String: SQLType] = [
        "boolean": .bool, "smallint": .int2, "integer": .int4, "bigint": .int8, "oid": .oid, "real": .float4,
        "double precision": .float8, "numeric": .numeric, "numeric(4,2)": .numeric(precision: 4, scale: 2),
        "numeric(3,0)": .numeric(precision: 3, scale: 0), "numeric(2,-2)": .numeric(precision: 2, scale: -2),
        "numeric(3,5)": .numeric(precision: 3, scale: 5), "text": .text, "character varying(3)": .varchar(3),
        "character(3)": .bpchar(3), "character": .bpchar(1), "\"char\"": .char, "name": .name, "bytea": .bytea,
        "date": .date, "time": .time, "timestamp": .timestamp, "timestamp(0)": SQLType(oid: .timestamp, modifier: 0),
        "timestamptz": .timestamptz, "interval": .interval, "uuid": .uuid, "json": .json, "jsonb": .jsonb,
        "integer[]": SQLType(oid: 1007), "text[]": SQLType(oid: 1009), "double precision[]": SQLType(oid: 1022),
        "boolean[]": SQLType(oid: 1000), "varchar(2)[]": SQLType(oid: 1015, modifier: 6),
        "numeric(4,1)[]": SQLType(oid: 1231, modifier: (4 << 16 | 1) + 4), "int2vector": .int2vector,
        "oidvector": .oidvector,
    ]

    @Test func recordedCasesArePresent() {
        #expect(Self.cases.count > 5000)
        #expect(Set(Self.cases.map(\.typeName)).isSubset(of: Set(Self.types.keys)))
    }

    @Test func textInputAndOutputAreThoseOfPostgreSQL() throws {
        for item in Self.cases {
            let type = try #require(Self.types[item.typeName])
            let found: String
            do {
                found = type.text(try type.parse(item.input)) ?? "NULL"
            } catch {
                found = "!\(error.state) \(error.message)" + (error.detail.map { "|\($0)" } ?? "")
            }
            #expect(found == item.outcome, "line \(item.line): \(item.typeName) '\(item.input)'")
        }
    }

    @Test func binaryOutputIsThatOfPostgreSQLAndReadsBack() throws {
        for item in Self.cases where !item.outcome.hasPrefix("!") {
            let type = try #require(Self.types[item.typeName])
            guard let value = try? type.parse(item.input) else { continue }
            var buffer = ByteBuffer()
            type.send(value, to: &buffer)
            #expect(Array(buffer.bytes) == item.binary, "line \(item.line): \(item.typeName) '\(item.input)'")
            let received = try item.binary.withUnsafeBytes { try type.receive($0) }
            #expect(type.text(received) == item.outcome, "line \(item.line): \(item.typeName) '\(item.input)'")
        }
    }

    /// Binary input cut off anywhere or changed anywhere gives a value or an error, never a trap.
    @Test func brokenBinaryInputIsRefused() throws {
        var generator = SplitMix(state: 15)
        for item in Self.cases where !item.binary.isEmpty && item.line % 3 == 0 {
            let type = try #require(Self.types[item.typeName])
            for length in 0..<item.binary.count {
                _ = item.binary[..<length].withUnsafeBytes { bytes in Result { try type.receive(bytes) } }
            }
            for _ in 0..<8 {
                var changed = item.binary
                changed[Int(generator.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: generator.next())
                let result = changed.withUnsafeBytes { bytes in Result { try type.receive(bytes) } }
                if case .success(let value) = result { #expect(type.text(value) != nil || value.isNull) }
            }
        }
    }

    /// Texts cut off anywhere or changed anywhere give a value or an error, never a trap.
    @Test func mutatedTextsAreAnswered() throws {
        var generator = SplitMix(state: 22)
        for item in Self.cases {
            let type = try #require(Self.types[item.typeName])
            for _ in 0..<6 {
                var bytes = Array(item.input.utf8)
                for _ in 0..<(1 + generator.next() % 3) {
                    let place = Int(generator.next() % UInt64(bytes.count + 1))
                    switch generator.next() % 3 {
                    case 0: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
                    case 1: if place < bytes.count { bytes.remove(at: place) }
                    default:
                        if place < bytes.count {
                            bytes[place] =
                                Array("0123456789.:-+eE \",{}[]\\\0é".utf8).randomElement(using: &generator) ?? 0
                        }
                    }
                }
                let result = bytes.withUnsafeBytes { raw in Result { try type.parse(raw) } }
                if case .success(let value) = result { #expect(type.text(value) != nil) }
            }
        }
    }
}

/// A small seeded generator, so that failures can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
