// The operators below a query's projection: each puts rows into the frame's slots and calls `body` once per row.
//
//     SeqScan, IndexScan, RowsScan  ─▶  NestedLoop, HashJoin  ─▶  Filter  ─▶  QueryPlan (grouping, projection, sorting)
//
// Rows are pushed: `body` answers false when it has enough. Invariant: after `run` the slots of the operator's relations are empty.

import SQLStorage
import SQLTypes

typealias RowBody = (Frame) throws(SQLError) -> Bool

class Operator {
    /// The relations whose slots it fills.
    let relations: [Int]
    /// Rows expected, for choosing between plans.
    var estimate: Double = 1000
    init(_ relations: [Int]) { self.relations = relations }

    /// - Returns: false if `body` wanted no more.
    func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool { true }

    /// The line EXPLAIN shows, and what stands below it.
    var label: String { "Result" }
    var details: [String] { [] }
    var children: [Operator] { [] }

    func save(_ frame: Frame) -> [Slot] { relations.map { frame.slots[$0] } }
    func restore(_ saved: [Slot], _ frame: Frame) {
        for (position, relation) in relations.enumerated() { frame.slots[relation] = saved[position] }
    }
    func clear(_ frame: Frame) {
        for relation in relations { frame.slots[relation] = .empty }
    }
}

/// One row without columns: SELECT without FROM.
final class SingleRow: Operator {
    init() {
        super.init([])
        estimate = 1
    }
    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool { try body(frame) }
}

final class FilterOperator: Operator {
    let input: Operator
    let conditions: [Expression]
    let text: String
    init(_ input: Operator, _ conditions: [Expression], text: String) {
        self.input = input
        self.conditions = conditions
        self.text = text
        super.init(input.relations)
        estimate = max(input.estimate * 0.33, 1)
    }
    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        try input.run(frame) { (frame) throws(SQLError) in
            for condition in conditions where try condition.test(frame) != .yes { return true }
            return try body(frame)
        }
    }
    override var label: String { input.label }
    override var details: [String] { input.details + (text.isEmpty ? [] : ["Filter: \(text)"]) }
    override var children: [Operator] { input.children }
}

/// Every row of a table that the snapshot sees.
final class SeqScan: Operator {
    let relation: Int
    let reader: TableReader
    let conditions: [Expression]
    let name: String
    let text: String
    init(_ relation: Int, _ reader: TableReader, _ conditions: [Expression], name: String, text: String) {
        self.relation = relation
        self.reader = reader
        self.conditions = conditions
        self.name = name
        self.text = text
        super.init([relation])
        estimate = max(Double(reader.store.liveRows) * (conditions.isEmpty ? 1 : 0.1), 1)
    }

    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        let store = reader.store
        let snapshot = frame.context.snapshot
        let context = frame.context
        // Rows appended by this very statement lie beyond: it does not see them anyway.
        let end = store.slotCount
        var slot: RowID = 0
        let single = conditions.count == 1 ? conditions[0] : nil
        defer { frame.slots[relation] = .empty }
        rows: while slot < end {
            let row = slot
            slot += 1
            if row & 1023 == 0 { for _ in 0..<1024 { try context.tick() } }
            guard let tuple = store.visible(row, snapshot) else { continue }
            frame.slots[relation].tuple = tuple
            frame.slots[relation].row = row
            if let single {
                if try single.test(frame) != .yes { continue }
            } else {
                for condition in conditions where try condition.test(frame) != .yes { continue rows }
            }
            if try !body(frame) { return false }
        }
        return true
    }
    override var label: String {
        "Seq Scan on \(reader.table.name)" + (name == reader.table.name ? "" : " \(name)")
    }
    override var details: [String] { text.isEmpty ? [] : ["Filter: \(text)"] }
}

/// Rows found through an index: points (unique keys, IN lists) or a range, in key order.
final class IndexScan: Operator {
    /// One way to enter the index; a scan may have several (IN).
    struct Range {
        var equal: [Expression] = []
        var lower: (value: Expression, isInclusive: Bool)?
        var upper: (value: Expression, isInclusive: Bool)?
    }
    let relation: Int
    let reader: TableReader
    let index: TableIndex
    let definition: Index
    let ranges: [Range]
    /// `= ANY (array)` over the single key column.
    let keyArray: Expression?
    let isBackward: Bool
    let conditions: [Expression]
    let name: String
    let keyText: String
    private let arena = DatumArena()

