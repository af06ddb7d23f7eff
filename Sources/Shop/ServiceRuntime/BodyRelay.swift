import Hummingbird
import NIOCore
import Synchronization

/// Hands a request's body from its connection to an upload, one chunk at a time, and can be stopped at any moment.
///
///     connection ─▶ pump (a task of ours) ──send──▶ relay ──next──▶ HTTP client's upload
///
/// Why not give the body to the client directly: an upstream may answer before it has read everything. Hummingbird then
/// reads the rest of the request from the same stream, which traps if the upload still waits on it. `stop` ends our
/// reading before the answer is passed on, so the connection has one reader at any time.
final class BodyRelay: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private enum State: Sendable {
        case idle
        case sending(ByteBuffer, CheckedContinuation<Bool, Never>)
        case receiving(CheckedContinuation<ByteBuffer?, any Error>)
        case finished((any Error)?)
    }

    private enum Step: Sendable {
        case deliver(CheckedContinuation<ByteBuffer?, any Error>)
        case wait
        case refuse
    }

    private let state = Mutex(State.idle)
    private let pump = Mutex(Task<Void, Never>?.none)

    /// Starts reading `body`; more than `limit` bytes end it with 413.
    init(_ body: RequestBody, limit: Int) {
        let task = Task { [self] in
            var total = 0
            do {
                for try await chunk in body {
                    total += chunk.readableBytes
                    guard total <= limit else { throw Request.tooLarge(limit) }
                    guard await send(chunk) else { return }
                }
                if !Task.isCancelled { finish(nil) }
            } catch {
                // After `stop` the upload must hear nothing: an error there would take the answer with it.
                if !Task.isCancelled { finish(error) }
            }
        }
        pump.withLock { $0 = task }
    }

    /// Returns when the whole body was read, reading failed, or the time is over.
    func wait(atMost limit: Duration) async {
        let timer = Task {
            // Ends early only when cancelled, and then there is nothing to stop.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            await stop()
        }
        await pump.withLock { $0 }?.value
        timer.cancel()
    }

    /// Returns when nobody reads the connection any more. A read that is under way is cancelled, which ends the
    /// connection's input. An upload that waits goes on waiting until `finish`.
    func stop() async {
        let task = pump.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// Ends the upload's side; nothing happens if it has ended already.
    func finish(_ error: (any Error)?) {
        let waiting = state.withLock { state -> State in
            defer { if case .finished = state {} else { state = .finished(error) } }
            return state
        }
        switch waiting {
        case .sending(_, let continuation): continuation.resume(returning: false)
        case .receiving(let continuation):
            if let error { continuation.resume(throwing: error) } else { continuation.resume(returning: nil) }
        case .idle, .finished: break
        }
    }

    /// Waits until the chunk was taken; false when it never will be.
    private func send(_ chunk: ByteBuffer) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                // What to do is decided under the lock, once: a cancellation may come at any moment after it.
                let step = state.withLock { state -> Step in
                    switch state {
                    case .receiving(let receiver):
                        state = .idle
                        return .deliver(receiver)
                    case .idle where !Task.isCancelled:
                        state = .sending(chunk, continuation)
                        return .wait
                    case .idle, .sending, .finished: return .refuse
                    }
                }
                switch step {
                case .deliver(let receiver):
                    receiver.resume(returning: chunk)
                    continuation.resume(returning: true)
                case .wait: break
                case .refuse: continuation.resume(returning: false)
                }
            }
        } onCancel: {
            let sender = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard case .sending(_, let continuation) = state else { return nil }
                state = .idle
                return continuation
            }
            sender?.resume(returning: false)
        }
    }

    private func receive() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let before = state.withLock { state -> State in
                    let before = state
                    switch state {
                    case .idle: state = .receiving(continuation)
                    case .sending: state = .idle
                    case .receiving, .finished: break
                    }
                    return before
                }
                switch before {
                case .idle: break
                case .sending(let chunk, let sender):
                    continuation.resume(returning: chunk)
                    sender.resume(returning: true)
                case .receiving: continuation.resume(throwing: CancellationError())
                case .finished(let error?): continuation.resume(throwing: error)
                case .finished(nil): continuation.resume(returning: nil)
                }
            }
        } onCancel: {
            finish(CancellationError())
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        let relay: BodyRelay

        mutating func next() async throws -> ByteBuffer? {
            try await relay.receive()
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(relay: self)
    }
}
