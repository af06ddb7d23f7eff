"""The shop as most people would write it first: Flask, redis-py, psycopg, one process model of gunicorn's.

A peer for the services, not a copy of anything: the same routes and answers as far as the k6 journey asks for them, over
a real redis-server and a real PostgreSQL, which the environment names (REDIS_PORT, POSTGRES_DSN, PICTURES, PAGE).

    gunicorn --workers 2 --threads 8 flask_shop:app
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from pathlib import Path

import redis
from flask import Flask, Response, jsonify, request, send_from_directory
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

app = Flask(__name__)
store = redis.Redis(port=int(os.environ["REDIS_PORT"]), decode_responses=True)
sessions = redis.Redis(port=int(os.environ["REDIS_PORT"]), db=1)
catalog = ConnectionPool(
    os.environ["POSTGRES_DSN"], min_size=1, max_size=16, kwargs={"row_factory": dict_row, "autocommit": True}
)
pictures = Path(os.environ["PICTURES"])
page = Path(os.environ["PAGE"]).read_text()
secret = os.environ.get("SESSION_SECRET", "a secret for benchmarks").encode()
COLUMNS = "id, name, category, price, rating, reviews, filename, description, alcoholic, temperature, type"


def signature(session: str) -> str:
    code = hmac.new(secret, session.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def key_of(body: dict) -> str:
    session, _, signed = str(body.get("session_id", "")).partition(".")
    if not hmac.compare_digest(signature(session), signed):
        raise PermissionError
    return f"s:{session}"


@app.errorhandler(PermissionError)
def forbidden(_):
    return jsonify(message="failure"), 403


@app.after_request
def open_to_other_origins(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@app.get("/healthz")
def health():
    return jsonify(healthy=True)


@app.get("/", defaults={"path": ""})
@app.get("/<path:path>")
def app_page(path: str):
    session, _, signed = request.cookies.get("session_id", "").partition(".")
    if not session or not hmac.compare_digest(signature(session), signed):
        session = str(uuid.uuid4())
    sessions.setex(f"s:{session}", 300, json.dumps({"seen": int(time.time())}))
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.set_cookie("session_id", f"{session}.{signature(session)}", expires=time.time() + 300, path="/")
    return response


def fetch(query: str, *arguments):
    with catalog.connection() as connection:
        return connection.execute(query, arguments).fetchall()


@app.route("/api/v1/product/search", methods=["GET", "POST"])
def search():
    body = request.get_json(silent=True) or {}
    text = str(body.get("query", ""))
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    size = body.get("page", {}).get("size", "all")
    where = "where name ilike %s or description ilike %s"
    total = fetch(f"select count(*) as n from products {where}", f"%{text}%", f"%{text}%")[0]["n"]
    rows = fetch(
        f"select {COLUMNS} from products {where} order by rating desc, name, id limit %s",
        f"%{text}%",
        f"%{text}%",
        None if size == "all" else int(size),
    )
    return jsonify(meta={"page": {"total_results": total}}, results=rows)


@app.route("/api/v1/product/documents", methods=["GET", "POST"])
def documents():
    identifiers = [str(identifier) for identifier in request.get_json(silent=True) or []]
    if not identifiers:
        return jsonify(fetch(f"select {COLUMNS} from products order by rating desc, name, id"))
    return jsonify(
        fetch(f"select {COLUMNS} from products where id = any(%s) order by rating desc, name, id", identifiers)
    )


@app.post("/api/v1/cart")
@app.post("/api/v1/cart/")
def cart():
    return jsonify(message="success", data=store.hgetall(key_of(request.get_json())))


@app.put("/api/v1/cart/<product>/<int:quantity>")
def add(product: str, quantity: int):
    key = key_of(request.get_json())
    with store.pipeline(transaction=False) as pipeline:
        pipeline.hset(key, product, quantity)
        pipeline.expire(key, 86400)
        return jsonify(message="success", data=pipeline.execute()[0])


@app.post("/api/v1/checkout/process")
def checkout():
    body = request.get_json()
    digits = [int(digit) for digit in body["billing"]["card"]["number"] if digit.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) if i % 2 else d for i, d in enumerate(reversed(digits))]
    if not digits or sum(doubled) % 10:
        return jsonify(message="failure"), 400
    store.delete(key_of(body))
    return jsonify(message="success")


@app.get("/api/v1/content/<path:name>")
def content(name: str):
    return send_from_directory(pictures, name, conditional=True, etag=True)
