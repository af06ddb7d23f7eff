/// The bodies of the client's messages, decoded into views of the read buffer (valid only during the call).
///
/// A message's frame is found by `FrontendDecoder`; these read what stands inside.
public enum FrontendMessage {
    /// The first byte of a message.
    public enum Kind {
        public static let query = UInt8(ascii: "Q")
        public static let parse = UInt8(ascii: "P")
        public static let bind = UInt8(ascii: "B")
        public static let describe = UInt8(ascii: "D")
        public static let execute = UInt8(ascii: "E")
        public static let close = UInt8(ascii: "C")
        public static let flush = UInt8(ascii: "H")
        public static let sync = UInt8(ascii: "S")
        public static let copyData = UInt8(ascii: "d")
        public static let copyDone = UInt8(ascii: "c")
        public static let copyFail = UInt8(ascii: "f")
        public static let functionCall = UInt8(ascii: "F")
        public static let terminate = UInt8(ascii: "X")
        /// PasswordMessage, SASLInitialResponse, SASLResponse.
        public static let password = UInt8(ascii: "p")
    }

    public struct Parse {
        public var statement: UnsafeRawBufferPointer
        public var text: UnsafeRawBufferPointer
        /// Big-endian 32-bit type numbers.
        public var types: UnsafeRawBufferPointer

        @inlinable
        public init(_ body: UnsafeRawBufferPointer) throws(ErrorReport) {
            var reader = MessageReader(body)
            statement = try reader.cString()
            text = try reader.cString()
            types = try reader.take(4 &* max(0, Int(try reader.integer(Int16.self))))
            try reader.end()
        }

        /// The declared parameter types; 0 where the server is to infer.
        @inlinable public var typeOIDs: [UInt32] {
            stride(from: 0, to: types.count, by: 4).map {
                UInt32(bigEndian: types.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
            }
        }
    }

    public struct Bind {
        public var portal: UnsafeRawBufferPointer
        public var statement: UnsafeRawBufferPointer
        /// Big-endian 16-bit codes.
        public var parameterFormats: UnsafeRawBufferPointer
        public var parameterCount: Int
        /// `parameterCount` times a 32-bit length (-1: null) and so many bytes; lengths were checked.
        public var parameters: UnsafeRawBufferPointer
        public var resultFormats: UnsafeRawBufferPointer

        @inlinable
        public init(_ body: UnsafeRawBufferPointer) throws(ErrorReport) {
            var reader = MessageReader(body)
            portal = try reader.cString()
            statement = try reader.cString()
            let formatCount = Int(try reader.integer(Int16.self))
            parameterFormats = try reader.take(2 &* max(0, formatCount))
            parameterCount = max(0, Int(try reader.integer(Int16.self)))
            guard parameterFormats.count <= 2 || parameterFormats.count == 2 &* parameterCount else {
                throw Bind.formatMismatch(parameterFormats.count / 2, parameterCount)
            }
            let start = reader.offset
            for number in 0..<parameterCount {
                do throws(ErrorReport) {
                    let length = Int(try reader.integer(Int32.self))
                    if length != -1 { _ = try reader.take(length) }
                } catch {
                    throw Bind.inParameter(number + 1, of: portal, error)
                }
            }
            parameters = UnsafeRawBufferPointer(rebasing: body[start..<reader.offset])
            resultFormats = try reader.take(2 &* max(0, Int(try reader.integer(Int16.self))))
            try reader.end()
        }

        @usableFromInline
        static func inParameter(_ number: Int, of portal: UnsafeRawBufferPointer, _ error: ErrorReport) -> ErrorReport {
            var error = error
            let name = portal.isEmpty ? "unnamed portal" : "portal \"\(String(decoding: portal, as: UTF8.self))\""
            error.context = "\(name) parameter $\(number)"
            return error
        }

        @usableFromInline
        static func formatMismatch(_ formats: Int, _ parameters: Int) -> ErrorReport {
            .protocolViolation("bind message has \(formats) parameter formats but \(parameters) parameters")
        }
    }

    /// Describe and Close: of a prepared statement or a portal.
    public struct Target {
        public var isStatement: Bool
        public var name: UnsafeRawBufferPointer

        @inlinable
        public init(_ body: UnsafeRawBufferPointer, verb: StaticString) throws(ErrorReport) {
            var reader = MessageReader(body)
            let kind = try reader.integer(UInt8.self)
            name = try reader.cString()
            try reader.end()
            guard kind == UInt8(ascii: "S") || kind == UInt8(ascii: "P") else {
                throw .protocolViolation("invalid \(verb) message subtype \(kind)")
            }
            isStatement = kind == UInt8(ascii: "S")
        }
    }

    public struct Execute {
        public var portal: UnsafeRawBufferPointer
        /// 0 and less: all rows.
        public var maximumRows: Int

        @inlinable
        public init(_ body: UnsafeRawBufferPointer) throws(ErrorReport) {
            var reader = MessageReader(body)
            portal = try reader.cString()
            maximumRows = Int(try reader.integer(Int32.self))
            try reader.end()
        }
    }

    /// A body that is one zero-terminated text: Query, CopyFail, PasswordMessage.
    @inlinable
    public static func text(_ body: UnsafeRawBufferPointer) throws(ErrorReport) -> UnsafeRawBufferPointer {
        var reader = MessageReader(body)
        let text = try reader.cString()
        try reader.end()
        return text
    }

    /// A body that must be empty: Sync, Flush, CopyDone.
    @inlinable
    public static func empty(_ body: UnsafeRawBufferPointer) throws(ErrorReport) {
        try MessageReader(body).end()
    }
}
