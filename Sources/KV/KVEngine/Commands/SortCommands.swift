import Glibc
import RESP

/// SORT and SORT_RO: the elements of a list, set or sorted set, ordered by themselves or by what other keys say about them.
///
///     source ──forEach──▶ items ──BY: weights──▶ sorted ──LIMIT──▶ GET: values ──▶ reply, or STORE's list
///
/// Items point into the source and into the strings and hashes their weights come from: none of them changes while
/// the command runs. Text is compared byte by byte, as redis does in the locale C.
/// A type joins by a case in `Source`.
enum SortCommands {
    /// SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA] [STORE destination]
    static func sort(_ engine: inout Engine, _ call: Call) { sort(&engine, call, mayStore: true) }
    /// SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA]
    static func sortReadOnly(_ engine: inout Engine, _ call: Call) { sort(&engine, call, mayStore: false) }

    private static func sort(_ engine: inout Engine, _ call: Call, mayStore: Bool) {
        guard var options = Options(&engine, call, mayStore: mayStore) else { return }
        let slot = engine.look(up: call.key, call.hash)
        guard let source = Source(slot?.entry) else { return engine.wrongType() }
        // Redis sorts sorted sets as skiplists, and skiplists they remain.
        if let entry = slot?.entry, entry.type == .sortedSet { SortedSetValue.callSkiplist(entry) }
        if options.keepsOrder, source.hasNoOrder, options.storeIndex > 0 {
            // What is stored must not depend on where the members happen to lie.
            options.keepsOrder = false
            options.isAlphabetic = true
            options.by = nil
        }
        let range = options.range(of: source.count)
        var items: [Item] = []
        let texts =
            source.textSize > 0 ? UnsafeMutableRawPointer.allocate(byteCount: source.textSize, alignment: 1) : nil
        defer { texts?.deallocate() }
        if options.keepsOrder {
            items.reserveCapacity(range.count)
            source.forEach(range, reversed: options.isDescending, texts) { items.append(Item($0)) }
        } else {
            items.reserveCapacity(source.count)
            source.forEach(0..<source.count, reversed: false, texts) { items.append(Item($0)) }
            guard weigh(&items, options, &engine) else {
                return engine.fail("ERR One or more scores can't be converted into double")
            }
            order(&items, options)
            items = Array(items[range])
        }
        if options.storeIndex > 0 { return store(items, options, &engine, call) }
        engine.reply.array(items.count * max(1, options.get.count))
        for item in items {
            if options.get.isEmpty { engine.reply.bulk(item.element) }
            for pattern in options.get {
                if let value = pattern.value(for: item.element, &engine) {
                    engine.reply.bulk(value)
                } else {
                    engine.reply.null()
                }
            }
        }
    }

    /// Puts the result at the destination as a list; without elements the key is removed.
    private static func store(_ items: [Item], _ options: Options, _ engine: inout Engine, _ call: Call) {
        let key = call[options.storeIndex]
        let hash = engine.hash(key)
        var list = ValueBuilder(engine, empty: .list, key: key)
        for item in items {
            if options.get.isEmpty { list.append(item.element) }
            for pattern in options.get { list.append(pattern.value(for: item.element, &engine) ?? ByteSlice("")) }
        }
        let occupied = engine.find(key, hash)
        engine.changedKey = options.storeIndex
        var count = 0
        if let entry = list.take() {
            count = ListValue.count(entry)
            if let occupied {
                engine.database.pointee.replace(occupied, with: entry)
            } else {
                _ = engine.database.pointee.insert(entry, hash)
            }
            engine.notify(.list, "sortstore", key)
            engine.dirty += Int64(count)
        } else if let occupied {
            engine.remove(occupied, hash)
            engine.notify(.generic, "del", key)
            engine.dirty += 1
        } else {
            engine.changedKey = 0
        }
        engine.reply.integer(count)
    }

    // MARK: Weights and order

    private struct Item {
        let element: ByteSlice
        var score = 0.0
        /// What ALPHA compares; nil when BY found nothing.
        var text: ByteSlice?

        init(_ element: ByteSlice) { self.element = element }
    }

    /// Finds what the items are ordered by; false when a score is no number, but not before all were looked at.
    private static func weigh(_ items: inout [Item], _ options: Options, _ engine: inout Engine) -> Bool {
        if options.by == nil, options.isAlphabetic { return true }
        var areNumbers = true
        for index in items.indices {
            var weight: ByteSlice? = items[index].element
            if let by = options.by { weight = by.value(for: items[index].element, &engine) }
            guard let weight else { continue }
            if options.isAlphabetic {
                items[index].text = weight
            } else if let score = score(weight) {
                items[index].score = score
            } else {
                areNumbers = false
            }
        }
        return areNumbers
    }

