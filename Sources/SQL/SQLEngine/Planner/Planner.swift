// BoundQuery → QueryPlan: pushes conditions down, chooses indexes, orders joins.
//
//     WHERE a AND b AND c   conjuncts, each placed where all its relations are first known
//     FROM x, y JOIN z      inner joins are one list, joined greedily along equalities; outer joins stay as written
//     one relation          unique look-up > index prefix > index range > sequential scan
//
// Estimates are crude on purpose: row counts are known exactly (the data is in memory), selectivities are fixed guesses.

import SQLStorage
import SQLTypes

/// The values of lifted literals when a cached plan is used with another text of the same shape.
final class LiteralValues {
    let values: [Value]
    init(_ values: [Value]) { self.values = values }
    func value(token: Int32, type: SQLType) -> Value? {
        token >= 0 && Int(token) < values.count ? values[Int(token)] : nil
    }
}

final class PlanScope {
    let parent: PlanScope?
    let query: BoundQuery?
    var setReturning: [SetReturningExpression] = []
    init(parent: PlanScope?, query: BoundQuery?) {
        self.parent = parent
        self.query = query
    }
    func ancestor(_ level: Int) -> PlanScope? {
        var scope: PlanScope? = self
        var rest = level
        while rest > 0 {
            scope = scope?.parent
            rest -= 1
        }
        return scope
    }
}

final class Planner {
    let context: ExecutionContext
    let literals: LiteralValues?
    /// A call with constant arguments was met: planning the statement may fail for its values.
    var foldsConstants = false

    init(_ context: ExecutionContext, literals: LiteralValues? = nil) {
        self.context = context
        self.literals = literals
    }

    /// A condition with what it needs.
    struct Conjunct {
        let expression: BoundExpression
        let relations: Set<Int>
        var isUsed = false
    }

    func plan(_ query: BoundQuery, parent: PlanScope?) throws(SQLError) -> QueryPlan {
        let scope = PlanScope(parent: parent, query: query)
        var readers: [TableReader?] = []
        for relation in query.relations {
            if case .table(let table) = relation.source, let store = table.storage as? TableStore {
                try context.lock(store, .share)
                readers.append(TableReader(table, store))
            } else {
                readers.append(nil)
            }
        }
        var commonTables: [(Frame) -> CommonTableResult] = []
        for table in query.commonTables { commonTables.append(try commonTable(table, scope)) }

        var conjuncts: [Conjunct] = []
        if let filter = query.filter { split(filter, into: &conjuncts) }
        // What stands behind a constant false is not planned: it might fail.
        for (position, conjunct) in conjuncts.enumerated() where conjunct.expression.isConstant {
            guard case .bool(false)? = try compile(conjunct.expression, scope).constant else { continue }
            conjuncts.removeSubrange((position + 1)...)
            break
        }
        var root = try join(query, readers, &conjuncts, scope)
        let rest = conjuncts.filter { !$0.isUsed }
        if !rest.isEmpty {
            root = FilterOperator(
                root,
                try compile(rest.map(\.expression), scope),
                text: describe(rest.map(\.expression), scope)
            )
        }
        var isPresorted = false
        if let ordered = try indexOrder(query, root, readers, scope) {
            root = ordered
            isPresorted = true
        }
        var aggregates: [AggregatePlan] = []
        for aggregate in query.aggregates {
            var filter: Expression?
            if let bound = aggregate.filter { filter = try compile(bound, scope) }
            var orderBy: [(expression: Expression, isDescending: Bool, nullsFirst: Bool)] = []
            for item in aggregate.orderBy {
                orderBy.append((try compile(item.expression, scope), item.isDescending, item.nullsFirst))
            }
            aggregates.append(
                AggregatePlan(
                    aggregate.function,
                    try compile(aggregate.arguments, scope),
                    filter: filter,
                    isDistinct: aggregate.isDistinct,
                    orderBy: orderBy
                )
            )
        }
        let groupBy = try compile(query.groupBy, scope)
        var having: Expression?
        if let bound = query.having { having = try compile(bound, scope) }
        scope.setReturning = []
        let targets = try compile(query.targets.map(\.expression), scope)
        let setReturning = scope.setReturning
        var limit: Expression?
        var offset: Expression?
        if let bound = query.limit { limit = try compile(bound, scope) }
        if let bound = query.offset { offset = try compile(bound, scope) }
        return QueryPlan(
            query: query,
            readers: readers,
            root: root,
            targets: targets,
            groupBy: groupBy,
            aggregates: aggregates,
            having: having,
            limit: limit,
            offset: offset,
            setReturning: setReturning,
            commonTables: commonTables,
            isPresorted: isPresorted,
            context: context
        )
    }

