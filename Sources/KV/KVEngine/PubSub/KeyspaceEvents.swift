import RESP

/// Which changes of keys are told to subscribers: `notify-keyspace-events`.
///
///     K  __keyspace@<db>__:<key>  says the event      E  __keyevent@<db>__:<event>  says the key
public struct KeyspaceEvents: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let keyspace = KeyspaceEvents(rawValue: 1 << 0)
    public static let keyevent = KeyspaceEvents(rawValue: 1 << 1)
    public static let generic = KeyspaceEvents(rawValue: 1 << 2)
    public static let string = KeyspaceEvents(rawValue: 1 << 3)
    public static let list = KeyspaceEvents(rawValue: 1 << 4)
    public static let set = KeyspaceEvents(rawValue: 1 << 5)
    public static let hash = KeyspaceEvents(rawValue: 1 << 6)
    public static let sortedSet = KeyspaceEvents(rawValue: 1 << 7)
    public static let expired = KeyspaceEvents(rawValue: 1 << 8)
    public static let evicted = KeyspaceEvents(rawValue: 1 << 9)
    public static let stream = KeyspaceEvents(rawValue: 1 << 10)
    public static let keyMiss = KeyspaceEvents(rawValue: 1 << 11)
    public static let module = KeyspaceEvents(rawValue: 1 << 13)
    public static let newKey = KeyspaceEvents(rawValue: 1 << 14)
    /// `A`: all but misses and new keys.
    public static let all: KeyspaceEvents = [
        .generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module,
    ]
}

extension Engine {
    /// Tells subscribers that `event` happened to `key` of the present database, when they may hear of its class.
    @inline(__always)
    mutating func notify(_ kind: KeyspaceEvents, _ event: StaticString, _ key: ByteSlice) {
        if !settings.keyspaceEvents.isEmpty { publishEvent(kind, event, key) }
    }

    @inline(never)
    private mutating func publishEvent(_ kind: KeyspaceEvents, _ event: StaticString, _ key: ByteSlice) {
        let events = settings.keyspaceEvents
        guard !events.isDisjoint(with: kind) else { return }
        let name = ByteSlice(event)
        if events.contains(.keyspace) {
            publish(channel: Array("__keyspace@\(databaseIndex)__:".utf8) + key.array, message: name.array)
        }
        if events.contains(.keyevent) {
            publish(channel: Array("__keyevent@\(databaseIndex)__:".utf8) + name.array, message: key.array)
        }
    }
}
