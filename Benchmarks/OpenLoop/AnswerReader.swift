import RESP

/// Finds the ends of answers in a stream of bytes and says whether each was a good one.
struct AnswerReader {
    private let kind: Options.Kind
    private var replies = ReplyParser()
    private var text: [UInt8] = []

    init(_ kind: Options.Kind) { self.kind = kind }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case .resp: replies.append(bytes)
        case .http: text += bytes
        }
    }

    /// Takes the next whole answer: true when it is neither an error reply nor a status from 400 on; nil without one.
    mutating func next() -> Bool? {
        switch kind {
        case .resp: nextReply()
        case .http: nextResponse()
        }
    }

    private mutating func nextReply() -> Bool? {
        do {
            guard let reply = try replies.next() else { return nil }
            if case .error = reply { return false }
            return true
        } catch {
            return false
        }
    }

    private mutating func nextResponse() -> Bool? {
        guard let head = Self.headCount(text) else { return nil }
        let lines = String(decoding: text[..<head], as: UTF8.self).split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length =
            lines.lazy.compactMap { line -> Int? in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
                return Int(parts[1].filter { $0 != " " })
            }.first ?? 0
        guard text.count >= head + length else { return nil }
        text.removeFirst(head + length)
        return (200..<400).contains(status)
    }

    private static func headCount(_ text: [UInt8]) -> Int? {
        guard text.count >= 4 else { return nil }
        for index in 0...text.count - 4
        where text[index] == 13 && text[index + 1] == 10 && text[index + 2] == 13 && text[index + 3] == 10 {
            return index + 4
        }
        return nil
    }
}
