import Glibc
import RESP

/// Text of nothing but 0-9 and a-f, two digits a byte: what product ids, checksums and decimal numbers are made of.
///
/// Eight digits at a time, as the eight bytes of a word. The first digit of a byte is in its low half; after an odd
/// number of digits the last half is 0, so that equal texts are equal bytes.
enum HexDigits {
    /// The longest text that is packed, and what it takes: a multiple of a word's digits.
    static let longest = 64
    static let longestPacked = longest / 2

    private static let digitsPerWord = 8
    private static let zeros: UInt64 = 0x3030_3030_3030_3030
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let lowHalves: UInt64 = 0x0F0F_0F0F_0F0F_0F0F

    /// Bytes that `count` digits take.
    @inline(__always)
    static func packedCount(_ count: Int) -> Int { (count &+ 1) &>> 1 }

    /// Packs `text` into `target`, which has room for `longestPacked` bytes.
    /// - Returns: false when the text is not all digits, or is too short to gain by it, or too long.
    @inline(__always)
    static func pack(_ text: ByteSlice, into target: UnsafeMutableRawPointer) -> Bool {
        guard text.count >= 2, text.count <= longest else { return false }
        var offset = 0
        while offset < text.count {
            var digits = zeros
            let rest = text.count &- offset
            if rest >= digitsPerWord {
                digits = text.raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            } else {
                memcpy(&digits, text.raw + offset, rest)
            }
            // '0' to '9' end in 0 to 9, 'a' to 'f' in 1 to 6 with the bit of 0x40 set. Whatever is neither does not come back.
            let values = (digits & lowHalves) &+ ((digits &>> 6) & ones) &* 9
            guard characters(values & lowHalves) == digits else { return false }
            target.storeBytes(of: joined(values), toByteOffset: offset &>> 1, as: UInt32.self)
            offset &+= digitsPerWord
        }
        return true
    }

    /// Writes `count` digits, and up to a word's end zeros behind them; `target` has room for `longest` bytes.
    @inline(__always)
    static func unpack(_ packed: UnsafeRawPointer, count: Int, into target: UnsafeMutableRawPointer) {
        var offset = 0
        while offset < count {
            var bytes: UInt32 = 0
            let rest = count &- offset
            if rest >= digitsPerWord {
                bytes = packed.loadUnaligned(fromByteOffset: offset &>> 1, as: UInt32.self)
            } else {
                memcpy(&bytes, packed + offset &>> 1, packedCount(rest))
            }
            target.storeBytes(of: characters(divided(bytes)), toByteOffset: offset, as: UInt64.self)
            offset &+= digitsPerWord
        }
    }

    /// The digits of eight values below 16.
    @inline(__always)
    private static func characters(_ values: UInt64) -> UInt64 {
        let letters = ((values &+ ones &* 6) &>> 4) & ones
        return values &+ zeros &+ letters &* (0x61 - 0x30 - 10)
    }

    /// Eight values below 16, a byte each, as four bytes.
    @inline(__always)
    private static func joined(_ values: UInt64) -> UInt32 {
        var word = (values | values &>> 4) & 0x00FF_00FF_00FF_00FF
        word = (word | word &>> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: word | word &>> 16)
    }

    /// The opposite of `joined`.
    @inline(__always)
    private static func divided(_ bytes: UInt32) -> UInt64 {
        var word = UInt64(bytes)
        word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
        return (word | word &<< 4) & lowHalves
    }
}
