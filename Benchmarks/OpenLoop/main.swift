// A load at a fixed rate, and the latencies it met, corrected for coordinated omission by construction.
// Prints one line of JSON: counts, and percentiles in microseconds.
import Glibc
import Histogram

do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    var client = try Client(options)
    try client.run()
    let percentiles = [50.0, 90, 99, 99.9, 99.99, 100].map { percentile in
        "\"p\(percentile)\": \(Double(client.latencies.valueAtPercentile(percentile)) / 1000)"
    }
    print(
        "{\"rate\": \(options.rate), \"answered\": \(client.answered), \"failed\": \(client.failed), \(percentiles.joined(separator: ", "))}"
    )
} catch let error as OptionsError {
    end("openloop: \(error.text)\n\(Options.usage)", status: 2)
} catch let error as ClientError {
    end("openloop: \(error.text)", status: 1)
}

/// Ends with a line for people.
func end(_ line: String, status: Int32) -> Never {
    _ = Array((line + "\n").utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(status)
}
