import Glibc
import RESP

/// A small sorted set in the key's own allocation, in order:
///
///     count 2 │ score 1-9 │ member length 1-5 │ member │ score …
///     score   one byte for -16 … 231, else a tag and a 16 or 32 bit integer, a float or a double: the shortest that is exact
///
/// Everything is a walk from the front: a hundred members are two kilobytes, and a walk is cheaper than a search tree's
/// cache misses.
enum PackedSortedSet {
    static let headerCount = 2
    static let mostBytes = 4 << 10
    static let mostMembers = 128

    @inline(__always)
    static func count(_ entry: Entry) -> Int { Int(entry.valueStart.loadUnaligned(as: UInt16.self)) }

    private static func adjustCount(_ entry: Entry, _ difference: Int) {
        entry.valueStart.storeBytes(of: UInt16(truncatingIfNeeded: count(entry) + difference), as: UInt16.self)
    }

    // MARK: Scores

    private static let firstTag = 0xF8
    private static let smallest = -16
    /// Bytes behind the tags: Int16, Int32, Float, Double.
    private static let tagInt16: UInt8 = 0xF8
    private static let tagInt32: UInt8 = 0xF9
    private static let tagFloat: UInt8 = 0xFA
    private static let tagDouble: UInt8 = 0xFB

    static func scoreCount(_ score: Double) -> Int {
        if let integer = exactInt32(score) {
            if integer >= smallest, integer < firstTag + smallest { return 1 }
            return integer == Int(Int16(truncatingIfNeeded: integer)) ? 3 : 5
        }
        return Double(Float(score)) == score ? 5 : 9
    }

    /// Minus zero is none: it prints as -0.
    @inline(__always)
    private static func exactInt32(_ score: Double) -> Int? {
        guard score >= -2_147_483_648, score <= 2_147_483_647 else { return nil }
        let integer = Int(score)
        guard Double(integer) == score, integer != 0 || score.sign == .plus else { return nil }
        return integer
    }

    private static func store(_ score: Double, at target: UnsafeMutableRawPointer) -> Int {
        func put<Value>(_ tag: UInt8, _ value: Value) -> Int {
            target.storeBytes(of: tag, as: UInt8.self)
            withUnsafeBytes(of: value) {
                (target + 1).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
            }
            return 1 + MemoryLayout<Value>.size
        }
        if let integer = exactInt32(score) {
            if integer >= smallest, integer < firstTag + smallest {
                target.storeBytes(of: UInt8(truncatingIfNeeded: integer - smallest), as: UInt8.self)
                return 1
            }
            let short = Int16(truncatingIfNeeded: integer)
            return Int(short) == integer ? put(tagInt16, short) : put(tagInt32, Int32(truncatingIfNeeded: integer))
        }
        let single = Float(score)
        return Double(single) == score ? put(tagFloat, single) : put(tagDouble, score)
    }

    @inline(__always)
    private static func loadScore(_ base: UnsafeRawPointer, _ offset: inout Int) -> Double {
        let tag = base.load(fromByteOffset: offset, as: UInt8.self)
        offset &+= 1
        if tag < tagInt16 { return Double(Int(tag) &+ smallest) }
        let start = base + offset
        switch tag {
        case tagInt16:
            offset &+= 2
            return Double(start.loadUnaligned(as: Int16.self))
        case tagInt32:
            offset &+= 4
            return Double(start.loadUnaligned(as: Int32.self))
        case tagFloat:
            offset &+= 4
            return Double(start.loadUnaligned(as: Float.self))
        default:
            offset &+= 8
            return start.loadUnaligned(as: Double.self)
        }
    }

    // MARK: Walks

    struct Element {
        let start: Int
        let end: Int
        let score: Double
        let member: ByteSlice
    }

    /// Walks from the front. It is good until the value changes.
    struct Cursor {
        private let base: UnsafeRawPointer
        private let end: Int
        private var offset: Int

        @inline(__always)
        init(_ entry: Entry, at offset: Int = headerCount) {
            base = UnsafeRawPointer(entry.valueStart)
            end = entry.valueCount
            self.offset = offset
        }

