import Bytes

/// Writes the server's messages. Rows are written by the engine itself; everything else goes through here.
public enum BackendEncoder {
    /// The transaction status byte of ReadyForQuery.
    public enum Status {
        public static let idle = UInt8(ascii: "I")
        public static let inTransaction = UInt8(ascii: "T")
        public static let failed = UInt8(ascii: "E")
    }

    /// Opens a message: returns the place of its length word for `end`.
    @inlinable
    public static func begin(_ kind: UInt8, _ output: inout ByteBuffer) -> Int {
        output.append(kind)
        let place = output.count
        output.append(bigEndian: Int32(0))
        return place
    }

    /// Closes the message that `begin` opened.
    @inlinable
    public static func end(_ place: Int, _ output: inout ByteBuffer) {
        output.store(bigEndian: Int32(truncatingIfNeeded: output.count &- place), at: place)
    }

    @inlinable
    static func empty(_ kind: UInt8, _ output: inout ByteBuffer) {
        output.append(kind)
        output.append(bigEndian: Int32(4))
    }

    public static func parseComplete(_ output: inout ByteBuffer) { empty(UInt8(ascii: "1"), &output) }
    public static func bindComplete(_ output: inout ByteBuffer) { empty(UInt8(ascii: "2"), &output) }
    public static func closeComplete(_ output: inout ByteBuffer) { empty(UInt8(ascii: "3"), &output) }
    public static func noData(_ output: inout ByteBuffer) { empty(UInt8(ascii: "n"), &output) }
    public static func emptyQueryResponse(_ output: inout ByteBuffer) { empty(UInt8(ascii: "I"), &output) }
    public static func portalSuspended(_ output: inout ByteBuffer) { empty(UInt8(ascii: "s"), &output) }
    public static func copyDone(_ output: inout ByteBuffer) { empty(UInt8(ascii: "c"), &output) }

    @inlinable
    public static func readyForQuery(_ status: UInt8, _ output: inout ByteBuffer) {
        output.append(UInt8(ascii: "Z"))
        output.append(bigEndian: Int32(5))
        output.append(status)
    }

    public static func parameterStatus(_ name: String, _ value: String, _ output: inout ByteBuffer) {
        let place = begin(UInt8(ascii: "S"), &output)
        cString(name, &output)
        cString(value, &output)
        end(place, &output)
    }

    public static func backendKeyData(processID: Int32, secret: Int32, _ output: inout ByteBuffer) {
        output.append(UInt8(ascii: "K"))
        output.append(bigEndian: Int32(12))
        output.append(bigEndian: processID)
        output.append(bigEndian: secret)
    }

    public static func parameterDescription(_ types: [UInt32], _ output: inout ByteBuffer) {
        let place = begin(UInt8(ascii: "t"), &output)
        output.append(bigEndian: UInt16(truncatingIfNeeded: types.count))
        for type in types { output.append(bigEndian: type) }
        end(place, &output)
    }

    /// CopyInResponse (`G`) or CopyOutResponse (`H`).
    public static func copyResponse(isIn: Bool, isBinary: Bool, columnCount: Int, _ output: inout ByteBuffer) {
        let place = begin(isIn ? UInt8(ascii: "G") : UInt8(ascii: "H"), &output)
        output.append(isBinary ? 1 : 0)
        output.append(bigEndian: Int16(truncatingIfNeeded: columnCount))
        for _ in 0..<columnCount { output.append(bigEndian: Int16(isBinary ? 1 : 0)) }
        end(place, &output)
    }

    // MARK: Handshake

    public static func authenticationOK(_ output: inout ByteBuffer) { authentication(0, &output) }

    public static func authenticationMD5(salt: [UInt8], _ output: inout ByteBuffer) {
        authentication(5, &output) { $0.append(salt) }
    }

    public static func authenticationSASL(mechanisms: [String], _ output: inout ByteBuffer) {
        authentication(10, &output) { output in
            for mechanism in mechanisms { cString(mechanism, &output) }
            output.append(0)
        }
    }

    public static func authenticationSASLContinue(_ data: [UInt8], _ output: inout ByteBuffer) {
        authentication(11, &output) { $0.append(data) }
    }

    public static func authenticationSASLFinal(_ data: [UInt8], _ output: inout ByteBuffer) {
        authentication(12, &output) { $0.append(data) }
    }

    private static func authentication(
        _ code: Int32,
        _ output: inout ByteBuffer,
        _ body: (inout ByteBuffer) -> Void = { _ in }
    ) {
        let place = begin(UInt8(ascii: "R"), &output)
        output.append(bigEndian: code)
        body(&output)
        end(place, &output)
    }

    public static func negotiateProtocolVersion(unknownExtensions: [String], _ output: inout ByteBuffer) {
        let place = begin(UInt8(ascii: "v"), &output)
        output.append(bigEndian: UInt32(3 << 16))
        output.append(bigEndian: Int32(truncatingIfNeeded: unknownExtensions.count))
        for name in unknownExtensions { cString(name, &output) }
        end(place, &output)
    }

    // MARK: Errors

    public static func error(_ report: ErrorReport, _ output: inout ByteBuffer) {
        write(report, UInt8(ascii: "E"), &output)
    }

    public static func notice(_ report: ErrorReport, _ output: inout ByteBuffer) {
        write(report, UInt8(ascii: "N"), &output)
    }

    /// The form of protocol 2, for clients that asked for that.
    public static func oldError(_ text: String, _ output: inout ByteBuffer) {
        output.append("EFATAL:  ")
        output.append(string: text)
        output.append("\n\0")
    }

    private static func write(_ report: ErrorReport, _ kind: UInt8, _ output: inout ByteBuffer) {
        let place = begin(kind, &output)
        func field(_ code: Character, _ text: String?) {
            guard let text, let byte = code.asciiValue else { return }
            output.append(byte)
            cString(text, &output)
        }
        field("S", report.severity)
        field("V", report.severity)
        field("C", report.code)
        field("M", report.message)
        field("D", report.detail)
        field("H", report.hint)
        field("P", report.position.map(String.init))
        field("p", report.internalPosition.map(String.init))
        field("q", report.internalQuery)
        field("W", report.context)
        field("s", report.schema)
        field("t", report.table)
        field("c", report.column)
        field("d", report.dataType)
        field("n", report.constraint)
        output.append(0)
        end(place, &output)
    }

    /// The text and a zero byte; zero bytes inside, which would end it early, are dropped.
    public static func cString(_ text: String, _ output: inout ByteBuffer) {
        if text.utf8.contains(0) {
            for byte in text.utf8 where byte != 0 { output.append(byte) }
        } else {
            output.append(string: text)
        }
        output.append(0)
    }
}
