import Net
import Synchronization

/// A key-value server: one thread that owns a loop, an engine and everything between.
///
///     Server (any thread) ──mailbox──▶ ServerCore (the loop's thread): listener, sessions, engine, replication
public final class Server: Sendable {
    /// The bound port, also when the configuration asked for any.
    public let port: Int
    private let thread: LoopThread
    private let stopRequest: StopRequest

    private init(port: Int, thread: LoopThread, stopRequest: StopRequest) {
        self.port = port
        self.thread = thread
        self.stopRequest = stopRequest
    }

    /// Starts a server; it is bound and answering on return.
    /// - Throws: when the address cannot be listened on.
    public static func start(_ configuration: Configuration) throws(ServerError) -> Server {
        // Unsafe only in type: written once on the loop's thread before `start` returns, read after.
        nonisolated(unsafe) var port = 0
        let stopRequest = StopRequest()
        do {
            let thread = try LoopThread.start(
                name: "kv-\(configuration.port)",
                configuration: .init(spin: configuration.spin)
            ) { loop in
                port = try ServerCore.start(configuration, on: loop, stopRequest)
            }
            return Server(port: port, thread: thread, stopRequest: stopRequest)
        } catch let error as ServerError {
            throw error
        } catch {
            throw ServerError("\(error)")
        }
    }

    /// Asks the server to stop: it answers what has arrived, sends it and closes, all within a second.
    /// Thread-safe; returns at once.
    public func stop() {
        stopRequest.make()
        // Only wakes the loop: the core looks at the request at the end of the turn.
        thread.mailbox.execute { _ in }
    }

    /// Waits until the server's thread has ended.
    public func waitUntilStopped() async {
        await thread.waitUntilStopped()
    }
}

/// Carries the wish to stop from any thread to the loop's.
final class StopRequest: Sendable {
    private let isMadeFlag = Atomic<Bool>(false)

    var isMade: Bool { isMadeFlag.load(ordering: .acquiring) }

    func make() { isMadeFlag.store(true, ordering: .releasing) }
}
