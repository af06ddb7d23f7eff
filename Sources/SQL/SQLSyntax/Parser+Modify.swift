/// Statements that change or move rows: INSERT, UPDATE, DELETE, TRUNCATE, COPY.
extension Parser {
    mutating func parseInsert(with: NodeIndex) throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        try expect(.into)
        var clauses = List()
        if with != 0 { append(with, to: &clauses) }
        let start = token.start
        let target = node(.targetTable, start, a: try parseQualifiedName())
        if try accept(.as) {
            let name = try parseName()
            tree.nodes[Int(target)].b = node(.alias, tree[name].position, a: tree[name].a, b: tree[name].b)
        }
        append(target, to: &clauses)
        if at(.default) {
            let start = token.start
            try advance()
            try expect(.values)
            append(node(.insertDefaults, start), to: &clauses)
        } else {
            var query: NodeIndex = 0
            if token.kind == .leftParenthesis {
                let start = token.start
                let next = try peek()
                // `(` opens either the column list or a parenthesised query.
                let opensQuery =
                    next.kind == .leftParenthesis || next.keyword == .select || next.keyword == .values
                    || next.keyword == .with || next.keyword == .table
                if !opensQuery {
                    try advance()
                    var columns = List()
                    repeat { append(try parseSetTarget(), to: &columns) } while try accept(.comma)
                    try expect(.rightParenthesis)
                    append(node(.insertColumns, start, a: columns.first), to: &clauses)
                }
            }
            if at(.overriding) {
                let start = token.start
                try advance()
                let made = node(.insertOverriding, start)
                if try accept(.user) { setFlags(made, .special) } else { try expect(.system) }
                try expect(.value)
                append(made, to: &clauses)
            }
            let start = token.start
            query = try parseQuery()
            append(node(.insertSource, start, a: query), to: &clauses)
        }
        if at(.on) { append(try parseOnConflict(), to: &clauses) }
        if let clause = try parseReturning() { append(clause, to: &clauses) }
        return node(.insert, position, a: clauses.first)
    }

    private mutating func parseOnConflict() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        try expect(.conflict)
        var target: NodeIndex = 0
        var targetFilter: NodeIndex = 0
        if token.kind == .leftParenthesis {
            try advance()
            var list = List()
            repeat { append(try parseIndexElement(), to: &list) } while try accept(.comma)
            try expect(.rightParenthesis)
            target = list.first
            if let clause = try parseWhere() { targetFilter = tree[clause].a }
        } else if try accept(.on) {
            try expect(.constraint)
            target = try parseName()
        }
        try expect(.do)
        var update: NodeIndex = 0
        if try accept(.update) {
            let start = token.start
            try expect(.set)
            var clauses = List()
            append(node(.setClause, start, a: try parseAssignments()), to: &clauses)
            if let clause = try parseWhere() { append(clause, to: &clauses) }
            update = clauses.first
        } else {
            try expect(.nothing)
        }
        return node(.onConflict, position, a: target, b: update, c: targetFilter)
    }

    /// name [.field | [subscript]]
    private mutating func parseSetTarget() throws(Failure) -> NodeIndex {
        let position = token.start
        guard isColumnIdentifier else { throw unexpected() }
        let made = node(.columnReference, position, a: token.valueOffset, b: token.valueLength)
        try advance()
        if token.kind == .dot || token.kind == .leftBracket {
            var parts = List()
            while true {
                if try accept(.dot) {
                    append(try parseLabel(), to: &parts)
                } else if token.kind == .leftBracket {
                    let subscripts = try parseSubscripts()
                    append(node(.subscript, position, b: subscripts), to: &parts)
                } else {
                    break
                }
            }
            tree.nodes[Int(made)].c = parts.first
        }
        return made
    }

    mutating func parseAssignments() throws(Failure) -> NodeIndex {
        var list = List()
        repeat {
            let position = token.start
            if token.kind == .leftParenthesis {
                try advance()
                var targets = List()
                repeat { append(try parseSetTarget(), to: &targets) } while try accept(.comma)
                try expect(.rightParenthesis)
                try expect(.equal)
                append(node(.multiAssignment, position, a: targets.first, b: try parseExpression()), to: &list)
            } else {
                let target = try parseSetTarget()
                try expect(.equal)
                append(node(.assignment, position, a: target, b: try parseExpression()), to: &list)
            }
        } while try accept(.comma)
        return list.first
    }

    private mutating func parseReturning() throws(Failure) -> NodeIndex? {
        guard at(.returning) else { return nil }
        let position = token.start
        try advance()
        return node(.returningClause, position, a: try parseTargetList())
    }

    /// [ONLY] name [*] [[AS] alias], where SET is no alias.
    private mutating func parseTargetTable() throws(Failure) -> NodeIndex {
        let reference = try parseTableName()
        tree.nodes[Int(reference)].kind = .targetTable
        if try accept(.as) {
            let name = try parseName()
            tree.nodes[Int(reference)].b = node(.alias, tree[name].position, a: tree[name].a, b: tree[name].b)
        } else if isColumnIdentifier, !at(.set) {
            let name = try parseName()
            tree.nodes[Int(reference)].b = node(.alias, tree[name].position, a: tree[name].a, b: tree[name].b)
        }
        return reference
    }

    /// WHERE, or WHERE CURRENT OF cursor.
    private mutating func parseModificationWhere() throws(Failure) -> NodeIndex? {
        guard at(.where) else { return nil }
        if try peek().keyword == .current {
            let position = token.start
            try advance()
            let start = token.start
            try advance()
            if at(.of) {
                try advance()
                let name = try parseName()
                let current = node(.currentOf, start, a: tree[name].a, b: tree[name].b)
                return node(.whereClause, position, a: current)
            }
            throw unexpected()
        }
        return try parseWhere()
    }

    mutating func parseUpdate(with: NodeIndex) throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var clauses = List()
        if with != 0 { append(with, to: &clauses) }
        append(try parseTargetTable(), to: &clauses)
        let start = token.start
        try expect(.set)
        append(node(.setClause, start, a: try parseAssignments()), to: &clauses)
        if at(.from) {
            let start = token.start
            try advance()
            append(node(.fromClause, start, a: try parseFromList()), to: &clauses)
        }
        if let clause = try parseModificationWhere() { append(clause, to: &clauses) }
        if let clause = try parseReturning() { append(clause, to: &clauses) }
        return node(.update, position, a: clauses.first)
    }

    mutating func parseDelete(with: NodeIndex) throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        try expect(.from)
        var clauses = List()
        if with != 0 { append(with, to: &clauses) }
        append(try parseTargetTable(), to: &clauses)
        if at(.using) {
            let start = token.start
            try advance()
            append(node(.usingClause, start, a: try parseFromList()), to: &clauses)
        }
        if let clause = try parseModificationWhere() { append(clause, to: &clauses) }
        if let clause = try parseReturning() { append(clause, to: &clauses) }
        return node(.delete, position, a: clauses.first)
    }

    mutating func parseTruncate() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        _ = try accept(.table)
        var list = List()
        repeat { append(try parseTableName(), to: &list) } while try accept(.comma)
        let made = node(.truncate, position, a: list.first)
        if at(.restart) || at(.continue) {
            if at(.restart) { setFlags(made, .descending) }
            try advance()
            try expect(.identity)
        }
        if try parseDropBehavior() { setFlags(made, .cascade) }
        return made
    }

    /// CASCADE | RESTRICT; true for CASCADE.
    mutating func parseDropBehavior() throws(Failure) -> Bool {
        if try accept(.cascade) { return true }
        _ = try accept(.restrict)
        return false
    }

    // MARK: COPY

    mutating func parseCopy() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var options = List()
        var subject: NodeIndex
        var columns: NodeIndex = 0
        if token.kind == .leftParenthesis {
            try advance()
            subject = try parseStatementInCopy()
            try expect(.rightParenthesis)
        } else {
            if at(.binary) { append(try copyOption("format", "binary"), to: &options) }
            subject = try parseQualifiedName()
            columns = try parseOptionalColumnList()
        }
        let made = node(.copy, position, a: subject, b: columns)
        let detailsPosition = token.start
        if try accept(.from) {
            if tree[subject].kind != .qualifiedName { throw syntaxErrorBehind(.from) }
            setFlags(made, .special)
        } else {
            try expect(.to)
        }
        let details = node(.copyDetails, detailsPosition)
        if try accept(.program) { setFlags(details, .special) }
        if token.kind == .string {
            tree.nodes[Int(details)].a = try parseStringLiteral()
        } else if at(.stdin) || at(.stdout) {
            try advance()
        } else {
            throw unexpected()
        }
        // [USING] DELIMITERS 'x' (the oldest form)
        if at(.using) || at(.delimiters) {
            _ = try accept(.using)
            try expect(.delimiters)
            append(optionNode("delimiter", try parseStringLiteral()), to: &options)
        }
        let hasWith = try accept(.with)
        if token.kind == .leftParenthesis {
            try advance()
            try parseCopyOptions(&options)
            try expect(.rightParenthesis)
        } else {
            try parseOldCopyOptions(&options, hasWith: hasWith)
        }
        tree.nodes[Int(details)].b = options.first
        if at(.where) {
            guard isFlagged(made, .special) else {
                throw fail("WHERE clause not allowed with COPY TO", at: token.start)
            }
            if let clause = try parseWhere() { tree.nodes[Int(details)].c = tree[clause].a }
        }
        tree.nodes[Int(made)].c = details
        return made
    }

    private mutating func syntaxErrorBehind(_ keyword: Keyword) -> Failure {
        fail("syntax error at or near \"\(keyword.word)\"", at: token.start)
    }

    private mutating func parseStatementInCopy() throws(Failure) -> NodeIndex {
        switch token.keyword {
        case .insert: return try parseInsert(with: 0)
        case .update: return try parseUpdate(with: 0)
        case .delete: return try parseDelete(with: 0)
        default: return try parseQueryOrModification()
        }
    }

    /// An option with a derived name and value.
    private mutating func copyOption(_ name: StaticString, _ value: StaticString) throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let derived = derivedName(value, position)
        let literal = node(.stringLiteral, position, a: tree[derived].a, b: tree[derived].b)
        return node(.storageOption, position, a: derivedName(name, position), b: literal)
    }

    private func optionNode(_ name: StaticString, _ value: NodeIndex) -> NodeIndex {
        node(.storageOption, tree[value].position, a: derivedName(name, tree[value].position), b: value)
    }

    private mutating func parseCopyOptions(_ options: inout List) throws(Failure) {
        repeat {
            let position = token.start
            let label = try parseLabel()
            let name = node(.qualifiedName, position, a: tree[label].a, b: tree[label].b)
            var value: NodeIndex = 0
            if token.kind == .leftParenthesis {
                try advance()
                var list = List()
                repeat { append(try parseOptionWord(), to: &list) } while try accept(.comma)
                try expect(.rightParenthesis)
                value = node(.row, position, a: list.first)
            } else if token.kind == .star {
                value = node(.star, token.start)
                try advance()
            } else if token.kind != .comma, token.kind != .rightParenthesis {
                value = try parseOptionWord()
            }
            append(node(.storageOption, position, a: name, b: value), to: &options)
        } while try accept(.comma)
    }

    /// A word, string or number as the value of an option.
    mutating func parseOptionWord() throws(Failure) -> NodeIndex {
        switch token.kind {
        case .string, .identifier:
            let made = node(.stringLiteral, token.start, a: token.valueOffset, b: token.valueLength)
            try advance()
            return made
        case .integer, .numeric:
            let made = node(.numericLiteral, token.start, a: token.valueOffset, b: token.valueLength)
            try advance()
            return made
        case .plus, .minus:
            let isNegative = token.kind == .minus
            try advance()
            guard token.kind == .integer || token.kind == .numeric else { throw unexpected() }
            let made = node(.numericLiteral, token.start, a: token.valueOffset, b: token.valueLength)
            if isNegative { setFlags(made, .negated) }
            try advance()
            return made
        default: throw unexpected()
        }
    }

    /// BINARY, DELIMITER 'x', NULL 'x', CSV [HEADER] [QUOTE 'x'] [ESCAPE 'x'] [FORCE …], FREEZE, ENCODING 'x'.
    private mutating func parseOldCopyOptions(_ options: inout List, hasWith: Bool) throws(Failure) {
        while true {
            let position = token.start
            switch token.keyword {
            case .binary: append(try copyOption("format", "binary"), to: &options)
            case .csv: append(try copyOption("format", "csv"), to: &options)
            case .freeze: append(try copyOption("freeze", "true"), to: &options)
            case .header: append(try copyOption("header", "true"), to: &options)
            case .delimiter, .null, .quote, .escape, .encoding:
                let keyword = token.keyword
                try advance()
                if keyword != .encoding { _ = try accept(.as) }
                let value = try parseStringLiteral()
                let name: StaticString =
                    switch keyword {
                    case .delimiter: "delimiter"
                    case .null: "null"
                    case .quote: "quote"
                    case .escape: "escape"
                    default: "encoding"
                    }
                append(optionNode(name, value), to: &options)
            case .force:
                try advance()
                let name: StaticString
                if try accept(.quote) {
                    name = "force_quote"
                } else if try accept(.not) {
                    try expect(.null)
                    name = "force_not_null"
                } else {
                    try expect(.null)
                    name = "force_null"
                }
                var value: NodeIndex
                if token.kind == .star {
                    value = node(.star, token.start)
                    try advance()
                } else {
                    var list = List()
                    repeat { append(try parseOptionWord(), to: &list) } while try accept(.comma)
                    value = node(.row, position, a: list.first)
                }
                append(node(.storageOption, position, a: derivedName(name, position), b: value), to: &options)
            default:
                return
            }
        }
    }
}
