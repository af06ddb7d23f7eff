import RESP

/// A reply, so that services need not import the protocol's module.
public typealias KVReply = Reply

/// The commands the shop's services use, with the replies as Swift values.
extension KVPool {
    /// `PING`
    public func ping() async throws(KVClientError) {
        _ = try await send(KVCommand("PING"))
    }

    /// `GET key`: nil when there is no such key.
    public func get(_ key: String) async throws(KVClientError) -> [UInt8]? {
        let reply = try await send(KVCommand("GET", key))
        if reply.isNull { return nil }
        guard let bytes = reply.bytes else { throw .unexpectedReply("GET: \(reply)") }
        return bytes
    }

    /// `SET key value`
    public func set(_ key: String, _ value: [UInt8]) async throws(KVClientError) {
        _ = try await send(KVCommand([Array("SET".utf8), Array(key.utf8), value]))
    }

    /// `SETEX key seconds value`
    public func setEX(_ key: String, seconds: Int, _ value: [UInt8]) async throws(KVClientError) {
        _ = try await send(KVCommand([Array("SETEX".utf8), Array(key.utf8), Array(String(seconds).utf8), value]))
    }

    /// `DEL key`: how many keys were removed.
    public func del(_ key: String) async throws(KVClientError) -> Int {
        try Self.integer(try await send(KVCommand("DEL", key)))
    }

    /// `EXPIRE key seconds`: whether the key exists.
    public func expire(_ key: String, seconds: Int) async throws(KVClientError) -> Bool {
        try Self.integer(try await send(KVCommand("EXPIRE", key, String(seconds)))) == 1
    }

    /// `HGETALL key`: fields and values in the server's order; empty when there is no such key.
    public func hGetAll(_ key: String) async throws(KVClientError) -> [(field: [UInt8], value: [UInt8])] {
        try Self.pairs(try await send(KVCommand("HGETALL", key)))
    }

    /// `HSET key field value`: 1 for a new field, 0 for a replaced one.
    public func hSet(_ key: String, _ field: String, _ value: String) async throws(KVClientError) -> Int {
        try Self.integer(try await send(KVCommand("HSET", key, field, value)))
    }

    /// `HDEL key field`: how many fields were removed.
    public func hDel(_ key: String, _ field: String) async throws(KVClientError) -> Int {
        try Self.integer(try await send(KVCommand("HDEL", key, field)))
    }

    /// The integer of a reply; an error reply is thrown.
    public static func integer(_ reply: Reply) throws(KVClientError) -> Int {
        if let message = reply.errorMessage { throw .server(message) }
        guard case .integer(let value) = reply else { throw .unexpectedReply("an integer was due: \(reply)") }
        return Int(value)
    }

    /// The pairs of a RESP2 array or a RESP3 map; an error reply is thrown.
    public static func pairs(_ reply: Reply) throws(KVClientError) -> [(field: [UInt8], value: [UInt8])] {
        if let message = reply.errorMessage { throw .server(message) }
        guard let elements = reply.elements, elements.count.isMultiple(of: 2) else {
            throw .unexpectedReply("pairs were due: \(reply)")
        }
        var pairs: [(field: [UInt8], value: [UInt8])] = []
        pairs.reserveCapacity(elements.count / 2)
        for index in stride(from: 0, to: elements.count, by: 2) {
            guard let field = elements[index].bytes, let value = elements[index + 1].bytes else {
                throw .unexpectedReply("pairs of strings were due")
            }
            pairs.append((field, value))
        }
        return pairs
    }
}
