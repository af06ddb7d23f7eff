import RESP

/// What DEBUG shows of tables and values, and what it makes up: keys, and one reply of each type.
extension Engine {
    /// As `debug`, for these subcommands.
    mutating func debugValues(_ call: Call) -> Bool {
        if call.isWord(1, "POPULATE"), call.count >= 3, call.count <= 5 {
            populate(call)
        } else if call.isWord(1, "PROTOCOL"), call.count == 3 {
            debugProtocol(call[2])
        } else if call.isWord(1, "HTSTATS"), call.count == 3 {
            guard let number = integer(call[2]) else { return true }
            guard number >= 0, number < databaseCount else {
                fail("ERR Out of range database")
                return true
            }
            let keyspace = databases + Int(number)
            // The second table of redis has the expiries: ours keep them with the keys.
            reply.verbatim(
                string: "[Dictionary HT]\n" + tableStatistics(keyspace.pointee.table) + "[Expires HT]\n"
                    + "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
            )
        } else if call.isWord(1, "HTSTATS-KEY"), call.count == 3 {
            debugTable(call[2])
        } else if call.isWord(1, "LISTPACK"), call.count == 3 {
            guard let entry = debugEntry(call[2]) else { return true }
            let isListpack = ["listpack", "listpackex"].contains("\(KeyCommands.encodingName(entry))")
            isListpack
                ? reply.simple("Listpack structure printed on stdout") : fail("ERR Not a listpack encoded object.")
        } else if call.isWord(1, "QUICKLIST"), call.count == 3 || call.count == 4 {
            guard let entry = debugEntry(call[2]) else { return true }
            entry.type == .list
                ? reply.simple("Quicklist structure printed on stdout") : fail("ERR Not a quicklist encoded object.")
        } else if call.isWord(1, "SDSLEN"), call.count == 3 {
            debugStringLengths(call[2])
        } else if call.isWord(1, "STRINGMATCH-TEST"), call.count == 2 {
            testPatterns()
        } else {
            return false
        }
        return true
    }

    private mutating func debugEntry(_ key: ByteSlice) -> Entry? {
        if let entry = find(key)?.entry { return entry }
        fail("ERR no such key")
        return nil
    }

    /// DEBUG POPULATE count [prefix [size]]: keys that are there stay; nothing is replicated.
    private mutating func populate(_ call: Call) {
        guard let count = nonNegative(call[2]) else { return }
        var size: Int64 = 0
        if call.count == 5 {
            guard let value = nonNegative(call[4]) else { return }
            size = value
        }
        guard size <= settings.maximumBulkLength else { return fail("ERR value is out of range, must be positive") }
        let prefix = call.count > 3 ? call[3].array : Array("key".utf8)
        for number in 0..<count {
            let digits = Array(String(number).utf8)
            let key = prefix + [UInt8(ascii: ":")] + digits
            var value = Array("value:".utf8) + digits
            if size > 0 {
                let missing = Int(size) - value.count
                value = missing > 0 ? value + [UInt8](repeating: 0, count: missing) : Array(value.prefix(Int(size)))
            }
            key.withSlice { key in
                let hash = self.hash(key)
                guard find(key, hash) == nil else { return }
                value.withSlice { value in
                    StringCommands.store(&self, key, hash, nil, value, expiry: nil)
                }
            }
        }
        reply.ok()
    }

