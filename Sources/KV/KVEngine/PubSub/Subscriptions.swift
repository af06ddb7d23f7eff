import RESP

/// Who listens to what.
///
///     name ─ hash ─▶ Channel ─▶ its subscribers, in the order they came
///     patterns, in the order they were first used ─▶ each a Channel whose name is the pattern
///     Session.subscriptions ─▶ the same channels, for leaving them
///
/// A channel lives while somebody listens. Names are found by their keyed hash, so a message to nobody costs no
/// allocation and no client can build collisions.
struct Subscriptions {
    /// A channel, a shard channel or a pattern, and its subscribers.
    final class Channel {
        let name: [UInt8]
        let hash: UInt64
        fileprivate(set) var subscribers: [Session] = []
        /// The next channel of the same hash.
        fileprivate var next: Channel?

        init(name: [UInt8], hash: UInt64) {
            self.name = name
            self.hash = hash
        }

        func isNamed(_ other: ByteSlice) -> Bool {
            name.count == other.count && name.elementsEqual(other.bytes)
        }
    }

    /// Channels of one kind, by name.
    struct Names {
        private var channels: [UInt64: Channel] = [:]
        private(set) var count = 0

        func find(_ name: ByteSlice, _ hash: UInt64) -> Channel? {
            guard count > 0 else { return nil }
            var channel = channels[hash]
            while let candidate = channel, !candidate.isNamed(name) { channel = candidate.next }
            return channel
        }

        mutating func insert(_ channel: Channel) {
            channel.next = channels[channel.hash]
            channels[channel.hash] = channel
            count += 1
        }

        mutating func remove(_ channel: Channel) {
            guard let first = channels[channel.hash] else { return }
            if first === channel {
                channels[channel.hash] = channel.next
            } else {
                var previous = first
                while let next = previous.next, next !== channel { previous = next }
                previous.next = channel.next
            }
            count -= 1
        }

        func forEach(_ body: (Channel) -> Void) {
            for first in channels.values {
                var channel: Channel? = first
                while let current = channel {
                    body(current)
                    channel = current.next
                }
            }
        }
    }

    fileprivate(set) var channels = Names()
    fileprivate(set) var shards = Names()
    fileprivate(set) var patternNames = Names()
    fileprivate(set) var patterns: [Channel] = []
}

/// What a session listens to: the three kinds of subscription.
enum SubscriptionKind {
    case channel, pattern, shard
}

/// A session's side of its subscriptions.
struct SessionSubscriptions {
    typealias Joined = [ObjectIdentifier: Subscriptions.Channel]
    var channels: Joined = [:]
    var patterns: Joined = [:]
    var shards: Joined = [:]

    var isEmpty: Bool { channels.isEmpty && patterns.isEmpty && shards.isEmpty }

    subscript(kind: SubscriptionKind) -> Joined {
        _read {
            switch kind {
            case .channel: yield channels
            case .pattern: yield patterns
            case .shard: yield shards
            }
        }
        _modify {
            switch kind {
            case .channel: yield &channels
            case .pattern: yield &patterns
            case .shard: yield &shards
            }
        }
    }

    /// The number that a reply to (un)subscribing tells: shard channels are counted by themselves.
    func count(_ kind: SubscriptionKind) -> Int {
        kind == .shard ? shards.count : channels.count + patterns.count
    }
}

extension Subscriptions {
    subscript(kind: SubscriptionKind) -> Names {
        _read {
            switch kind {
            case .channel: yield channels
            case .pattern: yield patternNames
            case .shard: yield shards
            }
        }
        _modify {
            switch kind {
            case .channel: yield &channels
            case .pattern: yield &patternNames
            case .shard: yield &shards
            }
        }
    }

    /// Adds a listener; a second time changes nothing.
    mutating func join(_ session: Session, _ kind: SubscriptionKind, _ name: ByteSlice, _ hash: UInt64) {
        let channel: Channel
        if let known = self[kind].find(name, hash) {
            if session.subscriptions[kind][ObjectIdentifier(known)] != nil { return }
            channel = known
        } else {
            channel = Channel(name: name.array, hash: hash)
            self[kind].insert(channel)
            if kind == .pattern { patterns.append(channel) }
        }
        channel.subscribers.append(session)
        session.subscriptions[kind][ObjectIdentifier(channel)] = channel
    }

    /// Takes a listener away; the last one ends the channel.
    mutating func leave(_ session: Session, _ kind: SubscriptionKind, _ channel: Channel) {
        guard session.subscriptions[kind].removeValue(forKey: ObjectIdentifier(channel)) != nil else { return }
        if let index = channel.subscribers.firstIndex(where: { $0 === session }) {
            channel.subscribers.remove(at: index)
        }
        guard channel.subscribers.isEmpty else { return }
        self[kind].remove(channel)
        if kind == .pattern { patterns.removeAll { $0 === channel } }
    }

    /// Takes a client away that ends.
    mutating func leaveAll(_ session: Session) {
        guard !session.subscriptions.isEmpty else { return }
        for kind in [SubscriptionKind.channel, .pattern, .shard] {
            for channel in session.subscriptions[kind].values { leave(session, kind, channel) }
        }
    }
}
