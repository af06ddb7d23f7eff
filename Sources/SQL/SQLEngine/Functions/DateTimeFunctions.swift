import SQLTypes

/// Dates, times, timestamps, intervals.
enum DateTimeFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registry.add("now") { (_, environment) throws(SQLError) in .timestamp(environment.transactionTimestamp) }
        registry.add("statement_timestamp") { (_, environment) throws(SQLError) in
            .timestamp(environment.statementTimestamp)
        }
        registry.add("clock_timestamp") { (_, environment) throws(SQLError) in .timestamp(environment.clockTimestamp) }
        registry.add("date_pli") { (a, _) throws(SQLError) in try date(Int64(a[0].day), plus: a[1].integer) }
        registry.add("date_mii") { (a, _) throws(SQLError) in try date(Int64(a[0].day), plus: -a[1].integer) }
        registry.add("date_mi") { (a, _) throws(SQLError) in
            if [Int32.max, .min].contains(a[0].day) || [Int32.max, .min].contains(a[1].day) {
                throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite dates")
            }
            return .int(Int64(a[0].day) - Int64(a[1].day))
        }
        registry.add("date_timestamp") { (a, _) throws(SQLError) in try .timestamp(midnight(a[0].day)) }
        registry.add("date_timestamptz") { (a, environment) throws(SQLError) in
            .timestamp(shift(try midnight(a[0].day), -offset(environment)))
        }
        registry.add("timestamp_date") { (a, _) throws(SQLError) in day(a[0].instant) }
        registry.add("timestamptz_date") { (a, environment) throws(SQLError) in
            day(shift(a[0].instant, offset(environment)))
        }
        registry.add("timestamp_timestamptz") { (a, environment) throws(SQLError) in
            .timestamp(shift(a[0].instant, -offset(environment)))
        }
        registry.add("timestamptz_timestamp") { (a, environment) throws(SQLError) in
            .timestamp(shift(a[0].instant, offset(environment)))
        }
        registry.add("timestamp_time") { (a, _) throws(SQLError) in .time(DateTime.split(timestamp: a[0].instant).time)
        }
        registry.add("timestamptz_time") { (a, environment) throws(SQLError) in
            .time(DateTime.split(timestamp: shift(a[0].instant, offset(environment))).time)
        }
        registry.add("datetime_timestamp") { (a, _) throws(SQLError) in
            .timestamp(try midnight(a[0].day) &+ a[1].clock)
        }
        registry.add("timestamp_scale") { (a, _) throws(SQLError) in
            .timestamp(DateTime.rounded(a[0].instant, digits: Int32(truncatingIfNeeded: a[1].integer)))
        }
        registry.add("timestamptz_scale") { (a, _) throws(SQLError) in
            .timestamp(DateTime.rounded(a[0].instant, digits: Int32(truncatingIfNeeded: a[1].integer)))
        }
        registry.add("time_interval") { (a, _) throws(SQLError) in .interval(Interval(microseconds: a[0].clock)) }
        registry.add("interval_time") { (a, _) throws(SQLError) in
            let day = DateTime.microsecondsPerDay
            return .time(((a[0].span.microseconds % day) + day) % day)
        }
        for symbol in ["timestamp_pl_interval", "timestamptz_pl_interval"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .timestamp(try DateTime.adding(a[1].span, to: a[0].instant))
            }
        }
        for symbol in ["timestamp_mi_interval", "timestamptz_mi_interval"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                .timestamp(try DateTime.adding(try negated(a[1].span), to: a[0].instant))
            }
        }
        registry.add("date_pl_interval") { (a, _) throws(SQLError) in
            .timestamp(try DateTime.adding(a[1].span, to: try midnight(a[0].day)))
        }
        registry.add("date_mi_interval") { (a, _) throws(SQLError) in
            .timestamp(try DateTime.adding(try negated(a[1].span), to: try midnight(a[0].day)))
        }
        for symbol in ["timestamp_mi", "timestamptz_mi"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let (difference, overflow) = a[0].instant.subtractingReportingOverflow(a[1].instant)
                if overflow { throw SQLError(.datetimeFieldOverflow, "interval out of range") }
                let day = DateTime.microsecondsPerDay
                return .interval(
                    Interval(days: Int32(truncatingIfNeeded: difference / day), microseconds: difference % day)
                )
            }
        }
        registry.add("interval_um") { (a, _) throws(SQLError) in .interval(try negated(a[0].span)) }
        registry.add("interval_pl") { (a, _) throws(SQLError) in .interval(try sum(a[0].span, a[1].span)) }
        registry.add("interval_mi") { (a, _) throws(SQLError) in .interval(try sum(a[0].span, try negated(a[1].span))) }
        registry.add("interval_mul") { (a, _) throws(SQLError) in try scaled(a[0].span, a[1].double) }
        registry.add("mul_d_interval") { (a, _) throws(SQLError) in try scaled(a[1].span, a[0].double) }
        registry.add("interval_div") { (a, _) throws(SQLError) in
            if a[1].double == 0 { throw Range.zero }
            return try interval(
                Double(a[0].span.months),
                Double(a[0].span.days),
                Double(a[0].span.microseconds),
                dividedBy: a[1].double
            )
        }
        registry.add("time_pl_interval") { (a, _) throws(SQLError) in .time(wrapped(a[0].clock, a[1].span.microseconds))
        }
        registry.add("time_mi_interval") { (a, _) throws(SQLError) in
            .time(wrapped(a[0].clock, 0 &- a[1].span.microseconds))
        }
        registry.add("time_mi_time") { (a, _) throws(SQLError) in
            .interval(Interval(microseconds: a[0].clock - a[1].clock))
        }
        for (symbol, withZone) in [
            ("timestamp_trunc", false), ("timestamptz_trunc", true), ("timestamptz_trunc_zone", true),
        ] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let zone = withZone ? offset(environment) : 0
                let local = try truncated(a[0].swiftString.lowercased(), shift(a[1].instant, zone))
                return .timestamp(shift(local, -zone))
            }
        }
        // extract() yields numeric, date_part() double precision.
        let parts: [(String, Bool, Bool)] = [
            ("timestamp_part", false, false), ("timestamptz_part", true, false), ("extract_timestamp", false, true),
            ("extract_timestamptz", true, true),
        ]
        for (symbol, withZone, isNumeric) in parts {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let field = a[0].swiftString.lowercased()
                let zone = withZone ? offset(environment) : 0
                return try part(
                    field,
                    shift(a[1].instant, zone),
                    zone,
                    withZone ? "timestamp with time zone" : "timestamp without time zone",
                    isNumeric
                )
            }
        }
        registry.add("extract_date") { (a, _) throws(SQLError) in
            try part(a[0].swiftString.lowercased(), try midnight(a[1].day), 0, "date", true)
        }
        for (symbol, isNumeric) in [("interval_part", false), ("extract_interval", true)] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                try intervalPart(a[0].swiftString.lowercased(), a[1].span, isNumeric)
            }
        }
        for (symbol, isNumeric) in [("time_part", false), ("extract_time", true)] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let field = a[0].swiftString.lowercased()
                guard ["hour", "minute", "second", "milliseconds", "microseconds", "epoch"].contains(field) else {
                    throw unknownUnit(field, "time without time zone")
                }
                return try part(
                    field == "epoch" ? "timeepoch" : field,
                    a[1].clock,
                    0,
                    "time without time zone",
                    isNumeric
                )
            }
        }
        for symbol in ["timestamp_zone", "timestamptz_zone"] {
            registry.add(symbol) { (a, _) throws(SQLError) in
                let zone = try zoneOffset(a[0].swiftString)
                return .timestamp(shift(a[1].instant, symbol == "timestamptz_zone" ? zone : -zone))
            }
        }
        registry.add("float8_timestamptz") { (a, _) throws(SQLError) in
            let seconds = a[0].double - 946_684_800
            guard seconds.magnitude < 9.2e12 else {
                throw SQLError(.datetimeFieldOverflow, "timestamp out of range: \"\(a[0].double)\"")
            }
            return .timestamp(Int64((seconds * 1_000_000).rounded()))
        }
        registry.add("make_date") { (a, _) throws(SQLError) in
            let (year, month, day) = (a[0].integer, a[1].integer, a[2].integer)
            guard year != 0, (1...12).contains(month), day >= 1,
                day <= DateTime.daysInMonth(year: year < 0 ? year + 1 : year, month: month), year.magnitude < 300_000
            else {
                throw SQLError(
                    .datetimeFieldOverflow,
                    "date field value out of range: \(year)-\(two(month))-\(two(day))"
                )
            }
            return .date(
                Int32(truncatingIfNeeded: DateTime.days(year: year < 0 ? year + 1 : year, month: month, day: day))
            )
        }
        registry.add("make_interval") { (a, _) throws(SQLError) in
            let months = a[0].integer * 12 + a[1].integer
            let days = a[2].integer * 7 + a[3].integer
            guard let shortMonths = Int32(exactly: months), let shortDays = Int32(exactly: days) else {
                throw SQLError(.datetimeFieldOverflow, "interval out of range")
            }
            let seconds = (a[6].double * 1_000_000).rounded()
            guard seconds.magnitude < 9e18 else { throw SQLError(.datetimeFieldOverflow, "interval out of range") }
            let micros = a[4].integer * 3_600_000_000 + a[5].integer * 60_000_000
            return .interval(Interval(months: shortMonths, days: shortDays, microseconds: micros &+ Int64(seconds)))
        }
        registry.add("date_finite") { (a, _) throws(SQLError) in .bool(a[0].day != .max && a[0].day != .min) }
        registry.add("timestamp_finite") { (a, _) throws(SQLError) in
            .bool(a[0].instant != .max && a[0].instant != .min)
        }
        registry.add("interval_finite") { (_, _) throws(SQLError) in .bool(true) }
        for (symbol, withZone) in [("timestamp_to_char", false), ("timestamptz_to_char", true)] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                .string(formatted(shift(a[0].instant, withZone ? offset(environment) : 0), a[1].swiftString))
            }
        }
        registry.add("timestamp_age") { (a, _) throws(SQLError) in .interval(age(a[0].instant, a[1].instant)) }
        registry.add("timestamptz_age") { (a, _) throws(SQLError) in .interval(age(a[0].instant, a[1].instant)) }
    }

    // MARK: arithmetic

    static func estimate(_ span: Interval) -> Double {
        (Double(span.months) * 30 + Double(span.days)) * 86_400e6 + Double(span.microseconds)
    }

    private static func offset(_ environment: any EvaluationEnvironment) -> Int64 {
        Int64(environment.textContext.zoneOffset) * DateTime.microsecondsPerSecond
    }

    /// Infinities stay what they are.
    private static func shift(_ instant: Int64, _ by: Int64) -> Int64 {
        instant == .max || instant == .min ? instant : instant &+ by
    }

    private static func midnight(_ day: Int32) throws(SQLError) -> Int64 {
        if day == .max { return .max }
        if day == .min { return .min }
        let (value, overflow) = Int64(day).multipliedReportingOverflow(by: DateTime.microsecondsPerDay)
        if overflow { throw SQLError(.datetimeFieldOverflow, "date out of range for timestamp") }
        return value
    }

    private static func day(_ instant: Int64) -> Value {
        if instant == .max { return .date(.max) }
        if instant == .min { return .date(.min) }
        return .date(Int32(truncatingIfNeeded: DateTime.split(timestamp: instant).days))
    }

    private static func date(_ day: Int64, plus days: Int64) throws(SQLError) -> Value {
        if day == Int64(Int32.max) || day == Int64(Int32.min) { return .date(Int32(day)) }
        let sum = day + days
        guard DateTime.dateRange.contains(sum) else { throw SQLError(.datetimeFieldOverflow, "date out of range") }
        return .date(Int32(truncatingIfNeeded: sum))
    }

    private static func negated(_ span: Interval) throws(SQLError) -> Interval {
        guard span.months != .min, span.days != .min, span.microseconds != .min else {
            throw SQLError(.datetimeFieldOverflow, "interval out of range")
        }
        return Interval(months: -span.months, days: -span.days, microseconds: -span.microseconds)
    }

    private static func sum(_ left: Interval, _ right: Interval) throws(SQLError) -> Interval {
        let (months, first) = left.months.addingReportingOverflow(right.months)
        let (days, second) = left.days.addingReportingOverflow(right.days)
        let (microseconds, third) = left.microseconds.addingReportingOverflow(right.microseconds)
        if first || second || third { throw SQLError(.datetimeFieldOverflow, "interval out of range") }
        return Interval(months: months, days: days, microseconds: microseconds)
    }

    private static func scaled(_ span: Interval, _ factor: Double) throws(SQLError) -> Value {
        try interval(
            Double(span.months) * factor,
            Double(span.days) * factor,
            Double(span.microseconds) * factor,
            dividedBy: 1
        )
    }

    /// Fractions of months spill into days (of 30), fractions of days into time.
    static func interval(_ months: Double, _ days: Double, _ microseconds: Double, dividedBy divisor: Double)
        throws(SQLError) -> Value
    {
        let scaledMonths = months / divisor
        let scaledDays = days / divisor
        let wholeMonths = scaledMonths.rounded(.towardZero)
        let wholeDays = scaledDays.rounded(.towardZero)
        var monthDays = (scaledMonths - wholeMonths) * 30
        monthDays = (monthDays * 1_000_000).rounded() / 1_000_000
        let wholeMonthDays = monthDays.rounded(.towardZero)
        let seconds = ((scaledDays - wholeDays) + (monthDays - wholeMonthDays)) * 86_400
        let time = microseconds / divisor + (seconds * 1_000_000).rounded()
        guard let resultMonths = Int32(exactly: wholeMonths),
            let resultDays = Int32(exactly: wholeDays + wholeMonthDays),
            time.magnitude < 9.2e18
        else { throw SQLError(.datetimeFieldOverflow, "interval out of range") }
        return .interval(Interval(months: resultMonths, days: resultDays, microseconds: Int64(time.rounded())))
    }

    private static func wrapped(_ time: Int64, _ by: Int64) -> Int64 {
        let day = DateTime.microsecondsPerDay
        return ((time + by % day) % day + day) % day
    }

    // MARK: fields

    private static func unknownUnit(_ field: String, _ type: String) -> SQLError {
        SQLError(.invalidParameterValue, "unit \"\(field)\" not recognized for type \(type)")
    }

    /// A number as extract() shows it: numeric with that many digits behind the point.
    private static func number(_ units: Int64, scale: Int, _ isNumeric: Bool) throws(SQLError) -> Value {
        if !isNumeric {
            var divisor = 1.0
            for _ in 0..<scale { divisor *= 10 }
            return .float(Double(units) / divisor)
        }
        if scale == 0 { return .numeric(Numeric(units)) }
        var digits = String(units.magnitude)
        while digits.count <= scale { digits = "0" + digits }
        let text = (units < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
        return try SQLType.numeric.parse(text)
    }

    private static func part(_ field: String, _ instant: Int64, _ zone: Int64, _ type: String, _ isNumeric: Bool)
        throws(SQLError) -> Value
    {
        let (days, time) = DateTime.split(timestamp: instant)
        let (year, month, dayOfMonth) = DateTime.civil(days: days)
        // 2000-01-01 was a Saturday.
        let weekday = ((days + 6) % 7 + 7) % 7
        let isoWeekday = weekday == 0 ? 7 : weekday
        func isoYearAndWeek() -> (Int64, Int64) {
            let thursday = days - isoWeekday + 4
            let isoYear = DateTime.civil(days: thursday).year
            let first = DateTime.days(year: isoYear, month: 1, day: 1)
            return (isoYear, (thursday - first) / 7 + 1)
        }
        let value: Int64
        switch field {
        case "microseconds", "microsecond", "usec": value = time % 60_000_000
        case "milliseconds", "millisecond", "msec": return try number(time % 60_000_000, scale: 3, isNumeric)
        case "second", "seconds": return try number(time % 60_000_000, scale: 6, isNumeric)
        case "minute", "minutes": value = time / 60_000_000 % 60
        case "hour", "hours": value = time / 3_600_000_000
        case "day", "days": value = dayOfMonth
        case "month", "months": value = month
        case "year", "years": value = year > 0 ? year : year - 1
        case "quarter": value = (month - 1) / 3 + 1
        case "decade": value = year >= 0 ? year / 10 : -((8 - (year - 1)) / 10)
        case "century": value = year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100)
        case "millennium": value = year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000)
        case "dow": value = weekday
        case "isodow": value = isoWeekday
        case "doy": value = days - DateTime.days(year: year, month: 1, day: 1) + 1
        case "week": value = isoYearAndWeek().1
        case "isoyear": value = isoYearAndWeek().0
        case "julian": value = days + 2_451_545
        case "epoch":
            return try number(
                (instant &- zone) &+ DateTime.unixEpochDays * DateTime.microsecondsPerDay,
                scale: type == "date" ? 0 : 6,
                isNumeric,
                dividing: type == "date" ? 1_000_000 : 1
            )
        case "timeepoch": return try number(time, scale: 6, isNumeric)
        case "timezone" where type == "timestamp with time zone": value = zone / 1_000_000
        case "timezone_hour" where type == "timestamp with time zone": value = zone / 3_600_000_000
        case "timezone_minute" where type == "timestamp with time zone": value = zone / 60_000_000 % 60
        default: throw unknownUnit(field, type)
        }
        return try number(value, scale: 0, isNumeric)
    }

    private static func number(_ units: Int64, scale: Int, _ isNumeric: Bool, dividing: Int64) throws(SQLError) -> Value
    {
        try number(units / dividing, scale: scale, isNumeric)
    }

    private static func intervalPart(_ field: String, _ span: Interval, _ isNumeric: Bool) throws(SQLError) -> Value {
        let value: Int64
        switch field {
        case "microseconds": value = span.microseconds % 60_000_000
        case "milliseconds": return try number(span.microseconds % 60_000_000, scale: 3, isNumeric)
        case "second", "seconds": return try number(span.microseconds % 60_000_000, scale: 6, isNumeric)
        case "minute", "minutes": value = span.microseconds / 60_000_000 % 60
        case "hour", "hours": value = span.microseconds / 3_600_000_000
        case "day", "days": value = Int64(span.days)
        case "month", "months": value = Int64(span.months % 12)
        case "year", "years": value = Int64(span.months / 12)
        case "quarter": value = Int64(span.months % 12 / 3 + 1)
        case "decade": value = Int64(span.months / 120)
        case "century": value = Int64(span.months / 1200)
        case "millennium": value = Int64(span.months / 12_000)
        case "epoch":
            let years = Int64(span.months / 12) * 31_557_600
            let months = Int64(span.months % 12) * 2_592_000
            let seconds = years + months + Int64(span.days) * 86_400
            return try number(seconds * 1_000_000 &+ span.microseconds, scale: 6, isNumeric)
        default: throw unknownUnit(field, "interval")
        }
        return try number(value, scale: 0, isNumeric)
    }

    private static func truncated(_ field: String, _ instant: Int64) throws(SQLError) -> Int64 {
        if instant == .max || instant == .min { return instant }
        let (days, time) = DateTime.split(timestamp: instant)
        let (year, month, _) = DateTime.civil(days: days)
        func at(_ year: Int64, _ month: Int64) -> Int64 {
            DateTime.days(year: year, month: month, day: 1) * DateTime.microsecondsPerDay
        }
        let start = days * DateTime.microsecondsPerDay
        switch field {
        case "microseconds": return instant
        case "milliseconds": return start + time / 1000 * 1000
        case "second": return start + time / 1_000_000 * 1_000_000
        case "minute": return start + time / 60_000_000 * 60_000_000
        case "hour": return start + time / 3_600_000_000 * 3_600_000_000
        case "day": return start
        case "week":
            let weekday = ((days + 6) % 7 + 7) % 7
            return (days - (weekday == 0 ? 6 : weekday - 1)) * DateTime.microsecondsPerDay
        case "month": return at(year, month)
        case "quarter": return at(year, (month - 1) / 3 * 3 + 1)
        case "year": return at(year, 1)
        case "decade": return at(year >= 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10, 1)
        case "century": return at(year > 0 ? (year + 99) / 100 * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1, 1)
        case "millennium":
            return at(year > 0 ? (year + 999) / 1000 * 1000 - 999 : -((999 - (year - 1)) / 1000) * 1000 + 1, 1)
        default: throw unknownUnit(field, "timestamp without time zone")
        }
    }

    /// Fixed offsets and UTC; zones with rules come with their own issue.
    private static func zoneOffset(_ name: String) throws(SQLError) -> Int64 {
        let lower = name.lowercased()
        if ["utc", "gmt", "z", "zulu", "etc/utc", "universal"].contains(lower) { return 0 }
        var text = lower[...]
        var sign: Int64 = 1
        // POSIX zone strings count westwards.
        if text.hasPrefix("utc") || text.hasPrefix("gmt") {
            text = text.dropFirst(3)
            sign = -1
        }
        if text.hasPrefix("+") {
            text = text.dropFirst()
        } else if text.hasPrefix("-") {
            sign = -sign
            text = text.dropFirst()
        } else {
            throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
        }
        let parts = text.split(separator: ":")
        guard let hours = parts.first.flatMap({ Int64($0) }), (0...15).contains(hours) else {
            throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
        }
        let minutes = parts.count > 1 ? Int64(parts[1]) ?? 0 : 0
        return sign * (hours * 3_600_000_000 + minutes * 60_000_000)
    }

    private static func age(_ later: Int64, _ earlier: Int64) -> Interval {
        let isNegative = later < earlier
        let (high, low) = isNegative ? (earlier, later) : (later, earlier)
        let (highDays, highTime) = DateTime.split(timestamp: high)
        let (lowDays, lowTime) = DateTime.split(timestamp: low)
        let to = DateTime.civil(days: highDays)
        let from = DateTime.civil(days: lowDays)
        var months = (to.year - from.year) * 12 + (to.month - from.month)
        var days = to.day - from.day
        var time = highTime - lowTime
        if time < 0 {
            time += DateTime.microsecondsPerDay
            days -= 1
        }
        if days < 0 {
            days += DateTime.daysInMonth(year: from.year, month: from.month)
            months -= 1
        }
        let sign: Int64 = isNegative ? -1 : 1
        return Interval(
            months: Int32(truncatingIfNeeded: months * sign),
            days: Int32(truncatingIfNeeded: days * sign),
            microseconds: time * sign
        )
    }

    private static func two(_ value: Int64) -> String { value < 10 && value >= 0 ? "0\(value)" : String(value) }

    /// to_char's common patterns; text in double quotes and unknown letters are copied.
    private static func formatted(_ instant: Int64, _ pattern: String) -> String {
        let (days, time) = DateTime.split(timestamp: instant)
        let (year, month, day) = DateTime.civil(days: days)
        let monthNames = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let weekday = Int(((days + 6) % 7 + 7) % 7)
        let hour = time / 3_600_000_000
        func padded(_ name: String) -> String { name + String(repeating: " ", count: max(0, 9 - name.count)) }
        let monthName = monthNames[Int(max(1, min(12, month))) - 1]
        let table: [(String, String)] = [
            ("YYYY", String(year)), ("YY", two(year % 100)), ("MM", two(month)),
            ("DDD", String(days - DateTime.days(year: year, month: 1, day: 1) + 1)),
            ("DD", two(day)), ("HH24", two(hour)), ("HH12", two(hour % 12 == 0 ? 12 : hour % 12)),
            ("HH", two(hour % 12 == 0 ? 12 : hour % 12)), ("MI", two(time / 60_000_000 % 60)),
            ("SS", two(time / 1_000_000 % 60)), ("MS", String(String(1000 + time % 1_000_000 / 1000).dropFirst())),
            ("US", String(String(1_000_000 + time % 1_000_000).dropFirst())), ("Month", padded(monthName)),
            ("MONTH", padded(monthName.uppercased())), ("month", padded(monthName.lowercased())),
            ("Mon", String(monthName.prefix(3))), ("MON", String(monthName.prefix(3)).uppercased()),
            ("mon", String(monthName.prefix(3)).lowercased()), ("Day", padded(dayNames[weekday])),
            ("DAY", padded(dayNames[weekday].uppercased())), ("day", padded(dayNames[weekday].lowercased())),
            ("Dy", String(dayNames[weekday].prefix(3))), ("D", String(weekday + 1)), ("Q", String((month - 1) / 3 + 1)),
            ("AM", hour < 12 ? "AM" : "PM"), ("PM", hour < 12 ? "AM" : "PM"), ("am", hour < 12 ? "am" : "pm"),
            ("pm", hour < 12 ? "am" : "pm"), ("TZ", "UTC"),
        ]
        var result = ""
        var rest = pattern[...]
        outer: while let first = rest.first {
            if first == "\"" {
                rest = rest.dropFirst()
                while let next = rest.first, next != "\"" {
                    result.append(next)
                    rest = rest.dropFirst()
                }
                rest = rest.dropFirst()
                continue
            }
            if rest.hasPrefix("FM") {
                rest = rest.dropFirst(2)
                for (key, value) in table where rest.hasPrefix(key) {
                    var text = value.split(separator: " ").joined(separator: " ")
                    while text.count > 1, text.hasPrefix("0") { text.removeFirst() }
                    result += text
                    rest = rest.dropFirst(key.count)
                    continue outer
                }
                continue
            }
            for (key, value) in table
            where rest.hasPrefix(key)
                || (key.allSatisfy { $0.isUppercase } && key.count > 1 && !["AM", "PM", "MON", "DAY"].contains(key)
                    && rest.hasPrefix(key.lowercased()))
            {
                result += value
                rest = rest.dropFirst(key.count)
                continue outer
            }
            result.append(first)
            rest = rest.dropFirst()
        }
        return result
    }
}
