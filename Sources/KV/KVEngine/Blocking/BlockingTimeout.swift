import RESP

extension Engine {
    /// The moment at which a request with this timeout (seconds, with a fraction; 0 for ever) gives up waiting:
    /// milliseconds since 1970, `Int64.max` for never. Nil with the error written.
    mutating func blockingDeadline(_ argument: ByteSlice) -> Int64? {
        guard let seconds = LongDouble.parse(argument) else {
            fail("ERR timeout is not a float or out of range")
            return nil
        }
        let milliseconds = (seconds * 1000).rounded(.up)
        // What does not fit a number of milliseconds is negative to redis.
        guard let delay = Int64(exactly: milliseconds), delay >= 0 else {
            fail("ERR timeout is negative")
            return nil
        }
        return delay == 0 || delay > Int64.max - now ? Int64.max : now + delay
    }
}
