import Bytes
import Glibc
import Synchronization
import Testing

@testable import Net

/// Answers every line with itself; asks for the whole of a message announced as `#<length>\n`.
private final class EchoLines: ConnectionHandler {
    let closed: @Sendable () -> Void

    init(closed: @escaping @Sendable () -> Void = {}) {
        self.closed = closed
    }

    func connection(_ connection: Connection, didReceive bytes: UnsafeRawBufferPointer) -> Int {
        var consumed = 0
        while let end = bytes[consumed...].firstIndex(of: 10) {
            if bytes[consumed] == UInt8(ascii: "#") {
                let digits = UnsafeRawBufferPointer(rebasing: bytes[(consumed + 1)..<end])
                let length = Int(ASCII.parseInt64(digits) ?? 0)
                if bytes.count - end - 1 < length {
                    connection.minimumInput = end + 1 - consumed + length
                    return consumed
                }
                connection.output.append(UnsafeRawBufferPointer(rebasing: bytes[(end + 1)..<(end + 1 + length)]))
                consumed = end + 1 + length
                continue
            }
            connection.output.append(UnsafeRawBufferPointer(rebasing: bytes[consumed...end]))
            consumed = end + 1
        }
        return consumed
    }

    func connectionDidDrain(_ connection: Connection) {}
    func connectionDidClose(_ connection: Connection) { closed() }
}

/// A blocking client socket.
private final class Client {
    let descriptor: Int32

    init(port: Int) throws {
        let address = try SocketAddress.resolve(host: "127.0.0.1", port: port, passive: false)[0]
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        try #require(address.withPointer { Glibc.connect(descriptor, $0, $1) } == 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            try #require(count > 0)
            sent += count
        }
    }

    /// Reads exactly `count` bytes, or fewer when the server closes.
    func read(_ count: Int) -> [UInt8] {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while received.count < count {
            let got = recv(descriptor, &chunk, min(chunk.count, count - received.count), 0)
            if got <= 0 { break }
            received += chunk[0..<got]
        }
        return received
    }
}

private func startEcho(closed: @escaping @Sendable () -> Void = {}) throws -> (thread: LoopThread, port: Int) {
    let box = PortBox()
    let thread = try LoopThread.start(name: "echo") { loop in
        let listener = try loop.listen(host: "127.0.0.1", port: 0) { $0.handler = EchoLines(closed: closed) }
        box.port.store(listener.port, ordering: .relaxed)
    }
    return (thread, box.port.load(ordering: .relaxed))
}

private final class PortBox: Sendable {
    let port = Atomic(0)
}

@Suite struct EventLoopTests {
    @Test func answersAWholePipelineAndKeepsTheCutLine() async throws {
        let (thread, port) = try startEcho()
        let client = try Client(port: port)
        try client.write(Array("one\ntwo\nthr".utf8))
        #expect(client.read(8) == Array("one\ntwo\n".utf8))
        try client.write(Array("ee\n".utf8))
        #expect(client.read(6) == Array("three\n".utf8))
        thread.mailbox.stop()
        await thread.waitUntilStopped()
        #expect(client.read(1) == [])
    }

    @Test func collectsALargeMessageAndSendsItBackThroughAFullSocket() async throws {
        let (thread, port) = try startEcho()
        let client = try Client(port: port)
        let length = 5_000_000
        var message = Array("#\(length)\n".utf8)
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        message += payload
        try client.write(message)
        #expect(client.read(length) == payload)
        thread.mailbox.stop()
        await thread.waitUntilStopped()
    }

    @Test func keepsTheMemoryOfALargeMessageForAWhileOnly() async throws {
        let (thread, port) = try startEcho()
        let client = try Client(port: port)
        let length = 1_000_000
        try client.write(Array("#\(length)\n".utf8) + [UInt8](repeating: 7, count: length))
        #expect(client.read(length).count == length)
        let most = Atomic(0)
        let held = Atomic(Int.max)
        while held.load(ordering: .relaxed) > 2 * Connection.smallMemory {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isTaken = thread.mailbox.execute { loop in
                    most.max(loop.keptMemory, ordering: .relaxed)
                    let connections = loop.connections.values
                    held.store(
                        connections.reduce(0) { $0 + $1.pending.capacity + $1.output.capacity },
                        ordering: .relaxed
                    )
                    continuation.resume()
                }
                if !isTaken { continuation.resume(throwing: CancellationError()) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(most.load(ordering: .relaxed) >= length)
        thread.mailbox.stop()
        await thread.waitUntilStopped()
    }

    @Test func tellsAHandlerOnceWhenThePeerIsGone() async throws {
        final class Counter: Sendable { let count = Atomic(0) }
        let counter = Counter()
        let (thread, port) = try startEcho { counter.count.add(1, ordering: .relaxed) }
        for round in 0..<50 {
            let client = try Client(port: port)
            try client.write(Array("cut".utf8))
            if round % 2 == 0 { shutdown(client.descriptor, Int32(SHUT_RDWR)) }
        }
        thread.mailbox.stop()
        await thread.waitUntilStopped()
        #expect(counter.count.load(ordering: .relaxed) == 50)
    }

    @Test func saysWhyItCannotListen() async throws {
        let (thread, port) = try startEcho()
        #expect {
            _ = try LoopThread.start(name: "second") { loop in
                _ = try loop.listen(host: "127.0.0.1", port: port) { _ in }
            }
        } throws: { error in
            "\(error)" == "cannot listen on 127.0.0.1:\(port): Address already in use"
        }
        thread.mailbox.stop()
        await thread.waitUntilStopped()
        #expect(!thread.mailbox.execute { _ in })
    }

    @Test func connectsOutAndReportsRefusal() async throws {
        let (thread, port) = try startEcho()
        final class Answers: Sendable { let list = Mutex<[String]>([]) }
        let list = Answers()
        thread.mailbox.execute { loop in
            loop.connect(host: "127.0.0.1", port: port) { result in
                if case .success(let connection) = result { list.list.withLock { $0.append(connection.peerAddress) } }
            }
            // Port 1 of the loopback has no listener.
            loop.connect(host: "127.0.0.1", port: 1) { result in
                if case .failure(let error) = result { list.list.withLock { $0.append(error.description) } }
            }
        }
        for _ in 0..<500 where list.list.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(
            list.list.withLock { $0.sorted() } == [
                "127.0.0.1:\(port)", "cannot connect to 127.0.0.1:1: Connection refused",
            ]
        )
        thread.mailbox.stop()
        await thread.waitUntilStopped()
    }

    @Test func runsTimersInOrderOfTheirDeadlines() {
        var queue = TimerQueue()
        var generator = SystemRandomNumberGenerator()
        var order: [Int64] = []
        for _ in 0..<500 {
            let deadline = Int64.random(in: 0..<1000, using: &generator)
            let timer = queue.schedule(at: deadline, interval: nil) { order.append(deadline) }
            if deadline % 7 == 0 { queue.cancel(timer) }
        }
        while let body = queue.takeDue(at: 2000) { body() }
        #expect(order == order.sorted())
        #expect(!order.contains { $0 % 7 == 0 })
        #expect(queue.nextDeadline == nil)
    }
}
