import KVEngine

// Changing directives: at start one after the other, by CONFIG SET several at once or none.
extension Directives {
    /// What CONFIG SET could not do.
    enum ChangeError: Error {
        case unknown(String)
        case refused(name: String, reason: String)
    }

    /// A directive's binding, looked for under its name and its older name.
    static func binding(_ row: DirectiveTable.Row, _ all: [Directive]) -> Directive? {
        all.first { $0.name == row.name }
    }

    /// The value as CONFIG GET shows it.
    func value(_ row: DirectiveTable.Row, _ bindings: [Directive], _ engine: borrowing Engine) -> String {
        Self.binding(row, bindings)?.value(self, engine) ?? text(row.name)
    }

    /// One directive as redis.conf writes it. Returns what is wrong with it, or nil.
    mutating func apply(_ row: DirectiveTable.Row, _ values: [String], _ engine: inout Engine) -> String? {
        switch Self.checked(row, values) {
        case .failure(let error): return error.text
        case .success(let text):
            var text = text
            if row.name == "client-output-buffer-limit" { text = Self.merged(limits: text, into: self.text(row.name)) }
            if let change = Self.binding(row, Self.all)?.change, let problem = change(&self, &engine, text) {
                return problem
            }
            if row.name != "hz" { texts[row.name] = text }
            return nil
        }
    }

    /// The values of a directive as one text, if they are what it takes and we can.
    static func checked(_ row: DirectiveTable.Row, _ values: [String]) -> Result<String, DirectiveError> {
        wellFormed(row, values).flatMap { text in
            let refusal = refusals.first { $0.name == row.name && $0.only != text }
            return refusal.map { .failure($0.reason) } ?? .success(text)
        }
    }

    private static func wellFormed(_ row: DirectiveTable.Row, _ values: [String]) -> Result<String, DirectiveError> {
        switch row.kind {
        case .list: return checkedList(row.name, values)
        case .pair:
            guard values.count == 2 else { return .failure("wrong number of arguments") }
            return .success(values[0].lowercased() == "no" ? "" : values.joined(separator: " "))
        default:
            guard values.count == 1 else { return .failure("wrong number of arguments") }
            if row.name == "maxmemory-clients", values[0].hasSuffix("%") {
                guard let percent = Int(values[0].dropLast()), percent >= 0 else {
                    return .failure("argument must be a memory or percent value")
                }
                guard percent <= 100 else { return .failure("percentage argument must be less or equal to 100") }
                return .success(values[0])
            }
            if row.name == "maxmemory-clients" {
                guard let bytes = bytes(values[0]), bytes >= 0 else {
                    return .failure("argument must be a memory or percent value")
                }
                return .success(String(bytes))
            }
            return row.kind.normalise(values[0])
        }
    }

    private static func checkedList(_ name: String, _ values: [String]) -> Result<String, DirectiveError> {
        let values = values.count == 1 ? values[0].split(separator: " ").map(String.init) : values
        switch name {
        case "save":
            guard values.count % 2 == 0, values.allSatisfy({ Int($0).map { $0 >= 0 } ?? false }) else {
                return .failure("Invalid save parameters")
            }
        case "client-output-buffer-limit": return checkedLimits(values)
        case "oom-score-adj-values":
            guard values.count == 3 else { return .failure("wrong number of arguments") }
            guard values.allSatisfy({ Int($0).map { (-2000...2000).contains($0) } ?? false }) else {
                return .failure("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
            }
        case "latency-tracking-info-percentiles":
            for value in values {
                guard let number = Double(value) else {
                    return .failure("Invalid latency-tracking-info-percentiles parameters")
                }
                guard (0...100).contains(number) else {
                    return .failure("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
                }
            }
        case "bind":
            guard values.count <= 16 else { return .failure("Too many bind addresses specified.") }
        default: break
        }
        return .success(values.joined(separator: " "))
    }

    private static func checkedLimits(_ values: [String]) -> Result<String, DirectiveError> {
        guard values.count % 4 == 0, !values.isEmpty else {
            return .failure("Wrong number of arguments in buffer limit configuration.")
        }
        var result: [String] = []
        for index in stride(from: 0, to: values.count, by: 4) {
            let kind = values[index].lowercased() == "replica" ? "slave" : values[index].lowercased()
            guard ["normal", "slave", "pubsub"].contains(kind) else {
                return .failure("Invalid client class specified in buffer limit configuration.")
            }
            guard let hard = bytes(values[index + 1]), let soft = bytes(values[index + 2]),
                let seconds = Int(values[index + 3]), hard >= 0, soft >= 0, seconds >= 0
            else { return .failure("Error in hard, soft or soft_seconds setting in buffer limit configuration.") }
            result += [kind, String(hard), String(soft), String(seconds)]
        }
        return .success(result.joined(separator: " "))
    }

    /// Limits are given class by class: those not given stay as they are.
    private static func merged(limits: String, into old: String) -> String {
        var words = old.split(separator: " ").map(String.init)
        let given = limits.split(separator: " ").map(String.init)
        for index in stride(from: 0, to: given.count - 3, by: 4) {
            guard let place = words.firstIndex(of: given[index]), place + 3 < words.count else { continue }
            words.replaceSubrange(place...place + 3, with: given[index...index + 3])
        }
        return words.joined(separator: " ")
    }

    /// Checks directives without an engine, so that a mistake is found before the process becomes a daemon.
    static func check(_ lines: [ConfigurationLine]) throws(ServerError) {
        for line in lines where line.name != "user" && line.name != "rename-command" {
            if line.name == "sentinel" {
                throw ConfigurationLines.fatal(line, "sentinel directive while not in sentinel mode")
            }
            if line.name == "loadmodule" {
                throw ConfigurationLines.fatal(line, "modules are not provided by emporium")
            }
            guard let row = DirectiveTable.row(named: line.name) else {
                throw ConfigurationLines.fatal(line, "Bad directive or wrong number of arguments")
            }
            if case .failure(let error) = checked(row, Array(line.words.dropFirst())) {
                throw ConfigurationLines.fatal(line, error.text)
            }
        }
        for line in lines where line.name == "user" && line.words.count < 2 {
            throw ConfigurationLines.fatal(line, "Bad directive or wrong number of arguments")
        }
    }

    /// CONFIG SET: all of the pairs or none.
    mutating func change(_ pairs: [(name: String, value: String)], _ engine: inout Engine) throws(ChangeError) {
        var rows: [DirectiveTable.Row] = []
        for (name, _) in pairs {
            guard let row = DirectiveTable.row(named: name) else { throw .unknown(name) }
            switch row.change {
            case .fixed: throw .refused(name: name, reason: "can't set immutable config")
            case .protected: throw .refused(name: name, reason: "can't set protected config")
            case .free: break
            }
            guard !rows.contains(where: { $0.name == row.name }) else {
                throw .refused(name: name, reason: "duplicate parameter")
            }
            rows.append(row)
        }
        let bindings = Self.all
        let before = self
        let old = rows.map { value($0, bindings, engine) }
        for (index, row) in rows.enumerated() {
            guard let problem = apply(row, [pairs[index].value], &engine) else { continue }
            // What was done is undone through the same door, since bindings reach into the engine.
            for done in (0..<index).reversed() { _ = apply(rows[done], [old[done]], &engine) }
            self = before
            throw .refused(name: pairs[index].name, reason: problem)
        }
    }
}
