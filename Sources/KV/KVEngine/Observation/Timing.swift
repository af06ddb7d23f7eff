import RESP

/// How long commands take: for INFO commandstats and latencystats, LATENCY, SLOWLOG.
///
/// The clock is handed in, and is read twice a batch and not twice a command: quick commands of a batch are measured
/// together, and each counts as their mean. What may take long is measured by itself: commands that are not O(1) or
/// O(log n), many arguments, transactions, and everything while the slow log's limit is below a millisecond. When quick
/// commands together take longer than the limit, the one with the longest arguments goes to the slow log.
struct Timing {
    /// Monotonic nanoseconds.
    var clock: () -> Int64 = { 0 }
    /// Microseconds since 1970.
    var wallClock: () -> Int64 = { 0 }
    /// Nanoseconds from which on somebody wants to hear of a command.
    private(set) var limit = Int64.max
    /// Every command is measured by itself.
    private(set) var isExact = false
    var slowLog = SlowLog() { didSet { update() } }
    var latency = LatencyMonitor() { didSet { update() } }
    /// `latency-tracking`
    var keepsHistograms = true

    private mutating func update() {
        let slow =
            slowLog.threshold < 0 ? Int64.max : slowLog.threshold.multipliedReportingOverflow(by: 1000).partialValue
        let monitored =
            latency.threshold <= 0
            ? Int64.max : latency.threshold.multipliedReportingOverflow(by: 1_000_000).partialValue
        let limit = min(slow, monitored)
        if limit != self.limit { self.limit = limit }
        isExact = limit < 1_000_000
    }
}

/// The arguments of a request as the slow log keeps them.
struct SlowLog {
    struct Entry {
        let identifier: Int64
        let seconds: Int64
        let microseconds: Int64
        let arguments: [[UInt8]]
        let address: String
        let name: [UInt8]
    }

    /// `slowlog-log-slower-than`, microseconds; negative for never.
    var threshold: Int64 = 10_000
    /// `slowlog-max-len`
    var maximumLength = 128 { didSet { trim() } }
    /// Oldest first.
    private(set) var entries: [Entry] = []
    private var last: Int64 = -1

    private static let mostArguments = 32
    private static let longestArgument = 128

    mutating func add(_ call: Call, seconds: Int64, microseconds: Int64) {
        var arguments: [[UInt8]] = []
        let shown = call.count > Self.mostArguments ? Self.mostArguments - 1 : call.count
        for index in 0..<shown {
            let argument = call[index]
            if Redaction.hides(index, of: call) {
                arguments.append(Array("(redacted)".utf8))
            } else if argument.count > Self.longestArgument {
                let more = "... (\(argument.count - Self.longestArgument) more bytes)"
                arguments.append(Array(argument.bytes.prefix(Self.longestArgument)) + Array(more.utf8))
            } else {
                arguments.append(argument.array)
            }
        }
        if shown < call.count { arguments.append(Array("... (\(call.count - shown) more arguments)".utf8)) }
        last += 1
        entries.append(
            Entry(
                identifier: last,
                seconds: seconds,
                microseconds: microseconds,
                arguments: arguments,
                address: call.session.address,
                name: call.session.name
            )
        )
        trim()
    }

    private mutating func trim() {
        if entries.count > maximumLength { entries.removeFirst(entries.count - max(0, maximumLength)) }
    }

    mutating func removeAll() { entries = [] }
}

/// Arguments that nobody else may read: passwords.
enum Redaction {
    static func hides(_ index: Int, of call: Call) -> Bool {
        switch call.fullName {
        case "auth": return index > 0
        case "acl|setuser": return index > 1
        case "hello":
            guard index > 2 else { return false }
            return call.isWord(index - 1, "AUTH") || index > 3 && call.isWord(index - 2, "AUTH")
        case "config|set":
            guard index > 2, index % 2 == 1 else { return false }
            return call.isWord(index - 1, "requirepass") || call.isWord(index - 1, "masterauth")
                || call.isWord(index - 1, "masteruser") || call.isWord(index - 1, "tls-key-file-pass")
        default: return false
        }
    }
}

