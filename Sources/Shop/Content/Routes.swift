import Hummingbird
import ServiceRuntime

/// `GET /<file>`: its bytes, with Range, conditional requests and HEAD. `GET /` introduces the service.
func contentRoutes(_ repository: any ContentRepository) -> RouteTable {
    var routes = RouteTable()
    routes.on("/{first}/{rest*}", .get) { request, context in
        guard let path = request.uri.path.drop(while: { $0 == "/" }).removingPercentEncoding else {
            throw Problem(.notFound, "there is no such file")
        }
        return try await repository.response(for: path, to: request, context)
    }
    return routes
}
