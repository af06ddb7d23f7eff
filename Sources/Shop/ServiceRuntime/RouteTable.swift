import Hummingbird

/// The routes of one service, and what HTTP wants to know about those that do not exist.
///
///     table.on("/{product}/{quantity}", .put) { request, context in … }
///     table.on("/{rest*}", .get) { … }              the last segment may take the rest of the path
///
///     path known, method known     the handler (GET answers HEAD too)
///     path known, method unknown   405 with Allow; OPTIONS is 204 with Allow
///     path unknown                 404
///
/// Hummingbird's own router answers 404 where HTTP wants 405 and does not tell which methods a path has, hence this
/// table: a service has a dozen routes, so a linear match over split segments is quick and easily followed.
public struct RouteTable: Sendable {
    public typealias Handler = @Sendable (Request, ServiceContext) async throws -> Response

    enum Match: Sendable {
        case handler(Handler, captures: [(name: String, value: String)])
        /// The path exists, the method does not.
        case methods([HTTPRequest.Method])
        case none
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case capture(String)
        case rest(String)

        /// Literal segments win over captures, captures over the rest.
        var rank: Int {
            switch self {
            case .literal: 0
            case .capture: 1
            case .rest: 2
            }
        }
    }

    private struct Path: Sendable {
        let segments: [Segment]
        var handlers: [(method: HTTPRequest.Method, handler: Handler)]
    }

    private var paths: [Path] = []

    public init() {}

    /// Adds a handler for one pattern and one or more methods.
    public mutating func on(_ pattern: String, _ methods: HTTPRequest.Method..., use handler: @escaping Handler) {
        let segments: [Segment] = pattern.split(separator: "/").map { text in
            guard text.hasPrefix("{"), text.hasSuffix("}") else { return .literal(String(text)) }
            let name = text.dropFirst().dropLast()
            return name.hasSuffix("*") ? .rest(String(name.dropLast())) : .capture(String(name))
        }
        let added = methods.map { (method: $0, handler: handler) }
        if let index = paths.firstIndex(where: { $0.segments == segments }) {
            paths[index].handlers += added
        } else {
            paths.append(Path(segments: segments, handlers: added))
            paths.sort { $0.segments.map(\.rank).lexicographicallyPrecedes($1.segments.map(\.rank)) }
        }
    }

    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let segments = path.split(separator: "/")
        var allowed: [HTTPRequest.Method] = []
        for candidate in paths {
            guard let captures = Self.captures(of: candidate.segments, in: segments) else { continue }
            if let handler = Self.handler(method, in: candidate) { return .handler(handler, captures: captures) }
            for entry in candidate.handlers where !allowed.contains(entry.method) { allowed.append(entry.method) }
        }
        guard !allowed.isEmpty else { return .none }
        if allowed.contains(.get), !allowed.contains(.head) { allowed.append(.head) }
        if !allowed.contains(.options) { allowed.append(.options) }
        return .methods(allowed)
    }

    /// Whether a handler exists for this method and path.
    func answers(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        if case .handler = match(method, path) { true } else { false }
    }

    private static func handler(_ method: HTTPRequest.Method, in path: Path) -> Handler? {
        if let entry = path.handlers.first(where: { $0.method == method }) { return entry.handler }
        guard method == .head else { return nil }
        return path.handlers.first { $0.method == .get }?.handler
    }

    /// The captured values when the pattern matches. A segment that is not valid percent-encoded UTF-8 matches nothing.
    private static func captures(of pattern: [Segment], in segments: [Substring]) -> [(name: String, value: String)]? {
        var captures: [(name: String, value: String)] = []
        for (index, segment) in pattern.enumerated() {
            if case .rest(let name) = segment {
                captures.append((name, segments[min(index, segments.count)...].joined(separator: "/")))
                return captures
            }
            guard index < segments.count else { return nil }
            switch segment {
            case .literal(let text):
                guard segments[index] == text else { return nil }
            case .capture(let name):
                guard let value = segments[index].removingPercentEncoding else { return nil }
                captures.append((name, value))
            case .rest: break
            }
        }
        return segments.count == pattern.count ? captures : nil
    }
}

extension Substring {
    /// The text with `%41` as `A`; nil when an escape is incomplete or the result is not UTF-8 or holds a NUL.
    public var removingPercentEncoding: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
        var bytes: [UInt8] = []
        var iterator = utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next(), let low = iterator.next(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), value != 0,
                high != UInt8(ascii: "+"), high != UInt8(ascii: "-")
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
