#!/usr/bin/env python3
"""The gateways and services beside their peers: processor time per thousand requests, in one run, round after round.

    Benchmarks/peers/gateways.py [--quick] [--rounds N]

api-gateway beside nginx, both in front of the same canned upstream; product and cart, each with its data server, beside
Flask + gunicorn with redis-server and PostgreSQL. wrk is the load.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import shutil
import sys
import tempfile

from measure import Load, Together, begin, compare, introduce, machine, parser_of, run_load
from services import (
    SECRET,
    EmporiumKV,
    EmporiumSQL,
    FlaskShop,
    Floor,
    Nginx,
    PostgreSQLServer,
    RedisServer,
    Role,
    fill_catalog,
)


def session_token() -> str:
    """A session as web-gateway signs it; the Flask peer signs alike."""
    session = "6f1c1e0a-7b7a-4c55-8f4e-0d1a2b3c4d5e"
    code = hmac.new(SECRET.encode(), session.encode(), hashlib.sha256).digest()
    return f"{session}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def wrk(url: str, script: str | None = None) -> int:
    """Runs wrk and returns how many requests were answered; an answer that is not 2xx fails the benchmark."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        command = ["wrk", "-t", "1", "-c", "32", "-d", "1s", "--timeout", "10s"]
        if script:
            file.write(script)
            file.flush()
            command += ["-s", file.name]
        output = run_load([*command, url])
    if re.search(r"Non-2xx|Socket errors", output):
        raise RuntimeError(f"wrk {url} met errors:\n{output}")
    found = re.search(r"(\d+) requests in", output)
    if not found or found[1] == "0":
        raise RuntimeError(f"wrk {url} answered nothing:\n{output}")
    return int(found[1])


def posting(body: str, method: str = "POST") -> str:
    return (
        f"wrk.method = '{method}'\nwrk.body = [[{body}]]\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
    )


def timed(name: str, url, script: str | None = None, bar: float | None = None) -> Load:
    """A load whose number of operations is known only afterwards: wrk runs for a time, not for a count."""
    load = Load(name, 1, lambda server: None, bar)

    def run(server) -> None:
        load.operations = wrk(url(server), script)

    load.run = run
    return load


def measure(ours, peer, loads: list[Load], options, facts: dict, title: str) -> bool:
    print(f"\n{title}")
    comparison = compare(ours, peer, options, patience=15 * len(loads))
    comparison.record("machine", **facts, title=title)
    comparison.measure(loads)
    return comparison.report(loads)


def main() -> int:
    parser = parser_of(__doc__, quick="five rounds")
    options = begin(parser)
    if shutil.which("wrk") is None:
        print("wrk is missing (Debian: apt-get install wrk)", file=sys.stderr)
        return 2
    facts = machine()
    introduce(facts)
    met = True
    with contextlib.ExitStack() as stack:
        start = stack.enter_context
        body = "x" * 1000
        reply = rf"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        upstream = start(Floor(0, reply))
        gateway = start(Role("api-gateway", SERVICE_HOST_PAYMENT="127.0.0.1", SERVICE_PORT_PAYMENT=upstream.port))
        try:
            nginx = start(Nginx(upstream.port, "/healthz"))
        except FileNotFoundError as error:
            print(f"{error}; the proxy comparison is left out", file=sys.stderr)
        else:
            path = {gateway.name: "/api/v1/payment/x", nginx.name: "/x"}
            loads = [timed("proxied GET of 1 kB", lambda s: f"http://127.0.0.1:{s.port}{path[s.name]}")]
            met &= measure(gateway, nginx, loads, options, facts, "api-gateway beside nginx, one upstream")

        redis, postgresql = start(RedisServer()), start(PostgreSQLServer(authentication="scram-sha-256"))
        keyvalue, catalog = start(EmporiumKV()), start(EmporiumSQL())
        fill_catalog(postgresql)
        fill_catalog(catalog)
        try:
            flask = start(FlaskShop(redis, postgresql))
        except FileNotFoundError as error:
            print(f"{error}; the comparison with Flask is left out", file=sys.stderr)
            return 0
        product = start(
            Role(
                "product",
                SERVICE_HOST_PRODUCT_DATA="127.0.0.1",
                SERVICE_PORT_PRODUCT_DATA=catalog.port,
                SERVICE_USERNAME_PRODUCT_DATA=catalog.user,
                SERVICE_PASSWORD_PRODUCT_DATA=catalog.password,
            )
        )
        cart = start(Role("cart", SERVICE_HOST_CART_DATA="127.0.0.1", SERVICE_PORT_CART_DATA=keyvalue.port))
        ours = Together("product + product-data", [product, catalog])
        theirs = Together("Flask + PostgreSQL", [flask, postgresql])
        base = {ours.name: f"http://127.0.0.1:{product.port}", theirs.name: f"http://127.0.0.1:{flask.port}/api/v1/product"}
        loads = [
            timed("search, six best rated", lambda s: base[s.name] + "/search", posting('{"query":"","page":{"size":6}}')),
            timed("search for tea", lambda s: base[s.name] + "/search", posting('{"query":"tea"}')),
            timed("one document", lambda s: base[s.name] + "/documents", posting('["f95e2475"]')),
        ]  # fmt: skip
        met &= measure(ours, theirs, loads, options, facts, "product, with its data server")
        ours = Together("cart + cart-data", [cart, keyvalue])
        theirs = Together("Flask + redis-server", [flask, redis])
        base = {ours.name: f"http://127.0.0.1:{cart.port}", theirs.name: f"http://127.0.0.1:{flask.port}/api/v1/cart"}
        body = f'{{"session_id":"{session_token()}"}}'
        loads = [
            timed("put a line", lambda s: base[s.name] + "/f95e2475/1", posting(body, "PUT")),
            timed("show the cart", lambda s: base[s.name] + "/", posting(body)),
        ]
        met &= measure(ours, theirs, loads, options, facts, "cart, with its data server")
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
