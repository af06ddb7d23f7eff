import RESP

/// One key of a request: where it stands and what the command does to it.
struct KeyReference {
    let position: Int
    /// As COMMAND GETKEYSANDFLAGS shows them.
    let flags: [StaticString]

    /// What permissions must grant. Empty for a command that neither reads nor changes the value (EXISTS).
    var access: KeyAccess {
        var access: KeyAccess = []
        for flag in flags {
            switch "\(flag)" {
            case "access": access.insert(.read)
            case "insert", "delete", "update": access.insert(.write)
            default: break
            }
        }
        return access
    }
}

extension Command {
    /// The keys of a request in the order of `keyPositions`.
    func keyReferences(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [KeyReference] {
        let positions = keyPositions(arguments, count)
        guard !positions.isEmpty else { return [] }
        let found = keySpecifications.map { ($0.flags, $0.positions(arguments, count) ?? []) }
        // SORT's STORE and the like: no specification finds the key, but the last tells what is done to it.
        let hidden = keySpecifications.last { if case .unknown = $0.begin { true } else { false } }?.flags ?? []
        return positions.compactMap { position in
            var flags = found.first { $0.1.contains(position) }?.0 ?? hidden
            if flags.contains(where: { "\($0)" == "variable_flags" }) { flags = chosenFlags(arguments, count) }
            // A shard channel is found like a key, so that cluster clients know where it lives.
            if flags.contains(where: { "\($0)" == "not_key" }) { return nil }
            return KeyReference(position: position, flags: flags.filter { "\($0)" != "incomplete" })
        }
    }

    /// What the options of this request make of a key whose access depends on them.
    private func chosenFlags(_ arguments: UnsafePointer<ByteSlice>, _ count: Int) -> [StaticString] {
        switch "\(name)" {
        case "set":
            let reads = (3..<max(3, count)).contains { arguments[$0].equalsIgnoringCase("GET") }
            return reads ? ["RW", "access", "update"] : ["OW", "update"]
        case "bitfield":
            var index = 2
            while index < count {
                if arguments[index].equalsIgnoringCase("GET") {
                    index += 3
                } else if arguments[index].equalsIgnoringCase("OVERFLOW") {
                    index += 2
                } else {
                    return ["RW", "access", "update"]
                }
            }
            return ["RO", "access"]
        default: return ["RW", "access", "update"]
        }
    }
}
