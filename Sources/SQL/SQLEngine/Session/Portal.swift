// Prepared statements, portals, and the writer of their rows.

import Bytes
import SQLStorage
import SQLTypes

/// A parsed and bound statement, named or not.
final class PreparedStatement {
    let text: [UInt8]
    var bound: BoundStatement
    let parameterTypes: [SQLType]
    let declaredTypes: [OID]
    var catalogVersion: UInt64
    let description: ResultDescription?
    var point: PointPlan?
    /// A utility statement that could not be bound when it was parsed: it is bound when it runs, and fails only then.
    var isDeferred = false
    /// START TRANSACTION rather than BEGIN: the tag says so.
    var saysStart = false
    /// Whether planning computes something that may fail; nil while unknown.
    var foldsConstants: Bool?

    init(
        text: [UInt8],
        bound: BoundStatement,
        parameterTypes: [SQLType],
        declaredTypes: [OID],
        catalogVersion: UInt64,
        description: ResultDescription?
    ) {
        self.text = text
        self.bound = bound
        self.parameterTypes = parameterTypes
        self.declaredTypes = declaredTypes
        self.catalogVersion = catalogVersion
        self.description = description
    }
}

/// A bound prepared statement, or a cursor.
final class Portal {
    let name: [UInt8]
    let statement: PreparedStatement
    let parameters: [Value]
    let formats: ResultFormats
    /// Rows made but not yet sent (row limit, cursors): encoded DataRows and where each ends.
    var rows = HeldRows()
    var position = 0
    var isStarted = false
    var isComplete = false
    var tag = CommandTag("SELECT")
    /// A cursor's result columns.
    var description: ResultDescription?
    var isHoldable = false
    var isScroll = false
    var isCursor = false
    /// Declared by the transaction that is still open.
    var isNew = true

    init(name: [UInt8], statement: PreparedStatement, parameters: [Value], formats: ResultFormats) {
        self.name = name
        self.statement = statement
        self.parameters = parameters
        self.formats = formats
    }
}

/// Encoded rows kept for later.
struct HeldRows: ~Copyable {
    var bytes = ByteBuffer()
    var ends: [Int] = []
    var count: Int { ends.count }

    func row(_ position: Int) -> UnsafeRawBufferPointer {
        let start = position == 0 ? 0 : ends[position - 1]
        return UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<ends[position]])
    }
}

/// Encodes rows as DataRow messages.
final class DataRowWriter: RowConsumer {
    let types: [SQLType]
    let formats: ResultFormats
    let context: TextContext
    private(set) var count = 0
    private let sink: (any ResultSink)?
    private let portal: Portal?
    /// Looks up what regclass and its like are called.
    private let names: (any EvaluationEnvironment)?
    private var values: [Value]

    /// Rows go to the sink, or into the portal to be fetched from there.
    init(
        _ types: [SQLType],
        _ formats: ResultFormats,
        _ context: TextContext,
        sink: (any ResultSink)?,
        portal: Portal?,
        names: (any EvaluationEnvironment)? = nil
    ) {
        self.names = names
        self.types = types
        self.formats = formats
        self.context = context
        self.sink = sink
        self.portal = portal
        values = Array(repeating: .null, count: types.count)
    }

    override func take(_ frame: Frame, _ targets: [Expression]) throws(SQLError) -> Bool {
        // Computed targets first: only they can fail.
        for position in types.indices where !(targets[position] is ColumnExpression) {
            values[position] = try targets[position].evaluate(frame)
        }
        for position in types.indices {
            if let column = targets[position] as? ColumnExpression, DataRowWriter.tuple(column, frame) == nil {
                values[position] = try column.evaluate(frame)
            }
        }
        write { output in
            for position in types.indices {
                if let column = targets[position] as? ColumnExpression,
                    let (tuple, reader) = DataRowWriter.tuple(column, frame)
                {
                    reader.codecs[column.column].append(
                        reader.store.datum(tuple, column.column),
                        to: &output,
                        isBinary: formats.format(of: position) == 1,
                        context
                    )
                } else {
                    append(values[position], position, &output)
                }
            }
        }
        return true
    }

    private static func tuple(_ column: ColumnExpression, _ frame: Frame) -> (UnsafeMutableRawPointer, TableReader)? {
        guard column.level == 0, column.column >= 0, let tuple = frame.slots[column.relation].tuple,
            let reader = frame.readers[column.relation]
        else { return nil }
        return (tuple, reader)
    }

    override func take(_ row: [Value]) throws(SQLError) -> Bool {
        write { output in
            for position in types.indices {
                append(row[position], position, &output)
            }
        }
        return true
    }

    private func append(_ value: Value, _ position: Int, _ output: inout ByteBuffer) {
        let isBinary = formats.format(of: position) == 1
        let type = types[position]
        // The types that stand for catalog objects are shown by name, which only the session can look up.
        if !isBinary, let names, !value.isNull, CatalogFunctions.isRegistered(type.oid) {
            let name = CatalogFunctions.output(value, type.oid, names)
            return ColumnCodec.append(.string(name), .text, to: &output, isBinary: false, context)
        }
        ColumnCodec.append(value, type, to: &output, isBinary: isBinary, context)
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        count += 1
        if let portal {
            encode(&portal.rows.bytes, body)
            portal.rows.ends.append(portal.rows.bytes.count)
        } else {
            sink?.withOutput { output in encode(&output, body) }
        }
    }

    private func encode(_ output: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        let start = output.count
        output.append(UInt8(ascii: "D"))
        output.append(bigEndian: Int32(0))
        output.append(bigEndian: Int16(truncatingIfNeeded: types.count))
        body(&output)
        output.store(bigEndian: Int32(truncatingIfNeeded: output.count - start - 1), at: start + 1)
    }
}
