import Foundation

/// A real PostgreSQL 15 on a free port, in a directory of its own, ended with `stop`.
struct PostgreSQLServer {
    private static let binaries = "/usr/lib/postgresql/15/bin"

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: binaries + "/postgres") }

    let port: Int
    private let process: Process
    private let directory: URL

    /// - Parameter method: of pg_hba.conf: trust, md5, scram-sha-256. The superuser is postgres with the password `secret`.
    static func start(method: String) async throws -> PostgreSQLServer {
        let directory = FileManager.default.temporaryDirectory.appending(path: "postgresql-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let password = directory.appending(path: "password")
        try "secret\n".write(to: password, atomically: true, encoding: .utf8)
        let data = directory.appending(path: "data")
        if getuid() == 0 { try run(["/usr/bin/chown", "-R", "postgres", directory.path], asOwner: false) }
        try run(
            [
                binaries + "/initdb", "-D", data.path, "-U", "postgres", "-A", method, "--pwfile", password.path,
                "--no-sync",
            ],
            asOwner: true
        )
        let port = try freePort()
        let process = try launch(
            [
                binaries + "/postgres", "-D", data.path, "-p", String(port), "-k", directory.path, "-c",
                "listen_addresses=127.0.0.1", "-c", "fsync=off",
            ],
            asOwner: true
        )
        let server = PostgreSQLServer(port: port, process: process, directory: directory)
        for _ in 0..<200 {
            if isReady(data) { return server }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CocoaError(.featureUnsupported)
    }

    /// As `pg_ctl` asks: the socket is there before the server is.
    private static func isReady(_ data: URL) -> Bool {
        let state = try? String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8)
        return state?.split(separator: "\n").last?.hasPrefix("ready") == true
    }

    /// PostgreSQL refuses to run as root.
    private static func launch(_ words: [String], asOwner: Bool) throws -> Process {
        let process = Process()
        let all = asOwner && getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] + words : words
        process.executableURL = URL(filePath: all[0])
        process.arguments = Array(all.dropFirst())
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func run(_ words: [String], asOwner: Bool) throws {
        let process = try launch(words, asOwner: asOwner)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.featureUnsupported) }
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { throw CocoaError(.featureUnsupported) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func stop() throws {
        // runuser passes SIGTERM on; the postmaster ends its children (smart shutdown becomes fast with SIGINT).
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        try FileManager.default.removeItem(at: directory)
    }
}
