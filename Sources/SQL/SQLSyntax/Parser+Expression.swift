/// Expressions: precedence climbing with PostgreSQL 15's levels, then the primaries.
///
///     1 OR   2 AND   3 NOT   4 IS   5 < > = <= >= <>   6 BETWEEN IN LIKE   7 other operators   8 + -   9 * / %
///     10 ^   11 AT TIME ZONE   12 COLLATE   13 unary + -   14 [ ]   15 ::
///
/// IS, comparisons and BETWEEN/IN/LIKE do not associate: `a = b = c` is a syntax error.
extension Parser {
    mutating func parseExpression() throws(Failure) -> NodeIndex {
        try parseExpression(1, isRestricted: false)
    }

    /// b_expr: without AND, OR, NOT, IN, LIKE, BETWEEN and IS NULL.
    mutating func parseRestrictedExpression() throws(Failure) -> NodeIndex {
        try parseExpression(5, isRestricted: true)
    }

    mutating func parseExpression(_ minimum: Int, isRestricted: Bool) throws(Failure) -> NodeIndex {
        try enter()
        var left = try parsePrefix(minimum, isRestricted)
        /// The level of a non-associative operator just read, 0 if none.
        var closed = 0
        while true {
            let position = token.start
            switch token.kind {
            case .typecast:
                try advance()
                let type = try parseType()
                left = node(.cast, position, a: left, b: type)
            case .less, .greater, .equal, .lessEqual, .greaterEqual, .notEqual:
                if minimum > 5 { return left }
                if closed == 5 { throw unexpected() }
                left = try parseInfix(left, 6, isRestricted)
                closed = 5
            case .plus, .minus:
                if minimum > 8 { return left }
                left = try parseInfix(left, 9, isRestricted)
            case .star, .slash, .percent:
                if minimum > 9 { return left }
                left = try parseInfix(left, 10, isRestricted)
            case .caret:
                if minimum > 10 { return left }
                left = try parseInfix(left, 11, isRestricted)
            case .op:
                if minimum > 7 { return left }
                left = try parseInfix(left, 8, isRestricted)
            case .identifier:
                switch token.keyword {
                case .identifier:
                    return left
                case .operator:
                    if minimum > 7 { return left }
                    guard try peek().kind == .leftParenthesis else { return left }
                    left = try parseInfix(left, 8, isRestricted)
                case .or:
                    if minimum > 1 || isRestricted { return left }
                    left = try parseChain(left, .or, .or, 2)
                case .and:
                    if minimum > 2 || isRestricted { return left }
                    left = try parseChain(left, .and, .and, 3)
                case .is:
                    if minimum > 4 && !isRestricted { return left }
                    if minimum > 5 { return left }
                    if closed == 4 { throw unexpected() }
                    left = try parseIs(left, isRestricted)
                    // Only the form that ends in an operand competes with what follows.
                    closed = tree[left].kind == .isDistinctFrom ? 4 : 0
                case .isnull, .notnull:
                    if minimum > 4 || isRestricted { return left }
                    if closed == 4 { throw unexpected() }
                    let isNegated = at(.notnull)
                    try advance()
                    left = node(.isNull, position, a: left)
                    if isNegated { setFlags(left, .negated) }
                    closed = 0
                case .between, .in, .like, .ilike, .similar:
                    if minimum > 6 || isRestricted { return left }
                    if closed == 6 { throw unexpected() }
                    left = try parseMembership(left, isNegated: false)
                    closed = 6
                case .not:
                    if minimum > 6 || isRestricted { return left }
                    switch try peek().keyword {
                    case .between, .in, .like, .ilike, .similar: break
                    default: return left
                    }
                    if closed == 6 { throw unexpected() }
                    try advance()
                    left = try parseMembership(left, isNegated: true)
                    closed = 6
                case .at:
                    if minimum > 11 || isRestricted { return left }
                    guard try peek().keyword == .time else { return left }
                    try advance()
                    try advance()
                    try expect(.zone)
                    let zone = try parseExpression(12, isRestricted: isRestricted)
                    left = node(.atTimeZone, position, a: left, b: zone)
                case .collate:
                    if minimum > 12 || isRestricted { return left }
                    try advance()
                    let name = try parseQualifiedName()
                    left = node(.collate, position, a: left, b: name)
                case .overlaps:
                    if minimum > 7 || isRestricted { return left }
                    try advance()
                    let right = try parseExpression(8, isRestricted: isRestricted)
                    guard tree[left].kind == .row, tree[right].kind == .row else {
                        throw fail("wrong number of parameters on left side of OVERLAPS expression", at: position)
                    }
                    let name = derivedName("overlaps", position)
                    var arguments = List()
                    for item in [tree[left].a, tree[right].a] where item != 0 {
                        var index = item
                        while index != 0 {
                            let next = tree[index].next
                            append(index, to: &arguments)
                            index = next
                        }
                    }
                    left = node(.call, position, a: name, b: arguments.first)
                default:
                    return left
                }
            default:
                return left
            }
        }
    }

