import SQLTypes

/// JSON: construction from values, access to parts (->, ->>, #>, #>>).
enum JSONFunctions {
    static func register(in registry: inout FunctionRegistry) {
        for symbol in ["to_json", "to_jsonb"] {
            registry.add(symbol) { (a, _) throws(SQLError) in .string(text(a[0])) }
        }
        for symbol in ["json_build_object", "jsonb_build_object"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                guard a.count % 2 == 0 else {
                    throw SQLError(
                        .invalidParameterValue,
                        "argument list must have even number of elements",
                        hint: "The arguments of \(symbol)() must consist of alternating keys and values."
                    )
                }
                var result = "{"
                for index in stride(from: 0, to: a.count, by: 2) {
                    if a[index].isNull {
                        throw SQLError(
                            .invalidParameterValue,
                            "argument \(index + 1) cannot be null",
                            hint: "Object keys should be text."
                        )
                    }
                    if index > 0 { result += ", " }
                    result += quoted(TextFunctions.anyText(a[index], environment))
                    result += (symbol == "json_build_object" ? " : " : ": ") + text(a[index + 1])
                }
                return .string(result + "}")
            }
        }
        for symbol in ["json_build_array", "jsonb_build_array"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .string("[" + a.map { text($0) }.joined(separator: ", ") + "]")
            }
        }
        registerAccess(in: &registry)
    }

    private static func registerAccess(in registry: inout FunctionRegistry) {
        for prefix in ["json", "jsonb"] {
            registry.add("\(prefix)_object_field") { (a, _) throws(SQLError) in
                JSONAccess.member(a[0].octets, a[1].octets).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_object_field_text") { (a, _) throws(SQLError) in
                JSONAccess.member(a[0].octets, a[1].octets).flatMap(JSONAccess.shown).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_array_element") { (a, _) throws(SQLError) in
                JSONAccess.element(a[0].octets, a[1].integer).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_array_element_text") { (a, _) throws(SQLError) in
                JSONAccess.element(a[0].octets, a[1].integer).flatMap(JSONAccess.shown).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_extract_path") { (a, _) throws(SQLError) in
                follow(a[0].octets, a[1]).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_extract_path_text") { (a, _) throws(SQLError) in
                follow(a[0].octets, a[1]).flatMap(JSONAccess.shown).map { .text($0) } ?? .null
            }
            registry.add("\(prefix)_typeof") { (a, _) throws(SQLError) in .string(JSONAccess.kind(a[0].octets)) }
            registry.add("\(prefix)_array_length") { (a, _) throws(SQLError) in
                if let count = JSONAccess.count(a[0].octets) { return .int(Int64(count)) }
                let isObject = JSONAccess.kind(a[0].octets) == "object"
                throw SQLError(
                    .invalidParameterValue,
                    "cannot get array length of a \(isObject ? "non-array" : "scalar")"
                )
            }
        }
    }

    /// The value at the end of a path; nil if a step leads nowhere or is null.
    private static func follow(_ document: [UInt8], _ path: Value) -> [UInt8]? {
        var current = document
        for step in path.asArray?.elements ?? [] {
            guard !step.isNull, let next = JSONAccess.step(current, step.octets) else { return nil }
            current = next
        }
        return current
    }

    static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .float(let value):
            value.isFinite
                ? SQLType.float8.text(.float(value)) ?? "null" : "\"\(SQLType.float8.text(.float(value)) ?? "")\""
        case .numeric: SQLType.numeric.text(value) ?? "null"
        case .text(let bytes): quoted(String(decoding: bytes, as: UTF8.self))
        case .timestamp: quoted((SQLType.timestamp.text(value) ?? "").split(separator: " ").joined(separator: "T"))
        case .date: quoted(SQLType.date.text(value) ?? "")
        case .time: quoted(SQLType.time.text(value) ?? "")
        case .interval: quoted(SQLType.interval.text(value) ?? "")
        case .uuid: quoted(SQLType.uuid.text(value) ?? "")
        case .bytes: quoted(SQLType.bytea.text(value) ?? "")
        case .array(let array): "[" + array.elements.map { text($0) }.joined(separator: ",") + "]"
        case .record(let fields):
            "{" + fields.enumerated().map { "\"f\($0 + 1)\":\(text($1.value))" }.joined(separator: ",") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{c}": result += "\\f"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
