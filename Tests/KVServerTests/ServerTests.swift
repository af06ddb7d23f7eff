import Glibc
import Logging
import RESP
import Testing

@testable import KVServer

/// A blocking socket with a two-second limit: enough of a client for a test.
final class TestClient {
    private let descriptor: Int32
    private var parser = ReplyParser()

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The next reply; nil when the server closed the connection or two seconds passed.
    func receive() throws -> Reply? {
        while true {
            if let reply = try parser.next() { return reply }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            parser.append(buffer[..<count])
        }
    }

    func call(_ line: String) throws -> Reply? {
        send(line + "\r\n")
        return try receive()
    }
}

@Suite struct ServerTests {
    private func start(_ change: (inout Configuration) -> Void = { _ in }) throws -> Server {
        var configuration = Configuration(port: 0)
        configuration.logger.logLevel = .critical
        change(&configuration)
        return try Server.start(configuration)
    }

    @Test func aPipelineIsAnsweredInOrder() async throws {
        let server = try start()
        let client = try TestClient(port: server.port)
        client.send((0..<2000).map { "SET k\($0) \($0)\r\nGET k\($0)\r\n" }.joined())
        for index in 0..<2000 {
            #expect(try client.receive() == .simpleString(Array("OK".utf8)))
            #expect(try client.receive() == .bulkString(Array("\(index)".utf8)))
        }
        server.stop()
        await server.waitUntilStopped()
    }

    @Test func aTakenPortIsAClearError() async throws {
        let server = try start()
        let error = #expect(throws: ServerError.self) { try start { $0.port = server.port } }
        #expect(error?.description.contains("\(server.port)") == true)
        server.stop()
        await server.waitUntilStopped()
    }

    @Test func tooManyClientsAreTurnedAway() async throws {
        let server = try start { $0.maximumClients = 1 }
        let first = try TestClient(port: server.port)
        #expect(try first.call("PING") == .simpleString(Array("PONG".utf8)))
        let second = try TestClient(port: server.port)
        #expect(try second.receive() == .error(Array("ERR max number of clients reached".utf8)))
        #expect(try second.receive() == nil)
        server.stop()
        await server.waitUntilStopped()
    }

    @Test func aPasswordIsAskedFor() async throws {
        let server = try start { $0.password = "secret" }
        let client = try TestClient(port: server.port)
        #expect(try client.call("GET k") == .error(Array("NOAUTH Authentication required.".utf8)))
        #expect(try client.call("AUTH wrong")?.errorMessage?.hasPrefix("WRONGPASS") == true)
        #expect(try client.call("AUTH secret") == .simpleString(Array("OK".utf8)))
        #expect(try client.call("GET k") == .null)
        server.stop()
        await server.waitUntilStopped()
    }

    @Test func aReplicaFollowsItsPrimary() async throws {
        let primary = try start()
        let writer = try TestClient(port: primary.port)
        _ = try writer.call("SET before 1")
        _ = try writer.call("HSET hash f v")
        let replica = try start { $0.replicaOf = .init(host: "127.0.0.1", port: primary.port) }
        let reader = try TestClient(port: replica.port)
        for _ in 0..<200 {
            if try reader.call("GET before") == .bulkString([49]) { break }
            usleep(20_000)
        }
        #expect(try reader.call("HGET hash f") == .bulkString(Array("v".utf8)))
        _ = try writer.call("SET after 2")
        #expect(try writer.call("WAIT 1 2000") == .integer(1))
        #expect(try reader.call("GET after") == .bulkString([50]))
        #expect(try reader.call("SET x y")?.errorMessage == "READONLY You can't write against a read only replica.")
        primary.stop()
        await primary.waitUntilStopped()
        #expect(try reader.call("GET after") == .bulkString([50]))
        replica.stop()
        await replica.waitUntilStopped()
    }

    @Test func brokenFramesGetAnErrorAndTheEnd() async throws {
        let server = try start()
        for (text, message) in [
            ("*1\r\n$-5\r\n", "ERR Protocol error: invalid bulk length"),
            ("*3000000000\r\n", "ERR Protocol error: invalid multibulk length"),
            ("set \"a\r\n", "ERR Protocol error: unbalanced quotes in request"),
        ] {
            let client = try TestClient(port: server.port)
            client.send("PING\r\n" + text)
            #expect(try client.receive() == .simpleString(Array("PONG".utf8)))
            #expect(try client.receive()?.errorMessage == message)
            #expect(try client.receive() == nil)
        }
        server.stop()
        await server.waitUntilStopped()
    }
}
