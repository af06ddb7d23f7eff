// GROUP BY and aggregates: a hash table from key values to the running states of the aggregates.

import SQLTypes

final class AggregatePlan {
    let function: BuiltinFunction
    let arguments: [Expression]
    let filter: Expression?
    let isDistinct: Bool
    let orderBy: [(expression: Expression, isDescending: Bool, nullsFirst: Bool)]
    let argumentTypes: KeyTypes

    init(
        _ function: BuiltinFunction,
        _ arguments: [Expression],
        filter: Expression?,
        isDistinct: Bool,
        orderBy: [(expression: Expression, isDescending: Bool, nullsFirst: Bool)]
    ) {
        self.function = function
        self.arguments = arguments
        self.filter = filter
        self.isDistinct = isDistinct
        self.orderBy = orderBy
        argumentTypes = KeyTypes(arguments.map(\.type))
    }
}

/// One aggregate over one group.
final class AggregateRun {
    let plan: AggregatePlan
    private let state: any AggregateState
    private var seen: Set<RowKey> = []
    private var held: [(keys: [Value], arguments: [Value])] = []
    /// The arguments of the row at hand. Memory of its own: an array that is a variable of an object is checked and counted
    /// at each access.
    private let arguments: UnsafeMutableBufferPointer<Value>

    init(_ plan: AggregatePlan) throws(SQLError) {
        guard case .aggregate(let make) = plan.function.kind else {
            throw SQLError(.internalError, "\(plan.function.name) is not an aggregate")
        }
        self.plan = plan
        state = make()
        arguments = .allocate(capacity: plan.arguments.count)
        arguments.initialize(repeating: .null)
    }

    deinit {
        arguments.deinitialize()
        arguments.deallocate()
    }

    func add(_ frame: Frame) throws(SQLError) {
        if let filter = plan.filter, try filter.test(frame) != .yes { return }
        for position in arguments.indices { arguments[position] = try plan.arguments[position].evaluate(frame) }
        if plan.isDistinct {
            let values = Array(arguments)
            guard seen.insert(RowKey(values, plan.argumentTypes)).inserted else { return }
            // PostgreSQL sorts to find the distinct ones, so they arrive in order.
            if plan.orderBy.isEmpty {
                held.append((values, values))
                return
            }
        }
        if !plan.orderBy.isEmpty {
            var keys: [Value] = []
            for item in plan.orderBy { keys.append(try item.expression.evaluate(frame)) }
            held.append((keys, Array(arguments)))
            return
        }
        try state.add(UnsafeBufferPointer(arguments))
    }

    func result() throws(SQLError) -> Value {
        if !held.isEmpty {
            if plan.orderBy.isEmpty {
                let types = plan.argumentTypes.types
                held.sort { a, b in
                    for position in types.indices {
                        let order = types[position].compareNullsLast(a.keys[position], b.keys[position])
                        if order != 0 { return order < 0 }
                    }
                    return false
                }
            } else {
                let order = SortOrder(
                    plan.orderBy.map {
                        SortOrder.Key(
                            type: $0.expression.type,
                            isDescending: $0.isDescending,
                            nullsFirst: $0.nullsFirst
                        )
                    }
                )
                // Equal keys keep the order of input.
                let indexed = held.enumerated().sorted { a, b in
                    let result = order.compare(a.element.keys, b.element.keys)
                    return result != 0 ? result < 0 : a.offset < b.offset
                }
                held = indexed.map(\.element)
            }
            for item in held {
                try item.arguments.withUnsafeBufferPointer { (values) throws(SQLError) in try state.add(values) }
            }
            held = []
        }
        return try state.result()
    }
}

/// How rows are ordered.
struct SortOrder {
    struct Key {
        var type: SQLType
        var isDescending: Bool
        var nullsFirst: Bool
    }
    let keys: [Key]
    init(_ keys: [Key]) { self.keys = keys }

    /// Negative, 0 or positive.
    func compare(_ left: [Value], _ right: [Value]) -> Int {
        for position in keys.indices {
            let order = compare(left[position], right[position], keys[position])
            if order != 0 { return order }
        }
        return 0
    }

    private func compare(_ a: Value, _ b: Value, _ key: Key) -> Int {
        switch (a.isNull, b.isNull) {
        case (true, true): return 0
        case (true, false): return key.nullsFirst ? -1 : 1
        case (false, true): return key.nullsFirst ? 1 : -1
        case (false, false):
            let order = key.type.compare(a, b)
            return key.isDescending ? -order : order
        }
    }
}
