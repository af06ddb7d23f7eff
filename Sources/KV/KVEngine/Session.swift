import Bytes
import RESP

/// What the engine knows of one client: which database, which protocol, what it may do, what it has queued.
///
/// The server owns one per connection and keeps the socket elsewhere. Confined to the engine's thread.
///
/// What the executor reads for every request is `@exclusivity(unchecked)`: nothing here is held `inout` while a
/// handler runs, and the checks would be a third of the instructions of an unpipelined GET.
public final class Session {
    /// Unique, ascending, never 0.
    public let identifier: Int64
    @exclusivity(unchecked) public internal(set) var database = 0
    /// 2 or 3.
    @exclusivity(unchecked) public internal(set) var protocolVersion: UInt8 = 2
    public var name: [UInt8] = []
    /// Whose permissions it has; nil for sessions of the server itself, which may do everything.
    var user: User? { didSet { updateAttention() } }
    /// Its index in the user's list.
    var placeInUser = 0
    /// AUTH succeeded, or none was needed when the client came.
    var hasAuthenticated = true { didSet { updateAttention() } }
    public var isAuthenticated: Bool { hasAuthenticated || user?.isOpen ?? true }
    public var userName: [UInt8] { user?.name ?? Array("default".utf8) }
    /// The stream of our primary: it may write to a replica, and nobody reads its replies.
    public let isPrimaryLink: Bool
    /// The connection ends when the reply is sent; no further request runs.
    @exclusivity(unchecked) public var isClosing = false { didSet { updateAttention() } }
    /// No further request runs until the server says so.
    @exclusivity(unchecked) public var isBlocked = false
    /// The connection became a replica's feed.
    public var isReplica = false { didSet { updateAttention() } }
    /// The channels, patterns and shard channels it listens to.
    var subscriptions = SessionSubscriptions() {
        didSet {
            if isSubscriber == subscriptions.isEmpty {
                isSubscriber = !subscriptions.isEmpty
                updateAttention()
            }
        }
    }
    /// In RESP2 a subscriber may do little else.
    public private(set) var isSubscriber = false
    /// Replies and messages that others caused, until the server takes them (`Engine.takeDeliveries`).
    /// Unchecked: the engine's thread alone uses it, and a delivery is one append that calls nothing back.
    @exclusivity(unchecked) var outbox = ByteBuffer()
    @exclusivity(unchecked) var isInDeliveries = false
    /// CLIENT TRACKING: what it wants to hear of keys that it may hold.
    var tracking: Tracking.Client? {
        didSet { if (tracking == nil) != (oldValue == nil) { updateAttention() } }
    }
    /// The client has gone; whoever still names it sends it nothing.
    var isGone = false
    /// Where it is connected from, for those who look at requests.
    public var address = ""
    /// It stands for a script that runs commands.
    var isScript = false
    /// Its request waits for the end of a CLIENT PAUSE.
    public internal(set) var isPostponed = false
    var transaction: Transaction? { didSet { updateAttention() } }
    var watched: [WatchedKey] = []
    /// A watched key was changed: the next EXEC fails.
    public internal(set) var isWatchBroken = false
    /// MONITOR: it hears every request, and sends none.
    public internal(set) var isMonitor = false { didSet { updateAttention() } }
    public var isEvictable = true
    /// The connection ends at once, and what was not sent is lost.
    public var dropsOutput = false
    /// CLIENT REPLY
    public var replyMode = ReplyMode.on { didSet { updateAttention() } }

    /// Which replies a client wants.
    public enum ReplyMode: Sendable {
        case on, off
        /// Neither the reply to this command nor to the next.
        case skipTwo
        case skipOne
    }

    /// Takes back what a command wrote when the client does not want to hear it.
    func mute(_ reply: inout ReplyWriter, from written: Int) {
        switch replyMode {
        case .on: return
        case .off: break
        case .skipTwo: replyMode = .skipOne
        case .skipOne: replyMode = .on
        }
        reply.buffer.truncate(to: min(written, reply.buffer.count))
    }
    /// The last command's name, as CLIENT LIST shows it.
    @exclusivity(unchecked) var lastCommand: UnsafeMutablePointer<CommandTable.Record>?
    /// Replication offset just behind this client's last write, for WAIT.
    public var writeOffset: Int64 = 0

    /// Whether requests need more than the ordinary checks: the executor's one look at the session.
    @exclusivity(unchecked) private(set) var needsAttention = false

    public init(identifier: Int64, isPrimaryLink: Bool = false) {
        self.identifier = identifier
        self.isPrimaryLink = isPrimaryLink
        updateAttention()
    }

    /// How many channels, patterns and shard channels it listens to.
    public var subscriptionCounts: (channels: Int, patterns: Int, shards: Int) {
        (subscriptions.channels.count, subscriptions.patterns.count, subscriptions.shards.count)
    }

    /// The names it listens to: channels with shard channels, and patterns.
    var subscriptionNames: (channels: [[UInt8]], patterns: [[UInt8]]) {
        let channels = subscriptions.channels.values.map(\.name) + subscriptions.shards.values.map(\.name)
        return (channels, subscriptions.patterns.values.map(\.name))
    }

    public var isTracking: Bool { tracking != nil }
    public var isTrackingBroadcast: Bool { tracking?.isBroadcast ?? false }
    public var isRedirectionBroken: Bool { tracking?.isRedirectionBroken ?? false }
    /// The client that invalidations go to, 0 for itself, -1 when it does not track.
    public var redirection: Int64 { tracking?.redirection ?? -1 }
    /// Bytes of the queued commands.
    public var queuedMemory: Int {
        transaction?.queue.reduce(0) { $0 + $1.arguments.reduce(0) { $0 + $1.count } } ?? 0
    }

    /// Number of queued commands, or -1 outside of MULTI.
    public var queuedCount: Int { transaction?.queue.count ?? -1 }

    public var lastCommandName: String { lastCommand?.pointee.fullName ?? "NULL" }

    func updateAttention() {
        needsAttention =
            !isAuthenticated || user?.isRestricted ?? false || isClosing || isReplica || transaction != nil
            || replyMode != .on || isSubscriber || tracking != nil
    }

    /// Selects a database by number; for a primary link that resumes.
    public func select(_ database: Int) { self.database = database }
}
