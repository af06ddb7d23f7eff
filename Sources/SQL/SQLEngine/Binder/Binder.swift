import SQLSyntax
import SQLTypes

/// Turns a parsed statement into a bound one: names become columns, tables and functions; every expression gets a type.
///
///     Binder.swift               entry, parameters, errors, names of relations and types
///     Binder+Query.swift         SELECT, set operations, VALUES, WITH
///     Binder+From.swift          FROM items and joins
///     Binder+Expression.swift    expressions: the entry, literals, CASE; beside it Binder+Column, +Operator, +Call
///                                (functions, aggregates), +Subquery, +Array, +Coercion
///     Binder+Grouping.swift      GROUP BY rules
///     Binder+Modify.swift        INSERT, UPDATE, DELETE, COPY
///     Binder+Definition.swift    CREATE, ALTER, DROP
///     Binder+Utility.swift       everything else
///
/// A binder serves one statement. It reads the catalog as the environment shows it and changes nothing.
public final class Binder {
    let tree: SyntaxTree
    let environment: any EvaluationEnvironment
    let catalog: CatalogState
    let database: OID
    /// Types of $1 … as declared or inferred; `unknown` while undecided.
    var parameters: [SQLType]
    /// Parameters may be typed by their use (extended protocol); otherwise `$n` beyond the list is an error.
    let infersParameters: Bool
    var depth = 0
    private let stackLimit: UInt

    private static let stackBudget: UInt = 1 << 20

    /// - Parameter parameterTypes: declared types of the parameters; 0 or `unknown` leaves one to inference.
    public init(
        _ tree: SyntaxTree,
        _ environment: any EvaluationEnvironment,
        parameterTypes: [OID] = [],
        infersParameters: Bool = true
    ) {
        self.tree = tree
        self.environment = environment
        catalog = environment.catalog
        database = environment.database
        parameters = parameterTypes.map { $0 == 0 ? .unknown : SQLType(oid: $0) }
        self.infersParameters = infersParameters
        var marker: UInt8 = 0
        let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
        stackLimit = here > Self.stackBudget ? here - Self.stackBudget : 0
    }

    /// The types of all parameters after `bind`. 42P18 if one could not be determined.
    public func resolvedParameterTypes() throws(SQLError) -> [SQLType] {
        for (index, type) in parameters.enumerated() where type.oid == .unknown {
            throw SQLError(.indeterminateDatatype, "could not determine data type of parameter $\(index + 1)")
        }
        return parameters
    }

    /// Binds one statement of the tree.
    public func bind(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let statement = try bindStatement(root)
        // A parameter that nothing decided is text when it was not declared otherwise.
        return statement
    }

    func bindStatement(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        switch node.kind {
        case .select, .values, .union, .intersect, .except: return try bindSelectStatement(root)
        case .insert: return try bindInsert(root)
        case .update: return try bindUpdate(root)
        case .delete: return try bindDelete(root)
        case .copy: return try bindCopy(root)
        case .truncate: return try bindTruncate(root)
        case .createTable: return try bindCreateTable(root)
        case .createTableAs: return try bindCreateTableAs(root)
        case .createIndex: return try bindCreateIndex(root)
        case .alterTable: return try bindAlterTable(root)
        case .drop: return try bindDrop(root)
        case .createDatabase: return try bindCreateDatabase(root)
        case .dropDatabase:
            return .dropDatabase(name: tree.string(node.a), ifExists: node.flags.contains(.ifExists))
        case .createSchema:
            let name = tree.string(node.a != 0 ? node.a : node.b)
            return .createSchema(name: name, ifNotExists: node.flags.contains(.ifNotExists))
        case .createSequence: return try bindCreateSequence(root)
        case .createRole: return try bindCreateRole(root)
        case .comment: return try bindComment(root)
        default: return try bindUtility(root)
        }
    }

    // MARK: errors

