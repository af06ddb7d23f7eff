/// Sending messages to subscribers of channels and patterns.
extension Engine {
    /// Sends `message` to everybody who listens to `channel`.
    /// - Returns: how many received it.
    @discardableResult
    mutating func publish(channel: [UInt8], message: [UInt8]) -> Int {
        // SUBSCRIBE is not there yet, so nobody can listen.
        0
    }
}
