import Hummingbird
import Logging
import NIOHTTP1
import Synchronization

/// The one door of a service: every request goes in and every answer comes out here.
///
///     request ─▶ request id ─▶ shed? ─▶ route ─▶ handler ─┬─▶ headers ─▶ log ─▶ response
///                                         404/405 ─▶ problem┘
///
/// Invariants: every answer carries Access-Control-Allow-Origin and X-Request-Id; an error that nobody expected is a
/// 500 without its text (the text goes to the log). Not here: what happens to bytes (`ConnectionHandler`).
public struct ServiceResponder: HTTPResponder {
    public typealias Context = ServiceContext

    private let routes: RouteTable
    private let limits: ServiceConfiguration.Limits
    private let load: RequestLoad

    public init(routes: RouteTable, limits: ServiceConfiguration.Limits, load: RequestLoad) {
        self.routes = routes
        self.limits = limits
        self.load = load
    }

    public func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(of: request)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = .string(context.requestID)

        var response: Response
        if load.enter(maximum: limits.maximumInFlight) {
            defer { load.leave() }
            response = try await answer(request, &context)
        } else {
            response = Problem.unavailable("too many requests at once").response
        }
        if request.method == .head { response = Self.withoutBody(response) }
        response.headers[.accessControlAllowOrigin] = "*"
        response.headers[.requestID] = context.requestID
        log(request, response, start.duration(to: .now), context.logger)
        return response
    }

    private func answer(_ request: Request, _ context: inout ServiceContext) async throws -> Response {
        do {
            switch routes.match(request.method, request.uri.path) {
            case .handler(let handler, let captures):
                context.captures = captures
                return try await handler(request, context)
            case .methods(let methods):
                return Self.methodAnswer(request, methods)
            case .none:
                throw Problem(.notFound, "there is nothing at this path")
            }
        } catch let problem as Problem {
            if problem.status.kind == .serverError {
                context.logger.warning("\(problem)", metadata: ["path": .string(request.uri.path)])
            }
            return problem.response
        } catch let error as HTTPParserError {
            // Hummingbird answers a malformed request with 400 and closes its connection.
            throw error
        } catch let error as HTTPError {
            return Problem(error.status, error.body, headers: error.headers).response
        } catch is CancellationError {
            return Problem.unavailable("the service is shutting down").response
        } catch {
            context.logger.error("unexpected error: \(error)", metadata: ["path": .string(request.uri.path)])
            return Problem(.internalServerError, "something went wrong here").response
        }
    }

    /// OPTIONS tells what a path can do (and lets browsers of other origins do it); anything else is 405.
    private static func methodAnswer(_ request: Request, _ methods: [HTTPRequest.Method]) -> Response {
        let allow = methods.map(\.rawValue).joined(separator: ", ")
        guard request.method == .options else {
            return Problem(.methodNotAllowed, "this path knows \(allow)", headers: [.allow: allow]).response
        }
        return Response(
            status: .noContent,
            headers: [
                .allow: allow,
                .accessControlAllowMethods: allow,
                .accessControlAllowHeaders: request.headers[.accessControlRequestHeaders] ?? "*",
                .accessControlMaxAge: "600",
            ]
        )
    }

    /// The same head, and a body that is never produced.
    private static func withoutBody(_ response: Response) -> Response {
        var head = Response(status: response.status, headers: response.headers)
        head.headers[.contentLength] = response.headers[.contentLength]
        return head
    }

    private static func requestID(of request: Request) -> String {
        if let given = request.headers[.requestID], 1...128 ~= given.utf8.count,
            given.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        {
            return given
        }
        var generator = SystemRandomNumberGenerator()
        return hexadecimal(generator.next()) + hexadecimal(generator.next())
    }

    private func log(_ request: Request, _ response: Response, _ duration: Duration, _ logger: Logger) {
        // Probes come every few seconds and say nothing when they succeed.
        let isProbe = request.uri.path == "/healthz" || request.uri.path == "/readyz"
        logger.log(
            level: isProbe && response.status.code < 400 ? .debug : .info,
            "\(request.method.rawValue) \(request.uri.path) \(response.status.code)",
            metadata: [
                "method": .string(request.method.rawValue),
                "path": .string(request.uri.path),
                "status": .stringConvertible(response.status.code),
                "milliseconds": .stringConvertible(duration.milliseconds),
            ]
        )
    }
}

/// How many requests are being answered, and whether the service is on its way out.
public final class RequestLoad: Sendable {
    private let inFlight = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)

    public init() {}

    /// Requests being answered now.
    public var count: Int { inFlight.load(ordering: .relaxed) }
    public var isDraining: Bool { draining.load(ordering: .relaxed) }

    func drain() { draining.store(true, ordering: .relaxed) }

    func enter(maximum: Int) -> Bool {
        if inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= maximum { return true }
        leave()
        return false
    }

    func leave() { inFlight.wrappingSubtract(1, ordering: .relaxed) }
}

extension Duration {
    /// Rounded to microseconds.
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1000 + Double(attoseconds / 1_000_000_000_000) / 1000
    }
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
