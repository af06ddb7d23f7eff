/// Recursive descent over the tokens of one text, building the arena tree; PostgreSQL 15's grammar.
///
///     Parser.swift              statements of a text, tokens, names, lists, types
///     Parser+Expression.swift   operator precedence, primaries, special call forms
///     Parser+Query.swift        SELECT, VALUES, set operations, FROM
///     Parser+Modify.swift       INSERT, UPDATE, DELETE, COPY, TRUNCATE
///     Parser+Definition.swift   CREATE, ALTER, DROP
///     Parser+Utility.swift      transactions, SET, PREPARE, cursors, EXPLAIN, …
///
/// Invariants: one token of look-ahead, rarely two; nothing is parsed twice, so time is linear in the text; every recursion
/// passes `enter`, which refuses text nested too deeply for the stack (54001) long before the stack is full.
struct Parser {
    let tree: SyntaxTree
    var lexer: Lexer
    var token: Token = .none
    private var ahead: Token?
    /// End of the token before `token`.
    var previousEnd: UInt32 = 0
    var error: SyntaxError?
    private let stackLimit: UInt

    /// How much stack the parser may use; a thread of the data servers has at least four times as much.
    private static let stackBudget: UInt = 1 << 20

    init(_ tree: SyntaxTree) {
        self.tree = tree
        lexer = Lexer(tree)
        var marker: UInt8 = 0
        let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
        stackLimit = here > Self.stackBudget ? here - Self.stackBudget : 0
    }

    /// Every recursive rule calls this first.
    @inline(__always)
    mutating func enter() throws(Failure) {
        var marker: UInt8 = 0
        // The address of a local is where the stack has grown to.
        let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
        if here < stackLimit { throw stackDepthExceeded() }
    }

    private mutating func stackDepthExceeded() -> Failure {
        error = SyntaxError(
            sqlState: "54001",
            "stack depth limit exceeded",
            hint: "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), "
                + "after ensuring the platform's stack depth limit is adequate."
        )
        return Failure()
    }

    // MARK: the text

    mutating func parseText() throws(Failure) {
        try advance()
        while true {
            while token.kind == .semicolon { try advance() }
            if token.kind == .end { return }
            let start = token.start
            let root = try parseStatement()
            guard token.kind == .semicolon || token.kind == .end else { throw unexpected() }
            tree.statements.append(SyntaxTree.Statement(root: root, start: Int(start), end: Int(previousEnd)))
        }
    }

    mutating func parseStatement() throws(Failure) -> NodeIndex {
        try enter()
        switch token.keyword {
        case .select, .values, .table, .with: return try parseQueryOrModification()
        case .insert: return try parseInsert(with: 0)
        case .update: return try parseUpdate(with: 0)
        case .delete: return try parseDelete(with: 0)
        case .begin, .start, .commit, .end, .rollback, .abort, .savepoint, .release: return try parseTransaction()
        case .set: return try parseSet()
        case .show: return try parseShow()
        case .reset: return try parseReset()
        case .create: return try parseCreate()
        case .drop: return try parseDrop()
        case .alter: return try parseAlter()
        case .truncate: return try parseTruncate()
        case .copy: return try parseCopy()
        case .vacuum, .analyze, .analyse: return try parseVacuum()
        case .prepare: return try parsePrepare()
        case .execute: return try parseExecute()
        case .deallocate: return try parseDeallocate()
        case .declare: return try parseDeclare()
        case .fetch, .move: return try parseFetch()
        case .close: return try parseClose()
        case .explain: return try parseExplain()
        case .discard: return try parseDiscard()
        case .listen, .notify, .unlisten: return try parseNotification()
        case .lock: return try parseLock()
        case .checkpoint:
            let position = token.start
            try advance()
            return node(.checkpoint, position)
        case .comment: return try parseComment()
        case .grant, .revoke, .cluster, .reindex, .do, .call, .refresh, .security, .load, .reassign, .`import`:
            return try parseUnsupported()
        default:
            if token.kind == .leftParenthesis { return try parseQuery() }
            throw unexpected()
        }
    }

    /// A statement of which only the first words are known: read to its end, refused by the binder.
    mutating func parseUnsupported(_ words: Int = 1) throws(Failure) -> NodeIndex {
        let position = token.start
        let first = token
        try advance()
        while token.kind != .semicolon, token.kind != .end { try advance() }
        var made = Node(.unsupportedStatement, position, a: first.valueOffset, b: first.valueLength)
        made.c = UInt32(words)
        return tree.add(made)
    }

    // MARK: tokens

    mutating func advance() throws(Failure) {
        previousEnd = token.end
        if let next = ahead {
            token = next
            ahead = nil
            return
        }
        do {
            token = try lexer.next()
        } catch {
            self.error = lexer.error
            throw error
        }
    }

