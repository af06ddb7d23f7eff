import SQLSyntax
import SQLTypes

/// Operators, and the constructs that are operators in disguise: BETWEEN, IN, LIKE, IS DISTINCT FROM, ANY and ALL.
extension Binder {
    func bindOperation(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindOperand(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindPrefixOperation(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindBinary(_ name: String, _ left: BoundExpression, _ right: BoundExpression, at index: NodeIndex)
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

    func bindRowComparison(
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

    func bindIsDistinct(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindBetween(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindInList(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindLike(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindQuantifiedArray(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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
}
