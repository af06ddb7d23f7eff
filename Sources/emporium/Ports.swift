import Net

/// Hands out ports for the roles of one process: the preferred one, or the next free one after it.
///
/// A port that the user asked for by name is taken as it is: if it is not free, listening fails with one clear line.
/// Invariant: no port is handed out twice, so roles may be started in any order.
struct Ports {
    private let host: String
    private var taken: Set<Int> = []

    init(host: String) {
        self.host = host
    }

    mutating func take(_ asked: Int?, preferring preferred: Int) throws -> Int {
        if let asked {
            guard asked != 0 else { return try firstFree(from: 1024 + preferred) }
            guard !taken.contains(asked) else {
                throw NetError(attempt: "listen on \(host):\(asked)", reason: "two roles were given the same port")
            }
            try Listener.probe(host: host, port: asked)
            taken.insert(asked)
            return asked
        }
        return try firstFree(from: preferred)
    }

    private mutating func firstFree(from first: Int) throws -> Int {
        for port in first..<min(first + 1000, 65536) where !taken.contains(port) {
            // A `catch … where` with `continue` would read better; Swift 6.3.1's optimiser never ends on it.
            let probe = Result { try Listener.probe(host: host, port: port) }
            if case .failure(let error as NetError) = probe, error.isAddressInUse { continue }
            try probe.get()
            taken.insert(port)
            return port
        }
        throw NetError(attempt: "listen on \(host):\(first)", reason: "no free port in the next thousand")
    }
}
