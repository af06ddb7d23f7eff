import Glibc
import SQLEngine

/// The machine's files, for `COPY … FROM 'path'` and `COPY … TO 'path'`.
///
/// Paths must be absolute, as PostgreSQL asks of a server-side COPY: that check is the engine's. Regular files and pipes only:
/// reading a directory is refused here with EISDIR.
struct LocalFileSystem: FileSystem {
    func openForReading(_ path: String) throws(FileError) -> any FileReader {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw FileError(code: EISDIR)
        }
        return LocalFile(descriptor)
    }

    func openForWriting(_ path: String) throws(FileError) -> any FileWriter {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.last }
        return LocalFile(descriptor)
    }
}

/// An open file; closes at the latest when it is let go of.
private final class LocalFile: FileReader, FileWriter {
    private var descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError.last }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, part.baseAddress, part.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.last
            }
            rest = rest.dropFirst(count)
        }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}

extension FileError {
    fileprivate init(code: Int32) {
        self.init(code: code, message: String(cString: strerror(code)))
    }

    fileprivate static var last: FileError { FileError(code: errno) }
}
