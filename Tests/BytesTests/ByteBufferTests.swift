import Bytes
import Testing

@Suite struct ByteBufferTests {
    @Test func behavesLikeAnArrayUnderRandomOperations() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for _ in 0..<20_000 {
            switch next(6) {
            case 0, 1:
                let bytes = (0..<next(300)).map { _ in UInt8(truncatingIfNeeded: next(256)) }
                buffer.append(bytes)
                model += bytes
            case 2:
                let count = next(model.count + 1)
                buffer.consume(count)
                model.removeFirst(count)
            case 3:
                let value = Int64(bitPattern: UInt64(next(1 << 30)) &* UInt64(next(1 << 30)))
                buffer.append(decimal: value)
                model += Array(String(value).utf8)
            case 4:
                let count = next(model.count + 1)
                if next(10) == 0 {
                    buffer.truncate(to: count)
                    model.removeLast(model.count - count)
                }
            default:
                buffer.append(bigEndian: Int32(truncatingIfNeeded: next(1 << 30)))
                let written = Array(buffer.bytes.suffix(4))
                model += written
            }
            #expect(buffer.count == model.count)
        }
        #expect(Array(buffer.bytes) == model, "seed \(seed)")
    }

    @Test(arguments: [0, 1, 9, 10, -1, 99, 100, Int64.max, Int64.min, 1_000_000_007, -10])
    func writesDecimals(_ value: Int64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: value)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == String(value))
        #expect(ASCII.parseInt64(buffer.bytes) == value)
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-0", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3", "0x1",
    ])
    func refusesWhatIsNotStrictlyAnInteger(_ text: String) {
        var buffer = ByteBuffer()
        buffer.append(string: text)
        #expect(ASCII.parseInt64(buffer.bytes) == nil)
    }
}
