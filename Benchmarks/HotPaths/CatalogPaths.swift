import Bytes
import SQLEngine
import SQLSyntax
import SQLTypes

extension HotPath {
    /// The way of a statement without its socket: text → tree, text → cached plan → row → DataRow message.
    static var catalog: [HotPath] {
        [
            HotPath("sql/parse-point-select") { parsing("SELECT abalance FROM pgbench_accounts WHERE aid = 4711;") },
            HotPath("sql/parse-join") {
                parsing(
                    """
                    SELECT p.name, count(*) AS n, avg(p.price) FROM products p LEFT JOIN sales s ON s.id = p.id \
                    WHERE p.rating >= 4.5 AND p.name ILIKE '%tea%' GROUP BY p.name ORDER BY n DESC, 1 LIMIT 6 OFFSET 2
                    """
                )
            },
            HotPath("sql/fingerprint-point-select") {
                let text = Text("SELECT abalance FROM pgbench_accounts WHERE aid = 4711;")
                return { count in
                    var fingerprint = Fingerprint()
                    for _ in 0..<count { fingerprint.scan(text.bytes) }
                    use(fingerprint.hash)
                }
            },
            HotPath("sql/point-select-simple") {
                let database = Database()
                let texts = (1...64).map { Text("SELECT abalance FROM accounts WHERE aid = \($0);") }
                return { count in for index in 0..<count { database.runSimple(texts[index & 63]) } }
            },
            HotPath("sql/point-select-prepared") {
                let database = Database()
                database.prepare("point", Text("SELECT abalance FROM accounts WHERE aid = $1"))
                let keys = (1...64).map { Text(parameter: "\($0)") }
                return { count in for index in 0..<count { database.runPrepared("point", keys[index & 63]) } }
            },
            HotPath("sql/top-six-of-1000") {
                let database = Database()
                let text = Text("SELECT aid, filler FROM accounts ORDER BY abalance DESC, aid LIMIT 6")
                return { count in for _ in 0..<count { database.runSimple(text) } }
            },
            HotPath("sql/group-1000-rows") {
                let database = Database()
                let text = Text("SELECT bid, count(*), avg(abalance), max(abalance) FROM accounts GROUP BY bid")
                return { count in for _ in 0..<count { database.runSimple(text) } }
            },
            HotPath("sql/copy-1000-rows-out") {
                let database = Database()
                let text = Text("COPY accounts TO STDOUT")
                return { count in for _ in 0..<count { database.runSimple(text) } }
            },
        ]
    }

    private static func parsing(_ statement: String) -> (Int) -> Void {
        let text = Text(statement)
        let tree = SyntaxTree()
        return { count in
            for _ in 0..<count {
                do {
                    try tree.parse(text.bytes)
                } catch {
                    preconditionFailure("the statement is right: \(error)")
                }
            }
        }
    }
}

/// Bytes that stay where they are.
private final class Text {
    let bytes: UnsafeRawBufferPointer

    init(_ text: String) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.utf8.count), alignment: 8)
        memory.copyBytes(from: text.utf8)
        bytes = UnsafeRawBufferPointer(rebasing: memory[..<text.utf8.count])
    }

    /// One parameter of a Bind message: its length and its text.
    convenience init(parameter: String) {
        let length = withUnsafeBytes(of: Int32(parameter.utf8.count).bigEndian) { Array($0) }
        self.init(String(decoding: length, as: UTF8.self) + parameter)
    }

    deinit { bytes.deallocate() }
}

/// A database with a thousand accounts and one session, whose answers go into a buffer and no further.
private final class Database {
    private let session: Session
    private let sink = BufferSink()

    init() {
        let engine = Engine(EngineConfiguration(clock: { 700_000_000_000_000 }, random: { 4 }, databases: ["bench"]))
        do {
            session = try engine.makeSession(user: "postgres", database: "bench", parameters: [])
        } catch {
            preconditionFailure("the database was made a line above: \(error)")
        }
        self.engine = engine
        runSimple(Text("CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))"))
        runSimple(Text("INSERT INTO accounts SELECT i, 1, i * 7919 % 1000, 'x' FROM generate_series(1, 1000) AS i"))
        precondition(sink.failures == 0, "filling the table failed")
    }

    /// Sessions hold their engine weakly or not, depending on their state: somebody must own it.
    private let engine: Engine

    func runSimple(_ text: Text) {
        _ = session.runSimple(text.bytes, into: sink)
        _ = session.sync(into: sink)
        sink.output.removeAll()
    }

    func prepare(_ name: StaticString, _ text: Text) {
        do {
            try session.parse(statement: Self.bytes(name), text: text.bytes, parameterTypes: [])
        } catch {
            preconditionFailure("the statement is right: \(error)")
        }
        _ = session.sync(into: sink)
    }

    func runPrepared(_ name: StaticString, _ parameter: Text) {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        do {
            try session.bind(
                portal: empty,
                statement: Self.bytes(name),
                parameterFormats: FormatCodes(count: 0, bytes: empty),
                parameters: BoundParameters(count: 1, bytes: parameter.bytes),
                resultFormats: FormatCodes(count: 0, bytes: empty)
            )
        } catch {
            preconditionFailure("the parameter is right: \(error)")
        }
        _ = session.execute(portal: empty, maximumRows: 0, into: sink)
        _ = session.sync(into: sink)
        precondition(sink.failures == 0, "the prepared statement failed")
        sink.output.removeAll()
    }

    private static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}

/// Takes the rows, which the engine encodes itself, and the tags, and counts errors.
private final class BufferSink: ResultSink {
    var output = ByteBuffer()
    var failures = 0
    var isCongested: Bool { false }

    func withOutput(_ body: (inout ByteBuffer) -> Void) { body(&output) }
    func rowDescription(_ description: ResultDescription, formats: ResultFormats) {}
    func noData() {}
    func parameterDescription(_ types: [UInt32]) {}
    func commandComplete(_ tag: CommandTag) { tag.append(to: &output) }
    func emptyQuery() {}
    func portalSuspended() {}
    func notice(_ notice: SQLError) {}
    func error(_ error: SQLError) { failures += 1 }
    func copyIn(_ description: CopyDescription) {}
    func copyOut(_ description: CopyDescription) {}
    func copyDone() {}
    func parameterStatus(_ name: String, _ value: String) {}
}
