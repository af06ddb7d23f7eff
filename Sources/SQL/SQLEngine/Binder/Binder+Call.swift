import SQLSyntax
import SQLTypes

/// Calls: functions, aggregates, set-returning functions, value functions.
extension Binder {
    func bindCall(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let details = node.c == 0 ? nil : tree[node.c]
        if let details, details.c != 0 { throw unsupported("OVER", at: node.c) }
        if let details, details.flags.contains(.special) { throw unsupported("WITHIN GROUP", at: node.c) }
        let (schema, name) = try splitName(node.a)
        if let schema, schema != "pg_catalog" {
            if schema == "information_schema", name == "_pg_expandarray" {
                throw unsupported("function information_schema._pg_expandarray", at: index)
            }
            if catalog.schema(named: schema, in: database) == nil {
                throw fail(.invalidSchemaName, "schema \"\(schema)\" does not exist", at: index)
            }
        }

        // Arguments of an aggregate are rows' values: no aggregate inside them.
        let isAggregateName =
            FunctionCatalog.shared.functions[name]?.contains { if case .aggregate = $0.kind { true } else { false } }
            ?? false
        let wasInAggregate = scope.isInAggregate
        if isAggregateName { scope.isInAggregate = true }
        defer { scope.isInAggregate = wasInAggregate }
        let aggregatesBefore = scope.query.aggregates.count

        var arguments: [BoundExpression] = []
        for (item, argument) in tree.list(node.b) {
            if argument.kind == .namedArgument {
                guard let placed = try bindNamedArguments(name, node.b, scope, at: index) else {
                    throw unsupported("named notation for function \(name)", at: item)
                }
                arguments = placed
                break
            }
            arguments.append(try bindExpression(item, scope))
        }
        if node.flags.contains(.special), name != "count" || arguments.count > 0 {
            throw fail(
                .undefinedFunction,
                "function \(name)() does not exist",
                at: index,
                hint:
                    "No function matches the given name and argument types. You might need to add explicit type casts."
            )
        }
        // `f(x)` may also be a cast to type f.
        let types = arguments.map { $0.type.oid }
        let outcome = FunctionResolution.function(name, types, isVariadicCall: node.flags.contains(.all))
        if case .notFound = outcome, let cast = try functionalCast(name, arguments, node, at: index) { return cast }
        let candidate = try chosen(outcome, schema.map { "\($0).\(name)" } ?? name, arguments, at: index)
        let prepared = try prepare(candidate, arguments, at: index)
        if candidate.function.isWindow {
            throw fail(.windowingError, "window function \(name) requires an OVER clause", at: index)
        }
        if name == "pg_typeof", let argument = arguments.first {
            return BoundExpression(
                .literal(.int(Int64(argument.type.oid)), token: -1),
                SQLType(oid: .regtype),
                position: Int32(truncatingIfNeeded: node.position)
            )
        }
        if case .aggregate = candidate.function.kind {
            if arguments.isEmpty, !node.flags.contains(.special) {
                throw fail(
                    .wrongObjectType,
                    "\(name)(*) must be used to call a parameterless aggregate function",
                    at: index
                )
            }
            scope.isInAggregate = wasInAggregate
            return try bindAggregate(
                candidate.function,
                prepared,
                isNested: wasInAggregate || scope.query.aggregates.count > aggregatesBefore,
                index,
                scope
            )
        }
        if node.flags.contains(.distinct) {
            throw fail(.wrongObjectType, "DISTINCT specified, but \(name) is not an aggregate function", at: index)
        }
        if let details {
            let what = details.a != 0 ? "ORDER BY" : "FILTER"
            throw fail(.wrongObjectType, "\(what) specified, but \(name) is not an aggregate function", at: index)
        }
        return try finish(candidate.function, prepared, at: index, scope)
    }

    /// A call that the binder makes itself (AT TIME ZONE, LIKE … ESCAPE).
    func bindCall(named name: String, _ arguments: [BoundExpression], at index: NodeIndex, _ scope: Scope)
        throws(SQLError)
        -> BoundExpression
    {
        let outcome = FunctionResolution.function(name, arguments.map { $0.type.oid })
        let candidate = try chosen(outcome, name, arguments, at: index)
        return try finish(candidate.function, try prepare(candidate, arguments, at: index), at: index, scope)
    }

    private func chosen(
        _ outcome: FunctionResolution.Outcome<FunctionResolution.Candidate>,
        _ name: String,
        _ arguments: [BoundExpression],
        at index: NodeIndex
    ) throws(SQLError) -> FunctionResolution.Candidate {
        let shown = "\(name)(\(arguments.map { $0.type.withoutModifier.sqlName }.joined(separator: ", ")))"
        switch outcome {
        case .found(let candidate): return candidate
        case .ambiguous:
            throw fail(
                .ambiguousFunction,
                "function \(shown) is not unique",
                at: index,
                hint: "Could not choose a best candidate function. You might need to add explicit type casts."
            )
        case .notFound:
            throw fail(
                .undefinedFunction,
                "function \(shown) does not exist",
                at: index,
                hint:
                    "No function matches the given name and argument types. You might need to add explicit type casts."
            )
        }
    }

