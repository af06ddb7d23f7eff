import Bytes
import KVEngine
import RESP

extension HotPath {
    /// The way of a Redis command without its socket: bytes → parser → engine → reply bytes.
    static var keyValue: [HotPath] {
        [
            HotPath("resp/parse-16-gets") {
                let requests = Requests(pipeline: 16) { request("GET", key($0)) }
                return { count in requests.parse(times: count) }
            },
            HotPath("resp/parse-1000-words-in-100-pieces") {
                let request = LongRequest(words: 1000)
                return { count in request.parse(pieces: 100, times: count) }
            },
            HotPath("resp/write-bulk-64") {
                let writer = Writer()
                return { count in writer.bulk(times: count) }
            },
            command("kv/get-alone", pipeline: 1) { request("GET", key($0)) },
            command("kv/get-of-16", pipeline: 16) { request("GET", key($0)) },
            command("kv/get-missing-of-16", pipeline: 16) { request("GET", "none:\($0)") },
            command("kv/set-alone", pipeline: 1) { request("SET", key($0), value) },
            command("kv/set-of-16", pipeline: 16) { request("SET", key($0), value) },
            command("kv/setex-of-16", pipeline: 16) { request("SETEX", "s:\($0)", "300", "session") },
            command("kv/incr-of-16", pipeline: 16) { request("INCR", "n:\($0)") },
            command("kv/hset-of-16", pipeline: 16) { request("HSET", "cart:\($0)", "ee0a957a", "2") },
            command("kv/hget-of-16", pipeline: 16) { request("HGET", "cart:\($0)", "ee0a957a") },
            command("kv/hgetall-of-16", pipeline: 16) { request("HGETALL", "cart:\($0)") },
        ]
    }

    private static let value = String(repeating: "x", count: 64)

    /// A path of one pipeline a time; its cost is told per pipeline.
    private static func command(_ name: String, pipeline: Int, _ make: @escaping (Int) -> [UInt8]) -> HotPath {
        HotPath(name) {
            let server = Server(Requests(pipeline: pipeline, make))
            return { count in server.run(times: count) }
        }
    }

    /// Sixteen bytes, as redis-benchmark's.
    fileprivate static func key(_ index: Int) -> String {
        let digits = String(index)
        return "key:" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    private static func request(_ words: String...) -> [UInt8] { encode(words) }
}

private func encode(_ words: [String]) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    return bytes
}

/// Pipelines of requests as they would lie in a receive buffer: 64 different ones, over as many keys as that takes.
private final class Requests {
    static let pipelines = 64

    private let memory: UnsafeMutableRawBufferPointer
    private let ranges: [Range<Int>]
    private var batch = RequestBatch()
    private var next = 0

    init(pipeline: Int, _ make: (Int) -> [UInt8]) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for number in 0..<Self.pipelines {
            let start = bytes.count
            for index in 0..<pipeline { bytes += make(number * pipeline + index) }
            ranges.append(start..<bytes.count)
        }
        self.ranges = ranges
        memory = .allocate(byteCount: bytes.count, alignment: 16)
        memory.copyBytes(from: bytes)
    }

    deinit { memory.deallocate() }

    func parse(times: Int) {
        var parser = RequestParser()
        for _ in 0..<times { parse(&parser) }
    }

    @inline(__always)
    private func parse(_ parser: inout RequestParser) {
        let bytes = UnsafeRawBufferPointer(rebasing: memory[ranges[next]])
        next = (next + 1) & (Self.pipelines - 1)
        let progress = parser.parse(
            bytes,
            from: 0,
            limits: RequestParser.Limits(),
            maximum: RequestBatch.capacity,
            into: &batch
        )
        precondition(progress.consumed == bytes.count, "a pipeline was not parsed whole")
    }

    /// Parses the next pipeline and runs it.
    @inline(__always)
    func execute(_ parser: inout RequestParser, _ engine: inout Engine, _ session: Session) {
        parse(&parser)
        let executed = engine.execute(batch, session: session)
        precondition(executed == batch.count, "a pipeline did not run whole")
    }
}

/// A request whose bytes arrive a few at a time, as those of a large MSET or RPUSH do.
private final class LongRequest {
    private let memory: UnsafeMutableRawBufferPointer
    private var batch = RequestBatch()

    init(words: Int) {
        let bytes = encode((0..<words).map(HotPath.key))
        memory = .allocate(byteCount: bytes.count, alignment: 16)
        memory.copyBytes(from: bytes)
    }

    deinit { memory.deallocate() }

    func parse(pieces: Int, times: Int) {
        var parser = RequestParser()
        for _ in 0..<times {
            for piece in 1...pieces {
                let arrived = UnsafeRawBufferPointer(rebasing: memory[..<(memory.count * piece / pieces)])
                let progress = parser.parse(arrived, from: 0, limits: RequestParser.Limits(), into: &batch)
                precondition(progress.consumed == (piece == pieces ? memory.count : 0), "not parsed as one request")
            }
        }
    }
}

/// An engine with a thousand carts, keys and counters, and one client.
private final class Server {
    private var engine: Engine
    private var parser = RequestParser()
    private let session = Session(identifier: 1)
    private let requests: Requests

    init(_ requests: Requests) {
        self.requests = requests
        engine = Engine(seed: (0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93), random: { 4 })
        engine.setTime(milliseconds: 1_700_000_000_000)
        // A thousand numbers: as many as 64 pipelines of 16 ask for.
        fill(pipeline: 16) { ["SET", HotPath.key($0), String(repeating: "x", count: 64)] }
        fill(pipeline: 16) { ["SET", "n:\($0)", "100000"] }
        fill(pipeline: 16) { index in
            let lines = ["ee0a957a", "1", "c5cf47bf", "2", "2ec1c3d6", "3", "ef628c62", "4", "36b885b0", "5"]
            return ["HSET", "cart:\(index)"] + lines
        }
    }

    private func fill(pipeline: Int, _ words: (Int) -> [String]) {
        let filling = Requests(pipeline: pipeline) { encode(words($0)) }
        for _ in 0..<Requests.pipelines { filling.execute(&parser, &engine, session) }
        engine.reply.buffer.removeAll()
    }

    func run(times: Int) {
        for _ in 0..<times {
            requests.execute(&parser, &engine, session)
            // The connection would send it now.
            engine.reply.buffer.removeAll()
        }
    }
}

private final class Writer {
    private var writer = ReplyWriter()
    private let value: UnsafeMutableRawPointer

    init() {
        value = .allocate(byteCount: 64, alignment: 16)
        value.initializeMemory(as: UInt8.self, repeating: 120, count: 64)
    }

    deinit { value.deallocate() }

    func bulk(times: Int) {
        for _ in 0..<times {
            writer.bulk(value, count: 64)
            writer.buffer.removeAll()
        }
    }
}
