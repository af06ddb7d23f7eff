/// A reply as a client sees it: one case per RESP2 and RESP3 type.
///
///     +OK  -ERR …  :1  $3 foo  *2 …          RESP2
///     _  #t  ,1.5  (123  !5 …  =7 txt:…  %1 …  ~2 …  >3 …  |1 …      RESP3
///
/// Strings are bytes: Redis promises no encoding. RESP2's null bulk string and null array are both `.null`.
/// Not here: reading replies from bytes (`ReplyParser`), writing them on the server (`ReplyWriter`).
public indirect enum Reply: Sendable, Equatable {
    /// `+OK`
    case simpleString([UInt8])
    /// `-ERR unknown command …` or RESP3's `!` bulk error; the whole text, code word included.
    case error([UInt8])
    case integer(Int64)
    case bulkString([UInt8])
    case null
    case array([Reply])
    case boolean(Bool)
    case double(Double)
    /// Digits with an optional sign, beyond 64 bits.
    case bigNumber([UInt8])
    /// `format` is the three letters before the colon: `txt` or `mkd`.
    case verbatimString(format: [UInt8], [UInt8])
    /// Pairs in the server's order; duplicates are kept.
    case map([MapEntry])
    case set([Reply])
    /// Out-of-band data (`>`): never the answer to a request.
    case push([Reply])

    /// One pair of a RESP3 map.
    public struct MapEntry: Sendable, Equatable {
        public var key: Reply
        public var value: Reply

        public init(key: Reply, value: Reply) {
            self.key = key
            self.value = value
        }
    }
}

extension Reply {
    /// The bytes of a simple, bulk or verbatim string; nil for every other type.
    public var bytes: [UInt8]? {
        switch self {
        case .simpleString(let bytes), .bulkString(let bytes), .verbatimString(_, let bytes): bytes
        default: nil
        }
    }

    /// `bytes` as UTF-8 text, ill-formed sequences replaced; nil when this is not a string.
    public var string: String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The number of an integer reply or of a string that holds one.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .boolean(let value): value ? 1 : 0
        default: string.flatMap { Int64($0) }
        }
    }

    /// The text of an error reply, such as `WRONGTYPE Operation against …`; nil when this is not an error.
    public var errorMessage: String? {
        if case .error(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    public var isNull: Bool {
        self == .null
    }

    /// The elements of an array, set or push; a map gives its keys and values in turn. Nil for a scalar.
    public var elements: [Reply]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        default: nil
        }
    }
}