/// Durations of one command in steps of two decimal digits: 256 steps, then 128 for each doubling.
struct Histogram {
    private static let largest: Int64 = 1_000_000_000
    private static let stepCount = Histogram.step(Histogram.largest) + 1
    /// The owner of the command's record frees it.
    let counts: UnsafeMutablePointer<Int64>

    init() {
        counts = .allocate(capacity: Self.stepCount)
        counts.initialize(repeating: 0, count: Self.stepCount)
    }

    func removeAll() { counts.update(repeating: 0, count: Self.stepCount) }

    var total: Int64 { (0..<Self.stepCount).reduce(0) { $0 + counts[$1] } }

    @inline(__always)
    static func step(_ nanoseconds: Int64) -> Int {
        let value = max(0, min(nanoseconds, largest))
        let shift = max(0, 56 - value.leadingZeroBitCount)
        return shift * 128 + Int(value >> Int64(shift))
    }

    /// The largest duration that counts in the same step.
    private static func highest(_ index: Int) -> Int64 {
        if index < 256 { return Int64(index) }
        let shift = Int64(index / 128 - 1)
        return (Int64(index) - shift * 128 + 1) << shift - 1
    }

    /// The duration that `percent` of the commands did not exceed, in nanoseconds.
    func percentile(_ percent: Double) -> Int64 {
        let total = self.total
        let wanted = max(1, Int64((percent / 100 * Double(total)).rounded(.up)))
        var seen: Int64 = 0
        for index in 0..<Self.stepCount {
            seen += counts[index]
            if seen >= wanted { return Self.highest(index) }
        }
        return 0
    }

    /// Microseconds, doubling, and how many commands took at most so long; where the number grows.
    var distribution: [(microseconds: Int64, count: Int64)] {
        let total = self.total
        var steps: [(Int64, Int64)] = []
        var level: Int64 = 1024
        var index = 0
        var seen: Int64 = 0
        while seen < total, index < Self.stepCount {
            let before = seen
            let end = min(Self.step(level), Self.stepCount - 1)
            while index <= end {
                seen += counts[index]
                index += 1
            }
            if seen > before { steps.append((Self.highest(end) / 1000, seen)) }
            level <<= 1
        }
        return steps
    }
}

extension CommandTable.Record {
    /// Counts a run that took `nanoseconds`; `step` is the histogram's, negative for none.
    @inline(__always)
    mutating func count(nanoseconds: Int64, step: Int) {
        self.nanoseconds &+= nanoseconds
        guard step >= 0 else { return }
        if histogram == nil { histogram = Histogram() }
        histogram.unsafelyUnwrapped.counts[step] &+= 1
    }
}

extension Engine {
    /// Clocks: monotonic nanoseconds, and microseconds since 1970.
    public mutating func setClocks(monotonic: @escaping () -> Int64, wall: @escaping () -> Int64) {
        timing.clock = monotonic
        timing.wallClock = wall
    }

    /// A call took so long.
    @inline(__always)
    mutating func count(_ call: Call, nanoseconds: Int64) {
        let step = timing.keepsHistograms ? Histogram.step(nanoseconds) : -1
        call.record.pointee.count(nanoseconds: nanoseconds, step: step)
        if nanoseconds >= timing.limit { noteSlow(call, nanoseconds) }
    }

