/// One node of the syntax tree: 24 bytes in an arena, children by 32-bit index, text by offset and length.
///
///     SELECT a, b FROM t            statement(select)
///                                     a ─▶ clause targets ─next▶ clause from
///                                            a ─▶ target ─next▶ target
///
/// Index 0 is "no node". A list is the index of its first node; `next` leads on. What `a`, `b`, `c` hold is written
/// beside each kind in `NodeKind`. Text (names, literals) is an offset and a length into `SyntaxTree.text`, already
/// folded and unescaped. `position` is the byte offset of the construct in the statement text, where PostgreSQL
/// would point its error cursor.
/// Not here: any knowledge of tables, types or functions.
public typealias NodeIndex = UInt32

@frozen
public struct Node {
    public var kind: NodeKind
    /// Kind-specific bits; see `NodeFlags`.
    public var flags: NodeFlags
    /// Byte offset in the source text.
    public var position: UInt32
    public var a: UInt32
    public var b: UInt32
    public var c: UInt32
    /// The next node of the list this node is in, 0 at the end.
    public var next: NodeIndex

    @inlinable
    public init(_ kind: NodeKind, _ position: UInt32, a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0) {
        self.kind = kind
        self.flags = []
        self.position = position
        self.a = a
        self.b = b
        self.c = c
        self.next = 0
    }
}

/// Bits that qualify a node; a bit means something only on the kinds named.
@frozen
public struct NodeFlags: OptionSet, Sendable {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// LIKE, IN, BETWEEN, IS …: the NOT form.
    public static let negated = NodeFlags(rawValue: 1)
    /// SELECT DISTINCT, aggregate DISTINCT, set operation ALL is `all`.
    public static let distinct = NodeFlags(rawValue: 2)
    public static let all = NodeFlags(rawValue: 4)
    /// DESC on a sort key, RESTART IDENTITY, VERBOSE, …
    public static let descending = NodeFlags(rawValue: 8)
    public static let nullsFirst = NodeFlags(rawValue: 16)
    public static let nullsLast = NodeFlags(rawValue: 32)
    public static let ifExists = NodeFlags(rawValue: 64)
    /// IF NOT EXISTS; OR REPLACE.
    public static let ifNotExists = NodeFlags(rawValue: 128)
    public static let cascade = NodeFlags(rawValue: 256)
    public static let temporary = NodeFlags(rawValue: 512)
    public static let unlogged = NodeFlags(rawValue: 1024)
    public static let recursive = NodeFlags(rawValue: 2048)
    /// COPY … FROM (without it TO); SET LOCAL; BETWEEN SYMMETRIC; WITH TIES; UNIQUE index; ONLY table; f(*).
    public static let special = NodeFlags(rawValue: 4096)
    /// `schema.*`-style star, whole-row.
    public static let lateral = NodeFlags(rawValue: 8192)
    public static let natural = NodeFlags(rawValue: 16384)
    /// The construct was written in parentheses (matters for set operations and ROW).
    public static let parenthesized = NodeFlags(rawValue: 32768)
}

/// What a node is. `text` means an (offset, length) pair in two slots; `list` the index of the first of a list.
public enum NodeKind: UInt16, Sendable {
    case none
    /// a, b: text.
    case name
    /// `*` in a target list or qualified name.
    case star

