"""Real clients against ours and PostgreSQL 15 in one run: psql (bytes compared), psycopg, psycopg2, asyncpg, pgbench."""

from __future__ import annotations

import asyncio
import os
import subprocess

import asyncpg
import psycopg
import psycopg2
import pytest
from harness.processes import postgresql_bindir

STATEMENTS = [
    "SELECT 1",
    "SELECT 1 AS a, 'x' AS b, NULL AS c, 1.50 AS d, true AS e, 1e20::float8 AS f",
    "SELECT 1; SELECT 'two'",
    "SELECT nothing",
    "SELEC 1",
    "SELECT * FROM missing",
    "SELECT 'é', missing",
    "SELECT 1 +\n  'x'",
    "SELECT 1/0",
    "SELECT 'a'::int",
    "SELECT 99999999999::int",
    "CREATE TABLE shop (id char(8) UNIQUE, name varchar(5), price float)",
    "INSERT INTO shop VALUES ('a', 'tea', 3.5), ('b', 'mocha', 4)",
    "INSERT INTO shop VALUES ('a', 'twice', 1)",
    "INSERT INTO shop VALUES ('c', 'too long', 1)",
    "SELECT * FROM shop ORDER BY price DESC",
    "UPDATE shop SET price = price + 1 WHERE id = 'a' RETURNING id, price",
    "BEGIN; INSERT INTO shop VALUES ('d', 'x', 1); ROLLBACK",
    "SELECT count(*), avg(price) FROM shop",
    "COPY (SELECT * FROM shop ORDER BY id) TO STDOUT",
    "COPY (SELECT * FROM shop ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)",
    "DELETE FROM shop WHERE id = 'b'",
    "DROP TABLE shop",
    "DROP TABLE IF EXISTS shop",
    "",
    ";",
]


def psql(server, statement: str, *options: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        ["psql", "-X", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "-d", "postgres", *options, "-c", statement],
        capture_output=True,
        timeout=20,
        env={**os.environ, "PGCONNECT_TIMEOUT": "5", "PGPASSWORD": server.password, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_psql_prints_the_same_bytes(postgresql, emporium_sql):
    for statement in STATEMENTS:
        expected = psql(postgresql, statement)
        found = psql(emporium_sql, statement)
        assert found == expected, statement


def dsn(server) -> str:
    return f"host=127.0.0.1 port={server.port} user=postgres dbname=postgres connect_timeout=5 password='{server.password}'"


@pytest.fixture(params=["postgresql", "emporium_sql"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg(server, binary):
    with psycopg.connect(dsn(server)) as connection, connection.cursor(binary=binary) as cursor:
        cursor.execute("CREATE TEMP TABLE p (id int PRIMARY KEY, name text, price float8, made timestamptz, flag bool)")
        cursor.executemany(
            "INSERT INTO p VALUES (%s, %s, %s, %s, %s)",
            [(1, "it's", 3.5, "2024-01-31 04:05:06+00", True), (2, "é🙂", -0.1, None, None)],
        )
        cursor.execute("SELECT id, name, price, flag FROM p WHERE id = %s", (2,))
        assert cursor.fetchall() == [(2, "é🙂", -0.1, None)]
        cursor.execute("SELECT made FROM p WHERE id = 1")
        assert cursor.fetchone()[0].isoformat() == "2024-01-31T04:05:06+00:00"
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            cursor.execute("INSERT INTO p VALUES (1, 'x', 0, NULL, NULL)")
        assert caught.value.diag.constraint_name == "p_pkey"
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            cursor.execute("SELECT 1")
        connection.rollback()
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_psycopg_copy_both_ways(server):
    with psycopg.connect(dsn(server), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute("CREATE TABLE copied (a int, b text)")
        with cursor.copy("COPY copied FROM STDIN") as copy:
            for number in range(1000):
                copy.write_row((number, f"row\t{number}\\"))
        assert cursor.rowcount == 1000
        with cursor.copy("COPY copied TO STDOUT") as copy:
            assert sum(1 for _ in copy.rows()) == 1000
        with pytest.raises(psycopg.errors.InvalidTextRepresentation), cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write(b"x\ty\n")
        cursor.execute("SELECT count(*) FROM copied")
        assert cursor.fetchone() == (1000,)
        cursor.execute("DROP TABLE copied")


def test_psycopg_pipeline(server):
    with psycopg.connect(dsn(server), autocommit=True) as connection, connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", (number,)) for number in range(100)]
        assert [cursor.fetchone()[0] for cursor in cursors] == list(range(100))


def test_psycopg2(server):
    connection = psycopg2.connect(dsn(server))
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT %s, %s, %s", (1, "it's", None))
        assert cursor.fetchone() == (1, "it's", None)
        assert [column.type_code for column in cursor.description][0] == 23
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute("SELECT * FROM missing")
        assert caught.value.pgcode == "42P01"
        connection.rollback()
    finally:
        connection.close()


def test_asyncpg(server):
    async def run():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="postgres", database="postgres", password=server.password
        )
        try:
            assert await connection.fetchval("SELECT $1::int + 1", 41) == 42
            row = await connection.fetchrow("SELECT 1::int8 AS a, 2.5::float8 AS b, 'x'::text AS c, true AS d, NULL::int AS e")
            assert tuple(row) == (1, 2.5, "x", True, None)
            assert await connection.fetchval("SELECT $1::text", "é🙂") == "é🙂"
            with pytest.raises(asyncpg.UndefinedTableError):
                await connection.fetch("SELECT * FROM missing")
            async with connection.transaction():
                assert await connection.fetchval("SELECT 1") == 1
        finally:
            await connection.close()

    asyncio.run(run())


def test_cancel_request(server):
    with psycopg.connect(dsn(server)) as connection:
        connection.cancel()
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench(emporium_sql, mode):
    bench = [str(postgresql_bindir() / "pgbench"), "-h", "127.0.0.1", "-p", str(emporium_sql.port), "-U", "postgres"]
    if mode == "simple":
        made = subprocess.run(
            [*bench, "-i", "-s", "1", "-q", "postgres"],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PGPASSWORD": emporium_sql.password},
            check=False,
        )
        assert made.returncode == 0, made.stderr
    for script in ("-S", "-N"):
        done = subprocess.run(
            [*bench, "-n", script, "-M", mode, "-c", "4", "-t", "200", "postgres"],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PGPASSWORD": emporium_sql.password},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "number of transactions actually processed: 800/800" in done.stdout
        assert "number of failed transactions: 0" in done.stdout
