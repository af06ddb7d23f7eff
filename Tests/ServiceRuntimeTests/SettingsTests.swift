import Glibc
import ServiceRuntime
import Testing

/// Where settings come from, and which place wins. (Options and files: Tests/EndToEndTests/test_settings.py.)
struct SettingsTests {
    @Test func theFirstLayerThatHasAValueWins() throws {
        let environment = ServiceEnvironment(layers: [
            ["SERVICE_NAME": "flag", "LOG_LEVEL": ""], ["SERVICE_NAME": "variable", "LOG_LEVEL": "debug"],
            ["SERVICE_VERSION": "file"],
        ])
        #expect(environment.string("SERVICE_NAME") == "flag")
        #expect(environment.string("LOG_LEVEL") == "debug")
        #expect(environment.string("SERVICE_VERSION") == "file")
        #expect(environment.string("SERVICE_BIND_HOST") == "127.0.0.1")
        #expect(environment.overridden(by: ["SERVICE_NAME": "first"]).string("SERVICE_NAME") == "first")
        let last = environment.defaulting(to: ["SERVICE_NAME": "last", "STATIC_PATH": "last", "CONTENT_PATH": nil])
        #expect(last.string("SERVICE_NAME") == "flag")
        #expect(last.string("STATIC_PATH") == "last")
        #expect(last.string("CONTENT_PATH") == nil)
    }

    @Test func onlyWhatIsInTheTableMayBeSet() {
        #expect(Setting.mayBeSet("SESSION_SECRETS_FILE"))
        #expect(Setting.mayBeSet("SESSION_SECRET_FILE"))
        #expect(!Setting.mayBeSet("SERVICE_NAME_FILE"))
        #expect(!Setting.mayBeSet("SERVICE_NAEM"))
        // The name, what it is and who reads it: a row that says nothing helps nobody.
        for setting in Setting.all { #expect(!setting.meaning.isEmpty && !setting.roles.isEmpty) }
    }

    @Test func aSecretFileMayBeALink() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let secret = SessionSecrets.generate()
        try write(secret + "\n", to: "\(directory)/secret")
        // As Kubernetes mounts a Secret: a link to a link to the file.
        #expect(symlink("secret", "\(directory)/data") == 0 && symlink("data", "\(directory)/link") == 0)
        let environment = ServiceEnvironment(["SESSION_SECRET_FILE": "\(directory)/link"])
        #expect(try SessionSecrets.load(environment) == [secret])
    }

    @Test func aSecretFileThatIsNotThereIsMadeOnce() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let environment = ServiceEnvironment(["SESSION_SECRET_FILE": "\(directory)/secret"])
        let made = try SessionSecrets.load(environment)
        #expect(made.count == 1 && made[0].count == 64)
        #expect(try SessionSecrets.load(environment) == made)
    }

    @Test func aSecretFileThatCannotServeSaysWhy() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        try write("short", to: "\(directory)/short")
        for (path, reason) in [("\(directory)/short", "shorter than 16"), ("\(directory)/no/secret", "cannot make")] {
            let error = #expect(throws: ConfigurationError.self) {
                try SessionSecrets.load(ServiceEnvironment(["SESSION_SECRET_FILE": path]))
            }
            #expect(error?.description.contains(reason) == true)
        }
    }

    private func temporaryDirectory() throws -> String {
        var template = Array("/tmp/emporium-settings-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let base = buffer.baseAddress, mkdtemp(base) != nil else { return nil }
            return String(cString: base)
        }
        return try #require(made)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    private func remove(_ directory: String) {
        for name in ["secret", "data", "link", "short"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
}