        @inline(__always)
        mutating func next() -> Element? {
            guard offset < end else { return nil }
            let start = offset
            let score = loadScore(base, &offset)
            let count = Varint.load(base, &offset)
            let member = ByteSlice(base + offset, count: count)
            offset &+= count
            return Element(start: start, end: offset, score: score, member: member)
        }
    }

    /// A member's place, and how many stand before it.
    static func locate(_ member: ByteSlice, _ entry: Entry) -> (element: Element, rank: Int)? {
        var cursor = Cursor(entry)
        var rank = 0
        // Members of one length usually differ at the end.
        let last = member.count > 0 ? member.start[member.count &- 1] : 0
        while let element = cursor.next() {
            let other = element.member
            if other.count == member.count, member.count == 0 || other.start[other.count &- 1] == last,
                memcmp(other.raw, member.raw, member.count) == 0
            {
                return (element, rank)
            }
            rank &+= 1
        }
        return nil
    }

    /// Shows the elements of `ranks` in order.
    static func forEach(_ entry: Entry, _ ranks: Range<Int>, reversed: Bool, _ body: (ByteSlice, Double) -> Void) {
        guard !ranks.isEmpty else { return }
        var cursor = Cursor(entry)
        for _ in 0..<ranks.lowerBound { _ = cursor.next() }
        guard reversed else {
            for _ in ranks { if let element = cursor.next() { body(element.member, element.score) } }
            return
        }
        withUnsafeTemporaryAllocation(of: Element.self, capacity: ranks.count) { elements in
            var found = 0
            while found < ranks.count, let element = cursor.next() {
                elements.initializeElement(at: found, to: element)
                found += 1
            }
            for index in stride(from: found - 1, through: 0, by: -1) {
                body(elements[index].member, elements[index].score)
            }
        }
    }

    // MARK: Change

    /// Whether one more member of this length and score still lies packed well.
    static func hasRoom(_ entry: Entry, _ member: ByteSlice) -> Bool {
        count(entry) < mostMembers && entry.valueCount + member.count + 14 <= mostBytes
    }

    /// Where an element of `score` and `member` belongs.
    private static func place(_ member: ByteSlice, _ score: Double, _ entry: Entry) -> Int {
        var cursor = Cursor(entry)
        while let element = cursor.next() {
            if element.score > score || element.score == score && !element.member.precedes(member) {
                return element.start
            }
        }
        return entry.valueCount
    }

    static func insert(_ member: ByteSlice, _ score: Double, in slot: Slot) {
        let offset = place(member, score, slot.entry)
        let added = scoreCount(score) + Varint.count(member.count) + member.count
        var target = slot.splice(at: offset, removing: 0, inserting: added)
        target += store(score, at: target)
        target += Varint.store(member.count, at: target)
        target.copyMemory(from: member.raw, byteCount: member.count)
        adjustCount(slot.entry, 1)
    }

    static func remove(_ element: Element, in slot: Slot) {
        _ = slot.splice(at: element.start, removing: element.end - element.start, inserting: 0)
        adjustCount(slot.entry, -1)
    }

    static func remove(_ ranks: Range<Int>, in slot: Slot) {
        var cursor = Cursor(slot.entry)
        for _ in 0..<ranks.lowerBound { _ = cursor.next() }
        guard let first = cursor.next() else { return }
        var end = first.end
        for _ in 0..<(ranks.count - 1) { end = cursor.next()?.end ?? end }
        _ = slot.splice(at: first.start, removing: end - first.start, inserting: 0)
        adjustCount(slot.entry, -ranks.count)
    }

    /// Gives an element another score; `member` must not lie in the set itself.
    static func move(_ element: Element, _ member: ByteSlice, to score: Double, in slot: Slot) {
        let target = place(member, score, slot.entry)
        let size = scoreCount(score)
        guard target == element.start || target == element.end else {
            remove(element, in: slot)
            return insert(member, score, in: slot)
        }
        let header = Varint.count(member.count) + member.count
        let old = element.end - element.start - header
        if old == size {
            _ = store(score, at: slot.entry.valueStart + element.start)
        } else {
            _ = store(score, at: slot.splice(at: element.start, removing: old, inserting: size))
        }
    }
}
