import Testing

@testable import Commerce

/// The vocabulary: what parses, and what does not.
struct ValueTests {
    @Test(arguments: [
        ("0", 0), ("12", 1200), ("12.5", 1250), ("12.50", 1250), ("0.01", 1), ("-3.999", -400),
        ("10.200000000000001", 1020),
        ("0.005", 1), ("0.0049", 0), ("1e2", 10_000), ("1000000000", 100_000_000_000), ("99.995", 10_000),
    ])
    func readsMoney(text: String, cents: Int64) {
        #expect(Money(parsing: text) == Money(cents: cents))
    }

    @Test(arguments: [
        "", "-", ".", "1.", "1.2.3", "1,5", "abc", "NaN", "1000000000.01", "99999999999999999999", "1e300", "0x10",
        " 1",
    ])
    func refusesMoney(text: String) {
        #expect(Money(parsing: text) == nil)
    }

    @Test func addsMoneyExactly() throws {
        let tenth = Money(cents: 10)
        let sum = try (0..<10).reduce(Money.zero) { sum, _ in try #require(sum.adding(tenth)) }
        #expect(sum.description == "1.00")
        #expect(Money.maximum.adding(tenth) == nil)
        let three = try #require(Quantity(3))
        #expect(Money(cents: 350).times(three)?.description == "10.50")
        #expect(Money(cents: -5).description == "-0.05")
    }

    @Test func readsProductIDs() {
        #expect(ProductID(parsing: "f95e2475")?.text == "f95e2475")
        for text in ["", "f95e247", "f95e24755", "f95e247/", "f95e 475", "f95e247é", "'; DROP "] {
            #expect(ProductID(parsing: text) == nil)
        }
    }

    @Test func readsQuantities() {
        #expect(Quantity(parsing: "0")?.isZero == true)
        #expect(Quantity(parsing: "999")?.count == 999)
        for text in ["", "-1", "1000", "+1", "1.5", " 1", "0x1", "1e2", "٣", "9999999999999999999"] {
            #expect(Quantity(parsing: text) == nil)
        }
    }

    @Test func makesSessionIDs() throws {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<SessionID> = []
        for _ in 0..<1000 {
            let id = SessionID(using: &generator)
            #expect(SessionID(parsing: id.text) == id)
            seen.insert(id)
        }
        #expect(seen.count == 1000)
        let text = "123e4567-e89b-42d3-a456-426614174000"
        #expect(SessionID(parsing: text)?.dataKey == "s:" + text)
        for text in [
            "", "123e4567-e89b-12d3-a456-426614174000", "123E4567-e89b-42d3-a456-426614174000",
            "123e4567-e89b-42d3-a456-42661417400", "123e4567xe89b-42d3-a456-426614174000",
            "123e4567-e89b-42d3-a456-42661417400\n",
        ] {
            #expect(SessionID(parsing: text) == nil)
        }
    }

    @Test func readsOrders() throws {
        let order = try Order(
            json: JSONValue(
                parsing:
                    #"{"amount":7.5,"shipping":{"city":"x"},"billing":{"card":{"number":"4111"}},"session_id":"a.b","idempotency_key":"k"}"#
            )
        )
        #expect(order.amount == Money(cents: 750))
        #expect(order.sessionToken == "a.b")
        #expect(order.idempotencyKey?.text == "k")
        #expect(!"\(order)".contains("4111"))
        #expect(!String(reflecting: order).contains("4111"))
        for text in [
            "[]", "{}", #"{"billing":{}}"#, #"{"billing":{"card":"4111"}}"#, #"{"amount":-1,"billing":{"card":{}}}"#,
            #"{"amount":"x","billing":{"card":{}}}"#, #"{"session_id":1,"billing":{"card":{}}}"#,
            #"{"idempotency_key":"a b","billing":{"card":{}}}"#,
        ] {
            let json = try JSONValue(parsing: text)
            #expect(throws: InvalidOrder.self) { try Order(json: json) }
        }
    }
}
