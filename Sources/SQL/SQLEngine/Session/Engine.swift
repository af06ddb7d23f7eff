// The SQL engine: databases, transactions and the sessions that work on them.
//
//     Engine ─▶ Catalog (databases, relations)      shared by all sessions
//            ─▶ TransactionManager                  ids, snapshots, row locks, who waits for whom
//            ─▶ PlanCache                           statements by fingerprint
//     Session ─▶ parse ─▶ bind ─▶ plan ─▶ execute   one per connection
//
// Invariants: confined to one thread (the loop that owns the data); opens no file, reads no clock and draws no random number by
// itself: those come with the configuration.

import Bytes
import SQLStorage
import SQLSyntax
import SQLTypes

/// What a file operation failed with.
public struct FileError: Error, Sendable {
    /// The system's errno.
    public var code: Int32
    /// The system's text, `No such file or directory`.
    public var message: String

    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }
}

/// An open file that is read from its beginning.
public protocol FileReader: AnyObject {
    /// Reads up to `buffer.count` bytes; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
    func close()
}

/// An open file that is written from its beginning.
public protocol FileWriter: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError)
    func close() throws(FileError)
}

/// The server's files, for `COPY … FROM 'path'` and `COPY … TO 'path'`.
public protocol FileSystem {
    func openForReading(_ path: String) throws(FileError) -> any FileReader
    func openForWriting(_ path: String) throws(FileError) -> any FileWriter
}

/// A file system with nothing in it and no permission to add anything.
public struct NoFileSystem: FileSystem {
    public init() {}
    public func openForReading(_ path: String) throws(FileError) -> any FileReader {
        throw FileError(code: 2, message: "No such file or directory")
    }
    public func openForWriting(_ path: String) throws(FileError) -> any FileWriter {
        throw FileError(code: 13, message: "Permission denied")
    }
}

/// What an engine needs from outside.
public struct EngineConfiguration {
    /// Microseconds since 2000-01-01 00:00 UTC.
    public var clock: () -> Int64
    public var random: () -> UInt64
    public var files: any FileSystem
    /// The bootstrap superuser.
    public var superuser: String
    /// Databases that exist at the start beside `postgres`, `template0` and `template1`.
    public var databases: [String]
    /// The address and port that `inet_server_addr()` and SHOW port tell.
    public var port: Int

    public init(
        clock: @escaping () -> Int64,
        random: @escaping () -> UInt64,
        files: any FileSystem = NoFileSystem(),
        superuser: String = "postgres",
        databases: [String] = [],
        port: Int = 5432
    ) {
        self.clock = clock
        self.random = random
        self.files = files
        self.superuser = superuser
        self.databases = databases
        self.port = port
    }
}

/// One server's databases and sessions. Confined to the loop thread.
public final class Engine {
    let configuration: EngineConfiguration
    let catalog: CatalogStore
    let manager = TransactionManager()
    let planCache = PlanCache()
    /// The port clients are told about.
    public var port: Int
    private var sessions: [Int32: Weak] = [:]
    private var nextIdentifier: Int32 = 100
    /// Seed of the hash indexes, so that a client cannot choose colliding keys.
    let hashSeed: UInt64
    let startTime: Int64

    private struct Weak {
        weak var session: Session?
    }

    public init(_ configuration: EngineConfiguration) {
        self.configuration = configuration
        port = configuration.port
        catalog = CatalogStore(superuser: configuration.superuser)
        hashSeed = configuration.random()
        startTime = configuration.clock()
        for name in configuration.databases where catalog.committed.database(named: name) == nil {
            let change = CatalogTransaction(catalog, database: .postgresDatabase, user: configuration.superuser)
            do throws(SQLError) {
                try change.createDatabase(name)
                try catalog.commit(change)
            } catch {
                // The name was free a line above and nobody else is here yet.
                preconditionFailure("cannot create database \(name): \(error)")
            }
        }
    }

    /// Opens a session. - Throws: 3D000 for an unknown database, 28000 for an unknown role, 22023 for a bad parameter.
    public func makeSession(
        user: String,
        database: String,
        parameters: [(String, String)]
    ) throws(SQLError) -> Session {
        guard let role = catalog.committed.role(named: user) else {
            throw SQLError.fatal(.invalidAuthorizationSpecification, "role \"\(user)\" does not exist")
        }
        guard role.canLogin else {
            throw SQLError.fatal(.invalidAuthorizationSpecification, "role \"\(user)\" is not permitted to log in")
        }
        guard let found = catalog.committed.database(named: database) else {
            throw SQLError.fatal(.invalidCatalogName, "database \"\(database)\" does not exist")
        }
        guard found.allowsConnections else {
            throw SQLError.fatal("55000", "database \"\(database)\" is not currently accepting connections")
        }
        var identifier = nextIdentifier
        while sessions[identifier] != nil { identifier = identifier == .max ? 100 : identifier + 1 }
        nextIdentifier = identifier == .max ? 100 : identifier + 1
        let secret = Int32(truncatingIfNeeded: Int64(bitPattern: configuration.random()))
        let session = Session(self, identifier: identifier, secret: secret, user: user, database: found)
        for (name, value) in parameters { try session.parameters.setInitial(name, value) }
        sessions[identifier] = Weak(session: session)
        return session
    }

    /// The session a CancelRequest means, nil if there is none or the secret is wrong.
    public func session(withIdentifier identifier: Int32, secret: Int32) -> Session? {
        guard let session = sessions[identifier]?.session, session.secret == secret else { return nil }
        return session
    }

    func forget(_ session: Session) { sessions[session.identifier] = nil }

    var liveSessions: [Session] {
        sessions.values.compactMap(\.session).sorted { $0.identifier < $1.identifier }
    }
}

/// Bound statements by their text, shared by all sessions. A hit compares the whole text: the hash alone is never trusted.
final class PlanCache {
    final class Entry {
        let text: [UInt8]
        let database: OID
        let searchPath: String
        let catalogVersion: UInt64
        let parameterTypes: [OID]
        let prepared: PreparedStatement
        /// The literals of the text and the look-up that fits every text of this shape; nil if only equal texts fit.
        var literals: [Fingerprint.Literal] = []
        var point: PointPlan?

        init(
            text: [UInt8],
            database: OID,
            searchPath: String,
            catalogVersion: UInt64,
            parameterTypes: [OID],
            prepared: PreparedStatement
        ) {
            self.text = text
            self.database = database
            self.searchPath = searchPath
            self.catalogVersion = catalogVersion
            self.parameterTypes = parameterTypes
            self.prepared = prepared
        }
    }
    private var entries: [UInt64: Entry] = [:]

    func entry(_ hash: UInt64) -> Entry? { entries[hash] }

    func insert(_ entry: Entry, _ hash: UInt64) {
        // A cache that is full starts anew: statements in use come back at once.
        if entries.count >= 2048 { entries.removeAll(keepingCapacity: true) }
        entries[hash] = entry
    }

    func removeAll() { entries.removeAll() }

    static func hash(_ text: UnsafeRawBufferPointer, _ database: OID) -> UInt64 {
        KeyHash.hash(text, UInt64(database))
    }
}