    /// The token behind the present one.
    mutating func peek() throws(Failure) -> Token {
        if let ahead { return ahead }
        do {
            let next = try lexer.next()
            ahead = next
            return next
        } catch {
            self.error = lexer.error
            throw error
        }
    }

    func at(_ keyword: Keyword) -> Bool { token.keyword == keyword }

    mutating func accept(_ keyword: Keyword) throws(Failure) -> Bool {
        guard token.keyword == keyword else { return false }
        try advance()
        return true
    }

    mutating func accept(_ kind: Token.Kind) throws(Failure) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func expect(_ keyword: Keyword) throws(Failure) {
        guard token.keyword == keyword else { throw unexpected() }
        try advance()
    }

    mutating func expect(_ kind: Token.Kind) throws(Failure) {
        guard token.kind == kind else { throw unexpected() }
        try advance()
    }

    /// Whether the token is a plain identifier spelled so (words that are no key words, such as COPY options).
    func isWord(_ word: StaticString) -> Bool {
        guard token.kind == .identifier, Int(token.valueLength) == word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount
        where tree.text[Int(token.valueOffset) + index] != word.utf8Start[index] {
            return false
        }
        return true
    }

    // MARK: errors

    /// "syntax error at or near …" for the present token.
    mutating func unexpected() -> Failure {
        syntaxError(at: token)
    }

    mutating func syntaxError(at token: Token) -> Failure {
        if token.kind == .end {
            error = SyntaxError("syntax error at end of input", position: tree.characterPosition(token.start))
        } else {
            _ = lexer.fail("syntax error", Int(token.start), near: Int(token.end))
            error = lexer.error
        }
        return Failure()
    }

    mutating func fail(
        _ message: String,
        at position: UInt32,
        sqlState: String = "42601",
        hint: String? = nil
    ) -> Failure {
        error = SyntaxError(sqlState: sqlState, message, hint: hint, position: tree.characterPosition(position))
        return Failure()
    }

    // MARK: nodes and lists

    @inline(__always)
    func node(_ kind: NodeKind, _ position: UInt32, a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0) -> NodeIndex {
        tree.add(Node(kind, position, a: a, b: b, c: c))
    }

    @inline(__always)
    func setFlags(_ index: NodeIndex, _ flags: NodeFlags) { tree.nodes[Int(index)].flags.formUnion(flags) }

    func isFlagged(_ index: NodeIndex, _ flags: NodeFlags) -> Bool {
        tree.nodes[Int(index)].flags.contains(flags)
    }

    struct List {
        var first: NodeIndex = 0
        var last: NodeIndex = 0
    }

    @inline(__always)
    func append(_ index: NodeIndex, to list: inout List) {
        if list.first == 0 {
            list.first = index
        } else {
            tree.nodes[Int(list.last)].next = index
        }
        list.last = index
    }

    // MARK: names

    /// May the token be a column or table name (ColId)?
    var isColumnIdentifier: Bool {
        guard token.kind == .identifier else { return false }
        if token.keyword == .identifier { return true }
        let category = token.keyword.category
        return category == .unreserved || category == .columnName
    }

    /// May it be a function or type name (type_function_name)?
    var isTypeOrFunctionIdentifier: Bool {
        guard token.kind == .identifier else { return false }
        if token.keyword == .identifier { return true }
        let category = token.keyword.category
        return category == .unreserved || category == .typeOrFunctionName
    }

    /// May it be a non-reserved word (NonReservedWord)?
    var isNonReserved: Bool {
        token.kind == .identifier && (token.keyword == .identifier || token.keyword.category != .reserved)
    }

    mutating func takeName() throws(Failure) -> NodeIndex {
        let made = node(.name, token.start, a: token.valueOffset, b: token.valueLength)
        try advance()
        return made
    }

    /// ColId
    mutating func parseName() throws(Failure) -> NodeIndex {
        guard isColumnIdentifier else { throw unexpected() }
        return try takeName()
    }

    /// ColLabel: any word.
    mutating func parseLabel() throws(Failure) -> NodeIndex {
        guard token.kind == .identifier else { throw unexpected() }
        return try takeName()
    }

    /// a.b.c as a `qualifiedName`.
    mutating func parseQualifiedName() throws(Failure) -> NodeIndex {
        guard isColumnIdentifier else { throw unexpected() }
        let made = node(.qualifiedName, token.start, a: token.valueOffset, b: token.valueLength)
        try advance()
        if token.kind == .dot { tree.nodes[Int(made)].c = try parseNameParts() }
        return made
    }

