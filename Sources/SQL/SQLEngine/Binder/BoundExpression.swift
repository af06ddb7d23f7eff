import SQLTypes

/// A typed expression: names resolved to columns, operators and casts to functions, literals to values.
///
///     price * 1.2 > $1      call(float8gt, [call(float8mul, [column price, literal 1.2]), parameter 1])
///
/// The seam between the binder and the planner: nothing in here is looked up by name again. Operators, casts and
/// functions are all `call`s of a `BuiltinFunction`; `BuiltinFunction.form` tells the planner which it can run in batches.
/// Invariant: the arguments of a call have the types that the function's signature asks for (implicit casts are calls).
public struct BoundExpression: Sendable {
    public var kind: BoundExpressionKind
    public var type: SQLType
    /// Byte offset in the statement text, -1 if the expression was not written (implicit cast, default).
    public var position: Int32

    public init(_ kind: BoundExpressionKind, _ type: SQLType, position: Int32 = -1) {
        self.kind = kind
        self.type = type
        self.position = position
    }
}

public indirect enum BoundExpressionKind: Sendable {
    /// A constant. `token`: the byte offset of the literal in the statement text (`Fingerprint.Literal.offset`), -1 if it
    /// is derived (folded, made by the binder). A cached plan may replace the value of a literal whose token is known by
    /// reading the new token's text as `type`; a statement with a literal that no bound literal names can not be shared.
    case literal(Value, token: Int32)
    /// $n, 1-based.
    case parameter(Int)
    case column(ColumnReference)
    /// The i-th key of `BoundQuery.groupBy`. In a grouped query every expression above the grouping is made of group keys,
    /// aggregates, parameters, literals and columns of outer queries.
    case groupKey(Int)
    /// The i-th of `BoundQuery.aggregates`.
    case aggregate(Int)
    case call(BuiltinFunction, [BoundExpression])
    /// Two or more operands, three-valued, evaluated from the left until decided.
    case and([BoundExpression])
    case or([BoundExpression])
    case not(BoundExpression)
    case isNull(BoundExpression, negated: Bool)
    /// IS [NOT] TRUE / FALSE (`value` nil: UNKNOWN).
    case isTruth(BoundExpression, value: Bool?, negated: Bool)
    /// IS [NOT] DISTINCT FROM; `equals` compares two non-null values of the operands' common type.
    case isDistinct(BoundExpression, BoundExpression, equals: BuiltinFunction, negated: Bool)
    /// operand [NOT] IN (list); `equals` as above.
    case inList(BoundExpression, [BoundExpression], equals: BuiltinFunction, negated: Bool)
    /// operand op ANY / ALL (array); `function` compares operand with an element.
    case quantifiedArray(BoundExpression, array: BoundExpression, function: BuiltinFunction, isAll: Bool)
    /// First branch whose condition is true. A simple CASE is rewritten to conditions.
    case caseWhen([BoundWhen], otherwise: BoundExpression?)
    /// First non-null.
    case coalesce([BoundExpression])
    /// GREATEST / LEAST, nulls ignored.
    case extreme([BoundExpression], isGreatest: Bool)
    /// null if equal, else the first.
    case nullIf(BoundExpression, BoundExpression, equals: BuiltinFunction)
    case array([BoundExpression], element: SQLType)
    case row([BoundExpression])
    /// Row comparison, left to right; operator as in `RowComparison`.
    case rowCompare(
        RowComparison,
        [BoundExpression],
        [BoundExpression],
        equals: [BuiltinFunction],
        less: [BuiltinFunction]
    )
    /// array[i]…, or a slice if bounds come in pairs.
    case `subscript`(BoundExpression, [BoundSubscript])
    /// A field (0-based) of a record expression.
    case field(BoundExpression, Int)
    case subquery(BoundSubquery)
    /// The whole row of a relation (`SELECT t FROM t`), as a record.
    case wholeRow(relation: Int, level: Int)
    /// A set-returning function in the select list; the planner expands it in lockstep with the others.
    case setReturning(BuiltinFunction, [BoundExpression])
    /// DEFAULT in VALUES or SET; only directly there.
    case defaultValue
    /// The value that is being assigned / checked: the i-th column of the row of the table (CHECK and index expressions).
    case rowColumn(Int)
}

public enum RowComparison: Sendable { case equal, notEqual, less, lessEqual, greater, greaterEqual }

public struct BoundWhen: Sendable {
    public var condition: BoundExpression
    public var result: BoundExpression
    public init(condition: BoundExpression, result: BoundExpression) {
        self.condition = condition
        self.result = result
    }
}

public struct BoundSubscript: Sendable {
    public var lower: BoundExpression?
    public var upper: BoundExpression?
    /// `[i]` has only an upper bound and is not a slice.
    public var isSlice: Bool
    public init(lower: BoundExpression?, upper: BoundExpression?, isSlice: Bool) {
        self.lower = lower
        self.upper = upper
        self.isSlice = isSlice
    }
}

/// A column of a relation of this query (`level` 0) or of an enclosing one (1 = the next outer query, …).
public struct ColumnReference: Hashable, Sendable {
    /// Index into the `relations` of the query `level` levels up.
    public var relation: Int
    /// 0-based column of that relation; system columns are negative (`SystemColumn`).
    public var column: Int
    public var level: Int
    public init(relation: Int, column: Int, level: Int = 0) {
        self.relation = relation
        self.column = column
        self.level = level
    }
}

/// The hidden columns of a table, numbered as pg_attribute does.
public enum SystemColumn: Int, Sendable {
    case ctid = -1
    case xmin = -2
    case cmin = -3
    case xmax = -4
    case cmax = -5
    case tableoid = -6
}

/// A subquery inside an expression.
public struct BoundSubquery: Sendable {
    public enum Kind: Sendable {
        /// Its single column; null without a row; 21000 with more than one row.
        case scalar
        case exists
        /// ARRAY(SELECT …)
        case array
        /// operands op ANY (query): IN is `= ANY`.
        case any
        case all
    }
    public var kind: Kind
    public var query: BoundQuery
    /// Left operands of ANY / ALL, one per column of the query.
    public var operands: [BoundExpression]
    /// One per operand: (operand, column) -> bool. All must hold (they are equalities when there is more than one).
    public var comparisons: [BuiltinFunction]
    /// NOT of the whole (NOT IN, <> ALL is written as such).
    public var negated: Bool

    public init(
        kind: Kind,
        query: BoundQuery,
        operands: [BoundExpression] = [],
        comparisons: [BuiltinFunction] = [],
        negated: Bool = false
    ) {
        self.kind = kind
        self.query = query
        self.operands = operands
        self.comparisons = comparisons
        self.negated = negated
    }
}
