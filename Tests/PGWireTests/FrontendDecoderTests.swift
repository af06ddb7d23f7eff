import PGWire
import Testing

/// Frames are found whatever the pieces in which the bytes come.
@Suite struct FrontendDecoderTests {
    static func stream() -> [UInt8] {
        var encoder = FrontendEncoder()
        encoder.query("SELECT 1")
        encoder.parse(statement: "s", text: "SELECT $1", types: [23, 25])
        encoder.bind(
            portal: "p",
            statement: "s",
            parameters: [Array("7".utf8), nil],
            binary: [false, true],
            binaryResults: true
        )
        encoder.describe(statement: "s")
        encoder.describe(portal: "p")
        encoder.execute(portal: "p", maximumRows: 5)
        encoder.close(statement: "s")
        encoder.copyData(Array("a\tb\n".utf8))
        encoder.copyDone()
        encoder.copyFail("why")
        encoder.flush()
        encoder.sync()
        encoder.terminate()
        return encoder.take()
    }

    /// Kinds and sizes of the whole messages at the start of the bytes, and how many bytes they took.
    static func frames(_ bytes: [UInt8]) -> (kinds: [UInt8], consumed: Int, rest: FrontendDecoder.Frame) {
        bytes.withUnsafeBytes { raw in
            var kinds: [UInt8] = []
            var offset = 0
            while true {
                let frame = FrontendDecoder.frame(raw, at: offset)
                guard case .message(let kind, let size) = frame else { return (kinds, offset, frame) }
                kinds.append(kind)
                offset += size
            }
        }
    }

    @Test func everySplitGivesTheSameMessages() {
        let whole = Self.stream()
        let expected = Self.frames(whole)
        #expect(String(decoding: expected.kinds, as: UTF8.self) == "QPBDDECdcfHSX")
        #expect(expected.consumed == whole.count)
        for split in 0...whole.count {
            let first = Self.frames(Array(whole[..<split]))
            guard case .incomplete(let needed) = first.rest else {
                Issue.record("split \(split): \(first.rest)")
                continue
            }
            // What is announced as needed really is: one byte less is still incomplete.
            #expect(needed > split - first.consumed || split == first.consumed)
            let second = Self.frames(Array(whole[first.consumed...]))
            #expect(first.kinds + second.kinds == expected.kinds)
        }
    }

    @Test func bytesOneByOne() {
        let whole = Self.stream()
        var pending: [UInt8] = []
        var kinds: [UInt8] = []
        for byte in whole {
            pending.append(byte)
            let (found, consumed, _) = Self.frames(pending)
            kinds += found
            pending.removeFirst(consumed)
        }
        #expect(kinds == Self.frames(whole).kinds)
        #expect(pending.isEmpty)
    }

    @Test(
        arguments: [
            ([0x51, 0xff, 0xff, 0xff, 0xff], FrontendDecoder.Frame.invalidLength),
            ([0x51, 0, 0, 0, 3], .invalidLength),
            ([0x51, 0x7f, 0xff, 0xff, 0xff], .invalidLength),
            ([0x51, 0x40, 0, 0, 0], .invalidLength),
            ([0x53, 0, 0, 0x4e, 0x20], .invalidLength),
            ([0x51, 0x3f, 0xff, 0xff, 0xff], .incomplete(needed: 0x4000_0000)),
            ([0], .unknownKind(0)),
            ([0xff, 0, 0], .unknownKind(0xff)),
            ([], .incomplete(needed: 5)),
            ([0x51], .incomplete(needed: 5)),
        ] as [([UInt8], FrontendDecoder.Frame)]
    ) func bounds(_ bytes: [UInt8], _ expected: FrontendDecoder.Frame) {
        #expect(Self.frames(bytes).rest == expected)
    }

    @Test func bodiesAreRead() throws {
        let whole = Self.stream()
        try whole.withUnsafeBytes { raw in
            var offset = 0
            while case .message(let kind, let size) = FrontendDecoder.frame(raw, at: offset) {
                let body = UnsafeRawBufferPointer(rebasing: raw[(offset + 5)..<(offset + size)])
                switch kind {
                case FrontendMessage.Kind.query:
                    #expect(String(decoding: try FrontendMessage.text(body), as: UTF8.self) == "SELECT 1")
                case FrontendMessage.Kind.parse:
                    let message = try FrontendMessage.Parse(body)
                    #expect(String(decoding: message.text, as: UTF8.self) == "SELECT $1")
                    #expect(message.typeOIDs == [23, 25])
                case FrontendMessage.Kind.bind:
                    let message = try FrontendMessage.Bind(body)
                    #expect(message.parameterCount == 2)
                    #expect(Array(message.parameters) == [0, 0, 0, 1, 0x37, 0xff, 0xff, 0xff, 0xff])
                    #expect(Array(message.parameterFormats) == [0, 0, 0, 1])
                    #expect(Array(message.resultFormats) == [0, 1])
                case FrontendMessage.Kind.execute:
                    let message = try FrontendMessage.Execute(body)
                    #expect(message.maximumRows == 5)
                default: break
                }
                offset += size
            }
        }
    }

    /// Every body cut off or changed anywhere is read or refused, never more.
    @Test func brokenBodiesAreRefused() {
        var generator = Seeded(state: 3)
        let bodies: [(UInt8, [UInt8])] = {
            let whole = Self.stream()
            return whole.withUnsafeBytes { raw in
                var result: [(UInt8, [UInt8])] = []
                var offset = 0
                while case .message(let kind, let size) = FrontendDecoder.frame(raw, at: offset) {
                    result.append((kind, Array(raw[(offset + 5)..<(offset + size)])))
                    offset += size
                }
                return result
            }
        }()
        func read(_ kind: UInt8, _ body: [UInt8]) {
            body.withUnsafeBytes { raw in
                switch kind {
                case FrontendMessage.Kind.parse: _ = Result { try FrontendMessage.Parse(raw).typeOIDs }
                case FrontendMessage.Kind.bind: _ = Result { try FrontendMessage.Bind(raw) }
                case FrontendMessage.Kind.execute: _ = Result { try FrontendMessage.Execute(raw) }
                case FrontendMessage.Kind.describe: _ = Result { try FrontendMessage.Target(raw, verb: "DESCRIBE") }
                default: _ = Result { try FrontendMessage.text(raw) }
                }
            }
        }
        for (kind, body) in bodies {
            for length in 0...body.count { read(kind, Array(body[..<length])) }
            for _ in 0..<2000 where !body.isEmpty {
                var changed = body
                for _ in 0...(generator.next() % 3) {
                    changed[Int(generator.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: generator.next())
                }
                read(kind, changed)
            }
        }
        #expect(bodies.count == 13)
    }
}

/// A small seeded generator, so that failures can be repeated.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
