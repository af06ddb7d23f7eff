import SQLTypes

/// All built-in functions, operators and casts, found by name, symbol or type.
///
/// Built once from `FunctionTable` (what PostgreSQL has, for resolution) and the families' bodies (`FunctionRegistry`).
/// Immutable afterwards.
final class FunctionCatalog: Sendable {
    static let shared = FunctionCatalog()

    struct Operator: Sendable {
        let oid: OID
        let name: String
        /// 0: prefix operator.
        let left: OID
        let right: OID
        let result: OID
        let function: BuiltinFunction
    }

    struct Cast: Sendable {
        enum Context: Int, Sendable { case implicit, assignment, explicit }
        enum Method: Sendable {
            case function(BuiltinFunction)
            case relabel
            case textForm
        }
        let source: OID
        let target: OID
        let context: Context
        let method: Method
    }

    private struct TypePair: Hashable, Sendable {
        var source: OID
        var target: OID
    }

    let functions: [String: [BuiltinFunction]]
    let byOID: [OID: BuiltinFunction]
    let operators: [String: [Operator]]
    private let casts: [TypePair: Cast]
    let allCasts: [Cast]
    let allOperators: [Operator]
    let nextval: BuiltinFunction

    private init() {
        var registry = FunctionRegistry()
        ComparisonFunctions.register(in: &registry)
        ArithmeticFunctions.register(in: &registry)
        CastFunctions.register(in: &registry)
        TextFunctions.register(in: &registry)
        PatternFunctions.register(in: &registry)
        DateTimeFunctions.register(in: &registry)
        ArrayFunctions.register(in: &registry)
        JSONFunctions.register(in: &registry)
        SystemFunctions.register(in: &registry)
        CatalogFunctions.register(in: &registry)
        SequenceFunctions.register(in: &registry)
        Aggregates.register(in: &registry)

        var functions: [String: [BuiltinFunction]] = [:]
        var byOID: [OID: BuiltinFunction] = [:]
        for fields in Self.rows(FunctionTable.functions) where fields.count == 6 {
            guard let oid = OID(fields[0]), let result = OID(fields[3]) else { continue }
            let function = Self.makeFunction(oid, fields, result, registry)
            functions[function.name, default: []].append(function)
            byOID[oid] = function
        }
        var operators: [String: [Operator]] = [:]
        var allOperators: [Operator] = []
        for fields in Self.rows(FunctionTable.operators) where fields.count == 6 {
            guard let oid = OID(fields[0]), let left = OID(fields[2]), let right = OID(fields[3]),
                let result = OID(fields[4]), let functionOID = OID(fields[5]), let function = byOID[functionOID]
            else { continue }
            let made = Operator(
                oid: oid,
                name: fields[1],
                left: left,
                right: right,
                result: result,
                function: function
            )
            operators[made.name, default: []].append(made)
            allOperators.append(made)
        }
        var casts: [TypePair: Cast] = [:]
        var allCasts: [Cast] = []
        for fields in Self.rows(FunctionTable.casts) where fields.count == 4 {
            guard let source = OID(fields[0]), let target = OID(fields[1]), let functionOID = OID(fields[2]) else {
                continue
            }
            let marks = Array(fields[3].utf8)
            guard marks.count == 2 else { continue }
            let context: Cast.Context =
                marks[0] == UInt8(ascii: "i") ? .implicit : marks[0] == UInt8(ascii: "a") ? .assignment : .explicit
            let method: Cast.Method
            if let function = byOID[functionOID] {
                method = .function(function)
            } else {
                method = marks[1] == UInt8(ascii: "b") ? .relabel : .textForm
            }
            let made = Cast(source: source, target: target, context: context, method: method)
            casts[TypePair(source: source, target: target)] = made
            allCasts.append(made)
        }
        guard let nextval = byOID[1574] else { preconditionFailure("nextval is missing from the function table") }
        self.functions = functions
        self.byOID = byOID
        self.operators = operators
        self.allOperators = allOperators
        self.casts = casts
        self.allCasts = allCasts
        self.nextval = nextval
    }

    func cast(_ source: OID, _ target: OID) -> Cast? { casts[TypePair(source: source, target: target)] }

    /// The operator with exactly these operand types.
    func exactOperator(_ name: String, _ left: OID, _ right: OID) -> Operator? {
        operators[name]?.first { $0.left == left && $0.right == right }
    }

    // MARK: building

