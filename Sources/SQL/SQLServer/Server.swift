import Net

/// A catalog server: one thread that owns a loop, an engine and everything between.
///
///     Server (any thread) ──mailbox──▶ ServerCore (the loop's thread): listener, sessions, engine
public final class Server: Sendable {
    /// The bound port, also when the configuration asked for any.
    public let port: Int
    private let thread: LoopThread
    // Safe though not Sendable: used only inside work that the mailbox runs on the loop's own thread.
    private nonisolated(unsafe) let core: ServerCore

    private init(core: ServerCore, thread: LoopThread) {
        port = core.port
        self.core = core
        self.thread = thread
    }

    /// The thread's stack: a statement nests as deep as the parser lets it, and every later stage recurses likewise.
    private static let stackSize = 64 << 20

    /// Starts a server; it is bound, filled by its initial SQL and answering on return.
    /// - Throws: when the address cannot be listened on or the initial SQL fails.
    public static func start(_ configuration: Configuration) throws(ServerError) -> Server {
        // Unsafe only in type: written once on the loop's thread before `start` returns, read after.
        nonisolated(unsafe) var core: ServerCore?
        do {
            let thread = try LoopThread.start(
                name: "sql-\(configuration.port)",
                stackSize: stackSize,
                configuration: .init(spin: configuration.spin)
            ) { loop in
                core = try ServerCore.start(configuration, on: loop)
            }
            guard let core else { throw ServerError("the server's thread gave no answer") }
            return Server(core: core, thread: thread)
        } catch {
            throw ServerError("\(error)")
        }
    }

    /// Asks the server to stop: statements under way are ended, every client is told (57P01) and disconnected within a second.
    /// Thread-safe; returns at once.
    public func stop() {
        thread.mailbox.execute { [self] loop in
            core.dismissClients()
            loop.stop()
        }
    }

    /// Waits until the server's thread has ended.
    public func waitUntilStopped() async {
        await thread.waitUntilStopped()
    }
}
