// The shortest way through the engine: columns of one row found by a unique key.
//
//     SELECT c1, c2 FROM t WHERE key = $1 | literal        hash look-up ─▶ visibility ─▶ DataRow, nothing allocated
//
// Made once per cached statement; good as long as the catalog has not changed.

import Bytes
import SQLStorage
import SQLTypes

final class PointPlan {
    enum Key {
        /// The text's only literal.
        case literal(Value)
        case parameter(Int)
    }
    let store: TableStore
    let index: TableIndex
    let columns: [(column: Int, codec: ColumnCodec)]
    let keyCodec: ColumnCodec
    /// The type the literal is read as.
    let keyType: SQLType
    let key: Key
    let keyToken: Int32

    /// nil: the query has another shape.
    init?(_ query: BoundQuery, _ catalog: CatalogState) {
        guard query.relations.count == 1, query.from.count == 1, query.commonTables.isEmpty, !query.isGrouped,
            query.orderBy.isEmpty, query.limit == nil, query.offset == nil, query.locking.isEmpty,
            case .none = query.distinct, !query.hasSetReturningTargets, !query.targets.isEmpty,
            case .table(let table) = query.relations[0].source, let store = table.storage as? TableStore,
            case .relation(0) = query.from[0], let filter = query.filter,
            case .call(let function, let arguments) = filter.kind, arguments.count == 2,
            case .comparison(.equal, let domain) = function.form, domain == .int4 || domain == .int8
        else { return nil }
        guard
            let (column, other) = PointPlan.sides(arguments[0], arguments[1])
                ?? PointPlan.sides(arguments[1], arguments[0])
        else { return nil }
        guard
            let definition = catalog.indexes(of: table.oid).first(where: {
                $0.isUnique && $0.predicate == nil && $0.keys.count == 1 && $0.keys[0].column == column
            }), let index = definition.storage as? TableIndex
        else { return nil }
        let codec = ColumnCodec(table.columns[column].type)
        guard codec.form == .int else { return nil }
        switch other.kind {
        case .literal(let value, let token):
            guard case .int = value else { return nil }
            key = .literal(value)
            keyToken = token
        case .parameter(let position):
            key = .parameter(position)
            keyToken = -1
        default: return nil
        }
        keyType = other.type
        keyCodec = codec
        self.store = store
        self.index = index
        var columns: [(column: Int, codec: ColumnCodec)] = []
        for target in query.targets {
            guard case .column(let reference) = target.expression.kind, reference.level == 0, reference.column >= 0
            else {
                return nil
            }
            columns.append((reference.column, ColumnCodec(target.expression.type)))
        }
        self.columns = columns
    }

    private static func sides(_ left: BoundExpression, _ right: BoundExpression) -> (Int, BoundExpression)? {
        guard case .column(let reference) = left.kind, reference.level == 0, reference.column >= 0 else { return nil }
        return (reference.column, right)
    }

    /// Writes the row, if there is one. - Returns: the number of rows.
    func run(
        _ key: Int64,
        _ snapshot: Snapshot,
        _ output: inout ByteBuffer,
        _ formats: ResultFormats,
        _ context: borrowing TextContext
    ) -> Int {
        var datum = Datum(key)
        guard let (_, tuple) = index.find(&datum, snapshot) else { return 0 }
        let start = output.count
        output.append(UInt8(ascii: "D"))
        output.append(bigEndian: Int32(0))
        output.append(bigEndian: Int16(truncatingIfNeeded: columns.count))
        for position in columns.indices {
            columns[position].codec.append(
                store.datum(tuple, columns[position].column),
                to: &output,
                isBinary: formats.format(of: position) == 1,
                context
            )
        }
        output.store(bigEndian: Int32(output.count - start - 1), at: start + 1)
        return 1
    }
}
