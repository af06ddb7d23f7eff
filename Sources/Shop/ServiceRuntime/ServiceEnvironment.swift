import Configuration

/// What a role was told, read by name, with errors a person can act on.
///
///     flags ─▶ environment ─▶ file ─▶ defaults of the role ─▶ defaults of `Setting.all`        the first that has it wins
///
///     SERVICE_HOST_CART_DATA=cart-data  SERVICE_PORT_CART_DATA=6379   ──▶   Endpoint("cart-data", 6379)
///
/// Invariants: nobody else in the shop looks at the process's environment; an empty value counts as absent.
public struct ServiceEnvironment: Sendable {
    private let layers: [[String: String]]
    private let reader: ConfigReader

    /// The caller hands the values in, so tests and `emporium up` can build their own.
    public init(_ values: [String: String]) {
        self.init(layers: [values])
    }

    /// - Parameter layers: the most important one first; behind the last one are the defaults of `Setting.all`.
    public init(layers: [[String: String]]) {
        self.layers = layers
        let secrets = Set(Setting.all.filter(\.isSecret).map(\.name))
        reader = ConfigReader(
            providers: (layers + [Setting.defaults]).map { values in
                EnvironmentVariablesProvider(
                    environmentVariables: values.filter { !$0.value.isEmpty },
                    secretsSpecifier: .specific(secrets)
                )
            }
        )
    }

    /// The same with `values` in front of everything.
    public func overridden(by values: [String: String]) -> ServiceEnvironment {
        ServiceEnvironment(layers: [values] + layers)
    }

    /// The same with `values` behind everything but the defaults of `Setting.all`.
    public func defaulting(to values: [String: String?]) -> ServiceEnvironment {
        ServiceEnvironment(layers: layers + [values.compactMapValues(\.self)])
    }

    public func string(_ name: String) -> String? {
        guard let setting = Setting.named[name] else { preconditionFailure("\(name) is not in Setting.all") }
        return reader.string(forKey: ConfigKey([name]), isSecret: setting.isSecret)
    }

    /// A whole number within `range`; nil when it is not set.
    public func int(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name): '\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// A time in seconds, such as `0.5`; nil when it is not set.
    public func seconds(_ name: String) throws(ConfigurationError) -> Duration? {
        guard let text = string(name) else { return nil }
        guard let value = Double(text), value.isFinite, 0...86_400 ~= value else {
            throw ConfigurationError("\(name): '\(text)' is not a time in seconds")
        }
        return .microseconds(Int64(value * 1_000_000))
    }

    /// The items of a comma-separated list, trimmed, without empty ones.
    public func list(_ name: String) -> [String] {
        (string(name) ?? "").split(separator: ",").map { item in
            var item = item
            while item.first == " " { item.removeFirst() }
            while item.last == " " { item.removeLast() }
            return String(item)
        }.filter { !$0.isEmpty }
    }

    /// Where this role listens.
    public func bind(defaultPort: Int) throws(ConfigurationError) -> Endpoint {
        Endpoint(
            host: string("SERVICE_BIND_HOST") ?? "127.0.0.1",
            port: try int("SERVICE_BIND_PORT", in: 0...65535) ?? defaultPort
        )
    }

    /// Where another role is: `SERVICE_HOST_<ROLE>` and `SERVICE_PORT_<ROLE>`.
    public func endpoint(_ role: String) throws(ConfigurationError) -> Endpoint {
        guard let host = string(Setting.hostName(role)), let port = try int(Setting.portName(role), in: 1...65535)
        else {
            preconditionFailure("\(role) has no address in Setting.all")
        }
        return Endpoint(host: host, port: port)
    }
}

/// A host and a TCP port.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets round an IPv6 address.
    public var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A setting that cannot be used: one line for the person who made it.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
