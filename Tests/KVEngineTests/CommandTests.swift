import RESP
import TestSupport
import Testing

@testable import KVEngine

@Suite struct ExpiryTests {
    @Test func aKeyIsGoneWhenItsTimeIsOver() {
        let server = EngineUnderTest()
        #expect(server.run("SET k v PX 100") == "+OK\r\n")
        server.advance(milliseconds: 99)
        #expect(server.run("GET k") == "$1\r\nv\r\n")
        #expect(server.run("PTTL k") == ":1\r\n")
        server.advance(milliseconds: 1)
        #expect(server.run("GET k") == "$-1\r\n")
        #expect(server.run("DBSIZE") == ":0\r\n")
    }

    @Test func theActiveCycleFindsWhatNobodyAsksFor() {
        let server = EngineUnderTest()
        for index in 0..<5000 { _ = server.run("SET k\(index) v PX \(index % 2 == 0 ? 50 : 100_000)") }
        _ = server.run("SET stays v")
        server.advance(milliseconds: 60)
        var rounds = 0
        while server.engine.expireActively(segments: 10).due > 0 || rounds < 20 { rounds += 1 }
        #expect(server.run("DBSIZE") == ":2501\r\n")
        #expect(server.engine.keyCounts(database: 0).expiring == 2500)
        #expect(server.engine.statistics.expiredKeys == 2500)
    }

    @Test func optionsOfExpireCompareWithTheOldTime() {
        let server = EngineUnderTest()
        _ = server.run("SET k v")
        #expect(server.run("EXPIRE k 100 XX") == ":0\r\n")
        #expect(server.run("EXPIRE k 100 GT") == ":0\r\n")
        #expect(server.run("EXPIRE k 100 NX") == ":1\r\n")
        #expect(server.run("EXPIRE k 50 GT") == ":0\r\n")
        #expect(server.run("EXPIRE k 50 LT") == ":1\r\n")
        #expect(server.run("TTL k") == ":50\r\n")
        #expect(server.run("PERSIST k") == ":1\r\n")
        #expect(server.run("TTL k") == ":-1\r\n")
        #expect(server.run("EXPIRE k -1") == ":1\r\n")
        #expect(server.run("EXISTS k") == ":0\r\n")
    }

    @Test func aReplicaHidesButDoesNotRemove() {
        let server = EngineUnderTest()
        _ = server.run("SET k v PX 10")
        server.engine.isReplica = true
        server.advance(milliseconds: 20)
        #expect(server.run("GET k") == "$-1\r\n")
        #expect(server.engine.expireActively(segments: 100).due == 0)
        #expect(server.run("DBSIZE") == ":1\r\n")
        #expect(server.run("SET a b") == "-READONLY You can't write against a read only replica.\r\n")
        let link = Session(identifier: 9, isPrimaryLink: true)
        #expect(server.run("DEL k", as: link) == ":1\r\n")
    }
}

@Suite struct EffectTests {
    @Test func relativeTimesBecomeAbsolute() {
        let server = EngineUnderTest()
        server.engine.effects.isRecording = true
        _ = server.run("SET k v EX 10")
        _ = server.run("EXPIRE k 20")
        let select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
        let set = "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$4\r\nPXAT\r\n$13\r\n1000000010000\r\n"
        let expire = "*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nk\r\n$13\r\n1000000020000\r\n"
        #expect(server.takeEffects() == select + set + expire)
        server.advance(milliseconds: 20_000)
        _ = server.run("GET k")
        #expect(server.takeEffects() == "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
    }

    @Test func readsAndFailuresLeaveNoEffect() {
        let server = EngineUnderTest()
        server.engine.effects.isRecording = true
        for line in ["GET k", "DEL k", "HGET k f", "EXPIRE k 5", "INCR", "NOSUCH", "SELECT 1", "PING"] {
            _ = server.run(line)
        }
        #expect(server.takeEffects().isEmpty)
    }

    @Test func aTransactionIsOneInTheStream() {
        let server = EngineUnderTest()
        server.engine.effects.isRecording = true
        _ = server.run("MULTI\r\nGET a\r\nSET a 1\r\nINCR a\r\nEXEC")
        let effects = server.takeEffects()
        #expect(effects.contains("MULTI") && effects.hasSuffix("*1\r\n$4\r\nEXEC\r\n"))
        _ = server.run("MULTI\r\nGET a\r\nEXEC")
        #expect(server.takeEffects().isEmpty)
    }
}

@Suite struct TransactionTests {
    @Test func watchBreaksTheTransactionOfOthersWrites() {
        let server = EngineUnderTest()
        let other = Session(identifier: 2)
        _ = server.run("SET k 1")
        _ = server.run("WATCH k")
        _ = server.run("SET k 2", as: other)
        #expect(server.run("MULTI\r\nGET k\r\nEXEC") == "+OK\r\n+QUEUED\r\n*-1\r\n")
        _ = server.run("WATCH k")
        #expect(server.run("MULTI\r\nGET k\r\nEXEC") == "+OK\r\n+QUEUED\r\n*1\r\n$1\r\n2\r\n")
        #expect(server.engine.watchers.isEmpty)
    }

