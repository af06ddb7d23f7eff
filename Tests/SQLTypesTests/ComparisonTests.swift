import SQLTypes
import Testing

@Suite struct ComparisonTests {
    @Test func bpcharIgnoresPadding() {
        let type = SQLType.bpchar
        #expect(type.compare(.string("a  "), .string("a")) == 0)
        #expect(SQLType.text.compare(.string("a  "), .string("a")) == 1)
        var (left, right) = (Hasher(), Hasher())
        type.hash(.string("a  "), into: &left)
        type.hash(.string("a"), into: &right)
        #expect(left.finalize() == right.finalize())
    }

    @Test func floatsHaveATotalOrder() {
        let values: [Double] = [-.infinity, -1, 0, 1, .infinity, .nan]
        for (index, left) in values.enumerated() {
            for (other, right) in values.enumerated() {
                #expect(SQLType.float8.compare(.float(left), .float(right)) == (index - other).signum())
            }
        }
        #expect(SQLType.float8.compare(.float(-0.0), .float(0)) == 0)
    }

    @Test func textsAreOrderedByBytes() {
        #expect(SQLType.text.compare(.string("B"), .string("a")) == -1)
        #expect(SQLType.text.compare(.string("a"), .string("ab")) == -1)
        #expect(SQLType.text.compare(.string("é"), .string("z")) == 1)
    }

    @Test func intervalsCompareByThirtyDayMonths() throws {
        let type = SQLType.interval
        #expect(type.compare(try type.parse("1 month"), try type.parse("30 days")) == 0)
        #expect(type.compare(try type.parse("1 day"), try type.parse("24 hours")) == 0)
        #expect(type.compare(try type.parse("1 month"), try type.parse("31 days")) == -1)
    }

    @Test func typeNamesAreThoseOfFormatType() {
        #expect(SQLType.varchar(255).sqlName == "character varying(255)")
        #expect(SQLType.bpchar(8).sqlName == "character(8)")
        #expect(SQLType.numeric(precision: 10, scale: 2).sqlName == "numeric(10,2)")
        #expect(SQLType(oid: 1015, modifier: 259).sqlName == "character varying(255)[]")
        #expect(SQLType(oid: .timestamptz, modifier: 3).sqlName == "timestamp(3) with time zone")
        #expect(SQLType.float8.sqlName == "double precision")
        #expect(SQLType.int4.arrayType?.oid == 1007)
        #expect(SQLType(oid: 1007).elementType == .int4)
        #expect(SQLType.name.elementType == nil)
    }

    @Test func statesAreFiveCharacters() {
        #expect(SQLState.uniqueViolation.description == "23505")
        #expect(SQLState("x").description == "x0000")
        #expect(SQLError(.syntaxError, "m", position: 3).at(9).position == 3)
        #expect(SQLError(.syntaxError, "m").at(9).position == 9)
    }
}
