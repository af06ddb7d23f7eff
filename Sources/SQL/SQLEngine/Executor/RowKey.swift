// A row of values as a key of a set or dictionary: grouping, DISTINCT, hash joins, IN.
// Values are equal as their type's operators say; NULLs are equal to each other (joins leave rows with NULL keys out before).

import SQLTypes

final class KeyTypes {
    let types: [SQLType]
    init(_ types: [SQLType]) { self.types = types }
}

struct RowKey: Hashable {
    let values: [Value]
    let types: KeyTypes

    init(_ values: [Value], _ types: KeyTypes) {
        self.values = values
        self.types = types
    }

    static func == (left: RowKey, right: RowKey) -> Bool {
        guard left.values.count == right.values.count else { return false }
        for position in left.values.indices {
            let type = position < left.types.types.count ? left.types.types[position] : .text
            if type.compareNullsLast(left.values[position], right.values[position]) != 0 { return false }
        }
        return true
    }

    func hash(into hasher: inout Hasher) {
        for position in values.indices where !values[position].isNull {
            (position < types.types.count ? types.types[position] : .text).hash(values[position], into: &hasher)
        }
    }
}
