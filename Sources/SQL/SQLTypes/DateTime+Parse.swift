import Bytes

/// Input of date, time and timestamp: ISO 8601 and the looser forms that PostgreSQL takes.
///
///     2024-01-31 · 20240131 · Jan 31, 2024 · 31 January 2024 · 1/31/2024 (DateStyle's order) · 31.01.2024 · 2024.031 (day of year)
///     04:05 · 04:05:06.789 · 040506 · 4:05 PM · T between date and time
///     Z, UTC, GMT, +02, -0530, +05:30:15, common American and European abbreviations · BC · now, today, epoch, infinity …
///
/// Not here: named zones with rules (Europe/Berlin), which come with the time-zone issue: 22023 `time zone "…" not recognized`.
extension DateTime {
    public static func parseDate(_ text: UnsafeRawBufferPointer, _ context: TextContext = .standard) throws(SQLError)
        -> Int32
    {
        let fields = try DateTimeFields(text, context, typeName: "date")
        switch fields.special {
        case .infinity: return Int32.max
        case .negativeInfinity: return Int32.min
        case .none: break
        }
        let days = try fields.days()
        guard dateRange.contains(days) else {
            throw SQLError(.datetimeFieldOverflow, "date out of range: \"\(String(decoding: text, as: UTF8.self))\"")
        }
        return Int32(days)
    }

    public static func parseTime(
        _ text: UnsafeRawBufferPointer,
        _ context: TextContext = .standard,
        modifier: Int32 = -1
    ) throws(SQLError) -> Int64 {
        let fields = try DateTimeFields(text, context, typeName: "time")
        guard let time = fields.time, fields.special == .none else { throw fields.invalid() }
        return rounded(time, digits: modifier)
    }

    public static func parseTimestamp(
        _ text: UnsafeRawBufferPointer,
        _ context: TextContext = .standard,
        withZone: Bool,
        modifier: Int32 = -1
    ) throws(SQLError) -> Int64 {
        let fields = try DateTimeFields(
            text,
            context,
            typeName: withZone ? "timestamp with time zone" : "timestamp"
        )
        switch fields.special {
        case .infinity: return Int64.max
        case .negativeInfinity: return Int64.min
        case .none: break
        }
        let days = try fields.days()
        let (whole, first) = days.multipliedReportingOverflow(by: microsecondsPerDay)
        let (local, second) = whole.addingReportingOverflow(fields.time ?? 0)
        var stamp = local
        if withZone {
            let offset = fields.zone ?? (fields.isAbsolute ? 0 : context.zoneOffset)
            stamp = local &- Int64(offset) * microsecondsPerSecond
        }
        guard !first, !second, timestampRange.contains(stamp) else {
            throw SQLError(
                .datetimeFieldOverflow,
                "timestamp out of range: \"\(String(decoding: text, as: UTF8.self))\""
            )
        }
        return rounded(stamp, digits: modifier)
    }
}

/// The fields found in one date/time text.
private struct DateTimeFields {
    enum Special { case none, infinity, negativeInfinity }

    private let text: UnsafeRawBufferPointer
    private let typeName: String
    private let context: TextContext
    private(set) var special = Special.none
    private var year: Int64?
    private var month: Int64?
    private var day: Int64?
    private var dayOfYear: Int64?
    private var yearDigits = 0
    private var isBeforeChrist = false
    /// A day number given by a word: today, epoch.
    private var givenDays: Int64?
    /// now, epoch: microseconds are UTC's, no zone is to be applied.
    private(set) var isAbsolute = false
    /// Microseconds since midnight.
    private(set) var time: Int64?
    private var isAfternoon: Bool?
    /// Seconds east of UTC.
    private(set) var zone: Int32?

