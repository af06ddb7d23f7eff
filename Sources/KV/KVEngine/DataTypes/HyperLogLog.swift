import Glibc
import RESP

/// A HyperLogLog inside of a string, in redis's own bytes, so that GET, SET and replicas pass it on as it is.
///
///     HYLL │ encoding 1 │ unused 3 │ cached cardinality 8 │ registers       the highest bit of the cache: out of date
///
///     dense    16384 registers of 6 bits, the lowest bits first
///     sparse   00nnnnnn            n + 1 registers are 0
///              01nnnnnn nnnnnnnn   n + 1 registers are 0
///              1vvvvvnn            n + 1 registers are v + 1
///
/// The string comes from outside and may hold anything behind a good header: every walk checks its bounds, and says
/// that the registers are corrupt when they are not exactly 16384. Estimation: Ertl, "New cardinality estimation
/// algorithms for HyperLogLog sketches" (2017).
struct HyperLogLog {
    static let registerCount = 16384
    static let headerSize = 16
    static let denseSize = headerSize + registerCount * 6 / 8
    /// The empty sparse form: all registers are 0.
    static let emptySparse: [UInt8] =
        Array("HYLL".utf8) + [1, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0x7F, 0xFF]
    /// The largest value of a register that the sparse form can hold.
    static let mostSparse = 32
    private static let registerBits = 14
    private static let hashBits = 50

    let start: UnsafeMutablePointer<UInt8>
    let count: Int

    /// Nil when the bytes are no HyperLogLog.
    init?(_ bytes: ByteSlice) {
        guard bytes.count >= Self.headerSize, memcmp(bytes.raw, "HYLL", 4) == 0, bytes[4] <= 1 else { return nil }
        guard bytes[4] == 1 || bytes.count == Self.denseSize else { return nil }
        start = UnsafeMutablePointer(mutating: bytes.start)
        count = bytes.count
    }

    var isSparse: Bool { start[4] == 1 }

    // MARK: Elements

    /// The register of an element, and the value it asks for: one more than the zeros at the end of its hash.
    static func place(of element: ByteSlice) -> (register: Int, value: UInt8) {
        let hash = murmur(element)
        let rest = hash >> UInt64(registerBits) | 1 << UInt64(hashBits)
        return (Int(hash & UInt64(registerCount - 1)), UInt8(rest.trailingZeroBitCount + 1))
    }

