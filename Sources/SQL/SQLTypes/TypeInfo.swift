/// The built-in types as `pg_type` lists them: the facts that clients and drivers hard-code.
///
/// One row per type of PostgreSQL 15 that is not made by a relation, so that catalog queries answer alike; what this server
/// can *compute with* is decided by the codecs (`TypeText.swift`, `TypeBinary.swift`).
public struct TypeInfo: Sendable {
    /// `pg_type.typcategory`.
    public enum Category: Character, Sendable {
        case array = "A"
        case boolean = "B"
        case composite = "C"
        case dateTime = "D"
        case enumeration = "E"
        case geometric = "G"
        case network = "I"
        case numeric = "N"
        case pseudo = "P"
        case range = "R"
        case string = "S"
        case timespan = "T"
        case user = "U"
        case bitString = "V"
        case unknown = "X"
        case internalUse = "Z"
    }

    public let oid: OID
    public let name: String
    /// Bytes of a value; -1 variable, -2 C string.
    public let length: Int16
    public let isPassedByValue: Bool
    /// `typtype`: b base, p pseudo, r range, m multirange.
    public let kind: Character
    public let category: Category
    public let isPreferred: Bool
    public let delimiter: Character
    public let elementOID: OID
    public let arrayOID: OID
    public let alignment: Character
    public let storage: Character
    /// 0, 100 (default) or 950 (C, for name).
    public let collationOID: OID
    /// Names of the input, output, receive and send functions; `-` where there is none.
    public let functionNames: String

    /// The built-in type with this number; nil for others. O(1).
    public static func find(_ oid: OID) -> TypeInfo? {
        guard oid < positions.count else { return nil }
        let position = Int(positions[Int(oid)])
        return position == 0 ? nil : all[position - 1]
    }

    /// The built-in type with this `typname`; nil for others.
    public static func find(name: String) -> TypeInfo? {
        names[name].map { all[$0] }
    }

    private static let names = Dictionary(
        all.enumerated().map { ($1.name, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// OID → position in `all` plus one; 0 where no type has the number.
    private static let positions: [UInt16] = {
        var table = [UInt16](repeating: 0, count: Int(all.last?.oid ?? 0) + 1)
        for (position, info) in all.enumerated() { table[Int(info.oid)] = UInt16(position + 1) }
        return table
    }()

    /// Every built-in type, by ascending OID.
    public static let all: [TypeInfo] = TypeTable.rows.description
        .split(separator: "\n").compactMap { TypeInfo(row: $0.split(separator: "|", omittingEmptySubsequences: false)) }

    /// A line of the generated table.
    private init?(row: [Substring]) {
        guard row.count == 14,
            let oid = OID(row[0]), let length = Int16(row[2]), let element = OID(row[8]), let array = OID(row[9]),
            let collation = OID(row[12]), let kind = row[4].first, let category = row[5].first,
            let delimiter = row[7].first, let alignment = row[10].first, let storage = row[11].first
        else { return nil }
        self.oid = oid
        name = String(row[1])
        self.length = length
        isPassedByValue = row[3] == "t"
        self.kind = kind
        self.category = Category(rawValue: category) ?? .user
        isPreferred = row[6] == "t"
        self.delimiter = delimiter
        elementOID = element
        arrayOID = array
        self.alignment = alignment
        self.storage = storage
        collationOID = collation
        functionNames = String(row[13])
    }
}
