import RESP

/// The door for snapshots: what a database holds, key by key, and how it is put back.
///
/// Whoever writes a file or feeds a replica goes through here and never sees the representation. The walk is whole for
/// now; `forEachKey` can become a cursor over segments without its callers noticing more than a second call.
extension Engine {
    /// A value as a snapshot sees it.
    public enum StoredValue {
        case string(ByteSlice)
        case hash(StoredHash)
    }

    /// The fields of a stored hash.
    public struct StoredHash {
        let entry: Entry
        /// The number of fields.
        public var count: Int { HashValue.count(entry) }
        /// Shows every field and its value.
        public func forEach(_ body: (ByteSlice, ByteSlice) -> Void) { HashValue.forEach(entry, body) }
    }

    /// Shows every key of a database with its expiry (milliseconds since 1970) and value.
    /// The slices are good until `body` returns. Linear.
    public func forEachKey(database index: Int, _ body: (ByteSlice, Int64?, StoredValue) -> Void) {
        (databases + index).pointee.table.forEach { entry in
            let expiry = entry.hasExpiry ? entry.expiry : nil
            switch entry.type {
            case .string: body(entry.key, expiry, .string(entry.value))
            case .hash: body(entry.key, expiry, .hash(StoredHash(entry: entry)))
            default: preconditionFailure("a type that snapshots do not know")
            }
        }
    }

    /// Puts a string back, replacing whatever is at the key.
    public mutating func restoreString(database index: Int, key: ByteSlice, value: ByteSlice, expiry: Int64?) {
        inDatabase(index) { engine in
            let hash = engine.hash(key)
            let slot = engine.database.pointee.find(key, hash)
            StringCommands.store(&engine, key, hash, slot, value, expiry: expiry)
        }
    }

    /// Puts a hash back, replacing whatever is at the key; `next` gives the fields one by one. An empty hash is no key.
    public mutating func restoreHash(
        database index: Int,
        key: ByteSlice,
        expiry: Int64?,
        next: () -> (ByteSlice, ByteSlice)?
    ) {
        inDatabase(index) { engine in
            let hash = engine.hash(key)
            if let slot = engine.database.pointee.find(key, hash) { engine.remove(slot, hash) }
            guard var pair = next() else { return }
            let entry = HashValue.makeEmpty(key: key, expiry: expiry, clock: engine.clock)
            let slot = engine.database.pointee.insert(entry, hash)
            let thresholds = HashValue.Thresholds(
                entries: engine.settings.hashMaxListpackEntries,
                value: engine.settings.hashMaxListpackValue
            )
            while true {
                _ = HashValue.set(pair.0, to: pair.1, in: slot, engine.hash, thresholds)
                guard let following = next() else { return }
                pair = following
            }
        }
    }
}
