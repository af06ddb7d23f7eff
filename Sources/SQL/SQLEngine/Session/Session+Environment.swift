// What functions may ask of the session they run in.

import SQLStorage
import SQLTypes

extension Session: EvaluationEnvironment {
    public var transactionTimestamp: Int64 { transaction == nil ? statementStart : transactionStart }
    public var statementTimestamp: Int64 { statementStart }
    public var clockTimestamp: Int64 { engine.configuration.clock() }

    /// splitmix64 over a state of the session, so that setseed makes a series repeat.
    public func randomUInt64() -> UInt64 {
        randomState = randomState &+ 0x9E37_79B9_7F4A_7C15
        var word = randomState
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
    public func seedRandom(_ seed: Double) { randomState = seed.bitPattern }

    public var textContext: TextContext {
        if let cachedTextContext, cachedTextContext.version == parameters.values.version {
            var context = cachedTextContext.context
            context.now = transactionTimestamp
            return context
        }
        let values = parameters.values
        var context = TextContext(now: transactionTimestamp)
        let style = values.value("DateStyle") ?? "ISO, MDY"
        context.dateStyle =
            style.hasPrefix("SQL")
            ? .sql : style.hasPrefix("Postgres") ? .postgres : style.hasPrefix("German") ? .german : .iso
        context.dateOrder =
            style.hasSuffix("DMY") ? .dayMonthYear : style.hasSuffix("YMD") ? .yearMonthDay : .monthDayYear
        switch values.value("IntervalStyle") {
        case "postgres_verbose": context.intervalStyle = .postgresVerbose
        case "sql_standard": context.intervalStyle = .sqlStandard
        case "iso_8601": context.intervalStyle = .iso8601
        default: context.intervalStyle = .postgres
        }
        context.byteaOutput = values.value("bytea_output") == "escape" ? .escape : .hex
        context.extraFloatDigits = values.value("extra_float_digits").flatMap { Int($0) } ?? 1
        context.zoneOffset = values.value("TimeZone").flatMap { RunTimeParameters.zoneOffset($0) } ?? 0
        cachedTextContext = (parameters.values.version, context)
        return context
    }

    public var databaseName: String { currentDatabase.name }
    public var currentUser: String { user }
    public var sessionUser: String { user }

    public var searchPath: [String] {
        let text = parameters.values.value("search_path") ?? ""
        var result: [String] = []
        var name = ""
        var isQuoted = false
        func finish() {
            let trimmed = name
            name = ""
            if !trimmed.isEmpty { result.append(trimmed == "$user" ? user : trimmed) }
        }
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: finish()
            case " " where !isQuoted: continue
            default: name.append(isQuoted ? character : Character(character.lowercased()))
            }
        }
        finish()
        return result
    }

    public var backendProcessID: Int32 { identifier }
    public func parameter(_ name: String) -> String? {
        switch name.lowercased() {
        case "transaction_isolation": return isolation.rawValue
        case "transaction_read_only": return isReadOnly ? "on" : "off"
        default: return parameters.values.value(name)
        }
    }
    public func setParameter(_ name: String, _ value: String, isLocal: Bool) throws(SQLError) {
        try parameters.values.set(name, value, isLocal: isLocal)
    }
    public var allParameters: [(name: String, value: String)] {
        RunTimeParameters.allNames.map { ($0, parameter($0) ?? "") }
    }
    public var sequenceValues: SessionSequences { sequences }

    public func storageSize(of relation: OID) -> Int64 {
        switch catalog.relations[relation] {
        case .table(let table): Int64((table.storage as? TableStore)?.storageBytes ?? 0)
        case .index(let index): Int64((index.storage as? TableIndex)?.byteCount ?? 0)
        default: 0
        }
    }
    public func rowEstimate(of relation: OID) -> Double {
        switch catalog.relations[relation] {
        case .table(let table): Double((table.storage as? TableStore)?.liveRows ?? 0)
        case .index(let index): Double((index.storage as? TableIndex)?.entryCount ?? 0)
        default: 0
        }
    }
    public var transactionID: UInt64 { engine.manager.identify(ensureTransaction()) }

    public var activity:
        [(pid: Int32, user: String, database: String, application: String, state: String, query: String)]
    {
        engine.liveSessions.map { other in
            let state: String
            switch other.block {
            case _ where other === self: state = "active"
            case .none: state = "idle"
            case .explicit: state = "idle in transaction"
            case .failed: state = "idle in transaction (aborted)"
            }
            return (
                other.identifier, other.user, other.currentDatabase.name,
                other.parameters.values.value("application_name") ?? "", state,
                other.activityQuery
            )
        }
    }
}
