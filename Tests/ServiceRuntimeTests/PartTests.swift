import Commerce
import Hummingbird
import NIOCore
import Testing

@testable import ServiceRuntime

/// Dates, ranges, sessions, breakers, ledgers, settings: the parts by themselves.
struct PartTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func writesAndReadsDates(seconds: Int64, text: String) {
        #expect(HTTPDate(seconds: seconds).description == text)
        #expect(HTTPDate(parsing: text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT",
    ])
    func refusesDates(text: String) {
        #expect(HTTPDate(parsing: text) == nil)
    }

    @Test func everyDayRoundTrips() {
        for day in stride(from: Int64(-800_000), to: 2_900_000, by: 97) {
            let date = HTTPDate(seconds: day * 86_400 + 3661)
            #expect(HTTPDate(parsing: date.description) == date)
        }
    }

    @Test(arguments: [
        ("bytes=0-0", ByteRange.satisfiable(0..<1)), ("bytes=5-", .satisfiable(5..<10)),
        ("bytes=-3", .satisfiable(7..<10)),
        ("bytes=-30", .satisfiable(0..<10)), ("bytes=2-99", .satisfiable(2..<10)), ("bytes=10-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=3-2", .ignored), ("bytes=0-1,3-4", .ignored), ("bytes=a-b", .ignored),
        ("lines=0-1", .ignored), ("bytes=", .ignored), ("bytes=-", .ignored), ("bytes=99999999999999999999-", .ignored),
        ("bytes=0-9223372036854775807", .satisfiable(0..<10)),
    ])
    func readsRanges(text: String, range: ByteRange) {
        #expect(ByteRange(parsing: text, length: 10) == range)
    }

    @Test func signsAndVerifiesSessions() throws {
        var generator = SystemRandomNumberGenerator()
        let session = SessionID(using: &generator)
        let old = try SessionSigner(secrets: ["old"])
        let both = try SessionSigner(secrets: ["new", "old"])
        let new = try SessionSigner(secrets: ["new"])
        let token = old.token(for: session)
        #expect(token.hasPrefix(session.text + "."))
        #expect(both.session(of: token) == session)
        #expect(new.session(of: token) == nil)
        #expect(new.session(of: both.token(for: session)) == session)
        let other = SessionID(using: &generator)
        let signature = token.split(separator: ".")[1]
        #expect(old.session(of: "\(other).\(signature)") == nil)
        for forged in [
            "", ".", session.text, session.text + ".", token + "A", String(token.dropLast()), token + ".x", "x" + token,
        ] {
            #expect(old.session(of: forged) == nil)
        }
        // Any other last character, even one that differs only in unused bits.
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        where character != token.last {
            #expect(old.session(of: token.dropLast() + String(character)) == nil)
        }
        #expect(throws: ConfigurationError.self) { try SessionSigner(secrets: []) }
        #expect(throws: ConfigurationError.self) { try SessionSigner(secrets: ["a", ""]) }
    }

    @Test func breaksCircuits() {
        var breaker = CircuitBreakerState(threshold: 3, pause: .seconds(1))
        let start = ContinuousClock.now
        func admits(_ time: ContinuousClock.Instant) -> Bool { breaker.admits(at: time) }
        for _ in 0..<2 { breaker.failed(at: start) }
        #expect(admits(start))
        breaker.succeeded()
        for _ in 0..<3 { breaker.failed(at: start) }
        #expect(!admits(start.advanced(by: .milliseconds(999))))
        let later = start.advanced(by: .seconds(1))
        #expect(admits(later))
        #expect(!admits(later))
        breaker.failed(at: later)
        #expect(!admits(later.advanced(by: .milliseconds(500))))
        let again = later.advanced(by: .seconds(1))
        #expect(admits(again))
        breaker.succeeded()
        #expect(admits(again))
        #expect(breaker.mode == .closed(failures: 0))
    }

    @Test func runsOncePerKey() async throws {
        let ledger = IdempotencyLedger<Int>(capacity: 2)
        let counter = RequestLoad()
        let key = try #require(IdempotencyKey(parsing: "k"))
        let outcomes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await ledger.perform(key, fingerprint: 1) {
                        try await Task.sleep(for: .milliseconds(20))
                        _ = counter.enter(maximum: .max)
                        return (counter.count, true)
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(outcomes == [1])
        await #expect(throws: Problem.self) { try await ledger.perform(key, fingerprint: 2) { (0, true) } }
        // What failed or is not final is forgotten.
        let second = try #require(IdempotencyKey(parsing: "second"))
        await #expect(throws: DeadlineExceeded.self) {
            try await ledger.perform(second, fingerprint: 1) { throw DeadlineExceeded() }
        }
        #expect(try await ledger.perform(second, fingerprint: 7) { (7, false) } == 7)
        #expect(try await ledger.perform(second, fingerprint: 8) { (8, true) } == 8)
        // The oldest goes first when the ledger is full.
        let third = try #require(IdempotencyKey(parsing: "third"))
        #expect(try await ledger.perform(third, fingerprint: 1) { (9, true) } == 9)
        #expect(try await ledger.perform(key, fingerprint: 2) { (10, true) } == 10)
    }

    @Test func readsSettings() throws {
        let environment = ServiceEnvironment([
            "SERVICE_HOST_CART_DATA": "kv", "SERVICE_PORT_CART_DATA": "6390", "STATIC_PATH": "",
            "SERVICE_PORT_CART": "70000", "SESSION_SECRETS": " a, b ,,c", "PAYMENT_DELAY_MIN": "0.25",
        ])
        #expect(try environment.endpoint("cart-data") == Endpoint(host: "kv", port: 6390))
        #expect(try environment.endpoint("session-data") == Endpoint(host: "session-data", port: 6379))
        #expect(environment.string("STATIC_PATH") == nil)
        #expect(environment.list("SESSION_SECRETS") == ["a", "b", "c"])
        #expect(try environment.seconds("PAYMENT_DELAY_MIN") == .milliseconds(250))
        let error = #expect(throws: ConfigurationError.self) { try environment.endpoint("cart") }
        #expect(error?.description == "SERVICE_PORT_CART: '70000' is not a whole number from 1 to 65535")
        #expect(Endpoint(host: "::1", port: 80).description == "[::1]:80")
    }

    @Test func readsCookies() {
        let request = Request(
            head: .init(
                method: .get,
                scheme: nil,
                authority: nil,
                path: "/",
                headerFields: [.cookie: "a=1; session_id=x.y=; ab=2"]
            ),
            body: .init(buffer: ByteBuffer())
        )
        #expect(request.cookie("session_id") == "x.y=")
        #expect(request.cookie("a") == "1")
        #expect(request.cookie("b") == nil)
    }

    @Test func answersConditions() {
        var representation = Representation(
            bytes: ByteBuffer(string: "0123456789"),
            mediaType: "text/plain",
            entityTag: "\"t\"",
            lastModified: HTTPDate(seconds: 1000),
            cacheControl: "no-cache"
        )
        func answer(_ headers: HTTPFields, _ method: HTTPRequest.Method = .get) -> Response {
            representation.response(
                to: Request(
                    head: .init(method: method, scheme: nil, authority: nil, path: "/", headerFields: headers),
                    body: .init(buffer: ByteBuffer())
                )
            )
        }
        #expect(answer([:]).status == .ok)
        for tag in ["\"t\"", "*", "W/\"t\"", "\"a\", \"t\""] {
            #expect(answer([.ifNoneMatch: tag]).status == .notModified)
        }
        #expect(answer([.ifNoneMatch: "\"u\""]).status == .ok)
        #expect(answer([.ifModifiedSince: HTTPDate(seconds: 1000).description]).status == .notModified)
        #expect(answer([.ifModifiedSince: HTTPDate(seconds: 999).description]).status == .ok)
        // The tag decides when both are given.
        #expect(answer([.ifNoneMatch: "\"u\"", .ifModifiedSince: HTTPDate(seconds: 1000).description]).status == .ok)
        let part = answer([.range: "bytes=2-4"])
        #expect(part.status == .partialContent)
        #expect(part.headers[.contentRange] == "bytes 2-4/10")
        #expect(part.headers[.contentLength] == "3")
        #expect(answer([.range: "bytes=2-4", .ifRange: "\"t\""]).status == .partialContent)
        #expect(answer([.range: "bytes=2-4", .ifRange: "\"u\""]).status == .ok)
        let beyond = answer([.range: "bytes=10-"])
        #expect(beyond.status == .rangeNotSatisfiable)
        #expect(beyond.headers[.contentRange] == "bytes */10")
        #expect(answer([.range: "bytes=2-4"], .head).status == .ok)
        representation.entityTag = nil
        #expect(answer([.ifNoneMatch: "\"t\""]).status == .ok)
    }
}
