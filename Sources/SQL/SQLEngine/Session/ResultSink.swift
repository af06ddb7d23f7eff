// What leaves the engine: rows, descriptions, tags, notices and errors.
//
//     executor ──encoded DataRow──▶ withOutput ──▶ the connection's send buffer
//     session  ──events──────────▶ rowDescription, commandComplete, notice, error …
//
// The executor writes whole DataRow ('D') and CopyData ('d') messages itself, straight from the tuples into the send buffer.
// Everything else is an event that the server's encoder turns into messages.

import Bytes
import SQLTypes

/// One column of a result, as RowDescription tells it.
public struct ResultColumn: Sendable, Equatable {
    public var name: String
    /// The OID of the relation the column comes from, 0 when it is computed.
    public var tableOID: UInt32
    /// The attribute number in that relation, 0 when it is computed.
    public var attributeNumber: Int16
    public var typeOID: UInt32
    /// The type's length in bytes, negative for variable length (PostgreSQL's `typlen`).
    public var typeLength: Int16
    /// The type modifier, -1 when there is none.
    public var typeModifier: Int32

    public init(
        name: String,
        tableOID: UInt32 = 0,
        attributeNumber: Int16 = 0,
        typeOID: UInt32,
        typeLength: Int16,
        typeModifier: Int32 = -1
    ) {
        self.name = name
        self.tableOID = tableOID
        self.attributeNumber = attributeNumber
        self.typeOID = typeOID
        self.typeLength = typeLength
        self.typeModifier = typeModifier
    }
}

/// The columns of a result; one object per plan, so that an encoder may keep what it made of it.
public final class ResultDescription {
    public let columns: [ResultColumn]
    /// The encoder's own cache: the RowDescription message for all-text formats. The engine never looks at it.
    public var encodedText: [UInt8] = []
    /// The same for all-binary formats.
    public var encodedBinary: [UInt8] = []

    public init(columns: [ResultColumn]) {
        self.columns = columns
    }
}

/// The wire formats of a result's columns.
public enum ResultFormats: Equatable, Sendable {
    case text
    case binary
    /// One per column.
    case each([Int16])

    /// 0 for text, 1 for binary.
    @inlinable public func format(of column: Int) -> Int16 {
        switch self {
        case .text: return 0
        case .binary: return 1
        case .each(let formats): return column < formats.count ? formats[column] : 0
        }
    }
}

/// A command tag: fixed words and, for some commands, a count (`SELECT 5`, `INSERT 0 1`, `CREATE TABLE`).
public struct CommandTag: Sendable {
    public var words: StaticString
    /// Negative: the tag has no count.
    public var count: Int

    public init(_ words: StaticString, count: Int = -1) {
        self.words = words
        self.count = count
    }

    /// Appends the tag's text, without a terminator.
    @inlinable public func append(to output: inout ByteBuffer) {
        output.append(words)
        if count >= 0 {
            output.append(0x20)
            output.append(decimal: Int64(count))
        }
    }
}

/// The head of a COPY stream, either way.
public struct CopyDescription: Sendable {
    public var isBinary: Bool
    public var columnCount: Int

    public init(isBinary: Bool, columnCount: Int) {
        self.isBinary = isBinary
        self.columnCount = columnCount
    }
}

/// Receives what a session produces, in order. The server's encoder conforms; tests use one that collects.
public protocol ResultSink: AnyObject {
    /// Hands out the send buffer; `body` appends whole messages.
    func withOutput(_ body: (inout ByteBuffer) -> Void)
    /// RowDescription. In the simple protocol it comes before the rows; in the extended protocol only from a describe call.
    func rowDescription(_ description: ResultDescription, formats: ResultFormats)
    /// NoData (describe of a statement or portal without a result).
    func noData()
    /// ParameterDescription.
    func parameterDescription(_ types: [UInt32])
    func commandComplete(_ tag: CommandTag)
    func emptyQuery()
    /// PortalSuspended: the row limit was reached.
    func portalSuspended()
    /// NOTICE, WARNING, INFO …: the severity is in the value.
    func notice(_ notice: SQLError)
    /// ErrorResponse. After it, `Progress.failed` is returned by the call that met it.
    func error(_ error: SQLError)
    func copyIn(_ description: CopyDescription)
    /// CopyOutResponse; CopyData messages follow through `withOutput`, then `copyDone` and `commandComplete`.
    func copyOut(_ description: CopyDescription)
    func copyDone()
    /// A reported run-time parameter (ParameterStatus) has a new value.
    func parameterStatus(_ name: String, _ value: String)
    /// True while the send buffer is so full that a long result should pause; the session then answers `.yielded`.
    var isCongested: Bool { get }
}
