import SQLTypes

/// Conversions between types as PostgreSQL chooses them: implicitly, on assignment, or because a cast was written.
enum Coercion {
    typealias Context = FunctionCatalog.Cast.Context

    enum Pathway {
        case none
        /// Same representation.
        case relabel
        case function(BuiltinFunction)
        /// Output function of the source, input function of the target.
        case textForm
        /// Element by element.
        case elements
    }

    // MARK: may it?

    static func pathway(_ source: OID, _ target: OID, _ context: Context) -> Pathway {
        if source == target { return .relabel }
        if let cast = FunctionCatalog.shared.cast(source, target) {
            guard context.rawValue >= cast.context.rawValue else { return .none }
            switch cast.method {
            case .function(let function): return .function(function)
            case .relabel: return .relabel
            case .textForm: return .textForm
            }
        }
        let sourceType = SQLType(oid: source)
        let targetType = SQLType(oid: target)
        if target != .oidvector, target != .int2vector, let from = sourceType.elementType,
            let to = targetType.elementType
        {
            switch pathway(from.oid, to.oid, context) {
            case .none: break
            case .relabel where source != .int2vector && source != .oidvector: return .relabel
            default: return .elements
            }
        }
        // Every type turns into text on assignment, and text into every type by an explicit cast.
        if context.rawValue >= Context.assignment.rawValue, targetType.info?.category == .string { return .textForm }
        if context == .explicit, sourceType.info?.category == .string { return .textForm }
        return .none
    }

    /// Whether arguments of these types can be converted to those (an undecided literal to anything).
    static func canCoerce(_ sources: [OID], _ targets: [OID], _ context: Context) -> Bool {
        var isPolymorphic = false
        for (source, target) in zip(sources, targets) {
            if source == target || target == .any { continue }
            if Polymorphism.isPolymorphic(target) {
                isPolymorphic = true
                continue
            }
            if source == .unknown { continue }
            if target == .record, SQLType(oid: source).info?.category == .composite { continue }
            if case .none = pathway(source, target, context) { return false }
        }
        return isPolymorphic ? Polymorphism.isConsistent(sources, targets) : true
    }

    // MARK: doing it

    /// Converts to `target` including its modifier; nil if there is no way in that context. Literals are converted at once.
    static func coerce(
        _ expression: BoundExpression,
        to target: SQLType,
        _ context: Context,
        _ text: TextContext = .standard
    ) throws(SQLError) -> BoundExpression? {
        guard let converted = try coerceBase(expression, to: target.withoutModifier, context, text) else { return nil }
        return try applyModifier(converted, target, isExplicit: context == .explicit)
    }

    private static func coerceBase(
        _ expression: BoundExpression,
        to target: SQLType,
        _ context: Context,
        _ text: TextContext
    ) throws(SQLError) -> BoundExpression? {
        if expression.type.oid == target.oid {
            return expression
        }
        if Polymorphism.isPolymorphic(target.oid) || target.oid == .any { return expression }
        if expression.type.oid == .unknown {
            switch expression.kind {
            case .literal(.null, let token):
                return BoundExpression(.literal(.null, token: token), target, position: expression.position)
            case .literal(.text(let bytes), let token):
                let value = try bytes.withRawBytes { (pointer) throws(SQLError) in try target.parse(pointer, text) }
                return BoundExpression(.literal(value, token: token), target, position: expression.position)
            case .parameter:
                return BoundExpression(expression.kind, target, position: expression.position)
            default:
                // An undecided column (of a subquery): its representation is text.
                return BoundExpression(
                    .call(textFormFunction(.text, target), [BoundExpression(expression.kind, .text)]),
                    target,
                    position: expression.position
                )
            }
        }
        if case .array(let items, _) = expression.kind, let element = target.elementType, context == .explicit {
            // ARRAY[…]::type[] converts the elements as written.
            var converted: [BoundExpression] = []
            for item in items {
                let itemTarget = item.type.isArray ? target : element
                guard let done = try coerce(item, to: itemTarget.withoutModifier, context, text) else { return nil }
                converted.append(done)
            }
            return BoundExpression(.array(converted, element: element), target, position: expression.position)
        }
        switch pathway(expression.type.oid, target.oid, context) {
        case .none: return nil
        case .relabel:
            if case .literal(let value, let token) = expression.kind, isSameForm(expression.type.oid, target.oid) {
                return BoundExpression(.literal(value, token: token), target, position: expression.position)
            }
            return call(relabelFunction(expression.type, target), expression, target)
        case .function(let function):
            var arguments = [expression]
            // Length-aware casts take the modifier and whether they were written.
            if function.arguments.count > 1 { arguments.append(BoundExpression(.literal(.int(-1), token: -1), .int4)) }
            if function.arguments.count > 2 {
                arguments.append(BoundExpression(.literal(.bool(context == .explicit), token: -1), .bool))
            }
            return BoundExpression(.call(function, arguments), target, position: expression.position)
        case .textForm: return call(textFormFunction(expression.type, target), expression, target)
        case .elements: return call(elementsFunction(expression.type, target, context), expression, target)
        }
    }

