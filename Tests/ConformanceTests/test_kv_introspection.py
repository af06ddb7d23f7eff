"""What the server says about itself: INFO's sections and fields, COMMAND, COMMAND DOCS, CONFIG GET."""

from __future__ import annotations

import time

import pytest
import redis
from harness import commandlist
from harness.resp import RawClient, decode


def sections(port: int, *names: str) -> dict[str, list[str]]:
    text = decode(RawClient(port).call("INFO", *names)).text.decode()
    found: dict[str, list[str]] = {}
    for line in text.split("\r\n"):
        if line.startswith("# "):
            current = found.setdefault(line[2:], [])
        elif line:
            current.append(line.split(":", 1)[0])
    return found


def test_info_sections_are_redis_s(redis_server, emporium_kv):
    RawClient(redis_server.port).call("SET", "a", "1")
    RawClient(emporium_kv.port).call("SET", "a", "1")
    assert list(sections(emporium_kv.port)) == list(sections(redis_server.port))


# What redis-cli --stat, redis-py, exporters and the shop's dashboards read.
READ_BY_CLIENTS = {
    "Server": [
        "redis_version",
        "redis_mode",
        "os",
        "arch_bits",
        "process_id",
        "run_id",
        "tcp_port",
        "uptime_in_seconds",
    ],
    "Clients": ["connected_clients", "maxclients", "blocked_clients"],
    "Memory": [
        "used_memory",
        "used_memory_human",
        "used_memory_rss",
        "used_memory_peak",
        "maxmemory",
        "maxmemory_policy",
    ],
    "Persistence": ["loading", "rdb_changes_since_last_save", "aof_enabled"],
    "Stats": [
        "total_connections_received",
        "total_commands_processed",
        "instantaneous_ops_per_sec",
        "expired_keys",
        "evicted_keys",
        "keyspace_hits",
        "keyspace_misses",
        "total_net_input_bytes",
        "total_net_output_bytes",
    ],
    "Replication": ["role", "connected_slaves", "master_replid", "master_repl_offset", "repl_backlog_active"],
    "CPU": ["used_cpu_sys", "used_cpu_user"],
    "Cluster": ["cluster_enabled"],
    "Keyspace": ["db0"],
}


@pytest.mark.parametrize("section", READ_BY_CLIENTS)
def test_info_fields(section, redis_server, emporium_kv):
    RawClient(emporium_kv.port).call("SET", "a", "1")
    RawClient(redis_server.port).call("SET", "a", "1")
    ours = sections(emporium_kv.port)[section]
    real = sections(redis_server.port)[section]
    assert set(READ_BY_CLIENTS[section]) <= set(ours)
    invented = [name for name in ours if name not in real and not name.startswith("emporium_")]
    assert not invented, f"fields that redis does not have must carry our name: {invented}"
    # In redis's order, so that a diff of two INFOs reads well.
    assert [name for name in ours if name in real] == [name for name in real if name in ours]


# Counted per command, which costs time on every request, so ours does not.
NOT_COUNTED = {"Commandstats", "Latencystats"}


def test_info_has_all_sections_and_fields(redis_server, emporium_kv):
    for server in (redis_server, emporium_kv):
        RawClient(server.port).call("SET", "a", "1")
    real, ours = sections(redis_server.port, "everything"), sections(emporium_kv.port, "everything")
    for name in set(real) - NOT_COUNTED - {"Errorstats", "Keyspace"}:
        missing = set(real[name]) - set(ours.get(name, []))
        assert not missing, f"{name}: {missing}"


def test_info_counts_errors_by_code(emporium_kv):
    client = RawClient(emporium_kv.port)
    client.call("CONFIG", "RESETSTAT")
    for words in (["SET", "k"], ["NOSUCH"], ["HSET", "h", "f", "v"], ["GET", "h"], ["CLUSTER", "INFO"]):
        client.call(*words)
    text = decode(client.call("INFO", "errorstats")).text.decode()
    assert "errorstat_ERR:count=3" in text and "errorstat_WRONGTYPE:count=1" in text


