// The checkout form's rules, money, and the order's body.

import "./dom.js";
import assert from "node:assert/strict";
import test from "node:test";
import { cents, format, total } from "../../Sources/Storefront/src/money.js";
import {
  emptyForm,
  expiry,
  isCardNumber,
  makeIdempotencyKey,
  makeOrder,
  problems,
} from "../../Sources/Storefront/src/order.js";

const NOW = new Date(2026, 10, 22);
const GOOD = {
  name: "Ada Byron",
  email: "ada@example.org",
  street: "1 Analytical Way",
  city: "London",
  postalCode: "W1 2AB",
  country: "United Kingdom",
  cardName: "A Byron",
  cardNumber: "4111 1111 1111 1111",
  cardExpiry: "11/26",
  cardCode: "123",
};

test("an empty form names every field, a good one none", () => {
  assert.deepEqual(Object.keys(problems(emptyForm(), NOW)).sort(), Object.keys(GOOD).sort());
  assert.deepEqual(problems(GOOD, NOW), {});
});

test("each field is judged by itself", () => {
  const bad = [
    ["name", "   "],
    ["name", "x".repeat(201)],
    ["email", "ada@nowhere"],
    ["email", "a da@example.org"],
    ["postalCode", "!"],
    ["cardNumber", "4111 1111 1111 1112"],
    ["cardExpiry", "13/30"],
    ["cardExpiry", "soon"],
    ["cardExpiry", "10/26"],
    ["cardCode", "12"],
    ["cardCode", "12a"],
  ];
  for (const [field, value] of bad) {
    assert.deepEqual(Object.keys(problems({ ...GOOD, [field]: value }, NOW)), [field], `${field} = ${value}`);
  }
});

test("card numbers: Luhn over 12 to 19 digits", () => {
  for (const number of ["4111111111111111", "5555-5555-5555-4444", "378282246310005", "30569309025904"]) {
    assert.equal(isCardNumber(number), true, number);
  }
  for (const number of ["", "0", "4111111111111112", "4111 1111 1111 111x", "00000000000", "-", "4".repeat(20)]) {
    assert.equal(isCardNumber(number), false, number);
  }
});

test("exactly one of ten last digits is right", () => {
  for (let stem = 411111111111100; stem < 411111111111200; stem += 7) {
    const good = [..."0123456789"].filter((digit) => isCardNumber(`${stem}${digit}`));
    assert.equal(good.length, 1, `${stem}? accepts ${good}`);
  }
});

test("a card is valid until its month has ended", () => {
  assert.deepEqual(expiry("11/26"), new Date(2026, 11, 1));
  assert.deepEqual(expiry("2 / 2027"), new Date(2027, 2, 1));
  assert.deepEqual(expiry("12/26"), new Date(2027, 0, 1));
  for (const text of ["0/26", "13/26", "1126", "11/26/1", ""]) assert.equal(expiry(text), null, text);
});

test("sums are exact where floating point is not", () => {
  assert.equal(total([{ product: { price: 0.1 }, quantity: 3 }]), 30);
  assert.equal(total([{ product: { price: 4.35 }, quantity: 100 }]), 43500);
  assert.equal(cents(null), 0);
  assert.equal(format(123456), "$1,234.56");
});

test("the order's body has the contract's shape", () => {
  const order = makeOrder({ ...GOOD, name: "  Ada Byron " }, 1050);
  assert.equal(order.amount, 10.5);
  assert.equal(order.shipping.name, "Ada Byron");
  assert.deepEqual(order.billing.card, { number: "4111 1111 1111 1111", expiration: "11/26", code: "123" });
});

test("idempotency keys differ and are visible ASCII", () => {
  const keys = new Set(Array.from({ length: 100 }, makeIdempotencyKey));
  assert.equal(keys.size, 100);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});
