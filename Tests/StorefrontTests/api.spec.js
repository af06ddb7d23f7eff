// What leaves the page and what it makes of the answers.

import assert from "node:assert/strict";
import test from "node:test";
import { APIError, makeAPI } from "../../Sources/Storefront/src/api.js";

/** An API whose fetch gives these answers in turn: [status, text] or an Error; and the calls that were made. */
function script(...answers) {
  const calls = [];
  const fetch = async (path, { method, body, credentials }) => {
    calls.push(`${method} ${path} ${body}`);
    assert.equal(credentials, "same-origin");
    const answer = answers.shift();
    assert.notEqual(answer, undefined, `unexpected call ${path}`);
    if (answer instanceof Error) throw answer;
    return { ok: answer[0] < 400, status: answer[0], text: async () => answer[1] };
  };
  return { api: makeAPI(fetch, async () => {}), calls };
}

test("the calls are the contract's", async () => {
  const ok = [200, '{"message":"success","data":1}'];
  const { api, calls } = script([200, '{"results":[]}'], [200, '{"results":[{"id":"a"}]}'], [200, "[]"], ok, ok, ok);
  assert.deepEqual(await api.search("tea"), []);
  assert.deepEqual(await api.suggestions("te"), [{ id: "a" }]);
  await api.documents(["f95e2475"]);
  await api.setQuantity("f95e2475", 3);
  await api.remove("f95e2475");
  await api.checkout({ amount: 1 }, "key");
  assert.deepEqual(calls, [
    'POST /api/v1/product/search {"query":"tea","page":{"size":"all"}}',
    'POST /api/v1/product/suggestions {"query":"te","page":{"size":5}}',
    'POST /api/v1/product/documents ["f95e2475"]',
    "PUT /api/v1/cart/f95e2475/3 {}",
    "DELETE /api/v1/cart/f95e2475 {}",
    'POST /api/v1/checkout/process {"amount":1,"idempotency_key":"key"}',
  ]);
});

test("no ids ask for nothing: the service would answer with everything", async () => {
  const { api, calls } = script();
  assert.deepEqual(await api.documents([]), []);
  assert.deepEqual(calls, []);
});

test("the cart's texts become numbers, nonsense is dropped", async () => {
  const { api } = script([200, '{"message":"success","data":{"a":"2","b":"0","c":"x","93088621":"7"}}']);
  assert.deepEqual([...(await api.cart())].sort(), [["93088621", 7], ["a", 2]]);
});

test("a reading call is repeated once when a gateway or the network failed", async () => {
  for (const failure of [[503, ""], [502, "{}"], [504, ""], new TypeError("network")]) {
    const { api, calls } = script(failure, [200, '{"results":[]}']);
    assert.deepEqual(await api.search(""), []);
    assert.equal(calls.length, 2);
  }
  const { api, calls } = script([503, ""], [503, ""]);
  await assert.rejects(api.search(""), { name: "APIError", status: 503 });
  assert.equal(calls.length, 2);
});

test("a changing call, and a refusal, are not repeated", async () => {
  const changing = script([503, ""]);
  await assert.rejects(changing.api.setQuantity("a", 1), { status: 503 });
  assert.equal(changing.calls.length, 1);
  const refused = script([400, '{"title":"Bad Request","detail":"no"}']);
  await assert.rejects(refused.api.search("x"), { status: 400, reason: "no" });
  assert.equal(refused.calls.length, 1);
});

test("an answer that is not what was asked for is an error, not data", async () => {
  for (const text of ["", "<html>", '{"results":5}', "[]"]) {
    await assert.rejects(script([200, text]).api.search(""), APIError, text);
  }
  await assert.rejects(script([200, '{"data":null}']).api.cart(), APIError);
  await assert.rejects(script([200, "{}"]).api.documents(["a"]), APIError);
});

test("an aborted call rejects and is not repeated", async () => {
  const controller = new AbortController();
  let count = 0;
  const api = makeAPI((path, { signal }) => {
    count += 1;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  });
  const call = api.search("tea", controller.signal);
  controller.abort();
  await assert.rejects(call, { message: "aborted" });
  assert.equal(count, 1);
});
