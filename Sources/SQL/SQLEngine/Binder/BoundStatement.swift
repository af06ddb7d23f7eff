import SQLTypes

/// A bound statement: what the planner and the session execute.
///
/// Queries are trees of `BoundQuery`; each has its own range table (`relations`), and columns name a relation by index.
/// Utility statements carry plain descriptions. Catalog changes are made through `CatalogTransaction` by the session,
/// from the definitions in here.
public enum BoundStatement: Sendable {
    case query(BoundQuery)
    case insert(BoundInsert)
    case update(BoundUpdate)
    case delete(BoundDelete)
    case copy(BoundCopy)
    case truncate(tables: [Table], restartIdentity: Bool, cascade: Bool)
    case createTable(TableDefinition, ifNotExists: Bool)
    /// CREATE TABLE AS / SELECT INTO: the columns come from the query. `withData` false: WITH NO DATA.
    case createTableAs(TableDefinition, BoundQuery, ifNotExists: Bool, withData: Bool)
    case createIndex(IndexDefinition, ifNotExists: Bool)
    case alterTable(Table, [AlterTableAction])
    /// The objects that exist; `notices` are PostgreSQL's "… does not exist, skipping".
    case drop([DroppedObject], cascade: Bool, notices: [SQLError])
    case createDatabase(name: String, template: String?, owner: String?)
    case dropDatabase(name: String, ifExists: Bool)
    case createSchema(name: String, ifNotExists: Bool)
    case createSequence(SequenceDefinition, ifNotExists: Bool)
    case createRole(RoleDefinition)
    case comment(CommentDefinition)
    /// VACUUM / ANALYZE. Empty `tables`: all.
    case vacuum(tables: [Table], isVacuum: Bool, isAnalyze: Bool, isFull: Bool)
    case transaction(TransactionCommand)
    case set(SetParameter)
    case show(name: String)
    case showAll
    case reset(name: String?)
    case prepare(name: String, types: [SQLType], statementText: String)
    case execute(name: String, arguments: [BoundExpression])
    case deallocate(name: String?)
    case declareCursor(BoundCursor)
    case fetch(BoundFetch)
    case closeCursor(name: String?)
    case explain(BoundExplain)
    case discard(DiscardTarget)
    case listen(String)
    case unlisten(String?)
    case notify(channel: String, payload: String)
    case lock(tables: [Table], mode: Int, noWait: Bool)
    case checkpoint
    case setConstraints
    /// A statement of zero tokens: EmptyQueryResponse.
    case empty
}

// MARK: queries

/// One SELECT (or VALUES, or set operation: those are a relation of a SELECT that passes their columns through).
///
/// Order of evaluation: `from` → `filter` → `groupBy`/`aggregates` → `having` → `targets` → `distinct` → `orderBy` →
/// `offset` → `limit`.
///
/// `@unchecked Sendable` is safe: written by the binder while it is the only owner, read-only afterwards.
public final class BoundQuery: @unchecked Sendable {
    public internal(set) var commonTables: [BoundCommonTable] = []
    public internal(set) var relations: [BoundRelation] = []
    /// Comma list; the items are cross joined. Empty: one row without columns.
    public internal(set) var from: [BoundFrom] = []
    public internal(set) var filter: BoundExpression?
    /// Grouped iff `isGrouped`: GROUP BY, aggregates or HAVING were there. No keys and grouped: exactly one group.
    public internal(set) var isGrouped = false
    public internal(set) var groupBy: [BoundExpression] = []
    public internal(set) var aggregates: [BoundAggregate] = []
    public internal(set) var having: BoundExpression?
    /// The visible columns come first, then hidden sort columns (`isHidden`).
    public internal(set) var targets: [BoundTarget] = []
    public internal(set) var distinct: BoundDistinct = .none
    public internal(set) var orderBy: [BoundSortKey] = []
    /// int8; null means no limit.
    public internal(set) var limit: BoundExpression?
    public internal(set) var limitWithTies = false
    public internal(set) var offset: BoundExpression?
    /// FOR UPDATE / SHARE: relations to lock.
    public internal(set) var locking: [BoundLocking] = []
    /// Whether an expression of this query (or below it) refers to a query outside of it.
    public internal(set) var isCorrelated = false
    /// Whether a set-returning function stands in the select list.
    public internal(set) var hasSetReturningTargets = false

    init() {}

    /// The columns a client sees.
    public var visibleTargets: ArraySlice<BoundTarget> { targets.prefix { !$0.isHidden } }
}

public struct BoundTarget: Sendable {
    public var expression: BoundExpression
    public var name: String
    public var isHidden: Bool
    /// The table column it comes from, for RowDescription: OID and 1-based attribute number, else 0.
    public var originTable: OID
    public var originColumn: Int16

    public init(
        _ expression: BoundExpression,
        name: String,
        isHidden: Bool = false,
        originTable: OID = 0,
        originColumn: Int16 = 0
    ) {
        self.expression = expression
        self.name = name
        self.isHidden = isHidden
        self.originTable = originTable
        self.originColumn = originColumn
    }
}

