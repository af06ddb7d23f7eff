import SQLTypes

/// The rows of the catalog relations that this server fills.
enum SystemRows {
    typealias Row = [String: Value]

    private static func text(_ value: String) -> Value { .string(value) }
    private static func oid(_ value: OID) -> Value { .int(Int64(value)) }
    private static func int(_ value: Int) -> Value { .int(Int64(value)) }

    /// Objects of the session's database.
    private static func relations(_ environment: any EvaluationEnvironment) -> [CatalogState.Relation] {
        let catalog = environment.catalog
        return catalog.relations.values.filter { relation in
            catalog.schemas[relation.schema].map { $0.database == environment.database } ?? false
        }.sorted { $0.oid < $1.oid }
    }

    private static func tables(_ environment: any EvaluationEnvironment) -> [Table] {
        relations(environment).compactMap { if case .table(let table) = $0 { table } else { nil } }
    }

    private static func owner(_ name: String, _ catalog: CatalogState) -> Value {
        if name == "pg_database_owner" { return oid(6171) }
        return oid(catalog.role(named: name)?.oid ?? .bootstrapSuperuser)
    }

    private static func names(_ values: [Int], _ type: SQLType = .int2) -> Value {
        .array(SQLArray(elementType: type, values.map { .int(Int64($0)) }))
    }

    /// int2vector and oidvector count from 0.
    private static func vector(_ values: [Int], _ element: SQLType) -> Value {
        var array = SQLArray(elementType: element, values.map { .int(Int64($0)) })
        if !array.dimensions.isEmpty { array.dimensions[0].lowerBound = 0 }
        return .array(array)
    }

    /// Collects the providers by qualified name.
    private struct Providers {
        var rows: [String: SystemCatalog.NamedRows] = [:]
        mutating func add(_ name: String, _ body: @escaping SystemCatalog.NamedRows) { rows[name] = body }
    }

