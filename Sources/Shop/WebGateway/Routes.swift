import HTTPTypes
import Hummingbird
import ServiceRuntime

/// Pages, assets and the way to the api gateway.
///
///     last segment has no dot   index.html, no-cache, with a session      (the app shows the page by its path)
///     last segment has a dot    that asset; hashed names are immutable
///     /api/v1/…                 api-gateway; content is not personal and gets no session
func webGatewayRoutes(
    storefront: FileStore?,
    sessions: Sessions,
    proxy: ReverseProxy,
    apiGateway: Upstream
) -> RouteTable {
    var routes = RouteTable()
    routes.on("/api/v1/{path*}", .get, .head, .post, .put, .delete, .options, .patch) { request, context in
        var target = request.uri.path
        if let query = request.uri.query { target += "?" + query }
        let path = context.capture("path") ?? ""
        let service = path.prefix { $0 != "/" }
        guard service != "content", request.method != .options else {
            return try await proxy.forward(
                request,
                context: context,
                to: apiGateway,
                target: target,
                deadline: .seconds(20)
            )
        }
        let visit = await sessions.visit(request, context)
        var response = try await proxy.forward(
            request,
            context: context,
            to: apiGateway,
            target: target,
            deadline: .seconds(20),
            replacing: [.cookie: Sessions.cookies(of: request, with: visit)]
        )
        response.headers.append(HTTPField(name: .setCookie, value: visit.cookie))
        return response
    }
    routes.on("/{path*}", .get) { request, context in
        guard let storefront, storefront.contains("index.html") else {
            throw Problem(.serviceUnavailable, "the storefront is not built: STATIC_PATH holds no index.html")
        }
        guard let path = (context.capture("path") ?? "")[...].removingPercentEncoding else {
            throw Problem(.notFound, "there is nothing at this path")
        }
        let name = path.split(separator: "/").last ?? ""
        guard name.contains(".") else { return try await page(storefront, sessions, request, context) }
        let cacheControl = isHashed(name) ? "public, max-age=31536000, immutable" : "no-cache"
        guard let asset = try await storefront.representation(of: path, for: request, cacheControl: cacheControl) else {
            throw Problem(.notFound, "there is no such asset")
        }
        return asset.response(to: request)
    }
    return routes
}

private func page(
    _ storefront: FileStore,
    _ sessions: Sessions,
    _ request: Request,
    _ context: ServiceContext
) async throws -> Response {
    guard
        let index = try await storefront.representation(of: "index.html", for: request, cacheControl: "no-cache")
    else { throw Problem(.serviceUnavailable, "the storefront is not built") }
    var response = index.response(to: request)
    // HEAD is what probes send.
    if request.method == .get {
        response.headers.append(HTTPField(name: .setCookie, value: await sessions.visit(request, context).cookie))
    }
    return response
}

/// Whether a name carries a hash of its content, as bundlers write it: `main-3XJH5K2Q.js`, `logo.9f2c1e7a.svg`.
func isHashed(_ name: Substring) -> Bool {
    let parts = name.split { $0 == "." || $0 == "-" }
    guard parts.count >= 3 else { return false }
    return parts.dropFirst().dropLast().contains { part in
        8...64 ~= part.utf8.count && part.utf8.contains { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
