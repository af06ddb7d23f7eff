// A planned query: operators for FROM and WHERE, then grouping, projection, DISTINCT, ORDER BY, LIMIT.
//
//     root ─▶ [lock rows] ─▶ [groups ─▶ having] ─▶ targets ─▶ [distinct] ─▶ [sort | top n] ─▶ offset, limit ─▶ consumer
//
// Made for one execution: its expressions and operators keep what they computed. A correlated subquery runs it many times.

import Bytes
import SQLStorage
import SQLTypes

/// Takes result rows: a writer of DataRows, or a list.
class RowConsumer {
    /// The targets evaluated over the frame make a row. False: no more rows wanted.
    func take(_ frame: Frame, _ targets: [Expression]) throws(SQLError) -> Bool {
        var row: [Value] = []
        row.reserveCapacity(targets.count)
        for target in targets { row.append(try target.evaluate(frame)) }
        return try take(row)
    }
    /// A finished row; it may be longer than the visible columns.
    func take(_ row: [Value]) throws(SQLError) -> Bool { true }
}

final class RowCollector: RowConsumer {
    var rows: [[Value]] = []
    let width: Int
    init(width: Int) { self.width = width }
    override func take(_ row: [Value]) -> Bool {
        rows.append(row.count > width ? Array(row[0..<width]) : row)
        return true
    }
}

final class QueryPlan {
    let query: BoundQuery
    let readers: [TableReader?]
    let root: Operator
    let targets: [Expression]
    let visibleCount: Int
    let groupBy: [Expression]
    let aggregates: [AggregatePlan]
    let having: Expression?
    let limit: Expression?
    let offset: Expression?
    let setReturning: [SetReturningExpression]
    let commonTables: [(Frame) -> CommonTableResult]
    /// The root already delivers rows in the wanted order.
    let isPresorted: Bool
    private let order: SortOrder
    private let targetTypes: KeyTypes
    private let groupTypes: KeyTypes
    let context: ExecutionContext

    init(
        query: BoundQuery,
        readers: [TableReader?],
        root: Operator,
        targets: [Expression],
        groupBy: [Expression],
        aggregates: [AggregatePlan],
        having: Expression?,
        limit: Expression?,
        offset: Expression?,
        setReturning: [SetReturningExpression],
        commonTables: [(Frame) -> CommonTableResult],
        isPresorted: Bool,
        context: ExecutionContext
    ) {
        self.query = query
        self.readers = readers
        self.root = root
        self.targets = targets
        self.groupBy = groupBy
        self.aggregates = aggregates
        self.having = having
        self.limit = limit
        self.offset = offset
        self.setReturning = setReturning
        self.commonTables = commonTables
        self.isPresorted = isPresorted
        self.context = context
        visibleCount = query.visibleTargets.count
        order = SortOrder(
            query.orderBy.map {
                SortOrder.Key(type: targets[$0.target].type, isDescending: $0.isDescending, nullsFirst: $0.nullsFirst)
            }
        )
        targetTypes = KeyTypes(targets.map(\.type))
        groupTypes = KeyTypes(groupBy.map(\.type))
    }

    /// All rows, visible columns only.
    func run(parent: Frame?, limit: Int = Int.max) throws(SQLError) -> [[Value]] {
        let collector = RowCollector(width: visibleCount)
        try execute(parent: parent, into: collector, atMost: limit)
        return collector.rows
    }

    func makeFrame(parent: Frame?) -> Frame {
        let frame = Frame(readers: readers, parent: parent, context: context)
        if !commonTables.isEmpty { frame.commonTables = commonTables.map { $0(frame) } }
        return frame
    }

    private func count(
        _ expression: Expression?,
        _ frame: Frame,
        _ state: SQLState,
        _ word: String
    ) throws(SQLError) -> Int? {
        guard let expression, case .int(let number) = try expression.evaluate(frame) else { return nil }
        if number < 0 { throw SQLError(state, "\(word) must not be negative") }
        return Int(number)
    }

