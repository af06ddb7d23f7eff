import Glibc
import Logging
import Synchronization

/// The log in redis's format, to standard output or a file.
///
///     4711:M 25 Nov 2026 19:00:00.000 * Ready to accept connections
///     process:role, local time, level (. - * #), message
///
/// The file is opened for every line, so that it may be moved away while the server runs. Thread-safe.
public final class ServerLog: Sendable {
    private struct State {
        var path: String
        var level: Logger.Level
        /// `C` until the configuration is read, then `M` or `S`.
        var role: Character = "C"
    }

    private let state: Mutex<State>

    /// - Parameter path: empty for standard output.
    public init(path: String = "", level: Logger.Level = .notice) {
        state = Mutex(State(path: path, level: level))
    }

    /// `loglevel`
    static func level(_ name: String) -> Logger.Level {
        switch name {
        case "debug": .debug
        case "verbose": .info
        case "warning": .warning
        default: .notice
        }
    }

    func set(level: Logger.Level) { state.withLock { $0.level = level } }
    func set(role: Character) { state.withLock { $0.role = role } }

    /// A logger that writes here.
    public var logger: Logger { Logger(label: "kv-server") { _ in Handler(log: self) } }

    func write(_ level: Logger.Level, _ message: String) {
        let sign: Character =
            switch level {
            case .trace, .debug: "."
            case .info: "-"
            case .notice: "*"
            default: "#"
            }
        state.withLock { state in
            guard level >= state.level else { return }
            Self.append("\(getpid()):\(state.role) \(Self.now()) \(sign) \(message)\n", to: state.path)
        }
    }

    private static func append(_ line: String, to path: String) {
        let descriptor = path.isEmpty ? 1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        var line = line
        line.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                // A log that cannot be written has nobody to tell.
                guard count > 0 else { break }
                sent += count
            }
        }
        if descriptor != 1 { close(descriptor) }
    }

    /// `25 Nov 2026 19:00:00.000`, local time.
    private static func now() -> String {
        var time = timeval()
        gettimeofday(&time, nil)
        var seconds = time.tv_sec
        var parts = tm()
        localtime_r(&seconds, &parts)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        let milliseconds = String(1000 + Int(time.tv_usec) / 1000).dropFirst()
        return """
            \(two(parts.tm_mday)) \(months[Int(max(0, min(11, parts.tm_mon)))]) \(1900 + parts.tm_year) \
            \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)
            """
    }

    private struct Handler: LogHandler {
        let log: ServerLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level {
            get { log.state.withLock { $0.level } }
            set { log.set(level: newValue) }
        }

        init(log: ServerLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            log.write(event.level, "\(event.message)" + more.joined())
        }
    }
}