    init(_ text: UnsafeRawBufferPointer, _ context: TextContext, typeName: String) throws(SQLError) {
        self.text = text
        self.context = context
        self.typeName = typeName
        // PostgreSQL's work buffer; longer texts cannot be dates.
        guard text.count <= 128 else { throw invalid() }
        var cursor = DateTimeCursor(text)
        while let token = cursor.next() { try take(token, &cursor) }
        if let isAfternoon, let time {
            let hour = time / 3_600_000_000
            guard (1...12).contains(hour) || hour == 0 else { throw outOfRange() }
            if isAfternoon, hour < 12 { self.time = time + 12 * 3_600_000_000 }
            if !isAfternoon, hour == 12 { self.time = time - 12 * 3_600_000_000 }
        }
        if special == .none, givenDays == nil, year == nil, month == nil, day == nil, dayOfYear == nil, time == nil {
            throw invalid()
        }
        if typeName != "time", special == .none, givenDays == nil, dayOfYear == nil,
            year == nil || month == nil || day == nil
        {
            throw invalid()
        }
    }

    func invalid() -> SQLError {
        SQLError(
            .invalidDatetimeFormat,
            "invalid input syntax for type \(typeName): \"\(String(decoding: text, as: UTF8.self))\""
        )
    }

    func outOfRange(hint: Bool = false) -> SQLError {
        SQLError(
            .datetimeFieldOverflow,
            "date/time field value out of range: \"\(String(decoding: text, as: UTF8.self))\"",
            hint: hint ? "Perhaps you need a different \"datestyle\" setting." : nil
        )
    }

    /// The day number of the fields.
    func days() throws(SQLError) -> Int64 {
        if let givenDays { return givenDays }
        guard var year else { throw invalid() }
        if isBeforeChrist {
            guard year > 0 else { throw outOfRange() }
            year = 1 - year
        } else if year == 0 {
            throw outOfRange()
        } else if yearDigits <= 2 {
            // Two digits: 1970 … 2069.
            year += year < 70 ? 2000 : 1900
        }
        guard year <= 6_000_000 else { throw outOfRange() }
        if let dayOfYear {
            guard (1...(DateTime.isLeap(year) ? 366 : 365)).contains(dayOfYear) else { throw outOfRange() }
            return DateTime.days(year: year, month: 1, day: 1) + dayOfYear - 1
        }
        guard let month, let day else { throw invalid() }
        guard (1...12).contains(month), (1...31).contains(day) else { throw outOfRange(hint: true) }
        guard day <= DateTime.daysInMonth(year: year, month: month) else { throw outOfRange() }
        return DateTime.days(year: year, month: month, day: day)
    }

    // MARK: Tokens

    private mutating func take(_ token: DateTimeCursor.Token, _ cursor: inout DateTimeCursor) throws(SQLError) {
        switch token {
        case .word(let word): try takeWord(word)
        case .time(let parts): try takeTime(parts)
        case .date(let parts): try takeDate(parts)
        case .zone(let offset): try takeZone(offset)
        case .number(let digits): try takeNumber(digits)
        case .namedZone(let name):
            throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
        case .bad: throw invalid()
        }
    }

    private mutating func takeZone(_ offset: Int32?) throws(SQLError) {
        guard let offset, zone == nil, time != nil || typeName == "time" else { throw invalid() }
        guard offset.magnitude < 16 * 3600 else {
            throw SQLError(
                .invalidTimeZoneDisplacementValue,
                "time zone displacement out of range: \"\(String(decoding: text, as: UTF8.self))\""
            )
        }
        zone = offset
    }

