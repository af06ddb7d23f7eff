import Bytes
import Testing

@testable import RESP

@Suite struct ReplyParserTests {
    private static let stream =
        "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n*0\r\n_\r\n#t\r\n,1.5\r\n(12345678901234567890\r\n"
        + "!5\r\nERR x\r\n=7\r\ntxt:abc\r\n%1\r\n+k\r\n~1\r\n:1\r\n>1\r\n+p\r\n|1\r\n+a\r\n:1\r\n:7\r\n"

    private static let expected: [Reply] = [
        .simpleString(Array("OK".utf8)), .error(Array("ERR no".utf8)), .integer(-42),
        .bulkString(Array("a\r\nbc".utf8)), .null, .null, .array([.array([.integer(1)]), .bulkString([])]), .array([]),
        .null, .boolean(true), .double(1.5), .bigNumber(Array("12345678901234567890".utf8)),
        .error(Array("ERR x".utf8)), .verbatimString(format: Array("txt".utf8), Array("abc".utf8)),
        .map([.init(key: .simpleString(Array("k".utf8)), value: .set([.integer(1)]))]),
        .push([.simpleString(Array("p".utf8))]), .integer(7),
    ]

    private func replies(_ pieces: [[UInt8]]) throws -> [Reply] {
        var parser = ReplyParser()
        var found: [Reply] = []
        for piece in pieces {
            parser.append(piece)
            while let reply = try parser.next() { found.append(reply) }
        }
        return found
    }

    @Test func everySplitGivesTheSameReplies() throws {
        let bytes = Array(Self.stream.utf8)
        for split in 0...bytes.count {
            #expect(try replies([Array(bytes[..<split]), Array(bytes[split...])]) == Self.expected)
        }
        #expect(try replies(bytes.map { [$0] }) == Self.expected)
    }

    @Test(arguments: ["?\r\n", ":x\r\n", "$-2\r\n", "$1\r\nabc", "#x\r\n", "+a\rb", "=3\r\nabc\r\n"])
    func whatIsNotRESPIsRefused(_ text: String) {
        #expect(throws: ReplyParserError.self) { try replies([Array(text.utf8)]) }
    }

    @Test func nestingIsBounded() {
        #expect(throws: ReplyParserError.nestedTooDeep) {
            try replies([Array(String(repeating: "*1\r\n", count: 1000).utf8)])
        }
    }
}

@Suite struct ReplyWriterTests {
    private func written(_ version: UInt8, _ body: (inout ReplyWriter) -> Void) -> String {
        var writer = ReplyWriter(version: version)
        body(&writer)
        return String(decoding: writer.buffer.bytes, as: UTF8.self)
    }

    @Test func lengthsOfBulkStringsAreDecimal() {
        for count in [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65536] {
            let text = String(repeating: "x", count: count)
            #expect(written(2) { $0.bulk(Array(text.utf8)) } == "$\(count)\r\n\(text)\r\n")
        }
    }

    @Test func versionsDiffer() {
        #expect(written(2) { $0.null() } == "$-1\r\n")
        #expect(written(3) { $0.null() } == "_\r\n")
        #expect(written(2) { $0.nullArray() } == "*-1\r\n")
        #expect(written(2) { $0.map(3) } == "*6\r\n")
        #expect(written(3) { $0.map(3) } == "%3\r\n")
        #expect(written(3) { $0.verbatim(string: "hi") } == "=6\r\ntxt:hi\r\n")
        #expect(written(2) { $0.verbatim(string: "hi") } == "$2\r\nhi\r\n")
        #expect(written(2) { $0.integer(Int64.min) } == ":-9223372036854775808\r\n")
    }

    @Test func lineEndsCannotEscapeFromAnError() {
        #expect(written(2) { $0.error(string: "ERR a\r\nb\r\n") } == "-ERR a  b\r\n")
    }

    @Test func bulkStringsOfAnyLengthAreWrittenAlikeAloneAndTogether() throws {
        let bytes = (0..<1200).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
        let lengths = Array(0...130) + [999, 1000, 1200]
        var expected: [UInt8] = []
        var alone = ReplyWriter()
        var together = ReplyWriter()
        try bytes.withUnsafeBufferPointer { source in
            let start = try #require(source.baseAddress)
            for length in lengths {
                expected += Array("$\(length)\r\n".utf8) + source[..<length] + Array("\r\n".utf8)
                alone.bulk(ByteSlice(start: start, count: length))
            }
            together.bulks(lengths.count, bytes: lengths.reduce(0, +)) { strings in
                for length in lengths { strings.append(ByteSlice(start: start, count: length)) }
            }
        }
        #expect(Array(alone.buffer.bytes) == expected)
        #expect(Array(together.buffer.bytes) == expected)
    }
}