    // MARK: expressions
    /// a, b: text of the first name; c: list of further `name` / `star` / `subscript` parts.
    case columnReference
    /// a: parameter number.
    case parameter
    /// a, b: text of the digits, fits Int32 …
    case integerLiteral
    /// a, b: text; anything with a dot or exponent or beyond Int32.
    case numericLiteral
    /// a, b: text, unescaped.
    case stringLiteral
    /// a, b: text of the digits of B'…' / X'…' (`special`: hexadecimal).
    case bitStringLiteral
    /// a: 0 or 1.
    case booleanLiteral
    case nullLiteral
    case defaultExpression
    /// a: expression, b: typeName.
    case cast
    /// `type 'string'`. a: stringLiteral, b: typeName.
    case typedLiteral
    /// a: left (0 = prefix), b: right, c: operatorName.
    case operation
    /// a, b: text of the operator; c: qualifying name list (OPERATOR(schema.op)), 0 if bare.
    case operatorName
    /// a: list of two or more operands.
    case and, or
    /// a: operand.
    case not
    /// a: operand; `negated`.
    case isNull, isTrue, isFalse, isUnknown, isDocument, isNormalized
    /// a: left, b: right; `negated`.
    case isDistinctFrom
    /// a: operand, b: low, c: high; `negated`, `special` = SYMMETRIC.
    case between
    /// a: operand, b: list; `negated`.
    case inList
    /// a: operand (row or expression), b: query; `negated`.
    case inSubquery
    /// a: operand, b: pattern, c: escape (0 none); `negated`.
    case like, ilike, similarTo
    /// a: operand, b: array expression or query, c: operatorName; `all` = ALL, otherwise ANY / SOME.
    case quantifiedArray, quantifiedSubquery
    /// a: query.
    case scalarSubquery, exists, arraySubquery
    /// a: operand (0 none), b: list of `when`, c: else (0 none).
    case caseExpression
    /// a: condition, b: result.
    case when
    /// a: name (a `qualifiedName`), b: list of arguments, c: `callDetails` (0 none);
    /// `special` = f(*), `distinct` = f(DISTINCT …), `all` = VARIADIC last argument.
    case call
    /// a: list of sort keys, b: filter expression, c: `window` or name for OVER; `special`: WITHIN GROUP;
    case callDetails
    /// a: name of the window it builds on (name node), b: list of partition expressions, c: list of sortKey, then `windowFrame` at end.
    case window
    /// a: start bound, b: end bound; flags mode.
    case windowFrame
    /// name => value argument. a, b: text; c: value.
    case namedArgument
    /// Special forms with their own grammar: a: keyword raw value, b: list of arguments (see `SpecialForm`).
    case specialForm
    /// a: list.
    case arrayConstructor
    /// a: list; implicit when written (a, b).
    case row
    /// a: expression, b: subscript list.
    case `subscript`
    /// a: lower, b: upper; `special` = slice.
    case subscriptBounds
    /// a: expression (parenthesised), b: list of name/star.
    case fieldSelection
    /// a: expression, b: qualifiedName.
    case collate
    /// a: expression, b: zone.
    case atTimeZone
    /// COALESCE, GREATEST, LEAST: a: list.
    case coalesce, greatest, least
    /// a, b operands.
    case nullIf
    /// CURRENT_DATE, …: a: keyword raw value, b: precision + 1 (0 none).
    case valueFunction
    /// GROUPING(a, b).
    case grouping
    /// CURRENT OF cursor: a, b text.
    case currentOf

    // MARK: names and types
    /// a, b: text of the first part; c: list of further parts.
    case qualifiedName
    /// a: qualifiedName, b: list of modifiers, c: array dimensions; `special` SETOF; `all` %TYPE.
    case typeName
    /// Interval qualifier list: a: keyword raw of first field, b: keyword raw of second (0 none), c: precision + 1.
    case intervalFields

    // MARK: queries
    /// a: list of clauses.
    case select
    /// a: left query, b: right query, c: clauses of the whole (WITH, ORDER BY, LIMIT …); flags `all`.
    case union, intersect, except
    /// a: list of `row`, c: clauses of the whole.
    case values
    /// `TABLE name` is desugared into select.
    case emptyQuery

