import SQLTypes

/// The names that expressions of one query level may use.
///
///     SELECT … FROM a JOIN b USING (id)      items: [join: id] [a: id x] [b: id y]
///
/// An item is a table alias with its columns. Columns merged by USING live in a nameless item in front and are hidden in
/// the items they come from when they are asked for without a qualifier.
final class Scope {
    struct ColumnEntry {
        var name: String
        var expression: BoundExpression
        var originTable: OID = 0
        var originColumn: Int16 = 0
        /// Hidden from unqualified names and from `*` (merged by USING).
        var isMerged = false
    }

    struct Item {
        /// nil: columns of a join, only found without a qualifier.
        var name: String?
        /// The schema a table was found in, for `schema.table.column`.
        var schema: OID = 0
        var relation: Int
        var columns: [ColumnEntry]
        /// The table behind it, for system columns.
        var table: Table?
        var isSystem = false
        /// Only `excluded` and the like: found with a qualifier only.
        var isQualifiedOnly = false
        /// A name that exists but may not be used here (left of a non-lateral subquery).
        var isLateralOnly = false
    }

    /// What kind of expression is being bound: decides about aggregates and words of errors.
    enum Clause: String {
        case other = ""
        case select = "SELECT"
        case from = "FROM"
        case function = "functions in FROM"
        case on = "JOIN conditions"
        case `where` = "WHERE"
        case having = "HAVING"
        case groupBy = "GROUP BY"
        case orderBy = "ORDER BY"
        case distinctOn = "DISTINCT ON"
        case limit = "LIMIT"
        case offset = "OFFSET"
        case returning = "RETURNING"
        case values = "VALUES"
        case update = "UPDATE"
        case check = "check constraints"
        case `default` = "DEFAULT expressions"
        case index = "index expressions"
        case indexPredicate = "index predicates"
        case execute = "EXECUTE parameters"
        case copyWhere = "COPY FROM WHERE conditions"
        case alterUsing = "transform expressions"
        case filter = "FILTER"
    }

    let parent: Scope?
    let query: BoundQuery
    var items: [Item] = []
    var clause = Clause.other
    /// Common tables visible by name at this level: index into `query.commonTables`, and whether it is being defined.
    var commonTables: [(name: String, index: Int, isWorkingTable: Bool)] = []
    /// Inside the arguments of an aggregate.
    var isInAggregate = false
    /// Set-returning functions are allowed in the select list only.
    var allowsSetReturning = false

    init(parent: Scope?, query: BoundQuery) {
        self.parent = parent
        self.query = query
    }

    struct Match {
        var entry: ColumnEntry
        var item: Item
    }

    /// Columns of that name without a qualifier, at this level.
    func columns(named name: String) -> [Match] {
        var matches: [Match] = []
        for item in items where !item.isQualifiedOnly && !item.isLateralOnly {
            for entry in item.columns where !entry.isMerged && entry.name == name {
                matches.append(Match(entry: entry, item: item))
            }
        }
        return matches
    }

    func item(named name: String) -> [Item] { items.filter { $0.name == name && !$0.isLateralOnly } }
}
