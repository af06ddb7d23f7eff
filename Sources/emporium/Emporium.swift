import ArgumentParser

/// The one executable: a subcommand per role, and `up` for the whole shop in one process.
///
///     emporium up                          every role, both replicas included
///     emporium cart --port 8082            one service
///     emporium cart-data --port 6379       one data server
///
/// Roles find each other through the environment (`SERVICE_HOST_…`, `SERVICE_PORT_…`), as in the original shop.
@main
struct Emporium: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emporium",
        abstract: "A shop with its own data tier: Redis- and PostgreSQL-compatible servers and seven HTTP services.",
        version: version,
        subcommands: [
            Up.self, Health.self,
            CartData.self, SessionData.self, ProductData.self,
            APIGatewayRole.self, CartRole.self, CheckoutRole.self, ContentRole.self, PaymentRole.self, ProductRole.self,
            WebGatewayRole.self,
        ]
    )

    static let version = "0.1.0"
}
