/// CREATE, ALTER and DROP.
extension Parser {
    mutating func parseCreate() throws(Failure) -> NodeIndex {
        let position = token.start
        let next = try peek()
        switch next.keyword {
        case .table, .temp, .temporary, .unlogged, .local, .global:
            try advance()
            var flags: NodeFlags = []
            if at(.local) || at(.global) { try advance() }
            if at(.temp) || at(.temporary) {
                flags = .temporary
                try advance()
            } else if try accept(.unlogged) {
                flags = .unlogged
            }
            switch token.keyword {
            case .table:
                try advance()
                let made = try parseCreateTable(position)
                setFlags(made, flags)
                return made
            case .sequence: return try parseCreateSequence(position, flags)
            case .view: return try parseCreateView(position, flags)
            case .recursive:
                throw fail("CREATE RECURSIVE VIEW is not supported", at: position, sqlState: "0A000")
            default: throw unexpected()
            }
        case .unique, .index:
            try advance()
            return try parseCreateIndex(position)
        case .database:
            try advance()
            try advance()
            let name = try parseName()
            let made = node(.createDatabase, position, a: name)
            _ = try accept(.with)
            var options = List()
            while token.kind == .identifier {
                let start = token.start
                let label: NodeIndex
                if at(.connection), try peek().keyword == .limit {
                    try advance()
                    try advance()
                    label = derivedName("connection_limit", start)
                } else {
                    let word = try parseLabel()
                    label = node(.qualifiedName, start, a: tree[word].a, b: tree[word].b)
                }
                _ = try accept(.equal)
                var value: NodeIndex = 0
                if at(.default) { try advance() } else { value = try parseOptionWord() }
                append(node(.storageOption, start, a: label, b: value), to: &options)
            }
            tree.nodes[Int(made)].b = options.first
            return made
        case .schema:
            try advance()
            try advance()
            let isConditional = try parseIfNotExists()
            var name: NodeIndex = 0
            var owner: NodeIndex = 0
            if !at(.authorization) { name = try parseName() }
            if try accept(.authorization) { owner = try parseRoleName() }
            let made = node(.createSchema, position, a: name, b: owner)
            if isConditional { setFlags(made, .ifNotExists) }
            if at(.create) || at(.grant) {
                throw fail("CREATE SCHEMA with schema elements is not supported", at: token.start, sqlState: "0A000")
            }
            return made
        case .sequence:
            try advance()
            return try parseCreateSequence(position, [])
        case .view:
            try advance()
            return try parseCreateView(position, [])
        case .or:
            try advance()
            try advance()
            try expect(.replace)
            var flags: NodeFlags = .ifNotExists
            if at(.temp) || at(.temporary) {
                try advance()
                flags.formUnion(.temporary)
            }
            if at(.view) { return try parseCreateView(position, flags) }
            return try parseUnsupportedBehind("CREATE \(token.keyword.word.uppercased())", position)
        case .role, .user, .group:
            try advance()
            if at(.user), try peek().keyword == .mapping {
                return try parseUnsupportedBehind("CREATE USER MAPPING", position)
            }
            let flags: NodeFlags = at(.user) ? .special : at(.group) ? .all : []
            try advance()
            let name = try parseRoleName()
            _ = try accept(.with)
            let made = node(.createRole, position, a: name, b: try parseRoleOptions())
            setFlags(made, flags)
            return made
        case .identifier where next.kind != .identifier:
            try advance()
            throw unexpected()
        case .aggregate, .cast, .collation, .conversion, .domain, .event, .extension, .foreign, .function, .language,
            .materialized, .operator, .policy, .procedure, .publication, .rule, .server, .statistics, .subscription,
            .tablespace, .text, .transform, .trigger, .trusted, .type, .access, .constraint, .`default`:
            try advance()
            return try parseUnsupportedBehind("CREATE \(token.keyword.word.uppercased())", position)
        default:
            try advance()
            throw unexpected()
        }
    }

