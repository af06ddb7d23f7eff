/// The checksum behind every DUMP payload and RDB file: CRC-64 with Jones's polynomial, reflected, starting at 0.
///
/// Eight tables take eight bytes a step. They are made once and never changed.
public enum CRC64 {
    private static let polynomial: UInt64 = 0x95AC_9329_AC4B_C9B5

    /// Table `t` at `256 * t`: the remainder of a byte that is followed by `t` zero bytes.
    ///
    /// `@unchecked Sendable` is safe: written in `init` alone, immutable from then on, and never freed.
    private struct Tables: @unchecked Sendable {
        let words: UnsafePointer<UInt64>

        init() {
            let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 8 * 256)
            for byte in 0..<256 {
                var remainder = UInt64(byte)
                for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1 }
                words[byte] = remainder
            }
            for index in 256..<(8 * 256) {
                let previous = words[index - 256]
                words[index] = words[Int(previous & 0xFF)] ^ previous >> 8
            }
            self.words = UnsafePointer(words)
        }
    }

    private static let tables = Tables()

    /// The checksum of `bytes`, or of what gave `start` and then `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, from start: UInt64 = 0) -> UInt64 {
        guard let base = bytes.baseAddress else { return start }
        let words = tables.words
        let count = bytes.count
        var remainder = start
        var offset = 0
        while offset &+ 8 <= count {
            let word = remainder ^ UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            var next: UInt64 = 0
            for index in 0..<8 {
                let byte = Int(truncatingIfNeeded: word &>> UInt64(index &* 8) & 0xFF)
                next ^= words[(7 &- index) &* 256 &+ byte]
            }
            remainder = next
            offset &+= 8
        }
        while offset < count {
            let byte = UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
            remainder = words[Int(truncatingIfNeeded: (remainder ^ byte) & 0xFF)] ^ remainder &>> 8
            offset &+= 1
        }
        return remainder
    }
}
