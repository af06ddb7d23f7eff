import Benchmark
import HotPaths

// Each hot path's time, for a person who optimises it: `swift package benchmark` in this package. No test looks at times;
// what a test holds are the instruction counts (Benchmarks/count-instructions).
let benchmarks: @Sendable () -> Void = {
    for path in HotPath.all {
        Benchmark(
            path.name.replacing("/", with: "-"),
            configuration: .init(
                metrics: [.wallClock, .cpuTotal, .throughput],
                scalingFactor: .kilo,
                maxDuration: .seconds(2)
            )
        ) { benchmark in
            let run = path.prepare()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { run(1) }
            benchmark.stopMeasurement()
        }
    }
}
