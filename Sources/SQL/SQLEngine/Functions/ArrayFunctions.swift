import SQLTypes

/// Arrays: construction, parts, searching, set-returning unnest and generate_…
enum ArrayFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registry.add("array_append") { (a, _) throws(SQLError) in
            try concatenated(a[0], .array(SQLArray(elementType: guessedType([a[1]]), [a[1]])))
        }
        registry.add("array_prepend") { (a, _) throws(SQLError) in
            try concatenated(.array(SQLArray(elementType: guessedType([a[0]]), [a[0]])), a[1])
        }
        registry.add("array_cat") { (a, _) throws(SQLError) in try concatenated(a[0], a[1]) }
        registry.add("array_ndims") { (a, _) throws(SQLError) in
            let count = a[0].asArray?.dimensions.count ?? 0
            return count == 0 ? .null : .int(Int64(count))
        }
        registry.add("array_length") { (a, _) throws(SQLError) in dimension(a).map { .int(Int64($0.count)) } ?? .null }
        registry.add("array_lower") { (a, _) throws(SQLError) in
            dimension(a).map { .int(Int64($0.lowerBound)) } ?? .null
        }
        registry.add("array_upper") { (a, _) throws(SQLError) in
            dimension(a).map { .int(Int64($0.lowerBound + $0.count - 1)) } ?? .null
        }
        registry.add("array_cardinality") { (a, _) throws(SQLError) in .int(Int64(a[0].asArray?.elements.count ?? 0)) }
        registry.add("array_dims") { (a, _) throws(SQLError) in
            guard let array = a[0].asArray, !array.dimensions.isEmpty else { return .null }
            return .string(array.dimensions.map { "[\($0.lowerBound):\($0.lowerBound + $0.count - 1)]" }.joined())
        }
        for symbol in ["array_position", "array_position_start"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                guard let array = a[0].asArray else { return .null }
                let first = a.count > 2 && !a[2].isNull ? a[2].integer : 1
                for (index, element) in array.elements.enumerated()
                where Int64(index) + 1 >= first && isSame(element, a[1], array.elementType) {
                    return .int(Int64(index + (array.dimensions.first?.lowerBound ?? 1)))
                }
                return .null
            }
        }
        registry.add("array_positions") { (a, _) throws(SQLError) in
            guard let array = a[0].asArray else { return .null }
            let found = array.elements.indices.filter { isSame(array.elements[$0], a[1], array.elementType) }
            return .array(SQLArray(elementType: .int4, found.map { .int(Int64($0 + 1)) }))
        }
        registry.add("array_remove") { (a, _) throws(SQLError) in
            guard var array = a[0].asArray else { return .null }
            array = SQLArray(
                elementType: array.elementType,
                array.elements.filter { !isSame($0, a[1], array.elementType) }
            )
            return .array(array)
        }
        registry.add("array_replace") { (a, _) throws(SQLError) in
            guard var array = a[0].asArray else { return .null }
            for index in array.elements.indices where isSame(array.elements[index], a[1], array.elementType) {
                array.elements[index] = a[2]
            }
            return .array(array)
        }
        for symbol in ["array_to_text", "array_to_text_null"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                guard let array = a[0].asArray, !a[1].isNull else { return .null }
                var parts: [String] = []
                for element in array.elements {
                    if element.isNull {
                        if a.count > 2, !a[2].isNull { parts.append(a[2].swiftString) }
                    } else {
                        parts.append(array.elementType.text(element, environment.textContext) ?? "")
                    }
                }
                return .string(parts.joined(separator: a[1].swiftString))
            }
        }
        registry.add("arraycontains") { (a, _) throws(SQLError) in .bool(contains(a[0], a[1])) }
        registry.add("arraycontained") { (a, _) throws(SQLError) in .bool(contains(a[1], a[0])) }
        registry.add("arrayoverlap") { (a, _) throws(SQLError) in
            guard let left = a[0].asArray, let right = a[1].asArray else { return .bool(false) }
            return .bool(
                left.elements.contains { item in
                    !item.isNull && right.elements.contains { !$0.isNull && isSame(item, $0, left.elementType) }
                }
            )
        }
        registry.addRows("array_unnest") { (a, _) throws(SQLError) in
            a[0].asArray?.elements.map { [$0] } ?? []
        }
        for symbol in [
            "generate_series_int4", "generate_series_int8", "generate_series_step_int4", "generate_series_step_int8",
        ] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                let step = a.count > 2 ? a[2].integer : 1
                if step == 0 { throw SQLError(.invalidParameterValue, "step size cannot equal zero") }
                var rows: [[Value]] = []
                var current = a[0].integer
                while step > 0 ? current <= a[1].integer : current >= a[1].integer {
                    rows.append([.int(current)])
                    if rows.count > 50_000_000 { throw SQLError(.outOfMemory, "out of memory") }
                    let (next, overflow) = current.addingReportingOverflow(step)
                    if overflow { break }
                    current = next
                }
                return rows
            }
        }
        for symbol in ["generate_series_numeric", "generate_series_step_numeric"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                let step = a.count > 2 ? a[2].decimal : Numeric(1)
                if step.isZero { throw SQLError(.invalidParameterValue, "step size cannot equal zero") }
                var rows: [[Value]] = []
                var current = a[0].decimal
                while step.signum > 0
                    ? Numeric.compare(current, a[1].decimal) <= 0 : Numeric.compare(current, a[1].decimal) >= 0
                {
                    rows.append([.numeric(current)])
                    if rows.count > 20_000_000 { throw SQLError(.outOfMemory, "out of memory") }
                    current = try current.adding(step)
                }
                return rows
            }
        }
        for symbol in ["generate_series_timestamp", "generate_series_timestamptz"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                let step = a[2].span
                let forward = DateTimeFunctions.estimate(step)
                if forward == 0 { throw SQLError(.invalidParameterValue, "step size cannot equal zero") }
                var rows: [[Value]] = []
                var current = a[0].instant
                while forward > 0 ? current <= a[1].instant : current >= a[1].instant {
                    rows.append([.timestamp(current)])
                    if rows.count > 20_000_000 { throw SQLError(.outOfMemory, "out of memory") }
                    current = try DateTime.adding(step, to: current)
                }
                return rows
            }
        }
        for symbol in ["generate_subscripts", "generate_subscripts_nodir"] {
            registry.addRows(symbol) { (a, _) throws(SQLError) in
                guard let found = dimension(a) else { return [] }
                let values = (found.lowerBound..<(found.lowerBound + found.count)).map { [Value.int(Int64($0))] }
                return a.count > 2 && a[2].boolean ? values.reversed() : values
            }
        }
    }

    private static func dimension(_ a: UnsafeBufferPointer<Value>) -> SQLArray.Dimension? {
        guard let array = a[0].asArray, a[1].integer >= 1, a[1].integer <= Int64(array.dimensions.count) else {
            return nil
        }
        return array.dimensions[Int(a[1].integer) - 1]
    }

    private static func isSame(_ left: Value, _ right: Value, _ type: SQLType) -> Bool {
        if left.isNull || right.isNull { return left.isNull && right.isNull }
        return type.compare(left, right) == 0
    }

    private static func contains(_ outer: Value, _ inner: Value) -> Bool {
        guard let outer = outer.asArray, let inner = inner.asArray else { return false }
        return inner.elements.allSatisfy { item in
            !item.isNull && outer.elements.contains { !$0.isNull && isSame(item, $0, outer.elementType) }
        }
    }

    private static func concatenated(_ left: Value, _ right: Value) throws(SQLError) -> Value {
        guard let first = left.asArray, !first.elements.isEmpty else {
            return right.isNull ? left : right
        }
        guard let second = right.asArray, !second.elements.isEmpty else { return left }
        guard first.dimensions.count <= 1, second.dimensions.count <= 1 else {
            if first.dimensions.count == second.dimensions.count,
                first.dimensions.dropFirst() == second.dimensions.dropFirst()
            {
                var dimensions = first.dimensions
                dimensions[0].count += second.dimensions[0].count
                return .array(
                    SQLArray(
                        elementType: first.elementType,
                        dimensions: dimensions,
                        elements: first.elements + second.elements
                    )
                )
            }
            throw SQLError(
                .arraySubscriptError,
                "cannot concatenate incompatible arrays",
                detail: "Arrays with differing dimensions are not compatible for concatenation."
            )
        }
        var result = SQLArray(elementType: first.elementType, first.elements + second.elements)
        result.dimensions[0].lowerBound = first.dimensions[0].lowerBound
        return .array(result)
    }

    /// Arrays of equal shape as one of a dimension more.
    static func stack(_ items: [Value]) throws(SQLError) -> Value {
        guard let first = items.first?.asArray else {
            throw SQLError(.nullValueNotAllowed, "cannot accumulate null arrays")
        }
        var elements: [Value] = []
        for item in items {
            guard let array = item.asArray else {
                throw SQLError(.nullValueNotAllowed, "cannot accumulate null arrays")
            }
            guard array.dimensions == first.dimensions else {
                throw SQLError(.arraySubscriptError, "cannot accumulate arrays of different dimensionality")
            }
            elements += array.elements
        }
        if first.elements.isEmpty { throw SQLError(.arraySubscriptError, "cannot accumulate empty arrays") }
        return .array(
            SQLArray(
                elementType: first.elementType,
                dimensions: [SQLArray.Dimension(count: items.count)] + first.dimensions,
                elements: elements
            )
        )
    }

    /// The element type that the representation suggests; the expression's own type decides how it is written.
    static func guessedType(_ values: [Value]) -> SQLType {
        for value in values {
            switch value {
            case .null: continue
            case .bool: return .bool
            case .int: return .int8
            case .float: return .float8
            case .numeric: return .numeric
            case .text: return .text
            case .bytes: return .bytea
            case .date: return .date
            case .time: return .time
            case .timestamp: return .timestamp
            case .interval: return .interval
            case .uuid: return .uuid
            case .array(let array): return array.elementType
            case .record: return .record
            }
        }
        return .text
    }
}
