import Commerce
import Hummingbird
import KVClient
import ServiceRuntime
import Synchronization

/// Where carts are kept.
protocol CartRepository: Sendable {
    /// The lines of a cart; an unknown cart is an empty one.
    func items(of session: SessionID) async throws -> [LineItem]
    /// Sets the quantity of a product; true when the line is new. Throws 409 when the cart is full.
    func set(_ item: LineItem, in session: SessionID) async throws -> Bool
    /// Removes a line; true when there was one.
    func remove(_ product: ProductID, from session: SessionID) async throws -> Bool
    /// Empties the cart; true when it held something.
    func clear(_ session: SessionID) async throws -> Bool
    /// Throws when the carts cannot be reached.
    func ping() async throws
}

/// More lines than a buyer needs, few enough that nobody fills the server's memory with one session.
let maximumLines = 500

let cartFull = Problem(.conflict, "a cart holds \(maximumLines) different products at most")

/// Carts in cart-data: one hash for each, with a time to live that every use renews.
struct KVCartRepository: CartRepository {
    let client: KVPool
    let lifetimeSeconds: Int

    func items(of session: SessionID) async throws -> [LineItem] {
        let replies = try await send(KVCommand("HGETALL", session.dataKey), expire(session))
        return try KVPool.pairs(replies[0]).compactMap { field, value in
            // A field that no service of ours wrote is not a line of a cart.
            guard let product = ProductID(parsing: String(decoding: field, as: UTF8.self)),
                let quantity = Quantity(parsing: String(decoding: value, as: UTF8.self))
            else { return nil }
            return LineItem(product: product, quantity: quantity)
        }
    }

    func set(_ item: LineItem, in session: SessionID) async throws -> Bool {
        let replies = try await send(
            KVCommand("HSET", session.dataKey, item.product.text, item.quantity.description),
            expire(session),
            KVCommand("HLEN", session.dataKey)
        )
        let isNew = try KVPool.integer(replies[0]) == 1
        if isNew, try KVPool.integer(replies[2]) > maximumLines {
            _ = try await send(KVCommand("HDEL", session.dataKey, item.product.text))
            throw cartFull
        }
        return isNew
    }

    func remove(_ product: ProductID, from session: SessionID) async throws -> Bool {
        let replies = try await send(KVCommand("HDEL", session.dataKey, product.text), expire(session))
        return try KVPool.integer(replies[0]) == 1
    }

    func clear(_ session: SessionID) async throws -> Bool {
        try KVPool.integer(try await send(KVCommand("DEL", session.dataKey))[0]) == 1
    }

    func ping() async throws {
        try await client.ping()
    }

    private func expire(_ session: SessionID) -> KVCommand {
        KVCommand("EXPIRE", session.dataKey, String(lifetimeSeconds))
    }

    /// One write for all commands; as many replies as commands. The data server's trouble becomes the client's answer.
    private func send(_ commands: KVCommand...) async throws -> [KVReply] {
        do {
            let replies = try await client.send(commands)
            for reply in replies {
                if let message = reply.errorMessage { throw KVClientError.server(message) }
            }
            guard replies.count == commands.count else { throw KVClientError.unexpectedReply("too few replies") }
            return replies
        } catch let error as KVClientError {
            switch error {
            case .timedOut: throw Problem(.gatewayTimeout, "cart-data did not answer in time", cause: error)
            case .unavailable, .connectionClosed, .shutDown:
                throw Problem.unavailable("cart-data is not available", cause: error)
            case .cancelled: throw CancellationError()
            case .server, .unexpectedReply: throw Problem(.badGateway, "cart-data refused the request", cause: error)
            }
        }
    }
}

/// Carts in memory: for tests.
final class MemoryCartRepository: CartRepository {
    private let carts = Mutex<[SessionID: [LineItem]]>([:])

    func items(of session: SessionID) async throws -> [LineItem] {
        carts.withLock { $0[session] ?? [] }
    }

    func set(_ item: LineItem, in session: SessionID) async throws -> Bool {
        try carts.withLock { carts in
            if let index = carts[session]?.firstIndex(where: { $0.product == item.product }) {
                carts[session]?[index] = item
                return false
            }
            guard (carts[session]?.count ?? 0) < maximumLines else { throw cartFull }
            carts[session, default: []].append(item)
            return true
        }
    }

    func remove(_ product: ProductID, from session: SessionID) async throws -> Bool {
        carts.withLock { carts in
            guard let index = carts[session]?.firstIndex(where: { $0.product == product }) else { return false }
            carts[session]?.remove(at: index)
            return true
        }
    }

    func clear(_ session: SessionID) async throws -> Bool {
        carts.withLock { $0.removeValue(forKey: session).map { !$0.isEmpty } ?? false }
    }

    func ping() async throws {}
}
