import RESP

/// The bytes that values would take in redis's listpack.
///
/// A stream's packed node here is laid out otherwise and is smaller, but where a node ends is visible: XTRIM with `~`
/// removes whole nodes. So a node's size is counted in redis's measure: each element is its encoding, its bytes, and its
/// length once more, written backwards.
enum ListpackSize {
    /// The header of six bytes and the end mark.
    static let empty = 7

    @inline(__always)
    static func integer(_ value: Int64) -> Int {
        if value >= 0 && value < 128 { return 2 }
        if value >= -4096 && value < 4096 { return 3 }
        if value >= -32768 && value < 32768 { return 4 }
        if value >= -8_388_608 && value < 8_388_608 { return 5 }
        if value >= -2_147_483_648 && value < 2_147_483_648 { return 6 }
        return 10
    }

    @inline(__always)
    static func string(_ count: Int) -> Int {
        let encoded = count < 64 ? count &+ 1 : count < 4096 ? count &+ 2 : count &+ 5
        if encoded < 128 { return encoded &+ 1 }
        if encoded < 16_383 { return encoded &+ 2 }
        if encoded < 2_097_151 { return encoded &+ 3 }
        return encoded < 268_435_455 ? encoded &+ 4 : encoded &+ 5
    }
}
