import CLinux
import Glibc
import Logging
import Synchronization

/// A process that is nothing but a key-value server, started and steered as redis-server is.
///
///     redis-server [file|-] [--directive value …] [-]
///     arguments ─▶ lines ─▶ checked ─▶ daemon? ─▶ Server ─▶ signals: SIGTERM, SIGINT ─▶ stopped, exit code
public struct ServerProcess {
    /// What redis-server -v says, with our own version behind it.
    private static let version = "Redis server v=7.0.15 sha=00000000:0 malloc=libc bits=64 build=emporium-0.1.0"

    private let arguments: [String]

    /// - Parameter arguments: those behind the name of the program or role.
    public init(arguments: [String]) { self.arguments = arguments }

    /// Whether a program of this name is a redis-server, whatever its arguments; the name is the path's last part.
    public static func isServerName(_ name: String) -> Bool {
        ["redis-server", "emporium-redis-server"].contains(lastPart(name))
    }

    /// Whether a program of this name is asked to be a sentinel.
    public static func isSentinelName(_ name: String) -> Bool {
        ["redis-sentinel", "emporium-redis-sentinel"].contains(lastPart(name))
    }

    private static func lastPart(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

    /// Refuses to be a sentinel. Returns the exit status.
    public static func refuseSentinel() -> Int32 {
        complain("Sentinel mode is not provided by emporium; run redis-sentinel of Redis, it can watch this server.")
        return 1
    }

    private static func complain(_ text: String) {
        var line = text + "\n"
        // Nobody is left to tell when standard error is closed.
        _ = line.withUTF8 { write(2, $0.baseAddress, $0.count) }
    }

    /// Runs the server until it is stopped. Returns the exit status. Call it before any thread is started.
    public func run() -> Int32 {
        if arguments == ["-v"] || arguments == ["--version"] {
            print(Self.version)
            return 0
        }
        if arguments == ["-h"] || arguments == ["--help"] {
            Self.complain(Self.usage)
            return 1
        }
        if arguments.contains("--sentinel") { return Self.refuseSentinel() }
        var configuration = Configuration(host: "* -::*")
        configuration.isProtected = true
        configuration.allowsNoPort = true
        do {
            (configuration.lines, configuration.file) = try readLines()
            try Directives.check(configuration.lines)
        } catch {
            return fail(error)
        }
        return serve(&configuration)
    }

    private func fail(_ error: ServerError) -> Int32 {
        if error.isConfiguration {
            Self.complain(error.description)
        } else {
            ServerLog().write(.warning, error.description)
        }
        return 1
    }

    // MARK: - Arguments

    private func readLines() throws(ServerError) -> ([ConfigurationLine], String?) {
        var lines = ConfigurationLines()
        var rest = arguments[...]
        var file: String?
        if let first = rest.first, first.first != "-" {
            rest = rest.dropFirst()
            file = first.hasPrefix("/") ? first : "\(Process.workingDirectory)/\(first)"
            try lines.append(contentsOf: file ?? first)
        }
        if rest.last == "-" {
            rest = rest.dropLast()
            do throws(FileError) { try append(try TextFile.lines(0), to: &lines) } catch {
                throw ServerError("cannot read the configuration from standard input: \(error.reason)")
            }
        }
        // Each option is a line behind those of the file.
        var options: [String] = []
        for argument in rest {
            if argument.hasPrefix("--"), argument.count > 2 {
                options.append(String(argument.dropFirst(2)))
            } else if options.isEmpty {
                options.append(ConfigurationLines.quoted(argument))
            } else {
                options[options.count - 1] += " " + ConfigurationLines.quoted(argument)
            }
        }
        // Redis numbers them from the line behind a blank one.
        try lines.append([[]] + options.map { Array($0.utf8) })
        return (lines.lines, file)
    }

    private func append(_ text: [[UInt8]], to lines: inout ConfigurationLines) throws(FileError) {
        do throws(ServerError) { try lines.append(text) } catch {
            // Told at once: it stands alone.
            Self.complain(error.description)
            exit(1)
        }
    }

    // MARK: - Life

    private func serve(_ configuration: inout Configuration) -> Int32 {
        let lines = configuration.lines
        func value(_ name: String) -> String { lines.last { $0.name == name }.map { $0.words.last ?? "" } ?? "" }
        let directory = value("dir")
        if !directory.isEmpty, chdir(directory) != 0 {
            Self.complain("Can't chdir to '\(directory)': \(String(cString: strerror(errno)))")
            return 1
        }
        let isDaemon = value("daemonize").lowercased() == "yes"
        if isDaemon, clinux_daemonize() != 0 {
            Self.complain("cannot become a daemon: \(String(cString: strerror(errno)))")
            return 1
        }
        let log = ServerLog(path: value("logfile"), level: ServerLog.level(value("loglevel")))
        configuration.log = log
        configuration.logger = log.logger
        log.write(.warning, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
        log.write(
            .warning,
            "Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=\(getpid()), just started"
        )
        if lines.isEmpty, configuration.file == nil {
            log.write(
                .warning,
                """
                Warning: no config file specified, using the default config. In order to specify a config file use \
                redis-server /path/to/redis.conf
                """
            )
        } else {
            log.write(.warning, "Configuration loaded")
        }
        log.set(role: "M")
        log.write(.notice, "monotonic clock: POSIX clock_gettime")
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        // Threads that are made from here on leave these to `sigwait` below.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let pidFile = value("pidfile").isEmpty && isDaemon ? "/var/run/redis.pid" : value("pidfile")
        configuration.pidFile = pidFile.isEmpty ? nil : pidFile
        let server: Server
        do {
            server = try Server.start(configuration)
        } catch {
            if error.isConfiguration {
                Self.complain(error.description)
            } else {
                log.write(.warning, error.description)
            }
            return 1
        }
        waitForEnd(of: server, signals, log)
        if !pidFile.isEmpty {
            log.write(.notice, "Removing the pid file.")
            unlink(pidFile)
        }
        log.write(.warning, "Redis is now ready to exit, bye bye...")
        return 0
    }

    /// Waits for a signal, or for the server's end by SHUTDOWN.
    private func waitForEnd(of server: Server, _ signals: sigset_t, _ log: ServerLog) {
        let hasEnded = EndFlag()
        let process = getpid()
        Task.detached {
            await server.waitUntilStopped()
            hasEnded.set()
            // Wakes the `sigwait` below, which is the only one that can take it.
            kill(process, SIGTERM)
        }
        var signals = signals
        while true {
            var number: Int32 = 0
            sigwait(&signals, &number)
            if hasEnded.isSet { return }
            log.write(.warning, "Received \(number == SIGINT ? "SIGINT" : "SIGTERM") scheduling shutdown...")
            log.write(.warning, "User requested shutdown...")
            server.stop()
        }
    }

    private final class EndFlag: Sendable {
        private let flag = Atomic<Bool>(false)
        var isSet: Bool { flag.load(ordering: .acquiring) }
        func set() { flag.store(true, ordering: .releasing) }
    }

    private static let usage = """
        Usage: ./redis-server [/path/to/redis.conf] [options] [-]
               ./redis-server - (read config from stdin)
               ./redis-server -v or --version
               ./redis-server -h or --help

        Examples:
               ./redis-server (run the server with default conf)
               echo 'maxmemory 128mb' | ./redis-server -
               ./redis-server /etc/redis/6379.conf
               ./redis-server --port 7777
               ./redis-server --port 7777 --replicaof 127.0.0.1 8888
               ./redis-server /etc/myredis.conf --loglevel verbose -
               ./redis-server /etc/myredis.conf --loglevel verbose
        """
}

/// Facts about this process.
enum Process {
    static var identifier: Int32 { getpid() }

    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    static var executable: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
