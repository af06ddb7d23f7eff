/// Dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// By hand, because a date formatter with locales is megabytes and microseconds for a fixed pattern.
public struct HTTPDate: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds before the year 1 or after 9999 are brought into that range.
    public init(seconds: Int64) {
        self.seconds = min(max(seconds, -62_135_596_800), 253_402_300_799)
    }

    /// Reads the one form that is written today; the obsolete ones are nil.
    public init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 29, text.hasSuffix(" GMT"), bytes[3] == UInt8(ascii: ","), bytes[4] == 0x20 else {
            return nil
        }
        let monthName = String(decoding: bytes[8..<11], as: UTF8.self)
        guard let day = Self.number(bytes[5..<7]), let monthIndex = Self.months.firstIndex(of: monthName) else {
            return nil
        }
        guard let year = Self.number(bytes[12..<16]), let hour = Self.number(bytes[17..<19]) else { return nil }
        guard let minute = Self.number(bytes[20..<22]), let second = Self.number(bytes[23..<25]) else { return nil }
        guard year > 0, 1...31 ~= day, hour < 24, minute < 60, second < 61 else { return nil }
        // Days from the civil calendar, with years that start in March so that leap days come last.
        let month = Int64(monthIndex)
        let marchYear: Int64 = month < 2 ? year - 1 : year
        let era: Int64 = marchYear / 400
        let yearOfEra: Int64 = marchYear - era * 400
        let marchMonth: Int64 = (month + 10) % 12
        let dayOfYear: Int64 = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra: Int64 = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days: Int64 = era * 146_097 + dayOfEra - 719_468
        self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.reduce(Int64?.some(0)) { value, byte in
            guard let value, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
            return value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
    }

    public static func < (left: HTTPDate, right: HTTPDate) -> Bool { left.seconds < right.seconds }
}

extension HTTPDate: CustomStringConvertible {
    public var description: String {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = (shiftedMonth + 2) % 12
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        let weekday = Int(((days % 7) + 7) % 7)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let yearText = String(year)
        let padded = String(repeating: "0", count: max(0, 4 - yearText.count)) + yearText
        return "\(Self.days[weekday]), \(two(day)) \(Self.months[Int(month)]) \(padded) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
    }
}
