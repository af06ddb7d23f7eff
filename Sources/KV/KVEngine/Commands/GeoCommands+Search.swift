import Bytes
import RESP

/// Searches around a point: one request in six forms.
///
///     arguments ─▶ GeoSearch ─▶ cells ─▶ ranges of scores ─▶ places within ─▶ sorted ─▶ reply or another set
extension GeoCommands {
    /// GEOSEARCH key FROMMEMBER member|FROMLONLAT longitude latitude BYRADIUS radius unit|BYBOX width height unit
    /// [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
    static func search(_ engine: inout Engine, _ call: Call) { search(&engine, call, .search) }
    /// GEOSEARCHSTORE destination key … [STOREDIST]
    static func searchStore(_ engine: inout Engine, _ call: Call) { search(&engine, call, .searchStore) }
    /// GEORADIUS key longitude latitude radius unit … [STORE key|STOREDIST key]
    static func radius(_ engine: inout Engine, _ call: Call) { search(&engine, call, .aroundPoint) }
    /// GEORADIUS_RO key longitude latitude radius unit …
    static func radiusReadOnly(_ engine: inout Engine, _ call: Call) {
        search(&engine, call, .aroundPoint, canStore: false)
    }
    /// GEORADIUSBYMEMBER key member radius unit … [STORE key|STOREDIST key]
    static func radiusByMember(_ engine: inout Engine, _ call: Call) { search(&engine, call, .aroundMember) }
    /// GEORADIUSBYMEMBER_RO key member radius unit …
    static func radiusByMemberReadOnly(_ engine: inout Engine, _ call: Call) {
        search(&engine, call, .aroundMember, canStore: false)
    }

    private enum Form {
        case search, searchStore, aroundPoint, aroundMember

        var isSearch: Bool { self == .search || self == .searchStore }
        /// Where the options begin.
        var firstOption: Int {
            switch self {
            case .search: 2
            case .searchStore: 3
            case .aroundPoint: 6
            case .aroundMember: 5
            }
        }
    }

    private enum Order {
        case none, ascending, descending
    }

    /// What was asked for.
    private struct Request {
        var shape = GeoShape()
        var hasCenter = (member: false, point: false)
        var hasForm = (circle: false, box: false)
        var order = Order.none
        /// 0 for all.
        var count: Int64 = 0
        var isAnyEnough = false
        var withDistance = false
        var withHash = false
        var withPoint = false
        /// Where the destination's key stands; 0 for a reply.
        var destination = 0
        var storesDistance = false
    }

    private struct Found {
        let member: ByteSlice
        let score: Double
        let point: GeoPoint
        var distance: Double
    }

    private static func search(_ engine: inout Engine, _ call: Call, _ form: Form, canStore: Bool = true) {
        let keyIndex = form == .searchStore ? 2 : 1
        let hash = keyIndex == 1 ? call.hash : engine.hash(call[keyIndex])
        var slot: Slot?
        guard engine.look(up: call[keyIndex], hash, .sortedSet, &slot) else { return }
        guard let request = parse(&engine, call, form, slot, canStore: canStore) else { return }
        guard let slot else {
            return request.destination > 0 ? store(&engine, call, request, form, []) : engine.reply.array(0)
        }
        var found = collect(request, slot.entry)
        let count = request.count == 0 ? found.count : Int(min(request.count, Int64(found.count)))
        sort(&found, request.order, first: count)
        found.removeLast(found.count - count)
        for index in found.indices { found[index].distance /= request.shape.unit }
        if request.destination > 0 { return store(&engine, call, request, form, found) }
        write(&engine, request, found)
    }

    // MARK: The request

