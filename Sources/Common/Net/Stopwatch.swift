import Glibc

/// How long a loop's thread works at one thing at most, by the thread's own clock: what other threads and processes
/// take does not count. Off it costs a branch; on, a system call each time.
public struct Stopwatch {
    private var isOn = false
    private var last: Int64 = 0
    private var longest: Int64 = 0

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @inline(__always)
    mutating func start() { if isOn { last = Self.now() } }

    @inline(__always)
    mutating func lap() { if isOn { note() } }

    @inline(never)
    private mutating func note() {
        let now = Self.now()
        longest = max(longest, now - last)
        last = now
    }

    /// The longest since the last call, in nanoseconds.
    mutating func take() -> Int64 {
        let result = longest
        isOn = true
        longest = 0
        last = Self.now()
        return result
    }
}