    /// The rest of a statement that is recognised and refused.
    mutating func parseUnsupportedBehind(_ name: String, _ position: UInt32) throws(Failure) -> NodeIndex {
        while token.kind != .semicolon, token.kind != .end { try advance() }
        let bytes = Array(name.utf8)
        tree.reserveText(bytes.count)
        let offset = UInt32(truncatingIfNeeded: tree.textCount)
        for byte in bytes { tree.appendText(byte) }
        return node(.unsupportedStatement, position, a: offset, b: UInt32(truncatingIfNeeded: bytes.count))
    }

    mutating func parseIfNotExists() throws(Failure) -> Bool {
        guard at(.if) else { return false }
        let next = try peek()
        guard next.keyword == .not else { return false }
        try advance()
        try advance()
        try expect(.exists)
        return true
    }

    mutating func parseIfExists() throws(Failure) -> Bool {
        guard at(.if) else { return false }
        let next = try peek()
        guard next.keyword == .exists else { return false }
        try advance()
        try advance()
        return true
    }

    /// A role: any non-reserved word, CURRENT_USER, SESSION_USER.
    mutating func parseRoleName() throws(Failure) -> NodeIndex {
        if at(.currentUser) || at(.sessionUser) || at(.currentRole) { return try takeName() }
        guard isNonReserved else { throw unexpected() }
        return try takeName()
    }

    private mutating func parseRoleOptions() throws(Failure) -> NodeIndex {
        var list = List()
        while token.kind == .identifier {
            let start = token.start
            let word = token
            try advance()
            let name = node(.qualifiedName, start, a: word.valueOffset, b: word.valueLength)
            var value: NodeIndex = 0
            switch word.keyword {
            case .password:
                if at(.null) { try advance() } else { value = try parseStringLiteral() }
            case .encrypted, .unencrypted:
                try expect(.password)
                tree.nodes[Int(name)].a = tree[derivedName("password", start)].a
                tree.nodes[Int(name)].b = 8
                value = try parseStringLiteral()
            case .connection:
                try expect(.limit)
                value = try parseOptionWord()
            case .valid:
                try expect(.until)
                value = try parseStringLiteral()
            case .in:
                guard at(.role) || at(.group) else { throw unexpected() }
                try advance()
                repeat { _ = try parseRoleName() } while try accept(.comma)
            case .role, .admin, .user:
                repeat { _ = try parseRoleName() } while try accept(.comma)
            case .sysid: value = try parseOptionWord()
            default: break
            }
            append(node(.storageOption, start, a: name, b: value), to: &list)
        }
        return list.first
    }

    // MARK: tables