def test_info_numbers_move(emporium_kv):
    client = redis.Redis(port=emporium_kv.port)
    client.flushall()
    before = client.info()
    client.set("hit", 1)
    client.get("hit")
    client.get("miss")
    after = client.info()
    assert after["total_commands_processed"] - before["total_commands_processed"] >= 3
    assert after["keyspace_hits"] - before["keyspace_hits"] == 1
    assert after["keyspace_misses"] - before["keyspace_misses"] == 1
    assert after["db0"]["keys"] == 1
    assert after["used_memory"] > 0 and after["process_id"] == emporium_kv.pid
    client.set("gone", 1, px=1)
    time.sleep(0.3)
    assert client.info()["expired_keys"] - after["expired_keys"] == 1
    assert client.info()["db0"]["keys"] == 1


def commands(port: int) -> dict[str, list]:
    value = decode(RawClient(port).call("COMMAND"))
    return {entry.items[0].text.decode(): entry for entry in value.items}


def _without_notes(specifications) -> list[dict]:
    """Key specifications without their remarks, which are sentences of redis's own."""
    return [{k.text: v for k, v in one.pairs() if k.text != b"notes"} for one in specifications.items]


def test_every_command_of_ours_describes_itself_as_redis_does(redis_server, emporium_kv):
    real, ours = commands(redis_server.port), commands(emporium_kv.port)
    assert len(ours) >= 60
    known = sorted(set(ours) & set(real))
    wrong = []
    for name in known:
        # name, arity, flags, first key, last key, step, categories, tips, key specifications; subcommands apart.
        for index, what in enumerate(
            ["name", "arity", "flags", "first", "last", "step", "categories", "tips", "keyspecs"]
        ):
            if what == "keyspecs":
                same = _without_notes(ours[name].items[index]) == _without_notes(real[name].items[index])
            else:
                same = ours[name].items[index] == real[name].items[index]
            if not same:
                wrong.append(f"{name} {what}: expected {real[name].items[index]}, got {ours[name].items[index]}")
        subcommands = [{e.items[0].text: e.items[:9] for e in side[name].items[9].items} for side in (real, ours)]
        for sub in set(subcommands[0]) & set(subcommands[1]):
            if subcommands[0][sub] != subcommands[1][sub]:
                wrong.append(f"{sub.decode()}: expected {subcommands[0][sub]}, got {subcommands[1][sub]}")
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong)


def test_command_count_is_the_length_of_command(emporium_kv):
    client = RawClient(emporium_kv.port)
    assert client.call("COMMAND", "COUNT") == b":%d\r\n" % len(commands(emporium_kv.port))
    listed = decode(client.call("COMMAND", "LIST"))
    # LIST names subcommands too, as in config|get.
    assert {leaf.text.decode() for leaf in listed.items if b"|" not in leaf.text} == set(commands(emporium_kv.port))


@pytest.mark.parametrize("name", ["get", "set", "hset", "expire", "scan", "del", "client"])
def test_command_docs(name, redis_server, emporium_kv):
    """The summary is our own sentence; what a client completes or highlights by is redis's."""

    def docs(port: int) -> dict:
        value = decode(RawClient(port).call("COMMAND", "DOCS", name))
        assert [leaf.text.decode() for leaf, _ in value.pairs()] == [name]
        return {key.text.decode(): item for key, item in value.items[1].pairs()}

    real, ours = docs(redis_server.port), docs(emporium_kv.port)
    assert ours["summary"].text
    for key in ("since", "group"):
        assert ours[key] == real[key]
    assert ("complexity" in ours) == ("complexity" in real)
    # The grammar of the arguments is optional; where it is given, it is redis's.
    if "arguments" in ours:
        assert ours["arguments"] == real["arguments"]


def test_config_get_knows_its_directives_by_redis_s_names(redis_server, emporium_kv):
    ours, real = (
        redis.Redis(port=server.port, decode_responses=True).config_get("*") for server in (emporium_kv, redis_server)
    )
    assert {"maxmemory", "save", "appendonly", "databases", "maxclients", "timeout", "port", "bind"} <= set(ours)
    assert set(ours) <= set(real), f"unknown to redis: {set(ours) - set(real)}"
    assert ours["port"] == str(emporium_kv.port)


def test_the_list_of_commands_is_up_to_date(redis_server, emporium_kv):
    text = commandlist.page(*(commandlist.documented(server.port) for server in (redis_server, emporium_kv)))
    again = "run: EMPORIUM_BIN=… .venv/bin/python Tests/ConformanceTests/harness/commandlist.py"
    assert commandlist.PAGE.read_text() == text, again
