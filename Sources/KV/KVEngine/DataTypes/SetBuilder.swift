import RESP

/// A set that is being made and is not at its key yet: the result of SUNIONSTORE, or what a command has drawn so far.
struct SetBuilder: ~Copyable {
    private let place: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let slot: Slot
    private var isMade = false
    private let key: ByteSlice
    private let expiry: Int64?
    private let clock: UInt32
    private let hash: KeyHash
    private let mostIntegers: Int

    /// - Parameter key: where the set will be; it must live as long as the builder.
    init(_ engine: borrowing Engine, key: ByteSlice = ByteSlice(""), expiry: Int64? = nil) {
        place = .allocate(capacity: 1)
        // A set does not ask where its slot is, it only puts its entry there.
        slot = Slot(segment: engine.database.pointee.table.segment(for: 0), address: place)
        self.key = key
        self.expiry = expiry
        clock = engine.clock
        hash = engine.hash
        mostIntegers = engine.settings.mostIntegers
    }

    deinit {
        if isMade { Keyspace.dispose(slot.entry) }
        place.deallocate()
    }

    var count: Int { isMade ? SetValue.count(slot.entry) : 0 }

    /// Adds a member; false when it is there already.
    @discardableResult
    mutating func add(_ member: ByteSlice) -> Bool {
        if isMade { return SetValue.add(member, to: slot, hash, mostIntegers: mostIntegers) }
        place.initialize(to: SetValue.make(member, key: key, expiry: expiry, clock: clock, hash).base)
        isMade = true
        return true
    }

    mutating func remove(_ member: ByteSlice) {
        if isMade { _ = SetValue.remove(member, from: slot, hash) }
    }

    /// Writes the members as a set.
    func write(to reply: inout ReplyWriter) {
        reply.set(count)
        if isMade { SetValue.write(slot.entry, to: &reply) }
    }

    /// The entry, which is the caller's from now on; nil when the set has no members.
    mutating func take() -> Entry? {
        guard count > 0 else { return nil }
        isMade = false
        return slot.entry
    }
}
