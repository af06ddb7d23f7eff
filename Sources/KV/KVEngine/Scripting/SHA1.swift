import RESP

/// SHA-1, by which scripts are named. Nothing here depends on it being hard to forge.
struct SHA1: Hashable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt32 = 0

    /// The digest of `bytes`.
    init(of bytes: UnsafeRawBufferPointer) {
        var state: (UInt32, UInt32, UInt32, UInt32, UInt32) =
            (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            guard let schedule = words.baseAddress else { return }
            var offset = 0
            while bytes.count - offset >= 64 {
                Self.load(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 64]), schedule)
                Self.mix(&state, schedule)
                offset += 64
            }
            // The rest, a one bit, zeros, and the length in bits.
            var tail = Array(bytes[offset...]) + [0x80]
            while tail.count % 64 != 56 { tail.append(0) }
            let length = UInt64(bytes.count) &* 8
            for shift in stride(from: 56, through: 0, by: -8) {
                tail.append(UInt8(truncatingIfNeeded: length >> UInt64(shift)))
            }
            for start in stride(from: 0, to: tail.count, by: 64) {
                tail[start..<start + 64].withUnsafeBytes { Self.load($0, schedule) }
                Self.mix(&state, schedule)
            }
        }
        first = UInt64(state.0) << 32 | UInt64(state.1)
        second = UInt64(state.2) << 32 | UInt64(state.3)
        third = state.4
    }

    /// Reads forty hexadecimal digits, of either case; nil for anything else.
    init?(hexadecimal text: ByteSlice) {
        guard text.count == 40 else { return nil }
        for index in 0..<40 {
            let byte = text[index]
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte &- 48
            case 97...102: digit = byte &- 87
            case 65...70: digit = byte &- 55
            default: return nil
            }
            if index < 16 {
                first = first << 4 | UInt64(digit)
            } else if index < 32 {
                second = second << 4 | UInt64(digit)
            } else {
                third = third << 4 | UInt32(digit)
            }
        }
    }

    /// Forty hexadecimal digits.
    var hexadecimal: [UInt8] {
        (0..<40).map { index in
            let digit: UInt64
            if index < 16 {
                digit = first >> UInt64(60 - index * 4)
            } else if index < 32 {
                digit = second >> UInt64(60 - (index - 16) * 4)
            } else {
                digit = UInt64(third >> UInt32(28 - (index - 32) * 4))
            }
            let value = UInt8(truncatingIfNeeded: digit & 15)
            return value < 10 ? 48 + value : 87 + value
        }
    }

    private static func load(_ block: UnsafeRawBufferPointer, _ schedule: UnsafeMutablePointer<UInt32>) {
        for index in 0..<16 {
            schedule[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        for index in 16..<80 {
            let word = schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
            schedule[index] = rotate(word, 1)
        }
    }

    private static func mix(
        _ state: inout (UInt32, UInt32, UInt32, UInt32, UInt32),
        _ schedule: UnsafeMutablePointer<UInt32>
    ) {
        var (a, b, c, d, e) = state
        for index in 0..<80 {
            let function: UInt32
            switch index {
            case 0..<20: function = ((b & c) | (~b & d)) &+ 0x5A82_7999
            case 20..<40: function = (b ^ c ^ d) &+ 0x6ED9_EBA1
            case 40..<60: function = ((b & c) | (b & d) | (c & d)) &+ 0x8F1B_BCDC
            default: function = (b ^ c ^ d) &+ 0xCA62_C1D6
            }
            let next = rotate(a, 5) &+ function &+ e &+ schedule[index]
            (a, b, c, d, e) = (next, a, rotate(b, 30), c, d)
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &<< count) | (word &>> (32 &- count))
    }
}