    private mutating func parseCreateTable(_ position: UInt32) throws(Failure) -> NodeIndex {
        let isConditional = try parseIfNotExists()
        let name = try parseQualifiedName()
        let made = node(.createTable, position, a: name)
        if isConditional { setFlags(made, .ifNotExists) }
        var isPartition = at(.partition)
        if isPartition { isPartition = try peek().keyword == .of }
        if at(.of) || isPartition {
            return try parseUnsupportedBehind(at(.of) ? "CREATE TABLE OF" : "CREATE TABLE PARTITION OF", position)
        }
        var elements = List()
        var hasList = false
        if token.kind == .leftParenthesis {
            hasList = true
            try advance()
            if token.kind != .rightParenthesis {
                repeat { append(try parseTableElement(), to: &elements) } while try accept(.comma)
            }
            try expect(.rightParenthesis)
        }
        tree.nodes[Int(made)].b = elements.first
        var clauses = List()
        if at(.inherits) {
            let start = token.start
            try advance()
            try expect(.leftParenthesis)
            let parents = try parseQualifiedNameList()
            try expect(.rightParenthesis)
            append(node(.inherits, start, a: parents), to: &clauses)
        }
        if at(.partition) { return try parseUnsupportedBehind("CREATE TABLE PARTITION BY", position) }
        if try accept(.using) { _ = try parseName() }
        if at(.with), try peek().kind == .leftParenthesis {
            let start = token.start
            try advance()
            append(node(.storageOptions, start, a: try parseStorageOptions()), to: &clauses)
        } else if at(.without), try peek().keyword == .oids {
            try advance()
            try advance()
        }
        if at(.on) {
            let start = token.start
            try advance()
            try expect(.commit)
            var action: UInt32 = 0
            if try accept(.drop) {
                action = 2
            } else {
                if try accept(.delete) { action = 1 } else { try expect(.preserve) }
                try expect(.rows)
            }
            append(node(.onCommit, start, a: action), to: &clauses)
        }
        if try accept(.tablespace) {
            let start = token.start
            let tablespace = try parseName()
            append(node(.tablespaceOption, start, a: tree[tablespace].a, b: tree[tablespace].b), to: &clauses)
        }
        if at(.as) {
            try advance()
            let flags = tree[made].flags
            // A parenthesised list before AS names columns only.
            var columns = List()
            for (_, element) in tree.list(elements.first) {
                guard element.kind == .columnDefinition, element.c == 0 else { throw unexpected() }
                append(node(.name, element.position, a: element.a, b: element.b), to: &columns)
            }
            let query: NodeIndex
            if at(.execute) { query = try parseExecute() } else { query = try parseQueryOrModification() }
            let asTable = node(.createTableAs, position, a: name, b: columns.first, c: query)
            setFlags(asTable, flags)
            if try accept(.with) {
                if try accept(.no) { setFlags(asTable, .negated) }
                try expect(.data)
            }
            return asTable
        }
        guard hasList else { throw unexpected() }
        for (_, element) in tree.list(elements.first) where element.kind == .columnDefinition && element.c == 0 {
            throw unexpected()
        }
        tree.nodes[Int(made)].c = clauses.first
        return made
    }

