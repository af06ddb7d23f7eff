import KVEngine

// The bindings of the process, the log, the listeners and the users.
extension Directives {
    static var serverBindings: [Directive] {
        [
            Directive(
                name: "acl-pubsub-default",
                value: { directives, _ in directives.text("acl-pubsub-default") },
                change: { _, engine, text in
                    engine.setChannelsByDefault(text == "allchannels")
                    return nil
                }
            ),
            Directive(
                name: "acllog-max-len",
                value: { directives, _ in directives.text("acllog-max-len") },
                change: { _, engine, text in
                    engine.setAccessLogCapacity(Int(text) ?? 0)
                    return nil
                }
            ),
            text("aclfile", \.accessFile),
            Directive(
                name: "hz",
                value: { directives, _ in directives.text("hz") },
                change: { directives, _, text in
                    // As redis does, silently.
                    directives.texts["hz"] = String(min(500, max(1, Int(text) ?? 10)))
                    return nil
                }
            ),
        ]
    }

    /// What cannot be switched on here, and why.
    static let refusals: [(name: String, only: String, reason: DirectiveError)] = [
        ("appendonly", "no", "the append-only file is not provided yet: data is kept in memory"),
        ("save", "", "snapshots are not provided yet: data is kept in memory"),
        ("cluster-enabled", "no", "cluster mode is not provided"),
        ("syslog-enabled", "no", "logging to syslog is not provided; use logfile"),
        (
            "activedefrag", "no",
            """
            Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like \
            the one shipped by default with the Redis source distribution
            """
        ),
    ]

    // MARK: - Values

    /// The value as CONFIG GET shows it, for directives that are kept as text.
    func text(_ name: String) -> String { texts[name] ?? DirectiveTable.row(named: name)?.initial ?? "" }

    func flag(_ name: String) -> Bool { text(name) == "yes" }

    func number(_ name: String) -> Int { Int(text(name)) ?? 0 }

    func words(_ name: String) -> [String] { text(name).split(separator: " ").map(String.init) }
}
