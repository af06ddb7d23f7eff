import SQLTypes

/// The session and the server: version, current_…, settings, sleep-free administration functions, sizes.
enum SystemFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registry.add("pgsql_version") { (_, environment) throws(SQLError) in
            .string(
                "PostgreSQL \(environment.parameter("server_version") ?? "15.0") (Emporium) on x86_64-pc-linux-gnu, 64-bit"
            )
        }
        for name in ["current_user", "session_user", "current_database", "current_schema"] {
            registry.add(name) { (_, environment) throws(SQLError) in try valueFunction(name, environment) }
        }
        registry.add("current_schemas") { (a, environment) throws(SQLError) in
            let catalog = environment.catalog
            var names = environment.searchPath.filter { catalog.schema(named: $0, in: environment.database) != nil }
            if a[0].boolean, !names.contains("pg_catalog") { names.insert("pg_catalog", at: 0) }
            return .array(SQLArray(elementType: .name, names.map { .string($0) }))
        }
        registry.add("pg_backend_pid") { (_, environment) throws(SQLError) in .int(Int64(environment.backendProcessID))
        }
        for symbol in ["show_config_by_name", "show_config_by_name_missing_ok"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                if let value = environment.parameter(a[0].swiftString) { return .string(value) }
                if a.count > 1, a[1].boolean { return .null }
                throw SQLError(
                    .undefinedObject,
                    "unrecognized configuration parameter \"\(a[0].swiftString)\""
                )
            }
        }
        registry.add("set_config_by_name") { (a, environment) throws(SQLError) in
            if a[0].isNull { throw SQLError(.nullValueNotAllowed, "SET requires parameter name") }
            try environment.setParameter(a[0].swiftString, a[1].swiftString, isLocal: a[2].boolean)
            return environment.parameter(a[0].swiftString).map { .string($0) } ?? a[1]
        }
        registry.add("pg_is_in_recovery") { (_, _) throws(SQLError) in .bool(false) }
        for symbol in ["pg_current_xact_id", "pg_current_xact_id_if_assigned"] {
            registry.add(symbol) { (_, environment) throws(SQLError) in
                .int(Int64(bitPattern: environment.transactionID))
            }
        }
        registry.add("pg_typeof") { (_, _) throws(SQLError) in
            throw SQLError(.featureNotSupported, "function pg_typeof is not supported")
        }
        for symbol in ["pg_table_size", "pg_total_relation_size", "pg_relation_size", "pg_indexes_size"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                .int(environment.storageSize(of: OID(truncatingIfNeeded: a[0].integer)))
            }
        }
        for symbol in ["pg_database_size_oid", "pg_database_size_name"] {
            registry.add(symbol) { (_, environment) throws(SQLError) in
                .int(
                    environment.catalog.relations.values.reduce(Int64(0)) {
                        if case .table(let table) = $1 { $0 + environment.storageSize(of: table.oid) } else { $0 }
                    }
                )
            }
        }
        registry.add("pg_size_pretty") { (a, _) throws(SQLError) in
            let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
            var size = a[0].integer
            var unit = 0
            // Halves round away from zero; a unit serves up to 10 (for bytes) or 20 times 1024 of the next smaller.
            var isDoubled = false
            while unit < units.count - 1 {
                let limit: Int64 = isDoubled ? 20 * 1024 - 1 : 10 * 1024
                if size.magnitude < UInt64(limit) { break }
                size = isDoubled ? size / 1024 : size / 512
                isDoubled = true
                unit += 1
            }
            if isDoubled { size = (size + (size < 0 ? -1 : 1)) / 2 }
            return .string("\(size) \(units[unit])")
        }
        registry.add("PG_encoding_to_char") { (a, _) throws(SQLError) in
            .string(a[0].integer == 6 ? "UTF8" : a[0].integer == 0 ? "SQL_ASCII" : "")
        }
        registry.add("getdatabaseencoding") { (_, _) throws(SQLError) in .string("UTF8") }
        registry.add("pg_client_encoding") { (_, _) throws(SQLError) in .string("UTF8") }
        // Advisory locks guard nothing between sessions of one thread's statements but must be releasable.
        registry.add("pg_advisory_unlock_all") { (_, _) throws(SQLError) in .null }
        registry.add("gen_random_uuid") { (_, environment) throws(SQLError) in
            let high = environment.randomUInt64() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
            let low = environment.randomUInt64() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
            return .uuid(UUID(high: high, low: low))
        }
        for symbol in ["pg_num_nulls", "pg_num_nonnulls"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let nulls = a.reduce(0) { $0 + ($1.isNull ? 1 : 0) }
                return .int(Int64(symbol == "pg_num_nulls" ? nulls : a.count - nulls))
            }
        }
    }

    /// CURRENT_DATE and its kin, and the functions of the same names.
    static func valueFunction(_ name: String, _ environment: any EvaluationEnvironment) throws(SQLError) -> Value {
        let now = environment.transactionTimestamp
        let local = now &+ Int64(environment.textContext.zoneOffset) * DateTime.microsecondsPerSecond
        switch name {
        case "current_date": return .date(Int32(truncatingIfNeeded: DateTime.split(timestamp: local).days))
        case "current_timestamp": return .timestamp(now)
        case "localtimestamp": return .timestamp(local)
        case "localtime": return .time(DateTime.split(timestamp: local).time)
        case "current_user": return .string(environment.currentUser)
        case "session_user": return .string(environment.sessionUser)
        case "current_database": return .string(environment.databaseName)
        case "current_schema":
            let catalog = environment.catalog
            let found = environment.searchPath.first { catalog.schema(named: $0, in: environment.database) != nil }
            return found.map { .string($0) } ?? .null
        default: throw SQLError(.featureNotSupported, "\(name) is not supported")
        }
    }
}
