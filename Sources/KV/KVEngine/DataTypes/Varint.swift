/// Whole numbers in as few bytes as they need: one up to 127, seven bits a byte beyond, the lowest first; the high bit says that
/// another byte follows (LEB128).
enum Varint {
    /// The bytes that `value` takes.
    @inline(__always)
    static func count(_ value: Int) -> Int {
        var count = 1
        var rest = value &>> 7
        while rest != 0 {
            count &+= 1
            rest = rest &>> 7
        }
        return count
    }

    // MARK: Writing

    @inline(__always)
    static func store(unsigned value: UInt64, in base: UnsafeMutableRawPointer, _ offset: inout Int) {
        var rest = value
        while rest >= 128 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 128, toByteOffset: offset, as: UInt8.self)
            rest = rest &>> 7
            offset &+= 1
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
        offset &+= 1
    }

    /// Writes a length and returns how many bytes that took.
    static func store(_ value: Int, at target: UnsafeMutableRawPointer) -> Int {
        var count = 0
        store(unsigned: UInt64(truncatingIfNeeded: value), in: target, &count)
        return count
    }

    /// Writes `value` in exactly `width` bytes, which are enough.
    @inline(__always)
    static func store(_ value: Int, width: Int, at target: UnsafeMutableRawPointer) {
        var rest = value
        for index in 0..<(width &- 1) {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 128, toByteOffset: index, as: UInt8.self)
            rest = rest &>> 7
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: width &- 1, as: UInt8.self)
    }

    /// Writes the bytes of `value` in the opposite order, so that they can be read from the last one on.
    @inline(__always)
    static func storeBackwards(_ value: Int, at start: UnsafeMutableRawPointer) {
        if value < 128 { return start.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self) }
        var rest = value
        var position = Varint.count(value) &- 1
        while position >= 0 {
            // The last byte read has no mark.
            let mark: UInt8 = rest >= 128 ? 128 : 0
            start.storeBytes(of: UInt8(truncatingIfNeeded: rest & 127) | mark, toByteOffset: position, as: UInt8.self)
            rest = rest &>> 7
            position &-= 1
        }
    }

    // MARK: Reading

    @inline(__always)
    static func load(unsigned base: UnsafeRawPointer, _ offset: inout Int) -> UInt64 {
        var byte = base.load(fromByteOffset: offset, as: UInt8.self)
        offset &+= 1
        if byte < 128 { return UInt64(byte) }
        var value = UInt64(byte & 127)
        var shift: UInt64 = 7
        repeat {
            byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= UInt64(byte & 127) &<< shift
            shift &+= 7
        } while byte >= 128
        return value
    }

    /// A length.
    @inline(__always)
    static func load(_ base: UnsafeRawPointer, _ offset: inout Int) -> Int {
        Int(truncatingIfNeeded: load(unsigned: base, &offset))
    }
}
