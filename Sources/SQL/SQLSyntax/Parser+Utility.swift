/// Statements about the session: transactions, SET / SHOW, PREPARE, cursors, EXPLAIN, VACUUM, LISTEN, LOCK, COMMENT.
extension Parser {
    // MARK: transactions

    mutating func parseTransaction() throws(Failure) -> NodeIndex {
        let position = token.start
        switch token.keyword {
        case .begin, .start:
            let isStart = at(.start)
            try advance()
            if isStart { try expect(.transaction) } else { try parseWorkOrTransaction() }
            return node(.begin, position, a: try parseTransactionModes())
        case .commit, .end:
            let isCommit = at(.commit)
            try advance()
            if isCommit, try accept(.prepared) {
                return node(.commitPrepared, position, a: try parseStringLiteral())
            }
            try parseWorkOrTransaction()
            return node(.commit, position, a: try parseChain())
        case .savepoint:
            try advance()
            let name = try parseName()
            return node(.savepoint, position, a: tree[name].a, b: tree[name].b)
        case .release:
            try advance()
            _ = try accept(.savepoint)
            let name = try parseName()
            return node(.releaseSavepoint, position, a: tree[name].a, b: tree[name].b)
        default:
            let isRollback = at(.rollback)
            try advance()
            if isRollback, try accept(.prepared) {
                return node(.rollbackPrepared, position, a: try parseStringLiteral())
            }
            try parseWorkOrTransaction()
            if isRollback, try accept(.to) {
                _ = try accept(.savepoint)
                let name = try parseName()
                return node(.rollbackToSavepoint, position, a: tree[name].a, b: tree[name].b)
            }
            return node(.rollback, position, a: try parseChain())
        }
    }

    private mutating func parseWorkOrTransaction() throws(Failure) {
        if try accept(.work) { return }
        _ = try accept(.transaction)
    }

    /// AND [NO] CHAIN
    private mutating func parseChain() throws(Failure) -> NodeIndex {
        guard try accept(.and) else { return 0 }
        let isNegated = try accept(.no)
        let position = token.start
        try expect(.chain)
        return isNegated ? 0 : node(.transactionMode, position, a: TransactionMode.chain.rawValue)
    }

    private mutating func parseTransactionModes() throws(Failure) -> NodeIndex {
        var list = List()
        while true {
            let position = token.start
            let mode: TransactionMode
            switch token.keyword {
            case .isolation:
                try advance()
                try expect(.level)
                switch token.keyword {
                case .read:
                    try advance()
                    if try accept(.committed) {
                        mode = .readCommitted
                    } else {
                        try expect(.uncommitted)
                        mode = .readUncommitted
                    }
                case .repeatable:
                    try advance()
                    try expect(.read)
                    mode = .repeatableRead
                case .serializable:
                    try advance()
                    mode = .serializable
                default: throw unexpected()
                }
            case .read:
                try advance()
                if try accept(.only) {
                    mode = .readOnly
                } else {
                    try expect(.write)
                    mode = .readWrite
                }
            case .deferrable:
                try advance()
                mode = .deferrable
            case .not:
                try advance()
                try expect(.deferrable)
                mode = .notDeferrable
            default:
                return list.first
            }
            append(node(.transactionMode, position, a: mode.rawValue), to: &list)
            if token.kind == .comma {
                try advance()
                switch token.keyword {
                case .isolation, .read, .deferrable, .not: break
                default: throw unexpected()
                }
            }
        }
    }

    // MARK: SET, SHOW, RESET