    func position(_ index: NodeIndex) -> Int { tree.characterPosition(tree[index].position) }

    func fail(
        _ state: SQLState,
        _ message: String,
        at index: NodeIndex,
        detail: String? = nil,
        hint: String? = nil
    ) -> SQLError {
        SQLError(state, message, detail: detail, hint: hint, position: index == 0 ? nil : position(index))
    }

    func fail(_ state: SQLState, _ message: String, offset: Int32, detail: String? = nil, hint: String? = nil)
        -> SQLError
    {
        SQLError(
            state,
            message,
            detail: detail,
            hint: hint,
            position: offset < 0 ? nil : tree.characterPosition(UInt32(offset))
        )
    }

    func unsupported(_ what: String, at index: NodeIndex) -> SQLError {
        fail(.featureNotSupported, "\(what) is not supported", at: index)
    }

    /// Runs `body`, pointing its errors at `index` unless they point somewhere already.
    func locating<Result>(_ index: NodeIndex, _ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        do throws(SQLError) {
            return try body()
        } catch {
            throw error.at(position(index))
        }
    }

    /// Every recursive rule calls this; a statement too deep for the stack is refused.
    @inline(__always)
    func enter() throws(SQLError) {
        var marker: UInt8 = 0
        let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
        if here < stackLimit {
            throw SQLError(
                .statementTooComplex,
                "stack depth limit exceeded",
                hint: "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), "
                    + "after ensuring the platform's stack depth limit is adequate."
            )
        }
    }

    // MARK: names

    /// The parts of a qualified name.
    func nameParts(_ index: NodeIndex) -> [String] {
        let node = tree[index]
        var parts = [tree.string(node.a, node.b)]
        for (_, part) in tree.list(node.c) { parts.append(tree.string(part.a, part.b)) }
        return parts
    }

    /// Splits `[database.][schema.]name`; a foreign database is refused.
    func splitName(_ index: NodeIndex) throws(SQLError) -> (schema: String?, name: String) {
        let parts = nameParts(index)
        switch parts.count {
        case 1: return (nil, parts[0])
        case 2: return (parts[0], parts[1])
        case 3:
            guard parts[0] == environment.databaseName else {
                throw fail(
                    .featureNotSupported,
                    "cross-database references are not implemented: \"\(parts.joined(separator: "."))\"",
                    at: index
                )
            }
            return (parts[1], parts[2])
        default:
            throw fail(
                .syntaxError,
                "improper qualified name (too many dotted names): \(parts.joined(separator: "."))",
                at: index
            )
        }
    }

    enum FoundRelation {
        case user(CatalogState.Relation)
        case system(SystemRelation)
    }

    /// Looks a relation up: in its schema, or along the search path with pg_catalog first.
    func findRelation(_ index: NodeIndex) throws(SQLError) -> FoundRelation? {
        let (schema, name) = try splitName(index)
        return try locating(index) { () throws(SQLError) in try findRelation(schema: schema, name: name) }
    }

    func findRelation(schema: String?, name: String) throws(SQLError) -> FoundRelation? {
        RelationLookup.find(schema: schema, name: name, catalog, database, environment.searchPath)
    }

    func undefinedTable(_ index: NodeIndex) -> SQLError {
        fail(.undefinedTable, "relation \"\(nameParts(index).joined(separator: "."))\" does not exist", at: index)
    }

    /// A user table; errors for everything else. Queries point at the name of a missing table, other commands do not.
    func table(_ index: NodeIndex, isLocated: Bool = false) throws(SQLError) -> Table {
        switch try findRelation(index) {
        case .user(.table(let table)): return table
        case .user(.index(let index2)):
            throw fail(.wrongObjectType, "\"\(index2.name)\" is an index", at: index)
        case .user(.sequence(let sequence)):
            throw SQLError(
                .wrongObjectType,
                "cannot open relation \"\(sequence.name)\"",
                detail: "This operation is not supported for sequences."
            )
        case .system(let system):
            throw fail(.insufficientPrivilege, "permission denied: \"\(system.name)\" is a system catalog", at: index)
        case nil:
            if isLocated { throw undefinedTable(index) }
            throw SQLError(.undefinedTable, "relation \"\(nameParts(index).joined(separator: "."))\" does not exist")
        }
    }

