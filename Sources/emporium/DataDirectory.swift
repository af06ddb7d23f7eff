import FoundationEssentials
import Glibc
import ServiceRuntime

/// The directory of `emporium up`: the user's, or a temporary one that goes away with the shop.
struct DataDirectory {
    let path: String
    private let isTemporary: Bool

    init(path: String?) throws {
        if let path {
            self.path = path
            isTemporary = false
        } else {
            let base = FileManager.default.temporaryDirectory.path(percentEncoded: false)
            self.path = "\(base)/emporium-\(getpid())"
            isTemporary = true
        }
        try Self.create(self.path)
    }

    /// Makes the directory of one role.
    func make(_ role: String) throws -> String {
        let directory = "\(path)/\(role)"
        try Self.create(directory)
        return directory
    }

    /// Where the secret that signs sessions is kept, so that cookies outlive a restart on the same directory.
    var sessionSecretFile: String { "\(path)/session-secret" }

    func removeIfTemporary() {
        // Nothing depends on it: a leftover in the temporary folder is the system's to clean.
        if isTemporary { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func create(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ConfigurationError("cannot create the directory \(path): \(String(cString: strerror(errno)))")
        }
    }
}
