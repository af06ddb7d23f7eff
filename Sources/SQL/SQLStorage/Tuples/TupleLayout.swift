// Where things lie in a row of a table.
//
//     0       8       16      20      24         24+n/8
//     xmin    xmax    older   command null bits  columns by falling width, each aligned      (stride: a multiple of 8)
//
// xmin: the transaction that made the version (48 bits), flags above. xmax: the one that deleted or locked it.
// older: slot of the version before this one. command: the command within its transaction that made or deleted it.

/// The fixed layout of a table's tuples.
public struct TupleLayout: Sendable {
    public let kinds: [PhysicalKind]
    /// Byte offset of each column from the start of the row.
    public let offsets: [Int]
    public let nullOffset: Int
    public let nullBytes: Int
    /// Bytes from a row to the next.
    public let stride: Int
    /// The columns of variable length.
    public let textColumns: [Int]

    public init(_ kinds: [PhysicalKind]) {
        self.kinds = kinds
        nullOffset = RowHeader.size
        nullBytes = (kinds.count + 7) / 8
        var offsets = [Int](repeating: 0, count: kinds.count)
        // Narrow columns first, they fill the gap behind the null bits; within a width in column order.
        var cursor = nullOffset + nullBytes
        var pending = Array(kinds.indices)
        while !pending.isEmpty {
            // The widest column that is aligned at the cursor, else the narrowest.
            var best = -1
            for (position, column) in pending.enumerated() where cursor % kinds[column].width == 0 {
                if best < 0 || kinds[column].width > kinds[pending[best]].width { best = position }
            }
            if best < 0 {
                cursor += 1
                continue
            }
            let column = pending.remove(at: best)
            offsets[column] = cursor
            cursor += kinds[column].width
        }
        self.offsets = offsets
        stride = max((cursor + 7) & ~7, 32)
        textColumns = kinds.indices.filter { kinds[$0] == .bytes }
    }
}

/// The head of every row version.
@usableFromInline
enum RowHeader {
    @usableFromInline static let size = 24
    @usableFromInline static let idMask: UInt64 = 0x0000_FFFF_FFFF_FFFF
    /// In xmin: the slot holds the newest version of a row (what indexes and scans find).
    @usableFromInline static let head: UInt64 = 1 << 48
    /// In xmin: the slot holds an older version.
    @usableFromInline static let old: UInt64 = 1 << 49
    /// In xmax: a lock (SELECT … FOR UPDATE), not a deletion.
    @usableFromInline static let lock: UInt64 = 1 << 48
}

extension UnsafeMutableRawPointer {
    @inlinable var xminWord: UInt64 {
        get { load(as: UInt64.self) }
        nonmutating set { storeBytes(of: newValue, as: UInt64.self) }
    }
    @inlinable var xmaxWord: UInt64 {
        get { load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set { storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
    }
    @inlinable var older: UInt32 {
        get { load(fromByteOffset: 16, as: UInt32.self) }
        nonmutating set { storeBytes(of: newValue, toByteOffset: 16, as: UInt32.self) }
    }
    @inlinable var command: UInt32 {
        get { load(fromByteOffset: 20, as: UInt32.self) }
        nonmutating set { storeBytes(of: newValue, toByteOffset: 20, as: UInt32.self) }
    }
}
