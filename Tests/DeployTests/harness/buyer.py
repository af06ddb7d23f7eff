"""A purchase over HTTP without k6: quick enough to be tried again and again while a container comes back."""

from __future__ import annotations

import http.client
import json

PRODUCT = "f95e2475"
CARD = "4111 1111 1111 1111"


def buy(port: int, timeout: float = 4) -> None:
    """One purchase, from the page to the empty cart; AssertionError or OSError when anything is not as it should be."""
    try:
        _buy(port, timeout)
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def _buy(port: int, timeout: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    cookie = None

    def call(method: str, path: str, body: object = None) -> object:
        nonlocal cookie
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if cookie:
            headers["Cookie"] = f"session_id={cookie}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        content = response.read()
        for value in response.headers.get_all("Set-Cookie") or []:
            if value.startswith("session_id="):
                cookie = value.split(";")[0].split("=", 1)[1]
        assert response.status == 200, f"{method} {path}: {response.status} {content[:200]!r}"
        if response.headers.get_content_type() == "application/json":
            return json.loads(content)
        return content

    try:
        assert b"<html" in call("GET", "/")
        assert cookie, "the page set no session"
        found = call("POST", "/api/v1/product/search", {"query": "", "page": {"size": 6}})
        assert len(found["results"]) == 6, found
        session = {"session_id": cookie}
        assert call("GET", "/api/v1/content/sweet-tea.jpeg")[:3] == b"\xff\xd8\xff"
        call("PUT", f"/api/v1/cart/{PRODUCT}/1", session)
        assert call("POST", "/api/v1/cart", session)["data"] == {PRODUCT: "1"}
        order = {"amount": 3.5, "shipping": {}, "billing": {"card": {"number": CARD}}} | session
        assert call("POST", "/api/v1/checkout/process", order) == {"message": "success"}
        assert call("POST", "/api/v1/cart", session)["data"] == {}
    finally:
        connection.close()
