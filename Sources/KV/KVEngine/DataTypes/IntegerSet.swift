import Glibc
import RESP

/// Integers in ascending order, each in as few bytes as the largest needs: what small sets of numbers are kept in.
///
///     bytes of an integer 1 (2, 4 or 8) │ integer │ integer │ …
///
/// A view of a set's entry; it is searched by halves, and changes move what lies behind.
struct IntegerSet {
    private let start: UnsafeMutableRawPointer
    /// Bytes of an integer.
    let width: Int
    let count: Int

    static let headerSize = 1

    @inline(__always)
    init(_ entry: Entry) {
        start = entry.valueStart + Self.headerSize
        let shift = entry.valueStart.load(as: UInt8.self)
        width = Int(shift)
        count = (entry.valueCount &- Self.headerSize) >> (width == 2 ? 1 : width == 4 ? 2 : 3)
    }

    @inline(__always)
    subscript(index: Int) -> Int64 {
        get { Self.load(start, index, width) }
        nonmutating set { Self.store(newValue, start, index, width) }
    }

    @inline(__always)
    private static func load(_ start: UnsafeMutableRawPointer, _ index: Int, _ width: Int) -> Int64 {
        switch width {
        case 2: Int64(start.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self))
        case 4: Int64(start.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))
        default: start.loadUnaligned(fromByteOffset: index &* 8, as: Int64.self)
        }
    }

    @inline(__always)
    private static func store(_ value: Int64, _ start: UnsafeMutableRawPointer, _ index: Int, _ width: Int) {
        switch width {
        case 2: start.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: index &* 2, as: Int16.self)
        case 4: start.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: index &* 4, as: Int32.self)
        default: start.storeBytes(of: value, toByteOffset: index &* 8, as: Int64.self)
        }
    }

    @inline(__always)
    private static func width(of value: Int64) -> Int {
        if Int64(Int16(truncatingIfNeeded: value)) == value { return 2 }
        return Int64(Int32(truncatingIfNeeded: value)) == value ? 4 : 8
    }

    /// The index of the first integer not below `value`. Logarithmic.
    @inline(__always)
    private func lowerBound(_ value: Int64) -> Int {
        var low = 0
        var high = count
        // Sets are often filled in order.
        if high > 0, self[high &- 1] < value { return high }
        while low < high {
            let middle = (low &+ high) &>> 1
            if self[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    func contains(_ value: Int64) -> Bool {
        guard Self.width(of: value) <= width else { return false }
        let index = lowerBound(value)
        return index < count && self[index] == value
    }

    // MARK: Writing

    /// A set without members. A string that is added makes another form of it.
    static func makeEmpty(key: ByteSlice, expiry: Int64?, clock: UInt32) -> Entry {
        let entry = Entry.allocate(
            type: .set,
            encoding: SetValue.integers,
            key: key,
            valueCount: headerSize,
            expiry: expiry,
            clock: clock
        )
        entry.valueStart.storeBytes(of: 2, as: UInt8.self)
        return entry
    }

    /// A set of one integer, with room for those that follow.
    static func make(_ value: Int64, key: ByteSlice, clock: UInt32, following: Int) -> Entry {
        let width = width(of: value)
        let entry = Entry.allocate(
            type: .set,
            encoding: SetValue.integers,
            key: key,
            valueCount: headerSize + width,
            capacity: headerSize + (1 + following) * width,
            expiry: nil,
            clock: clock
        )
        entry.valueStart.storeBytes(of: UInt8(width), as: UInt8.self)
        store(value, entry.valueStart + headerSize, 0, width)
        return entry
    }

    /// Adds an integer; false when it is there already.
    /// - Parameter following: how many more are about to come: room is made for them at once.
    static func insert(_ value: Int64, in slot: Slot, following: Int) -> Bool {
        let entry = slot.entry
        let set = IntegerSet(entry)
        let needed = width(of: value)
        if needed > set.width {
            widen(slot, set, to: needed, with: value, following)
            return true
        }
        let index = set.lowerBound(value)
        if index < set.count, set[index] == value { return false }
        let size = headerSize + (set.count + 1) * set.width
        let offset = index * set.width
        let tail = (set.count - index) * set.width
        if entry.resizeValue(to: size) {
            memmove(set.start + offset + set.width, set.start + offset, tail)
            store(value, set.start, index, set.width)
        } else {
            let larger = entry.copy(
                valueCount: size,
                capacity: size + max(following * set.width, min(size / 8, 4096)),
                expiry: entry.hasExpiry ? entry.expiry : nil
            )
            let start = larger.valueStart + headerSize
            memcpy(start + offset + set.width, set.start + offset, tail)
            store(value, start, index, set.width)
            slot.replace(with: larger)
            entry.deallocate()
        }
        return true
    }

    /// A value comes that needs more bytes, so it is the least or the greatest.
    private static func widen(
        _ slot: Slot,
        _ set: IntegerSet,
        to width: Int,
        with value: Int64,
        _ following: Int
    ) {
        let entry = slot.entry
        let larger = Entry.allocate(
            type: .set,
            encoding: SetValue.integers,
            key: entry.key,
            valueCount: headerSize + (set.count + 1) * width,
            capacity: headerSize + (set.count + 1 + following) * width,
            expiry: entry.hasExpiry ? entry.expiry : nil,
            clock: entry.accessClock
        )
        larger.valueStart.storeBytes(of: UInt8(width), as: UInt8.self)
        let start = larger.valueStart + headerSize
        let shift = value < 0 ? 1 : 0
        for index in 0..<set.count { store(set[index], start, index + shift, width) }
        store(value, start, value < 0 ? 0 : set.count, width)
        slot.replace(with: larger)
        entry.deallocate()
    }

    /// Drops an integer; false when it is not there.
    static func remove(_ value: Int64, in slot: Slot) -> Bool {
        let entry = slot.entry
        let set = IntegerSet(entry)
        guard width(of: value) <= set.width else { return false }
        let index = set.lowerBound(value)
        guard index < set.count, set[index] == value else { return false }
        let offset = index * set.width
        memmove(set.start + offset, set.start + offset + set.width, (set.count - index - 1) * set.width)
        let size = headerSize + (set.count - 1) * set.width
        let isSmaller = entry.resizeValue(to: size)
        precondition(isSmaller, "a value could not become smaller")
        shrink(slot)
        return true
    }

    /// Gives room back where there is more of it than of integers.
    static func shrink(_ slot: Slot) {
        let entry = slot.entry
        let size = entry.valueCount
        guard entry.valueCapacity > 2 * size + 64 else { return }
        let smaller = entry.copy(valueCount: size, expiry: entry.hasExpiry ? entry.expiry : nil)
        slot.replace(with: smaller)
        entry.deallocate()
    }
}
