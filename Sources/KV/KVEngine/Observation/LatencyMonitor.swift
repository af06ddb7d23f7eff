/// LATENCY: the last samples of what took longer than `latency-monitor-threshold`, by event.
struct LatencyMonitor {
    struct Sample {
        let seconds: Int64
        var milliseconds: Int64
    }

    struct Event {
        /// Oldest first, at most 160; one for each second.
        var samples: [Sample] = []
        var longest: Int64 = 0
    }

    private static let mostSamples = 160

    /// Milliseconds; 0 for never.
    var threshold: Int64 = 0
    private(set) var events: [String: Event] = [:]

    mutating func add(_ name: String, seconds: Int64, milliseconds: Int64) {
        guard threshold > 0, milliseconds >= threshold else { return }
        var event = events[name] ?? Event()
        event.longest = max(event.longest, milliseconds)
        if let last = event.samples.last, last.seconds == seconds {
            event.samples[event.samples.count - 1].milliseconds = max(last.milliseconds, milliseconds)
        } else {
            event.samples.append(Sample(seconds: seconds, milliseconds: milliseconds))
            if event.samples.count > Self.mostSamples { event.samples.removeFirst() }
        }
        events[name] = event
    }

    mutating func remove(_ name: String) -> Bool { events.removeValue(forKey: name) != nil }

    /// The report of LATENCY DOCTOR.
    func report(now: Int64) -> String {
        guard threshold > 0 else {
            return """
                I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \
                "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. If we weren't in a deep \
                space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.

                """
        }
        guard !events.isEmpty else {
            return """
                Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest \
                bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.

                """
        }
        var text = "Events that took at least \(threshold) ms:\n\n"
        for (number, (name, event)) in events.sorted(by: { $0.key < $1.key }).enumerated() {
            let mean = event.samples.reduce(0) { $0 + $1.milliseconds } / Int64(max(1, event.samples.count))
            let ago = now - (event.samples.last?.seconds ?? now)
            text +=
                "\(number + 1). \(name): \(event.samples.count) samples, mean \(mean) ms, longest \(event.longest) ms, "
            text += "last \(ago) s ago.\n"
        }
        return text + "\nSLOWLOG GET shows the requests.\n"
    }

    /// A drawing of an event's samples, each a column of up to four lines.
    func graph(_ name: String, _ event: Event, now: Int64) -> String {
        let values = event.samples.map(\.milliseconds)
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        var text = "\(name) - high \(high) ms, low \(low) ms (all time high \(event.longest) ms)\n"
        text += String(repeating: "-", count: 80) + "\n"
        let levels = values.map { high == low ? 3 : Int(($0 - low) * 3 / (high - low)) }
        for line in stride(from: 3, through: 0, by: -1) {
            text += levels.map { $0 == line ? "#" : $0 > line ? "|" : " " }.joined() + "\n"
        }
        return text + event.samples.map { "\(now - $0.seconds)s" }.joined(separator: " ") + "\n"
    }
}
