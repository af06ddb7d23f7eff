import Testing

@testable import Commerce

/// JSON in and out, and what the reader refuses.
struct JSONTests {
    @Test(arguments: [
        ("null", JSONValue.null),
        (
            " [1, -0, 2.5e+3, true, false] ",
            .array([
                .number(.init(1)), .number(.init(validated: "-0")),
                .number(.init(validated: "2.5e+3")), .bool(true), .bool(false),
            ])
        ),
        (#"{"a":{"b":[]},"a":""}"#, .object([.init("a", .object([.init("b", .array([]))])), .init("a", .string(""))])),
        (#""\u0041\n\/\"\\ \ud83c\udf75 é""#, .string("A\n/\"\\ 🍵 é")),
    ])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e", "nul", "nullx", "[1 2]",
        "\"\\x\"",
        "\"\\ud83c\"", "\"\\ud83c\\u0041\"", "\"\\udf75\"", "\"a", "\"\u{1}\"", "NaN", "// no\n1", "\u{FEFF}1",
        "\"\\u00g0\"",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func refusesTextThatIsNotUTF8() {
        for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xED, 0xA0, 0x80, 0x22]]
            as [[UInt8]]
        {
            _ = bytes.withUnsafeBytes { raw in
                #expect(throws: JSONError.self) { try JSONValue(parsing: raw) }
            }
        }
    }

    @Test func limitsDepth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(reason: "nested too deeply", offset: 33)) { try JSONValue(parsing: deep) }
        let allowed = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try JSONValue(parsing: allowed) }
    }

    @Test func looksUpTheLastOfRepeatedNames() throws {
        let value = try JSONValue(parsing: #"{"a":1,"a":2}"#)
        #expect(value["a"]?.int == 2)
        #expect(value["b"] == nil)
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1,2.50,-3e7,"\"\\\n\u0001"],"b":{},"c":null}"#
        #expect(String(decoding: try JSONValue(parsing: text).encoded, as: UTF8.self) == text)
    }

    @Test func writesNumbersShortly() {
        var json = JSONWriter()
        json.array { json in
            for value in [4, 3.5, 0.1, 1e21, -0.25, .nan, .infinity] { json.double(value) }
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == "[4,3.5,0.1,1e+21,-0.25,null,null]")
    }

    /// Random bytes never crash the reader, and whatever it accepts survives a round trip.
    @Test func survivesRandomText() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"{}[]":,.-+eE0123456789truefalsn\u"#.utf8) + [0, 0xFF, 0xC3, 0xA9]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            }
            guard let value = bytes.withUnsafeBytes({ try? JSONValue(parsing: $0) }) else { continue }
            #expect(value.encoded.withUnsafeBytes { try? JSONValue(parsing: $0) } == value)
        }
    }
}