    /// Quick requests of a batch took so long together.
    @inline(never)
    mutating func count(_ batch: borrowing RequestBatch, _ range: Range<Int>, _ call: inout Call, nanoseconds: Int64) {
        let share = nanoseconds / Int64(range.count)
        let step = timing.keepsHistograms ? Histogram.step(share) : -1
        var longest = range.lowerBound
        var longestBytes = -1
        for index in range {
            guard let record = plans[index].record else { continue }
            record.pointee.count(nanoseconds: share, step: step)
            if nanoseconds >= timing.limit {
                let arguments = batch.arguments(of: batch[index])
                let bytes = (0..<batch[index].count).reduce(0) { $0 + arguments[$1].count }
                if bytes > longestBytes { (longest, longestBytes) = (index, bytes) }
            }
        }
        guard nanoseconds >= timing.limit, let record = plans[longest].record else { return }
        call.record = record
        call.arguments = batch.arguments(of: batch[longest])
        call.count = batch[longest].count
        noteSlow(call, nanoseconds)
    }

    @inline(never)
    private mutating func noteSlow(_ call: Call, _ nanoseconds: Int64) {
        let flags = call.record.pointee.flags
        let microseconds = nanoseconds / 1000
        if timing.slowLog.threshold >= 0, microseconds >= timing.slowLog.threshold, !flags.contains(.skipSlowlog) {
            timing.slowLog.add(call, seconds: now / 1000, microseconds: microseconds)
        }
        timing.latency.add(
            flags.contains(.fast) ? "fast-command" : "command",
            seconds: now / 1000,
            milliseconds: microseconds / 1000
        )
    }
}

extension Engine {
    /// An error is replied: counted by its first word, and for the command that ran.
    @inline(never)
    mutating func noteError(_ text: ByteSlice) {
        statistics.errorReplies += 1
        let word = String(decoding: text.bytes.prefix { $0 != 32 }.prefix(64), as: UTF8.self)
        // Scripts can make up words.
        if errorCounts[word] != nil || errorCounts.count < 128 { errorCounts[word, default: 0] += 1 }
        if !isRejecting { activeSession?.lastCommand?.pointee.failed += 1 }
    }

    /// INFO commandstats: what ran, in the table's order.
    public var commandStatistics: [(name: String, calls: Int64, microseconds: Int64, rejected: Int64, failed: Int64)] {
        var found: [(name: String, calls: Int64, microseconds: Int64, rejected: Int64, failed: Int64)] = []
        forEachRecord { record in
            guard record.calls > 0 || record.rejected > 0 || record.failed > 0 else { return }
            found.append(
                (record.fullName, record.calls, record.nanoseconds / 1000, record.rejected, record.failed)
            )
        }
        return found
    }

    /// INFO latencystats: microseconds that these percents of a command's runs did not exceed.
    public func latencies(percentiles: [Double]) -> [(name: String, microseconds: [Double])] {
        var found: [(name: String, microseconds: [Double])] = []
        forEachRecord { record in
            guard let histogram = record.histogram, histogram.total > 0 else { return }
            found.append((record.fullName, percentiles.map { Double(histogram.percentile($0)) / 1000 }))
        }
        return found
    }

    private func forEachRecord(_ body: (CommandTable.Record) -> Void) {
        for record in commands.records {
            body(record)
            for inner in record.subcommands { body(inner) }
        }
    }

    /// CONFIG RESETSTAT
    public mutating func resetStatistics() {
        statistics = Statistics()
        errorCounts = [:]
        func reset(_ records: UnsafeMutableBufferPointer<CommandTable.Record>) {
            for index in records.indices {
                records[index].calls = 0
                records[index].nanoseconds = 0
                records[index].rejected = 0
                records[index].failed = 0
                records[index].histogram?.removeAll()
                reset(records[index].subcommands)
            }
        }
        reset(commands.records)
    }

    public var slowLogThreshold: Int64 {
        get { timing.slowLog.threshold }
        set { timing.slowLog.threshold = newValue }
    }
    public var slowLogLength: Int {
        get { timing.slowLog.maximumLength }
        set { timing.slowLog.maximumLength = newValue }
    }
    public var latencyThreshold: Int64 {
        get { timing.latency.threshold }
        set { timing.latency.threshold = newValue }
    }
    public var keepsHistograms: Bool {
        get { timing.keepsHistograms }
        set { timing.keepsHistograms = newValue }
    }
}