    /// Nil with the error written when the request is malformed.
    private static func parse(
        _ engine: inout Engine,
        _ call: Call,
        _ form: Form,
        _ slot: Slot?,
        canStore: Bool
    ) -> Request? {
        var request = Request()
        if form == .searchStore { request.destination = 1 }
        if form == .aroundPoint {
            guard let center = point(&engine, call[2], call[3]) else { return nil }
            request.shape.center = center
        } else if form == .aroundMember, slot != nil {
            guard center(&engine, call[2], slot, &request) else { return nil }
        }
        // Without a set the radius around its member is not looked at either.
        if form == .aroundPoint || form == .aroundMember && slot != nil {
            guard circle(&engine, call, at: form.firstOption - 2, &request) else { return nil }
        }
        var index = form.firstOption
        while index < call.count {
            let left = call.count - 1 - index
            if call.isWord(index, "WITHDIST") {
                request.withDistance = true
            } else if call.isWord(index, "WITHHASH") {
                request.withHash = true
            } else if call.isWord(index, "WITHCOORD") {
                request.withPoint = true
            } else if call.isWord(index, "ANY") {
                request.isAnyEnough = true
            } else if call.isWord(index, "ASC") {
                request.order = .ascending
            } else if call.isWord(index, "DESC") {
                request.order = .descending
            } else if left >= 1, call.isWord(index, "COUNT") {
                guard let count = engine.integer(call[index + 1]) else { return nil }
                guard count > 0 else {
                    engine.fail("ERR COUNT must be > 0")
                    return nil
                }
                request.count = count
                index += 1
            } else if left >= 1, canStore, !form.isSearch, call.isWord(index, "STORE") {
                request.destination = index + 1
                request.storesDistance = false
                index += 1
            } else if left >= 1, canStore, !form.isSearch, call.isWord(index, "STOREDIST") {
                request.destination = index + 1
                request.storesDistance = true
                index += 1
            } else if form.isSearch, left >= 1, !request.hasCenter.point, call.isWord(index, "FROMMEMBER") {
                if slot != nil {
                    guard center(&engine, call[index + 1], slot, &request) else { return nil }
                }
                request.hasCenter.member = true
                index += 1
            } else if form.isSearch, left >= 2, !request.hasCenter.member, call.isWord(index, "FROMLONLAT") {
                guard let center = point(&engine, call[index + 1], call[index + 2]) else { return nil }
                request.shape.center = center
                request.hasCenter.point = true
                index += 2
            } else if form.isSearch, left >= 2, !request.hasForm.box, call.isWord(index, "BYRADIUS") {
                guard circle(&engine, call, at: index + 1, &request) else { return nil }
                request.hasForm.circle = true
                index += 2
            } else if form.isSearch, left >= 3, !request.hasForm.circle, call.isWord(index, "BYBOX") {
                guard box(&engine, call, at: index + 1, &request) else { return nil }
                request.hasForm.box = true
                index += 3
            } else if form == .searchStore, call.isWord(index, "STOREDIST") {
                request.storesDistance = true
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        return check(&engine, call, form, request)
    }

    /// Conflicts between the options.
    private static func check(
        _ engine: inout Engine,
        _ call: Call,
        _ form: Form,
        _ request: Request
    ) -> Request? {
        if request.destination > 0, request.withDistance || request.withHash || request.withPoint {
            if form == .searchStore {
                engine.fail("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
            } else {
                engine.fail(
                    "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
                )
            }
            return nil
        }
        let name = Engine.excerpt(call[0], 128)
        if form.isSearch, !request.hasCenter.member, !request.hasCenter.point {
            engine.fail(Array("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ".utf8) + name)
            return nil
        }
        if form.isSearch, !request.hasForm.circle, !request.hasForm.box {
            engine.fail(Array("ERR exactly one of BYRADIUS and BYBOX can be specified for ".utf8) + name)
            return nil
        }
        if request.isAnyEnough, request.count == 0 {
            engine.fail("ERR the ANY argument requires COUNT argument")
            return nil
        }
        var request = request
        // The nearest few can only be told in order.
        if request.count > 0, request.order == .none, !request.isAnyEnough { request.order = .ascending }
        return request
    }

    private static func center(
        _ engine: inout Engine,
        _ member: ByteSlice,
        _ slot: Slot?,
        _ request: inout Request
    ) -> Bool {
        guard let place = place(member, slot, engine.hash) else {
            engine.fail("ERR could not decode requested zset member")
            return false
        }
        request.shape.center = place
        return true
    }

    private static func circle(
        _ engine: inout Engine,
        _ call: Call,
        at index: Int,
        _ request: inout Request
    ) -> Bool {
        guard let radius = Score.parse(call[index]) else {
            engine.fail("ERR need numeric radius")
            return false
        }
        guard radius >= 0 else {
            engine.fail("ERR radius cannot be negative")
            return false
        }
        guard let unit = unit(&engine, call[index + 1]) else { return false }
        request.shape.form = .circle(radius: radius)
        request.shape.unit = unit
        return true
    }

    private static func box(
        _ engine: inout Engine,
        _ call: Call,
        at index: Int,
        _ request: inout Request
    ) -> Bool {
        guard let width = Score.parse(call[index]) else {
            engine.fail("ERR need numeric width")
            return false
        }
        guard let height = Score.parse(call[index + 1]) else {
            engine.fail("ERR need numeric height")
            return false
        }
        guard width >= 0, height >= 0 else {
            engine.fail("ERR height or width cannot be negative")
            return false
        }
        guard let unit = unit(&engine, call[index + 2]) else { return false }
        request.shape.form = .box(width: width, height: height)
        request.shape.unit = unit
        return true
    }

    // MARK: The search

    private static func collect(_ request: Request, _ entry: Entry) -> [Found] {
        // As many as are enough, when any will do.
        let limit = request.isAnyEnough ? request.count : Int64.max
        var found: [Found] = []
        for cell in request.shape.cells {
            if Int64(found.count) >= limit { break }
            let ranks = SortedSetValue.ranks(of: cell.scores, in: entry)
            SortedSetValue.forEach(entry, ranks) { member, score in
                guard Int64(found.count) < limit else { return }
                let point = GeoHash(score: score).point
                guard let distance = request.shape.distance(of: point) else { return }
                found.append(Found(member: member, score: score, point: point, distance: distance))
            }
        }
        return found
    }

    private static func sort(_ found: inout [Found], _ order: Order, first count: Int) {
        guard order != .none else { return }
        let sign = order == .ascending ? 1 : -1
        let compare = { (a: Found, b: Found) in a.distance == b.distance ? 0 : a.distance > b.distance ? sign : -sign }
        if count < found.count {
            PartialSort.sort(&found, first: count, by: compare)
        } else {
            // The standard library's sort keeps the order of what is equal, as glibc's does.
            found.sort { compare($0, $1) < 0 }
        }
    }

    // MARK: The result

    private static func write(_ engine: inout Engine, _ request: Request, _ found: [Found]) {
        let options = (request.withDistance ? 1 : 0) + (request.withHash ? 1 : 0) + (request.withPoint ? 1 : 0)
        engine.reply.array(found.count)
        for place in found {
            if options > 0 { engine.reply.array(options + 1) }
            engine.reply.bulk(place.member)
            if request.withDistance { engine.reply.bulk(text(place.distance, decimals: 4)) }
            if request.withHash { engine.reply.integer(Int64(exactlyOrLowest: place.score)) }
            if request.withPoint { write(&engine, place.point) }
        }
    }

    private static func store(
        _ engine: inout Engine,
        _ call: Call,
        _ request: Request,
        _ form: Form,
        _ found: [Found]
    ) {
        let key = call[request.destination]
        let elements = found.map { ($0.member, request.storesDistance ? $0.distance : $0.score) }
        SortedSetCommands.store(
            &engine,
            key,
            engine.hash(key),
            elements,
            form.isSearch ? "geosearchstore" : "georadiusstore"
        )
    }
}

extension Int64 {
    /// Toward zero; what does not fit becomes the lowest number, as the processor does it.
    fileprivate init(exactlyOrLowest value: Double) {
        self = value > -0x1p63 && value < 0x1p63 ? Int64(value) : Int64.min
    }
}