    mutating func parseSet() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var flags: NodeFlags = []
        if at(.session), try peek().keyword == .characteristics {
            try advance()
            try advance()
            try expect(.as)
            try expect(.transaction)
            let modes = try parseTransactionModes()
            guard modes != 0 else { throw unexpected() }
            let made = node(.setTransaction, position, a: modes)
            setFlags(made, .special)
            return made
        }
        if at(.constraints) {
            try advance()
            var names: NodeIndex = 0
            if try !accept(.all) { names = try parseQualifiedNameList() }
            let made = node(.setConstraints, position, a: names)
            if try accept(.deferred) { setFlags(made, .special) } else { try expect(.immediate) }
            return made
        }
        if at(.local), try peek().kind == .identifier {
            try advance()
            flags = .special
        } else if at(.session), try peek().kind == .identifier, try peek().keyword != .to {
            try advance()
            flags = .all
        }
        if at(.transaction) {
            let next = try peek()
            if next.kind == .identifier, next.keyword == .snapshot {
                return try parseUnsupportedBehind("SET TRANSACTION SNAPSHOT", position)
            }
            if next.kind == .identifier, next.keyword != .to {
                try advance()
                let modes = try parseTransactionModes()
                guard modes != 0 else { throw unexpected() }
                return node(.setTransaction, position, a: modes)
            }
        }
        let made = node(.set, position)
        setFlags(made, flags)
        let start = token.start
        switch token.keyword {
        case .time:
            try advance()
            try expect(.zone)
            tree.nodes[Int(made)].a = derivedName("timezone", start)
            if at(.local) || at(.default) {
                try advance()
            } else if at(.interval) {
                try advance()
                tree.nodes[Int(made)].b = try parseStringLiteral()
                _ = try parseIntervalFields()
            } else {
                tree.nodes[Int(made)].b = try parseSetValue()
            }
            return made
        case .names:
            try advance()
            tree.nodes[Int(made)].a = derivedName("client_encoding", start)
            if token.kind == .string {
                tree.nodes[Int(made)].b = try parseStringLiteral()
            } else if try accept(.default) {
            }
            return made
        case .schema:
            try advance()
            tree.nodes[Int(made)].a = derivedName("search_path", start)
            tree.nodes[Int(made)].b = try parseStringLiteral()
            return made
        case .role:
            let next = try peek()
            if next.kind != .equal, next.keyword != .to {
                try advance()
                tree.nodes[Int(made)].a = derivedName("role", start)
                tree.nodes[Int(made)].b = try parseSetValue()
                return made
            }
        case .session:
            try advance()
            try expect(.authorization)
            tree.nodes[Int(made)].a = derivedName("session_authorization", start)
            if try !accept(.default) { tree.nodes[Int(made)].b = try parseSetValue() }
            return made
        default: break
        }
        tree.nodes[Int(made)].a = try parseQualifiedName()
        if token.kind == .equal {
            try advance()
        } else if at(.from) {
            try advance()
            try expect(.current)
            return made
        } else {
            try expect(.to)
        }
        if try accept(.default) { return made }
        var values = List()
        repeat { append(try parseSetValue(), to: &values) } while try accept(.comma)
        tree.nodes[Int(made)].b = values.first
        return made
    }

    /// A word, string, boolean or signed number.
    private mutating func parseSetValue() throws(Failure) -> NodeIndex {
        if token.kind == .identifier {
            let isAllowed =
                token.keyword == .true || token.keyword == .false || token.keyword == .on || isNonReserved
            guard isAllowed else { throw unexpected() }
        }
        return try parseOptionWord()
    }

    mutating func parseShow() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        if try accept(.all) { return node(.show, position) }
        return node(.show, position, a: try parseParameterName())
    }

    mutating func parseReset() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        if try accept(.all) { return node(.reset, position) }
        return node(.reset, position, a: try parseParameterName())
    }

    private mutating func parseParameterName() throws(Failure) -> NodeIndex {
        let start = token.start
        if at(.time), try peek().keyword == .zone {
            try advance()
            try advance()
            return derivedName("timezone", start)
        }
        if at(.transaction), try peek().keyword == .isolation {
            try advance()
            try advance()
            try expect(.level)
            return derivedName("transaction_isolation", start)
        }
        if at(.session), try peek().keyword == .authorization {
            try advance()
            try advance()
            return derivedName("session_authorization", start)
        }
        return try parseQualifiedName()
    }

    // MARK: prepared statements, cursors

    mutating func parsePrepare() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        if at(.transaction), try peek().kind == .string {
            try advance()
            return node(.prepareTransaction, position, a: try parseStringLiteral())
        }
        let name = try parseName()
        var types = List()
        if try accept(.leftParenthesis) {
            repeat { append(try parseType(), to: &types) } while try accept(.comma)
            try expect(.rightParenthesis)
        }
        try expect(.as)
        return node(.prepare, position, a: name, b: types.first, c: try parsePreparable())
    }

    private mutating func parsePreparable() throws(Failure) -> NodeIndex {
        switch token.keyword {
        case .select, .values, .with, .table, .insert, .update, .delete: return try parseStatement()
        default:
            if token.kind == .leftParenthesis { return try parseQuery() }
            throw unexpected()
        }
    }

    mutating func parseExecute() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let name = try parseName()
        var arguments: NodeIndex = 0
        if try accept(.leftParenthesis) {
            arguments = try parseExpressionList()
            try expect(.rightParenthesis)
        }
        return node(.execute, position, a: name, b: arguments)
    }

    mutating func parseDeallocate() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        _ = try accept(.prepare)
        if try accept(.all) { return node(.deallocate, position) }
        return node(.deallocate, position, a: try parseName())
    }

    mutating func parseDeclare() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let name = try parseName()
        var flags: NodeFlags = []
        while true {
            if try accept(.binary) {
                flags.formUnion(.all)
            } else if try accept(.scroll) {
                flags.formUnion(.descending)
            } else if at(.no) {
                try advance()
                try expect(.scroll)
                flags.formUnion(.negated)
            } else if at(.insensitive) || at(.asensitive) {
                try advance()
            } else {
                break
            }
        }
        try expect(.cursor)
        if try accept(.with) {
            try expect(.hold)
            flags.formUnion(.special)
        } else if try accept(.without) {
            try expect(.hold)
        }
        try expect(.for)
        let made = node(.declareCursor, position, a: name, b: try parseQuery())
        setFlags(made, flags)
        return made
    }

    /// b: 0 forward, 1 backward, 2 absolute, 3 relative; c: count (0 = ALL), or a number node.
    mutating func parseFetch() throws(Failure) -> NodeIndex {
        let position = token.start
        let isMove = at(.move)
        try advance()
        var direction: UInt32 = 0
        var count: NodeIndex = 0
        var isAll = false
        func one(_ negative: Bool = false) -> NodeIndex {
            let text = derivedName("1", position)
            let made = node(.numericLiteral, position, a: tree[text].a, b: 1)
            if negative { setFlags(made, .negated) }
            return made
        }
        switch token.keyword {
        case .next:
            try advance()
            count = one()
        case .prior:
            try advance()
            direction = 1
            count = one()
        case .first:
            try advance()
            direction = 2
            count = one()
        case .last:
            try advance()
            direction = 2
            count = one(true)
        case .absolute, .relative:
            direction = at(.absolute) ? 2 : 3
            try advance()
            count = try parseOptionWord()
        case .all:
            try advance()
            isAll = true
        case .forward, .backward:
            direction = at(.forward) ? 0 : 1
            try advance()
            if try accept(.all) {
                isAll = true
            } else if token.kind == .integer || token.kind == .minus || token.kind == .plus {
                count = try parseOptionWord()
            } else {
                count = one()
            }
        default:
            if token.kind == .integer || token.kind == .minus || token.kind == .plus {
                count = try parseOptionWord()
            } else {
                count = one()
            }
        }
        if at(.from) || at(.in) { try advance() }
        let name = try parseName()
        let made = node(.fetch, position, a: name, b: direction, c: count)
        if isMove { setFlags(made, .special) }
        if isAll { setFlags(made, .all) }
        return made
    }

    mutating func parseClose() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        if try accept(.all) { return node(.closeCursor, position) }
        return node(.closeCursor, position, a: try parseName())
    }

    // MARK: EXPLAIN, VACUUM

    mutating func parseExplain() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        var options = List()
        if token.kind == .leftParenthesis {
            let next = try peek()
            // `(` opens either the options or a parenthesised query.
            if next.keyword != .select, next.keyword != .values, next.keyword != .with, next.keyword != .table,
                next.kind != .leftParenthesis
            {
                options.first = try parseParenthesizedOptions()
            }
        } else {
            if at(.analyze) || at(.analyse) {
                append(
                    node(.storageOption, token.start, a: derivedName("analyze", token.start)),
                    to: &options
                )
                try advance()
            }
            if at(.verbose) {
                append(
                    node(.storageOption, token.start, a: derivedName("verbose", token.start)),
                    to: &options
                )
                try advance()
            }
        }
        let statement: NodeIndex
        switch token.keyword {
        case .select, .values, .with, .table, .insert, .update, .delete, .create, .execute, .declare, .refresh:
            statement = try parseStatement()
        default:
            guard token.kind == .leftParenthesis else { throw unexpected() }
            statement = try parseQuery()
        }
        return node(.explain, position, a: statement, b: options.first)
    }

    /// ( name [value], … )
    private mutating func parseParenthesizedOptions() throws(Failure) -> NodeIndex {
        try expect(.leftParenthesis)
        var list = List()
        repeat {
            let start = token.start
            guard isNonReserved || at(.analyze) || at(.analyse) else { throw unexpected() }
            let name: NodeIndex
            if at(.analyse) {
                name = derivedName("analyze", start)
            } else {
                name = node(.qualifiedName, start, a: token.valueOffset, b: token.valueLength)
            }
            try advance()
            var value: NodeIndex = 0
            if token.kind != .comma, token.kind != .rightParenthesis { value = try parseOptionWord() }
            append(node(.storageOption, start, a: name, b: value), to: &list)
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return list.first
    }

    mutating func parseVacuum() throws(Failure) -> NodeIndex {
        let position = token.start
        let isVacuum = at(.vacuum)
        try advance()
        var options = List()
        if token.kind == .leftParenthesis {
            options.first = try parseParenthesizedOptions()
        } else {
            while true {
                let start = token.start
                switch token.keyword {
                case .full where isVacuum:
                    append(node(.storageOption, start, a: derivedName("full", start)), to: &options)
                case .freeze where isVacuum:
                    append(node(.storageOption, start, a: derivedName("freeze", start)), to: &options)
                case .verbose:
                    append(node(.storageOption, start, a: derivedName("verbose", start)), to: &options)
                case .analyze where isVacuum, .analyse where isVacuum:
                    append(node(.storageOption, start, a: derivedName("analyze", start)), to: &options)
                default:
                    return try parseVacuumTargets(isVacuum, options.first, position)
                }
                try advance()
            }
        }
        return try parseVacuumTargets(isVacuum, options.first, position)
    }

    private mutating func parseVacuumTargets(_ isVacuum: Bool, _ options: NodeIndex, _ position: UInt32)
        throws(Failure) -> NodeIndex
    {
        var targets = List()
        if isColumnIdentifier {
            repeat {
                let start = token.start
                let name = try parseQualifiedName()
                append(
                    node(.vacuumTarget, start, a: name, b: try parseOptionalColumnList()),
                    to: &targets
                )
            } while try accept(.comma)
        }
        return node(isVacuum ? .vacuum : .analyze, position, a: options, b: targets.first)
    }

    // MARK: the rest

    mutating func parseDiscard() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        switch token.keyword {
        case .all, .plans, .sequences, .temp, .temporary:
            let made = node(.discard, position, a: UInt32(token.keyword.rawValue))
            try advance()
            return made
        default: throw unexpected()
        }
    }

    mutating func parseNotification() throws(Failure) -> NodeIndex {
        let position = token.start
        let keyword = token.keyword
        try advance()
        switch keyword {
        case .listen: return node(.listen, position, a: try parseName())
        case .unlisten:
            if try accept(.star) { return node(.unlisten, position) }
            return node(.unlisten, position, a: try parseName())
        default:
            let name = try parseName()
            var payload: NodeIndex = 0
            if try accept(.comma) { payload = try parseStringLiteral() }
            return node(.notify, position, a: name, b: payload)
        }
    }

    mutating func parseLock() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        _ = try accept(.table)
        var tables = List()
        repeat { append(try parseTableName(), to: &tables) } while try accept(.comma)
        var mode: UInt32 = 8
        if try accept(.in) {
            switch token.keyword {
            case .access:
                try advance()
                if try accept(.share) {
                    mode = 1
                } else {
                    try expect(.exclusive)
                    mode = 8
                }
            case .row:
                try advance()
                if try accept(.share) {
                    mode = 2
                } else {
                    try expect(.exclusive)
                    mode = 3
                }
            case .share:
                try advance()
                if try accept(.update) {
                    try expect(.exclusive)
                    mode = 4
                } else if try accept(.row) {
                    try expect(.exclusive)
                    mode = 6
                } else {
                    mode = 5
                }
            case .exclusive:
                try advance()
                mode = 7
            default: throw unexpected()
            }
            try expect(.mode)
        }
        let made = node(.lock, position, a: tables.first, b: mode)
        if try accept(.nowait) { setFlags(made, .special) }
        return made
    }

    /// COMMENT ON kind name IS 'text' | NULL
    mutating func parseComment() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        try expect(.on)
        let keyword = token.keyword
        switch keyword {
        case .table, .column, .index, .sequence, .schema, .database, .view:
            try advance()
            let name = try parseQualifiedName()
            try expect(.is)
            var text: NodeIndex = 0
            if try !accept(.null) { text = try parseStringLiteral() }
            return node(.comment, position, a: UInt32(keyword.rawValue), b: name, c: text)
        default:
            guard token.kind == .identifier else { throw unexpected() }
            return try parseUnsupportedBehind("COMMENT ON \(keyword.word.uppercased())", position)
        }
    }
}