    /// The schema in which `CREATE … name` makes the object.
    func creationSchema(_ index: NodeIndex, isTemporary: Bool) throws(SQLError) -> (schema: OID, name: String) {
        let (schemaName, name) = try splitName(index)
        if let schemaName {
            guard let schema = catalog.schema(named: schemaName, in: database) else {
                throw fail(.invalidSchemaName, "schema \"\(schemaName)\" does not exist", at: index)
            }
            if schema.oid == .pgCatalogSchema {
                throw SQLError(
                    .insufficientPrivilege,
                    "permission denied to create \"pg_catalog.\(name)\"",
                    detail: "System catalog modifications are currently disallowed."
                )
            }
            return (schema.oid, name)
        }
        if isTemporary, let schema = catalog.schema(named: "pg_temp_\(environment.backendProcessID)", in: database) {
            return (schema.oid, name)
        }
        for candidate in environment.searchPath {
            if let schema = catalog.schema(named: candidate, in: database), schema.oid != .pgCatalogSchema {
                return (schema.oid, name)
            }
        }
        throw SQLError(.invalidSchemaName, "no schema has been selected to create in")
    }

    // MARK: types

    func type(_ index: NodeIndex) throws(SQLError) -> SQLType {
        try enter()
        let node = tree[index]
        guard !node.flags.contains(.special) else { throw unsupported("SETOF", at: index) }
        guard !node.flags.contains(.all) else { throw unsupported("%TYPE", at: index) }
        let (schema, name) = try splitName(node.a)
        guard let info = findType(schema: schema, name: name) else {
            let shown = nameParts(node.a).joined(separator: ".")
            throw fail(.undefinedObject, "type \"\(shown)\" does not exist", at: index)
        }
        var result = SQLType(oid: info.oid)
        if node.b != 0 { result.modifier = try typeModifier(info, node.b, at: index) }
        if node.c > 0 {
            guard let array = result.arrayType else {
                throw fail(
                    .undefinedObject,
                    "could not find array type for data type \(result.sqlName)",
                    at: index
                )
            }
            return array
        }
        return result
    }

    func findType(schema: String?, name: String) -> TypeInfo? {
        if let schema, schema != "pg_catalog" { return nil }
        if let info = TypeInfo.find(name: name) { return info }
        return nil
    }