    // MARK: clauses. a: list or expression unless said otherwise
    case withClause
    /// a: name, b: column name list, c: query; flags: special = MATERIALIZED, negated = NOT MATERIALIZED.
    case commonTable
    /// DISTINCT ON list in a (0 = plain DISTINCT).
    case distinctClause
    /// a: list of target.
    case targetsClause
    /// a: expression, b, c: text of the alias (c = 0: none).
    case target
    /// SELECT INTO: a: qualifiedName.
    case intoClause
    case fromClause
    case whereClause
    case groupByClause
    /// Items of GROUP BY beyond expressions: a: list.
    case rollup, cube, groupingSets, emptyGroupingSet
    case havingClause
    case windowClause
    /// a: name, b: window.
    case windowDefinition
    /// a: list of sortKey.
    case orderByClause
    /// a: expression, b: operatorName for USING.
    case sortKey
    /// a: count (0 = ALL); `special` WITH TIES.
    case limitClause
    case offsetClause
    /// a: list of names, flags: special = NOWAIT, all = SKIP LOCKED; b: strength 0 UPDATE 1 NO KEY UPDATE 2 SHARE 3 KEY SHARE.
    case lockingClause

    // MARK: FROM items; alias of each: a `alias` node
    /// a: qualifiedName, b: alias (0 none), `special` = ONLY; c: tableSample.
    case tableReference
    /// a: query, b: alias; `lateral`.
    case subqueryReference
    /// a: call, b: alias; `lateral`, `special` = WITH ORDINALITY; c: list of columnDefinition for record functions.
    case functionReference
    /// a: left, b: right, c: `joinDetails`.
    case innerJoin, leftJoin, rightJoin, fullJoin, crossJoin
    /// a: ON expression, b: USING name list, c: alias of the join; `natural`.
    case joinDetails
    /// a, b: text; c: column alias list.
    case alias
    case tableSample

    // MARK: statements
    /// a: clauses (targetTable, insertColumns, insertSource | insertDefaults, onConflict, returning, with).
    case insert, update, delete
    /// a: qualifiedName, b: alias; `special` ONLY.
    case targetTable
    /// a: list of `assignment` targets (name + indirection).
    case insertColumns
    /// a: query.
    case insertSource
    case insertDefaults
    /// OVERRIDING: special = USER, else SYSTEM.
    case insertOverriding
    /// a: conflict target (list of `indexElement`) or name of constraint (`name`), b: clauses of DO UPDATE (0: DO NOTHING), c: WHERE of the target.
    case onConflict
    /// a: list of assignment.
    case setClause
    /// a: columnReference, b: value.
    case assignment
    /// a: list of columnReference, b: row or query.
    case multiAssignment
    case returningClause
    case usingClause

    /// a: list of qualifiedName; `cascade`, `descending` = RESTART IDENTITY.
    case truncate
    /// a: qualifiedName, b: list of columnDefinition / tableConstraint / likeClause, c: clauses (options, inherits, asQuery, onCommit).
    case createTable
    /// a: qualifiedName, b: column names, c: query; with options as next of query.
    case createTableAs
    /// a, b: text of the name; c: `columnDetails`.
    case columnDefinition
    /// a: typeName, b: list of column constraints; c: collate name.
    case columnDetails
    /// a: child (see each), b: constraint name (`name` node).
    case notNullConstraint, nullConstraint, defaultConstraint, checkConstraint, generatedConstraint, identityConstraint
    /// a: list of names (0 for a column constraint), b: constraint name, c: options; `special` USING INDEX (a: name).
    case primaryKeyConstraint, uniqueConstraint
    /// a: list of names, b: constraint name, c: referencesDetails.
    case foreignKeyConstraint
    /// a: qualifiedName, b: list of names, c: actions: update | delete << 8 | match << 16.
    case referencesDetails
    /// a: qualifiedName; b: list of name for INCLUDING/EXCLUDING.
    case likeClause
    /// a: list of storageOption.
    case storageOptions
    /// a: qualifiedName; b: value expression (0 none).
    case storageOption
    /// a: name text a,b.
    case tablespaceOption, accessMethodOption
    /// a: 0 preserve 1 delete 2 drop.
    case onCommit
    case inherits
    /// a: kind keyword raw, b: list of objects (qualifiedName), `ifExists`, `cascade`, `special` CONCURRENTLY.
    case drop
    /// a: name (0 none), b: qualifiedName of the table, c: indexDetails; `special` UNIQUE, `ifNotExists`, `all` CONCURRENTLY.
    case createIndex
    /// a: list of indexElement, b: access method name, c: where expression; include list etc. behind `next` of the elements’ options.
    case indexDetails
    /// a: expression or columnReference, b: operator class name, c: collation; ordering flags.
    case indexElement
    /// INCLUDE (…): a: list of names.
    case includeClause
    /// a: qualifiedName, b: list of alter commands; `ifExists`, `special` ONLY; c: object keyword raw (TABLE, INDEX, VIEW, SEQUENCE).
    case alterTable
    /// a: columnDefinition; ifNotExists
    case addColumn
    /// a: name; ifExists, cascade
    case dropColumn
    /// a: constraint; b: 1 = NOT VALID
    case addConstraint
    case dropConstraint
    /// a: name, b: expression
    case setDefault
    case dropDefault
    case setNotNull
    case dropNotNull
    /// a: name, b: typeName, c: USING expression
    case alterColumnType
    /// a: old name (0: the table itself), b: new name; flags special: constraint.
    case rename
    /// a: list storageOption
    case setStorageOptions
    case resetStorageOptions
    /// a: name
    case ownerTo
    case setSchema
    /// An ALTER TABLE command that is parsed and refused: a, b: text.
    case unsupportedAlter