    func commonTable(_ table: BoundCommonTable, _ scope: PlanScope) throws(SQLError) -> (Frame) -> CommonTableResult {
        let base = try plan(table.query, parent: scope)
        guard let term = table.recursiveTerm else {
            return { frame in CommonTableResult { (_) throws(SQLError) in try base.run(parent: frame) } }
        }
        let recursive = try plan(term, parent: scope)
        let types = KeyTypes(table.columns.map(\.type))
        let removesDuplicates = table.removesDuplicates
        return { frame in
            CommonTableResult { (result) throws(SQLError) in
                var seen = Set<RowKey>()
                func fresh(_ rows: [[Value]]) -> [[Value]] {
                    removesDuplicates ? rows.filter { seen.insert(RowKey($0, types)).inserted } : rows
                }
                var all = fresh(try base.run(parent: frame))
                var working = all
                while !working.isEmpty {
                    try frame.context.tick()
                    result.workingRows = working
                    working = fresh(try recursive.run(parent: frame))
                    all += working
                    if all.count > 50_000_000 { throw SQLError(.outOfMemory, "out of memory") }
                }
                return all
            }
        }
    }

    // MARK: conditions

    func split(_ expression: BoundExpression, into conjuncts: inout [Conjunct]) {
        if case .and(let operands) = expression.kind {
            for operand in operands { split(operand, into: &conjuncts) }
            return
        }
        conjuncts.append(Conjunct(expression: expression, relations: Planner.relations(in: expression)))
    }

    /// The relations of the expression's own query that it looks at.
    static func relations(in expression: BoundExpression) -> Set<Int> {
        var found = Set<Int>()
        ColumnWalker { reference, depth in
            if reference.level == depth { found.insert(reference.relation) }
        }.walk(expression, 0)
        return found
    }

    // MARK: joins

    private func join(
        _ query: BoundQuery,
        _ readers: [TableReader?],
        _ conjuncts: inout [Conjunct],
        _ scope: PlanScope
    ) throws(SQLError) -> Operator {
        if query.from.isEmpty { return SingleRow() }
        return try joinList(query.from, query, readers, &conjuncts, scope, outer: [])
    }

    /// Joins a list of items; `outer` are relations known from outside (the left side of a join around it).
    private func joinList(
        _ items: [BoundFrom],
        _ query: BoundQuery,
        _ readers: [TableReader?],
        _ conjuncts: inout [Conjunct],
        _ scope: PlanScope,
        outer: Set<Int>
    ) throws(SQLError) -> Operator {
        // Inner joins dissolve into the list and their conditions into the conjuncts.
        var flat: [BoundFrom] = []
        func flatten(_ item: BoundFrom) {
            if case .join(let join) = item, join.kind == .inner {
                flatten(join.left)
                flatten(join.right)
                if let condition = join.condition { split(condition, into: &conjuncts) }
            } else {
                flat.append(item)
            }
        }
        for item in items { flatten(item) }
        let laterals = flat.contains { isLateral($0, query) }
        var pending = Array(flat.indices)
        // Start with the item that has the most selective own condition, unless order matters.
        var start = 0
        if !laterals {
            for position in pending {
                let members = Planner.members(flat[position])
                guard case .relation(let relation) = flat[position], let reader = readers[relation] else { continue }
                if uniqueLookup(relation, reader, conjuncts, known: outer, members) {
                    start = position
                    break
                }
            }
        }
        pending.removeAll { $0 == start }
        var known = outer.union(Planner.members(flat[start]))
        var current = try build(flat[start], query, readers, &conjuncts, scope, outer: outer)
        current = try apply(&conjuncts, known, current, scope)
        while !pending.isEmpty {
            var next = 0
            if !laterals {
                next =
                    pending.firstIndex { position in
                        let members = Planner.members(flat[position])
                        return conjuncts.contains {
                            !$0.isUsed && !$0.relations.isDisjoint(with: members)
                                && !$0.relations.isDisjoint(with: known)
                                && $0.relations.isSubset(of: known.union(members)) && equality($0.expression) != nil
                        }
                    } ?? 0
            }
            let item = flat[pending.remove(at: next)]
            let members = Planner.members(item)
            current = try joinPair(
                current,
                item,
                .inner,
                &conjuncts,
                known: known,
                members: members,
                query,
                readers,
                scope
            )
            known.formUnion(members)
            current = try apply(&conjuncts, known, current, scope)
        }
        return current
    }

