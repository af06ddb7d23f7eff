/// A small random number generator (SplitMix64) whose printed seed replays a run.
///
/// Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (2014).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A new seed each run; it is printed with the test's name, to be put in its place when the run is red.
    public init(for test: String) {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("\(test): seed \(seed)")
        self.init(seed: seed)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
