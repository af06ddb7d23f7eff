/// What left the keyspace and is too big to be given back at once: it goes in slices, between the turns of the loop.
///
///     DEL, SET over it, expiry, eviction, RENAME, …STORE ─▶ value ┐
///     FLUSHDB, FLUSHALL ─────────────────────▶ whole table ───────┴▶ waiting ─▶ `slice`, again and again
///
/// An element costs some tens of nanoseconds to free, so ten million of them half a second. What waits belongs to
/// nobody: no key leads to it, and its memory still counts as used. One queue serves all databases of an engine.
struct LazyFree: ~Copyable {
    /// A piece is an element, or a block of them. Values with fewer are freed where they are.
    static let mostPiecesAtOnce = 1024

    private enum Waiting {
        case value(Entry, place: Int)
        case table(UnsafeMutablePointer<EntryTable>, place: Int)
    }

    private var waiting: [Waiting] = []
    /// Values, or keys of tables, that wait.
    private(set) var pendingCount = 0
    /// Values, or keys of tables, that waited and are gone.
    var freedCount = 0

    var isEmpty: Bool { waiting.isEmpty }

    deinit {
        for item in waiting {
            switch item {
            case .value(let entry, let place):
                if place == 0 { Keyspace.dispose(entry) } else { Self.finish(entry, place) }
            case .table(let table, let place):
                var next: Int? = place
                while let place = next { next = table.pointee.dismantle(at: place, Keyspace.dispose) }
                table.deinitialize(count: 1)
                table.deallocate()
            }
        }
    }

    private static func finish(_ entry: Entry, _ place: Int) {
        var place = place
        while !Keyspace.dismantle(entry, &place, .max) {}
    }

    mutating func add(_ entry: Entry) {
        pendingCount += 1
        waiting.append(.value(entry, place: 0))
    }

    /// Takes over an allocated table with all its entries.
    mutating func add(_ table: UnsafeMutablePointer<EntryTable>) {
        pendingCount += table.pointee.count
        waiting.append(.table(table, place: 0))
    }

    /// Frees up to about `pieces` pieces of what came last.
    mutating func slice(_ pieces: Int) {
        var left = pieces
        while left > 0, let last = waiting.popLast() {
            switch last {
            case .value(let entry, var place):
                if Keyspace.dismantle(entry, &place, left) {
                    pendingCount -= 1
                    freedCount += 1
                    left -= 1
                } else {
                    waiting.append(.value(entry, place: place))
                    left = 0
                }
            case .table(let table, let place):
                let before = table.pointee.count
                var big: [Entry] = []
                let next = table.pointee.dismantle(at: place) { entry in
                    if Keyspace.isBig(entry) { big.append(entry) } else { Keyspace.dispose(entry) }
                }
                let freed = before - table.pointee.count
                pendingCount -= freed
                freedCount += freed - big.count
                // Segments without entries cost something too.
                left -= max(freed, 16)
                if let next {
                    waiting.append(.table(table, place: next))
                } else {
                    table.deinitialize(count: 1)
                    table.deallocate()
                }
                for entry in big { add(entry) }
            }
        }
    }
}

extension Keyspace {
    /// Whether giving an entry back at once would take long.
    @inline(__always)
    static func isBig(_ entry: Entry) -> Bool {
        if entry.type == .string { return entry.isWide }
        return hasManyPieces(entry)
    }

    @inline(never)
    private static func hasManyPieces(_ entry: Entry) -> Bool {
        switch entry.type {
        case .hash: HashValue.isTable(entry) && HashValue.count(entry) > LazyFree.mostPiecesAtOnce
        case .set: SetValue.isBig(entry)
        case .list: ListValue.isBig(entry)
        case .sortedSet: SortedSetValue.isBig(entry)
        case .stream: StreamValue.isBig(entry)
        default: false
        }
    }

    /// Gives up to `pieces` pieces of an entry back that nobody uses any more, at last the entry itself.
    /// - Parameter place: 0 at first; where it goes on.
    /// - Returns: whether the entry is gone.
    static func dismantle(_ entry: Entry, _ place: inout Int, _ pieces: Int) -> Bool {
        let isDone =
            switch entry.type {
            case .hash: dismantle(HashValue.tablePointer(entry), &place, pieces)
            case .set: dismantle(SetValue.tablePointer(entry), &place, pieces)
            case .list: ListValue.dismantle(entry, pieces)
            case .sortedSet: SortedSetValue.dismantle(entry, &place, pieces)
            case .stream: StreamValue.stream(entry).pointee.dismantle(pieces)
            default: entry.dismantleMemory(&place, pieces)
            }
        guard isDone else { return false }
        switch entry.type {
        // Their tables and streams are empty by now.
        case .hash, .set, .sortedSet, .stream: dispose(entry)
        default: entry.deallocate()
        }
        return true
    }

    /// Gives entries of a value's table back, segment by segment.
    static func dismantle(_ table: UnsafeMutablePointer<EntryTable>, _ place: inout Int, _ pieces: Int) -> Bool {
        var left = pieces
        while left > 0 {
            let before = table.pointee.count
            guard let next = table.pointee.dismantle(at: place, { $0.deallocate() }) else { return true }
            place = next
            left -= max(16, before - table.pointee.count)
        }
        return false
    }
}
