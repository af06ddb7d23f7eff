/// Sorts so much of an array that its first elements are in order, by the quicksort of Bentley and McIlroy ("Engineering a
/// sort function", 1993).
///
/// Redis sorts this way when only some results are wanted, and where distances are equal the algorithm decides which come
/// first: so it is this one, and not the standard library's.
enum PartialSort {
    /// Brings the `count` smallest elements to the front, in order.
    static func sort<Element>(
        _ elements: inout [Element],
        first count: Int,
        by compare: (Element, Element) -> Int
    ) {
        guard count > 0 else { return }
        var low = 0
        var length = elements.count
        while true {
            if length < 7 {
                for index in low..<(low + length) {
                    var place = index
                    while place > low, compare(elements[place - 1], elements[place]) > 0 {
                        elements.swapAt(place - 1, place)
                        place -= 1
                    }
                }
                return
            }
            elements.swapAt(low, pivot(elements, low, length, compare))
            let (less, greater) = partition(&elements, low, length, compare)
            if less > 1, low < count {
                var part = Array(elements[low..<(low + less)])
                sort(&part, first: count - low, by: compare)
                elements.replaceSubrange(low..<(low + less), with: part)
            }
            guard greater > 1, low + length - greater < count else { return }
            low += length - greater
            length = greater
        }
    }

    private static func pivot<Element>(
        _ elements: [Element],
        _ low: Int,
        _ length: Int,
        _ compare: (Element, Element) -> Int
    ) -> Int {
        func median(_ a: Int, _ b: Int, _ c: Int) -> Int {
            if compare(elements[a], elements[b]) < 0 {
                return compare(elements[b], elements[c]) < 0 ? b : compare(elements[a], elements[c]) < 0 ? c : a
            }
            return compare(elements[b], elements[c]) > 0 ? b : compare(elements[a], elements[c]) < 0 ? a : c
        }
        var middle = low + length / 2
        guard length > 7 else { return middle }
        var left = low
        var right = low + length - 1
        if length > 40 {
            let distance = length / 8
            left = median(left, left + distance, left + 2 * distance)
            middle = median(middle - distance, middle, middle + distance)
            right = median(right - 2 * distance, right - distance, right)
        }
        return median(left, middle, right)
    }

    /// Elements equal to the first go to both ends and then to the middle.
    /// - Returns: how many are less and how many are greater.
    private static func partition<Element>(
        _ elements: inout [Element],
        _ low: Int,
        _ length: Int,
        _ compare: (Element, Element) -> Int
    ) -> (less: Int, greater: Int) {
        let end = low + length
        var equalLow = low + 1
        var left = low + 1
        var right = end - 1
        var equalHigh = end - 1
        while true {
            while left <= right {
                let order = compare(elements[left], elements[low])
                if order > 0 { break }
                if order == 0 {
                    elements.swapAt(equalLow, left)
                    equalLow += 1
                }
                left += 1
            }
            while left <= right {
                let order = compare(elements[right], elements[low])
                if order < 0 { break }
                if order == 0 {
                    elements.swapAt(right, equalHigh)
                    equalHigh -= 1
                }
                right -= 1
            }
            if left > right { break }
            elements.swapAt(left, right)
            left += 1
            right -= 1
        }
        let lower = min(equalLow - low, left - equalLow)
        for offset in 0..<lower { elements.swapAt(low + offset, left - lower + offset) }
        let upper = min(equalHigh - right, end - equalHigh - 1)
        for offset in 0..<upper { elements.swapAt(left + offset, end - upper + offset) }
        return (left - equalLow, equalHigh - right)
    }
}
