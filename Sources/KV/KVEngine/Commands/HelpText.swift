import RESP

extension Engine {
    /// The reply of a container's HELP: one status line each, in redis's layout.
    public mutating func help(_ container: StaticString, _ lines: [StaticString], _ call: Call) {
        reply.array(lines.count + 3)
        reply.simple(string: "\(container) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
        for line in lines { reply.simple(line) }
        reply.simple("HELP")
        reply.simple("    Prints this help.")
    }
}

extension KeyCommands {
    static var helpLines: [StaticString] {
        [
            "ENCODING <key>", "    Return the kind of internal representation used in order to store the value",
            "    associated with a <key>.", "FREQ <key>",
            "    Return the access frequency index of the <key>. The returned integer is",
            "    proportional to the logarithm of the recent access frequency of the key.", "IDLETIME <key>",
            "    Return the idle time of the <key>, that is the approximated number of",
            "    seconds elapsed since the last access to the key.", "REFCOUNT <key>",
            "    Return the number of references of the value associated with the specified", "    <key>.",
        ]
    }
}

extension CommandCommands {
    static var helpLines: [StaticString] {
        [
            "(no subcommand)", "    Return details about all Redis commands.", "COUNT",
            "    Return the total number of commands in this Redis server.", "LIST",
            "    Return a list of all commands in this Redis server.", "INFO [<command-name> ...]",
            "    Return details about multiple Redis commands.",
            "    If no command names are given, documentation details for all", "    commands are returned.",
            "DOCS [<command-name> ...]", "    Return documentation details about multiple Redis commands.",
            "    If no command names are given, documentation details for all", "    commands are returned.",
            "GETKEYS <full-command>", "    Return the keys from a full Redis command.",
            "GETKEYSANDFLAGS <full-command>",
            "    Return the keys and the access flags from a full Redis command.",
        ]
    }
}

extension StreamGroupCommands {
    static var helpLines: [StaticString] {
        [
            "CREATE <key> <groupname> <id|$> [option]", "    Create a new consumer group. Options are:",
            "    * MKSTREAM", "      Create the empty stream if it does not exist.", "    * ENTRIESREAD entries_read",
            "      Set the group's entries_read counter (internal use).",
            "CREATECONSUMER <key> <groupname> <consumer>", "    Create a new consumer in the specified group.",
            "DELCONSUMER <key> <groupname> <consumer>", "    Remove the specified consumer.",
            "DESTROY <key> <groupname>", "    Remove the specified group.",
            "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
            "    Set the current group ID and entries_read counter.",
        ]
    }
}

extension StreamInfoCommands {
    static var helpLines: [StaticString] {
        [
            "CONSUMERS <key> <groupname>", "    Show consumers of <groupname>.", "GROUPS <key>",
            "    Show the stream consumer groups.", "STREAM <key> [FULL [COUNT <count>]",
            "    Show information about the stream.",
        ]
    }
}
