import APIGateway
import ArgumentParser
import Cart
import Checkout
import Content
import Payment
import Product
import ServiceLifecycle
import ServiceRuntime
import WebGateway

/// The seven HTTP services, each made from its environment alone, so that a role on its own and the same role under
/// `emporium up` are wired the same way.
enum ShopRole: String, CaseIterable {
    case apiGateway = "api-gateway"
    case cart
    case checkout
    case content
    case payment
    case product
    case webGateway = "web-gateway"

    /// The port that `emporium up` prefers.
    var preferredPort: Int {
        switch self {
        case .webGateway: 8080
        case .apiGateway: 8081
        case .cart: 8082
        case .checkout: 8083
        case .content: 8084
        case .payment: 8085
        case .product: 8086
        }
    }

    func makeService(
        environment: ServiceEnvironment,
        resources: ServiceResources,
        onRunning: @escaping HTTPService.OnRunning
    ) throws -> any Service {
        switch self {
        case .apiGateway:
            try APIGatewayService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        case .cart:
            try CartService(configuration: .init(environment: environment), resources: resources, onRunning: onRunning)
        case .checkout:
            try CheckoutService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        case .content:
            try ContentService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        case .payment:
            try PaymentService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        case .product:
            try ProductService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        case .webGateway:
            try WebGatewayService(
                configuration: .init(environment: environment),
                resources: resources,
                onRunning: onRunning
            )
        }
    }
}

/// A service on its own.
struct ServiceOptions: ParsableArguments {
    @Option(help: "The address to listen on (SERVICE_BIND_HOST; default: loopback).")
    var bind: String?

    @Option(help: "The port to listen on (SERVICE_BIND_PORT; default: 80).")
    var port: Int?

    @OptionGroup var settings: SettingOptions

    func run(_ role: ShopRole) async throws {
        var environment = try settings.load(
            flags: ["SERVICE_BIND_HOST": bind, "SERVICE_BIND_PORT": port.map(String.init)]
        )
        let installation = Installation(environment: environment)
        environment = environment.defaulting(
            to: ["STATIC_PATH": installation.storefront, "CONTENT_PATH": installation.pictures]
        )
        let logger = try Log.make(label: role.rawValue, environment: environment, default: .info)
        let resources = ServiceResources(logger: logger)
        let service = try role.makeService(environment: environment, resources: resources) { endpoint in
            logger.notice("\(role.rawValue) answers at http://\(endpoint)")
        }
        try await Group.run([service], logger: logger)
        try await resources.shutdown()
    }
}

struct APIGatewayRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.apiGateway.rawValue,
        abstract: "Forwards /api/v1/<service>/… to the shop's services.",
        discussion: "SERVICE_HOST_<SERVICE> and SERVICE_PORT_<SERVICE> say where each is; default: its name, port 80."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.apiGateway) }
}

struct CartRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.cart.rawValue,
        abstract: "Keeps carts in cart-data.",
        discussion: "SERVICE_HOST_CART_DATA, SERVICE_PORT_CART_DATA; SESSION_SECRET(S) as of the web gateway."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.cart) }
}

struct CheckoutRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.checkout.rawValue,
        abstract: "Charges the card, then clears the cart, both through the API gateway.",
        discussion: "SERVICE_HOST_API_GATEWAY, SERVICE_PORT_API_GATEWAY."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.checkout) }
}

struct ContentRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.content.rawValue,
        abstract: "Serves the catalog's pictures.",
        discussion: "CONTENT_PATH, or an HTTP base in APPS_ECOMMERCE_CONTENT_BASE_PATH."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.content) }
}

struct PaymentRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.payment.rawValue,
        abstract: "Checks card numbers, and takes its time.",
        discussion: "PAYMENT_DELAY_MIN, PAYMENT_DELAY_MAX in seconds."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.payment) }
}

struct ProductRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.product.rawValue,
        abstract: "Finds products in product-data.",
        discussion: "SERVICE_HOST_, SERVICE_PORT_, SERVICE_USERNAME_ and SERVICE_PASSWORD_PRODUCT_DATA."
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.product) }
}

struct WebGatewayRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ShopRole.webGateway.rawValue,
        abstract: "Serves the page, keeps sessions, and forwards /api/v1/….",
        discussion: """
            SERVICE_HOST_API_GATEWAY, SERVICE_PORT_API_GATEWAY, SERVICE_HOST_SESSION_DATA, SERVICE_PORT_SESSION_DATA, \
            STATIC_PATH, SESSION_SECRET(S).
            """
    )
    @OptionGroup var options: ServiceOptions
    func run() async throws { try await options.run(.webGateway) }
}