    func execute(parent: Frame?, into consumer: RowConsumer, atMost most: Int = Int.max) throws(SQLError) {
        let frame = makeFrame(parent: parent)
        let skip = try count(offset, frame, .invalidRowCountInOffsetClause, "OFFSET") ?? 0
        var limit = min(try count(self.limit, frame, .invalidRowCountInLimitClause, "LIMIT") ?? Int.max, most)
        if query.limitWithTies, limit < Int.max {
            try executeWithTies(frame, skip: skip, limit: limit, consumer)
            return
        }
        if limit == 0 { return }
        var skipped = 0
        let wanted = limit > Int.max - skip ? Int.max : limit + skip
        let isSorted = !query.orderBy.isEmpty && !isPresorted

        var seen = Set<RowKey>()
        let distinct: (([Value]) -> Bool)?
        switch query.distinct {
        case .none: distinct = nil
        case .all:
            let width = visibleCount
            distinct = { [targetTypes] row in seen.insert(RowKey(Array(row[0..<width]), targetTypes)).inserted }
        case .on: distinct = nil
        }
        var sorter = RowSorter(order, limit: isDistinctOn ? Int.max : wanted)

        /// A row in final order.
        func emit(_ row: [Value]) throws(SQLError) -> Bool {
            if skipped < skip {
                skipped += 1
                return true
            }
            if try !consumer.take(row) { return false }
            limit -= 1
            return limit > 0
        }
        var lastOn: [Value]?
        func isNewOn(_ row: [Value]) -> Bool {
            guard case .on(let positions) = query.distinct else { return true }
            let key = positions.map { row[$0] }
            let types = positions.map { targets[$0].type }
            if let last = lastOn, zip(types, zip(last, key)).allSatisfy({ $0.0.compareNullsLast($0.1.0, $0.1.1) == 0 })
            {
                return false
            }
            lastOn = key
            return true
        }

        /// The frame holds an input row (or a group): project it.
        func project(_ frame: Frame) throws(SQLError) -> Bool {
            if isSorted {
                if setReturning.isEmpty, distinct == nil, !isDistinctOn {
                    var keys: [Value] = []
                    keys.reserveCapacity(query.orderBy.count)
                    for key in query.orderBy { keys.append(try targets[key.target].evaluate(frame)) }
                    guard sorter.admits(keys) else { return true }
                    var row: [Value] = []
                    row.reserveCapacity(targets.count)
                    for (position, target) in targets.enumerated() {
                        if let key = query.orderBy.firstIndex(where: { $0.target == position }) {
                            row.append(keys[key])
                        } else {
                            row.append(try target.evaluate(frame))
                        }
                    }
                    sorter.add(keys, row)
                    return true
                }
                return try forEachRow(frame) { (row) throws(SQLError) in
                    if let distinct, !distinct(row) { return true }
                    let keys = query.orderBy.map { row[$0.target] }
                    if sorter.admits(keys) { sorter.add(keys, row) }
                    return true
                }
            }
            if setReturning.isEmpty, distinct == nil, !isDistinctOn {
                if skipped < skip {
                    skipped += 1
                    return true
                }
                if try !consumer.take(frame, targets) { return false }
                limit -= 1
                return limit > 0
            }
            return try forEachRow(frame) { (row) throws(SQLError) in
                if let distinct, !distinct(row) { return true }
                if isDistinctOn, !isNewOn(row) { return true }
                return try emit(row)
            }
        }

        if query.isGrouped {
            try group(frame, project)
        } else {
            _ = try root.run(frame) { (frame) throws(SQLError) in
                if !query.locking.isEmpty, try !lock(frame) { return true }
                return try project(frame)
            }
        }
        if isSorted {
            for item in sorter.finish() {
                if isDistinctOn, !isNewOn(item.row) { continue }
                if try !emit(item.row) { return }
            }
        }
    }

    private var isDistinctOn: Bool { if case .on = query.distinct { true } else { false } }

    private func executeWithTies(_ frame: Frame, skip: Int, limit: Int, _ consumer: RowConsumer) throws(SQLError) {
        var sorter = RowSorter(order, limit: Int.max)
        let take: RowBody = { (frame) throws(SQLError) in
            try self.forEachRow(frame) { (row) throws(SQLError) in
                sorter.add(self.query.orderBy.map { row[$0.target] }, row)
                return true
            }
        }
        if query.isGrouped { try group(frame, take) } else { _ = try root.run(frame, take) }
        let rows = sorter.finish()
        var position = skip
        var taken = 0
        while position < rows.count, limit > 0 {
            if taken >= limit, order.compare(rows[position].keys, rows[position - 1].keys) != 0 { return }
            if try !consumer.take(rows[position].row) { return }
            taken += 1
            position += 1
        }
    }

