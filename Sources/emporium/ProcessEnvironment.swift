import FoundationEssentials
import ServiceRuntime

/// The environment this process was started in.
///
/// Secrets may lie in files: `POSTGRES_PASSWORD_FILE` names one that holds what `POSTGRES_PASSWORD` would, as
/// PostgreSQL's containers do it. A command-line option overrides a variable, a variable overrides a default.
enum ProcessEnvironment {
    private static let secrets = [
        "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "SERVICE_USERNAME_PRODUCT_DATA",
        "SERVICE_PASSWORD_PRODUCT_DATA", "SESSION_SECRETS",
    ]

    static func load(
        overriding options: [String: String] = [:],
        defaults: [String: String?] = [:]
    ) throws(ConfigurationError) -> ServiceEnvironment {
        ServiceEnvironment(try values(overriding: options, defaults: defaults))
    }

    static func values(
        overriding options: [String: String] = [:],
        defaults: [String: String?] = [:]
    ) throws(ConfigurationError) -> [String: String] {
        var values = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
        for name in secrets where values[name] == nil {
            guard let path = values[name + "_FILE"] else { continue }
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw ConfigurationError("\(name)_FILE: cannot read '\(path)'")
            }
            values[name] = String(decoding: data, as: UTF8.self).trimmingLineEnds()
        }
        for (name, value) in defaults where values[name] == nil { values[name] = value }
        return values.merging(options) { _, option in option }
    }
}

extension String {
    fileprivate func trimmingLineEnds() -> String {
        var text = self[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }
}
