import Logging
import SQLClient
import Testing

/// The client against a real PostgreSQL 15.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isInstalled)) struct SQLClientTests {
    static func withPool(
        method: String = "scram-sha-256",
        _ change: (inout SQLPool.Configuration) -> Void = { _ in },
        _ body: (SQLPool) async throws -> Void
    ) async throws {
        let server = try await PostgreSQLServer.start(method: method)
        defer { try? server.stop() }
        var configuration = SQLPool.Configuration(port: server.port, password: "secret")
        // The server may still be starting: its socket file comes a moment before it answers.
        configuration.reconnectTimeout = .seconds(5)
        change(&configuration)
        let pool = SQLPool(configuration)
        do {
            try await body(pool)
        } catch {
            await pool.shutdown()
            throw error
        }
        await pool.shutdown()
    }

    /// The first value of a statement's first row.
    static func int(_ pool: SQLPool, _ sql: String) async throws -> Int? {
        try await pool.query(sql).first?.int(at: 0)
    }

    /// The server has only just started beside other tests, and the pool may be impatient: ask again.
    static func waitUntilHealthy(_ pool: SQLPool) async throws {
        var isHealthy = await pool.isHealthy()
        for _ in 0..<40 where !isHealthy {
            try await Task.sleep(for: .milliseconds(250))
            isHealthy = await pool.isHealthy()
        }
        #expect(isHealthy)
    }

    /// The error that the body throws; nil, recorded as an issue, when it throws none.
    static func failure(_ body: () async throws -> Void) async -> SQLClientError? {
        do {
            try await body()
            Issue.record("no error was thrown")
            return nil
        } catch {
            return error as? SQLClientError
        }
    }

    @Test(arguments: ["trust", "md5", "scram-sha-256"]) func authenticates(_ method: String) async throws {
        try await Self.withPool(method: method) { pool in
            let value = try await Self.int(pool, "SELECT 1")
            #expect(value == 1)
        }
    }

    @Test func aWrongPasswordIsTold() async throws {
        try await Self.withPool({ $0.password = "wrong" }) { pool in
            let error = await Self.failure { _ = try await pool.query("SELECT 1") }
            #expect(error?.code == .authenticationFailed)
            #expect(error?.sqlState == "28P01")
        }
    }

    @Test func parametersAreNeverReadAsSQL() async throws {
        try await Self.withPool { pool in
            let hostile = "'; DROP TABLE x; -- \\ \" é🙂"
            let rows = try await pool.query(
                "SELECT $1::text AS t, $2::int AS i, $3::float8 AS d, $4::bool AS b, $5::text AS n, $6::bytea AS y, "
                    + "($7::text[])[1] AS a",
                [.text(hostile), 42, 1.5, true, nil, .bytes([0, 1, 255]), .array([hostile, "NULL"])]
            )
            let row = try #require(rows.first)
            #expect(row.string("t") == hostile)
            #expect(row.int("i") == 42)
            #expect(row.double("d") == 1.5)
            #expect(row.bool("b") == true)
            #expect(row.isNull("n"))
            #expect(row.string("y") == "\\x0001ff")
            #expect(row.string("a") == hostile)
        }
    }

    @Test func binaryResults() async throws {
        try await Self.withPool { pool in
            let rows = try await pool.query(
                "SELECT 42::int4 AS i, -7::int8 AS l, 2.5::float8 AS d, true AS b, 'x'::text AS t",
                [],
                binaryResults: true
            )
            let row = try #require(rows.first)
            #expect(row.int("i") == 42)
            #expect(row.int("l") == -7)
            #expect(row.double("d") == 2.5)
            #expect(row.bool("b") == true)
            #expect(row.string("t") == "x")
        }
    }

    @Test func anErrorLeavesTheConnectionUsable() async throws {
        try await Self.withPool({ $0.maximumConnections = 1 }) { pool in
            let error = await Self.failure { _ = try await pool.query("SELECT nothing") }
            #expect(error?.sqlState == "42703")
            let value = try await Self.int(pool, "SELECT 2")
            #expect(value == 2)
        }
    }

    @Test func atMostTheMaximumIsOpen() async throws {
        try await Self.withPool({ $0.maximumConnections = 3 }) { pool in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await pool.query("SELECT pg_backend_pid() FROM pg_sleep(0.01)").first?.int(at: 0)
                    }
                }
                var processes: Set<Int> = []
                for try await process in group { if let process { processes.insert(process) } }
                #expect(processes.count <= 3)
            }
        }
    }

    /// A new connection that takes long, as by a slow look-up of a name, holds up nobody whom another can serve.
    @Test func aConnectionGivenBackServesWhoWaitsForANewOne() async throws {
        try await Self.withPool({
            $0.connectTimeout = .seconds(120)
            $0.acquireTimeout = .seconds(120)
        }) { pool in
            try await pool.withConnection { connection in
                _ = try await connection.query("ALTER SYSTEM SET pre_auth_delay = 60")
                _ = try await connection.query("SELECT pg_reload_conf()")
                var delay: String?
                while delay != "1min" { delay = try await connection.query("SHOW pre_auth_delay").first?.string(at: 0) }
            }
            let start = ContinuousClock.now
            let waiting = try await pool.withConnection { _ in
                let waiting = Task { try await Self.int(pool, "SELECT 7") }
                try await Task.sleep(for: .milliseconds(100))
                return waiting
            }
            #expect(try await waiting.value == 7)
            #expect(ContinuousClock.now - start < .seconds(50))
        }
    }

    @Test func waitingInLineEnds() async throws {
        try await Self.withPool({
            $0.maximumConnections = 1
            $0.acquireTimeout = .milliseconds(100)
        }) { pool in
            try await Self.waitUntilHealthy(pool)
            async let long = pool.query("SELECT pg_sleep(1)")
            try await Task.sleep(for: .milliseconds(50))
            let error = await Self.failure { _ = try await pool.query("SELECT 1") }
            #expect(error?.code == .poolTimeout)
            _ = try await long
        }
    }

    @Test func aSlowStatementIsGivenUpAndItsPlaceServesAgain() async throws {
        try await Self.withPool({
            $0.maximumConnections = 1
            $0.queryTimeout = .milliseconds(200)
        }) { pool in
            let error = await Self.failure { _ = try await pool.query("SELECT pg_sleep(5)") }
            #expect(error?.code == .queryTimeout)
            let value = try await Self.int(pool, "SELECT 3")
            #expect(value == 3)
        }
    }

    @Test func aCancelledTaskFreesItsPlace() async throws {
        try await Self.withPool({ $0.maximumConnections = 1 }) { pool in
            let task = Task { try await pool.query("SELECT pg_sleep(60)") }
            try await Task.sleep(for: .milliseconds(300))
            let start = ContinuousClock.now
            task.cancel()
            let error = await Self.failure { _ = try await task.value }
            #expect(error != nil)
            let value = try await Self.int(pool, "SELECT 4")
            #expect(value == 4)
            #expect(ContinuousClock.now - start < .seconds(50))
        }
    }

    @Test func anOpenTransactionIsRolledBackWhenGivenBack() async throws {
        try await Self.withPool({ $0.maximumConnections = 1 }) { pool in
            _ = try await pool.query("CREATE TABLE t (a int)")
            try await pool.withConnection { connection in
                _ = try await connection.query("BEGIN")
                _ = try await connection.query("INSERT INTO t VALUES ($1)", [1])
            }
            let value = try await Self.int(pool, "SELECT count(*) FROM t")
            #expect(value == 0)
        }
    }

    @Test func aBrokenConnectionIsReplaced() async throws {
        try await Self.withPool({ $0.maximumConnections = 1 }) { pool in
            #expect(
                await Self.failure { _ = try await pool.query("SELECT pg_terminate_backend(pg_backend_pid())") } != nil
            )
            let value = try await Self.int(pool, "SELECT 5")
            #expect(value == 5)
        }
    }

    @Test func shutDownIsFinal() async throws {
        try await Self.withPool { pool in
            try await Self.waitUntilHealthy(pool)
            await pool.shutdown()
            let error = await Self.failure { _ = try await pool.query("SELECT 1") }
            #expect(error?.code == .shutDown)
        }
    }

    @Test func nobodyThereIsTold() async throws {
        let port = try PostgreSQLServer.freePort()
        let pool = SQLPool(.init(port: port, reconnectTimeout: .milliseconds(100)))
        let error = await Self.failure { _ = try await pool.query("SELECT 1") }
        #expect(error?.code == .connectFailed)
        #expect(await pool.isHealthy() == false)
        await pool.shutdown()
    }
}
