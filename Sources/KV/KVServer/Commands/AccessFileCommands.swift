import Glibc
import KVEngine
import RESP

/// ACL LOAD and ACL SAVE: the users' file.
extension ServerCommands {
    private static let noFile = """
        ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
        command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store \
        users in the Redis configuration.
        """

    /// ACL LOAD
    func loadUsers(_ engine: inout Engine, _ call: Call) {
        let path = server.directives.accessFile
        guard !path.isEmpty else { return engine.fail(Self.noFile) }
        do throws(FileError) {
            let errors = engine.loadUsers(try TextFile.lines(path), path: path)
            guard errors.isEmpty else {
                return engine.fail(
                    "ERR " + errors.joined(separator: " ")
                        + " WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
                )
            }
            engine.reply.ok()
        } catch {
            engine.fail("ERR Error loading ACLs, opening file '\(path)': \(error.reason)")
        }
    }

    /// ACL SAVE
    func saveUsers(_ engine: inout Engine, _ call: Call) {
        let path = server.directives.accessFile
        guard !path.isEmpty else { return engine.fail(Self.noFile) }
        do throws(FileError) {
            try TextFile.replace(path, with: engine.userLines)
            engine.reply.ok()
        } catch {
            server.logger.warning("cannot save the users", metadata: ["file": "\(path)", "reason": "\(error.reason)"])
            engine.fail(
                "ERR There was an error trying to save the ACLs. Please check the server logs for more information"
            )
        }
    }
}
