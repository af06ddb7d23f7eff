import Logging
import PGWire
import SQLServer
import Testing

/// 100,000 seeded messages, whole and mutated, to a running server: it must answer or close, and serve the next client.
@Suite(.serialized) struct FuzzTests {
    private static let statements = [
        "SELECT 1", "SELECT $1", "BEGIN", "ROLLBACK", "SELECT 1; SELECT 2", "", "select '", "COPY x FROM STDIN", "/*",
        "SELECT 1/0",
        "CREATE TABLE f (a int)", "INSERT INTO f VALUES (1)", "SELECT * FROM f", "DROP TABLE f", "(((((((((((",
        "SELECT \u{e9}",
    ]

    private static func message(_ generator: inout SplitMix) -> [UInt8] {
        var encoder = FrontendEncoder()
        let text = statements[Int(generator.next() % UInt64(statements.count))]
        let name = ["", "a", "b"][Int(generator.next() % 3)]
        switch generator.next() % 12 {
        case 0, 1: encoder.query(text)
        case 2: encoder.parse(statement: name, text: text, types: generator.next() % 2 == 0 ? [] : [23])
        case 3:
            encoder.bind(portal: name, statement: name, parameters: generator.next() % 2 == 0 ? [] : [Array("7".utf8)])
        case 4: encoder.describe(statement: name)
        case 5: encoder.describe(portal: name)
        case 6: encoder.execute(portal: name, maximumRows: Int32(generator.next() % 3))
        case 7: encoder.close(statement: name)
        case 8: encoder.copyData(Array(text.utf8))
        case 9: if generator.next() % 2 == 0 { encoder.copyDone() } else { encoder.copyFail(text) }
        case 10: encoder.flush()
        default: encoder.sync()
        }
        return encoder.take()
    }

    /// Changes, drops, doubles or inserts bytes; now and then the length word.
    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        for _ in 0...(generator.next() % 3) where !bytes.isEmpty {
            let place = Int(generator.next() % UInt64(bytes.count))
            switch generator.next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
            case 3: bytes[min(bytes.count - 1, 4)] = UInt8(truncatingIfNeeded: generator.next())
            default: bytes.removeLast(bytes.count - place)
            }
        }
    }

    @Test func mutatedMessages() async throws {
        try await ServerTests.withServer { server in
            var generator = SplitMix(state: 100_000)
            var sent = 0
            while sent < 100_000 {
                let client = try RawClient.ready(port: server.port)
                for _ in 0..<100 {
                    var bytes = Self.message(&generator)
                    if generator.next() % 3 == 0 { Self.mutate(&bytes, &generator) }
                    sent += 1
                    if !client.send(bytes) { break }
                }
                client.finishSending()
                _ = try client.readToEnd()
                if sent % 20_000 < 100 { #expect(try RawClient.selectsOne(port: server.port)) }
            }
            #expect(try RawClient.selectsOne(port: server.port))
        }
    }

    @Test func mutatedStartups() async throws {
        try await ServerTests.withServer({ $0.password = "secret" }) { server in
            var generator = SplitMix(state: 5)
            for round in 0..<2000 {
                var encoder = FrontendEncoder()
                switch round % 4 {
                case 0:
                    encoder.startup(
                        user: "postgres",
                        database: "postgres",
                        parameters: [.init(name: "options", value: "-c a=b")]
                    )
                case 1: encoder.sslRequest()
                case 2: encoder.cancelRequest(processID: 1, secret: 2)
                default:
                    encoder.startup(user: "postgres", database: "postgres")
                    encoder.saslInitialResponse(mechanism: "SCRAM-SHA-256", Array("n,,n=,r=abc".utf8))
                }
                var bytes = encoder.take()
                Self.mutate(&bytes, &generator)
                let client = try RawClient(port: server.port)
                client.send(bytes)
                client.finishSending()
                _ = try client.readToEnd()
            }
            let client = try RawClient(port: server.port)
            client.send { $0.startup(user: "postgres", database: "postgres") }
            #expect(try client.read().first == UInt8(ascii: "R"))
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
