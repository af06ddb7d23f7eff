import Bytes
import Glibc
import KVEngine
import RESP

/// MIGRATE: keys go to another server, a RESTORE for each, over a connection that lives as long as the command.
///
/// As in redis the whole server waits meanwhile: what goes must not change between being copied and being removed.
/// Every wait ends with the command's time.
extension ServerCommands {
    private struct Migration {
        var keys: [ByteSlice] = []
        var copies = false
        var replaces = false
        var credentials: [ByteSlice] = []
    }

    /// MIGRATE host port key|"" database milliseconds [COPY] [REPLACE] [AUTH password | AUTH2 name password]
    /// [KEYS key …]
    func migrate(_ engine: inout Engine, _ call: Call) {
        guard let migration = parse(&engine, call) else { return }
        guard let time = ASCII.parseInt64(call[5].buffer), let database = ASCII.parseInt64(call[4].buffer) else {
            return engine.fail("ERR value is not an integer or out of range")
        }
        var moved: [(key: ByteSlice, payload: [UInt8], life: Int64)] = []
        for key in migration.keys {
            if let dump = engine.dump(key) { moved.append((key, dump.payload, dump.life)) }
        }
        guard !moved.isEmpty else { return engine.reply.simple("NOKEY") }
        let limit = Deadline(milliseconds: time > 0 ? min(time, Int64(Int32.max)) : 1000)
        guard let target = WaitingConnection(host: call[1].string, port: call[2].string, limit) else {
            return engine.fail("IOERR error or timeout connecting to the client")
        }
        var request = ByteBuffer()
        Self.append([ByteSlice("AUTH")] + migration.credentials, to: &request, unless: migration.credentials.isEmpty)
        Array("\(database)".utf8).withSlice { Self.append([ByteSlice("SELECT"), $0], to: &request) }
        for one in moved {
            Array("\(one.life)".utf8).withSlice { life in
                one.payload.withSlice { payload in
                    Self.append(
                        [ByteSlice("RESTORE"), one.key, life, payload]
                            + (migration.replaces ? [ByteSlice("REPLACE")] : []),
                        to: &request
                    )
                }
            }
        }
        guard target.write(request.bytes, limit) else {
            return engine.fail("IOERR error or timeout writing to target instance")
        }
        // The replies before the first RESTORE's: one of them being an error is an error for all.
        var problem: [UInt8]?
        for _ in 0..<(migration.credentials.isEmpty ? 1 : 2) {
            guard let line = target.readLine(limit) else { return readingFailed(&engine) }
            if line.first == UInt8(ascii: "-"), problem == nil { problem = line }
        }
        let isRefused = problem != nil
        var gone: [ByteSlice] = []
        for one in moved {
            guard let line = target.readLine(limit) else {
                engine.removeMigrated(gone)
                return readingFailed(&engine)
            }
            if line.first == UInt8(ascii: "-") {
                if problem == nil { problem = line }
            } else if !isRefused, !migration.copies {
                gone.append(one.key)
            }
        }
        engine.removeMigrated(gone)
        guard let problem else { return engine.reply.ok() }
        engine.fail(Array("ERR Target instance replied with error: ".utf8) + problem.dropFirst())
    }

    /// The one key, or, where it is empty, those behind KEYS.
    func migratedKeys(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [Int]? {
        guard count > 6, arguments[3].isEmpty else { return count > 3 ? [3] : nil }
        var index = 6
        while index < count {
            let word = arguments[index].string.uppercased()
            if word == "KEYS" { return Array((index + 1)..<count) }
            index += word == "AUTH" ? 2 : word == "AUTH2" ? 3 : 1
        }
        return [3]
    }

    private func readingFailed(_ engine: inout Engine) {
        engine.fail("IOERR error or timeout reading to target instance")
    }

    private func parse(_ engine: inout Engine, _ call: Call) -> Migration? {
        var migration = Migration(keys: [call[3]])
        var index = 6
        while index < call.count {
            let rest = call.count - index - 1
            if call.isWord(index, "COPY") {
                migration.copies = true
            } else if call.isWord(index, "REPLACE") {
                migration.replaces = true
            } else if call.isWord(index, "AUTH"), rest >= 1 {
                migration.credentials = [call[index + 1]]
                index += 1
            } else if call.isWord(index, "AUTH2"), rest >= 2 {
                migration.credentials = [call[index + 1], call[index + 2]]
                index += 2
            } else if call.isWord(index, "KEYS") {
                guard call[3].isEmpty else {
                    engine.fail(
                        "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
                    )
                    return nil
                }
                migration.keys = []
                for place in (index + 1)..<max(index + 1, call.count) { migration.keys.append(call[place]) }
                return migration
            } else {
                engine.syntaxError()
                return nil
            }
            index += 1
        }
        return migration
    }

    private static func append(_ words: [ByteSlice], to request: inout ByteBuffer, unless isLeftOut: Bool = false) {
        guard !isLeftOut else { return }
        request.append("*")
        request.append(decimal: Int64(words.count))
        request.append("\r\n")
        for word in words {
            request.append("$")
            request.append(decimal: Int64(word.count))
            request.append("\r\n")
            request.append(word.raw, count: word.count)
            request.append("\r\n")
        }
    }
}

/// A moment up to which something may be waited for.
private struct Deadline {
    private let end: Int64

    init(milliseconds: Int64) { end = Self.now + milliseconds }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Waits until the descriptor is ready; false when the time is over.
    func wait(for events: Int32, _ descriptor: Int32) -> Bool {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let left = end - Self.now
            guard left > 0 else { return false }
            let ready = poll(&entry, 1, Int32(min(left, Int64(Int32.max))))
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return false }
        }
    }
}

/// A connection whose user waits for it.
private final class WaitingConnection {
    private static let longestLine = 64 << 10
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Nil when it does not come about in time.
    init?(host: String, port: String, _ limit: Deadline) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(found) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(first.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { return nil }
        if connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) != 0 {
            // A connection that was refused shows when it is written to, as in redis.
            guard errno == EINPROGRESS, limit.wait(for: POLLOUT, descriptor) else {
                close(descriptor)
                return nil
            }
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer, _ limit: Deadline) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = send(
                descriptor,
                bytes.baseAddress.map { $0 + offset },
                bytes.count - offset,
                Int32(MSG_NOSIGNAL)
            )
            if count > 0 {
                offset += count
            } else if count < 0, errno == EAGAIN {
                guard limit.wait(for: POLLOUT, descriptor) else { return false }
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }

    /// A line without its end; nil when it does not come in time.
    func readLine(_ limit: Deadline) -> [UInt8]? {
        while true {
            if let end = received.firstIndex(of: 10) {
                let line = received[..<end]
                received.removeFirst(end + 1)
                return line.last == 13 ? Array(line.dropLast()) : Array(line)
            }
            guard received.count < Self.longestLine, limit.wait(for: POLLIN, descriptor) else { return nil }
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &piece, piece.count, 0)
            if count > 0 {
                received += piece[..<count]
            } else if count == 0 || errno != EAGAIN && errno != EINTR {
                return nil
            }
        }
    }
}
