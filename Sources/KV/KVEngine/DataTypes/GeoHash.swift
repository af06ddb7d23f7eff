import Glibc

/// Places on earth as 52-bit numbers: the bits of latitude and longitude interleaved, so that near places are often near
/// numbers, and a square of the grid is a range of them.
///
///     bits   … lon lat lon lat     a cell of `step` bits each; 26 is a place, about 0.6 m
///
/// The arithmetic is redis's to the last bit, since scores, distances and the order of results show it.
struct GeoHash: Equatable {
    static let placeStep = 26
    static let longitudes = -180.0...180.0
    /// Of the Mercator projection.
    static let latitudes = -85.05112878...85.05112878
    /// Meters.
    static let earthRadius = 6372797.560856

    var bits: UInt64
    var step: Int

    /// The cell of `step` bits that holds a point.
    init(
        _ longitude: Double,
        _ latitude: Double,
        step: Int = placeStep,
        latitudes: ClosedRange<Double> = latitudes
    ) {
        func column(_ value: Double, _ range: ClosedRange<Double>) -> UInt32 {
            let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
            return UInt32(share * Double(UInt64(1) << UInt64(step)))
        }
        bits =
            Self.spread(column(latitude, latitudes)) | Self.spread(column(longitude, Self.longitudes)) << 1
        self.step = step
    }

    init(bits: UInt64, step: Int) {
        self.bits = bits
        self.step = step
    }

    /// The place that a score stands for; any number does for some place.
    init(score: Double) {
        // As C converts on this machine: toward zero, negative numbers wrap around, what does not fit is one value.
        let bits: UInt64
        if score < 0x1p63 {
            bits = score >= -0x1p63 ? UInt64(bitPattern: Int64(score)) : 1 << 63
        } else {
            bits = score < 0x1p64 ? UInt64(score) : 0
        }
        self.init(bits: bits, step: Self.placeStep)
    }

    /// The number aligned to 52 bits: the score of a place, the least score in a cell.
    var aligned: UInt64 { bits << UInt64(52 - step * 2) }

    /// The scores in this cell.
    var scores: ScoreRange {
        ScoreRange(Double(aligned), Double(GeoHash(bits: bits &+ 1, step: step).aligned), false, true)
    }

    /// The cell some columns to the east and rows to the north, around the world's edges.
    func moved(east: Int, north: Int) -> GeoHash {
        let mask = (UInt32(1) << UInt32(step)) &- 1
        var column = Self.squeeze(bits >> 1)
        var row = Self.squeeze(bits)
        if east != 0 { column = (column &+ UInt32(truncatingIfNeeded: east)) & mask }
        if north != 0 { row = (row &+ UInt32(truncatingIfNeeded: north)) & mask }
        return GeoHash(bits: Self.spread(row) | Self.spread(column) << 1, step: step)
    }

    /// The cell's borders.
    var area: GeoArea {
        func borders(_ index: UInt32, _ range: ClosedRange<Double>) -> (Double, Double) {
            let scale = range.upperBound - range.lowerBound
            let cells = Double(UInt64(1) << UInt64(step))
            return (
                range.lowerBound + (Double(index) * 1.0 / cells) * scale,
                range.lowerBound + ((Double(index) + 1) * 1.0 / cells) * scale
            )
        }
        let (south, north) = borders(Self.squeeze(bits), Self.latitudes)
        let (west, east) = borders(Self.squeeze(bits >> 1), Self.longitudes)
        return GeoArea(west: west, south: south, east: east, north: north)
    }

    /// The middle of the cell.
    var point: GeoPoint {
        let area = self.area
        func clamp(_ value: Double, _ range: ClosedRange<Double>) -> Double {
            min(max(value, range.lowerBound), range.upperBound)
        }
        return GeoPoint(
            longitude: clamp((area.west + area.east) / 2, Self.longitudes),
            latitude: clamp((area.south + area.north) / 2, Self.latitudes)
        )
    }

    /// The usual text of eleven letters, for which latitudes go from pole to pole; of the last letter no bits are known.
    static func text(of point: GeoPoint) -> [UInt8] {
        let hash = GeoHash(point.longitude, point.latitude, latitudes: -90...90)
        let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
        var letters: [UInt8] = []
        for shift in stride(from: UInt64(47), to: 0, by: -5) { letters.append(alphabet[Int(hash.bits >> shift & 31)]) }
        return letters + [alphabet[0]]
    }

    // MARK: Interleaving

    /// Puts a zero in front of every bit.
    private static func spread(_ value: UInt32) -> UInt64 {
        var word = UInt64(value)
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word | word << 4) & 0x0F0F_0F0F_0F0F_0F0F
        word = (word | word << 2) & 0x3333_3333_3333_3333
        word = (word | word << 1) & 0x5555_5555_5555_5555
        return word
    }

    /// Takes every second bit, beginning with the lowest.
    private static func squeeze(_ value: UInt64) -> UInt32 {
        var word = value & 0x5555_5555_5555_5555
        word = (word | word >> 1) & 0x3333_3333_3333_3333
        word = (word | word >> 2) & 0x0F0F_0F0F_0F0F_0F0F
        word = (word | word >> 4) & 0x00FF_00FF_00FF_00FF
        word = (word | word >> 8) & 0x0000_FFFF_0000_FFFF
        word |= word >> 16
        return UInt32(truncatingIfNeeded: word)
    }
}

/// Degrees.
struct GeoArea {
    var west: Double
    var south: Double
    var east: Double
    var north: Double
}

/// Degrees.
struct GeoPoint {
    var longitude: Double
    var latitude: Double

    private static func radians(_ degrees: Double) -> Double { degrees * (Double.pi / 180) }

    /// Meters along the great circle, by the haversine formula.
    func distance(to other: GeoPoint) -> Double {
        let east = sin((Self.radians(other.longitude) - Self.radians(longitude)) / 2)
        if east == 0 { return distance(toLatitude: other.latitude) }
        let (from, to) = (Self.radians(latitude), Self.radians(other.latitude))
        let north = sin((to - from) / 2)
        return 2.0 * GeoHash.earthRadius * asin(sqrt(north * north + cos(from) * cos(to) * east * east))
    }

    /// Meters straight north or south.
    func distance(toLatitude other: Double) -> Double {
        GeoHash.earthRadius * abs(Self.radians(other) - Self.radians(latitude))
    }
}
