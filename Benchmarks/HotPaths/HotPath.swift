/// One hot path: a name, and how to run it a number of times.
///
///     HotPath.all ──▶ counted NAME TIMES      under callgrind: instructions, allocations, reference counts
///                 └─▶ Microbenchmarks         wall and processor time
///
/// Preparing happens once, outside of what is measured. A run does the same work however often it ran before.
public struct HotPath {
    /// Without blanks, `module/what`.
    public let name: String
    /// Builds the state the path needs and returns what runs it `count` times.
    public let prepare: () -> (_ count: Int) -> Void

    init(_ name: String, prepare: @escaping () -> (Int) -> Void) {
        self.name = name
        self.prepare = prepare
    }

    /// Every hot path, in the order of a request's way.
    public static var all: [HotPath] { keyValue + catalog + shop }
}

/// Keeps the optimiser from leaving out work whose result nobody reads.
@inline(never)
func use<Value>(_ value: borrowing Value) {}
