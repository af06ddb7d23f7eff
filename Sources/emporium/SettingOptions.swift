import ArgumentParser
import FoundationEssentials
import ServiceRuntime

/// Where the settings of a role come from; the first place that has one wins.
///
///     options ─▶ environment ─▶ file (--config) ─▶ defaults
///
/// In each place `<NAME>_FILE` may name a file that holds the value of a secret, as PostgreSQL's containers have it.
struct SettingOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "A file of settings, NAME=value on each line (EMPORIUM_CONFIG).")
    var file: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any setting; may be repeated. `emporium settings` lists them.", valueName: "NAME=value")
    )
    var assignments: [String] = []

    /// - Parameter flags: settings that have options of their own; nil where the option was not given.
    func load(flags: [String: String?] = [:]) throws(ConfigurationError) -> ServiceEnvironment {
        var options = try Self.parse(assignments.enumerated().map { ("--set", $1) })
        options.merge(flags.compactMapValues(\.self)) { _, flag in flag }
        let variables = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty && Setting.mayBeSet($0.key) }
        var layers = [options, variables]
        if let path = file ?? ServiceEnvironment(layers: layers).string("EMPORIUM_CONFIG") {
            layers.append(try Self.parse(file: path))
        }
        return ServiceEnvironment(layers: try layers.map(Self.withFiles))
    }

    private static func parse(file path: String) throws(ConfigurationError) -> [String: String] {
        let lines = try read(path, for: "EMPORIUM_CONFIG").split(separator: "\n", omittingEmptySubsequences: false)
        return try parse(
            lines.enumerated().map { ("\(path):\($0 + 1)", String($1)) }.filter {
                !$1.allSatisfy(\.isWhitespace) && !$1.hasPrefix("#")
            }
        )
    }

    /// A misspelt name would otherwise be found out by what does not happen.
    private static func parse(_ lines: [(place: String, text: String)]) throws(ConfigurationError) -> [String: String] {
        var values: [String: String] = [:]
        for (place, text) in lines {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ConfigurationError("\(place): '\(text)' is not NAME=value") }
            let name = String(parts[0])
            guard Setting.mayBeSet(name) else { throw ConfigurationError("\(place): no setting is called '\(name)'") }
            values[name] = String(parts[1])
        }
        return values
    }

    private static func withFiles(_ values: [String: String]) throws(ConfigurationError) -> [String: String] {
        var values = values
        for setting in Setting.all where setting.mayBeInFile && values[setting.name] == nil {
            guard let path = values[setting.name + "_FILE"] else { continue }
            values[setting.name] = try read(path, for: setting.name + "_FILE").trimmingLineEnds()
        }
        return values
    }

    private static func read(_ path: String, for setting: String) throws(ConfigurationError) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ConfigurationError("\(setting): cannot read '\(path)'")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// `emporium settings`: the text of docs/configuration.md.
struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists every setting: who reads it, and its default.")

    func run() {
        print(Self.document, terminator: "")
    }

    private static let document = """
        # Settings

        Made from the code by `emporium settings >docs/configuration.md`; a test compares the two.

        Every setting can be given in three places; the first one that has it wins:

        1. an option of the command line: `--set NAME=value` for any of them, and a shorter one where the table names it;
        2. the environment variable of its name;
        3. a file of `NAME=value` lines, named by `--config FILE` or `EMPORIUM_CONFIG` (a line that begins with `#` is a
           comment; a name that is not in this table is an error);

        then comes the default. An empty value counts as none. Where the table says so, `NAME_FILE` in one of these places
        names a file that holds the value: for secrets that are mounted, by Compose or Kubernetes. Its line ends are cut off.

        The names of addresses are the original shop's. `up` tells its roles where the others are by itself. Options of
        commands that are no settings (`health --timeout`) are in `emporium COMMAND --help`.


        """ + Setting.table
}

extension String {
    fileprivate func trimmingLineEnds() -> String {
        var text = self[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }
}