    /// A name that the grammar implies (the function behind a special form).
    func derivedName(_ name: StaticString, _ position: UInt32) -> NodeIndex {
        tree.reserveText(name.utf8CodeUnitCount)
        let offset = UInt32(truncatingIfNeeded: tree.textCount)
        for index in 0..<name.utf8CodeUnitCount { tree.appendText(name.utf8Start[index]) }
        return node(.qualifiedName, position, a: offset, b: UInt32(name.utf8CodeUnitCount))
    }

    // MARK: operators

    private mutating func parsePrefix(_ minimum: Int, _ isRestricted: Bool) throws(Failure) -> NodeIndex {
        let position = token.start
        switch token.kind {
        case .plus, .minus:
            let name = try parseOperatorName()
            let operand = try parseExpression(13, isRestricted: isRestricted)
            return node(.operation, position, a: 0, b: operand, c: name)
        case .op:
            let name = try parseOperatorName()
            let operand = try parseExpression(8, isRestricted: isRestricted)
            return node(.operation, position, a: 0, b: operand, c: name)
        case .identifier:
            if at(.not), !isRestricted {
                try advance()
                let operand = try parseExpression(3, isRestricted: false)
                return node(.not, position, a: operand)
            }
            if at(.operator) {
                let name = try parseOperatorName()
                let operand = try parseExpression(8, isRestricted: isRestricted)
                return node(.operation, position, a: 0, b: operand, c: name)
            }
            if at(.default), !isRestricted {
                try advance()
                return node(.defaultExpression, position)
            }
        default: break
        }
        return try parsePrimary()
    }

    /// Any operator token, or OPERATOR(schema.op).
    mutating func parseOperatorName() throws(Failure) -> NodeIndex {
        let position = token.start
        if at(.operator) {
            try advance()
            try expect(.leftParenthesis)
            var qualifiers = List()
            while token.kind == .identifier {
                append(try parseName(), to: &qualifiers)
                try expect(.dot)
            }
            guard isOperatorToken else { throw unexpected() }
            let made = node(
                .operatorName,
                position,
                a: token.valueOffset,
                b: token.valueLength,
                c: qualifiers.first
            )
            try advance()
            try expect(.rightParenthesis)
            return made
        }
        guard isOperatorToken else { throw unexpected() }
        let made = node(.operatorName, position, a: token.valueOffset, b: token.valueLength)
        try advance()
        return made
    }

    private var isOperatorToken: Bool {
        switch token.kind {
        case .plus, .minus, .star, .slash, .percent, .caret, .less, .greater, .equal, .lessEqual, .greaterEqual,
            .notEqual, .op:
            true
        default: false
        }
    }

    private mutating func parseInfix(_ left: NodeIndex, _ rightMinimum: Int, _ isRestricted: Bool) throws(Failure)
        -> NodeIndex
    {
        let position = token.start
        let name = try parseOperatorName()
        if !isRestricted, let quantified = try parseQuantified(left, name, position) { return quantified }
        let right = try parseExpression(rightMinimum, isRestricted: isRestricted)
        return node(.operation, position, a: left, b: right, c: name)
    }

