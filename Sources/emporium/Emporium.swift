import ArgumentParser
import Glibc
import KVServer

/// Where the process begins. A redis-server has a command line of its own, which is not the other roles' parser's.
@main
enum Entry {
    static func main() async {
        let arguments = CommandLine.arguments
        let name = arguments.first ?? ""
        if ServerProcess.isSentinelName(name) { exit(ServerProcess.refuseSentinel()) }
        if ServerProcess.isServerName(name) { exit(ServerProcess(arguments: Array(arguments.dropFirst())).run()) }
        if arguments.dropFirst().first == RedisServer.configuration.commandName {
            exit(ServerProcess(arguments: Array(arguments.dropFirst(2))).run())
        }
        await Emporium.main()
    }
}

/// The one executable: a subcommand per role, and `up` for the whole shop in one process.
///
///     emporium up                          every role, both replicas included
///     emporium cart --port 8082            one service
///     emporium cart-data --port 6379       one data server
///     emporium redis-server redis.conf     the same server, started as redis-server is
///
/// Roles find each other through settings (`SERVICE_HOST_…`, `SERVICE_PORT_…`), as in the original shop.
struct Emporium: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emporium",
        abstract: "A shop with its own data tier: Redis- and PostgreSQL-compatible servers and seven HTTP services.",
        version: version,
        subcommands: [
            Up.self, Health.self, Settings.self,
            CartData.self, SessionData.self, ProductData.self, RedisServer.self,
            APIGatewayRole.self, CartRole.self, CheckoutRole.self, ContentRole.self, PaymentRole.self, ProductRole.self,
            WebGatewayRole.self,
        ]
    )

    static let version = "0.1.0"
}
