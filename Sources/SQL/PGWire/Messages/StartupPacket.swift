/// The untyped packets that open a connection.
public enum StartupPacket: Equatable, Sendable {
    case sslRequest
    case gssEncryptionRequest
    case cancelRequest(processID: Int32, secret: Int32)
    case startup(Startup)

    public struct Startup: Equatable, Sendable {
        public var minorVersion: UInt16
        public var user: String
        public var database: String
        /// Run-time parameters in the order given, those of `options` first.
        public var parameters: [Parameter]
        /// `_pq_.` protocol extensions, none of which is known.
        public var unknownExtensions: [String]
        /// NegotiateProtocolVersion must be sent.
        public var needsNegotiation: Bool { minorVersion > 0 || !unknownExtensions.isEmpty }
    }

    public struct Parameter: Equatable, Sendable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Why a packet was refused.
    public enum Refusal: Error, Equatable {
        /// End the connection without a word.
        case silent
        /// FATAL, then the end.
        case report(ErrorReport)
        /// Protocol 2 and older: FATAL in the old form (`E`, text, zero byte).
        case oldProtocol(String)
    }

    public static let cancelCode: UInt32 = 80_877_102
    public static let sslCode: UInt32 = 80_877_103
    public static let gssCode: UInt32 = 80_877_104

    /// Reads a packet's content (without its length word).
    public init(_ content: UnsafeRawBufferPointer) throws(Refusal) {
        guard content.count >= 4 else { throw .silent }
        let code = UInt32(bigEndian: content.loadUnaligned(as: UInt32.self))
        switch code {
        case StartupPacket.sslCode: self = .sslRequest
        case StartupPacket.gssCode: self = .gssEncryptionRequest
        case StartupPacket.cancelCode:
            guard content.count == 12 else { throw .silent }
            self = .cancelRequest(
                processID: Int32(bigEndian: content.loadUnaligned(fromByteOffset: 4, as: Int32.self)),
                secret: Int32(bigEndian: content.loadUnaligned(fromByteOffset: 8, as: Int32.self))
            )
        default:
            let (major, minor) = (UInt16(code >> 16), UInt16(truncatingIfNeeded: code))
            guard major == 3 else {
                let text = "unsupported frontend protocol \(major).\(minor): server supports 3.0 to 3.0"
                throw major < 3 ? .oldProtocol(text) : .report(.fatal("0A000", text))
            }
            do {
                self = .startup(try StartupPacket.startup(content, minor: minor))
            } catch {
                throw .report(error)
            }
        }
    }

    private static func startup(_ content: UnsafeRawBufferPointer, minor: UInt16) throws(ErrorReport) -> Startup {
        let badLayout = ErrorReport.fatal("08P01", "invalid startup packet layout: expected terminator as last byte")
        var reader = MessageReader(content)
        _ = try reader.integer(UInt32.self)
        var user = ""
        var database = ""
        var options: [Parameter] = []
        var parameters: [Parameter] = []
        var extensions: [String] = []
        while true {
            guard let name = try? reader.string() else { throw badLayout }
            if name.isEmpty { break }
            guard let value = try? reader.string() else { throw badLayout }
            switch name {
            case "user": user = truncated(value)
            case "database": database = truncated(value)
            case "options": options = try Self.options(value)
            case "replication":
                if !["false", "off", "no", "0", "f", "n"].contains(value.lowercased()) {
                    throw .fatal("0A000", "replication connections are not supported")
                }
            default:
                if name.hasPrefix("_pq_.") {
                    extensions.append(name)
                } else {
                    parameters.append(Parameter(name: name, value: value))
                }
            }
        }
        guard reader.remaining == 0 else { throw badLayout }
        guard !user.isEmpty else { throw .fatal("28000", "no PostgreSQL user name specified in startup packet") }
        return Startup(
            minorVersion: minor,
            user: user,
            database: database.isEmpty ? user : database,
            parameters: options + parameters,
            unknownExtensions: extensions
        )
    }

    /// Names have at most 63 bytes.
    private static func truncated(_ name: String) -> String {
        guard name.utf8.count > 63 else { return name }
        var end = name.utf8.index(name.utf8.startIndex, offsetBy: 63)
        while end > name.utf8.startIndex, name.utf8[end] & 0xc0 == 0x80 { end = name.utf8.index(before: end) }
        return String(name[..<end])
    }

    /// The `options` text: words split at white space (a backslash takes the next byte literally); `-c name=value`, `--name=value`.
    static func options(_ text: String) throws(ErrorReport) -> [Parameter] {
        var words: [String] = []
        var word: [UInt8] = []
        var isOpen = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                word.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                isOpen = true
            } else if byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) {
                if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                isOpen = false
            } else {
                word.append(byte)
                isOpen = true
            }
        }
        if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
        var result: [Parameter] = []
        var index = 0
        while index < words.count {
            let current = words[index]
            var setting: Substring
            let shown: String
            if current == "-c" {
                index += 1
                guard index < words.count else { throw badArgument(current) }
                setting = words[index][...]
                shown = "-c \(setting)"
            } else if current.hasPrefix("--") {
                setting = current.dropFirst(2)
                shown = current
            } else if current.hasPrefix("-c") {
                setting = current.dropFirst(2)
                shown = "-c \(setting)"
            } else {
                throw badArgument(current)
            }
            guard let equals = setting.firstIndex(of: "=") else { throw .fatal("42601", "\(shown) requires a value") }
            // Hyphens stand for underscores in a name.
            let name = String(setting[..<equals].map { $0 == "-" ? "_" : $0 })
            result.append(Parameter(name: name, value: String(setting[setting.index(after: equals)...])))
            index += 1
        }
        return result
    }

    private static func badArgument(_ word: String) -> ErrorReport {
        .fatal(
            "42601",
            "invalid command-line argument for server process: \(word)",
            hint: "Try \"postgres --help\" for more information."
        )
    }
}
