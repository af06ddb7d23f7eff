// Run-time parameters (SET, SHOW, RESET): names, defaults, checks, and their fate with the transaction.
//
//     effective value = SET LOCAL ?? SET of this transaction ?? value of the session ?? default
//     COMMIT keeps SET and forgets SET LOCAL; ROLLBACK forgets both; savepoints remember both

import SQLTypes

struct RunTimeParameters {
    enum Kind {
        case text
        case bool
        case integer(ClosedRange<Int64>, unit: String?)
        case real
        case choice([String])
        /// Shown, never set.
        case readOnly
    }
    struct Definition {
        var name: String
        var value: String
        var kind: Kind
        var isReported = false
    }

    static let definitions: [String: Definition] = {
        var all: [String: Definition] = [:]
        func add(_ name: String, _ value: String, _ kind: Kind, reported: Bool = false) {
            all[name.lowercased()] = Definition(name: name, value: value, kind: kind, isReported: reported)
        }
        add("server_version", "15.14", .readOnly, reported: true)
        add("server_version_num", "150014", .readOnly)
        add("server_encoding", "UTF8", .readOnly, reported: true)
        add("client_encoding", "UTF8", .text, reported: true)
        add("DateStyle", "ISO, MDY", .text, reported: true)
        add(
            "IntervalStyle",
            "postgres",
            .choice(["postgres", "postgres_verbose", "sql_standard", "iso_8601"]),
            reported: true
        )
        add("TimeZone", "UTC", .text, reported: true)
        add("integer_datetimes", "on", .readOnly, reported: true)
        add("standard_conforming_strings", "on", .bool, reported: true)
        add("application_name", "", .text, reported: true)
        add("is_superuser", "on", .readOnly, reported: true)
        add("session_authorization", "", .text, reported: true)
        add("in_hot_standby", "off", .readOnly, reported: true)
        add("default_transaction_read_only", "off", .bool, reported: true)
        add(
            "default_transaction_isolation",
            "read committed",
            .choice(["serializable", "repeatable read", "read committed", "read uncommitted"])
        )
        add("default_transaction_deferrable", "off", .bool)
        add(
            "transaction_isolation",
            "read committed",
            .choice(["serializable", "repeatable read", "read committed", "read uncommitted"])
        )
        add("transaction_read_only", "off", .bool)
        add("transaction_deferrable", "off", .bool)
        add("search_path", "\"$user\", public", .text)
        add("extra_float_digits", "1", .integer(-15...3, unit: nil))
        add("bytea_output", "hex", .choice(["hex", "escape"]))
        add("statement_timeout", "0", .integer(0...2_147_483_647, unit: "ms"))
        add("lock_timeout", "0", .integer(0...2_147_483_647, unit: "ms"))
        add("idle_in_transaction_session_timeout", "0", .integer(0...2_147_483_647, unit: "ms"))
        add("idle_session_timeout", "0", .integer(0...2_147_483_647, unit: "ms"))
        add("deadlock_timeout", "1s", .text)
        add(
            "client_min_messages",
            "notice",
            .choice(["debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "notice", "warning", "error"])
        )
        add("log_statement", "none", .text)
        add("log_min_messages", "warning", .text)
        add("work_mem", "4MB", .text)
        add("maintenance_work_mem", "64MB", .text)
        add("shared_buffers", "128MB", .text)
        add("effective_cache_size", "4GB", .text)
        add("max_connections", "100", .readOnly)
        add("max_identifier_length", "63", .readOnly)
        add("max_index_keys", "32", .readOnly)
        add("block_size", "8192", .readOnly)
        add("data_checksums", "off", .readOnly)
        add("wal_level", "replica", .readOnly)
        add("lc_collate", "C", .readOnly)
        add("lc_ctype", "C.UTF-8", .readOnly)
        add("lc_messages", "C", .text)
        add("lc_monetary", "C", .text)
        add("lc_numeric", "C", .text)
        add("lc_time", "C", .text)
        add("default_text_search_config", "pg_catalog.simple", .text)
        add("default_tablespace", "", .text)
        add("temp_tablespaces", "", .text)
        add("default_table_access_method", "heap", .text)
        add("default_toast_compression", "pglz", .choice(["pglz", "lz4"]))
        add("synchronous_commit", "on", .choice(["on", "off", "local", "remote_write", "remote_apply"]))
        add("session_replication_role", "origin", .choice(["origin", "replica", "local"]))
        add("row_security", "on", .bool)
        add("check_function_bodies", "on", .bool)
        add("xmloption", "content", .choice(["content", "document"]))
        add("backslash_quote", "safe_encoding", .text)
        add("escape_string_warning", "on", .bool)
        add("quote_all_identifiers", "off", .bool)
        add("jit", "off", .bool)
        add("max_parallel_workers_per_gather", "0", .integer(0...1024, unit: nil))
        add("random_page_cost", "4", .real)
        add("seq_page_cost", "1", .real)
        add("geqo", "on", .bool)
        add("plan_cache_mode", "auto", .choice(["auto", "force_generic_plan", "force_custom_plan"]))
        add("gin_fuzzy_search_limit", "0", .integer(0...2_147_483_647, unit: nil))
        add("password_encryption", "scram-sha-256", .choice(["md5", "scram-sha-256"]))
        add("ssl", "off", .readOnly)
        add("port", "5432", .readOnly)
        add("role", "none", .text)
        for name in [
            "enable_bitmapscan", "enable_hashagg", "enable_hashjoin", "enable_indexonlyscan", "enable_indexscan",
            "enable_material", "enable_mergejoin", "enable_nestloop", "enable_seqscan", "enable_sort", "enable_tidscan",
            "synchronize_seqscans", "array_nulls", "transform_null_equals", "exit_on_error", "fsync", "autovacuum",
        ] {
            add(name, name == "transform_null_equals" || name == "exit_on_error" ? "off" : "on", .bool)
        }
        return all
    }()

    private var initial: [String: String] = [:]
    private var base: [String: String] = [:]
    private(set) var pending: [String: String] = [:]
    private(set) var local: [String: String] = [:]
    /// Counts changes, so that derived settings can be kept.
    private(set) var version = 0

    func value(_ name: String) -> String? {
        let key = name.lowercased()
        return local[key] ?? pending[key] ?? base[key] ?? initial[key] ?? RunTimeParameters.definitions[key]?.value
    }

    /// A value of the start-up packet (RESET goes back to it).
    mutating func setInitial(_ name: String, _ value: String) throws(SQLError) {
        let key = name.lowercased()
        initial[key] = try RunTimeParameters.checked(key, value, fromClient: true)
        version += 1
    }

    /// A value the session itself decides.
    mutating func force(_ name: String, _ value: String) {
        initial[name.lowercased()] = value
        version += 1
    }

    mutating func set(_ name: String, _ value: String?, isLocal: Bool) throws(SQLError) {
        let key = name.lowercased()
        let checked: String
        if let value {
            checked = try RunTimeParameters.checked(key, value, fromClient: true)
        } else {
            _ = try RunTimeParameters.checked(key, nil, fromClient: true)
            checked = initial[key] ?? RunTimeParameters.definitions[key]?.value ?? ""
        }
        if isLocal {
            local[key] = checked
        } else {
            pending[key] = checked
            local[key] = nil
        }
        version += 1
    }

    mutating func resetAll() {
        for key in Set(base.keys).union(pending.keys) where key != "session_authorization" && key != "role" {
            pending[key] = initial[key] ?? RunTimeParameters.definitions[key]?.value ?? ""
        }
        local.removeAll()
        version += 1
    }

    mutating func commit() {
        guard !pending.isEmpty || !local.isEmpty else { return }
        base.merge(pending) { _, new in new }
        pending.removeAll()
        local.removeAll()
        version += 1
    }

    mutating func rollback() { restore(([:], [:])) }

    var mark: ([String: String], [String: String]) { (pending, local) }
    mutating func restore(_ mark: ([String: String], [String: String])) {
        guard !pending.isEmpty || !local.isEmpty || !mark.0.isEmpty || !mark.1.isEmpty else { return }
        pending = mark.0
        local = mark.1
        version += 1
    }

    /// Canonical names of all parameters, sorted.
    static var allNames: [String] { definitions.values.map(\.name).sorted { $0.lowercased() < $1.lowercased() } }

    static func unknown(_ name: String) -> SQLError {
        SQLError(.undefinedObject, "unrecognized configuration parameter \"\(name)\"")
    }

    private static func checked(_ key: String, _ value: String?, fromClient: Bool) throws(SQLError) -> String {
        guard let definition = definitions[key] else {
            // Names with a dot are the client's own.
            if key.contains("."), !key.hasPrefix("."), !key.hasSuffix(".") { return value ?? "" }
            throw unknown(key)
        }
        if case .readOnly = definition.kind {
            throw SQLError("55P02", "parameter \"\(definition.name)\" cannot be changed")
        }
        guard let value else { return definition.value }
        func invalid(_ hint: String? = nil) -> SQLError {
            SQLError(
                .invalidParameterValue,
                "invalid value for parameter \"\(definition.name)\": \"\(value)\"",
                hint: hint
            )
        }
        switch key {
        case "client_encoding":
            let folded = value.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "'" && $0 != " " }
            guard ["utf8", "unicode", "sqlascii"].contains(folded) else {
                throw invalid()
            }
            return folded == "sqlascii" ? "SQL_ASCII" : "UTF8"
        case "datestyle":
            var style = "ISO"
            var order = "MDY"
            for part in value.split(separator: ",") {
                switch part.filter({ $0 != " " && $0 != "\"" }).lowercased() {
                case "iso": style = "ISO"
                case "sql": style = "SQL"
                case "postgres": style = "Postgres"
                case "german":
                    style = "German"
                    order = "DMY"
                case "mdy", "us", "noneuro", "noneuropean": order = "MDY"
                case "dmy", "euro", "european": order = "DMY"
                case "ymd": order = "YMD"
                case "default": break
                default: throw invalid()
                }
            }
            return "\(style), \(order)"
        case "timezone": return try timeZone(value)
        default: break
        }
        switch definition.kind {
        case .text, .readOnly: return value
        case .bool:
            switch value.lowercased() {
            case "on", "true", "yes", "1", "t", "y", "tr", "tru", "ye": return "on"
            case "off", "false", "no", "0", "f", "n", "of", "fa", "fal", "fals": return "off"
            default:
                throw SQLError(.invalidParameterValue, "parameter \"\(definition.name)\" requires a Boolean value")
            }
        case .choice(let choices):
            let folded = value.lowercased()
            guard choices.contains(folded) else {
                throw invalid("Available values: \(choices.joined(separator: ", ")).")
            }
            return folded
        case .real:
            guard let number = Double(value), number.isFinite else { throw invalid() }
            return number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : String(number)
        case .integer(let range, let unit):
            guard let number = integer(value, unit: unit) else { throw invalid() }
            guard range.contains(number) else {
                let suffix = unit.map { " \($0)" } ?? ""
                throw SQLError(
                    .invalidParameterValue,
                    "\(number)\(suffix) is outside the valid range for parameter \"\(definition.name)\" (\(range.lowerBound) .. \(range.upperBound))"
                )
            }
            return shown(number, unit: unit)
        }
    }

    private static func integer(_ text: String, unit: String?) -> Int64? {
        let trimmed = text.filter { $0 != " " }
        if let number = Int64(trimmed) { return number }
        guard unit == "ms" else { return nil }
        for (suffix, factor) in [("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000), ("d", 86_400_000)]
            as [(String, Int64)]
        where trimmed.hasSuffix(suffix) {
            guard let number = Int64(trimmed.dropLast(suffix.count)) else { continue }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return nil
    }

    private static func shown(_ number: Int64, unit: String?) -> String {
        guard unit == "ms", number > 0 else { return String(number) }
        for (suffix, factor) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)] as [(String, Int64)]
        where number % factor == 0 {
            return "\(number / factor)\(suffix)"
        }
        return "\(number)ms"
    }

    /// Milliseconds of a time parameter.
    func milliseconds(_ name: String) -> Int64 {
        value(name).flatMap { RunTimeParameters.integer($0, unit: "ms") } ?? 0
    }

    private static func timeZone(_ value: String) throws(SQLError) -> String {
        let folded = value.lowercased()
        if ["utc", "gmt", "etc/utc", "etc/gmt", "zulu", "z", "universal", "uct", "default", "localtime", "local"]
            .contains(folded)
        {
            return folded == "utc" || folded == "default" || folded == "local" ? "UTC" : value
        }
        if zoneOffset(value) != nil { return value }
        throw SQLError(.invalidParameterValue, "invalid value for parameter \"TimeZone\": \"\(value)\"")
    }

    /// Seconds east of UTC of `<+02>-02`, `+02`, `-5`, `02:00`; nil for names with rules.
    static func zoneOffset(_ value: String) -> Int32? {
        switch value.lowercased() {
        case "utc", "gmt", "etc/utc", "etc/gmt", "zulu", "z", "universal", "uct": return 0
        default: break
        }
        var text = Substring(value)
        if text.hasPrefix("<"), let end = text.firstIndex(of: ">") {
            text = text[text.index(after: text.startIndex)..<end]
        }
        var sign: Int32 = 1
        if text.hasPrefix("-") {
            sign = -1
            text = text.dropFirst()
        } else if text.hasPrefix("+") {
            text = text.dropFirst()
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let hours = Int32(parts[0]), (0...15).contains(hours) else { return nil }
        var minutes: Int32 = 0
        if parts.count == 2 {
            guard let given = Int32(parts[1]), (0...59).contains(given) else { return nil }
            minutes = given
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