    private func typeModifier(_ info: TypeInfo, _ list: NodeIndex, at index: NodeIndex) throws(SQLError) -> Int32 {
        if tree[list].kind == .intervalFields { return intervalModifier(tree[list]) }
        var numbers: [Int64] = []
        for (item, node) in tree.list(list) {
            switch node.kind {
            case .integerLiteral, .numericLiteral:
                guard let number = Int64(tree.string(node.a, node.b)) else {
                    throw fail(
                        .invalidParameterValue,
                        "type modifiers must be simple constants or identifiers",
                        at: item
                    )
                }
                numbers.append(number)
            case .operation where node.a == 0:
                let text = tree.string(tree[node.b].a, tree[node.b].b)
                guard let number = Int64(text) else {
                    throw fail(.syntaxError, "type modifiers must be simple constants or identifiers", at: item)
                }
                numbers.append(tree.string(node.c) == "-" ? -number : number)
            default:
                throw fail(.syntaxError, "type modifiers must be simple constants or identifiers", at: item)
            }
        }
        switch info.oid {
        case .varchar, .bpchar:
            let name = info.oid == .varchar ? "varchar" : "char"
            guard numbers.count == 1 else { throw fail(.invalidParameterValue, "invalid type modifier", at: index) }
            if numbers[0] < 1 {
                throw fail(.invalidParameterValue, "length for type \(name) must be at least 1", at: index)
            }
            if numbers[0] > 10_485_760 {
                throw fail(.invalidParameterValue, "length for type \(name) cannot exceed 10485760", at: index)
            }
            return Int32(numbers[0]) + 4
        case .numeric:
            guard (1...2).contains(numbers.count) else {
                throw fail(.invalidParameterValue, "invalid NUMERIC type modifier", at: index)
            }
            guard (1...1000).contains(numbers[0]) else {
                throw fail(
                    .invalidParameterValue,
                    "NUMERIC precision \(numbers[0]) must be between 1 and 1000",
                    at: index
                )
            }
            let scale = numbers.count > 1 ? numbers[1] : 0
            guard (-1000...1000).contains(scale) else {
                throw fail(.invalidParameterValue, "NUMERIC scale \(scale) must be between -1000 and 1000", at: index)
            }
            return SQLType.numeric(precision: Int32(numbers[0]), scale: Int32(scale)).modifier
        case .time, .timestamp, .timestamptz:
            guard numbers.count == 1, numbers[0] >= 0 else {
                throw fail(.invalidParameterValue, "invalid type modifier", at: index)
            }
            return Int32(min(numbers[0], 6))
        case .interval:
            guard numbers.count == 1, numbers[0] >= 0 else {
                throw fail(.invalidParameterValue, "invalid INTERVAL type modifier", at: index)
            }
            return Int32(0x7FFF) << 16 | Int32(min(numbers[0], 6))
        default:
            throw fail(
                .syntaxError,
                "type modifier is not allowed for type \"\(info.name)\"",
                at: index
            )
        }
    }

    private func intervalModifier(_ node: Node) -> Int32 {
        func bit(_ raw: UInt32) -> Int32 {
            switch Keyword(rawValue: UInt16(truncatingIfNeeded: raw)) {
            case .month: 1 << 1
            case .year: 1 << 2
            case .day: 1 << 3
            case .hour: 1 << 10
            case .minute: 1 << 11
            case .second: 1 << 12
            default: 0
            }
        }
        let order: [Int32] = [1 << 2, 1 << 1, 1 << 3, 1 << 10, 1 << 11, 1 << 12]
        let first = bit(node.a)
        let last = node.b == 0 ? first : bit(node.b)
        var mask: Int32 = 0
        var isInside = false
        for field in order {
            if field == first { isInside = true }
            if isInside { mask |= field }
            if field == last { break }
        }
        let digits: Int32 = node.c == 0 ? 0xFFFF : Int32(min(node.c - 1, 6))
        return mask << 16 | digits
    }
}

/// Finding relations by name, for the binder and for regclass input.
enum RelationLookup {
    static func find(
        schema: String?,
        name: String,
        _ catalog: CatalogState,
        _ database: OID,
        _ searchPath: [String]
    ) -> Binder.FoundRelation? {
        if let schema {
            if schema == "pg_catalog" || schema == "information_schema" {
                return SystemCatalog.shared.relation(named: name, schema: schema).map { .system($0) }
            }
            guard let found = catalog.schema(named: schema, in: database) else { return nil }
            return catalog.relation(named: name, in: found.oid).map { .user($0) }
        }
        if !searchPath.contains("pg_catalog"),
            let system = SystemCatalog.shared.relation(named: name, schema: "pg_catalog")
        {
            return .system(system)
        }
        for candidate in searchPath {
            if candidate == "pg_catalog" || candidate == "information_schema" {
                if let system = SystemCatalog.shared.relation(named: name, schema: candidate) { return .system(system) }
            } else if let schema = catalog.schema(named: candidate, in: database),
                let relation = catalog.relation(named: name, in: schema.oid)
            {
                return .user(relation)
            }
        }
        return nil
    }
}
