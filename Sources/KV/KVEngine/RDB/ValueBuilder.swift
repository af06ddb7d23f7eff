import RESP

/// A value under construction, not yet in any database: a table of one entry, where the types' own functions work.
///
///     begin ──▶ setField, append, … ──▶ take ──▶ Entry, for the keyspace
///
/// A value that is never taken is freed with its builder.
struct ValueBuilder: ~Copyable {
    private var nursery: EntryTable
    private let hash: KeyHash
    private let settings: Engine.Settings
    private let slot: Slot

    /// - Parameter entry: the empty value, under its key.
    init(_ entry: Entry, _ hash: KeyHash, _ settings: Engine.Settings) {
        self.hash = hash
        self.settings = settings
        nursery = EntryTable(hash: hash)
        slot = nursery.insert(entry, hash(entry.key))
    }

    deinit { nursery.forEach(Keyspace.dispose) }

    /// Hands the value over, once; nil when it has no elements.
    mutating func take() -> Entry? {
        guard nursery.count == 1, !isEmpty else { return nil }
        return nursery.remove(slot, hash(slot.entry.key))
    }

    private var isEmpty: Bool {
        let entry = slot.entry
        return switch entry.type {
        case .hash: HashValue.count(entry) == 0
        case .list: ListValue.count(entry) == 0
        case .set: SetValue.count(entry) == 0
        case .sortedSet: SortedSetValue.count(entry) == 0
        default: false
        }
    }

    /// A hash's field; false when it is there already.
    mutating func setField(_ field: ByteSlice, _ value: ByteSlice) -> Bool {
        let thresholds = HashValue.Thresholds(
            entries: settings.hashMaxListpackEntries,
            value: settings.hashMaxListpackValue
        )
        return HashValue.set(field, to: value, in: slot, hash, thresholds)
    }

    /// Lets a hash's field expire.
    mutating func setExpiry(_ expiry: Int64, of field: ByteSlice) {
        HashValue.setExpiry(expiry, of: field, in: slot, hash)
    }

    /// A sorted set's member; false when it is there already.
    mutating func addMember(_ member: ByteSlice, _ score: Double) -> Bool {
        let thresholds = SortedSetValue.Thresholds(
            entries: settings.zsetMaxListpackEntries,
            value: settings.zsetMaxListpackValue
        )
        return SortedSetValue.update(member, in: slot, hash, thresholds) { $0 == nil ? score : nil } == .added
    }

    /// Adds an element behind the last of a list.
    mutating func append(_ element: ByteSlice) { ListValue.push(element, .tail, in: slot) }

    /// Adds a set's member; false when it is there already.
    @discardableResult
    mutating func add(_ member: ByteSlice) -> Bool {
        SetValue.add(member, to: slot, hash, mostIntegers: settings.mostIntegers)
    }

    /// Drops a set's member.
    mutating func remove(_ member: ByteSlice) { _ = SetValue.remove(member, from: slot, hash) }

    /// How many members a set has.
    var memberCount: Int { SetValue.count(slot.entry) }

    /// Writes a set.
    func writeMembers(to reply: inout ReplyWriter) {
        reply.set(memberCount)
        SetValue.write(slot.entry, to: &reply)
    }
}

extension ValueBuilder {
    /// Begins a list or set for `key`, which must live as long as the builder.
    init(_ engine: borrowing Engine, empty type: ValueType, key: ByteSlice = ByteSlice(""), expiry: Int64? = nil) {
        let entry =
            type == .list
            ? ListValue.makeEmpty(key: key, expiry: expiry, clock: engine.clock, capacity: 0)
            : IntegerSet.makeEmpty(key: key, expiry: expiry, clock: engine.clock)
        self.init(entry, engine.hash, engine.settings)
    }
}
