import ServiceRuntime

/// The services behind the gateway: a fixed map, so a path can choose among them and never name a host.
struct UpstreamMap: Sendable {
    private let upstreams: [String: Upstream]

    init(_ endpoints: [String: Endpoint]) {
        upstreams = Dictionary(
            uniqueKeysWithValues: endpoints.map { ($0.key, Upstream(name: $0.key, endpoint: $0.value)) }
        )
    }

    subscript(_ name: String) -> Upstream? { upstreams[name] }

    /// How long a service may take until its answer begins. Checkout waits for payment, which takes up to a second by
    /// design and may be asked twice.
    static func deadline(for name: String) -> Duration {
        switch name {
        case "checkout": .seconds(15)
        case "payment": .seconds(8)
        default: .seconds(5)
        }
    }
}
