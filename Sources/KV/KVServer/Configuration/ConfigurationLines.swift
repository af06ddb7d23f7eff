import Glibc
import RESP

/// One directive as it was written: its words, and where it stood.
public struct ConfigurationLine: Sendable, Equatable {
    /// The first is the name, lower case.
    public let words: [String]
    /// As a fatal error shows it.
    let source: String
    let number: Int

    public init(words: [String], source: String, number: Int) {
        self.words = words
        self.source = source
        self.number = number
    }

    var name: String { words[0] }
}

/// Reads redis.conf and the command line that adds to it.
///
///     file's lines ─┐
///     stdin's lines ┼─▶ words, quotes resolved ─▶ `include` read in place ─▶ ConfigurationLine
///     --name value ─┘   (the command line comes last, so it wins)
struct ConfigurationLines {
    private static let mostIncludes = 64

    private(set) var lines: [ConfigurationLine] = []
    private var includes = 0

    /// - Throws: `ServerError` with redis's text for what cannot be read.
    mutating func append(_ text: [[UInt8]]) throws(ServerError) {
        for (index, line) in text.enumerated() {
            let trimmed = Self.trimmed(line)
            guard let first = trimmed.first, first != UInt8(ascii: "#") else { continue }
            let source = String(decoding: trimmed, as: UTF8.self)
            guard let words = RequestBatch.words(of: trimmed) else {
                throw Self.fatal(source, index + 1, "Unbalanced quotes in configuration line")
            }
            guard let name = words.first, !name.isEmpty else { continue }
            var texts = words.map { String(decoding: $0, as: UTF8.self) }
            texts[0] = texts[0].lowercased()
            if texts[0] == "include", texts.count == 2 {
                try include(texts[1])
            } else {
                lines.append(ConfigurationLine(words: texts, source: source, number: index + 1))
            }
        }
    }

    /// The files that a pattern names, in order; a plain name must exist.
    private mutating func include(_ pattern: String) throws(ServerError) {
        includes += 1
        guard includes <= Self.mostIncludes else { throw ServerError("too many include directives") }
        for path in Self.paths(pattern) { try append(contentsOf: path) }
    }

    private static func paths(_ pattern: String) -> [String] {
        guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    mutating func append(contentsOf path: String) throws(ServerError) {
        let text: [[UInt8]]
        do throws(FileError) { text = try TextFile.lines(path) } catch {
            throw ServerError("Fatal error, can't open config file '\(path)': \(error.reason)")
        }
        try append(text)
    }

    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 13 || $0 == 10 }
        guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return Array(line[first...last])
    }

    /// The error that ends a start.
    static func fatal(_ source: String, _ number: Int, _ reason: String) -> ServerError {
        ServerError(
            """

            *** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***
            Reading the configuration file, at line \(number)
            >>> '\(source)'
            \(reason)
            """,
            isConfiguration: true
        )
    }

    static func fatal(_ line: ConfigurationLine, _ reason: String) -> ServerError {
        fatal(line.source, line.number, reason)
    }

    /// A word in double quotes, with escapes, as redis writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): result += "\\\""
            case UInt8(ascii: "\\"): result += "\\\\"
            case 10: result += "\\n"
            case 13: result += "\\r"
            case 9: result += "\\t"
            case 7: result += "\\a"
            case 8: result += "\\b"
            case 32...126: result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result + "\""
    }
}