    private func isLateral(_ item: BoundFrom, _ query: BoundQuery) -> Bool {
        switch item {
        case .relation(let relation): query.relations[relation].isLateral
        case .join(let join): isLateral(join.left, query) || isLateral(join.right, query)
        }
    }

    static func members(_ item: BoundFrom) -> Set<Int> {
        switch item {
        case .relation(let relation): [relation]
        case .join(let join): members(join.left).union(members(join.right))
        }
    }

    /// Puts a filter over the operator with every unused condition that can now be decided.
    private func apply(
        _ conjuncts: inout [Conjunct],
        _ known: Set<Int>,
        _ input: Operator,
        _ scope: PlanScope
    ) throws(SQLError) -> Operator {
        var ready: [BoundExpression] = []
        for position in conjuncts.indices
        where !conjuncts[position].isUsed && conjuncts[position].relations.isSubset(of: known) {
            conjuncts[position].isUsed = true
            ready.append(conjuncts[position].expression)
        }
        if ready.isEmpty { return input }
        return FilterOperator(input, try compile(ready, scope), text: describe(ready, scope))
    }

    private func build(
        _ item: BoundFrom,
        _ query: BoundQuery,
        _ readers: [TableReader?],
        _ conjuncts: inout [Conjunct],
        _ scope: PlanScope,
        outer: Set<Int>
    ) throws(SQLError) -> Operator {
        switch item {
        case .relation(let relation):
            return try scan(relation, query, readers, &conjuncts, scope, outer: outer)
        case .join(let join) where join.kind == .inner:
            return try joinList([item], query, readers, &conjuncts, scope, outer: outer)
        case .join(let join):
            let leftMembers = Planner.members(join.left)
            let rightMembers = Planner.members(join.right)
            // Conditions from above may go below the side that is kept whole, never below the other.
            var above: [Conjunct] = []
            var passed: [Int] = []
            if join.kind == .left {
                for position in conjuncts.indices
                where !conjuncts[position].isUsed && !conjuncts[position].relations.isEmpty
                    && conjuncts[position].relations.isSubset(of: leftMembers)
                {
                    above.append(conjuncts[position])
                    passed.append(position)
                }
            }
            let left = try joinList([join.left], query, readers, &above, scope, outer: outer)
            for (offset, position) in passed.enumerated() where above[offset].isUsed {
                conjuncts[position].isUsed = true
            }
            var own: [Conjunct] = []
            if let condition = join.condition { split(condition, into: &own) }
            return try joinPair(
                left,
                join.right,
                join.kind,
                &own,
                known: outer.union(leftMembers),
                members: rightMembers,
                query,
                readers,
                scope
            )
        }
    }