    /// ( name = value, … )
    mutating func parseStorageOptions() throws(Failure) -> NodeIndex {
        try expect(.leftParenthesis)
        var list = List()
        repeat {
            let start = token.start
            let label = try parseLabel()
            let name = node(.qualifiedName, start, a: tree[label].a, b: tree[label].b)
            if try accept(.dot) { tree.nodes[Int(name)].c = try parseLabel() }
            var value: NodeIndex = 0
            if try accept(.equal) { value = try parseOptionWord() }
            append(node(.storageOption, start, a: name, b: value), to: &list)
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return list.first
    }

    private mutating func parseTableElement() throws(Failure) -> NodeIndex {
        switch token.keyword {
        case .constraint, .primary, .unique, .check, .foreign, .exclude: return try parseTableConstraint()
        case .like:
            let position = token.start
            try advance()
            let name = try parseQualifiedName()
            var options = List()
            while at(.including) || at(.excluding) {
                let isIncluding = at(.including)
                try advance()
                guard token.kind == .identifier else { throw unexpected() }
                let option = node(.name, token.start, a: token.valueOffset, b: token.valueLength)
                if !isIncluding { setFlags(option, .negated) }
                try advance()
                append(option, to: &options)
            }
            return node(.likeClause, position, a: name, b: options.first)
        default: return try parseColumnDefinition()
        }
    }

    mutating func parseColumnDefinition() throws(Failure) -> NodeIndex {
        let position = token.start
        let name = try parseName()
        let made = node(.columnDefinition, position, a: tree[name].a, b: tree[name].b)
        // Only CREATE TABLE AS lists names without types.
        if token.kind == .comma || token.kind == .rightParenthesis { return made }
        let type = try parseType()
        let details = node(.columnDetails, position, a: type)
        var constraints = List()
        if try accept(.compression) { _ = try parseLabel() }
        while let constraint = try parseColumnConstraint(details) {
            if constraint != 0 { append(constraint, to: &constraints) }
        }
        tree.nodes[Int(details)].b = constraints.first
        tree.nodes[Int(made)].c = details
        return made
    }

    /// nil when no constraint starts here, 0 for one that needs no node.
    private mutating func parseColumnConstraint(_ details: NodeIndex) throws(Failure) -> NodeIndex? {
        let position = token.start
        if try accept(.collate) {
            tree.nodes[Int(details)].c = try parseQualifiedName()
            return 0
        }
        var name: NodeIndex = 0
        if try accept(.constraint) { name = try parseName() }
        let start = token.start
        switch token.keyword {
        case .not:
            let next = try peek()
            if next.keyword == .deferrable {
                try advance()
                try advance()
                return 0
            }
            try advance()
            try expect(.null)
            return node(.notNullConstraint, start, b: name)
        case .null:
            try advance()
            return node(.nullConstraint, start, b: name)
        case .unique, .primary:
            let isPrimary = at(.primary)
            try advance()
            if isPrimary { try expect(.key) }
            if at(.nulls), !isPrimary {
                try advance()
                if try accept(.not) {}
                try expect(.distinct)
            }
            let made = node(isPrimary ? .primaryKeyConstraint : .uniqueConstraint, start, b: name)
            try parseIndexParameters(made)
            return made
        case .check:
            try advance()
            try expect(.leftParenthesis)
            let expression = try parseExpression()
            try expect(.rightParenthesis)
            if at(.no), try peek().keyword == .inherit {
                try advance()
                try advance()
            }
            return node(.checkConstraint, start, a: expression, b: name)
        case .default:
            try advance()
            return node(.defaultConstraint, start, a: try parseRestrictedExpression(), b: name)
        case .generated:
            try advance()
            var isAlways = false
            if try accept(.always) {
                isAlways = true
            } else {
                try expect(.by)
                try expect(.default)
            }
            try expect(.as)
            if try accept(.identity) {
                var options: NodeIndex = 0
                if try accept(.leftParenthesis) {
                    options = try parseSequenceOptions()
                    try expect(.rightParenthesis)
                }
                let made = node(.identityConstraint, start, a: options, b: name)
                if isAlways { setFlags(made, .special) }
                return made
            }
            guard isAlways else { throw unexpected() }
            try expect(.leftParenthesis)
            let expression = try parseExpression()
            try expect(.rightParenthesis)
            try expect(.stored)
            return node(.generatedConstraint, start, a: expression, b: name)
        case .references:
            return try parseReferences(columns: 0, name: name, start)
        case .deferrable:
            try advance()
            return 0
        case .initially:
            try advance()
            guard at(.deferred) || at(.immediate) else { throw unexpected() }
            try advance()
            return 0
        default:
            if name != 0 || position != start { throw unexpected() }
            return nil
        }
    }

    private mutating func parseIndexParameters(_ constraint: NodeIndex) throws(Failure) {
        if try accept(.include) {
            let start = token.start
            try expect(.leftParenthesis)
            let names = try parseNameList()
            try expect(.rightParenthesis)
            tree.nodes[Int(constraint)].c = node(.includeClause, start, a: names)
        }
        if at(.with), try peek().kind == .leftParenthesis {
            try advance()
            _ = try parseStorageOptions()
        }
        if at(.using), try peek().keyword == .index {
            try advance()
            try advance()
            try expect(.tablespace)
            _ = try parseName()
        }
    }

    private mutating func parseReferences(columns: NodeIndex, name: NodeIndex, _ start: UInt32) throws(Failure)
        -> NodeIndex
    {
        let position = token.start
        try expect(.references)
        let table = try parseQualifiedName()
        let referenced = try parseOptionalColumnList()
        var match: UInt32 = 0
        var update: UInt32 = 0
        var delete: UInt32 = 0
        if try accept(.match) {
            switch token.keyword {
            case .full: match = 1
            case .partial: match = 2
            case .simple: match = 0
            default: throw unexpected()
            }
            try advance()
        }
        while at(.on) {
            try advance()
            let isUpdate = at(.update)
            guard isUpdate || at(.delete) else { throw unexpected() }
            try advance()
            let action: UInt32
            if try accept(.no) {
                try expect(.action)
                action = 0
            } else if try accept(.restrict) {
                action = 1
            } else if try accept(.cascade) {
                action = 2
            } else {
                try expect(.set)
                if try accept(.null) {
                    action = 3
                } else {
                    try expect(.default)
                    action = 4
                }
                if !isUpdate, token.kind == .leftParenthesis { _ = try parseOptionalColumnList() }
            }
            if isUpdate { update = action } else { delete = action }
        }
        let details = node(
            .referencesDetails,
            position,
            a: table,
            b: referenced,
            c: update | delete << 8 | match << 16
        )
        return node(.foreignKeyConstraint, start, a: columns, b: name, c: details)
    }

    private mutating func parseTableConstraint() throws(Failure) -> NodeIndex {
        var name: NodeIndex = 0
        let position = token.start
        if try accept(.constraint) { name = try parseName() }
        let made: NodeIndex
        switch token.keyword {
        case .check:
            try advance()
            try expect(.leftParenthesis)
            let expression = try parseExpression()
            try expect(.rightParenthesis)
            made = node(.checkConstraint, position, a: expression, b: name)
        case .primary, .unique:
            let isPrimary = at(.primary)
            try advance()
            if isPrimary { try expect(.key) }
            made = node(isPrimary ? .primaryKeyConstraint : .uniqueConstraint, position, b: name)
            if at(.using), try peek().keyword == .index {
                try advance()
                try advance()
                tree.nodes[Int(made)].a = try parseName()
                setFlags(made, .special)
            } else {
                if at(.nulls), !isPrimary {
                    try advance()
                    _ = try accept(.not)
                    try expect(.distinct)
                }
                try expect(.leftParenthesis)
                tree.nodes[Int(made)].a = try parseNameList()
                try expect(.rightParenthesis)
                try parseIndexParameters(made)
            }
        case .foreign:
            try advance()
            try expect(.key)
            try expect(.leftParenthesis)
            let columns = try parseNameList()
            try expect(.rightParenthesis)
            made = try parseReferences(columns: columns, name: name, position)
        case .exclude:
            throw fail("EXCLUDE constraints are not supported", at: token.start, sqlState: "0A000")
        default: throw unexpected()
        }
        try parseConstraintAttributes(made)
        return made
    }

    /// [NOT] DEFERRABLE, INITIALLY …, NOT VALID, NO INHERIT
    private mutating func parseConstraintAttributes(_ constraint: NodeIndex) throws(Failure) {
        while true {
            switch token.keyword {
            case .deferrable:
                try advance()
                setFlags(constraint, .nullsFirst)
            case .initially:
                try advance()
                guard at(.deferred) || at(.immediate) else { throw unexpected() }
                if at(.deferred) { setFlags(constraint, .nullsLast) }
                try advance()
            case .not:
                let next = try peek().keyword
                guard next == .deferrable || next == .valid else { return }
                try advance()
                if at(.valid) { setFlags(constraint, .negated) }
                try advance()
            case .no:
                guard try peek().keyword == .inherit else { return }
                try advance()
                try advance()
            default: return
            }
        }
    }

    // MARK: indexes

    private mutating func parseCreateIndex(_ position: UInt32) throws(Failure) -> NodeIndex {
        var flags: NodeFlags = []
        if try accept(.unique) { flags = .special }
        try expect(.index)
        if try accept(.concurrently) { flags.formUnion(.all) }
        var name: NodeIndex = 0
        if try parseIfNotExists() {
            flags.formUnion(.ifNotExists)
            name = try parseName()
        } else if !at(.on) {
            name = try parseName()
        }
        try expect(.on)
        _ = try accept(.only)
        let table = try parseQualifiedName()
        _ = try accept(.star)
        var method: NodeIndex = 0
        if try accept(.using) { method = try parseName() }
        let start = token.start
        try expect(.leftParenthesis)
        var elements = List()
        repeat { append(try parseIndexElement(), to: &elements) } while try accept(.comma)
        try expect(.rightParenthesis)
        if try accept(.include) {
            let start = token.start
            try expect(.leftParenthesis)
            append(node(.includeClause, start, a: try parseNameList()), to: &elements)
            try expect(.rightParenthesis)
        }
        if at(.nulls) {
            try advance()
            _ = try accept(.not)
            try expect(.distinct)
        }
        if at(.with), try peek().kind == .leftParenthesis {
            try advance()
            _ = try parseStorageOptions()
        }
        if try accept(.tablespace) { _ = try parseName() }
        var filter: NodeIndex = 0
        if let clause = try parseWhere() { filter = tree[clause].a }
        let details = node(.indexDetails, start, a: elements.first, b: method, c: filter)
        let made = node(.createIndex, position, a: name, b: table, c: details)
        setFlags(made, flags)
        return made
    }

    /// column | function(…) | (expression) [COLLATE …] [operator class] [ASC | DESC] [NULLS …]
    mutating func parseIndexElement() throws(Failure) -> NodeIndex {
        let position = token.start
        var expression: NodeIndex
        if token.kind == .leftParenthesis {
            try advance()
            expression = try parseExpression()
            try expect(.rightParenthesis)
        } else if isColumnIdentifier, try peek().kind != .leftParenthesis, try peek().kind != .dot {
            expression = node(.columnReference, position, a: token.valueOffset, b: token.valueLength)
            try advance()
        } else {
            expression = try parseExpression(16, isRestricted: true)
            guard tree[expression].kind == .call || tree[expression].kind == .coalesce else { throw unexpected() }
        }
        let made = node(.indexElement, position, a: expression)
        if try accept(.collate) { tree.nodes[Int(made)].c = try parseQualifiedName() }
        if token.kind == .identifier, isColumnIdentifier, !at(.nulls) {
            tree.nodes[Int(made)].b = try parseQualifiedName()
            if token.kind == .leftParenthesis { _ = try parseStorageOptions() }
        }
        if try accept(.desc) { setFlags(made, .descending) } else { _ = try accept(.asc) }
        if try accept(.nulls) {
            if try accept(.first) {
                setFlags(made, .nullsFirst)
            } else {
                try expect(.last)
                setFlags(made, .nullsLast)
            }
        }
        return made
    }

    // MARK: sequences, views

    private mutating func parseCreateSequence(_ position: UInt32, _ flags: NodeFlags) throws(Failure) -> NodeIndex {
        try expect(.sequence)
        let isConditional = try parseIfNotExists()
        let name = try parseQualifiedName()
        let made = node(.createSequence, position, a: name, b: try parseSequenceOptions())
        setFlags(made, flags)
        if isConditional { setFlags(made, .ifNotExists) }
        return made
    }

    private mutating func parseSequenceOptions() throws(Failure) -> NodeIndex {
        var list = List()
        while true {
            let start = token.start
            let name: NodeIndex
            var value: NodeIndex = 0
            switch token.keyword {
            case .as:
                try advance()
                name = derivedName("as", start)
                value = try parseType()
            case .increment:
                try advance()
                _ = try accept(.by)
                name = derivedName("increment", start)
                value = try parseOptionWord()
            case .minvalue, .maxvalue:
                name = derivedName(at(.minvalue) ? "minvalue" : "maxvalue", start)
                try advance()
                value = try parseOptionWord()
            case .no:
                try advance()
                if at(.cycle) {
                    name = derivedName("nocycle", start)
                } else if at(.minvalue) || at(.maxvalue) {
                    name = derivedName("default", start)
                } else {
                    throw unexpected()
                }
                try advance()
            case .start:
                try advance()
                _ = try accept(.with)
                name = derivedName("start", start)
                value = try parseOptionWord()
            case .restart:
                try advance()
                _ = try accept(.with)
                name = derivedName("restart", start)
                if token.kind == .integer || token.kind == .minus { value = try parseOptionWord() }
            case .cache:
                try advance()
                name = derivedName("cache", start)
                value = try parseOptionWord()
            case .cycle:
                try advance()
                name = derivedName("cycle", start)
            case .owned:
                try advance()
                try expect(.by)
                name = derivedName("owned", start)
                value = at(.none) ? 0 : try parseQualifiedName()
                if value == 0 { try advance() }
            default: return list.first
            }
            append(node(.storageOption, start, a: name, b: value), to: &list)
        }
    }

    private mutating func parseCreateView(_ position: UInt32, _ flags: NodeFlags) throws(Failure) -> NodeIndex {
        try expect(.view)
        let name = try parseQualifiedName()
        let columns = try parseOptionalColumnList()
        if at(.with), try peek().kind == .leftParenthesis {
            try advance()
            _ = try parseStorageOptions()
        }
        try expect(.as)
        let query = try parseQuery()
        if try accept(.with) {
            if at(.cascaded) || at(.local) { try advance() }
            try expect(.check)
            try expect(.option)
        }
        let made = node(.createView, position, a: name, b: columns, c: query)
        setFlags(made, flags)
        return made
    }

    // MARK: DROP

    mutating func parseDrop() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let keyword = token.keyword
        switch keyword {
        case .table, .index, .sequence, .view, .schema:
            try advance()
            var flags: NodeFlags = []
            if keyword == .index, try accept(.concurrently) { flags = .special }
            if try parseIfExists() { flags.formUnion(.ifExists) }
            let names = try parseQualifiedNameList()
            if try parseDropBehavior() { flags.formUnion(.cascade) }
            let made = node(.drop, position, a: UInt32(keyword.rawValue), b: names)
            setFlags(made, flags)
            return made
        case .role, .user, .group:
            try advance()
            let isConditional = try parseIfExists()
            var list = List()
            repeat {
                let name = try parseRoleName()
                append(
                    node(.qualifiedName, tree[name].position, a: tree[name].a, b: tree[name].b),
                    to: &list
                )
            } while try accept(.comma)
            let made = node(.drop, position, a: UInt32(Keyword.role.rawValue), b: list.first)
            if isConditional { setFlags(made, .ifExists) }
            return made
        case .database:
            try advance()
            let isConditional = try parseIfExists()
            let made = node(.dropDatabase, position, a: try parseName())
            if isConditional { setFlags(made, .ifExists) }
            if at(.with) || token.kind == .leftParenthesis {
                _ = try accept(.with)
                try expect(.leftParenthesis)
                repeat { try expect(.force) } while try accept(.comma)
                try expect(.rightParenthesis)
            }
            return made
        case .identifier: throw unexpected()
        default:
            if keyword.category == .reserved { throw unexpected() }
            return try parseUnsupportedBehind("DROP \(keyword.word.uppercased())", position)
        }
    }

