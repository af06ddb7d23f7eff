// swift-tools-version: 6.1
// The manifest is the first diagram: layers from the bottom up, each target with the arrows it may have.
// ARCHITECTURE.md says what each module is for; Tests/TidyTests checks that the arrows stay as drawn.
import PackageDescription

let package = Package(
    name: "emporium",
    products: [
        .executable(name: "emporium", targets: ["emporium"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Common: what both data servers stand on.
        .target(name: "CLinux", path: "Sources/Common/CLinux"),
        .target(name: "Bytes", dependencies: ["CLinux"], path: "Sources/Common/Bytes"),
        .target(name: "Net", dependencies: ["Bytes", "CLinux"], path: "Sources/Common/Net"),

        // KV: the Redis-compatible data server and its client.
        .target(name: "RESP", dependencies: ["Bytes"], path: "Sources/KV/RESP"),
        .target(name: "KVEngine", dependencies: ["Bytes", "CLinux", "RESP"], path: "Sources/KV/KVEngine"),
        .target(
            name: "KVReplication",
            dependencies: ["Bytes", "RESP", "KVEngine", "Net"],
            path: "Sources/KV/KVReplication"
        ),
        .target(
            name: "KVServer",
            dependencies: [
                "Bytes", "RESP", "KVEngine", "KVReplication", "Net", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/KV/KVServer"
        ),
        .target(
            name: "KVClient",
            dependencies: [
                "RESP", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/KV/KVClient"
        ),

        // SQL: the PostgreSQL-compatible catalog server and its client.
        .target(name: "SQLTypes", dependencies: ["Bytes"], path: "Sources/SQL/SQLTypes"),
        .target(name: "SQLSyntax", path: "Sources/SQL/SQLSyntax"),
        .target(name: "SQLStorage", dependencies: ["Bytes", "CLinux", "SQLTypes"], path: "Sources/SQL/SQLStorage"),
        .target(
            name: "SQLEngine",
            dependencies: ["Bytes", "SQLTypes", "SQLSyntax", "SQLStorage"],
            path: "Sources/SQL/SQLEngine"
        ),
        .target(
            name: "PGWire",
            dependencies: ["Bytes", .product(name: "Crypto", package: "swift-crypto")],
            path: "Sources/SQL/PGWire"
        ),
        .target(
            name: "SQLServer",
            dependencies: [
                "Bytes", "PGWire", "SQLEngine", "SQLTypes", "Net", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/SQL/SQLServer"
        ),
        .target(
            name: "SQLClient",
            dependencies: [
                "Bytes", "PGWire", "SQLTypes", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/SQL/SQLClient"
        ),

        // Shop: vocabulary, what every service needs, and the seven services.
        .target(name: "Commerce", path: "Sources/Shop/Commerce"),
        .target(
            name: "ServiceRuntime",
            dependencies: [
                "Commerce", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Shop/ServiceRuntime"
        ),
        .target(name: "APIGateway", dependencies: ["Commerce", "ServiceRuntime"], path: "Sources/Shop/APIGateway"),
        .target(name: "Cart", dependencies: ["Commerce", "ServiceRuntime", "KVClient"], path: "Sources/Shop/Cart"),
        .target(name: "Checkout", dependencies: ["Commerce", "ServiceRuntime"], path: "Sources/Shop/Checkout"),
        .target(name: "Payment", dependencies: ["Commerce", "ServiceRuntime"], path: "Sources/Shop/Payment"),
        .target(
            name: "Product",
            dependencies: ["Commerce", "ServiceRuntime", "SQLClient"],
            path: "Sources/Shop/Product"
        ),
        .target(name: "Content", dependencies: ["Commerce", "ServiceRuntime"], path: "Sources/Shop/Content"),
        .target(
            name: "WebGateway",
            dependencies: ["Commerce", "ServiceRuntime", "KVClient"],
            path: "Sources/Shop/WebGateway"
        ),

        // The one executable.
        .executableTarget(
            name: "emporium",
            dependencies: [
                "KVServer", "SQLServer", "Net", "ServiceRuntime", "APIGateway", "Cart", "Checkout", "Payment",
                "Product",
                "Content", "WebGateway",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/emporium"
        ),
    ],
    swiftLanguageModes: [.v6]
)