    /// Converts the arguments, gathers variadic ones, fills in defaults. The result type is in `type`.
    private func prepare(
        _ candidate: FunctionResolution.Candidate,
        _ arguments: [BoundExpression],
        at index: NodeIndex
    ) throws(SQLError) -> (arguments: [BoundExpression], result: SQLType) {
        let function = candidate.function
        let (types, result) = try resolvePolymorphic(candidate.types, function.result, arguments, at: index)
        var converted: [BoundExpression] = []
        for (argument, type) in zip(arguments, types) {
            if type == .any {
                if argument.type.oid == .unknown {
                    converted.append(asText(argument))
                } else if ["concat", "concat_ws", "format"].contains(function.name), !argument.type.isString {
                    // These show a value as its type's output does.
                    converted.append(
                        BoundExpression(
                            .call(Coercion.textFormFunction(argument.type, .text), [argument]),
                            .text,
                            position: argument.position
                        )
                    )
                } else {
                    converted.append(argument)
                }
                continue
            }
            guard let done = try coerce(argument, SQLType(oid: type), .implicit) else {
                throw fail(
                    .cannotCoerce,
                    "cannot cast type \(argument.type.sqlName) to \(SQLType(oid: type).sqlName)",
                    at: index
                )
            }
            converted.append(done)
        }
        if let count = candidate.variadicCount, function.arguments.last != .any {
            let gathered = Array(converted.suffix(count))
            converted.removeLast(count)
            let element = SQLType(oid: gathered.first?.type.oid ?? types.last ?? .text).withoutModifier
            converted.append(
                BoundExpression(.array(gathered, element: element), element.arrayType ?? .text)
            )
        }
        if candidate.defaultsUsed > 0 {
            let first = function.defaults.count - candidate.defaultsUsed
            for position in 0..<candidate.defaultsUsed {
                let type = function.arguments[function.arguments.count - candidate.defaultsUsed + position]
                converted.append(
                    BoundExpression(.literal(function.defaults[first + position], token: -1), SQLType(oid: type))
                )
            }
        }
        return (converted, SQLType(oid: result))
    }

    private func finish(
        _ function: BuiltinFunction,
        _ prepared: (arguments: [BoundExpression], result: SQLType),
        at index: NodeIndex,
        _ scope: Scope
    ) throws(SQLError) -> BoundExpression {
        let position = Int32(truncatingIfNeeded: tree[index].position)
        if case .setReturning = function.kind {
            guard scope.allowsSetReturning,
                scope.clause == .select || scope.clause == .function || scope.clause == .orderBy
            else {
                let place = scope.clause == .other ? "this context" : scope.clause.rawValue
                throw fail(
                    .featureNotSupported,
                    "set-returning functions are not allowed in \(place)",
                    at: index
                )
            }
            return BoundExpression(
                .setReturning(function, prepared.arguments),
                prepared.result,
                position: position
            )
        }
        return BoundExpression(.call(function, prepared.arguments), prepared.result, position: position)
    }

    private func functionalCast(_ name: String, _ arguments: [BoundExpression], _ node: Node, at index: NodeIndex)
        throws(SQLError) -> BoundExpression?
    {
        guard arguments.count == 1, !node.flags.contains(.distinct), let info = TypeInfo.find(name: name) else {
            return nil
        }
        let source = arguments[0].type.oid
        let target = SQLType(oid: info.oid)
        // As a function, a cast must be one that a function or relabelling does (or from a literal).
        guard
            source == .unknown || FunctionCatalog.shared.cast(source, info.oid) != nil || source == info.oid
                || (target.info?.category == .string)
        else { return nil }
        return try coerce(arguments[0], target, .explicit)
    }

    /// name => value: only for functions whose argument names are known here.
    private func bindNamedArguments(_ name: String, _ list: NodeIndex, _ scope: Scope, at index: NodeIndex)
        throws(SQLError) -> [BoundExpression]?
    {
        guard name == "make_interval" else { return nil }
        let names = ["years", "months", "weeks", "days", "hours", "mins", "secs"]
        var values = names.map { name in
            BoundExpression(
                .literal(name == "secs" ? .float(0) : .int(0), token: -1),
                name == "secs" ? SQLType.float8 : .int4
            )
        }
        for (position, (item, argument)) in tree.list(list).enumerated() {
            if argument.kind == .namedArgument {
                let label = tree.string(argument.a, argument.b)
                guard let slot = names.firstIndex(of: label) else { return nil }
                values[slot] = try bindExpression(argument.c, scope)
            } else if position < values.count {
                values[position] = try bindExpression(item, scope)
            }
        }
        return values
    }

    // MARK: aggregates