    // MARK: ALTER

    mutating func parseAlter() throws(Failure) -> NodeIndex {
        let position = token.start
        try advance()
        let keyword = token.keyword
        switch keyword {
        case .table, .index, .sequence, .view:
            try advance()
            var flags: NodeFlags = []
            if try parseIfExists() { flags = .ifExists }
            if try accept(.only) { flags.formUnion(.special) }
            let name = try parseQualifiedName()
            _ = try accept(.star)
            var actions = List()
            if keyword == .sequence, !at(.rename), !at(.owner), !at(.set) {
                return try parseUnsupportedBehind("ALTER SEQUENCE", position)
            }
            repeat { append(try parseAlterAction(), to: &actions) } while try accept(.comma)
            let made = node(
                .alterTable,
                position,
                a: name,
                b: actions.first,
                c: UInt32(keyword.rawValue)
            )
            setFlags(made, flags)
            return made
        case .role, .user:
            try advance()
            let name = try parseRoleName()
            _ = try accept(.with)
            if at(.set) || at(.reset) || at(.in) || at(.rename) {
                return try parseUnsupportedBehind("ALTER ROLE", position)
            }
            return node(.alterRole, position, a: name, b: try parseRoleOptions())
        case .identifier: throw unexpected()
        default:
            if keyword.category == .reserved { throw unexpected() }
            return try parseUnsupportedBehind("ALTER \(keyword.word.uppercased())", position)
        }
    }

