import Glibc
import KVEngine
import RESP

/// INFO: redis's sections and field names, filled with what this server knows.
///
/// Fields of parts that do not exist here are left out, but for the few that common clients and dashboards insist on.
struct Info {
    static let defaultSections = [
        "server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules", "errorstats",
        "cluster", "keyspace",
    ]
    /// With those that are only shown when asked for.
    static let allSections = [
        "server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules", "commandstats",
        "errorstats", "latencystats", "cluster", "keyspace",
    ]

    let core: ServerCore

    /// The text of the sections asked for; all the usual ones when `names` is empty.
    func text(_ names: [String], _ engine: borrowing Engine) -> String {
        var wanted = names.isEmpty ? Info.defaultSections : names.map { $0.lowercased() }
        if wanted.contains("all") || wanted.contains("everything") {
            wanted = Info.allSections
        } else if wanted.contains("default") {
            wanted += Info.defaultSections
        }
        var parts: [String] = []
        for section in Info.allSections where wanted.contains(section) {
            let (title, fields) = fields(of: section, engine)
            parts.append("# \(title)\r\n" + fields.map { "\($0.0):\($0.1)\r\n" }.joined())
        }
        return parts.joined(separator: "\r\n")
    }

    private func fields(of name: String, _ engine: borrowing Engine) -> (String, [(String, String)]) {
        switch name {
        case "server": ("Server", server())
        case "clients": ("Clients", clients(engine))
        case "memory": ("Memory", memory(engine))
        case "persistence": ("Persistence", persistence(engine))
        case "stats": ("Stats", stats(engine))
        case "replication": ("Replication", replication())
        case "cpu": ("CPU", cpu())
        case "modules": ("Modules", [])
        case "commandstats": ("Commandstats", commandStatistics(engine))
        case "errorstats":
            ("Errorstats", engine.errorCounts.sorted { $0.key < $1.key }.map { ("errorstat_\($0)", "count=\($1)") })
        case "latencystats": ("Latencystats", latencies(engine))
        case "cluster": ("Cluster", [("cluster_enabled", "0")])
        default: ("Keyspace", keyspace(engine))
        }
    }

