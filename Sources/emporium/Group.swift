import Logging
import ServiceLifecycle

/// Runs services until SIGTERM or SIGINT, and then lets them drain.
enum Group {
    /// Everything has stopped within this time after the signal; what has not is cancelled.
    static let drainLimit: Duration = .milliseconds(1900)

    /// - Parameter services: in the order of starting; they stop in the reverse order, one after the other.
    static func run(_ services: [any Service], logger: Logger) async throws {
        var quiet = logger
        // The group tells every step at debug and info level.
        if quiet.logLevel == .info { quiet.logLevel = .notice }
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        configuration.maximumGracefulShutdownDuration = drainLimit
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Services that start and stop side by side: one tier of the shop.
struct Tier: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services {
                group.addTask { try await service.run() }
            }
            // The first one that fails ends the tier; on graceful shutdown all of them return.
            do {
                try await group.waitForAll()
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }
}