    private static func isSameForm(_ source: OID, _ target: OID) -> Bool {
        target != .bpchar && source != .bpchar
    }

    private static func call(_ function: BuiltinFunction, _ argument: BoundExpression, _ type: SQLType)
        -> BoundExpression
    {
        BoundExpression(.call(function, [argument]), type, position: argument.position)
    }

    /// Cuts or checks a value of the right type against the length or precision of `target`.
    private static func applyModifier(_ expression: BoundExpression, _ target: SQLType, isExplicit: Bool)
        throws(SQLError) -> BoundExpression
    {
        guard target.modifier >= 0 else { return expression }
        if expression.type == target { return expression }
        // A literal is cut at once; one that does not fit fails as the call below would, at no position.
        if case .literal(let value, let token) = expression.kind,
            let cut = try? target.coerced(value, explicit: isExplicit)
        {
            return BoundExpression(.literal(cut, token: token), target, position: expression.position)
        }
        let function = BuiltinFunction(
            0,
            target.catalogName,
            [target.oid],
            target.oid,
            kind: .scalar { (arguments, _) throws(SQLError) in
                try target.coerced(arguments[0], explicit: isExplicit)
            },
            isLengthCoercion: true
        )
        return BoundExpression(.call(function, [expression]), target, position: expression.position)
    }

    /// For defaults and assignments whose types are known to fit. XX000 if they do not.
    static func assignment(_ expression: BoundExpression, to target: SQLType) throws(SQLError) -> BoundExpression {
        guard let done = try coerce(expression, to: target, .assignment) else {
            throw SQLError(.internalError, "no assignment cast from \(expression.type.sqlName) to \(target.sqlName)")
        }
        return done
    }

    // MARK: synthetic cast functions

    static func relabelFunction(_ source: SQLType, _ target: SQLType) -> BuiltinFunction {
        if source.oid == .bpchar, target.oid == .text || target.oid == .varchar {
            return BuiltinFunction(
                401,
                "text",
                [.bpchar],
                target.oid,
                kind: .scalar { (arguments, _) throws(SQLError) in
                    .text(Array(Value.unpadded(arguments[0].asText ?? [])))
                },
                form: .convert(.bpchar, .text)
            )
        }
        return BuiltinFunction(
            0,
            target.catalogName,
            [source.oid],
            target.oid,
            kind: .scalar { (arguments, _) throws(SQLError) in arguments[0] },
            form: .relabel
        )
    }

    static func textFormFunction(_ source: SQLType, _ target: SQLType) -> BuiltinFunction {
        let isSourceReg = CatalogFunctions.isRegistered(source.oid)
        let isTargetReg = CatalogFunctions.isRegistered(target.oid)
        return BuiltinFunction(
            0,
            target.catalogName,
            [source.oid],
            target.oid,
            kind: .scalar { (arguments, environment) throws(SQLError) in
                let text =
                    isSourceReg
                    ? CatalogFunctions.output(arguments[0], source.oid, environment)
                    : source.text(arguments[0], environment.textContext) ?? ""
                if isTargetReg { return try CatalogFunctions.input(text, target.oid, environment) }
                if source.oid == .bpchar, target.isString, target.oid != .bpchar {
                    return try target.parse(
                        String(text.reversed().drop { $0 == " " }.reversed()),
                        environment.textContext
                    )
                }
                return try target.parse(text, environment.textContext)
            },
            volatility: .stable
        )
    }