    /// Joins `item` to `left`. For outer joins `conjuncts` is the join's own condition and is used up whole.
    private func joinPair(
        _ left: Operator,
        _ item: BoundFrom,
        _ kind: BoundJoin.Kind,
        _ conjuncts: inout [Conjunct],
        known: Set<Int>,
        members: Set<Int>,
        _ query: BoundQuery,
        _ readers: [TableReader?],
        _ scope: PlanScope
    ) throws(SQLError) -> Operator {
        let isLateral = isLateral(item, query)
        let keepsRight = kind == .right || kind == .full
        // Index look-ups per left row, when there are few of those or no other way.
        if case .relation(let relation) = item, let reader = readers[relation], !keepsRight,
            left.estimate * 4 < Double(reader.store.liveRows) || left.estimate <= 2
        {
            var trial = conjuncts
            if let lookup = try indexScan(relation, reader, query, &trial, scope, known: known, requiresKnown: true) {
                conjuncts = trial
                var rest: [BoundExpression] = []
                for position in conjuncts.indices
                where !conjuncts[position].isUsed && conjuncts[position].relations.isSubset(of: known.union(members)) {
                    if kind == .inner, conjuncts[position].relations.isDisjoint(with: members) { continue }
                    conjuncts[position].isUsed = true
                    rest.append(conjuncts[position].expression)
                }
                let made = NestedLoop(left, lookup, try compile(rest, scope), kind)
                made.estimate = left.estimate * lookup.estimate
                return made
            }
        }
        // Conditions on the right side alone may be tested below the join, unless its rows must survive.
        var below: [Conjunct] = []
        var passed: [Int] = []
        if !keepsRight {
            for position in conjuncts.indices
            where !conjuncts[position].isUsed && !conjuncts[position].relations.isEmpty
                && conjuncts[position].relations.isSubset(of: members)
            {
                below.append(conjuncts[position])
                passed.append(position)
            }
        }
        let right = try joinList([item], query, readers, &below, scope, outer: isLateral ? known : [])
        for (offset, position) in passed.enumerated() where offset < below.count && below[offset].isUsed {
            conjuncts[position].isUsed = true
        }
        var leftKeys: [Expression] = []
        var rightKeys: [Expression] = []
        var keyTypes: [SQLType] = []
        var conditions: [BoundExpression] = []
        for position in conjuncts.indices
        where !conjuncts[position].isUsed && conjuncts[position].relations.isSubset(of: known.union(members)) {
            let conjunct = conjuncts[position]
            if kind == .inner, conjunct.relations.isDisjoint(with: members) { continue }
            conjuncts[position].isUsed = true
            if !isLateral, let (a, b, type) = equality(conjunct.expression) {
                let inA = Planner.relations(in: a)
                let inB = Planner.relations(in: b)
                if !inA.isEmpty, !inB.isEmpty, inA.isSubset(of: known), inB.isSubset(of: members) {
                    leftKeys.append(try compile(a, scope))
                    rightKeys.append(try compile(b, scope))
                    keyTypes.append(type)
                    continue
                }
                if !inA.isEmpty, !inB.isEmpty, inB.isSubset(of: known), inA.isSubset(of: members) {
                    leftKeys.append(try compile(b, scope))
                    rightKeys.append(try compile(a, scope))
                    keyTypes.append(type)
                    continue
                }
            }
            conditions.append(conjunct.expression)
        }
        let compiled = try compile(conditions, scope)
        if leftKeys.isEmpty { return NestedLoop(left, isLateral ? right : MaterialOperator(right), compiled, kind) }
        return HashJoin(
            left,
            right,
            leftKeys: leftKeys,
            rightKeys: rightKeys,
            keyTypes: keyTypes,
            conditions: compiled,
            kind
        )
    }

    /// Both sides and the common type of an equality that hashing decides.
    private func equality(_ expression: BoundExpression) -> (BoundExpression, BoundExpression, SQLType)? {
        guard case .call(let function, let arguments) = expression.kind, arguments.count == 2,
            case .comparison(.equal, let domain) = function.form, domain != .other
        else { return nil }
        return (arguments[0], arguments[1], Planner.comparisonType(domain, arguments[0].type))
    }

    // MARK: scans

    private func scan(
        _ relation: Int,
        _ query: BoundQuery,
        _ readers: [TableReader?],
        _ conjuncts: inout [Conjunct],
        _ scope: PlanScope,
        outer: Set<Int>
    ) throws(SQLError) -> Operator {
        let entry = query.relations[relation]
        switch entry.source {
        case .table(let table):
            guard let reader = readers[relation] else {
                throw SQLError(.internalError, "relation \"\(table.name)\" has no storage")
            }
            if let found = try indexScan(relation, reader, query, &conjuncts, scope, known: outer, requiresKnown: false)
            {
                return found
            }
            let own = take(&conjuncts, relation, outer)
            return SeqScan(relation, reader, try compile(own, scope), name: entry.name, text: describe(own, scope))
        case .system(let system):
            let environment = context.environment
            return RowsScan(relation, title: "Seq Scan on \(system.name)", isRepeatable: true) { (_) throws(SQLError) in
                try system.rows(environment)
            }
        case .subquery(let inner):
            let plan = try plan(inner, parent: scope)
            return RowsScan(
                relation,
                title: "Subquery Scan on \(entry.name)",
                isRepeatable: !entry.isLateral,
                inner: plan
            ) { (frame) throws(SQLError) in try plan.run(parent: frame) }
        case .values(let rows):
            var compiled: [[Expression]] = []
            for row in rows { compiled.append(try compile(row, scope)) }
            return RowsScan(relation, title: "Values Scan on \"\(entry.name)\"", isRepeatable: !entry.isLateral) {
                (frame) throws(SQLError) in
                var made: [[Value]] = []
                made.reserveCapacity(compiled.count)
                for row in compiled {
                    var values: [Value] = []
                    for expression in row { values.append(try expression.evaluate(frame)) }
                    made.append(values)
                }
                return made
            }
        case .function(let function, let arguments, let withOrdinality):
            let compiled = try compile(arguments, scope)
            return RowsScan(relation, title: "Function Scan on \(entry.name)", isRepeatable: !entry.isLateral) {
                (frame) throws(SQLError) in
                var rows = try SetReturningExpression.rows(function, compiled, frame)
                if withOrdinality {
                    for position in rows.indices { rows[position].append(.int(Int64(position + 1))) }
                }
                return rows
            }
        case .setOperation(let operation):
            return try setOperation(relation, operation, scope)
        case .commonTable(let index, let level, let isWorkingTable):
            return RowsScan(relation, title: "CTE Scan on \(entry.name)", isRepeatable: false) {
                (frame) throws(SQLError) in
                let holder = frame.ancestor(level)
                guard index < holder.commonTables.count else {
                    throw SQLError(.internalError, "common table \"\(entry.name)\" is not there")
                }
                let result = holder.commonTables[index]
                return isWorkingTable ? result.workingRows : try result.all()
            }
        case .joinAlias: throw SQLError(.internalError, "a join alias is not a relation")
        }
    }