    private static func rows(_ table: StaticString) -> [[String]] {
        var rows: [[String]] = []
        table.withUTF8Buffer { bytes in
            var fields: [String] = []
            var start = 0
            func take(_ end: Int) {
                fields.append(String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self))
            }
            for index in bytes.indices {
                switch bytes[index] {
                case UInt8(ascii: ";"):
                    take(index)
                    start = index + 1
                case UInt8(ascii: " "), UInt8(ascii: "\n"):
                    if index > start || !fields.isEmpty { take(index) }
                    start = index + 1
                    if !fields.isEmpty { rows.append(fields) }
                    fields = []
                default: break
                }
            }
            if start < bytes.count {
                take(bytes.count)
                rows.append(fields)
            }
        }
        return rows
    }

    private static func makeFunction(_ oid: OID, _ fields: [String], _ result: OID, _ registry: FunctionRegistry)
        -> BuiltinFunction
    {
        let name = fields[1]
        let symbol = fields[5] == "=" ? name : fields[5]
        var arguments: [OID] = []
        if fields[2] != "-" {
            for part in fields[2].split(separator: ",") { arguments.append(OID(part) ?? 0) }
        }
        let marks = Array(fields[4].utf8)
        let isAggregate = marks.first == UInt8(ascii: "a")
        let isWindow = marks.first == UInt8(ascii: "w")
        let isSet = marks.count > 1 && marks[1] == UInt8(ascii: "s")
        let isStrict = marks.count > 2 && marks[2] == UInt8(ascii: "t")
        let volatility: BuiltinFunction.Volatility =
            marks.count > 3
            ? (marks[3] == UInt8(ascii: "i") ? .immutable : marks[3] == UInt8(ascii: "s") ? .stable : .volatile)
            : .volatile
        let isVariadic = marks.count > 4 && marks[4] == UInt8(ascii: "v")
        let defaultCount = marks.count > 5 ? Int(marks[5] &- 0x30) : 0
        let refused: BuiltinFunction.Body = { (_, _) throws(SQLError) in throw unsupported(name) }
        let refusedRows: FunctionRegistry.Rows = { (_, _) throws(SQLError) in throw unsupported(name) }
        let kind: BuiltinFunction.Kind
        if isAggregate {
            let types = arguments.map { SQLType(oid: $0) }
            if let make = registry.aggregates[name]?(types) {
                kind = .aggregate(make)
            } else {
                kind = .aggregate { UnsupportedAggregate(name) }
            }
        } else if isSet {
            kind = .setReturning(
                registry.rowBodies[symbol] ?? registry.rowBodies[name]
                    ?? refusedRows
            )
        } else if isWindow {
            kind = .scalar(refused)
        } else {
            kind = .scalar(
                registry.bodies[symbol] ?? registry.bodies["\(name)/\(arguments.count)"] ?? registry.bodies[name]
                    ?? ComparisonFunctions.derived(symbol: symbol, arguments: arguments)
                    ?? refused
            )
        }
        return BuiltinFunction(
            oid,
            name,
            arguments,
            result,
            kind: kind,
            form: registry.forms[symbol] ?? ComparisonFunctions.derivedForm(symbol: symbol, arguments: arguments),
            isStrict: isStrict,
            volatility: volatility,
            isVariadic: isVariadic,
            defaults: FunctionDefaults.values(name, arguments.count, defaultCount),
            isWindow: isWindow,
            resultColumns: FunctionDefaults.resultColumns(name)
        )
    }

    private static func unsupported(_ name: String) -> SQLError {
        SQLError(.featureNotSupported, "function \(name) is not supported")
    }
}

/// An aggregate of PostgreSQL that has no body here.
private final class UnsupportedAggregate: AggregateState {
    private let name: String
    init(_ name: String) { self.name = name }
    private var failure: SQLError { SQLError(.featureNotSupported, "aggregate function \(name) is not supported") }
    func add(_ arguments: UnsafeBufferPointer<Value>) throws(SQLError) { throw failure }
    func result() throws(SQLError) -> Value { throw failure }
}

/// Default arguments and result columns of the few functions that have them (pg_proc.proargdefaults, proargnames).
enum FunctionDefaults {
    static func values(_ name: String, _ arguments: Int, _ count: Int) -> [Value] {
        guard count > 0 else { return [] }
        switch name {
        case "make_interval":
            return Array(repeating: .int(0), count: max(0, count - 1)) + [.float(0)]
        case "parse_ident", "pg_terminate_backend": return [name == "parse_ident" ? .bool(true) : .int(0)]
        case "random_normal": return [.float(0), .float(1)]
        default: return Array(repeating: .null, count: count)
        }
    }

    static func resultColumns(_ name: String) -> [(name: String, type: OID)] {
        switch name {
        case "json_each", "jsonb_each": [("key", .text), ("value", name == "json_each" ? .json : .jsonb)]
        case "json_each_text", "jsonb_each_text": [("key", .text), ("value", .text)]
        case "aclexplode":
            [("grantor", .oid), ("grantee", .oid), ("privilege_type", .text), ("is_grantable", .bool)]
        case "pg_get_keywords":
            [
                ("word", .text), ("catcode", .char), ("barelabel", .bool), ("catdesc", .text), ("baredesc", .text),
            ]
        case "pg_options_to_table": [("option_name", .text), ("option_value", .text)]
        default: []
        }
    }
}
