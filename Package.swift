// swift-tools-version: 6.1
// The manifest is the first diagram: layers from the bottom up, each target with the arrows it may have.
// ARCHITECTURE.md says what each module is for; Tests/TidyTests checks that the arrows stay as drawn.
import PackageDescription

let package = Package(
    name: "emporium",
    products: [
        .executable(name: "emporium", targets: ["emporium"]),
        // What Benchmarks/ measures and its client speaks; embedding products come with an issue of their own.
        .library(name: "RESP", targets: ["RESP"]),
        .library(
            name: "HotPathModules",
            targets: ["Bytes", "RESP", "KVEngine", "SQLTypes", "SQLSyntax", "SQLEngine", "Commerce"]
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        // Without its trait FullFoundation, which would link 31 MB of language data that nothing here asks for.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Common: what both data servers stand on.
        .target(name: "CLinux", path: "Sources/Common/CLinux"),
        .target(name: "Bytes", path: "Sources/Common/Bytes"),
        // Linked into the executable, so that it runs where no OpenSSL is installed.
        .target(
            name: "COpenSSL",
            path: "Sources/Common/COpenSSL",
            linkerSettings: [.linkedLibrary(":libssl.a"), .linkedLibrary(":libcrypto.a")]
        ),
        .target(name: "Net", dependencies: ["CLinux", "COpenSSL", "Bytes"], path: "Sources/Common/Net"),

        // KV: the Redis-compatible data server and its client.
        .target(name: "RESP", dependencies: ["Bytes"], path: "Sources/KV/RESP"),
        // Debian's Lua is linked statically: the executable needs nothing of it where it runs.
        .target(
            name: "CLua",
            path: "Sources/KV/CLua",
            linkerSettings: [.linkedLibrary(":liblua5.1.a"), .linkedLibrary("m")]
        ),
        .target(name: "KVEngine", dependencies: ["CLinux", "CLua", "Bytes", "RESP"], path: "Sources/KV/KVEngine"),
        .target(
            name: "KVReplication",
            dependencies: [
                "Bytes", "Net", "RESP", "KVEngine",
            ],
            path: "Sources/KV/KVReplication"
        ),
        .target(
            name: "KVServer",
            dependencies: [
                "CLinux", "Bytes", "Net", "RESP", "KVEngine", "KVReplication",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/KV/KVServer"
        ),
        .target(
            name: "KVClient",
            dependencies: [
                "RESP", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/KV/KVClient"
        ),

        // SQL: the PostgreSQL-compatible data server and its client.
        .target(name: "SQLTypes", dependencies: ["Bytes"], path: "Sources/SQL/SQLTypes"),
        .target(name: "SQLSyntax", path: "Sources/SQL/SQLSyntax"),
        .target(name: "SQLStorage", dependencies: ["Bytes"], path: "Sources/SQL/SQLStorage"),
        .target(
            name: "SQLEngine",
            dependencies: [
                "Bytes", "SQLTypes", "SQLSyntax", "SQLStorage",
            ],
            path: "Sources/SQL/SQLEngine"
        ),
        .target(
            name: "PGWire",
            dependencies: [
                "Bytes", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/SQL/PGWire"
        ),
        .target(
            name: "SQLServer",
            dependencies: [
                "Bytes", "Net", "SQLTypes", "SQLEngine", "PGWire", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/SQL/SQLServer"
        ),
        .target(
            name: "SQLClient",
            dependencies: [
                "PGWire", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/SQL/SQLClient"
        ),

        // Shop: vocabulary, what every service needs, and the seven services.
        .target(name: "Commerce", path: "Sources/Shop/Commerce"),
        .target(
            name: "ServiceRuntime",
            dependencies: [
                "Commerce", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/ServiceRuntime"
        ),
        .target(
            name: "APIGateway",
            dependencies: [
                "ServiceRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/APIGateway"
        ),
        .target(
            name: "Cart",
            dependencies: [
                "KVClient", "Commerce", "ServiceRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/Cart"
        ),
        .target(
            name: "Checkout",
            dependencies: [
                "Commerce", "ServiceRuntime", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/Checkout"
        ),
        .target(
            name: "Content",
            dependencies: [
                "ServiceRuntime", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/Content"
        ),
        .target(
            name: "Payment",
            dependencies: [
                "Commerce", "ServiceRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/Payment"
        ),
        .target(
            name: "Product",
            dependencies: [
                "SQLClient", "Commerce", "ServiceRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/Product"
        ),
        .target(
            name: "WebGateway",
            dependencies: [
                "KVClient", "Commerce", "ServiceRuntime", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Shop/WebGateway"
        ),

        // The one executable.
        .executableTarget(
            name: "emporium",
            dependencies: [
                "Net", "KVServer", "KVClient", "SQLServer", "SQLClient", "ServiceRuntime", "APIGateway", "Cart",
                "Checkout", "Content", "Payment", "Product", "WebGateway",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/emporium"
        ),

        // Tests, a mirror of the sources.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"], path: "Tests/BytesTests"),
        .testTarget(name: "NetTests", dependencies: ["Bytes", "Net"], path: "Tests/NetTests"),
        .testTarget(name: "RESPTests", dependencies: ["Bytes", "RESP"], path: "Tests/RESPTests"),
        .testTarget(
            name: "KVEngineTests",
            dependencies: ["Bytes", "RESP", "KVEngine", "TestSupport"],
            path: "Tests/KVEngineTests"
        ),
        .testTarget(
            name: "KVServerTests",
            dependencies: [
                "Bytes", "RESP", "KVEngine", "KVReplication", "KVServer", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/KVServerTests"
        ),
        .testTarget(
            name: "KVClientTests",
            dependencies: [
                "RESP", "KVClient", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/KVClientTests"
        ),
        .testTarget(name: "SQLTypesTests", dependencies: ["Bytes", "SQLTypes"], path: "Tests/SQLTypesTests"),
        .testTarget(name: "SQLSyntaxTests", dependencies: ["SQLSyntax"], path: "Tests/SQLSyntaxTests"),
        .testTarget(name: "SQLStorageTests", dependencies: ["SQLStorage"], path: "Tests/SQLStorageTests"),
        .testTarget(name: "PGWireTests", dependencies: ["Bytes", "PGWire"], path: "Tests/PGWireTests"),
        .testTarget(
            name: "SQLServerTests",
            dependencies: [
                "PGWire", "SQLServer", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/SQLServerTests"
        ),
        .testTarget(
            name: "SQLClientTests",
            dependencies: [
                "SQLClient", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/SQLClientTests"
        ),
        .testTarget(name: "CommerceTests", dependencies: ["Commerce"], path: "Tests/CommerceTests"),
        .testTarget(
            name: "ServiceRuntimeTests",
            dependencies: [
                "Commerce", "ServiceRuntime", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ServiceRuntimeTests"
        ),
        .testTarget(
            name: "APIGatewayTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "APIGateway",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/APIGatewayTests"
        ),
        .testTarget(
            name: "CartTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "Cart", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/CartTests"
        ),
        .testTarget(
            name: "CheckoutTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "Checkout", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/CheckoutTests"
        ),
        .testTarget(
            name: "ContentTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "Content",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ContentTests"
        ),
        .testTarget(
            name: "PaymentTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "Payment", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/PaymentTests"
        ),
        .testTarget(
            name: "ProductTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "Product", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/ProductTests"
        ),
        .testTarget(
            name: "WebGatewayTests",
            dependencies: [
                "Commerce", "ServiceRuntime", "WebGateway", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/WebGatewayTests"
        ),
    ],
    swiftLanguageModes: [.v6]
)
