/// The environment a role was started in, read by name, with errors a person can act on.
///
///     SERVICE_HOST_CART_DATA=cart-data  SERVICE_PORT_CART_DATA=6379   ──▶   Endpoint("cart-data", 6379)
///
/// Invariant: nobody else in the shop looks at the process's environment; an empty variable counts as absent.
public struct ServiceEnvironment: Sendable {
    private let values: [String: String]

    /// `ProcessInfo`-free on purpose: the caller hands the variables in, so tests and `emporium up` can build their own.
    public init(_ values: [String: String]) {
        self.values = values
    }

    public func string(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A whole number within `range`; nil when the variable is absent.
    public func int(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name): '\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// A time in seconds, such as `0.5`; nil when the variable is absent.
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

    /// Where the peer called `service` listens: `SERVICE_HOST_<SERVICE>` and `SERVICE_PORT_<SERVICE>`.
    public func endpoint(_ service: String, defaultPort: Int) throws(ConfigurationError) -> Endpoint {
        let suffix = service.uppercased().replacing("-", with: "_")
        let port = try int("SERVICE_PORT_" + suffix, in: 1...65535) ?? defaultPort
        return Endpoint(host: string("SERVICE_HOST_" + suffix) ?? service, port: port)
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