    private func setOperation(_ relation: Int, _ operation: BoundSetOperation, _ scope: PlanScope) throws(SQLError)
        -> Operator
    {
        let left = try plan(operation.left, parent: scope)
        let right = try plan(operation.right, parent: scope)
        let types = KeyTypes(left.targets.prefix(left.visibleCount).map(\.type))
        let title: String
        switch operation.kind {
        case .union: title = "Append"
        case .intersect: title = "HashSetOp Intersect"
        case .except: title = "HashSetOp Except"
        }
        return RowsScan(relation, title: title + (operation.all ? "" : " (distinct)"), isRepeatable: true) {
            (frame) throws(SQLError) in
            let a = try left.run(parent: frame)
            let b = try right.run(parent: frame)
            switch (operation.kind, operation.all) {
            case (.union, true): return a + b
            case (.union, false):
                var seen = Set<RowKey>()
                return (a + b).filter { seen.insert(RowKey($0, types)).inserted }
            case (_, true):
                var counts: [RowKey: Int] = [:]
                for row in b { counts[RowKey(row, types), default: 0] += 1 }
                return a.filter { row in
                    let key = RowKey(row, types)
                    guard let count = counts[key], count > 0 else { return operation.kind == .except }
                    counts[key] = count - 1
                    return operation.kind == .intersect
                }
            case (_, false):
                let other = Set(b.map { RowKey($0, types) })
                var seen = Set<RowKey>()
                return a.filter { row in
                    let key = RowKey(row, types)
                    return other.contains(key) == (operation.kind == .intersect) && seen.insert(key).inserted
                }
            }
        }
    }

    /// The unused conditions that can be decided with this relation alone.
    private func take(_ conjuncts: inout [Conjunct], _ relation: Int, _ outer: Set<Int>) -> [BoundExpression] {
        var own: [BoundExpression] = []
        for position in conjuncts.indices
        where !conjuncts[position].isUsed && conjuncts[position].relations.contains(relation)
            && conjuncts[position].relations.isSubset(of: outer.union([relation]))
        {
            conjuncts[position].isUsed = true
            own.append(conjuncts[position].expression)
        }
        return own
    }

    // MARK: indexes

    /// A condition of the form column op something known.
    private struct ColumnCondition {
        enum Test {
            case equal(BoundExpression)
            case bound(BuiltinFunction.ComparisonOperator, BoundExpression)
            case list([BoundExpression])
            case array(BoundExpression)
        }
        let column: Int
        let test: Test
        let conjunct: Int
    }