    /// The projected rows of the frame: one, or as many as the set-returning functions make.
    private func forEachRow(_ frame: Frame, _ body: ([Value]) throws(SQLError) -> Bool) throws(SQLError) -> Bool {
        if setReturning.isEmpty {
            var row: [Value] = []
            row.reserveCapacity(targets.count)
            for target in targets { row.append(try target.evaluate(frame)) }
            return try body(row)
        }
        var count = 0
        for function in setReturning { count = max(count, try function.prepare(frame)) }
        for position in 0..<count {
            for function in setReturning { function.select(position) }
            var row: [Value] = []
            for target in targets { row.append(try target.evaluate(frame)) }
            if try !body(row) { return false }
        }
        return true
    }

    private func group(_ frame: Frame, _ body: RowBody) throws(SQLError) {
        var positions: [RowKey: Int] = [:]
        var groups: [(keys: [Value], runs: [AggregateRun])] = []
        func make(_ keys: [Value]) throws(SQLError) {
            var runs: [AggregateRun] = []
            for plan in aggregates { runs.append(try AggregateRun(plan)) }
            groups.append((keys, runs))
        }
        if groupBy.isEmpty { try make([]) }
        // Rows of a group often come one after the other: comparing with the last costs less than looking up.
        var last: (key: RowKey, position: Int)?
        _ = try root.run(frame) { (frame) throws(SQLError) in
            var position = 0
            if !groupBy.isEmpty {
                var keys: [Value] = []
                keys.reserveCapacity(groupBy.count)
                for expression in groupBy { keys.append(try expression.evaluate(frame)) }
                let key = RowKey(keys, groupTypes)
                if let last, last.key == key {
                    position = last.position
                } else if let known = positions[key] {
                    position = known
                    last = (key, position)
                } else {
                    position = groups.count
                    positions[key] = position
                    last = (key, position)
                    try make(keys)
                }
            }
            for run in groups[position].runs { try run.add(frame) }
            return true
        }
        for group in groups {
            try context.tick()
            frame.groupKeys = group.keys
            frame.aggregates.removeAll(keepingCapacity: true)
            for run in group.runs { frame.aggregates.append(try run.result()) }
            if let having, try having.test(frame) != .yes { continue }
            if try !body(frame) { return }
        }
    }

    /// FOR UPDATE. False: the row is gone (or skipped).
    private func lock(_ frame: Frame) throws(SQLError) -> Bool {
        for locking in query.locking {
            guard let reader = readers[locking.relation], frame.slots[locking.relation].tuple != nil else { continue }
            let row = frame.slots[locking.relation].row
            switch reader.store.writeConflict(row, context.snapshot, context.transaction) {
            case .none: reader.store.lockRow(row, context.transaction)
            case .gone: continue
            case .changed: throw ExecutionContext.serializationFailure
            case .blocked(let id):
                if locking.skipLocked { return false }
                if locking.noWait {
                    throw SQLError("55P03", "could not obtain lock on row in relation \"\(reader.table.name)\"")
                }
                throw context.block(on: id)
            }
        }
        return true
    }
}

/// A set-returning function in a select list.
final class SetReturningExpression: Expression {
    let function: BuiltinFunction
    let arguments: [Expression]
    private var rows: [[Value]] = []
    private var current: Value = .null

    init(_ function: BuiltinFunction, _ arguments: [Expression], _ type: SQLType) {
        self.function = function
        self.arguments = arguments
        super.init(type)
    }

    /// Computes the rows; answers their number.
    func prepare(_ frame: Frame) throws(SQLError) -> Int {
        rows = try SetReturningExpression.rows(function, arguments, frame)
        return rows.count
    }

    func select(_ position: Int) {
        guard position < rows.count else {
            current = .null
            return
        }
        let row = rows[position]
        if row.count == 1 {
            current = row[0]
        } else {
            let columns = function.resultColumns
            current = .record(
                row.indices.map {
                    Value.Field(type: SQLType(oid: $0 < columns.count ? columns[$0].type : .text), value: row[$0])
                }
            )
        }
    }

    override func evaluate(_ frame: Frame) -> Value { current }

    static func rows(
        _ function: BuiltinFunction,
        _ arguments: [Expression],
        _ frame: Frame
    ) throws(SQLError) -> [[Value]] {
        var values: [Value] = []
        for argument in arguments { values.append(try argument.evaluate(frame)) }
        if function.isStrict, values.contains(where: { $0.isNull }) {
            if case .setReturning = function.kind { return [] }
        }
        guard case .setReturning(let body) = function.kind else {
            // A plain function in FROM is one row.
            return [[try Expression.call(function, values, frame)]]
        }
        let environment = frame.context.environment
        return try values.withUnsafeBufferPointer { (buffer) throws(SQLError) in try body(buffer, environment) }
    }
}
