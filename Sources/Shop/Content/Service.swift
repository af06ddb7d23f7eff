import Hummingbird
import ServiceLifecycle
import ServiceRuntime

/// Content: the catalog's pictures.
///
///     CONTENT_PATH=/srv/pictures                               a directory (the default, needs no network)
///     APPS_ECOMMERCE_CONTENT_BASE_PATH=https://bucket/folder   an HTTP base, cached with validation
public struct ContentService: Service {
    public struct Configuration: Sendable {
        public enum Source: Sendable, Equatable {
            case directory(String)
            /// An `http` or `https` URL without a slash at its end.
            case upstream(String)
        }

        public var service: ServiceConfiguration
        public var source: Source

        public init(service: ServiceConfiguration, source: Source) {
            self.service = service
            self.source = source
        }

        /// The original's variable wins; either may name a directory or an HTTP base.
        public init(environment: ServiceEnvironment) throws(ConfigurationError) {
            let name = environment.string("APPS_ECOMMERCE_CONTENT_BASE_PATH") ?? environment.string("CONTENT_PATH")
            guard let name else {
                throw ConfigurationError("CONTENT_PATH: the directory of the catalog's pictures is needed")
            }
            self.init(
                service: try ServiceConfiguration(name: "content", environment: environment),
                source: Self.source(name)
            )
        }

        /// What a setting means: text that begins with `http://` or `https://` is a base, anything else a directory.
        public static func source(_ text: String) -> Source {
            var text = text
            while text.count > 1, text.hasSuffix("/") { text.removeLast() }
            let isBase = text.lowercased().hasPrefix("http://") || text.lowercased().hasPrefix("https://")
            return isBase ? .upstream(text) : .directory(text)
        }
    }

    let http: HTTPService

    public init(
        configuration: Configuration,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        let repository: any ContentRepository
        switch configuration.source {
        case .directory(let path): repository = DirectoryContentRepository(path)
        case .upstream(let base): repository = HTTPContentRepository(base: base, client: resources.httpClient)
        }
        self.init(configuration, resources, repository: repository, onRunning: onRunning)
    }

    init(
        _ configuration: Configuration,
        _ resources: ServiceResources,
        repository: any ContentRepository,
        onRunning: @escaping HTTPService.OnRunning = { _ in }
    ) {
        http = HTTPService(
            configuration: configuration.service,
            resources: resources,
            routes: contentRoutes(repository),
            checks: [ReadinessCheck("content") { try await repository.ping() }],
            onRunning: onRunning
        )
    }

    public func run() async throws {
        try await http.run()
    }
}
