import Bytes
import Net
import PGWire
import SQLEngine
import SQLTypes

/// Turns what a session produces into messages in its connection's send buffer. Rows come ready-made through `withOutput`.
///
/// One per connection, confined to the loop's thread. A plan's RowDescription is encoded once and kept with the plan.
final class ResultEncoder: ResultSink {
    private unowned let connection: Connection
    /// A FATAL error was sent: the session must end.
    private(set) var sawFatal = false

    init(_ connection: Connection) { self.connection = connection }

    func withOutput(_ body: (inout ByteBuffer) -> Void) { body(&connection.output) }

    var isCongested: Bool { connection.isOutputAboveHighWater }

    func rowDescription(_ description: ResultDescription, formats: ResultFormats) {
        switch formats {
        case .text:
            if description.encodedText.isEmpty { description.encodedText = Self.encode(description.columns, formats) }
            connection.output.append(description.encodedText)
        case .binary:
            if description.encodedBinary.isEmpty {
                description.encodedBinary = Self.encode(description.columns, formats)
            }
            connection.output.append(description.encodedBinary)
        case .each: connection.output.append(Self.encode(description.columns, formats))
        }
    }

    private static func encode(_ columns: [ResultColumn], _ formats: ResultFormats) -> [UInt8] {
        var output = ByteBuffer()
        let place = BackendEncoder.begin(UInt8(ascii: "T"), &output)
        output.append(bigEndian: UInt16(truncatingIfNeeded: columns.count))
        for (index, column) in columns.enumerated() {
            BackendEncoder.cString(column.name, &output)
            output.append(bigEndian: column.tableOID)
            output.append(bigEndian: column.attributeNumber)
            output.append(bigEndian: column.typeOID)
            output.append(bigEndian: column.typeLength)
            output.append(bigEndian: column.typeModifier)
            output.append(bigEndian: formats.format(of: index))
        }
        BackendEncoder.end(place, &output)
        return Array(output.bytes)
    }

    func noData() { BackendEncoder.noData(&connection.output) }
    func parameterDescription(_ types: [UInt32]) { BackendEncoder.parameterDescription(types, &connection.output) }
    func emptyQuery() { BackendEncoder.emptyQueryResponse(&connection.output) }
    func portalSuspended() { BackendEncoder.portalSuspended(&connection.output) }
    func copyDone() { BackendEncoder.copyDone(&connection.output) }

    func commandComplete(_ tag: CommandTag) {
        let place = BackendEncoder.begin(UInt8(ascii: "C"), &connection.output)
        tag.append(to: &connection.output)
        connection.output.append(0)
        BackendEncoder.end(place, &connection.output)
    }

    func copyIn(_ description: CopyDescription) {
        BackendEncoder.copyResponse(
            isIn: true,
            isBinary: description.isBinary,
            columnCount: description.columnCount,
            &connection.output
        )
    }

    func copyOut(_ description: CopyDescription) {
        BackendEncoder.copyResponse(
            isIn: false,
            isBinary: description.isBinary,
            columnCount: description.columnCount,
            &connection.output
        )
    }

    func parameterStatus(_ name: String, _ value: String) {
        BackendEncoder.parameterStatus(name, value, &connection.output)
    }

    func notice(_ notice: SQLError) { BackendEncoder.notice(ErrorReport(notice), &connection.output) }

    func error(_ error: SQLError) {
        if error.severity == .fatal || error.severity == .panic { sawFatal = true }
        BackendEncoder.error(ErrorReport(error), &connection.output)
    }
}

extension ErrorReport {
    /// The engine's error in the wire's words.
    init(_ error: SQLError) {
        self.init(
            severity: error.severity.rawValue,
            code: error.state.description,
            message: error.message,
            detail: error.detail,
            hint: error.hint
        )
        position = error.position
        internalPosition = error.internalPosition
        internalQuery = error.internalQuery
        context = error.context
        schema = error.schema
        table = error.table
        column = error.column
        dataType = error.dataType
        constraint = error.constraint
    }
}

extension SQLError {
    /// A broken message, as the engine is told of it.
    init(_ report: ErrorReport) {
        self.init(
            SQLState(report.code),
            report.message,
            detail: report.detail,
            hint: report.hint,
            severity: report.severity == "FATAL" ? .fatal : .error
        )
        context = report.context
    }
}
