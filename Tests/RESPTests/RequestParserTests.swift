import Testing

@testable import RESP

/// What a parser made of some bytes: the requests, and the error that ended them.
struct Parsed: Equatable {
    var requests: [[String]] = []
    var error: RequestParserError?
}

/// Feeds the pieces one after the other, keeping what is not consumed, as a connection does.
func parse(_ pieces: [[UInt8]], unauthenticated: Bool = false) -> Parsed {
    var parser = RequestParser()
    var batch = RequestBatch()
    var limits = RequestParser.Limits()
    limits.isUnauthenticated = unauthenticated
    var pending: [UInt8] = []
    var result = Parsed()
    for piece in pieces {
        pending += piece
        pending.withUnsafeBytes { bytes in
            var position = 0
            while true {
                let progress = parser.parse(bytes, from: position, limits: limits, into: &batch)
                for index in 0..<batch.count {
                    let request = batch[index]
                    let arguments = batch.arguments(of: request)
                    result.requests.append((0..<request.count).map { arguments[$0].string })
                }
                position = progress.consumed
                result.error = progress.error
                if progress.error != nil || batch.count < RequestBatch.capacity { break }
            }
            pending = Array(bytes[position...])
        }
        if result.error != nil { break }
    }
    return result
}

func parse(_ text: String, unauthenticated: Bool = false) -> Parsed {
    parse([Array(text.utf8)], unauthenticated: unauthenticated)
}

@Suite struct RequestParserTests {
    @Test func everySplitInTwoAndInThreeGivesTheSameRequests() {
        let text =
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\nbc\r\nPING\r\n*0\r\n*-1\r\nset \"a b\" 'c'\r\n*1\r\n$4\r\nQUIT\r\n*\r"
        let bytes = Array(text.utf8)
        let whole = parse([bytes])
        #expect(whole.requests == [["SET", "k", "a\r\nbc"], ["PING"], ["set", "a b", "c"], ["QUIT"]])
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 3) {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                #expect(parse(pieces) == whole, "split at \(first) and \(second)")
            }
        }
        #expect(parse(bytes.map { [$0] }) == whole)
    }

    @Test func aPipelineLongerThanABatchIsCompleteAndInOrder() {
        let parsed = parse((0..<1000).map { "ECHO \($0)\r\n" }.joined())
        #expect(parsed.requests == (0..<1000).map { ["ECHO", "\($0)"] })
    }

    @Test func aRequestOfManyArgumentsIsResumedByteByByte() {
        let arguments = (0..<500).map { "argument-\($0)" }
        let text = "*\(arguments.count)\r\n" + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        #expect(parse(Array(text.utf8).map { [$0] }).requests == [arguments])
    }

    @Test(arguments: [7, 64, 1000, 4096])
    func requestsAroundALongOneKeepTheirOrder(pieceLength: Int) {
        let arguments = (0..<3000).map { "argument-\($0)" }
        let long = "*\(arguments.count)\r\n" + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        let bytes = Array(("PING\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n" + long + "ECHO b\r\n" + long + "PING\r\n").utf8)
        let pieces = stride(from: 0, to: bytes.count, by: pieceLength).map {
            Array(bytes[$0..<min($0 + pieceLength, bytes.count)])
        }
        let expected = [["PING"], ["ECHO", "a"], arguments, ["ECHO", "b"], arguments, ["PING"]]
        #expect(parse(pieces) == Parsed(requests: expected))
    }

    @Test(arguments: [
        ("*2147483648\r\n", RequestParserError.invalidMultibulkLength),
        ("*abc\r\n", .invalidMultibulkLength),
        ("*01\r\n", .invalidMultibulkLength),
        ("*1\r\n$-5\r\n", .invalidBulkLength),
        ("*1\r\n$536870913\r\n", .invalidBulkLength),
        ("*1\r\n$99999999999999999999\r\n", .invalidBulkLength),
        ("*1\r\nx1\r\n", .expectedDollar(UInt8(ascii: "x"))),
        ("set \"a b\r\n", .unbalancedQuotes),
        ("set 'a'b\r\n", .unbalancedQuotes),
        (String(repeating: "a", count: 65537), .tooBigInlineRequest),
        ("*" + String(repeating: "1", count: 65537), .tooBigMultibulkCount),
        ("*1\r\n$" + String(repeating: "1", count: 65537), .tooBigBulkCount),
    ])
    func malformedInputIsRefused(_ text: String, _ error: RequestParserError) {
        #expect(parse(text) == Parsed(requests: [], error: error))
        #expect(parse("PING\r\n" + text) == Parsed(requests: [["PING"]], error: error))
    }

    @Test func anAnnouncementAloneIsNoRequestAndNoError() {
        #expect(parse("*1000000000\r\n") == Parsed())
        #expect(parse("*1000000\r\n$3\r\nSET\r\n") == Parsed())
        #expect(parse("*1\r\n$536870912\r\nx") == Parsed())
    }

    @Test func strangersGetFewAndShortArguments() {
        #expect(parse("*11\r\n", unauthenticated: true).error == .unauthenticatedMultibulkLength)
        #expect(parse("*1\r\n$16385\r\n", unauthenticated: true).error == .unauthenticatedBulkLength)
        #expect(parse("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", unauthenticated: true).requests == [["AUTH", "x"]])
    }

    @Test func inlineQuotingFollowsRedis() {
        #expect(parse("set a \"\\x41\\n\\\"\" 'it\\'s' x\"y\"\r\n").requests == [["set", "a", "A\n\"", "it's", "xy"]])
        #expect(parse("   \r\n\r\n\n").requests == [])
        #expect(parse("get \"\"\r\n").requests == [["get", ""]])
    }

    @Test func errorsCarryRedisTexts() {
        #expect(
            String(decoding: RequestParserError.expectedDollar(120).message, as: UTF8.self)
                == "ERR Protocol error: expected '$', got 'x'"
        )
        #expect(
            String(decoding: RequestParserError.tooBigMultibulkCount.message, as: UTF8.self)
                == "ERR Protocol error: too big mbulk count string"
        )
    }
}
