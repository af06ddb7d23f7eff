import Commerce
import ServiceRuntime

/// A catalog with one of the faults that the original ships as variants, for those who watch it fail (`PRODUCT_FAULT`).
/// Readiness does not see them, as it would not see a bug.
struct FaultyCatalogRepository: CatalogRepository {
    enum Fault: String, CaseIterable, Sendable {
        /// A search works for a second and then fails.
        case basicBug = "basic-bug"
        /// A look-up of products is sent as SQL that is none.
        case sqlSyntaxError = "sql-syntax-error"
    }

    let fault: Fault
    let sound: SQLCatalogRepository

    func items(with ids: [ProductID]?) async throws -> [CatalogItem] {
        guard fault == .sqlSyntaxError else { return try await sound.items(with: ids) }
        return try await sound.select("SELECT FROM WHERE products id IN", [])
    }

    func search(_ query: CatalogQuery) async throws -> (items: [CatalogItem], total: Int) {
        guard fault == .basicBug else { return try await sound.search(query) }
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(1), !Task.isCancelled {}
        throw BasicBug()
    }

    func ping() async throws {
        try await sound.ping()
    }

    struct BasicBug: Error, CustomStringConvertible {
        let description = "the bug of the variant basic-bug"
    }
}
