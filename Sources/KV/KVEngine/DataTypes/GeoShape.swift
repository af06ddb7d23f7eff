import Glibc

/// What a search covers: a circle or a box around a point; lengths in the unit of the request.
struct GeoShape {
    enum Form {
        case circle(radius: Double)
        case box(width: Double, height: Double)
    }

    var center = GeoPoint(longitude: 0, latitude: 0)
    var form = Form.circle(radius: 0)
    /// Meters in the request's unit.
    var unit = 1.0

    /// The distance of a point from the center when the shape covers it, in meters.
    func distance(of point: GeoPoint) -> Double? {
        switch form {
        case .circle(let radius):
            let distance = center.distance(to: point)
            return distance > radius * unit ? nil : distance
        case .box(let width, let height):
            if point.distance(toLatitude: center.latitude) > height * unit / 2 { return nil }
            let across = GeoPoint(longitude: center.longitude, latitude: point.latitude)
            if point.distance(to: across) > width * unit / 2 { return nil }
            return center.distance(to: point)
        }
    }

    /// Half the width and height, in meters.
    private var extent: (width: Double, height: Double) {
        switch form {
        case .circle(let radius): (unit * radius, unit * radius)
        case .box(let width, let height): (unit * (width / 2), unit * (height / 2))
        }
    }

    /// How far the shape's farthest point is from the center, in meters.
    private var reach: Double {
        switch form {
        case .circle(let radius): radius * unit
        case .box(let width, let height): sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unit
        }
    }

    /// A box of degrees around the shape. Its sides are those of the end that is nearer to a pole in the north, and of the
    /// one that is farther from the equator in the south.
    private var bounds: GeoArea {
        let radian = Double.pi / 180
        let (width, height) = extent
        let latitudes = height / GeoHash.earthRadius / radian
        let edge = center.latitude < 0 ? center.latitude - latitudes : center.latitude + latitudes
        let longitudes = width / GeoHash.earthRadius / cos(edge * radian) / radian
        return GeoArea(
            west: center.longitude - longitudes,
            south: center.latitude - latitudes,
            east: center.longitude + longitudes,
            north: center.latitude + latitudes
        )
    }

    /// How fine a grid may be whose nine cells around the center still cover the shape.
    private var estimatedStep: Int {
        var range = reach
        if range == 0 { return GeoHash.placeStep }
        // Half the way around the earth, in Mercator's meters.
        let halfWorld = 20037726.37
        var step = 1
        while range < halfWorld {
            range *= 2
            step += 1
        }
        step -= 2
        // Cells become narrow near the poles.
        let latitude = abs(center.latitude)
        if latitude > 66 { step -= 1 }
        if latitude > 80 { step -= 1 }
        return min(max(step, 1), GeoHash.placeStep)
    }

    /// The cells to look through, in the order in which redis does: the center's and those of its eight neighbours that
    /// the shape touches. The same cell may come twice where the grid is coarse, but not twice in a row.
    var cells: [GeoHash] {
        let bounds = self.bounds
        var step = estimatedStep
        var hash = GeoHash(center.longitude, center.latitude, step: step)
        let isTooFine =
            hash.moved(east: 0, north: 1).area.north < bounds.north
            || hash.moved(east: 0, north: -1).area.south > bounds.south
            || hash.moved(east: 1, north: 0).area.east < bounds.east
            || hash.moved(east: -1, north: 0).area.west > bounds.west
        if step > 1, isTooFine {
            step -= 1
            hash = GeoHash(center.longitude, center.latitude, step: step)
        }
        let area = hash.area
        let neighbours = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]
        var cells = [hash]
        for (index, (east, north)) in neighbours.enumerated() {
            let isUseless =
                north < 0 && area.south < bounds.south || north > 0 && area.north > bounds.north
                || east < 0 && area.west < bounds.west || east > 0 && area.east > bounds.east
            if step >= 2, isUseless { continue }
            let cell = hash.moved(east: east, north: north)
            // Redis compares with the cell before, but not with the center's.
            if index > 0, cells.count > 1, cells.last == cell { continue }
            cells.append(cell)
        }
        return cells
    }
}