    private static func elementsFunction(_ source: SQLType, _ target: SQLType, _ context: Context) -> BuiltinFunction {
        let from = source.elementType ?? .text
        let to = target.elementType ?? .text
        let route = pathway(from.oid, to.oid, context)
        let isExplicit = context == .explicit
        let textForm = textFormFunction(from, to)
        return BuiltinFunction(
            0,
            target.catalogName,
            [source.oid],
            target.oid,
            kind: .scalar { (arguments, environment) throws(SQLError) in
                guard var array = arguments[0].asArray else { return arguments[0] }
                array.elementType = to
                for index in array.elements.indices where !array.elements[index].isNull {
                    let function: BuiltinFunction
                    switch route {
                    case .function(let found): function = found
                    case .textForm: function = textForm
                    default: continue
                    }
                    var inputs = [array.elements[index]]
                    if function.arguments.count > 1 { inputs.append(.int(-1)) }
                    if function.arguments.count > 2 { inputs.append(.bool(isExplicit)) }
                    array.elements[index] = try FunctionCall.run(function, inputs, environment)
                }
                return .array(array)
            },
            volatility: .stable
        )
    }
}

/// Calls a function with an array of values.
enum FunctionCall {
    static func run(_ function: BuiltinFunction, _ arguments: [Value], _ environment: any EvaluationEnvironment)
        throws(SQLError) -> Value
    {
        try arguments.withUnsafeBufferPointer { (buffer) throws(SQLError) in try function.call(buffer, environment) }
    }
}

/// anyelement, anyarray and their kin: which real types stand for them in a call.
enum Polymorphism {
    static func isPolymorphic(_ oid: OID) -> Bool {
        switch oid {
        case .anyelement, .anyarray, .anynonarray, .anyenum, .anyrange, .anycompatible, .anycompatiblearray,
            .anycompatiblenonarray:
            true
        default: false
        }
    }

    /// The element type that the arguments agree on; nil if they do not. `unknown` takes part in nothing.
    static func element(_ sources: [OID], _ targets: [OID]) -> OID? {
        var element: OID = 0
        var compatible: [OID] = []
        for (source, target) in zip(sources, targets) where source != .unknown {
            switch target {
            case .anyelement, .anynonarray, .anyenum:
                if target == .anynonarray, SQLType(oid: source).isArray { return nil }
                if element != 0, element != source { return nil }
                element = source
            case .anyarray:
                if source == .anyarray { continue }
                guard let inner = SQLType(oid: source).elementType?.oid else { return nil }
                if element != 0, element != inner { return nil }
                element = inner
            case .anycompatible, .anycompatiblenonarray:
                compatible.append(source)
            case .anycompatiblearray:
                guard let inner = SQLType(oid: source).elementType?.oid else { return nil }
                compatible.append(inner)
            default: break
            }
        }
        if !compatible.isEmpty { return CommonType.choose(compatible) }
        return element
    }

    static func isConsistent(_ sources: [OID], _ targets: [OID]) -> Bool {
        guard let element = element(sources, targets) else { return false }
        let needsArray = targets.contains(.anyarray) || targets.contains(.anycompatiblearray)
        // ARRAY functions over pg_catalog's anyarray columns stay as they are.
        if element == 0, needsArray { return sources.allSatisfy { $0 == .unknown || $0 == .anyarray } }
        return true
    }

    /// The real type of a declared argument or result, given the element type.
    static func resolve(_ declared: OID, element: OID) -> OID {
        switch declared {
        case .anyelement, .anynonarray, .anyenum, .anycompatible, .anycompatiblenonarray: return element
        case .anyarray, .anycompatiblearray: return SQLType(oid: element).arrayType?.oid ?? declared
        default: return declared
        }
    }
}

/// The common type of CASE branches, UNION columns, array elements, IN lists (select_common_type's rules).
enum CommonType {
    /// nil if the types have none.
    static func choose(_ types: [OID]) -> OID? {
        guard var chosen = types.first else { return .text }
        if types.allSatisfy({ $0 == chosen }), chosen != .unknown { return chosen }
        for next in types.dropFirst() where next != .unknown && next != chosen {
            if chosen == .unknown {
                chosen = next
                continue
            }
            guard let left = SQLType(oid: chosen).info, let right = SQLType(oid: next).info else { return nil }
            if left.category != right.category { return nil }
            if !left.isPreferred, Coercion.canCoerce([chosen], [next], .implicit),
                !Coercion.canCoerce([next], [chosen], .implicit)
            {
                chosen = next
            }
        }
        return chosen == .unknown ? .text : chosen
    }
}