    /// The `.x.y` behind a first name.
    private mutating func parseNameParts() throws(Failure) -> NodeIndex {
        var parts = List()
        while try accept(.dot) { append(try parseLabel(), to: &parts) }
        return parts.first
    }

    mutating func parseNameList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat { append(try parseName(), to: &list) } while try accept(.comma)
        return list.first
    }

    mutating func parseQualifiedNameList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat { append(try parseQualifiedName(), to: &list) } while try accept(.comma)
        return list.first
    }

    /// `( a, b )`, 0 if there is no parenthesis.
    mutating func parseOptionalColumnList() throws(Failure) -> NodeIndex {
        guard try accept(.leftParenthesis) else { return 0 }
        let list = try parseNameList()
        try expect(.rightParenthesis)
        return list
    }

    mutating func parseStringLiteral() throws(Failure) -> NodeIndex {
        guard token.kind == .string else { throw unexpected() }
        let made = node(.stringLiteral, token.start, a: token.valueOffset, b: token.valueLength)
        try advance()
        return made
    }

    // MARK: types

    /// Typename: [SETOF] name [(modifiers)] [[] …].
    mutating func parseType() throws(Failure) -> NodeIndex {
        let position = token.start
        let isSet = try accept(.setof)
        let made = try parseSimpleType()
        if isSet { setFlags(made, .special) }
        tree.nodes[Int(made)].position = position
        var dimensions: UInt32 = 0
        if try accept(.array) {
            dimensions = 1
            if try accept(.leftBracket) {
                guard token.kind == .integer else { throw unexpected() }
                try advance()
                try expect(.rightBracket)
            }
        } else {
            while token.kind == .leftBracket {
                try advance()
                if token.kind == .integer { try advance() }
                try expect(.rightBracket)
                dimensions += 1
            }
        }
        tree.nodes[Int(made)].c = dimensions
        return made
    }

    /// Text of a canonical name for the type key words, kept behind the source like any derived text.
    private func systemTypeName(_ name: StaticString, _ position: UInt32) -> NodeIndex {
        tree.reserveText(name.utf8CodeUnitCount)
        let offset = UInt32(truncatingIfNeeded: tree.textCount)
        for index in 0..<name.utf8CodeUnitCount { tree.appendText(name.utf8Start[index]) }
        return node(.qualifiedName, position, a: offset, b: UInt32(name.utf8CodeUnitCount))
    }

    /// Types that have key words of their own; nil if the token starts none of them.
    mutating func parseKeywordType() throws(Failure) -> NodeIndex? {
        let position = token.start
        let name: NodeIndex
        var modifiers: NodeIndex = 0
        switch token.keyword {
        case .int, .integer:
            try advance()
            name = systemTypeName("int4", position)
        case .smallint:
            try advance()
            name = systemTypeName("int2", position)
        case .bigint:
            try advance()
            name = systemTypeName("int8", position)
        case .real:
            try advance()
            name = systemTypeName("float4", position)
        case .float:
            try advance()
            var isSingle = false
            if try accept(.leftParenthesis) {
                guard token.kind == .integer else { throw unexpected() }
                let digits = Int(tree.string(token.valueOffset, token.valueLength)) ?? 0
                if digits < 1 {
                    throw fail("precision for type float must be at least 1 bit", at: token.start, sqlState: "22023")
                }
                if digits > 53 {
                    throw fail("precision for type float must be less than 54 bits", at: token.start, sqlState: "22023")
                }
                isSingle = digits <= 24
                try advance()
                try expect(.rightParenthesis)
            }
            name = systemTypeName(isSingle ? "float4" : "float8", position)
        case .double:
            guard try peek().keyword == .precision else { return nil }
            try advance()
            try expect(.precision)
            name = systemTypeName("float8", position)
        case .decimal, .dec, .numeric:
            try advance()
            name = systemTypeName("numeric", position)
            modifiers = try parseTypeModifiers()
        case .boolean:
            try advance()
            name = systemTypeName("bool", position)
        case .bit:
            try advance()
            let isVarying = try accept(.varying)
            name = systemTypeName(isVarying ? "varbit" : "bit", position)
            modifiers = try parseTypeModifiers()
        case .character, .char, .nchar, .national, .varchar:
            if try accept(.national) {
                guard at(.character) || at(.char) else { throw unexpected() }
            }
            let isVarchar = at(.varchar)
            try advance()
            var isVarying = isVarchar
            if !isVarying { isVarying = try accept(.varying) }
            modifiers = try parseTypeModifiers()
            if modifiers == 0, !isVarying {
                // char is char(1); the modifier is made of derived text.
                let one = systemTypeName("1", position)
                modifiers = node(.integerLiteral, position, a: tree.nodes[Int(one)].a, b: 1)
            }
            name = systemTypeName(isVarying ? "varchar" : "bpchar", position)
        case .time, .timestamp:
            let isTime = at(.time)
            try advance()
            modifiers = try parseTypeModifiers()
            var hasZone = false
            if at(.with), try peek().keyword == .time {
                try advance()
                try advance()
                try expect(.zone)
                hasZone = true
            } else if at(.without), try peek().keyword == .time {
                try advance()
                try advance()
                try expect(.zone)
            }
            name = systemTypeName(
                isTime ? (hasZone ? "timetz" : "time") : (hasZone ? "timestamptz" : "timestamp"),
                position
            )
        case .interval:
            try advance()
            name = systemTypeName("interval", position)
            if token.kind == .leftParenthesis {
                modifiers = try parseTypeModifiers()
            } else {
                modifiers = try parseIntervalFields()
            }
        default:
            return nil
        }
        return node(.typeName, position, a: name, b: modifiers)
    }

    /// YEAR, DAY TO SECOND(3), …; 0 if there are none.
    mutating func parseIntervalFields() throws(Failure) -> NodeIndex {
        let position = token.start
        func isField(_ keyword: Keyword) -> Bool {
            switch keyword {
            case .year, .month, .day, .hour, .minute, .second: true
            default: false
            }
        }
        guard isField(token.keyword) else { return 0 }
        let first = token.keyword
        var last = Keyword.identifier
        var precision: UInt32 = 0
        try advance()
        if at(.to) {
            try advance()
            let allowed: [Keyword] =
                switch first {
                case .year: [.month]
                case .day: [.hour, .minute, .second]
                case .hour: [.minute, .second]
                case .minute: [.second]
                default: []
                }
            guard allowed.contains(token.keyword) else { throw unexpected() }
            last = token.keyword
            try advance()
        }
        if (last == .second || (last == .identifier && first == .second)), token.kind == .leftParenthesis {
            try advance()
            guard token.kind == .integer else { throw unexpected() }
            precision = (UInt32(tree.string(token.valueOffset, token.valueLength)) ?? 6) &+ 1
            try advance()
            try expect(.rightParenthesis)
        }
        return node(
            .intervalFields,
            position,
            a: UInt32(first.rawValue),
            b: last == .identifier ? 0 : UInt32(last.rawValue),
            c: precision
        )
    }

    private mutating func parseSimpleType() throws(Failure) -> NodeIndex {
        let position = token.start
        if let known = try parseKeywordType() { return known }
        guard isTypeOrFunctionIdentifier else { throw unexpected() }
        let name = node(.qualifiedName, position, a: token.valueOffset, b: token.valueLength)
        try advance()
        var isReference = false
        if token.kind == .dot { tree.nodes[Int(name)].c = try parseNameParts() }
        if token.kind == .percent, try peek().keyword == .type {
            try advance()
            try advance()
            isReference = true
        }
        let made = node(.typeName, position, a: name, b: try parseTypeModifiers())
        if isReference { setFlags(made, .all) }
        return made
    }

    private mutating func parseTypeModifiers() throws(Failure) -> NodeIndex {
        guard token.kind == .leftParenthesis else { return 0 }
        try advance()
        let list = try parseExpressionList()
        try expect(.rightParenthesis)
        return list
    }

    mutating func parseExpressionList() throws(Failure) -> NodeIndex {
        var list = List()
        repeat { append(try parseExpression(), to: &list) } while try accept(.comma)
        return list.first
    }
}

extension SyntaxTree {
    /// Parses a text of any number of statements into this tree; see `statements`. O(length).
    ///
    /// - Throws: the first lexical or grammatical error, as PostgreSQL words it; the tree then holds no statements.
    public func parse(_ source: UnsafeRawBufferPointer) throws(SyntaxError) {
        guard source.count < Int(UInt32.max) / 4 else {
            throw SyntaxError(sqlState: "54000", "statement text is too long")
        }
        reset(source)
        let bytes = UnsafeBufferPointer(start: UnsafePointer(text), count: sourceCount)
        if let invalid = UTF8Check.firstInvalid(bytes) { throw UTF8Check.error(bytes, at: invalid) }
        var parser = Parser(self)
        do {
            try parser.parseText()
        } catch {
            statements.removeAll(keepingCapacity: true)
            throw parser.error ?? SyntaxError("syntax error")
        }
    }

    /// The same for a Swift string.
    public func parse(_ source: String) throws(SyntaxError) {
        var copy = source
        let failure: SyntaxError? = copy.withUTF8 { bytes -> SyntaxError? in
            do throws(SyntaxError) {
                try parse(UnsafeRawBufferPointer(bytes))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
