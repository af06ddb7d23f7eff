/// Chooses some of a number of elements in one walk over them, every choice equally likely: each in turn is taken with the chance
/// that is left for it (Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S).
struct SequentialSample {
    private var wanted: Int
    private var left: Int

    /// - Parameter wanted: at most `total`.
    init(_ wanted: Int, of total: Int) {
        self.wanted = wanted
        left = total
    }

    /// Whether the next element is one of them. To be asked once for each of the elements.
    mutating func takesNext(_ random: () -> UInt64) -> Bool {
        guard wanted > 0 else { return false }
        defer { left -= 1 }
        guard wanted == left || random() % UInt64(left) < UInt64(wanted) else { return false }
        wanted -= 1
        return true
    }
}
