import Bytes
import RESP
import TestSupport

@testable import KVEngine

/// An engine with one session, a parser in front and a clock in the test's hand.
final class EngineUnderTest {
    var engine: Engine
    let session: Session
    private var parser = RequestParser()
    private var batch = RequestBatch()

    init(seed: UInt64 = 1, settings: Engine.Settings = Engine.Settings()) {
        var generator = SeededGenerator(seed: seed)
        let box = GeneratorBox(SeededGenerator(seed: generator.next()))
        engine = Engine(settings: settings, seed: (generator.next(), generator.next()), random: { box.next() })
        engine.setTime(milliseconds: 1_000_000_000_000)
        session = Session(identifier: 1)
    }

    private final class GeneratorBox {
        private var generator: SeededGenerator
        init(_ generator: SeededGenerator) { self.generator = generator }
        func next() -> UInt64 { generator.next() }
    }

    /// Runs everything complete in `bytes` and returns the replies' bytes.
    func run(_ bytes: [UInt8], as other: Session? = nil) -> [UInt8] {
        bytes.withUnsafeBytes { input in
            var position = 0
            while true {
                let progress = parser.parse(input, from: position, limits: .init(), into: &batch)
                _ = engine.execute(batch, session: other ?? session)
                position = progress.consumed
                if let error = progress.error {
                    engine.fail(error.message)
                    parser = RequestParser()
                    break
                }
                if batch.count < RequestBatch.capacity { break }
            }
            if position < input.count { parser = RequestParser() }
        }
        let reply = Array(engine.reply.buffer.bytes)
        engine.reply.buffer.removeAll()
        return reply
    }

    /// Runs an inline command.
    func run(_ line: String, as other: Session? = nil) -> String {
        String(decoding: run(Array((line + "\r\n").utf8), as: other), as: UTF8.self)
    }

    /// Takes the effects recorded so far.
    func takeEffects() -> String {
        let text = String(decoding: engine.effects.buffer.bytes, as: UTF8.self)
        engine.effects.buffer.removeAll()
        return text
    }

    func advance(milliseconds: Int64) {
        engine.setTime(milliseconds: engine.now + milliseconds)
    }
}

/// A request as an array of bulk strings.
func request(_ arguments: [String]) -> [UInt8] {
    Array(("*\(arguments.count)\r\n" + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
}
