import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix

extension HTTPClient {
    /// As `execute`, but an upstream that cannot be connected to is tried again for a second, and at least once.
    ///
    /// Nothing was sent then, so that is safe for every method, as long as the body is at hand and not a stream. A container
    /// that is just restarted, or a name server that is, costs its callers a wait instead of an error. The wait ends within
    /// the time that a request in flight has when the service is told to stop.
    public func executeOnceConnected(
        _ request: HTTPClientRequest,
        deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        let lastTry = min(deadline, .now() + .seconds(1))
        var failures = 0
        var pause = TimeAmount.milliseconds(50)
        while true {
            do {
                return try await execute(request, deadline: deadline)
            } catch {
                failures += 1
                guard Self.isWithoutConnection(error), failures == 1 || .now() + pause < lastTry else { throw error }
            }
            try await _Concurrency.Task.sleep(for: .nanoseconds(pause.nanoseconds))
            pause = min(pause * 2, .milliseconds(400))
        }
    }

    private static func isWithoutConnection(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        // Of a connection to an address, without a name.
        case let error as IOError: [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
        case let error as HTTPClientError: error == .connectTimeout
        default: false
        }
    }
}
