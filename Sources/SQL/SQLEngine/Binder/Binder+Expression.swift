import SQLSyntax
import SQLTypes

/// Expressions.
extension Binder {
    /// A boolean for WHERE, HAVING, ON, …
    func bindCondition(_ index: NodeIndex, _ scope: Scope, _ clause: String) throws(SQLError) -> BoundExpression {
        try requireBoolean(try bindExpression(index, scope), clause, at: index)
    }

    func requireBoolean(_ bound: BoundExpression, _ clause: String, at index: NodeIndex) throws(SQLError)
        -> BoundExpression
    {
        guard let condition = try coerce(bound, .bool, .assignment, at: index) else {
            throw fail(
                .datatypeMismatch,
                "argument of \(clause) must be type boolean, not type \(bound.type.sqlName)",
                offset: bound.position
            )
        }
        return condition
    }

    func bindExpression(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        try enter()
        let node = tree[index]
        let offset = Int32(truncatingIfNeeded: node.position)
        switch node.kind {
        case .integerLiteral:
            let value = Int64(tree.string(node.a, node.b)) ?? 0
            return BoundExpression(.literal(.int(value), token: offset), .int4, position: offset)
        case .numericLiteral: return try bindNumeric(node, isNegative: false)
        case .stringLiteral:
            return BoundExpression(
                .literal(.text(Array(tree.bytes(node.a, node.b))), token: offset),
                .unknown,
                position: offset
            )
        case .bitStringLiteral: throw unsupported("type bit", at: index)
        case .booleanLiteral: return BoundExpression(.literal(.bool(node.a != 0), token: -1), .bool, position: offset)
        case .nullLiteral: return BoundExpression(.literal(.null, token: -1), .unknown, position: offset)
        case .parameter: return try bindParameter(Int(node.a), at: index)
        case .columnReference: return try bindColumn(index, scope)
        case .cast, .typedLiteral: return try bindCast(index, scope)
        case .operation: return try bindOperation(index, scope)
        case .and, .or:
            var operands: [BoundExpression] = []
            for (item, _) in tree.list(node.a) {
                operands.append(
                    try requireBoolean(
                        try bindExpression(item, scope),
                        node.kind == .and ? "AND" : "OR",
                        at: item
                    )
                )
            }
            return BoundExpression(node.kind == .and ? .and(operands) : .or(operands), .bool, position: offset)
        case .not:
            let operand = try requireBoolean(try bindExpression(node.a, scope), "NOT", at: node.a)
            return BoundExpression(.not(operand), .bool, position: offset)
        case .isNull:
            let operand = try bindExpression(node.a, scope)
            let decided = operand.type.oid == .unknown ? asText(operand) : operand
            return BoundExpression(
                .isNull(decided, negated: node.flags.contains(.negated)),
                .bool,
                position: offset
            )
        case .isTrue, .isFalse, .isUnknown:
            let word = node.kind == .isTrue ? "TRUE" : node.kind == .isFalse ? "FALSE" : "UNKNOWN"
            let negated = node.flags.contains(.negated)
            let operand = try requireBoolean(
                try bindExpression(node.a, scope),
                "IS \(negated ? "NOT " : "")\(word)",
                at: node.a
            )
            let value: Bool? = node.kind == .isTrue ? true : node.kind == .isFalse ? false : nil
            return BoundExpression(.isTruth(operand, value: value, negated: negated), .bool, position: offset)
        case .isDistinctFrom: return try bindIsDistinct(index, scope)
        case .between: return try bindBetween(index, scope)
        case .inList: return try bindInList(index, scope)
        case .like, .ilike, .similarTo: return try bindLike(index, scope)
        case .quantifiedArray: return try bindQuantifiedArray(index, scope)
        case .inSubquery, .quantifiedSubquery, .scalarSubquery, .exists, .arraySubquery:
            return try bindSubquery(index, scope)
        case .caseExpression: return try bindCase(index, scope)
        case .coalesce, .greatest, .least: return try bindAlternatives(index, scope)
        case .nullIf:
            let left = try bindExpression(node.a, scope)
            let right = try bindExpression(node.b, scope)
            let equality = try bindOperator("=", left, right, at: index)
            guard case .call(let function, let operands) = equality.kind, operands.count == 2 else {
                throw unsupported("NULLIF of these types", at: index)
            }
            return BoundExpression(
                .nullIf(operands[0], operands[1], equals: function),
                operands[0].type,
                position: offset
            )
        case .call: return try bindCall(index, scope)
        case .arrayConstructor: return try bindArray(index, scope)
        case .row:
            var items: [BoundExpression] = []
            for (item, _) in tree.list(node.a) {
                // What is undecided stays so: a comparison of rows gives it the type of its counterpart.
                items.append(try bindExpression(item, scope))
            }
            return BoundExpression(.row(items), .record, position: offset)
        case .subscript: return try bindSubscript(index, scope)
        case .fieldSelection: return try bindFieldSelection(index, scope)
        case .collate:
            let operand = try bindExpression(node.a, scope)
            let decided = operand.type.oid == .unknown ? asText(operand) : operand
            let name = nameParts(node.b).last ?? ""
            guard
                ["default", "C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8", "en_US.utf8", "en_US.UTF-8"].contains(name)
            else {
                throw fail(
                    .undefinedObject,
                    "collation \"\(nameParts(node.b).joined(separator: "."))\" for encoding \"UTF8\" does not exist",
                    at: index
                )
            }
            guard (decided.type.elementType ?? decided.type).isString else {
                throw fail(
                    .datatypeMismatch,
                    "collations are not supported by type \(decided.type.sqlName)",
                    at: index
                )
            }
            return BoundExpression(decided.kind, decided.type, position: decided.position)
        case .atTimeZone:
            let value = try bindExpression(node.a, scope)
            let zone = try bindExpression(node.b, scope)
            return try bindCall(named: "timezone", [zone, value], at: index, scope)
        case .valueFunction: return try bindValueFunction(index, scope)
        case .defaultExpression: throw fail(.syntaxError, "DEFAULT is not allowed in this context", at: index)
        case .grouping: throw unsupported("GROUPING", at: index)
        case .isDocument: throw unsupported("IS DOCUMENT", at: index)
        case .isNormalized: throw unsupported("IS NORMALIZED", at: index)
        case .currentOf: throw unsupported("WHERE CURRENT OF", at: index)
        case .namedArgument: throw fail(.syntaxError, "named argument is not allowed here", at: index)
        default: throw unsupported("this expression", at: index)
        }
    }

