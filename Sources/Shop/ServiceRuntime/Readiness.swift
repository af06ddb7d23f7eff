import Commerce
import Hummingbird
import NIOCore

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

/// Asks every dependency at the same time.
///
///     {"ready":false,"checks":{"cart-data":"unavailable"}}
struct Readiness: Sendable {
    let checks: [ReadinessCheck]
    let timeout: Duration
    let load: RequestLoad

    func response(_ context: ServiceContext) async -> Response {
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    do {
                        try await withDeadline(timeout) { try await check.check() }
                        return (index, true)
                    } catch {
                        context.logger.debug("\(check.name) is not there: \(error)")
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
