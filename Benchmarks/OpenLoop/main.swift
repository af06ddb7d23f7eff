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
    fputs("openloop: \(error.text)\n\(Options.usage)\n", stderr)
    exit(2)
} catch let error as ClientError {
    fputs("openloop: \(error.text)\n", stderr)
    exit(1)
}
