// The rows of one table: slabs of fixed-stride slots, a text heap, and the table's indexes.
//
//     RowID ──>> 10──▶ slab ──& 1023──▶ slot: the newest version of the row
//                                        └─ older ─▶ slot ─ older ─▶ slot      versions some snapshot may still need
//
// Invariants: a row keeps its RowID for life, so an update touches an index only if a key changed; an index entry exists for every
// key that any version of the row has; slabs never move; slots flagged neither head nor old are free and linked through `older`.
// Not here: what a version means to a snapshot (`TableStore+Visibility.swift`), changes (`TableStore+Write.swift`).

import Glibc

/// The stored rows of one table. Confined to the thread that owns the data.
public final class TableStore {
    @usableFromInline static let slabShift: UInt32 = 10
    @usableFromInline static let slabRows: UInt32 = 1 << 10

    public let layout: TupleLayout
    @usableFromInline let stride: Int
    @usableFromInline var slabs: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var slabCapacity = 4
    private var slabCount = 0
    /// Slots ever handed out: a scan looks at those below it.
    public internal(set) var slotCount: UInt32 = 0
    private var freeSlot = TableStore.none
    private var freeCount = 0
    var texts = TextHeap()
    public internal(set) var indexes: [TableIndex] = []
    /// Rows that are there for a new snapshot, about: inserts minus deletes, whoever made them.
    public internal(set) var liveRows = 0
    @usableFromInline var isLockedExclusively = false
    var holders: [(transaction: Transaction, mode: TableLock)] = []

    @usableFromInline static let none = UInt32.max

    public init(_ layout: TupleLayout) {
        self.layout = layout
        stride = layout.stride
        slabs = .allocate(capacity: 4)
    }

    deinit {
        // Large texts are blocks of their own; everything else goes with its chunk or slab.
        if texts.largeBytes > 0 {
            for slot in 0..<slotCount {
                let row = pointer(slot)
                guard row.xminWord & (RowHeader.head | RowHeader.old) != 0 else { continue }
                for column in layout.textColumns {
                    let word = row.load(fromByteOffset: layout.offsets[column], as: UInt64.self)
                    guard TextHeap.isLarge(word) else { continue }
                    // Shared with the older version: freed there.
                    if row.older != Self.none,
                        pointer(row.older).load(fromByteOffset: layout.offsets[column], as: UInt64.self) == word
                    {
                        continue
                    }
                    texts.release(word)
                }
            }
        }
        for slab in 0..<slabCount { free(slabs[slab]) }
        slabs.deallocate()
    }

    /// The slot's address. - Precondition: `slot < slotCount`.
    @inlinable
    public func pointer(_ slot: UInt32) -> UnsafeMutableRawPointer {
        slabs[Int(slot >> Self.slabShift)] + Int(slot & (Self.slabRows - 1)) &* stride
    }

    /// Bytes of slabs and text chunks.
    public var storageBytes: Int {
        slabCount * Int(Self.slabRows) * stride + texts.chunkBytes + texts.largeBytes
    }

    func allocateSlot() -> UInt32? {
        if freeSlot != Self.none {
            let slot = freeSlot
            freeSlot = pointer(slot).older
            freeCount -= 1
            return slot
        }
        guard slotCount < UInt32.max - 1 else { return nil }
        if slotCount >> Self.slabShift >= UInt32(slabCount) {
            if slabCount == slabCapacity {
                let larger = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: slabCapacity * 2)
                larger.update(from: slabs, count: slabCount)
                slabs.deallocate()
                slabs = larger
                slabCapacity *= 2
            }
            guard let slab = malloc(Int(Self.slabRows) * stride) else { return nil }
            slabs[slabCount] = slab
            slabCount += 1
        }
        slotCount += 1
        return slotCount - 1
    }

    func freeSlot(_ slot: UInt32) {
        let row = pointer(slot)
        row.xminWord = 0
        row.xmaxWord = 0
        row.older = freeSlot
        freeSlot = slot
        freeCount += 1
    }

    // MARK: columns

    @inlinable
    public func isNull(_ row: UnsafeMutableRawPointer, _ column: Int) -> Bool {
        row.load(fromByteOffset: RowHeader.size + column >> 3, as: UInt8.self) & (1 << UInt8(column & 7)) != 0
    }

    /// The column's value in that version; its bytes stay valid as long as a snapshot that sees the version is held.
    @inlinable
    public func datum(_ row: UnsafeMutableRawPointer, _ column: Int) -> Datum {
        if isNull(row, column) { return .null }
        return TableStore.load(row + layout.offsets[column], layout.kinds[column])
    }

    @inlinable
    public static func load(_ field: UnsafeMutableRawPointer, _ kind: PhysicalKind) -> Datum {
        switch kind {
        case .bool: return Datum(word: UInt64(field.load(as: UInt8.self)), count: 0)
        case .int2: return Datum(Int64(field.load(as: Int16.self)))
        case .int4: return Datum(Int64(field.load(as: Int32.self)))
        case .int8, .float8: return Datum(word: field.load(as: UInt64.self), count: 0)
        case .float4: return Datum(word: UInt64(field.load(as: UInt32.self)), count: 0)
        case .bytes: return textDatum(field.load(as: UInt64.self))
        }
    }

    /// Writes a value into a version that has no text of its own in that column.
    func store(_ datum: Datum, _ row: UnsafeMutableRawPointer, _ column: Int) {
        let field = row + layout.offsets[column]
        let nullByte = RowHeader.size + column >> 3
        let bit = UInt8(1) << UInt8(column & 7)
        let byte = row.load(fromByteOffset: nullByte, as: UInt8.self)
        if datum.isNull {
            row.storeBytes(of: byte | bit, toByteOffset: nullByte, as: UInt8.self)
            if layout.kinds[column] == .bytes { field.storeBytes(of: 0, as: UInt64.self) }
            return
        }
        row.storeBytes(of: byte & ~bit, toByteOffset: nullByte, as: UInt8.self)
        switch layout.kinds[column] {
        case .bool: field.storeBytes(of: datum.word == 0 ? 0 : 1, as: UInt8.self)
        case .int2: field.storeBytes(of: Int16(truncatingIfNeeded: datum.int64), as: Int16.self)
        case .int4: field.storeBytes(of: Int32(truncatingIfNeeded: datum.int64), as: Int32.self)
        case .int8, .float8: field.storeBytes(of: datum.word, as: UInt64.self)
        case .float4: field.storeBytes(of: UInt32(truncatingIfNeeded: datum.word), as: UInt32.self)
        case .bytes: field.storeBytes(of: texts.store(datum.bytes), as: UInt64.self)
        }
    }

    func textWord(_ row: UnsafeMutableRawPointer, _ column: Int) -> UInt64 {
        row.load(fromByteOffset: layout.offsets[column], as: UInt64.self)
    }
}
