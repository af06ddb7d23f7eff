import SQLTypes

/// Questions to the catalog: reg* types, visibility, definitions, privileges, descriptions.
enum CatalogFunctions {
    static func isRegistered(_ type: OID) -> Bool {
        switch type {
        case .regclass, .regtype, .regproc, .regprocedure, .regoper, .regoperator, .regnamespace, .regrole,
            .regcollation:
            true
        default: false
        }
    }

    static func register(in registry: inout FunctionRegistry) {
        registry.add("text_regclass") { (a, environment) throws(SQLError) in
            try input(a[0].swiftString, .regclass, environment)
        }
        for (symbol, type) in [
            ("to_regclass", OID.regclass), ("to_regtype", .regtype), ("to_regproc", .regproc),
            ("to_regnamespace", .regnamespace), ("to_regrole", .regrole),
        ] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                do throws(SQLError) { return try input(a[0].swiftString, type, environment) } catch { return .null }
            }
        }
        registry.add("format_type") { (a, _) throws(SQLError) in
            if a[0].isNull { return .null }
            let type = SQLType(
                oid: OID(truncatingIfNeeded: a[0].integer),
                modifier: a[1].isNull ? -1 : Int32(truncatingIfNeeded: a[1].integer)
            )
            if type.oid == 0 { return .string("-") }
            return .string(type.sqlName)
        }
        registry.add("pg_get_userbyid") { (a, environment) throws(SQLError) in
            let oid = OID(truncatingIfNeeded: a[0].integer)
            if oid == 6171 { return .string("pg_database_owner") }
            return .string(environment.catalog.roles[oid]?.name ?? "unknown (OID=\(oid))")
        }
        registry.add("pg_table_is_visible") { (a, environment) throws(SQLError) in
            let oid = OID(truncatingIfNeeded: a[0].integer)
            if let system = SystemCatalog.shared.relation(oid) { return .bool(system.schema == .pgCatalogSchema) }
            guard let relation = environment.catalog.relations[oid] else { return .null }
            let found = RelationLookup.find(
                schema: nil,
                name: relation.name,
                environment.catalog,
                environment.database,
                environment.searchPath
            )
            if case .user(let visible)? = found { return .bool(visible.oid == oid) }
            return .bool(false)
        }
        for symbol in [
            "pg_type_is_visible", "pg_function_is_visible", "pg_operator_is_visible", "pg_opclass_is_visible",
            "pg_collation_is_visible", "pg_opfamily_is_visible", "pg_conversion_is_visible",
        ] {
            registry.add(symbol) { (_, _) throws(SQLError) in .bool(true) }
        }
        for symbol in [
            "pg_statistics_obj_is_visible", "pg_ts_config_is_visible", "pg_ts_dict_is_visible",
            "pg_ts_parser_is_visible",
            "pg_ts_template_is_visible",
        ] {
            registry.add(symbol) { (_, _) throws(SQLError) in .null }
        }
        registry.add("pg_relation_is_publishable") { (a, environment) throws(SQLError) in
            .bool(environment.catalog.table(OID(truncatingIfNeeded: a[0].integer)) != nil)
        }
        for symbol in ["pg_get_expr", "pg_get_expr_ext"] {
            registry.add(symbol) { (a, _) throws(SQLError) in a[0] }
        }
        for symbol in ["pg_get_indexdef", "pg_get_indexdef_ext"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let catalog = environment.catalog
                guard let index = catalog.index(OID(truncatingIfNeeded: a[0].integer)) else { return .null }
                if a.count > 1, a[1].integer > 0 {
                    return .string(Definitions.indexKey(index, Int(a[1].integer) - 1, catalog))
                }
                return .string(Definitions.index(index, catalog, environment, qualifies: a.count == 1))
            }
        }
        for symbol in ["pg_get_constraintdef", "pg_get_constraintdef_ext"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let oid = OID(truncatingIfNeeded: a[0].integer)
                for case .table(let table) in environment.catalog.relations.values {
                    if let constraint = table.constraints.first(where: { $0.oid == oid }) {
                        return .string(Definitions.constraint(constraint, table, environment.catalog))
                    }
                }
                return .null
            }
        }
        for symbol in [
            "pg_get_viewdef", "pg_get_viewdef_ext", "pg_get_triggerdef", "pg_get_triggerdef_ext", "pg_get_ruledef",
            "pg_get_ruledef_ext", "pg_get_partkeydef", "pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns",
            "pg_get_functiondef", "pg_get_partition_constraintdef",
        ] {
            registry.add(symbol) { (_, _) throws(SQLError) in .null }
        }
        for symbol in ["pg_get_function_arguments", "pg_get_function_identity_arguments"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                guard let function = FunctionCatalog.shared.byOID[OID(truncatingIfNeeded: a[0].integer)] else {
                    return .null
                }
                return .string(function.arguments.map { SQLType(oid: $0).sqlName }.joined(separator: ", "))
            }
        }
        registry.add("pg_get_function_result") { (a, _) throws(SQLError) in
            guard let function = FunctionCatalog.shared.byOID[OID(truncatingIfNeeded: a[0].integer)] else {
                return .null
            }
            return .string(SQLType(oid: function.result).sqlName)
        }
        registry.add("pg_get_serial_sequence") { (a, environment) throws(SQLError) in
            guard case .int(let oid) = try input(a[0].swiftString, .regclass, environment),
                let table = environment.catalog.table(OID(truncatingIfNeeded: oid))
            else { return .null }
            guard let column = table.column(named: a[1].swiftString) else {
                throw SQLError(
                    .undefinedColumn,
                    "column \"\(a[1].swiftString)\" of relation \"\(table.name)\" does not exist"
                )
            }
            guard let sequence = environment.catalog.sequences(of: table.oid).first(where: { $0.ownerColumn == column })
            else { return .null }
            let schema = environment.catalog.schemas[sequence.schema]?.name ?? "public"
            return .string("\(Quoting.identifier(schema)).\(Quoting.identifier(sequence.name))")
        }
        for symbol in ["obj_description", "col_description", "shobj_description"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let oid = OID(truncatingIfNeeded: a[0].integer)
                let subobject = symbol == "col_description" ? Int32(truncatingIfNeeded: a[1].integer) : 0
                var wanted: OID?
                if symbol != "col_description", a.count > 1 {
                    wanted = SystemCatalog.shared.relation(named: a[1].swiftString, schema: "pg_catalog")?.oid
                }
                for (key, text) in environment.catalog.comments
                where key.object == oid && key.subobject == subobject && (wanted == nil || key.catalog == wanted) {
                    return .string(text)
                }
                return .null
            }
        }
        // Every role of this server may do everything so far: one superuser.
        for prefix in [
            "has_table_privilege", "has_schema_privilege", "has_database_privilege", "has_column_privilege",
            "has_any_column_privilege", "has_sequence_privilege", "pg_has_role",
        ] {
            for suffix in [
                "_name", "_id", "_name_name", "_name_id", "_id_name", "_id_id", "_name_name_name", "_name_name_attnum",
                "_name_id_name",
                "_name_id_attnum", "_id_name_name", "_id_name_attnum", "_id_id_name", "_id_id_attnum", "_name_attnum",
                "_id_attnum",
            ] {
                registry.add(prefix + suffix) { (_, _) throws(SQLError) in .bool(true) }
            }
        }
        registry.add("row_security_active") { (_, _) throws(SQLError) in .bool(false) }
        registry.add("row_security_active_name") { (_, _) throws(SQLError) in .bool(false) }
        registry.addRows("pg_partition_ancestors") { (_, _) throws(SQLError) in [] }
        registry.addRows("pg_partition_tree") { (_, _) throws(SQLError) in [] }
        registry.add("pg_partition_root") { (_, _) throws(SQLError) in .null }
        registry.addRows("pg_options_to_table") { (_, _) throws(SQLError) in [] }
        registry.addRows("aclexplode") { (_, _) throws(SQLError) in [] }
        registry.add("pg_filenode_relation") { (a, _) throws(SQLError) in a[1] }
        registry.add("pg_relation_filenode") { (a, _) throws(SQLError) in a[0] }
        registry.add("pg_index_column_has_property") { (_, _) throws(SQLError) in .null }
    }

    // MARK: reg* types

    static func output(_ value: Value, _ type: OID, _ environment: any EvaluationEnvironment) -> String {
        let oid = OID(truncatingIfNeeded: value.integer)
        if oid == 0 { return "-" }
        switch type {
        case .regclass:
            if let system = SystemCatalog.shared.relation(oid) {
                return system.schema == .pgCatalogSchema ? system.name : "information_schema.\(system.name)"
            }
            guard let relation = environment.catalog.relations[oid] else { return String(oid) }
            let found = RelationLookup.find(
                schema: nil,
                name: relation.name,
                environment.catalog,
                environment.database,
                environment.searchPath
            )
            if case .user(let visible)? = found, visible.oid == oid { return Quoting.identifier(relation.name) }
            let schema = environment.catalog.schemas[relation.schema]?.name ?? "pg_temp"
            return "\(Quoting.identifier(schema)).\(Quoting.identifier(relation.name))"
        case .regtype: return SQLType(oid: oid).info == nil ? String(oid) : SQLType(oid: oid).sqlName
        case .regproc: return FunctionCatalog.shared.byOID[oid]?.name ?? String(oid)
        case .regprocedure:
            guard let function = FunctionCatalog.shared.byOID[oid] else { return String(oid) }
            return "\(function.name)(\(function.arguments.map { SQLType(oid: $0).sqlName }.joined(separator: ",")))"
        case .regnamespace: return environment.catalog.schemas[oid].map { Quoting.identifier($0.name) } ?? String(oid)
        case .regrole: return environment.catalog.roles[oid].map { Quoting.identifier($0.name) } ?? String(oid)
        default: return String(oid)
        }
    }

    static func input(_ text: String, _ type: OID, _ environment: any EvaluationEnvironment) throws(SQLError) -> Value {
        if text == "-" { return .int(0) }
        if let number = UInt32(text) { return .int(Int64(number)) }
        switch type {
        case .regclass:
            let parts = try nameParts(text)
            let found = RelationLookup.find(
                schema: parts.count > 1 ? parts[parts.count - 2] : nil,
                name: parts[parts.count - 1],
                environment.catalog,
                environment.database,
                environment.searchPath
            )
            switch found {
            case .user(let relation): return .int(Int64(relation.oid))
            case .system(let system): return .int(Int64(system.oid))
            case nil: throw SQLError(.undefinedTable, "relation \"\(parts.joined(separator: "."))\" does not exist")
            }
        case .regtype:
            var name = text.lowercased()
            var isArray = false
            if name.hasSuffix("[]") {
                isArray = true
                name = String(name.dropLast(2))
            }
            if name.hasPrefix("pg_catalog.") { name = String(name.dropFirst(11)) }
            let spelled =
                TypeInfo.find(name: name) ?? TypeInfo.all.first { SQLType(oid: $0.oid).sqlName == name }
                ?? ["int": "int4", "decimal": "numeric", "float": "float8", "char": "bpchar"][name].flatMap {
                    TypeInfo.find(name: $0)
                }
            guard let info = spelled else { throw SQLError(.undefinedObject, "type \"\(text)\" does not exist") }
            return .int(Int64(isArray ? info.arrayOID : info.oid))
        case .regproc:
            let name = try nameParts(text).last ?? text
            guard let functions = FunctionCatalog.shared.functions[name], let first = functions.first else {
                throw SQLError(.undefinedFunction, "function \"\(text)\" does not exist")
            }
            if functions.count > 1 {
                throw SQLError(.ambiguousFunction, "more than one function named \"\(text)\"")
            }
            return .int(Int64(first.oid))
        case .regnamespace:
            let name = try nameParts(text).last ?? text
            guard let schema = environment.catalog.schema(named: name, in: environment.database) else {
                throw SQLError(.invalidSchemaName, "schema \"\(name)\" does not exist")
            }
            return .int(Int64(schema.oid))
        case .regrole:
            let name = try nameParts(text).last ?? text
            guard let role = environment.catalog.role(named: name) else {
                throw SQLError(.undefinedObject, "role \"\(name)\" does not exist")
            }
            return .int(Int64(role.oid))
        default:
            throw SQLError(.featureNotSupported, "input of type \(SQLType(oid: type).sqlName) is not supported")
        }
    }

    /// Splits `schema.name` with quotes, folding what is not quoted.
    private static func nameParts(_ text: String) throws(SQLError) -> [String] {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        var wasQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
                wasQuoted = true
            } else if character == ".", !isQuoted {
                parts.append(part)
                part = ""
                wasQuoted = false
            } else if isQuoted {
                part.append(character)
            } else if character != " " {
                part += character.lowercased()
            }
        }
        parts.append(part)
        if isQuoted || parts.contains("") && !wasQuoted { throw SQLError(.invalidName, "invalid name syntax") }
        return parts
    }
}