    private func columnConditions(
        _ relation: Int,
        _ reader: TableReader,
        _ conjuncts: [Conjunct],
        known: Set<Int>
    ) -> [ColumnCondition] {
        var found: [ColumnCondition] = []
        func column(_ expression: BoundExpression, _ domain: BuiltinFunction.Domain) -> Int? {
            var expression = expression
            while case .call(let function, let arguments) = expression.kind, function.form == .relabel,
                arguments.count == 1
            {
                expression = arguments[0]
            }
            guard case .column(let reference) = expression.kind, reference.level == 0, reference.relation == relation,
                reference.column >= 0
            else { return nil }
            let type = expression.type
            if (type.oid == .bpchar) != (domain == .bpchar) { return nil }
            return Planner.fits(domain, ColumnCodec(type)) ? reference.column : nil
        }
        func isKnown(_ expression: BoundExpression) -> Bool {
            Planner.relations(in: expression).isSubset(of: known) && !Planner.isVolatile(expression)
        }
        for (position, conjunct) in conjuncts.enumerated()
        where !conjunct.isUsed && conjunct.relations.contains(relation) {
            switch conjunct.expression.kind {
            case .call(let function, let arguments) where arguments.count == 2:
                guard case .comparison(let comparison, let domain) = function.form, comparison != .notEqual else {
                    continue
                }
                if let number = column(arguments[0], domain), isKnown(arguments[1]) {
                    found.append(
                        ColumnCondition(
                            column: number,
                            test: comparison == .equal ? .equal(arguments[1]) : .bound(comparison, arguments[1]),
                            conjunct: position
                        )
                    )
                } else if let number = column(arguments[1], domain), isKnown(arguments[0]) {
                    found.append(
                        ColumnCondition(
                            column: number,
                            test: comparison == .equal
                                ? .equal(arguments[0]) : .bound(Planner.mirrored(comparison), arguments[0]),
                            conjunct: position
                        )
                    )
                }
            case .inList(let operand, let list, let equals, false):
                guard case .comparison(.equal, let domain) = equals.form, let number = column(operand, domain),
                    list.allSatisfy(isKnown)
                else { continue }
                found.append(ColumnCondition(column: number, test: .list(list), conjunct: position))
            case .quantifiedArray(let operand, let array, let function, false):
                guard case .comparison(.equal, let domain) = function.form, let number = column(operand, domain),
                    isKnown(array)
                else { continue }
                found.append(ColumnCondition(column: number, test: .array(array), conjunct: position))
            default: continue
            }
        }
        return found
    }

    /// True if values of the comparison's domain can be looked up among the column's stored values.
    private static func fits(_ domain: BuiltinFunction.Domain, _ codec: ColumnCodec) -> Bool {
        switch (domain, codec.form) {
        case (.int2, .int), (.int4, .int), (.int8, .int), (.oid, .int), (.float8, .float8), (.float4, .float4),
            (.bool, .bool),
            (.date, .date), (.time, .time), (.timestamp, .timestamp), (.text, .text), (.bpchar, .text),
            (.bytea, .bytea),
            (.uuid, .uuid), (.interval, .interval):
            return true
        case (.numeric, .binary): return codec.type.oid == .numeric
        default: return false
        }
    }

    static func isVolatile(_ expression: BoundExpression) -> Bool {
        if case .call(let function, let arguments) = expression.kind {
            return function.volatility == .volatile || arguments.contains(where: isVolatile)
        }
        return false
    }

    private func uniqueLookup(
        _ relation: Int,
        _ reader: TableReader,
        _ conjuncts: [Conjunct],
        known: Set<Int>,
        _ members: Set<Int>
    ) -> Bool {
        let equal = columnConditions(relation, reader, conjuncts, known: known).filter {
            if case .equal = $0.test { true } else { false }
        }
        return indexes(reader).contains { pair in
            pair.storage.isUnique
                && pair.storage.columns.allSatisfy { key in equal.contains { $0.column == key.column } }
        }
    }

    func indexes(_ reader: TableReader) -> [(definition: Index, storage: TableIndex)] {
        context.catalog.indexes(of: reader.table.oid).compactMap { definition in
            guard definition.predicate == nil, let storage = definition.storage as? TableIndex else { return nil }
            return (definition, storage)
        }
    }

