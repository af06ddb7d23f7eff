// swift-tools-version: 6.1
// The hot paths of both data servers and of the shop's JSON, measured in process: how many instructions each costs
// (Counted, under callgrind, with thresholds that a test holds) and how long it takes (Microbenchmarks).
import PackageDescription

let package = Package(
    name: "emporium-benchmarks",
    dependencies: [
        .package(name: "emporium", path: ".."),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // Loads and peers of the side-by-side runs in peers/.
        .executableTarget(name: "floor", path: "Floor"),
        .executableTarget(
            name: "openloop",
            dependencies: [
                .product(name: "RESP", package: "emporium"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "OpenLoop"
        ),
        .target(
            name: "HotPaths",
            dependencies: [.product(name: "HotPathModules", package: "emporium")],
            path: "HotPaths"
        ),
        .executableTarget(name: "counted", dependencies: ["HotPaths"], path: "Counted"),
        .executableTarget(
            name: "Microbenchmarks",
            dependencies: ["HotPaths", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/Microbenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
