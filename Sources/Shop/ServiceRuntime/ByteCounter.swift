import Synchronization

/// Counts the bytes of a stream that several tasks may look at.
final class ByteCounter: Sendable {
    private let total = Atomic<Int>(0)

    init() {}

    /// Adds and returns the new total. Cannot overflow: a stream of 2^63 bytes does not end.
    func add(_ count: Int) -> Int {
        total.wrappingAdd(count, ordering: .relaxed).newValue
    }
}
