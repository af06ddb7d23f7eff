// EXPLAIN: the plan as an indented tree, in the shape clients parse.

import SQLTypes

struct Explain {
    let statement: BoundExplain
    let context: ExecutionContext
    let clock: () -> Int64

    init(_ statement: BoundExplain, _ context: ExecutionContext, clock: @escaping () -> Int64) {
        self.statement = statement
        self.context = context
        self.clock = clock
    }

    func lines() throws(SQLError) -> [String] {
        guard statement.format == .text else {
            throw SQLError(.featureNotSupported, "EXPLAIN in formats other than text is not supported")
        }
        let start = clock()
        let planner = Planner(context)
        var lines: [String] = []
        var rows = 0
        var planned = start
        switch statement.statement {
        case .query(let query):
            let plan = try planner.plan(query, parent: nil)
            planned = clock()
            if statement.isAnalyze {
                let collector = RowCollector(width: plan.visibleCount)
                try plan.execute(parent: nil, into: collector)
                rows = collector.rows.count
            }
            let actual = statement.isAnalyze ? measured(planned, rows) : ""
            describe(plan, into: &lines, actual)
        case .insert(let insert):
            lines.append("Insert on \(insert.table.name)\(costs(1))")
            if case .query(let query) = insert.source {
                nest(try planner.plan(query, parent: nil), into: &lines)
            } else {
                lines.append("  ->  Result\(costs(1))")
            }
            planned = clock()
            if statement.isAnalyze { rows = try Modify(planner: planner).insert(insert, returning: nil) }
        case .update(let update):
            lines.append("Update on \(update.table.name)\(costs(0))")
            nest(try planner.plan(update.query, parent: nil), into: &lines)
            planned = clock()
            if statement.isAnalyze { rows = try Modify(planner: planner).update(update, returning: nil) }
        case .delete(let delete):
            lines.append("Delete on \(delete.table.name)\(costs(0))")
            nest(try planner.plan(delete.query, parent: nil), into: &lines)
            planned = clock()
            if statement.isAnalyze { rows = try Modify(planner: planner).delete(delete, returning: nil) }
        default:
            return ["Utility Statement"]
        }
        if statement.showsSummary ?? statement.isAnalyze {
            lines.append("Planning Time: \(milliseconds(planned - start)) ms")
            if statement.isAnalyze { lines.append("Execution Time: \(milliseconds(clock() - planned)) ms") }
        }
        return lines
    }

    private func measured(_ since: Int64, _ rows: Int) -> String {
        statement.showsTiming
            ? " (actual time=0.000..\(milliseconds(clock() - since)) rows=\(rows) loops=1)"
            : " (actual rows=\(rows) loops=1)"
    }

    private func milliseconds(_ microseconds: Int64) -> String {
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// One row that is made of nothing costs a hundredth; its width is known from its types.
    private func costsOfResult(_ query: BoundQuery) -> String {
        guard statement.showsCosts else { return "" }
        let width = query.visibleTargets.reduce(0) { total, target in
            let length = Int(target.expression.type.length)
            return total + (length > 0 ? length : 32)
        }
        return "  (cost=0.00..0.01 rows=1 width=\(width))"
    }

    private func costs(_ estimate: Double) -> String {
        guard statement.showsCosts else { return "" }
        let rows = Int64(min(max(estimate.rounded(), 0), 1e15))
        let hundredths = rows + 100
        let cents = String(hundredths % 100)
        return "  (cost=0.00..\(hundredths / 100).\(cents.count == 1 ? "0" + cents : cents) rows=\(rows) width=0)"
    }

    private func nest(_ plan: QueryPlan, into lines: inout [String]) {
        var inner: [String] = []
        describe(plan, into: &inner, "")
        for (position, line) in inner.enumerated() { lines.append((position == 0 ? "  ->  " : "        ") + line) }
    }

    private func describe(_ plan: QueryPlan, into lines: inout [String], _ actual: String) {
        var wrappers: [String] = []
        let query = plan.query
        if query.limit != nil || query.offset != nil { wrappers.append("Limit") }
        if !query.orderBy.isEmpty, !plan.isPresorted { wrappers.append("Sort") }
        switch query.distinct {
        case .none: break
        case .all: wrappers.append("HashAggregate")
        case .on: wrappers.append("Unique")
        }
        if query.isGrouped { wrappers.append(query.groupBy.isEmpty ? "Aggregate" : "HashAggregate") }
        if !plan.setReturning.isEmpty { wrappers.append("ProjectSet") }
        var depth = 0
        var isFirst = true
        func add(_ text: String, isNode: Bool = true) {
            let indent = String(repeating: " ", count: depth == 0 ? 0 : depth * 6 - 4)
            lines.append(
                depth == 0 ? (isNode ? "" : "  ") + text : isNode ? indent + "->  " + text : indent + "      " + text
            )
        }
        for wrapper in wrappers {
            add(wrapper + costs(plan.root.estimate) + (isFirst ? actual : ""))
            isFirst = false
            depth += 1
        }
        func walk(_ node: Operator) {
            let isBare = isFirst && query.relations.isEmpty && node.children.isEmpty
            add(node.label + (isBare ? costsOfResult(query) : costs(node.estimate)) + (isFirst ? actual : ""))
            isFirst = false
            for detail in node.details { add(detail, isNode: false) }
            depth += 1
            for child in node.children { walk(child) }
            depth -= 1
        }
        walk(plan.root)
    }
}
