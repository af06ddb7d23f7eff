"""Seeded differential fuzzing of SQL: random queries and changes to ours and to PostgreSQL, every answer compared.

    EMPORIUM_FUZZ_QUERIES=20000 EMPORIUM_FUZZ_SEED=42 pytest Tests/ConformanceTests/test_fuzz_sql.py

Queries are well typed, so most of them answer with rows; results are always ordered by a key. Numbers stay small and
divisors are not zero, because two correct servers may meet an error in one row of many at different moments.
"""

from __future__ import annotations

import os
import random
import time

from harness import ledger
from harness.kvscript import Difference
from harness.sqlscript import Side, Step, _parted

QUERIES = int(os.environ.get("EMPORIUM_FUZZ_QUERIES", "3000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))

TABLE = """
CREATE TABLE f (
    id integer PRIMARY KEY, i integer, j integer, b bigint, x double precision, n numeric(8,2),
    s text, v varchar(12), c char(6), o boolean
);
"""
WORDS = ["tea", "Tea", "green tea", "coffee", "Kaffee", "", " ", "a_b", "100%", "über", "日本", "x", "zebra", "null"]


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def literal(self, kind: str) -> str:
        r = self.random
        if r.random() < 0.08:
            return "NULL"
        if kind == "int":
            return str(r.randint(-9, 30))
        if kind == "float":
            return f"{r.choice([0.5, 1.25, -3, 7, 0.1, 1e3, -0.75])}::float8"
        if kind == "numeric":
            return self.pick("1.5", "0.25", "-2.10", "10.00", "3.333", "100")
        if kind == "text":
            return "'" + r.choice(WORDS).replace("'", "''") + "'"
        return self.pick("true", "false")

    def column(self, kind: str, prefix: str) -> str:
        names = {"int": ["i", "j", "id"], "float": ["x"], "numeric": ["n"], "text": ["s", "v", "c"], "bool": ["o"]}
        return prefix + self.random.choice(names[kind])

    def expression(self, kind: str, depth: int, prefix: str = "") -> str:
        if depth <= 0 or self.random.random() < 0.2:
            return self.column(kind, prefix) if self.random.random() < 0.7 else self.literal(kind)
        sub = lambda k: self.expression(k, depth - 1, prefix)  # noqa: E731
        make = {
            "int": [
                lambda: f"({sub('int')} {self.pick('+', '-')} {sub('int')})",
                lambda: f"({sub('int')} * {self.random.randint(-3, 3)})",
                lambda: f"({sub('int')} {self.pick('/', '%')} {self.random.choice([2, 3, -4, 7])})",
                lambda: f"abs({sub('int')})",
                lambda: f"length({sub('text')})",
                lambda: f"coalesce({sub('int')}, {self.random.randint(0, 9)})",
                lambda: f"nullif({sub('int')}, {self.random.randint(0, 9)})",
                lambda: f"CASE WHEN {sub('bool')} THEN {sub('int')} ELSE {sub('int')} END",
                lambda: f"greatest({sub('int')}, {sub('int')})",
                lambda: f"position({sub('text')} in {sub('text')})",
                lambda: f"(-{sub('int')})",
            ],
            "float": [
                lambda: f"({sub('float')} {self.pick('+', '-', '*')} {sub('float')})",
                lambda: f"({sub('float')} / {self.pick('2', '0.3', '7::float8')})",
                lambda: f"({sub('float')} + {sub('int')})",
                lambda: f"coalesce({sub('float')}, 0)",
                lambda: f"floor({sub('float')})",
                lambda: f"round({sub('float')})",
                lambda: f"{sub('int')}::float8",
            ],
            "numeric": [
                lambda: f"({sub('numeric')} {self.pick('+', '-', '*')} {sub('numeric')})",
                lambda: f"({sub('numeric')} / {self.pick('3', '0.7', '4.00')})",
                lambda: f"round({sub('numeric')}, {self.random.randint(0, 3)})",
                lambda: f"({sub('numeric')} + {sub('int')})",
                lambda: f"{sub('int')}::numeric",
            ],
            "text": [
                lambda: f"({sub('text')} || {sub('text')})",
                lambda: f"{self.pick('upper', 'lower', 'trim', 'reverse')}({sub('text')})",
                lambda: f"substring({sub('text')} from {self.random.randint(-1, 3)} for {self.random.randint(0, 4)})",
                lambda: f"{self.pick('left', 'right')}({sub('text')}, {self.random.randint(-2, 4)})",
                lambda: f"replace({sub('text')}, 'e', 'E')",
                lambda: f"coalesce({sub('text')}, 'none')",
                lambda: f"{sub(self.pick('int', 'bool', 'numeric', 'float'))}::text",
                lambda: f"CASE WHEN {sub('bool')} THEN {sub('text')} END",
                lambda: f"lpad({sub('text')}, {self.random.randint(0, 8)}, '*')",
            ],
            "bool": [
                lambda: f"({sub('int')} {self.pick('=', '<>', '<', '<=', '>', '>=')} {sub('int')})",
                lambda: f"({sub('float')} {self.pick('<', '>=', '=')} {sub('float')})",
                lambda: f"({sub('numeric')} {self.pick('<', '>=', '=')} {sub('numeric')})",
                lambda: f"({sub('text')} {self.pick('=', '<', '>', '<>')} {sub('text')})",
                lambda: f"({sub('bool')} {self.pick('AND', 'OR')} {sub('bool')})",
                lambda: f"(NOT {sub('bool')})",
                lambda: f"({sub(self.pick('int', 'text', 'float', 'bool'))} IS {self.pick('', 'NOT ')}NULL)",
                lambda: f"({sub('text')} {self.pick('LIKE', 'ILIKE', 'NOT LIKE', 'NOT ILIKE')} '{self.pattern()}')",
                lambda: (
                    f"({sub('int')} {self.pick('IN', 'NOT IN')} ({', '.join(self.literal('int') for _ in range(3))}))"
                ),
                lambda: f"({sub('int')} BETWEEN {self.random.randint(-5, 5)} AND {self.random.randint(0, 20)})",
                lambda: f"({sub('int')} IS DISTINCT FROM {sub('int')})",
                lambda: f"({sub('bool')} IS {self.pick('TRUE', 'NOT TRUE', 'FALSE', 'UNKNOWN')})",
            ],
        }
        return self.random.choice(make[kind])()

    def pattern(self) -> str:
        return "".join(
            self.random.choice(["%", "_", "t", "e", "a", "T", "ü", "tea", "\\%", "\\_", "f"])
            for _ in range(self.random.randint(1, 4))
        )

    def kind(self) -> str:
        return self.pick("int", "float", "numeric", "text", "bool")

    def depth(self) -> int:
        return self.random.choice([1, 2, 2, 3])

    def where(self, prefix: str = "") -> str:
        return f" WHERE {self.expression('bool', self.depth(), prefix)}" if self.random.random() < 0.8 else ""

    def order(self, column: str) -> str:
        return f"{column}{self.pick('', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST')}"

    def query(self) -> str:
        r = self.random.random()
        if r < 0.45:
            columns = ", ".join(self.expression(self.kind(), self.depth()) for _ in range(self.random.randint(1, 4)))
            # With its table: a column that PostgreSQL names id by itself (CASE … ELSE id END) would be meant otherwise.
            order = self.pick(
                f"ORDER BY {self.order(self.column(self.kind(), ''))}, f.id", "ORDER BY f.id", "ORDER BY f.id DESC"
            )
            limit = self.pick(
                "", "", f" LIMIT {self.random.randint(0, 9)}", f" LIMIT 5 OFFSET {self.random.randint(0, 9)}"
            )
            return f"SELECT {columns} FROM f{self.where()} {order}{limit};"
        if r < 0.6:
            key = self.pick("i % 3", "o", "v", "j", "length(s)")
            aggregates = ", ".join(
                self.pick(
                    "count(*)",
                    "count(x)",
                    "sum(i)",
                    "min(s)",
                    "max(c)",
                    "avg(j)",
                    "sum(n)",
                    "max(x)",
                    "min(b)",
                    "avg(n)",
                    "count(DISTINCT v)",
                    "bool_or(o)",
                    "sum(b)",
                    f"sum({self.expression('int', 2)})",
                )
                for _ in range(self.random.randint(1, 4))
            )
            having = self.pick("", "", " HAVING count(*) > 2", " HAVING sum(i) > 10")
            return f"SELECT {key}, {aggregates} FROM f{self.where()} GROUP BY {key}{having} ORDER BY {key};"
        if r < 0.7:
            join = self.pick("JOIN", "LEFT JOIN", "INNER JOIN", "LEFT OUTER JOIN")
            on = self.pick("a.i = b.j", "a.id = b.i", "a.s = b.v", f"a.id = b.j AND {self.expression('bool', 1, 'b.')}")
            columns = f"a.id, b.id, {self.expression(self.kind(), 1, 'a.')}, {self.expression(self.kind(), 1, 'b.')}"
            where = self.where(self.pick("a.", "b."))
            return f"SELECT {columns} FROM f a {join} f b ON {on}{where} ORDER BY a.id, b.id LIMIT 40;"
        if r < 0.78:
            return f"SELECT DISTINCT {self.column(self.kind(), '')} AS d FROM f{self.where()} ORDER BY d;"
        if r < 0.88:
            target, kind = self.random.choice(
                [("i", "int"), ("j", "int"), ("x", "float"), ("s", "text"), ("o", "bool")]
            )
            narrow = f" WHERE id = {self.random.randint(0, 60)}" if self.random.random() < 0.7 else self.where()
            value = f"({self.expression(kind, 2)})" + (" % 100" if kind == "int" else "")
            if target == "s":
                value = f"left({value}, 20)"
            if target == "x":
                value = self.pick("x + 1", "-x", "i / 2.0::float8", "NULL")
            return f"UPDATE f SET {target} = {value}{narrow};"
        if r < 0.94:
            values = [
                str(self.random.randint(0, 70)),
                self.literal("int"),
                self.literal("int"),
                self.literal("int"),
                self.literal("float"),
            ]
            values += [
                self.literal("numeric"),
                self.literal("text"),
                self.literal("text"),
                self.literal("text"),
                self.literal("bool"),
            ]
            return f"INSERT INTO f VALUES ({', '.join(values)}) RETURNING *;"
        if r < 0.97:
            return f"DELETE FROM f WHERE id = {self.random.randint(0, 70)} RETURNING id, s;"
        return self.pick("BEGIN;", "COMMIT;", "ROLLBACK;")


def test_random_queries(postgresql, emporium_sql):
    print(f"\nseed {SEED}, {QUERIES} queries (EMPORIUM_FUZZ_SEED, EMPORIUM_FUZZ_QUERIES)")
    generator = Generator(SEED)
    name = f"fuzz_{SEED}"
    differences: list[Difference] = []
    with Side(postgresql, name, "simple") as reference, Side(emporium_sql, name, "simple") as ours:
        kinds = ["int", "int", "float", "numeric", "text", "text", "text", "bool"]
        rows = ", ".join(
            "({0}, {2}, {3}, {1}, {4}, {5}, {6}, {7}, {8}, {9})".format(
                i, i * 1000000007, *map(generator.literal, kinds)
            )
            for i in range(50)
        )
        preparation = [TABLE, f"INSERT INTO f VALUES {rows};"]
        for number in range(QUERIES + len(preparation)):
            text = preparation[number] if number < len(preparation) else generator.query()
            mode = "simple" if number < len(preparation) else generator.pick("simple", "extended", "binary")
            outcomes = []
            for side in (reference, ours):
                side.mode = mode
                outcomes.append(side.run(Step(number, text)))
            if outcomes[0] != outcomes[1]:
                expected, got = _parted(*outcomes)
                differences.append(Difference(number, f"{mode}: {text}", str(expected), str(got)))
                if len(differences) >= 20 or outcomes[1][-1][0] != "ready":
                    break
        everything = [side.run(Step(0, "SELECT * FROM f ORDER BY id;")) for side in (reference, ours)]
    ledger.check(f"sql/fuzz seed {SEED}", differences)
    assert everything[0] == everything[1], f"seed {SEED}: the tables differ at the end"


def test_the_generator_is_a_function_of_its_seed():
    one, other = Generator(7), Generator(7)
    assert [one.query() for _ in range(300)] == [other.query() for _ in range(300)]
