import SQLTypes

/// nextval, currval, setval, lastval.
enum SequenceFunctions {
    static func register(in registry: inout FunctionRegistry) {
        registry.add("nextval_oid") { (a, environment) throws(SQLError) in
            let sequence = try find(a[0], environment)
            let value = try sequence.next()
            environment.sequenceValues.current[sequence.oid] = value
            environment.sequenceValues.last = sequence.oid
            return .int(value)
        }
        registry.add("currval_oid") { (a, environment) throws(SQLError) in
            let sequence = try find(a[0], environment)
            guard let value = environment.sequenceValues.current[sequence.oid] else {
                throw SQLError(
                    .objectNotInPrerequisiteState,
                    "currval of sequence \"\(sequence.name)\" is not yet defined in this session"
                )
            }
            return .int(value)
        }
        registry.add("lastval") { (_, environment) throws(SQLError) in
            guard let value = environment.sequenceValues.current[environment.sequenceValues.last] else {
                throw SQLError(.objectNotInPrerequisiteState, "lastval is not yet defined in this session")
            }
            return .int(value)
        }
        for symbol in ["setval_oid", "setval3_oid"] {
            registry.add(symbol) { (a, environment) throws(SQLError) in
                let sequence = try find(a[0], environment)
                let value = a[1].integer
                guard value >= sequence.minimum, value <= sequence.maximum else {
                    throw SQLError(
                        .numericValueOutOfRange,
                        "setval: value \(value) is out of bounds for sequence \"\(sequence.name)\" "
                            + "(\(sequence.minimum)..\(sequence.maximum))"
                    )
                }
                sequence.counter.lastValue = value
                sequence.counter.isCalled = a.count > 2 ? a[2].boolean : true
                if sequence.counter.isCalled { environment.sequenceValues.current[sequence.oid] = value }
                return .int(value)
            }
        }
    }

    private static func find(_ value: Value, _ environment: any EvaluationEnvironment) throws(SQLError)
        -> SequenceRelation
    {
        let oid = OID(truncatingIfNeeded: value.integer)
        if let sequence = environment.catalog.sequence(oid) { return sequence }
        if let relation = environment.catalog.relations[oid] {
            throw SQLError(.wrongObjectType, "\"\(relation.name)\" is not a sequence")
        }
        throw SQLError(.undefinedTable, "could not open relation with OID \(oid)")
    }
}
