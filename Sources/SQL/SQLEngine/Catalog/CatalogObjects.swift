import SQLTypes

/// The objects of the catalog: immutable descriptions, replaced as a whole when DDL changes them (same OID, new object).
///
///     Database ─▶ Schema ─▶ Table ─▶ Column, Constraint
///                        └▶ Index (of a table), SequenceRelation
///
/// Immutable, so a plan may hold a `Table` while another transaction changes it; the plan's validity is a matter of
/// `CatalogState.version`.
public final class Database: Sendable {
    public let oid: OID
    public let name: String
    public let owner: String
    public let isTemplate: Bool
    public let allowsConnections: Bool

    public init(oid: OID, name: String, owner: String, isTemplate: Bool = false, allowsConnections: Bool = true) {
        self.oid = oid
        self.name = name
        self.owner = owner
        self.isTemplate = isTemplate
        self.allowsConnections = allowsConnections
    }
}

public final class Schema: Sendable {
    public let oid: OID
    public let name: String
    public let owner: String
    public let database: OID

    public init(oid: OID, name: String, owner: String, database: OID) {
        self.oid = oid
        self.name = name
        self.owner = owner
        self.database = database
    }
}

public final class Role: Sendable {
    public let oid: OID
    public let name: String
    public let isSuperuser: Bool
    public let canLogin: Bool
    public let canCreateDatabase: Bool
    public let canCreateRole: Bool
    public let isReplication: Bool
    public let inherits: Bool
    public let bypassesRowSecurity: Bool
    public let connectionLimit: Int32
    /// As given; the server's authentication decides what to make of it.
    public let password: String?

    public init(
        oid: OID,
        name: String,
        isSuperuser: Bool = false,
        canLogin: Bool = false,
        canCreateDatabase: Bool = false,
        canCreateRole: Bool = false,
        isReplication: Bool = false,
        inherits: Bool = true,
        bypassesRowSecurity: Bool = false,
        connectionLimit: Int32 = -1,
        password: String? = nil
    ) {
        self.oid = oid
        self.name = name
        self.isSuperuser = isSuperuser
        self.canLogin = canLogin
        self.canCreateDatabase = canCreateDatabase
        self.canCreateRole = canCreateRole
        self.isReplication = isReplication
        self.inherits = inherits
        self.bypassesRowSecurity = bypassesRowSecurity
        self.connectionLimit = connectionLimit
        self.password = password
    }
}

public struct Column: Sendable {
    public var name: String
    public var type: SQLType
    public var isNotNull: Bool
    /// Coerced to `type`; nil: null.
    public var defaultExpression: BoundExpression?
    /// As pg_get_expr shows it.
    public var defaultText: String?
    /// A dropped column keeps its place (attribute number) and holds nothing.
    public var isDropped: Bool
    /// `a` ALWAYS, `d` BY DEFAULT, nil: no identity column.
    public var identity: Character?

    public init(
        name: String,
        type: SQLType,
        isNotNull: Bool = false,
        defaultExpression: BoundExpression? = nil,
        defaultText: String? = nil,
        isDropped: Bool = false,
        identity: Character? = nil
    ) {
        self.name = name
        self.type = type
        self.isNotNull = isNotNull
        self.defaultExpression = defaultExpression
        self.defaultText = defaultText
        self.isDropped = isDropped
        self.identity = identity
    }
}

public struct Constraint: Sendable {
    public enum Kind: Sendable { case primaryKey, unique, check, foreignKey }
    public enum ForeignKeyAction: UInt8, Sendable { case noAction, restrict, cascade, setNull, setDefault }

    public var oid: OID
    public var name: String
    public var kind: Kind
    /// 0-based columns.
    public var columns: [Int]
    /// The index behind a primary key or unique constraint.
    public var index: OID
    /// CHECK: over `rowColumn`s, boolean; satisfied unless false.
    public var expression: BoundExpression?
    public var expressionText: String?
    public var foreignTable: OID
    public var foreignColumns: [Int]
    public var onUpdate: ForeignKeyAction
    public var onDelete: ForeignKeyAction
    public var isDeferrable: Bool
    public var isInitiallyDeferred: Bool
    public var isValidated: Bool
}

public final class Table: Sendable {
    public let oid: OID
    public let name: String
    public let schema: OID
    public let owner: String
    /// Including dropped ones: a column's number never changes.
    public let columns: [Column]
    public let constraints: [Constraint]
    public let isTemporary: Bool
    public let isUnlogged: Bool
    public let options: [(name: String, value: String)]
    public let onCommit: OnCommitAction
    /// What the storage keeps for this table (set by the session that creates it, carried along when the table is altered).
    // Safe: the engine is confined to one thread.
    nonisolated(unsafe) public var storage: AnyObject?

