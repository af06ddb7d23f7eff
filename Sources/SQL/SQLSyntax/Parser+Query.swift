/// Queries: SELECT, VALUES, TABLE, set operations, WITH, FROM.
///
/// A parenthesised query and a parenthesised expression (or join) begin alike; neither is parsed twice. Whoever sees the
/// parenthesis parses what is inside and, if it was a query and a set operation or ORDER BY follows, goes on with it as
/// the left side (`parseQueryTail`).
extension Parser {
    /// Whether the token can start a query that is not in parentheses.
    private var startsQuery: Bool { at(.select) || at(.values) || at(.with) || at(.table) }

    /// Whether the token continues a query behind its closing parenthesis.
    var startsQueryTail: Bool {
        switch token.keyword {
        case .union, .intersect, .except, .order, .limit, .offset, .fetch, .for: true
        default: false
        }
    }

    /// A query if the token starts one (parentheses are for the caller to look into).
    mutating func parseQueryIfPresent() throws(Failure) -> NodeIndex? {
        guard startsQuery else { return nil }
        return try parseQuery()
    }

    /// SelectStmt: with or without WITH, set operations, ORDER BY, LIMIT, locking.
    mutating func parseQuery() throws(Failure) -> NodeIndex {
        try enter()
        if at(.with) {
            let with = try parseWith()
            let body = try parseSetOperations(1)
            try parseQueryClauses(of: body)
            try addWith(with, to: body)
            return body
        }
        let body = try parseSetOperations(1)
        try parseQueryClauses(of: body)
        return body
    }

    /// A statement that starts with SELECT, VALUES, TABLE or WITH; WITH may lead to INSERT, UPDATE or DELETE.
    mutating func parseQueryOrModification() throws(Failure) -> NodeIndex {
        guard at(.with) else { return try parseQuery() }
        let with = try parseWith()
        switch token.keyword {
        case .insert: return try parseInsert(with: with)
        case .update: return try parseUpdate(with: with)
        case .delete: return try parseDelete(with: with)
        default:
            let body = try parseSetOperations(1)
            try parseQueryClauses(of: body)
            try addWith(with, to: body)
            return body
        }
    }

    /// Goes on after a parenthesised query that turned out to be the left side of a larger one.
    mutating func parseQueryTail(_ left: NodeIndex) throws(Failure) -> NodeIndex {
        let body = try parseSetOperations(1, left: left)
        try parseQueryClauses(of: body)
        return body
    }

    /// The slot that holds a query's clauses.
    private func clauses(of query: NodeIndex) -> NodeIndex {
        tree[query].kind == .select ? tree[query].a : tree[query].c
    }

    private func setClauses(of query: NodeIndex, _ first: NodeIndex) {
        if tree[query].kind == .select { tree.nodes[Int(query)].a = first } else { tree.nodes[Int(query)].c = first }
    }

    private func appendClause(_ clause: NodeIndex, to query: NodeIndex) {
        var last = clauses(of: query)
        guard last != 0 else { return setClauses(of: query, clause) }
        while tree[last].next != 0 { last = tree[last].next }
        tree.nodes[Int(last)].next = clause
    }

    private mutating func addWith(_ with: NodeIndex, to query: NodeIndex) throws(Failure) {
        if tree.clause(.withClause, in: clauses(of: query)) != 0 {
            throw fail("multiple WITH clauses not allowed", at: tree[with].position)
        }
        tree.nodes[Int(with)].next = clauses(of: query)
        setClauses(of: query, with)
    }

    // MARK: WITH

    mutating func parseWith() throws(Failure) -> NodeIndex {
        let position = token.start
        try expect(.with)
        let isRecursive = try accept(.recursive)
        var list = List()
        repeat {
            let start = token.start
            let name = try parseName()
            let columns = try parseOptionalColumnList()
            try expect(.as)
            var flags: NodeFlags = []
            if at(.not) {
                try advance()
                try expect(.materialized)
                flags = .negated
            } else if try accept(.materialized) {
                flags = .special
            }
            try expect(.leftParenthesis)
            let query = try parseStatementInWith()
            try expect(.rightParenthesis)
            if at(.search) || at(.cycle) {
                throw fail(
                    "\(token.keyword.word.uppercased()) clause is not supported",
                    at: token.start,
                    sqlState: "0A000"
                )
            }
            let made = node(.commonTable, start, a: name, b: columns, c: query)
            setFlags(made, flags)
            append(made, to: &list)
        } while try accept(.comma)
        let made = node(.withClause, position, a: list.first)
        if isRecursive { setFlags(made, .recursive) }
        return made
    }