    private mutating func takeWord(_ word: String) throws(SQLError) {
        let nowLocal = context.now &+ Int64(context.zoneOffset) * DateTime.microsecondsPerSecond
        let today = DateTime.split(timestamp: nowLocal).days
        switch word {
        case "infinity", "+infinity": special = .infinity
        case "-infinity": special = .negativeInfinity
        case "now":
            let now = DateTime.split(timestamp: nowLocal)
            givenDays = now.days
            time = now.time
            zone = context.zoneOffset
        case "today": givenDays = today
        case "tomorrow": givenDays = today + 1
        case "yesterday": givenDays = today - 1
        case "epoch":
            givenDays = -DateTime.unixEpochDays
            time = 0
            isAbsolute = true
        case "allballs":
            time = 0
            zone = 0
        case "am", "pm":
            guard time != nil, isAfternoon == nil else { throw invalid() }
            isAfternoon = word == "pm"
        case "bc", "b.c.": isBeforeChrist = true
        case "ad", "a.d.": break
        case "t":
            guard day != nil || givenDays != nil || dayOfYear != nil else { throw invalid() }
        case "at", "on": break
        default:
            if let number = DateTimeCursor.month(word) {
                // A number that stood where the month should be was the day.
                if let taken = month, day == nil { day = taken }
                month = number
            } else if DateTimeCursor.weekdays.contains(word) {
                return
            } else if let offset = DateTimeCursor.zones[word] {
                guard zone == nil else { throw invalid() }
                zone = offset
            } else {
                throw invalid()
            }
        }
    }

    private mutating func takeTime(_ parts: DateTimeCursor.TimeParts) throws(SQLError) {
        guard time == nil else { throw invalid() }
        guard parts.hour <= 24, parts.minute <= 59, parts.second <= 60,
            parts.hour < 24 || (parts.minute == 0 && parts.second == 0 && parts.microsecond == 0)
        else { throw outOfRange() }
        time = ((parts.hour * 60 + parts.minute) * 60 + parts.second) * 1_000_000 + parts.microsecond
        if let time, time > DateTime.microsecondsPerDay { throw outOfRange() }
    }

    /// Three numbers (or words) joined by - / or dots.
    private mutating func takeDate(_ parts: [DateTimeCursor.DatePart]) throws(SQLError) {
        guard year == nil, month == nil, day == nil, dayOfYear == nil else { throw invalid() }
        if parts.count == 2 {
            // 2024-031, 2024.031: day of the year.
            guard case .number(let first, let width) = parts[0], case .number(let second, 3) = parts[1], width >= 4
            else {
                throw invalid()
            }
            (year, yearDigits, dayOfYear) = (first, width, second)
            return
        }
        guard parts.count == 3 else { throw invalid() }
        switch (parts[0], parts[1], parts[2]) {
        case (.number(let first, let width), .number(let second, _), .number(let third, let lastWidth)):
            if width >= 3 {
                (year, yearDigits, month, day) = (first, width, second, third)
            } else {
                switch context.dateOrder {
                case .yearMonthDay: (year, yearDigits, month, day) = (first, width, second, third)
                case .monthDayYear: (month, day, year, yearDigits) = (first, second, third, lastWidth)
                case .dayMonthYear: (day, month, year, yearDigits) = (first, second, third, lastWidth)
                }
            }
        case (.number(let first, let width), .month(let name), .number(let third, let lastWidth)):
            if width >= 3 {
                (year, yearDigits, month, day) = (first, width, name, third)
            } else {
                (day, month, year, yearDigits) = (first, name, third, lastWidth)
            }
        case (.month(let name), .number(let second, _), .number(let third, let lastWidth)):
            (month, day, year, yearDigits) = (name, second, third, lastWidth)
        default: throw invalid()
        }
    }