    public enum OnCommitAction: Sendable { case preserveRows, deleteRows, drop }

    public init(
        oid: OID,
        name: String,
        schema: OID,
        owner: String,
        columns: [Column],
        constraints: [Constraint],
        isTemporary: Bool = false,
        isUnlogged: Bool = false,
        options: [(name: String, value: String)] = [],
        onCommit: OnCommitAction = .preserveRows,
        storage: AnyObject? = nil
    ) {
        self.oid = oid
        self.name = name
        self.schema = schema
        self.owner = owner
        self.columns = columns
        self.constraints = constraints
        self.isTemporary = isTemporary
        self.isUnlogged = isUnlogged
        self.options = options
        self.onCommit = onCommit
        self.storage = storage
    }

    /// The same table with some parts replaced.
    func with(
        name: String? = nil,
        schema: OID? = nil,
        owner: String? = nil,
        columns: [Column]? = nil,
        constraints: [Constraint]? = nil
    ) -> Table {
        Table(
            oid: oid,
            name: name ?? self.name,
            schema: schema ?? self.schema,
            owner: owner ?? self.owner,
            columns: columns ?? self.columns,
            constraints: constraints ?? self.constraints,
            isTemporary: isTemporary,
            isUnlogged: isUnlogged,
            options: options,
            onCommit: onCommit,
            storage: storage
        )
    }

    /// The 0-based number of the living column of that name.
    public func column(named name: String) -> Int? {
        columns.firstIndex { !$0.isDropped && $0.name == name }
    }

    public var primaryKey: Constraint? { constraints.first { $0.kind == .primaryKey } }
}

/// A key of an index: a column or an expression over the row.
public struct IndexKey: Sendable {
    /// 0-based column; nil for an expression.
    public var column: Int?
    /// Over `rowColumn`s.
    public var expression: BoundExpression?
    public var expressionText: String?
    public var type: SQLType
    public var isDescending: Bool
    public var nullsFirst: Bool
    /// Operator class as written, e.g. `text_pattern_ops`; nil: the default one.
    public var operatorClass: String?
}

public final class Index: Sendable {
    public let oid: OID
    public let name: String
    public let schema: OID
    public let owner: String
    public let table: OID
    public let keys: [IndexKey]
    /// INCLUDE columns, 0-based.
    public let includedColumns: [Int]
    public let isUnique: Bool
    public let isPrimary: Bool
    /// The constraint behind it, 0 for a plain index.
    public let constraint: OID
    /// btree or hash.
    public let method: String
    /// Partial index: over `rowColumn`s.
    public let predicate: BoundExpression?
    public let predicateText: String?
    // Safe: the engine is confined to one thread.
    nonisolated(unsafe) public var storage: AnyObject?

    public init(
        oid: OID,
        name: String,
        schema: OID,
        owner: String,
        table: OID,
        keys: [IndexKey],
        includedColumns: [Int] = [],
        isUnique: Bool,
        isPrimary: Bool = false,
        constraint: OID = 0,
        method: String = "btree",
        predicate: BoundExpression? = nil,
        predicateText: String? = nil,
        storage: AnyObject? = nil
    ) {
        self.oid = oid
        self.name = name
        self.schema = schema
        self.owner = owner
        self.table = table
        self.keys = keys
        self.includedColumns = includedColumns
        self.isUnique = isUnique
        self.isPrimary = isPrimary
        self.constraint = constraint
        self.method = method
        self.predicate = predicate
        self.predicateText = predicateText
        self.storage = storage
    }

    func with(name: String? = nil, schema: OID? = nil, owner: String? = nil) -> Index {
        Index(
            oid: oid,
            name: name ?? self.name,
            schema: schema ?? self.schema,
            owner: owner ?? self.owner,
            table: table,
            keys: keys,
            includedColumns: includedColumns,
            isUnique: isUnique,
            isPrimary: isPrimary,
            constraint: constraint,
            method: method,
            predicate: predicate,
            predicateText: predicateText,
            storage: storage
        )
    }
}

/// A sequence. Its counter does not roll back, as in PostgreSQL, so it lives in a shared mutable box.
public final class SequenceRelation: Sendable {
    public final class Counter {
        public var lastValue: Int64
        public var isCalled: Bool
        init(lastValue: Int64, isCalled: Bool) {
            self.lastValue = lastValue
            self.isCalled = isCalled
        }
    }

    public let oid: OID
    public let name: String
    public let schema: OID
    public let owner: String
    public let type: OID
    public let start: Int64
    public let increment: Int64
    public let minimum: Int64
    public let maximum: Int64
    public let cycles: Bool
    /// The table and 0-based column it belongs to (serial, OWNED BY); 0 if none.
    public let ownerTable: OID
    public let ownerColumn: Int
    public let isIdentity: Bool
    // Safe: the engine is confined to one thread.
    nonisolated(unsafe) public let counter: Counter