    /// a: name, b: list of storageOption-like options.
    case createDatabase
    /// a: name; ifExists.
    case dropDatabase
    /// a: name, b: owner, c: list of elements; ifNotExists
    case createSchema
    /// a: qualifiedName, b: list of options (storageOption), ifNotExists, temporary
    case createSequence
    /// a: qualifiedName, b: column names, c: query; ifNotExists = OR REPLACE
    case createView
    /// a: name, b: list of options; special = USER (implies LOGIN), all = GROUP
    case createRole
    case alterRole
    /// a: list of options (storageOption), b: list of tables (vacuumTarget)
    case vacuum, analyze
    /// a: qualifiedName, b: list of column names
    case vacuumTarget
    /// a: qualifiedName or query, b: list of columns, c: copyDetails; `special` = FROM.
    case copy
    /// a: source: stringLiteral (file) or 0 (stdin/stdout); b: list of storageOption; c: WHERE expression; `special` PROGRAM
    case copyDetails

    /// a: list of transactionMode.
    case begin, commit, rollback
    /// a: mode keyword: see `TransactionMode`.
    case transactionMode
    /// a, b: text.
    case savepoint, releaseSavepoint, rollbackToSavepoint
    case prepareTransaction, commitPrepared, rollbackPrepared
    /// a: name parts (qualifiedName), b: list of values (0 = DEFAULT); `special` LOCAL, `all` SESSION.
    case set
    /// a: list of transactionMode; `special` SESSION CHARACTERISTICS.
    case setTransaction
    /// a: qualifiedName or 0 for ALL.
    case show, reset
    /// SET CONSTRAINTS a: names; special DEFERRED
    case setConstraints
    /// a: name, b: list of typeName, c: statement
    case prepare
    /// a: name, b: list of expressions
    case execute
    /// a: name (0 = ALL)
    case deallocate
    /// a: name, b: query; flags special = WITH HOLD, all = BINARY, descending = SCROLL, negated NO SCROLL
    case declareCursor
    /// a: name, b: direction raw, c: count node; special = MOVE
    case fetch
    case closeCursor
    /// a: statement, b: options list
    case explain
    /// a: keyword raw: ALL PLANS SEQUENCES TEMP
    case discard
    /// a: name, b: payload stringLiteral
    case listen, notify, unlisten
    /// a: list of tableReference, b: mode number 1…8; special NOWAIT
    case lock
    case checkpoint
    /// a: kind keyword; COMMENT ON …: b: name, c: stringLiteral or 0
    case comment
    /// A statement known to the grammar's first words only; a, b: text of its command name, for 0A000.
    case unsupportedStatement
}

/// Transaction modes as written after BEGIN / SET TRANSACTION.
public enum TransactionMode: UInt32, Sendable {
    case readUncommitted, readCommitted, repeatableRead, serializable
    case readOnly, readWrite, deferrable, notDeferrable
    /// COMMIT AND CHAIN.
    case chain
}
