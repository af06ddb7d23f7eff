import SQLSyntax
import SQLTypes

/// Arrays and records: ARRAY[…], subscripts, slices, fields.
extension Binder {
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

    func bindSubscript(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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

    func bindFieldSelection(_ index: NodeIndex, _ scope: Scope) throws(SQLError) -> BoundExpression {
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
