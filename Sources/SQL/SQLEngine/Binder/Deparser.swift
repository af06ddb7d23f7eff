import SQLSyntax
import SQLTypes

/// Bound expressions back to SQL, as pg_get_expr, pg_get_constraintdef and pg_get_indexdef show them.
struct Deparser {
    private let catalog: CatalogState
    /// Names for `rowColumn`s.
    private let columns: [String]

    init(_ catalog: CatalogState, columns: [String]) {
        self.catalog = catalog
        self.columns = columns
    }

    func text(_ expression: BoundExpression) -> String {
        switch expression.kind {
        case .literal(let value, _): return literal(value, expression.type)
        case .parameter(let number): return "$\(number)"
        case .rowColumn(let number):
            return number < columns.count && number >= 0 ? Quoting.identifier(columns[number]) : "?"
        case .column(let reference): return "$\(reference.relation).\(reference.column)"
        case .call(let function, let arguments): return call(function, arguments, expression.type)
        case .setReturning(let function, let arguments):
            return "\(function.name)(\(arguments.map(text).joined(separator: ", ")))"
        case .and(let list): return "(" + list.map(text).joined(separator: " AND ") + ")"
        case .or(let list): return "(" + list.map(text).joined(separator: " OR ") + ")"
        case .not(let inner): return "(NOT \(text(inner)))"
        case .isNull(let inner, let negated): return "(\(text(inner)) IS \(negated ? "NOT " : "")NULL)"
        case .isTruth(let inner, let value, let negated):
            let word = value.map { $0 ? "TRUE" : "FALSE" } ?? "UNKNOWN"
            return "(\(text(inner)) IS \(negated ? "NOT " : "")\(word))"
        case .isDistinct(let left, let right, _, let negated):
            return "(\(text(left)) IS \(negated ? "NOT " : "")DISTINCT FROM \(text(right)))"
        case .inList(let operand, let list, _, let negated):
            let array = "ARRAY[\(list.map(text).joined(separator: ", "))]"
            return "(\(text(operand)) \(negated ? "<> ALL" : "= ANY") (\(array)))"
        case .quantifiedArray(let operand, let array, let function, let isAll):
            let name = operatorName(function) ?? "="
            return "(\(text(operand)) \(name) \(isAll ? "ALL" : "ANY") (\(text(array))))"
        case .caseWhen(let branches, let otherwise):
            var parts = "CASE"
            for branch in branches { parts += " WHEN \(text(branch.condition)) THEN \(text(branch.result))" }
            parts += " ELSE \(otherwise.map(text) ?? "NULL::\(expression.type.sqlName)") END"
            return parts
        case .coalesce(let list): return "COALESCE(\(list.map(text).joined(separator: ", ")))"
        case .extreme(let list, let isGreatest):
            return "\(isGreatest ? "GREATEST" : "LEAST")(\(list.map(text).joined(separator: ", ")))"
        case .nullIf(let left, let right, _): return "NULLIF(\(text(left)), \(text(right)))"
        case .array(let list, _): return "ARRAY[\(list.map(text).joined(separator: ", "))]"
        case .row(let list): return "ROW(\(list.map(text).joined(separator: ", ")))"
        case .subscript(let base, let subscripts):
            return text(base)
                + subscripts.map { "[\($0.isSlice ? "\($0.lower.map(text) ?? ""):" : "")\($0.upper.map(text) ?? "")]" }
                .joined()
        case .field(let base, let number): return "(\(text(base))).f\(number + 1)"
        case .groupKey, .aggregate, .wholeRow, .defaultValue, .subquery, .rowCompare: return "?"
        }
    }

    private func literal(_ value: Value, _ type: SQLType) -> String {
        guard let shown = type.text(value) else { return "NULL::\(type.sqlName)" }
        switch type.oid {
        case .int4: return shown.hasPrefix("-") ? "'\(shown)'::integer" : shown
        case .bool: return shown == "t" ? "true" : "false"
        case .numeric where !shown.hasPrefix("-") && shown != "NaN":
            return shown.contains(".") ? shown : "'\(shown)'::numeric"
        case .regclass:
            if case .int(let oid) = value, let relation = catalog.relations[OID(truncatingIfNeeded: oid)] {
                return "'\(Quoting.identifier(relation.name))'::regclass"
            }
        default: break
        }
        return "\(Quoting.literal(shown))::\(type.withoutModifier.sqlName)"
    }

    private func operatorName(_ function: BuiltinFunction) -> String? {
        FunctionCatalog.shared.allOperators.first { $0.function === function }?.name
    }

    private func call(_ function: BuiltinFunction, _ arguments: [BoundExpression], _ type: SQLType) -> String {
        if function.isLengthCoercion || function.form == .relabel || function.oid == 401, let first = arguments.first {
            if case .literal = first.kind { return "\(text(first))::\(type.sqlName)" }
            return "(\(text(first)))::\(type.sqlName)"
        }
        if let name = operatorName(function) {
            if arguments.count == 2 { return "(\(text(arguments[0])) \(name) \(text(arguments[1])))" }
            if arguments.count == 1 { return "(\(name) \(text(arguments[0])))" }
        }
        if function.oid == 0, arguments.isEmpty {
            switch function.name {
            case "current_date", "current_timestamp", "localtimestamp", "localtime", "current_user", "session_user":
                return function.name.uppercased()
            default: break
            }
        }
        // A cast function with one argument is shown as a cast.
        if arguments.count == 1, FunctionCatalog.shared.cast(arguments[0].type.oid, type.oid) != nil,
            function.name == type.catalogName
        {
            return "(\(text(arguments[0])))::\(type.sqlName)"
        }
        return "\(Quoting.identifier(function.name))(\(arguments.map(text).joined(separator: ", ")))"
    }
}

/// quote_ident and quote_literal.
enum Quoting {
    static func identifier(_ name: String) -> String {
        let bytes = Array(name.utf8)
        var isPlain = !bytes.isEmpty
        for (index, byte) in bytes.enumerated() {
            let isLetter = byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            let isDigit = byte >= 0x30 && byte <= 0x39
            if !(isLetter || (index > 0 && (isDigit || byte == UInt8(ascii: "$")))) || byte == UInt8(ascii: "$") {
                isPlain = isPlain && (isLetter || (index > 0 && isDigit))
            }
        }
        if isPlain, let keyword = KeywordCheck.category(name), keyword { isPlain = false }
        if isPlain { return name }
        return "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    static func literal(_ text: String) -> String {
        let doubled = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        guard doubled.contains("\\") else { return "'\(doubled)'" }
        return " E'"
            + doubled.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\") + "'"
    }
}

/// Whether a word must be quoted as a name because it is a key word of another category than unreserved.
enum KeywordCheck {
    static func category(_ word: String) -> Bool? {
        guard let keyword = Keyword(word: word) else { return nil }
        return keyword.category != .unreserved
    }
}
