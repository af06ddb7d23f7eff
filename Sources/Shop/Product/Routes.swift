import Commerce
import Hummingbird
import ServiceRuntime

/// The catalog's calls; each takes its body with GET or with POST.
///
///     /documents    ["f95e2475", …]  ▶  [product, …] best rating first; no ids: all; unknown ids are left out
///     /search       {"query":text,"page":{"size":n or "all","from":n}}
///     /suggestions                   ▶  {"meta":{"page":{"total_results":n}},"results":[product, …]}
func productRoutes(_ repository: any CatalogRepository) -> RouteTable {
    var routes = RouteTable()
    routes.on("/documents", .get, .post) { request, _ in
        let items = try await repository.items(with: try documentIDs(try await request.json(upTo: 256 << 10)))
        var json = JSONWriter(capacity: 64 + items.count * 512)
        json.array { json in for item in items { item.write(to: &json) } }
        return Response(json: json)
    }
    for path in ["/search", "/suggestions"] {
        routes.on(path, .get, .post) { request, _ in
            let body = try await request.json(upTo: 64 << 10)
            let query: CatalogQuery
            do {
                query = try CatalogQuery(json: body)
            } catch {
                throw Problem(.badRequest, "\(error)")
            }
            let found = try await repository.search(query)
            var json = JSONWriter(capacity: 64 + found.items.count * 512)
            json.object { json in
                json.key("meta")
                json.object { json in
                    json.key("page")
                    json.object { $0.member("total_results", found.total) }
                }
                json.key("results")
                json.array { json in for item in found.items { item.write(to: &json) } }
            }
            return Response(json: json)
        }
    }
    return routes
}

/// The ids asked for; nil for all. What cannot be an id is unknown and left out.
private func documentIDs(_ body: JSONValue?) throws -> [ProductID]? {
    guard let body, !body.isNull else { return nil }
    guard let elements = body.array else { throw Problem(.badRequest, "the body must be an array of product ids") }
    guard !elements.isEmpty else { return nil }
    guard elements.count <= Page.maximumSize else { throw Problem(.badRequest, "too many product ids") }
    return try elements.compactMap { element in
        guard let text = element.string else { throw Problem(.badRequest, "a product id must be a string") }
        return ProductID(parsing: text)
    }
}
