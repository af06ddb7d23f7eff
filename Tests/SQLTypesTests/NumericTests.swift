import SQLTypes
import Testing

/// Arithmetic of numeric against itself: identities over seeded random numbers, and results recorded from PostgreSQL 15.
@Suite struct NumericTests {
    static func number(_ text: String) throws -> Numeric {
        let value = try SQLType.numeric.parse(text)
        return try #require(value.asNumeric)
    }

    /// Left, operator, right, PostgreSQL's result.
    static let recorded: [(String, Character, String, String)] = [
        ("1", "/", "3", "0.33333333333333333333"), ("10", "/", "4", "2.5000000000000000"),
        ("1", "/", "7", "0.14285714285714285714"), ("123456789", "/", "1000", "123456.789000000000"),
        ("2", "/", "3", "0.66666666666666666667"), ("-2", "/", "3", "-0.66666666666666666667"),
        ("1.50", "*", "2.25", "3.3750"), ("99999999.99", "+", "0.01", "100000000.00"), ("1.00", "-", "1.00", "0.00"),
        ("10", "%", "3", "1"), ("-10", "%", "3", "-1"), ("10.5", "%", "3", "1.5"),
        ("1e20", "/", "3", "33333333333333333333"),
        ("0.001", "/", "1000", "0.000001000000000000000000"), ("NaN", "+", "1", "NaN"),
        ("Infinity", "-", "Infinity", "NaN"),
        ("1", "/", "Infinity", "0"),
        ("12345678901234567890", "*", "98765432109876543210", "1219326311370217952237463801111263526900"),
        ("4", "/", "2", "2.0000000000000000"), ("3", "/", "20000", "0.00015000000000000000"),
    ]

    @Test(arguments: recorded.indices) func resultsAreThoseOfPostgreSQL(_ index: Int) throws {
        let (left, sign, right, expected) = Self.recorded[index]
        let (first, second) = (try Self.number(left), try Self.number(right))
        let result =
            switch sign {
            case "+": try first.adding(second)
            case "-": try first.subtracting(second)
            case "*": try first.multiplied(by: second)
            case "/": try first.divided(by: second)
            default: try first.remainder(dividingBy: second)
            }
        #expect(result.description == expected, "\(left) \(sign) \(right)")
    }

    @Test func divisionByZeroIsAnError() throws {
        #expect(throws: SQLError.self) { try Numeric(1).divided(by: .zero) }
        #expect(throws: SQLError.self) { try Numeric(1).remainder(dividingBy: .zero) }
    }

    @Test func identitiesHold() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<3000 {
            func random() throws -> Numeric {
                let count = Int(generator.next() % 40) + 1
                var digits = (0..<count).map { _ in Character(String(generator.next() % 10)) }
                digits.insert(".", at: Int(generator.next() % UInt64(count + 1)))
                return try Self.number((generator.next() % 2 == 0 ? "-" : "") + String(digits))
            }
            let (first, second, third) = (try random(), try random(), try random())
            #expect(Numeric.compare(try first.adding(second).subtracting(second), first) == 0)
            let left = try first.adding(second).multiplied(by: third)
            let right = try first.multiplied(by: third).adding(try second.multiplied(by: third))
            #expect(Numeric.compare(left, right) == 0)
            guard second.signum != 0 else { continue }
            let whole = try first.wholeQuotient(by: second)
            let rest = try first.remainder(dividingBy: second)
            #expect(Numeric.compare(try whole.multiplied(by: second).adding(rest), first) == 0)
            #expect(Numeric.compare(rest.magnitude, second.magnitude) < 0)
        }
    }

    @Test func integersRoundTrip() {
        for value in [0, 1, -1, 9999, 10000, -10001, Int64.max, Int64.min, Int64.max - 1] as [Int64] {
            #expect(Numeric(value).roundedToInt64 == value)
            #expect(Numeric(value).description == String(value))
        }
    }

    @Test func roundingIsHalfAwayFromZero() throws {
        #expect(try Self.number("0.5").rounded(toScale: 0).description == "1")
        #expect(try Self.number("-2.5").rounded(toScale: 0).description == "-3")
        #expect(try Self.number("9999.5").rounded(toScale: 0).description == "10000")
        #expect(try Self.number("1234.5678").rounded(toScale: -2).description == "1200")
        #expect(try Self.number("1.999").truncated(toScale: 2).description == "1.99")
        #expect(try Self.number("-1.5").roundedDown().description == "-2")
        #expect(try Self.number("-1.5").roundedUp().description == "-1")
    }

    @Test func comparisonAndHashAgree() throws {
        let (first, second) = (try Self.number("1.0"), try Self.number("1.00"))
        #expect(Numeric.compare(first, second) == 0)
        var (left, right) = (Hasher(), Hasher())
        SQLType.numeric.hash(.numeric(first), into: &left)
        SQLType.numeric.hash(.numeric(second), into: &right)
        #expect(left.finalize() == right.finalize())
        #expect(Numeric.compare(.notANumber, .infinity) > 0)
        #expect(Numeric.compare(.notANumber, .notANumber) == 0)
    }
}
