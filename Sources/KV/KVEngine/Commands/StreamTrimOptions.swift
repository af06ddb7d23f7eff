import Bytes
import RESP

/// What stands between the key and the rest in XADD and XTRIM: `[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT n]]`,
/// and for XADD the identifier it ends with.
struct StreamTrimOptions {
    var trim = Stream.Trim.none
    var isApproximate = false
    /// Most entries that may go; 0 for no limit.
    var limit = 0
    /// Where the threshold stands in the request.
    var thresholdIndex = 0
    var makesStream = true
    /// Where the identifier stands in the request.
    var idIndex = 0
    /// Nil for `*`.
    var id: StreamID?
    /// The identifier's sequence is the server's to choose.
    var isOpen = false

    /// Reads the options; nil with the error written when they are malformed.
    init?(_ engine: inout Engine, _ call: Call, isAdd: Bool) {
        var hasTrim = false
        var givenLimit: Int64?
        var index = 2
        options: while index < call.count {
            let word = call[index]
            let hasMore = index + 1 < call.count
            if isAdd, word.count == 1, word[0] == UInt8(ascii: "*") { break options }
            if hasMore, call.isWord(index, "MAXLEN") || call.isWord(index, "MINID") {
                if hasTrim {
                    engine.fail("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
                    return nil
                }
                hasTrim = true
                let isLength = call.isWord(index, "MAXLEN")
                isApproximate = false
                if index + 2 < call.count, call[index + 1].count == 1 {
                    let sign = call[index + 1][0]
                    isApproximate = sign == UInt8(ascii: "~")
                    if isApproximate || sign == UInt8(ascii: "=") { index += 1 }
                }
                index += 1
                thresholdIndex = index
                if isLength {
                    guard let length = engine.integer(call[index]) else { return nil }
                    guard length >= 0 else {
                        engine.fail("ERR The MAXLEN argument must be >= 0.")
                        return nil
                    }
                    trim = .count(Int(length))
                } else {
                    guard let least = engine.streamID(call[index]) else { return nil }
                    trim = .from(least)
                }
            } else if hasMore, call.isWord(index, "LIMIT") {
                guard let value = engine.integer(call[index + 1]) else { return nil }
                guard value >= 0 else {
                    engine.fail("ERR The LIMIT argument must be >= 0.")
                    return nil
                }
                givenLimit = value
                index += 1
            } else if isAdd, call.isWord(index, "NOMKSTREAM") {
                makesStream = false
            } else if isAdd {
                guard let given = StreamID.parse(word, .added, isOpen: &isOpen) else {
                    engine.invalidStreamID()
                    return nil
                }
                id = given
                break options
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        idIndex = index
        if let givenLimit, givenLimit != 0, !hasTrim {
            engine.fail("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
            return nil
        }
        if !isAdd, !hasTrim {
            engine.fail("ERR syntax error, XTRIM must be called with a trimming strategy")
            return nil
        }
        // What the primary tells has been cut to size already.
        if call.session.isPrimaryLink { return }
        if let givenLimit {
            guard isApproximate else {
                engine.fail("ERR syntax error, LIMIT cannot be used without the special ~ option")
                return nil
            }
            limit = Int(givenLimit)
        } else if isApproximate {
            let (usual, overflow) = engine.settings.streamNodeMaxEntries.multipliedReportingOverflow(by: 100)
            limit = overflow || usual <= 0 ? 10_000 : min(usual, 1_000_000)
        }
    }
}

extension Engine {
    mutating func invalidStreamID() {
        fail("ERR Invalid stream ID specified as stream command argument")
    }

    /// An identifier among the arguments; nil with the error written when it is none.
    mutating func streamID(
        _ argument: ByteSlice,
        _ form: StreamID.Form = .exact,
        missingSequence: UInt64 = 0
    ) -> StreamID? {
        if let id = StreamID.parse(argument, form, missingSequence: missingSequence) { return id }
        invalidStreamID()
        return nil
    }

    /// The lower end of an interval: an identifier, `-`, or `(` and an identifier for what is behind it.
    mutating func streamIntervalStart(_ argument: ByteSlice) -> StreamID? {
        let isExclusive = argument.count > 1 && argument[0] == UInt8(ascii: "(")
        guard isExclusive else { return streamID(argument, .bound) }
        guard let id = streamID(argument.dropFirst(1)) else { return nil }
        if let next = id.next { return next }
        fail("ERR invalid start ID for the interval")
        return nil
    }

    /// The upper end of an interval.
    mutating func streamIntervalEnd(_ argument: ByteSlice) -> StreamID? {
        let isExclusive = argument.count > 1 && argument[0] == UInt8(ascii: "(")
        guard isExclusive else { return streamID(argument, .bound, missingSequence: .max) }
        guard let id = streamID(argument.dropFirst(1), missingSequence: .max) else { return nil }
        if let previous = id.previous { return previous }
        fail("ERR invalid end ID for the interval")
        return nil
    }
}
