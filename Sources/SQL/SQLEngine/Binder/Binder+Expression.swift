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

    func bindNumeric(_ node: Node, isNegative: Bool) throws(SQLError) -> BoundExpression {
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
}
