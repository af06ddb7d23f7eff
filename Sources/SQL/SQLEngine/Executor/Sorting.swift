// ORDER BY: all rows sorted, or, with a LIMIT, the best n kept in a heap while the input goes by.

import SQLTypes

struct SortedRow {
    var keys: [Value]
    var row: [Value]
    /// Position in the input: ties keep it, so results are stable.
    var sequence: Int
}

struct RowSorter {
    let order: SortOrder
    /// Rows wanted; Int.max for all.
    let limit: Int
    private var rows: [SortedRow] = []
    private var sequence = 0

    init(_ order: SortOrder, limit: Int) {
        self.order = order
        self.limit = limit
    }

    private func precedes(_ a: SortedRow, _ b: SortedRow) -> Bool {
        let result = order.compare(a.keys, b.keys)
        return result != 0 ? result < 0 : a.sequence < b.sequence
    }

    /// False if a row with these keys cannot be among those wanted: no need to compute the rest of it.
    func admits(_ keys: [Value]) -> Bool {
        if rows.count < limit { return true }
        guard limit > 0 else { return false }
        return order.compare(keys, rows[0].keys) < 0
    }

    mutating func add(_ keys: [Value], _ row: [Value]) {
        let item = SortedRow(keys: keys, row: row, sequence: sequence)
        sequence += 1
        if limit == Int.max || limit > 100_000 {
            rows.append(item)
            return
        }
        // A heap whose root is the last of the wanted rows.
        if rows.count < limit {
            rows.append(item)
            var child = rows.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard precedes(rows[parent], rows[child]) else { break }
                rows.swapAt(parent, child)
                child = parent
            }
            return
        }
        guard limit > 0, precedes(item, rows[0]) else { return }
        rows[0] = item
        var parent = 0
        while true {
            var largest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < rows.count {
                if precedes(rows[largest], rows[child]) { largest = child }
            }
            if largest == parent { return }
            rows.swapAt(parent, largest)
            parent = largest
        }
    }

    mutating func finish() -> [SortedRow] {
        let order = self.order
        rows.sort { a, b in
            let result = order.compare(a.keys, b.keys)
            return result != 0 ? result < 0 : a.sequence < b.sequence
        }
        return rows
    }
}
