import Logging
import ServiceRuntime

/// The log of a role: lines on standard error, so that standard output stays for what a person asked to see.
enum Log {
    /// - Parameter level: used unless `LOG_LEVEL` (trace … critical) or `DEBUG` says otherwise.
    static func make(
        label: String,
        environment: ServiceEnvironment,
        default level: Logger.Level
    ) throws(ConfigurationError) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        if let name = environment.string("LOG_LEVEL") {
            guard let chosen = named(name.lowercased()) else {
                throw ConfigurationError(
                    "LOG_LEVEL: '\(name)' is none of trace, debug, info, notice, warning, error, critical"
                )
            }
            logger.logLevel = chosen
        } else if ["1", "true", "yes"].contains(environment.string("DEBUG")?.lowercased()) {
            logger.logLevel = .debug
        }
        return logger
    }

    /// swift-log's names, and those that the original's Python services use.
    private static func named(_ name: String) -> Logger.Level? {
        switch name {
        case "warn": .warning
        case "fatal": .critical
        default: Logger.Level(rawValue: name)
        }
    }
}
