/// The categories of commands, a bit each, in the order redis lists them.
struct Categories: OptionSet {
    let rawValue: UInt32

    static let names: [StaticString] = [
        "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
        "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
    ]

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ names: [StaticString]) {
        var bits: UInt32 = 0
        for (index, name) in Self.names.enumerated() where names.contains(where: { "\($0)" == "\(name)" }) {
            bits |= 1 << UInt32(index)
        }
        rawValue = bits
    }

    init(index: Int) { rawValue = 1 << UInt32(index) }

    /// The category of that name, letter case ignored.
    static func named(_ name: [UInt8]) -> Categories? {
        let wanted = String(decoding: name, as: UTF8.self).lowercased()
        return names.firstIndex { "\($0)" == wanted }.map { Categories(index: $0) }
    }
}
