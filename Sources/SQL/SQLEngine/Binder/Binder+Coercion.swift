import SQLSyntax
import SQLTypes

/// Coercions and casts: to a wanted type, to a common type, as written.
extension Binder {
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

    func bindCast(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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
}
