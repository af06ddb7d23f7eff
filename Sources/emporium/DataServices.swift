import KVServer
import Logging
import SQLServer
import ServiceLifecycle
import ServiceRuntime

/// A key-value server in a service group: starts at once, stops when the group shuts down.
struct KeyValueService: Service {
    let configuration: KVServer.Configuration
    let onRunning: HTTPService.OnRunning

    func run() async throws {
        let server = try KVServer.Server.start(configuration)
        await onRunning(Endpoint(host: configuration.host, port: server.port))
        // The server may also end by itself: a client may send SHUTDOWN.
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                await server.waitUntilStopped()
                try Task.checkCancellation()
            } onCancel: {
                server.stop()
            }
        } onGracefulShutdown: {
            server.stop()
        }
    }
}

/// A catalog server in a service group.
struct CatalogService: Service {
    let configuration: SQLServer.Configuration
    let onRunning: HTTPService.OnRunning

    func run() async throws {
        let server = try SQLServer.Server.start(configuration)
        await onRunning(Endpoint(host: configuration.host, port: server.port))
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                await server.waitUntilStopped()
                try Task.checkCancellation()
            } onCancel: {
                server.stop()
            }
        } onGracefulShutdown: {
            server.stop()
        }
    }
}
