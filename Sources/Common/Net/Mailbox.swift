import CLinux
import Glibc
import Synchronization

/// The door of an event loop for other threads: work to run on the loop, and an eventfd that wakes it.
///
/// The only part of a loop that is `Sendable`. Work arrives in order; work that comes after the loop has ended is
/// dropped, which the result tells.
public final class Mailbox: Sendable {
    private struct State {
        var work: [@Sendable (EventLoop) -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable while there is work.
    let descriptor: Int32

    init() throws(NetError) {
        descriptor = clinux_eventfd(1)
        guard descriptor >= 0 else { throw NetError(attempt: "create an eventfd", code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// Runs `work` on the loop's thread, after the events of the present turn.
    /// - Returns: false when the loop has ended and the work will never run.
    @discardableResult
    public func execute(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool {
        let accepted = state.withLock { state in
            if state.isClosed { return false }
            state.work.append(work)
            return true
        }
        if accepted { wake() }
        return accepted
    }

    /// Ends the loop after its present turn.
    public func stop() {
        execute { $0.stop() }
    }

    func takeAll() -> [@Sendable (EventLoop) -> Void] {
        var count: UInt64 = 0
        // The count does not matter, only that the descriptor is no longer readable.
        _ = read(descriptor, &count, 8)
        return state.withLock { state in
            let work = state.work
            state.work = []
            return work
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.work = []
        }
    }

    private func wake() {
        var one: UInt64 = 1
        // Refused only when the counter is full, and then the loop is awake anyway.
        _ = write(descriptor, &one, 8)
    }
}
