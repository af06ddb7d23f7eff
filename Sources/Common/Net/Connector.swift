import CLinux
import Glibc

/// An outgoing connection on its way: look-up, connect to one address after the other, time-out.
final class Connector {
    private let host: String
    private let port: Int
    private let tls: TLSContext?
    private unowned let loop: EventLoop
    private var completion: ((Result<Connection, NetError>) -> Void)?
    private var addresses: [SocketAddress] = []
    private var descriptor: Int32 = -1
    private var timer: TimerID?
    private var lastError: NetError

    private var attempt: String { "connect to \(host):\(port)" }

    init(
        host: String,
        port: Int,
        tls: TLSContext?,
        loop: EventLoop,
        completion: @escaping (Result<Connection, NetError>) -> Void
    ) {
        self.tls = tls
        self.host = host
        self.port = port
        self.loop = loop
        self.completion = completion
        lastError = NetError(attempt: "connect to \(host):\(port)", reason: "no address")
    }

    func start(timeout: Duration) {
        timer = loop.schedule(after: timeout) { [weak self] in
            guard let self else { return }
            self.fail(NetError(attempt: self.attempt, code: ETIMEDOUT))
        }
        // A name look-up blocks, so it gets a thread of its own and answers through the mailbox. The loop may have
        // ended, or this attempt timed out, before the answer comes: it is then dropped.
        let answer = AnswerBox(connector: self)
        let (mailbox, host, port) = (loop.mailbox, self.host, self.port)
        Thread.detach { [answer] in
            let result = Result { () throws(NetError) in
                try SocketAddress.resolve(host: host, port: port, passive: false)
            }
            mailbox.execute { _ in answer.deliver(result) }
        }
    }

    func resolved(_ result: Result<[SocketAddress], NetError>) {
        guard completion != nil else { return }
        switch result {
        case .success(let found):
            addresses = found.reversed()
            tryNext()
        case .failure(let error): fail(error)
        }
    }

    private func tryNext() {
        while let address = addresses.popLast() {
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            descriptor = socket(address.family, type, 0)
            guard descriptor >= 0 else {
                lastError = NetError(attempt: attempt, code: errno)
                continue
            }
            let status = address.withPointer { Glibc.connect(descriptor, $0, $1) }
            if status == 0 || errno == EINPROGRESS {
                return loop.register(descriptor, EPOLLOUT.rawValue, .connector, tag: self, operation: EPOLL_CTL_ADD)
            }
            lastError = NetError(attempt: attempt, code: errno)
            Glibc.close(descriptor)
            descriptor = -1
        }
        fail(lastError)
    }

    func ready() {
        guard descriptor >= 0 else { return }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else {
            lastError = NetError(attempt: attempt, code: code)
            Glibc.close(descriptor)
            descriptor = -1
            return tryNext()
        }
        let connected = descriptor
        descriptor = -1
        _ = clinux_epoll_control(loop.epollDescriptor, EPOLL_CTL_DEL, connected, 0, 0)
        let completion = end()
        guard let tls else { return loop.adopt(connected) { completion?(.success($0)) } }
        let error = NetError(attempt: attempt, reason: "the TLS handshake failed")
        loop.adopt(connected, tls: tls, isServer: false, refused: { completion?(.failure(error)) }) { connection in
            completion?(.success(connection))
        }
    }

    func fail(_ error: NetError) {
        if descriptor >= 0 {
            Glibc.close(descriptor)
            descriptor = -1
        }
        end()?(.failure(error))
    }

    private func end() -> ((Result<Connection, NetError>) -> Void)? {
        defer { completion = nil }
        if let timer { loop.cancel(timer) }
        if completion != nil { loop.forget(self) }
        return completion
    }
}

/// Carries a connector through the look-up thread and back to its loop.
///
/// `@unchecked Sendable` is safe: the look-up thread only holds the box; `connector` is touched by `deliver` alone, which
/// the mailbox runs on the loop's thread.
private final class AnswerBox: @unchecked Sendable {
    private weak var connector: Connector?

    init(connector: Connector) {
        self.connector = connector
    }

    func deliver(_ result: Result<[SocketAddress], NetError>) {
        connector?.resolved(result)
    }
}