    private mutating func debugProtocol(_ type: ByteSlice) {
        func elements(_ write: (inout Engine, Int) -> Void) { for index in 0..<3 { write(&self, index) } }
        if type.equalsIgnoringCase("string") {
            reply.bulk("Hello World")
        } else if type.equalsIgnoringCase("integer") {
            reply.integer(12345)
        } else if type.equalsIgnoringCase("double") {
            reply.double(3.141)
        } else if type.equalsIgnoringCase("null") {
            reply.null()
        } else if type.equalsIgnoringCase("array") {
            reply.array(3)
            elements { engine, index in engine.reply.integer(index) }
        } else if type.equalsIgnoringCase("set") {
            reply.set(3)
            elements { engine, index in engine.reply.integer(index) }
        } else if type.equalsIgnoringCase("map") {
            reply.map(3)
            elements { engine, index in
                engine.reply.integer(index)
                engine.reply.boolean(index == 1)
            }
        } else if type.equalsIgnoringCase("bignum") {
            reply.bigNumber("1234567999999999999999999999999999999")
        } else if type.equalsIgnoringCase("attrib") {
            if reply.version >= 3 {
                reply.attributes(1)
                reply.bulk("key-popularity")
                reply.array(2)
                reply.bulk("key:123")
                reply.integer(90)
            }
            reply.bulk("Some real reply following the attribute")
        } else if type.equalsIgnoringCase("push") {
            guard reply.version >= 3 else { return fail("ERR RESP2 is not supported by this command") }
            reply.push(2)
            reply.bulk("server-cpu-usage")
            reply.integer(42)
            // A client that does not listen to pushes waits for a reply.
            reply.bulk("Some real reply following the push reply")
        } else if type.equalsIgnoringCase("verbatim") {
            reply.verbatim(string: "This is a verbatim\nstring")
        } else if type.equalsIgnoringCase("true") {
            reply.boolean(true)
        } else if type.equalsIgnoringCase("false") {
            reply.boolean(false)
        } else {
            fail(
                """
                ERR Wrong protocol type name. Please use one of the following: \
                string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false
                """
            )
        }
    }

    private mutating func debugTable(_ key: ByteSlice) {
        guard let entry = debugEntry(key) else { return }
        let name = "\(KeyCommands.encodingName(entry))"
        guard name == "hashtable" || name == "skiplist" else {
            return fail("ERR The value stored at the specified key is not represented using an hash table")
        }
        switch entry.type {
        case .hash where HashValue.isTable(entry):
            reply.verbatim(string: tableStatistics(HashValue.tablePointer(entry).pointee))
        case .set where SetValue.isTable(entry):
            reply.verbatim(string: tableStatistics(SetValue.tablePointer(entry).pointee))
        default:
            reply.verbatim(
                string: "Hash table 0 stats (main hash table):\n elements are in the order of a list or tree\n"
            )
        }
    }

    /// Redis's words for our table: a bucket has room for seven, a slot is a bucket.
    private func tableStatistics(_ table: borrowing EntryTable) -> String {
        guard table.count > 0 else {
            return "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
        }
        var buckets = 0
        var used = 0
        var longest = 0
        table.forEachSegment { segment in
            buckets += segment.bucketCount
            for index in 0..<segment.bucketCount {
                let count = (Segment.controls(segment.bucket(index)) & Segment.occupancy).nonzeroBitCount
                if count > 0 { used += 1 }
                longest = max(longest, count)
            }
        }
        return """
            Hash table 0 stats (main hash table):
             table size: \(buckets * Segment.slotsPerBucket)
             number of elements: \(table.count)
             different slots: \(used)
             max chain length: \(longest)
             segments: \(table.segmentCount)
             bytes: \(table.memory)

            """
    }

    private mutating func debugStringLengths(_ key: ByteSlice) {
        guard let entry = debugEntry(key) else { return }
        guard entry.type == .string, KeyCommands.encodingName(entry).utf8CodeUnitCount != 3 else {
            return fail("ERR Not an sds encoded string.")
        }
        reply.simple(
            string: "key_sds_len:\(entry.keyCount), key_sds_avail:0, key_zmalloc: \(entry.keyCount), "
                + "val_sds_len:\(entry.valueCount), val_sds_avail:\(entry.valueCapacity - entry.valueCount), "
                + "val_zmalloc: \(entry.valueCapacity)"
        )
    }

    /// Patterns and texts of random bytes: the match ends and stays within them.
    private mutating func testPatterns() {
        for _ in 0..<10_000 {
            let pattern = (0..<Int(random() % 16)).map { _ in Array("ab*?[]^-\\".utf8)[Int(random() % 9)] }
            let text = (0..<Int(random() % 16)).map { _ in Array("ab*?[".utf8)[Int(random() % 5)] }
            pattern.withSlice { pattern in text.withSlice { text in _ = GlobPattern.matches(pattern, text) } }
        }
        reply.simple("Apparently Redis did not crash: test passed")
    }
}