    init(
        _ relation: Int,
        _ reader: TableReader,
        _ index: TableIndex,
        _ definition: Index,
        _ ranges: [Range],
        keyArray: Expression? = nil,
        isBackward: Bool = false,
        conditions: [Expression],
        name: String,
        keyText: String
    ) {
        self.relation = relation
        self.reader = reader
        self.index = index
        self.definition = definition
        self.ranges = ranges
        self.keyArray = keyArray
        self.isBackward = isBackward
        self.conditions = conditions
        self.name = name
        self.keyText = keyText
        super.init([relation])
    }

    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        defer { frame.slots[relation] = .empty }
        if let keyArray {
            guard case .array(let array) = try keyArray.evaluate(frame) else { return true }
            let codec = reader.codecs[index.columns[0].column]
            var seen = Set<RowKey>()
            let types = KeyTypes([codec.type])
            for element in array.elements where !element.isNull && seen.insert(RowKey([element], types)).inserted {
                arena.reset()
                if try !probe([codec.datum(element, arena)], nil, nil, frame, body) { return false }
            }
            return true
        }
        var seen = Set<RowID>()
        for range in ranges {
            arena.reset()
            var equal: [Datum] = []
            var isEmpty = false
            for (position, expression) in range.equal.enumerated() {
                let value = try expression.evaluate(frame)
                if value.isNull {
                    isEmpty = true
                    break
                }
                equal.append(reader.codecs[index.columns[position].column].datum(value, arena))
            }
            if isEmpty { continue }
            var lower: TableIndex.Limit?
            var upper: TableIndex.Limit?
            if let bound = range.lower {
                let value = try bound.value.evaluate(frame)
                if value.isNull { continue }
                let datum = reader.codecs[index.columns[equal.count].column].datum(value, arena)
                lower = TableIndex.Limit(values: equal + [datum], isInclusive: bound.isInclusive)
            }
            if let bound = range.upper {
                let value = try bound.value.evaluate(frame)
                if value.isNull { continue }
                let datum = reader.codecs[index.columns[equal.count].column].datum(value, arena)
                upper = TableIndex.Limit(values: equal + [datum], isInclusive: bound.isInclusive)
            }
            if ranges.count == 1 {
                return try probe(equal, lower, upper, frame, body)
            }
            // Ranges of an IN list may hold equal values.
            let goOn = try probe(equal, lower, upper, frame) { (frame) throws(SQLError) in
                seen.insert(frame.slots[relation].row).inserted ? try body(frame) : true
            }
            if !goOn { return false }
        }
        return true
    }

    private func probe(
        _ equal: [Datum],
        _ lower: TableIndex.Limit?,
        _ upper: TableIndex.Limit?,
        _ frame: Frame,
        _ body: RowBody
    ) throws(SQLError) -> Bool {
        let snapshot = frame.context.snapshot
        if index.isUnique, equal.count == index.columns.count {
            guard
                let (row, tuple) = equal.withUnsafeBufferPointer({ keys in
                    keys.baseAddress.flatMap { index.find($0, snapshot) }
                })
            else { return true }
            return try offer(row, tuple, frame, body)
        }
        let limit = equal.isEmpty ? nil : TableIndex.Limit(values: equal, isInclusive: true)
        let cursor = index.scan(from: lower ?? limit, to: upper ?? limit, isBackward: isBackward)
        // After an update of the key a row stands twice in the index: keep the place where its visible key is.
        while let row = cursor.next() {
            try frame.context.tick()
            guard let tuple = reader.store.visible(row, snapshot) else { continue }
            if index.isStale(row, tuple, cursor) { continue }
            if try !offer(row, tuple, frame, body) { return false }
        }
        return true
    }

    private func offer(
        _ row: RowID,
        _ tuple: UnsafeMutableRawPointer,
        _ frame: Frame,
        _ body: RowBody
    ) throws(SQLError) -> Bool {
        frame.slots[relation].tuple = tuple
        frame.slots[relation].row = row
        for condition in conditions where try condition.test(frame) != .yes { return true }
        return try body(frame)
    }

    override var label: String {
        "Index Scan\(isBackward ? " Backward" : "") using \(definition.name) on \(reader.table.name)"
            + (name == reader.table.name ? "" : " \(name)")
    }
    override var details: [String] { keyText.isEmpty ? [] : ["Index Cond: \(keyText)"] }
}

/// Rows that are computed: subqueries, VALUES, functions, catalog relations, common tables, set operations.
final class RowsScan: Operator {
    let relation: Int
    let isRepeatable: Bool
    let title: String
    let produce: (Frame) throws(SQLError) -> [[Value]]
    let inner: QueryPlan?
    private var cached: [[Value]] = []
    private var cachedFor: Frame?

    /// `isRepeatable`: the rows do not depend on other relations of the frame, so one computation serves the whole run.
    init(
        _ relation: Int,
        title: String,
        isRepeatable: Bool,
        inner: QueryPlan? = nil,
        produce: @escaping (Frame) throws(SQLError) -> [[Value]]
    ) {
        self.relation = relation
        self.title = title
        self.isRepeatable = isRepeatable
        self.produce = produce
        self.inner = inner
        super.init([relation])
        estimate = 100
    }

    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        let rows: [[Value]]
        if isRepeatable {
            if cachedFor !== frame {
                cached = try produce(frame)
                cachedFor = frame
            }
            rows = cached
        } else {
            rows = try produce(frame)
        }
        defer { frame.slots[relation] = .empty }
        for row in rows {
            try frame.context.tick()
            frame.slots[relation].values = row
            if try !body(frame) { return false }
        }
        return true
    }
    override var label: String { title }
    override var children: [Operator] { inner.map { [$0.root] } ?? [] }
}

