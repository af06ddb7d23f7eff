import SQLTypes

/// A relation of pg_catalog or information_schema: columns, and rows computed from the catalog when it is read.
public final class SystemRelation: Sendable {
    public typealias Rows = @Sendable (any EvaluationEnvironment) throws(SQLError) -> [[Value]]

    public let oid: OID
    public let schema: OID
    public let name: String
    public let columns: [BoundColumn]
    /// Whether pg_class shows it as a view.
    public let isView: Bool
    /// One array per row, one value per column.
    public let rows: Rows

    init(oid: OID, schema: OID, name: String, columns: [BoundColumn], isView: Bool, rows: @escaping Rows) {
        self.oid = oid
        self.schema = schema
        self.name = name
        self.columns = columns
        self.isView = isView
        self.rows = rows
    }
}
