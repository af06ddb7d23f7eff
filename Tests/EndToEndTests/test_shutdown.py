"""SIGTERM while requests are in flight: what was begun is finished, then the shop ends, with status 0 within 2 s."""

import signal
import threading
import time

import pytest
import requests
from shop_under_test import Buyer, order, wait_until


class Call(threading.Thread):
    """One request on a connection of its own; remembers when it began and how it ended."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self.action, self.status, self.error = action, None, None
        self.start()

    def run(self):
        self.began = time.monotonic()
        try:
            self.status = self.action().status_code
        except requests.RequestException as error:
            self.error = error


class Stream(threading.Thread):
    """Short requests one after the other on a kept connection, until the shop refuses connections.

    Kept, because a connection that the kernel has accepted and the shop has not cannot be told from a refused one.
    """

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.outcomes = url, []
        self.http = requests.Session()
        self.start()

    def run(self):
        while True:
            began = time.monotonic()
            try:
                answer = self.http.post(f"{self.url}/api/v1/product/search", json={"query": "tea"}, timeout=5)
                self.outcomes.append((began, answer.status_code))
            except requests.RequestException as error:
                self.outcomes.append((began, error))
                return


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_no_request_fails(start_shop, stop):
    shop = start_shop()
    buyers = [Buyer(shop) for _ in range(10)]
    for buyer in buyers:
        buyer.get("/")
    streams = [Stream(shop.url) for _ in range(4)]
    wait_until(lambda: all(len(stream.outcomes) >= 3 for stream in streams), 20, "the streams are flowing")
    # A payment takes half a second or more, so all of these are under way when the signal comes.
    calls = [Call(lambda: Buyer(shop).call("POST", "payment/process", order() | order()["billing"])) for _ in range(10)]
    calls += [
        Call(lambda buyer=buyer: buyer.call("POST", "checkout/process", order(session_id=buyer.session_id)))
        for buyer in buyers
    ]
    time.sleep(0.25)
    assert all(call.is_alive() for call in calls), [(call.status, call.error) for call in calls]

    signalled = time.monotonic()
    shop.process.send_signal(stop)
    status = shop.process.wait(10)
    seconds = time.monotonic() - signalled
    for thread in [*calls, *streams]:
        thread.join(5)

    assert [(call.status, call.error) for call in calls] == [(200, None)] * len(calls), shop.log_tail()
    before = [outcome for stream in streams for began, outcome in stream.outcomes if began < signalled]
    assert set(before) == {200}, f"{before}\n{shop.log_tail()}"
    after = [outcome for stream in streams for began, outcome in stream.outcomes if began >= signalled]
    wrong = [outcome for outcome in after if outcome != 200 and not isinstance(outcome, requests.ConnectionError)]
    assert wrong == [], "a request after the signal is either answered or refused"
    assert status == 0, shop.log_tail()
    assert seconds < 2, f"{seconds:.2f} s from the signal to the end"


def test_an_idle_shop_ends_at_once(start_shop):
    shop = start_shop()
    idle = requests.Session()
    idle.get(shop.url, timeout=5)  # A kept connection with nothing on it must not hold the shop back.
    client = shop.redis("cart-data")
    client.ping()
    began = time.monotonic()
    assert shop.stop() == 0, shop.log_tail()
    assert time.monotonic() - began < 2