    /// A run of digits by itself: yyyymmdd, yymmdd, hhmmss (after a date), a day, a year.
    private mutating func takeNumber(_ digits: String) throws(SQLError) {
        guard let value = Int64(digits) else { throw invalid() }
        let hasDate = day != nil || givenDays != nil || dayOfYear != nil
        if !hasDate, month == nil, digits.utf8.count == 8 {
            (year, yearDigits, month, day) = (value / 10_000, 4, value / 100 % 100, value % 100)
        } else if !hasDate, month == nil, digits.utf8.count == 6, typeName != "time" {
            (year, yearDigits, month, day) = (value / 10_000, 2, value / 100 % 100, value % 100)
        } else if time == nil, digits.utf8.count == 6, hasDate || typeName == "time" {
            try takeTime(.init(hour: value / 10_000, minute: value / 100 % 100, second: value % 100, microsecond: 0))
        } else if time == nil, digits.utf8.count == 4, (hasDate && year != nil) || typeName == "time" {
            try takeTime(.init(hour: value / 100, minute: value % 100, second: 0, microsecond: 0))
        } else if day == nil, digits.utf8.count <= 2, givenDays == nil {
            day = value
        } else if year == nil, givenDays == nil {
            (year, yearDigits) = (value, digits.utf8.count)
        } else {
            throw invalid()
        }
    }
}

/// Cuts a date/time text into tokens.
private struct DateTimeCursor {
    struct TimeParts {
        var hour: Int64
        var minute: Int64
        var second: Int64
        var microsecond: Int64
    }
    enum DatePart {
        case number(Int64, width: Int)
        case month(Int64)
    }
    enum Token {
        case word(String)
        case number(String)
        case time(TimeParts)
        case date([DatePart])
        /// Seconds east; nil when malformed.
        case zone(Int32?)
        case namedZone(String)
        case bad
    }

