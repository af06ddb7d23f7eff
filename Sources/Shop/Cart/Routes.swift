import Commerce
import Hummingbird
import ServiceRuntime

/// The cart's calls. Every one of them names its session in the body (or has the session cookie).
///
///     POST   /                        {"message":"success","data":{"f95e2475":"1"}}
///     PUT    /<product id>/<quantity>  data 1: a new line, 0: an old one replaced (it sets, it does not add)
///     DELETE /<product id>             data 1: removed, 0: was not there
///     DELETE /                         data 1: emptied, 0: was empty
func cartRoutes(_ repository: any CartRepository, _ verifier: SessionVerifier) -> RouteTable {
    @Sendable func session(of request: Request) async throws -> SessionID {
        try verifier.session(of: request, body: try await request.json(upTo: 64 << 10)).id
    }

    var routes = RouteTable()
    routes.on("/", .post) { request, _ in
        let items = try await repository.items(of: try await session(of: request))
        return success { LineItem.write(items, to: &$0) }
    }
    routes.on("/{product}/{quantity}", .put) { request, context in
        guard let quantity = context.capture("quantity").flatMap({ Quantity(parsing: $0) }) else {
            throw Problem(.badRequest, "the quantity must be a whole number from 0 to \(Quantity.maximum)")
        }
        let item = LineItem(product: try product(context), quantity: quantity)
        let session = try await session(of: request)
        if quantity.isZero {
            let wasRemoved = try await repository.remove(item.product, from: session)
            return success { $0.int(wasRemoved ? 1 : 0) }
        }
        let isNew = try await repository.set(item, in: session)
        return success { $0.int(isNew ? 1 : 0) }
    }
    routes.on("/{product}", .delete) { request, context in
        let product = try product(context)
        let wasRemoved = try await repository.remove(product, from: try await session(of: request))
        return success { $0.int(wasRemoved ? 1 : 0) }
    }
    routes.on("/", .delete) { request, _ in
        let wasCleared = try await repository.clear(try await session(of: request))
        return success { $0.int(wasCleared ? 1 : 0) }
    }
    return routes
}

private func product(_ context: ServiceContext) throws -> ProductID {
    guard let product = context.capture("product").flatMap({ ProductID(parsing: $0) }) else {
        throw Problem(.badRequest, "a product id has \(ProductID.length) letters or digits")
    }
    return product
}

private func success(_ data: (inout JSONWriter) -> Void) -> Response {
    var json = JSONWriter()
    json.object { json in
        json.member("message", "success")
        json.key("data")
        data(&json)
    }
    return Response(json: json)
}
