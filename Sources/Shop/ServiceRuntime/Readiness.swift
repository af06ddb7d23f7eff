import Commerce
import Hummingbird
import NIOCore
import Synchronization

/// One thing a service cannot work without, and how to ask whether it is there.
public struct ReadinessCheck: Sendable {
    public let name: String
    let check: @Sendable () async throws -> Void

    /// `check` throws when the dependency is gone; it is given `readinessTimeout` to answer.
    public init(_ name: String, check: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.check = check
    }
}

/// Asks every dependency at the same time. The log tells when one goes and when it is back, not every time it is asked.
///
///     {"ready":false,"checks":{"cart-data":"unavailable"}}
final class Readiness: Sendable {
    private let checks: [ReadinessCheck]
    private let timeout: Duration
    private let load: RequestLoad
    /// What was seen last.
    private let present: Mutex<[Bool]>

    init(checks: [ReadinessCheck], timeout: Duration, load: RequestLoad) {
        self.checks = checks
        self.timeout = timeout
        self.load = load
        present = Mutex([Bool](repeating: true, count: checks.count))
    }

    func response(_ context: ServiceContext) async -> Response {
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { [timeout] in
                    do {
                        try await withDeadline(timeout) { try await check.check() }
                        if self.isNews(true, index) { context.logger.notice("\(check.name) is back") }
                        return (index, true)
                    } catch {
                        if self.isNews(false, index) {
                            context.logger.warning("not ready: \(check.name) is unavailable: \(error)")
                        }
                        return (index, false)
                    }
                }
            }
            return await group.reduce(into: [Bool](repeating: false, count: checks.count)) { $0[$1.0] = $1.1 }
        }
        let isReady = results.allSatisfy { $0 } && !load.isDraining
        var json = JSONWriter()
        json.object { json in
            json.member("ready", isReady)
            if load.isDraining { json.member("draining", true) }
            json.key("checks")
            json.object { json in
                for (check, result) in zip(checks, results) { json.member(check.name, result ? "ok" : "unavailable") }
            }
        }
        return Response(json: json, status: isReady ? .ok : .serviceUnavailable)
    }

    private func isNews(_ isPresent: Bool, _ index: Int) -> Bool {
        present.withLock { present in
            defer { present[index] = isPresent }
            return present[index] != isPresent
        }
    }
}

/// Thrown when something took longer than it was given.
public struct DeadlineExceeded: Error, CustomStringConvertible {
    public var description: String { "the deadline passed" }

    public init() {}
}

/// Runs `operation` and cancels it after `timeout`; then `DeadlineExceeded` is thrown.
public func withDeadline<Value: Sendable>(
    _ timeout: Duration,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: timeout)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw DeadlineExceeded() }
        return value
    }
}
