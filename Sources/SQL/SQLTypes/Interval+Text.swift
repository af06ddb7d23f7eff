import Bytes

/// Input, output and modifiers of interval.
///
/// Input: `1 year 2 mons 3 days 04:05:06.7`, `@ 1 hour ago`, `1-2` (years-months), `3 4:05:06` (days time), `P1Y2M3DT4H5M6S`, `P0001-02-03T04:05:06`.
/// Fractions of a unit go down into smaller ones: half a month is 15 days, half a day 12 hours.
extension Interval {
    private static let yearBit: Int32 = 1 << 2
    private static let monthBit: Int32 = 1 << 1
    private static let dayBit: Int32 = 1 << 3
    private static let hourBit: Int32 = 1 << 10
    private static let minuteBit: Int32 = 1 << 11
    private static let secondBit: Int32 = 1 << 12
    private static let fullRange: Int32 = 0x7fff
    private static let fullPrecision: Int32 = 0xffff

    static func typeName(modifier: Int32) -> String {
        guard modifier >= 0 else { return "interval" }
        let range = (modifier >> 16) & 0x7fff
        let precision = modifier & 0xffff
        let fields: String
        switch range {
        case yearBit: fields = " year"
        case monthBit: fields = " month"
        case dayBit: fields = " day"
        case hourBit: fields = " hour"
        case minuteBit: fields = " minute"
        case secondBit: fields = " second"
        case yearBit | monthBit: fields = " year to month"
        case dayBit | hourBit: fields = " day to hour"
        case dayBit | hourBit | minuteBit: fields = " day to minute"
        case dayBit | hourBit | minuteBit | secondBit: fields = " day to second"
        case hourBit | minuteBit: fields = " hour to minute"
        case hourBit | minuteBit | secondBit: fields = " hour to second"
        case minuteBit | secondBit: fields = " minute to second"
        default: fields = ""
        }
        return "interval" + fields + (precision != fullPrecision ? "(\(precision))" : "")
    }

    /// Drops the fields below the modifier's range and rounds the seconds.
    public func coerced(toModifier modifier: Int32) throws(SQLError) -> Interval {
        guard modifier >= 0 else { return self }
        let range = (modifier >> 16) & 0x7fff
        let precision = modifier & 0xffff
        var result = self
        if range != Interval.fullRange {
            if range == Interval.yearBit {
                result.months = months / 12 * 12
                (result.days, result.microseconds) = (0, 0)
            } else if range & (Interval.dayBit | Interval.hourBit | Interval.minuteBit | Interval.secondBit) == 0 {
                (result.days, result.microseconds) = (0, 0)
            } else if range == Interval.dayBit {
                result.microseconds = 0
            } else if range & (Interval.minuteBit | Interval.secondBit) == 0 {
                result.microseconds -= result.microseconds % 3_600_000_000
            } else if range & Interval.secondBit == 0 {
                result.microseconds -= result.microseconds % 60_000_000
            }
        }
        if precision <= 6 { result.microseconds = DateTime.rounded(result.microseconds, digits: precision) }
        return result
    }

    // MARK: Output

    public func write(to output: inout ByteBuffer, _ style: TextContext.IntervalStyle = .postgres) {
        switch style {
        case .postgres, .sqlStandard: writePostgres(to: &output)
        case .postgresVerbose: writeVerbose(to: &output)
        case .iso8601: writeISO(to: &output)
        }
    }

    /// `1 year 2 mons -3 days +04:05:06`: a plus sign follows a negative field.
    private func writePostgres(to output: inout ByteBuffer) {
        var isFirst = true
        var wasNegative = false
        func field(_ value: Int64, _ unit: StaticString) {
            guard value != 0 else { return }
            if !isFirst { output.append(UInt8(ascii: " ")) }
            if wasNegative, value > 0 { output.append(UInt8(ascii: "+")) }
            output.append(decimal: value)
            output.append(UInt8(ascii: " "))
            output.append(unit)
            if value != 1 { output.append(UInt8(ascii: "s")) }
            wasNegative = value < 0
            isFirst = false
        }
        field(Int64(months / 12), "year")
        field(Int64(months % 12), "mon")
        field(Int64(days), "day")
        guard isFirst || microseconds != 0 else { return }
        if !isFirst { output.append(UInt8(ascii: " ")) }
        if microseconds < 0 {
            output.append(UInt8(ascii: "-"))
        } else if wasNegative {
            output.append(UInt8(ascii: "+"))
        }
        appendClock(to: &output)
    }

