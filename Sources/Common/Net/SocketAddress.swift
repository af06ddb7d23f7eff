import Glibc

/// An IPv4 or IPv6 address with a port, as the system calls want it.
struct SocketAddress: Sendable {
    var storage: sockaddr_storage
    var length: socklen_t

    var family: Int32 { Int32(storage.ss_family) }

    /// Resolves a host name or a numeric address. Blocks while a name is looked up: `EventLoop.connect` therefore
    /// does it on a thread of its own. `*` and the empty string mean every address.
    static func resolve(host: String, port: Int, passive: Bool) throws(NetError) -> [SocketAddress] {
        let attempt = "resolve \(host):\(port)"
        guard (0...65535).contains(port) else { throw NetError(attempt: attempt, reason: "the port is out of range") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family = AF_UNSPEC
        hints.ai_flags = passive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let isAny = host.isEmpty || host == "*"
        let status = getaddrinfo(isAny ? nil : host == "::*" ? "::" : host, String(port), &hints, &list)
        guard status == 0 else { throw NetError(attempt: attempt, reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            var address = SocketAddress(storage: sockaddr_storage(), length: entry.pointee.ai_addrlen)
            if Int(address.length) <= MemoryLayout<sockaddr_storage>.size {
                memcpy(&address.storage, entry.pointee.ai_addr, Int(address.length))
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw NetError(attempt: attempt, reason: "the name has no address") }
        return found
    }

    /// The address of a socket in the file system; nil when the path is too long.
    init?(path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            target.copyBytes(from: bytes)
            return true
        }
        guard fits else { return nil }
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        memcpy(&storage, &address, MemoryLayout<sockaddr_un>.size)
    }

    init(storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeBytes(of: storage) { bytes in
            // Safe: sockaddr_storage is made to be read as any sockaddr, and it is not empty.
            body(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// The near or far end of a socket, or nil where the system does not say.
    static func of(_ descriptor: Int32, peer: Bool) -> SocketAddress? {
        var address = SocketAddress(
            storage: sockaddr_storage(),
            length: socklen_t(MemoryLayout<sockaddr_storage>.size)
        )
        var length = address.length
        let status = withUnsafeMutableBytes(of: &address.storage) { bytes in
            // Safe: as in `withPointer`.
            let pointer = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self)
            return peer ? getpeername(descriptor, pointer, &length) : getsockname(descriptor, pointer, &length)
        }
        address.length = length
        return status == 0 ? address : nil
    }

    /// The port, in host byte order.
    var port: Int {
        withUnsafeBytes(of: storage) { bytes in
            // Both families keep the port in the same place: after the 16-bit family.
            Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    /// `127.0.0.1:6379` or `[::1]:6379`.
    var text: String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = withPointer { pointer, length in
            getnameinfo(pointer, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        }
        guard status == 0 else { return "?:0" }
        let name = host.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "?" }
        return family == AF_INET6 ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
}
