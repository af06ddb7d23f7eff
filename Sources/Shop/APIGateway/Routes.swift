import Hummingbird
import ServiceRuntime

/// Everything below `/api/v1/<service>`, for the methods that the shop knows (PATCH is 405).
func apiGatewayRoutes(_ upstreams: UpstreamMap, _ proxy: ReverseProxy) -> RouteTable {
    var routes = RouteTable()
    routes.on("/api/v1/{service}/{path*}", .get, .post, .put, .delete, .head, .options) { request, context in
        guard let name = context.capture("service"), let upstream = upstreams[name] else {
            throw Problem(.notFound, "the shop has no such service")
        }
        var target = "/" + (context.capture("path") ?? "")
        if request.uri.path.hasSuffix("/"), !target.hasSuffix("/") { target += "/" }
        if let query = request.uri.query { target += "?" + query }
        return try await proxy.forward(
            request,
            context: context,
            to: upstream,
            target: target,
            deadline: UpstreamMap.deadline(for: name)
        )
    }
    return routes
}