public enum BoundDistinct: Sendable {
    case none
    case all
    /// DISTINCT ON: indexes into `targets`.
    case on([Int])
}

public struct BoundSortKey: Sendable {
    /// Index into `targets`.
    public var target: Int
    public var isDescending: Bool
    public var nullsFirst: Bool
    public init(target: Int, isDescending: Bool, nullsFirst: Bool) {
        self.target = target
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}

public struct BoundAggregate: Sendable {
    /// `function.kind` is `.aggregate`.
    public var function: BuiltinFunction
    public var arguments: [BoundExpression]
    public var isDistinct: Bool
    /// ORDER BY inside the call: expressions over the ungrouped row.
    public var orderBy: [(expression: BoundExpression, isDescending: Bool, nullsFirst: Bool)]
    public var filter: BoundExpression?
    public var type: SQLType
}

public struct BoundLocking: Sendable {
    public enum Strength: Int, Sendable { case update, noKeyUpdate, share, keyShare }
    public var relation: Int
    public var strength: Strength
    public var noWait: Bool
    public var skipLocked: Bool
}

public struct BoundCommonTable: Sendable {
    public var name: String
    /// For a recursive table this is the non-recursive term.
    public var query: BoundQuery
    /// The recursive term: refers to the working table through `.commonTable(index, level, isWorkingTable: true)`.
    public var recursiveTerm: BoundQuery?
    /// UNION (true) or UNION ALL between the terms.
    public var removesDuplicates: Bool
    public var columns: [BoundColumn]
}

public struct BoundColumn: Sendable {
    public var name: String
    public var type: SQLType
    public init(name: String, type: SQLType) {
        self.name = name
        self.type = type
    }
}

/// An entry of the range table.
public struct BoundRelation: Sendable {
    public enum Source: Sendable {
        case table(Table)
        /// A catalog view computed on demand.
        case system(SystemRelation)
        case subquery(BoundQuery)
        case values([[BoundExpression]])
        case function(BuiltinFunction, [BoundExpression], withOrdinality: Bool)
        case setOperation(BoundSetOperation)
        /// Index into the `commonTables` of the query `level` levels up (0 = the query this relation belongs to).
        case commonTable(index: Int, level: Int, isWorkingTable: Bool)
        /// Only a name scope (alias of a join): never part of `from`.
        case joinAlias
    }
    public var source: Source
    public var name: String
    public var columns: [BoundColumn]
    /// The subquery or function refers to relations to the left of it.
    public var isLateral: Bool
}

public struct BoundSetOperation: Sendable {
    public enum Kind: Sendable { case union, intersect, except }
    public var kind: Kind
    public var all: Bool
    /// Both sides have the same number of columns and types (casts were added).
    public var left: BoundQuery
    public var right: BoundQuery
}

public indirect enum BoundFrom: Sendable {
    /// Index into `relations`.
    case relation(Int)
    case join(BoundJoin)
}

public struct BoundJoin: Sendable {
    public enum Kind: Sendable { case inner, left, right, full }
    public var kind: Kind
    public var left: BoundFrom
    public var right: BoundFrom
    /// nil: cross join.
    public var condition: BoundExpression?
}

// MARK: data changes

public struct BoundInsert: Sendable {
    public var table: Table
    /// For each inserted column: 0-based column number, in the order of the source's columns.
    public var columns: [Int]
    public var source: Source
    /// For every column of the table not in `columns`: its default (already coerced), null literal if none.
    public var defaults: [(column: Int, expression: BoundExpression)]
    public var onConflict: BoundOnConflict?
    /// Relation 0 is the target table; in `onConflict` relation 1 is `excluded`.
    public var returning: [BoundTarget]
    public var commonTables: [BoundCommonTable]

