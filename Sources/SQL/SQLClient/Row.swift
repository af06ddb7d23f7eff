/// One row of a result: the columns' bytes and how to read them.
///
///     let rows = try await pool.query("SELECT id, price FROM products")
///     for row in rows { print(row.string("id") ?? "-", row.double("price") ?? 0) }
///
/// A reader answers nil for NULL, for an unknown column and for bytes that are not such a value. Rows of one result share
/// their column list.
public struct Row: Sendable {
    /// Name, type and format of one result column.
    public struct Column: Sendable, Hashable {
        public let name: String
        /// The server's type number, e.g. 25 for text, 701 for double precision.
        public let typeOID: UInt32
        /// True when the bytes are in the type's binary format.
        public let isBinary: Bool

        public init(name: String, typeOID: UInt32, isBinary: Bool = false) {
            self.name = name
            self.typeOID = typeOID
            self.isBinary = isBinary
        }
    }

    public let columns: [Column]
    /// The values' bytes; nil is NULL.
    public let values: [[UInt8]?]

    public init(columns: [Column], values: [[UInt8]?]) {
        self.columns = columns
        self.values = values
    }

    /// Position of the first column with this name. O(columns).
    public func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }

    public func isNull(_ name: String) -> Bool { bytes(name) == nil }

    /// The raw bytes of a column; nil for NULL and for an unknown name.
    public func bytes(_ name: String) -> [UInt8]? { index(of: name).flatMap { bytes(at: $0) } }
    public func bytes(at index: Int) -> [UInt8]? { values.indices.contains(index) ? values[index] : nil }

    public func string(_ name: String) -> String? { index(of: name).flatMap { string(at: $0) } }
    public func string(at index: Int) -> String? { bytes(at: index).map { String(decoding: $0, as: UTF8.self) } }

    public func int(_ name: String) -> Int? { index(of: name).flatMap { int(at: $0) } }
    public func int(at index: Int) -> Int? {
        guard let bytes = bytes(at: index) else { return nil }
        guard columns[index].isBinary else { return Int(String(decoding: bytes, as: UTF8.self)) }
        let word = bytes.reduce(UInt64(0)) { ($0 << 8) | UInt64($1) }
        switch bytes.count {
        case 1: return Int(Int8(truncatingIfNeeded: word))
        case 2: return Int(Int16(truncatingIfNeeded: word))
        case 4: return Int(Int32(truncatingIfNeeded: word))
        case 8: return Int(Int64(truncatingIfNeeded: word))
        default: return nil
        }
    }

    public func double(_ name: String) -> Double? { index(of: name).flatMap { double(at: $0) } }
    public func double(at index: Int) -> Double? {
        guard let bytes = bytes(at: index) else { return nil }
        guard columns[index].isBinary else { return Double(String(decoding: bytes, as: UTF8.self)) }
        let word = bytes.reduce(UInt64(0)) { ($0 << 8) | UInt64($1) }
        switch (columns[index].typeOID, bytes.count) {
        case (701, 8): return Double(bitPattern: word)
        case (700, 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: word)))
        default: return int(at: index).map { Double($0) }
        }
    }

    public func bool(_ name: String) -> Bool? { index(of: name).flatMap { bool(at: $0) } }
    public func bool(at index: Int) -> Bool? {
        guard let bytes = bytes(at: index), bytes.count == 1 else { return nil }
        if columns[index].isBinary { return bytes[0] != 0 }
        switch bytes[0] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}