    private func indexScan(
        _ relation: Int,
        _ reader: TableReader,
        _ query: BoundQuery,
        _ conjuncts: inout [Conjunct],
        _ scope: PlanScope,
        known: Set<Int>,
        requiresKnown: Bool
    ) throws(SQLError) -> Operator? {
        let conditions = columnConditions(relation, reader, conjuncts, known: known)
        guard !conditions.isEmpty else { return nil }
        struct Choice {
            var definition: Index
            var storage: TableIndex
            var equal: [ColumnCondition] = []
            var range: [ColumnCondition] = []
            var many: ColumnCondition?
            var rows: Double = 0
        }
        let total = Double(max(reader.store.liveRows, 1))
        var best: Choice?
        for (definition, storage) in indexes(reader) {
            var choice = Choice(definition: definition, storage: storage)
            for key in storage.columns {
                guard
                    let condition = conditions.first(where: {
                        if case .equal = $0.test { $0.column == key.column } else { false }
                    })
                else { break }
                choice.equal.append(condition)
            }
            choice.rows = total
            if choice.equal.count == storage.columns.count {
                choice.rows = storage.isUnique ? 1 : max(total / 100, 1)
            } else {
                let key = storage.columns[choice.equal.count]
                let codec = reader.codecs[key.column]
                if !choice.equal.isEmpty { choice.rows = max(total / 50, 1) }
                if choice.equal.isEmpty, storage.columns.count == 1 {
                    choice.many = conditions.first {
                        switch $0.test {
                        case .list, .array: $0.column == key.column
                        default: false
                        }
                    }
                }
                if let many = choice.many {
                    var count = 10.0
                    if case .list(let list) = many.test { count = Double(list.count) }
                    choice.rows = storage.isUnique ? count : max(count * total / 100, 1)
                } else if codec.isOrdered, !key.isDescending {
                    choice.range = conditions.filter {
                        if case .bound = $0.test { $0.column == key.column } else { false }
                    }
                    if !choice.range.isEmpty {
                        choice.rows = max(choice.rows * (choice.range.count > 1 ? 0.05 : 0.33), 1)
                    }
                }
                if choice.equal.isEmpty, choice.many == nil, choice.range.isEmpty { continue }
            }
            if requiresKnown {
                let used = choice.equal + choice.range + (choice.many.map { [$0] } ?? [])
                if !used.contains(where: { !conjuncts[$0.conjunct].relations.isDisjoint(with: known) }) { continue }
            }
            if best == nil || choice.rows < best?.rows ?? 0 { best = choice }
        }
        guard let best else { return nil }
        // A range over much of a table is read faster in table order.
        if best.equal.isEmpty, best.many == nil, best.range.count < 2, total > 1000, !requiresKnown { return nil }
        var ranges: [IndexScan.Range] = []
        var keyArray: Expression?
        if let many = best.many {
            switch many.test {
            case .list(let list):
                for item in list { ranges.append(IndexScan.Range(equal: [try compile(item, scope)])) }
            case .array(let array): keyArray = try compile(array, scope)
            default: return nil
            }
        } else {
            var range = IndexScan.Range()
            for condition in best.equal {
                if case .equal(let expression) = condition.test { range.equal.append(try compile(expression, scope)) }
            }
            for condition in best.range {
                guard case .bound(let comparison, let expression) = condition.test else { continue }
                let compiled = try compile(expression, scope)
                switch comparison {
                case .greater where range.lower == nil: range.lower = (compiled, false)
                case .greaterEqual where range.lower == nil: range.lower = (compiled, true)
                case .less where range.upper == nil: range.upper = (compiled, false)
                case .lessEqual where range.upper == nil: range.upper = (compiled, true)
                default: continue
                }
            }
            ranges = [range]
        }
        // Everything is tested again: an index may point to versions with other keys.
        let used = (best.equal + best.range + (best.many.map { [$0] } ?? [])).map { conjuncts[$0.conjunct].expression }
        let keyText = describe(used, scope)
        let own = take(&conjuncts, relation, known)
        let scan = IndexScan(
            relation,
            reader,
            best.storage,
            best.definition,
            ranges,
            keyArray: keyArray,
            conditions: try compile(own, scope),
            name: query.relations[relation].name,
            keyText: keyText
        )
        scan.estimate = best.rows
        return scan
    }

    /// ORDER BY the first key of an index with a LIMIT: walk the index instead of sorting.
    private func indexOrder(
        _ query: BoundQuery,
        _ root: Operator,
        _ readers: [TableReader?],
        _ scope: PlanScope
    ) throws(SQLError) -> Operator? {
        guard query.limit != nil, !query.isGrouped, query.orderBy.count == 1, let key = query.orderBy.first,
            case .none = query.distinct, !query.hasSetReturningTargets, query.locking.isEmpty, !query.limitWithTies,
            case .column(let reference) = query.targets[key.target].expression.kind, reference.level == 0,
            reference.column >= 0, let scan = root as? SeqScan, scan.relation == reference.relation
        else { return nil }
        // A selective filter would make the walk long.
        guard scan.conditions.isEmpty else { return nil }
        for (definition, storage) in indexes(scan.reader) where storage.columns[0].column == reference.column {
            let first = storage.columns[0]
            guard scan.reader.codecs[first.column].isOrdered else { continue }
            let isBackward = first.isDescending != key.isDescending
            guard (isBackward ? !first.nullsFirst : first.nullsFirst) == key.nullsFirst else { continue }
            return IndexScan(
                scan.relation,
                scan.reader,
                storage,
                definition,
                [IndexScan.Range()],
                isBackward: isBackward,
                conditions: [],
                name: query.relations[scan.relation].name,
                keyText: ""
            )
        }
        return nil
    }

