import Commerce
import SQLClient
import ServiceRuntime

/// Where the catalog is kept.
protocol CatalogRepository: Sendable {
    /// The products with these ids, or all (nil); in the catalog's order.
    func items(with ids: [ProductID]?) async throws -> [CatalogItem]
    /// A page of the matches in the catalog's order, and how many there are in all.
    func search(_ query: CatalogQuery) async throws -> (items: [CatalogItem], total: Int)
    /// Throws when the catalog cannot be reached.
    func ping() async throws
}

/// The catalog in product-data. Whatever a client wrote travels as a bound parameter.
struct SQLCatalogRepository: CatalogRepository {
    let pool: SQLPool

    private static let columns =
        "id, name, category, price, rating, reviews, filename, description, alcoholic, temperature, type"
    private static let order = "ORDER BY rating DESC NULLS LAST, name, id"

    func items(with ids: [ProductID]?) async throws -> [CatalogItem] {
        guard let ids else {
            return try await select(
                "SELECT \(Self.columns) FROM products \(Self.order) LIMIT $1",
                [.int(Page.maximumSize)]
            )
        }
        guard !ids.isEmpty else { return [] }
        let placeholders = (1...ids.count).map { "$\($0)" }.joined(separator: ", ")
        return try await select(
            "SELECT \(Self.columns) FROM products WHERE id IN (\(placeholders)) \(Self.order)",
            ids.map { .text($0.text) }
        )
    }

    func search(_ query: CatalogQuery) async throws -> (items: [CatalogItem], total: Int) {
        let (page, pattern) = (query.page, Self.pattern(containing: query.text))
        let condition = query.text.isEmpty ? "" : "WHERE name ILIKE $1 OR description ILIKE $1"
        let bound: [SQLParameter] = query.text.isEmpty ? [] : [.text(pattern)]
        let limit = "LIMIT $\(bound.count + 1) OFFSET $\(bound.count + 2)"
        let items =
            page.limit == 0
            ? []
            : try await select(
                "SELECT \(Self.columns) FROM products \(condition) \(Self.order) \(limit)",
                bound + [.int(page.limit), .int(page.from)]
            )
        // A page that is not full, and not beyond the end, tells how many there are.
        if items.count < page.limit, !items.isEmpty || page.from == 0 { return (items, page.from + items.count) }
        let rows = try await rows("SELECT count(*) AS total FROM products \(condition)", bound)
        guard let total = rows.first?.int("total") else {
            throw Problem(.badGateway, "product-data answered in an unexpected way")
        }
        return (items, total)
    }

    func ping() async throws {
        _ = try await rows("SELECT 1", [])
    }

    /// A LIKE pattern that matches `text` anywhere, with %, _ and \ as themselves.
    static func pattern(containing text: String) -> String {
        var pattern = "%"
        for character in text.unicodeScalars {
            if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
            pattern.unicodeScalars.append(character)
        }
        return pattern + "%"
    }

    func select(_ sql: String, _ parameters: [SQLParameter]) async throws -> [CatalogItem] {
        try await rows(sql, parameters).map { row in
            CatalogItem(
                id: row.string(at: 0) ?? "",
                name: row.string(at: 1),
                category: row.string(at: 2),
                price: row.double(at: 3),
                rating: row.double(at: 4),
                reviews: row.int(at: 5),
                filename: row.string(at: 6),
                description: row.string(at: 7),
                alcoholic: row.string(at: 8),
                temperature: row.string(at: 9),
                type: row.string(at: 10)
            )
        }
    }

    /// The data server's trouble becomes the client's answer. Reads only, so one that certainly did not run, or whose
    /// pooled connection turned out to be dead, is sent once more.
    private func rows(_ sql: String, _ parameters: [SQLParameter]) async throws -> [Row] {
        do {
            do {
                return try await pool.query(sql, parameters)
            } catch  where error.code == .connectionClosed {
                return try await pool.query(sql, parameters)
            }
        } catch {
            switch error.code {
            case .queryTimeout, .connectTimeout, .poolTimeout:
                throw Problem(.gatewayTimeout, "product-data did not answer in time", cause: error)
            case .connectFailed, .connectionClosed, .shutDown, .authenticationFailed:
                throw Problem.unavailable("product-data is not available", cause: error)
            case .cancelled: throw CancellationError()
            default: throw Problem(.badGateway, "product-data refused the request", cause: error)
            }
        }
    }
}

/// The catalog in memory: for tests.
struct MemoryCatalogRepository: CatalogRepository {
    private let catalog: [CatalogItem]

    init(_ items: [CatalogItem]) {
        catalog = items.sorted(by: CatalogItem.precedes)
    }

    func items(with ids: [ProductID]?) async throws -> [CatalogItem] {
        guard let ids = ids.map(Set.init) else { return catalog }
        return catalog.filter { item in ProductID(parsing: item.id).map(ids.contains) ?? false }
    }

    func search(_ query: CatalogQuery) async throws -> (items: [CatalogItem], total: Int) {
        let text = query.text.lowercased()
        let matches = catalog.filter { item in
            text.isEmpty || [item.name, item.description].contains { $0?.lowercased().contains(text) ?? false }
        }
        let page = matches.dropFirst(query.page.from).prefix(query.page.limit)
        return (Array(page), matches.count)
    }

    func ping() async throws {}
}
