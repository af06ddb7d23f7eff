import Glibc
import RESP

/// One key and its value in one allocation; also one field and its value of a large hash.
///
///     narrow   kind 1 │ clock 3 │ key length 1 │ value length 3 │ [expiry 8] │ key … │ value …
///     wide     kind 1 │ clock 3 │ key length 4 │ value length 8 │ [expiry 8] │ key … │ value …
///     kind     type 3 bits │ encoding 2 bits │ has expiry │ is wide │ is a piece of `EntryMemory`
///
/// The header of eight bytes and nothing more is what the common key costs: 16 B key + 64 B value = 88 bytes.
/// The value is the string itself, the packed fields of a small hash, or the address of a bigger structure.
/// An `Entry` is a plain address. Whoever takes it out of the table must `free` it, and what it points at.
struct Entry {
    let base: UnsafeMutableRawPointer

    @inline(__always)
    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    // MARK: Header

    private static let expiryBit: UInt64 = 1 << 5
    private static let wideBit: UInt64 = 1 << 6
    private static let pieceBit: UInt64 = 1 << 7
    /// Entries up to this size are pieces of `EntryMemory`; beyond, its steps would waste more than malloc's header.
    private static let largestPiece = 512

    @inline(__always)
    var header: UInt64 {
        get { base.load(as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, as: UInt64.self) }
    }

    @inline(__always) var type: ValueType { ValueType(rawValue: UInt8(truncatingIfNeeded: header & 7)) }
    @inline(__always) var encoding: UInt8 { UInt8(truncatingIfNeeded: (header >> 3) & 3) }
    @inline(__always) var hasExpiry: Bool { header & Self.expiryBit != 0 }
    @inline(__always) var isWide: Bool { header & Self.wideBit != 0 }
    /// Type, encoding and flags as one byte.
    @inline(__always) var kind: UInt8 { UInt8(truncatingIfNeeded: header & 0x7F) }
    @inline(__always) private var isPiece: Bool { header & Self.pieceBit != 0 }

    var isPieceOfSlab: Bool { isPiece }

    func setEncoding(_ encoding: UInt8) {
        header = header & ~(3 << 3) | UInt64(encoding) << 3
    }

    /// Seconds, modulo 2^24, when the key was last looked at.
    @inline(__always)
    var accessClock: UInt32 {
        get { UInt32(truncatingIfNeeded: (header >> 8) & 0xFF_FFFF) }
        nonmutating set { header = header & ~0xFFFF_FF00 | UInt64(newValue & 0xFF_FFFF) << 8 }
    }

    @inline(__always)
    var keyCount: Int {
        let word = header
        return word & Self.wideBit == 0
            ? Int(truncatingIfNeeded: (word >> 32) & 0xFF) : Int(truncatingIfNeeded: word >> 32)
    }

    @inline(__always)
    var valueCount: Int {
        let word = header
        return word & Self.wideBit == 0
            ? Int(truncatingIfNeeded: word >> 40) : Int(base.load(fromByteOffset: 8, as: UInt64.self))
    }

    /// Bytes before the key.
    @inline(__always)
    private var prefixCount: Int {
        let word = header
        return 8 &+ Int(truncatingIfNeeded: (word >> 2) & 8) &+ Int(truncatingIfNeeded: (word >> 3) & 8)
    }

    /// Milliseconds since 1970; only when `hasExpiry`.
    @inline(__always)
    var expiry: Int64 {
        get { base.load(fromByteOffset: isWide ? 16 : 8, as: Int64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: isWide ? 16 : 8, as: Int64.self) }
    }

    @inline(__always)
    var key: ByteSlice { ByteSlice(UnsafeRawPointer(base + prefixCount), count: keyCount) }

    @inline(__always)
    var valueStart: UnsafeMutableRawPointer { base + (prefixCount &+ keyCount) }

    @inline(__always)
    var value: ByteSlice { ByteSlice(UnsafeRawPointer(valueStart), count: valueCount) }

    /// Whether the key is `other`.
    @inline(__always)
    func hasKey(_ other: ByteSlice) -> Bool {
        let key = self.key
        return key.count == other.count && memcmp(key.raw, other.raw, other.count) == 0
    }

