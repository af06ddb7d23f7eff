import Testing

/// `#expect(found == expected)` for calls that change their receiver, which the macro cannot take apart.
func check<Value: Equatable>(_ found: Value, _ expected: Value, at location: SourceLocation = #_sourceLocation) {
    #expect(found == expected, sourceLocation: location)
}
