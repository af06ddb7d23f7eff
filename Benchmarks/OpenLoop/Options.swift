/// What a run is told on the command line.
///
///     openloop --port P [--host H] --rate N --seconds S [--connections C] --protocol resp|http REQUEST
///
/// REQUEST is sent as it is, with `\r`, `\n` and `\\` understood and `{n}` replaced by a number that counts up.
struct Options {
    enum Kind: String { case resp, http }

    var host = "127.0.0.1"
    var port: UInt16 = 0
    /// Requests a second, over all connections.
    var rate = 1000.0
    var seconds = 5.0
    var connections = 50
    var kind = Kind.resp
    var request: [UInt8] = []
    /// How many different numbers `{n}` becomes.
    var keys = 100_000

    static let usage = """
        usage: openloop --port P [--host H] --rate N --seconds S [--connections C] [--keys K] --protocol resp|http REQUEST
        """

    init(_ arguments: [String]) throws(OptionsError) {
        var rest = arguments[...]
        func value<Value: LosslessStringConvertible>(_ name: String, _ type: Value.Type) throws(OptionsError) -> Value {
            guard let text = rest.popFirst(), let value = Value(text) else {
                throw OptionsError(text: "\(name) needs a value")
            }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--host": host = try value(argument, String.self)
            case "--port": port = try value(argument, UInt16.self)
            case "--rate": rate = try value(argument, Double.self)
            case "--seconds": seconds = try value(argument, Double.self)
            case "--connections": connections = try value(argument, Int.self)
            case "--keys": keys = try value(argument, Int.self)
            case "--protocol":
                guard let named = Kind(rawValue: try value(argument, String.self)) else {
                    throw OptionsError(text: "--protocol is resp or http")
                }
                kind = named
            default:
                guard !argument.hasPrefix("--"), request.isEmpty else {
                    throw OptionsError(text: "unknown option \(argument)")
                }
                request = Self.unescaped(argument)
            }
        }
        guard port > 0, rate > 0, seconds > 0, connections > 0, keys > 0, !request.isEmpty else {
            throw OptionsError(text: "a port, a rate, a time, connections and a request are needed")
        }
    }

    private static func unescaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
                bytes.append(byte == UInt8(ascii: "r") ? 13 : byte == UInt8(ascii: "n") ? 10 : byte)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

struct OptionsError: Error { let text: String }
