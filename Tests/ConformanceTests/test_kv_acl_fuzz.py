"""Random rules for random users, against both servers: the same replies, the same descriptions, the same permissions."""

from __future__ import annotations

import os
import random

from harness.resp import RawClient

COMMANDS = "get set mget mset del exists copy getex getdel hset hget config|get config|set acl|whoami select bitfield publish subscribe psubscribe".split()
KEYS = ["a", "ab", "b", "cart:1", "", "*", "a b"]
PATTERNS = ["a*", "*b", "cart:?", "[ab]", "", "a", "\\*", "*"]
CHANNELS = ["news", "n*", "chat", ""]


def word(rng: random.Random, depth: int = 0) -> str:
    """One word of ACL SETUSER, now and then a wrong one."""
    kind = rng.randrange(16)
    if kind < 5:
        return rng.choice("+-") + rng.choice(COMMANDS)
    if kind == 5:
        return rng.choice(["+select|0", "+select|1", "+GET|x", "+config|nosuch", "+nosuch", "-select|0", "+acl|whoami|x"])
    if kind < 9:
        prefix = rng.choice(["~", "~", "%R~", "%W~", "%RW~", "%wr~", "%", "%X~", "%R"])
        return prefix + rng.choice(PATTERNS)
    if kind == 9:
        return "&" + rng.choice(CHANNELS)
    if kind == 10:
        return rng.choice(["allkeys", "resetkeys", "allchannels", "resetchannels", "+@all", "-@all", "nocommands"])
    if kind == 11:
        return rng.choice(["on", "off", "nopass", "resetpass", "reset", "clearselectors", "skip-sanitize-payload"])
    if kind == 12:
        return rng.choice(">><") + rng.choice(["x", "y", ""])
    if kind == 13:
        return rng.choice("#!") + rng.choice(["abc", "0" * 64, "F" * 64])
    if kind == 14 and depth == 0:
        return "(" + " ".join(word(rng, 1) for _ in range(rng.randrange(4))) + ")"
    return rng.choice(["+get", "~a*", "hello", "(", ")", "+@nosuch", "@all"])


def request(rng: random.Random) -> list[str]:
    name = rng.choice(COMMANDS).split("|")
    many = {"mset": 4, "set": 2, "copy": 2, "hset": 3, "hget": 2, "publish": 2, "config": 1}
    arguments = [rng.choice(KEYS + CHANNELS) for _ in range(many.get(name[0], 1))]
    if name == ["bitfield"]:
        arguments = [rng.choice(KEYS)] + rng.choice([["GET", "u1", "0"], ["SET", "u1", "0", "1"], []])
    if name == ["set"] and rng.random() < 0.3:
        arguments.append("GET")
    if name == ["config", "set"]:
        arguments.append("x")
    return name + arguments


def bag(reply: bytes) -> list[bytes]:
    """Descriptions name single commands in the order of a hash table: compared as bags of words."""
    return sorted(reply.replace(b"(", b"( ").replace(b")", b" )").split())


def test_rules_and_permissions(redis_server, emporium_kv):
    seed = int(os.environ.get("EMPORIUM_FUZZ_SEED") or random.randrange(1 << 30))
    rng = random.Random(seed)
    print(f"seed {seed}")
    real, ours = RawClient(redis_server.port), RawClient(emporium_kv.port)
    users = ["u1", "u2", "u3"]
    for step in range(6000):
        user = rng.choice(users)
        chance = rng.random()
        if chance < 0.45:
            words = ["ACL", "SETUSER", user] + [word(rng) for _ in range(rng.randrange(1, 4))]
        elif chance < 0.6:
            words = ["ACL", "GETUSER", user]
        elif chance < 0.62:
            words = ["ACL", "DELUSER", user]
        elif chance < 0.7:
            words = ["ACL", "LIST"]
        else:
            words = ["ACL", "DRYRUN", user] + request(rng)
        expected, got = real.call(*words), ours.call(*words)
        assert bag(expected) == bag(got), (
            f"seed {seed}, step {step}: {words}\nexpected {expected}\ngot      {got}\n"
            f"{real.call('ACL', 'GETUSER', user)}"
        )
    for user in users:
        real.call("ACL", "DELUSER", user)
        ours.call("ACL", "DELUSER", user)
