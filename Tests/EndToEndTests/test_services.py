"""The HTTP contract, service by service, over real sockets against the whole shop."""

import http.client
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from shop_under_test import SERVICES, Buyer, order, pretty

SWEET_TEA = "f95e2475"


def assert_problem(response: requests.Response, status: int):
    """An error as the contract wants it: honest status, problem+json, open to other origins, nothing of our inside."""
    assert response.status_code == status, f"{response.status_code} {response.text[:500]}"
    assert response.headers["Content-Type"].startswith("application/problem+json"), response.headers
    assert response.headers.get("Access-Control-Allow-Origin"), response.headers
    assert response.json()["status"] == status
    assert ".swift" not in response.text


def raw(url: str, method: str, target: str) -> tuple[int, bytes]:
    """A request whose target is sent as it is: `requests` would tidy up dots and escapes."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class TestEveryService:
    @pytest.fixture(params=SERVICES)
    def url(self, shop, request):
        return shop.addresses[request.param]

    def test_healthz(self, url):
        response = requests.get(f"{url}/healthz", timeout=5)
        assert (response.status_code, response.json()) == (200, {"healthy": True})
        assert response.headers["Content-Type"].startswith("application/json")
        assert response.headers["Content-Length"] == str(len(response.content))
        assert response.headers["Access-Control-Allow-Origin"]
        assert "Set-Cookie" not in response.headers, "a probe is no visitor"

    def test_head_wherever_get(self, url):
        got = requests.get(f"{url}/healthz", timeout=5)
        head = requests.head(f"{url}/healthz", timeout=5)
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Content-Length"] == got.headers["Content-Length"]
        assert head.headers["Content-Type"] == got.headers["Content-Type"]

    def test_a_wrong_method_is_405_with_allow(self, url):
        response = requests.patch(f"{url}/healthz", timeout=5)
        assert_problem(response, 405)
        allowed = {method.strip() for method in response.headers["Allow"].split(",")}
        assert {"GET", "HEAD"} <= allowed and "PATCH" not in allowed

    def test_an_unknown_path_is_404(self, url):
        assert_problem(requests.get(f"{url}/no.such/path/at/all.txt", timeout=5), 404)

    def test_a_connection_is_kept(self, url):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        sockets = set()
        for path in ("/healthz", "/no.such", "/healthz"):
            connection.request("GET", path)
            connection.getresponse().read()
            sockets.add(connection.sock.getsockname())
        connection.close()
        assert len(sockets) == 1, "the connection was not kept open"

    def test_introduces_itself_without_secrets(self, shop, url):
        if url == shop.url:
            pytest.skip("the web gateway's / is the page")
        answer = requests.get(f"{url}/", timeout=5).json()
        assert {"name", "version", "uptime_seconds"} <= set(answer)
        assert "secret" not in str(answer).lower() and "password" not in str(answer).lower()

    def test_garbage_instead_of_http_is_400_or_a_close(self, url):
        import socket

        parts = urllib.parse.urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(b"\x16\x03\x01\x00\xff\x00 garbage \r\n\r\n")
            answer = connection.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer
        assert requests.get(f"{url}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize(
    "service, method, path",
    [
        ("cart", "POST", "/"),
        ("cart", "PUT", f"/{SWEET_TEA}/1"),
        ("product", "POST", "/search"),
        ("product", "POST", "/suggestions"),
        ("product", "POST", "/documents"),
        ("payment", "POST", "/process"),
        ("checkout", "POST", "/process"),
    ],
)
class TestBodies:
    def test_broken_json_is_400(self, shop, service, method, path):
        for body in (b'{"session_id":', b"{]", b"\xff\xfe", b"nonsense", b'{"a":1}{"b":2}', b"[" * 5000):
            response = requests.request(
                method,
                shop.addresses[service] + path,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=10,
            )
            assert_problem(response, 400)

    def test_json_of_another_shape_is_400(self, shop, service, method, path):
        for body in ('"text"', "5", "true", '{"query":5,"session_id":5,"card":5,"billing":5}'):
            response = requests.request(method, shop.addresses[service] + path, data=body, timeout=10)
            assert_problem(response, 400)

    def test_a_body_beyond_the_limit_is_413(self, shop, service, method, path):
        try:
            response = requests.request(method, shop.addresses[service] + path, data=b" " * (5 << 20), timeout=10)
        except requests.ConnectionError:
            # The answer was sent and the connection closed while we were still sending: HTTP allows that.
            response = None
        if response is not None:
            assert_problem(response, 413)
        assert requests.get(f"{shop.addresses[service]}/healthz", timeout=5).status_code == 200


class TestWebGateway:
    @pytest.mark.parametrize("path", ["/", "/cart", "/checkout", "/products/f95e2475", "/no/such/page"])
    def test_any_path_without_a_dot_is_the_app(self, shop, path):
        response = requests.get(shop.url + path, timeout=5)
        assert response.status_code == 200
        assert response.headers["Content-Type"].replace("; ", ";").lower() == "text/html;charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
        assert '<div id="root">' in response.text

    def test_assets_are_immutable_compressed_and_tagged(self, shop):
        import re

        page = requests.get(shop.url, timeout=5).text
        names = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert len(names) == 3, page
        for name in names:
            plain = requests.get(shop.url + name, timeout=5, headers={"Accept-Encoding": "identity"})
            packed = requests.get(shop.url + name, timeout=5, headers={"Accept-Encoding": "gzip"})
            assert plain.status_code == packed.status_code == 200, name
            assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers, name
            assert packed.content == plain.content, "unpacked, both are the same"
            assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
            assert "immutable" in plain.headers["Cache-Control"], name
            assert "accept-encoding" in plain.headers["Vary"].lower()
            assert plain.headers["ETag"] != packed.headers["ETag"] or plain.headers["ETag"].startswith("W/")
            again = requests.get(
                shop.url + name,
                timeout=5,
                headers={"If-None-Match": plain.headers["ETag"], "Accept-Encoding": "identity"},
            )
            assert again.status_code == 304 and again.content == b"", name
            assert "Set-Cookie" not in plain.headers, "an asset is no visit"

    def test_types(self, shop):
        import re

        page = requests.get(shop.url, timeout=5).text
        kinds = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}
        for name in re.findall(r'(?:src|href)="(/[^"]+)"', page):
            kind = kinds["." + name.rsplit(".", 1)[1]]
            assert kind in requests.head(shop.url + name, timeout=5).headers["Content-Type"], name

    @pytest.mark.parametrize(
        "target",
        [
            "/../Package.swift",
            "/../../Package.swift",
            "/..%2f..%2f..%2fPackage.swift",
            "/%2e%2e/%2e%2e/%2e%2e/Package.swift",
            "//etc/os-release.x",
            "/....//....//Package.swift",
            "/index.html%00.js",
            "/..\\..\\Package.swift",
            "/package.json",
        ],
    )
    def test_nothing_outside_the_page_is_served(self, shop, target):
        status, body = raw(shop.url, "GET", target)
        assert status in (400, 404), (status, body[:200])
        assert b"swift-tools-version" not in body and b"esbuild" not in body

    def test_the_cookie(self, shop):
        response = requests.get(shop.url, timeout=5)
        parts = [part.strip() for part in response.headers["Set-Cookie"].split(";")]
        name, value = parts[0].split("=", 1)
        sid, signature = value.split(".", 1)
        assert name == "session_id" and uuid.UUID(sid).version == 4 and len(signature) >= 43
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(parts), parts
        expires = next(part for part in parts if part.startswith("Expires="))[8:]
        from email.utils import parsedate_to_datetime

        assert abs(parsedate_to_datetime(expires).timestamp() - time.time() - 300) < 10

    def test_a_session_goes_on_and_is_renewed(self, shop, buyer):
        sid = buyer.sid
        response = buyer.get("/cart")
        assert "session_id=" + sid in response.headers["Set-Cookie"]

    def test_a_session_that_was_forgotten_goes_on(self, shop, buyer):
        sid = buyer.sid
        shop.redis("session-data").delete(f"s:{sid}")
        assert "session_id=" + sid in buyer.get("/").headers["Set-Cookie"]
        assert shop.redis("session-data").exists(f"s:{sid}")

    @pytest.mark.parametrize("change", ["signature", "sid", "none", "garbage", "long"])
    def test_a_forged_cookie_gets_a_new_session(self, shop, buyer, change):
        sid, signature = buyer.session_id.split(".", 1)
        forged = {
            "signature": f"{sid}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'E'}",
            "sid": f"{uuid.uuid4()}.{signature}",
            "none": sid,
            "garbage": "a.b.c",
            "long": "x" * 4000,
        }[change]
        response = requests.get(shop.url, timeout=5, headers={"Cookie": f"session_id={forged}"})
        assert response.status_code == 200
        assert response.cookies["session_id"].split(".")[0] not in (sid, forged.split(".")[0])


class TestAPIGateway:
    @pytest.mark.parametrize(
        "service", ["nothing", "example.com", "127.0.0.1:6379", "localhost", "cart-data", "web-gateway"]
    )
    def test_is_no_open_proxy(self, shop, service):
        for url in (shop.addresses["api-gateway"], shop.url):
            assert_problem(requests.get(f"{url}/api/v1/{service}/", timeout=5), 404)

    def test_patch_is_405(self, shop, buyer):
        assert_problem(requests.patch(f"{shop.addresses['api-gateway']}/api/v1/cart/x", timeout=5), 405)
        assert buyer.call("PATCH", "cart/x", {}).status_code == 405

    def test_status_body_and_headers_pass_through(self, shop, buyer):
        direct = requests.post(f"{shop.addresses['product']}/search", json={"query": "tea"}, timeout=5)
        through = buyer.call("POST", "product/search", {"query": "tea"})
        assert (through.status_code, through.content) == (direct.status_code, direct.content)
        assert through.headers["Content-Type"] == direct.headers["Content-Type"]
        missing = buyer.get("/api/v1/content/missing.jpeg")
        assert_problem(missing, 404)
        picture = buyer.get("/api/v1/content/sweet-tea.jpeg")
        assert picture.headers["ETag"] and picture.headers["Last-Modified"]

    def test_a_request_has_an_identity(self, buyer):
        ids = {buyer.call("POST", "product/search", {}).headers["X-Request-Id"] for _ in range(3)}
        assert len(ids) == 3

    def test_preflight(self, shop):
        response = requests.options(
            f"{shop.url}/api/v1/cart/{SWEET_TEA}/1",
            timeout=5,
            headers={"Origin": "http://example.org", "Access-Control-Request-Method": "PUT"},
        )
        assert response.status_code in (200, 204)
        assert response.headers["Access-Control-Allow-Origin"]

    def test_many_at_once(self, shop):
        def search(_):
            return requests.post(f"{shop.url}/api/v1/product/search", json={"query": "coffee"}, timeout=15)

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(search, range(320)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1


class TestCart:
    def test_sets_and_does_not_add(self, buyer):
        assert buyer.cart() == {}
        assert buyer.put(SWEET_TEA, 2).json() == {"message": "success", "data": 1}
        assert buyer.put(SWEET_TEA, 5).json() == {"message": "success", "data": 0}
        assert buyer.cart() == {SWEET_TEA: "5"}

    def test_removes(self, buyer):
        buyer.put(SWEET_TEA, 1)
        body = {"session_id": buyer.session_id}
        answers = [buyer.call("DELETE", f"cart/{SWEET_TEA}", body).json()["data"] for _ in range(2)]
        assert answers == [1, 0]
        assert buyer.put(SWEET_TEA, 1).json()["data"] == 1
        assert buyer.put(SWEET_TEA, 0).status_code == 200
        assert buyer.cart() == {}
        buyer.put(SWEET_TEA, 1)
        assert [buyer.call("DELETE", "cart", body).json()["data"] for _ in range(2)] == [1, 0]
        assert buyer.cart() == {}

    @pytest.mark.parametrize("quantity", ["-1", "1000", "1.5", "abc", "1e2", "%20", "99999999999999999999", "0x1"])
    def test_a_quantity_is_a_whole_number_to_999(self, buyer, quantity):
        assert_problem(buyer.put(SWEET_TEA, quantity), 400)
        assert buyer.cart() == {}
        assert buyer.put(SWEET_TEA, 999).status_code == 200

    def test_the_cookie_names_the_session_too(self, buyer):
        assert buyer.call("PUT", f"cart/{SWEET_TEA}/3", {}).status_code == 200
        assert buyer.cart() == {SWEET_TEA: "3"}

    def test_carts_are_apart(self, shop, buyer):
        other = Buyer(shop)
        other.get("/")
        buyer.put(SWEET_TEA, 1)
        assert other.cart() == {}

    def test_a_forged_session_is_refused(self, shop, buyer):
        url = shop.addresses["cart"] + "/"
        sid = buyer.sid
        assert_problem(requests.post(url, json={"session_id": f"{sid}.AAAA"}, timeout=5), 401)
        assert_problem(requests.post(url, json={"session_id": sid}, timeout=5), 401)
        assert_problem(requests.post(url, json={}, timeout=5), 400)


class TestProduct:
    def search(self, buyer, **body):
        response = buyer.call("POST", "product/search", body)
        assert response.status_code == 200, response.text
        answer = response.json()
        return answer["meta"]["page"]["total_results"], answer["results"]

    def test_everything_best_rating_first(self, buyer, catalog):
        total, results = self.search(buyer, query="", page={"size": "all"})
        expected = sorted(catalog, key=lambda product: (-product["rating"], product["name"]))
        assert total == 32
        assert results == expected, f"got {pretty([(p['name'], p['rating']) for p in results])}"

    def test_unknown_facts_are_null(self, buyer):
        found = buyer.call("POST", "product/documents", ["f1241fff"]).json()
        assert found[0]["temperature"] is None and found[0]["price"] == 15

    @pytest.mark.parametrize(
        "text", ["tea", "TEA", "Copán", "copáN", "leaf drawn", "100%", "%", "_", "\\", "'", "' or '1'='1", ";--", "zzz"]
    )
    def test_a_substring_of_name_or_description(self, buyer, catalog, text):
        wanted = {
            product["id"]
            for product in catalog
            if text.lower() in product["name"].lower() or text.lower() in product["description"].lower()
        }
        total, results = self.search(buyer, query=text, page={"size": "all"})
        assert {product["id"] for product in results} == wanted
        assert total == len(wanted)

    def test_pages_join_to_the_whole(self, buyer):
        _, whole = self.search(buyer, query="coffee", page={"size": "all"})
        joined = []
        for start in range(0, len(whole), 3):
            total, part = self.search(buyer, query="coffee", page={"size": 3, "from": start})
            assert total == len(whole), "the total counts all matches, not the page"
            joined += part
        assert joined == whole and len(whole) > 3

    def test_suggestions_are_a_search(self, buyer):
        body = {"query": "moc", "page": {"size": 5}}
        suggested = buyer.call("POST", "product/suggestions", body)
        assert suggested.status_code == 200
        assert suggested.json() == buyer.call("POST", "product/search", body).json()

    def test_get_with_a_body_is_post(self, shop):
        url = shop.addresses["product"]
        for path, body in (("/search", {"query": "tea"}), ("/documents", [SWEET_TEA])):
            got = requests.get(url + path, json=body, timeout=5)
            assert got.status_code == 200
            assert got.json() == requests.post(url + path, json=body, timeout=5).json()

    def test_documents(self, buyer, catalog):
        ask = lambda ids: [product["id"] for product in buyer.call("POST", "product/documents", ids).json()]
        assert ask([SWEET_TEA]) == [SWEET_TEA]
        assert ask(["5ee55eed", SWEET_TEA, "00000000", "'; drop table products"]) == [SWEET_TEA, "5ee55eed"]
        assert len(ask([])) == len(ask(None)) == 32
        assert ask(["00000000"]) == []


class TestPaymentAndCheckout:
    def test_a_good_card_takes_half_a_second_or_more(self, buyer):
        began = time.monotonic()
        response = buyer.call("POST", "payment/process", {"card": {"number": "4111-1111 1111.1111"}, "amount": 5})
        assert (response.status_code, response.json()) == (200, {"message": "success"})
        assert time.monotonic() - began >= 0.5

    def test_payments_wait_side_by_side(self, shop):
        pay = lambda _: requests.post(
            f"{shop.addresses['payment']}/process",
            json={"card": {"number": "4111111111111111"}, "amount": 1},
            timeout=10,
        )
        began = time.monotonic()
        with ThreadPoolExecutor(20) as pool:
            assert {answer.status_code for answer in pool.map(pay, range(20))} == {200}
        assert time.monotonic() - began < 5, "twenty payments one after the other would take 10 s"

    @pytest.mark.parametrize("number", ["4111111111111112", "", "   ", "none", "1", None])
    def test_a_bad_card_is_refused(self, buyer, number):
        response = buyer.call("POST", "payment/process", {"card": {"number": number}, "amount": 5})
        assert response.status_code == 400
        assert response.json()["message"] == "failure"
        assert response.json()["reason"] == "Invalid card number"

    def test_a_purchase_empties_the_cart(self, buyer):
        buyer.put(SWEET_TEA, 2)
        response = buyer.call("POST", "checkout/process", order(session_id=buyer.session_id))
        assert (response.status_code, response.json()) == (200, {"message": "success"})
        assert buyer.cart() == {}

    def test_a_refused_card_keeps_the_cart(self, buyer):
        buyer.put(SWEET_TEA, 2)
        response = buyer.call("POST", "checkout/process", order("4111111111111112", session_id=buyer.session_id))
        assert response.status_code == 400 and response.json()["message"] == "failure"
        assert buyer.cart() == {SWEET_TEA: "2"}

    def test_a_repeated_key_is_answered_without_another_payment(self, buyer):
        body = order(session_id=buyer.session_id, idempotency_key=uuid.uuid4().hex)
        assert buyer.call("POST", "checkout/process", body).status_code == 200
        began = time.monotonic()
        assert buyer.call("POST", "checkout/process", body).json() == {"message": "success"}
        assert time.monotonic() - began < 0.45, "a second payment would take half a second"

    def test_card_numbers_reach_no_log(self, shop, buyer):
        number = "5555555555554444"
        buyer.call("POST", "checkout/process", order(number, session_id=buyer.session_id))
        buyer.call("POST", "checkout/process", order(number[:-1] + "5", session_id=buyer.session_id))
        assert number[:-1] not in shop.log.read_text(errors="replace")


class TestContent:
    def test_every_picture(self, shop, catalog):
        for product in catalog:
            response = requests.get(f"{shop.addresses['content']}/{product['filename']}", timeout=5)
            assert response.status_code == 200, product["filename"]
            assert response.headers["Content-Type"] == "image/jpeg"
            assert response.content[:2] == b"\xff\xd8" and response.content[-2:] == b"\xff\xd9"
            assert len(response.content) <= 40_000

    def test_conditions_and_ranges(self, shop):
        url = f"{shop.addresses['content']}/sweet-tea.jpeg"
        whole = requests.get(url, timeout=5)
        ask = lambda **headers: requests.get(
            url, timeout=5, headers={n.replace("_", "-"): v for n, v in headers.items()}
        )
        for headers in (
            {"If_None_Match": whole.headers["ETag"]},
            {"If_Modified_Since": whole.headers["Last-Modified"]},
        ):
            answer = ask(**headers)
            assert answer.status_code == 304 and answer.content == b"", headers
        part = ask(Range="bytes=10-19")
        assert part.status_code == 206 and part.content == whole.content[10:20]
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
        assert ask(Range="bytes=-5").content == whole.content[-5:]
        assert ask(Range="bytes=9999999-").status_code == 416
        head = requests.head(url, timeout=5)
        assert head.content == b"" and head.headers["Content-Length"] == str(len(whole.content))

    @pytest.mark.parametrize(
        "target",
        ["/missing.jpeg", "/../products.csv", "/..%2fproducts.csv", "/%2e%2e/products.csv", "/sweet-tea.jpeg%00"],
    )
    def test_nothing_else(self, shop, target):
        status, body = raw(shop.addresses["content"], "GET", target)
        assert status in (400, 404) and b"f95e2475" not in body, (status, body[:100])
