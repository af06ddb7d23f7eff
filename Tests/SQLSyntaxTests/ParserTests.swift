import Testing

@testable import SQLSyntax

/// The grammar against what PostgreSQL 15 accepts and how it refuses (`ParserCases`), and texts that must not crash.
struct ParserTests {
    @Test("accepts what PostgreSQL accepts")
    func accepted() {
        let tree = SyntaxTree()
        for text in ParserCases.accepted {
            do throws(SyntaxError) { try tree.parse(text) } catch {
                Issue.record("\(text): \(error)")
                continue
            }
            #expect(tree.statements.count >= 1, "\(text)")
        }
    }

    @Test("refuses in PostgreSQL's words, at its position")
    func refused() {
        let tree = SyntaxTree()
        for refusal in ParserCases.refused {
            do throws(SyntaxError) {
                try tree.parse(refusal.text)
                Issue.record("accepted: \(refusal.text)")
            } catch {
                #expect(error.message == refusal.message, "\(refusal.text)")
                #expect(error.sqlState == refusal.state, "\(refusal.text)")
                #expect(error.position == refusal.position, "\(refusal.text)")
            }
        }
    }

    @Test("nesting beyond the stack is an error, not a crash")
    func deepNesting() {
        let tree = SyntaxTree()
        for opening in ["(", "select (", "case when ", "not ", "array[", "- ", "select * from ("] {
            let text = "select " + String(repeating: opening, count: 200_000)
            #expect(throws: SyntaxError.self) { try tree.parse(text) }
        }
    }

    @Test("random bytes and mutated statements never crash", arguments: [1, 2, 3, 4])
    func mutations(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % bound
        }
        let tree = SyntaxTree()
        for _ in 0..<5000 {
            var bytes = Array(ParserCases.accepted[next(ParserCases.accepted.count)].utf8)
            for _ in 0...next(4) {
                guard !bytes.isEmpty else { break }
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(256))
                case 1: bytes.remove(at: next(bytes.count))
                default: bytes.removeLast(next(bytes.count))
                }
            }
            bytes.withUnsafeBytes { buffer in
                do throws(SyntaxError) { try tree.parse(buffer) } catch {
                    #expect(!error.message.isEmpty)
                }
                var fingerprint = Fingerprint()
                fingerprint.scan(buffer)
            }
        }
    }

    @Test("texts that differ in literals only share a shape")
    func fingerprints() {
        func scan(_ text: String) -> Fingerprint {
            var fingerprint = Fingerprint()
            Array(text.utf8).withUnsafeBytes { fingerprint.scan($0) }
            return fingerprint
        }
        let first = scan("SELECT abalance FROM pgbench_accounts WHERE aid = 17;")
        let second = scan("select abalance from pgbench_accounts where aid = 99812;")
        let third = scan("select abalance from pgbench_accounts where aid = 'x';")
        #expect(first.isUsable && first.hash == second.hash && first.hash != third.hash)
        #expect(first.literals.count == 1 && first.literals[0].offset == 50 && first.literals[0].length == 2)
        #expect(!scan("select 1; select 2").isUsable)
        #expect(scan("select 1 + 2").hash != scan("select 1 - 2").hash)
    }
}
