import SQLTypes

/// pg_catalog and information_schema: ordinary relations whose rows are computed from the catalog when they are read.
///
///     SystemTable (names, columns)  +  rows for the ones we fill (`SystemCatalog+Rows.swift`)
///
/// Every relation of PostgreSQL 15 exists here with its columns and OID; the others are empty. Immutable.
final class SystemCatalog: Sendable {
    static let shared = SystemCatalog()

    /// Rows as column name → value; columns left out take a neutral value of their type.
    typealias NamedRows = @Sendable (any EvaluationEnvironment) throws(SQLError) -> [[String: Value]]

    let relations: [SystemRelation]
    private let byName: [String: Int]
    private let byOID: [OID: Int]

    private init() {
        var relations: [SystemRelation] = []
        var byName: [String: Int] = [:]
        var byOID: [OID: Int] = [:]
        let providers = SystemRows.providers
        // Rows are wrapped over several lines; one begins where a line has the four leading fields.
        var lines: [String] = []
        for line in SystemTable.relations.description.split(separator: "\n") {
            if line.split(separator: ";", omittingEmptySubsequences: false).count >= 5 {
                lines.append(String(line))
            } else if !lines.isEmpty {
                lines[lines.count - 1] += line
            }
        }
        for line in lines {
            let fields = line.split(separator: ";", omittingEmptySubsequences: false)
            guard fields.count == 5, let oid = OID(fields[0]) else { continue }
            let name = String(fields[2])
            let schema: OID = fields[1] == "pg_catalog" ? .pgCatalogSchema : .informationSchema
            var columns: [BoundColumn] = []
            for part in fields[4].split(separator: ",") {
                let pair = part.split(separator: ":")
                guard pair.count == 2, let type = OID(pair[1]) else { continue }
                columns.append(BoundColumn(name: String(pair[0]), type: SQLType(oid: type)))
            }
            let key = "\(fields[1]).\(name)"
            let provider = providers[key]
            let frozen = columns
            byName[key] = relations.count
            byOID[oid] = relations.count
            relations.append(
                SystemRelation(
                    oid: oid,
                    schema: schema,
                    name: name,
                    columns: columns,
                    isView: fields[3] == "v"
                ) { (environment) throws(SQLError) in
                    guard let provider else { return [] }
                    return try provider(environment).map { row in
                        frozen.map { row[$0.name] ?? Self.neutral($0.type) }
                    }
                }
            )
        }
        self.relations = relations
        self.byName = byName
        self.byOID = byOID
    }

    func relation(named name: String, schema: String) -> SystemRelation? {
        byName["\(schema).\(name)"].map { relations[$0] }
    }

    func relation(_ oid: OID) -> SystemRelation? { byOID[oid].map { relations[$0] } }

    /// What a NOT NULL column of the catalogs holds when there is nothing to say; null for variable-length ones.
    private static func neutral(_ type: SQLType) -> Value {
        switch type.oid {
        case .bool: .bool(false)
        case .int2, .int4, .int8, .oid, .regproc, .xid: .int(0)
        case .float4, .float8: .float(0)
        case .name: .text([])
        case .char: .text([])
        default: .null
        }
    }

    /// `SELECT * FROM sequence`.
    static func sequenceRelation(_ sequence: SequenceRelation) -> SystemRelation {
        SystemRelation(
            oid: sequence.oid,
            schema: sequence.schema,
            name: sequence.name,
            columns: [
                BoundColumn(name: "last_value", type: .int8), BoundColumn(name: "log_cnt", type: .int8),
                BoundColumn(name: "is_called", type: .bool),
            ],
            isView: false
        ) { (_) throws(SQLError) in
            [[.int(sequence.counter.lastValue), .int(0), .bool(sequence.counter.isCalled)]]
        }
    }
}
