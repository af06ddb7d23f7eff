import Glibc

/// Small files of lines: the users' file and redis.conf.
enum TextFile {
    /// The file's lines without their ends.
    static func lines(_ path: String) throws(FileError) -> [[UInt8]] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno) }
        defer { close(descriptor) }
        return try lines(descriptor)
    }

    /// All lines that can be read from a descriptor.
    static func lines(_ descriptor: Int32) throws(FileError) -> [[UInt8]] {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(errno) }
            if count == 0 { break }
            text += chunk[..<count]
        }
        var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { line in
            line.last == 13 ? Array(line.dropLast()) : Array(line)
        }
        // What follows the last line's end is no line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Writes the lines beside the file and puts them in its place, so that a crash leaves the old or the new ones.
    static func replace(_ path: String, with lines: [[UInt8]]) throws(FileError) {
        let temporary = "\(path).tmp-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(errno) }
        let text = Array(lines.map { $0 + [10] }.joined())
        var written = 0
        while written < text.count {
            let count = text.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress.map { $0 + written }, text.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isSafe = written == text.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isSafe, rename(temporary, path) == 0 else {
            let reason = isSafe ? errno : code
            unlink(temporary)
            throw FileError(reason)
        }
    }
}

/// Why a file could not be read or written, in the system's words.
struct FileError: Error {
    let reason: String

    init(_ code: Int32) { reason = String(cString: strerror(code)) }
}