    // MARK: literals, parameters

    private func bindNumeric(_ node: Node, isNegative: Bool) throws(SQLError) -> BoundExpression {
        let digits = (isNegative ? "-" : "") + tree.string(node.a, node.b)
        let offset = Int32(truncatingIfNeeded: node.position)
        let token = isNegative ? -1 : offset
        if let value = Int64(digits) {
            let fits = Int32(exactly: value) != nil
            return BoundExpression(
                .literal(.int(value), token: token),
                fits ? .int4 : .int8,
                position: offset
            )
        }
        let value = try SQLType.numeric.parse(digits)
        return BoundExpression(.literal(value, token: token), .numeric, position: offset)
    }

    private func bindParameter(_ number: Int, at index: NodeIndex) throws(SQLError) -> BoundExpression {
        let offset = Int32(truncatingIfNeeded: tree[index].position)
        guard number >= 1, infersParameters || number <= parameters.count else {
            throw fail(.undefinedParameter, "there is no parameter $\(number)", at: index)
        }
        while parameters.count < number { parameters.append(.unknown) }
        return BoundExpression(.parameter(number), parameters[number - 1], position: offset)
    }

    /// Records the type that its use gives to a parameter.
    func decide(_ expression: BoundExpression, _ type: SQLType) {
        if case .parameter(let number) = expression.kind, number <= parameters.count,
            parameters[number - 1].oid == .unknown
        {
            parameters[number - 1] = type.withoutModifier
        }
    }

    // MARK: coercion

    /// Coerces; an undecided parameter takes the type. nil if there is no such conversion.
    func coerce(_ expression: BoundExpression, _ target: SQLType, _ context: Coercion.Context, at index: NodeIndex)
        throws(SQLError) -> BoundExpression?
    {
        try coerce(expression, target, context)
    }

    func coerce(_ expression: BoundExpression, _ target: SQLType, _ context: Coercion.Context) throws(SQLError)
        -> BoundExpression?
    {
        if expression.type.oid == .unknown {
            if case .parameter(let number) = expression.kind, number <= parameters.count {
                let known = parameters[number - 1]
                if known.oid != .unknown, known.oid != target.oid {
                    throw fail(
                        .ambiguousParameter,
                        "inconsistent types deduced for parameter $\(number)",
                        offset: expression.position,
                        detail: "\(known.sqlName) versus \(target.withoutModifier.sqlName)"
                    )
                }
                decide(expression, target)
                let typed = BoundExpression(expression.kind, target.withoutModifier, position: expression.position)
                return try Coercion.coerce(typed, to: target, context, environment.textContext)
            }
            if CatalogFunctions.isRegistered(target.oid), case .literal(.text(let bytes), _) = expression.kind {
                do throws(SQLError) {
                    let value = try CatalogFunctions.input(
                        String(decoding: bytes, as: UTF8.self),
                        target.oid,
                        environment
                    )
                    return BoundExpression(.literal(value, token: -1), target, position: expression.position)
                } catch {
                    throw error.at(expression.position < 0 ? nil : tree.characterPosition(UInt32(expression.position)))
                }
            }
        }
        do throws(SQLError) {
            return try Coercion.coerce(expression, to: target, context, environment.textContext)
        } catch {
            // A bad literal is pointed at where it stands.
            guard expression.position >= 0, case .literal = expression.kind else { throw error }
            throw error.at(tree.characterPosition(UInt32(expression.position)))
        }
    }

    /// The type CASE branches, UNION columns and lists share.
    func commonType(_ expressions: [BoundExpression], _ context: String) throws(SQLError) -> SQLType {
        var chosen: OID = .unknown
        if let first = expressions.first, expressions.allSatisfy({ $0.type.oid == first.type.oid }),
            first.type.oid != .unknown
        {
            let sameModifier = expressions.allSatisfy { $0.type.modifier == first.type.modifier }
            return sameModifier ? first.type : first.type.withoutModifier
        }
        for expression in expressions where expression.type.oid != .unknown {
            guard chosen != .unknown else {
                chosen = expression.type.oid
                continue
            }
            let next = expression.type.oid
            guard next != chosen else { continue }
            guard let left = SQLType(oid: chosen).info, let right = SQLType(oid: next).info,
                left.category == right.category
            else {
                throw fail(
                    .datatypeMismatch,
                    "\(context) types \(SQLType(oid: chosen).sqlName) and \(expression.type.withoutModifier.sqlName) "
                        + "cannot be matched",
                    offset: expression.position
                )
            }
            if !left.isPreferred, Coercion.canCoerce([chosen], [next], .implicit),
                !Coercion.canCoerce([next], [chosen], .implicit)
            {
                chosen = next
            }
        }
        return chosen == .unknown ? .text : SQLType(oid: chosen)
    }

    func coerceCommon(_ expression: BoundExpression, _ type: SQLType, _ context: String) throws(SQLError)
        -> BoundExpression
    {
        if expression.type == type { return expression }
        guard let done = try coerce(expression, type, .implicit) else {
            throw fail(
                .cannotCoerce,
                "\(context) could not convert type \(expression.type.withoutModifier.sqlName) to "
                    + type.withoutModifier.sqlName,
                offset: expression.position
            )
        }
        return done
    }