    private mutating func parseAlterAction() throws(Failure) -> NodeIndex {
        let position = token.start
        switch token.keyword {
        case .add:
            try advance()
            switch token.keyword {
            case .constraint, .primary, .unique, .check, .foreign, .exclude:
                return node(.addConstraint, position, a: try parseTableConstraint())
            default:
                _ = try accept(.column)
                let isConditional = try parseIfNotExists()
                let definition = try parseColumnDefinition()
                guard tree[definition].c != 0 else { throw unexpected() }
                let made = node(.addColumn, position, a: definition)
                if isConditional { setFlags(made, .ifNotExists) }
                return made
            }
        case .drop:
            try advance()
            if try accept(.constraint) {
                let isConditional = try parseIfExists()
                let made = node(.dropConstraint, position, a: try parseName())
                if isConditional { setFlags(made, .ifExists) }
                if try parseDropBehavior() { setFlags(made, .cascade) }
                return made
            }
            _ = try accept(.column)
            let isConditional = try parseIfExists()
            let made = node(.dropColumn, position, a: try parseName())
            if isConditional { setFlags(made, .ifExists) }
            if try parseDropBehavior() { setFlags(made, .cascade) }
            return made
        case .alter:
            try advance()
            if at(.constraint) { return try parseUnsupportedAction(position) }
            _ = try accept(.column)
            let name = try parseName()
            switch token.keyword {
            case .set:
                try advance()
                if try accept(.default) {
                    return node(.setDefault, position, a: name, b: try parseExpression())
                }
                if try accept(.not) {
                    try expect(.null)
                    return node(.setNotNull, position, a: name)
                }
                if try accept(.data) {
                    try expect(.type)
                    return try parseColumnType(name, position)
                }
                return try parseUnsupportedAction(position)
            case .drop:
                try advance()
                if try accept(.default) { return node(.dropDefault, position, a: name) }
                if try accept(.not) {
                    try expect(.null)
                    return node(.dropNotNull, position, a: name)
                }
                return try parseUnsupportedAction(position)
            case .type:
                try advance()
                return try parseColumnType(name, position)
            default: return try parseUnsupportedAction(position)
            }
        case .rename:
            try advance()
            if try accept(.to) { return node(.rename, position, a: 0, b: try parseName()) }
            if try accept(.constraint) {
                let old = try parseName()
                try expect(.to)
                let made = node(.rename, position, a: old, b: try parseName())
                setFlags(made, .special)
                return made
            }
            _ = try accept(.column)
            let old = try parseName()
            try expect(.to)
            return node(.rename, position, a: old, b: try parseName())
        case .owner:
            try advance()
            try expect(.to)
            return node(.ownerTo, position, a: try parseRoleName())
        case .set:
            try advance()
            if try accept(.schema) { return node(.setSchema, position, a: try parseName()) }
            if token.kind == .leftParenthesis {
                return node(.setStorageOptions, position, a: try parseStorageOptions())
            }
            return try parseUnsupportedAction(position)
        case .reset:
            try advance()
            return node(.resetStorageOptions, position, a: try parseStorageOptions())
        default:
            guard token.kind == .identifier, token.keyword != .identifier else { throw unexpected() }
            return try parseUnsupportedAction(position)
        }
    }

    private mutating func parseColumnType(_ name: NodeIndex, _ position: UInt32) throws(Failure) -> NodeIndex {
        let type = try parseType()
        if try accept(.collate) { _ = try parseQualifiedName() }
        var using: NodeIndex = 0
        if try accept(.using) { using = try parseExpression() }
        return node(.alterColumnType, position, a: name, b: type, c: using)
    }

    /// Read up to the next action's comma at this level of parentheses.
    private mutating func parseUnsupportedAction(_ position: UInt32) throws(Failure) -> NodeIndex {
        var depth = 0
        while token.kind != .semicolon, token.kind != .end {
            if token.kind == .leftParenthesis { depth += 1 }
            if token.kind == .rightParenthesis { depth -= 1 }
            if token.kind == .comma, depth == 0 { break }
            try advance()
        }
        return node(.unsupportedAlter, position)
    }
}