    init(
        _ definition: SequenceDefinition,
        oid: OID,
        schema: OID,
        owner: String,
        ownerTable: OID = 0,
        ownerColumn: Int = 0
    ) {
        self.oid = oid
        name = definition.name
        self.schema = schema
        self.owner = owner
        type = definition.type
        start = definition.start
        increment = definition.increment
        minimum = definition.minimum
        maximum = definition.maximum
        cycles = definition.cycles
        self.ownerTable = ownerTable
        self.ownerColumn = ownerColumn
        isIdentity = definition.isIdentity
        counter = Counter(lastValue: definition.start, isCalled: false)
    }

    init(_ other: SequenceRelation, name: String? = nil, schema: OID? = nil, owner: String? = nil) {
        oid = other.oid
        self.name = name ?? other.name
        self.schema = schema ?? other.schema
        self.owner = owner ?? other.owner
        type = other.type
        start = other.start
        increment = other.increment
        minimum = other.minimum
        maximum = other.maximum
        cycles = other.cycles
        ownerTable = other.ownerTable
        ownerColumn = other.ownerColumn
        isIdentity = other.isIdentity
        counter = other.counter
    }

    /// The next value. 2200H when the sequence is exhausted.
    func next() throws(SQLError) -> Int64 {
        guard counter.isCalled else {
            counter.isCalled = true
            return counter.lastValue
        }
        let (value, overflow) = counter.lastValue.addingReportingOverflow(increment)
        if overflow || value > maximum || value < minimum {
            guard cycles else {
                let bound = increment > 0 ? "maximum" : "minimum"
                throw SQLError(
                    "2200H",
                    "nextval: reached \(bound) value of sequence \"\(name)\" (\(increment > 0 ? maximum : minimum))"
                )
            }
            counter.lastValue = increment > 0 ? minimum : maximum
            return counter.lastValue
        }
        counter.lastValue = value
        return value
    }
}

/// The sequence values one session has drawn.
public final class SessionSequences {
    var current: [OID: Int64] = [:]
    var last: OID = 0
    public init() {}
    /// DISCARD SEQUENCES.
    public func discard() {
        current = [:]
        last = 0
    }
}

// MARK: definitions, as the binder hands them to the session

public struct ColumnDefinition: Sendable {
    public var column: Column
    /// serial and identity columns: the sequence to make for it.
    public var sequence: SequenceDefinition?
}

public struct ConstraintDefinition: Sendable {
    /// nil: a name is chosen.
    public var name: String?
    public var kind: Constraint.Kind
    public var columns: [Int]
    public var expression: BoundExpression?
    public var expressionText: String?
    public var foreignTable: OID
    /// The table refers to itself (it does not exist yet).
    public var isSelfReference: Bool
    public var foreignColumns: [Int]
    public var onUpdate: Constraint.ForeignKeyAction
    public var onDelete: Constraint.ForeignKeyAction
    public var isDeferrable: Bool
    public var isInitiallyDeferred: Bool
    public var isValidated: Bool
    /// ADD … USING INDEX.
    public var usingIndex: OID
}

public struct TableDefinition: Sendable {
    public var name: String
    public var schema: OID
    public var columns: [ColumnDefinition]
    public var constraints: [ConstraintDefinition]
    public var isTemporary: Bool
    public var isUnlogged: Bool
    public var options: [(name: String, value: String)]
    public var onCommit: Table.OnCommitAction
}

public struct IndexDefinition: Sendable {
    /// nil: a name is chosen.
    public var name: String?
    public var table: Table
    public var keys: [IndexKey]
    public var includedColumns: [Int]
    public var isUnique: Bool
    public var method: String
    public var predicate: BoundExpression?
    public var predicateText: String?
}

public struct SequenceDefinition: Sendable {
    public var name: String
    /// 0: that of the table it is made for.
    public var schema: OID
    public var type: OID
    public var start: Int64
    public var increment: Int64
    public var minimum: Int64
    public var maximum: Int64
    public var cycles: Bool
    public var isIdentity: Bool

    public static func ascending(name: String, type: OID, isIdentity: Bool = false) -> SequenceDefinition {
        let maximum: Int64 = type == .int2 ? 32767 : type == .int4 ? 2_147_483_647 : .max
        return SequenceDefinition(
            name: name,
            schema: 0,
            type: type,
            start: 1,
            increment: 1,
            minimum: 1,
            maximum: maximum,
            cycles: false,
            isIdentity: isIdentity
        )
    }
}

public struct RoleDefinition: Sendable {
    public var name: String
    public var isSuperuser: Bool
    public var canLogin: Bool
    public var canCreateDatabase: Bool
    public var canCreateRole: Bool
    public var inherits: Bool
    public var password: String?
}