    /// The address a value of a bigger structure holds.
    var pointer: UnsafeMutableRawPointer? {
        get { valueStart.loadUnaligned(as: UnsafeMutableRawPointer?.self) }
        nonmutating set {
            withUnsafeBytes(of: newValue) {
                valueStart.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: 8)
            }
        }
    }

    // MARK: Allocation

    @inline(__always)
    private static func isNarrow(_ keyCount: Int, _ valueCount: Int) -> Bool {
        keyCount < 256 && valueCount < 1 << 24
    }

    /// Memory for a key and a value of the given lengths; the key is copied, the value is the caller's to write.
    @inline(__always)
    static func allocate(
        type: ValueType,
        encoding: UInt8 = 0,
        key: ByteSlice,
        valueCount: Int,
        capacity: Int = 0,
        expiry: Int64?,
        clock: UInt32
    ) -> Entry {
        let narrow = isNarrow(key.count, valueCount)
        let prefix = 8 &+ (narrow ? 0 : 8) &+ (expiry == nil ? 0 : 8)
        // Cannot overflow: keys and values are capped at 512 MiB by the protocol.
        let size = prefix &+ key.count &+ max(valueCount, capacity)
        let isPiece = size <= largestPiece
        let base = isPiece ? EntryMemory.allocate(size) : DataMemory.allocate(size)
        let entry = Entry(base)
        var word =
            (isPiece ? pieceBit : 0) | UInt64(type.rawValue) | UInt64(encoding) << 3 | UInt64(clock & 0xFF_FFFF) << 8
        if narrow {
            word |= UInt64(truncatingIfNeeded: key.count) << 32 | UInt64(truncatingIfNeeded: valueCount) << 40
        } else {
            word |= wideBit | UInt64(truncatingIfNeeded: key.count) << 32
            base.storeBytes(of: UInt64(truncatingIfNeeded: valueCount), toByteOffset: 8, as: UInt64.self)
        }
        if let expiry {
            word |= expiryBit
            base.storeBytes(of: expiry, toByteOffset: narrow ? 8 : 16, as: Int64.self)
        }
        entry.header = word
        (base + prefix).copyMemory(from: key.raw, byteCount: key.count)
        return entry
    }

    /// Bytes the value may grow to without moving.
    @inline(__always)
    var valueCapacity: Int {
        (isPiece ? EntryMemory.capacity(of: base) : DataMemory.capacity(of: base)) &- prefixCount &- keyCount
    }

    /// Records a new value length if it fits the memory and the header's form; false when the entry must move.
    @inline(__always)
    func resizeValue(to count: Int) -> Bool {
        if count == valueCount { return true }
        guard count <= valueCapacity else { return false }
        return setValueCount(count)
    }

    @inline(__always)
    private func setValueCount(_ count: Int) -> Bool {
        if isWide {
            base.storeBytes(of: UInt64(truncatingIfNeeded: count), toByteOffset: 8, as: UInt64.self)
            return true
        }
        guard count < 1 << 24 else { return false }
        header = header & 0xFF_FFFF_FFFF | UInt64(truncatingIfNeeded: count) << 40
        return true
    }

    /// A copy with another expiry and room for `valueCount` bytes; as much of the value is copied as fits.
    func copy(valueCount: Int, capacity: Int = 0, expiry: Int64?) -> Entry {
        let copy = Entry.allocate(
            type: type,
            encoding: encoding,
            key: key,
            valueCount: valueCount,
            capacity: capacity,
            expiry: expiry,
            clock: accessClock
        )
        copy.valueStart.copyMemory(from: UnsafeRawPointer(valueStart), byteCount: min(valueCount, self.valueCount))
        return copy
    }

    /// Gives pages of a large value's memory back that nobody reads any more. Returns whether `deallocate` is quick now.
    func dismantleMemory(_ place: inout Int, _ pieces: Int) -> Bool {
        guard !isPiece else { return true }
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = (UInt(bitPattern: base) + page * 2 - 1) & ~(page - 1)
        let end = (UInt(bitPattern: base) + UInt(DataMemory.capacity(of: base))) & ~(page - 1)
        guard end > start + UInt(place) else { return true }
        // A page costs about as much as a few elements.
        let size = min(end - start - UInt(place), UInt(max(1, min(pieces, 1 << 20) / 4)) * page)
        madvise(UnsafeMutableRawPointer(bitPattern: start + UInt(place)), Int(size), MADV_DONTNEED)
        place += Int(size)
        return false
    }

    /// Gives the memory back, but not what the value points at.
    @inline(__always)
    func deallocate() { if isPiece { EntryMemory.free(base) } else { DataMemory.free(base) } }
}

/// What a key holds; the numbers are RDB's and `OBJECT`'s.
struct ValueType: Equatable {
    let rawValue: UInt8

    static let string = ValueType(rawValue: 0)
    static let list = ValueType(rawValue: 1)
    static let set = ValueType(rawValue: 2)
    static let sortedSet = ValueType(rawValue: 3)
    static let hash = ValueType(rawValue: 4)
    static let stream = ValueType(rawValue: 6)

    /// As `TYPE` answers.
    var name: StaticString {
        switch rawValue {
        case 0: "string"
        case 1: "list"
        case 2: "set"
        case 3: "zset"
        case 4: "hash"
        case 6: "stream"
        default: "none"
        }
    }
}
