import CLinux
import Glibc
import Synchronization

/// An event loop on a thread of its own: how a data server runs, alone or embedded.
public struct LoopThread: Sendable {
    /// The door to the loop.
    public let mailbox: Mailbox
    private let ending: Ending

    /// Starts a thread, makes a loop on it, runs `setUp` there and, if it succeeds, the loop.
    /// Returns when `setUp` has, so a server that listens in it is bound by then.
    /// - Parameters:
    ///   - name: shown by `ps` and `perf`; 15 characters are kept.
    ///   - stackSize: bytes of stack for everything that runs on the loop.
    ///   - setUp: makes the loop's connections, timers and owners of state.
    /// - Throws: what `setUp` throws, or `NetError` when the system gives no thread.
    public static func start(
        name: String,
        stackSize: Int = 8 << 20,
        configuration: EventLoop.Configuration = EventLoop.Configuration(),
        setUp: @escaping @Sendable (EventLoop) throws -> Void
    ) throws -> LoopThread {
        let ending = Ending()
        let beginning = try Gate()
        let outcome = Mutex<Result<Mailbox, any Error>?>(nil)
        let shared = Shared(outcome: outcome)
        let isStarted = Thread.detach(name: name, stackSize: stackSize) {
            do {
                let loop = try EventLoop(configuration: configuration)
                try setUp(loop)
                shared.outcome.withLock { $0 = .success(loop.mailbox) }
                beginning.open()
                loop.run()
            } catch {
                shared.outcome.withLock { $0 = .failure(error) }
                beginning.open()
            }
            ending.end()
        }
        guard isStarted else { throw NetError(attempt: "start the thread \(name)", reason: "the system refused") }
        beginning.wait()
        guard let result = shared.outcome.withLock({ $0 }) else {
            throw NetError(attempt: "start the thread \(name)", reason: "it gave no answer")
        }
        return LoopThread(mailbox: try result.get(), ending: ending)
    }

    /// Waits until the loop has ended.
    public func waitUntilStopped() async {
        await ending.wait()
    }

    private final class Shared: Sendable {
        let outcome: Mutex<Result<Mailbox, any Error>?>

        init(outcome: consuming Mutex<Result<Mailbox, any Error>?>) {
            self.outcome = outcome
        }
    }
}

/// A gate that one thread opens and another waits at: an eventfd, since a blocked thread is what is wanted here.
private final class Gate: Sendable {
    private let descriptor: Int32

    init() throws(NetError) {
        descriptor = clinux_eventfd(0)
        guard descriptor >= 0 else { throw NetError(attempt: "create an eventfd", code: errno) }
    }

    deinit { close(descriptor) }

    func open() {
        var one: UInt64 = 1
        // The counter starts at 0, so one write cannot be refused.
        _ = write(descriptor, &one, 8)
    }

    func wait() {
        var count: UInt64 = 0
        while read(descriptor, &count, 8) < 0 && errno == EINTR {}
    }
}

/// Remembers that a loop has ended and wakes who waits for it.
private final class Ending: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}