    private func appendClock(to output: inout ByteBuffer) {
        let size = microseconds.magnitude
        let seconds = Int64(size / 1_000_000)
        DateTime.append(seconds / 3600, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        DateTime.append(seconds / 60 % 60, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        DateTime.append(seconds % 60, width: 2, to: &output)
        DateTime.appendFraction(Int64(size % 1_000_000), to: &output)
    }

    /// `@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs ago`: the first field decides the direction.
    private func writeVerbose(to output: inout ByteBuffer) {
        output.append(UInt8(ascii: "@"))
        let seconds = microseconds / 1_000_000
        let fraction = microseconds % 1_000_000
        let parts: [(Int64, StaticString)] = [
            (Int64(months / 12), "year"), (Int64(months % 12), "mon"), (Int64(days), "day"), (seconds / 3600, "hour"),
            (seconds / 60 % 60, "min"),
        ]
        var isFirst = true
        var isBefore = false
        func sign(_ value: Int64) -> Int64 {
            if isFirst { isBefore = value < 0 }
            isFirst = false
            return isBefore ? -value : value
        }
        for (value, unit) in parts where value != 0 {
            output.append(UInt8(ascii: " "))
            let shown = sign(value)
            output.append(decimal: shown)
            output.append(UInt8(ascii: " "))
            output.append(unit)
            if shown != 1 { output.append(UInt8(ascii: "s")) }
        }
        let second = seconds % 60
        if second != 0 || fraction != 0 {
            output.append(UInt8(ascii: " "))
            let total = sign(second * 1_000_000 + fraction)
            if total < 0 { output.append(UInt8(ascii: "-")) }
            output.append(decimal: total.magnitude / 1_000_000)
            DateTime.appendFraction(Int64(total.magnitude % 1_000_000), to: &output)
            output.append(" sec")
            if total.magnitude != 1_000_000 { output.append(UInt8(ascii: "s")) }
        }
        if isFirst { output.append(" 0") }
        if isBefore { output.append(" ago") }
    }

    private func writeISO(to output: inout ByteBuffer) {
        if months == 0, days == 0, microseconds == 0 { return output.append("PT0S") }
        output.append(UInt8(ascii: "P"))
        func field(_ value: Int64, _ unit: UInt8) {
            guard value != 0 else { return }
            output.append(decimal: value)
            output.append(unit)
        }
        field(Int64(months / 12), UInt8(ascii: "Y"))
        field(Int64(months % 12), UInt8(ascii: "M"))
        field(Int64(days), UInt8(ascii: "D"))
        guard microseconds != 0 else { return }
        output.append(UInt8(ascii: "T"))
        let seconds = microseconds / 1_000_000
        let fraction = microseconds % 1_000_000
        field(seconds / 3600, UInt8(ascii: "H"))
        field(seconds / 60 % 60, UInt8(ascii: "M"))
        guard seconds % 60 != 0 || fraction != 0 else { return }
        if microseconds < 0 { output.append(UInt8(ascii: "-")) }
        output.append(decimal: (seconds % 60).magnitude)
        DateTime.appendFraction(Int64(fraction.magnitude), to: &output)
        output.append(UInt8(ascii: "S"))
    }

    // MARK: Input

    public init(
        parsing text: UnsafeRawBufferPointer,
        _ context: TextContext = .standard,
        modifier: Int32 = -1
    ) throws(SQLError) {
        var reader = IntervalReader(text)
        self = try reader.read(range: modifier >= 0 ? (modifier >> 16) & 0x7fff : Interval.fullRange)
        self = try coerced(toModifier: modifier)
    }
}

/// Reads one interval text.
private struct IntervalReader {
    private let text: UnsafeRawBufferPointer
    private var index = 0
    private var months: Int64 = 0
    private var days: Int64 = 0
    private var microseconds: Int64 = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    private var invalid: SQLError {
        SQLError(
            .invalidDatetimeFormat,
            "invalid input syntax for type interval: \"\(String(decoding: text, as: UTF8.self))\""
        )
    }

    private var outOfRange: SQLError {
        SQLError(
            .intervalFieldOverflow,
            "interval field value out of range: \"\(String(decoding: text, as: UTF8.self))\""
        )
    }

    /// A decimal number: the whole part and the fraction as billionths, both with the number's sign.
    private struct Quantity {
        var whole: Int64
        var billionths: Int64
        var isNegative: Bool
        var digits: Int
        var hasPoint: Bool
    }

    private enum Unit {
        case microsecond, millisecond, second, minute, hour, day, week, month, year, decade, century, millennium
    }

    mutating func read(range: Int32) throws(SQLError) -> Interval {
        guard text.count <= 256 else { throw invalid }
        skipSpace()
        if let first = peek(), first == UInt8(ascii: "P") || first == UInt8(ascii: "p") {
            index += 1
            try readISO()
        } else {
            try readVerbose(range)
        }
        guard let shortDays = Int32(exactly: days) else { throw outOfRange }
        guard let shortMonths = Int32(exactly: months) else {
            throw SQLError(.datetimeFieldOverflow, "interval out of range")
        }
        return Interval(months: shortMonths, days: shortDays, microseconds: microseconds)
    }

    private func peek(_ offset: Int = 0) -> UInt8? { index + offset < text.count ? text[index + offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek(), TextFormat.isSpace(byte) { index += 1 }
    }

    private mutating func quantity() throws(SQLError) -> Quantity {
        var result = Quantity(whole: 0, billionths: 0, isNegative: false, digits: 0, hasPoint: false)
        if let sign = peek(), sign == 0x2d || sign == 0x2b {
            result.isNegative = sign == 0x2d
            index += 1
        }
        while let byte = peek(), TextFormat.isDigit(byte) {
            let (product, first) = result.whole.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int64(byte - 0x30))
            guard !first, !second else { throw outOfRange }
            result.whole = sum
            result.digits += 1
            index += 1
        }
        if peek() == UInt8(ascii: ".") {
            result.hasPoint = true
            index += 1
            var unit: Int64 = 100_000_000
            while let byte = peek(), TextFormat.isDigit(byte) {
                result.billionths += Int64(byte - 0x30) * unit
                unit /= 10
                result.digits += 1
                index += 1
            }
        }
        guard result.digits > 0 else { throw invalid }
        if result.isNegative {
            result.whole = -result.whole
            result.billionths = -result.billionths
        }
        return result
    }

    private mutating func add(_ value: Int64, times unit: Int64, to field: WritableKeyPath<IntervalReader, Int64>)
        throws(SQLError)
    {
        let (product, first) = value.multipliedReportingOverflow(by: unit)
        let (sum, second) = self[keyPath: field].addingReportingOverflow(product)
        guard !first, !second else { throw outOfRange }
        self[keyPath: field] = sum
    }

    /// Adds billionths of a unit that is `microsecondsPerUnit` long, rounded to a microsecond.
    private mutating func addFraction(_ billionths: Int64, microsecondsPerUnit: Int64) throws(SQLError) {
        let product = Int128(billionths) * Int128(microsecondsPerUnit)
        let half: Int128 = product < 0 ? -500_000_000 : 500_000_000
        try add(Int64((product + half) / 1_000_000_000), times: 1, to: \.microseconds)
    }

    private mutating func addDayFraction(_ billionths: Int64, daysPerUnit: Int64) throws(SQLError) {
        let total = billionths * daysPerUnit
        try add(total / 1_000_000_000, times: 1, to: \.days)
        try addFraction(total % 1_000_000_000, microsecondsPerUnit: DateTime.microsecondsPerDay)
    }

    private mutating func add(_ quantity: Quantity, _ unit: Unit) throws(SQLError) {
        let (whole, part) = (quantity.whole, quantity.billionths)
        switch unit {
        case .microsecond:
            try add(whole, times: 1, to: \.microseconds)
            try addFraction(part, microsecondsPerUnit: 1)
        case .millisecond:
            try add(whole, times: 1000, to: \.microseconds)
            try addFraction(part, microsecondsPerUnit: 1000)
        case .second:
            try add(whole, times: 1_000_000, to: \.microseconds)
            try addFraction(part, microsecondsPerUnit: 1_000_000)
        case .minute:
            try add(whole, times: 60_000_000, to: \.microseconds)
            try addFraction(part, microsecondsPerUnit: 60_000_000)
        case .hour:
            try add(whole, times: 3_600_000_000, to: \.microseconds)
            try addFraction(part, microsecondsPerUnit: 3_600_000_000)
        case .day:
            try add(whole, times: 1, to: \.days)
            try addFraction(part, microsecondsPerUnit: DateTime.microsecondsPerDay)
        case .week:
            try add(whole, times: 7, to: \.days)
            try addDayFraction(part, daysPerUnit: 7)
        case .month:
            try add(whole, times: 1, to: \.months)
            try addDayFraction(part, daysPerUnit: 30)
        case .year:
            try add(whole, times: 12, to: \.months)
            try add(roundedMonths(part, perUnit: 12), times: 1, to: \.months)
        case .decade:
            try add(whole, times: 120, to: \.months)
            try add(roundedMonths(part, perUnit: 120), times: 1, to: \.months)
        case .century:
            try add(whole, times: 1200, to: \.months)
            try add(roundedMonths(part, perUnit: 1200), times: 1, to: \.months)
        case .millennium:
            try add(whole, times: 12_000, to: \.months)
            try add(roundedMonths(part, perUnit: 12_000), times: 1, to: \.months)
        }
    }

    private func roundedMonths(_ billionths: Int64, perUnit: Int64) -> Int64 {
        let total = billionths * perUnit
        return (total + (total < 0 ? -500_000_000 : 500_000_000)) / 1_000_000_000
    }

    private static func unit(_ word: String) -> Unit? {
        switch word {
        case "us", "usec", "usecs", "usecond", "useconds", "microsecond", "microseconds", "microsecon": .microsecond
        case "ms", "msec", "msecs", "msecond", "mseconds", "millisecond", "milliseconds", "millisecon": .millisecond
        case "s", "sec", "secs", "second", "seconds": .second
        case "m", "min", "mins", "minute", "minutes": .minute
        case "h", "hr", "hrs", "hour", "hours": .hour
        case "d", "day", "days": .day
        case "w", "week", "weeks": .week
        case "mon", "mons", "month", "months": .month
        case "y", "yr", "yrs", "year", "years": .year
        case "dec", "decs", "decade", "decades": .decade
        case "c", "cent", "century", "centuries": .century
        case "mil", "mils", "millennia", "millennium", "millenniums": .millennium
        default: nil
        }
    }

    private mutating func word() -> String {
        let start = index
        while let byte = peek(), byte | 0x20 >= 0x61, byte | 0x20 <= 0x7a { index += 1 }
        return String(decoding: text[start..<index].map(ASCII.lowercased), as: UTF8.self)
    }

    private mutating func readVerbose(_ range: Int32) throws(SQLError) {
        if peek() == UInt8(ascii: "@") { index += 1 }
        var count = 0
        var isBefore = false
        while true {
            skipSpace()
            guard let first = peek() else { break }
            if first | 0x20 >= 0x61, first | 0x20 <= 0x7a {
                guard word() == "ago", count > 0, !isBefore else { throw invalid }
                isBefore = true
                continue
            }
            let quantity = try quantity()
            count += 1
            if peek() == UInt8(ascii: ":"), !quantity.hasPoint {
                try clock(hours: quantity)
            } else if let separator = peek(), separator == UInt8(ascii: "-"), !quantity.hasPoint,
                let digit = peek(1), TextFormat.isDigit(digit)
            {
                // Years-months.
                index += 1
                let second = try self.quantity()
                guard second.whole < 12, !second.hasPoint else { throw outOfRange }
                try add(quantity.whole, times: 12, to: \.months)
                try add(second.whole, times: quantity.isNegative ? -1 : 1, to: \.months)
            } else {
                skipSpace()
                if let next = peek(), next | 0x20 >= 0x61, next | 0x20 <= 0x7a {
                    let name = word()
                    if name == "ago" {
                        try add(quantity, implied(range))
                        isBefore = true
                        continue
                    }
                    guard let unit = IntervalReader.unit(name) else { throw invalid }
                    try add(quantity, unit)
                } else if clockFollows {
                    try add(quantity, .day)
                } else {
                    try add(quantity, implied(range))
                }
            }
        }
        guard count > 0 else { throw invalid }
        if isBefore {
            guard months != Int64.min, days != Int64.min, microseconds != Int64.min else { throw outOfRange }
            (months, days, microseconds) = (-months, -days, -microseconds)
        }
    }

    /// The unit of a bare number: the modifier's lowest field, seconds without one.
    private func implied(_ range: Int32) -> Unit {
        switch range {
        case 1 << 2: .year
        case 1 << 1, (1 << 2) | (1 << 1): .month
        case 1 << 3: .day
        case 1 << 10, (1 << 3) | (1 << 10): .hour
        case 1 << 11, (1 << 10) | (1 << 11), (1 << 3) | (1 << 10) | (1 << 11): .minute
        default: .second
        }
    }

    /// Whether digits and a colon come next, as in `3 04:05`.
    private var clockFollows: Bool {
        var ahead = index
        if ahead < text.count, text[ahead] == 0x2d || text[ahead] == 0x2b { ahead += 1 }
        let start = ahead
        while ahead < text.count, TextFormat.isDigit(text[ahead]) { ahead += 1 }
        return ahead > start && ahead < text.count && text[ahead] == UInt8(ascii: ":")
    }

    /// hh:mm, hh:mm:ss.fff, mm:ss.fff; the sign of the hours holds for all.
    private mutating func clock(hours: Quantity) throws(SQLError) {
        index += 1
        let sign: Int64 = hours.isNegative ? -1 : 1
        guard let byte = peek(), TextFormat.isDigit(byte) else { throw invalid }
        let minutes = try quantity()
        var seconds = Quantity(whole: 0, billionths: 0, isNegative: false, digits: 0, hasPoint: false)
        if minutes.hasPoint {
            // mm:ss.fff
            guard minutes.whole < 60 else { throw outOfRange }
            try add(hours.whole, times: 60_000_000, to: \.microseconds)
            try add(minutes.whole, times: sign * 1_000_000, to: \.microseconds)
            return try addFraction(minutes.billionths * sign, microsecondsPerUnit: 1_000_000)
        }
        if peek() == UInt8(ascii: ":") {
            index += 1
            guard let byte = peek(), TextFormat.isDigit(byte) else { throw invalid }
            seconds = try quantity()
        }
        guard minutes.whole < 60, seconds.whole <= 60 else { throw outOfRange }
        try add(hours.whole, times: 3_600_000_000, to: \.microseconds)
        try add(minutes.whole, times: sign * 60_000_000, to: \.microseconds)
        try add(seconds.whole, times: sign * 1_000_000, to: \.microseconds)
        try addFraction(seconds.billionths * sign, microsecondsPerUnit: 1_000_000)
    }

    /// After the P: designators (1Y2M3DT4H5M6S) or the alternative form (0001-02-03T04:05:06).
    private mutating func readISO() throws(SQLError) {
        var inTime = false
        var count = 0
        while let byte = peek() {
            if byte == UInt8(ascii: "T") || byte == UInt8(ascii: "t"), !inTime {
                inTime = true
                index += 1
                continue
            }
            let quantity = try quantity()
            count += 1
            guard let designator = peek() else { throw invalid }
            if designator == UInt8(ascii: "-"), !inTime {
                index += 1
                try add(quantity.whole, times: 12, to: \.months)
                try add(try self.quantity().whole, times: 1, to: \.months)
                if peek() == UInt8(ascii: "-") {
                    index += 1
                    try add(try self.quantity().whole, times: 1, to: \.days)
                }
                continue
            }
            if designator == UInt8(ascii: ":"), inTime {
                try clock(hours: quantity)
                continue
            }
            index += 1
            switch (ASCII.uppercased(designator), inTime) {
            case (UInt8(ascii: "Y"), false): try add(quantity, .year)
            case (UInt8(ascii: "M"), false): try add(quantity, .month)
            case (UInt8(ascii: "W"), false): try add(quantity, .week)
            case (UInt8(ascii: "D"), false): try add(quantity, .day)
            case (UInt8(ascii: "H"), true): try add(quantity, .hour)
            case (UInt8(ascii: "M"), true): try add(quantity, .minute)
            case (UInt8(ascii: "S"), true): try add(quantity, .second)
            default: throw invalid
            }
        }
        guard count > 0 else { throw invalid }
    }
}
