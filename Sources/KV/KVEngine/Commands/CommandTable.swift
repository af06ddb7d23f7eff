import RESP

/// All commands of a server, found by name without allocating.
///
///     "GeT" ─ lower-cased into three words ─▶ open-addressed slots ─▶ CommandRecord
///
/// The table is built once at start from the families and lives as long as the engine.
/// Confined to the engine's thread.
public final class CommandTable {
    /// A command and what the executor needs of it at hand.
    struct Record {
        let command: Command
        let handler: CommandHandler
        let arity: Int
        let flags: CommandFlags
        let firstKey: Int
        let hotPath: HotPath
        /// It has subcommands, and does nothing by itself.
        let isContainer: Bool
        /// It ends soon whatever it is given: O(1) or O(log n).
        let isQuick: Bool
        /// `config|get`; the same as the name for a command without container.
        let fullName: String
        let isSubcommand: Bool
        /// Unique among all records, subcommands included: the command's bit in `CommandBits`.
        let identifier: Int
        let categories: Categories
        let channels: ChannelUse
        let subcommands: UnsafeMutableBufferPointer<Record>
        var calls: Int64 = 0
        /// How long its runs took together.
        var nanoseconds: Int64 = 0
        /// Requests that were refused before they ran, and runs that ended with an error.
        var rejected: Int64 = 0
        var failed: Int64 = 0
        var histogram: Histogram?

        @inline(__always)
        func accepts(_ count: Int) -> Bool { arity >= 0 ? count == arity : count >= 0 &- arity }
    }

    /// The commands the executor calls directly, not through the table.
    enum HotPath: UInt8 {
        case none, get, set
    }

    /// Which arguments name channels that a user must be allowed.
    enum ChannelUse: UInt8 {
        case none
        /// PUBLISH
        case first
        /// SUBSCRIBE
        case all
        /// PSUBSCRIBE
        case patterns

        init(_ name: String) {
            self =
                switch name {
                case "publish", "spublish": .first
                case "subscribe", "ssubscribe": .all
                case "psubscribe": .patterns
                default: .none
                }
        }
    }