    private let text: UnsafeRawBufferPointer
    private var index = 0
    private var sawTime = false

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    static func month(_ word: String) -> Int64? {
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november",
            "december",
        ]
        if word == "sept" { return 9 }
        return names.firstIndex { $0 == word || $0.prefix(3) == word }.map { Int64($0 + 1) }
    }

    static let weekdays: Set<String> = [
        "sun", "sunday", "mon", "monday", "tue", "tues", "tuesday", "wed", "weds", "wednesday", "thu", "thur", "thurs",
        "thursday", "fri", "friday", "sat", "saturday",
    ]

    /// Abbreviations with one meaning in PostgreSQL's default set, in seconds east of UTC.
    static let zones: [String: Int32] = [
        "z": 0, "utc": 0, "gmt": 0, "zulu": 0, "ut": 0, "uct": 0, "wet": 0, "cet": 3600, "bst": 3600, "west": 3600,
        "cest": 7200, "eet": 7200, "eest": 10_800, "msk": 10_800, "est": -18_000, "edt": -14_400, "cst": -21_600,
        "cdt": -18_000, "mst": -25_200, "mdt": -21_600, "pst": -28_800, "pdt": -25_200, "jst": 32_400, "kst": 32_400,
    ]

    private func byte(_ offset: Int = 0) -> UInt8? { index + offset < text.count ? text[index + offset] : nil }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a }

    mutating func next() -> Token? {
        while let byte = byte(), TextFormat.isSpace(byte) || byte == UInt8(ascii: ",") { index += 1 }
        guard let first = byte() else { return nil }
        if TextFormat.isDigit(first) { return numeric() }
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
            if let second = byte(1), DateTimeCursor.isLetter(second) {
                index += 1
                let word = letters()
                return .word((first == UInt8(ascii: "-") ? "-" : "+") + word)
            }
            return .zone(zone())
        }
        if DateTimeCursor.isLetter(first) {
            let start = index
            let word = letters()
            if let byte = byte(), byte == UInt8(ascii: "-"), DateTimeCursor.month(word) != nil {
                return dateAfter(.month(DateTimeCursor.month(word) ?? 0))
            }
            if let byte = byte(), byte == UInt8(ascii: "/") {
                while let byte = self.byte(), !TextFormat.isSpace(byte) { index += 1 }
                return .namedZone(String(decoding: text[start..<index].map(ASCII.lowercased), as: UTF8.self))
            }
            return .word(word)
        }
        return .bad
    }

    private mutating func letters() -> String {
        let start = index
        while let byte = byte(), DateTimeCursor.isLetter(byte) { index += 1 }
        return String(decoding: text[start..<index].map(ASCII.lowercased), as: UTF8.self)
    }

    private mutating func digits() -> (value: Int64, width: Int) {
        var value: Int64 = 0
        var width = 0
        while let byte = byte(), TextFormat.isDigit(byte) {
            value = min(value, 1 << 50) * 10 + Int64(byte - 0x30)
            width += 1
            index += 1
        }
        return (value, width)
    }

    private mutating func numeric() -> Token {
        let start = index
        let (value, width) = digits()
        switch byte() {
        case UInt8(ascii: ":"): return time(hour: value)
        case UInt8(ascii: "-"), UInt8(ascii: "/"):
            if sawTime { return .bad }
            return dateAfter(.number(value, width: width))
        case UInt8(ascii: "."):
            // hhmmss.fff or a dotted date.
            if width == 6, sawDate {
                let microsecond = fraction()
                sawTime = true
                return .time(
                    .init(
                        hour: value / 10_000,
                        minute: value / 100 % 100,
                        second: value % 100,
                        microsecond: microsecond
                    )
                )
            }
            return dateAfter(.number(value, width: width))
        default:
            if width == 8 { sawDate = true }
            return .number(String(decoding: text[start..<index], as: UTF8.self))
        }
    }

    private var sawDate = false

    private mutating func dateAfter(_ first: DatePart) -> Token {
        let separator = byte()
        var parts = [first]
        while parts.count < 3, let byte = byte(), byte == separator {
            index += 1
            guard let next = self.byte() else { return .bad }
            if TextFormat.isDigit(next) {
                let (value, width) = digits()
                parts.append(.number(value, width: width))
            } else if DateTimeCursor.isLetter(next), let month = DateTimeCursor.month(letters()) {
                parts.append(.month(month))
            } else {
                return .bad
            }
        }
        sawDate = true
        return parts.count >= 2 ? .date(parts) : .bad
    }

    private mutating func time(hour: Int64) -> Token {
        index += 1
        guard let next = byte(), TextFormat.isDigit(next) else { return .bad }
        var parts = TimeParts(hour: hour, minute: digits().value, second: 0, microsecond: 0)
        if byte() == UInt8(ascii: ":") {
            index += 1
            guard let next = byte(), TextFormat.isDigit(next) else { return .bad }
            parts.second = digits().value
        }
        if byte() == UInt8(ascii: ".") { parts.microsecond = fraction() }
        sawTime = true
        return .time(parts)
    }

    /// A point and digits: microseconds, rounded.
    private mutating func fraction() -> Int64 {
        index += 1
        var value: Int64 = 0
        var unit: Int64 = 100_000
        var isRounded = false
        while let byte = byte(), TextFormat.isDigit(byte) {
            let digit = Int64(byte - 0x30)
            if unit > 0 {
                value += digit * unit
                unit /= 10
            } else if !isRounded {
                if digit >= 5 { value += 1 }
                isRounded = true
            }
            index += 1
        }
        return value
    }

    /// ±hh, ±hhmm, ±hh:mm, ±hh:mm:ss.
    private mutating func zone() -> Int32? {
        let isNegative = byte() == UInt8(ascii: "-")
        index += 1
        let (value, width) = digits()
        guard width > 0, width <= 6 else { return nil }
        var (hours, minutes, seconds) = (value, Int64(0), Int64(0))
        if width > 4 {
            (hours, minutes, seconds) = (value / 10_000, value / 100 % 100, value % 100)
        } else if width > 2 {
            (hours, minutes) = (value / 100, value % 100)
        } else if byte() == UInt8(ascii: ":") {
            index += 1
            minutes = digits().value
            if byte() == UInt8(ascii: ":") {
                index += 1
                seconds = digits().value
            }
        }
        guard minutes < 60, seconds < 60, hours < 1000 else { return nil }
        let offset = Int32(hours * 3600 + minutes * 60 + seconds)
        return isNegative ? -offset : offset
    }
}
