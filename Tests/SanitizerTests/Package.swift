// swift-tools-version: 6.1
// The key-value server alone, as a process like redis-server, so that a build under a sanitizer takes a minute:
// `run` beside this file makes those builds and attacks them. The targets are those of the package above, by a link.
import PackageDescription

let package = Package(
    name: "emporium-sanitizers",
    dependencies: [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")],
    targets: [
        .target(name: "CLinux", path: "Sources/Common/CLinux"),
        .target(name: "Bytes", path: "Sources/Common/Bytes"),
        .target(
            name: "COpenSSL",
            path: "Sources/Common/COpenSSL",
            linkerSettings: [.linkedLibrary(":libssl.a"), .linkedLibrary(":libcrypto.a")]
        ),
        .target(name: "Net", dependencies: ["CLinux", "COpenSSL", "Bytes"], path: "Sources/Common/Net"),
        .target(name: "RESP", dependencies: ["Bytes"], path: "Sources/KV/RESP"),
        .target(
            name: "CLua",
            path: "Sources/KV/CLua",
            linkerSettings: [.linkedLibrary(":liblua5.1.a"), .linkedLibrary("m")]
        ),
        .target(name: "KVEngine", dependencies: ["CLinux", "CLua", "Bytes", "RESP"], path: "Sources/KV/KVEngine"),
        .target(
            name: "KVReplication",
            dependencies: ["Bytes", "Net", "RESP", "KVEngine"],
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
        .executableTarget(name: "kv-server", dependencies: ["KVServer"], path: "Main"),
    ],
    swiftLanguageModes: [.v6]
)