    /// A name in three words, zero-filled, its length in the last byte (NUL bytes count).
    struct Name: Equatable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
    }

    private static let slotCount = 1024

    let records: UnsafeMutableBufferPointer<Record>
    /// One more than the greatest identifier of a record.
    let identifierCount: Int
    private let names: UnsafeMutablePointer<Name>
    private let slots: UnsafeMutablePointer<Int32>

    init(_ commands: [Command]) {
        precondition(commands.count < Self.slotCount / 2, "the command table is too small")
        var identifier = 0
        records = Self.makeRecords(commands, container: nil, &identifier)
        identifierCount = identifier
        names = .allocate(capacity: Self.slotCount)
        names.initialize(repeating: Name(), count: Self.slotCount)
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: -1, count: Self.slotCount)
        for index in records.indices {
            guard let name = Self.pack(ByteSlice(records[index].command.name)) else {
                preconditionFailure("a command's name is longer than 23 bytes")
            }
            var slot = Self.slot(name)
            while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
            names[slot] = name
            slots[slot] = Int32(index)
        }
    }

    deinit {
        Self.destroy(records)
        names.deallocate()
        slots.deallocate()
    }

    private static func makeRecords(
        _ commands: [Command],
        container: Command?,
        _ identifier: inout Int
    ) -> UnsafeMutableBufferPointer<Record> {
        let records = UnsafeMutableBufferPointer<Record>.allocate(capacity: commands.count)
        for (index, command) in commands.enumerated() {
            let subcommands = makeRecords(command.subcommands, container: command, &identifier)
            let hotPath: HotPath =
                switch (container == nil, "\(command.name)") {
                case (true, "get"): .get
                case (true, "set"): .set
                default: .none
                }
            records.initializeElement(
                at: index,
                to: Record(
                    command: command,
                    handler: command.handler,
                    arity: command.arity,
                    flags: command.flags,
                    firstKey: command.firstKey,
                    hotPath: hotPath,
                    isContainer: !command.subcommands.isEmpty,
                    isQuick: hotPath != .none || command.flags.contains(.fast),
                    fullName: container.map { "\($0.name)|\(command.name)" } ?? "\(command.name)",
                    isSubcommand: container != nil,
                    identifier: identifier,
                    categories: Categories(command.categories),
                    channels: container == nil ? ChannelUse("\(command.name)") : .none,
                    subcommands: subcommands
                )
            )
            identifier += 1
        }
        return records
    }

    private static func destroy(_ records: UnsafeMutableBufferPointer<Record>) {
        for record in records {
            destroy(record.subcommands)
            record.histogram?.counts.deallocate()
        }
        records.deinitialize()
        records.deallocate()
    }

    @inline(__always)
    private static func slot(_ name: Name) -> Int {
        let mixed = (name.first ^ (name.second &* 0x9E37_79B9_7F4A_7C15) ^ name.third) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: (mixed >> 40) & UInt64(slotCount - 1))
    }

    /// Sets bit 5 of every byte that is an upper-case letter.
    @inline(__always)
    private static func lowercased(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Per byte, without carries between bytes as the high bit is masked off: bit 7 tells >= 'A' and > 'Z'.
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let atLeastA = low &+ ones &* (128 - 65)
        let aboveZ = low &+ ones &* (128 - 91)
        let isUpper = atLeastA & ~aboveZ & ~word & 0x8080_8080_8080_8080
        return word | isUpper >> 2
    }

    @inline(__always)
    private static func load(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        if count >= 8 { return start.loadUnaligned(as: UInt64.self) }
        if count >= 4 {
            let low = UInt64(start.loadUnaligned(as: UInt32.self))
            let high = UInt64(start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            return low | high &<< UInt64((count &- 4) &* 8)
        }
        if count <= 0 { return 0 }
        let first = UInt64(start.load(as: UInt8.self))
        let middle = UInt64(start.load(fromByteOffset: count &>> 1, as: UInt8.self))
        let last = UInt64(start.load(fromByteOffset: count &- 1, as: UInt8.self))
        return first | middle &<< UInt64((count &>> 1) &* 8) | last &<< UInt64((count &- 1) &* 8)
    }

    @inline(__always)
    static func pack(_ name: ByteSlice) -> Name? {
        var packed = Name(first: lowercased(load(name.raw, name.count)))
        if name.count > 8 {
            guard name.count < 24 else { return nil }
            packed.second = lowercased(load(name.raw + 8, name.count &- 8))
            if name.count > 16 { packed.third = lowercased(load(name.raw + 16, name.count &- 16)) }
        }
        packed.third |= UInt64(truncatingIfNeeded: name.count) << 56
        return packed
    }

    /// The record of a command, or nil. Constant; touches two cache lines.
    @inline(__always)
    func record(named name: ByteSlice) -> UnsafeMutablePointer<Record>? {
        guard let packed = Self.pack(name) else { return nil }
        var slot = Self.slot(packed)
        while true {
            let index = slots[slot]
            if index < 0 { return nil }
            if names[slot] == packed { return records.baseAddress.unsafelyUnwrapped + Int(index) }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
    }
}

extension CommandTable {
    /// The record of a request's command or subcommand; a container's own when the subcommand is unknown or missing.
    @inline(__always)
    func record(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> UnsafeMutablePointer<Record>? {
        guard let record = record(named: arguments[0]) else { return nil }
        if record.pointee.isContainer, count > 1 { return record.pointee.subcommand(named: arguments[1]) ?? record }
        return record
    }
}

extension CommandTable.Record {
    /// The subcommand of that name.
    func subcommand(named name: ByteSlice) -> UnsafeMutablePointer<CommandTable.Record>? {
        guard let wanted = CommandTable.pack(name), let base = subcommands.baseAddress else { return nil }
        for index in subcommands.indices where CommandTable.pack(ByteSlice(base[index].command.name)) == wanted {
            return base + index
        }
        return nil
    }
}

extension CommandTable {
    /// The record a request is for: the subcommand's where there is one. Nil for an unknown command or subcommand.
    func record(of arguments: UnsafePointer<ByteSlice>, _ count: Int) -> UnsafeMutablePointer<Record>? {
        guard count > 0, let record = record(named: arguments[0]) else { return nil }
        guard count > 1, !record.pointee.subcommands.isEmpty else { return record }
        return record.pointee.subcommand(named: arguments[1])
    }

    /// The record `config|get` or `get` names.
    func record(fullName: [UInt8]) -> UnsafeMutablePointer<Record>? {
        fullName.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return nil }
            guard let bar = bytes.firstIndex(of: UInt8(ascii: "|")) else {
                return record(named: ByteSlice(start: start, count: bytes.count))
            }
            let container = record(named: ByteSlice(start: start, count: bar))
            return container?.pointee.subcommand(named: ByteSlice(start: start + bar + 1, count: bytes.count - bar - 1))
        }
    }

    /// `rename-command`: the command answers to another name, or to none when it is empty.
    /// - Returns: what is wrong, or nil.
    func rename(_ old: [UInt8], to new: [UInt8]) -> String? {
        func slot(of bytes: [UInt8]) -> Int? {
            bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress,
                    let packed = Self.pack(ByteSlice(start: start, count: bytes.count))
                else { return nil }
                var slot = Self.slot(packed)
                while slots[slot] >= 0, names[slot] != packed { slot = (slot + 1) & (Self.slotCount - 1) }
                return slot
            }
        }
        guard let from = slot(of: old), slots[from] >= 0 else { return "No such command in rename-command" }
        let index = slots[from]
        // The slot stays in the chain under a name that no request can have.
        names[from] = Name(first: UInt64.max, second: UInt64.max, third: UInt64.max)
        if new.isEmpty { return nil }
        guard let to = slot(of: new) else { return "Target command name is too long" }
        guard slots[to] < 0 else { return "Target command name already exists" }
        let packed = new.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.flatMap { Self.pack(ByteSlice(start: $0, count: bytes.count)) }
        }
        guard let packed else { return "Target command name is too long" }
        names[to] = packed
        slots[to] = index
        return nil
    }

    /// Calls `body` for every record, each container before its subcommands.
    func forEachRecord(_ body: (UnsafeMutablePointer<Record>) -> Void) {
        func walk(_ records: UnsafeMutableBufferPointer<Record>) {
            guard let base = records.baseAddress else { return }
            for index in records.indices {
                body(base + index)
                walk(base[index].subcommands)
            }
        }
        walk(records)
    }
}
