import Bytes
import PGWire
import Testing

/// What the server's encoder writes, the client's decoder reads.
@Suite struct BackendCodecTests {
    static func decode(_ bytes: [UInt8]) throws -> (messages: [BackendMessage], rest: Int) {
        var messages: [BackendMessage] = []
        var offset = 0
        while true {
            let next = try bytes[offset...].withUnsafeBytes { try BackendDecoder.next($0) }
            guard let next else { return (messages, bytes.count - offset) }
            messages.append(next.message)
            offset += next.size
        }
    }

    static func sample() -> (bytes: [UInt8], messages: [BackendMessage]) {
        var report = ErrorReport(code: "42601", message: "syntax error at or near \"x\"", detail: "d", hint: "h")
        report.position = 8
        report.table = "t"
        report.constraint = "c"
        var output = ByteBuffer()
        BackendEncoder.negotiateProtocolVersion(unknownExtensions: ["_pq_.x"], &output)
        BackendEncoder.authenticationSASL(mechanisms: ["SCRAM-SHA-256"], &output)
        BackendEncoder.authenticationSASLContinue([1, 2], &output)
        BackendEncoder.authenticationSASLFinal([3], &output)
        BackendEncoder.authenticationMD5(salt: [1, 2, 3, 4], &output)
        BackendEncoder.authenticationOK(&output)
        BackendEncoder.parameterStatus("TimeZone", "UTC", &output)
        BackendEncoder.backendKeyData(processID: 7, secret: -9, &output)
        BackendEncoder.readyForQuery(BackendEncoder.Status.idle, &output)
        BackendEncoder.parseComplete(&output)
        BackendEncoder.bindComplete(&output)
        BackendEncoder.closeComplete(&output)
        BackendEncoder.noData(&output)
        BackendEncoder.parameterDescription([23, 25], &output)
        BackendEncoder.emptyQueryResponse(&output)
        BackendEncoder.portalSuspended(&output)
        BackendEncoder.error(report, &output)
        BackendEncoder.notice(report, &output)
        BackendEncoder.copyResponse(isIn: true, isBinary: false, columnCount: 2, &output)
        BackendEncoder.copyDone(&output)
        return (
            Array(output.bytes),
            [
                .negotiateProtocolVersion, .authenticationSASL(mechanisms: ["SCRAM-SHA-256"]),
                .authenticationSASLContinue([1, 2]), .authenticationSASLFinal([3]),
                .authenticationMD5Password(salt: [1, 2, 3, 4]), .authenticationOK,
                .parameterStatus(name: "TimeZone", value: "UTC"), .backendKeyData(processID: 7, secret: -9),
                .readyForQuery(status: 0x49), .parseComplete, .bindComplete, .closeComplete, .noData,
                .parameterDescription([23, 25]), .emptyQueryResponse, .portalSuspended, .error(report), .notice(report),
                .copyInResponse, .copyDone,
            ]
        )
    }

    @Test func everythingWrittenIsReadBack() throws {
        let (bytes, messages) = Self.sample()
        let decoded = try Self.decode(bytes)
        #expect(decoded.messages == messages)
        #expect(decoded.rest == 0)
    }

    @Test func everySplitGivesTheSameMessages() throws {
        let (bytes, messages) = Self.sample()
        for split in 0...bytes.count {
            let first = try Self.decode(Array(bytes[..<split]))
            let second = try Self.decode(Array(bytes[(split - first.rest)...]))
            #expect(first.messages + second.messages == messages)
        }
    }

    @Test func changedBytesGiveAMessageOrAnError() {
        var generator = Seeded(state: 4)
        let (bytes, _) = Self.sample()
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0...(generator.next() % 4) {
                changed[Int(generator.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            if case .success(let decoded) = Result(catching: { try Self.decode(changed) }) {
                #expect(decoded.rest <= changed.count)
            }
        }
    }
}
