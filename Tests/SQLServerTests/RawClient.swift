import Glibc
import PGWire

/// A blocking socket that speaks whatever bytes a test gives it.
final class RawClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "cannot connect: errno \(errno)") }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: false when the server has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ write: (inout FrontendEncoder) -> Void) -> Bool {
        var encoder = FrontendEncoder()
        write(&encoder)
        return send(encoder.take())
    }

    /// Tells the server that nothing more comes.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// One read; empty at the end of the connection. - Throws: when nothing comes for five seconds.
    func read() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { throw Failure(description: "no answer within five seconds") }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// Everything up to the end of the connection.
    func readToEnd() throws -> [UInt8] {
        var all: [UInt8] = received
        while true {
            let part = try read()
            if part.isEmpty { return all }
            all += part
        }
    }

    /// Messages up to and including ReadyForQuery, or the end.
    func messages() throws -> [BackendMessage] {
        var result: [BackendMessage] = []
        while true {
            while let next = try received.withUnsafeBytes({ try BackendDecoder.next($0) }) {
                received.removeFirst(next.size)
                result.append(next.message)
                if case .readyForQuery = next.message { return result }
            }
            let part = try read()
            if part.isEmpty { return result }
            received += part
        }
    }

    /// A connection that is ready for statements.
    static func ready(port: Int, user: String = "postgres", database: String = "postgres") throws -> RawClient {
        let client = try RawClient(port: port)
        client.send { $0.startup(user: user, database: database) }
        guard case .readyForQuery = try client.messages().last else { throw Failure(description: "startup failed") }
        return client
    }

    /// Whether a fresh connection's SELECT 1 is answered with 1.
    static func selectsOne(port: Int) throws -> Bool {
        let client = try ready(port: port)
        client.send { $0.query("SELECT 1") }
        return try client.messages().contains(.dataRow([[UInt8(ascii: "1")]]))
    }
}