    private func bindAggregate(
        _ function: BuiltinFunction,
        _ prepared: (arguments: [BoundExpression], result: SQLType),
        isNested: Bool,
        _ index: NodeIndex,
        _ scope: Scope
    ) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        if isNested { throw fail(.groupingError, "aggregate function calls cannot be nested", at: index) }
        // An aggregate belongs to the innermost query whose columns it uses (or to this one, if it uses none).
        var lowest = Int.max
        for argument in prepared.arguments {
            argument.visit { part in
                if case .column(let reference) = part.kind { lowest = min(lowest, reference.level) }
                if case .wholeRow(_, let level) = part.kind { lowest = min(lowest, level) }
            }
        }
        if lowest != Int.max, lowest > 0 { throw unsupported("an aggregate of an outer query", at: index) }
        switch scope.clause {
        case .select, .having, .orderBy, .distinctOn: break
        case .other:
            throw fail(.groupingError, "aggregate functions are not allowed here", at: index)
        case .from:
            throw fail(
                .groupingError,
                "aggregate functions are not allowed in FROM clause of their own query level",
                at: index
            )
        default:
            throw fail(
                .groupingError,
                "aggregate functions are not allowed in \(scope.clause.rawValue)",
                at: index
            )
        }
        var aggregate = BoundAggregate(
            function: function,
            arguments: prepared.arguments,
            isDistinct: node.flags.contains(.distinct),
            orderBy: [],
            filter: nil,
            type: prepared.result
        )
        if node.c != 0 {
            let details = tree[node.c]
            let saved = scope.isInAggregate
            scope.isInAggregate = true
            defer { scope.isInAggregate = saved }
            for (_, key) in tree.list(details.a) {
                var expression = try bindExpression(key.a, scope)
                if expression.type.oid == .unknown { expression = asText(expression) }
                let isDescending = key.flags.contains(.descending)
                if aggregate.isDistinct, !aggregate.arguments.contains(where: { $0.isSame(as: expression) }) {
                    throw fail(
                        .invalidColumnReference,
                        "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                        at: key.a
                    )
                }
                aggregate.orderBy.append(
                    (
                        expression, isDescending,
                        key.flags.contains(.nullsFirst) || (isDescending && !key.flags.contains(.nullsLast))
                    )
                )
            }
            if details.b != 0 { aggregate.filter = try bindCondition(details.b, scope, "FILTER") }
        }
        if aggregate.isDistinct, aggregate.arguments.isEmpty {
            throw fail(.wrongObjectType, "DISTINCT specified, but \(function.name) has no arguments", at: index)
        }
        let position = Int32(truncatingIfNeeded: node.position)
        for (number, known) in scope.query.aggregates.enumerated() where isSame(known, aggregate) {
            return BoundExpression(.aggregate(number), aggregate.type, position: position)
        }
        scope.query.aggregates.append(aggregate)
        return BoundExpression(
            .aggregate(scope.query.aggregates.count - 1),
            aggregate.type,
            position: position
        )
    }

    private func isSame(_ left: BoundAggregate, _ right: BoundAggregate) -> Bool {
        guard left.function.oid == right.function.oid, left.isDistinct == right.isDistinct,
            left.arguments.count == right.arguments.count, left.orderBy.count == right.orderBy.count
        else { return false }
        guard zip(left.arguments, right.arguments).allSatisfy({ $0.isSame(as: $1) }) else { return false }
        guard
            zip(left.orderBy, right.orderBy).allSatisfy({
                $0.expression.isSame(as: $1.expression) && $0.isDescending == $1.isDescending
                    && $0.nullsFirst == $1.nullsFirst
            })
        else { return false }
        switch (left.filter, right.filter) {
        case (nil, nil): return true
        case (let first?, let second?): return first.isSame(as: second)
        default: return false
        }
    }

    // MARK: CURRENT_DATE and its kin

    func bindValueFunction(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
        let node = tree[index]
        let precision: Int32 = node.b == 0 ? -1 : Int32(min(node.b - 1, 6))
        let name: String
        var type: SQLType
        switch Keyword(rawValue: UInt16(truncatingIfNeeded: node.a)) {
        case .currentDate: (name, type) = ("current_date", .date)
        case .currentTimestamp: (name, type) = ("current_timestamp", .timestamptz)
        case .localtimestamp: (name, type) = ("localtimestamp", .timestamp)
        case .localtime: (name, type) = ("localtime", .time)
        case .currentUser, .currentRole, .user: (name, type) = ("current_user", .name)
        case .sessionUser: (name, type) = ("session_user", .name)
        case .currentCatalog: (name, type) = ("current_database", .name)
        case .currentSchema: (name, type) = ("current_schema", .name)
        default: throw unsupported("CURRENT_TIME", at: index)
        }
        type.modifier = precision
        let target = type
        let function = BuiltinFunction(
            0,
            name,
            [],
            type.oid,
            kind: .scalar { (_, environment) throws(SQLError) in
                try target.coerced(try SystemFunctions.valueFunction(name, environment), explicit: true)
            },
            volatility: .stable
        )
        return BoundExpression(
            .call(function, []),
            type,
            position: Int32(truncatingIfNeeded: node.position)
        )
    }
}
