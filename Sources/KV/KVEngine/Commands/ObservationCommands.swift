import Bytes
import RESP

/// What the server tells of the requests it runs: SLOWLOG, LATENCY, MONITOR.
enum ObservationCommands {
    // MARK: SLOWLOG

    /// SLOWLOG GET [count]
    static func get(_ engine: inout Engine, _ call: Call) {
        guard call.count <= 3 else { return engine.wrongSubcommandUse(call) }
        var count = 10
        if call.count == 3 {
            guard let wanted = ASCII.parseInt64(call[2].buffer), wanted >= -1 else {
                return engine.fail("ERR count should be greater than or equal to -1")
            }
            count = wanted < 0 ? Int.max : Int(wanted)
        }
        let entries = engine.timing.slowLog.entries.suffix(count).reversed()
        engine.reply.array(entries.count)
        for entry in entries {
            engine.reply.array(6)
            engine.reply.integer(entry.identifier)
            engine.reply.integer(entry.seconds)
            engine.reply.integer(entry.microseconds)
            engine.reply.array(entry.arguments.count)
            for argument in entry.arguments { engine.reply.bulk(argument) }
            engine.reply.bulk(string: entry.address)
            engine.reply.bulk(entry.name)
        }
    }

    /// SLOWLOG LEN
    static func length(_ engine: inout Engine, _ call: Call) {
        engine.reply.integer(engine.timing.slowLog.entries.count)
    }

    /// SLOWLOG RESET
    static func reset(_ engine: inout Engine, _ call: Call) {
        engine.timing.slowLog.removeAll()
        engine.reply.ok()
    }

    // MARK: LATENCY

    /// LATENCY LATEST
    static func latest(_ engine: inout Engine, _ call: Call) {
        let events = engine.timing.latency.events.sorted { $0.key < $1.key }
        engine.reply.array(events.count)
        for (name, event) in events {
            engine.reply.array(4)
            engine.reply.bulk(string: name)
            engine.reply.integer(event.samples.last?.seconds ?? 0)
            engine.reply.integer(event.samples.last?.milliseconds ?? 0)
            engine.reply.integer(event.longest)
        }
    }

    /// LATENCY HISTORY event
    static func history(_ engine: inout Engine, _ call: Call) {
        let samples = engine.timing.latency.events[call[2].string]?.samples ?? []
        engine.reply.array(samples.count)
        for sample in samples {
            engine.reply.array(2)
            engine.reply.integer(sample.seconds)
            engine.reply.integer(sample.milliseconds)
        }
    }

    /// LATENCY RESET [event …]
    static func resetLatency(_ engine: inout Engine, _ call: Call) {
        let names =
            call.count > 2 ? (2..<call.count).map { call[$0].string } : Array(engine.timing.latency.events.keys)
        var removed = 0
        for name in names where engine.timing.latency.remove(name) { removed += 1 }
        engine.reply.integer(removed)
    }

    /// LATENCY GRAPH event
    static func graph(_ engine: inout Engine, _ call: Call) {
        guard let event = engine.timing.latency.events[call[2].string] else {
            return engine.fail(Array("ERR No samples available for event '".utf8) + call[2].array + [39])
        }
        engine.reply.verbatim(string: engine.timing.latency.graph(call[2].string, event, now: engine.now / 1000))
    }

    /// LATENCY DOCTOR
    static func doctor(_ engine: inout Engine, _ call: Call) {
        engine.reply.verbatim(string: engine.timing.latency.report(now: engine.now / 1000))
    }

    /// LATENCY HISTOGRAM [command …]
    static func histogram(_ engine: inout Engine, _ call: Call) {
        var found: [(String, Int64, Histogram)] = []
        func add(_ record: UnsafeMutablePointer<CommandTable.Record>) {
            if let histogram = record.pointee.histogram, histogram.total > 0 {
                found.append((record.pointee.fullName, record.pointee.calls, histogram))
            }
            guard let base = record.pointee.subcommands.baseAddress else { return }
            for index in record.pointee.subcommands.indices { add(base + index) }
        }
        if call.count > 2 {
            for index in 2..<call.count {
                if let record = engine.commands.record(named: call[index]) { add(record) }
            }
        } else if let base = engine.commands.records.baseAddress {
            for index in engine.commands.records.indices { add(base + index) }
        }
        engine.reply.map(found.count)
        for (name, calls, histogram) in found {
            engine.reply.bulk(string: name)
            engine.reply.map(2)
            engine.reply.bulk("calls")
            engine.reply.integer(calls)
            engine.reply.bulk("histogram_usec")
            let steps = histogram.distribution
            engine.reply.map(steps.count)
            for step in steps {
                engine.reply.integer(step.microseconds)
                engine.reply.integer(step.count)
            }
        }
    }

    // MARK: MONITOR

    /// MONITOR
    static func monitor(_ engine: inout Engine, _ call: Call) {
        if engine.deniesBlocking { return engine.fail("ERR MONITOR isn't allowed for DENY BLOCKING client") }
        engine.startMonitoring(call.session)
        engine.reply.ok()
    }

    // MARK: HELP

    static func help(_ engine: inout Engine, _ call: Call) {
        engine.help(
            "SLOWLOG",
            [
                "GET [<count>]", "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
                "    Entries are made of:",
                "    id, timestamp, time in microseconds, arguments array, client IP and port,", "    client name",
                "LEN",
                "    Return the length of the slowlog.", "RESET", "    Reset the slowlog.",
            ],
            call
        )
    }

    static func latencyHelp(_ engine: inout Engine, _ call: Call) {
        engine.help(
            "LATENCY",
            [
                "DOCTOR", "    Return a human readable latency analysis report.", "GRAPH <event>",
                "    Return an ASCII latency graph for the <event> class.", "HISTORY <event>",
                "    Return time-latency samples for the <event> class.", "LATEST",
                "    Return the latest latency samples for all events.", "RESET [<event> ...]",
                "    Reset latency data of one or more <event> classes.",
                "    (default: reset all data for all event classes)", "HISTOGRAM [COMMAND ...]",
                """
                    Return a cumulative distribution of latencies in the format of a histogram for the specified \
                command names.
                """, "    If no commands are specified then all histograms are replied.",
            ],
            call
        )
    }
}
