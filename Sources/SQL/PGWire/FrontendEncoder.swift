/// Writes the client's messages into an array of bytes: for `SQLClient`, which hands them to SwiftNIO.
public struct FrontendEncoder: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Takes what was written and starts anew.
    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: false) }
        return bytes
    }

    private mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func cString(_ text: String) {
        bytes.append(contentsOf: text.utf8.lazy.filter { $0 != 0 })
        bytes.append(0)
    }

    private mutating func message(_ kind: UInt8?, _ body: (inout FrontendEncoder) -> Void) {
        if let kind { bytes.append(kind) }
        let place = bytes.count
        append(Int32(0))
        body(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - place)
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - index * 8)) }
    }

    public mutating func startup(user: String, database: String, parameters: [StartupPacket.Parameter] = []) {
        message(nil) { writer in
            writer.append(UInt32(3 << 16))
            writer.cString("user")
            writer.cString(user)
            writer.cString("database")
            writer.cString(database)
            for parameter in parameters {
                writer.cString(parameter.name)
                writer.cString(parameter.value)
            }
            writer.bytes.append(0)
        }
    }

    public mutating func cancelRequest(processID: Int32, secret: Int32) {
        message(nil) { writer in
            writer.append(StartupPacket.cancelCode)
            writer.append(processID)
            writer.append(secret)
        }
    }

    public mutating func sslRequest() { message(nil) { $0.append(StartupPacket.sslCode) } }

    public mutating func password(_ text: String) { message(FrontendMessage.Kind.password) { $0.cString(text) } }

    public mutating func saslInitialResponse(mechanism: String, _ data: [UInt8]) {
        message(FrontendMessage.Kind.password) { writer in
            writer.cString(mechanism)
            writer.append(Int32(truncatingIfNeeded: data.count))
            writer.bytes += data
        }
    }

    public mutating func saslResponse(_ data: [UInt8]) { message(FrontendMessage.Kind.password) { $0.bytes += data } }

    public mutating func query(_ text: String) { message(FrontendMessage.Kind.query) { $0.cString(text) } }

    public mutating func parse(statement: String, text: String, types: [UInt32] = []) {
        message(FrontendMessage.Kind.parse) { writer in
            writer.cString(statement)
            writer.cString(text)
            writer.append(Int16(truncatingIfNeeded: types.count))
            for type in types { writer.append(type) }
        }
    }

    /// Binds parameters in the text format (nil is NULL) or, where `binary` says so, in the binary one.
    public mutating func bind(
        portal: String = "",
        statement: String,
        parameters: [[UInt8]?],
        binary: [Bool] = [],
        binaryResults: Bool = false
    ) {
        message(FrontendMessage.Kind.bind) { writer in
            writer.cString(portal)
            writer.cString(statement)
            writer.append(Int16(truncatingIfNeeded: binary.count))
            for isBinary in binary { writer.append(Int16(isBinary ? 1 : 0)) }
            writer.append(Int16(truncatingIfNeeded: parameters.count))
            for parameter in parameters {
                guard let parameter else {
                    writer.append(Int32(-1))
                    continue
                }
                writer.append(Int32(truncatingIfNeeded: parameter.count))
                writer.bytes += parameter
            }
            writer.append(Int16(binaryResults ? 1 : 0))
            if binaryResults { writer.append(Int16(1)) }
        }
    }

    public mutating func describe(statement: String) {
        message(FrontendMessage.Kind.describe) { writer in
            writer.bytes.append(UInt8(ascii: "S"))
            writer.cString(statement)
        }
    }

    public mutating func describe(portal: String) {
        message(FrontendMessage.Kind.describe) { writer in
            writer.bytes.append(UInt8(ascii: "P"))
            writer.cString(portal)
        }
    }

    public mutating func execute(portal: String = "", maximumRows: Int32 = 0) {
        message(FrontendMessage.Kind.execute) { writer in
            writer.cString(portal)
            writer.append(maximumRows)
        }
    }

    public mutating func close(statement: String) {
        message(FrontendMessage.Kind.close) { writer in
            writer.bytes.append(UInt8(ascii: "S"))
            writer.cString(statement)
        }
    }

    public mutating func copyData(_ data: [UInt8]) { message(FrontendMessage.Kind.copyData) { $0.bytes += data } }
    public mutating func copyDone() { message(FrontendMessage.Kind.copyDone) { _ in } }
    public mutating func copyFail(_ reason: String) { message(FrontendMessage.Kind.copyFail) { $0.cString(reason) } }
    public mutating func flush() { message(FrontendMessage.Kind.flush) { _ in } }
    public mutating func sync() { message(FrontendMessage.Kind.sync) { _ in } }
    public mutating func terminate() { message(FrontendMessage.Kind.terminate) { _ in } }
}