/// For each left row, the right side anew (it may look at the left row: LATERAL, index look-ups).
final class NestedLoop: Operator {
    let left: Operator
    let right: Operator
    let conditions: [Expression]
    let kind: BoundJoin.Kind
    init(_ left: Operator, _ right: Operator, _ conditions: [Expression], _ kind: BoundJoin.Kind) {
        self.left = left
        self.right = right
        self.conditions = conditions
        self.kind = kind
        super.init(left.relations + right.relations)
        estimate = max(left.estimate * right.estimate * (conditions.isEmpty ? 1 : 0.1), 1)
    }

    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        if kind == .right || kind == .full { return try runKeepingRight(frame, body) }
        return try left.run(frame) { (frame) throws(SQLError) in
            var isMatched = false
            let goOn = try right.run(frame) { (frame) throws(SQLError) in
                try frame.context.tick()
                for condition in conditions where try condition.test(frame) != .yes { return true }
                isMatched = true
                return try body(frame)
            }
            if !goOn { return false }
            if !isMatched, kind == .left {
                right.clear(frame)
                return try body(frame)
            }
            return true
        }
    }

    private func runKeepingRight(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        var rows: [[Slot]] = []
        _ = try right.run(frame) { (frame) throws(SQLError) in
            rows.append(right.save(frame))
            return true
        }
        var matched = [Bool](repeating: false, count: rows.count)
        let goOn = try left.run(frame) { (frame) throws(SQLError) in
            var isMatched = false
            rows: for position in rows.indices {
                try frame.context.tick()
                right.restore(rows[position], frame)
                for condition in conditions where try condition.test(frame) != .yes { continue rows }
                isMatched = true
                matched[position] = true
                if try !body(frame) { return false }
            }
            right.clear(frame)
            return !isMatched && kind == .full ? try body(frame) : true
        }
        if !goOn { return false }
        left.clear(frame)
        for position in rows.indices where !matched[position] {
            right.restore(rows[position], frame)
            if try !body(frame) { return false }
        }
        right.clear(frame)
        return true
    }
    override var label: String {
        switch kind {
        case .inner: "Nested Loop"
        case .left: "Nested Loop Left Join"
        case .right: "Nested Loop Right Join"
        case .full: "Nested Loop Full Join"
        }
    }
    override var children: [Operator] { [left, right] }
}

/// Equality joins: the right side goes into a hash table once, the left side looks up.
final class HashJoin: Operator {
    let left: Operator
    let right: Operator
    let leftKeys: [Expression]
    let rightKeys: [Expression]
    let conditions: [Expression]
    let kind: BoundJoin.Kind
    private let types: KeyTypes

    init(
        _ left: Operator,
        _ right: Operator,
        leftKeys: [Expression],
        rightKeys: [Expression],
        keyTypes: [SQLType],
        conditions: [Expression],
        _ kind: BoundJoin.Kind
    ) {
        self.left = left
        self.right = right
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.conditions = conditions
        self.kind = kind
        types = KeyTypes(keyTypes)
        super.init(left.relations + right.relations)
        estimate = max(left.estimate, right.estimate)
    }

    override func run(_ frame: Frame, _ body: RowBody) throws(SQLError) -> Bool {
        var rows: [[Slot]] = []
        var table: [RowKey: [Int32]] = [:]
        _ = try right.run(frame) { (frame) throws(SQLError) in
            try frame.context.tick()
            if let key = try key(rightKeys, frame) {
                table[key, default: []].append(Int32(truncatingIfNeeded: rows.count))
                rows.append(right.save(frame))
            } else if kind == .right || kind == .full {
                rows.append(right.save(frame))
            }
            return true
        }
        let keepsRight = kind == .right || kind == .full
        var matched = keepsRight ? [Bool](repeating: false, count: rows.count) : []
        let goOn = try left.run(frame) { (frame) throws(SQLError) in
            try frame.context.tick()
            var isMatched = false
            if let key = try key(leftKeys, frame), let positions = table[key] {
                candidates: for position in positions {
                    right.restore(rows[Int(position)], frame)
                    for condition in conditions where try condition.test(frame) != .yes { continue candidates }
                    isMatched = true
                    if keepsRight { matched[Int(position)] = true }
                    if try !body(frame) { return false }
                }
            }
            right.clear(frame)
            return !isMatched && (kind == .left || kind == .full) ? try body(frame) : true
        }
        if !goOn { return false }
        guard keepsRight else { return true }
        left.clear(frame)
        for position in rows.indices where !matched[position] {
            right.restore(rows[position], frame)
            if try !body(frame) { return false }
        }
        right.clear(frame)
        return true
    }

    private func key(_ expressions: [Expression], _ frame: Frame) throws(SQLError) -> RowKey? {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions {
            let value = try expression.evaluate(frame)
            if value.isNull { return nil }
            values.append(value)
        }
        return RowKey(values, types)
    }
    override var label: String {
        switch kind {
        case .inner: "Hash Join"
        case .left: "Hash Left Join"
        case .right: "Hash Right Join"
        case .full: "Hash Full Join"
        }
    }
    override var children: [Operator] { [left, right] }
}
