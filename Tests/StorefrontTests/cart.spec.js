// The cart store: changes show at once, leave in order, and are taken back when they were not stored.

import assert from "node:assert/strict";
import test from "node:test";
import { CartStore } from "../../Sources/Storefront/src/cart.js";
import { MemoryShop } from "./dom.js";

test("changes show at once and are sent in order", async () => {
  const shop = new MemoryShop();
  const cart = new CartStore(shop);
  await cart.load();
  let draws = 0;
  cart.subscribe(() => (draws += 1));
  cart.add("a");
  cart.add("a");
  cart.add("b");
  const last = cart.set("a", 0);
  assert.deepEqual([...cart.snapshot().lines], [["b", 1]]);
  assert.equal(cart.snapshot().isSaving, true);
  assert.equal(cart.count, 1);
  assert.deepEqual(shop.calls, []);
  assert.equal(await last, true);
  assert.deepEqual(shop.calls, ["set a 1", "set a 2", "set b 1", "remove a"]);
  assert.equal(cart.snapshot().isSaving, false);
  assert.deepEqual(shop.stored, cart.snapshot().lines);
  assert.ok(draws >= 4, `drawn ${draws} times`);
});

test("a change that was not stored is taken back, and said", async () => {
  const shop = new MemoryShop();
  shop.stored.set("a", 2);
  const cart = new CartStore(shop);
  await cart.load();
  shop.fails = (call) => (call === "setQuantity" ? new Error("full") : null);
  assert.equal(await cart.set("a", 9), false);
  assert.deepEqual([...cart.snapshot().lines], [["a", 2]]);
  assert.equal(cart.snapshot().error.message, "full");
  shop.fails = null;
  assert.equal(await cart.set("a", 3), true);
  assert.equal(cart.snapshot().error, null);
});

test("a cart that cannot be read is failed, and may be loaded again", async () => {
  const shop = new MemoryShop();
  shop.fails = () => new Error("down");
  const cart = new CartStore(shop);
  assert.equal(await cart.load(), false);
  assert.equal(cart.snapshot().status, "failed");
  shop.fails = null;
  await cart.load();
  assert.equal(cart.snapshot().status, "ready");
  assert.equal(cart.snapshot().error, null);
});

test("quantities stay between 0 and 999 and whole", async () => {
  const shop = new MemoryShop();
  const cart = new CartStore(shop);
  await cart.load();
  for (const wanted of [1000, -1, 2.9, Number.NaN]) await cart.set("a", wanted);
  assert.deepEqual(shop.calls, ["set a 999", "remove a", "set a 2", "remove a"]);
});

test("an answer older than a waiting change does not undo it on the page", async () => {
  const shop = new MemoryShop();
  const cart = new CartStore(shop);
  const loading = cart.load();
  const adding = cart.set("a", 4);
  await loading;
  assert.deepEqual([...cart.snapshot().lines], [["a", 4]]);
  await adding;
  assert.deepEqual([...shop.stored], [["a", 4]]);
});
