/// Every setting that a role reads, once: what it is called, who reads it, what it is when nobody sets it.
///
/// The table of docs/configuration.md is made from here (`emporium settings`), and `ServiceEnvironment` refuses to look
/// for a name that is not here, so neither can be forgotten.
public struct Setting: Sendable {
    public let name: String
    /// The roles that read it.
    public let roles: String
    /// The value when nobody sets it.
    public let fallback: String?
    public let meaning: String
    /// Its own option on the command line; every setting has `--set <name>=<value>`.
    public let flag: String?
    /// Kept out of what is printed.
    public let isSecret: Bool
    /// `<name>_FILE` may name a file that holds the value.
    public let mayBeInFile: Bool

    private init(
        _ name: String,
        _ roles: String,
        default fallback: String? = nil,
        flag: String? = nil,
        isSecret: Bool = false,
        mayBeInFile: Bool? = nil,
        _ meaning: String
    ) {
        self.name = name
        self.roles = roles
        self.fallback = fallback
        self.flag = flag
        self.isSecret = isSecret
        self.mayBeInFile = mayBeInFile ?? isSecret
        self.meaning = meaning
    }

    public static let all: [Setting] = listening + peers + secrets + behaviour + dataServers + wholeShop

    public static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Whether somebody may set `name`: it is in the table, or names the file of one that is.
    public static func mayBeSet(_ name: String) -> Bool {
        named[name] != nil || name.hasSuffix("_FILE") && named[String(name.dropLast(5))]?.mayBeInFile == true
    }

    static let defaults = all.reduce(into: [String: String]()) { $0[$1.name] = $1.fallback }

    private static let listening = [
        Setting(
            "SERVICE_BIND_HOST",
            "all",
            default: "127.0.0.1",
            flag: "--bind",
            "The address to listen on. The image sets 0.0.0.0."
        ),
        Setting(
            "SERVICE_BIND_PORT",
            "all but up",
            flag: "--port",
            "The port to listen on; 0 takes any free one. Without it 80 for services, 6379 for cart-data and "
                + "session-data, 5432 for product-data."
        ),
        Setting("SERVICE_NAME", "services", "What a service calls itself. Without it the name of its role."),
        Setting("SERVICE_VERSION", "services", default: "0.1.0", "The version that `GET /` tells."),
        Setting("DEPLOYMENT_ENVIRONMENT", "services", "Where this is, as `GET /` tells it: production, compose, …"),
        Setting(
            "LOG_LEVEL",
            "all",
            "trace, debug, info, notice, warning, error or critical. Without it info, and warning for up."
        ),
        Setting("DEBUG", "all", "`true` is LOG_LEVEL=debug, if that is not set."),
    ]

    /// The address of each role for those that call it.
    private static let peers = [
        ("api-gateway", "checkout, web-gateway", 80), ("cart", "api-gateway", 80), ("checkout", "api-gateway", 80),
        ("content", "api-gateway", 80), ("payment", "api-gateway", 80), ("product", "api-gateway", 80),
        ("cart-data", "cart", 6379), ("session-data", "web-gateway", 6379), ("product-data", "product", 5432),
    ].flatMap { (role: String, callers: String, port: Int) in
        [
            Setting(hostName(role), callers, default: role, "Where \(role) is."),
            Setting(portName(role), callers, default: String(port), "The port of \(role)."),
        ]
    }

    public static func hostName(_ role: String) -> String { "SERVICE_HOST_" + variable(role) }
    public static func portName(_ role: String) -> String { "SERVICE_PORT_" + variable(role) }

    private static func variable(_ role: String) -> String { role.uppercased().replacing("-", with: "_") }

    private static let secrets = [
        Setting(
            "SERVICE_USERNAME_PRODUCT_DATA",
            "product",
            default: "postgres",
            mayBeInFile: true,
            "The user of product-data."
        ),
        Setting("SERVICE_PASSWORD_PRODUCT_DATA", "product", isSecret: true, "The password of that user."),
        Setting(
            "SERVICE_DATABASE_PRODUCT_DATA",
            "product",
            default: "products",
            "The database with the table products."
        ),
        Setting("SERVICE_PASSWORD_CART_DATA", "cart", isSecret: true, "The password of cart-data, if it asks for one."),
        Setting(
            "SERVICE_PASSWORD_SESSION_DATA",
            "web-gateway",
            isSecret: true,
            "The password of session-data, if it asks for one."
        ),
        Setting(
            "SESSION_SECRETS",
            "cart, checkout, web-gateway",
            isSecret: true,
            "The secrets that sign sessions, with commas between them: the first one signs, all of them verify."
        ),
        // SESSION_SECRET_FILE is a setting of its own: that file is made if it is not there.
        Setting(
            "SESSION_SECRET",
            "cart, checkout, web-gateway",
            isSecret: true,
            mayBeInFile: false,
            "The only secret, instead of a list."
        ),
        Setting(
            "SESSION_SECRET_FILE",
            "cart, checkout, web-gateway",
            "A file that holds the only secret; made, with a new secret, if it is not there. Without any of the three "
                + "a file of this user's under XDG_RUNTIME_DIR or /tmp."
        ),
        Setting(
            "XDG_RUNTIME_DIR",
            "cart, checkout, web-gateway",
            default: "/tmp",
            "Where the generated secret is kept."
        ),
    ]

