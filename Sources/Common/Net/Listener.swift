import CLinux
import Glibc

/// A listening socket of an event loop.
public final class Listener {
    public let descriptor: Int32
    /// The bound port, also when port 0 was asked for.
    public let port: Int
    /// The bound address, as in `127.0.0.1:6379`.
    public let address: String
    unowned let loop: EventLoop
    private let accept: (Connection) -> Void
    /// The socket's file, removed at the end.
    private let path: String?
    private(set) var isClosed = false
    /// Whom new connections are encrypted with; nil for none. May change while it listens.
    public var tls: TLSContext?

    init(
        host: String,
        port: Int,
        backlog: Int,
        loop: EventLoop,
        accept: @escaping (Connection) -> Void
    ) throws(NetError) {
        (descriptor, self.port, address) = try Self.open(host: host, port: port, backlog: backlog)
        self.loop = loop
        self.accept = accept
        path = nil
    }

    /// Listens on a socket in the file system. One that was left behind is replaced.
    init(
        path: String,
        permissions: Int,
        backlog: Int,
        loop: EventLoop,
        accept: @escaping (Connection) -> Void
    ) throws(NetError) {
        let attempt = "listen on \(path)"
        guard let address = SocketAddress(path: path) else { throw NetError(attempt: attempt, code: ENAMETOOLONG) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw NetError(attempt: attempt, code: errno) }
        unlink(path)
        let status = address.withPointer { pointer, length in
            bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, Int32(clamping: backlog)) == 0
        }
        guard status, permissions == 0 || chmod(path, mode_t(truncatingIfNeeded: permissions)) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw NetError(attempt: attempt, code: code)
        }
        self.descriptor = descriptor
        self.path = path
        self.loop = loop
        self.accept = accept
        port = 0
        self.address = "\(path):0"
    }

    /// Listens for a moment, to learn whether the port could be had.
    public static func probe(host: String, port: Int) throws(NetError) {
        Glibc.close(try open(host: host, port: port, backlog: 1).descriptor)
    }

    private static func open(
        host: String,
        port: Int,
        backlog: Int
    ) throws(NetError) -> (descriptor: Int32, port: Int, address: String) {
        let attempt = "listen on \(host):\(port)"
        let addresses = try SocketAddress.resolve(host: host, port: port, passive: true)
        // IPv4 first: `localhost` and `*` mean what they mean to the real servers' clients.
        let address = addresses.first { $0.family == AF_INET } ?? addresses[0]
        let descriptor = socket(
            address.family,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { throw NetError(attempt: attempt, code: errno) }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        // An IPv6 socket is for IPv6 only, so that both families can be listened on at one port.
        if address.family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        let status = address.withPointer { pointer, length in
            bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, Int32(clamping: backlog)) == 0
        }
        guard status, let bound = SocketAddress.of(descriptor, peer: false) else {
            let code = errno
            Glibc.close(descriptor)
            throw NetError(attempt: attempt, code: code)
        }
        return (descriptor, bound.port, bound.text)
    }

    /// Accepts no more connections; those accepted live on.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.forget(self)
        Glibc.close(descriptor)
        if let path { unlink(path) }
    }

    func ready() {
        // A bound, so that a storm of new connections does not starve the old ones.
        for _ in 0..<128 {
            if isClosed { return }
            let accepted = clinux_accept(descriptor)
            if accepted >= 0 {
                loop.adopt(accepted, path: path, tls: tls, accept)
            } else if errno == EINTR || errno == ECONNABORTED {
                continue
            } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                // The queue cannot be emptied without descriptors: look again soon instead of spinning on it.
                return loop.rest(self, for: .milliseconds(100))
            } else {
                return
            }
        }
    }
}
