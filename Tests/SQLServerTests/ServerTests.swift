import Logging
import PGWire
import SQLServer
import Testing

/// The server over loopback: the protocol's rules as a client sees them.
@Suite(.serialized) struct ServerTests {
    static func withServer(
        _ change: (inout Configuration) -> Void = { _ in },
        _ body: (Server) async throws -> Void
    ) async throws {
        var configuration = Configuration(port: 0, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        change(&configuration)
        let server = try Server.start(configuration)
        do {
            try await body(server)
        } catch {
            server.stop()
            await server.waitUntilStopped()
            throw error
        }
        server.stop()
        await server.waitUntilStopped()
    }

    static func errors(_ messages: [BackendMessage]) -> [String] {
        messages.compactMap {
            if case .error(let report) = $0 { "\(report.severity) \(report.code) \(report.message)" } else { nil }
        }
    }

    @Test func simpleQuery() async throws {
        try await Self.withServer { server in
            let isAnswered = try RawClient.selectsOne(port: server.port)
            #expect(isAnswered)
        }
    }

    @Test func aPipelineIsAnsweredInOrder() async throws {
        try await Self.withServer { server in
            let client = try RawClient.ready(port: server.port)
            client.send { writer in
                for _ in 0..<50 {
                    writer.parse(statement: "", text: "SELECT 1")
                    writer.bind(statement: "", parameters: [])
                    writer.describe(portal: "")
                    writer.execute()
                    writer.sync()
                }
            }
            for _ in 0..<50 {
                let messages = try client.messages()
                #expect(messages.contains(.dataRow([[UInt8(ascii: "1")]])))
                #expect(messages.last == .readyForQuery(status: UInt8(ascii: "I")))
            }
        }
    }

    @Test func anErrorSkipsToSync() async throws {
        try await Self.withServer { server in
            let client = try RawClient.ready(port: server.port)
            client.send { writer in
                writer.execute(portal: "missing")
                writer.query("SELECT 1")
                writer.parse(statement: "", text: "SELECT 1")
                writer.sync()
            }
            let messages = try client.messages()
            #expect(Self.errors(messages) == ["ERROR 34000 portal \"missing\" does not exist"])
            #expect(messages.count == 2)
        }
    }

    @Test func startupRefusals() async throws {
        try await Self.withServer { server in
            for (user, database, expected) in [
                ("postgres", "nodb", "FATAL 3D000 database \"nodb\" does not exist"),
                ("nobody", "postgres", "FATAL 28000 role \"nobody\" does not exist"),
                ("", "", "FATAL 28000 no PostgreSQL user name specified in startup packet"),
            ] {
                let client = try RawClient(port: server.port)
                client.send { $0.startup(user: user, database: database) }
                #expect(Self.errors(try client.messages()) == [expected])
            }
        }
    }

    @Test func encryptionRequestsAreAnsweredWithN() async throws {
        try await Self.withServer { server in
            let client = try RawClient(port: server.port)
            client.send { $0.sslRequest() }
            #expect(try client.read() == [UInt8(ascii: "N")])
            client.send { $0.startup(user: "postgres", database: "postgres") }
            #expect(try client.messages().last == .readyForQuery(status: UInt8(ascii: "I")))
        }
    }

    @Test func tooManyClientsAreRefused() async throws {
        try await Self.withServer({ $0.maximumConnections = 2 }) { server in
            let first = try RawClient.ready(port: server.port)
            let second = try RawClient.ready(port: server.port)
            let third = try RawClient(port: server.port)
            third.send { $0.startup(user: "postgres", database: "postgres") }
            #expect(Self.errors(try third.messages()) == ["FATAL 53300 sorry, too many clients already"])
            withExtendedLifetime((first, second)) {}
        }
    }

    @Test func slowAuthenticationIsCutOff() async throws {
        try await Self.withServer({ $0.authenticationTimeout = .milliseconds(100) }) { server in
            let client = try RawClient(port: server.port)
            #expect(try client.readToEnd() == [])
        }
    }

    @Test func stoppingTellsTheClients() async throws {
        var configuration = Configuration(port: 0)
        configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try Server.start(configuration)
        let client = try RawClient.ready(port: server.port)
        server.stop()
        await server.waitUntilStopped()
        #expect(
            Self.errors(try client.messages()) == ["FATAL 57P01 terminating connection due to administrator command"]
        )
    }

    @Test func aTakenPortIsOneClearLine() async throws {
        try await Self.withServer { server in
            do {
                _ = try Server.start(Configuration(port: server.port))
                Issue.record("two servers on one port")
            } catch {
                #expect("\(error)".contains("\(server.port)"))
                #expect(!"\(error)".contains("\n"))
            }
        }
    }

    @Test func passwords() async throws {
        for method in [Configuration.AuthenticationMethod.md5, .scramSHA256] {
            try await Self.withServer({
                $0.password = "secret"
                $0.authentication = method
            }) { server in
                let client = try RawClient(port: server.port)
                client.send { $0.startup(user: "postgres", database: "postgres") }
                let challenge = try client.read()
                #expect(challenge.first == UInt8(ascii: "R"))
                client.send { $0.password("secret") }
                let end = String(decoding: try client.readToEnd(), as: UTF8.self)
                #expect(end.contains("FATAL"))
                #expect(!end.contains("ReadyForQuery"))
            }
        }
    }
}