    /// ANY / SOME / ALL behind an operator.
    private mutating func parseQuantified(_ left: NodeIndex, _ name: NodeIndex, _ position: UInt32) throws(Failure)
        -> NodeIndex?
    {
        guard at(.any) || at(.some) || at(.all) else { return nil }
        let isAll = at(.all)
        try advance()
        try expect(.leftParenthesis)
        let made: NodeIndex
        if let query = try parseQueryIfPresent() {
            made = node(.quantifiedSubquery, position, a: left, b: query, c: name)
        } else {
            let inner = try parseExpression()
            if tree[inner].kind == .scalarSubquery {
                made = node(.quantifiedSubquery, position, a: left, b: tree[inner].a, c: name)
            } else {
                made = node(.quantifiedArray, position, a: left, b: inner, c: name)
            }
        }
        try expect(.rightParenthesis)
        if isAll { setFlags(made, .all) }
        return made
    }

    /// a AND b AND c as one node with three operands.
    private mutating func parseChain(_ left: NodeIndex, _ keyword: Keyword, _ kind: NodeKind, _ minimum: Int)
        throws(Failure) -> NodeIndex
    {
        let position = token.start
        var operands = List()
        append(left, to: &operands)
        while at(keyword) {
            try advance()
            append(try parseExpression(minimum, isRestricted: false), to: &operands)
        }
        return node(kind, position, a: operands.first)
    }

