import Glibc
import Histogram

/// Sends requests when they are due, not when the last answer has come, and measures from the moment they were due.
///
///     due 0 ms ─┬─ due 1 ms ─┬─ due 2 ms …      a server that stalls for a second delays a thousand requests, and each
///               └─ answered ─┘                  of them counts: no coordinated omission
///
/// One thread that never sleeps while it measures, since a sleep is as long as what it measures. Requests go round the
/// connections; each connection remembers when its unanswered requests were due, in order.
struct Client {
    private struct Connection {
        let descriptor: Int32
        var reader: AnswerReader
        var due: [Int64] = []
        var firstDue = 0
        var unsent: [UInt8] = []
    }

    private let options: Options
    private var connections: [Connection] = []
    private(set) var latencies = Histogram<UInt64>(highestTrackableValue: 60_000_000_000)
    private(set) var answered = 0
    private(set) var failed = 0
    private var number = 0

    init(_ options: Options) throws(ClientError) {
        self.options = options
        for _ in 0..<options.connections {
            connections.append(
                Connection(descriptor: try Self.connect(options), reader: AnswerReader(options.kind))
            )
        }
    }

    /// Sends for as long as the options say, then waits up to five seconds for what is missing.
    mutating func run() throws(ClientError) {
        let interval = 1e9 / options.rate
        let total = Int(options.rate * options.seconds)
        let start = Self.now()
        let end = start + Int64(options.seconds * 1e9)
        var sent = 0
        while sent < total || answered + failed < total {
            let now = Self.now()
            if now > end + 5_000_000_000 { break }
            while sent < total {
                let due = start + Int64(Double(sent) * interval)
                if due > now { break }
                try send(on: sent % connections.count, due: due)
                sent += 1
            }
            for index in connections.indices where connections[index].firstDue < connections[index].due.count {
                try receive(on: index)
            }
        }
        // What never came is as late as we waited.
        let missing = total - answered - failed
        if missing > 0 {
            failed += missing
            latencies.record(5_000_000_000, count: UInt64(missing))
        }
    }

    private mutating func send(on index: Int, due: Int64) throws(ClientError) {
        connections[index].due.append(due)
        var request = options.request
        if let place = Self.place(in: request) {
            let text = String(number % options.keys)
            number += 1
            // Always as long as the longest, so that a length in the request stays right.
            let digits = String(repeating: "0", count: String(options.keys - 1).count - text.count) + text
            request.replaceSubrange(place..<place + 3, with: digits.utf8)
        }
        connections[index].unsent += request
        try flush(index)
    }

    private static func place(in request: [UInt8]) -> Int? {
        guard request.count >= 3 else { return nil }
        return (0...request.count - 3).first { Array(request[$0..<$0 + 3]) == Array("{n}".utf8) }
    }

    private mutating func flush(_ index: Int) throws(ClientError) {
        let descriptor = connections[index].descriptor
        guard !connections[index].unsent.isEmpty else { return }
        let sent = connections[index].unsent.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent < 0 {
            if errno == EAGAIN || errno == EINTR { return }
            throw ClientError(text: "sending failed: \(String(cString: strerror(errno)))")
        }
        connections[index].unsent.removeFirst(sent)
    }

    private mutating func receive(on index: Int) throws(ClientError) {
        try flush(index)
        let descriptor = connections[index].descriptor
        var failure: ClientError?
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if received > 0 {
                connections[index].reader.append(UnsafeRawBufferPointer(rebasing: buffer[..<received]))
            } else if received == 0 {
                failure = ClientError(text: "the server closed a connection")
            } else if errno != EAGAIN, errno != EINTR {
                failure = ClientError(text: "receiving failed: \(String(cString: strerror(errno)))")
            }
        }
        if let failure { throw failure }
        let now = Self.now()
        while let isGood = connections[index].reader.next() {
            let due = connections[index].due[connections[index].firstDue]
            connections[index].firstDue += 1
            latencies.record(UInt64(max(1, now - due)))
            if isGood { answered += 1 } else { failed += 1 }
        }
        if connections[index].firstDue == connections[index].due.count {
            connections[index].due.removeAll(keepingCapacity: true)
            connections[index].firstDue = 0
        }
    }

    private static func connect(_ options: Options) throws(ClientError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = options.port.bigEndian
        guard inet_pton(AF_INET, options.host, &address.sin_addr) == 1 else {
            throw ClientError(text: "\(options.host) is not a numeric address")
        }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, status == 0 else {
            throw ClientError(text: "cannot connect to port \(options.port): \(String(cString: strerror(errno)))")
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

struct ClientError: Error { let text: String }