    // MARK: casts

    private func bindCast(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let target = try type(node.b)
        let inner: BoundExpression
        if tree[node.a].kind == .arrayConstructor, target.isArray {
            inner = try bindArray(node.a, scope, expecting: target)
        } else {
            inner = try bindExpression(node.a, scope)
        }
        guard let done = try coerce(inner, target, .explicit) else {
            throw fail(
                .cannotCoerce,
                "cannot cast type \(inner.type.withoutModifier.sqlName) to \(target.withoutModifier.sqlName)",
                at: index
            )
        }
        // Errors point at the leftmost token; a literal stays where it stands.
        var position = Int32(truncatingIfNeeded: node.position)
        if inner.position >= 0, inner.type.oid == .unknown || inner.position < position { position = inner.position }
        return BoundExpression(done.kind, done.type, position: position)
    }

    // MARK: columns

    private func bindColumn(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        var parts = node.b == 0 ? [] : [tree.string(node.a, node.b)]
        for (_, part) in tree.list(node.c) {
            guard part.kind == .name else {
                throw fail(.syntaxError, "row expansion via \"*\" is not supported here", at: index)
            }
            parts.append(tree.string(part.a, part.b))
        }
        if parts.count == 1 { return try bindBareColumn(parts[0], index, scope) }
        return try bindQualifiedColumn(parts, index, scope)
    }

