/// Finds the key word of a folded identifier: one probe of an open-addressing table keyed on length and first bytes.
///
/// Built once from `Keyword.definitions`; immutable afterwards.
struct KeywordTable: Sendable {
    static let shared = KeywordTable()

    private static let slotCount = 2048
    /// Per slot: the first 8 bytes, the second 8 bytes, then length, raw value, category and label bit packed in a word.
    private let slots: [(UInt64, UInt64, UInt64)]
    private let categories: [UInt8]
    private let words: [String]

    private init() {
        var slots = [(UInt64, UInt64, UInt64)](repeating: (0, 0, 0), count: Self.slotCount)
        var categories = [UInt8](repeating: 0, count: 512)
        var words = [String](repeating: "", count: 512)
        var raw: UInt16 = 0
        var word: [UInt8] = []
        var mark: [UInt8] = []
        var isInMark = false
        func finish() {
            guard !word.isEmpty, mark.count == 2 else { return }
            raw += 1
            let category: UInt8 =
                switch mark[0] {
                case UInt8(ascii: "u"): 0
                case UInt8(ascii: "c"): 1
                case UInt8(ascii: "t"): 2
                default: 3
                }
            categories[Int(raw)] = category | (mark[1] == UInt8(ascii: "b") ? 16 : 0)
            words[Int(raw)] = String(decoding: word, as: UTF8.self)
            let (low, high) = word.withUnsafeBufferPointer { Self.pack($0.baseAddress!, $0.count) }
            var slot = Self.slot(low, high, word.count)
            while slots[slot].2 != 0 { slot = (slot + 1) & (Self.slotCount - 1) }
            slots[slot] = (low, high, UInt64(word.count) << 16 | UInt64(raw))
            word.removeAll()
            mark.removeAll()
            isInMark = false
        }
        Keyword.definitions.withUTF8Buffer { bytes in
            for byte in bytes {
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "\n"): finish()
                case UInt8(ascii: ":"): isInMark = true
                default: isInMark ? mark.append(byte) : word.append(byte)
                }
            }
        }
        finish()
        self.slots = slots
        self.categories = categories
        self.words = words
    }

    @inline(__always)
    private static func slot(_ low: UInt64, _ high: UInt64, _ count: Int) -> Int {
        // Multiplication wraps on purpose: it is a hash.
        let mixed = (low ^ (high &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93 &+ UInt64(count)
        return Int(truncatingIfNeeded: (mixed >> 40)) & (slotCount - 1)
    }

    /// The first 16 bytes as two words, zero-padded.
    @inline(__always)
    private static func pack(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> (UInt64, UInt64) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var index = 0
        while index < count && index < 8 {
            low |= UInt64(bytes[index]) << UInt64(index * 8)
            index += 1
        }
        while index < count && index < 16 {
            high |= UInt64(bytes[index]) << UInt64((index - 8) * 8)
            index += 1
        }
        return (low, high)
    }

    /// The key word written as `count` lower-case bytes, `.identifier` when there is none.
    @inline(__always)
    func find(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Keyword {
        guard count >= 2, count <= 17 else { return .identifier }
        let (low, high) = Self.pack(bytes, count)
        var slot = Self.slot(low, high, count)
        while true {
            let entry = slots[slot]
            if entry.2 == 0 { return .identifier }
            if entry.0 == low, entry.1 == high, entry.2 >> 16 == UInt64(count) {
                // Only current_timestamp has a 17th byte; no other word shares its first sixteen.
                if count == 17, bytes[16] != UInt8(ascii: "p") { return .identifier }
                return Keyword(rawValue: UInt16(truncatingIfNeeded: entry.2)) ?? .identifier
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
    }

    func category(_ keyword: Keyword) -> KeywordCategory {
        KeywordCategory(rawValue: categories[Int(keyword.rawValue)] & 15) ?? .unreserved
    }

    func isBareLabel(_ keyword: Keyword) -> Bool { categories[Int(keyword.rawValue)] & 16 != 0 }

    func word(_ keyword: Keyword) -> String { words[Int(keyword.rawValue)] }
}

extension Keyword {
    /// Its category; `.unreserved` for an ordinary identifier.
    public var category: KeywordCategory { KeywordTable.shared.category(self) }

    /// Whether it may label a column without AS.
    public var isBareLabel: Bool { KeywordTable.shared.isBareLabel(self) }

    /// The word in lower case.
    public var word: String { KeywordTable.shared.word(self) }

    /// The key word spelled by a lower-case string, if it is one.
    public init?(word: String) {
        var copy = word
        let found = copy.withUTF8 { bytes in
            bytes.baseAddress.map { KeywordTable.shared.find($0, bytes.count) } ?? .identifier
        }
        guard found != .identifier else { return nil }
        self = found
    }
}
