import PGWire
import Testing

/// Events in, actions out: which messages a connection may send when.
@Suite struct ConnectionStateTests {
    static func packet(_ code: UInt32, _ fields: [String] = [], terminated: Bool = true) -> [UInt8] {
        var bytes = withUnsafeBytes(of: code.bigEndian) { Array($0) }
        for field in fields { bytes += Array(field.utf8) + [0] }
        if terminated { bytes.append(0) }
        return bytes
    }

    static func open(_ bytes: [UInt8], hasMore: Bool = false) -> ConnectionState.OpeningAction {
        var state = ConnectionState()
        return bytes.withUnsafeBytes { state.receiveOpening($0, hasMore: hasMore) }
    }

    static func ready() -> ConnectionState {
        var state = ConnectionState()
        _ = packet(196_608, ["user", "u"]).withUnsafeBytes { state.receiveOpening($0, hasMore: false) }
        state.authenticated()
        return state
    }

    static func kind(_ character: Character) -> UInt8 { character.asciiValue ?? 0 }

    @Test func startupParameters() {
        let action = Self.open(
            Self.packet(196_608, ["user", "u", "options", "-c a=1 --b-c=x\\ y", "application_name", "psql"])
        )
        guard case .authenticate(let startup) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(startup.user == "u")
        #expect(startup.database == "u")
        #expect(
            startup.parameters == [
                .init(name: "a", value: "1"), .init(name: "b_c", value: "x y"),
                .init(name: "application_name", value: "psql"),
            ]
        )
        #expect(!startup.needsNegotiation)
    }

    @Test func newerMinorVersionsAndUnknownExtensionsAreNegotiated() {
        guard case .authenticate(let minor) = Self.open(Self.packet(196_610, ["user", "u"])),
            case .authenticate(let extended) = Self.open(Self.packet(196_608, ["user", "u", "_pq_.x", "1"]))
        else {
            Issue.record("refused")
            return
        }
        #expect(minor.needsNegotiation)
        #expect(extended.unknownExtensions == ["_pq_.x"])
    }

    @Test func refusals() {
        #expect(
            Self.open(Self.packet(196_608))
                == .fail(.fatal("28000", "no PostgreSQL user name specified in startup packet"))
        )
        #expect(
            Self.open(Self.packet(4 << 16))
                == .fail(.fatal("0A000", "unsupported frontend protocol 4.0: server supports 3.0 to 3.0"))
        )
        #expect(
            Self.open(Self.packet(131_072)) == .failOld("unsupported frontend protocol 2.0: server supports 3.0 to 3.0")
        )
        let layout = ErrorReport.fatal("08P01", "invalid startup packet layout: expected terminator as last byte")
        #expect(Self.open(Self.packet(196_608, ["user", "u"], terminated: false)) == .fail(layout))
        #expect(Self.open(Self.packet(196_608, ["user"], terminated: false)) == .fail(layout))
        #expect(
            Self.open(Self.packet(196_608, ["user", "u", "options", "--foo"]))
                == .fail(.fatal("42601", "--foo requires a value"))
        )
        #expect(Self.open([0, 0]) == .close)
    }

    @Test func encryptionIsRefusedOnceAndNothingMayFollowUnasked() {
        var state = ConnectionState()
        let request = withUnsafeBytes(of: StartupPacket.sslCode.bigEndian) { Array($0) }
        check(request.withUnsafeBytes { state.receiveOpening($0, hasMore: false) }, .refuseEncryption)
        let action = Self.packet(196_608, ["user", "u"]).withUnsafeBytes { state.receiveOpening($0, hasMore: false) }
        if case .authenticate = action {} else { Issue.record("\(action)") }
        guard case .fail(let report) = Self.open(request, hasMore: true) else {
            Issue.record("accepted")
            return
        }
        #expect(report.message == "received unencrypted data after SSL request")
    }

    @Test func cancelRequests() {
        let bytes: [UInt8] = [4, 0xd2, 0x16, 0x2e, 0, 0, 0, 7, 0, 0, 0, 9]
        #expect(Self.open(bytes) == .cancel(processID: 7, secret: 9))
        #expect(Self.open(Array(bytes.dropLast())) == .close)
    }

    @Test func anErrorInTheExtendedProtocolSkipsToSync() {
        var state = Self.ready()
        check(state.receive(Self.kind("P")), .handle)
        check(state.failed(isExtended: true), false)
        for kind in "BDEHCQ" { check(state.receive(Self.kind(kind)), .ignore) }
        check(state.receive(Self.kind("S")), .handle)
        check(state.receive(Self.kind("Q")), .handle)
    }

    @Test func anErrorInTheSimpleProtocolIsReadyAtOnce() {
        var state = Self.ready()
        check(state.receive(Self.kind("Q")), .handle)
        check(state.failed(isExtended: false), true)
        check(state.receive(Self.kind("P")), .handle)
    }

    @Test func copyTakesOnlyItsOwnMessages() {
        var state = Self.ready()
        state.copyBegan(isExtended: false)
        check(state.receive(Self.kind("d")), .copy)
        check(state.receive(Self.kind("S")), .ignore)
        check(state.receive(Self.kind("H")), .ignore)
        check(
            state.receive(Self.kind("Q")),
            .failCopy(.protocolViolation("unexpected message type 0x51 during COPY from stdin"))
        )
        check(state.copyEnded(failed: true), true)
        check(state.receive(Self.kind("d")), .ignore)
        check(state.receive(Self.kind("c")), .ignore)
        state.copyBegan(isExtended: true)
        check(state.copyEnded(failed: true), false)
        check(state.receive(Self.kind("E")), .ignore)
        check(state.receive(Self.kind("S")), .handle)
    }

    @Test func terminateAndUnknownMessagesEnd() {
        var state = Self.ready()
        check(state.receive(Self.kind("p")), .fatal(.fatal("08P01", "invalid frontend message type 112")))
        state = Self.ready()
        check(state.receive(Self.kind("X")), .close)
        #expect(state.phase == .closed)
    }
}