    private func bindBareColumn(_ name: String, _ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression
    {
        let node = tree[index]
        var current: Scope? = scope
        var level = 0
        while let here = current {
            let matches = here.columns(named: name)
            if matches.count > 1 {
                throw fail(.ambiguousColumn, "column reference \"\(name)\" is ambiguous", at: index)
            }
            if let match = matches.first {
                return reference(match.entry.expression, level, node, scope)
            }
            if let system = systemColumn(name, here) {
                let candidates = here.items.filter {
                    ($0.table != nil || $0.isSystem) && !$0.isQualifiedOnly && !$0.isLateralOnly
                }
                if candidates.count > 1 {
                    throw fail(.ambiguousColumn, "column reference \"\(name)\" is ambiguous", at: index)
                }
                if let item = candidates.first {
                    return reference(systemExpression(system, item), level, node, scope)
                }
            }
            current = here.parent
            level += 1
        }
        // A bare table name means its whole row.
        current = scope
        level = 0
        while let here = current {
            if let item = here.item(named: name).first, item.relation >= 0 {
                return BoundExpression(
                    .wholeRow(relation: item.relation, level: level),
                    .record,
                    position: Int32(truncatingIfNeeded: node.position)
                )
            }
            current = here.parent
            level += 1
        }
        throw undefinedColumn(name, nil, index, scope)
    }

    private func systemColumn(_ name: String, _ scope: Scope) -> SystemColumn? {
        switch name {
        case "ctid": .ctid
        case "xmin": .xmin
        case "cmin": .cmin
        case "xmax": .xmax
        case "cmax": .cmax
        case "tableoid": .tableoid
        default: nil
        }
    }

    private func systemExpression(_ column: SystemColumn, _ item: Scope.Item) -> BoundExpression {
        let type: SQLType =
            switch column {
            case .tableoid: .oid
            case .ctid: SQLType(oid: .tid)
            case .xmin, .xmax: .xid
            case .cmin, .cmax: SQLType(oid: .cid)
            }
        if case .tableoid = column, let origin = item.columns.first?.originTable, origin != 0 {
            return BoundExpression(.literal(.oid(origin), token: -1), .oid)
        }
        return BoundExpression(
            .column(ColumnReference(relation: item.relation, column: column.rawValue)),
            type
        )
    }

    /// Seen from `level` queries further in; every query on the way becomes correlated.
    private func reference(_ expression: BoundExpression, _ level: Int, _ node: Node, _ scope: Scope) -> BoundExpression
    {
        if level > 0 {
            var current: Scope? = scope
            for _ in 0..<level {
                current?.query.isCorrelated = true
                current = current?.parent
            }
        }
        return located(raise(expression, by: level), node)
    }

    /// The same expression seen from `level` queries further in.
    func raise(_ expression: BoundExpression, by level: Int) -> BoundExpression {
        guard level > 0 else { return expression }
        switch expression.kind {
        case .column(var reference):
            reference.level += level
            return BoundExpression(.column(reference), expression.type, position: expression.position)
        case .wholeRow(let relation, let inner):
            return BoundExpression(
                .wholeRow(relation: relation, level: inner + level),
                expression.type,
                position: expression.position
            )
        default:
            let raised = try? expression.mapOperands { (operand) throws(SQLError) in raise(operand, by: level) }
            return raised ?? expression
        }
    }

    /// The FROM item that `table` or `schema.table` names, and how many levels out it is.
    func findItem(_ parts: [String], _ scope: Scope, at index: NodeIndex) throws(SQLError) -> (Scope.Item, Int) {
        guard let name = parts.last else { throw fail(.undefinedTable, "missing FROM-clause entry", at: index) }
        let schema = parts.count > 1 ? parts[parts.count - 2] : nil
        var current: Scope? = scope
        var level = 0
        while let here = current {
            var matches = here.item(named: name)
            if let schema {
                let oid = catalog.schema(named: schema, in: database)?.oid
                matches = matches.filter { $0.schema == oid && $0.schema != 0 }
            }
            if matches.count > 1 {
                throw fail(.ambiguousAlias, "table reference \"\(name)\" is ambiguous", at: index)
            }
            if let item = matches.first {
                if level > 0 { markCorrelated(scope, level) }
                return (item, level)
            }
            current = here.parent
            level += 1
        }
        throw missingItem(parts, scope, at: index)
    }

    private func markCorrelated(_ scope: Scope, _ level: Int) {
        var current: Scope? = scope
        for _ in 0..<level {
            current?.query.isCorrelated = true
            current = current?.parent
        }
    }

    private func missingItem(_ parts: [String], _ scope: Scope, at index: NodeIndex) -> SQLError {
        let name = parts.last ?? ""
        var current: Scope? = scope
        while let here = current {
            if here.items.contains(where: { $0.name == name && $0.isLateralOnly }) {
                return fail(
                    .undefinedTable,
                    "invalid reference to FROM-clause entry for table \"\(name)\"",
                    at: index,
                    detail: nil,
                    hint:
                        "There is an entry for table \"\(name)\", but it cannot be referenced from this part of the query."
                )
            }
            // The table is there under another name.
            for item in here.items {
                if let table = item.table, table.name == name, let alias = item.name, alias != name {
                    return fail(
                        .undefinedTable,
                        "invalid reference to FROM-clause entry for table \"\(name)\"",
                        at: index,
                        hint: "Perhaps you meant to reference the table alias \"\(alias)\"."
                    )
                }
            }
            current = here.parent
        }
        return fail(
            .undefinedTable,
            "missing FROM-clause entry for table \"\(name)\"",
            at: index
        )
    }

    private func bindQualifiedColumn(_ parts: [String], _ index: NodeIndex, _ scope: Scope) throws(SQLError)
        -> BoundExpression
    {
        let node = tree[index]
        let column = parts[parts.count - 1]
        let qualifier = Array(parts.dropLast())
        let item: Scope.Item
        let level: Int
        do throws(SQLError) {
            (item, level) = try findItem(qualifier, scope, at: index)
        } catch {
            // column.field of a record column
            if parts.count == 2, let base = try? bindBareColumn(parts[0], index, scope), base.type.oid == .record {
                let fields = recordFields(base, scope)
                if let position = fields.firstIndex(where: { $0.name == column }) {
                    return BoundExpression(
                        .field(base, position),
                        fields[position].type,
                        position: Int32(truncatingIfNeeded: node.position)
                    )
                }
            }
            throw error
        }
        let matches = item.columns.filter { $0.name == column }
        if matches.count > 1 {
            throw fail(.ambiguousColumn, "column reference \"\(column)\" is ambiguous", at: index)
        }
        if let entry = matches.first { return reference(entry.expression, level, node, scope) }
        if item.table != nil || item.isSystem, let system = systemColumn(column, scope) {
            return reference(systemExpression(system, item), level, node, scope)
        }
        throw undefinedColumn(column, qualifier.joined(separator: "."), index, scope)
    }

    private func undefinedColumn(_ name: String, _ qualifier: String?, _ index: NodeIndex, _ scope: Scope) -> SQLError {
        let message =
            qualifier.map { "column \($0).\(name) does not exist" } ?? "column \"\(name)\" does not exist"
        return fail(.undefinedColumn, message, at: index, hint: similarColumns(name, qualifier, scope))
    }

    /// "Perhaps you meant …": the columns nearest in spelling, at most two.
    private func similarColumns(_ name: String, _ qualifier: String?, _ scope: Scope) -> String? {
        let wanted = Array(name.utf8)
        var bestDistance = 4
        var best: [(table: String, column: String)] = []
        var current: Scope? = scope
        while let here = current {
            for item in here.items where item.name != nil {
                let table = item.name ?? ""
                let penalty = qualifier.map { Spelling.distance(Array($0.utf8), Array(table.utf8), limit: 4) } ?? 0
                for entry in item.columns {
                    let distance = Spelling.distance(wanted, Array(entry.name.utf8), limit: 4) + penalty
                    // More than half of the letters wrong is no help.
                    if distance > 3 || (distance > wanted.count / 2 && distance != penalty) { continue }
                    if distance < bestDistance {
                        bestDistance = distance
                        best = [(table, entry.name)]
                    } else if distance == bestDistance {
                        best.append((table, entry.name))
                    }
                }
            }
            current = here.parent
        }
        guard !best.isEmpty, best.count <= 2 else { return nil }
        let first = "\"\(best[0].table).\(best[0].column)\""
        if best.count == 1 { return "Perhaps you meant to reference the column \(first)." }
        return
            "Perhaps you meant to reference the column \(first) or the column \"\(best[1].table).\(best[1].column)\"."
    }

    // MARK: operators

    private func bindOperation(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        // A long chain `1 + 1 + …` is deep to the left: descend in a loop, then bind upwards.
        var chain: [NodeIndex] = []
        var leftmost = index
        while true {
            let node = tree[leftmost]
            guard node.kind == .operation, node.a != 0 else { break }
            chain.append(leftmost)
            leftmost = node.a
        }
        if chain.count > 3000 {
            throw SQLError(
                .statementTooComplex,
                "stack depth limit exceeded",
                hint: "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), "
                    + "after ensuring the platform's stack depth limit is adequate."
            )
        }
        var result: BoundExpression
        if tree[leftmost].kind == .operation {
            result = try bindPrefixOperation(leftmost, scope)
        } else {
            result = try bindOperand(leftmost, scope)
        }
        for item in chain.reversed() {
            let node = tree[item]
            let right = try bindOperand(node.b, scope)
            result = try bindBinary(operatorName(node.c), result, right, at: item)
        }
        return result
    }

    private func bindOperand(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        try bindExpression(index, scope)
    }

    func operatorName(_ index: NodeIndex) throws(SQLError) -> String {
        let node = tree[index]
        for (part, qualifier) in tree.list(node.c) {
            let schema = tree.string(qualifier.a, qualifier.b)
            guard schema == "pg_catalog" else {
                if catalog.schema(named: schema, in: database) == nil {
                    throw fail(.invalidSchemaName, "schema \"\(schema)\" does not exist", at: part)
                }
                throw fail(
                    .undefinedFunction,
                    "operator does not exist: \(schema).\(tree.string(node.a, node.b))",
                    at: index
                )
            }
        }
        return tree.string(node.a, node.b)
    }

    private func bindPrefixOperation(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let name = try operatorName(node.c)
        // -2147483648 and the like: the sign belongs to the number.
        if name == "-", tree[node.b].kind == .numericLiteral {
            let literal = try bindNumeric(tree[node.b], isNegative: true)
            return BoundExpression(literal.kind, literal.type, position: Int32(truncatingIfNeeded: node.position))
        }
        // Two signs before a number cancel out before it gets its type.
        let inner = tree[node.b]
        if name == "-", inner.kind == node.kind, tree[inner.b].kind == .numericLiteral, try operatorName(inner.c) == "-"
        {
            let literal = try bindNumeric(tree[inner.b], isNegative: false)
            return BoundExpression(literal.kind, literal.type, position: Int32(truncatingIfNeeded: node.position))
        }
        let operand = try bindExpression(node.b, scope)
        switch FunctionResolution.prefix(name, operand.type.oid) {
        case .found(let found):
            guard let converted = try coerce(operand, SQLType(oid: found.right), .implicit) else { break }
            return BoundExpression(
                .call(found.function, [converted]),
                SQLType(oid: found.result),
                position: Int32(truncatingIfNeeded: node.position)
            )
        case .ambiguous:
            throw fail(
                .ambiguousFunction,
                "operator is not unique: \(name) \(operand.type.withoutModifier.sqlName)",
                at: index,
                hint: "Could not choose a best candidate operator. You might need to add explicit type casts."
            )
        case .notFound: break
        }
        throw fail(
            .undefinedFunction,
            "operator does not exist: \(name) \(operand.type.withoutModifier.sqlName)",
            at: index,
            hint: "No operator matches the given name and argument type. You might need to add an explicit type cast."
        )
    }

    private func bindBinary(_ name: String, _ left: BoundExpression, _ right: BoundExpression, at index: NodeIndex)
        throws(SQLError) -> BoundExpression
    {
        if case .row(let leftItems) = left.kind, case .row(let rightItems) = right.kind {
            return try bindRowComparison(name, leftItems, rightItems, at: index)
        }
        if case .row(let items) = left.kind, case .subquery(var subquery) = right.kind, case .scalar = subquery.kind {
            // (a, b) = (SELECT …)
            subquery.kind = .any
            return try compare(items, with: subquery, name, at: index)
        }
        return try bindOperator(name, left, right, at: index)
    }

    /// Resolves and applies a binary operator.
    func bindOperator(_ name: String, _ left: BoundExpression, _ right: BoundExpression, at index: NodeIndex)
        throws(SQLError) -> BoundExpression
    {
        switch FunctionResolution.binary(name, left.type.oid, right.type.oid) {
        case .found(let found):
            let (types, result) = try resolvePolymorphic(
                [found.left, found.right],
                found.result,
                [left, right],
                at: index
            )
            guard let first = try coerce(left, SQLType(oid: types[0]), .implicit),
                let second = try coerce(right, SQLType(oid: types[1]), .implicit)
            else { break }
            var (function, operands) = (found.function, [first, second])
            // text || anything: the other side turns into text as a cast would do it.
            if function.oid == 2003 || function.oid == 2004, let concatenation = FunctionCatalog.shared.byOID[1258] {
                let other = function.oid == 2003 ? 1 : 0
                if let converted = try coerce(operands[other], .text, .explicit) {
                    operands[other] = converted
                    function = concatenation
                }
            }
            return BoundExpression(
                .call(function, operands),
                SQLType(oid: result),
                position: Int32(truncatingIfNeeded: tree[index].position)
            )
        case .ambiguous:
            throw fail(
                .ambiguousFunction,
                "operator is not unique: \(left.type.withoutModifier.sqlName) \(name) "
                    + right.type.withoutModifier.sqlName,
                at: index,
                hint: "Could not choose a best candidate operator. You might need to add explicit type casts."
            )
        case .notFound: break
        }
        throw fail(
            .undefinedFunction,
            "operator does not exist: \(left.type.withoutModifier.sqlName) \(name) "
                + right.type.withoutModifier.sqlName,
            at: index,
            hint: "No operator matches the given name and argument types. You might need to add explicit type casts."
        )
    }

    /// The types that polymorphic arguments take.
    func resolvePolymorphic(_ declared: [OID], _ result: OID, _ arguments: [BoundExpression], at index: NodeIndex)
        throws(SQLError) -> ([OID], OID)
    {
        guard declared.contains(where: Polymorphism.isPolymorphic) else { return (declared, result) }
        let element = Polymorphism.element(arguments.map { $0.type.oid }, declared) ?? 0
        if element == 0 {
            if arguments.contains(where: { $0.type.oid == .anyarray }) { return (declared, result) }
            throw fail(
                .datatypeMismatch,
                "could not determine polymorphic type because input has type unknown",
                at: index
            )
        }
        return (
            declared.map { Polymorphism.resolve($0, element: element) },
            Polymorphism.resolve(result, element: element)
        )
    }

    private func bindRowComparison(
        _ name: String,
        _ left: [BoundExpression],
        _ right: [BoundExpression],
        at index: NodeIndex
    ) throws(SQLError) -> BoundExpression {
        guard left.count == right.count else {
            throw fail(.syntaxError, "unequal number of entries in row expressions", at: index)
        }
        guard !left.isEmpty else { throw fail(.featureNotSupported, "cannot compare rows of zero length", at: index) }
        let comparison: RowComparison
        switch name {
        case "=": comparison = .equal
        case "<>": comparison = .notEqual
        case "<": comparison = .less
        case "<=": comparison = .lessEqual
        case ">": comparison = .greater
        case ">=": comparison = .greaterEqual
        default:
            throw fail(
                .featureNotSupported,
                "could not determine interpretation of row comparison operator \(name)",
                at: index,
                hint: "Row comparison operators must be associated with btree operator families."
            )
        }
        var lefts: [BoundExpression] = []
        var rights: [BoundExpression] = []
        var equals: [BuiltinFunction] = []
        var less: [BuiltinFunction] = []
        let position = Int32(truncatingIfNeeded: tree[index].position)
        for (first, second) in zip(left, right) {
            let equality = try bindOperator("=", first, second, at: index)
            guard case .call(let function, let operands) = equality.kind, operands.count == 2 else { continue }
            lefts.append(operands[0])
            rights.append(operands[1])
            equals.append(function)
            if comparison != .equal, comparison != .notEqual {
                let order = try bindOperator("<", operands[0], operands[1], at: index)
                if case .call(let function, _) = order.kind { less.append(function) }
            }
        }
        return BoundExpression(
            .rowCompare(comparison, lefts, rights, equals: equals, less: less),
            .bool,
            position: position
        )
    }

    private func bindIsDistinct(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let left = try bindExpression(node.a, scope)
        let right = try bindExpression(node.b, scope)
        let equality = try bindOperator("=", left, right, at: index)
        guard case .call(let function, let operands) = equality.kind, operands.count == 2 else {
            throw unsupported("IS DISTINCT FROM of these types", at: index)
        }
        return BoundExpression(
            .isDistinct(operands[0], operands[1], equals: function, negated: node.flags.contains(.negated)),
            .bool,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }

    private func bindBetween(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let operand = try bindExpression(node.a, scope)
        let low = try bindExpression(node.b, scope)
        let high = try bindExpression(node.c, scope)
        let position = Int32(truncatingIfNeeded: node.position)
        let isNegated = node.flags.contains(.negated)
        func range(_ low: BoundExpression, _ high: BoundExpression) throws(SQLError) -> BoundExpression {
            if isNegated {
                return BoundExpression(
                    .or([
                        try bindOperator("<", operand, low, at: index), try bindOperator(">", operand, high, at: index),
                    ]),
                    .bool,
                    position: position
                )
            }
            return BoundExpression(
                .and([
                    try bindOperator(">=", operand, low, at: index), try bindOperator("<=", operand, high, at: index),
                ]),
                .bool,
                position: position
            )
        }
        guard node.flags.contains(.special) else { return try range(low, high) }
        let both = [try range(low, high), try range(high, low)]
        return BoundExpression(isNegated ? .and(both) : .or(both), .bool, position: position)
    }

    private func bindInList(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let isNegated = node.flags.contains(.negated)
        let position = Int32(truncatingIfNeeded: node.position)
        let operand = try bindExpression(node.a, scope)
        var items: [BoundExpression] = []
        for (item, _) in tree.list(node.b) { items.append(try bindExpression(item, scope)) }
        if case .row(let left) = operand.kind {
            var comparisons: [BoundExpression] = []
            for item in items {
                guard case .row(let right) = item.kind else {
                    throw fail(.datatypeMismatch, "IN list items must be rows", at: index)
                }
                comparisons.append(try bindRowComparison("=", left, right, at: index))
            }
            let any =
                comparisons.count == 1 ? comparisons[0] : BoundExpression(.or(comparisons), .bool, position: position)
            return isNegated ? BoundExpression(.not(any), .bool, position: position) : any
        }
        // One common type for constants (as PostgreSQL's array form has it), so that one comparison serves all.
        let common = CommonType.choose(([operand] + items).map { $0.type.oid })
        if let common, items.count > 1 || common == operand.type.oid {
            var converted: [BoundExpression] = []
            var isPossible = true
            for item in items {
                guard let done = try coerce(item, SQLType(oid: common), .implicit) else {
                    isPossible = false
                    break
                }
                converted.append(done)
            }
            if isPossible, let first = converted.first {
                let equality = try bindOperator("=", operand, first, at: index)
                if case .call(let function, let operands) = equality.kind, operands.count == 2 {
                    var list: [BoundExpression] = []
                    for item in converted {
                        guard let done = try coerce(item, operands[1].type, .implicit) else {
                            isPossible = false
                            break
                        }
                        list.append(done)
                    }
                    if isPossible {
                        return BoundExpression(
                            .inList(operands[0], list, equals: function, negated: isNegated),
                            .bool,
                            position: position
                        )
                    }
                }
            }
        }
        var comparisons: [BoundExpression] = []
        for item in items {
            comparisons.append(try bindOperator(isNegated ? "<>" : "=", operand, item, at: index))
        }
        if comparisons.count == 1 { return comparisons[0] }
        return BoundExpression(isNegated ? .and(comparisons) : .or(comparisons), .bool, position: position)
    }

    private func bindLike(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let operand = try bindExpression(node.a, scope)
        var pattern = try bindExpression(node.b, scope)
        let isNegated = node.flags.contains(.negated)
        if node.kind == .similarTo {
            var arguments = [pattern]
            if node.c != 0 { arguments.append(try bindExpression(node.c, scope)) }
            pattern = try bindCall(named: "similar_to_escape", arguments, at: index, scope)
            return try bindOperator(isNegated ? "!~" : "~", operand, pattern, at: index)
        }
        if node.c != 0 {
            let escape = try bindExpression(node.c, scope)
            pattern = try bindCall(named: "like_escape", [pattern, escape], at: index, scope)
        }
        let name = node.kind == .like ? (isNegated ? "!~~" : "~~") : (isNegated ? "!~~*" : "~~*")
        return try bindOperator(name, operand, pattern, at: index)
    }

    private func bindQuantifiedArray(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let operand = try bindExpression(node.a, scope)
        var array = try bindExpression(node.b, scope)
        let name = try operatorName(node.c)
        if array.type.oid == .unknown {
            let element = operand.type.oid == .unknown ? SQLType.text : operand.type
            guard let target = element.withoutModifier.arrayType, let done = try coerce(array, target, .implicit) else {
                throw fail(.wrongObjectType, "op ANY/ALL (array) requires array on right side", at: index)
            }
            array = done
        }
        guard let element = array.type.elementType else {
            throw fail(.wrongObjectType, "op ANY/ALL (array) requires array on right side", at: index)
        }
        // Resolve against an element, then convert the array to the type the operator wants.
        let sample = BoundExpression(.literal(.null, token: -1), element.withoutModifier)
        let comparison = try bindOperator(name, operand, sample, at: index)
        guard case .call(let function, let operands) = comparison.kind, operands.count == 2 else {
            throw unsupported("this operator with ANY", at: index)
        }
        guard comparison.type.oid == .bool else {
            throw fail(.wrongObjectType, "op ANY/ALL (array) requires operator to yield boolean", at: index)
        }
        if operands[1].type.oid != element.oid, let target = operands[1].type.arrayType,
            let done = try coerce(array, target, .implicit)
        {
            array = done
        }
        return BoundExpression(
            .quantifiedArray(operands[0], array: array, function: function, isAll: node.flags.contains(.all)),
            .bool,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }

    // MARK: subqueries

    private func bindSubquery(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let position = Int32(truncatingIfNeeded: node.position)
        switch node.kind {
        case .exists:
            let query = try bindQuery(node.a, parent: scope)
            return BoundExpression(.subquery(BoundSubquery(kind: .exists, query: query)), .bool, position: position)
        case .scalarSubquery:
            let query = try bindQuery(node.a, parent: scope)
            let visible = query.visibleTargets
            guard visible.count == 1, let first = visible.first else {
                throw fail(.syntaxError, "subquery must return only one column", at: index)
            }
            return BoundExpression(
                .subquery(BoundSubquery(kind: .scalar, query: query)),
                first.expression.type,
                position: position
            )
        case .arraySubquery:
            let query = try bindQuery(node.a, parent: scope)
            let visible = query.visibleTargets
            guard visible.count == 1, let first = visible.first else {
                throw fail(.syntaxError, "subquery must return only one column", at: index)
            }
            guard let type = first.expression.type.withoutModifier.arrayType else {
                throw fail(
                    .undefinedObject,
                    "could not find array type for data type \(first.expression.type.sqlName)",
                    at: index
                )
            }
            return BoundExpression(.subquery(BoundSubquery(kind: .array, query: query)), type, position: position)
        case .inSubquery:
            let operand = try bindExpression(node.a, scope)
            let query = try bindQuery(node.b, parent: scope)
            let subquery = BoundSubquery(kind: .any, query: query, negated: node.flags.contains(.negated))
            return try compare(rowItems(operand), with: subquery, "=", at: index)
        default:
            let operand = try bindExpression(node.a, scope)
            let query = try bindQuery(node.b, parent: scope)
            let subquery = BoundSubquery(kind: node.flags.contains(.all) ? .all : .any, query: query)
            return try compare(rowItems(operand), with: subquery, try operatorName(node.c), at: index)
        }
    }

    private func rowItems(_ expression: BoundExpression) -> [BoundExpression] {
        if case .row(let items) = expression.kind { items } else { [expression] }
    }

    /// Completes ANY / ALL: one comparison per column; the columns are converted inside the query.
    private func compare(
        _ operands: [BoundExpression],
        with subquery: BoundSubquery,
        _ name: String,
        at index: NodeIndex
    ) throws(SQLError) -> BoundExpression {
        var subquery = subquery
        let columns = subquery.query.visibleTargets
        if operands.count < columns.count { throw fail(.syntaxError, "subquery has too many columns", at: index) }
        if operands.count > columns.count { throw fail(.syntaxError, "subquery has too few columns", at: index) }
        if operands.count > 1, name != "=", name != "<>" {
            throw unsupported("row comparison \(name) with a subquery", at: index)
        }
        for (number, operand) in operands.enumerated() {
            let column = subquery.query.targets[number].expression
            let sample = BoundExpression(.literal(.null, token: -1), column.type)
            let comparison = try bindOperator(name, operand, sample, at: index)
            guard case .call(let function, let converted) = comparison.kind, converted.count == 2 else {
                throw unsupported("this operator with a subquery", at: index)
            }
            guard comparison.type.oid == .bool else {
                throw fail(
                    .wrongObjectType,
                    "operator \(name) must return type boolean, not type \(comparison.type.sqlName)",
                    at: index
                )
            }
            subquery.operands.append(converted[0])
            subquery.comparisons.append(function)
            if converted[1].type.oid != column.type.oid, let done = try coerce(column, converted[1].type, .implicit) {
                subquery.query.targets[number].expression = done
            }
        }
        if operands.count > 1, name == "<>" {
            // (a, b) <> ANY: not all equal; expressed through the equality of rows is not the same for ANY.
            throw unsupported("row comparison <> with a subquery", at: index)
        }
        return BoundExpression(.subquery(subquery), .bool, position: Int32(truncatingIfNeeded: tree[index].position))
    }

    // MARK: CASE and alternatives

    private func bindCase(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        var operand: BoundExpression?
        if node.a != 0 {
            let bound = try bindExpression(node.a, scope)
            operand = bound.type.oid == .unknown ? asText(bound) : bound
        }
        var conditions: [BoundExpression] = []
        var results: [BoundExpression] = []
        for (_, branch) in tree.list(node.b) {
            let condition = try bindExpression(branch.a, scope)
            if let operand {
                conditions.append(try bindOperator("=", operand, condition, at: branch.a))
            } else {
                conditions.append(try requireBoolean(condition, "CASE/WHEN", at: branch.a))
            }
            results.append(try bindExpression(branch.b, scope))
        }
        var otherwise: BoundExpression?
        if node.c != 0 { otherwise = try bindExpression(node.c, scope) }
        // The ELSE branch leads the choice of the type, as in PostgreSQL.
        let all = (otherwise.map { [$0] } ?? []) + results
        var type = try commonType(all, "CASE")
        // Without ELSE one more alternative is NULL, which has no modifier to agree on.
        if otherwise == nil { type.modifier = -1 }
        var branches: [BoundWhen] = []
        for (condition, result) in zip(conditions, results) {
            branches.append(BoundWhen(condition: condition, result: try coerceCommon(result, type, "CASE/WHEN")))
        }
        if let last = otherwise { otherwise = try coerceCommon(last, type, "CASE/ELSE") }
        return BoundExpression(
            .caseWhen(branches, otherwise: otherwise),
            type,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }

    private func bindAlternatives(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let word = node.kind == .coalesce ? "COALESCE" : node.kind == .greatest ? "GREATEST" : "LEAST"
        var items: [BoundExpression] = []
        for (item, _) in tree.list(node.a) { items.append(try bindExpression(item, scope)) }
        let type = try commonType(items, word)
        for position in items.indices { items[position] = try coerceCommon(items[position], type, word) }
        return BoundExpression(
            node.kind == .coalesce ? .coalesce(items) : .extreme(items, isGreatest: node.kind == .greatest),
            type,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }

    // MARK: arrays, records

    func bindArray(_ index: NodeIndex, _ scope: Scope, expecting: SQLType? = nil) throws(SQLError) -> BoundExpression {
        try enter()
        let node = tree[index]
        var items: [BoundExpression] = []
        var hasNested = false
        for (item, itemNode) in tree.list(node.a) {
            if itemNode.kind == .arrayConstructor {
                hasNested = true
                items.append(try bindArray(item, scope, expecting: expecting))
            } else {
                let bound = try bindExpression(item, scope)
                if bound.type.isArray { hasNested = true }
                items.append(bound)
            }
        }
        let position = Int32(truncatingIfNeeded: node.position)
        let type: SQLType
        if let expecting, let element = expecting.elementType {
            type = hasNested ? expecting.withoutModifier : element.withoutModifier
        } else {
            if items.isEmpty {
                throw fail(
                    .indeterminateDatatype,
                    "cannot determine type of empty array",
                    at: index,
                    hint: "Explicitly cast to the desired type, for example ARRAY[]::integer[]."
                )
            }
            type = try commonType(items, "ARRAY").withoutModifier
        }
        for number in items.indices {
            let context: Coercion.Context = expecting == nil ? .implicit : .explicit
            guard let done = try coerce(items[number], type, context) else {
                throw fail(
                    .cannotCoerce,
                    "cannot cast type \(items[number].type.withoutModifier.sqlName) to \(type.sqlName)",
                    offset: items[number].position
                )
            }
            items[number] = done
        }
        let element = hasNested ? type.elementType ?? type : type
        guard let array = hasNested ? type : element.arrayType else {
            throw fail(
                .undefinedObject,
                "could not find array type for data type \(element.sqlName)",
                at: index
            )
        }
        return BoundExpression(.array(items, element: element), array, position: position)
    }

    private func bindSubscript(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let base = try bindExpression(node.a, scope)
        guard let element = base.type.elementType else {
            throw fail(
                .datatypeMismatch,
                "cannot subscript type \(base.type.withoutModifier.sqlName) because it does not support subscripting",
                at: index
            )
        }
        var subscripts: [BoundSubscript] = []
        var isSlice = false
        for (item, bounds) in tree.list(node.b) {
            func bound(_ side: NodeIndex) throws(SQLError) -> BoundExpression? {
                guard side != 0 else { return nil }
                let value = try bindExpression(side, scope)
                guard let number = try coerce(value, .int4, .assignment) else {
                    throw fail(.datatypeMismatch, "array subscript must have type integer", at: item)
                }
                return number
            }
            let slice = bounds.flags.contains(.special)
            isSlice = isSlice || slice
            subscripts.append(
                BoundSubscript(lower: try bound(bounds.a), upper: try bound(bounds.b), isSlice: slice)
            )
        }
        return BoundExpression(
            .subscript(base, subscripts),
            isSlice ? base.type : element,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }

    private func bindFieldSelection(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        var base = try bindExpression(node.a, scope)
        for (part, partNode) in tree.list(node.b) {
            guard partNode.kind == .name else {
                throw fail(.syntaxError, "row expansion via \"*\" is not supported here", at: part)
            }
            let name = tree.string(partNode.a, partNode.b)
            let fields = recordFields(base, scope)
            guard let position = fields.firstIndex(where: { $0.name == name }) else {
                if base.type.oid == .record {
                    throw fail(
                        .undefinedColumn,
                        "could not identify column \"\(name)\" in record data type",
                        at: index
                    )
                }
                throw fail(
                    .wrongObjectType,
                    "column notation .\(name) applied to type \(base.type.sqlName), which is not a composite type",
                    at: index
                )
            }
            base = BoundExpression(
                .field(base, position),
                fields[position].type,
                position: Int32(truncatingIfNeeded: node.position)
            )
        }
        return base
    }
}

/// Spelling distance for "Perhaps you meant …".
enum Spelling {
    /// Levenshtein's distance, at most `limit`.
    static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) >= limit { return limit }
        var row = Array(0...right.count)
        for (i, first) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, second) in right.enumerated() {
                let substitution = diagonal + (first == second ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j + 1] + 1, row[j] + 1)
            }
        }
        return min(row[right.count], limit)
    }
}
