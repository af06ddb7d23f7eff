/// The server's messages as a client reads them. Owned bytes: they outlive the read buffer.
public enum BackendMessage: Sendable, Equatable {
    case authenticationOK
    case authenticationCleartextPassword
    case authenticationMD5Password(salt: [UInt8])
    case authenticationSASL(mechanisms: [String])
    case authenticationSASLContinue([UInt8])
    case authenticationSASLFinal([UInt8])
    case authenticationUnsupported(Int32)
    case negotiateProtocolVersion
    case parameterStatus(name: String, value: String)
    case backendKeyData(processID: Int32, secret: Int32)
    case readyForQuery(status: UInt8)
    case parseComplete
    case bindComplete
    case closeComplete
    case noData
    case parameterDescription([UInt32])
    case rowDescription([Column])
    case dataRow([[UInt8]?])
    case commandComplete(tag: String)
    case emptyQueryResponse
    case portalSuspended
    case error(ErrorReport)
    case notice(ErrorReport)
    case notification(processID: Int32, channel: String, payload: String)
    case copyInResponse
    case copyOutResponse
    case copyData([UInt8])
    case copyDone
    case unknown(UInt8)

    public struct Column: Sendable, Hashable {
        public var name: String
        public var tableOID: UInt32
        public var attributeNumber: Int16
        public var typeOID: UInt32
        public var typeLength: Int16
        public var typeModifier: Int32
        public var isBinary: Bool
    }
}

/// Cuts the server's byte stream into messages.
public enum BackendDecoder {
    /// No message of a server is larger (1 GB).
    public static let messageLimit = 0x3fff_ffff

    /// The first message of `bytes` and its size; nil while it is incomplete.
    /// - Throws: 08P01 when the length or the body cannot be.
    public static func next(_ bytes: UnsafeRawBufferPointer) throws(ErrorReport) -> (
        message: BackendMessage, size: Int
    )? {
        guard bytes.count >= 5 else { return nil }
        let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        guard length >= 4, length <= messageLimit else { throw .protocolViolation("invalid message length") }
        guard bytes.count > length else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[5..<(length + 1)])
        return (try decode(bytes[0], body), length + 1)
    }

    private static func decode(_ kind: UInt8, _ body: UnsafeRawBufferPointer) throws(ErrorReport) -> BackendMessage {
        var reader = MessageReader(body)
        switch kind {
        case UInt8(ascii: "R"): return try authentication(&reader)
        case UInt8(ascii: "v"): return .negotiateProtocolVersion
        case UInt8(ascii: "S"): return .parameterStatus(name: try reader.string(), value: try reader.string())
        case UInt8(ascii: "K"):
            return .backendKeyData(processID: try reader.integer(Int32.self), secret: try reader.integer(Int32.self))
        case UInt8(ascii: "Z"): return .readyForQuery(status: try reader.integer(UInt8.self))
        case UInt8(ascii: "1"): return .parseComplete
        case UInt8(ascii: "2"): return .bindComplete
        case UInt8(ascii: "3"): return .closeComplete
        case UInt8(ascii: "n"): return .noData
        case UInt8(ascii: "t"):
            var types: [UInt32] = []
            for _ in 0..<(try reader.integer(UInt16.self)) { types.append(try reader.integer(UInt32.self)) }
            return .parameterDescription(types)
        case UInt8(ascii: "T"): return .rowDescription(try columns(&reader))
        case UInt8(ascii: "D"): return .dataRow(try fields(&reader))
        case UInt8(ascii: "C"): return .commandComplete(tag: try reader.string())
        case UInt8(ascii: "I"): return .emptyQueryResponse
        case UInt8(ascii: "s"): return .portalSuspended
        case UInt8(ascii: "E"): return .error(try report(&reader))
        case UInt8(ascii: "N"): return .notice(try report(&reader))
        case UInt8(ascii: "A"):
            return .notification(
                processID: try reader.integer(Int32.self),
                channel: try reader.string(),
                payload: try reader.string()
            )
        case UInt8(ascii: "G"): return .copyInResponse
        case UInt8(ascii: "H"): return .copyOutResponse
        case UInt8(ascii: "d"): return .copyData(Array(reader.rest()))
        case UInt8(ascii: "c"): return .copyDone
        default: return .unknown(kind)
        }
    }

    private static func authentication(_ reader: inout MessageReader) throws(ErrorReport) -> BackendMessage {
        let code = try reader.integer(Int32.self)
        switch code {
        case 0: return .authenticationOK
        case 3: return .authenticationCleartextPassword
        case 5: return .authenticationMD5Password(salt: Array(try reader.take(4)))
        case 10:
            var mechanisms: [String] = []
            while true {
                let name = try reader.string()
                if name.isEmpty { return .authenticationSASL(mechanisms: mechanisms) }
                mechanisms.append(name)
            }
        case 11: return .authenticationSASLContinue(Array(reader.rest()))
        case 12: return .authenticationSASLFinal(Array(reader.rest()))
        default: return .authenticationUnsupported(code)
        }
    }

    private static func columns(_ reader: inout MessageReader) throws(ErrorReport) -> [BackendMessage.Column] {
        var result: [BackendMessage.Column] = []
        for _ in 0..<(try reader.integer(UInt16.self)) {
            result.append(
                BackendMessage.Column(
                    name: try reader.string(),
                    tableOID: try reader.integer(UInt32.self),
                    attributeNumber: try reader.integer(Int16.self),
                    typeOID: try reader.integer(UInt32.self),
                    typeLength: try reader.integer(Int16.self),
                    typeModifier: try reader.integer(Int32.self),
                    isBinary: try reader.integer(Int16.self) == 1
                )
            )
        }
        return result
    }

    private static func fields(_ reader: inout MessageReader) throws(ErrorReport) -> [[UInt8]?] {
        let count = Int(try reader.integer(UInt16.self))
        var result: [[UInt8]?] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            let length = Int(try reader.integer(Int32.self))
            result.append(length < 0 ? nil : Array(try reader.take(length)))
        }
        return result
    }

    private static func report(_ reader: inout MessageReader) throws(ErrorReport) -> ErrorReport {
        var report = ErrorReport(severity: "", code: "", message: "")
        while true {
            let code = try reader.integer(UInt8.self)
            if code == 0 { return report }
            let text = try reader.string()
            switch code {
            case UInt8(ascii: "V"): report.severity = text
            case UInt8(ascii: "S"): if report.severity.isEmpty { report.severity = text }
            case UInt8(ascii: "C"): report.code = text
            case UInt8(ascii: "M"): report.message = text
            case UInt8(ascii: "D"): report.detail = text
            case UInt8(ascii: "H"): report.hint = text
            case UInt8(ascii: "P"): report.position = Int(text)
            case UInt8(ascii: "p"): report.internalPosition = Int(text)
            case UInt8(ascii: "q"): report.internalQuery = text
            case UInt8(ascii: "W"): report.context = text
            case UInt8(ascii: "s"): report.schema = text
            case UInt8(ascii: "t"): report.table = text
            case UInt8(ascii: "c"): report.column = text
            case UInt8(ascii: "d"): report.dataType = text
            case UInt8(ascii: "n"): report.constraint = text
            default: break
            }
        }
    }
}
