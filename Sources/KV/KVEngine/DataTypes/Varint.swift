/// Lengths in one byte up to 127, seven bits a byte beyond.
enum Varint {
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

    /// Writes `value` and returns how many bytes that took.
    static func store(_ value: Int, at target: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var count = 0
        while rest >= 128 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest & 127) | 128, toByteOffset: count, as: UInt8.self)
            rest >>= 7
            count += 1
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        return count + 1
    }

    @inline(__always)
    static func load(_ base: UnsafeRawPointer, _ offset: inout Int) -> Int {
        var byte = base.load(fromByteOffset: offset, as: UInt8.self)
        offset &+= 1
        if byte < 128 { return Int(byte) }
        var value = Int(byte & 127)
        var shift = 7
        repeat {
            byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= Int(byte & 127) &<< shift
            shift &+= 7
        } while byte >= 128
        return value
    }
}