    /// MurmurHash64A (Austin Appleby) with redis's seed.
    static func murmur(_ bytes: ByteSlice) -> UInt64 {
        let factor: UInt64 = 0xC6A4_A793_5BD1_E995
        var hash = 0xADC8_3B19 ^ UInt64(bytes.count) &* factor
        var offset = 0
        while offset &+ 8 <= bytes.count {
            var word = UInt64(littleEndian: bytes.raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* factor
            word ^= word &>> 47
            hash ^= word &* factor
            hash = hash &* factor
            offset &+= 8
        }
        if offset < bytes.count {
            var rest: UInt64 = 0
            for index in offset..<bytes.count { rest |= UInt64(bytes[index]) &<< UInt64((index &- offset) &* 8) }
            hash = (hash ^ rest) &* factor
        }
        hash ^= hash &>> 47
        hash = hash &* factor
        return hash ^ hash &>> 47
    }

    // MARK: Cache

    var cachedCardinality: UInt64? {
        let word = UInt64(littleEndian: UnsafeRawPointer(start).loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return word >> 63 == 0 ? word : nil
    }

    func cache(_ cardinality: UInt64) {
        UnsafeMutableRawPointer(start).storeBytes(of: cardinality.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    func invalidateCache() { start[15] |= 0x80 }

    // MARK: Dense registers

    func denseRegister(_ index: Int) -> UInt8 {
        let bit = index &* 6
        let place = start + (Self.headerSize &+ bit &>> 3)
        let shift = UInt8(truncatingIfNeeded: bit & 7)
        // The second byte of the last register would lie behind the string.
        let low = place[0] &>> shift
        return shift <= 2 ? low & 63 : (low | place[1] &<< (8 &- shift)) & 63
    }

    /// Raises a register; false when it is as high already.
    func raiseDense(_ index: Int, to value: UInt8) -> Bool {
        guard denseRegister(index) < value else { return false }
        let bit = index &* 6
        let place = start + (Self.headerSize &+ bit &>> 3)
        let shift = UInt8(truncatingIfNeeded: bit & 7)
        place[0] = place[0] & ~(63 &<< shift) | value &<< shift
        if shift > 2 { place[1] = place[1] & ~(63 &>> (8 &- shift)) | value &>> (8 &- shift) }
        return true
    }

    /// Shows all registers in order, eight from a word at a time.
    @inline(__always)
    private func forEachDense(_ body: (_ index: Int, _ value: UInt8) -> Void) {
        let registers = UnsafeRawPointer(start) + Self.headerSize
        for group in 0..<(Self.registerCount / 8) {
            // The last word would reach behind the string, so it is loaded two bytes before its six.
            let isLast = group == Self.registerCount / 8 - 1
            let offset = group &* 6 &- (isLast ? 2 : 0)
            var word = UInt64(littleEndian: registers.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            if isLast { word = word &>> 16 }
            for place in 0..<8 {
                body(group &* 8 &+ place, UInt8(truncatingIfNeeded: word) & 63)
                word = word &>> 6
            }
        }
    }

    // MARK: Sparse registers

    /// One run of equal registers.
    struct Run {
        let offset: Int
        let size: Int
        let length: Int
        let value: UInt8
        var isLongZero: Bool { size == 2 }
    }

    /// The run that begins at `offset`; nil behind the last, or where its second byte is missing.
    @inline(__always)
    func run(at offset: Int) -> Run? {
        guard offset < count else { return nil }
        let byte = start[offset]
        if byte & 0x80 != 0 {
            return Run(offset: offset, size: 1, length: Int(byte & 3) + 1, value: byte >> 2 & 31 + 1)
        }
        if byte & 0x40 == 0 { return Run(offset: offset, size: 1, length: Int(byte & 63) + 1, value: 0) }
        guard offset + 1 < count else { return nil }
        return Run(offset: offset, size: 2, length: Int(byte & 63) << 8 + Int(start[offset + 1]) + 1, value: 0)
    }

    /// Shows all runs; false when they are not 16384 registers together.
    private func forEachRun(_ body: (_ first: Int, Run) -> Void) -> Bool {
        var first = 0
        var offset = Self.headerSize
        while let run = run(at: offset) {
            guard first + run.length <= Self.registerCount else { return false }
            body(first, run)
            first += run.length
            offset += run.size
        }
        return first == Self.registerCount && offset == count
    }

    /// As PFDEBUG DECODE shows them.
    var decodedRuns: String? {
        var parts: [String] = []
        var offset = Self.headerSize
        while let run = run(at: offset) {
            parts.append(run.value > 0 ? "v:\(run.value),\(run.length)" : "\(run.isLongZero ? "Z" : "z"):\(run.length)")
            offset += run.size
        }
        // Cut in the middle of a run: redis reads the NUL that it keeps behind every string.
        if offset < count { parts.append("Z:\(Int(start[offset] & 63) << 8 + 1)") }
        return parts.joined(separator: " ")
    }

    // MARK: All registers

    /// Raises each of `registers` to what this one has; false when the bytes are corrupt.
    func merge(into registers: UnsafeMutablePointer<UInt8>) -> Bool {
        if isSparse {
            return forEachRun { first, run in
                for index in first..<(first + run.length) where run.value > registers[index] {
                    registers[index] = run.value
                }
            }
        }
        forEachDense { index, value in registers[index] = max(registers[index], value) }
        return true
    }

    /// The dense form of a sparse one, header included; false when the bytes are corrupt.
    func expand(to target: UnsafeMutablePointer<UInt8>) -> Bool {
        memset(target, 0, Self.denseSize)
        memcpy(target, start, Self.headerSize)
        target[4] = 0
        guard let dense = HyperLogLog(ByteSlice(start: target, count: Self.denseSize)) else { return false }
        return forEachRun { first, run in
            guard run.value > 0 else { return }
            for index in first..<(first + run.length) { _ = dense.raiseDense(index, to: run.value) }
        }
    }

    // MARK: Estimate

    /// How many different elements were added; nil when the bytes are corrupt.
    var cardinality: UInt64? {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { histogram -> UInt64? in
            histogram.initialize(repeating: 0)
            if isSparse {
                guard forEachRun({ histogram[Int($1.value)] += $1.length }) else { return nil }
            } else {
                forEachDense { histogram[Int($1)] &+= 1 }
            }
            return Self.estimate(UnsafeBufferPointer(histogram))
        }
    }

    static func cardinality(of registers: UnsafePointer<UInt8>) -> UInt64 {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { histogram in
            histogram.initialize(repeating: 0)
            for index in 0..<registerCount { histogram[Int(registers[index] & 63)] += 1 }
            return estimate(UnsafeBufferPointer(histogram))
        }
    }

    private static func estimate(_ histogram: UnsafeBufferPointer<Int>) -> UInt64 {
        let registers = Double(registerCount)
        var sum = registers * tau((registers - Double(histogram[hashBits + 1])) / registers)
        for value in stride(from: hashBits, through: 1, by: -1) {
            sum += Double(histogram[value])
            sum *= 0.5
        }
        sum += registers * sigma(Double(histogram[0]) / registers)
        // 1 / (2 ln 2)
        let result = 0.721347520444481703680 * registers * registers / sum
        return UInt64(result.rounded(.toNearestOrAwayFromZero))
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var (x, y, z) = (start, 1.0, 1 - start)
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if before == z { return z / 3 }
        }
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var (x, y, z) = (start, 1.0, start)
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if before == z { return z }
        }
    }
}
