import Logging
import NIOCore
import NIOPosix
import RESP
import Synchronization
import Testing

@testable import KVClient

/// The client against a real redis-server, and against servers that misbehave.
@Suite(.timeLimit(.minutes(2)))
struct KVClientTests {
    private static func client(_ port: Int, _ change: (inout KVPool.Configuration) -> Void = { _ in }) -> KVPool {
        var configuration = KVPool.Configuration(host: "127.0.0.1", port: port)
        configuration.backoff = .milliseconds(10) ... .milliseconds(50)
        configuration.commandTimeout = .milliseconds(500)
        change(&configuration)
        return KVPool(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func withRedis(
        password: String? = nil,
        _ change: (inout KVPool.Configuration) -> Void = { _ in },
        _ body: (RedisServer, KVPool) async throws -> Void
    ) async throws {
        try await RedisServer.running(port: RedisServer.freePort(), password: password) { server in
            let client = Self.client(server.port, change)
            let result: Result<Void, any Error>
            do {
                try await Self.untilReachable(client)
                result = .success(try await body(server, client))
            } catch {
                result = .failure(error)
            }
            await client.shutdown()
            try result.get()
        }
    }

    /// The error `operation` ends with; nil when it succeeds.
    private static func failure(_ operation: @Sendable () async throws -> Void) async -> KVClientError? {
        do {
            try await operation()
            return nil
        } catch {
            return error as? KVClientError
        }
    }

    private static func untilReachable(_ client: KVPool) async throws {
        for _ in 0..<500 {
            if await failure({ try await client.ping() }) == nil { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        try await client.ping()
    }

    @Test(.enabled(if: RedisServer.path != nil), arguments: [false, true])
    func speaksTheShopsCommands(usesRESP3: Bool) async throws {
        try await withRedis({ $0.usesRESP3 = usesRESP3 }) { _, client async throws in
            #expect(try await client.get("none") == nil)
            try await client.set("k", Array("v\r\n\0é".utf8))
            #expect(try await client.get("k") == Array("v\r\n\0é".utf8))
            try await client.setEX("t", seconds: 300, [1, 2, 0xFF])
            #expect(try await client.get("t") == [1, 2, 0xFF])
            let ttl = try await client.send(KVCommand("TTL", "t"))
            #expect(try KVPool.integer(ttl) > 290)
            #expect(try await client.expire("t", seconds: 10))
            #expect(try await client.expire("none", seconds: 10) == false)
            #expect(try await client.hSet("h", "a", "1") == 1)
            #expect(try await client.hSet("h", "a", "2") == 0)
            #expect(try await client.hSet("h", "b", "3") == 1)
            let pairs = try await client.hGetAll("h")
            #expect(
                pairs.map { String(decoding: $0.field, as: UTF8.self) + String(decoding: $0.value, as: UTF8.self) } == [
                    "a2", "b3",
                ]
            )
            #expect(try await client.hGetAll("none").isEmpty)
            #expect(try await client.hDel("h", "a") == 1)
            #expect(try await client.del("h") == 1)
            #expect(try await client.del("h") == 0)
            #expect(try await client.send([ByteBuffer(string: "ECHO"), ByteBuffer(string: "x")]).string == "x")
            #expect(try await client.send([KVCommand]()).isEmpty)
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func throwsErrorRepliesAndGoesOn() async throws {
        try await withRedis { _, client async throws in
            try await client.set("k", [1])
            let error = await Self.failure { _ = try await client.hGetAll("k") }
            #expect(error == .server("WRONGTYPE Operation against a key holding the wrong kind of value"))
            let replies = try await client.send([KVCommand("GET", "k"), KVCommand("NOSUCH"), KVCommand("PING")])
            #expect(replies[0].bytes == [1])
            #expect(replies[1].errorMessage?.hasPrefix("ERR unknown command") == true)
            #expect(replies[2].string == "PONG")
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func pipelinesManyTasks() async throws {
        try await withRedis({ $0.commandTimeout = .seconds(30) }) { _, client async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<200 {
                    group.addTask {
                        for round in 0..<20 {
                            let key = "k:\(task):\(round)"
                            let replies = try await client.send([
                                KVCommand("SET", key, key), KVCommand("GET", key), KVCommand("DEL", key),
                            ])
                            #expect(replies[1].string == key)
                            #expect(replies[2].integer == 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func authenticates() async throws {
        try await withRedis(password: "sesame", { $0.password = "sesame" }) { server, client async throws in
            try await client.ping()
            let wrong = Self.client(server.port) { $0.password = "guess" }
            let error = await Self.failure { _ = try await wrong.ping() }
            #expect(error?.description.contains("WRONGPASS") == true)
            await wrong.shutdown()
            let none = Self.client(server.port)
            let refused = await Self.failure { _ = try await none.ping() }
            #expect(refused == .server("NOAUTH Authentication required."))
            await none.shutdown()
            let third = Self.client(server.port) {
                $0.password = "sesame"
                $0.usesRESP3 = true
            }
            try await third.ping()
            await third.shutdown()
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func comesBackWhenTheServerDoes() async throws {
        let port = try RedisServer.freePort()
        let client = Self.client(port)
        try await RedisServer.running(port: port) { _ in try await Self.untilReachable(client) }
        // Gone: every call ends soon with a typed error, most of them without an attempt to connect.
        for _ in 0..<50 {
            let error = await Self.failure { try await client.ping() }
            switch error {
            case .unavailable, .connectionClosed: break
            default: Issue.record("\(String(describing: error))")
            }
        }
        try await RedisServer.running(port: port) { _ in
            try await Self.untilReachable(client)
            // On every connection.
            for _ in 0..<10 { try await client.set("k", [1]) }
            await client.shutdown()
            let error = await Self.failure { _ = try await client.ping() }
            #expect(error == .shutDown)
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func givesUpOnAServerThatHangs() async throws {
        try await withRedis({
            $0.commandTimeout = .milliseconds(200); $0.connections = 1
        }) { server, client async throws in
            server.pause()
            let error = await Self.failure { _ = try await client.ping() }
            #expect(error == .timedOut)
            server.resume()
            try await Self.untilReachable(client)
        }
    }

    @Test(.enabled(if: RedisServer.path != nil)) func cancelsWithoutMixingReplies() async throws {
        try await withRedis({
            $0.connections = 1; $0.commandTimeout = .seconds(5)
        }) { server, client async throws in
            try await client.set("k", [7])
            server.pause()
            let cancelled = Task { try await client.get("never") }
            try await Task.sleep(for: .milliseconds(50))
            cancelled.cancel()
            #expect(await Self.failure { _ = try await cancelled.value } == .cancelled)
            let next = Task { try await client.get("k") }
            server.resume()
            #expect(try await next.value == [7])
        }
    }

    // MARK: Servers that misbehave

    /// Accepts connections and answers whatever it is sent with these bytes; all but the first few are left without.
    private func withServer(
        answering bytes: String,
        onTheFirst answered: Int = .max,
        _ body: (Int) async throws -> Void
    ) async throws {
        final class Answer: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer
            let bytes: String
            init(_ bytes: String) { self.bytes = bytes }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes)), promise: nil)
            }
        }
        let accepted = Mutex(0)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let number = accepted.withLock { accepted in
                    accepted += 1
                    return accepted
                }
                return channel.eventLoop.makeCompletedFuture {
                    if number <= answered { try channel.pipeline.syncOperations.addHandler(Answer(bytes)) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server.localAddress?.port ?? 0))
        } catch {
            result = .failure(error)
        }
        try await server.close()
        try result.get()
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "$-5\r\n", "*99999999999999999999\r\n", "$9999999999\r\n", ":x\r\n",
        "\0\0\0",
    ])
    func closesWhatIsNotTheProtocol(bytes: String) async throws {
        try await withServer(answering: bytes) { port async throws in
            let client = Self.client(port)
            #expect(await Self.failure { _ = try await client.ping() } != nil)
            await client.shutdown()
        }
    }

    /// Neither a slow look-up of a name nor a server that greets late holds up commands that a live connection can carry.
    @Test func usesALiveConnectionWhileAnotherIsBeingOpened() async throws {
        try await withServer(answering: "+OK\r\n", onTheFirst: 1) { port async throws in
            let client = Self.client(port) {
                $0.clientName = "the greeting of the second connection stays without an answer"
                $0.commandTimeout = .seconds(5)
            }
            for _ in 0..<10 { #expect(try await client.send(KVCommand("SET", "k", "v")).string == "OK") }
            await client.shutdown()
        }
    }

    @Test func refusesRepliesNobodyAskedFor() async throws {
        try await withServer(answering: "+PONG\r\n+PONG\r\n") { port async throws in
            let client = Self.client(port) { $0.connections = 1 }
            try await client.ping()
            var errors = 0
            for _ in 0..<5 {
                if await Self.failure({ try await client.ping() }) != nil { errors += 1 }
            }
            // Each extra reply costs its connection, never a wrong answer; new connections take over.
            #expect(errors < 5)
            await client.shutdown()
        }
    }

    @Test func refusesRepliesOfAnotherType() async throws {
        try await withServer(answering: "+OK\r\n") { port async throws in
            let client = Self.client(port)
            #expect(await Self.failure { _ = try await client.del("k") } != nil)
            #expect(await Self.failure { _ = try await client.hGetAll("k") } != nil)
            await client.shutdown()
        }
    }

    @Test func waitsLongerAfterEachFailure() {
        let client = Self.client(1) { $0.backoff = .milliseconds(50) ... .seconds(2) }
        let pauses = (1...8).map { client.backoff(afterFailures: $0) }
        #expect(pauses[0] == .milliseconds(50))
        #expect(pauses[1] == .milliseconds(100))
        #expect(pauses[5] == .milliseconds(1600))
        #expect(pauses[6] == .seconds(2))
        #expect(client.backoff(afterFailures: .max) == .seconds(2))
    }

    @Test func encodesBytes() {
        var buffer = ByteBuffer()
        KVCommand([[0x53], [], [0x0D, 0x0A]]).encode(into: &buffer)
        #expect(String(buffer: buffer) == "*3\r\n$1\r\nS\r\n$0\r\n\r\n$2\r\n\r\n\r\n")
    }
}
