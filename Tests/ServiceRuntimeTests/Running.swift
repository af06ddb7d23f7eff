import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Resources that log nothing; the client is shut down after `body`.
func withResources<Value>(_ body: (ServiceResources) async throws -> Value) async throws -> Value {
    let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let value: Value
    do {
        value = try await body(resources)
    } catch {
        try await resources.shutdown()
        throw error
    }
    try await resources.shutdown()
    return value
}

/// Runs services on free loopback ports and stops them gracefully after `body`.
struct Running {
    let group: ServiceGroup
    let endpoint: Endpoint

    /// Runs one service of these routes while `body` runs.
    static func serving<Value: Sendable>(
        _ routes: RouteTable,
        _ resources: ServiceResources,
        limits: ServiceConfiguration.Limits = .init(),
        checks: [ReadinessCheck] = [],
        _ body: @Sendable @escaping (Running) async throws -> Value
    ) async throws -> Value {
        var configuration = ServiceConfiguration(name: "test", bind: Endpoint(host: "127.0.0.1", port: 0))
        configuration.limits = limits
        let (bound, continuation) = AsyncStream.makeStream(of: Endpoint.self)
        let service = HTTPService(configuration: configuration, resources: resources, routes: routes, checks: checks) {
            continuation.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [service], logger: resources.logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            guard let endpoint = await bound.first(where: { _ in true }) else { throw CancellationError() }
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(Running(group: group, endpoint: endpoint)))
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }
}

/// A socket that says exactly what it is told and collects what comes back.
struct RawClient {
    /// Sends pieces with pauses between them, then reads until the server closes (or `patience` is over).
    static func exchange(
        _ endpoint: Endpoint,
        _ pieces: [String],
        pause: Duration = .zero,
        patience: Duration = .seconds(20)
    )
        async throws -> String
    {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            for piece in pieces {
                // The server may hang up in the middle of a slow request: that is what some tests are for.
                try? await outbound.write(ByteBuffer(string: piece))
                if pause > .zero { try await Task.sleep(for: pause) }
            }
            let collected = Mutex("")
            do {
                try await withDeadline(patience) {
                    for try await chunk in inbound { collected.withLock { $0 += String(buffer: chunk) } }
                }
            } catch is DeadlineExceeded {
                return collected.withLock { $0 } + "(still open)"
            } catch {
                return collected.withLock { $0 } + "(\(error))"
            }
            return collected.withLock { $0 }
        }
    }
}