    private static let behaviour = [
        Setting("STATIC_PATH", "web-gateway", "The built page. Without it the shipped one."),
        Setting("CONTENT_PATH", "content", "The directory of the pictures. Without it the shipped ones."),
        Setting(
            "APPS_ECOMMERCE_CONTENT_BASE_PATH",
            "content",
            "Instead of CONTENT_PATH: the HTTP base of an image store, or a directory."
        ),
        Setting("CART_LIFETIME_SECONDS", "cart", default: "604800", "How long an untouched cart is kept."),
        Setting("PAYMENT_DELAY_MIN", "payment", default: "0.5", "A charge takes at least this many seconds."),
        Setting(
            "PAYMENT_DELAY_MAX",
            "payment",
            "And at most this many. Without it 1, or PAYMENT_DELAY_MIN if that is more."
        ),
        Setting(
            "PRODUCT_FAULT",
            "product",
            "A variant of the original: basic-bug (a search works for a second, then fails) or sql-syntax-error (a look-up "
                + "of products is sent as broken SQL)."
        ),
        Setting("EMPORIUM_HOME", "all", "The folder of the catalog and the page. Without it beside the executable."),
        Setting("EMPORIUM_CONFIG", "all", flag: "--config", "A file of settings, a `NAME=value` on each line."),
    ]

    private static let dataServers = [
        Setting(
            "DATA_DIR",
            "data servers, up",
            flag: "--data-dir",
            "The server's directory. Without it the one it is started in, and a temporary one for up."
        ),
        Setting(
            "REPLICAOF",
            "cart-data, session-data",
            flag: "--replicaof",
            "Host and port of the primary to follow, with a space between them."
        ),
        Setting("REDIS_PASSWORD", "cart-data, session-data, health", isSecret: true, "Asks clients for a password."),
        Setting("POSTGRES_USER", "product-data, up, health", default: "postgres", mayBeInFile: true, "The superuser."),
        Setting(
            "POSTGRES_PASSWORD",
            "product-data, up, health",
            isSecret: true,
            "Its password. Without it every client is trusted."
        ),
        Setting(
            "POSTGRES_DB",
            "product-data, up",
            default: "products",
            mayBeInFile: true,
            "The database that is made at start."
        ),
        Setting(
            "POSTGRES_HOST_AUTH_METHOD",
            "product-data, up",
            default: "scram-sha-256",
            "scram-sha-256, md5 or trust."
        ),
        Setting(
            "CATALOG_CSV",
            "product-data",
            flag: "--catalog",
            "The file that fills the table products; `none` starts it empty. Without it the shipped one."
        ),
    ]

    private static let wholeShop = [
        ("UP_WEB_PORT", "the page", "8080"), ("UP_SERVICE_PORT", "the services behind the page, the first one", "8081"),
        ("UP_CART_DATA_PORT", "cart-data", "6379"), ("UP_CART_DATA_REPLICA_PORT", "its replica", "6380"),
        ("UP_SESSION_DATA_PORT", "session-data", "6381"), ("UP_SESSION_DATA_REPLICA_PORT", "its replica", "6382"),
        ("UP_PRODUCT_DATA_PORT", "product-data", "5432"),
    ].map { (name: String, what: String, port: String) in
        let flag = "--" + name.dropFirst(3).lowercased().replacing("_", with: "-")
        return Setting(name, "up", flag: flag, "The port of \(what). Without it \(port) or the next free one.")
    }

    /// The table of docs/configuration.md.
    public static var table: String {
        var text = "| setting | read by | default | what |\n|---|---|---|---|\n"
        for setting in all {
            let name = ([setting.name] + [setting.flag].compactMap(\.self)).map { "`\($0)`" }.joined(separator: " ")
            let fallback = setting.fallback.map { "`\($0)`" } ?? ""
            let file = setting.mayBeInFile ? " Also as `\(setting.name)_FILE`." : ""
            text += "| \(name) | \(setting.roles) | \(fallback) | \(setting.meaning)\(file) |\n"
        }
        return text
    }
}