    // MARK: EXPLAIN's texts

    func describe(_ conditions: [BoundExpression], _ scope: PlanScope) -> String {
        ""
    }
}

/// Keeps the rows of its input so that a nested loop can go over them again.
final class MaterialOperator: Operator {
    let input: Operator
    private var rows: [[Slot]] = []
    private var filledFor: Frame?
    init(_ input: Operator) {
        self.input = input
        super.init(input.relations)
        estimate = input.estimate
    }
    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        if filledFor !== frame {
            rows.removeAll()
            _ = try input.run(frame) { (frame) throws(SQLError) in
                try frame.context.tick()
                rows.append(input.save(frame))
                return true
            }
            filledFor = frame
        }
        defer { clear(frame) }
        for row in rows {
            restore(row, frame)
            if try !body(frame) { return false }
        }
        return true
    }
    override var label: String { "Materialize" }
    override var children: [Operator] { [input] }
}

/// Calls `visit` for every column of an expression, with the number of queries between it and the expression.
struct ColumnWalker {
    let visit: (ColumnReference, Int) -> Void

    func walk(_ list: [BoundExpression], _ depth: Int) {
        for item in list { walk(item, depth) }
    }

    func walk(_ expression: BoundExpression?, _ depth: Int) {
        guard let expression else { return }
        switch expression.kind {
        case .literal, .parameter, .groupKey, .aggregate, .defaultValue, .rowColumn: return
        case .column(let reference): visit(reference, depth)
        case .wholeRow(let relation, let level):
            visit(ColumnReference(relation: relation, column: 0, level: level), depth)
        case .call(_, let arguments), .setReturning(_, let arguments): walk(arguments, depth)
        case .and(let operands), .or(let operands), .coalesce(let operands), .row(let operands): walk(operands, depth)
        case .extreme(let operands, _), .array(let operands, _): walk(operands, depth)
        case .not(let operand), .isNull(let operand, _), .isTruth(let operand, _, _), .field(let operand, _):
            walk(operand, depth)
        case .isDistinct(let left, let right, _, _), .nullIf(let left, let right, _):
            walk(left, depth)
            walk(right, depth)
        case .inList(let operand, let list, _, _):
            walk(operand, depth)
            walk(list, depth)
        case .quantifiedArray(let operand, let array, _, _):
            walk(operand, depth)
            walk(array, depth)
        case .caseWhen(let branches, let otherwise):
            for branch in branches {
                walk(branch.condition, depth)
                walk(branch.result, depth)
            }
            walk(otherwise, depth)
        case .rowCompare(_, let left, let right, _, _):
            walk(left, depth)
            walk(right, depth)
        case .subscript(let base, let subscripts):
            walk(base, depth)
            for item in subscripts {
                walk(item.lower, depth)
                walk(item.upper, depth)
            }
        case .subquery(let subquery):
            walk(subquery.operands, depth)
            walk(subquery.query, depth + 1)
        }
    }

    func walk(_ query: BoundQuery, _ depth: Int) {
        for table in query.commonTables {
            walk(table.query, depth + 1)
            if let term = table.recursiveTerm { walk(term, depth + 1) }
        }
        for relation in query.relations {
            switch relation.source {
            case .subquery(let inner): walk(inner, depth + 1)
            case .values(let rows): for row in rows { walk(row, depth) }
            case .function(_, let arguments, _): walk(arguments, depth)
            case .setOperation(let operation):
                walk(operation.left, depth + 1)
                walk(operation.right, depth + 1)
            case .table, .system, .commonTable, .joinAlias: continue
            }
        }
        for item in query.from { walk(item, depth) }
        walk(query.filter, depth)
        walk(query.groupBy, depth)
        for aggregate in query.aggregates {
            walk(aggregate.arguments, depth)
            for item in aggregate.orderBy { walk(item.expression, depth) }
            walk(aggregate.filter, depth)
        }
        walk(query.having, depth)
        for target in query.targets { walk(target.expression, depth) }
        walk(query.limit, depth)
        walk(query.offset, depth)
    }

    private func walk(_ item: BoundFrom, _ depth: Int) {
        guard case .join(let join) = item else { return }
        walk(join.left, depth)
        walk(join.right, depth)
        walk(join.condition, depth)
    }
}
