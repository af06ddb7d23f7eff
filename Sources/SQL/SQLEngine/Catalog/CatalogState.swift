import SQLTypes

/// All catalog objects at one moment: a value, cheap to copy, that statements look names up in.
///
/// The server has one committed state (`CatalogStore`). A transaction that runs DDL works on its own copy, made of the
/// committed state and its list of changes (`CatalogTransaction`): others see nothing of it before commit, and a
/// rollback simply forgets the list.
/// Built-in relations (pg_catalog, information_schema) are not in here: see `SystemCatalog`.
public struct CatalogState: Sendable {
    /// Grows with every change; equal versions of one server mean equal contents.
    public internal(set) var version: UInt64 = 1
    public internal(set) var databases: [OID: Database] = [:]
    public internal(set) var roles: [OID: Role] = [:]
    public internal(set) var schemas: [OID: Schema] = [:]
    public internal(set) var relations: [OID: Relation] = [:]
    var databaseNames: [String: OID] = [:]
    var roleNames: [String: OID] = [:]
    var schemaNames: [ScopedName: OID] = [:]
    var relationNames: [ScopedName: OID] = [:]
    /// Indexes of each table, in order of their OIDs.
    var indexesOfTable: [OID: [OID]] = [:]
    public internal(set) var comments: [CommentKey: String] = [:]

    struct ScopedName: Hashable, Sendable {
        /// The database of a schema, the schema of a relation.
        var scope: OID
        var name: String
    }

    public struct CommentKey: Hashable, Sendable {
        public var catalog: OID
        public var object: OID
        public var subobject: Int32
    }

    public enum Relation: Sendable {
        case table(Table)
        case index(Index)
        case sequence(SequenceRelation)

        public var oid: OID {
            switch self {
            case .table(let table): table.oid
            case .index(let index): index.oid
            case .sequence(let sequence): sequence.oid
            }
        }
        public var name: String {
            switch self {
            case .table(let table): table.name
            case .index(let index): index.name
            case .sequence(let sequence): sequence.name
            }
        }
        public var schema: OID {
            switch self {
            case .table(let table): table.schema
            case .index(let index): index.schema
            case .sequence(let sequence): sequence.schema
            }
        }
        public var owner: String {
            switch self {
            case .table(let table): table.owner
            case .index(let index): index.owner
            case .sequence(let sequence): sequence.owner
            }
        }
        /// pg_class.relkind
        public var kind: String {
            switch self {
            case .table: "r"
            case .index: "i"
            case .sequence: "S"
            }
        }
    }

    // MARK: look-up

    public func database(named name: String) -> Database? { databaseNames[name].flatMap { databases[$0] } }
    public func role(named name: String) -> Role? { roleNames[name].flatMap { roles[$0] } }

    /// A schema of a database; pg_catalog and information_schema are in every one.
    public func schema(named name: String, in database: OID) -> Schema? {
        schemaNames[ScopedName(scope: database, name: name)].flatMap { schemas[$0] }
            ?? schemaNames[ScopedName(scope: 0, name: name)].flatMap { schemas[$0] }
    }

    public func relation(named name: String, in schema: OID) -> Relation? {
        relationNames[ScopedName(scope: schema, name: name)].flatMap { relations[$0] }
    }

    public func table(_ oid: OID) -> Table? {
        if case .table(let table)? = relations[oid] { table } else { nil }
    }
    public func index(_ oid: OID) -> Index? {
        if case .index(let index)? = relations[oid] { index } else { nil }
    }
    public func sequence(_ oid: OID) -> SequenceRelation? {
        if case .sequence(let sequence)? = relations[oid] { sequence } else { nil }
    }

    /// The indexes of a table, in order of creation.
    public func indexes(of table: OID) -> [Index] { (indexesOfTable[table] ?? []).compactMap { index($0) } }

    /// Sequences that belong to a column of the table.
    public func sequences(of table: OID) -> [SequenceRelation] {
        relations.values.compactMap {
            if case .sequence(let sequence) = $0, sequence.ownerTable == table { sequence } else { nil }
        }
    }

    /// The tables of one schema.
    public func tables(in schema: OID) -> [Table] {
        relations.values.compactMap { if case .table(let table) = $0, table.schema == schema { table } else { nil } }
            .sorted { $0.oid < $1.oid }
    }

    // MARK: change

    mutating func put(_ relation: Relation) {
        version &+= 1
        if let old = relations[relation.oid] {
            relationNames[ScopedName(scope: old.schema, name: old.name)] = nil
        } else if case .index(let index) = relation {
            indexesOfTable[index.table, default: []].append(index.oid)
        }
        relations[relation.oid] = relation
        relationNames[ScopedName(scope: relation.schema, name: relation.name)] = relation.oid
    }

    mutating func removeRelation(_ oid: OID) {
        version &+= 1
        guard let old = relations.removeValue(forKey: oid) else { return }
        relationNames[ScopedName(scope: old.schema, name: old.name)] = nil
        if case .index(let index) = old { indexesOfTable[index.table]?.removeAll { $0 == oid } }
        if case .table = old { indexesOfTable[oid] = nil }
    }

    mutating func put(_ schema: Schema) {
        version &+= 1
        if let old = schemas[schema.oid] { schemaNames[ScopedName(scope: old.database, name: old.name)] = nil }
        schemas[schema.oid] = schema
        schemaNames[ScopedName(scope: schema.database, name: schema.name)] = schema.oid
    }

    mutating func removeSchema(_ oid: OID) {
        version &+= 1
        guard let old = schemas.removeValue(forKey: oid) else { return }
        schemaNames[ScopedName(scope: old.database, name: old.name)] = nil
    }

    mutating func put(_ database: Database) {
        version &+= 1
        if let old = databases[database.oid] { databaseNames[old.name] = nil }
        databases[database.oid] = database
        databaseNames[database.name] = database.oid
    }

    mutating func removeDatabase(_ oid: OID) {
        version &+= 1
        guard let old = databases.removeValue(forKey: oid) else { return }
        databaseNames[old.name] = nil
        for schema in schemas.values where schema.database == oid {
            for relation in relations.values where relation.schema == schema.oid { removeRelation(relation.oid) }
            removeSchema(schema.oid)
        }
    }

    mutating func put(_ role: Role) {
        version &+= 1
        if let old = roles[role.oid] { roleNames[old.name] = nil }
        roles[role.oid] = role
        roleNames[role.name] = role.oid
    }

    mutating func removeRole(_ oid: OID) {
        version &+= 1
        guard let old = roles.removeValue(forKey: oid) else { return }
        roleNames[old.name] = nil
    }

    mutating func setComment(_ key: CommentKey, _ text: String?) {
        version &+= 1
        comments[key] = text
    }
}

/// Fixed OIDs, PostgreSQL's.
extension OID {
    public static let pgCatalogSchema: OID = 11
    public static let pgToastSchema: OID = 99
    public static let publicSchema: OID = 2200
    public static let informationSchema: OID = 13_184
    public static let bootstrapSuperuser: OID = 10
    public static let template1Database: OID = 1
    public static let template0Database: OID = 4
    public static let postgresDatabase: OID = 5
    public static let pgClass: OID = 1259
    public static let pgNamespace: OID = 2615
    public static let pgType: OID = 1247
    public static let pgDatabase: OID = 1262
    public static let pgConstraintCatalog: OID = 2606
}
