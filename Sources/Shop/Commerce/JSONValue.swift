/// A JSON document in memory: what a request body says, before anybody believed it.
///
///     bytes ──JSONValue(parsing:)──▶ JSONValue ──Order(json:), ProductID(…)──▶ typed values
///
/// Numbers keep their text, so that money never passes through binary floating point. Object members keep their
/// order; where a name is repeated, look-up by name gives the last one, as JavaScript does.
/// Not here: the grammar (`JSONParser`) and writing without a tree (`JSONWriter`), which hot routes use.
public indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One name and value of an object.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }
}

/// A JSON number as it was written.
public struct JSONNumber: Sendable, Equatable {
    /// The digits, valid by JSON's grammar.
    public let text: String

    init(validated text: String) {
        self.text = text
    }

    public init(_ value: Int) {
        text = String(value)
    }

    /// The number when it is whole, written without fraction or exponent, and fits.
    public var int: Int? { Int(text) }
    /// The nearest binary floating-point number, nil when it overflows.
    public var double: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

extension JSONValue {
    /// The member called `name`, nil when this is no object or has none. Linear in the number of members.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var int: Int? {
        if case .number(let number) = self { number.int } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var isObject: Bool {
        if case .object = self { true } else { false }
    }

    public var isNull: Bool { self == .null }
}
