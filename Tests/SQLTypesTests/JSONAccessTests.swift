import SQLTypes
import Testing

/// Parts of JSON documents, as `->` and `->>` give them. Expected values are PostgreSQL 15's.
struct JSONAccessTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private func string(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func theLastMemberOfANameAsWritten() {
        let document = bytes(#"{"a" : 1, "b":{ "a":[2, "}"] } , "a":"x\"y"}"#)
        #expect(string(JSONAccess.member(document, bytes("a"))) == #""x\"y""#)
        #expect(string(JSONAccess.member(document, bytes("b"))) == #"{ "a":[2, "}"] }"#)
        #expect(JSONAccess.member(document, bytes("c")) == nil)
        #expect(JSONAccess.member(bytes("[1]"), bytes("a")) == nil)
    }

    @Test func elementsFromBothEnds() {
        let document = bytes(#" [10, [2,3], "a,b", null]"#)
        #expect(string(JSONAccess.element(document, 1)) == "[2,3]")
        #expect(string(JSONAccess.element(document, -2)) == #""a,b""#)
        #expect(JSONAccess.element(document, 4) == nil)
        #expect(JSONAccess.element(document, -5) == nil)
        #expect(JSONAccess.element(document, .min) == nil)
        #expect(JSONAccess.count(document) == 4)
        #expect(JSONAccess.count(bytes("[]")) == 0)
        #expect(JSONAccess.count(bytes("{}")) == nil)
    }

    @Test func whatIsShown() {
        #expect(string(JSONAccess.shown(bytes(#""a\u00e9\n""#))) == "aé\n")
        #expect(JSONAccess.shown(bytes("null")) == nil)
        #expect(string(JSONAccess.shown(bytes(#"{"a":1}"#))) == #"{"a":1}"#)
        #expect(JSONAccess.kind(bytes(" true")) == "boolean")
        #expect(JSONAccess.kind(bytes("-1")) == "number")
    }

    @Test func brokenTextEndsTheSearch() {
        for text in [#"{"a""#, #"{"a":"#, "[", #"["\"#, "{]", ""] {
            #expect(JSONAccess.member(bytes(text), bytes("a")) == nil)
            #expect(JSONAccess.element(bytes(text), 7) == nil)
        }
    }
}