/// Definitions as psql's \d shows them.
enum Definitions {
    static func indexKey(_ index: Index, _ number: Int, _ catalog: CatalogState) -> String {
        guard let table = catalog.table(index.table) else { return "" }
        if number >= index.keys.count {
            let extra = number - index.keys.count
            guard index.includedColumns.indices.contains(extra) else { return "" }
            return Quoting.identifier(table.columns[index.includedColumns[extra]].name)
        }
        guard index.keys.indices.contains(number) else { return "" }
        let key = index.keys[number]
        if let column = key.column { return Quoting.identifier(table.columns[column].name) }
        let text = key.expressionText ?? ""
        if case .call(let function, _)? = key.expression?.kind, !function.isLengthCoercion, !text.hasPrefix("(") {
            return text
        }
        return text.hasPrefix("(") ? text : "(\(text))"
    }

    static func index(
        _ index: Index,
        _ catalog: CatalogState,
        _ environment: any EvaluationEnvironment,
        qualifies: Bool = true
    ) -> String {
        guard let table = catalog.table(index.table) else { return "" }
        var keys: [String] = []
        for (number, key) in index.keys.enumerated() {
            var text = indexKey(index, number, catalog)
            if let operatorClass = key.operatorClass { text += " \(operatorClass)" }
            if key.isDescending {
                text += key.nullsFirst ? " DESC" : " DESC NULLS LAST"
            } else if key.nullsFirst {
                text += " NULLS FIRST"
            }
            keys.append(text)
        }
        let schema = catalog.schemas[table.schema]?.name ?? "public"
        let isVisible = !qualifies && environment.searchPath.contains(schema)
        let name = (isVisible ? "" : Quoting.identifier(schema) + ".") + Quoting.identifier(table.name)
        var text = "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(Quoting.identifier(index.name)) ON \(name) "
        text += "USING \(index.method) (\(keys.joined(separator: ", ")))"
        if !index.includedColumns.isEmpty {
            text +=
                " INCLUDE (\(index.includedColumns.map { Quoting.identifier(table.columns[$0].name) }.joined(separator: ", ")))"
        }
        if let predicate = index.predicateText { text += " WHERE \(predicate)" }
        return text
    }