    /// A number by the rules of C's strtod, which end at a NUL; nothing is 0.
    private static func score(_ text: ByteSlice) -> Double? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
            guard let start = copy.baseAddress else { return nil }
            UnsafeMutableRawPointer(start).copyMemory(from: text.raw, byteCount: text.count)
            start[text.count] = 0
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = strtod(start, &end)
            guard let end, end.pointee == 0, errno != ERANGE, !value.isNaN else { return nil }
            return value
        }
    }

    private static func order(_ items: inout [Item], _ options: Options) {
        let isDescending = options.isDescending
        if !options.isAlphabetic {
            // Equal scores are ordered by the elements, so that the result is always the same.
            items.sort { a, b in
                let difference = a.score == b.score ? compare(a.element, b.element) : a.score < b.score ? -1 : 1
                return isDescending ? difference > 0 : difference < 0
            }
            return
        }
        let isBinary = options.storeIndex > 0
        let hasWeights = options.by != nil
        items.sort { a, b in
            let difference: Int
            switch hasWeights ? (a.text, b.text) : (a.element, b.element) {
            case (nil, nil): difference = 0
            case (nil, _): difference = -1
            case (_, nil): difference = 1
            case (let a?, let b?): difference = isBinary ? compare(a, b) : compare(a.untilNUL, b.untilNUL)
            }
            return isDescending ? difference > 0 : difference < 0
        }
    }

    private static func compare(_ a: ByteSlice, _ b: ByteSlice) -> Int {
        let difference = Int(memcmp(a.raw, b.raw, min(a.count, b.count)))
        return difference == 0 ? a.count - b.count : difference
    }

    // MARK: What is sorted

    /// The elements of a key as SORT sees them.
    private struct Source {
        let entry: Entry?
        let count: Int

        /// Nil when the key holds something that cannot be sorted; no key is an empty list.
        init?(_ entry: Entry?) {
            self.entry = entry
            switch entry?.type {
            case nil: count = 0
            case ValueType.list?: count = entry.map { ListValue.count($0) } ?? 0
            case ValueType.set?: count = entry.map { SetValue.count($0) } ?? 0
            case ValueType.sortedSet?: count = entry.map { SortedSetValue.count($0) } ?? 0
            default: return nil
            }
        }

        /// Where the elements lie says nothing.
        var hasNoOrder: Bool { entry?.type == .set }

        /// Bytes for the digits of elements that are not kept as text.
        var textSize: Int { entry?.type == .set && entry?.encoding == SetValue.integers ? count * 20 : 0 }

        /// Shows the elements at some places in their own order, or counted from the end.
        func forEach(
            _ range: Range<Int>,
            reversed: Bool,
            _ texts: UnsafeMutableRawPointer?,
            _ body: (ByteSlice) -> Void
        ) {
            guard let entry, !range.isEmpty else { return }
            if entry.type == .list {
                var left = range.count
                let first = reversed ? count - 1 - range.lowerBound : range.lowerBound
                return ListValue.forEach(entry, from: first, reversed: reversed) { element in
                    body(element)
                    left -= 1
                    return left > 0
                }
            }
            if entry.type == .sortedSet {
                let ranks = reversed ? (count - range.upperBound)..<(count - range.lowerBound) : range
                return SortedSetValue.forEach(entry, ranks, reversed: reversed) { member, _ in body(member) }
            }
            var index = 0
            var free = texts
            SetValue.forEach(entry) { member in
                defer { index += 1 }
                guard range.contains(index) else { return }
                guard let copy = free else { return body(member) }
                copy.copyMemory(from: member.raw, byteCount: member.count)
                free = copy + member.count
                body(ByteSlice(UnsafeRawPointer(copy), count: member.count))
            }
        }
    }

    // MARK: Options

    private struct Options {
        var by: Pattern?
        /// BY something constant: no sorting at all.
        var keepsOrder = false
        var isDescending = false
        var isAlphabetic = false
        var offset: Int64 = 0
        /// Negative for all.
        var limit: Int64 = -1
        var get: [Pattern] = []
        /// Which argument is the destination; 0 for none.
        var storeIndex = 0

        /// Nil with the error written.
        init?(_ engine: inout Engine, _ call: Call, mayStore: Bool) {
            var index = 2
            while index < call.count {
                let left = call.count - index - 1
                if call.isWord(index, "ASC") {
                    isDescending = false
                } else if call.isWord(index, "DESC") {
                    isDescending = true
                } else if call.isWord(index, "ALPHA") {
                    isAlphabetic = true
                } else if call.isWord(index, "LIMIT"), left >= 2 {
                    guard let offset = engine.integer(call[index + 1]), let limit = engine.integer(call[index + 2])
                    else { return nil }
                    self.offset = offset
                    self.limit = limit
                    index += 2
                } else if mayStore, call.isWord(index, "STORE"), left >= 1 {
                    storeIndex = index + 1
                    index += 1
                } else if call.isWord(index, "BY"), left >= 1 {
                    let pattern = Pattern(call[index + 1])
                    by = pattern
                    if !pattern.hasPlace { keepsOrder = true }
                    index += 1
                } else if call.isWord(index, "GET"), left >= 1 {
                    get.append(Pattern(call[index + 1]))
                    index += 1
                } else {
                    engine.syntaxError()
                    return nil
                }
                index += 1
            }
        }

        /// Which of `count` elements are wanted.
        func range(of count: Int) -> Range<Int> {
            let total = Int64(count)
            let start = min(max(offset, 0), total)
            let number = limit < 0 ? total : min(limit, total)
            let end = min(start + number, total)
            return Int(start)..<Int(end)
        }
    }

    /// Where values for an element are: `weight_*`, the field of a hash `object_*->weight`, or `#`, itself.
    private struct Pattern {
        let text: ByteSlice
        /// Where the element's text goes; nil when there is no `*`.
        private let place: Int?
        /// The field's name, and how long the key's pattern is without it.
        private let field: ByteSlice?
        private let keyCount: Int

        init(_ text: ByteSlice) {
            self.text = text
            // C strings end at a NUL.
            let visible = text.untilNUL
            place = visible.bytes.firstIndex(of: UInt8(ascii: "*"))
            var field: ByteSlice?
            var keyCount = text.count
            if let place {
                var index = place + 1
                while index + 2 < text.count, index + 1 < visible.count {
                    if text[index] == UInt8(ascii: "-"), text[index + 1] == UInt8(ascii: ">") {
                        // An arrow with nothing behind it is part of the key.
                        if text[index + 2] != 0 {
                            field = text.dropFirst(index + 2)
                            keyCount = index
                        }
                        break
                    }
                    index += 1
                }
            }
            self.field = field
            self.keyCount = keyCount
        }

        var hasPlace: Bool { place != nil }

        /// The value for an element, or nil.
        func value(for element: ByteSlice, _ engine: inout Engine) -> ByteSlice? {
            if text.count == 1, text[0] == UInt8(ascii: "#") { return element }
            guard let place else { return nil }
            let size = keyCount - 1 + element.count
            return withUnsafeTemporaryAllocation(byteCount: max(1, size), alignment: 1) { name -> ByteSlice? in
                guard let name = name.baseAddress else { return nil }
                name.copyMemory(from: text.raw, byteCount: place)
                (name + place).copyMemory(from: element.raw, byteCount: element.count)
                let rest = keyCount - place - 1
                (name + place + element.count).copyMemory(from: text.raw + place + 1, byteCount: rest)
                let key = ByteSlice(UnsafeRawPointer(name), count: size)
                guard let entry = engine.look(up: key)?.entry else { return nil }
                guard let field else { return entry.type == .string ? entry.value : nil }
                return entry.type == .hash ? HashValue.value(of: field, in: entry, engine.hash) : nil
            }
        }
    }

    /// The source, and STORE's destination: the last, when there are several.
    static func keyPositions(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [Int]? {
        var store: Int?
        var index = 2
        while index < count {
            if arguments[index].equalsIgnoringCase("LIMIT") {
                index += 2
            } else if arguments[index].equalsIgnoringCase("GET") || arguments[index].equalsIgnoringCase("BY") {
                index += 1
            } else if arguments[index].equalsIgnoringCase("STORE"), index + 1 < count {
                store = index + 1
                index += 1
            }
            index += 1
        }
        return store.map { [1, $0] } ?? [1]
    }

    static func readOnlyKeyPositions(_: UnsafePointer<ByteSlice>, _: Int) -> [Int]? { [1] }
}

extension ByteSlice {
    /// What C sees of the bytes.
    fileprivate var untilNUL: ByteSlice {
        ByteSlice(start: start, count: bytes.firstIndex(of: 0) ?? count)
    }
}
