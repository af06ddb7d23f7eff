import Bytes

/// Calendar arithmetic and the output of date, time and timestamp. Input: `DateTime+Parse.swift`.
///
/// The calendar is the proleptic Gregorian one; day 0 is 2000-01-01. Year 0 is 1 BC.
public enum DateTime {
    public static let microsecondsPerSecond: Int64 = 1_000_000
    public static let microsecondsPerDay: Int64 = 86_400_000_000
    /// Days from 1970-01-01 to 2000-01-01.
    public static let unixEpochDays: Int64 = 10_957
    /// 4714-11-24 BC … 5874897-12-31.
    public static let dateRange: ClosedRange<Int64> = -2_451_545...2_145_031_948
    /// 4714-11-24 BC 00:00 … 294276-12-31 23:59:59.999999.
    public static let timestampRange: ClosedRange<Int64> = -211_813_488_000_000_000...9_223_371_331_199_999_999

    /// In range, or one of the infinities.
    public static func isValid(timestamp: Int64) -> Bool {
        timestamp == Int64.max || timestamp == Int64.min || timestampRange.contains(timestamp)
    }

    /// Day number of a civil date; any month and day numbers within ±10^6 years are safe.
    /// Counts from March, so that the leap day ends a year (Howard Hinnant's days_from_civil).
    public static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        // 719468 days lie between 0000-03-01 and 1970-01-01.
        return era * 146_097 + dayOfEra - 719_468 - unixEpochDays
    }

    /// The civil date of a day number.
    public static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + unixEpochDays + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    public static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    public static func daysInMonth(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Day and microseconds within it.
    public static func split(timestamp: Int64) -> (days: Int64, time: Int64) {
        var days = timestamp / microsecondsPerDay
        var time = timestamp % microsecondsPerDay
        if time < 0 {
            time += microsecondsPerDay
            days -= 1
        }
        return (days, time)
    }

    /// Rounds to `digits` decimals of a second (a time or timestamp modifier); other values and infinities stay.
    public static func rounded(_ microseconds: Int64, digits: Int32) -> Int64 {
        guard digits >= 0, digits < 6, microseconds != Int64.max, microseconds != Int64.min else { return microseconds }
        var unit: Int64 = 1
        for _ in digits..<6 { unit *= 10 }
        let half = unit / 2
        // Half away from zero; near the ends of the range nothing overflows, because those are far from Int64's.
        let shifted = microseconds >= 0 ? microseconds &+ half : microseconds &- half
        return shifted - shifted % unit
    }

    // MARK: Output

    static func append(_ number: Int64, width: Int, to output: inout ByteBuffer) {
        let size = ASCII.decimalDigits(in: number.magnitude)
        for _ in size..<max(size, width) { output.append(0x30) }
        output.append(decimal: number.magnitude)
    }

    /// ISO: `2024-01-31`, ` BC` after years before 1. The other styles: `01/31/2024`, `31.01.2024`, `01-31-2024`.
    public static func append(date days: Int32, to output: inout ByteBuffer, _ context: TextContext = .standard) {
        if days == Int32.max { return output.append("infinity") }
        if days == Int32.min { return output.append("-infinity") }
        let date = civil(days: Int64(days))
        appendDate(date, to: &output, context)
        if date.year <= 0 { output.append(" BC") }
    }

    private static func appendDate(
        _ date: (year: Int64, month: Int64, day: Int64),
        to output: inout ByteBuffer,
        _ context: TextContext
    ) {
        let year = date.year > 0 ? date.year : 1 - date.year
        let dayFirst = context.dateOrder == .dayMonthYear
        let separator: UInt8
        switch context.dateStyle {
        case .iso:
            append(year, width: 4, to: &output)
            output.append(UInt8(ascii: "-"))
            append(date.month, width: 2, to: &output)
            output.append(UInt8(ascii: "-"))
            append(date.day, width: 2, to: &output)
            return
        case .sql: separator = UInt8(ascii: "/")
        case .german: separator = UInt8(ascii: ".")
        case .postgres: separator = UInt8(ascii: "-")
        }
        let first = dayFirst || context.dateStyle == .german ? date.day : date.month
        let second = dayFirst || context.dateStyle == .german ? date.month : date.day
        append(first, width: 2, to: &output)
        output.append(separator)
        append(second, width: 2, to: &output)
        output.append(separator)
        append(year, width: 4, to: &output)
    }

    /// `04:05:06.789`, trailing zeros of the fraction left out.
    public static func append(time microseconds: Int64, to output: inout ByteBuffer) {
        let seconds = microseconds / microsecondsPerSecond
        append(seconds / 3600, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        append(seconds / 60 % 60, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        append(seconds % 60, width: 2, to: &output)
        appendFraction(microseconds % microsecondsPerSecond, to: &output)
    }

    static func appendFraction(_ microseconds: Int64, to output: inout ByteBuffer) {
        guard microseconds != 0 else { return }
        output.append(UInt8(ascii: "."))
        var rest = microseconds
        var digits = 6
        while rest % 10 == 0 {
            rest /= 10
            digits -= 1
        }
        append(rest, width: digits, to: &output)
    }

    public static func append(
        timestamp microseconds: Int64,
        withZone: Bool,
        to output: inout ByteBuffer,
        _ context: TextContext = .standard
    ) {
        if microseconds == Int64.max { return output.append("infinity") }
        if microseconds == Int64.min { return output.append("-infinity") }
        let local = withZone ? microseconds &+ Int64(context.zoneOffset) * microsecondsPerSecond : microseconds
        let (days, time) = split(timestamp: local)
        let date = civil(days: days)
        if context.dateStyle == .postgres {
            // Wed Jan 31 04:05:06 2024
            output.append(weekdayNames[Int(((days + 6) % 7 + 7) % 7)])
            output.append(UInt8(ascii: " "))
            let dayFirst = context.dateOrder == .dayMonthYear
            if dayFirst {
                append(date.day, width: 2, to: &output)
                output.append(UInt8(ascii: " "))
            }
            output.append(monthNames[Int(date.month - 1)])
            output.append(UInt8(ascii: " "))
            if !dayFirst {
                append(date.day, width: 2, to: &output)
                output.append(UInt8(ascii: " "))
            }
            append(time: time, to: &output)
            output.append(UInt8(ascii: " "))
            append(date.year > 0 ? date.year : 1 - date.year, width: 4, to: &output)
        } else {
            appendDate(date, to: &output, context)
            output.append(UInt8(ascii: " "))
            append(time: time, to: &output)
        }
        if withZone {
            if context.dateStyle != .iso, context.zoneOffset == 0 {
                output.append(" UTC")
            } else {
                appendZone(context.zoneOffset, to: &output)
            }
        }
        if date.year <= 0 { output.append(" BC") }
    }

    /// `+02`, `+05:30`, `-00:12:34`.
    private static func appendZone(_ offset: Int32, to output: inout ByteBuffer) {
        output.append(offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        let seconds = Int64(offset.magnitude)
        append(seconds / 3600, width: 2, to: &output)
        guard seconds % 3600 != 0 else { return }
        output.append(UInt8(ascii: ":"))
        append(seconds / 60 % 60, width: 2, to: &output)
        guard seconds % 60 != 0 else { return }
        output.append(UInt8(ascii: ":"))
        append(seconds % 60, width: 2, to: &output)
    }

    private static let weekdayNames: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let monthNames: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    // MARK: Arithmetic with intervals

    /// timestamp + interval: months first (the day is capped at the month's end), then days, then microseconds.
    /// - Throws: 22008 `timestamp out of range`.
    public static func adding(_ interval: Interval, to timestamp: Int64) throws(SQLError) -> Int64 {
        if timestamp == Int64.max || timestamp == Int64.min { return timestamp }
        var (days, time) = split(timestamp: timestamp)
        if interval.months != 0 {
            let date = civil(days: days)
            let months = date.year * 12 + date.month - 1 + Int64(interval.months)
            let year = Numeric.floorDivide(Int(months), 12)
            let month = months - Int64(year) * 12 + 1
            days = DateTime.days(
                year: Int64(year),
                month: month,
                day: min(date.day, daysInMonth(year: Int64(year), month: month))
            )
        }
        days += Int64(interval.days)
        let (whole, first) = days.multipliedReportingOverflow(by: microsecondsPerDay)
        let (base, second) = whole.addingReportingOverflow(time)
        let (result, third) = base.addingReportingOverflow(interval.microseconds)
        time = result
        guard !first, !second, !third, timestampRange.contains(time) else {
            throw SQLError(.datetimeFieldOverflow, "timestamp out of range")
        }
        return time
    }
}