    static func constraint(_ constraint: Constraint, _ table: Table, _ catalog: CatalogState) -> String {
        func names(_ columns: [Int], of table: Table) -> String {
            columns.map { Quoting.identifier(table.columns[$0].name) }.joined(separator: ", ")
        }
        var text: String
        switch constraint.kind {
        case .primaryKey: text = "PRIMARY KEY (\(names(constraint.columns, of: table)))"
        case .unique: text = "UNIQUE (\(names(constraint.columns, of: table)))"
        case .check:
            let inner = constraint.expressionText ?? ""
            text = "CHECK (\(inner))"
        case .foreignKey:
            guard let target = catalog.table(constraint.foreignTable) else { return "" }
            text = "FOREIGN KEY (\(names(constraint.columns, of: table))) REFERENCES "
            text += "\(Quoting.identifier(target.name))(\(names(constraint.foreignColumns, of: target)))"
            let actions = ["", " RESTRICT", " CASCADE", " SET NULL", " SET DEFAULT"]
            let update = actions[Int(constraint.onUpdate.rawValue)]
            let delete = actions[Int(constraint.onDelete.rawValue)]
            if !update.isEmpty { text += " ON UPDATE\(update)" }
            if !delete.isEmpty { text += " ON DELETE\(delete)" }
        }
        if constraint.isDeferrable { text += " DEFERRABLE" }
        if constraint.isInitiallyDeferred { text += " INITIALLY DEFERRED" }
        if !constraint.isValidated { text += " NOT VALID" }
        return text
    }
}
