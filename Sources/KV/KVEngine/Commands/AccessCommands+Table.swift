import RESP

// ACL as data.
// The rows are data: arity, flags, keys and categories are redis 7.0's, so that clients route commands the same way.
extension AccessCommands {
    /// The row; `load` and `save` know where the ACL file is.
    public static func table(load: @escaping CommandHandler, save: @escaping CommandHandler) -> [Command] {
        [
            Command(
                "acl",
                arity: -2,
                [],
                group: "server",
                since: "6.0.0",
                complexity: "Depends on subcommand.",
                categories: ["slow"],
                summary: "Looks at and changes users.",
                subcommands: [
                    Command(
                        "log",
                        arity: -2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N) with N being the number of entries shown.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Shows or forgets the newest refusals.",
                        handler: log
                    ),
                    Command(
                        "help",
                        arity: 2,
                        [.loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Shows what ACL can do.",
                        handler: help
                    ),
                    Command(
                        "load",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N). Where N is the number of configured users.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Reads all users from the ACL file again.",
                        handler: load
                    ),
                    Command(
                        "deluser",
                        arity: -3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(1) amortized time considering the typical user.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Removes users and ends their connections.",
                        handler: deleteUsers
                    ),
                    Command(
                        "genpass",
                        arity: -2,
                        [.noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Makes a random password.",
                        handler: generatePassword
                    ),
                    Command(
                        "getuser",
                        arity: 3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity:
                            "O(N). Where N is the number of password, command and pattern rules that the user has.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Describes a user.",
                        handler: getUser
                    ),
                    Command(
                        "users",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N). Where N is the number of configured users.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Lists the names of all users.",
                        handler: users
                    ),
                    Command(
                        "list",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N). Where N is the number of configured users.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Shows all users as lines of a configuration file.",
                        handler: list
                    ),
                    Command(
                        "whoami",
                        arity: 2,
                        [.noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(1)",
                        categories: ["slow"],
                        summary: "Replies with the user of the connection.",
                        handler: whoAmI
                    ),
                    Command(
                        "setuser",
                        arity: -3,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N). Where N is the number of rules provided.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Makes or changes a user.",
                        handler: setUser
                    ),
                    Command(
                        "cat",
                        arity: -2,
                        [.noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(1) since the categories and commands are a fixed set.",
                        categories: ["slow"],
                        summary: "Lists the categories of commands, or the commands of one.",
                        handler: categories
                    ),
                    Command(
                        "save",
                        arity: 2,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "6.0.0",
                        complexity: "O(N). Where N is the number of configured users.",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Writes all users to the ACL file.",
                        handler: save
                    ),
                    Command(
                        "dryrun",
                        arity: -4,
                        [.admin, .noScript, .loading, .stale],
                        group: "server",
                        since: "7.0.0",
                        complexity: "O(1).",
                        categories: ["admin", "slow", "dangerous"],
                        summary: "Tells whether a user may run a command, without running it.",
                        handler: dryRun
                    ),
                ]
            )
        ]
    }
}
