import RESP

/// The keyed hash of the keyspace: 64-bit multiplications folded, two loads for keys up to 16 bytes.
///
/// Without the seed nobody outside can choose keys that collide. The same seed serves all databases and the fields of
/// large hashes, so a hash computed once is good everywhere. The construction follows wyhash (Wang Yi, 2019).
struct KeyHash {
    let first: UInt64
    let second: UInt64

    @inline(__always)
    func callAsFunction(_ key: ByteSlice) -> UInt64 {
        let start = key.raw
        let count = key.count
        var a: UInt64
        var b: UInt64
        var state = first
        if count <= 16 {
            if count >= 8 {
                a = start.loadUnaligned(as: UInt64.self)
                b = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            } else if count >= 4 {
                a = UInt64(start.loadUnaligned(as: UInt32.self))
                b = UInt64(start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            } else if count > 0 {
                a = UInt64(key.start[0]) << 16 | UInt64(key.start[count &>> 1]) << 8 | UInt64(key.start[count &- 1])
                b = 0
            } else {
                a = 0
                b = 0
            }
        } else {
            var offset = 0
            while count &- offset > 16 {
                state = Self.fold(
                    start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ second,
                    start.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self) ^ state
                )
                offset &+= 16
            }
            a = start.loadUnaligned(fromByteOffset: count &- 16, as: UInt64.self)
            b = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        }
        return Self.fold(second ^ UInt64(truncatingIfNeeded: count), Self.fold(a ^ second, b ^ state))
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
