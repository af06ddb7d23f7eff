import Bytes
import CLinux
import RESP

/// Places: members of a sorted set whose scores are geohashes. Searches have a file of their own.
enum GeoCommands {
    /// GEOADD key [NX|XX] [CH] longitude latitude member …
    static func add(_ engine: inout Engine, _ call: Call) {
        var onlyNew = false
        var onlyExisting = false
        var countsChanges = false
        var first = 2
        while first < call.count {
            if call.isWord(first, "NX") {
                onlyNew = true
            } else if call.isWord(first, "XX") {
                onlyExisting = true
            } else if call.isWord(first, "CH") {
                countsChanges = true
            } else {
                break
            }
            first += 1
        }
        guard (call.count - first) % 3 == 0, !(onlyNew && onlyExisting) else { return engine.syntaxError() }
        var places: [(score: Double, member: ByteSlice)] = []
        for index in stride(from: first, to: call.count, by: 3) {
            guard let point = point(&engine, call[index], call[index + 1]) else { return }
            let hash = GeoHash(point.longitude, point.latitude)
            places.append((Double(hash.aligned), call[index + 2]))
        }
        guard !places.isEmpty else { return engine.syntaxError() }
        SortedSetCommands.add(
            &engine,
            call,
            places,
            onlyNew: onlyNew,
            onlyExisting: onlyExisting,
            countsChanges: countsChanges
        )
    }

    /// A point from two arguments; nil with the error written when they are none.
    static func point(_ engine: inout Engine, _ longitude: ByteSlice, _ latitude: ByteSlice) -> GeoPoint? {
        guard let x = Score.parse(longitude), let y = Score.parse(latitude) else {
            engine.fail("ERR value is not a valid float")
            return nil
        }
        guard GeoHash.longitudes.contains(x), GeoHash.latitudes.contains(y) else {
            engine.fail(
                Array("ERR invalid longitude,latitude pair ".utf8) + text(x, decimals: 6) + [UInt8(ascii: ",")]
                    + text(y, decimals: 6)
            )
            return nil
        }
        return GeoPoint(longitude: x, latitude: y)
    }

    /// As printf's `%.*f`.
    static func text(_ value: Double, decimals: Int) -> [UInt8] {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            guard let start = buffer.baseAddress else { return [] }
            let count = clinux_format_decimals(start, 400, Int32(decimals), value)
            return buffer.prefix(max(0, min(Int(count), 399))).map { UInt8(bitPattern: $0) }
        }
    }

    /// Meters in a unit; nil with the error written for an unknown one.
    static func unit(_ engine: inout Engine, _ word: ByteSlice) -> Double? {
        if word.equalsIgnoringCase("m") { return 1 }
        if word.equalsIgnoringCase("km") { return 1000 }
        if word.equalsIgnoringCase("ft") { return 0.3048 }
        if word.equalsIgnoringCase("mi") { return 1609.34 }
        engine.fail("ERR unsupported unit provided. please use M, KM, FT, MI")
        return nil
    }

    /// Where a member is; nil when there is none.
    static func place(_ member: ByteSlice, _ slot: Slot?, _ hash: KeyHash) -> GeoPoint? {
        guard let slot, let score = SortedSetValue.score(of: member, in: slot.entry, hash) else { return nil }
        return GeoHash(score: score).point
    }

    // MARK: Reading

    /// GEOPOS key member …
    static func positions(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            if let place = place(call[index], slot, engine.hash) {
                write(&engine, place)
            } else {
                engine.reply.nullArray()
            }
        }
    }

    static func write(_ engine: inout Engine, _ point: GeoPoint) {
        engine.reply.array(2)
        for coordinate in [point.longitude, point.latitude] {
            let text = LongDouble(coordinate).humanText
            if engine.reply.version == 2 {
                engine.reply.bulk(text)
            } else {
                engine.reply.buffer.append(UInt8(ascii: ","))
                engine.reply.buffer.append(text)
                engine.reply.buffer.append("\r\n")
            }
        }
    }

    /// GEODIST key member member [unit]
    static func distance(_ engine: inout Engine, _ call: Call) {
        var unit = 1.0
        if call.count == 5 {
            guard let value = self.unit(&engine, call[4]) else { return }
            unit = value
        } else if call.count > 5 {
            return engine.syntaxError()
        }
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        guard let from = place(call[2], slot, engine.hash), let to = place(call[3], slot, engine.hash) else {
            return engine.reply.null()
        }
        engine.reply.bulk(text(from.distance(to: to) / unit, decimals: 4))
    }

    /// GEOHASH key member …
    static func hashes(_ engine: inout Engine, _ call: Call) {
        var slot: Slot?
        guard engine.look(up: call.key, call.hash, .sortedSet, &slot) else { return }
        engine.reply.array(call.count - 2)
        for index in 2..<call.count {
            if let place = place(call[index], slot, engine.hash) {
                engine.reply.bulk(GeoHash.text(of: place))
            } else {
                engine.reply.null()
            }
        }
    }
}