    private mutating func parseIs(_ left: NodeIndex, _ isRestricted: Bool) throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let isNegated = try accept(.not)
        let made: NodeIndex
        switch token.keyword {
        case .distinct:
            try advance()
            try expect(.from)
            let right = try parseExpression(5, isRestricted: isRestricted)
            made = node(.isDistinctFrom, position, a: left, b: right)
        case .document:
            try advance()
            made = node(.isDocument, position, a: left)
        case .null where !isRestricted:
            try advance()
            made = node(.isNull, position, a: left)
        case .true where !isRestricted:
            try advance()
            made = node(.isTrue, position, a: left)
        case .false where !isRestricted:
            try advance()
            made = node(.isFalse, position, a: left)
        case .unknown where !isRestricted:
            try advance()
            made = node(.isUnknown, position, a: left)
        case .normalized, .nfc, .nfd, .nfkc, .nfkd:
            if !at(.normalized) { try advance() }
            try expect(.normalized)
            made = node(.isNormalized, position, a: left)
        default:
            throw unexpected()
        }
        if isNegated { setFlags(made, .negated) }
        return made
    }

    private mutating func parseMembership(_ left: NodeIndex, isNegated: Bool) throws(Failure) -> NodeIndex {
        let position = token.start
        let made: NodeIndex
        switch token.keyword {
        case .between:
            try advance()
            var isSymmetric = false
            if try accept(.symmetric) { isSymmetric = true } else { _ = try accept(.asymmetric) }
            let low = try parseExpression(5, isRestricted: true)
            try expect(.and)
            let high = try parseExpression(7, isRestricted: false)
            made = node(.between, position, a: left, b: low, c: high)
            if isSymmetric { setFlags(made, .special) }
        case .in:
            try advance()
            try expect(.leftParenthesis)
            if let query = try parseQueryIfPresent() {
                try expect(.rightParenthesis)
                made = node(.inSubquery, position, a: left, b: query)
            } else {
                let first = try parseExpression()
                if tree[first].kind == .scalarSubquery, token.kind == .rightParenthesis {
                    // IN ((SELECT …)): the parentheses are the query's own.
                    try advance()
                    made = node(.inSubquery, position, a: left, b: tree[first].a)
                } else {
                    var list = List()
                    append(first, to: &list)
                    while try accept(.comma) { append(try parseExpression(), to: &list) }
                    try expect(.rightParenthesis)
                    made = node(.inList, position, a: left, b: list.first)
                }
            }
        default:
            let kind: NodeKind = at(.like) ? .like : at(.ilike) ? .ilike : .similarTo
            try advance()
            if kind == .similarTo { try expect(.to) }
            if kind != .similarTo, at(.any) || at(.some) || at(.all) {
                let name: StaticString =
                    kind == .like ? (isNegated ? "!~~" : "~~") : (isNegated ? "!~~*" : "~~*")
                let qualified = derivedName(name, position)
                let operation = node(
                    .operatorName,
                    position,
                    a: tree[qualified].a,
                    b: tree[qualified].b
                )
                if let quantified = try parseQuantified(left, operation, position) { return quantified }
            }
            let pattern = try parseExpression(7, isRestricted: false)
            var escape: NodeIndex = 0
            if try accept(.escape) { escape = try parseExpression(7, isRestricted: false) }
            made = node(kind, position, a: left, b: pattern, c: escape)
        }
        if isNegated { setFlags(made, .negated) }
        return made
    }

    // MARK: primaries

    private mutating func parsePrimary() throws(Failure) -> NodeIndex {
        let position = token.start
        switch token.kind {
        case .integer:
            let made = node(.integerLiteral, position, a: token.valueOffset, b: token.valueLength)
            try advance()
            return made
        case .numeric:
            let made = node(.numericLiteral, position, a: token.valueOffset, b: token.valueLength)
            try advance()
            return made
        case .string: return try parseStringLiteral()
        case .bitString, .hexString:
            let made = node(.bitStringLiteral, position, a: token.valueOffset, b: token.valueLength)
            if token.kind == .hexString { setFlags(made, .special) }
            try advance()
            return made
        case .parameter:
            let digits = tree.string(token.valueOffset, token.valueLength)
            guard let number = UInt32(digits), number <= 65_535 else {
                throw fail("there is no parameter $\(digits)", at: position, sqlState: "42P02")
            }
            tree.highestParameter = max(tree.highestParameter, Int(number))
            try advance()
            return try parseIndirection(node(.parameter, position, a: number), position)
        case .leftParenthesis: return try parseParenthesized()
        case .identifier: return try parseWord()
        default: throw unexpected()
        }
    }

    /// ( expression ), a row, or a scalar subquery.
    private mutating func parseParenthesized() throws(Failure) -> NodeIndex {
        try enter()
        let position = token.start
        try advance()
        if let query = try parseQueryIfPresent() {
            try expect(.rightParenthesis)
            return try parseIndirection(node(.scalarSubquery, position, a: query), position)
        }
        let first = try parseExpression()
        if tree[first].kind == .scalarSubquery, startsQueryTail {
            // ((SELECT …) UNION …): what looked like an expression was the left side of a query.
            let query = try parseQueryTail(tree[first].a)
            try expect(.rightParenthesis)
            return try parseIndirection(node(.scalarSubquery, position, a: query), position)
        }
        if token.kind == .comma {
            var list = List()
            append(first, to: &list)
            while try accept(.comma) { append(try parseExpression(), to: &list) }
            try expect(.rightParenthesis)
            return node(.row, position, a: list.first)
        }
        try expect(.rightParenthesis)
        return try parseIndirection(first, position)
    }

    /// `.field`, `.*` and `[subscript]` behind a parenthesised expression, parameter or call.
    private mutating func parseIndirection(_ base: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        var result = base
        while true {
            if token.kind == .leftBracket {
                let subscripts = try parseSubscripts()
                result = node(.subscript, position, a: result, b: subscripts)
            } else if token.kind == .dot {
                var parts = List()
                while try accept(.dot) { append(try parsePart(), to: &parts) }
                result = node(.fieldSelection, position, a: result, b: parts.first)
            } else {
                return result
            }
        }
    }

    private mutating func parsePart() throws(Failure) -> NodeIndex {
        if token.kind == .star {
            let made = node(.star, token.start)
            try advance()
            return made
        }
        return try parseLabel()
    }

    /// One or more [ … ].
    mutating func parseSubscripts() throws(Failure) -> NodeIndex {
        var list = List()
        while token.kind == .leftBracket {
            let position = token.start
            try advance()
            var lower: NodeIndex = 0
            var upper: NodeIndex = 0
            var isSlice = false
            if token.kind != .colon { upper = try parseExpression() }
            if try accept(.colon) {
                isSlice = true
                lower = upper
                upper = token.kind == .rightBracket ? 0 : try parseExpression()
            }
            try expect(.rightBracket)
            let made = node(.subscriptBounds, position, a: lower, b: upper)
            if isSlice { setFlags(made, .special) }
            append(made, to: &list)
        }
        return list.first
    }

    private mutating func parseWord() throws(Failure) -> NodeIndex {
        let position = token.start
        let keyword = token.keyword
        switch keyword {
        case .identifier: return try parseReferenceOrCall()
        case .true, .false:
            try advance()
            return node(.booleanLiteral, position, a: keyword == .true ? 1 : 0)
        case .null:
            try advance()
            return node(.nullLiteral, position)
        case .case: return try parseCase()
        case .cast:
            try advance()
            try expect(.leftParenthesis)
            let value = try parseExpression()
            try expect(.as)
            let type = try parseType()
            try expect(.rightParenthesis)
            return try parseIndirectionlessCast(value, type, position)
        case .array:
            try advance()
            if token.kind == .leftBracket { return try parseIndirection(try parseArrayLiteral(position), position) }
            try expect(.leftParenthesis)
            let query = try parseQuery()
            try expect(.rightParenthesis)
            return node(.arraySubquery, position, a: query)
        case .currentDate, .currentTime, .currentTimestamp, .localtime, .localtimestamp, .currentUser, .sessionUser,
            .currentRole, .user, .currentCatalog:
            try advance()
            var precision: UInt32 = 0
            let takesPrecision =
                keyword == .currentTime || keyword == .currentTimestamp || keyword == .localtime
                || keyword == .localtimestamp
            if takesPrecision, token.kind == .leftParenthesis {
                try advance()
                guard token.kind == .integer else { throw unexpected() }
                precision = (UInt32(tree.string(token.valueOffset, token.valueLength)) ?? 6) &+ 1
                try advance()
                try expect(.rightParenthesis)
            }
            return node(.valueFunction, position, a: UInt32(keyword.rawValue), b: precision)
        case .currentSchema:
            if try peek().kind == .leftParenthesis { return try parseReferenceOrCall() }
            try advance()
            return node(.valueFunction, position, a: UInt32(keyword.rawValue))
        default: break
        }
        switch keyword.category {
        case .reserved: throw unexpected()
        case .columnName:
            let next = try peek()
            if let special = try parseSpecialForm(keyword, next) { return special }
            return try parseKeywordTypedLiteralOrColumn(next)
        case .typeOrFunctionName:
            let next = try peek()
            guard next.kind == .leftParenthesis || next.kind == .string || next.kind == .dot else { throw unexpected() }
            return try parseReferenceOrCall()
        case .unreserved:
            if keyword == .double, try peek().keyword == .precision {
                return try parseKeywordTypedLiteralOrColumn(try peek())
            }
            return try parseReferenceOrCall()
        }
    }

    private mutating func parseIndirectionlessCast(_ value: NodeIndex, _ type: NodeIndex, _ position: UInt32)
        throws(Failure) -> NodeIndex
    {
        node(.cast, position, a: value, b: type)
    }

    /// `int '5'`, `timestamp with time zone '…'`, `interval '1' day`; or a column that bears such a name.
    private mutating func parseKeywordTypedLiteralOrColumn(_ next: Token) throws(Failure) -> NodeIndex {
        let position = token.start
        switch token.keyword {
        case .int, .integer, .smallint, .bigint, .real, .float, .decimal, .dec, .numeric, .boolean, .bit, .character,
            .char, .nchar, .national, .varchar, .time, .timestamp, .interval, .double:
            let startsType: Bool =
                switch next.kind {
                case .string, .leftParenthesis: true
                case .identifier:
                    next.keyword == .varying || next.keyword == .precision || next.keyword == .character
                        || next.keyword == .char || next.keyword == .with || next.keyword == .without
                default: false
                }
            // `timestamp` may also be followed by something that ends the expression: then it is a column.
            guard startsType else { return try parseReferenceOrCall() }
            let isInterval = at(.interval)
            guard let type = try parseKeywordType() else { return try parseReferenceOrCall() }
            let literal = try parseStringLiteral()
            if isInterval, tree[type].b == 0 {
                let fields = try parseIntervalFields()
                tree.nodes[Int(type)].b = fields
            }
            return node(.typedLiteral, position, a: literal, b: type)
        default:
            return try parseReferenceOrCall()
        }
    }

    private mutating func parseArrayLiteral(_ position: UInt32) throws(Failure) -> NodeIndex {
        try enter()
        try expect(.leftBracket)
        var list = List()
        if token.kind != .rightBracket {
            repeat {
                if token.kind == .leftBracket {
                    append(try parseArrayLiteral(token.start), to: &list)
                } else {
                    append(try parseExpression(), to: &list)
                }
            } while try accept(.comma)
        }
        try expect(.rightBracket)
        return node(.arrayConstructor, position, a: list.first)
    }

    private mutating func parseCase() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var operand: NodeIndex = 0
        if !at(.when) { operand = try parseExpression() }
        var branches = List()
        guard at(.when) else { throw unexpected() }
        while at(.when) {
            let start = token.start
            try advance()
            let condition = try parseExpression()
            try expect(.then)
            let result = try parseExpression()
            append(node(.when, start, a: condition, b: result), to: &branches)
        }
        var otherwise: NodeIndex = 0
        if try accept(.else) { otherwise = try parseExpression() }
        try expect(Keyword.end)
        return node(.caseExpression, position, a: operand, b: branches.first, c: otherwise)
    }

    /// A column, a call, or `type 'literal'`, starting at a name.
    private mutating func parseReferenceOrCall() throws(Failure) -> NodeIndex {
        let position = token.start
        let first = token
        try advance()
        if token.kind == .string {
            let name = node(.qualifiedName, position, a: first.valueOffset, b: first.valueLength)
            return try parseTypedLiteral(name, 0, position)
        }
        if token.kind == .leftParenthesis {
            let name = node(.qualifiedName, position, a: first.valueOffset, b: first.valueLength)
            return try parseCall(name, position)
        }
        guard token.kind == .dot || token.kind == .leftBracket else {
            return node(.columnReference, position, a: first.valueOffset, b: first.valueLength)
        }
        var parts = List()
        var endsWithStar = false
        while token.kind == .dot {
            try advance()
            let part = try parsePart()
            endsWithStar = tree[part].kind == .star
            append(part, to: &parts)
            if endsWithStar { break }
        }
        if !endsWithStar, token.kind == .leftParenthesis {
            let name = node(.qualifiedName, position, a: first.valueOffset, b: first.valueLength, c: parts.first)
            return try parseCall(name, position)
        }
        if !endsWithStar, token.kind == .string {
            let name = node(.qualifiedName, position, a: first.valueOffset, b: first.valueLength, c: parts.first)
            return try parseTypedLiteral(name, 0, position)
        }
        let reference = node(
            .columnReference,
            position,
            a: first.valueOffset,
            b: first.valueLength,
            c: parts.first
        )
        if token.kind == .leftBracket {
            let subscripts = try parseSubscripts()
            return try parseIndirection(node(.subscript, position, a: reference, b: subscripts), position)
        }
        return reference
    }

    private mutating func parseTypedLiteral(_ name: NodeIndex, _ modifiers: NodeIndex, _ position: UInt32)
        throws(Failure) -> NodeIndex
    {
        let literal = try parseStringLiteral()
        let type = node(.typeName, position, a: name, b: modifiers)
        return node(.typedLiteral, position, a: literal, b: type)
    }

    // MARK: calls

    private mutating func parseCall(_ name: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        try expect(.leftParenthesis)
        let made = node(.call, position, a: name)
        var arguments = List()
        var sortKeys: NodeIndex = 0
        if token.kind == .star {
            try advance()
            setFlags(made, .special)
        } else if token.kind != .rightParenthesis {
            if try accept(.distinct) {
                setFlags(made, .distinct)
            } else {
                _ = try accept(.all)
            }
            repeat {
                if at(.variadic) {
                    try advance()
                    setFlags(made, .all)
                }
                append(try parseArgument(), to: &arguments)
            } while try accept(.comma)
            if at(.order) { sortKeys = try parseSortKeys() }
        }
        try expect(.rightParenthesis)
        tree.nodes[Int(made)].b = arguments.first
        // f(modifiers) 'literal'
        if token.kind == .string, sortKeys == 0, !isFlagged(made, .special) {
            return try parseTypedLiteral(name, arguments.first, position)
        }
        return try parseIndirection(try parseCallDetails(made, sortKeys), position)
    }

    private mutating func parseArgument() throws(Failure) -> NodeIndex {
        if isTypeOrFunctionIdentifier {
            let next = try peek()
            if next.kind == .equalsGreater || next.kind == .colonEquals {
                let name = token
                try advance()
                try advance()
                let value = try parseExpression()
                return node(.namedArgument, name.start, a: name.valueOffset, b: name.valueLength, c: value)
            }
        }
        return try parseExpression()
    }

    /// WITHIN GROUP, FILTER and OVER behind a call.
    private mutating func parseCallDetails(_ call: NodeIndex, _ sortKeys: NodeIndex) throws(Failure) -> NodeIndex {
        var keys = sortKeys
        var filter: NodeIndex = 0
        var window: NodeIndex = 0
        var isWithinGroup = false
        let position = token.start
        if at(.within), try peek().keyword == .group {
            try advance()
            try advance()
            try expect(.leftParenthesis)
            keys = try parseSortKeys()
            try expect(.rightParenthesis)
            isWithinGroup = true
        }
        if at(.filter), try peek().kind == .leftParenthesis {
            try advance()
            try advance()
            try expect(.where)
            filter = try parseExpression()
            try expect(.rightParenthesis)
        }
        if at(.over) {
            try advance()
            if token.kind == .leftParenthesis { window = try parseWindow() } else { window = try parseName() }
        }
        if keys != 0 || filter != 0 || window != 0 {
            let details = node(.callDetails, position, a: keys, b: filter, c: window)
            if isWithinGroup { setFlags(details, .special) }
            tree.nodes[Int(call)].c = details
        }
        return call
    }

    /// ( [name] [PARTITION BY …] [ORDER BY …] [frame] )
    mutating func parseWindow() throws(Failure) -> NodeIndex {
        let position = token.start
        try expect(.leftParenthesis)
        var base: NodeIndex = 0
        if isColumnIdentifier, !at(.partition), !at(.range), !at(.rows), !at(.groups) { base = try parseName() }
        var partition: NodeIndex = 0
        if try accept(.partition) {
            try expect(.by)
            partition = try parseExpressionList()
        }
        var keys = List()
        if at(.order) {
            keys.first = try parseSortKeys()
            var last = keys.first
            while tree[last].next != 0 { last = tree[last].next }
            keys.last = last
        }
        if at(.range) || at(.rows) || at(.groups) {
            let start = token.start
            try advance()
            var lower: NodeIndex = 0
            var upper: NodeIndex = 0
            if try accept(.between) {
                lower = try parseFrameBound()
                try expect(.and)
                upper = try parseFrameBound()
            } else {
                lower = try parseFrameBound()
            }
            if try accept(.exclude) {
                if try accept(.current) {
                    try expect(.row)
                } else if try accept(.no) {
                    try expect(.others)
                } else if at(.group) || at(.ties) {
                    try advance()
                } else {
                    throw unexpected()
                }
            }
            append(node(.windowFrame, start, a: lower, b: upper), to: &keys)
        }
        try expect(.rightParenthesis)
        return node(.window, position, a: base, b: partition, c: keys.first)
    }

    private mutating func parseFrameBound() throws(Failure) -> NodeIndex {
        let position = token.start
        if try accept(.unbounded) {
            guard at(.preceding) || at(.following) else { throw unexpected() }
            try advance()
            return node(.nullLiteral, position)
        }
        if at(.current), try peek().keyword == .row {
            try advance()
            try advance()
            return node(.nullLiteral, position)
        }
        let value = try parseExpression()
        guard at(.preceding) || at(.following) else { throw unexpected() }
        try advance()
        return value
    }

    // MARK: special forms

    /// Calls with a grammar of their own; nil if the word stands for itself here.
    private mutating func parseSpecialForm(_ keyword: Keyword, _ next: Token) throws(Failure) -> NodeIndex? {
        guard next.kind == .leftParenthesis else { return nil }
        let position = token.start
        switch keyword {
        case .exists:
            try advance()
            try advance()
            let query = try parseQuery()
            try expect(.rightParenthesis)
            return node(.exists, position, a: query)
        case .coalesce, .greatest, .least:
            try advance()
            try advance()
            let list = try parseExpressionList()
            try expect(.rightParenthesis)
            return node(
                keyword == .coalesce ? .coalesce : keyword == .greatest ? .greatest : .least,
                position,
                a: list
            )
        case .nullif:
            try advance()
            try advance()
            let left = try parseExpression()
            try expect(.comma)
            let right = try parseExpression()
            try expect(.rightParenthesis)
            return node(.nullIf, position, a: left, b: right)
        case .row:
            try advance()
            try advance()
            var list: NodeIndex = 0
            if token.kind != .rightParenthesis { list = try parseExpressionList() }
            try expect(.rightParenthesis)
            return node(.row, position, a: list)
        case .grouping:
            try advance()
            try advance()
            let list = try parseExpressionList()
            try expect(.rightParenthesis)
            return node(.grouping, position, a: list)
        case .extract:
            try advance()
            try advance()
            var arguments = List()
            guard token.kind == .identifier || token.kind == .string else { throw unexpected() }
            append(node(.stringLiteral, token.start, a: token.valueOffset, b: token.valueLength), to: &arguments)
            try advance()
            try expect(.from)
            append(try parseExpression(), to: &arguments)
            try expect(.rightParenthesis)
            return node(.call, position, a: derivedName("extract", position), b: arguments.first)
        case .position:
            try advance()
            try advance()
            let needle = try parseRestrictedExpression()
            try expect(.in)
            let hay = try parseRestrictedExpression()
            try expect(.rightParenthesis)
            var arguments = List()
            append(hay, to: &arguments)
            append(needle, to: &arguments)
            return node(.call, position, a: derivedName("position", position), b: arguments.first)
        case .substring: return try parseSubstring(position)
        case .overlay:
            try advance()
            try advance()
            var arguments = List()
            append(try parseExpression(), to: &arguments)
            if try accept(.placing) {
                append(try parseExpression(), to: &arguments)
                try expect(.from)
                append(try parseExpression(), to: &arguments)
                if try accept(.for) { append(try parseExpression(), to: &arguments) }
            } else {
                while try accept(.comma) { append(try parseExpression(), to: &arguments) }
            }
            try expect(.rightParenthesis)
            return node(.call, position, a: derivedName("overlay", position), b: arguments.first)
        case .trim: return try parseTrim(position)
        case .normalize:
            try advance()
            try advance()
            var arguments = List()
            append(try parseExpression(), to: &arguments)
            if try accept(.comma) {
                append(node(.stringLiteral, token.start, a: token.valueOffset, b: token.valueLength), to: &arguments)
                try advance()
            }
            try expect(.rightParenthesis)
            return node(.call, position, a: derivedName("normalize", position), b: arguments.first)
        case .treat, .xmlattributes, .xmlconcat, .xmlelement, .xmlexists, .xmlforest, .xmlparse, .xmlpi, .xmlroot,
            .xmlserialize:
            throw fail("\(keyword.word.uppercased()) is not supported", at: position, sqlState: "0A000")
        default:
            return nil
        }
    }

    private mutating func parseSubstring(_ position: UInt32) throws(Failure) -> NodeIndex {
        try advance()
        try advance()
        var arguments = List()
        append(try parseExpression(), to: &arguments)
        var name: StaticString = "substring"
        if try accept(.from) {
            append(try parseExpression(), to: &arguments)
            if try accept(.for) { append(try parseExpression(), to: &arguments) }
        } else if try accept(.for) {
            let length = try parseExpression()
            if try accept(.from) {
                append(try parseExpression(), to: &arguments)
            } else {
                let one = derivedName("1", position)
                append(node(.integerLiteral, position, a: tree[one].a, b: 1), to: &arguments)
            }
            append(length, to: &arguments)
        } else if try accept(.similar) {
            name = "similar_substring"
            append(try parseExpression(), to: &arguments)
            try expect(.escape)
            append(try parseExpression(), to: &arguments)
        } else {
            while try accept(.comma) { append(try parseExpression(), to: &arguments) }
        }
        try expect(.rightParenthesis)
        return node(.call, position, a: derivedName(name, position), b: arguments.first)
    }

    private mutating func parseTrim(_ position: UInt32) throws(Failure) -> NodeIndex {
        try advance()
        try advance()
        var name: StaticString = "btrim"
        if try accept(.leading) {
            name = "ltrim"
        } else if try accept(.trailing) {
            name = "rtrim"
        } else {
            _ = try accept(.both)
        }
        var arguments = List()
        if try accept(.from) {
            append(try parseExpression(), to: &arguments)
        } else {
            let first = try parseExpression()
            if try accept(.from) {
                append(try parseExpression(), to: &arguments)
                append(first, to: &arguments)
            } else {
                append(first, to: &arguments)
            }
        }
        while try accept(.comma) { append(try parseExpression(), to: &arguments) }
        try expect(.rightParenthesis)
        return node(.call, position, a: derivedName(name, position), b: arguments.first)
    }
}