    public enum Source: Sendable {
        /// Each row has one expression per entry of `columns`; DEFAULT is already replaced.
        case values([[BoundExpression]])
        /// The visible targets match `columns`, coerced.
        case query(BoundQuery)
        /// DEFAULT VALUES
        case defaults
    }
}

public struct BoundOnConflict: Sendable {
    /// The unique indexes that arbitrate; empty: any.
    public var arbiters: [Index]
    public var action: Action
    public enum Action: Sendable {
        case nothing
        case update(assignments: [(column: Int, expression: BoundExpression)], filter: BoundExpression?)
    }
}

/// Relation 0 is the target; further relations and `from` come from FROM.
public struct BoundUpdate: Sendable {
    public var table: Table
    /// The scope: `relations`, `from` (item 0 is the target), `filter`, subqueries. Its targets are empty.
    public var query: BoundQuery
    public var assignments: [(column: Int, expression: BoundExpression)]
    public var returning: [BoundTarget]
}

/// Relation 0 is the target; further relations come from USING.
public struct BoundDelete: Sendable {
    public var table: Table
    public var query: BoundQuery
    public var returning: [BoundTarget]
}

// MARK: COPY

public struct BoundCopy: Sendable {
    public enum Source: Sendable {
        case table(Table)
        case query(BoundQuery)
    }
    public enum Endpoint: Sendable {
        case stdio
        case file(String)
    }
    public enum Format: Sendable { case text, csv, binary }
    public var source: Source
    /// 0-based columns, in file order.
    public var columns: [Int]
    public var columnNames: [String]
    public var columnTypes: [SQLType]
    /// For COPY FROM: the defaults of the columns that are not in the file.
    public var defaults: [(column: Int, expression: BoundExpression)]
    public var isFrom: Bool
    public var endpoint: Endpoint
    public var format: Format
    public var delimiter: UInt8
    public var null: [UInt8]
    public var hasHeader: Bool
    /// HEADER MATCH: the names must be those of the columns.
    public var headerMustMatch: Bool
    public var quote: UInt8
    public var escape: UInt8
    /// Columns (indexes into `columns`) under FORCE_QUOTE; nil with `forceQuoteAll`.
    public var forceQuote: [Int]
    public var forceQuoteAll: Bool
    public var forceNotNull: [Int]
    public var forceNull: [Int]
    public var freeze: Bool
    /// COPY FROM … WHERE: `rowColumn` refers to the table's columns.
    public var filter: BoundExpression?
}

// MARK: utility statements

public enum AlterTableAction: Sendable {
    case addColumn(ColumnDefinition, ifNotExists: Bool)
    case dropColumn(Int, cascade: Bool)
    case addConstraint(ConstraintDefinition)
    case dropConstraint(name: String, cascade: Bool)
    case setDefault(column: Int, BoundExpression?)
    case setNotNull(column: Int)
    case dropNotNull(column: Int)
    /// `using` computes the new value from the old row (`rowColumn`).
    case setType(column: Int, SQLType, using: BoundExpression)
    case renameColumn(Int, to: String)
    case renameTable(to: String)
    case renameConstraint(String, to: String)
    case setOwner(String)
    case setSchema(String)
    /// SET (fillfactor = …): kept, without effect.
    case setOptions
    /// `notice` instead of doing something (IF [NOT] EXISTS).
    case notice(SQLError)
}

public enum DroppedObject: Sendable {
    case table(Table)
    case index(Index)
    case sequence(SequenceRelation)
    case schema(Schema)
    case role(String)
}

public enum TransactionCommand: Sendable {
    case begin([TransactionModeSetting])
    case commit(chain: Bool)
    case rollback(chain: Bool)
    case savepoint(String)
    case release(String)
    case rollbackTo(String)
    /// SET TRANSACTION; with `session`: SET SESSION CHARACTERISTICS.
    case setModes([TransactionModeSetting], session: Bool)
}

public enum TransactionModeSetting: Sendable {
    case isolation(IsolationLevel)
    case readOnly(Bool)
    case deferrable(Bool)
}

public enum IsolationLevel: String, Sendable {
    case readUncommitted = "read uncommitted"
    case readCommitted = "read committed"
    case repeatableRead = "repeatable read"
    case serializable = "serializable"
}

public struct SetParameter: Sendable {
    public var name: String
    /// nil: DEFAULT. Several values are joined as PostgreSQL does.
    public var value: String?
    public var isLocal: Bool
}

public struct BoundCursor: Sendable {
    public var name: String
    public var query: BoundQuery
    public var isHoldable: Bool
    public var isScroll: Bool
    public var isBinary: Bool
}

public struct BoundFetch: Sendable {
    public enum Direction: Sendable {
        /// Int64.max: all.
        case forward(Int64)
        case backward(Int64)
        case absolute(Int64)
        case relative(Int64)
    }
    public var cursor: String
    public var direction: Direction
    public var isMove: Bool
}

public final class BoundExplain: Sendable {
    public enum Format: Sendable { case text, json, xml, yaml }
    public let statement: BoundStatement
    public let isAnalyze: Bool
    public let isVerbose: Bool
    public let showsCosts: Bool
    public let showsBuffers: Bool
    public let showsTiming: Bool
    public let showsSummary: Bool?
    public let format: Format

    init(
        statement: BoundStatement,
        isAnalyze: Bool,
        isVerbose: Bool,
        showsCosts: Bool,
        showsBuffers: Bool,
        showsTiming: Bool,
        showsSummary: Bool?,
        format: Format
    ) {
        self.statement = statement
        self.isAnalyze = isAnalyze
        self.isVerbose = isVerbose
        self.showsCosts = showsCosts
        self.showsBuffers = showsBuffers
        self.showsTiming = showsTiming
        self.showsSummary = showsSummary
        self.format = format
    }
}

public enum DiscardTarget: Sendable { case all, plans, sequences, temporary }

public struct CommentDefinition: Sendable {
    public var catalog: OID
    public var object: OID
    public var subobject: Int32
    public var text: String?
}
