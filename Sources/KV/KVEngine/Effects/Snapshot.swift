import RESP

/// The door for snapshots: what a database holds, key by key, and how it is put back.
///
/// Whoever writes a file or feeds a replica goes through here and never sees the representation, which `RDBWriter` and
/// `ValueReader` know. The walk is whole for now; `forEachKey` can become a cursor over segments without its callers
/// noticing more than a second call.
extension Engine {
    /// A key as a snapshot sees it; good until the walk goes on.
    public struct StoredKey {
        let entry: Entry
        public var key: ByteSlice { entry.key }
        /// Milliseconds since 1970.
        public var expiry: Int64? { entry.hasExpiry ? entry.expiry : nil }

        /// Writes the form's number, the key and the value, as they stand in an RDB file.
        public func write(to writer: inout RDBWriter) {
            writer.byte(RDBWriter.type(of: entry))
            writer.string(entry.key)
            writer.value(of: entry)
        }
    }

    /// Shows every key of a database. Linear.
    public func forEachKey(database index: Int, _ body: (StoredKey) -> Void) {
        (databases + index).pointee.table.forEach { body(StoredKey(entry: $0)) }
    }

    /// Puts a string back, replacing whatever is at the key.
    public mutating func restoreString(database index: Int, key: ByteSlice, value: ByteSlice, expiry: Int64?) {
        inDatabase(index) { engine in
            let hash = engine.hash(key)
            let slot = engine.database.pointee.find(key, hash)
            StringCommands.store(&engine, key, hash, slot, value, expiry: expiry)
        }
    }

    /// What reads a value of one of RDB's forms for `key`.
    public func makeReader(type: UInt8, key: [UInt8], expiry: Int64?) throws(RDBError) -> ValueReader {
        let clock = self.clock
        let entry = try key.withSlice { (key) throws(RDBError) in
            try ValueReader.makeEmpty(type: type, key: key, expiry: expiry, clock: clock)
        }
        return ValueReader(type: type, entry, hash, settings)
    }

    /// Puts a value back that was read completely, replacing whatever is at its key.
    public mutating func restore(_ reader: inout ValueReader, database index: Int) {
        // A value without elements is no key.
        guard let entry = reader.take() else { return }
        inDatabase(index) { engine in
            let hash = engine.hash(entry.key)
            if let slot = engine.database.pointee.find(entry.key, hash) { engine.remove(slot, hash) }
            _ = engine.database.pointee.insert(entry, hash)
        }
    }
}
