import Bytes
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

    /// The letters of the kinds of change, in the order the directive is shown.
    private static let classes: [(Character, KeyspaceEvents)] = [
        ("g", .generic), ("$", .string), ("l", .list), ("s", .set), ("h", .hash), ("z", .sortedSet), ("x", .expired),
        ("e", .evicted), ("t", .stream), ("d", .module), ("n", .newKey),
    ]
    private static let ways: [(Character, KeyspaceEvents)] = [("K", .keyspace), ("E", .keyevent), ("m", .keyMiss)]

    /// The directive's text; nil when a letter has no meaning.
    public init?(text: String) {
        self = []
        for letter in text {
            if letter == "A" {
                formUnion(.all)
            } else if let (_, event) = (Self.classes + Self.ways).first(where: { $0.0 == letter }) {
                formUnion(event)
            } else {
                return nil
            }
        }
    }

    /// As CONFIG GET shows the directive: `A` hides also that new keys are told.
    public var text: String {
        let classes = contains(.all) ? "A" : String(Self.classes.filter { contains($0.1) }.map(\.0))
        return classes + String(Self.ways.filter { contains($0.1) }.map(\.0))
    }
}

extension Engine {
    /// Tells subscribers that `event` happened to `key` of the present database, when they may hear of its class.
    @inline(__always)
    mutating func notify(_ kind: KeyspaceEvents, _ event: StaticString, _ key: ByteSlice) {
        if !settings.keyspaceEvents.isEmpty { publishEvent(kind, event, key) }
    }

    @inline(never)
    private mutating func publishEvent(_ kind: KeyspaceEvents, _ event: StaticString, _ key: ByteSlice) {
        reportNewKeys()
        let events = settings.keyspaceEvents
        guard !events.isDisjoint(with: kind) else { return }
        guard subscriptions.channels.count > 0 || !subscriptions.patterns.isEmpty else { return }
        let name = ByteSlice(event)
        if events.contains(.keyspace) { publishEvent("__keyspace@", key, message: name) }
        if events.contains(.keyevent) { publishEvent("__keyevent@", name, message: key) }
    }

    private mutating func publishEvent(_ prefix: StaticString, _ subject: ByteSlice, message: ByteSlice) {
        channelName.removeAll()
        channelName.append(prefix)
        channelName.append(decimal: Int64(databaseIndex))
        channelName.append("__:")
        channelName.append(subject.raw, count: subject.count)
        let bytes = channelName.bytes
        guard let start = bytes.baseAddress else { return }
        publish(channel: ByteSlice(start, count: bytes.count), message: message)
    }

    /// Tells of keys that were made since the last event. `Keyspace` notes them wherever they are made, so no command
    /// has to think of it.
    @inline(__always)
    mutating func reportNewKeys() {
        if settings.keyspaceEvents.contains(.newKey), !database.pointee.newKeys.isEmpty { publishNewKeys() }
    }

    @inline(never)
    private mutating func publishNewKeys() {
        let keys = database.pointee.newKeys
        database.pointee.newKeys = []
        for key in keys {
            key.withUnsafeBufferPointer { bytes in
                let key = bytes.baseAddress.map { ByteSlice(start: $0, count: bytes.count) } ?? ByteSlice("")
                notify(.newKey, "new", key)
            }
        }
    }

    /// The databases note new keys while the directive asks for it.
    func keyspaceEventsChanged() {
        for index in 0..<databaseCount {
            (databases + index).pointee.notesNewKeys = settings.keyspaceEvents.contains(.newKey)
            (databases + index).pointee.newKeys = []
        }
    }
}
