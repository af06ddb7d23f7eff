"""Records what a real PostgreSQL 15 makes of many texts: its output, its binary form, or its error.

    python record_text_formats.py "host=127.0.0.1 port=5432 user=postgres" > text-formats.tsv

Each line: type, input, outcome, binary form (hex). The input goes through an assignment to a column of that type. Fields are
escaped as in COPY's text format. An error's outcome is `!SQLSTATE message`, with `|detail` where there is one.
"""
import random
import struct
import sys

import psycopg

CASES = {
    "boolean": "t f true FALSE yes n on off o of tr 1 0 2 10 |  true  | maybe fals truee".split(" "),
    "smallint": ["0", "-1", "32767", "32768", "-32768", "-32769", " 7 ", "", " ", "+5", "1.5", "1e3", "x", "--1", "- 1", "99999999999999999999"],
    "integer": ["0", "-0", "2147483647", "2147483648", "-2147483648", "-2147483649", "\t12\n", "12a", "0x1F", "1_000", "é"],
    "bigint": ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1 2", "007"],
    "oid": ["0", "4294967295", "4294967296", "-1", "x", "", "12 ", "-2147483648"],
    "real": ["1.5", "3.14159265", "1e10", "1e5", "123456", "1234567", "999999.5", "0.0001", "0.00001", "1e-40", "1e40", "1e-50",
        "nan", "-inf", "Infinity", "-0", "16777217", "33554433", "0.1", "x", "1e", "", "9.5367432e-07", "8388608.5"],
    "double precision": ["1.5", "0.1", "1e15", "1e14", "123456789012345", "1234567890123456", "999999999999999.9", "0.0001", "0.00001",
        "1e400", "1e-400", "5e-324", "1.7976931348623157e308", "NaN", "inf", "-Infinity", "+inf", "-0", "0", "x", "1.2.3", "1e", ".5",
        "5.", ".", "1e23", "9007199254740993", "18014398509481984", "1e16", "1e17", "1e22", "0x10", "nan(1)", "  2.5  ", "4.35", "2.675",
        "100", "1000000", "0.30000000000000004", "1e100", "12345678.125", "4503599627370496.5"],
    "numeric": ["0", "-0", "0.00", "1", "-1.50", "123456789012345678901234567890.123456789", "1e10", "1e-10", "1.5e3", "1.5e-3", "NaN",
        "Infinity", "-inf", "nan ", "+5", ".5", "5.", ".", "", "1e", "1e+", "x", "1 2", "00012.3400", "1e131071", "1e131072", "1e-16383",
        "1e-16384", "9999", "10000", "10001", "0.0001", "0.00001", "99999999.99999999", "- 1", "1e1000000000", "1e99999999999"],
    "numeric(4,2)": ["1", "99.994", "99.995", "-99.99", "100", "0.005", "0.004", "NaN", "Infinity", "1e10"],
    "numeric(3,0)": ["999.4", "999.5", "0.5", "1.5", "-0.5"],
    "numeric(2,-2)": ["9949", "9950", "50", "49", "-1234"],
    "numeric(3,5)": ["0.00999", "0.01", "0.000004", "0.000005", "0.009995"],
    "text": ["", "abc", "  a  ", "é漢🙂", "a\tb\nc\\d"],
    "character varying(3)": ["", "abc", "abcd", "abc   ", "ab  x", "é漢🙂", "é漢🙂x", "é漢🙂  "],
    "character(3)": ["", "a", "abc", "abcd", "abc  ", "é", "é漢🙂", "é漢🙂x", "   "],
    "character": ["a", "ab", ""],
    "\"char\"": ["a", "", "abc"],
    "name": ["abc", "x" * 70, "é" * 40],
    "bytea": ["", "abc", "\\x", "\\x00ff", "\\xDEADbeef", "\\x0", "\\x0g", "\\x00 ff", "a\\\\b", "\\001\\377", "\\400", "\\1", "a\\"],
    "date": ["2024-01-31", "2024-02-30", "2024-13-01", "20240131", "Jan 31, 2024", "31 January 2024", "1/31/2024", "31/1/2024", "2024-1-5",
        "0001-01-01", "0001-01-01 BC", "4714-11-24 BC", "4714-11-23 BC", "5874897-12-31", "5874898-01-01", "infinity", "-infinity", "epoch",
        "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "99-01-02", "69-01-02", "70-01-02", "x", "", "2024-01", "2024-01-31 10:00",
        "2024-01-31T10:00:00Z", "2024.031", "0000-01-01", "Monday January 1 2024", "2024-01-00", "99999-01-01", "31.01.2024", "2024/01/31",
        "2024-Jan-31", "31-Jan-2024", "Jan-31-2024", "240131", "2024-01-31 foo"],
    "time": ["04:05", "04:05:06", "04:05:06.789", "04:05:06.7890001", "24:00", "24:00:01", "25:00", "04:60", "040506", "0405", "4:05 PM",
        "12:05 AM", "12:00 PM", "13:00 PM", "allballs", "x", "", "04:05:06.9999999", "23:59:60", "04:05:61", "04:05:06+02", "04:05:06 UTC"],
    "timestamp": ["2024-01-31", "2024-01-31 04:05", "2024-01-31 04:05:06.7", "2024-01-31T04:05:06", "2024-01-31 04:05:06+02", "20240131T040506",
        "20240131 040506", "2024-01-31 24:00:00", "2024-01-31 25:00:00", "infinity", "-infinity", "epoch", "294276-12-31 23:59:59.999999",
        "294277-01-01", "4713-01-01 BC", "4714-11-24 00:00:00 BC", "4714-11-23 00:00:00 BC", "Wed Jan 31 04:05:06 2024", "x", "",
        "2024-01-31 04:05:06.1234567", "Jan 31 2024 4:05 PM", "2024-13-01 00:00", "1/31/2024 4:05", "2024-01-31 04:05:06 Z", "04:05:06"],
    "timestamp(0)": ["2024-01-31 04:05:06.5", "2024-01-31 04:05:06.499", "1999-12-31 23:59:59.5", "1999-12-31 23:59:58.5"],
    "timestamptz": ["2024-01-31", "2024-01-31 04:05:06+02", "2024-01-31 04:05:06-05:30", "2024-01-31 04:05:06Z", "2024-01-31 04:05:06 UTC",
        "2024-01-31T04:05:06.123456+00:00", "2024-01-31 04:05:06 EST", "2024-01-31 04:05:06+0230", "2024-01-31 04:05:06+16", "infinity", "epoch",
        "2024-01-31 04:05:06+02:30:15", "2024-01-31 04:05:06 Nowhere/City", "2024-01-31 04:05:06 PST", "0044-03-15 12:00:00+00 BC", "x"],
    "interval": ["1 day", "1 year 2 mons 3 days 04:05:06.7", "-1 day", "1 day ago", "1 hour -5 minutes", "1-2", "-1-2", "3 4:05:06", "P1Y2M3DT4H5M6S",
        "P0001-02-03T04:05:06", "PT1.5S", "P1W", "1.5 months", "1.5 days", "0.5 year", "1.5 hours", "1 week", "1 decade", "1 century", "1 millennium",
        "1.5 weeks", "1", "1.5", "-0.1", "00:00:00", "0", "@ 1 hour ago", "1 mon -1 day", "-1 mon +1 day 00:00:01", "10:20", "10:20:30.5", "100:00:00",
        "1 fortnight", "x", "", "2562047788:00:54", "178956971 years", "1 us", "1 ms", "-00:00:00.000001", "1 mon", "1 day 25:00:00", "12 mons",
        "-13 mons", "1y2mon3d4h5m6s", "1 year ago 2 days", "24:00", "1:60", "99999999999 days"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "x", "",
        "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a112", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ["{}", " [1, 2 ] ", "{\"a\" : 1}", "null", "tru", "{\"a\":}", "[1,]", "", "\"a\\u00e9\"", "\"\\ud83d\\ude42\"", "01", "1.", "-", "{a:1}",
        "[1 2]", "{\"a\" 1}", "{\"a\":1 \"b\"}", "\"abc", "1 2", "\"\\x\"", "{,}", "[", "{\"a\""],
    "jsonb": ["{}", "[1,2]", "{\"bb\":1,\"a\":2,\"c\":3,\"a\":4}", "  null ", "1.50", "1e3", "-0", "\"a\\u00e9\\n\"", "{\"x\":[true,false,{\"y\":null}]}", "[]",
        "\"\\u0000\"", "1E-2", "\"\\ud83d\\ude42\"", "{\"a\":\"\\\"q\\\\\"}"],
    "integer[]": ["{}", "{1,2,3}", "{ 1 , 2 }", "{NULL,1}", "{null}", "{{1,2},{3,4}}", "[0:1]={1,2}", "[2:2]={5}", "{{1,2},{3}}", "{1,{2}}", "{1,2", "1,2", "{1,,2}",
        "{1}x", "{\"1\",\"2\"}", "{x}", "", "[1:2]={1}", "{{},{}}", "{{{1}}}", "[1:2][1:1]={{1},{2}}", "{1,}", "{,1}", "[2:1]={1}"],
    "text[]": ["{a,b}", "{\"a b\",\"c,d\",\"e\\\"f\",\"g\\\\h\"}", "{NULL,\"NULL\",null}", "{\"\"}", "{ a b , c }", "{a\\,b}", "{\"{\"}", "{é,🙂}", "{\"a\"b}", "{a\"b\"}"],
    "double precision[]": ["{1.5,2,NaN}", "{1e20}"],
    "boolean[]": ["{t,f,NULL}"],
    "varchar(2)[]": ["{ab,c}", "{abc}"],
    "numeric(4,1)[]": ["{1.25,2}"],
    "int2vector": ["1 2 3", "", "1"],
    "oidvector": ["1 2 3", ""],
}


def random_cases(seed):
    source = random.Random(seed)
    for _ in range(1500):
        value = struct.unpack("<d", source.randbytes(8))[0]
        if value == value:
            yield "double precision", repr(value)
    for _ in range(600):
        value = struct.unpack("<f", source.randbytes(4))[0]
        if value == value:
            yield "real", repr(value)
    for _ in range(600):
        yield "double precision", repr(source.uniform(0, 1000))
        yield "double precision", repr(float(2 ** source.randrange(50, 300) + source.randrange(-4, 4)))
        yield "double precision", repr(round(source.uniform(0, 10000), source.randrange(0, 5)))
    for _ in range(300):
        digits = str(source.randrange(10 ** source.randrange(1, 40)))
        place = source.randrange(0, len(digits) + 1)
        yield "numeric", source.choice(["", "-"]) + digits[:place] + "." + digits[place:]
    for _ in range(300):
        yield "date", f"{source.randrange(1, 9999):04}-{source.randrange(1, 13):02}-{source.randrange(1, 29):02}"
        yield "timestamp", f"{source.randrange(1, 9999):04}-{source.randrange(1, 13):02}-{source.randrange(1, 29):02} " \
            f"{source.randrange(24):02}:{source.randrange(60):02}:{source.randrange(60):02}.{source.randrange(10 ** 6):06}"
    for _ in range(200):
        yield "interval", f"{source.randrange(-99, 99)} mons {source.randrange(-99, 99)} days {source.uniform(-1e5, 1e5):.6f} seconds"


def escape(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def main():
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        raw = connection.pgconn
        for setting in (b"set timezone to 'UTC'", b"set datestyle to 'ISO, MDY'", b"set lc_messages to 'C'"):
            raw.exec_(setting)
        cases = [(kind, text) for kind, texts in CASES.items() for text in texts] + list(random_cases(15))
        last = None
        for kind, text in cases:
            if kind != last:
                raw.exec_(b"drop table if exists pg_temp.recorded")
                raw.exec_(f"create temp table recorded (value {kind})".encode())
                last = kind
            literal = "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
            statement = f"insert into recorded values ({literal}) returning value".encode()
            result = raw.exec_params(statement, [], result_format=0)
            if result.error_message:
                state = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE).decode()
                message = result.error_field(psycopg.pq.DiagnosticField.MESSAGE_PRIMARY).decode()
                detail = result.error_field(psycopg.pq.DiagnosticField.MESSAGE_DETAIL)
                outcome, binary = f"!{state} {message}" + (f"|{detail.decode()}" if detail else ""), ""
            else:
                outcome = result.get_value(0, 0).decode()
                binary = raw.exec_params(statement, [], result_format=1).get_value(0, 0).hex()
            print("\t".join([kind, escape(text), escape(outcome), binary]))


main()
