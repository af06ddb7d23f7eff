import Glibc

/// LZF, the compression of RDB's strings: runs of literals, and references to what was up to 8 KiB ago.
///
///     000LLLLL                       L + 1 literals follow
///     LLLooooo oooooooo              L + 2 bytes from `o + 1` bytes ago, for L up to 6
///     111ooooo LLLLLLLL oooooooo     L + 9 bytes
///
/// The format leaves the choice of references to the writer; this one chooses as Marc Lehmann's `lzf_compress` in its
/// "very fast" form does, since DUMP promises redis's own bytes: a table of the last place of each three bytes, hashed,
/// and after a reference only its last two places are entered.
struct LZFCompressor: ~Copyable {
    private static let tableSize = 1 << 16
    private static let longestRun = 32
    private static let farthest = 1 << 13
    private static let longestMatch = 1 << 8 + 1 << 3

    /// Where three bytes of this hash were last seen, counted from `base`; what is not above it is from an earlier input.
    private let table: UnsafeMutablePointer<UInt32>
    private var base: UInt32 = 0

    init() {
        table = .allocate(capacity: Self.tableSize)
        table.initialize(repeating: 0, count: Self.tableSize)
    }

    deinit { table.deallocate() }

    @inline(__always)
    private static func slot(_ bytes: UnsafePointer<UInt8>) -> Int {
        let word = UInt32(bytes[0]) &<< 16 | UInt32(bytes[1]) &<< 8 | UInt32(bytes[2])
        return Int(truncatingIfNeeded: (word &>> 8 &- word &* 5) & 0xFFFF)
    }

    /// Writes the compressed form of `input` to `output`.
    /// - Returns: its length, or 0 when it would not fit `capacity` bytes.
    mutating func compress(
        _ input: UnsafePointer<UInt8>,
        count: Int,
        to output: UnsafeMutablePointer<UInt8>,
        capacity: Int
    ) -> Int {
        guard count > 3, count < 1 << 30, capacity > 0 else { return 0 }
        if base > UInt32.max - 1 << 31 {
            table.update(repeating: 0, count: Self.tableSize)
            base = 0
        }
        let start = base
        // The next input's places lie above all of this one's.
        base += UInt32(count)
        let lastTriple = count - 2
        var position = 0
        var written = 1
        var literals = 0
        while position < lastTriple {
            let slot = Self.slot(input + position)
            let seen = table[slot]
            table[slot] = start &+ UInt32(truncatingIfNeeded: position)
            // Place 0 never serves: redis's table has 0 for nothing.
            let reference = seen > start ? Int(seen &- start) : 0
            let distance = position &- reference &- 1
            guard reference > 0, distance < Self.farthest, input[reference] == input[position],
                input[reference &+ 1] == input[position &+ 1], input[reference &+ 2] == input[position &+ 2]
            else {
                if written >= capacity { return 0 }
                literals &+= 1
                output[written] = input[position]
                written &+= 1
                position &+= 1
                if literals == Self.longestRun {
                    output[written &- literals &- 1] = UInt8(truncatingIfNeeded: literals &- 1)
                    literals = 0
                    written &+= 1
                }
                continue
            }
            if written &- (literals == 0 ? 1 : 0) &+ 4 >= capacity { return 0 }
            output[written &- literals &- 1] = UInt8(truncatingIfNeeded: literals &- 1)
            if literals == 0 { written &-= 1 }
            let length = Self.matchLength(input + reference, input + position, count &- position) &- 2
            let high = UInt8(truncatingIfNeeded: distance &>> 8)
            if length < 7 {
                output[written] = high | UInt8(truncatingIfNeeded: length &<< 5)
            } else {
                output[written] = high | 7 << 5
                written &+= 1
                output[written] = UInt8(truncatingIfNeeded: length &- 7)
            }
            output[written &+ 1] = UInt8(truncatingIfNeeded: distance)
            written &+= 3
            literals = 0
            position &+= length &+ 2
            if position >= lastTriple { break }
            for place in (position &- 2)..<position {
                table[Self.slot(input + place)] = start &+ UInt32(truncatingIfNeeded: place)
            }
        }
        if written &+ 3 > capacity { return 0 }
        while position < count {
            literals &+= 1
            output[written] = input[position]
            written &+= 1
            position &+= 1
            if literals == Self.longestRun {
                output[written &- literals &- 1] = UInt8(truncatingIfNeeded: literals &- 1)
                literals = 0
                written &+= 1
            }
        }
        output[written &- literals &- 1] = UInt8(truncatingIfNeeded: literals &- 1)
        return literals == 0 ? written - 1 : written
    }

    /// How many bytes are alike; at least 3, of which the first three are known.
    @inline(__always)
    private static func matchLength(
        _ reference: UnsafePointer<UInt8>,
        _ input: UnsafePointer<UInt8>,
        _ rest: Int
    ) -> Int {
        let most = min(rest &- 2, longestMatch)
        var length = 2
        // Redis looks at sixteen places before it looks at the limit, so a match near the end may pass the limit by two.
        if most > 16 {
            for _ in 0..<16 {
                length &+= 1
                if reference[length] != input[length] { return length }
            }
        }
        repeat { length &+= 1 } while length < most && reference[length] == input[length]
        return length
    }
}

enum LZF {
    /// Writes the `count` bytes that `input` stands for to `output`; false when it stands for something else.
    static func decompress(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer, count: Int) -> Bool {
        var index = 0
        var written = 0
        while index < input.count {
            let control = Int(input[index])
            index += 1
            if control < 32 {
                let run = control + 1
                guard let start = input.baseAddress, run <= input.count - index, run <= count - written else {
                    return false
                }
                (output + written).copyMemory(from: start + index, byteCount: run)
                index += run
                written += run
                continue
            }
            var length = control >> 5
            if length == 7 {
                guard index < input.count else { return false }
                length += Int(input[index])
                index += 1
            }
            length += 2
            guard index < input.count else { return false }
            let reference = written - (control & 0x1F) << 8 - Int(input[index]) - 1
            index += 1
            guard reference >= 0, length <= count - written else { return false }
            if written - reference >= length {
                (output + written).copyMemory(from: output + reference, byteCount: length)
            } else {
                // It repeats what it is writing.
                let bytes = output.assumingMemoryBound(to: UInt8.self)
                for step in 0..<length { bytes[written + step] = bytes[reference + step] }
            }
            written += length
        }
        return written == count
    }

    /// The most bytes that `count` compressed ones can stand for: a reference of 264 in three.
    static func mostPlain(_ count: Int) -> Int { count * 88 + 264 }
}
