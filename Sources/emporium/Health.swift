import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import KVClient
import Logging
import NIOCore
import NIOPosix
import SQLClient
import ServiceRuntime

/// `emporium health URL`: asks a role in its own protocol, for container health checks in images without a shell.
///
///     http://host:port/path        GET answers 2xx
///     redis://host:port            PING answers PONG
///     postgres://user@host:port/db SELECT 1 answers 1
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a role in its own protocol whether it is well; exits with 1 if not.",
        discussion: "REDIS_PASSWORD and POSTGRES_PASSWORD (or …_FILE) are used where a server asks for a password."
    )

    @Argument(help: "http://host:port/readyz, redis://host:port or postgres://user@host:port/database.")
    var url: String

    @Option(help: "Seconds to wait for the answer.")
    var timeout: Int = 2

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        guard let target = URL(string: url), let host = target.host(), (1...3600).contains(timeout) else {
            throw ValidationError("'\(url)' is not the URL of a role")
        }
        let environment = try settings.load()
        do {
            switch target.scheme {
            case "http": try await askHTTP()
            case "redis": try await askKeyValue(host, target.port ?? 6379, environment)
            case "postgres", "postgresql": try await askCatalog(host, target, environment)
            default: throw ValidationError("'\(url)': the scheme must be http, redis or postgres")
            }
        } catch let error as ValidationError {
            throw error
        } catch {
            print("\(url) is not well: \(error)")
            throw ExitCode.failure
        }
    }

    private func askHTTP() async throws {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "emporium-health")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(Int64(timeout)))
        guard (200..<300).contains(response.status.code) else {
            throw Unwell(reason: "it answers \(response.status.code)")
        }
    }

    private func askKeyValue(_ host: String, _ port: Int, _ environment: ServiceEnvironment) async throws {
        var configuration = KVPool.Configuration(host: host, port: port, password: environment.string("REDIS_PASSWORD"))
        configuration.connectTimeout = .seconds(timeout)
        configuration.commandTimeout = .seconds(timeout)
        let client = KVPool(configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: silent)
        let answer: Result<Void, any Error>
        do {
            answer = .success(try await client.ping())
        } catch {
            answer = .failure(error)
        }
        await client.shutdown()
        try answer.get()
    }

    private func askCatalog(_ host: String, _ target: URL, _ environment: ServiceEnvironment) async throws {
        let user = target.user() ?? environment.string("POSTGRES_USER") ?? "postgres"
        let database = target.path().dropFirst()
        var configuration = SQLPool.Configuration(host: host, port: target.port ?? 5432, user: user)
        configuration.password = environment.string("POSTGRES_PASSWORD")
        configuration.database = database.isEmpty ? user : String(database)
        configuration.connectTimeout = .seconds(timeout)
        configuration.queryTimeout = .seconds(timeout)
        let pool = SQLPool(configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: silent)
        let answer: Result<[Row], any Error>
        do {
            answer = .success(try await pool.query("SELECT 1", []))
        } catch {
            answer = .failure(error)
        }
        await pool.shutdown()
        guard try answer.get().first?.int(at: 0) == 1 else { throw Unwell(reason: "SELECT 1 does not answer 1") }
    }

    private var silent: Logger { Logger(label: "health") { _ in SwiftLogNoOpLogHandler() } }
}

private struct Unwell: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