    private mutating func parseStatementInWith() throws(Failure) -> NodeIndex {
        try enter()
        switch token.keyword {
        case .insert: return try parseInsert(with: 0)
        case .update: return try parseUpdate(with: 0)
        case .delete: return try parseDelete(with: 0)
        default: return try parseQueryOrModification()
        }
    }

    // MARK: set operations

    /// UNION and EXCEPT bind at level 1, INTERSECT at level 2; all to the left.
    private mutating func parseSetOperations(_ minimum: Int, left given: NodeIndex = 0) throws(Failure) -> NodeIndex {
        try enter()
        var left = given
        if left == 0 { left = try parseQueryPrimary() }
        while true {
            let kind: NodeKind
            let level: Int
            switch token.keyword {
            case .union: (kind, level) = (.union, 1)
            case .except: (kind, level) = (.except, 1)
            case .intersect: (kind, level) = (.intersect, 2)
            default: return left
            }
            if level < minimum { return left }
            let position = token.start
            try advance()
            var isAll = false
            if try accept(.all) { isAll = true } else { _ = try accept(.distinct) }
            let right = try parseSetOperations(level + 1)
            left = node(kind, position, a: left, b: right)
            if isAll { setFlags(left, .all) }
        }
    }

    private mutating func parseQueryPrimary() throws(Failure) -> NodeIndex {
        switch token.keyword {
        case .select: return try parseSelect()
        case .values: return try parseValues()
        case .table:
            let position = token.start
            try advance()
            let reference = try parseTableName()
            let star = node(.columnReference, position)
            tree.nodes[Int(star)].c = node(.star, position)
            let targets = node(.targetsClause, position, a: node(.target, position, a: star))
            tree.nodes[Int(targets)].next = node(.fromClause, position, a: reference)
            return node(.select, position, a: targets)
        default:
            guard token.kind == .leftParenthesis else { throw unexpected() }
            try advance()
            let query = try parseQuery()
            try expect(.rightParenthesis)
            setFlags(query, .parenthesized)
            return query
        }
    }

