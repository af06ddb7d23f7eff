import SQLSyntax
import SQLTypes

/// Statements about the session: transactions, SET, PREPARE, cursors, EXPLAIN, VACUUM, …
extension Binder {
    func bindUtility(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        switch node.kind {
        case .begin: return .transaction(.begin(modes(node.a)))
        case .commit: return .transaction(.commit(chain: node.a != 0))
        case .rollback: return .transaction(.rollback(chain: node.a != 0))
        case .savepoint: return .transaction(.savepoint(tree.string(node.a, node.b)))
        case .releaseSavepoint: return .transaction(.release(tree.string(node.a, node.b)))
        case .rollbackToSavepoint: return .transaction(.rollbackTo(tree.string(node.a, node.b)))
        case .setTransaction:
            return .transaction(.setModes(modes(node.a), session: node.flags.contains(.special)))
        case .prepareTransaction, .commitPrepared, .rollbackPrepared:
            throw SQLError(
                .objectNotInPrerequisiteState,
                "prepared transactions are disabled",
                hint: "Set max_prepared_transactions to a nonzero value."
            )
        case .set:
            var values: [String] = []
            for (_, value) in tree.list(node.b) {
                values.append((value.flags.contains(.negated) ? "-" : "") + tree.string(value.a, value.b))
            }
            let name = nameParts(node.a).joined(separator: ".")
            return .set(
                SetParameter(
                    name: name,
                    value: node.b == 0 ? nil : listValue(name, values),
                    isLocal: node.flags.contains(.special)
                )
            )
        case .show:
            return node.a == 0 ? .showAll : .show(name: nameParts(node.a).joined(separator: "."))
        case .reset:
            return .reset(name: node.a == 0 ? nil : nameParts(node.a).joined(separator: "."))
        case .setConstraints: return .setConstraints
        case .vacuum, .analyze: return try bindVacuum(root)
        case .prepare:
            var types: [SQLType] = []
            for (item, _) in tree.list(node.b) { types.append(try type(item)) }
            // The body is the source text from its first token to the end of the statement.
            let start = Int(tree[node.c].position)
            let end = tree.statements.first { $0.root == root }?.end ?? tree.sourceCount
            let text = String(
                decoding: UnsafeRawBufferPointer(rebasing: tree.source[min(start, end)..<end]),
                as: UTF8.self
            )
            return .prepare(name: tree.string(node.a), types: types, statementText: text)
        case .execute:
            let scope = Scope(parent: nil, query: BoundQuery())
            scope.clause = .execute
            var arguments: [BoundExpression] = []
            for (item, _) in tree.list(node.b) { arguments.append(try bindExpression(item, scope)) }
            return .execute(name: tree.string(node.a), arguments: arguments)
        case .deallocate: return .deallocate(name: node.a == 0 ? nil : tree.string(node.a))
        case .declareCursor:
            let query = try bindQuery(node.b, parent: nil)
            return .declareCursor(
                BoundCursor(
                    name: tree.string(node.a),
                    query: query,
                    isHoldable: node.flags.contains(.special),
                    isScroll: node.flags.contains(.descending),
                    isBinary: node.flags.contains(.all)
                )
            )
        case .fetch:
            var count = Int64.max
            if !node.flags.contains(.all), node.c != 0 {
                let number = tree[node.c]
                guard let value = Int64(tree.string(number.a, number.b)) else {
                    throw fail(.syntaxError, "invalid FETCH count", at: node.c)
                }
                count = number.flags.contains(.negated) ? -value : value
            }
            let direction: BoundFetch.Direction =
                switch node.b {
                case 0: .forward(count)
                case 1: .backward(count)
                case 2: .absolute(count)
                default: .relative(count)
                }
            return .fetch(
                BoundFetch(
                    cursor: tree.string(node.a),
                    direction: direction,
                    isMove: node.flags.contains(.special)
                )
            )
        case .closeCursor: return .closeCursor(name: node.a == 0 ? nil : tree.string(node.a))
        case .explain: return try bindExplain(root)
        case .discard:
            switch Keyword(rawValue: UInt16(truncatingIfNeeded: node.a)) {
            case .plans: return .discard(.plans)
            case .sequences: return .discard(.sequences)
            case .temp, .temporary: return .discard(.temporary)
            default: return .discard(.all)
            }
        case .listen: return .listen(tree.string(node.a))
        case .unlisten: return .unlisten(node.a == 0 ? nil : tree.string(node.a))
        case .notify:
            return .notify(channel: tree.string(node.a), payload: node.b == 0 ? "" : tree.string(node.b))
        case .lock:
            var tables: [Table] = []
            for (_, reference) in tree.list(node.a) {
                // Catalog relations need no lock: they are computed.
                if case .system? = try findRelation(reference.a) { continue }
                tables.append(try table(reference.a))
            }
            return .lock(tables: tables, mode: Int(node.b), noWait: node.flags.contains(.special))
        case .checkpoint: return .checkpoint
        case .createView: throw SQLError(.featureNotSupported, "CREATE VIEW is not supported")
        case .alterRole: throw SQLError(.featureNotSupported, "ALTER ROLE is not supported")
        case .unsupportedStatement:
            throw SQLError(
                .featureNotSupported,
                "\(tree.string(node.a, node.b).uppercased()) is not supported"
            )
        default: throw unsupported("this statement", at: root)
        }
    }

