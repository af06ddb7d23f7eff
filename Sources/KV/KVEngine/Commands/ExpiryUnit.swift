import Bytes
import RESP

/// How an expiry is written: relative or absolute, in seconds or milliseconds.
enum ExpiryUnit {
    case seconds, milliseconds, absoluteSeconds, absoluteMilliseconds

    /// EX, PX, EXAT, PXAT
    init?(option: ByteSlice) {
        if option.equalsIgnoringCase("EX") {
            self = .seconds
        } else if option.equalsIgnoringCase("PX") {
            self = .milliseconds
        } else if option.equalsIgnoringCase("EXAT") {
            self = .absoluteSeconds
        } else if option.equalsIgnoringCase("PXAT") {
            self = .absoluteMilliseconds
        } else {
            return nil
        }
    }

    var isSeconds: Bool { self == .seconds || self == .absoluteSeconds }
    var isRelative: Bool { self == .seconds || self == .milliseconds }

    /// Milliseconds since 1970; nil when it does not fit 64 bits.
    func deadline(_ value: Int64, now: Int64) -> Int64? {
        let (scaled, overflow) = value.multipliedReportingOverflow(by: isSeconds ? 1000 : 1)
        if overflow { return nil }
        let (sum, carry) = scaled.addingReportingOverflow(isRelative ? now : 0)
        return carry ? nil : sum
    }
}

extension Engine {
    /// A positive expiry as milliseconds since 1970; nil with the error written when malformed or not positive.
    mutating func deadline(_ text: ByteSlice, _ unit: ExpiryUnit, _ call: Call) -> Int64? {
        guard let value = integer(text) else { return nil }
        if value > 0, let deadline = unit.deadline(value, now: now) { return deadline }
        invalidExpiry(call)
        return nil
    }

    mutating func invalidExpiry(_ call: Call) {
        fail("ERR invalid expire time in '\(call.fullName)' command")
    }
}