    private mutating func parseValues() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var rows = List()
        repeat {
            let start = token.start
            try expect(.leftParenthesis)
            let list = try parseExpressionList()
            try expect(.rightParenthesis)
            append(node(.row, start, a: list), to: &rows)
        } while try accept(.comma)
        return node(.values, position, a: rows.first)
    }

    // MARK: SELECT

    private mutating func parseSelect() throws(Failure) -> NodeIndex {
        try enter()
        let made = node(.select, token.start)
        try advance()
        var clauses = List()
        if at(.distinct) {
            let position = token.start
            try advance()
            var on: NodeIndex = 0
            if try accept(.on) {
                try expect(.leftParenthesis)
                on = try parseExpressionList()
                try expect(.rightParenthesis)
            }
            append(node(.distinctClause, position, a: on), to: &clauses)
        } else {
            _ = try accept(.all)
        }
        if !endsTargetList { append(try parseTargets(), to: &clauses) }
        if at(.into) {
            let position = token.start
            try advance()
            var flags: NodeFlags = []
            if at(.temporary) || at(.temp) || at(.local) || at(.global) {
                if at(.local) || at(.global) { try advance() }
                guard at(.temporary) || at(.temp) else { throw unexpected() }
                try advance()
                flags = .temporary
            } else if try accept(.unlogged) {
                flags = .unlogged
            }
            _ = try accept(.table)
            let clause = node(.intoClause, position, a: try parseQualifiedName())
            setFlags(clause, flags)
            append(clause, to: &clauses)
        }
        if at(.from) {
            let position = token.start
            try advance()
            append(node(.fromClause, position, a: try parseFromList()), to: &clauses)
        }
        if let clause = try parseWhere() { append(clause, to: &clauses) }
        if at(.group) {
            let position = token.start
            try advance()
            try expect(.by)
            var isDistinct = false
            if try accept(.distinct) { isDistinct = true } else { _ = try accept(.all) }
            let clause = node(.groupByClause, position, a: try parseGroupingItems())
            if isDistinct { setFlags(clause, .distinct) }
            append(clause, to: &clauses)
        }
        if at(.having) {
            let position = token.start
            try advance()
            append(node(.havingClause, position, a: try parseExpression()), to: &clauses)
        }
        if at(.window) {
            let position = token.start
            try advance()
            var list = List()
            repeat {
                let start = token.start
                let name = try parseName()
                try expect(.as)
                append(node(.windowDefinition, start, a: name, b: try parseWindow()), to: &list)
            } while try accept(.comma)
            append(node(.windowClause, position, a: list.first), to: &clauses)
        }
        tree.nodes[Int(made)].a = clauses.first
        return made
    }

    /// SELECT may have no targets at all.
    private var endsTargetList: Bool {
        switch token.kind {
        case .end, .semicolon, .rightParenthesis: return true
        case .identifier:
            switch token.keyword {
            case .from, .where, .group, .having, .window, .order, .limit, .offset, .fetch, .for, .union, .intersect,
                .except, .into:
                return true
            default: return false
            }
        default: return false
        }
    }

    mutating func parseTargets() throws(Failure) -> NodeIndex {
        let position = token.start
        return node(.targetsClause, position, a: try parseTargetList())
    }

    mutating func parseTargetList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat {
            let position = token.start
            if token.kind == .star {
                let star = node(.columnReference, position)
                tree.nodes[Int(star)].c = node(.star, position)
                try advance()
                append(node(.target, position, a: star), to: &list)
                continue
            }
            let expression = try parseExpression()
            let made = node(.target, position, a: expression)
            if try accept(.as) {
                let label = try parseLabel()
                tree.nodes[Int(made)].b = tree[label].a
                tree.nodes[Int(made)].c = tree[label].b
            } else if token.kind == .identifier, token.keyword == .identifier || token.keyword.isBareLabel {
                tree.nodes[Int(made)].b = token.valueOffset
                tree.nodes[Int(made)].c = token.valueLength
                try advance()
            }
            append(made, to: &list)
        } while try accept(.comma)
        return list.first
    }

    mutating func parseWhere() throws(Failure) -> NodeIndex? {
        guard at(.where) else { return nil }
        let position = token.start
        try advance()
        return node(.whereClause, position, a: try parseExpression())
    }

    private mutating func parseGroupingItems() throws(Failure) -> NodeIndex {
        try enter()
        var list = List()
        repeat {
            let position = token.start
            if at(.rollup) || at(.cube), try peek().kind == .leftParenthesis {
                let kind: NodeKind = at(.rollup) ? .rollup : .cube
                try advance()
                try advance()
                let items = try parseExpressionList()
                try expect(.rightParenthesis)
                append(node(kind, position, a: items), to: &list)
            } else if at(.grouping), try peek().keyword == .sets {
                try advance()
                try advance()
                try expect(.leftParenthesis)
                let items = try parseGroupingItems()
                try expect(.rightParenthesis)
                append(node(.groupingSets, position, a: items), to: &list)
            } else if token.kind == .leftParenthesis, try peek().kind == .rightParenthesis {
                try advance()
                try advance()
                append(node(.emptyGroupingSet, position), to: &list)
            } else {
                append(try parseExpression(), to: &list)
            }
        } while try accept(.comma)
        return list.first
    }

    // MARK: ORDER BY, LIMIT, locking

    /// ORDER BY list, the words included.
    mutating func parseSortKeys() throws(Failure) -> NodeIndex {
        try expect(.order)
        try expect(.by)
        var list = List()
        repeat {
            let position = token.start
            let expression = try parseExpression()
            let made = node(.sortKey, position, a: expression)
            if try accept(.using) {
                tree.nodes[Int(made)].b = try parseOperatorName()
            } else if try accept(.desc) {
                setFlags(made, .descending)
            } else {
                _ = try accept(.asc)
            }
            if at(.nulls) {
                let next = try peek()
                guard next.keyword == .first || next.keyword == .last else {
                    try advance()
                    throw unexpected()
                }
                try advance()
                setFlags(made, at(.first) ? .nullsFirst : .nullsLast)
                try advance()
            }
            append(made, to: &list)
        } while try accept(.comma)
        return list.first
    }

    private mutating func addClause(_ clause: NodeIndex, _ name: String, to query: NodeIndex) throws(Failure) {
        if tree.clause(tree[clause].kind, in: clauses(of: query)) != 0 {
            throw fail("multiple \(name) clauses not allowed", at: tree[clause].position)
        }
        appendClause(clause, to: query)
    }

    /// ORDER BY, then LIMIT / OFFSET / FETCH and FOR in either order.
    private mutating func parseQueryClauses(of query: NodeIndex) throws(Failure) {
        if at(.order) {
            let position = token.start
            try addClause(node(.orderByClause, position, a: try parseSortKeys()), "ORDER BY", to: query)
        }
        while true {
            let position = token.start
            switch token.keyword {
            case .limit:
                try advance()
                var count: NodeIndex = 0
                if try !accept(.all) { count = try parseExpression() }
                if token.kind == .comma {
                    throw fail(
                        "LIMIT #,# syntax is not supported",
                        at: position,
                        hint: "Use separate LIMIT and OFFSET clauses."
                    )
                }
                try addClause(node(.limitClause, position, a: count), "LIMIT", to: query)
            case .offset:
                try advance()
                let count = try parseExpression()
                if at(.row) || at(.rows) { try advance() }
                try addClause(node(.offsetClause, position, a: count), "OFFSET", to: query)
            case .fetch:
                try advance()
                guard at(.first) || at(.next) else { throw unexpected() }
                try advance()
                var count: NodeIndex
                if at(.row) || at(.rows) {
                    let one = derivedName("1", position)
                    count = node(.integerLiteral, position, a: tree[one].a, b: 1)
                } else {
                    count = try parseFetchCount()
                }
                guard at(.row) || at(.rows) else { throw unexpected() }
                try advance()
                let clause: NodeIndex
                if try accept(.only) {
                    clause = node(.limitClause, position, a: count)
                } else {
                    try expect(.with)
                    try expect(.ties)
                    clause = node(.limitClause, position, a: count)
                    setFlags(clause, .special)
                }
                try addClause(clause, "LIMIT", to: query)
            case .for:
                appendClause(try parseLocking(), to: query)
            default:
                return
            }
        }
    }

    /// c_expr or a signed number.
    private mutating func parseFetchCount() throws(Failure) -> NodeIndex {
        try parseExpression(13, isRestricted: true)
    }

    private mutating func parseLocking() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var strength: UInt32 = 0
        if try accept(.update) {
            strength = 0
        } else if try accept(.no) {
            try expect(.key)
            try expect(.update)
            strength = 1
        } else if try accept(.share) {
            strength = 2
        } else if try accept(.key) {
            try expect(.share)
            strength = 3
        } else if try accept(.read) {
            try expect(.only)
            return node(.lockingClause, position, a: 0, b: 9)
        } else {
            throw unexpected()
        }
        var names: NodeIndex = 0
        if try accept(.of) { names = try parseQualifiedNameList() }
        let made = node(.lockingClause, position, a: names, b: strength)
        if try accept(.nowait) {
            setFlags(made, .special)
        } else if try accept(.skip) {
            try expect(.locked)
            setFlags(made, .all)
        }
        return made
    }

    // MARK: FROM

    mutating func parseFromList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat { append(try parseFromItem(), to: &list) } while try accept(.comma)
        return list.first
    }

    /// A table reference with the joins behind it.
    private mutating func parseFromItem() throws(Failure) -> NodeIndex {
        try enter()
        return try parseJoins(try parseFromPrimary())
    }

    private mutating func parseJoins(_ first: NodeIndex) throws(Failure) -> NodeIndex {
        var left = first
        while true {
            let position = token.start
            switch token.keyword {
            case .cross:
                try advance()
                try expect(.join)
                let right = try parseFromPrimary()
                left = node(.crossJoin, position, a: left, b: right, c: node(.joinDetails, position))
            case .natural:
                try advance()
                let kind = try parseJoinKind()
                let right = try parseFromPrimary()
                let details = node(.joinDetails, position)
                setFlags(details, .natural)
                left = node(kind, position, a: left, b: right, c: details)
            case .join, .inner, .left, .right, .full:
                let kind = try parseJoinKind()
                // The right side may itself be a join: `a JOIN b JOIN c ON … ON …`.
                var right = try parseFromPrimary()
                while !at(.on), !at(.using), startsJoin { right = try parseOneJoin(right) }
                left = node(kind, position, a: left, b: right, c: try parseJoinCondition())
            default:
                return left
            }
        }
    }

    private var startsJoin: Bool {
        switch token.keyword {
        case .join, .inner, .left, .right, .full, .cross, .natural: true
        default: false
        }
    }

    /// One join behind `left`, for the nested form.
    private mutating func parseOneJoin(_ left: NodeIndex) throws(Failure) -> NodeIndex {
        try enter()
        let position = token.start
        if try accept(.cross) {
            try expect(.join)
            return node(.crossJoin, position, a: left, b: try parseFromPrimary(), c: node(.joinDetails, position))
        }
        let isNatural = try accept(.natural)
        let kind = try parseJoinKind()
        var right = try parseFromPrimary()
        if isNatural {
            let details = node(.joinDetails, position)
            setFlags(details, .natural)
            return node(kind, position, a: left, b: right, c: details)
        }
        while !at(.on), !at(.using), startsJoin { right = try parseOneJoin(right) }
        return node(kind, position, a: left, b: right, c: try parseJoinCondition())
    }

    private mutating func parseJoinKind() throws(Failure) -> NodeKind {
        let kind: NodeKind
        switch token.keyword {
        case .left: kind = .leftJoin
        case .right: kind = .rightJoin
        case .full: kind = .fullJoin
        default: kind = .innerJoin
        }
        if kind != .innerJoin {
            try advance()
            _ = try accept(.outer)
        } else {
            _ = try accept(.inner)
        }
        try expect(.join)
        return kind
    }

    private mutating func parseJoinCondition() throws(Failure) -> NodeIndex {
        let position = token.start
        if try accept(.on) { return node(.joinDetails, position, a: try parseExpression()) }
        guard try accept(.using) else { throw unexpected() }
        try expect(.leftParenthesis)
        let names = try parseNameList()
        try expect(.rightParenthesis)
        var alias: NodeIndex = 0
        if try accept(.as) { alias = try parseAlias(required: true) }
        return node(.joinDetails, position, b: names, c: alias)
    }

    private mutating func parseFromPrimary() throws(Failure) -> NodeIndex {
        try enter()
        let position = token.start
        if try accept(.lateral) {
            if token.kind == .leftParenthesis {
                try advance()
                let query = try parseQuery()
                try expect(.rightParenthesis)
                return try parseSubqueryAlias(query, position, isLateral: true)
            }
            let made = try parseFromFunction(try parseFunctionCall(), position)
            setFlags(made, .lateral)
            return made
        }
        if token.kind == .leftParenthesis {
            switch try parseFromParenthesis() {
            case .query(let query): return try parseSubqueryAlias(query, position, isLateral: false)
            case .item(let item): return item
            }
        }
        if at(.rows), try peek().keyword == .from {
            throw fail("ROWS FROM is not supported", at: position, sqlState: "0A000")
        }
        if at(.xmltable) { throw fail("XMLTABLE is not supported", at: position, sqlState: "0A000") }
        if at(.only) { return try parseTableReference() }
        // A name: a table, or a function when a parenthesis follows.
        guard isColumnIdentifier || isTypeOrFunctionIdentifier || at(.currentSchema) || isValueFunction else {
            throw unexpected()
        }
        if isValueFunction {
            let call = try parseExpression(16, isRestricted: true)
            return try parseFromFunction(call, position)
        }
        if !isColumnIdentifier || startsKeywordCall {
            if try peek().kind == .leftParenthesis { return try parseFromFunction(try parseFunctionCall(), position) }
        }
        guard isColumnIdentifier || isTypeOrFunctionIdentifier else { throw unexpected() }
        let name = try parseAnyQualifiedName()
        if token.kind == .leftParenthesis {
            let call = try parseCallBehind(name, position)
            return try parseFromFunction(call, position)
        }
        return try parseTableReference(name, position)
    }

    private var isValueFunction: Bool {
        switch token.keyword {
        case .currentDate, .currentTime, .currentTimestamp, .localtime, .localtimestamp, .currentUser, .sessionUser,
            .currentRole, .user, .currentCatalog:
            true
        default: false
        }
    }

    /// coalesce(…) and its like may stand in FROM too.
    private var startsKeywordCall: Bool {
        token.keyword != .identifier && token.keyword.category == .columnName
    }

    private mutating func parseAnyQualifiedName() throws(Failure) -> NodeIndex {
        let made = node(.qualifiedName, token.start, a: token.valueOffset, b: token.valueLength)
        try advance()
        var parts = List()
        while try accept(.dot) { append(try parseLabel(), to: &parts) }
        tree.nodes[Int(made)].c = parts.first
        return made
    }

    private mutating func parseFunctionCall() throws(Failure) -> NodeIndex {
        // Level 16 binds tighter than every operator: just the primary.
        try parseExpression(16, isRestricted: true)
    }

    /// The arguments behind a function's name.
    private mutating func parseCallBehind(_ name: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        try expect(.leftParenthesis)
        let made = node(.call, position, a: name)
        var arguments = List()
        if token.kind == .star {
            try advance()
            setFlags(made, .special)
        } else if token.kind != .rightParenthesis {
            repeat {
                if try accept(.variadic) { setFlags(made, .all) }
                append(try parseExpression(), to: &arguments)
            } while try accept(.comma)
        }
        try expect(.rightParenthesis)
        tree.nodes[Int(made)].b = arguments.first
        return made
    }

    private enum Parenthesized {
        case query(NodeIndex)
        case item(NodeIndex)
    }

    /// ( query ) or ( joined tables ).
    private mutating func parseFromParenthesis() throws(Failure) -> Parenthesized {
        try enter()
        let position = token.start
        try advance()
        if let query = try parseQueryIfPresent() {
            try expect(.rightParenthesis)
            return .query(query)
        }
        if token.kind == .leftParenthesis {
            let start = token.start
            switch try parseFromParenthesis() {
            case .query(let query):
                if startsQueryTail {
                    let whole = try parseQueryTail(query)
                    try expect(.rightParenthesis)
                    return .query(whole)
                }
                if token.kind == .rightParenthesis {
                    try advance()
                    return .query(query)
                }
                let item = try parseJoins(try parseSubqueryAlias(query, start, isLateral: false))
                return .item(try closeJoin(item, position))
            case .item(let item):
                return .item(try closeJoin(try parseJoins(item), position))
            }
        }
        return .item(try closeJoin(try parseFromItem(), position))
    }

    /// The `) [alias]` behind a joined table; a lone table may not be parenthesised.
    private mutating func closeJoin(_ item: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        switch tree[item].kind {
        case .innerJoin, .leftJoin, .rightJoin, .fullJoin, .crossJoin: break
        default: throw unexpected()
        }
        try expect(.rightParenthesis)
        if let alias = try parseOptionalAlias() {
            let details = tree[item].c
            // An alias over a parenthesised join hides the names inside it.
            tree.nodes[Int(details)].c = alias
            setFlags(details, .parenthesized)
        }
        return item
    }

    private mutating func parseSubqueryAlias(_ query: NodeIndex, _ position: UInt32, isLateral: Bool) throws(Failure)
        -> NodeIndex
    {
        guard let alias = try parseOptionalAlias() else {
            let isValues = tree[query].kind == .values
            throw fail(
                isValues ? "VALUES in FROM must have an alias" : "subquery in FROM must have an alias",
                at: position,
                hint: isValues
                    ? "For example, FROM (VALUES ...) [AS] foo." : "For example, FROM (SELECT ...) [AS] foo."
            )
        }
        let made = node(.subqueryReference, position, a: query, b: alias)
        if isLateral { setFlags(made, .lateral) }
        return made
    }

    private mutating func parseFromFunction(_ call: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        let made = node(.functionReference, position, a: call)
        if at(.with), try peek().keyword == .ordinality {
            try advance()
            try advance()
            setFlags(made, .special)
        }
        let hasAs = try accept(.as)
        if hasAs, token.kind == .leftParenthesis {
            try advance()
            tree.nodes[Int(made)].c = try parseColumnDefinitionList()
            try expect(.rightParenthesis)
            return made
        }
        guard hasAs || isAliasStart else { return made }
        let alias = node(.alias, token.start, a: token.valueOffset, b: token.valueLength)
        guard isColumnIdentifier else { throw unexpected() }
        try advance()
        if try accept(.leftParenthesis) {
            // A column alias list, or definitions with types.
            let next = try peek()
            if next.kind == .comma || next.kind == .rightParenthesis {
                tree.nodes[Int(alias)].c = try parseNameList()
            } else {
                tree.nodes[Int(made)].c = try parseColumnDefinitionList()
            }
            try expect(.rightParenthesis)
        }
        tree.nodes[Int(made)].b = alias
        return made
    }

    private mutating func parseColumnDefinitionList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat {
            let position = token.start
            let name = try parseName()
            let type = try parseType()
            let details = node(.columnDetails, position, a: type)
            append(
                node(.columnDefinition, position, a: tree[name].a, b: tree[name].b, c: details),
                to: &list
            )
        } while try accept(.comma)
        return list.first
    }

    /// [ONLY] name [*], without an alias.
    mutating func parseTableName() throws(Failure) -> NodeIndex {
        let position = token.start
        var isOnly = false
        var name: NodeIndex
        if try accept(.only) {
            isOnly = true
            if try accept(.leftParenthesis) {
                name = try parseQualifiedName()
                try expect(.rightParenthesis)
            } else {
                name = try parseQualifiedName()
            }
        } else {
            name = try parseQualifiedName()
            _ = try accept(.star)
        }
        let made = node(.tableReference, position, a: name)
        if isOnly { setFlags(made, .special) }
        return made
    }

    private mutating func parseTableReference() throws(Failure) -> NodeIndex {
        let made = try parseTableName()
        if let alias = try parseOptionalAlias() { tree.nodes[Int(made)].b = alias }
        return made
    }

    private mutating func parseTableReference(_ name: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        if token.kind == .star { try advance() }
        let made = node(.tableReference, position, a: name)
        if let alias = try parseOptionalAlias() { tree.nodes[Int(made)].b = alias }
        if at(.tablesample) {
            throw fail("TABLESAMPLE is not supported", at: token.start, sqlState: "0A000")
        }
        return made
    }

    private var isAliasStart: Bool {
        guard token.kind == .identifier else { return false }
        if token.keyword == .identifier { return true }
        let category = token.keyword.category
        return category == .unreserved || category == .columnName
    }

    mutating func parseOptionalAlias() throws(Failure) -> NodeIndex? {
        if try accept(.as) { return try parseAlias(required: true) }
        guard isAliasStart else { return nil }
        return try parseAlias(required: true)
    }

    private mutating func parseAlias(required: Bool) throws(Failure) -> NodeIndex {
        guard isColumnIdentifier else { throw unexpected() }
        let made = node(.alias, token.start, a: token.valueOffset, b: token.valueLength)
        try advance()
        if token.kind == .leftParenthesis {
            try advance()
            tree.nodes[Int(made)].c = try parseNameList()
            try expect(.rightParenthesis)
        }
        return made
    }
}