    @Test func anErrorWhileQueueingAborts() {
        let server = EngineUnderTest()
        let reply = server.run("MULTI\r\nGET\r\nEXEC")
        #expect(reply.hasSuffix("-EXECABORT Transaction discarded because of previous errors.\r\n"))
    }
}

@Suite struct HashEncodingTests {
    @Test func encodingsChangeAtTheThresholds() {
        let server = EngineUnderTest()
        for index in 0..<512 { _ = server.run("HSET h f\(index) v") }
        #expect(server.run("OBJECT ENCODING h") == "$8\r\nlistpack\r\n")
        _ = server.run("HSET h f512 v")
        #expect(server.run("OBJECT ENCODING h") == "$9\r\nhashtable\r\n")
        #expect(server.run("HLEN h") == ":513\r\n")
        _ = server.run("HSET small f \(String(repeating: "x", count: 64))")
        #expect(server.run("OBJECT ENCODING small") == "$8\r\nlistpack\r\n")
        _ = server.run("HSET small f \(String(repeating: "x", count: 65))")
        #expect(server.run("OBJECT ENCODING small") == "$9\r\nhashtable\r\n")
    }

    /// Random field changes against a dictionary, over both representations.
    @Test(arguments: [UInt64(1), 2, UInt64.random(in: 0...UInt64.max)])
    func behavesAsADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let server = EngineUnderTest(seed: seed)
        var model: [String: String] = [:]
        for step in 0..<20_000 {
            let range = step % 10_000 < 5_000 ? 40 : 1500
            let field = "f\(Int.random(in: 0..<range, using: &generator))"
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let removed = server.run("HDEL h \(field)")
                #expect(
                    removed == ":\(model.removeValue(forKey: field) == nil ? 0 : 1)\r\n",
                    "seed \(seed) step \(step)"
                )
            case 1:
                let value = model[field]
                let expected = value.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n"
                #expect(server.run("HGET h \(field)") == expected, "seed \(seed) step \(step)")
            default:
                let value = String(repeating: "v", count: Int.random(in: 1..<90, using: &generator))
                let isNew = model.updateValue(value, forKey: field) == nil
                #expect(server.run("HSET h \(field) \(value)") == ":\(isNew ? 1 : 0)\r\n", "seed \(seed) step \(step)")
            }
            if step % 5_000 == 4_999, generator.next() % 2 == 0 {
                _ = server.run("DEL h")
                model = [:]
            }
        }
        #expect(server.run("HLEN h") == ":\(model.count)\r\n", "seed \(seed)")
    }
}

@Suite struct CommandTableTests {
    @Test func namesAreFoundInAnyCaseAndOnlyWhole() {
        let server = EngineUnderTest()
        #expect(server.run("gEt k") == "$-1\r\n")
        #expect(server.run("geT\u{7F} k").hasPrefix("-ERR unknown command"))
        #expect(server.run(request(["get\0", "k"])).starts(with: Array("-ERR unknown command 'get'".utf8)))
        #expect(server.run("HINCRBYFLOATX k f 1").hasPrefix("-ERR unknown command 'HINCRBYFLOATX'"))
    }

    @Test func everyCommandHasItsDataInOrder() {
        let server = EngineUnderTest()
        for record in server.engine.commands.records {
            let command = record.command
            #expect(command.arity != 0 && !command.categories.isEmpty && command.summary.utf8CodeUnitCount > 0)
            #expect(command.firstKey == 0 || command.keyStep > 0, "\(command.name)")
            #expect(!command.flags.contains([.write, .readonly]), "\(command.name)")
        }
    }
}

@Suite struct MutatedInputTests {
    private static let seeds = [
        "SET k v", "GET k", "HSET h a 1 b 2", "HGETALL h", "EXPIRE k 100", "SCAN 0 MATCH k* COUNT 5",
        "INCRBYFLOAT n 1.5",
        "SETRANGE s 5 x", "GETRANGE s 0 -1", "COMMAND INFO get", "HRANDFIELD h -5 WITHVALUES", "COPY h i REPLACE",
        "SET e v PX 5", "HSCAN h 0", "OBJECT ENCODING h", "RENAME h j", "LCS k s IDX", "MULTI", "EXEC", "APPEND k xyz",
        "COMMAND GETKEYS mset a b", "HELLO 3", "SWAPDB 0 1", "MSET a 1 b 2", "SETEX k 1 v",
    ]

    /// A hundred thousand damaged messages: whatever they are, the engine answers or waits, and its tables stay sound.
    @Test func damagedMessagesNeverCrash() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("damagedMessagesNeverCrash: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var settings = Engine.Settings()
        settings.maximumBulkLength = 1 << 20
        let server = EngineUnderTest(seed: seed, settings: settings)
        for step in 0..<100_000 {
            let line = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &generator)]
            var bytes = request(line.split(separator: " ").map(String.init))
            for _ in 0..<Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                case 3: bytes.removeSubrange(index...)
                default: bytes.insert(contentsOf: Array("99999999999".utf8), at: index)
                }
            }
            _ = server.run(bytes)
            if step % 1000 == 0 { server.advance(milliseconds: 7) }
        }
        server.engine.removeAllKeys()
        let fresh = Session(identifier: 3)
        #expect(server.run("DBSIZE", as: fresh) == ":0\r\n", "seed \(seed)")
    }
}