    private func modes(_ list: NodeIndex) -> [TransactionModeSetting] {
        var settings: [TransactionModeSetting] = []
        for (_, node) in tree.list(list) {
            switch TransactionMode(rawValue: node.a) {
            case .readUncommitted: settings.append(.isolation(.readUncommitted))
            case .readCommitted: settings.append(.isolation(.readCommitted))
            case .repeatableRead: settings.append(.isolation(.repeatableRead))
            case .serializable: settings.append(.isolation(.serializable))
            case .readOnly: settings.append(.readOnly(true))
            case .readWrite: settings.append(.readOnly(false))
            case .deferrable: settings.append(.deferrable(true))
            case .notDeferrable: settings.append(.deferrable(false))
            case .chain, nil: break
            }
        }
        return settings
    }

    /// Parameters that are lists keep their elements quoted, as flatten_set_variable_args does.
    private func listValue(_ name: String, _ values: [String]) -> String {
        switch name.lowercased() {
        case "search_path", "datestyle", "session_preload_libraries", "shared_preload_libraries",
            "local_preload_libraries",
            "temp_tablespaces", "debug_io_direct", "log_destination", "unix_socket_directories", "listen_addresses",
            "wal_consistency_checking", "synchronous_standby_names":
            values.map { name.lowercased() == "datestyle" ? $0 : Quoting.identifier($0) }.joined(separator: ", ")
        default:
            values.joined(separator: ", ")
        }
    }

    private func bindVacuum(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        var isAnalyze = node.kind == .analyze
        var isFull = false
        for (index, option) in tree.list(node.a) {
            let isOn = option.b == 0 || !["off", "false", "0"].contains(tree.string(option.b).lowercased())
            switch nameParts(option.a).last ?? "" {
            case "analyze": isAnalyze = isAnalyze || isOn
            case "full": isFull = isOn
            case "verbose", "freeze", "skip_locked", "disable_page_skipping", "index_cleanup", "truncate", "parallel",
                "process_toast":
                break
            case let other:
                throw fail(
                    .syntaxError,
                    "unrecognized \(node.kind == .vacuum ? "VACUUM" : "ANALYZE") option \"\(other)\"",
                    at: index
                )
            }
        }
        var tables: [Table] = []
        for (_, target) in tree.list(node.b) {
            if case .system? = try findRelation(target.a) { continue }
            let table = try table(target.a)
            for (_, column) in tree.list(target.b) {
                let name = tree.string(column.a, column.b)
                guard table.column(named: name) != nil else {
                    throw SQLError(
                        .undefinedColumn,
                        "column \"\(name)\" of relation \"\(table.name)\" does not exist"
                    )
                }
            }
            tables.append(table)
        }
        return .vacuum(
            tables: tables,
            isVacuum: node.kind == .vacuum,
            isAnalyze: isAnalyze,
            isFull: isFull
        )
    }

    private func bindExplain(_ root: NodeIndex) throws(SQLError) -> BoundStatement {
        let node = tree[root]
        var flags: [String: Bool] = [:]
        var format = BoundExplain.Format.text
        for (index, option) in tree.list(node.b) {
            let name = nameParts(option.a).last ?? ""
            if name == "format" {
                switch option.b == 0 ? "" : tree.string(option.b).lowercased() {
                case "text": format = .text
                case "json": format = .json
                case "xml": format = .xml
                case "yaml": format = .yaml
                case let other:
                    throw fail(
                        .invalidParameterValue,
                        "unrecognized value for EXPLAIN option \"format\": \"\(other)\"",
                        at: index
                    )
                }
                continue
            }
            guard
                ["analyze", "verbose", "costs", "buffers", "timing", "summary", "settings", "wal", "generic_plan"]
                    .contains(name)
            else { throw fail(.syntaxError, "unrecognized EXPLAIN option \"\(name)\"", at: index) }
            if option.b == 0 {
                flags[name] = true
            } else {
                switch tree.string(option.b).lowercased() {
                case "true", "on", "1": flags[name] = true
                case "false", "off", "0": flags[name] = false
                default: throw SQLError(.syntaxError, "\(name) requires a Boolean value")
                }
            }
        }
        let isAnalyze = flags["analyze"] ?? false
        if flags["timing"] == true, !isAnalyze {
            throw SQLError(.invalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
        }
        return .explain(
            BoundExplain(
                statement: try bindStatement(node.a),
                isAnalyze: isAnalyze,
                isVerbose: flags["verbose"] ?? false,
                showsCosts: flags["costs"] ?? true,
                showsBuffers: flags["buffers"] ?? false,
                showsTiming: flags["timing"] ?? isAnalyze,
                showsSummary: flags["summary"],
                format: format
            )
        )
    }
}
