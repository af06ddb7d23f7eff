import Glibc

/// Where the session secrets come from.
///
///     SESSION_SECRETS=new,old      a list, the first one signs
///     SESSION_SECRET=only          one secret
///     neither                      one generated secret, kept in a file of this user's, so that the web gateway and
///                                  the cart of one machine agree; SESSION_SECRET_FILE names another file
///
/// On several machines a generated secret cannot be shared: set one of the variables there.
public enum SessionSecrets {
    /// The configured secrets, or the generated one.
    public static func load(_ environment: ServiceEnvironment) throws(ConfigurationError) -> [String] {
        let list = environment.list("SESSION_SECRETS")
        if !list.isEmpty { return list }
        if let secret = environment.string("SESSION_SECRET") { return [secret] }
        if let path = environment.string("SESSION_SECRET_FILE") { return [try readOrCreate(path)] }
        let base = environment.string("XDG_RUNTIME_DIR") ?? "/tmp"
        let directory = "\(base)/emporium-\(geteuid())"
        // Somebody else could have made a directory of that name in a shared place first.
        mkdir(directory, 0o700)
        var status = stat()
        guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else {
            throw ConfigurationError("\(directory) is not a private directory: set SESSION_SECRET")
        }
        return [try readOrCreate(directory + "/session-secret")]
    }

    /// 256 random bits, in hexadecimal.
    public static func generate() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in hexadecimal(generator.next()) }.joined()
    }

    /// Whoever comes first writes the whole file under another name and links it, so nobody reads half a secret.
    private static func readOrCreate(_ path: String) throws(ConfigurationError) -> String {
        if let secret = try read(path) { return secret }
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", path) }
        let secret = Array(generate().utf8)
        let written = secret.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        if written == secret.count { link(draft, path) }
        unlink(draft)
        guard let secret = try read(path) else { throw failure("make", path) }
        return secret
    }

    /// The secret in the file, nil if there is no file. Symbolic links are followed: Kubernetes mounts secrets as links.
    private static func read(_ path: String) throws(ConfigurationError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure("read", path) }
            return nil
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure("read", path) }
        let text = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? ""
        guard text.utf8.count >= 16 else {
            throw ConfigurationError("SESSION_SECRET_FILE: the secret in '\(path)' is shorter than 16 characters")
        }
        return String(text)
    }

    private static func failure(_ attempt: String, _ path: String) -> ConfigurationError {
        ConfigurationError("SESSION_SECRET_FILE: cannot \(attempt) '\(path)': \(String(cString: strerror(errno)))")
    }
}
