/// Names one scheduled timer of one loop.
public struct TimerID: Hashable, Sendable {
    let number: UInt64
}

/// The timers of a loop: a binary heap by deadline, with cancelled entries skipped when they come up.
///
/// Complexity: schedule and expire O(log n), cancel O(1).
struct TimerQueue {
    private struct Entry {
        var deadline: Int64
        var number: UInt64
    }

    private struct Timer {
        var body: () -> Void
        var interval: Int64?
    }

    private var heap: [Entry] = []
    private var timers: [UInt64: Timer] = [:]
    private var lastNumber: UInt64 = 0

    /// The next deadline in monotonic nanoseconds, or nil without timers.
    var nextDeadline: Int64? {
        mutating get {
            while let first = heap.first, timers[first.number] == nil { removeFirst() }
            return heap.first?.deadline
        }
    }

    mutating func schedule(at deadline: Int64, interval: Int64?, _ body: @escaping () -> Void) -> TimerID {
        lastNumber += 1
        timers[lastNumber] = Timer(body: body, interval: interval)
        insert(Entry(deadline: deadline, number: lastNumber))
        return TimerID(number: lastNumber)
    }

    mutating func cancel(_ identifier: TimerID) {
        timers[identifier.number] = nil
    }

    /// Takes the next timer that is due, or nil. A repeating one is scheduled again, missed periods skipped.
    mutating func takeDue(at now: Int64) -> (() -> Void)? {
        while let first = heap.first, first.deadline <= now {
            removeFirst()
            guard let timer = timers[first.number] else { continue }
            if let interval = timer.interval {
                insert(Entry(deadline: max(first.deadline + interval, now + 1), number: first.number))
            } else {
                timers[first.number] = nil
            }
            return timer.body
        }
        return nil
    }

    private mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].deadline <= heap[child].deadline { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].deadline < heap[smallest].deadline {
                smallest = child
            }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