    private func server() -> [(String, String)] {
        let now = core.loop.wallMilliseconds
        let uptime = (now - core.startedAt) / 1000
        var system = utsname()
        uname(&system)
        let kernel = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let machine = withUnsafeBytes(of: &system.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return [
            ("redis_version", "7.0.15"), ("redis_git_sha1", "00000000"), ("redis_git_dirty", "0"),
            ("redis_build_id", "emporium"), ("redis_mode", "standalone"), ("emporium_version", "0.1.0"),
            ("os", "Linux \(kernel) \(machine)"), ("arch_bits", "64"),
            ("monotonic_clock", "POSIX clock_gettime"), ("multiplexing_api", "epoll"),
            ("atomicvar_api", "Synchronization"), ("gcc_version", "0.0.0"), ("process_id", "\(getpid())"),
            ("process_supervised", "no"), ("run_id", core.runIdentifier), ("tcp_port", "\(core.port)"),
            ("server_time_usec", "\(core.loop.wallMicroseconds)"), ("uptime_in_seconds", "\(uptime)"),
            ("uptime_in_days", "\(uptime / 86400)"), ("hz", "10"), ("configured_hz", core.directives.text("hz")),
            ("lru_clock", "\((now / 1000) & 0xFF_FFFF)"), ("executable", Process.executable),
            ("config_file", core.configuration.file ?? ""),
            ("io_threads_active", "0"),
        ]
    }

    private func clients(_ engine: borrowing Engine) -> [(String, String)] {
        let replicas = core.clients.values.count { $0.session.isReplica }
        return [
            ("connected_clients", "\(core.clients.count - replicas)"), ("cluster_connections", "0"),
            ("maxclients", "\(core.directives.maximumClients)"),
            ("client_recent_max_input_buffer", "0"), ("client_recent_max_output_buffer", "0"),
            ("blocked_clients", "\(core.clients.values.count { $0.session.isBlocked })"),
            ("tracking_clients", "\(engine.trackingCounts.clients)"),
            ("clients_in_timeout_table", "0"),
        ]
    }

    private func memory(_ engine: borrowing Engine) -> [(String, String)] {
        let allocated = core.usedMemory(engine)
        let resident = Info.residentBytes()
        core.traffic.peakMemory = max(core.traffic.peakMemory, allocated)
        let peak = core.traffic.peakMemory
        let total = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let startup = core.startMemory
        let backlog = core.backlogMemory
        let overhead = engine.otherMemory + core.clientMemory(ofReplicas: true) + engine.tableMemory
        let limit = engine.settings.maxMemory
        func percent(_ part: Int, _ whole: Int) -> String { Info.ratio(part * 100, whole) + "%" }
        return [
            ("used_memory", "\(allocated)"), ("used_memory_human", Info.human(allocated)),
            ("used_memory_rss", "\(resident)"), ("used_memory_rss_human", Info.human(resident)),
            ("used_memory_peak", "\(peak)"), ("used_memory_peak_human", Info.human(peak)),
            ("used_memory_peak_perc", percent(allocated, peak)), ("used_memory_overhead", "\(overhead)"),
            ("used_memory_startup", "\(startup)"),
            ("used_memory_dataset", "\(max(0, allocated - overhead))"),
            ("used_memory_dataset_perc", percent(max(0, allocated - overhead), max(1, allocated - startup))),
            ("allocator_allocated", "\(allocated)"), ("allocator_active", "\(allocated)"),
            ("allocator_resident", "\(resident)"), ("total_system_memory", "\(total)"),
            ("total_system_memory_human", Info.human(total)),
        ] + scripting(engine.scriptingFigures) + [
            ("maxmemory", "\(limit)"),
            ("maxmemory_human", Info.human(limit)), ("maxmemory_policy", engine.settings.evictionPolicy.name),
            ("allocator_frag_ratio", "1.00"), ("allocator_frag_bytes", "0"),
            ("allocator_rss_ratio", Info.ratio(resident, allocated)),
            ("allocator_rss_bytes", "\(resident - allocated)"), ("rss_overhead_ratio", "1.00"),
            ("rss_overhead_bytes", "0"), ("mem_fragmentation_ratio", Info.ratio(resident, allocated)),
            ("mem_fragmentation_bytes", "\(resident - allocated)"),
            ("mem_not_counted_for_evict", "\(core.clientMemory(ofReplicas: true))"),
            ("mem_replication_backlog", "\(backlog)"), ("mem_total_replication_buffers", "\(backlog)"),
            ("mem_clients_slaves", "\(core.clientMemory(ofReplicas: true))"),
            ("mem_clients_normal", "\(core.clientMemory(ofReplicas: false))"), ("mem_cluster_links", "0"),
            ("mem_aof_buffer", "0"), ("mem_allocator", "libc"), ("active_defrag_running", "0"),
            ("lazyfree_pending_objects", "\(engine.freeCounts.pending)"),
            ("lazyfreed_objects", "\(engine.freeCounts.freed)"),
        ]
    }

    private func scripting(_ figures: Engine.ScriptingFigures) -> [(String, String)] {
        let vm = figures.evaluatorMemory + figures.functionMemory
        let texts = figures.scriptBytes + figures.functionBytes
        return [
            ("used_memory_lua", "\(figures.evaluatorMemory)"), ("used_memory_vm_eval", "\(figures.evaluatorMemory)"),
            ("used_memory_lua_human", Info.human(figures.evaluatorMemory)),
            ("used_memory_scripts_eval", "\(figures.scriptBytes)"),
            ("number_of_cached_scripts", "\(figures.scripts)"), ("number_of_functions", "\(figures.functions)"),
            ("number_of_libraries", "\(figures.libraries)"),
            ("used_memory_vm_functions", "\(figures.functionMemory)"), ("used_memory_vm_total", "\(vm)"),
            ("used_memory_vm_total_human", Info.human(vm)), ("used_memory_functions", "\(figures.functionBytes)"),
            ("used_memory_scripts", "\(texts)"), ("used_memory_scripts_human", Info.human(texts)),
        ]
    }

    private func persistence(_ engine: borrowing Engine) -> [(String, String)] {
        [
            ("loading", "0"), ("async_loading", "0"), ("current_cow_peak", "0"), ("current_cow_size", "0"),
            ("current_cow_size_age", "0"), ("current_fork_perc", "0.00"), ("current_save_keys_processed", "0"),
            ("current_save_keys_total", "0"), ("rdb_changes_since_last_save", "\(engine.dirty)"),
            ("rdb_bgsave_in_progress", "0"), ("rdb_last_save_time", "\(core.startedAt / 1000)"),
            ("rdb_last_bgsave_status", "ok"), ("rdb_last_bgsave_time_sec", "-1"),
            ("rdb_current_bgsave_time_sec", "-1"), ("rdb_saves", "0"), ("rdb_last_cow_size", "0"),
            ("rdb_last_load_keys_expired", "0"), ("rdb_last_load_keys_loaded", "0"), ("aof_enabled", "0"),
            ("aof_rewrite_in_progress", "0"), ("aof_rewrite_scheduled", "0"), ("aof_last_rewrite_time_sec", "-1"),
            ("aof_current_rewrite_time_sec", "-1"), ("aof_last_bgrewrite_status", "ok"), ("aof_rewrites", "0"),
            ("aof_rewrites_consecutive_failures", "0"), ("aof_last_write_status", "ok"), ("aof_last_cow_size", "0"),
            ("module_fork_in_progress", "0"), ("module_fork_last_cow_size", "0"),
        ]
    }

    private func stats(_ engine: borrowing Engine) -> [(String, String)] {
        let statistics = engine.statistics
        let traffic = core.traffic
        func rate(_ bytes: Int64) -> String { Info.ratio(Int(bytes), 1024) }
        return [
            ("total_connections_received", "\(traffic.connectionsReceived)"),
            ("total_commands_processed", "\(statistics.commandsProcessed)"),
            ("instantaneous_ops_per_sec", "\(core.cron.operationsPerSecond)"),
            ("total_net_input_bytes", "\(traffic.inputBytes)"),
            ("total_net_output_bytes", "\(traffic.outputBytes)"),
            ("total_net_repl_input_bytes", "\(traffic.replicationInput)"),
            ("total_net_repl_output_bytes", "\(traffic.replicationOutput)"),
            ("instantaneous_input_kbps", rate(core.cron.inputPerSecond)),
            ("instantaneous_output_kbps", rate(core.cron.outputPerSecond)),
            ("instantaneous_input_repl_kbps", rate(core.cron.replicationInputPerSecond)),
            ("instantaneous_output_repl_kbps", rate(core.cron.replicationOutputPerSecond)),
            ("rejected_connections", "\(traffic.connectionsRejected)"),
        ] + core.replicationStatistics + [
            ("expired_keys", "\(statistics.expiredKeys)"),
            ("expired_stale_perc", Info.decimal(statistics.staleShare * 100, digits: 2)),
            ("expired_time_cap_reached_count", "\(statistics.expiryTimeouts)"),
            ("expire_cycle_cpu_milliseconds", "\(statistics.expiryNanoseconds / 1_000_000)"),
            ("evicted_keys", "\(statistics.evictedKeys)"), ("evicted_clients", "\(statistics.evictedClients)"),
            ("total_eviction_exceeded_time", "\(engine.exceededTimes.total)"),
            ("current_eviction_exceeded_time", "\(engine.exceededTimes.current)"),
            ("keyspace_hits", "\(statistics.keyspaceHits)"), ("keyspace_misses", "\(statistics.keyspaceMisses)"),
            ("pubsub_channels", "\(engine.subscriptionCounts.channels)"),
            ("pubsub_patterns", "\(engine.subscriptionCounts.patterns)"),
            ("pubsubshard_channels", "\(engine.subscriptionCounts.shards)"), ("latest_fork_usec", "0"),
            ("total_forks", "0"), ("migrate_cached_sockets", "0"), ("slave_expires_tracked_keys", "0"),
            ("active_defrag_hits", "0"), ("active_defrag_misses", "0"), ("active_defrag_key_hits", "0"),
            ("active_defrag_key_misses", "0"), ("total_active_defrag_time", "0"), ("current_active_defrag_time", "0"),
            ("tracking_total_keys", "\(engine.trackingCounts.keys)"),
            ("tracking_total_items", "\(engine.trackingCounts.items)"),
            ("tracking_total_prefixes", "\(engine.trackingCounts.prefixes)"),
            ("unexpected_error_replies", "0"), ("total_error_replies", "\(statistics.errorReplies)"),
            ("dump_payload_sanitizations", "0"), ("total_reads_processed", "\(traffic.reads)"),
            ("total_writes_processed", "\(traffic.writes)"), ("io_threaded_reads_processed", "0"),
            ("io_threaded_writes_processed", "0"), ("reply_buffer_shrinks", "0"), ("reply_buffer_expands", "0"),
        ]
    }

    private func replication() -> [(String, String)] { core.replicationFields }

    private func commandStatistics(_ engine: borrowing Engine) -> [(String, String)] {
        engine.commandStatistics.map { row in
            let mean = Info.decimal(row.calls == 0 ? 0 : Double(row.microseconds) / Double(row.calls), digits: 2)
            return (
                "cmdstat_\(row.name)",
                """
                calls=\(row.calls),usec=\(row.microseconds),usec_per_call=\(mean),rejected_calls=\(row.rejected),\
                failed_calls=\(row.failed)
                """
            )
        }
    }

    private func latencies(_ engine: borrowing Engine) -> [(String, String)] {
        guard engine.keepsHistograms else { return [] }
        let texts = core.directives.text("latency-tracking-info-percentiles").split(separator: " ").map(String.init)
        let percentiles = texts.compactMap(Double.init)
        guard percentiles.count == texts.count else { return [] }
        return engine.latencies(percentiles: percentiles).map { name, microseconds in
            let values = zip(texts, microseconds).map { "p\($0)=\(Info.decimal($1, digits: 3))" }
            return ("latency_percentiles_usec_\(name)", values.joined(separator: ","))
        }
    }

    /// A number with a fixed count of decimals.
    static func decimal(_ value: Double, digits: Int) -> String {
        var factor = 1
        for _ in 0..<digits { factor *= 10 }
        let scaled = Int((value * Double(factor)).rounded())
        return "\(scaled / factor)." + String(String(factor + scaled % factor).dropFirst())
    }

    private func cpu() -> [(String, String)] {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> String {
            "\(time.tv_sec)." + String(String(1_000_000 + Int(time.tv_usec)).dropFirst())
        }
        var children = rusage()
        getrusage(Int32(RUSAGE_CHILDREN.rawValue), &children)
        var thread = rusage()
        // RUSAGE_THREAD, which the overlay hides.
        getrusage(1, &thread)
        return [
            ("used_cpu_sys", seconds(usage.ru_stime)), ("used_cpu_user", seconds(usage.ru_utime)),
            ("used_cpu_sys_children", seconds(children.ru_stime)),
            ("used_cpu_user_children", seconds(children.ru_utime)),
            ("used_cpu_sys_main_thread", seconds(thread.ru_stime)),
            ("used_cpu_user_main_thread", seconds(thread.ru_utime)),
        ]
    }

    private func keyspace(_ engine: borrowing Engine) -> [(String, String)] {
        var fields: [(String, String)] = []
        for index in 0..<engine.databaseCount {
            let counts = engine.keyCounts(database: index)
            if counts.keys > 0 {
                fields.append(("db\(index)", "keys=\(counts.keys),expires=\(counts.expiring),avg_ttl=0"))
            }
        }
        return fields
    }

    // MARK: Numbers

    /// Resident pages of this process, in bytes.
    static func residentBytes() -> Int { statm(1) }

    private static func statm(_ column: Int) -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let columns = text.split(separator: " ")
        guard column < columns.count, let pages = Int(columns[column]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// `1.50M`
    static func human(_ bytes: Int) -> String {
        let units: [(Int, String)] = [(1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")]
        for (size, letter) in units where bytes >= size { return ratio(bytes, size) + letter }
        return "\(bytes)B"
    }

    /// A quotient with two decimals.
    static func ratio(_ a: Int, _ b: Int) -> String {
        guard b > 0 else { return "0.00" }
        let hundredths = Int((Double(a) * 100 / Double(b)).rounded())
        return "\(hundredths / 100)." + String(String(100 + hundredths % 100).dropFirst())
    }
}

extension ServerCommands {
    /// INFO [section …]
    func info(_ engine: inout Engine, _ call: Call) {
        var names: [String] = []
        for index in 1..<max(1, call.count) { names.append(call[index].string) }
        engine.reply.verbatim(string: Info(core: server).text(names, engine))
    }
}