    static let providers: [String: SystemCatalog.NamedRows] = {
        var table = Providers()
        table.add("pg_catalog.pg_namespace") { (environment) throws(SQLError) in
            environment.catalog.schemas.values
                .filter { $0.database == 0 || $0.database == environment.database }
                .sorted { $0.oid < $1.oid }
                .map { schema in
                    [
                        "oid": oid(schema.oid), "nspname": text(schema.name),
                        "nspowner": owner(schema.owner, environment.catalog),
                    ]
                }
        }
        table.add("pg_catalog.pg_class") { (environment) throws(SQLError) in classRows(environment) }
        table.add("pg_catalog.pg_attribute") { (environment) throws(SQLError) in attributeRows(environment) }
        table.add("pg_catalog.pg_attrdef") { (environment) throws(SQLError) in
            tables(environment).flatMap { table in
                table.columns.enumerated().compactMap { number, column -> Row? in
                    guard let shown = column.defaultText else { return nil }
                    return [
                        "oid": oid(table.oid), "adrelid": oid(table.oid), "adnum": int(number + 1),
                        "adbin": text(shown),
                    ]
                }
            }
        }
        table.add("pg_catalog.pg_type") { (_) throws(SQLError) in typeRows() }
        table.add("pg_catalog.pg_index") { (environment) throws(SQLError) in
            relations(environment).compactMap { relation -> Row? in
                guard case .index(let index) = relation else { return nil }
                return [
                    "indexrelid": oid(index.oid), "indrelid": oid(index.table),
                    "indnatts": int(index.keys.count + index.includedColumns.count),
                    "indnkeyatts": int(index.keys.count),
                    "indisunique": .bool(index.isUnique), "indisprimary": .bool(index.isPrimary),
                    "indimmediate": .bool(true), "indisvalid": .bool(true), "indisready": .bool(true),
                    "indislive": .bool(true),
                    "indkey": vector(
                        index.keys.map { ($0.column ?? -1) + 1 } + index.includedColumns.map { $0 + 1 },
                        .int2
                    ),
                    "indcollation": vector(index.keys.map { Int($0.type.info?.collationOID ?? 0) }, .oid),
                    "indclass": vector(index.keys.map { _ in 1978 }, .oid),
                    "indoption": vector(
                        index.keys.map { ($0.isDescending ? 1 : 0) | ($0.nullsFirst ? 2 : 0) },
                        .int2
                    ),
                    "indexprs": index.keys.contains { $0.column == nil }
                        ? text(index.keys.compactMap { $0.expressionText }.joined(separator: ", ")) : .null,
                    "indpred": index.predicateText.map { text($0) } ?? .null,
                ]
            }
        }
        table.add("pg_catalog.pg_constraint") { (environment) throws(SQLError) in
            tables(environment).flatMap { table in table.constraints.map { constraintRow($0, table) } }
        }
        table.add("pg_catalog.pg_database") { (environment) throws(SQLError) in
            environment.catalog.databases.values.sorted { $0.oid < $1.oid }.map { database in
                [
                    "oid": oid(database.oid), "datname": text(database.name),
                    "datdba": owner(database.owner, environment.catalog), "encoding": .int(6),
                    "datlocprovider": text("c"),
                    "datistemplate": .bool(database.isTemplate), "datallowconn": .bool(database.allowsConnections),
                    "datconnlimit": .int(-1), "dattablespace": .int(1663), "datcollate": text("C"),
                    "datctype": text("C"),
                ]
            }
        }
        for name in ["pg_authid", "pg_roles", "pg_user", "pg_shadow"] {
            table.add("pg_catalog.\(name)") { (environment) throws(SQLError) in
                environment.catalog.roles.values.sorted { $0.oid < $1.oid }
                    .filter { name != "pg_user" && name != "pg_shadow" || $0.canLogin }
                    .map { role in
                        [
                            "oid": oid(role.oid), "rolname": text(role.name), "rolsuper": .bool(role.isSuperuser),
                            "rolinherit": .bool(role.inherits), "rolcreaterole": .bool(role.canCreateRole),
                            "rolcreatedb": .bool(role.canCreateDatabase), "rolcanlogin": .bool(role.canLogin),
                            "rolreplication": .bool(role.isReplication),
                            "rolbypassrls": .bool(role.bypassesRowSecurity),
                            "rolconnlimit": .int(Int64(role.connectionLimit)), "rolpassword": text("********"),
                            "usename": text(role.name), "usesysid": oid(role.oid),
                            "usecreatedb": .bool(role.canCreateDatabase), "usesuper": .bool(role.isSuperuser),
                            "userepl": .bool(role.isReplication), "usebypassrls": .bool(role.bypassesRowSecurity),
                            "passwd": text("********"),
                        ]
                    }
            }
        }
        table.add("pg_catalog.pg_tables") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            let own: [Row] = tables(environment).map { table in
                [
                    "schemaname": text(catalog.schemas[table.schema]?.name ?? ""), "tablename": text(table.name),
                    "tableowner": text(table.owner), "hasindexes": .bool(!catalog.indexes(of: table.oid).isEmpty),
                ]
            }
            let system: [Row] = SystemCatalog.shared.relations.filter { !$0.isView }.map { relation in
                [
                    "schemaname": text(relation.schema == .pgCatalogSchema ? "pg_catalog" : "information_schema"),
                    "tablename": text(relation.name),
                    "tableowner": text(catalog.roles[.bootstrapSuperuser]?.name ?? "postgres"),
                    "hasindexes": .bool(true),
                ]
            }
            return own + system
        }
        table.add("pg_catalog.pg_indexes") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            return relations(environment).compactMap { relation -> Row? in
                guard case .index(let index) = relation, let table = catalog.table(index.table) else { return nil }
                return [
                    "schemaname": text(catalog.schemas[index.schema]?.name ?? ""), "tablename": text(table.name),
                    "indexname": text(index.name), "indexdef": text(Definitions.index(index, catalog, environment)),
                ]
            }
        }
        table.add("pg_catalog.pg_settings") { (environment) throws(SQLError) in
            environment.allParameters.map { parameter in
                [
                    "name": text(parameter.name), "setting": text(parameter.value),
                    "category": text("Customized Options"),
                    "short_desc": text(""), "context": text("user"), "vartype": text("string"),
                    "source": text("default"),
                    "boot_val": text(parameter.value), "reset_val": text(parameter.value),
                ]
            }
        }
        table.add("pg_catalog.pg_proc") { (_) throws(SQLError) in
            FunctionCatalog.shared.byOID.values.sorted { $0.oid < $1.oid }.map { function in
                let kind: String
                let returnsSet: Bool
                switch function.kind {
                case .aggregate: (kind, returnsSet) = ("a", false)
                case .setReturning: (kind, returnsSet) = ("f", true)
                case .scalar: (kind, returnsSet) = (function.isWindow ? "w" : "f", false)
                }
                return [
                    "oid": oid(function.oid), "proname": text(function.name), "pronamespace": oid(.pgCatalogSchema),
                    "proowner": oid(.bootstrapSuperuser), "prolang": .int(12), "procost": .float(1),
                    "prokind": text(kind), "proisstrict": .bool(function.isStrict), "proretset": .bool(returnsSet),
                    "provolatile": text(
                        function.volatility == .immutable ? "i" : function.volatility == .stable ? "s" : "v"
                    ),
                    "proparallel": text("s"), "pronargs": int(function.arguments.count),
                    "pronargdefaults": int(function.defaults.count), "prorettype": oid(function.result),
                    "proargtypes": vector(function.arguments.map { Int($0) }, .oid), "prosrc": text(function.name),
                ]
            }
        }
        table.add("pg_catalog.pg_am") { (_) throws(SQLError) in
            [(2, "heap", "t"), (403, "btree", "i"), (405, "hash", "i")].map { (number, name, kind) in
                ["oid": .int(number), "amname": text(name), "amtype": text(kind)]
            }
        }
        table.add("pg_catalog.pg_collation") { (_) throws(SQLError) in
            [(100, "default", "d"), (950, "C", "c"), (951, "POSIX", "c")].map { (number, name, provider) in
                [
                    "oid": .int(number), "collname": text(name), "collnamespace": oid(.pgCatalogSchema),
                    "collowner": oid(.bootstrapSuperuser), "collprovider": text(provider),
                    "collisdeterministic": .bool(true), "collencoding": .int(-1),
                    "collcollate": name == "default" ? .null : text(name),
                    "collctype": name == "default" ? .null : text(name),
                ]
            }
        }
        table.add("pg_catalog.pg_tablespace") { (_) throws(SQLError) in
            [(1663, "pg_default"), (1664, "pg_global")].map { (number, name) in
                ["oid": .int(number), "spcname": text(name), "spcowner": oid(.bootstrapSuperuser)]
            }
        }
        table.add("pg_catalog.pg_description") { (environment) throws(SQLError) in
            environment.catalog.comments.filter { $0.key.catalog != .pgDatabase }.map { key, comment in
                [
                    "objoid": oid(key.object), "classoid": oid(key.catalog), "objsubid": .int(Int64(key.subobject)),
                    "description": text(comment),
                ]
            }
        }
        table.add("pg_catalog.pg_shdescription") { (environment) throws(SQLError) in
            environment.catalog.comments.filter { $0.key.catalog == .pgDatabase }.map { key, comment in
                ["objoid": oid(key.object), "classoid": oid(key.catalog), "description": text(comment)]
            }
        }
        table.add("pg_catalog.pg_cast") { (_) throws(SQLError) in
            FunctionCatalog.shared.allCasts.enumerated().map { number, cast in
                let function: OID
                let method: String
                switch cast.method {
                case .function(let found): (function, method) = (found.oid, "f")
                case .relabel: (function, method) = (0, "b")
                case .textForm: (function, method) = (0, "i")
                }
                return [
                    "oid": int(10_000 + number), "castsource": oid(cast.source), "casttarget": oid(cast.target),
                    "castfunc": oid(function), "castmethod": text(method),
                    "castcontext": text(cast.context == .implicit ? "i" : cast.context == .assignment ? "a" : "e"),
                ]
            }
        }
        table.add("pg_catalog.pg_operator") { (_) throws(SQLError) in
            FunctionCatalog.shared.allOperators.map { found in
                [
                    "oid": oid(found.oid), "oprname": text(found.name), "oprnamespace": oid(.pgCatalogSchema),
                    "oprowner": oid(.bootstrapSuperuser), "oprkind": text(found.left == 0 ? "l" : "b"),
                    "oprleft": oid(found.left), "oprright": oid(found.right), "oprresult": oid(found.result),
                    "oprcode": oid(found.function.oid),
                ]
            }
        }
        table.add("pg_catalog.pg_language") { (_) throws(SQLError) in
            [(12, "internal"), (13, "c"), (14, "sql")].map { (number, name) in
                ["oid": .int(number), "lanname": text(name), "lanowner": oid(.bootstrapSuperuser)]
            }
        }
        table.add("pg_catalog.pg_opclass") { (_) throws(SQLError) in
            [
                [
                    "oid": .int(1978), "opcmethod": .int(403), "opcname": text("int4_ops"), "opcdefault": .bool(true),
                    "opcintype": .int(23),
                ]
            ]
        }
        for name in ["pg_sequence", "pg_sequences"] {
            table.add("pg_catalog.\(name)") { (environment) throws(SQLError) in
                relations(environment).compactMap { relation -> Row? in
                    guard case .sequence(let sequence) = relation else { return nil }
                    return [
                        "seqrelid": oid(sequence.oid), "seqtypid": oid(sequence.type), "seqstart": .int(sequence.start),
                        "seqincrement": .int(sequence.increment), "seqmax": .int(sequence.maximum),
                        "seqmin": .int(sequence.minimum), "seqcache": .int(1), "seqcycle": .bool(sequence.cycles),
                        "schemaname": text(environment.catalog.schemas[sequence.schema]?.name ?? ""),
                        "sequencename": text(sequence.name), "sequenceowner": text(sequence.owner),
                        "data_type": oid(sequence.type), "start_value": .int(sequence.start),
                        "min_value": .int(sequence.minimum), "max_value": .int(sequence.maximum),
                        "increment_by": .int(sequence.increment), "cycle": .bool(sequence.cycles),
                        "cache_size": .int(1),
                        "last_value": sequence.counter.isCalled ? .int(sequence.counter.lastValue) : .null,
                    ]
                }
            }
        }
        table.add("pg_catalog.pg_stat_activity") { (environment) throws(SQLError) in
            environment.activity.map { entry in
                [
                    "datid": oid(environment.catalog.database(named: entry.database)?.oid ?? 0),
                    "datname": text(entry.database), "pid": .int(Int64(entry.pid)), "usename": text(entry.user),
                    "application_name": text(entry.application), "state": text(entry.state), "query": text(entry.query),
                    "backend_type": text("client backend"),
                ]
            }
        }
        table.add("information_schema.tables") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            let own: [Row] = tables(environment).map { table in
                [
                    "table_catalog": text(environment.databaseName),
                    "table_schema": text(catalog.schemas[table.schema]?.name ?? ""), "table_name": text(table.name),
                    "table_type": text(table.isTemporary ? "LOCAL TEMPORARY" : "BASE TABLE"),
                    "is_insertable_into": text("YES"), "is_typed": text("NO"),
                ]
            }
            let system: [Row] = SystemCatalog.shared.relations.map { relation in
                [
                    "table_catalog": text(environment.databaseName),
                    "table_schema": text(relation.schema == .pgCatalogSchema ? "pg_catalog" : "information_schema"),
                    "table_name": text(relation.name), "table_type": text(relation.isView ? "VIEW" : "BASE TABLE"),
                    "is_insertable_into": text(relation.isView ? "NO" : "YES"), "is_typed": text("NO"),
                ]
            }
            return own + system
        }
        table.add("information_schema.columns") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            return tables(environment).flatMap { table in
                table.columns.enumerated().filter { !$0.element.isDropped }.map { number, column in
                    columnRow(
                        number,
                        column,
                        table: table.name,
                        schema: catalog.schemas[table.schema]?.name ?? "",
                        environment
                    )
                }
            }
        }
        table.add("information_schema.schemata") { (environment) throws(SQLError) in
            environment.catalog.schemas.values
                .filter { $0.database == 0 || $0.database == environment.database }
                .sorted { $0.oid < $1.oid }
                .map { schema in
                    [
                        "catalog_name": text(environment.databaseName), "schema_name": text(schema.name),
                        "schema_owner": text(schema.owner),
                    ]
                }
        }
        table.add("information_schema.table_constraints") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            return tables(environment).flatMap { table in
                table.constraints.map { constraint in
                    let kind: String =
                        switch constraint.kind {
                        case .primaryKey: "PRIMARY KEY"
                        case .unique: "UNIQUE"
                        case .check: "CHECK"
                        case .foreignKey: "FOREIGN KEY"
                        }
                    let schema = text(catalog.schemas[table.schema]?.name ?? "")
                    return [
                        "constraint_catalog": text(environment.databaseName), "constraint_schema": schema,
                        "constraint_name": text(constraint.name), "table_catalog": text(environment.databaseName),
                        "table_schema": schema, "table_name": text(table.name), "constraint_type": text(kind),
                        "is_deferrable": text(constraint.isDeferrable ? "YES" : "NO"),
                        "initially_deferred": text(constraint.isInitiallyDeferred ? "YES" : "NO"),
                        "enforced": text("YES"),
                    ]
                }
            }
        }
        table.add("information_schema.key_column_usage") { (environment) throws(SQLError) in
            let catalog = environment.catalog
            return tables(environment).flatMap { table in
                table.constraints.filter { $0.kind != .check }.flatMap { constraint in
                    constraint.columns.enumerated().map { position, column in
                        let schema = text(catalog.schemas[table.schema]?.name ?? "")
                        return [
                            "constraint_catalog": text(environment.databaseName), "constraint_schema": schema,
                            "constraint_name": text(constraint.name), "table_catalog": text(environment.databaseName),
                            "table_schema": schema, "table_name": text(table.name),
                            "column_name": text(table.columns[column].name), "ordinal_position": int(position + 1),
                        ]
                    }
                }
            }
        }
        return table.rows
    }()

    // MARK: the larger ones

    private static func classRows(_ environment: any EvaluationEnvironment) -> [Row] {
        let catalog = environment.catalog
        var rows: [Row] = relations(environment).map { relation in
            var row: Row = [
                "oid": oid(relation.oid), "relname": text(relation.name), "relnamespace": oid(relation.schema),
                "relowner": owner(relation.owner, catalog), "relfilenode": oid(relation.oid),
                "relkind": text(relation.kind),
                "relpersistence": text("p"), "relreplident": text("d"), "relispopulated": .bool(true),
            ]
            switch relation {
            case .table(let table):
                row["relam"] = .int(2)
                row["reltuples"] = .float(environment.rowEstimate(of: table.oid))
                row["relpages"] = .int(environment.storageSize(of: table.oid) / 8192)
                row["relhasindex"] = .bool(!catalog.indexes(of: table.oid).isEmpty)
                row["relnatts"] = int(table.columns.count)
                row["relchecks"] = int(table.constraints.filter { $0.kind == .check }.count)
                row["relpersistence"] = text(table.isTemporary ? "t" : table.isUnlogged ? "u" : "p")
                if !table.options.isEmpty {
                    row["reloptions"] = .array(
                        SQLArray(elementType: .text, table.options.map { text("\($0.name)=\($0.value)") })
                    )
                }
            case .index(let index):
                row["relam"] = .int(index.method == "hash" ? 405 : 403)
                row["relnatts"] = int(index.keys.count + index.includedColumns.count)
                row["relreplident"] = text("n")
            case .sequence:
                row["relnatts"] = .int(3)
                row["reltuples"] = .float(1)
                row["relreplident"] = text("n")
            }
            return row
        }
        for relation in SystemCatalog.shared.relations {
            rows.append([
                "oid": oid(relation.oid), "relname": text(relation.name), "relnamespace": oid(relation.schema),
                "relowner": oid(.bootstrapSuperuser), "relfilenode": oid(relation.oid),
                "relkind": text(relation.isView ? "v" : "r"), "relpersistence": text("p"), "relreplident": text("n"),
                "relispopulated": .bool(true), "relnatts": int(relation.columns.count),
                "relam": .int(relation.isView ? 0 : 2),
                "reltuples": .float(-1),
            ])
        }
        return rows
    }

    private static func attribute(_ relation: OID, _ number: Int, _ name: String, _ type: SQLType) -> Row {
        let info = type.info
        return [
            "attrelid": oid(relation), "attname": text(name), "atttypid": oid(type.oid), "attstattarget": .int(-1),
            "attlen": .int(Int64(type.length)), "attnum": int(number), "attcacheoff": .int(-1),
            "atttypmod": .int(Int64(type.modifier)), "attbyval": .bool(info?.isPassedByValue ?? false),
            "attalign": text(String(info?.alignment ?? "i")), "attstorage": text(String(info?.storage ?? "p")),
            "attislocal": .bool(true), "attcollation": oid(info?.collationOID ?? 0),
            "attndims": .int(type.isArray ? 1 : 0),
        ]
    }

    private static func attributeRows(_ environment: any EvaluationEnvironment) -> [Row] {
        var rows: [Row] = []
        for relation in relations(environment) {
            switch relation {
            case .table(let table):
                for (number, column) in table.columns.enumerated() {
                    var row = attribute(table.oid, number + 1, column.name, column.type)
                    row["attnotnull"] = .bool(column.isNotNull)
                    row["atthasdef"] = .bool(column.defaultText != nil)
                    row["attisdropped"] = .bool(column.isDropped)
                    if column.isDropped { row["atttypid"] = .int(0) }
                    if let identity = column.identity { row["attidentity"] = text(String(identity)) }
                    rows.append(row)
                }
                for (number, name, type) in [
                    (-1, "ctid", OID.tid), (-2, "xmin", .xid), (-3, "cmin", .cid), (-4, "xmax", .xid),
                    (-5, "cmax", .cid),
                    (-6, "tableoid", .oid),
                ] {
                    var row = attribute(table.oid, number, name, SQLType(oid: type))
                    row["attnotnull"] = .bool(true)
                    rows.append(row)
                }
            case .index(let index):
                guard let table = environment.catalog.table(index.table) else { continue }
                for (number, key) in index.keys.enumerated() {
                    rows.append(
                        attribute(index.oid, number + 1, key.column.map { table.columns[$0].name } ?? "expr", key.type)
                    )
                }
                for (number, column) in index.includedColumns.enumerated() {
                    rows.append(
                        attribute(
                            index.oid,
                            index.keys.count + number + 1,
                            table.columns[column].name,
                            table.columns[column].type
                        )
                    )
                }
            case .sequence(let sequence):
                for (number, name, type) in [
                    (1, "last_value", SQLType.int8), (2, "log_cnt", .int8), (3, "is_called", .bool),
                ] {
                    rows.append(attribute(sequence.oid, number, name, type))
                }
            }
        }
        for relation in SystemCatalog.shared.relations {
            for (number, column) in relation.columns.enumerated() {
                rows.append(attribute(relation.oid, number + 1, column.name, column.type))
            }
        }
        return rows
    }

    private static func typeRows() -> [Row] {
        TypeInfo.all.map { info in
            let names = info.functionNames.split(separator: " ").map(String.init)
            func function(_ position: Int) -> Value {
                guard position < names.count, names[position] != "-",
                    let found = FunctionCatalog.shared.functions[names[position]]?.first
                else { return .int(0) }
                return oid(found.oid)
            }
            return [
                "oid": oid(info.oid), "typname": text(info.name), "typnamespace": oid(.pgCatalogSchema),
                "typowner": oid(.bootstrapSuperuser), "typlen": .int(Int64(info.length)),
                "typbyval": .bool(info.isPassedByValue), "typtype": text(String(info.kind)),
                "typcategory": text(String(info.category.rawValue)), "typispreferred": .bool(info.isPreferred),
                "typisdefined": .bool(true), "typdelim": text(String(info.delimiter)), "typelem": oid(info.elementOID),
                "typarray": oid(info.arrayOID), "typalign": text(String(info.alignment)),
                "typstorage": text(String(info.storage)), "typtypmod": .int(-1), "typcollation": oid(info.collationOID),
                "typinput": function(0), "typoutput": function(1), "typreceive": function(2), "typsend": function(3),
            ]
        }
    }

    private static func constraintRow(_ constraint: Constraint, _ table: Table) -> Row {
        let kind: String =
            switch constraint.kind {
            case .primaryKey: "p"
            case .unique: "u"
            case .check: "c"
            case .foreignKey: "f"
            }
        func action(_ action: Constraint.ForeignKeyAction) -> Value {
            guard constraint.kind == .foreignKey else { return text(" ") }
            switch action {
            case .noAction: return text("a")
            case .restrict: return text("r")
            case .cascade: return text("c")
            case .setNull: return text("n")
            case .setDefault: return text("d")
            }
        }
        return [
            "oid": oid(constraint.oid), "conname": text(constraint.name), "connamespace": oid(table.schema),
            "contype": text(kind), "condeferrable": .bool(constraint.isDeferrable),
            "condeferred": .bool(constraint.isInitiallyDeferred), "convalidated": .bool(constraint.isValidated),
            "conrelid": oid(table.oid), "conindid": oid(constraint.index), "confrelid": oid(constraint.foreignTable),
            "confupdtype": action(constraint.onUpdate), "confdeltype": action(constraint.onDelete),
            "confmatchtype": text(constraint.kind == .foreignKey ? "s" : " "), "conislocal": .bool(true),
            "connoinherit": .bool(constraint.kind != .check), "conkey": names(constraint.columns.map { $0 + 1 }),
            "confkey": constraint.kind == .foreignKey ? names(constraint.foreignColumns.map { $0 + 1 }) : .null,
            "conbin": constraint.expressionText.map { text($0) } ?? .null,
        ]
    }

    private static func columnRow(
        _ number: Int,
        _ column: Column,
        table: String,
        schema: String,
        _ environment: any EvaluationEnvironment
    ) -> Row {
        let type = column.type
        var row: Row = [
            "table_catalog": text(environment.databaseName), "table_schema": text(schema), "table_name": text(table),
            "column_name": text(column.name), "ordinal_position": int(number + 1),
            "column_default": column.defaultText.map { text($0) } ?? .null,
            "is_nullable": text(column.isNotNull ? "NO" : "YES"),
            "data_type": text(type.isArray ? "ARRAY" : type.withoutModifier.sqlName),
            "udt_catalog": text(environment.databaseName), "udt_schema": text("pg_catalog"),
            "udt_name": text(type.catalogName), "dtd_identifier": text(String(number + 1)),
            "is_self_referencing": text("NO"),
            "is_identity": text(column.identity == nil ? "NO" : "YES"), "is_generated": text("NEVER"),
            "is_updatable": text("YES"), "character_maximum_length": .null, "character_octet_length": .null,
            "numeric_precision": .null, "numeric_precision_radix": .null, "numeric_scale": .null,
            "datetime_precision": .null, "interval_precision": .null, "maximum_cardinality": .null,
        ]
        if let limit = type.characterLimit {
            row["character_maximum_length"] = int(limit)
            row["character_octet_length"] = int(limit * 4)
        } else if type.oid == .text || type.oid == .varchar {
            row["character_octet_length"] = .int(1_073_741_824)
        }
        let precision: [OID: Int] = [.int2: 16, .int4: 32, .int8: 64, .float4: 24, .float8: 53]
        if let bits = precision[type.oid] {
            row["numeric_precision"] = int(bits)
            row["numeric_precision_radix"] = .int(2)
            if type.oid != .float4, type.oid != .float8 { row["numeric_scale"] = .int(0) }
        }
        if type.oid == .numeric {
            row["numeric_precision_radix"] = .int(10)
            if let (digits, scale) = type.numericPrecisionAndScale {
                row["numeric_precision"] = int(digits)
                row["numeric_scale"] = int(scale)
            }
        }
        switch type.oid {
        case .date: row["datetime_precision"] = .int(0)
        case .time, .timestamp, .timestamptz, .interval:
            row["datetime_precision"] = .int(type.modifier >= 0 ? Int64(type.modifier & 0xFFFF) : 6)
        default: break
        }
        return row
    }
}
